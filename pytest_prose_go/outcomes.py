"""How a case that is not PASS ends for pytest, for Allure and for whoever reads a traceback."""

from __future__ import annotations


class RequirementViolated(AssertionError):
    """FAIL: a violation was observed."""


class CaseInconclusive(Exception):
    """INCONCLUSIVE: a control failed, so that nothing can be said."""


class CaseError(Exception):
    """ERROR: the target broke the contract, or the suite failed."""
