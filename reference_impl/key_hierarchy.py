"""The key hierarchy: agreed secret → KD → KD-sess → PEK, PIK; and PGK → PTK → PEK, PIK of a group.

Where the two ends have a pair key (LTK), it goes into KD beside the agreed secret. All derivations use the
KDF of TS 33.220 B.2. KD from an ephemeral agreement is this project's own (TS 33.303 leaves open how a KD
comes about); its FCs are private to it.
"""

from __future__ import annotations

import hmac

from reference_impl.profiles import Profile

FC_PRIVATE_KD = 0xF3
"""Own: no 3GPP derivation shares the agreed secret with this one, so the value only has to be fixed."""

FC_PRIVATE_PAIR = 0xF4
FC_PRIVATE_PROOF = 0xF5
"""Own likewise: no 3GPP derivation has a pair key of this project as its key."""

ENCRYPTION = 0x00
INTEGRITY = 0x01
ALGORITHM_KEY_OCTETS = 16


def kdf(key: bytes, fc: int, *parameters: bytes) -> bytes:
    """HMAC-SHA-256(key, FC ‖ P0 ‖ L0 ‖ … ‖ Pn ‖ Ln), 32 octets (TS 33.220 B.2.0).

    Raises OverflowError for a parameter of more than 65535 octets.
    """
    text = bytes([fc]) + b"".join(part + len(part).to_bytes(2, "big") for part in parameters)
    return hmac.digest(key, text, "sha256")


def hop_root(agreed: bytes, group: str, member: str, owner: str, transcript: bytes) -> bytes:
    """KD of one hop: bound to the group, to both names and to all that was said (``transcript``)."""
    return kdf(agreed, FC_PRIVATE_KD, group.encode(), member.encode(), owner.encode(), transcript)


def mixed_secret(pair_key: bytes, agreed: bytes) -> bytes:
    """What takes the place of the agreed secret where there is a pair key: nobody knows it without both."""
    return kdf(pair_key, FC_PRIVATE_PAIR, agreed)


def pair_proof(pair_key: bytes, role: str, transcript: bytes) -> bytes:
    """The proof, 64 octets, of the holder of a pair key in ``role`` for a run with this transcript.

    The two roles have keys of their own, so that what one end says never serves the other.
    """
    return hmac.digest(kdf(pair_key, FC_PRIVATE_PROOF, role.encode()), transcript, "sha512")


def session_key(profile: Profile, root: bytes, nonce_1: bytes, nonce_2: bytes) -> bytes:
    """KD-sess (KNRP-sess in NR) from KD and both nonces of 16 octets."""
    return kdf(root, profile.fc_session_key, nonce_1, nonce_2)


def algorithm_key(fc: int, key: bytes, use: int, algorithm: int) -> bytes:
    """PEK or PIK: the 16 least significant octets (TS 33.303 A.4, TS 33.536 A)."""
    return kdf(key, fc, bytes([use]), bytes([algorithm]))[-ALGORITHM_KEY_OCTETS:]


def traffic_key(
    profile: Profile, group_key: bytes, sender: int, traffic_id: int, group_address: int
) -> bytes:
    """PTK of one sender in one group (TS 33.303 A.3): 24-bit addresses, 16-bit PTK identity.

    TS 33.533 A.3, which the NR profile takes, leaves the group's address out.
    """
    parameters = [sender.to_bytes(3, "big"), traffic_id.to_bytes(2, "big")]
    if profile.group_address_in_traffic_key:
        parameters.append(group_address.to_bytes(3, "big"))
    return kdf(group_key, profile.fc_group_traffic_key, *parameters)
