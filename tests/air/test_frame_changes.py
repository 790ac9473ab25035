"""What the attacker does to bytes."""

from __future__ import annotations

import binascii
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_prose_go.air.frame_changes import (
    CHECKSUMS,
    Change,
    Checksum,
    cut,
    extend,
    fill,
    flip,
    in_turn,
    insert,
    rewrite,
    truncate,
    xor,
    xor_and_mend,
)


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (flip(0), "0000", "8000"),
        (flip(15), "0000", "0001"),
        (flip(-1), "0000", "0001"),
        (flip(-16), "0000", "8000"),
        (flip(16), "0000", "0000"),
        (flip(-17), "0000", "0000"),
        (flip(0), "", ""),
        (xor(b"\x0f\xf0"), "ffffff", "f00fff"),
        (xor(b"\x0f\xf0", 1), "ffffff", "fff00f"),
        (xor(b"\x0f\xf0", -1), "ffffff", "fffff0"),
        (xor(b"\x0f", 3), "ffffff", "ffffff"),
        (xor(b"\x0f", -4), "ffffff", "ffffff"),
        (fill(1, 2), "ffffffff", "ff0000ff"),
        (fill(-2, byte=0x55), "ffffffff", "ffff5555"),
        (fill(2, 10), "ffffffff", "ffff0000"),
        (fill(4, 1), "ffffffff", "ffffffff"),
        (cut(1, 3), "01020304", "0104"),
        (cut(1), "01020304", "01"),
        (cut(-1), "01020304", "010203"),
        (cut(3, 1), "01020304", "01020304"),
        (cut(4, 9), "01020304", "01020304"),
        (truncate(1), "0102", "01"),
        (truncate(-1), "010203", "0102"),
        (truncate(5), "0102", "0102"),
        (extend(b"\x03"), "0102", "010203"),
        (insert(1, b"\x09"), "0102", "010902"),
        (insert(-1, b"\x09"), "0102", "010902"),
        (insert(2, b"\x09"), "0102", "0102"),
        (in_turn(flip(0), truncate(1)), "0102", "81"),
        (in_turn(), "0102", "0102"),
    ],
    ids=lambda value: value.text if isinstance(value, Change) else value,
)
def test_a_change(change: Change, before: str, after: str) -> None:
    assert change(bytes.fromhex(before)).hex() == after


def test_a_fill_is_with_a_byte() -> None:
    with pytest.raises(ValueError, match="0 to 255"):
        fill(0, 1, 256)


# --- checksums ------------------------------------------------------------------------------------


def _checksum(name: str) -> Checksum:
    return next(checksum for checksum in CHECKSUMS if checksum.name == name)


def _crc_16_modbus(message: bytes) -> int:
    register = 0xFFFF
    for byte in message:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ 0xA001 if register & 1 else register >> 1
    return register


@settings(max_examples=50)
@given(
    message=st.binary(min_size=4, max_size=80),
    mask=st.binary(min_size=1, max_size=4),
    data=st.data(),
)
@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("CRC-32, little endian", zlib.crc32),
        ("CRC-16/CCITT, big endian", lambda message: binascii.crc_hqx(message, 0xFFFF)),
        ("CRC-16/ANSI reflected, little endian", _crc_16_modbus),
    ],
)
def test_a_mended_check_holds_for_the_changed_message(
    name: str, check: Callable[[bytes], int], message: bytes, mask: bytes, data: st.DataObject
) -> None:
    checksum = _checksum(name)
    at = data.draw(st.integers(0, len(message) - len(mask)))

    def checked(body: bytes) -> bytes:
        return body + check(body).to_bytes(checksum.size, checksum.order)

    changed = xor_and_mend(mask, at, checksum)(checked(message))
    assert changed == checked(xor(mask, at)(message))


