"""Whatever a program does: one clear error that names the call and the remedy, in time, and nothing left."""

from __future__ import annotations

import contextlib
import gc
import os
import shlex
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_prose_go.contract import Credentials, Frame, Output, Unsupported
from pytest_prose_go.targets import child
from pytest_prose_go.targets.breach import TargetError
from pytest_prose_go.targets.guard import MOST_WAKES, GuardedTarget
from pytest_prose_go.targets.naming import find_target
from tests.targets.misbehaving import shim
from tests.targets.misbehaving.shim import KINDS

SHIM = Path(shim.__file__)
CARD = Credentials(b"0123456789abcdef")
Call = Callable[[GuardedTarget, Any], object]

CALLS: dict[str, Call] = {
    "credentials": lambda target, _: target.credentials("alice", "g", "a", "member", 0.0, 9.0),
    "station": lambda target, _: target.station("label", 2, ["a"], bytes(32)),
    "own": lambda _, station: station.own("g", CARD, 1.0),
    "join": lambda _, station: station.join("g", 2, CARD, 1.0),
    "send": lambda _, station: station.send("g", b"data", None, 1.0),
    "remove": lambda _, station: station.remove("g", "alice", 1.0),
    "leave": lambda _, station: station.leave("g", 1.0),
    "receive": lambda _, station: station.receive(Frame(2, 1, b"payload"), 1.0),
    "wake": lambda _, station: station.wake(1.0),
    "restart": lambda _, station: station.restart(1.0, True),
    "rekey": lambda _, station: station.rekey("g", 1.0),
    "learn": lambda _, station: station.learn(b"notice", 1.0),
    "clone": lambda target, station: target.clone(station),
    "unprotect": lambda target, station: target.unprotect(station, [Frame(2, 1, b"payload")]),
    "protect": lambda target, station: target.protect(station, "g", b"data", "alice", None, "groupcast"),
    "secrets": lambda target, station: target.secrets(station),
    "stored": lambda target, station: target.stored(station),
    "restore": lambda target, station: target.restore(b"image", station, True),
    "parameters": lambda target, station: target.parameters(station, "g", "alice"),
    "near_wrap": lambda target, station: target.near_wrap(station, 3),
    "revoke": lambda target, station: target.revoke(CARD),
}
"""How each call is made."""


class Bench:
    """Opens a program of one kind, and finds what is left of it."""

    def __init__(self) -> None:
        self.token = uuid.uuid4().hex

    def open(self, kind: str, call: str) -> GuardedTarget:
        words = [sys.executable, "-I", "-S", str(SHIM), kind, call, self.token]
        return find_target(f"exec:{shlex.join(words)}")()

    def error(self, kind: str, call: str) -> TargetError:
        """What comes of a program that is ``kind`` when it is asked for ``call``."""
        target = self.open(kind, call)
        try:
            station = None if call == "station" else target.station("first", 1, ["a"], bytes(32))
            with pytest.raises(TargetError) as caught:
                CALLS[call](target, station)
        finally:
            target.close()
        return caught.value

    def processes(self) -> list[str]:
        """Every process that runs with the token of this bench in its command."""
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                command = Path(f"/proc/{name}/cmdline").read_bytes().decode()
                state = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if self.token in command and state != "Z":
                found.append(command)
        return found


def open_files() -> set[str]:
    """What this process has open, by number and object."""
    found = set()
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found.add(f"{number} {os.readlink(f'/proc/self/fd/{number}')}")
    return {each for each in found if "/fd" not in each}


@pytest.fixture
def bench() -> Iterator[Bench]:
    files = open_files()
    made = Bench()
    yield made
    if open_files() != files:
        gc.collect()  # what was open before may have been closed since, and more
    assert made.processes() == []
    assert open_files() <= files
    assert [
        one.name for one in threading.enumerate() if one.name not in ("MainThread", "prose-go deadline")
    ] == []


@pytest.mark.parametrize("call", CALLS)
def test_a_program_that_hangs_in_a_call(bench: Bench, call: str) -> None:
    error = bench.error("hang", call)
    assert error.call == call
    assert "had not answered at its deadline" in error.got
    assert "_deadline" in error.remedy


@pytest.mark.parametrize("call", CALLS)
def test_a_program_that_crashes_in_a_call(bench: Bench, call: str) -> None:
    error = bench.error("segfault", call)
    assert error.call == call
    assert "ended by SIGSEGV" in error.got
    assert "debugger" in error.remedy


