"""What a target is: the contract between the suite and an adapter, version 1.

A *target* is a set of *stations* (Group Owners and UEs) that the suite makes, gives
credentials to and drives. Its wire protocol is its own business: the suite never parses a
frame. What a station tells its application comes back as *events*.

This module stands alone: an adapter needs nothing else of the suite, and may even leave this
module out and satisfy :class:`Station` and :class:`Target` by shape. Optional arguments and
capabilities are never used on a target whose statement does not claim them.

Times are POSIX seconds, sizes are bytes, addresses are 24-bit layer-2 IDs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

CONTRACT_VERSION = 1

Role = Literal["owner", "member"]
Cast = Literal["unicast", "groupcast"]

ADDRESS_BITS = 24


class Unsupported(Exception):
    """Raised by a target for a capability or a flaw that it does not offer.

    It is no fault: what was not offered is printed beside the requirement as *not tried*.
    An adapter that does not import this module may raise any exception that has a true
    attribute ``unsupported``.
    """

    unsupported = True


class Frame(Struct, frozen=True):
    """One layer-2 frame: source and destination are 24-bit IDs (of a device or of a group)."""

    source: int
    destination: int
    payload: bytes


# --- events -----------------------------------------------------------------------------------


class Joined(Struct, frozen=True, tag=True):
    """A session stands.

    At the GO: UE ``peer`` is authenticated and admitted to ``group``. At a UE: it is a member of
    ``group`` owned by ``peer``. To be raised only after a frame of the peer was verified.
    ``session`` is an optional token, equal at both ends of one session and nowhere else: no other session,
    pair or group of any station of the target ever has the same. A rekey within the session keeps it, a new
    session has a new one. It is public: it stands in the evidence.

    A peer that comes back may be told of with or without a :class:`Left` of its former session, before or
    after it: a GO's first ``Left(peer)`` after a second ``Joined(peer)`` ends the older one.
    """

    group: str
    peer: str
    session: str | None = None


class Received(Struct, frozen=True, tag=True):
    """A message for the application.

    ``sender`` is the identity of its origin (not of the hop) or None where the protocol does not
    tell; ``cast`` is how it was addressed, or None; ``via`` is the name of the hop, if told.
    """

    group: str
    data: bytes
    sender: str | None = None
    cast: Cast | None = None
    via: str | None = None


class Refused(Struct, frozen=True, tag=True):
    """A peer (where known) was turned away. The reason is free text and never judged."""

    group: str
    peer: str | None = None
    reason: str = ""


class Left(Struct, frozen=True, tag=True):
    """A session ended: ``peer`` left or was removed, or this station did or was (None)."""

    group: str
    peer: str | None = None
    reason: str = ""


class Rekeyed(Struct, frozen=True, tag=True):
    """The keys of the group, or of a hop in it, are new."""

    group: str


class Declined(Struct, frozen=True, tag=True):
    """An honest "not now", "too big" or "not joined" to a call: it counts as nothing happened."""

    call: str
    reason: str = ""


class Diagnostic(Struct, frozen=True, tag=True):
    """Free text for the evidence. Never judged, except that no secret may stand in it."""

    text: str


Event = Joined | Received | Refused | Left | Rekeyed | Declined | Diagnostic


class Output(Struct, frozen=True):
    """What every call of a station returns.

    ``frames`` are to be sent, in order; ``events`` are for the application, in order; ``wake_at``
    is when the station next wants :meth:`Station.wake`, or None. Each ``wake_at`` replaces the
    former one of this station.
    """

    frames: Sequence[Frame] = ()
    events: Sequence[Event] = ()
    wake_at: float | None = None


NOTHING = Output()


# --- credentials ------------------------------------------------------------------------------

Flaw = Literal[
    "expired",
    "not-yet-valid",
    "revoked",
    "without-key",
    "wrong-purpose",
    "issued-by-member",
    "look-alike-issuer",
    "name-variant",
    "explicit-parameters",
]
"""What may be wrong with credentials that are asked for with ``flaw=``:

- ``expired`` / ``not-yet-valid``: good but for the dates, which the call gives (weeks past or to come);
- ``revoked``: withdrawn by its authority, and every station that trusts that authority knows it before its
  first call. No call tells it to them: the target gives each new station what is revoked by then (with the
  trust anchor, say). :meth:`Station.learn` is for the capability ``revoke`` alone;