@pytest.mark.parametrize(
    ("name", "message", "check"),
    [
        # Check values of "123456789" where the initial value and the final mask are zero.
        ("CRC-16/CCITT, big endian", b"123456789", "31c3"),
        ("CRC-16/CCITT reflected, big endian", b"123456789", "2189"),
        ("CRC-16/ANSI, big endian", b"123456789", "fee8"),
        ("CRC-16/ANSI reflected, big endian", b"123456789", "bb3d"),
        ("CRC-24A of TS 36.212, big endian", b"123456789", "cde703"),
    ],
)
def test_a_check_has_its_known_value(name: str, message: bytes, check: str) -> None:
    assert _checksum(name).difference(message).hex() == check


def test_a_mask_that_reaches_into_the_check_changes_nothing() -> None:
    checksum = _checksum("CRC-32, big endian")
    assert xor_and_mend(b"\x01", -4, checksum)(bytes(8)) == bytes(8)
    assert xor_and_mend(b"\x01", -5, checksum)(bytes(8)) != bytes(8)
    assert xor_and_mend(b"\x01", 0, checksum)(bytes(3)) == bytes(3)


# --- names ------------------------------------------------------------------------------------------


def test_every_occurrence_is_rewritten() -> None:
    assert rewrite(b"ab", b"xyz")(b"ab-ab") == b"xyz-xyz"
    assert rewrite(b"ab", b"")(b"ab-ab") == b"-"
    assert rewrite(b"ab", b"xyz", only=0)(b"ab-ab-ab") == b"xyz-ab-ab"
    assert rewrite(b"ab", b"xyz", only=-1)(b"ab-ab-ab") == b"ab-ab-xyz"
    assert rewrite(b"ab", b"xyz", only=3)(b"ab-ab-ab") == b"ab-ab-ab"
    with pytest.raises(ValueError, match="nothing"):
        rewrite(b"", b"x")


@pytest.mark.parametrize(
    ("new", "before", "after"),
    [
        # One byte tells the length of the name.
        (b"alice2", b"\x7f\x05alice\x99", b"\x7f\x06alice2\x99"),
        (b"al", b"\x7f\x05alice\x99", b"\x7f\x02al\x99"),
        # Two bytes do.
        (b"alice2", b"\x7f\x00\x05alice\x99", b"\x7f\x00\x06alice2\x99"),
        # The field before a tag tells where the name ends.
        (b"alice2", b"\x07\x0c\x05alice\x99", b"\x08\x0c\x06alice2\x99"),
        # The frame's own length, in two bytes far before the name.
        (b"alice2", b"\x00\x3c" + bytes(54) + b"\x05alice", b"\x00\x3d" + bytes(54) + b"\x06alice2"),
        # A number that is not a length of it is left.
        (b"alice2", b"\x04alice\x99\x99", b"\x04alice2\x99\x99"),
        # Two names, each with its length, in a frame with its own.
        (b"alice2", b"\x00\x0c\x05alice\x05alice", b"\x00\x0e\x06alice2\x06alice2"),
        # No byte serves two fields, though 0x0101 would be right too.
        (b"alice2", b"\x01\x01\x00" + bytes(251) + b"alice", b"\x01\x01\x01" + bytes(251) + b"alice2"),
        # The same length: nothing to mend.
        (b"clara", b"\x05alice", b"\x05clara"),
    ],
)
def test_lengths_are_mended(new: bytes, before: bytes, after: bytes) -> None:
    assert rewrite(b"alice", new, mend_lengths=True)(before) == after


def test_a_length_that_no_longer_fits_its_field_is_left() -> None:
    before = b"\x63\x05alice"
    assert rewrite(b"alice", bytes(300), mend_lengths=True)(before) == b"\x63\x05" + bytes(300)


@given(frame=st.binary(max_size=60), name=st.binary(min_size=1, max_size=4), other=st.binary(max_size=8))
def test_mending_changes_no_other_byte_than_lengths(frame: bytes, name: bytes, other: bytes) -> None:
    plain = rewrite(name, other)(frame)
    mended = rewrite(name, other, mend_lengths=True)(frame)
    assert len(mended) == len(plain)
    assert (name in frame) or mended == frame