TELLING = {
    "busy": "had not answered at its deadline",
    "end": "exit code 0",
    "exit-code": "exit code 3",
    "abort": "ended by SIGABRT",
    "stops-itself": "had not answered at its deadline",
    "half-a-line": "bytes without a newline",
    "half-a-line-and-end": "bytes without a newline",
    "wrong-id": "the call's id is",
    "not-utf8": "utf-8",
    "endless-line": "a line of more than",
    "deeply-nested": "recursion",
    "deeply-nested-envelope": "recursion",
    "noise": "not JSON-RPC (line",
    "blank-line": "not JSON-RPC",
    "megabytes-on-stderr": "the last words",
    "closes-stdout": "closed its stdout",
    "grandchild-keeps-the-pipe": "exit code 4",
    "grandchild-in-its-own-session": "exit code 4",
    "ignores-sigterm": "had not answered at its deadline",
    "no-jsonrpc": "without",
    "jsonrpc-1": "without",
    "id-as-text": "the call's id is",
    "id-null": "the call's id is",
    "no-id": "no id",
    "no-result": "neither result nor error",
    "result-and-error": "both result and error",
    "error": "out of memory",
    "error-of-a-strange-shape": "not JSON-RPC",
    "calls-back": "a call of 'wake' from the program",
    "batch": "not JSON-RPC",
    "not-json": "'ok'",
    "nan-time": "not JSON-RPC",
    "infinite-time": "out of range",
    "time-as-text": "wake_at",
    "output-is-a-list": "not an output",
    "output-is-a-number": "not an output",
    "frame-over-the-limit": "a payload of 101 bytes",
    "address-over-24-bits": "frames[0].source",
    "address-below-zero": "frames[0].destination",
    "payload-not-base64": "base64",
    "payload-as-numbers": "payload",
    "frame-without-source": "source",
    "unknown-event": "Exploded",
    "event-without-type": "type",
    "event-without-group": "group",
    "promised-field-missing": "without sender",
    "event-flood": "more than 4096 events",
    "frame-flood": "more than 4096 frames",
    "listens-as-text": "listens",
    "unasked-on-a-virtual-clock": "unasked output on a virtual clock",
    "unknown-notification": "a call of 'log' from the program",
}
"""What is said of each kind of misbehaviour in an answer."""


@pytest.mark.parametrize("kind", TELLING)
def test_an_answer_that_breaks_the_contract(bench: Bench, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind == "megabytes-on-stderr":  # which take their time where others compute, too
        monkeypatch.setitem(shim.STATEMENT, "call_deadline", 20.0)
    error = bench.error(kind, "receive")
    assert error.call == "receive"
    assert error.station == "first"
    assert TELLING[kind] in error.got
    assert error.remedy


@pytest.mark.parametrize(
    ("kind", "call", "said"),
    [
        ("short-secret", "credentials", "a secret part of 3 bytes"),
        ("credentials-as-text", "credentials", "object"),
        ("opened-of-no-frame", "unprotect", "frame = 7"),
        ("algorithm-not-stated", "parameters", "ROT13"),
        ("null-image", "stored", "null"),
        ("capability-that-is-refused", "clone", "raised Unsupported"),
    ],
)
def test_an_answer_of_another_call_that_breaks_the_contract(
    bench: Bench, kind: str, call: str, said: str
) -> None:
    error = bench.error(kind, call)
    assert error.call == call
    assert said in error.got


def test_a_radio_that_listens_beyond_its_addresses(bench: Bench) -> None:
    target = bench.open("listens-beyond", "receive")
    station = target.station("first", 1, ["a"], bytes(32))
    CALLS["receive"](target, station)
    with pytest.raises(TargetError, match="listens returned an address in it = 16777216"):
        _ = station.listens
    target.close()


def test_a_statement_that_changes(bench: Bench) -> None:
    target = bench.open("changes-its-statement", "credentials")
    CALLS["credentials"](target, None)
    with pytest.raises(TargetError, match="changed after the target was made"):
        target.station("first", 1, ["a"], bytes(32))
    target.close()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("statement-is-a-text", "object"),
        ("statement-with-an-unknown-field", "colour"),
        ("statement-without-a-product", "product"),
        ("statement-of-another-contract", "contract = 99"),
        ("unknown-capability", "levitate"),
        ("noise", "line 1: 'connecting to the radio"),
        ("end", "exit code 0"),
    ],
)
def test_a_program_that_states_nothing_good(bench: Bench, kind: str, said: str) -> None:
    with pytest.raises(TargetError, match="What to do") as caught:
        bench.open(kind, "statement")
    assert said in str(caught.value)


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(TargetError, match="cannot run 'no-such-program': No such file"):
        find_target("exec:no-such-program --flag")()