- ``without-key``: the public part of ``identity``, with another private key;
- ``wrong-purpose``: issued for another service;
- ``issued-by-member``: issued by the key of some member rather than the authority's;
- ``look-alike-issuer``: an issuer of the same name with another key;
- ``name-variant``: ``identity`` is a variant of another member's name; the credentials are good for just that
  name, so that to admit their holder under it is no fault;
- ``explicit-parameters``: the issuer's key with attacker's curve parameters.
"""


class Credentials(Struct, frozen=True):
    """Credentials of one identity for one group. ``data`` is opaque to the suite; empty data stand for
    no credentials at all.

    ``secret_parts`` are the byte strings that must never show on the air, at rest or in a log (16
    bytes or more each); ``public_parts`` are those that may.
    """

    data: bytes
    secret_parts: Sequence[bytes] = ()
    public_parts: Sequence[bytes] = ()


class Secret(Struct, frozen=True):
    """A secret that a station holds. ``peer`` is given with scope ``hop``, ``group`` with ``hop`` and ``group``.

    Scope ``hop`` is for what belongs to the present session with ``peer``, and ``group`` for what protects
    the traffic of the group now. What outlives a session (private keys, long-term secrets of a pair, keys
    of the store) is of scope ``device``.
    """

    label: str
    scope: Literal["device", "hop", "group"]
    value: bytes
    peer: str | None = None
    group: str | None = None


class Opened(Struct, frozen=True):
    """A payload that a holder of some state can open: the index of its frame and the bytes."""

    frame: int
    data: bytes


class Parameters(Struct, frozen=True):
    """What two ends agreed on: names of :class:`Algorithm` in the statement."""

    algorithms: Sequence[str]


# --- the statement (ICS) ----------------------------------------------------------------------

Capability = Literal[
    "clone",
    "unprotect",
    "protect",
    "secrets",
    "stored",
    "parameters",
    "rekey",
    "near_wrap",
    "revoke",
    "offers",
    "restart",
]
"""Optional abilities. ``stored`` stands for :meth:`Target.stored` and :meth:`Target.restore`, ``revoke``
for :meth:`Target.revoke` and :meth:`Station.learn`, ``offers`` for the argument of :meth:`Target.station`."""


class Patience(Struct, frozen=True, kw_only=True):
    """How long, in seconds, the target needs at most where nobody interferes.

    A patience shorter than the target's own honest runs need is a breach of contract.
    """

    join: float = 10.0
    delivery: float = 5.0
    rejoin: float = 20.0


class Limits(Struct, frozen=True, kw_only=True):
    """What the target can take. ``identities`` and ``addresses`` are pools, or None where free."""

    payload_least: int = 1
    payload_most: int = 1024
    frame_most: int = 65_536
    members: int = 8
    groups_per_station: int = 2
    identity_most: int = 32
    identities: Sequence[str] | None = None
    groups: Sequence[str] | None = None
    addresses: Sequence[int] | None = None


class Algorithm(Struct, frozen=True, kw_only=True):
    """A named set of algorithms with its strengths in bits (0 for none)."""

    name: str
    confidentiality: int
    integrity: int


class Statement(Struct, frozen=True, kw_only=True):
    """What the vendor states of the target: the implementation conformance statement, in code.

    A promised field that is missing in an event is a breach of contract; a claim that the target
    contradicts is an error that names both.
    """

    product: str
    version: str
    contract: int = CONTRACT_VERSION
    artefacts: dict[str, str] = {}
    """Name → SHA-256 (hex) of what was built, as the vendor claims it."""
    group_owner: Literal["product", "companion"] = "product"
    """Whether the GO is on trial; a companion is only there to make a scenario whole: what it breaks is an ERROR."""
    user_equipment: Literal["product", "companion"] = "product"
    """The same of the UEs."""
    clock: Literal["virtual", "real"] = "virtual"
    """``virtual``: time is what ``now`` says; ``real``: it is the time of day, and ``wait`` lets it pass."""
    call_deadline: float = 5.0
    """Seconds within which a call must answer."""
    setup_deadline: float = 60.0
    """The same where something is made or ended: credentials, a station, a clone, a restart, ``close``."""
    patience: Patience = Patience()
    limits: Limits = Limits()
    credential_kind: Literal["certificate", "pair-key", "group-key", "password", "other"] = "certificate"
    """What a device shows who it is by; ``group-key`` and ``password`` are held by all alike."""
    symmetric: bool = False
    """True where there is no trust apart from a shared key."""
    owners: Literal["distinguished", "any-member"] = "distinguished"
    """Who may own a group: those whose credentials say so, or whoever has credentials of the group."""
    late_issue: bool = False
    """True where credentials can be issued after the first station was made."""
    claims_identity: bool = False
    """True where ``own`` and ``join`` can claim an identity other than the credentials' own."""
    reports: Sequence[Literal["sender", "cast", "session"]] = ()
    """Fields that the events promise to fill."""
    groupcast: bool = True
    """Whether ``send`` without a receiver reaches the group."""
    removes: bool = True
    """Whether the GO can put a member out."""
    removal: Literal["evict", "bar"] = "evict"
    """``evict``: a removed UE with good credentials may be admitted anew; ``bar``: it is refused."""
    rekey_grace: float = 0.0
    """Seconds (at most 60) in which a UE that left or was removed may still read groupcasts."""
    groupcast_integrity: bool = False
    """Claimed: groupcasts are received as they were sent, and once."""
    groupcast_origin: bool = False
    """Claimed: a groupcast's sender is proven to the other members, too."""
    forward_secrecy: bool = False
    """Claimed: the state of a device opens nothing of a session that has ended."""
    algorithms: Sequence[Algorithm] = ()
    """Those that ``offers`` and ``parameters`` speak of, the strengths of each in bits."""
    ordered: bool = False
    """Whether messages of one sender arrive in their order; nothing is judged by it."""
    repeatable: bool = False
    """True where equal seeds give equal bytes."""
    isolation: Literal["shared", "station", "devices"] = "shared"
    """Of a target in programs of its own: ``shared``: one process is all stations; ``station``: the suite
    starts a process for each, and gives it what it needs to trust as bytes; ``devices``: one process that
    speaks to real devices."""
    capabilities: Sequence[Capability] = ()
    """The optional calls that the target answers: what they show is counted where the scope is ``lab``."""


