"""``prose-go verify``: a bundle judged again, without a network."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from pytest_prose_go.certificate.verify import Verification

    Commands = _SubParsersAction[argparse.ArgumentParser]

LISTS = (
    ("found again from the traces", "recomputed"),
    ("checked", "checked"),
    ("only the vendor's word", "claimed"),
)
_SHOWN = 20


def add_to(commands: Commands) -> None:
    """Add the sub-command to the parser of ``prose-go``."""
    parser = commands.add_parser("verify", help="judge a signed bundle again")
    parser.add_argument("bundle", type=Path, metavar="BUNDLE")
    parser.add_argument("--key", type=Path, required=True, metavar="PEM", help="the vendor's public key")
    parser.add_argument("--challenge", metavar="NONCE", help="the nonce that you gave the vendor")
    parser.add_argument(
        "--product", metavar="DIGEST", help="the product digest that the vendor named before the challenge"
    )
    parser.add_argument(
        "--rerun",
        metavar="TARGET",
        help="also run the suite again, from the bundle's seed, and compare verdicts",
    )
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Verify. Returns 0 for a valid bundle that says CONFORMING, 1 for a valid one that does not, 2 for what could
    not be read, 3 for one that is not valid."""
    from pytest_prose_go.certificate.bundle import CONFORMING, BundleError
    from pytest_prose_go.certificate.envelope import EnvelopeError, load_public
    from pytest_prose_go.certificate.rerun import differing
    from pytest_prose_go.certificate.verify import read_bundle, verify

    try:
        data = read_bundle(asked.bundle)
        verification = verify(data, load_public(asked.key), asked.challenge, asked.product)
    except (BundleError, EnvelopeError) as error:
        print(f"prose-go verify: {error}", file=sys.stderr)
        return 2
    if asked.rerun is not None and verification.valid:
        with tempfile.TemporaryDirectory(prefix="prose-rerun-") as room:
            wrong = differing(data, asked.rerun, Path(room), subprocess.call)
        verification.wrong += wrong
        if not wrong:
            verification.checked.append(f"run again here against {asked.rerun}: the same verdicts")
    print("\n".join(told(verification)))
    if not verification.valid:
        return 3
    return 0 if verification.title == CONFORMING else 1


def told(verification: Verification) -> list[str]:
    """What came of it, with its three lists."""
    word = "VALID" if verification.valid else "NOT VALID"
    lines = [f"{word}: {verification.about or 'nothing could be read of it'}"]
    lines += [f"  wrong: {line}" for line in verification.wrong[:_SHOWN]]
    lines += [f"  not conforming: {line}" for line in verification.reasons[:_SHOWN]]
    if len(verification.wrong) > _SHOWN:
        lines.append(f"  and {len(verification.wrong) - _SHOWN} more")
    for words, name in LISTS:
        entries: list[str] = getattr(verification, name)
        lines += ["", f"{words}:", *(f"  {line}" for line in entries or ["nothing"])]
    return lines
