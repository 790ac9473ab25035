"""The suites that are installed, found by the entry-point group ``prose_go.suites``; never by import."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import Distribution, EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

GROUP = "prose_go.suites"
OWN_DISTRIBUTION = "pytest-prose-go"


def folders(only: str | None = None) -> list[Path]:
    """The folders of the installed suites, in the order of their names (or of the one named ``only``).

    Raises as :func:`installed_suites`.
    """
    return list(installed_suites(only).values())


def installed_suites(only: str | None = None) -> dict[str, Path]:
    """The folders of the installed suites by their names, in order (or of the one named ``only``).

    Raises :class:`pytest.UsageError` if there is none, and for a suite whose package is not its
    distribution's own: another package of that name lies before it on the path, or was installed over it.
    """
    installed = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    wanted = [point for point in installed if only in (None, point.name)]
    if not wanted:
        names = ", ".join(point.name for point in installed) or "none"
        raise pytest.UsageError(f"there is no suite {only or ''} (installed: {names})")
    return {point.name: _folder(point) for point in wanted}


def _folder(point: EntryPoint) -> Path:
    spec = find_spec(point.value)
    if spec is None or not spec.submodule_search_locations:
        raise pytest.UsageError(f"suite {point.name}: its package {point.value} is not to be found")
    found = Path(next(iter(spec.submodule_search_locations))).resolve()
    homes = [home.resolve() / point.value for home in _homes(point.dist)]
    if found not in homes:
        raise pytest.UsageError(
            f"suite {point.name}: package {point.value!r} in {found} is not the one installed with it "
            f"({homes[0]}). Another folder of that name comes first on the path: run the command pytest "
            "rather than python -m pytest, or start it in another folder"
        )
    return found


def _homes(distribution: Distribution | None) -> Iterator[Path]:
    """Folders in which a distribution's top-level packages may lie."""
    if distribution is None or distribution.name == OWN_DISTRIBUTION:
        # Beside the plugin that runs, however it was installed.
        yield Path(__file__).resolve().parent.parent
        return
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    if origin.get("dir_info", {}).get("editable"):
        yield Path(unquote(urlsplit(origin["url"]).path))
    yield Path(str(distribution.locate_file("")))


def collect_installed(config: pytest.Config) -> None:
    """Make the installed suites what is collected, unless the command line names paths of its own."""
    if config.getoption("prose_target") and config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args = [str(folder) for folder in folders(config.getoption("prose_suite"))]
        config.args_source = pytest.Config.ArgsSource.ARGS
