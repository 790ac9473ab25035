"""The reference behind the contract: every call by way of the suite's own guard."""

from __future__ import annotations

import heapq

import pytest

from pytest_prose_go.contract import (
    Cast,
    Credentials,
    Declined,
    Flaw,
    Frame,
    Joined,
    Left,
    Output,
    Parameters,
    Received,
    Refused,
    Rekeyed,
    Role,
    Station,
    Unsupported,
)
from pytest_prose_go.targets.guard import GuardedTarget
from pytest_prose_go.targets.naming import find_target
from reference_impl.adapter import ReferenceTarget, fault, target
from reference_impl.faults import all_faults
from reference_impl.profiles import NR_33536

CASTS: tuple[tuple[Cast, str | None], ...] = (("groupcast", None), ("unicast", "ann"))
NOW = 1_700_000_000.0
GROUP = "watch"
OWNER_ADDRESS = 0x0A0000
ADDRESSES = {"owner": OWNER_ADDRESS, "ann": 0x0B0001, "bob": 0x0B0002}


class Bench:
    """An owner, ann and bob behind the guard, and a queue of frames between them."""

    def __init__(self, subject: GuardedTarget) -> None:
        self.target = subject
        self.now = NOW
        self.events: dict[str, list[object]] = {}
        self.stations: dict[str, Station] = {}
        self.frames: list[Frame] = []
        self._queue: list[tuple[float, int, Frame]] = []
        self._wakes: dict[str, float | None] = {}
        self.held = {name: self.credentials(name) for name in ADDRESSES}
        for name, address in ADDRESSES.items():
            self.put(name, subject.station(name, address, ["A"], name.encode().ljust(32, b".")))
        self.do("owner", self.stations["owner"].own(GROUP, self.held["owner"], self.now))
        for name in ("ann", "bob"):
            self.do(name, self.stations[name].join(GROUP, OWNER_ADDRESS, self.held[name], self.now))
        self.run()

    def put(self, name: str, station: Station) -> None:
        """Add a station under a name."""
        self.stations[name], self.events[name], self._wakes[name] = station, [], None

    def credentials(self, name: str, flaw: Flaw | None = None) -> Credentials:
        """Credentials of authority A, valid for an hour either way."""
        role: Role = "owner" if name == "owner" else "member"
        return self.target.credentials(name, GROUP, "A", role, NOW - 3600, NOW + 3600, flaw)

    def do(self, name: str, output: Output) -> Output:
        """Book what a call returned."""
        self.events[name] += output.events
        self._wakes[name] = output.wake_at
        for frame in output.frames:
            self.frames.append(frame)
            heapq.heappush(self._queue, (self.now + 0.001, len(self.frames), frame))
        return output

    def run(self, seconds: float = 2.0) -> None:
        """Carry frames and wake stations for a while."""
        end = self.now + seconds
        while True:
            wakes = [at for at in self._wakes.values() if at is not None]
            moment = min([end, *wakes, *(at for at, _, _ in self._queue[:1])])
            self.now = max(self.now, moment)
            if self.now >= end:
                return
            while self._queue and self._queue[0][0] <= self.now:
                _, _, frame = heapq.heappop(self._queue)
                for name, station in self.stations.items():
                    if station.listens is None or frame.destination in station.listens:
                        self.do(name, station.receive(frame, self.now))
            for name, at in list(self._wakes.items()):
                if at is not None and at <= self.now:
                    self.do(name, self.stations[name].wake(self.now))

    def send(self, name: str, data: bytes, to: str | None) -> None:
        """Send, and let it arrive."""
        self.do(name, self.stations[name].send(GROUP, data, to, self.now))
        self.run()

    def received(self, name: str) -> list[bytes]:
        """What a station delivered."""
        return [each.data for each in self.events[name] if isinstance(each, Received)]


@pytest.fixture(params=[None, "psk"], ids=["certificates", "pair keys"])
def variant(request: pytest.FixtureRequest) -> str | None:
    chosen: str | None = request.param
    return chosen


@pytest.fixture
def bench(variant: str | None) -> Bench:
    return Bench(GuardedTarget(target(variant), "reference"))


def test_the_entry_point_opens_the_reference() -> None:
    assert find_target("reference")().statement == target().statement
    assert find_target("reference:psk")().statement == target("psk").statement
    assert target("psk").statement.symmetric


