"""A few bytes of every payload at one place of its frame are found, by the number of messages it takes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.judge.eavesdropper.hand_written import OTHER_UE, OWNER, UE, HandWritten


def leaking(air: HandWritten, size: int, leak: slice, place: int, from_tail: bool) -> tuple[bytes, bytes]:
    """A payload of ``size`` and a frame that shows ``leak`` of it at ``place`` and is random elsewhere."""
    data = air.draw(size)
    before, after = air.draw(place), air.draw(air.random.randrange(20, 60))
    return data, (after + data[leak] + before) if from_tail else (before + data[leak] + after)


@settings(max_examples=30)
@given(
    seed=st.integers(0, 2**32),
    size=st.integers(1, 64),
    width=st.integers(1, 12),
    at=st.integers(0, 63),
    place=st.integers(0, 200),
    from_tail=st.booleans(),
)
def test_a_leak_at_one_place_is_found(
    seed: int, size: int, width: int, at: int, place: int, from_tail: bool
) -> None:
    air = HandWritten(seed)
    width = min(width, size)
    start = min(at, size - width)
    sendings = max(3, -(-12 // width))
    sent: set[bytes] = set()
    while len(sent) < sendings:
        data, frame = leaking(air, size, slice(start, start + width), place, from_tail)
        # Payloads of one byte come twice; then the sending tells nothing new, as for the suite.
        if data not in sent:
            air.hop(data, frame, UE, OWNER)
            sent.add(data)
    assert air.kinds() <= {"short-leak.uplink", "plaintext.uplink"}
    # Bytes that repeat by chance in a column hold a little less: one sending more makes up for it.
    while "short-leak.uplink" not in air.kinds() and len(sent) < sendings + 3:
        data, frame = leaking(air, size, slice(start, start + width), place, from_tail)
        if data not in sent:
            air.hop(data, frame, UE, OWNER)
            sent.add(data)
    assert "short-leak.uplink" in air.kinds()


@pytest.mark.parametrize("leak", [slice(0, 1), slice(3, 4), slice(-1, None), slice(-4, -3)])
def test_the_edges_leak_whatever_the_length(leak: slice) -> None:
    air = HandWritten()
    for size in range(8, 24):
        air.groupcast(*leaking(air, size, leak, 5, from_tail=False))
    (violation,) = air.eavesdropper.conclude()
    assert (violation.kind, violation.station) == ("short-leak.groupcast", OWNER)
    assert "at offset 5 of every frame" in violation.seen


def test_what_leaks_in_short_messages_only() -> None:
    air = HandWritten()
    for size in (5, 200, 6, 64, 7, 13):
        data = air.draw(size)
        leak = data if size < 8 else air.draw(size)
        air.hop(data, b"\x01\x02" + leak + air.draw(16), UE, OWNER)
    assert air.kinds() == {"short-leak.uplink"}


def test_each_route_has_its_own_kind() -> None:
    air = HandWritten()
    for _ in range(14):
        air.hop(*leaking(air, 6, slice(2, 3), 9, from_tail=False), OWNER, OTHER_UE)
        air.hop(air.draw(6), air.draw(40), UE, OWNER)
    assert air.kinds() == {"short-leak.downlink"}


def test_too_few_messages_prove_nothing() -> None:
    air = HandWritten()
    for _ in range(11):
        air.hop(*leaking(air, 6, slice(2, 3), 9, from_tail=False), UE, OWNER)
    assert air.kinds() == set()


@pytest.mark.parametrize(
    "payloads",
    [
        [bytes([count]) for count in range(40)],
        [b"x"] * 40,
        [b"message %d" % count for count in range(40)],
        [bytes(16)] * 20 + [b"\x01" * 16] * 20,
    ],
)
def test_payloads_that_are_not_random_prove_nothing(payloads: list[bytes]) -> None:
    air = HandWritten()
    for count, data in enumerate(payloads):
        header = bytes([count, len(data)]) + b"message x" + bytes(16) + b"\x01" * 16
        air.hop(data, header + air.draw(len(data) + 16), UE, OWNER)
    assert air.kinds() == set()


@pytest.mark.parametrize("before", [True, False])
def test_a_leak_in_a_frame_beside_the_one_that_carries_is_found(before: bool) -> None:
    air = HandWritten()
    for _ in range(3):
        data, side, carrying = air.draw(40), air.draw(20), air.draw(80)
        air.send(data, UE, "olga")
        if before:
            air.emit(side + data[-6:], UE)
        number = air.emit(carrying, UE)
        if not before:
            air.emit(side + data[-6:], UE)
        assert not air.kinds()
        air.report(OWNER, data, air.deliver(OWNER, number))
    assert air.kinds() == {"short-leak.uplink"}