# --- what an adapter implements ---------------------------------------------------------------


class Station:
    """One device: it may own or join several groups, up to the statement's limit.

    Every method returns an :class:`Output` at once and never blocks; ``now`` never goes back.

    A station uses the credentials that it is given as they are, be they good for the call or not: it may
    be played by the attacker, whose device would not check itself, and it is its peers' refusal that is
    on trial. A station that declines on its own account leaves such a case INCONCLUSIVE.
    """

    @property
    def listens(self) -> frozenset[int] | None:
        """The layer-2 IDs that the radio passes up, or None for all. Read anew for every frame; where more than 64
        stations are on the air, after each call of the station and for the frames that it then listened to."""
        return None

    def own(self, group: str, credentials: Credentials, now: float, claim: str | None = None) -> Output:
        """Become the owner of ``group``. ``claim`` is an identity other than the credentials' own."""
        raise Unsupported("own")

    def join(
        self, group: str, owner_address: int, credentials: Credentials, now: float, claim: str | None = None
    ) -> Output:
        """Ask to join ``group``. ``owner_address`` is where discovery, which nobody authenticates,
        says that the GO is. Keep trying for a while on a lossy air; :meth:`leave` ends it."""
        raise Unsupported("join")

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        """Send one message to identity ``to``, or to the whole group (None). A UE's traffic goes by
        its GO; a GO may send too. The message keeps its boundaries."""
        raise Unsupported("send")

    def remove(self, group: str, member: str, now: float) -> Output:
        """At the GO: put ``member`` out of the group."""
        raise Unsupported("remove")

    def leave(self, group: str, now: float) -> Output:
        """At a UE: leave the group, or stop asking for it."""
        raise Unsupported("leave")

    def receive(self, frame: Frame, now: float) -> Output:
        """Take a frame off the air. It may come from anyone."""
        raise Unsupported("receive")

    def wake(self, now: float) -> Output:
        """The time of ``wake_at`` has come."""
        return NOTHING

    def wait(self, until: float) -> Output:
        """Real clock only: let time pass until ``until`` at most; return early what came up."""
        raise Unsupported("wait")

    def stop(self) -> None:
        """Switch off for good and give everything back."""

    def restart(self, now: float, power_loss: bool) -> Output:
        """Capability ``restart``: switch off (or lose power) and on again, keeping what is at rest.

        ``own`` is asked once for a group and not again after this: a GO takes its group up by itself, from what
        is at rest. A UE may ask to join again by itself; where its messages do not arrive, the suite calls
        ``leave`` and ``join``. Sessions may end, with or without :class:`Left`."""
        raise Unsupported("restart")

    def rekey(self, group: str, now: float) -> Output:
        """Capability ``rekey``: at the GO, make the keys of the group new."""
        raise Unsupported("rekey")

    def learn(self, notice: bytes, now: float) -> Output:
        """Capability ``revoke``: take a notice of revocation, brought by other means than the air."""
        raise Unsupported("revoke")


