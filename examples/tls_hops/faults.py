"""Deliberate mistakes of the TLS example, each a subclass that overrides one decision of it.

``pytest --prose-target=examples/tls_hops/faults.py:IDENTIFIER`` runs the suite against one. Besides the mistakes
of plain TLS there are those of two designs that are good by themselves (``group-key``: groupcasts under a key of
the group; ``bulk``: long messages in datagrams beside TLS): the suite passes the designs and fails the mistakes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from examples.star.channel import Channel
from examples.star.group_key import GroupKeys, MembersGroupKey, OwnersGroupKey
from examples.star.groupcast import KeyMessage
from examples.star.hop import Hop, StreamHop
from examples.star.messages import Message
from examples.star.segment import RESPONDER, Segment
from examples.star.stations import Owned, StarStation
from examples.tls_hops.adapter import STATEMENT, TlsHops
from examples.tls_hops.bulk import BulkHop
from examples.tls_hops.certificates import Authority, Checks, Issuer, Shown
from examples.tls_hops.channel import TlsChannel, TlsParty
from pytest_prose_go.contract import Credentials, Diagnostic, Left, Output, Refused, Role


class GroupKeyTarget(TlsHops):
    """TLS on every hop, and groupcasts under a key of the group."""

    statement = msgspec.structs.replace(
        STATEMENT,
        product="TLS 1.3 on every hop, and a group key",
        groupcast_origin=False,
        forward_secrecy=False,
        limits=msgspec.structs.replace(STATEMENT.limits, frame_most=4096),
    )
    groupcasts = GroupKeys()


class BulkStation(StarStation):
    hop_class = BulkHop


class BulkTarget(TlsHops):
    """TLS on every hop, and datagrams beside it for long messages."""

    statement = msgspec.structs.replace(
        STATEMENT,
        product="TLS 1.3 and datagrams on every hop",
        limits=msgspec.structs.replace(STATEMENT.limits, frame_most=BulkHop.frame_most),
    )
    station_class: type[StarStation] = BulkStation


class Fault(TlsHops):
    """The example with one mistake.

    ``published`` is the attack of ``conformance/attacks.toml`` that it restates, ``breaks`` the aspect whose cases
    must fail, ``also_breaks`` what the same decision breaks besides, ``shown_by`` the aspects whose cases show it
    where those are others; ``open`` says why no case finds it yet, where none does.
    """

    registry: ClassVar[dict[str, type[Fault]]] = {}
    identifier: ClassVar[str]
    sentence: ClassVar[str]
    published: ClassVar[str]
    breaks: ClassVar[str]
    also_breaks: ClassVar[tuple[str, ...]] = ()
    shown_by: ClassVar[tuple[str, ...]] = ()
    open: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        for name in ("identifier", "sentence", "published", "breaks"):
            if not isinstance(getattr(cls, name, None), str):
                raise TypeError(f"fault {cls.__name__} does not say its {name}")
        if cls.identifier in Fault.registry:
            raise TypeError(f"two faults are called {cls.identifier}")
        Fault.registry[cls.identifier] = cls


def __getattr__(identifier: str) -> type[TlsHops]:
    designs: dict[str, type[TlsHops]] = {"group-key": GroupKeyTarget, "bulk": BulkTarget}
    found = designs.get(identifier) or Fault.registry.get(identifier)
    if found is None:
        raise AttributeError(f"no fault {identifier!r}; there are: {', '.join(sorted(Fault.registry))}")
    return found


# --- who is at the other end ------------------------------------------------------------------


def _party(checks: Checks) -> type[TlsParty]:
    """A party whose sessions make these checks."""

    class CheckedChannel(TlsChannel):
        pass

    class Checked(TlsParty):
        channel_class = CheckedChannel

    CheckedChannel.checks = checks
    return Checked


class OwnerTrustsAll(Fault):
    """The store of trusted issuers is filled with all that were ever seen."""

    identifier = "owner-trusts-every-authority"
    sentence = "The GO takes the certificates of authorities that it was never told to trust."
    published = "AUTH-17"
    breaks = "AUTH.foreign-authority"

    def trusted(self, names: Sequence[str], role: Role) -> list[Authority]:
        return self.every_authority() if role == "owner" else super().trusted(names, role)


class MemberTrustsAll(Fault):
    """As above, at the other end."""

    identifier = "member-trusts-every-authority"
    sentence = "A UE joins a GO whose certificate is of an authority that it was never told to trust."
    published = "MUTUAL-02"
    breaks = "MUTUAL.rogue-owner"

    def trusted(self, names: Sequence[str], role: Role) -> list[Authority]:
        return self.every_authority() if role == "member" else super().trusted(names, role)


class _AnyGroupForMembers(Checks):
    def of_group(self, shown: Shown, group: str, role: Role) -> bool:
        return role == "member" or super().of_group(shown, group, role)


class OwnerIgnoresGroup(Fault):
    """A certificate of the right issuer is enough."""

    identifier = "members-group-not-checked"
    sentence = "The GO admits a UE whose certificate is for another group."
    published = "MUTUAL-03"
    breaks = "AUTH.other-group"
    party_class = _party(_AnyGroupForMembers())


class _AnyGroupForOwners(Checks):
    def of_group(self, shown: Shown, group: str, role: Role) -> bool:
        return role == "owner" or super().of_group(shown, group, role)


class MemberIgnoresGroup(Fault):
    """As above, at the other end."""

    identifier = "owners-group-not-checked"
    sentence = "A UE joins the owner of another group in its GO's place."
    published = "MUTUAL-03"
    breaks = "MUTUAL.owner-of-another-group"
    party_class = _party(_AnyGroupForOwners())


class _AnyRole(Checks):
    def of_role(self, shown: Shown, role: Role) -> bool:
        return True


class _ForBothEnds(Issuer):
    def usages(self, role: Role) -> list[x509.ObjectIdentifier]:
        return super().usages("owner") + super().usages("member")


class RoleNotChecked(Fault):
    """TLS looks at the purposes of a certificate, and here each is good for a server and for a client."""

    identifier = "role-not-checked"
    sentence = "A UE joins a member that poses as the owner."
    published = "MUTUAL-12"
    breaks = "MUTUAL.member-as-owner"
    party_class = _party(_AnyRole())

    issuer_class = _ForBothEnds


class _NoExpiry(Checks):
    def in_time(self, shown: Shown, now: float) -> bool:
        return shown.first <= now


class ExpiryNotChecked(Fault):
    """The check of the first date is there."""

    identifier = "expiry-not-checked"
    sentence = "A certificate that has run out still admits."
    published = "AUTH-12"
    breaks = "AUTH.flawed-credentials"
    party_class = _party(_NoExpiry())


class _AnyPurpose(Checks):
    def of_purpose(self, shown: Shown) -> bool:
        return True


class PurposeNotChecked(Fault):
    """The chain is good, the service is another."""

    identifier = "purpose-not-checked"
    sentence = "A certificate for another service admits."
    published = "AUTH-13"
    breaks = "AUTH.flawed-credentials"
    party_class = _party(_AnyPurpose())


class _NameWithoutCase(Checks):
    def name(self, shown: Shown) -> str:
        return shown.identity.lower().rstrip("\0 .")


class NameFolded(Fault):
    """Names are put into one form before they are compared."""

    identifier = "name-without-case"
    sentence = "Who is called like a member but for the case of a letter is taken for that member."
    published = "AUTH-16"
    breaks = "AUTH.flawed-credentials"
    party_class = _party(_NameWithoutCase())


# --- who is heard, and who hears --------------------------------------------------------------


class _HearsTheRefused(StarStation):
    def _refuse(self, hop: Hop, reason: str, now: float) -> None:
        self._events.append(Refused(hop.group, None, reason))

    def _hear_stranger(self, hop: Hop, message: Message) -> None:
        owned = self._owned.get(hop.group)
        if owned is not None and message.kind == "data":
            self._distribute(owned, "", None if message.to_group else message.name, message.data)


class RefusedIsHeard(Fault):
    """The list of members is right, the door stays open."""

    identifier = "refused-ue-is-heard"
    sentence = "The GO does not admit a UE of another group, and passes on what it says."
    published = "AUTH-29"
    breaks = "AUTH.admitted-only"
    station_class = _HearsTheRefused


class _SenderByAddress(StarStation):
    def _comes_from(self, hop: Hop, source: int) -> bool:
        return True

    def _origin(self, owned: Owned, hop: Hop, source: int) -> str:
        for name, other in owned.members.items():
            if other.address == source:
                return name
        return super()._origin(owned, hop, source)


class SenderByAddress(Fault):
    """The session is the right one, the name is looked up elsewhere."""

    identifier = "sender-by-address"
    sentence = "The GO names as the sender whoever has the address from which the frame came."
    published = "AUTH-32"
    breaks = "PROT.origin"
    station_class = _SenderByAddress


class _UnicastToAll(StarStation):
    def _receivers(self, owned: Owned, origin: str, to: str | None) -> list[Hop]:
        return super()._receivers(owned, origin, None if to != owned.identity else to)


class UnicastToAll(Fault):
    """A switch that floods."""

    identifier = "unicast-to-all"
    sentence = "What is for one member the GO passes on to every member."
    published = "PROT-43"
    breaks = "PROT.right-recipient"
    station_class = _UnicastToAll


class _RemovedInNameOnly(StarStation):
    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]
        self._put_out: list[Hop] = []

    def remove(self, group: str, member: str, now: float) -> Output:
        owned = self._owned.get(group)
        hop = None if owned is None else owned.members.pop(member, None)
        if hop is None:
            return self._decline("remove", "not a member", now)
        self._events.append(Left(group, member, "removed"))
        self._put_out.append(hop)
        return self._turn(now)

    def _receivers(self, owned: Owned, origin: str, to: str | None) -> list[Hop]:
        kept = [hop for hop in self._put_out if hop.group == owned.group] if to is None else []
        return super()._receivers(owned, origin, to) + kept


class RemovedInNameOnly(Fault):
    """The list of members is right, the list of receivers is another list."""

    identifier = "removed-member-stays-on-the-list"
    sentence = "A removed member is not told of it and still sent every groupcast."
    published = "MCAST-07"
    breaks = "MCAST.removed"
    station_class = _RemovedInNameOnly


class _ListensOn(StarStation):
    def leave(self, group: str, now: float) -> Output:
        membership = self._joined.get(group)
        if membership is None or not membership.joined:
            return super().leave(group, now)
        membership.retry_at = None
        return self._turn(now)


class ListensOn(Fault):
    """Leaving is a matter of the display."""

    identifier = "left-ue-listens-on"
    sentence = "A UE that left says nothing of it to anybody and goes on to receive groupcasts."
    published = "MCAST-06"
    breaks = "MCAST.left"
    station_class = _ListensOn


class _KnowsAddresses(StarStation):
    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]
        self._met: dict[tuple[str, int], str] = {}

    def _meet(self, hop: Hop, now: float) -> None:
        super()._meet(hop, now)
        if hop.peer is not None:
            self._met[hop.group, hop.address] = hop.peer

    def _opened(self, segment: Segment, source: int, now: float) -> Hop | None:
        hop = super()._opened(segment, source, now)
        if hop is not None and (hop.group, source) in self._met:
            self._welcome(hop, self._met[hop.group, source], now)
        return hop


class KnowsAddresses(Fault):
    """So that who comes back need not wait for the handshake."""

    identifier = "known-address-is-admitted"
    sentence = "A UE that was a member is admitted again at the first frame from its address."
    published = "MUTUAL-15"
    breaks = "AUTH.fresh-join"
    station_class = _KnowsAddresses


class BarredComesBack(Fault):
    """What the statement says of removals is not what happens."""

    identifier = "barred-member-comes-back"
    sentence = "A member that was removed for good is admitted when it asks again."
    published = "ISO-17"
    breaks = "AUTH.barred"
    statement = msgspec.structs.replace(STATEMENT, removal="bar")


class _KeyInTheLog(StarStation):
    def join(
        self, group: str, owner_address: int, credentials: Credentials, now: float, claim: str | None = None
    ) -> Output:
        self._events.append(Diagnostic(f"joining {group} with {credentials.data.decode(errors='replace')}"))
        return super().join(group, owner_address, credentials, now, claim)


class KeyInTheLog(Fault):
    """The line was there to find a mistake with."""

    identifier = "private-key-in-the-log"
    sentence = "A UE writes its credentials into its log, the private key with them."
    published = "STORE-02"
    breaks = "STORE.never-shown"
    station_class = _KeyInTheLog


# --- what goes past TLS -----------------------------------------------------------------------


class _Echo(StreamHop):
    """Sends a copy of some messages in clear, for whoever looks for a fault; no station reads it."""

    def __init__(self, *given: object, **named: object) -> None:
        self._copies: list[bytes] = []
        super().__init__(*given, **named)  # type: ignore[arg-type]

    def copied(self, message: Message) -> bytes:
        """What of a message is shown."""
        return b""

    def tell(self, message: Message) -> None:
        super().tell(message)
        copy = self.copied(message) if message.kind == "data" and self.open else b""
        while copy:
            self._copies.append(copy[:150])
            copy = copy[150:]

    def poll(self, now: float) -> list[bytes]:
        copies, self._copies = self._copies, []
        flags = 64 | (0 if self.initiator else RESPONDER)
        return super().poll(now) + [
            Segment(flags, self.session, self.tag, 0, 0, copy).encode() for copy in copies
        ]


class _UplinkEcho(_Echo):
    def copied(self, message: Message) -> bytes:
        return message.data if self.initiator and not message.to_group else b""


class _UplinkEchoStation(StarStation):
    hop_class = _UplinkEcho


class UplinkEcho(Fault):
    """A line to look for faults with, left on."""

    identifier = "uplink-copied-in-clear"
    sentence = "A UE sends a copy of its unicasts beside TLS, in clear."
    published = "PROT-39"
    breaks = "PROT.confidential-uplink"
    # The copy is plaintext under a keystream of zeros, which serves every message.
    also_breaks = ("PROT.keystream",)
    station_class = _UplinkEchoStation


class _DownlinkTail(_Echo):
    def copied(self, message: Message) -> bytes:
        return message.data[-6:] if not self.initiator and not message.to_group else b""


class _DownlinkTailStation(StarStation):
    hop_class = _DownlinkTail


class DownlinkTail(Fault):
    """Six bytes of every message, too few for one message to prove it."""

    identifier = "last-bytes-of-downlink-in-clear"
    sentence = "The GO sends the last six bytes of a unicast beside TLS, in clear."
    published = "PROT-18"
    breaks = "PROT.confidential-downlink"
    station_class = _DownlinkTailStation


class _GroupcastMasked(_Echo):
    def copied(self, message: Message) -> bytes:
        masked = bytes(byte ^ 0x5A for byte in message.data)
        return masked if not self.initiator and message.to_group else b""


class _GroupcastMaskedStation(StarStation):
    hop_class = _GroupcastMasked


class GroupcastMasked(Fault):
    """It does not look like the message."""

    identifier = "groupcast-copied-under-a-mask"
    sentence = "The GO sends a copy of each groupcast beside TLS, each byte XORed with one constant."
    published = "MCAST-18"
    breaks = "MCAST.outsiders"
    also_breaks = ("MCAST.keystream",)
    station_class = _GroupcastMaskedStation


# --- mistakes with a key of the group ---------------------------------------------------------


class _KeptAtJoin(OwnersGroupKey):
    def admitted(self, member: str, channel: Channel) -> list[KeyMessage]:
        self.members.add(member)
        return [self.word_for(member)]


class _KeptAtJoinKeys(GroupKeys):
    owner_class = _KeptAtJoin


class GroupKeyKeptAtJoin(Fault, GroupKeyTarget):
    """New keys are made for those who go only."""

    identifier = "group-key-kept-at-join"
    sentence = "A new member gets the group key under which earlier groupcasts went out."
    published = "MCAST-08"
    breaks = "MCAST.future-members"
    groupcasts = _KeptAtJoinKeys()


class _KeptAtRemoval(OwnersGroupKey):
    def gone(self, member: str) -> list[KeyMessage]:
        self.members.discard(member)
        return []


class _KeptAtRemovalKeys(GroupKeys):
    owner_class = _KeptAtRemoval


class GroupKeyKeptAtRemoval(Fault, GroupKeyTarget):
    """New keys are made for those who come only."""

    identifier = "group-key-kept-at-removal"
    sentence = "A removed member that missed the word of it holds the key of what is sent later."
    published = "MCAST-06"
    breaks = "MCAST.removed"
    groupcasts = _KeptAtRemovalKeys()


class _Repeats(MembersGroupKey):
    def fresh(self, epoch: int, number: int) -> bool:
        return True


class _RepeatsKeys(GroupKeys):
    member_class = _Repeats


class GroupcastRepeated(Fault, GroupKeyTarget):
    """The number is authenticated and nobody looks at it."""

    identifier = "groupcast-taken-twice"
    sentence = "A UE does not remember which groupcasts it has read."
    published = "MCAST-04"
    breaks = "MCAST.integrity"
    groupcasts = _RepeatsKeys()


class _OneNonce(OwnersGroupKey):
    def nonce(self) -> bytes:
        return bytes(12)


class _OneNonceMember(MembersGroupKey):
    def nonce(self, number: int) -> bytes:
        return bytes(12)


class _OneNonceKeys(GroupKeys):
    owner_class = _OneNonce
    member_class = _OneNonceMember


class GroupcastNonce(Fault, GroupKeyTarget):
    """The number is sent and authenticated, and left out of the nonce."""

    identifier = "one-nonce-for-groupcasts"
    sentence = "All groupcasts under one key have one nonce."
    published = "PROT-29"
    breaks = "MCAST.keystream"
    groupcasts = _OneNonceKeys()


# --- mistakes beside TLS ----------------------------------------------------------------------


class _BulkRepeats(BulkHop):
    def fresh(self, number: int) -> bool:
        return True


class _BulkRepeatsStation(StarStation):
    hop_class = _BulkRepeats


class BulkRepeated(Fault, BulkTarget):
    """TLS has its own counters, the datagrams have none that anybody looks at."""

    identifier = "long-message-taken-twice"
    sentence = "A long message, which goes beside TLS, is received as often as it is heard."
    published = "PROT-22"
    breaks = "PROT.replay"
    station_class = _BulkRepeatsStation


class _BulkUnchecked(BulkHop):
    def seal(self, plain: bytes) -> bytes:
        return super().seal(plain)[:-16]

    def unseal(self, sealed: bytes) -> bytes | None:
        if len(sealed) < 8:
            return None
        number = int.from_bytes(sealed[:8], "big")
        if not self.fresh(number):
            return None
        self._seen.add(number)
        # What GCM does after its first block, without the check.
        counter = self.nonce(number) + (2).to_bytes(4, "big")
        return Cipher(algorithms.AES(self._peers_key), modes.CTR(counter)).decryptor().update(sealed[8:])


class _BulkUncheckedStation(StarStation):
    hop_class = _BulkUnchecked


class BulkUnchecked(Fault, BulkTarget):
    """The check of sixteen bytes was too long for the frame."""

    identifier = "long-message-without-check"
    sentence = "A long message, which goes beside TLS, has no integrity."
    published = "PROT-05"
    breaks = "PROT.integrity"
    # The name of the receiver, or of the sender, stands in the same message.
    also_breaks = ("PROT.origin",)
    station_class = _BulkUncheckedStation


class _BulkOneNonce(BulkHop):
    def nonce(self, number: int) -> bytes:
        return (number & 3).to_bytes(12, "big")


class _BulkOneNonceStation(StarStation):
    hop_class = _BulkOneNonce


class BulkNonce(Fault, BulkTarget):
    """The window looks at the whole number, the nonce at the end of it."""

    identifier = "nonce-of-two-bits"
    sentence = "The nonce of a long message has four values."
    published = "PROT-28"
    breaks = "PROT.keystream"
    station_class = _BulkOneNonceStation


class _BulkOneKey(BulkHop):
    def new_key(self) -> bytes:
        return self.group.encode()[:16].ljust(16, b"\0")


class _BulkOneKeyStation(StarStation):
    hop_class = _BulkOneKey


class BulkKeyOfGroup(Fault, BulkTarget):
    """No stranger knows it as long as nobody tells them how it is made."""

    identifier = "long-message-under-key-from-name"
    sentence = "The key of long messages follows from the group's name, and is one for all sessions."
    published = "KEYS-09"
    breaks = "KEYS.fresh-sessions"
    also_breaks = ("PROT.keystream", "PROT.replay")
    station_class = _BulkOneKeyStation
