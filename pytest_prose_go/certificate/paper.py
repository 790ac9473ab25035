"""A target on paper: it has a statement and nothing else, for whoever only wants to know which cases there are."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_prose_go.contract import Credentials, Flaw, Role, Statement, Station, Target, Unsupported


class PaperTarget(Target):
    """Makes nothing."""

    statement = Statement(product="paper", version="0")

    def credentials(
        self,
        identity: str,
        group: str,
        authority: str,
        role: Role,
        valid_from: float,
        valid_until: float,
        flaw: Flaw | None = None,
    ) -> Credentials:
        """Raises :class:`Unsupported`."""
        raise Unsupported("credentials")

    def station(
        self,
        label: str,
        address: int,
        trusts: Sequence[str],
        seed: bytes,
        offers: Sequence[str] | None = None,
    ) -> Station:
        """Raises :class:`Unsupported`."""
        raise Unsupported("station")

    def close(self) -> None:
        """Nothing to give back."""
