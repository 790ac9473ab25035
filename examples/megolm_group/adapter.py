"""The target: what the suite is told of Megolm over Olm, and how it makes stations."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence

import vodozemac as engine

from examples.megolm_group.engine import KEY_SIZE, MegolmGroupcasts, OlmParty
from examples.star.hop import DatagramHop
from examples.star.pins import Lists, Pins
from examples.star.stations import StarStation
from pytest_prose_go.contract import (
    Credentials,
    Flaw,
    Limits,
    Patience,
    Role,
    Statement,
    Target,
    Unsupported,
)

STATEMENT = Statement(
    product="Megolm over Olm",
    version="1",
    patience=Patience(join=6.0, delivery=3.0, rejoin=25.0),
    limits=Limits(payload_most=1024, frame_most=2048, members=32, groups_per_station=4),
    credential_kind="other",
    reports=("sender", "cast"),
    groupcast_integrity=True,
    # The GO signs, for each origin that it has authenticated.
    groupcast_origin=True,
    forward_secrecy=True,
    capabilities=("restart", "rekey"),
)


class MegolmStation(StarStation):
    """One device with an identity key of its own in each group."""

    hop_class = DatagramHop


class MegolmTarget(Target):
    """A group whose GO and UEs run Megolm over Olm."""

    statement = STATEMENT
    groupcasts_class: type[MegolmGroupcasts] = MegolmGroupcasts

    def __init__(self) -> None:
        self._lists = Lists()

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
        account, key = engine.Account(), secrets.token_bytes(KEY_SIZE)
        public = bytes(account.curve25519_key.to_bytes())
        self._lists.enter(public, identity, group, authority, role, valid_from, valid_until, flaw)
        # The engine gives its private keys out in a sealed form only: the key to that stands for them.
        data = {"name": identity, "key": key.hex(), "account": account.pickle(key)}
        return Credentials(json.dumps(data).encode(), (key,), (public,))

    def station(
        self,
        label: str,
        address: int,
        trusts: Sequence[str],
        seed: bytes,
        offers: Sequence[str] | None = None,
    ) -> MegolmStation:
        if offers is not None:
            raise Unsupported("offers")
        parties = self._parties(self._lists.of(tuple(trusts)))
        return MegolmStation(address, parties, groupcasts=self.groupcasts_class())

    def _parties(self, pins: Pins) -> Callable[[bytes, Role], OlmParty | None]:
        def make(credentials: bytes, role: Role) -> OlmParty | None:
            if not credentials:  # It asks all the same, with a key that nobody knows.
                return OlmParty("", engine.Account(), pins)
            try:
                told = json.loads(credentials)
                account = engine.Account.from_pickle(told["account"], bytes.fromhex(told["key"]))
                return OlmParty(str(told["name"]), account, pins)
            except (ValueError, KeyError, TypeError, engine.PickleException):
                return None

        return make


class _Repeats(MegolmGroupcasts):
    remembers = False


class ThatRepeats(MegolmTarget):
    """The same, without the adapter's memory of what was read."""

    groupcasts_class = _Repeats


class _KeepsItsSession(MegolmGroupcasts):
    renews = False


class ThatKeepsItsSession(MegolmTarget):
    """The same, with one session for the life of the group."""

    groupcasts_class = _KeepsItsSession


def target() -> MegolmTarget:
    """Megolm over Olm, with a memory of what was read and a new session when somebody goes."""
    return MegolmTarget()


def target_that_repeats() -> ThatRepeats:
    """Megolm as it is, which opens a message as often as it comes: a fault by nature."""
    return ThatRepeats()


def target_that_keeps_its_session() -> ThatKeepsItsSession:
    """Megolm whose session nobody replaces: a fault by nature."""
    return ThatKeepsItsSession()
