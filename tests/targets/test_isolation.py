"""Under isolation the stations of a target share nothing but the air."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_prose_go.contract import Credentials, Diagnostic, Frame, Output
from pytest_prose_go.targets.breach import TargetError
from pytest_prose_go.targets.guard import GuardedTarget
from pytest_prose_go.targets.isolation import Nursery
from pytest_prose_go.targets.naming import TargetNameError, TargetSource, find_target
from tests.targets import sneaky_target

CARD = Credentials(b"card")
WAYS = ["by_memory", "by_file", "by_working_folder", "by_loopback", "by_abstract_socket"]
NEEDS_NAMESPACES = {"by_file", "by_loopback", "by_abstract_socket"}
KEPT_APART = "no network but its own loopback; nothing to write to but its own empty working folder"


def isolated(way: str) -> TargetSource:
    return find_target(f"{sneaky_target.__file__}:{way}", isolate=True)


def said(output: Output) -> str:
    return " ".join(event.text for event in output.events if isinstance(event, Diagnostic))


def found(target: GuardedTarget) -> str:
    """What a second station finds of what a first one left."""
    try:
        first, second = (target.station(name, place, ["a"], bytes(32)) for place, name in enumerate("ab"))
        first.own("g", CARD, 1.0)
        return said(second.join("g", 0, CARD, 1.0))
    finally:
        target.close()


@pytest.fixture(autouse=True)
def _no_note_is_left() -> Iterator[None]:
    yield
    sneaky_target.ByFile.path.unlink(missing_ok=True)


@pytest.mark.parametrize("way", [*WAYS, "by_shared_memory"])
def test_each_way_past_the_air_works_without_isolation(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    target = find_target(f"{sneaky_target.__file__}:{way}")()
    assert found(target) == sneaky_target.NOTE.decode()
    open_socket = getattr(target.raw.way, "open", None)
    if open_socket is not None:
        open_socket.close()


@pytest.mark.parametrize("way", WAYS)
def test_no_way_past_the_air_works_under_isolation(way: str) -> None:
    source = isolated(way)
    text = found(source())
    if way in NEEDS_NAMESPACES and KEPT_APART not in source.isolation:
        pytest.skip(f"this system does not let a process cut itself off: {source.isolation}")
    assert text == ""


def test_memory_that_is_shared_on_purpose_is_refused() -> None:
    with pytest.raises(TargetError, match="shares memory with the process that made it"):
        found(isolated("by_shared_memory")())


def test_each_station_has_a_process_and_an_empty_folder() -> None:
    target = isolated("by_memory")()
    stations = [target.station(name, place, ["a"], bytes(32)) for place, name in enumerate("abc")]
    processes = {said(station.send("g", b"x", None, 1.0)) for station in stations}
    assert len(processes | {str(os.getpid())}) == 4
    assert {said(station.receive(Frame(1, 2, b""), 1.0)) for station in stations} == {""}
    target.close()
    assert target.complaints == []
    assert not any(os.path.exists(f"/proc/{process}") for process in processes)


def test_the_end_of_one_process_is_told_as_its_stations() -> None:
    target = isolated("by_memory")()
    first, second = (target.station(name, place, ["a"], bytes(32)) for place, name in enumerate("ab"))
    with pytest.raises(TargetError, match="station b: leave was not answered: the program ended"):
        second.leave("g", 1.0)
    with pytest.raises(TargetError, match="earlier breach"):
        first.send("g", b"x", None, 1.0)
    target.close()


def test_a_nursery_leaves_nothing_behind() -> None:
    nursery = isolated("by_memory").children
    assert isinstance(nursery, Nursery)
    process = nursery.first()
    assert os.path.isdir(nursery.base)
    nursery.close()
    assert not os.path.exists(nursery.base)
    assert not process.running
    assert not os.path.exists(f"/proc/{process.pid}")


@pytest.mark.parametrize(
    ("name", "line"),
    [("no_such_module_here:x", "there is no module"), ("nothing", "no entry point of group")],
)
def test_a_mistake_in_the_name_is_the_same_line(name: str, line: str) -> None:
    with pytest.raises(TargetNameError, match=line):
        find_target(name, isolate=True)


def test_a_program_is_cut_off_the_network(tmp_path: Path) -> None:
    program = tmp_path / "shim.py"
    program.write_text(
        "import json, socket, sys\n"
        "for line in sys.stdin:\n"
        "    names = ' '.join(name for _, name in socket.if_nameindex())\n"
        "    statement = {'product': names, 'version': '1'}\n"
        "    answer = {'jsonrpc': '2.0', 'id': json.loads(line)['id'], 'result': statement}\n"
        "    print(json.dumps(answer), flush=True)\n"
    )
    source = find_target(f"exec:{shlex.join([sys.executable, str(program)])}", isolate=True)
    target = source()
    target.close()
    if "no network" not in source.isolation:
        pytest.skip(f"this system does not let a process cut itself off: {source.isolation}")
    assert target.statement.product == "lo"


def test_a_program_that_is_not_there_is_told_under_isolation_too() -> None:
    with pytest.raises(TargetError, match="cannot run 'no-such-program'"):
        find_target("exec:no-such-program", isolate=True)()
