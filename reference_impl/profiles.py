"""The constants that releases differ in, by name, each with how far it is verified.

Marks: **V** read in the public text of the named specification; **M** from memory, unverified;
**R** inferred. What is M or R stands here and nowhere else, so that it can be put right in one place.

* ``lte-33303`` (TS 33.303, TS 36.323): FC of PTK 0x4A **V** (A.3), of PEK and PIK 0x4B **M** (A.4), of
  KD-sess 0x5E **M**; header of 5 octets with a 16-bit SN **V** (36.323 6.2.10); COUNT = key identity ‖ SN
  **R**; only the data are ciphered, not the MAC-I **V**; code points of the SDU type **V** (36.323 6.3.14).
* ``nr-33536`` (TS 33.536, TS 38.323): FC of the session key 0x7F and of its algorithm keys 0x7E **V** (Annex
  A); header of 4 octets with a 12-bit SN **M**; COUNT = HFN ‖ SN **V** (38.323 6.3.5); data and MAC-I are
  ciphered **V** (38.323 5.8). NR protects no groupcast; the group hop takes its FC from TS 33.533: 0x8D,
  0x8E **V** (A.3, A.4).

Both: DIRECTION is 1 from the sender of the Security Mode Command, 0 towards it **M**; BEARER is the
five low bits of the logical channel identity (**M** for LTE, **V** for NR).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

KEY_ID_OCTETS = 2
_LTE_HEADER = struct.Struct(">BHH")
_NR_HEADER = struct.Struct(">HH")
FROM_COMMAND_SENDER = 1
TO_COMMAND_SENDER = 0


Header = tuple[int, int, int]
"""What a PDU header tells: 3-bit SDU type, 16-bit key identity, the low bits of COUNT."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The constants of one release and the layout of its unicast PDU header."""

    name: str
    fc_session_key: int
    fc_algorithm_key: int
    fc_group_traffic_key: int
    fc_group_algorithm_key: int
    group_address_in_traffic_key: bool
    header_octets: int
    sn_bits: int
    key_id_in_count: bool
    mac_is_ciphered: bool
    sdu_signalling: int
    sdu_data: int
    counter_bits: int = field(init=False)
    """How many bits of COUNT the sender counts in; the key is spent when they are."""
    counters: int = field(init=False)
    """How many PDUs a key serves."""

    def __post_init__(self) -> None:
        bits = 32 - 8 * KEY_ID_OCTETS if self.key_id_in_count else 32
        object.__setattr__(self, "counter_bits", bits)
        object.__setattr__(self, "counters", 1 << bits)

    def write_header(self, sdu_type: int, key_id: int, counter: int) -> bytes:
        """The PDU header. LTE: SDU type, 5 zero bits, key identity, SN. NR: 0, SDU type, SN, key identity."""
        if self.header_octets == 5:
            return _LTE_HEADER.pack(sdu_type << 5, key_id, counter & 0xFFFF)
        return _NR_HEADER.pack(sdu_type << 12 | counter & 0xFFF, key_id)

    def read_header(self, header: bytes) -> Header:
        """The fields of a header of ``header_octets`` octets. Reserved bits are left alone."""
        if self.header_octets == 5:
            first, key_id, sn = _LTE_HEADER.unpack(header)
            return first >> 5, key_id, sn
        first, key_id = _NR_HEADER.unpack(header)
        return first >> 12 & 7, key_id, first & 0xFFF

    def read_key_id(self, header: bytes) -> int:
        """The key identity alone."""
        at = 1 if self.header_octets == 5 else 2
        return header[at] << 8 | header[at + 1]

    def count(self, key_id: int, counter: int) -> int:
        """The 32-bit COUNT of the cipher and the MAC."""
        return key_id << self.counter_bits | counter if self.key_id_in_count else counter

    def infer_counter(self, sn: int, highest: int) -> int:
        """The counter whose low bits are ``sn``, nearest to ``highest`` (-1 before the first PDU).

        Where the header carries the whole counter that is ``sn`` itself. Never below 0.
        """
        if self.sn_bits >= self.counter_bits:
            return sn
        span = 1 << self.sn_bits
        base = max(highest, 0)
        guess = base - base % span + sn
        if guess > base + span // 2 and guess >= span:
            guess -= span
        elif guess < base - span // 2:
            guess += span
        return guess


LTE_33303 = Profile(
    name="lte-33303",
    fc_session_key=0x5E,
    fc_algorithm_key=0x4B,
    fc_group_traffic_key=0x4A,
    fc_group_algorithm_key=0x4B,
    group_address_in_traffic_key=True,
    header_octets=5,
    sn_bits=16,
    key_id_in_count=True,
    mac_is_ciphered=False,
    sdu_signalling=2,
    sdu_data=3,
)

NR_33536 = Profile(
    name="nr-33536",
    fc_session_key=0x7F,
    fc_algorithm_key=0x7E,
    fc_group_traffic_key=0x8D,
    fc_group_algorithm_key=0x8E,
    group_address_in_traffic_key=False,
    header_octets=4,
    sn_bits=12,
    key_id_in_count=False,
    mac_is_ciphered=True,
    sdu_signalling=0,
    sdu_data=1,
)

PROFILES = {profile.name: profile for profile in (LTE_33303, NR_33536)}
