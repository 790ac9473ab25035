"""The key of a group and its life: PGK → PTK → PEK, PIK, and the groupcast PDU.

The header and the chain of keys are those of TS 33.303 6.2 and TS 36.323 6.2.10: SDU type and the five
low bits of the PGK ID, PTK identity, SN; PTK bound to the address of the sender, which is always the
owner. 3GPP only ciphers groupcasts. This project adds a MAC, the owner's signature inside the cipher
(so that no member can speak as the owner), a replay window over COUNT, and the making and giving of
PGKs by the owner: in TS 33.303 they come from a network function, which Group Owner mode does without.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from reference_impl.algorithms import ALGORITHMS, BY_NAME, Algorithms, KeyPair, PduInput
from reference_impl.certificates import is_signed_by
from reference_impl.credentials import HeldCredentials
from reference_impl.errors import PeerViolation
from reference_impl.key_hierarchy import traffic_key
from reference_impl.messages import GROUP_KEY_OCTETS, SIGNATURE_OCTETS
from reference_impl.octets import Writer
from reference_impl.profiles import Profile
from reference_impl.protection import Channel
from reference_impl.randomness import Randomness
from reference_impl.replay_window import ReplayWindow

HEADER_OCTETS = 5
COUNTERS = 1 << 16
DERIVED_MOST = 64
"""Keys of one epoch that are kept beside it: anybody may send PDUs under identities that it never had."""

FIRST_TRAFFIC_ID = 1
"""PTK identity 0 with index 0 marks an unprotected PDU (36.323 6.2.10), so it is never used."""

Occasion = Literal["join", "leave", "remove", "lost", "asked"]


@lru_cache(maxsize=1024)
def group_address(group: str) -> int:
    """The 24-bit layer-2 ID of a group, from its name, as discovery would give it."""
    return int.from_bytes(hashlib.sha256(b"prose-go group address" + group.encode()).digest()[:3], "big")


def group_algorithm(offers: Iterable[str], capabilities: Iterable[bytes]) -> str:
    """The name of the best set on offer that all members have, by their capabilities; if there is none, of
    the owner's best."""
    offered = [each for each in ALGORITHMS if each.name in offers]
    common = [each for each in offered if all(each.identifier in those for those in capabilities)]
    return (common or offered)[0].name


@dataclass(slots=True)
class GroupEpoch:
    """One PGK and what belongs to it, at the owner or at a member.

    ``traffic_id`` and ``next_sn`` are the owner's sending state; ``window`` is a member's over COUNT.
    """

    group: str
    epoch: int
    algorithm: str
    key: bytes
    owner_address: int
    traffic_id: int = FIRST_TRAFFIC_ID
    next_sn: int = 0
    window: ReplayWindow = field(default_factory=ReplayWindow)
    derived: dict[tuple[int, int], KeyPair] = field(default_factory=dict, repr=False)
    """PEK and PIK by sender and PTK identity, as far as they were used."""

    @property
    def index(self) -> int:
        """PGK Index: the five low bits of the PGK ID, which is the low octet of the epoch."""
        return self.epoch & 0x1F

    @property
    def algorithms(self) -> Algorithms:
        """The set that protects the group's PDUs."""
        return BY_NAME[self.algorithm]


