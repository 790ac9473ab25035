"""A target is found by its name, and each mistake in naming one is told in a clear line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from pytest_prose_go.targets import naming
from pytest_prose_go.targets.guard import GuardedTarget, TargetError
from pytest_prose_go.targets.naming import GROUP, TargetNameError, find_target
from tests.targets.tiny_target import TinyTarget

HERE = __name__
TINY = "tests.targets.tiny_target:TinyTarget"

instance = TinyTarget()
number = 5


class Varied(TinyTarget):
    """A target with variants.

    More about it.
    """

    def __init__(self, variant: str = "plain") -> None:
        self.variant = variant


class Namespace:
    inner = TinyTarget


def fails() -> TinyTarget:
    raise OSError("no radio")


def returns_nothing() -> None:
    return None


def needs_more(address: str) -> TinyTarget:
    return TinyTarget()


def always_the_same() -> TinyTarget:
    return instance


turns = iter(range(9))


def changing() -> TinyTarget:
    class Changing(TinyTarget):
        statement = TinyTarget.statement.__class__(product="p", version=str(next(turns)))

    return Changing()


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def install(**points: str) -> None:
        found = [EntryPoint(name, value, GROUP) for name, value in points.items()]
        monkeypatch.setattr(naming, "entry_points", lambda group: [p for p in found if p.group == group])

    return install


def closed(target: GuardedTarget) -> GuardedTarget:
    target.close()
    return target


def test_a_module_and_attribute() -> None:
    source = find_target(TINY)
    assert source.name == TINY
    assert source.origin.startswith(TINY)
    assert source.description == "Makes :class:`TinyStation`."
    one, other = closed(source()), closed(source())
    assert one.statement == TinyTarget.statement
    assert one.raw is not other.raw


def test_a_dotted_attribute() -> None:
    assert isinstance(closed(find_target(f"{HERE}:Namespace.inner")()).raw, TinyTarget)


def test_an_entry_point_and_its_variant(installed: Callable[..., None]) -> None:
    installed(vendor=f"{HERE}:Varied", plain=TINY)
    source = find_target("vendor")
    assert (source.description, closed(source()).raw.variant) == ("A target with variants.", "plain")
    assert source.origin.startswith("entry point vendor of ")
    assert closed(find_target("vendor:aes-256")()).raw.variant == "aes-256"
    with pytest.raises(TargetNameError, match="takes no variant; write plain"):
        find_target("plain:fast")
    with pytest.raises(TargetNameError, match="nothing after the colon"):
        find_target("vendor:")


def test_the_entry_points_of_this_very_project_are_seen() -> None:
    with pytest.raises(TargetNameError, match="did you mean reference"):
        find_target("referense")


def test_a_name_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [EntryPoint("vendor", value, GROUP) for value in (TINY, TINY, f"{HERE}:Varied")]
    monkeypatch.setattr(naming, "entry_points", lambda group: found)
    with pytest.raises(TargetNameError, match="several installed packages"):
        find_target("vendor")
    monkeypatch.setattr(naming, "entry_points", lambda group: found[:2])
    closed(find_target("vendor")())


MISTAKES: dict[str, str] = {
    "": "no target is named",
    "vendr": "did you mean vendor?; installed: other, vendor",
    "zzz": "installed: other, vendor",
    "adapter.py": "add :attribute",
    "tests.targets": "add :attribute",
    f"{HERE}:": "nothing after the colon",
    "tests.targets.nowhere:Target": "there is no module tests.targets.nowhere",
    "nowhere_at_all.adapter:Target": "there is no module nowhere_at_all",
    "tests.targets.tiny_target:TinyTarge": "has no attribute TinyTarge; did you mean TinyTarget?",
    f"{HERE}:Namespace.outer": "Namespace has no attribute outer",
    f"{HERE}:instance": "already made (TinyTarget)",
    f"{HERE}:number": "this is 5 (int), not a target's class",
    "no/such/file.py:Target": "there is no file no/such/file.py",
    "exec:": "no program is named",
    "exec:./adapter 'open": "No closing quotation",
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line_that_repeats_the_name(name: str, installed: Callable[..., None]) -> None:
    installed(vendor=TINY, other=TINY)
    with pytest.raises(TargetNameError) as caught:
        find_target(name)
    text = str(caught.value)
    assert MISTAKES[name] in text
    assert name in text
    assert "\n" not in text


def test_nothing_installed_is_said(installed: Callable[..., None]) -> None:
    installed()
    with pytest.raises(TargetNameError, match="none is installed"):
        find_target("vendor")


def test_a_module_that_raises_or_lacks_another_tells_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prose_broken_one.py").write_text("import prose_missing_dependency\n")
    (tmp_path / "prose_broken_two.py").write_text("import sys\nsys.exit('licence expired')\n")
    with pytest.raises(
        TargetNameError, match=r"raised ModuleNotFoundError: .*prose_missing_dependency"
    ) as one:
        find_target("prose_broken_one:Target")
    assert "prose_broken_one.py:1" in str(one.value)
    with pytest.raises(TargetNameError, match="raised SystemExit: licence expired"):
        find_target("prose_broken_two:Target")
    with pytest.raises(TargetNameError, match="raised SystemExit: licence expired"):
        find_target("prose_broken_two.py:Target")


def test_a_module_in_the_working_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "prose_local_adapter.py").write_text(
        "from tests.targets.tiny_target import TinyTarget as Target\n"
    )
    path = list(sys.path)
    with pytest.raises(TargetNameError, match="there is no module prose_local_adapter"):
        find_target("prose_local_adapter:Target")
    monkeypatch.chdir(tmp_path)
    closed(find_target("prose_local_adapter:Target")())
    assert sys.path == path


ADAPTER = """
from dataclasses import dataclass
import {sibling}
from tests.targets.tiny_target import TinyTarget