def test_every_event_has_the_promised_fields(bench: Bench) -> None:
    bench.send("ann", b"hello", None)
    bench.send("ann", b"psst", "bob")
    bench.do("owner", bench.stations["owner"].rekey(GROUP, bench.now))
    bench.do("owner", bench.stations["owner"].remove(GROUP, "bob", bench.now))
    bench.run()
    bench.do("bob", bench.stations["bob"].send(GROUP, b"x", None, bench.now))

    [ann] = [each for each in bench.events["ann"] if isinstance(each, Joined)]
    assert ann in [
        Joined(GROUP, "owner", each.session) for each in bench.events["owner"] if isinstance(each, Joined)
    ]
    assert Received(GROUP, b"hello", "ann", "groupcast", "owner") in bench.events["bob"]
    assert Received(GROUP, b"psst", "ann", "unicast", "owner") in bench.events["bob"]
    assert Rekeyed(GROUP) in bench.events["owner"]
    assert Left(GROUP, "bob", "removed") in bench.events["owner"]
    assert isinstance(bench.events["bob"][-1], Declined)


@pytest.mark.parametrize("algorithm", ["aes-gcm", "eea2-eia2"])
def test_offers_restrict_what_is_negotiated(variant: str | None, algorithm: str) -> None:
    subject = GuardedTarget(target(variant), "reference")
    as_owner = subject.credentials("o", GROUP, "A", "owner", NOW, NOW + 9)
    as_member = subject.credentials("u", GROUP, "A", "member", NOW, NOW + 9)
    owner = subject.station("o", 1, ["A"], bytes(32), offers=[algorithm])
    ue = subject.station("u", 2, ["A"], bytes(32))
    frames = [*owner.own(GROUP, as_owner, NOW).frames, *ue.join(GROUP, 1, as_member, NOW).frames]
    while frames:
        frame = frames.pop(0)
        frames += (owner if frame.destination == 1 else ue).receive(frame, NOW).frames

    assert subject.parameters(ue, GROUP, "o") == Parameters((algorithm,))
    assert subject.parameters(owner, GROUP, "u") == Parameters((algorithm,))


def test_a_clone_opens_what_its_original_opens_and_can_stand_in_for_it(bench: Bench) -> None:
    bench.send("ann", b"one", "bob")
    clone = bench.target.clone(bench.stations["bob"])

    assert {each.data for each in bench.target.unprotect(clone, bench.frames)} == {b"one"}
    bench.stations["bob"] = clone
    bench.send("ann", b"two", "bob")
    assert bench.received("bob") == [b"one", b"two"]


def test_a_clone_elsewhere_joins_as_its_original(bench: Bench) -> None:
    bench.put("clone", bench.target.clone(bench.stations["bob"], 0x0C0001))
    bench.do("bob", bench.stations["bob"].leave(GROUP, bench.now))
    bench.run(10.0)
    credentials = bench.held["bob"]
    bench.do("clone", bench.stations["clone"].join(GROUP, OWNER_ADDRESS, credentials, bench.now))
    bench.run()

    assert [each.peer for each in bench.events["clone"] if isinstance(each, Joined)] == ["owner"]


def test_what_protect_makes_is_accepted_with_the_true_claim_only(bench: Bench) -> None:
    thief = bench.target.clone(bench.stations["bob"])
    for sender, data in (("bob", b"true"), ("ann", b"false"), ("owner", b"false")):
        for cast, to in CASTS:
            for frame in bench.target.protect(thief, GROUP, data, sender, to, cast):
                for name in ("owner", "ann"):
                    listens = bench.stations[name].listens
                    if listens is None or frame.destination in listens:
                        bench.do(name, bench.stations[name].receive(frame, bench.now))
    bench.run()

    assert bench.received("owner") == [b"true"]
    assert bench.received("ann") == [b"true", b"true"]


def test_an_image_serves_its_own_device_only(bench: Bench) -> None:
    image = bench.target.stored(bench.stations["bob"])
    own = bench.target.restore(image, bench.stations["bob"], same_device=True)
    other = bench.target.restore(image, bench.stations["bob"], same_device=False)

    assert bench.held["bob"].secret_parts
    assert not [part for part in bench.held["bob"].secret_parts if part in image]
    assert len(own.wake(bench.now).frames) == 1
    assert other.wake(bench.now).frames == ()
    declined = other.join(GROUP, OWNER_ADDRESS, bench.held["bob"], bench.now)
    assert [type(each) for each in declined.events] == [Declined]


def test_secrets_are_told_with_their_scope(bench: Bench) -> None:
    told = bench.target.secrets(bench.stations["ann"])

    assert {each.scope for each in told} == {"device", "hop", "group"}
    assert all(each.peer == "owner" and each.group == GROUP for each in told if each.scope == "hop")
    assert bench.held["ann"].secret_parts[0] in [each.value for each in told]


def test_counters_cross_their_end(bench: Bench) -> None:
    for name in ("owner", "ann", "bob"):
        bench.target.near_wrap(bench.stations[name], 3)
    for number in range(10):
        bench.send("ann", b"message %d" % number, "bob")

    assert bench.received("bob") == [b"message %d" % number for number in range(10)]


