"""What may be changed in a module: the operators of cosmic-ray that need no arguments, and three of our own.

A check that is left out, or always says yes, is the likeliest mistake of an implementer, and none of
cosmic-ray's operators makes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from cosmic_ray.operators.operator import Operator
from cosmic_ray.operators.provider import OperatorProvider
from parso.python.tree import Function, Keyword, PythonNode, ReturnStmt
from parso.tree import BaseNode, NodeOrLeaf

Position = tuple[tuple[int, int], tuple[int, int]]

LEFT_OUT = frozenset({"RemoveDecorator", "VariableInserter", "VariableReplacer"})
"""Without a decorator of these modules nothing imports, or nothing changes; the other two need to be told names."""


def _position(node: NodeOrLeaf) -> Position:
    return node.start_pos, node.end_pos


def _word(word: str, instead_of: NodeOrLeaf) -> Keyword:
    return Keyword(word, instead_of.start_pos, instead_of.get_first_leaf().prefix)


class RemoveStatement(Operator):  # type: ignore[misc]
    """Leaves out an assignment, a call or a ``raise`` within a function."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterable[Position]:
        if isinstance(node, PythonNode) and node.type == "simple_stmt" and _is_within_function(node):
            statement = node.children[0]
            is_call = statement.type in ("atom_expr", "power") and statement.children[-1].type == "trailer"
            if is_call or statement.type in ("expr_stmt", "raise_stmt"):
                yield _position(statement)

    def mutate(self, node: BaseNode, index: int) -> BaseNode:
        node.children[0] = _word("pass", node.children[0])
        return node

    @classmethod
    def examples(cls) -> Iterable[object]:
        return ()


class ReturnTrue(Operator):  # type: ignore[misc]
    """Has a function that is declared to return a bool say yes, whatever it looked at."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterable[Position]:
        if (
            isinstance(node, ReturnStmt)
            and _returns_bool(node)
            and node.children[1].get_code().strip() != "True"
        ):
            yield _position(node)

    def mutate(self, node: BaseNode, index: int) -> BaseNode:
        node.children[1] = _word("True", node.children[1])
        return node

    @classmethod
    def examples(cls) -> Iterable[object]:
        return ()


class DropOperand(Operator):  # type: ignore[misc]
    """Leaves one of the conditions out that are joined by ``and`` or ``or``."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterable[Position]:
        if isinstance(node, PythonNode) and node.type in ("and_test", "or_test"):
            yield from map(_position, node.children[::2])

    def mutate(self, node: BaseNode, index: int) -> BaseNode:
        place = 2 * index
        operand = node.children[place]
        neutral = _word("True" if node.type == "and_test" else "False", operand)
        node.children[place] = neutral
        return node

    @classmethod
    def examples(cls) -> Iterable[object]:
        return ()


def _is_within_function(node: NodeOrLeaf) -> bool:
    return isinstance(_scope(node), Function)


def _returns_bool(node: NodeOrLeaf) -> bool:
    scope = _scope(node)
    return (
        isinstance(scope, Function)
        and scope.annotation is not None
        and scope.annotation.get_code().strip() == "bool"
    )


def _scope(node: NodeOrLeaf) -> BaseNode | None:
    return node.search_ancestor("funcdef", "classdef", "lambdef")


@cache
def all_operators() -> dict[str, Operator]:
    """Every operator by its name, in an order that stays the same."""
    provider = OperatorProvider()
    known = {name: provider[name]() for name in provider if name not in LEFT_OUT}
    known |= {kind.__name__: kind() for kind in (DropOperand, RemoveStatement, ReturnTrue)}
    return dict(sorted(known.items()))
