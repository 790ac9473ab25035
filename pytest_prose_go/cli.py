"""``prose-go``: what there is to do beside a run of pytest."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from pytest_prose_go.commands import (
    allure,
    catalogue,
    certify,
    check_adapter,
    ics,
    new_adapter,
    qualify,
    report_schema,
    search,
    shim_schema,
    verify,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sub-command that ``arguments`` (default: the command line) name. Returns its exit code: 0, 1 if
    what was to be shown is not, or 2 for what was asked wrongly."""
    parser = argparse.ArgumentParser(prog="prose-go", description="ProSe Group Owner mode: conformance")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (
        new_adapter,
        check_adapter,
        catalogue,
        ics,
        certify,
        verify,
        allure,
        qualify,
        search,
        report_schema,
        shim_schema,
    ):
        command.add_to(commands)
    asked = parser.parse_args(arguments)
    try:
        code: int = asked.run(asked)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has seen enough; Python would complain once more when it closes the output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


if __name__ == "__main__":
    sys.exit(main())
