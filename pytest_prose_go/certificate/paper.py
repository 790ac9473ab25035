"""A target on paper: it has a statement and nothing else, for whoever only wants to know which cases there are."""

from __future__ import annotations

from pytest_prose_go.contract import Statement, Target


class PaperTarget(Target):
    """Makes nothing."""

    statement = Statement(product="paper", version="0")
