"""The eavesdropper: what one without any key can prove from the bytes on the air.

Each oracle is a module of :mod:`pytest_prose_go.judge.eavesdropping` and states, in its docstring, what
it looks for, the sum that makes a coincidence impossible, and the shortest leak that it finds.
"""

from __future__ import annotations

from pytest_prose_go.air.trace import Entry, Handlers
from pytest_prose_go.contract import Statement
from pytest_prose_go.judge.eavesdropping.determinism import DeterminismSearch
from pytest_prose_go.judge.eavesdropping.equal_blocks import EqualBlockSearch
from pytest_prose_go.judge.eavesdropping.evidence import Ledger
from pytest_prose_go.judge.eavesdropping.keystream import KeystreamSearch
from pytest_prose_go.judge.eavesdropping.keystream_pieces import PieceSearch
from pytest_prose_go.judge.eavesdropping.plaintext import PlaintextSearch
from pytest_prose_go.judge.eavesdropping.short_leaks import ShortLeakSearch
from pytest_prose_go.judge.eavesdropping.told_secrets import SecretSearch
from pytest_prose_go.judge.finding import Kind, Lead, Violation


class Eavesdropper:
    """Watches a trace and tells what it proves."""

    def __init__(self, statement: Statement) -> None:
        self._ledger = Ledger()
        self._plaintext = PlaintextSearch(self._ledger)
        self._secrets = SecretSearch(self._ledger)
        self._determinism = DeterminismSearch(self._ledger)
        self._keystream = KeystreamSearch(self._ledger)
        self._pieces = PieceSearch(self._ledger)
        self._blocks = EqualBlockSearch(self._ledger)
        self._short = ShortLeakSearch(self._ledger)

    @property
    def leads(self) -> list[Lead]:
        """What :meth:`conclude` found so far that is no violation by itself."""
        return [*self._determinism.leads, *self._blocks.leads]

    @property
    def handlers(self) -> Handlers:
        """What it does with a record, by its type."""
        return self._ledger.handlers

    def observe(self, index: int, record: Entry) -> None:
        """Take the next record of the trace, at its ``index``. The work is done in :meth:`conclude`."""
        self._ledger.observe(index, record)

    def knows_secret(self, label: str, value: bytes) -> None:
        """Tell a secret that must never show on the air or in a diagnostic text, of which ``label`` says in
        a report what it is. Secrets stand in no trace: they are to be told apart from it."""
        self._secrets.knows(label, value)

    def conclude(self) -> list[Violation]:
        """All violations in the trace so far, by place in it: the first of each kind for each station."""
        searches = (
            self._plaintext,
            self._short,
            self._keystream,
            self._pieces,
            self._determinism,
            self._blocks,
            self._secrets,
        )
        found: dict[tuple[Kind, int], Violation] = {}
        for search in searches:
            for violation in search.search():
                found.setdefault((violation.kind, violation.station), violation)
        return sorted(found.values(), key=lambda violation: violation.record)

    @property
    def secrets_sought(self) -> int:
        """How many secrets are sought: those told that are long and irregular enough to prove anything."""
        return self._secrets.count

    @property
    def looked_for(self) -> list[str]:
        """What was looked for and down to which length: for the report of a PASS."""
        least = self._plaintext.least
        counts = ", ".join(f"{count} {route}" for route, count in self._short.counts.items())
        return [
            f"payloads of {len(self._ledger.sendings)} sendings in {len(self._ledger.emissions)} frames: "
            f"from {least} bytes as they are, in hexadecimal, Base64, Base32, decimal or deflate; from "
            f"{least + 1} complemented or XORed with one byte; from 46 bit-shifted, reversed or in swapped "
            "words, 65 as UTF-8, 88 as UTF-16; from 47 XORed with a key of period 2 to 16; in pieces from 9",
            f"a few bytes of every payload at one place of its frame, in up to {counts or 'no'} sendings of one "
            "length, and in those of like lengths: 1 byte in 12 sendings, 2 in 6, 4 in 3",
            "one keystream for two messages: payloads of 13 bytes and more, whole in a frame, and pieces of as many",
            f"equal bytes for equal payloads: {self._determinism.pairs} pairs of sendings; equal blocks: "
            f"{self._blocks.words} words of blocks",
            f"{self.secrets_sought} secrets, whole, on the air and in diagnostics, as they are, reversed, in "
            "hexadecimal, Base64 or decimal",
        ]
