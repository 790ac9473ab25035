"""A told secret is found whole, on the air and in a log, and its bytes are never told."""

from __future__ import annotations

import base64

import pytest

from tests.judge.eavesdropper.hand_written import INSIDER, OTHER_UE, OWNER, UE, HandWritten

SECRET = bytes.fromhex("6f1c8ad02b9947e3b5c0617fd2a43e98")


@pytest.mark.parametrize(
    "shown",
    [
        SECRET,
        SECRET[::-1],
        SECRET.hex().encode(),
        SECRET.hex().upper().encode(),
        base64.b64encode(SECRET),
        base64.b64encode(b"a" + SECRET + b"b"),
        base64.urlsafe_b64encode(b"ab" + SECRET),
    ],
)
@pytest.mark.parametrize("told_first", [True, False])
def test_a_secret_on_the_air_is_found_and_not_repeated(shown: bytes, told_first: bool) -> None:
    air = HandWritten()
    if told_first:
        air.eavesdropper.knows_secret("credentials of ulf", SECRET)
    air.eavesdropper.conclude()
    air.emit(air.draw(20), OWNER)
    number = air.emit(air.draw(20) + shown + air.draw(30), UE)
    air.eavesdropper.conclude()
    air.eavesdropper.knows_secret("credentials of ulf", SECRET)
    (violation,) = air.eavesdropper.conclude()
    assert (violation.kind, violation.station) == ("secret.air", UE)
    told = repr(violation)
    assert any(f"frame {number}, offset {20 + letters}:" in told for letters in range(4))
    assert "16 bytes" in told
    assert SECRET.hex() not in told
    assert shown[:8].hex() not in told


@pytest.mark.parametrize(
    "text",
    [
        f"my key is {SECRET.hex()}",
        f"my key is {SECRET.hex(':').upper()}",
        f"my key is {SECRET!r}",
        f"my key is {list(SECRET)}",
        f"my key is {base64.b64encode(SECRET).decode()}",
        "-----BEGIN KEY-----\n" + base64.encodebytes(b"k" * 50 + SECRET).decode(),
        repr(b"-----BEGIN KEY-----\n" + base64.encodebytes(b"k" * 50 + SECRET)),
    ],
)
def test_a_secret_in_a_log_is_found(text: str) -> None:
    air = HandWritten()
    air.eavesdropper.knows_secret("credentials of olga", SECRET)
    air.log(UE, "all is well")
    air.log(OWNER, text)
    (violation,) = air.eavesdropper.conclude()
    assert (violation.kind, violation.station) == ("secret.log", OWNER)
    assert text not in repr(violation)


def test_a_secret_on_the_air_is_found_in_text_that_is_broken_into_lines() -> None:
    air = HandWritten()
    air.eavesdropper.knows_secret("credentials of ulf", SECRET)
    number = air.emit(air.draw(20) + base64.encodebytes(b"k" * 50 + SECRET), UE)
    (violation,) = air.eavesdropper.conclude()
    assert (violation.kind, violation.station) == ("secret.air", UE)
    assert f"frame {number}" in repr(violation)


@pytest.mark.parametrize("value", [bytes(32), b"\xff" * 16, bytes(range(32)), b"abcd" * 4, b"short"])
def test_a_value_that_anybody_could_have_is_not_sought(value: bytes) -> None:
    air = HandWritten()
    air.eavesdropper.knows_secret("key", value)
    air.emit(bytes(100) + b"\xff" * 50 + bytes(range(256)) + b"abcd" * 10 + b"short")
    assert air.kinds() == set()


def test_only_what_an_honest_station_told_by_itself_counts() -> None:
    air = HandWritten()
    air.eavesdropper.knows_secret("credentials of ian", SECRET)
    air.emit(SECRET, INSIDER)
    air.log(INSIDER, SECRET.hex())
    air.emit(b"bad frame " + SECRET, OWNER, "receive")
    air.deliver(OTHER_UE, None, "injected", SECRET.hex().encode())
    air.emit(SECRET.hex().encode(), OTHER_UE, "receive")
    assert air.kinds() == set()
