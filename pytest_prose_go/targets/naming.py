"""How a target is named on the command line, and found.

- ``NAME`` or ``NAME:VARIANT``: an entry point of group ``prose_go.targets``. Its object is a callable that
  returns a target; for ``NAME:VARIANT`` it is called with the variant as its one positional argument.
- ``package.module:attribute``: imported; the working folder is looked in last.
- ``path/file.py:attribute``: the file is loaded; its own folder is looked in last while it loads.
- ``exec:COMMAND``: a program in any language, spoken to over its stdin and stdout (see :mod:`.process`); the
  command's words are split as by a shell, but no shell runs.

The attribute is a target's class or a function without arguments that makes one. A ready-made target is
refused: cases would share its state, and each case closes its target.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from pytest_prose_go.contract import Statement
from pytest_prose_go.targets.breach import TargetError, brief, said
from pytest_prose_go.targets.guard import GuardedTarget, guarded
from pytest_prose_go.targets.isolation import IsolatedPrograms, Nursery
from pytest_prose_go.targets.process import Children, ProcessTarget, programs

GROUP = "prose_go.targets"
"""The entry-point group of installed targets."""


class TargetNameError(ValueError):
    """A target's name leads nowhere. The text is one clear line (and where the adapter's code failed)."""


class TargetSource:
    """Gives a fresh :class:`GuardedTarget` at each call. Raises :class:`TargetError`.

    ``name`` is what the user wrote, ``origin`` where the target comes from, ``description`` the first
    line of its docstring ("" if it has none). The statement must be the same each time.
    """

    def __init__(
        self,
        name: str,
        origin: str,
        factory: Callable[[], Any],
        description: str = "",
        deadlines: bool = True,
        children: Children | None = None,
    ) -> None:
        self.name = name
        self.origin = origin
        self.description = description
        self.deadlines = deadlines
        self.children = children
        self.factory = factory
        self._statement: Statement | None = None
        self._last: object = None

    def __call__(self) -> GuardedTarget:
        target = guarded(self.factory, self.name, self.deadlines)
        again = target.raw is self._last
        self._last = target.raw
        if again or self._statement not in (None, target.statement):
            target.close()
        if again:
            raise TargetError(
                "",
                "making the target",
                "gave the same object as before",
                "make a new target at every call: each case closes its own.",
                origin=self.name,
            )
        if self._statement is None:
            self._statement = target.statement
        elif self._statement != target.statement:
            changed = [
                field
                for field in Statement.__struct_fields__
                if getattr(self._statement, field) != getattr(target.statement, field)
            ]
            raise TargetError(
                "",
                "the statement",
                f"is not the same for every target made: {', '.join(changed)} changed",
                "state what always holds; name variants apart (NAME:VARIANT).",
                origin=self.name,
            )
        return target

    @property
    def isolation(self) -> str:
        """What holds of the isolation of its processes, in words, once one was made ("": nothing is asked)."""
        return self.children.says if self.children is not None else ""

    def __repr__(self) -> str:
        return f"TargetSource({self.name!r}, {self.origin!r})"


def find_target(name: str, deadlines: bool = True, isolate: bool = False) -> TargetSource:
    """The source of targets called ``name``; without ``deadlines`` for debugging, with ``isolate`` in processes
    that are kept apart.

    Nothing is made yet. Raises :class:`TargetNameError` for whatever is wrong with the name.
    """
    if not name.strip():
        raise TargetNameError(f"no target is named; {_forms()}")
    if name.startswith("exec:"):
        return _of_programs(name, deadlines, isolate)
    if isolate:
        return _of_children(name, deadlines)
    head, colon, tail = name.rpartition(":") if ".py:" in name else name.partition(":")
    if not colon:
        head = name
    known = _installed()
    if head in known:
        return _from_entry_point(name, known[head], tail if colon else None, deadlines)
    if not colon:
        raise TargetNameError(_unknown(name, list(known)))
    if not tail:
        raise TargetNameError(f"target {name!r}: nothing after the colon; write {head}:attribute")
    if head.endswith(".py"):
        path = Path(head).expanduser()
        module, origin = _load_file(name, path), f"{path}:{tail}"
    else:
        module = _import(name, head)
        origin = f"{head}:{tail} ({getattr(module, '__file__', None) or 'built in'})"
    return _source(name, origin, _attribute(name, module, tail), deadlines)


def _of_programs(name: str, deadlines: bool, isolate: bool) -> TargetSource:
    try:
        plain = programs(name.removeprefix("exec:"))
    except ValueError as wrong:
        raise TargetNameError(f"target {name!r}: {wrong}; write exec:PROGRAM ARGUMENTS") from wrong
    children = IsolatedPrograms(plain.command) if isolate else plain
    return TargetSource(
        name,
        f"program {plain.command[0]}",
        lambda: ProcessTarget(children, deadlines),
        deadlines=deadlines,
        children=children,
    )


def _of_children(name: str, deadlines: bool) -> TargetSource:
    if sys.platform != "linux":
        raise TargetNameError(
            f"target {name!r}: only Linux can keep its stations apart; leave --prose-isolate out"
        )
    try:
        nursery = Nursery(name)
    except ValueError as wrong:
        text = str(wrong)
        raise TargetNameError(text if text.startswith("target ") else f"target {name!r}: {text}") from wrong
    return TargetSource(
        name,
        nursery.origin,
        lambda: ProcessTarget(nursery, deadlines),
        nursery.description,
        deadlines,
        nursery,
    )


def _installed() -> dict[str, list[EntryPoint]]:
    found: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=GROUP):
        same = found.setdefault(point.name, [])
        if all(point.value != other.value for other in same):  # one install may be listed twice
            same.append(point)
    return dict(sorted(found.items()))


def _from_entry_point(
    name: str, points: list[EntryPoint], variant: str | None, deadlines: bool
) -> TargetSource:
    point = points[0]
    if len(points) > 1:
        owners = ", ".join(f"{_owner(each)} ({each.value})" for each in points)
        raise TargetNameError(
            f"target {name!r}: several installed packages have an entry point of this name: {owners}; "
            "name one as module:attribute"
        )
    if variant == "":
        raise TargetNameError(f"target {name!r}: nothing after the colon; write {point.name} or NAME:VARIANT")
    module = _import(name, point.module)
    made = _attribute(name, module, point.attr)
    origin = f"entry point {point.name} of {_owner(point)} ({point.value})"
    if variant is None:
        return _source(name, origin, made, deadlines)
    if not _takes_variant(made):
        raise TargetNameError(
            f"target {name!r}: {point.value} takes no variant; write {point.name}, "
            "or let it take the variant as its one positional argument"
        )
    factory: Callable[..., Any] = made
    return _source(name, f"{origin}, variant {variant}", made, deadlines, lambda: factory(variant))


def _source(
    name: str,
    origin: str,
    made: Any,
    deadlines: bool,
    factory: Callable[[], Any] | None = None,
) -> TargetSource:
    if not isinstance(made, type) and hasattr(made, "statement") and hasattr(made, "station"):
        raise TargetNameError(
            f"target {name!r}: this is a target already made ({type(made).__name__}), whose state all cases "
            "would share; name its class or a function that makes one"
        )
    if not callable(made):
        raise TargetNameError(
            f"target {name!r}: this is {brief(made)}, not a target's class nor a function that makes one"
        )
    lines = (inspect.getdoc(made) or "").splitlines()
    return TargetSource(name, origin, factory or made, lines[0] if lines else "", deadlines)


def _takes_variant(made: Any) -> bool:
    try:
        inspect.signature(made).bind("variant")
    except TypeError:
        return False
    except ValueError:
        return True  # no signature to read: let the call tell
    return True


def _import(name: str, module: str) -> ModuleType:
    try:
        with _looking_in(Path.cwd()):
            return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name and (module == missing.name or module.startswith(f"{missing.name}.")):
            raise TargetNameError(
                f"target {name!r}: there is no module {missing.name}; install it, run where it lies, "
                "or write path/file.py:attribute"
            ) from missing
        raise _import_failed(name, module, missing) from missing
    except (Exception, SystemExit) as raised:
        raise _import_failed(name, module, raised) from raised


def _load_file(name: str, path: Path) -> ModuleType:
    try:
        resolved = path.resolve(strict=True)
    except OSError as missing:
        raise TargetNameError(f"target {name!r}: there is no file {path} (from {Path.cwd()})") from missing
    if not resolved.is_file():
        raise TargetNameError(f"target {name!r}: {path} is not a file")
    # Files of one stem from two folders must not meet under one name, nor hide an installed module.
    digest = hashlib.sha256(str(resolved).encode()).hexdigest()[:12]
    unique = f"prose_go_target_{path.stem}_{digest}"
    if unique in sys.modules:
        return sys.modules[unique]
    spec = importlib.util.spec_from_file_location(unique, resolved)
    if spec is None or spec.loader is None:
        raise TargetNameError(f"target {name!r}: {path} cannot be loaded as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[unique] = module  # dataclasses and pickle look their module up
    try:
        with _looking_in(resolved.parent):
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as raised:
        del sys.modules[unique]
        raise _import_failed(name, str(path), raised) from raised
    except BaseException:
        del sys.modules[unique]
        raise
    return module


@contextmanager
def _looking_in(folder: Path) -> Iterator[None]:
    """Look for modules in ``folder``, too, after all else, while something is imported."""
    entry = str(folder)
    added = entry not in sys.path
    if added:
        sys.path.append(entry)
        importlib.invalidate_caches()
    try:
        yield
    finally:
        if added and entry in sys.path:
            sys.path.remove(entry)


def _attribute(name: str, module: ModuleType, dotted: str) -> Any:
    found: Any = module
    for part in dotted.split("."):
        try:
            found = getattr(found, part)
        except AttributeError as missing:
            have = [
                other for other, value in vars(found).items() if not other.startswith("_") and callable(value)
            ]
            raise TargetNameError(
                f"target {name!r}: {getattr(found, '__name__', found)} has no attribute {part}"
                + _nearest(part, have)
            ) from missing
        except Exception as raised:
            raise _import_failed(name, dotted, raised) from raised
    return found


def _import_failed(name: str, what: str, raised: BaseException) -> TargetNameError:
    return TargetNameError(f"target {name!r}: importing {what} raised {said(raised)}")


def _unknown(name: str, known: list[str]) -> str:
    text = f"target {name!r}: no entry point of group {GROUP} has this name" + _nearest(name, known)
    text += f"; installed: {', '.join(known)}" if known else "; none is installed"
    if name.endswith(".py") or Path(name).exists() or "." in name:
        return f"{text}; for a file or module, add :attribute"
    return text


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {near[0]}?" if near else ""


def _owner(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "an unknown package"


def _forms() -> str:
    return (
        "write NAME of an installed target, package.module:attribute, path/file.py:attribute or exec:COMMAND"
    )
