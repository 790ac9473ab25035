"""Whose choice the seed of a certified run was: the certifier's, by a challenge, or the vendor's."""

from __future__ import annotations

import hashlib
import secrets

from pytest_prose_go.air.clock import EPOCH
from pytest_prose_go.air.trace import Made, Trace
from pytest_prose_go.options import Settings
from pytest_prose_go.scenario.draw import Draw
from pytest_prose_go.scenario.scenario import START_SPREAD

BY_VENDOR = "seed chosen by the vendor"
BY_CHALLENGE = "seed chosen by the certifier's challenge"


def challenged(nonce: str, product: str, catalogue: str) -> str:
    """The seed that a certifier's ``nonce`` makes, for one product and one catalogue (digests in hex). It cannot be
    known before the challenge; that there is only one holds where the product's digest was settled before."""
    return hashlib.sha256(f"{nonce}\n{product}\n{catalogue}".encode()).hexdigest()


def fresh() -> str:
    """A seed by lot: 128 bits in hex."""
    return secrets.token_hex(16)


def opens(trace: Trace, seed: str, case: str) -> bool:
    """Whether ``trace`` begins with the lots that ``seed`` draws for ``case``: the start of its virtual clock, and,
    where it came so far as to make a station, the authority that its honest stations trust."""
    draw = Draw(Settings(target="", seed=seed).case_seed(case), trace.statement.limits)
    if trace.statement.clock == "virtual":
        start = EPOCH + draw.random.randrange(int(START_SPREAD))
        if trace.records[0].at != start:
            return False
    authority = draw.authority()
    made = [record for record in trace.records if isinstance(record, Made)]
    return not made or any(authority in record.trusts for record in made)
