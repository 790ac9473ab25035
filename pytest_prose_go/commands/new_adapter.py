"""``prose-go new-adapter NAME``: a skeleton of an adapter that runs at once and says what to write next."""

from __future__ import annotations

import argparse
import re
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

SKELETONS = {"python": ("adapter.py.txt", ".py"), "c": ("shim.c.txt", ".c"), "node": ("shim.js.txt", ".js")}
"""By language: the skeleton, and how the new file's name ends."""
_TARGETS = {"python": "{file}:{kind}Target", "c": "exec:./{name}", "node": "'exec:node {file}'"}
_BUILD = {"c": "cc -o {name} {file}"}


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "new-adapter", help="write a commented skeleton of an adapter that runs at once"
    )
    parser.add_argument("name", metavar="NAME", help="what it is called: letters, digits and _")
    parser.add_argument(
        "--language", choices=sorted(SKELETONS), default="python", help="(default: %(default)s)"
    )
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Write the skeleton into the working folder and say how to go on. Returns 0, or 2 for a name that will not do
    or a file that is there already."""
    name, language = asked.name, asked.language
    skeleton, suffix = SKELETONS[language]
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        print(
            f"{name!r} will not do: a name has letters, digits and _, and begins with a letter",
            file=sys.stderr,
        )
        return 2
    kind = "".join(part.capitalize() for part in name.split("_"))
    text = files("pytest_prose_go").joinpath("skeletons", skeleton).read_text(encoding="utf-8")
    path = Path(f"{name}{suffix}")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(re.sub(r"\bName(?=Target|Station)", kind, text.replace("NAME", name)))
    except FileExistsError:
        print(f"{path} is there already", file=sys.stderr)
        return 2
    target = _TARGETS[language].format(file=path, kind=kind, name=name)
    print(f"{path} is written. It runs at once:")
    if language in _BUILD:
        print("  " + _BUILD[language].format(file=path, name=name))
    print(f"  prose-go check-adapter {target}    what to write next")
    print(f"  pytest --prose-target={target}    the whole suite, with a table at its end")
    return 0