class GroupProtection:
    """Every decision on the key of a group and its PDUs."""

    def algorithms(self, epoch: GroupEpoch) -> Algorithms:
        """The set that does the work: the one named with the PGK."""
        return epoch.algorithms

    def renews_on(self, occasion: Occasion) -> bool:
        """Whether the group gets a new PGK: always, so that nobody reads what came before it joined or
        comes after it is gone."""
        return True

    def new_key(self, randomness: Randomness, group: str, former: GroupEpoch | None) -> bytes:
        """A PGK of 32 octets, independent of all former ones."""
        return randomness.draw(GROUP_KEY_OCTETS)

    def traffic_keys(self, profile: Profile, epoch: GroupEpoch, sender: int, traffic_id: int) -> KeyPair:
        """PEK and PIK under the PTK of ``sender``."""
        keys = epoch.derived.get((sender, traffic_id))
        if keys is None:
            key = traffic_key(profile, epoch.key, sender, traffic_id, group_address(epoch.group))
            keys = self.algorithms(epoch).keys(profile.fc_group_algorithm_key, key)
            if len(epoch.derived) >= DERIVED_MOST:
                epoch.derived.clear()
            epoch.derived[sender, traffic_id] = keys
        return keys

    def next_count(self, epoch: GroupEpoch) -> tuple[int, int]:
        """PTK identity and SN of the next PDU: a new PTK before the SN would wrap.

        Raises :class:`OverflowError` if even the PTK identities are used up: then a new PGK is due.
        """
        if epoch.next_sn >= COUNTERS:
            if epoch.traffic_id + 1 >= COUNTERS:
                raise OverflowError("PTK identities are used up")
            epoch.traffic_id += 1
            epoch.next_sn = 0
        sn = epoch.next_sn
        epoch.next_sn += 1
        return epoch.traffic_id, sn

    def is_ciphered(self) -> bool:
        """Whether the data of groupcasts are ciphered."""
        return True

    def signed_text(self, epoch: GroupEpoch, owner: str, header: bytes, data: bytes) -> bytes:
        """What the owner signs: bound to the group, the owner, this PGK, this COUNT and the data."""
        writer = Writer().text(epoch.group).text(owner).raw(hashlib.sha256(b"epoch" + epoch.key).digest())
        return b"prose-go groupcast" + writer.raw(header).raw(data).done()

    def sign(self, credentials: HeldCredentials, text: bytes) -> bytes:
        """The signature of 64 octets that a groupcast carries."""
        return credentials.sign(text)

    def is_owners(self, owner_key: bytes, signature: bytes, text: bytes) -> bool:
        """At a member: whether the owner made the signature."""
        return is_signed_by(owner_key, signature, text)

    def mac_counts(self, is_right: bool) -> bool:
        """Whether a groupcast with this result of its MAC check goes on."""
        return is_right

    def is_fresh(self, epoch: GroupEpoch, count: int) -> bool:
        """Take ``count`` in the member's window. Asked only after MAC and signature were right."""
        return epoch.window.take(count)

    def protect(
        self, profile: Profile, epoch: GroupEpoch, owner: str, credentials: HeldCredentials, data: bytes
    ) -> bytes:
        """The payload of a groupcast frame. Raises :class:`OverflowError` if no COUNT is left."""
        traffic_id, sn = self.next_count(epoch)
        first = profile.sdu_data << 5 | epoch.index
        header = bytes([first]) + traffic_id.to_bytes(2, "big") + sn.to_bytes(2, "big")
        signature = self.sign(credentials, self.signed_text(epoch, owner, header, data))
        body = self.algorithms(epoch).seal(
            self.traffic_keys(profile, epoch, epoch.owner_address, traffic_id),
            PduInput(traffic_id << 16 | sn, Channel.GROUPCAST, 0),
            header,
            data + signature,
            self.is_ciphered(),
            False,
        )
        return bytes([Channel.GROUPCAST]) + header + body

    def peek(
        self, profile: Profile, epoch: GroupEpoch, sender: int, payload: bytes
    ) -> tuple[int, bytes, bytes]:
        """COUNT, data and signature of a groupcast, whoever signed it and whether or not it is a replay.

        Raises :class:`PeerViolation` if it is not under this PGK or its MAC is wrong.
        """
        header, body = payload[1 : 1 + HEADER_OCTETS], payload[1 + HEADER_OCTETS :]
        if len(header) < HEADER_OCTETS or len(body) < self.algorithms(epoch).tag_octets:
            raise PeerViolation("short groupcast")
        if header[0] >> 5 != profile.sdu_data or header[0] & 0x1F != epoch.index:
            raise PeerViolation("unknown PGK index or reserved SDU type")
        traffic_id, sn = int.from_bytes(header[1:3], "big"), int.from_bytes(header[3:5], "big")
        text, is_right = self.algorithms(epoch).open(
            self.traffic_keys(profile, epoch, sender, traffic_id),
            PduInput(traffic_id << 16 | sn, Channel.GROUPCAST, 0),
            header,
            body,
            self.is_ciphered(),
            False,
        )
        if not self.mac_counts(is_right) or len(text) < SIGNATURE_OCTETS:
            raise PeerViolation("wrong MAC of a groupcast")
        return traffic_id << 16 | sn, text[:-SIGNATURE_OCTETS], text[-SIGNATURE_OCTETS:]

    def unprotect(
        self, profile: Profile, epoch: GroupEpoch, owner: str, owner_key: bytes, payload: bytes
    ) -> bytes:
        """At a member: the data of a groupcast. Raises :class:`PeerViolation` for any doubt."""
        count, data, signature = self.peek(profile, epoch, epoch.owner_address, payload)
        header = payload[1 : 1 + HEADER_OCTETS]
        if not self.is_owners(owner_key, signature, self.signed_text(epoch, owner, header, data)):
            raise PeerViolation("groupcast is not the owner's")
        if not self.is_fresh(epoch, count):
            raise PeerViolation("replayed groupcast")
        return data
