"""Published vectors of TS 33.401 Annex C.1 (128-EEA2) and C.2 (128-EIA2): those of whole octets, and those of
C.1 whose last octet has spare bits, which are masked. Hexadecimal, LENGTH in bits."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from reference_impl.eea2_eia2 import eea2, eia2


@dataclass(frozen=True)
class Cipher:
    """One set of C.1."""

    name: str
    key: str
    count: int
    bearer: int
    direction: int
    bits: int
    plain: str
    ciphered: str


@dataclass(frozen=True)
class Mac:
    """One set of C.2."""

    name: str
    key: str
    count: int
    bearer: int
    direction: int
    message: str
    mac: str


CIPHERS = [
    Cipher(
        "C.1.1",
        "d3c5d592327fb11c4035c6680af8c6d1",
        0x398A59B4,
        0x15,
        1,
        253,
        "981ba6824c1bfb1ab485472029b71d808ce33e2cc3c0b5fc1f3de8a6dc66b1f0",
        "e9fed8a63d155304d71df20bf3e82214b20ed7dad2f233dc3c22d7bdeeed8e78",
    ),
    Cipher(
        "C.1.2",
        "2bd6459f82c440e0952c49104805ff48",
        0xC675A64B,
        0x0C,
        1,
        798,
        (
            "7ec61272743bf1614726446a6c38ced166f6ca76eb5430044286346cef130f92922b03450d3a9975e5bd2ea0"
            "eb55ad8e1b199e3ec4316020e9a1b285e762795359b7bdfd39bef4b2484583d5afe082aee638bf5fd5a60619"
            "3901a08f4ab41aab9b134880"
        ),
        (
            "5961605353c64bdca15b195e288553a910632506d6200aa790c4c806c99904cf2445cc50bb1cf168a4967373"
            "4e081b57e324ce5259c0e78d4cd97b870976503c0943f2cb5ae8f052c7b7d392239587b8956086bcab188360"
            "42e2e6ce42432a17105c53d0"
        ),
    ),
    Cipher(
        "C.1.3",
        "0a8b6bd8d9b08b08d64e32d1817777fb",
        0x544D49CD,
        0x04,
        0,
        310,
        "fd40a41d370a1f65745095687d47ba1d36d2349e23f644392c8ea9c49d40c13271aff264d0f248",
        "75750d37b4bba2a4dedb34235bd68c6645acdaaca48138a3b0c471e2a7041a576423d2927287f0",
    ),
    Cipher(
        "C.1.4",
        "aa1f95aea533bcb32eb63bf52d8f831a",
        0x72D8C671,
        0x10,
        1,
        1022,
        (
            "fb1b96c5c8badfb2e8e8edfde78e57f2ad81e74103fc430a534dcc37afcec70e1517bb06f27219dae49022dd"
            "c47a068de4c9496a951a6b09edbdc864c7adbd740ac50c022f3082bafd22d78197c5d508b977bca13f32e652"
            "e74ba728576077ce628c535e87dc6077ba07d29068590c8cb5f1088e082cfa0ec961302d69cf3d44"
        ),
        (
            "dfb440acb3773549efc04628aeb8d8156275230bdc690d94b00d8d95f28c4b56307f60f4ca55eba661ebba72"
            "ac808fa8c49e26788ed04a5d606cb418de74878b9a22f8ef29590bc4eb57c9faf7c41524a885b8979c423f2f"
            "8f8e0592a9879201be7ff9777a162ab810feb324ba74c4c156e04d39097209653ac33e5a5f2d8864"
        ),
    ),
    Cipher(
        "C.1.5",
        "9618ae46891f86578eebe90ef7a1202e",
        0xC675A64B,
        0x0C,
        1,
        1245,
        (
            "8daa17b1ae050529c6827f28c0ef6a1242e93f8b314fb18a77f790ae049fedd612267fecaefc450174d76d9f"
            "9aa7755a30cd90a9a5874bf48eaf70eea3a62a250a8b6bd8d9b08b08d64e32d1817777fb544d49cd49720e21"
            "9dbf8bbed33904e1fd40a41d370a1f65745095687d47ba1d36d2349e23f644392c8ea9c49d40c13271aff264"
            "d0f24841d6465f0996ff84e65fc517c53efc3363c38492a8"
        ),
        (
            "919c8c33d66789703d05a0d7ce82a2aeac4ee76c0f4da050335e8a84e7897ba5df2f36bd513e3d0c8578c7a0"
            "fcf043e03aa3a39fbaad7d15be074faa5d9029f71fb457b647834714b0e18f117fca10677945096c8c5f326b"
            "a8d6095eb29c3e36cf245d1622aafe921f7566c4f5d644f2f1fc0ec684ddb21349747622e209295d27ff3f95"
            "623371d49b147c0af486171f22cd04b1cbeb2658223e6938"
        ),
    ),
]

MACS = [
    Mac(
        "C.2.2",
        "d3c5d592327fb11c4035c6680af8c6d1",
        0x398A59B4,
        0x1A,
        1,
        "484583d5afe082ae",
        "b93787e6",
    ),
    Mac(
        "C.2.5",
        "83fd23a244a74cf358da3019f1722635",
        0x36AF6144,
        0x0F,
        1,
        (
            "35c68716633c66fb750c266865d53c11ea05b1e9fa49c8398d48e1efa5909d3947902837f5ae96d5a05bc8d6"
            "1ca8dbef1b13a4b4abfe4fb1006045b674bb54729304c382be53a5af05556176f6eaa2ef1d05e4b083181ee6"
            "74cda5a485f74d7a"
        ),
        "e657e182",
    ),
]


def whole_bits(octets: bytes, bits: int) -> bytes:
    """``octets`` with all bits after the first ``bits`` set to zero."""
    spare = len(octets) * 8 - bits
    return (int.from_bytes(octets, "big") >> spare << spare).to_bytes(len(octets), "big")


@pytest.mark.parametrize("vector", CIPHERS, ids=lambda vector: vector.name)
def test_eea2_ciphers_the_published_texts(vector: Cipher) -> None:
    plain = bytes.fromhex(vector.plain)
    ciphered = eea2(bytes.fromhex(vector.key), vector.count, vector.bearer, vector.direction, plain)

    assert whole_bits(ciphered, vector.bits) == bytes.fromhex(vector.ciphered)


@pytest.mark.parametrize("vector", CIPHERS, ids=lambda vector: vector.name)
def test_eea2_deciphers_the_published_texts(vector: Cipher) -> None:
    ciphered = bytes.fromhex(vector.ciphered)
    plain = eea2(bytes.fromhex(vector.key), vector.count, vector.bearer, vector.direction, ciphered)

    assert whole_bits(plain, vector.bits) == whole_bits(bytes.fromhex(vector.plain), vector.bits)


@pytest.mark.parametrize("vector", MACS, ids=lambda vector: vector.name)
def test_eia2_makes_the_published_mac(vector: Mac) -> None:
    message = bytes.fromhex(vector.message)

    assert (
        eia2(bytes.fromhex(vector.key), vector.count, vector.bearer, vector.direction, message).hex()
        == vector.mac
    )