def test_a_second_answer_is_found_out_at_the_next_call(bench: Bench) -> None:
    target = bench.open("twice", "receive")
    station = target.station("first", 1, ["a"], bytes(32))
    CALLS["receive"](target, station)
    with pytest.raises(TargetError, match="was answered twice"):
        CALLS["wake"](target, station)
    target.close()


def test_a_program_that_no_longer_reads(bench: Bench) -> None:
    target = bench.open("stops-reading", "receive")
    station = target.station("first", 1, ["a"], bytes(32))
    CALLS["receive"](target, station)
    with pytest.raises(TargetError, match="does not read its stdin"):
        station.send("g", bytes(1 << 20), None, 1.0)
    target.close()


def test_a_program_that_closes_its_stdin(bench: Bench) -> None:
    target = bench.open("closes-stdin", "receive")
    station = target.station("first", 1, ["a"], bytes(32))
    CALLS["receive"](target, station)
    with pytest.raises(TargetError, match="closed its stdin"):
        CALLS["wake"](target, station)
    target.close()


def test_a_program_that_floods_without_being_asked(bench: Bench) -> None:
    target = bench.open("floods-without-being-asked", "receive")
    station = target.station("first", 1, ["a"], bytes(32))
    CALLS["receive"](target, station)
    with pytest.raises(TargetError, match="unasked output on a virtual clock"):
        CALLS["wake"](target, station)
    target.close()


def test_a_program_whose_memory_grows(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "MOST_MEMORY", 64 << 20)
    monkeypatch.setattr(child, "LOOK", 0.01)
    monkeypatch.setitem(shim.STATEMENT, "call_deadline", 20.0)
    error = bench.error("grows", "receive")
    assert "MiB of memory" in error.got or "deadline" in error.got


def test_a_program_that_wakes_without_time_moving(bench: Bench) -> None:
    target = bench.open("wake-storm", "own")
    station = target.station("first", 1, ["a"], bytes(32))
    output = station.own("g", CARD, 1.0)
    for _ in range(MOST_WAKES):
        assert output.wake_at is not None
        output = station.wake(1.0)
    with pytest.raises(TargetError, match="it never goes quiet"):
        station.wake(1.0)
    target.close()


def test_what_was_good_before_the_breach_is_kept(bench: Bench) -> None:
    error = bench.error("frame-flood", "receive")
    assert error.partial is not None
    assert len(error.partial.frames) == 4096


@pytest.mark.parametrize("kind", ["grandchild-outlives-a-good-end", "grandchild-lets-go-of-everything"])
def test_a_process_that_outlives_a_good_end_is_ended(bench: Bench, kind: str) -> None:
    target = bench.open(kind, "receive")
    station = target.station("first", 1, ["a"], bytes(32))
    assert isinstance(CALLS["receive"](target, station), Output)
    target.close()


def test_a_program_that_runs_on_after_the_end(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "GRACE", 0.1)
    target = bench.open("runs-on-after-the-end", "close")
    target.close()
    assert any("still running after its stdin had ended" in complaint for complaint in target.complaints)


def test_after_the_program_ended_every_call_says_so(bench: Bench) -> None:
    target = bench.open("segfault", "receive")
    first = target.station("first", 1, ["a"], bytes(32))
    second = target.station("second", 2, ["a"], bytes(32))
    with pytest.raises(TargetError):
        CALLS["receive"](target, first)
    with pytest.raises(TargetError, match="earlier breach: receive was not answered"):
        CALLS["wake"](target, second)
    target.close()


def test_what_is_not_offered_is_no_breach(bench: Bench) -> None:
    target = bench.open("capability-that-is-refused", "credentials")
    with pytest.raises(Unsupported):
        target.credentials("alice", "g", "a", "member", 0.0, 9.0, flaw="revoked")
    target.close()


def test_every_kind_is_tried() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f'"{kind}"' not in source] == []
