"""``prose-go certify``: a run of the suite, started for it, signed with its traces."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_prose_go.certificate import attempts, ics
from pytest_prose_go.certificate.bundle import CONFORMING, RunPredicate

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from pytest_prose_go.certificate.certify import Key

    Commands = _SubParsersAction[argparse.ArgumentParser]

PASSWORD = "PROSE_KEY_PASSWORD"


def add_to(commands: Commands) -> None:
    """Add the sub-command to the parser of ``prose-go``."""
    parser = commands.add_parser("certify", help="run the suite against a target and sign what it showed")
    parser.add_argument("target", metavar="TARGET", help="as in --prose-target")
    parser.add_argument(
        "--key",
        type=Path,
        metavar="PEM",
        help=f"the private key that signs, Ed25519 or ECDSA P-256 (its password in {PASSWORD}, or asked for)",
    )
    parser.add_argument(
        "--commit",
        action="store_true",
        help="only print the product digest, to name to the certifier before the challenge",
    )
    parser.add_argument("--challenge", metavar="NONCE", help="the certifier's nonce: it makes the seed")
    parser.add_argument(
        "--seed", metavar="SEED", help="the seed, where there is no challenge (default: by lot)"
    )
    parser.add_argument("--out", type=Path, default=Path("prose-bundle.zip"), metavar="FILE")
    parser.add_argument(
        "--ics",
        type=Path,
        default=Path(ics.FILE),
        metavar="FILE",
        help="the vendor's statement, see prose-go ics",
    )
    parser.add_argument("--reading", choices=("analysis", "proposal"), default="analysis")
    parser.add_argument("--scope", choices=("air", "lab"), default="air")
    parser.add_argument("--depth", choices=("quick", "standard", "exhaustive"), default="standard")
    parser.add_argument("--suite", metavar="NAME", help="the installed suite, where there are several")
    parser.add_argument("-n", dest="workers", metavar="COUNT", help="worker processes, as for pytest-xdist")
    parser.add_argument(
        "--attempts",
        type=Path,
        default=Path(attempts.FILE),
        metavar="FILE",
        help="where the attempts are recorded (default: %(default)s)",
    )
    parser.add_argument("--known-failures", type=Path, metavar="FILE")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Run and sign. Returns 0 for a certificate, 1 for a report that does not conform, 2 where nothing was signed."""
    from pytest_prose_go.catalogue import CatalogueError
    from pytest_prose_go.certificate.certify import CertifyError, Order, certify, commitment
    from pytest_prose_go.certificate.envelope import EnvelopeError
    from pytest_prose_go.certificate.journal import JournalError
    from pytest_prose_go.known_failures import KnownFailuresError

    try:
        if asked.commit:
            print(commitment(asked.target, asked.ics))
            return 0
        if asked.key is None:
            raise CertifyError("name the private key that signs with --key")
        order = Order(
            target=asked.target,
            key=_key(asked.key),
            out=asked.out,
            ics=asked.ics,
            challenge=asked.challenge,
            seed=asked.seed,
            reading=asked.reading,
            scope=asked.scope,
            depth=asked.depth,
            suite=asked.suite,
            options=() if asked.workers is None else (f"-n{asked.workers}",),
            attempts=asked.attempts,
            known_failures=asked.known_failures,
        )
        signed = certify(order)
    except (
        CatalogueError,
        CertifyError,
        EnvelopeError,
        JournalError,
        KnownFailuresError,
        OSError,
        ics.IcsError,
        pytest.UsageError,
    ) as error:
        print(f"prose-go certify: {error}", file=sys.stderr)
        return 2
    print("\n".join(told(signed, asked.out)))
    return 0 if signed.title == CONFORMING else 1


def told(signed: RunPredicate, out: Path) -> list[str]:
    """What was signed, in a few lines."""
    from pytest_prose_go.certificate.certify import reasons

    lines = [f"{signed.title}: {signed.product} {signed.version}; {signed.seed_origin}"]
    lines.append(f"overall {signed.overall} (reading {signed.reading}, scope {signed.scope})")
    if signed.title != CONFORMING:
        lines += [f"  {reason}" for reason in reasons(signed)]
        lines.append("a report was signed, not a certificate; a FAIL may be somebody's vulnerability")
    lines.append(f"{out}: {len(signed.cases)} cases; whoever has your public key can judge it again:")
    lines.append(f"  prose-go verify {out} --key PUBLIC.pem")
    return lines


def _key(path: Path) -> Key:
    from pytest_prose_go.certificate.envelope import EnvelopeError, load_private

    given = os.environ.get(PASSWORD)
    try:
        return load_private(path, given.encode() if given else None)
    except EnvelopeError as error:
        if "encrypted" not in str(error) or given or not sys.stdin.isatty():
            raise
    return load_private(path, getpass.getpass(f"password of {path}: ").encode())
