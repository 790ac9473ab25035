"""What is left of a result where payloads are to be left out (``--prose-redact``)."""

from __future__ import annotations

from msgspec.structs import replace

from pytest_prose_go.judge.verdict import CaseResult

REDACTED = "left out (--prose-redact)"


def redacted(result: CaseResult) -> CaseResult:
    """The result without any byte of a payload: proofs quote them."""
    violations = tuple(replace(one, proof=REDACTED if one.proof else "") for one in result.violations)
    return replace(result, violations=violations)
