"""Where the security modules can be changed, and what each change makes of the source."""

from __future__ import annotations

import ast
import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from parso.python.tree import ClassOrFunc
from parso.tree import NodeOrLeaf

from tests.mutants.operators import all_operators

TOP = Path(__file__).parents[2]
PACKAGE = "reference_impl"


def security_modules() -> list[str]:
    """The modules that pyproject.toml names for mutation."""
    told = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
    return list(told["tool"]["prose-go-mutants"]["modules"])


@cache
def source_of(module: str) -> str:
    """The source of a module of the reference, as it stands."""
    return (TOP / PACKAGE / f"{module}.py").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Site:
    """One operator at one place. ``line`` is the first line of the place, ``definition`` what it stands in."""

    module: str
    operator: str
    occurrence: int
    start: tuple[int, int]
    definition: str
    line: str


@dataclass(frozen=True)
class Mutant:
    """A changed module. ``before`` and ``after`` are the lines that differ, without indent."""

    module: str
    definition: str
    operator: str
    before: str
    after: str
    start: tuple[int, int]
    source: str

    @property
    def identity(self) -> tuple[str, str, str, str, str]:
        """What tells this mutant from others for as long as the lines in question stay the same."""
        return self.module, self.definition, self.operator, self.before, self.after

    @property
    def key(self) -> str:
        """A short name of the identity."""
        return hashlib.sha256(repr(self.identity).encode()).hexdigest()[:12]


def sites(module: str) -> tuple[Site, ...]:
    """Every operator at every place of a module."""
    return tuple(site for operator in all_operators() for site in sites_of(module, operator))


@cache
def sites_of(module: str, operator: str) -> tuple[Site, ...]:
    """Every place of a module where this operator can be put to use."""
    lines = source_of(module).splitlines()
    positions = all_operators()[operator].mutation_positions
    return tuple(
        Site(module, operator, occurrence, start, _definition(node), lines[start[0] - 1].strip())
        for occurrence, (node, start) in enumerate(
            (node, start) for node in _nodes(module) for start, _ in positions(node)
        )
    )


@cache
def _nodes(module: str) -> list[NodeOrLeaf]:
    return list(ast_nodes(get_ast(source_of(module))))


def _definition(node: NodeOrLeaf) -> str:
    names: list[str] = []
    scope = node.search_ancestor("funcdef", "classdef")
    while isinstance(scope, ClassOrFunc):
        names.insert(0, scope.name.value)
        scope = scope.search_ancestor("funcdef", "classdef")
    return ".".join(names)


def mutant(site: Site) -> Mutant | None:
    """The mutant of a site; None where the change is one of annotations alone, or no Python any more."""
    source = source_of(site.module)
    changed = mutate_code(source, all_operators()[site.operator], site.occurrence)
    if changed is None:
        return None
    try:
        if _meaning(changed) == _meaning(source):
            return None
    except SyntaxError:
        return None
    before, after = _difference(source.splitlines(), changed.splitlines())
    return Mutant(site.module, site.definition, site.operator, before, after, site.start, changed)


def mutants(module: str) -> Iterator[Mutant]:
    """Every mutant of a module, each meaning once."""
    met: set[str] = set()
    for site in sites(module):
        made = mutant(site)
        if made is not None and (meaning := _meaning(made.source)) not in met:
            met.add(meaning)
            yield made


class _WithoutAnnotations(ast.NodeTransformer):
    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(node.arg)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)


@cache
def _meaning(source: str) -> str:
    """What the source does: the modules keep their annotations unevaluated."""
    return hashlib.sha256(ast.dump(_WithoutAnnotations().visit(ast.parse(source))).encode()).hexdigest()


def _difference(old: list[str], new: list[str]) -> tuple[str, str]:
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return _text(old[head : len(old) - tail]), _text(new[head : len(new) - tail])


def _text(lines: list[str]) -> str:
    return "\n".join(line.strip() for line in lines)
