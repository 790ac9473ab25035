"""Every way in which an adapter can break the contract ends in one TargetError that names it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import msgspec
import pytest

from pytest_prose_go.contract import (
    NOTHING,
    Algorithm,
    Credentials,
    Diagnostic,
    Frame,
    Joined,
    Output,
    Received,
    Statement,
    Station,
    Unsupported,
)
from pytest_prose_go.targets.guard import (
    MOST_A_SECOND,
    MOST_WAKES,
    GuardedStation,
    GuardedTarget,
    TargetError,
)
from pytest_prose_go.targets.shape import MOST_EVENTS, MOST_FRAMES
from tests.targets.tiny_target import TinyStation, TinyTarget

FRAME = Frame(1, 2, b"payload")
GOOD = Received("g", b"data", "a", "unicast")
CREDENTIALS = Credentials(b"opaque")

CALLS: dict[str, Callable[[Station], object]] = {
    "own": lambda station: station.own("g", CREDENTIALS, 1.0),
    "join": lambda station: station.join("g", 2, CREDENTIALS, 1.0),
    "send": lambda station: station.send("g", b"d", "a", 1.0),
    "remove": lambda station: station.remove("g", "a", 1.0),
    "leave": lambda station: station.leave("g", 1.0),
    "receive": lambda station: station.receive(FRAME, 1.0),
    "wake": lambda station: station.wake(1.0),
    "wait": lambda station: station.wait(1.0),
    "restart": lambda station: station.restart(1.0, True),
    "rekey": lambda station: station.rekey("g", 1.0),
    "learn": lambda station: station.learn(b"n", 1.0),
}


@contextmanager
def guarded_station(statement: Statement | None = None, **calls: Any) -> Iterator[GuardedStation]:
    """A station of the tiny target whose ``calls`` are replaced, behind the guard."""
    kind = type("Replaced", (TinyStation,), calls)

    class Replaced(TinyTarget):
        station_class = kind

    if statement is not None:
        Replaced.statement = statement
    target = GuardedTarget(Replaced(), "test")
    try:
        yield target.station("dev-7", 5, ["x"], bytes(32))
    finally:
        target.close()


def returning(value: object) -> Callable[..., object]:
    return lambda *_: value


def stating(**changes: Any) -> Statement:
    return msgspec.structs.replace(TinyTarget.statement, **changes)


def raising(error: BaseException) -> Callable[..., NoReturn]:
    def fail(*_: object) -> NoReturn:
        raise error

    return fail


@pytest.mark.parametrize("call", CALLS)
def test_an_exception_names_station_call_type_message_and_place(call: str) -> None:
    statement = stating(clock="real", capabilities=("restart", "rekey", "revoke"))
    replaced = {name: raising(ValueError("no such session")) for name in CALLS}

    class Claiming(TinyTarget):
        station_class = type("Raising", (TinyStation,), replaced)

        def revoke(self, credentials: Credentials) -> bytes:
            return b""

    Claiming.statement = statement
    target = GuardedTarget(Claiming(), "vendor.adapter:Target")
    station = target.station("dev-7", 5, ["x"], bytes(32))
    with pytest.raises(TargetError) as caught:
        CALLS[call](station)
    target.close()
    error = caught.value
    assert (error.station, error.call, error.partial) == ("dev-7", call, None)
    assert "ValueError: no such session" in str(error)
    assert "vendor.adapter:Target" in str(error)
    assert "test_guard_breaches.py" in str(error)
    assert "raise error" in str(error)
    assert error.remedy in str(error)


WRONG: dict[str, tuple[object, str]] = {
    "nothing returned": (None, "return Output()"),
    "a bare list": ([FRAME], "an Output(frames, events, wake_at)"),
    "frames is no sequence": (Output(frames=7), "as a list or a tuple"),  # type: ignore[arg-type]
    "frames is bytes": (Output(frames=b"xy"), "as a list or a tuple"),  # type: ignore[arg-type]
    "frames is a generator": (Output(frames=(f for f in [FRAME])), "list or a tuple"),  # type: ignore[arg-type]
    "a frame is a tuple": (Output([(1, 2, b"p")]), "frames[0]"),  # type: ignore[list-item]
    "source too large": (Output([Frame(1 << 24, 2, b"p")]), "frames[0].source = 16777216"),
    "source negative": (Output([Frame(-1, 2, b"p")]), "frames[0].source = -1"),
    "source is a bool": (Output([Frame(True, 2, b"p")]), "frames[0].source = True"),
    "destination is text": (Output([Frame(1, "all", b"p")]), "frames[0].destination = 'all'"),  # type: ignore[arg-type]
    "payload is text": (Output([Frame(1, 2, "p")]), "frames[0].payload = 'p'"),  # type: ignore[arg-type]
    "payload is mutable": (Output([Frame(1, 2, bytearray(b"p"))]), "can still change"),  # type: ignore[arg-type]
    "payload oversize": (Output([FRAME, Frame(1, 2, bytes(65_537))]), "frames[1] with a payload of 65537"),
    "an event is text": (Output((), ["joined"]), "events[0]"),  # type: ignore[list-item]
    "an event is a frame": (Output((), [FRAME]), "an event is one of"),  # type: ignore[list-item]
    "data is text": (Output((), [Received("g", "d", "a", "unicast")]), "(Received).data = 'd'"),  # type: ignore[arg-type]
    "cast unknown": (Output((), [Received("g", b"d", "a", "broadcast")]), "(Received).cast"),  # type: ignore[arg-type]
    "sender is bytes": (Output((), [Received("g", b"d", b"a", "unicast")]), "(Received).sender = b'a'"),  # type: ignore[arg-type]
    "group is None": (Output((), [Joined(None, "a")]), "(Joined).group = None"),  # type: ignore[arg-type]
    "peer is a number": (Output((), [Joined("g", 5)]), "(Joined).peer = 5"),  # type: ignore[arg-type]
    "peer is no Unicode": (Output((), [Joined("g", "a\ud800")]), "no valid Unicode"),
    "promised sender missing": (Output((), [Received("g", b"d", None, "unicast")]), "without sender"),
    "promised cast missing": (Output((), [Received("g", b"d", "a")]), "without cast"),
    "wake_at is NaN": (Output(wake_at=float("nan")), "wake_at = nan"),
    "wake_at is infinite": (Output(wake_at=float("inf")), "wake_at = inf"),
    "wake_at is text": (Output(wake_at="soon"), "wake_at = 'soon'"),  # type: ignore[arg-type]
    "wake_at is a bool": (Output(wake_at=True), "wake_at = True"),
    "wake_at is beyond floats": (Output(wake_at=10**400), "wake_at"),
    "frame flood": (Output([FRAME] * (MOST_FRAMES + 1)), f"more than {MOST_FRAMES} frames"),
    "event flood": (Output((), [GOOD] * (MOST_EVENTS + 1)), f"more than {MOST_EVENTS} events"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_answer_names_what_was_wrong(wrong: str) -> None:
    value, words = WRONG[wrong]
    with guarded_station(send=returning(value)) as station:
        with pytest.raises(TargetError) as caught:
            station.send("g", b"d", "a", 1.0)
        assert words in str(caught.value)
        assert caught.value.call == "send"


def test_a_promised_session_must_be_there() -> None:
    joined = Output((), [Joined("g", "a")])
    with (
        guarded_station(stating(reports=("session",)), own=returning(joined)) as station,
        pytest.raises(TargetError, match="without session"),
    ):
        station.own("g", CREDENTIALS, 1.0)
    with guarded_station(own=returning(joined)) as station:
        assert station.own("g", CREDENTIALS, 1.0).events == (Joined("g", "a"),)


def test_what_came_before_a_breach_in_one_output_is_kept() -> None:
    broken = Output([FRAME, "junk", FRAME], [GOOD, GOOD, None, GOOD], float("nan"))  # type: ignore[list-item]
    with guarded_station(send=returning(broken)) as station:
        with pytest.raises(TargetError) as caught:
            station.send("g", b"d", "a", 1.0)
        assert caught.value.partial == Output((FRAME,), (GOOD, GOOD))


def test_a_wrong_wake_at_loses_neither_frames_nor_events() -> None:
    with guarded_station(send=returning(Output([FRAME], [GOOD], float("nan")))) as station:
        with pytest.raises(TargetError) as caught:
            station.send("g", b"d", "a", 1.0)
        assert caught.value.partial == Output((FRAME,), (GOOD,))


def test_an_answer_cannot_be_changed_after_it_was_checked() -> None:
    events: list[Any] = [GOOD]
    with guarded_station(send=returning(Output([FRAME], events))) as station:
        output = station.send("g", b"d", "a", 1.0)
        events.append("junk")
        assert output == Output((FRAME,), (GOOD,))


def test_a_broken_station_is_used_no_more_but_still_stopped_and_others_go_on() -> None:
    stopped: list[str] = []

    class Counting(TinyStation):
        def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
            raise ValueError("first breach")

        def stop(self) -> None:
            stopped.append("stopped")

    class Target(TinyTarget):
        station_class = Counting

    target = GuardedTarget(Target(), "test")
    one, other = (target.station(label, at, ["x"], bytes(32)) for label, at in (("one", 1), ("other", 2)))
    with pytest.raises(TargetError):
        one.send("g", b"d", "a", 1.0)
    for call in ("own", "join", "send", "leave", "receive", "wake"):
        with pytest.raises(TargetError, match="earlier breach: send raised ValueError: first breach"):
            CALLS[call](one)
    with pytest.raises(TargetError, match="earlier breach"):
        _ = one.listens
    assert other.receive(FRAME, 1.0).events
    one.stop()
    one.stop()
    assert stopped == ["stopped"]
    target.close()
    assert stopped == ["stopped", "stopped"]


def test_stop_and_close_never_raise_but_keep_what_was_raised() -> None:
    class Sticky(TinyStation):
        def stop(self) -> None:
            raise OSError("switch stuck")

    class Target(TinyTarget):
        station_class = Sticky

        def close(self) -> None:
            sys.exit(3)

    target = GuardedTarget(Target(), "test")
    target.station("dev-7", 1, ["x"], bytes(32))
    target.close()
    assert len(target.complaints) == 2
    assert "dev-7: stop raised OSError: switch stuck" in target.complaints[0]
    assert "close raised SystemExit: 3" in target.complaints[1]


def test_a_system_exit_is_a_breach() -> None:
    with (
        guarded_station(send=lambda *_: sys.exit(0)) as station,
        pytest.raises(TargetError, match="never ends the process"),
    ):
        station.send("g", b"d", "a", 1.0)


def test_an_adapter_cannot_skip_the_test() -> None:
    with (
        guarded_station(send=lambda *_: pytest.skip("not today")) as station,
        pytest.raises(TargetError, match="Skipped: not today"),
    ):
        station.send("g", b"d", "a", 1.0)


@pytest.mark.parametrize(
    "ending", [KeyboardInterrupt(), pytest.fail.Exception("timeout"), pytest.exit.Exception("enough")]
)
def test_endings_of_the_user_and_of_pytest_pass_through(ending: BaseException) -> None:
    with guarded_station(send=raising(ending)) as station:
        with pytest.raises(type(ending)):
            station.send("g", b"d", "a", 1.0)
        assert station.own("g", TinyTarget().credentials("a", "g", "x", "owner", 0, 9), 1.0) == Output()


def test_waking_without_time_moving_on_ends() -> None:
    with guarded_station(wake=returning(Output(wake_at=1.0))) as station:
        for _ in range(MOST_WAKES):
            station.wake(1.0)
        for step in range(MOST_WAKES):
            station.wake(2.0 + step / 1e6)
        for _ in range(MOST_WAKES):
            station.wake(9.0)
        with pytest.raises(TargetError, match="never goes quiet"):
            station.wake(9.0)


def test_too_much_in_a_second_is_a_flood() -> None:
    many = Output([FRAME] * MOST_FRAMES)
    calls = MOST_A_SECOND // MOST_FRAMES
    with guarded_station(receive=returning(many)) as station:
        for call in range(3 * calls):
            station.receive(FRAME, call / calls)
        for _ in range(calls):
            station.receive(FRAME, 100.5)
        with pytest.raises(TargetError, match="one second") as caught:
            station.receive(FRAME, 101.4)
        assert caught.value.partial == Output((FRAME,) * MOST_FRAMES)


def test_a_wrong_signature_is_told_as_such() -> None:
    with (
        guarded_station(send=lambda self, group: NOTHING) as station,
        pytest.raises(TargetError, match=r"cannot be called: .*\n.*parameters"),
    ):
        station.send("g", b"d", "a", 1.0)


@pytest.mark.parametrize(
    ("listens", "words"),
    [
        (lambda self: frozenset({1}), "make listens a property"),
        ("all", "frozenset of 24-bit addresses"),
        (frozenset({1 << 24}), "16777216"),
        (frozenset({"a"}), "'a'"),
        (property(raising(OSError("radio off"))), "OSError: radio off"),
    ],
)
def test_what_a_radio_listens_to_is_checked(listens: object, words: str) -> None:
    with guarded_station(listens=listens) as station:
        with pytest.raises(TargetError, match="listens") as caught:
            _ = station.listens
        assert words in str(caught.value)


def test_what_a_radio_listens_to_may_change() -> None:
    with guarded_station(listens={1, 2}) as station:
        assert station.listens == frozenset({1, 2})
        type(station.raw).listens = None
        assert station.listens is None
        type(station.raw).listens = frozenset({3})
        assert station.listens == station.listens == {3}


def test_a_station_is_a_new_device_with_every_method() -> None:
    class Partial:
        def own(self) -> None: ...

    class Target(TinyTarget):
        made: object = None

        def station(self, *_: object) -> Any:
            return self.made

    for made, words in ((None, "returned None"), (Partial(), "without join, send, leave, receive, remove")):
        Target.made = made
        target = GuardedTarget(Target(), "test")
        with pytest.raises(TargetError, match=words):
            target.station("dev-7", 1, ["x"], bytes(32))
        target.close()
    Target.made = TinyStation(1, ["x"])
    target = GuardedTarget(Target(), "test")
    target.station("dev-7", 1, ["x"], bytes(32))
    with pytest.raises(TargetError, match="returned before"):
        target.station("dev-8", 2, ["x"], bytes(32))
    target.close()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (b"raw", "return Credentials"),
        (Credentials("text"), "data = 'text'"),  # type: ignore[arg-type]
        (Credentials(b"d", (b"short",)), "secret part of 5 bytes"),
        (Credentials(b"d", b"x" * 16), "as a list or a tuple"),  # type: ignore[arg-type]
        (Credentials(b"d", (), ("text",)), "public_parts[0] = 'text'"),  # type: ignore[arg-type]
    ],
)
def test_credentials_are_checked(given: object, words: str) -> None:
    class Target(TinyTarget):
        def credentials(self, *_: object) -> Any:
            return given

    target = GuardedTarget(Target(), "test")
    with pytest.raises(TargetError) as caught:
        target.credentials("a", "g", "x", "owner", 0, 9)
    assert words in str(caught.value)
    target.close()


def test_a_flaw_that_cannot_be_made_is_no_breach_but_plain_credentials_are_owed() -> None:
    target = GuardedTarget(TinyTarget(), "test")
    with pytest.raises(Unsupported):
        target.credentials("a", "g", "x", "owner", 0, 9, flaw="expired")
    assert target.credentials("a", "g", "x", "owner", 0, 9).secret_parts
    target.close()

    class Bare(TinyTarget):
        def credentials(self, *_: object) -> Any:
            raise Unsupported("credentials")

    bare = GuardedTarget(Bare(), "test")
    with pytest.raises(TargetError, match="the contract needs credentials"):
        bare.credentials("a", "g", "x", "owner", 0, 9)
    bare.close()


def test_unsupported_is_honest_only_where_nothing_was_claimed() -> None:
    with guarded_station() as station:
        for call in ("rekey", "learn", "restart", "wait"):
            with pytest.raises(Unsupported):
                CALLS[call](station)
        assert station.receive(FRAME, 1.0).events  # and the station is still good

    class Own(Exception):
        unsupported = True

    with guarded_station(rekey=raising(Own())) as station, pytest.raises(Unsupported):
        station.rekey("g", 1.0)
    with (
        guarded_station(stating(capabilities=("rekey",)), rekey=raising(Own())) as station,
        pytest.raises(TargetError, match="claims rekey but does not have it"),
    ):
        station.rekey("g", 1.0)
    with (
        guarded_station(send=raising(Own())) as station,
        pytest.raises(TargetError, match="the contract needs send"),
    ):
        station.send("g", b"d", "a", 1.0)
    lacking = {"send": raising(Own()), "remove": raising(Own())}
    with guarded_station(stating(groupcast=False, removes=False), **lacking) as station:
        with pytest.raises(Unsupported):
            station.send("g", b"d", None, 1.0)
        with pytest.raises(Unsupported):
            station.remove("g", "a", 1.0)


def test_a_claimed_capability_must_be_written() -> None:
    class Claims(TinyTarget):
        statement = stating(capabilities=("clone", "stored"))

    with pytest.raises(TargetError, match="without clone, stored, restore"):
        GuardedTarget(Claims(), "test")


def test_the_answers_of_capabilities_are_checked() -> None:
    class Claims(TinyTarget):
        statement = stating(
            capabilities=("clone", "unprotect", "protect", "secrets", "parameters", "revoke"),
            algorithms=(Algorithm(name="aes", confidentiality=128, integrity=128),),
        )
        station_class = type("Learning", (TinyStation,), {"learn": returning(NOTHING)})

    def tried(answer: object, call: Callable[[GuardedTarget, Station], object]) -> str:
        calls: dict[str, Any] = {name: returning(answer) for name in Claims.statement.capabilities}
        target = GuardedTarget(type("Answering", (Claims,), calls)(), "test")
        station = target.station("dev-7", 1, ["x"], bytes(32))
        try:
            with pytest.raises(TargetError) as caught:
                call(target, station)
        finally:
            target.close()
        return str(caught.value)

    assert "index of one of the 1 frames" in tried(
        [type("Opened", (), {"frame": 1, "data": b""})()], lambda t, s: t.unprotect(s, [FRAME])
    )
    assert "frames[0]" in tried([b"x"], lambda t, s: t.protect(s, "g", b"d", "a", None, "groupcast"))
    secret = type("Secret", (), {"label": "k", "scope": "hop", "value": bytes(16), "group": "g"})()
    assert "scope hop without peer" in tried([secret], lambda t, s: t.secrets(s))
    names = type("Parameters", (), {"algorithms": ["des"]})()
    assert "'des', which the statement does not list" in tried(names, lambda t, s: t.parameters(s, "g", "a"))
    assert "this must be bytes" in tried("text", lambda t, s: t.revoke(CREDENTIALS))
    assert "returned None" in tried(None, lambda t, s: t.clone(s))


def test_the_statement_stays_the_same() -> None:
    class Turning(TinyTarget):
        turns = 0

        @property
        def statement(self) -> Statement:  # type: ignore[override]
            self.turns += 1
            return stating(version=str(self.turns))

    target = GuardedTarget(Turning(), "test")
    with pytest.raises(TargetError, match="changed after the target was made"):
        target.station("dev-7", 1, ["x"], bytes(32))
    target.close()


def test_a_closed_target_is_used_no_more() -> None:
    target = GuardedTarget(TinyTarget(), "test")
    station = target.station("dev-7", 1, ["x"], bytes(32))
    target.close()
    target.close()
    with pytest.raises(TargetError):
        station.own("g", CREDENTIALS, 1.0)
    with pytest.raises(TargetError):
        target.station("dev-8", 2, ["x"], bytes(32))


def test_diagnostics_and_other_events_pass_as_they_are() -> None:
    told = Output((), [Diagnostic("größe"), GOOD])
    with guarded_station(send=returning(told)) as station:
        assert station.send("g", b"d", "a", 1.0).events == (Diagnostic("größe"), GOOD)
