"""The laboratory: what is done in a case with a device in hand, by the target's optional capabilities.

Each verb requires its capability (a case ends as INCONCLUSIVE, *not tried*, where the target does not offer
it), books what the target told, and leaves judging to those who watch the trace. A secret's value is
looked at and forgotten: it never enters the trace.
"""

from __future__ import annotations

import copy
import hashlib
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from pytest_prose_go.air.frame_changes import fill, xor
from pytest_prose_go.air.moves import Move
from pytest_prose_go.air.trace import (
    Asked,
    Compromised,
    Emitted,
    Forged,
    Imaged,
    Negotiated,
    Restored,
    Revoked,
    Sent,
    Told,
    Unprotected,
    WrapNeared,
)
from pytest_prose_go.contract import Cast, Credentials, Frame
from pytest_prose_go.judge.image_search import find_in_image
from pytest_prose_go.judge.secret_values import PublicKnowledge, digest
from pytest_prose_go.scenario.endpoints import Endpoint, GroupOwner, Issue, Sending, UserEquipment
from pytest_prose_go.scenario.judging import Judge
from pytest_prose_go.scenario.outcome import CaseMisuse, Inconclusive
from pytest_prose_go.scenario.scenario import Scenario

_FLIPS = {"quick": 12, "standard": 48, "exhaustive": 400}
"""How many bits of an image at rest are flipped, one at a time."""

_FLIPS_IN_REAL_TIME = 4
"""The same where each trial takes the patience of a join."""

_IMPLANT_OFFSETS = {"quick": 0, "standard": 400, "exhaustive": 100_000}
"""At how many offsets of a sealed image credentials are XORed into others."""

_ENCODINGS: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("as they are", bytes),
    ("in hexadecimal", lambda data: data.hex().encode()),
    ("in upper-case hexadecimal", lambda data: data.hex().upper().encode()),
    ("in Base64", b64encode),
)

_OFFER_PLACES = {"quick": 56, "standard": 96, "exhaustive": 600}
"""At how many places of the head of a join's frames what is offered is looked for."""

_LOST_FRAMES = {"quick": (1, 8), "standard": (1, 2, 3, 5, 8), "exhaustive": tuple(range(1, 17))}
"""How many of the first frames of one side of a join are lost."""

_ISSUED_FOR_A_PAIR = 12
"""How many credentials are issued in search of two of one length: what is signed in DER has a few of them."""

_LEFT_BEFORE_THE_WRAP = 12
_LEFT_AFTER_A_SKIP = 4096
_MESSAGES_OVER_THE_WRAP = {"quick": 24, "standard": 40, "exhaustive": 120}


def _both_ways(ue: Endpoint, owner: Endpoint) -> tuple[tuple[int, int], tuple[int, int]]:
    return (ue.number, owner.number), (owner.number, ue.number)


def _from_base64(image: bytes) -> bytes:
    try:
        return b64decode(image, validate=True)
    except ValueError:
        return b""


def _from_hex(image: bytes) -> bytes:
    try:
        return bytes.fromhex(image.decode("ascii"))
    except ValueError:
        return b""


def _from_zlib(image: bytes) -> bytes:
    try:
        return zlib.decompress(image)
    except zlib.error:
        return b""


_WRAPPINGS: tuple[tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]], ...] = (
    (bytes, bytes),
    (_from_base64, b64encode),
    (_from_hex, lambda inner: inner.hex().encode()),
    (_from_zlib, zlib.compress),
)
"""What a whole image may be wrapped in: how to take it off (to nothing where it is not) and put it on."""


