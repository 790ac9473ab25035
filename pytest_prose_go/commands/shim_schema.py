"""``prose-go shim-schema``: the shapes and calls of a target in a program of its own, for other tools."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

NAMES = {"json-schema": "shim-protocol.schema.json", "openrpc": "shim-protocol.openrpc.json"}
"""The file of each form in the folder that ``--into`` names."""


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "shim-schema",
        help="print the JSON Schema or the OpenRPC document of the wire to a target in any language",
    )
    parser.add_argument("--format", choices=sorted(NAMES), default="json-schema", help="which one to print")
    parser.add_argument(
        "--into", metavar="DIR", type=Path, help="write both as files into this folder instead of printing"
    )
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Print or write what was asked for. Returns the exit code."""
    from pytest_prose_go.targets.wire_schema import json_schema, openrpc, written

    documents = {"json-schema": json_schema, "openrpc": openrpc}
    if asked.into is None:
        print(written(documents[asked.format]()), end="")
        return 0
    for form, name in NAMES.items():
        path = asked.into / name
        path.write_text(written(documents[form]()), encoding="utf-8")
        print(path)
    return 0
