"""Wireshark reads the reference's messages as they were written, and says so of those that are broken."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from pytest_prose_go.air.trace import Emitted, Made, Trace
from pytest_prose_go.contract import Statement
from pytest_prose_go.report.capture import capture
from reference_impl.algorithms import BY_IDENTIFIER
from reference_impl.messages import Command, Kind, Reject, RekeyingTrigger, Request
from reference_impl.profiles import LTE_33303
from reference_impl.protection import Channel

NONCE, KEY, PROOF = bytes(range(16)), bytes(range(32)), bytes(range(64))
ALGORITHMS = bytes(sorted(BY_IDENTIFIER))


def plain(message: bytes) -> bytes:
    return bytes([Channel.PLAIN_SIGNALLING]) + message


def request(continues: int | None = None) -> bytes:
    chain = (b"certificate", b"issuer")
    return Request("group", "alice", NONCE, ALGORITHMS, 0x12, KEY, continues, chain).encode()


def command(algorithm: int) -> bytes:
    message = Command(
        "group", "gina", NONCE, ALGORITHMS, algorithm, 0x34, KEY, (b"certificate",), PROOF
    ).encode()
    header = LTE_33303.write_header(LTE_33303.sdu_signalling, 0x1234, 7)
    return bytes([Channel.SECURITY_MODE]) + header + message + bytes(BY_IDENTIFIER[algorithm].tag_octets)


def protected(channel: Channel, sdu_type: int) -> bytes:
    return bytes([channel]) + LTE_33303.write_header(sdu_type, 0x1234, 513) + b"ciphered and MAC"


FRAMES = {
    "request": plain(request()),
    "continuing": plain(request(continues=0x4321)),
    "reject": plain(Reject("group", NONCE, 2).encode()),
    "rekey": plain(RekeyingTrigger(0x1234).encode()),
    "rekey all": plain(RekeyingTrigger(None).encode()),
    **{f"command {identifier}": command(identifier) for identifier in BY_IDENTIFIER},
    "complete": protected(Channel.SECURITY_MODE, 2),
    "signalling": protected(Channel.SIGNALLING, 2),
    "data": protected(Channel.DATA, 3),
    "groupcast": bytes([Channel.GROUPCAST, 3 << 5 | 9, 0, 1, 2, 3]) + b"ciphered, signed and MAC",
    "cut": plain(request())[:-1],
    "longer": plain(request()) + b"!",
    "no kind": plain(b"\xee"),
    "no header": bytes([Channel.DATA, 1]),
    "no channel": bytes([99, 1, 2]),
    "empty": b"",
}
BROKEN = {"cut", "longer", "no kind", "no header"}


@pytest.fixture(scope="module")
def dissected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The layers of each frame, by its name above."""
    tshark = shutil.which("tshark")
    if tshark is None:
        pytest.skip("tshark is not installed: nothing reads the capture here")
    trace = Trace(Statement(product="Small", version="1"))
    trace.append(Made(0.0, 0, "x", "alice", 1, ("a",), "honest"))
    for number, payload in enumerate(FRAMES.values()):
        trace.append(Emitted(float(number), 0, number, 1, 2, payload, "join"))
    path = tmp_path_factory.mktemp("capture") / "case.pcapng"
    path.write_bytes(capture(trace))
    scripts = [
        Path(str(resources.files(room))) / name
        for room, name in (
            ("pytest_prose_go.report", "prose_air.lua"),
            ("reference_impl", "prose_reference.lua"),
        )
    ]
    loaded = [word for script in scripts for word in ("-X", f"lua_script:{script}")]
    told = subprocess.run(
        [tshark, "-r", str(path), *loaded, "-T", "json", "--no-duplicate-keys"],
        capture_output=True,
        check=True,
    )
    layers = [packet["_source"]["layers"] for packet in json.loads(told.stdout)]
    return dict(zip(FRAMES, layers, strict=True))


def fields(layers: dict[str, Any]) -> dict[str, Any]:
    """The reference's fields of a frame, out of whatever tree they stand in."""
    found: dict[str, Any] = {}

    def walk(part: Any) -> None:
        for each in part if isinstance(part, list) else [part]:
            if isinstance(each, dict):
                for name, value in each.items():
                    if isinstance(value, dict) or (isinstance(value, list) and isinstance(value[0], dict)):
                        walk(value)
                    else:
                        found[name.removeprefix("prose_ref.")] = value

    walk(layers["prose_ref"])
    return found


def test_the_request_is_read_field_by_field(dissected: dict[str, dict[str, Any]]) -> None:
    read = fields(dissected["request"])
    assert read["channel"] == str(int(Channel.PLAIN_SIGNALLING))
    assert read["kind"] == str(int(Kind.REQUEST))
    assert (read["group"], read["user"]) == ("group", "alice")
    assert read["nonce"] == NONCE.hex(":")
    assert read["ephemeral"] == KEY.hex(":")
    assert read["shown"] == [b"certificate".hex(":"), b"issuer".hex(":")]
    assert read["capability"] == [f"0x{one:02x}" for one in ALGORITHMS]
    assert "continues" not in read
    assert fields(dissected["continuing"])["continues"] == "0x4321"


@pytest.mark.parametrize("identifier", BY_IDENTIFIER)
def test_the_command_is_read_up_to_its_mac(dissected: dict[str, dict[str, Any]], identifier: int) -> None:
    read = fields(dissected[f"command {identifier}"])
    assert (read["kind"], read["algorithm"]) == (str(int(Kind.COMMAND)), f"0x{identifier:02x}")
    assert (read["key_id"], read["sn"], read["user"]) == ("0x1234", "7", "gina")
    assert read["signature"] == PROOF.hex(":")
    assert read["mac"] == bytes(BY_IDENTIFIER[identifier].tag_octets).hex(":")


def test_of_what_is_ciphered_the_header_is_read(dissected: dict[str, dict[str, Any]]) -> None:
    for name in ("complete", "signalling", "data"):
        read = fields(dissected[name])
        assert (read["key_id"], read["sn"]) == ("0x1234", "513")
        assert read["protected"] == b"ciphered and MAC".hex(":")
    groupcast = fields(dissected["groupcast"])
    assert (groupcast["pgk_index"], groupcast["ptk_id"], groupcast["sn"]) == ("9", "0x0001", "515")


def test_hints_are_read(dissected: dict[str, dict[str, Any]]) -> None:
    assert fields(dissected["reject"])["cause"] == "2"
    assert fields(dissected["rekey"])["key_id"] == "0x1234"
    assert "all_sessions" in fields(dissected["rekey all"])


def test_what_is_broken_is_marked_and_nothing_else(dissected: dict[str, dict[str, Any]]) -> None:
    marked = {name for name, layers in dissected.items() if "prose_ref.broken" in json.dumps(layers)}
    assert marked == BROKEN
    assert not any("_ws.lua.error" in json.dumps(layers) for layers in dissected.values())
    assert "prose_ref" not in dissected["no channel"]