class Laboratory:
    """What can be done with the devices of a scenario."""

    def __init__(self, scenario: Scenario, judge: Judge) -> None:
        self._scenario = scenario
        self._judge = judge
        self._public = PublicKnowledge()
        for index, record in enumerate(scenario.trace):
            self._public.observe(index, record)
        scenario.trace.listeners.append(self._public.observe)
        self._told: dict[int, dict[str, bytes]] = {}

    # --- secrets -----------------------------------------------------------------------------------

    def tells_secrets(self, *stations: Endpoint) -> None:
        """Have each station tell of its secrets (capability ``secrets``); it told of some that protect
        traffic (a control). None of them may show on the air either."""
        scenario = self._scenario
        scenario.require("secrets")
        for endpoint in stations:
            since = self._judge.mark
            for secret in scenario.target.secrets(scenario.station(endpoint)):
                scenario.eavesdropper.knows_secret(f"{secret.label} of {endpoint.identity}", secret.value)
                self._told.setdefault(endpoint.number, {})[secret.label] = secret.value
                scenario.book(
                    Told(
                        scenario.now,
                        endpoint.number,
                        secret.label,
                        secret.scope,
                        secret.peer,
                        secret.group,
                        digest(secret.value),
                        len(secret.value),
                        self._public.weakness(secret.value),
                    )
                )
            self._judge.control(
                "told", (endpoint.number, since), f"{endpoint.identity} tells of secrets of hop or group"
            )

    def tells_secrets_if_it_can(self, *stations: Endpoint) -> None:
        """The same where the target offers ``secrets``; where it does not, that is noted as not tried."""
        if "secrets" in self._scenario.statement.capabilities:
            self.tells_secrets(*stations)
        elif "secrets" not in self._scenario.not_tried:
            self._scenario.not_tried.append("secrets")

    def agrees(self, owner: GroupOwner, *ues: UserEquipment) -> None:
        """Have both ends of each hop tell what they agreed on (capability ``parameters``): a control."""
        scenario = self._scenario
        scenario.require("parameters")
        for ue in ues:
            for one, other in ((ue, owner), (owner, ue)):
                since = self._judge.mark
                agreed = scenario.target.parameters(scenario.station(one), owner.group, other.identity)
                scenario.book(
                    Negotiated(
                        scenario.now, one.number, owner.group, other.identity, tuple(agreed.algorithms)
                    )
                )
                self._judge.control(
                    "agreed",
                    (one.number, since),
                    f"{one.identity} tells what it agreed on with {other.identity}",
                )

    def joins_though_frames_are_lost(self, owner: GroupOwner, ue: UserEquipment) -> None:
        """``ue`` joins anew again and again, while the first frames of one side are lost, more each time."""
        drop = self._scenario.air.drop
        self._joins_disturbed(
            owner,
            ue,
            [
                partial(drop, direction=way, ordinal=range(lost))
                for lost in _LOST_FRAMES[self._scenario.depth]
                for way in _both_ways(ue, owner)
            ],
        )

    def joins_though_offers_are_changed(
        self, owner: GroupOwner, ue: UserEquipment, piece: int = 0, pieces: int = 1
    ) -> None:
        """``ue`` joins anew again and again, while the first frame of one side is changed at one place of its
        head, so that what is offered or chosen there becomes something else: the byte is inverted (a set of
        bits turns into its opposite, a name into another), at the greatest depth also set to zero and its
        low bit flipped. The ``piece``-th of so many parts of the places."""
        depth, alter = self._scenario.depth, self._scenario.air.alter
        places = range(_OFFER_PLACES[depth])[piece::pieces]
        changes = [xor(b"\xff", at) for at in places]
        if depth == "exhaustive":
            changes += [change for at in places for change in (fill(at, 1), xor(b"\x01", at))]
        self._joins_disturbed(
            owner,
            ue,
            [
                partial(alter, change, direction=way, ordinal=0)
                for change in changes
                for way in _both_ways(ue, owner)
            ],
        )

    def _joins_disturbed(
        self, owner: GroupOwner, ue: UserEquipment, moves: Sequence[Callable[[], Move]]
    ) -> None:
        """``ue`` joins anew under each of the moves, each of which acts (a control) if the frame is there for
        it; where both ends join, they tell what they agreed on and, if they can, their secrets. It joins under
        one of them at least, or when they are over (a control)."""
        scenario, judge = self._scenario, self._judge
        patience = scenario.statement.patience
        ue.leaves(owner)
        judge.outlasts_patience()
        joins = 0
        for make in moves:
            with make() as move:
                asked = ue.asks(owner)
                joined = partial(scenario.controls.joined, ue.number, owner.number, asked)
                if scenario.air.run(joined, patience.join):
                    self.agrees(owner, ue)
                    if "secrets" in scenario.statement.capabilities:
                        self.tells_secrets(owner, ue)
                    joins += 1
            if move.touched:
                judge.acted(move)
            ue.leaves(owner)
            judge.passes(patience.delivery)
        judge.note(f"joined {joins} times in {len(moves)} disturbed joins")
        judge.admits(owner, ue)

    def offering(self, endpoint: Endpoint, *algorithms: str) -> None:
        """Restrict a station that is not yet made to these algorithms (capability ``offers``)."""
        self._scenario.require("offers")
        endpoint.offers = algorithms

    def algorithms(self) -> list[str]:
        """The names of the statement's algorithms, the strongest first."""
        named = self._scenario.statement.algorithms
        strongest_first = sorted(named, key=lambda a: (a.confidentiality, a.integrity), reverse=True)
        return [algorithm.name for algorithm in strongest_first]

    def nears_wrap(self, *stations: Endpoint) -> int:
        """Bring the sending counters of each station near their wrap (capability ``near_wrap``). Returns how
        many messages to send, to be well over it."""
        self._leaves_before_the_wrap(_LEFT_BEFORE_THE_WRAP, stations)
        return _MESSAGES_OVER_THE_WRAP[self._scenario.depth]

    def skips_counters(self, *stations: Endpoint) -> None:
        """Set the sending counters of each station forward (capability ``near_wrap``), beyond any replay window and
        far from their wrap."""
        self._leaves_before_the_wrap(_LEFT_AFTER_A_SKIP, stations)

    def _leaves_before_the_wrap(self, messages: int, stations: tuple[Endpoint, ...]) -> None:
        scenario = self._scenario
        scenario.require("near_wrap")
        for endpoint in stations:
            scenario.target.near_wrap(scenario.station(endpoint), messages)
            scenario.book(WrapNeared(scenario.now, endpoint.number, messages))

    def two_groups_of_one_owner(
        self,
    ) -> tuple[GroupOwner, GroupOwner, tuple[UserEquipment, UserEquipment], UserEquipment, UserEquipment]:
        """A GO in its two groups, an honest UE of both (as it is in each), and a member of each."""
        scenario = self._scenario
        owner = scenario.cast_owner()
        other = scenario.cast_second_group(owner)
        both = scenario.cast_ue_of_both(owner.group, other.group)
        return owner, other, both, scenario.cast_ue(owner.group), scenario.cast_ue(other.group)

    # --- stolen state ------------------------------------------------------------------------------

    def steals(self, endpoint: Endpoint) -> None:
        """The state of a station is the attacker's from here on; the station goes on."""
        self._scenario.book(Compromised(self._scenario.now, endpoint.number))

    def clones(self, ue: UserEquipment) -> UserEquipment:
        """A clone of a UE (capability ``clone``), at its address; the UE itself is silent from here on."""
        scenario = self._scenario
        clone = self._cloned(ue)
        ue.falls_silent()
        scenario.drive(clone, "wake", lambda station, now: station.wake(now))
        return clone

    def keeps_a_copy(self, ue: UserEquipment) -> UserEquipment:
        """A clone of a UE (capability ``clone``) that is not on the air, so that its state stays as it is; the UE
        itself goes on."""
        clone = self._cloned(ue)
        self._scenario.air.detach(clone.number)
        return clone

    def takes_the_place_of(self, copied: UserEquipment, ue: UserEquipment) -> None:
        """Put a copy that was kept (:meth:`keeps_a_copy`) on the air in the place of ``ue``, which is silent from
        here on."""
        scenario = self._scenario
        ue.falls_silent()
        scenario.air.attach(copied.number, scenario.station(copied))

    def opens_if_it_can(self, holder: Endpoint, since: int, control: Sending) -> None:
        """As :meth:`opens` where the target offers ``unprotect``; where it does not, that is noted as not tried."""
        if "unprotect" in self._scenario.statement.capabilities:
            self.opens(holder, since, control)
        elif "unprotect" not in self._scenario.not_tried:
            self._scenario.not_tried.append("unprotect")

    def _cloned(self, ue: UserEquipment) -> UserEquipment:
        scenario = self._scenario
        scenario.require("clone")
        self.steals(ue)
        clone = copy.copy(ue)
        clone.number = len(scenario.endpoints)
        clone.standing = "compromised"
        scenario.take_in(clone, scenario.target.clone(scenario.station(ue)), clone_of=ue.number)
        return clone

    def is_live(self, clone: UserEquipment, owner: GroupOwner, partner: UserEquipment) -> None:
        """Control of a clone: ``partner`` receives what it sends, in the stolen session or in one of its own
        as the member that it is."""
        sending = clone.sends(partner)
        if not self._comes(sending, partner):
            self._judge.admits(owner, clone)
            self._judge.delivers(clone, partner)
            return
        self._judge.control(
            "received", (sending.number, partner.number), f"a clone of {clone.identity} is live"
        )

    def opens(self, holder: Endpoint, since: int, control: Sending) -> None:
        """Open, with the state of ``holder`` (capability ``unprotect``), whatever it can of all frames since
        record ``since``; ``control``, which it rightly received or sent, is among what it opens."""
        scenario = self._scenario
        scenario.require("unprotect")
        emitted = [
            record
            for record in scenario.trace.records[max(since, 0) :]
            if isinstance(record, Emitted) and len(record.payload) > 0
        ]
        frames = [Frame(record.source, record.destination, record.payload) for record in emitted]
        opened = scenario.target.unprotect(scenario.station(holder), frames)
        for each in opened:
            scenario.book(Unprotected(scenario.now, holder.number, emitted[each.frame].number, each.data))
        scenario.note(f"the state of one member opened {len(opened)} payloads of {len(frames)} frames")
        self._judge.control(
            "opened",
            (control.number, holder.number),
            f"the state of {holder.identity} opens a message of its own",
        )

    def steals_and_opens_if_it_can(self, holder: Endpoint, since: int, control: Sending) -> None:
        """Steal the state of ``holder`` and go on as :meth:`opens_if_it_can`."""
        self.steals(holder)
        self.opens_if_it_can(holder, since, control)

    def forges(
        self,
        holder: UserEquipment,
        claimed: Endpoint,
        to: Endpoint | None,
        posing_at: Endpoint | None = None,
    ) -> Sending:
        """Put on the air what the keys of ``holder`` can make (capability ``protect``) in the name of
        ``claimed``, to ``to`` or to the group; under the address of ``posing_at`` if given."""
        scenario = self._scenario
        scenario.require("protect")
        data = scenario.draw.payload()
        receiver = None if to is None else to.identity
        cast: Cast = "groupcast" if to is None else "unicast"
        group = holder.group
        frames = scenario.target.protect(
            scenario.station(holder), group, data, claimed.identity, receiver, cast
        )
        number = scenario.next_sending()
        index = scenario.book(Sent(scenario.now, holder.number, group, number, data, receiver))
        scenario.book(Forged(scenario.now, holder.number, group, data, claimed.identity, receiver, cast))
        for frame in frames:
            source = frame.source if posing_at is None else posing_at.address
            scenario.air.inject(frame.payload, source, frame.destination)
        return Sending(number, index, holder, to, group, data)

    def forges_in_its_own_name(
        self, holder: UserEquipment, to: Endpoint | None, among: Sequence[Endpoint] = ()
    ) -> None:
        """Control: what the keys of ``holder`` make in its own name is received by ``to``, or by one at least
        of ``among``."""
        receivers = [to] if to is not None else list(among)
        sending = self.forges(holder, holder, to)
        self._scenario.air.run(
            lambda: any(self._scenario.controls.received(sending.number, r.number) for r in receivers),
            self._scenario.statement.patience.delivery,
        )
        reached = next(
            (r for r in receivers if self._scenario.controls.received(sending.number, r.number)), receivers[0]
        )
        self._judge.control(
            "received",
            (sending.number, reached.number),
            f"{reached.identity} receives what was made with the keys of {holder.identity} in its own name",
        )

    def identity_of(self, victim: Endpoint) -> Issue | None:
        """Credentials with the public part of ``victim`` and another key, for a clone to pose with: None if
        the target offers none. To be asked for before the first station acts."""
        scenario = self._scenario
        try:
            return scenario.issue(
                victim.identity, victim.group, scenario.authority, victim.role, flaw="without-key"
            )
        except Inconclusive:
            return None  # noted as not tried

    def poses(
        self, clone: UserEquipment, owner: GroupOwner, victim: UserEquipment, posing: Issue | None
    ) -> None:
        """Have ``clone`` ask to join in the name of ``victim``: by claiming it, and with the credentials
        ``posing``, as far as the target can. Each time it did ask (a control), and has the time of a negative.
        """
        scenario, judge = self._scenario, self._judge
        claims = scenario.statement.claims_identity
        if not claims and posing is None:
            raise Inconclusive(
                "not tried: the target lets a clone neither claim a name nor show another's part"
            )
        if claims:
            judge.attempts(clone, owner, claim=victim.identity)
            clone.leaves(owner)
        if posing is not None:
            own, clone.issue = clone.issue, posing
            judge.attempts(clone, owner)
            clone.leaves(owner)
            clone.issue = own
        judge.passes(scenario.statement.patience.delivery)

    def owners_made_of(
        self, ue: UserEquipment, owner: GroupOwner, posing: Issue | None
    ) -> Iterator[GroupOwner]:
        """Clones of ``ue`` in the role of the owner of its group, one after the other: with what it stole, under
        its own name; where a name can be claimed, under that of ``owner``; and with the credentials
        ``posing``, if there are any."""
        yield self._in_owners_role(self.clones(ue), None)
        if self._scenario.statement.claims_identity:
            yield self._in_owners_role(self.clones(ue), owner.identity)
        if posing is not None:
            clone = self.clones(ue)
            clone.issue = posing
            yield self._in_owners_role(clone, None)

    def _in_owners_role(self, clone: UserEquipment, claim: str | None) -> GroupOwner:
        scenario = self._scenario
        posing = GroupOwner(
            scenario,
            clone.number,
            clone.identity,
            clone.group,
            clone.issue,
            clone.trusts,
            clone.standing,
            "member",
            claim,
        )
        posing.address = clone.address
        return posing

    def revokes(self, ue: UserEquipment, *told: Endpoint) -> None:
        """Withdraw the credentials of ``ue`` (capability ``revoke``) and bring the notice to each of ``told``."""
        scenario = self._scenario
        scenario.require("revoke")
        if ue.issue is None:
            raise CaseMisuse(f"{ue} has no credentials to withdraw")
        number = ue.issue.number
        notice = scenario.target.revoke(ue.issue.credentials)
        scenario.book(Revoked(scenario.now, number))
        for endpoint in told:
            scenario.book(Revoked(scenario.now, number, endpoint.number))
            scenario.drive(endpoint, "learn", lambda station, now: station.learn(notice, now))

    # --- what is at rest ---------------------------------------------------------------------------

    def images(self, *stations: Endpoint) -> list[bytes]:
        """The image at rest of each station (capability ``stored``), searched for its secrets; it is not empty
        (a control)."""
        images = []
        for endpoint in stations:
            since = self._judge.mark
            images.append(self.looks_at_rest(endpoint))
            self._judge.control(
                "imaged", (endpoint.number, since), f"there is something at rest in {endpoint.identity}"
            )
        return images

    def looks_at_rest(self, endpoint: Endpoint) -> bytes:
        """The image at rest of a station (capability ``stored``), be there anything in it or not, searched for its
        secrets."""
        scenario = self._scenario
        scenario.require("stored")
        image = scenario.target.stored(scenario.station(endpoint))
        parts = endpoint.issue.credentials.secret_parts if endpoint.issue else ()
        secrets = {
            f"secret part {place} of the credentials of {endpoint.identity}": part
            for place, part in enumerate(parts)
        }
        secrets.update(self._told.get(endpoint.number, {}))
        digest = hashlib.sha256(image).hexdigest()
        scenario.book(Imaged(scenario.now, endpoint.number, digest, find_in_image(image, secrets)))
        return image

    def restores(
        self,
        original: UserEquipment,
        owner: GroupOwner,
        image: bytes,
        same_device: bool,
        change: str = "",
        becoming: UserEquipment | None = None,
    ) -> UserEquipment:
        """A station that starts from ``image`` on the device of ``original`` or on another, and asks to join
        ``owner`` if it does not by itself; ``change`` says what was changed in the image, ``becoming`` whose
        identity was put there. What happens within the patience of a join happens."""
        scenario = self._scenario
        scenario.require("stored")
        start = copy.copy(original)
        start.number = len(scenario.endpoints)
        start.standing = "honest" if same_device and not change else "rogue"
        if becoming is not None:
            start.identity, start.issue = becoming.identity, becoming.issue
        restored = scenario.target.restore(image, scenario.station(original), same_device)
        scenario.take_in(start, restored, image_of=original.number)
        scenario.book(Restored(scenario.now, start.number, same_device, change))
        self._starts(start, owner)
        return start

    def wakes_from(self, original: UserEquipment, image: bytes) -> UserEquipment:
        """A station that starts from ``image`` on the device of ``original``, which is silent from here on. It is
        woken, and nothing else is asked of it."""
        scenario = self._scenario
        scenario.require("stored")
        original.falls_silent()
        start = copy.copy(original)
        start.number = len(scenario.endpoints)
        restored = scenario.target.restore(image, scenario.station(original), True)
        scenario.take_in(start, restored, image_of=original.number)
        scenario.book(Restored(scenario.now, start.number, True, ""))
        scenario.drive(start, "wake", lambda station, now: station.wake(now))
        return start

    def _starts(self, start: UserEquipment, owner: GroupOwner) -> None:
        """The first call of a restored station. Its engagement is booked as a join with the credentials that
        the image holds: it asks with them, if it can, by itself or when told to."""
        scenario = self._scenario
        group = owner.group
        address = scenario.discovered_address(owner)
        issue = None if start.issue is None else start.issue.number
        asked = scenario.book(Asked(scenario.now, start.number, group, address, issue))
        scenario.remember_asked(start, owner, asked)
        scenario.drive(start, "wake", lambda station, now: station.wake(now))
        joined = partial(scenario.controls.joined, start.number, owner.number, asked)
        patience = scenario.statement.patience
        if not scenario.air.run(joined, patience.delivery):
            scenario.drive(
                start, "join", lambda station, now: station.join(group, address, Credentials(b""), now)
            )
            scenario.air.run(joined, patience.join)

    def works_on_its_own_device(
        self, original: UserEquipment, owner: GroupOwner, image: bytes
    ) -> UserEquipment:
        """Control: started from its own image on its own device, the UE joins ``owner`` again."""
        since = self._judge.mark
        start = self.restores(original, owner, image, same_device=True)
        self._judge.control(
            "joined",
            (start.number, owner.number, since),
            f"{original.identity} joins again from its own image on its own device",
        )
        return start

    def works_nowhere_else(self, original: UserEquipment, owner: GroupOwner, image: bytes) -> None:
        """Start the image on another device of the kind, and give it the time of a negative."""
        copied = self.restores(original, owner, image, same_device=False)
        self._judge.waits()
        copied.stops()

    def works_unchanged_only(
        self, original: UserEquipment, owner: GroupOwner, image: bytes, other: UserEquipment
    ) -> None:
        """Start changed images on the device of ``original``, one after another: bits flipped, cut, extended,
        and with the credentials or names of ``other`` in the place of its own."""
        tried = 0
        for change, changed, becoming in self._changed(image, original, other):
            start = self.restores(original, owner, changed, True, change, becoming)
            start.stops()
            tried += 1
        self._judge.note(f"started {tried} changed images")
        self._judge.waits()

    def _changed(
        self, image: bytes, original: UserEquipment, other: UserEquipment
    ) -> Iterator[tuple[str, bytes, UserEquipment | None]]:
        yield from self._implanted(image, original, other)
        lots = self._scenario.draw.random
        bits = 8 * len(image)
        most = _FLIPS[self._scenario.depth] if self._time_is_free else _FLIPS_IN_REAL_TIME
        for bit in sorted(lots.sample(range(bits), min(bits, most))):
            flipped = bytearray(image)
            flipped[bit // 8] ^= 1 << bit % 8
            yield f"bit {bit} flipped", bytes(flipped), None
        for left in (len(image) // 2, len(image) - 1):
            yield f"all after {left} bytes cut off", image[:left], None
        yield "a byte appended", image + b"\x00", None

    def equally_long(self, owner: GroupOwner) -> tuple[UserEquipment, UserEquipment]:
        """An honest member of the group of ``owner`` and one under the attacker, whose credentials have one
        length: only so can one's be put in the place of the other's in a sealed image. Of the first
        credentials issued two are chosen, so that neither is of a rare length. To be cast before the first
        station acts. Without any such pair (which is noted) the first two are taken."""
        scenario = self._scenario
        issued: list[tuple[str, Issue]] = []
        pair: tuple[int, int] | None = None
        while pair is None and len(issued) < _ISSUED_FOR_A_PAIR:
            try:
                identity = scenario.draw.identity()
            except Inconclusive:
                if len(issued) < 2:
                    raise
                break
            issued.append((identity, scenario.issue(identity, owner.group, scenario.authority, "member")))
            lengths = [len(issue.credentials.data) for _, issue in issued]
            if lengths.count(lengths[-1]) > 1:
                pair = lengths.index(lengths[-1]), len(lengths) - 1
        if pair is None:
            scenario.note("no two credentials are equally long: none was put in the place of another")
        first, second = pair or (0, 1)
        return (
            scenario.cast_ue(owner.group, issued=issued[first]),
            scenario.cast_ue(owner.group, issued=issued[second], standing="insider"),
        )

    def _implanted(
        self, image: bytes, original: UserEquipment, other: UserEquipment
    ) -> Iterator[tuple[str, bytes, UserEquipment | None]]:
        """Images with ``other``'s credentials for ``original``'s: replaced where they stand in a common
        encoding, else XORed in wherever they might stand under a cipher without integrity."""
        if original.issue is None or other.issue is None:
            raise CaseMisuse("both have credentials")
        mine, theirs = original.issue.credentials.data, other.issue.credentials.data
        for how, encode in _ENCODINGS:
            old, new = encode(mine), encode(theirs)
            words = f"the credentials of {other.identity} in place of its own ({how})"
            for unwrap, wrap in _WRAPPINGS:
                inner = unwrap(image)
                if old in inner:
                    yield words, wrap(inner.replace(old, new)), other
            if len(old) == len(new) <= len(image):
                last = len(image) - len(old)
                most = _IMPLANT_OFFSETS[self._scenario.depth] if self._time_is_free else 0
                mask = int.from_bytes(old) ^ int.from_bytes(new)
                # What is at rest begins with few bytes of its own: the lowest offsets are the likeliest.
                for offset in range(min(last + 1, most)):
                    shifted = mask << 8 * (last - offset)
                    yield words, (int.from_bytes(image) ^ shifted).to_bytes(len(image)), other

    @property
    def _time_is_free(self) -> bool:
        return self._scenario.statement.clock == "virtual"

    # --- how ---------------------------------------------------------------------------------------

    def _comes(self, sending: Sending, receiver: Endpoint) -> bool:
        scenario = self._scenario
        return scenario.air.run(
            lambda: scenario.controls.received(sending.number, receiver.number),
            scenario.statement.patience.delivery,
        )