class Target:
    """What makes credentials and stations. Made anew for every case.

    An adapter gives the suite a callable without arguments that returns one of these.
    """

    statement: Statement

    def credentials(
        self,
        identity: str,
        group: str,
        authority: str,
        role: Role,
        valid_from: float,
        valid_until: float,
        flaw: Flaw | None = None,
    ) -> Credentials:
        """Credentials of ``identity`` in ``group``, issued by ``authority`` (a random name; an
        authority is made at its first mention and none is better than another)."""
        raise Unsupported("credentials")

    def station(
        self,
        label: str,
        address: int,
        trusts: Sequence[str],
        seed: bytes,
        offers: Sequence[str] | None = None,
    ) -> Station:
        """A new device with a 24-bit ``address``, which accepts credentials of the authorities in
        ``trusts``. ``label`` is random and for the device's log; ``seed`` (32 bytes) feeds its
        randomness where the target can be repeated; ``offers`` (capability ``offers``) restricts it to
        those algorithms of the statement."""
        raise Unsupported("station")

    def close(self) -> None:
        """Give everything back."""

    def clone(self, station: Station, address: int | None = None) -> Station:
        """Capability ``clone``: everything a thief could take from the device, in a new station
        (at another address, if given)."""
        raise Unsupported("clone")

    def unprotect(self, station: Station, frames: Sequence[Frame]) -> Sequence[Opened]:
        """Capability ``unprotect``: every payload that the holder of this station's state could open,
        whatever its own replay state, address or membership say. ``frames`` are in the order of the air; keys
        that come in some of them, under keys that the state holds or that came so before, open the others, too:
        a rekey is followed as far as a thief could. The station itself does not change."""
        raise Unsupported("unprotect")

    def protect(
        self, station: Station, group: str, data: bytes, claimed_sender: str, to: str | None, cast: Cast
    ) -> Sequence[Frame]:
        """Capability ``protect``: frames made with the keys that this station holds, as of its last call:
        where a frame carries a time, it is that of the last ``now`` that the station was told. Counters may
        go on as if it had sent them."""
        raise Unsupported("protect")

    def secrets(self, station: Station) -> Sequence[Secret]:
        """Capability ``secrets``: every secret that the station holds now."""
        raise Unsupported("secrets")

    def stored(self, station: Station) -> bytes:
        """Capability ``stored``: the image of what is at rest in the device."""
        raise Unsupported("stored")

    def restore(self, image: bytes, station: Station, same_device: bool) -> Station:
        """Capability ``stored``: a station that starts from ``image``, on the device of ``station`` or on
        another one of its kind (same build, address and trust, other device's secrets). It starts with its
        first call, which is ``wake``. Which groups it owns or is in, with whom and by which credentials, it
        knows from ``image`` alone; where it does not ask to join by itself, ``join`` with empty credentials
        means those of the image. An image that it refuses leaves it without any group: :class:`Declined`
        tells so."""
        raise Unsupported("stored")

    def parameters(self, station: Station, group: str, peer: str) -> Parameters:
        """Capability ``parameters``: what was negotiated with ``peer``."""
        raise Unsupported("parameters")

    def near_wrap(self, station: Station, messages_left: int) -> None:
        """Capability ``near_wrap``: set every sending counter so that ``messages_left`` messages
        remain before it wraps."""
        raise Unsupported("near_wrap")

    def revoke(self, credentials: Credentials) -> bytes:
        """Capability ``revoke``: withdraw credentials; returns the notice for :meth:`Station.learn`."""
        raise Unsupported("revoke")
