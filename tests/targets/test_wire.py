"""The wire is the contract, and what is written down of it is what is spoken."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from pytest_prose_go.contract import Station, Target
from pytest_prose_go.targets.wire import METHODS
from pytest_prose_go.targets.wire_schema import json_schema, openrpc, written

DOCS = Path(__file__).resolve().parents[2] / "docs"


def calls(kind: type) -> dict[str, list[str]]:
    """The methods of a class of the contract with the names of their parameters."""
    return {
        name: list(inspect.signature(function).parameters)[1:]
        for name, function in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


def test_every_call_of_the_contract_is_on_the_wire_by_its_parameters_names() -> None:
    of_station = {name: ["station", *names] for name, names in calls(Station).items() if name != "wait"}
    of_target = calls(Target)
    of_target["station"] = ["station", *of_target["station"], "anchors"]
    for name in ("clone", "restore"):
        of_target[name] = [*of_target[name], "new_station"]
    on_the_wire = {name: set(method.params.__struct_fields__) for name, method in METHODS.items()}
    own = {"statement": {"contract"}, "anchor": {"authority"}}
    assert on_the_wire == own | {name: set(names) for name, names in (of_station | of_target).items()}


@pytest.mark.parametrize(
    ("name", "made"), [("shim-protocol.schema.json", json_schema), ("shim-protocol.openrpc.json", openrpc)]
)
def test_the_documents_are_in_step(name: str, made: object) -> None:
    assert callable(made)
    told = (DOCS / name).read_text(encoding="utf-8")
    assert told == written(made()), "run: prose-go shim-schema --into docs"


def test_every_reference_of_the_documents_leads_somewhere() -> None:
    for document in (json_schema(), openrpc()):
        for reference in references(document):
            found: object = document
            for step in reference.removeprefix("#/").split("/"):
                assert isinstance(found, dict)
                found = found[step]


def references(given: object) -> list[str]:
    if isinstance(given, dict):
        own = [given["$ref"]] if isinstance(given.get("$ref"), str) else []
        return own + [each for value in given.values() for each in references(value)]
    if isinstance(given, list):
        return [each for value in given for each in references(value)]
    return []


def test_the_protocol_names_every_call() -> None:
    page = (DOCS / "shim-protocol.md").read_text(encoding="utf-8")
    assert [name for name in METHODS if f"`{name}`" not in page] == []
