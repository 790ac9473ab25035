"""``prose-go report-schema``: the JSON Schemas of what ``--prose-json`` writes and of what a bundle signs."""

from __future__ import annotations

import argparse
import json
from typing import Any

OF = ("report", "bundle")


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "report-schema", help="print the JSON Schema of what --prose-json writes, or of what a bundle signs"
    )
    parser.add_argument("--of", choices=OF, default=OF[0], help="which (default: %(default)s)")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Print it. Returns 0."""
    print(schema(asked.of))
    return 0


def schema(of: str) -> str:
    """The JSON Schema of a report or a bundle's own predicate."""
    import msgspec

    from pytest_prose_go.certificate.bundle import RunPredicate
    from pytest_prose_go.report.run_report import RunReport

    kind: Any = RunPredicate if of == "bundle" else RunReport
    return json.dumps(msgspec.json.schema(kind), indent=2, sort_keys=True)
