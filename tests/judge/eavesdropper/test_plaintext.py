"""A planted payload is found in every encoding, down to the stated least length, and nothing else is."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.judge.eavesdropper.hand_written import INSIDER, NAMES, OTHER_UE, OWNER, UE, HandWritten

Encoder = Callable[[bytes], bytes]


def shifted(bits: int) -> Encoder:
    return lambda data: (int.from_bytes(data) << bits).to_bytes(len(data) + 1)


def bits_reversed(data: bytes) -> bytes:
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)


def xored(key: bytes) -> Encoder:
    return lambda data: bytes(byte ^ key[at % len(key)] for at, byte in enumerate(data))


def swapped(size: int) -> Encoder:
    return lambda data: b"".join(data[at : at + size][::-1] for at in range(0, len(data), size))


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, strategy=zlib.Z_FIXED)
    return packer.compress(data) + packer.flush()


ENCODINGS: list[tuple[str, Encoder, int]] = [
    ("raw", bytes, 13),
    ("hex", lambda data: data.hex().encode(), 13),
    ("hex, upper case", lambda data: data.hex().upper().encode(), 13),
    ("hex with separators", lambda data: data.hex(":").encode(), 13),
    ("hex, escaped", lambda data: "".join(f"\\x{byte:02x}" for byte in data).encode(), 13),
    ("Base64", base64.b64encode, 13),
    ("Base64, URL-safe", base64.urlsafe_b64encode, 13),
    ("Base64 at the second phase", lambda data: base64.b64encode(b"a" + data), 13),
    ("Base64 at the third phase", lambda data: base64.b64encode(b"ab" + data), 13),
    ("Base64 in lines", lambda data: base64.encodebytes(data), 13),
    ("Base32", base64.b32encode, 13),
    ("Base32, lower case", lambda data: base64.b32encode(data).lower(), 13),
    ("decimal numbers", lambda data: json.dumps(list(data)).encode(), 13),
    ("Base64 in UTF-16", lambda data: base64.b64encode(data).decode().encode("utf-16-le"), 13),
    ("zlib", zlib.compress, 13),
    ("zlib, with a head", lambda data: zlib.compress(b'{"a": "a", "data": "a"}' + data), 13),
    ("bare deflate", bare_deflate, 13),
    ("complemented", xored(b"\xff"), 14),
    ("XORed with one byte", xored(b"\x5c"), 14),
    ("bits reversed", bits_reversed, 46),
    ("bytes reversed", lambda data: data[::-1], 46),
    ("bits and bytes reversed", lambda data: bits_reversed(data)[::-1], 46),
    ("UTF-16, little endian", lambda data: data.decode("latin-1").encode("utf-16-le"), 45),
    ("UTF-16, big endian", lambda data: data.decode("latin-1").encode("utf-16-be"), 45),
    ("UTF-8", lambda data: data.decode("latin-1").encode(), 46),
    *((f"shifted by {bits}", shifted(bits), 46) for bits in range(1, 8)),
    *((f"swapped in words of {size}", swapped(size), 56) for size in (2, 4, 8)),
    *((f"key of {size}", xored(bytes(range(1, 200, 11))[:size]), 47) for size in range(2, 17)),
]


@pytest.mark.parametrize(
    ("encode", "least"), [entry[1:] for entry in ENCODINGS], ids=[e[0] for e in ENCODINGS]
)
@settings(max_examples=12)
@given(data=st.data())
def test_a_planted_payload_is_found(encode: Encoder, least: int, data: st.DataObject) -> None:
    air = HandWritten(data.draw(st.integers(0, 2**32)))
    payload = air.draw(data.draw(st.integers(least, 200)))
    planted = encode(payload)
    if encode is bare_deflate:
        head, tail = air.draw(data.draw(st.integers(0, 7))), b""
    else:
        # A neighbour that itself looks like a digit would shift what follows.
        head = air.draw(data.draw(st.integers(0, 60))) + b"\x80"
        tail = b"\x80" + air.draw(data.draw(st.integers(0, 60)))
    air.send(payload)
    air.emit(air.draw(100))
    air.emit(head + planted + tail)
    assert air.kinds() == {"plaintext.uplink"}


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32),
    size=st.integers(13, 1024),
    room=st.integers(0, 1000),
    place=st.floats(0, 1),
)
def test_a_stretch_of_13_bytes_anywhere_is_enough(seed: int, size: int, room: int, place: float) -> None:
    air = HandWritten(seed)
    payload = air.draw(size)
    start = int(place * (size - 13))
    air.send(payload)
    air.emit(air.draw(room) + payload[start : start + 13] + air.draw(1000 - room))
    assert air.kinds() == {"plaintext.uplink"}


def test_a_stretch_of_12_bytes_is_no_proof() -> None:
    air = HandWritten()
    payload = air.draw(64)
    air.send(payload)
    air.emit(b"\x00" + payload[20:32] + b"\x00")
    assert air.kinds() == set()


@pytest.mark.parametrize(
    "encode",
    [
        lambda data: data.hex().encode(),
        base64.b64encode,
        base64.b32encode,
        lambda data: json.dumps({"kind": "data", "body": data.hex()}).encode(),
    ],
    ids=["hex", "base64", "base32", "json"],
)
def test_a_frame_that_is_text_from_end_to_end_is_read(encode: Encoder) -> None:
    air = HandWritten()
    payload = air.draw(40)
    air.send(payload)
    air.emit(encode(payload))
    assert air.kinds() == {"plaintext.uplink"}


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), size=st.integers(9, 12), head=st.integers(0, 30))
def test_pieces_in_many_frames_are_summed(seed: int, size: int, head: int) -> None:
    air = HandWritten(seed)
    payload = air.draw(48)
    air.send(payload)
    for start in range(0, len(payload), size):
        air.emit(air.draw(head) + payload[start : start + size])
    assert air.kinds() == {"plaintext.uplink"}


def test_the_hop_is_told_by_who_emitted_it() -> None:
    for emitter, to, kind in [
        (UE, NAMES[OTHER_UE], "plaintext.uplink"),
        (UE, None, "plaintext.uplink"),
        (OWNER, NAMES[OTHER_UE], "plaintext.downlink"),
        (OWNER, None, "plaintext.groupcast"),
        (OTHER_UE, NAMES[OTHER_UE], "plaintext.uplink"),
    ]:
        air = HandWritten()
        payload = air.draw(40)
        air.send(payload, UE, to)
        air.emit(payload, emitter, "receive")
        (violation,) = air.eavesdropper.conclude()
        assert (violation.kind, violation.station) == (kind, emitter)


def test_a_violation_carries_its_proof() -> None:
    air = HandWritten()
    payload = air.draw(40)
    air.send(payload)
    number = air.emit(b"\x01\x02\x03" + payload.hex().encode())
    (violation,) = air.eavesdropper.conclude()
    assert violation.record == len(air.trace) - 1
    assert f"frame {number} from offset 3" in violation.proof
    assert payload.hex().encode()[:16].hex() in violation.proof
    assert "hexadecimal" in violation.proof


def test_concluding_often_finds_the_same_as_concluding_once() -> None:
    often, once = HandWritten(3), HandWritten(3)
    for air in (often, once):
        for _ in range(5):
            payload = air.draw(30)
            air.send(payload)
            air.emit(air.draw(50))
            if air is often:
                air.eavesdropper.conclude()
        air.emit(payload)
    assert often.eavesdropper.conclude() == once.eavesdropper.conclude() != []


@pytest.mark.parametrize("payload", [bytes(64), b"ab" * 32, bytes(range(64)), b"\xff" * 1024])
def test_padding_and_counting_explain_themselves(payload: bytes) -> None:
    air = HandWritten()
    air.send(payload)
    air.emit(bytes(300) + b"ab" * 100 + bytes(range(256)) + b"\xff" * 1200)
    assert air.kinds() == set()


def test_what_was_on_the_air_before_is_no_leak() -> None:
    air = HandWritten()
    banner = air.draw(64)
    air.emit(banner, OWNER, "own")
    air.send(banner)
    air.emit(banner, OWNER, "wake")
    assert air.kinds() == set()


def test_quoting_what_the_attacker_sent_is_no_leak() -> None:
    air = HandWritten()
    payload = air.draw(64)
    air.send(payload, UE, None)
    air.deliver(OWNER, None, "injected", b"\x07" + payload)
    air.emit(b"bad frame: " + payload, OWNER, "receive")
    air.emit(b"I got " + payload, INSIDER, "wake")
    air.emit(b"what? " + payload, OTHER_UE, "receive")
    assert air.kinds() == set()


def test_only_honest_stations_are_accused() -> None:
    air = HandWritten()
    payload, other = air.draw(64), air.draw(64)
    air.send(payload)
    air.emit(payload, INSIDER)
    air.send(other, INSIDER, NAMES[UE])
    air.emit(other, OWNER, "receive")
    air.send(air.draw(8), UE, NAMES[INSIDER])
    air.compromise(OTHER_UE)
    air.emit(payload, OTHER_UE)
    assert air.kinds() == set()


def test_silent_on_random_frames() -> None:
    air = HandWritten(11)
    for _ in range(150):
        air.send(air.draw(air.random.randrange(1, 1025)))
        for emitter in (UE, OWNER, OTHER_UE):
            frame = air.draw(air.random.randrange(20, 1500))
            air.emit(frame, emitter)
            air.emit(frame, emitter)
    assert air.eavesdropper.conclude() == []
