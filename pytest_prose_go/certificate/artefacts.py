"""What a target is made of, by digest: its adapter's files and its programs, as found, whatever it states itself."""

from __future__ import annotations

import hashlib
import importlib.util
import shlex
import shutil
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


def found(target: str) -> tuple[Artefact, ...]:
    """The adapter, or the program and those of its arguments that are files, that the target named ``target`` is
    made of; none where its name leads to no file."""
    if target.startswith("exec:"):
        return tuple(_programs(target.removeprefix("exec:")))
    head, _, _ = target.rpartition(":") if ".py:" in target else target.partition(":")
    if head.endswith(".py"):
        path = Path(head)
        return (_file(path, "adapter"),) if path.is_file() else ()
    installed = {point.name: point.module for point in entry_points(group=GROUP)}
    module = installed.get(head or target, head or target)
    return _package(module)


def product_digest(artefacts: tuple[Artefact, ...]) -> str:
    """One SHA-256 in hex for all of them, in their order."""
    whole = hashlib.sha256()
    for one in artefacts:
        whole.update(f"{one.sha256}  {one.kind}\n".encode())
    return whole.hexdigest()


def _programs(command: str) -> list[Artefact]:
    words = shlex.split(command)
    if not words:
        return []
    program = shutil.which(words[0])
    artefacts = [_file(Path(program), "executable")] if program else []
    return artefacts + [_file(Path(word), "argument") for word in words[1:] if Path(word).is_file()]


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
