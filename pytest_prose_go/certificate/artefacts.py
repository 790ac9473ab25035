"""What a target is made of, by digest: its adapter's files and its programs, as found, whatever it states itself."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shlex
import shutil
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import entry_points
from pathlib import Path

from msgspec import Struct

from pytest_prose_go.certificate.suite_files import digest, tree_digests
from pytest_prose_go.targets.naming import GROUP


class Artefact(Struct, frozen=True, kw_only=True):
    """Something that the target's name leads to. ``sha256`` in hex is of the file or, of a package, of names and
    digests of all its files."""

    name: str
    kind: str
    sha256: str


NAMED = "named file"
"""The kind of a file that the vendor's statement names as part of the product."""


class ArtefactError(Exception):
    """A file of the product cannot be read; the text says which."""


def found(target: str, named: Sequence[str] = (), beside: Path = Path()) -> tuple[Artefact, ...]:
    """The adapter, or the program and those of its arguments that name files, that the target named ``target`` is
    made of (none where its name leads to no file), and the files ``named``, by paths from the folder ``beside``.

    Raises :class:`ArtefactError` for one of these that cannot be read.
    """
    return (*_led_to(target), *_named(named, beside))


def _led_to(target: str) -> tuple[Artefact, ...]:
    if target.startswith("exec:"):
        return tuple(_programs(target.removeprefix("exec:")))
    head, _, _ = target.rpartition(":") if ".py:" in target else target.partition(":")
    if head.endswith(".py"):
        path = Path(head)
        return (_file(path, "adapter"),) if path.is_file() else ()
    installed = {point.name: point.module for point in entry_points(group=GROUP)}
    module = installed.get(head or target, head or target)
    return _package(module)


def product_digest(target: str, artefacts: Iterable[Artefact]) -> str:
    """One SHA-256 in hex for the target's name (of a program the whole command line) and all its artefacts, in their
    order."""
    whole = hashlib.sha256(f"{target}\n".encode())
    for one in artefacts:
        whole.update(f"{one.sha256}  {one.kind}\n".encode())
    return whole.hexdigest()


def _programs(command: str) -> list[Artefact]:
    words = shlex.split(command)
    if not words:
        return []
    program = shutil.which(words[0])
    artefacts = [_file(Path(program), "executable")] if program else []
    paths = [path for word in words[1:] for path in _paths_in(word) if path.is_file()]
    return artefacts + [_file(path, "argument") for path in dict.fromkeys(paths)]


def _paths_in(word: str) -> Iterator[Path]:
    """What in an argument may name a file: all of it, what stands behind an equals sign, each part of a list."""
    for text in (word, word.partition("=")[2]):
        yield from (Path(part) for part in (text, *text.split(os.pathsep)) if part)


def _named(names: Sequence[str], beside: Path) -> Iterator[Artefact]:
    for name in names:
        try:
            yield Artefact(
                name=name, kind=NAMED, sha256=hashlib.sha256((beside / name).read_bytes()).hexdigest()
            )
        except OSError as error:
            raise ArtefactError(f"[product] files names {name}: {error.strerror}") from error


def _file(path: Path, kind: str) -> Artefact:
    return Artefact(name=path.name, kind=kind, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def _package(module: str) -> tuple[Artefact, ...]:
    top = module.partition(".")[0]
    spec = importlib.util.find_spec(top)
    if spec is None:
        return ()
    if spec.submodule_search_locations:
        folder = Path(next(iter(spec.submodule_search_locations)))
        return (Artefact(name=top, kind="adapter", sha256=digest(tree_digests(folder))),)
    return (_file(Path(spec.origin), "adapter"),) if spec.origin else ()
