"""The probe finds targets that talk past the air or claim too much, and accuses no others."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, ClassVar
from unittest.mock import MagicMock

import msgspec
import pytest

from pytest_prose_go.contract import (
    NOTHING,
    Algorithm,
    Credentials,
    Frame,
    Joined,
    Limits,
    Opened,
    Output,
    Received,
    Secret,
    Station,
    Unsupported,
)
from pytest_prose_go.targets.guard import GuardedTarget, TargetError, guarded
from pytest_prose_go.targets.probe import ProbeFailure, check, probe
from tests.targets.tiny_target import TinyStation, TinyTarget

SEED = bytes(range(32))
replace = msgspec.structs.replace


def probed(target: Callable[[], object], seed: bytes = SEED) -> list[str]:
    made: list[GuardedTarget] = []

    def source() -> GuardedTarget:
        made.append(guarded(target, "test"))
        return made[-1]

    failures = probe(source, seed)
    for each in made:
        with pytest.raises(TargetError):
            each.credentials("a", "g", "x", "owner", 0, 9)  # closed, every one
    return failures


def with_stations(kind: type[TinyStation], **statement: Any) -> type[TinyTarget]:
    changes = {"station_class": kind, "statement": replace(TinyTarget.statement, **statement)}
    return type("Target", (TinyTarget,), changes)


class Loopback(TinyStation):
    """Gives its application a copy of what it sends, as some stacks do."""

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        output = super().send(group, data, to, now)
        copy = Received(group, data, self.name, "groupcast" if to is None else "unicast")
        return Output(output.frames, [*output.events, copy], output.wake_at)


class Mailbox(TinyStation):
    """Joins over the air, but passes data through memory that the stations of a process share."""

    box: ClassVar[list[tuple[object, Received]]] = []

    def __init__(self, address: int, trusts: Sequence[str]) -> None:
        super().__init__(address, trusts)
        self.read = len(self.box)

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        if self.owner is not None:
            cast = "groupcast" if to is None else "unicast"
            self.box.append((self, Received(group, data, self.name, cast)))  # type: ignore[arg-type]
        return Output(wake_at=now + 0.1)

    def wake(self, now: float) -> Output:
        asking = super().wake(now) if self.owner is None else self._output()
        fresh = [event for by, event in self.box[self.read :] if by is not self and self.owner]
        self.read = len(self.box)
        return Output(asking.frames, fresh, now + 0.1)

    def receive(self, frame: Frame, now: float) -> Output:
        output = super().receive(frame, now)
        return Output(output.frames, output.events, now + 0.1)

    def own(self, group: str, credentials: Credentials, now: float, claim: str | None = None) -> Output:
        super().own(group, credentials, now)
        return Output(wake_at=now + 0.1)


class JoinsInMemory(Mailbox):
    """Joins, too, without a frame."""

    owners: ClassVar[dict[str, str]] = {}

    def own(self, group: str, credentials: Credentials, now: float, claim: str | None = None) -> Output:
        output = super().own(group, credentials, now)
        self.owners[group] = self.name
        return output

    def join(
        self, group: str, owner_address: int, credentials: Credentials, now: float, claim: str | None = None
    ) -> Output:
        self._take(group, credentials)
        self.owner = self.owners[group]
        return Output((), [Joined(group, self.owner)], now + 0.1)


class TokenMailbox(TinyStation):
    """Sends random-looking tokens of the right kind, but tells data from memory by the order of frames."""

    queue: ClassVar[list[Received]] = []

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        cast = "groupcast" if to is None else "unicast"
        if self.owner is not None and self.owner != self.name:
            self.queue.append(Received(group, data, self.name, cast))  # type: ignore[arg-type]
            return self._output([Frame(self.address, self.owner_address, b"token" * 9)])
        return self._output()

    def receive(self, frame: Frame, now: float) -> Output:
        output = super().receive(frame, now)
        if len(frame.payload) == 45 and self.queue:
            return self._output(events=[self.queue.pop()])
        return output


class JoinsAnything(TinyStation):
    """Takes any frame for a welcome."""

    def receive(self, frame: Frame, now: float) -> Output:
        self.joined = True
        return self._output(events=[Joined(self.group, "somebody")])


def test_good_targets_are_fit() -> None:
    assert probed(TinyTarget) == []
    assert probed(TinyTarget, b"another seed") == []
    assert probed(with_stations(Loopback)) == []


def test_targets_that_do_nothing_well_are_no_matter_of_the_probe() -> None:
    def fail(*_: object) -> Output:
        raise ValueError

    for name in ("own", "join", "send", "receive", "wake"):
        kind = type("Failing", (TinyStation,), {name: fail})
        assert probed(with_stations(kind)) == []
    silent = {name: lambda *_: NOTHING for name in ("own", "join", "send", "receive", "wake")}
    assert probed(with_stations(type("Silent", (TinyStation,), silent))) == []

    class Bare(TinyTarget):
        def credentials(self, *_: object) -> Any:
            raise ValueError

    assert probed(Bare) == []


def test_a_storm_is_no_matter_of_the_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    def echo(self: TinyStation, frame: Frame, now: float) -> Output:
        return Output([frame, frame])

    monkeypatch.setattr("pytest_prose_go.targets.guard.MOST_A_SECOND", 200)
    assert probed(with_stations(type("Storm", (TinyStation,), {"receive": echo, "listens": None}))) == []


def test_data_that_passes_by_shared_memory_is_found() -> None:
    failures = probed(with_stations(Mailbox))
    assert len(failures) == 2
    assert "with no frame delivered after an honest join" in failures[0]
    assert "received in wake what another station sent" in failures[0]
    assert "replaced by random bytes after an honest join" in failures[1]


def test_joins_that_pass_by_shared_memory_are_found() -> None:
    failures = probed(with_stations(JoinsInMemory))
    assert "with no frame delivered, a UE reported in join that its peer joined" in failures[0]


def test_data_told_at_the_mere_arrival_of_a_frame_is_found() -> None:
    failures = probed(with_stations(TokenMailbox))
    assert len(failures) == 1
    assert "random bytes after an honest join, the GO received in receive what another" in failures[0]


def test_a_join_by_any_frame_is_found() -> None:
    failures = probed(with_stations(JoinsAnything))
    assert any("replaced by random bytes, the GO reported" in failure for failure in failures)


def test_a_target_that_says_yes_to_any_name_is_found() -> None:
    class Yes(TinyTarget):
        def __getattr__(self, name: str) -> Any:
            return lambda *_: None

    failures = probed(Yes)
    assert len(failures) == 1
    assert "a capability that does not exist" in failures[0]

    class YesStation(TinyStation):
        def __getattr__(self, name: str) -> Any:
            return MagicMock()

    assert "YesStation has a capability" in probed(with_stations(YesStation))[0]

    class Refuses(TinyTarget):
        def __getattr__(self, name: str) -> Any:
            def refuse(*_: object) -> None:
                raise Unsupported(name)

            return refuse

    assert probed(Refuses) == []


class CapableStation(TinyStation):
    def rekey(self, group: str, now: float) -> Output:
        return self._output()

    def restart(self, now: float, power_loss: bool) -> Output:
        return self._output()

    def learn(self, notice: bytes, now: float) -> Output:
        return self._output()


class Capable(TinyTarget):
    statement = replace(
        TinyTarget.statement,
        algorithms=(Algorithm(name="hmac", confidentiality=0, integrity=128),),
        capabilities=(
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
        ),
    )
    station_class = CapableStation

    def clone(self, station: Station, address: int | None = None) -> Any:
        assert isinstance(station, TinyStation)
        return CapableStation(station.address, station.trusts)

    def unprotect(self, station: Station, frames: Sequence[Frame]) -> Any:
        bodies = [json.loads(frame.payload[:-16]) for frame in frames]
        return [Opened(i, bytes.fromhex(b["data"])) for i, b in enumerate(bodies) if "data" in b]

    def protect(self, station: Station, group: str, data: bytes, claimed_sender: str, *_: object) -> Any:
        assert isinstance(station, TinyStation)
        return station.send(group, data, None, 0.0).frames

    def secrets(self, station: Station) -> Any:
        assert isinstance(station, TinyStation)
        return [Secret("key", "group", station.key, None, station.group)]

    def stored(self, station: Station) -> bytes:
        return b"image"

    def restore(self, image: bytes, station: Station, same_device: bool) -> Any:
        assert image == b"image"
        assert isinstance(station, TinyStation)
        return CapableStation(station.address, station.trusts)

    def parameters(self, station: Station, group: str, peer: str) -> Any:
        return type("Parameters", (), {"algorithms": ["hmac"]})()

    def near_wrap(self, station: Station, messages_left: int) -> None:
        return None

    def revoke(self, credentials: Credentials) -> bytes:
        return b"notice"


def test_capabilities_that_work_are_fit() -> None:
    assert probed(Capable) == []


def nothing(*_: object) -> list[object]:
    return []


def fails(*_: object) -> None:
    raise ValueError("not written yet")


@pytest.mark.parametrize(
    ("capability", "method", "words"),
    [
        ("unprotect", nothing, "neither end of a hop opens"),
        ("protect", nothing, "made no frame"),
        ("secrets", nothing, "holds any secret"),
        ("stored", fails, "stored raised ValueError: not written yet"),
        ("clone", fails, "clone raised ValueError"),
        ("parameters", fails, "parameters raised ValueError"),
        ("near_wrap", fails, "near_wrap raised ValueError"),
        ("revoke", nothing, "must be bytes"),
    ],
)
def test_a_claimed_capability_must_give_a_sane_answer(
    capability: str, method: Callable[..., object], words: str
) -> None:
    failures = probed(type("Lying", (Capable,), {capability: method}))
    assert len(failures) == 1
    assert failures[0].startswith(f"claims {capability}, but ")
    assert words in failures[0]
    assert "\n" not in failures[0]


def test_every_lie_is_told() -> None:
    lying = dict.fromkeys(("clone", "stored", "revoke"), fails)
    failures = probed(type("Lying", (Capable,), lying))
    assert [failure.split(",")[0] for failure in failures] == [
        "claims clone",
        "claims stored",
        "claims revoke",
    ]


def test_the_statements_limits_are_kept() -> None:
    pools = Limits(
        members=1,
        payload_least=4,
        payload_most=6,
        groups_per_station=1,
        identity_most=2,
        identities=["a", "bc"],
        groups=["team"],
        addresses=[5, 9, 11],
    )
    seen: list[object] = []

    class Noting(TinyTarget):
        statement = replace(TinyTarget.statement, limits=pools)

        class station_class(TinyStation):  # noqa: N801 – takes the place of an attribute
            def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
                seen.append((self.address in (5, 9, 11), group, self.name in ("a", "bc"), len(data)))
                return super().send(group, data, to, now)

    assert probed(Noting) == []
    assert set(seen) == {(True, "team", True, 6)}


def test_check_raises_what_probe_finds() -> None:
    with pytest.raises(ProbeFailure) as caught:
        check(lambda: guarded(with_stations(Mailbox), "test"), SEED)
    assert caught.value.failures == tuple(probed(with_stations(Mailbox)))
    check(lambda: guarded(TinyTarget, "test"), SEED)