def test_revocation_reaches_a_station_by_its_notice(bench: Bench) -> None:
    notice = bench.target.revoke(bench.held["bob"])
    bench.do("owner", bench.stations["owner"].learn(notice, bench.now))
    bench.run()
    bench.do("bob", bench.stations["bob"].join(GROUP, OWNER_ADDRESS, bench.held["bob"], bench.now))
    bench.run()

    assert Left(GROUP, "bob", "credentials were revoked") in bench.events["owner"]
    assert Refused(GROUP, "bob", "credentials were revoked") in bench.events["owner"]


def test_credentials_that_are_issued_revoked_are_known_to_stations_made_before_and_after() -> None:
    bench = Bench(GuardedTarget(target(), "reference"))
    revoked = bench.target.credentials("eve", GROUP, "A", "member", NOW - 9, NOW + 3600, "revoked")
    bench.put("eve", bench.target.station("e", 0x0C0009, ["A"], bytes(32)))
    bench.do("eve", bench.stations["eve"].join(GROUP, OWNER_ADDRESS, revoked, bench.now))
    bench.run()

    assert Refused(GROUP, "eve", "credentials were revoked") in bench.events["owner"]


def test_a_pair_key_that_is_issued_revoked_is_known_to_every_station() -> None:
    subject = GuardedTarget(target("psk"), "reference")
    revoked = subject.credentials("eve", GROUP, "A", "member", NOW - 9, NOW + 3600, "revoked")
    bench = Bench(subject)
    bench.put("eve", subject.station("e", 0x0C0009, ["A"], bytes(32)))
    bench.do("eve", bench.stations["eve"].join(GROUP, OWNER_ADDRESS, revoked, bench.now))
    bench.run()

    assert Refused(GROUP, "eve", "credentials were revoked") in bench.events["owner"]


@pytest.mark.parametrize("flaw", ["expired", "not-yet-valid", "without-key"])
def test_a_ue_with_a_flawed_pair_key_stays_out(flaw: Flaw) -> None:
    subject = GuardedTarget(target("psk"), "reference")
    flawed = subject.credentials("eve", GROUP, "A", "member", NOW - 9, NOW + 3600, flaw)
    bench = Bench(subject)
    bench.put("eve", subject.station("e", 0x0C0009, ["A"], bytes(32)))
    bench.do("eve", bench.stations["eve"].join(GROUP, OWNER_ADDRESS, flawed, bench.now))
    bench.run(15.0)

    assert {each.peer for each in bench.events["owner"] if isinstance(each, Joined)} == {"ann", "bob"}
    assert not [each for each in bench.events["eve"] if isinstance(each, Joined)]


@pytest.mark.parametrize("flaw", ["wrong-purpose", "issued-by-member", "look-alike-issuer"])
def test_a_pair_key_cannot_have_what_only_a_certificate_has(flaw: Flaw) -> None:
    with pytest.raises(Unsupported):
        target("psk").credentials("eve", GROUP, "A", "member", NOW, NOW + 9, flaw)


def test_a_restart_comes_back(bench: Bench) -> None:
    for name in ("ann", "owner"):
        bench.do(name, bench.stations[name].restart(bench.now, power_loss=True))
        bench.run(15.0)
    bench.send("bob", b"all here", None)

    assert bench.received("ann") == bench.received("owner") == [b"all here"]


def test_what_is_not_offered_is_said_so(bench: Bench) -> None:
    with pytest.raises(Unsupported):
        bench.credentials("eve", "explicit-parameters")


def test_equal_seeds_give_equal_bytes(variant: str | None) -> None:
    first, second = (Bench(GuardedTarget(target(variant), "reference")) for _ in range(2))
    for each in (first, second):
        each.send("ann", b"same", "bob")

    assert first.frames == second.frames
    assert first.held == second.held


def test_the_nr_profile_is_a_target_too() -> None:
    bench = Bench(GuardedTarget(ReferenceTarget(profile=NR_33536), "nr"))
    bench.send("ann", b"by nr", "bob")
    for name in bench.stations:
        bench.target.near_wrap(bench.stations[name], 3)
    for number in range(10):
        bench.send("ann", b"message %d" % number, "bob")

    assert bench.received("bob") == [b"by nr", *(b"message %d" % number for number in range(10))]
    assert Rekeyed(GROUP) in bench.events["ann"]


@pytest.mark.parametrize("name", ["null-encryption", "psk+null-encryption"])
def test_the_pattern_of_a_fault(name: str) -> None:
    bench = Bench(GuardedTarget(target(name), name))
    words = b"words that an eavesdropper reads"
    bench.send("ann", words, "bob")

    assert bench.received("bob") == [words]
    assert any(words in frame.payload for frame in bench.frames)
    assert "null-encryption" in all_faults()


def test_an_unknown_profile_is_named_with_the_one_that_there_is() -> None:
    with pytest.raises(KeyError, match="psk"):
        target("tls+null-encryption")


def test_an_unknown_fault_is_named_with_those_that_there_are() -> None:
    with pytest.raises(KeyError, match="null-encryption"):
        fault("no-such-fault")
