"""The wire written down for other tools: a JSON Schema of every shape and an OpenRPC document of every call.

Both are derived from :mod:`.wire`, and so from the contract itself.
"""

from __future__ import annotations

import ast
import inspect
import json
from functools import cache
from typing import Any

import msgspec

from pytest_prose_go import contract
from pytest_prose_go.contract import CONTRACT_VERSION
from pytest_prose_go.targets import wire
from pytest_prose_go.targets.wire import METHODS, Method

OPENRPC = "1.3.2"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TITLE = "pytest-prose-go: a target in a program of its own"
_ERRORS = [
    {"code": wire.METHOD_NOT_FOUND, "message": "the program knows no such method: a capability it lacks"},
    {"code": wire.UNSUPPORTED, "message": "not offered: a flaw, or a capability in this form"},
    {"code": wire.INVALID_PARAMS, "message": "the parameters are none of this method's"},
    {"code": wire.RAISED, "message": "the program failed; data may be a Breach"},
]


def json_schema() -> dict[str, Any]:
    """Every shape on the wire, under ``$defs`` by its name; a message on its own is none of them."""
    shapes = [method.params for method in METHODS.values()]
    results = [method.result for method in METHODS.values() if method.result not in (None, bytes)]
    extra = [wire.Unasked, wire.Failure, wire.Breach]
    _, components = msgspec.json.schema_components([*shapes, *results, *extra], ref_template="#/$defs/{name}")
    return {
        "$schema": DIALECT,
        "title": _TITLE,
        "description": f"The shapes of contract version {CONTRACT_VERSION} on the wire.",
        "$defs": _told(components),
    }


def openrpc() -> dict[str, Any]:
    """Every call, its parameters by name, its result."""
    components: dict[str, Any] = {}
    methods = [_described(method, components) for method in METHODS.values()]
    _, more = msgspec.json.schema_components(
        [wire.Unasked, wire.Breach], ref_template="#/components/schemas/{name}"
    )
    components |= more
    methods.append(
        {
            "name": "output",
            "description": "A notification of the program, on a real clock only: what came up without a call.",
            "paramStructure": "by-name",
            "params": _parameters(wire.Unasked, components),
        }
    )
    return {
        "openrpc": OPENRPC,
        "info": {
            "title": _TITLE,
            "version": str(CONTRACT_VERSION),
            "description": "One JSON-RPC 2.0 message a line, over stdin and stdout; bytes are base64.",
        },
        "methods": methods,
        "components": {
            "schemas": _told(components),
        },
    }


def written(document: dict[str, Any]) -> str:
    """``document`` as it stands in a file: the same for the same contract."""
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _told(components: dict[str, Any]) -> dict[str, Any]:
    """The components in order, each field of the contract with what the contract says of it."""
    for name, fields in _sayings().items():
        properties = components.get(name, {}).get("properties", {})
        for field, says in fields.items():
            if field in properties:
                properties[field] = {**properties[field], "description": says}
    return {name: components[name] for name in sorted(components)}


@cache
def _sayings() -> dict[str, dict[str, str]]:
    """What the contract's source says under each field, by class and field."""
    told: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(contract)).body:
        if not isinstance(node, ast.ClassDef):
            continue
        fields = told.setdefault(node.name, {})
        for field, text in zip(node.body, node.body[1:], strict=False):
            match field, text:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(says))),
                ):
                    fields[name] = inspect.cleandoc(says)
                case _:
                    pass
    return told


def _described(method: Method, components: dict[str, Any]) -> dict[str, Any]:
    summary, _, _ = method.says.partition("\n\n")
    found: dict[str, Any] = {"name": method.name}
    if method.says:
        found |= {"summary": " ".join(summary.split()), "description": method.says}
    if method.capability:
        found["tags"] = [{"name": f"capability {method.capability}"}]
    found |= {
        "paramStructure": "by-name",
        "params": _parameters(method.params, components),
        "result": {"name": "result", "schema": _schema(method.result, components)},
        "errors": _ERRORS,
    }
    return found


def _parameters(shape: type[msgspec.Struct], components: dict[str, Any]) -> list[dict[str, Any]]:
    _, defined = msgspec.json.schema_components([shape], ref_template="#/components/schemas/{name}")
    own = defined.pop(shape.__name__)
    components |= defined
    required = own.get("required", [])
    return [
        {"name": name, "required": name in required, "schema": schema}
        for name, schema in own["properties"].items()
    ]


def _schema(kind: Any, components: dict[str, Any]) -> Any:
    if kind is None:
        return {"type": "null"}
    (schema,), defined = msgspec.json.schema_components([kind], ref_template="#/components/schemas/{name}")
    components |= defined
    return schema
