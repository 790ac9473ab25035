"""A statement that does not hold together is refused with field, value and rule."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_prose_go.contract import Algorithm, Limits, Patience, Statement
from pytest_prose_go.targets.guard import GuardedTarget, TargetError
from pytest_prose_go.targets.statement import validated
from tests.targets.tiny_target import TinyTarget

AES = Algorithm(name="aes", confidentiality=128, integrity=128)

WRONG: dict[str, dict[str, Any]] = {
    "product = ''": {"product": ""},
    "version = 5": {"version": 5},
    "contract = 99": {"contract": 99},
    "artefacts['fw'] = 'abc'": {"artefacts": {"fw": "abc"}},
    "user_equipment = 'companion'": {"group_owner": "companion", "user_equipment": "companion"},
    "group_owner = 'both'": {"group_owner": "both"},
    "clock = 'fast'": {"clock": "fast"},
    "call_deadline = 0": {"call_deadline": 0},
    "call_deadline = inf": {"call_deadline": float("inf")},
    "setup_deadline = nan": {"setup_deadline": float("nan")},
    "patience.join = -1": {"patience": Patience(join=-1)},
    "patience.delivery = 'long'": {"patience": Patience(delivery="long")},  # type: ignore[arg-type]
    "rekey_grace = 61": {"rekey_grace": 61},
    "rekey_grace = nan": {"rekey_grace": float("nan")},
    "rekey_grace = -0.1": {"rekey_grace": -0.1},
    "limits.payload_least = -1": {"limits": Limits(payload_least=-1)},
    "limits.payload_most = 10": {"limits": Limits(payload_least=20, payload_most=10)},
    "limits.frame_most = 0": {"limits": Limits(frame_most=0)},
    "limits.members = 0": {"limits": Limits(members=0)},
    "limits.members = 2.5": {"limits": Limits(members=2.5)},  # type: ignore[arg-type]
    "limits.identities = ('a', 'b')": {"limits": Limits(identities=["a", "b"])},
    "limits.identities = ('a', 'a')": {"limits": Limits(members=1, identities=["a", "a"])},
    "limits.identities = ''": {"limits": Limits(members=1, identities=["a", ""])},
    "limits.identities = 'long'": {"limits": Limits(members=1, identity_most=3, identities=["a", "long"])},
    "limits.addresses = 16777216": {"limits": Limits(members=1, addresses=[1, 1 << 24])},
    "limits.addresses = (1,)": {"limits": Limits(members=1, addresses=[1])},
    "limits.groups = ('g',)": {"limits": Limits(groups=["g"])},
    "algorithms = ['aes', 'aes']": {"algorithms": [AES, AES]},
    "algorithms = ()": {"capabilities": ["offers"]},
    "algorithms (x).integrity = -1": {"algorithms": [Algorithm(name="x", confidentiality=1, integrity=-1)]},
    "unknown capability 'clones'": {"capabilities": ["clones"]},
    "reports[0]": {"reports": ["senders"]},
    "clock is one of virtual, real": {"clock": "fast"},
}


@pytest.mark.parametrize("words", WRONG)
def test_a_wrong_field_is_named_with_its_value(words: str) -> None:
    class Wrong(TinyTarget):
        statement = Statement(**{"product": "p", "version": "1", **WRONG[words]})

    with pytest.raises(TargetError) as caught:
        GuardedTarget(Wrong(), "vendor")
    assert words in str(caught.value)
    assert caught.value.call == "the statement"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "is missing"),
        (7, "cannot be read"),
        ({"product": "p", "versions": "1"}, "did you mean version?"),
        ({"product": "p"}, "version"),
        ({"product": "p", "version": "1", "patience": {"joining": 3}}, "patience.joining"),
        ({"product": "p", "version": "1", "limits": {"payload": 3}}, "did you mean payload_"),
        ({"product": "p", "version": "1", "algorithms": [{"title": "a"}]}, "algorithms[0].title"),
        (Statement(product="p", version="1", capabilities=["clones"]), "did you mean clone?"),  # type: ignore[list-item]
    ],
)
def test_what_is_no_statement_is_told(given: Any, words: str) -> None:
    class Wrong(TinyTarget):
        statement = given

    with pytest.raises(TargetError) as caught:
        GuardedTarget(Wrong(), "vendor")
    assert words in str(caught.value)


def test_a_statement_that_raises_is_told() -> None:
    class Wrong(TinyTarget):
        @property
        def statement(self) -> Statement:  # type: ignore[override]
            raise OSError("no licence")

    with pytest.raises(TargetError, match="the statement raised OSError: no licence"):
        GuardedTarget(Wrong(), "vendor")


def test_bounds_belong_to_what_is_allowed() -> None:
    limits = Limits(
        payload_least=0,
        payload_most=1,
        members=1,
        identities=["a", "b"],
        addresses=[0, (1 << 24) - 1],
        groups=["g", "h"],
    )
    given = Statement(
        product="p",
        version="1",
        rekey_grace=60,
        artefacts={"fw": "ab" * 32},
        limits=limits,
        algorithms=[AES],
        capabilities=["offers", "parameters"],
    )
    assert validated(given).limits.addresses == (0, (1 << 24) - 1)
