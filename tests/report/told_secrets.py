"""The reference as a target that writes down every secret it ever had, and a search for them in what a run leaves."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path

TOLD = "PROSE_TOLD_SECRETS"
"""The variable of the environment that names the file of secrets, one a line in hex."""

FAULT = "no-rekey-after-removal"

TELLING_TARGET = f'''
"""The reference with a fault, writing down each secret: of credentials, and what a station holds at its end."""

import os

from reference_impl.adapter import ReferenceTarget
from reference_impl.faults import find_fault


class Telling(ReferenceTarget):
    def credentials(self, *asked, **flaw):
        made = super().credentials(*asked, **flaw)
        _tell(made.secret_parts)
        return made

    def secrets(self, station):
        held = super().secrets(station)
        _tell(one.value for one in held)
        return held

    def close(self):
        for station, _ in self._stations:
            self.secrets(station)
        super().close()


def _tell(values):
    with open(os.environ["{TOLD}"], "a") as file:
        file.write("".join(value.hex() + "\\n" for value in values))


def target():
    fault = find_fault("{FAULT}")
    return Telling(fault.parts(), fault.device_class, claims=fault.claims)


def good():
    return Telling()
'''

HEAD = 12
"""Characters of a form that are looked for: 48 bits of a secret at the least, in hexadecimal."""


def secrets_in(told: Path) -> set[bytes]:
    """The secrets that were written down."""
    return {bytes.fromhex(line) for line in told.read_text().split()}


class Search:
    """Looks for the heads of secrets, in each form that a program writes bytes in."""

    def __init__(self, secrets: Iterable[bytes]) -> None:
        self._heads = {form[:HEAD]: secret for secret in secrets for form in forms(secret)}

    def found(self, data: bytes) -> Iterator[str]:
        """A line for each place where a secret begins."""
        heads = self._heads
        for at in range(len(data)):
            secret = heads.get(data[at : at + HEAD])
            if secret is not None:
                yield f"byte {at}: a secret of {len(secret)} bytes"


def forms(secret: bytes) -> Iterator[bytes]:
    """A secret as it is, backwards, in hexadecimal, in base64 at each phase, and as Python shows bytes."""
    yield secret
    yield secret[::-1]
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    yield secret.hex(":").encode()
    yield secret.hex(" ").encode()
    yield repr(secret)[2:-1].encode()
    for phase in range(3):
        # The first characters of a later phase also hold bits of what stands before the secret.
        skipped = -(-8 * phase // 6)
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(phase) + secret)[skipped:]
