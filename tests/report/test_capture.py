"""The capture holds every frame, and a comment on each that the attacker had a hand in; Wireshark reads it."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from pytest_prose_go.report.capture import HOW, capture
from tests.report.traces import altered


def blocks(data: bytes) -> list[tuple[int, bytes]]:
    """The blocks of a pcapng file, read by its rules: kind and body."""
    found, at = [], 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        assert length % 4 == 0
        assert struct.unpack_from("<I", data, at + length - 4) == (length,)
        found.append((kind, data[at + 8 : at + length - 4]))
        at += length
    return found


def packets(data: bytes) -> list[tuple[bytes, bytes]]:
    """Data and options of each packet."""
    told = []
    for kind, body in blocks(data):
        if kind == 6:
            length = struct.unpack_from("<I", body, 12)[0]
            told.append((body[20 : 20 + length], body[20 + length + (-length % 4) :]))
    return told


def test_every_frame_is_there() -> None:
    trace, _ = altered()
    data = capture(trace, "a case")
    assert [kind for kind, _ in blocks(data)][:2] == [0x0A0D0D0A, 1]
    assert b"a case" in blocks(data)[0][1]
    how = [HOW[packet[1]] for packet, _ in packets(data)]
    assert how == ["emitted", "emitted", "altered", "emitted", "dropped", "replayed", "injected"]
    header = packets(data)[2][0][:16]
    assert header == bytes.fromhex("01 01 0001 0000 000002 000001 00000001")
    assert packets(data)[2][0][16:] == bytes([0, 0, 1, 0, 0, 0])


def test_the_attackers_hand_is_told() -> None:
    comments = [options for _, options in packets(capture(altered()[0]))]
    assert comments[0] == b""
    assert "attacker: altered, byte 2: 00 → 01 (flip bit 0 of byte 2)".encode() in comments[2]
    assert b"attacker: kept from station 0 (drop all)" in comments[4]
    assert b"attacker: injected (replay frame 2)" in comments[6]


@pytest.fixture(scope="module")
def dissected(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    tshark = shutil.which("tshark")
    if tshark is None:
        pytest.skip("tshark is not installed: nothing reads the capture here")
    path = tmp_path_factory.mktemp("capture") / "case.pcapng"
    path.write_bytes(capture(altered()[0], "a case"))
    script = Path(str(resources.files("pytest_prose_go.report"))) / "prose_air.lua"
    command = [tshark, "-r", str(path), "-X", f"lua_script:{script}", "-T", "json"]
    told = subprocess.run(command, capture_output=True, check=True)
    read: list[dict[str, Any]] = [packet["_source"]["layers"] for packet in json.loads(told.stdout)]
    return read


def test_wireshark_reads_every_field(dissected: list[dict[str, Any]]) -> None:
    assert len(dissected) == 7
    air = dissected[2]["prose_air"]
    assert air["prose_air.how"] == "1"
    assert air["prose_air.emitter"] == "1"
    assert air["prose_air.number"] == "1"
    assert dissected[2]["frame"]["frame.interface_id_tree"]["frame.interface_name"] == "air"


def test_wireshark_shows_the_comments(dissected: list[dict[str, Any]]) -> None:
    assert "pkt_comment" in dissected[2]
    assert "altered" in json.dumps(dissected[2]["pkt_comment"])
    assert "pkt_comment" not in dissected[0]
