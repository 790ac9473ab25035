"""What two ends agree on while they set up a session: keys and algorithms."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from reference_impl.algorithms import ALGORITHMS, BY_IDENTIFIER
from reference_impl.errors import PeerViolation
from reference_impl.key_hierarchy import hop_root, mixed_secret, session_key
from reference_impl.messages import NONCE_OCTETS, Command, Request
from reference_impl.profiles import Profile
from reference_impl.protection import SecurityContext
from reference_impl.randomness import Randomness


class Agreement:
    """Ephemeral keys, nonces, algorithms and the keys of the session. Each method is one decision."""

    def new_ephemeral(self, randomness: Randomness) -> bytes:
        """A private X25519 key of 32 octets, for one run only."""
        return randomness.draw(32)

    def new_nonce(self, randomness: Randomness) -> bytes:
        """A nonce of 16 octets."""
        return randomness.draw(NONCE_OCTETS)

    def public_part(self, private: bytes) -> bytes:
        """The public key that belongs to an ephemeral private one."""
        return _private_key(private).public_key().public_bytes_raw()

    def agreed_secret(self, private: bytes, public: bytes) -> bytes:
        """The shared secret, 32 octets. Raises :class:`PeerViolation` for a degenerate public key."""
        try:
            return _private_key(private).exchange(X25519PublicKey.from_public_bytes(public))
        except ValueError:
            raise PeerViolation("degenerate ephemeral key") from None

    def mixed(self, agreed: bytes, pair_key: bytes) -> bytes:
        """The secret under the hierarchy: the agreed one, and the pair key where the ends have one."""
        return mixed_secret(pair_key, agreed) if pair_key else agreed

    def offer(self, offers: Sequence[str]) -> bytes:
        """The capabilities of a request: identifiers, the preferred first."""
        return bytes(each.identifier for each in ALGORITHMS if each.name in offers)

    def choose(self, offers: Sequence[str], capabilities: bytes) -> int:
        """The owner's choice: the best that both have. Raises :class:`PeerViolation` if there is none."""
        for each in ALGORITHMS:
            if each.name in offers and each.identifier in capabilities:
                return each.identifier
        raise PeerViolation("no common algorithm")

    def is_acceptable(self, sent: bytes, command: Command) -> bool:
        """Whether the owner repeats what the UE offered, and chose from it."""
        return (
            command.capabilities == sent and command.algorithm in sent and command.algorithm in BY_IDENTIFIER
        )

    def bound(self, request: bytes) -> bytes:
        """What of a request's octets both ends' proofs are over: all of it."""
        return request

    def root(self, agreed: bytes, group: str, member: str, owner: str, transcript: bytes) -> bytes:
        """KD of this session."""
        return hop_root(agreed, group, member, owner, transcript)

    def context(
        self, profile: Profile, root: bytes, request: Request, command: Command, direction: int
    ) -> SecurityContext:
        """The security context of the session, at the end that sends with ``direction``."""
        algorithms = BY_IDENTIFIER[command.algorithm]
        key = session_key(profile, root, request.nonce_1, command.nonce_2)
        return SecurityContext(
            profile=profile,
            algorithm=algorithms.name,
            key_id=request.key_id_high << 8 | command.key_id_low,
            root=root,
            session_key=key,
            keys=algorithms.keys(profile.fc_algorithm_key, key),
            direction=direction,
        )


@lru_cache(maxsize=64)
def _private_key(private: bytes) -> X25519PrivateKey:
    """The key in 32 octets. Kept for the moments of a set-up: reading it costs as much as the agreement."""
    return X25519PrivateKey.from_private_bytes(private)