class Target(TinyTarget):
    word = {sibling}.word
"""


def test_files_of_one_name_in_two_folders_do_not_meet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = list(sys.path)
    names = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"sibling_{folder}.py").write_text(f"word = {folder!r}\n")
        (tmp_path / folder / "adapter.py").write_text(ADAPTER.format(sibling=f"sibling_{folder}"))
        names.append(f"{tmp_path / folder / 'adapter.py'}:Target")
    targets = [closed(find_target(name)()) for name in names]
    assert [target.raw.word for target in targets] == ["one", "two"]
    assert sys.path == path
    # A second look takes the module that is there, as an import would.
    monkeypatch.chdir(tmp_path / "one")
    assert type(closed(find_target("adapter.py:Target")()).raw) is type(targets[0].raw)


def test_a_file_that_fails_is_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "adapter.py"
    file.write_text("1 / 0\n")
    with pytest.raises(TargetNameError, match="raised ZeroDivisionError"):
        find_target(f"{file}:Target")
    file.write_text("from tests.targets.tiny_target import TinyTarget as Target\n")
    closed(find_target(f"{file}:Target")())
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(TargetNameError, match="is not a file"):
        find_target(f"{tmp_path / 'folder.py'}:Target")


@pytest.mark.parametrize(
    ("factory", "words"),
    [
        (fails, "making the target raised OSError: no radio"),
        (needs_more, "making the target raised TypeError"),
        (returns_nothing, "the statement is missing"),
    ],
)
def test_a_factory_that_fails_is_a_target_error(factory: Callable[..., Any], words: str) -> None:
    source = find_target(f"{HERE}:{factory.__name__}")
    with pytest.raises(TargetError) as caught:
        source()
    assert words in str(caught.value)
    assert caught.value.origin == source.name


def test_every_case_gets_a_target_of_its_own() -> None:
    source = find_target(f"{HERE}:always_the_same")
    closed(source())
    with pytest.raises(TargetError, match="gave the same object as before"):
        source()


def test_every_target_of_a_source_states_the_same() -> None:
    source = find_target(f"{HERE}:changing")
    closed(source())
    with pytest.raises(TargetError, match="is not the same for every target made: version changed"):
        source()
