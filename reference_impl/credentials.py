"""What a device brings along to prove itself, and the checks of what the other end brings.

Two kinds of credentials serve: certificates (:mod:`reference_impl.certificate_credentials`) and pair keys
(:mod:`reference_impl.pair_keys`). Each says what it shows and how it proves itself; what is shown is put in
one form, that of a certificate, so that :class:`CredentialChecks` holds one decision a method for both.
"""

from __future__ import annotations

import hmac
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from reference_impl.certificates import (
    GROUP_MODE_PURPOSE,
    CertificateFacts,
    Membership,
    Role,
    is_issued_by,
    is_signed_by,
    read_certificate,
)
from reference_impl.errors import PeerViolation
from reference_impl.key_hierarchy import pair_proof
from reference_impl.randomness import Randomness


@dataclass(frozen=True, slots=True)
class VerifiedPeer:
    """A peer whose credentials are good, until ``valid_until``. Possession of its key is a separate proof.

    ``public_key`` verifies what it signs; ``pair_key`` is the one shared with it, empty with certificates.
    ``issuer_key`` and ``serial`` are what a notice of revocation names.
    """

    identity: str
    public_key: bytes
    serial: int
    issuer_key: bytes
    valid_until: float = math.inf
    pair_key: bytes = b""
    role: Role = "member"
    expires_at: float = field(init=False)
    """The first moment at which its credentials are no longer good."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "expires_at", math.nextafter(self.valid_until, math.inf))

    def has_expired(self, now: float) -> bool:
        """Whether its credentials were good once and are no longer."""
        return now >= self.expires_at


class HeldCredentials(ABC):
    """The credentials of one device in one group, good or not: a device uses them as they are."""

    @property
    @abstractmethod
    def identity(self) -> str:
        """The identity that they are for, or an empty one."""

    @property
    @abstractmethod
    def secret_parts(self) -> tuple[bytes, ...]:
        """What must never be seen."""

    @property
    @abstractmethod
    def public_parts(self) -> tuple[bytes, ...]:
        """What anyone may see."""

    @abstractmethod
    def encode(self) -> bytes:
        """As one octet string: what an authority hands out and a device stores."""

    @abstractmethod
    def shown(self, peer: VerifiedPeer | None) -> tuple[bytes, ...]:
        """What a request (to nobody known yet: None) or the answer to ``peer`` carries."""

    @abstractmethod
    def prove(self, peer: VerifiedPeer, role: Role, transcript: bytes) -> bytes:
        """The proof to ``peer``, 64 octets, that the device in ``role`` holds the key."""

    @abstractmethod
    def sign(self, text: bytes) -> bytes:
        """The signature of 64 octets that a groupcast carries."""

    @abstractmethod
    def secrets(self) -> list[tuple[str, bytes]]:
        """Every secret in them, with a label."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the peer must show: this role in this group, under the name that it claims. ``verifier`` are
    the credentials of the end that checks, where those are needed to read the peer's."""

    group: str
    role: Role
    claim: str
    verifier: HeldCredentials | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a peer has shown, in the form of certificates, its own first."""

    certificates: tuple[CertificateFacts, ...]
    issuer_key: bytes | None
    pair_key: bytes = b""


@dataclass(slots=True)
class TrustStore(ABC):
    """The trusted authorities, and what they have withdrawn: (key of the issuer, serial)."""

    anchors: tuple[bytes, ...]
    revoked: set[tuple[bytes, int]] = field(default_factory=set)
    notices: list[bytes] = field(default_factory=list)

    @abstractmethod
    def learn(self, notice: bytes) -> bool:
        """Take a notice of revocation. Returns whether a trusted authority signed it."""

    @abstractmethod
    def read(self, shown: Sequence[bytes], expected: Expected, checks: CredentialChecks) -> Shown:
        """What the peer has shown. Raises :class:`PeerViolation` if it says nothing."""

    def has_revoked(self, peer: VerifiedPeer) -> bool:
        """Whether the credentials of an admitted peer have been withdrawn."""
        return (peer.issuer_key, peer.serial) in self.revoked


class CredentialKind(ABC):
    """Certificates or pair keys: how a device reads its own credentials, and whom it trusts by them."""

    name: str

    @abstractmethod
    def trust(self, anchors: tuple[bytes, ...]) -> TrustStore:
        """A store of trust with these anchors and nothing withdrawn."""

    @abstractmethod
    def read(self, octets: bytes, randomness: Randomness) -> HeldCredentials:
        """Credentials that were handed out; a device may add a key of its own to them. Raises
        :class:`~reference_impl.errors.LocalMisuse` for anything else."""

    @abstractmethod
    def none(self, randomness: Randomness) -> HeldCredentials:
        """What a device without credentials uses."""


class CredentialChecks:
    """Every decision on a peer's credentials. Each method says yes or no to one thing."""

    def verify(
        self, chain: Sequence[bytes], trust: TrustStore, expected: Expected, now: float
    ) -> VerifiedPeer:
        """The peer behind ``chain``. Raises :class:`PeerViolation` with the reason of the first "no"."""
        if not chain:
            return self.without_certificate(expected)
        shown = trust.read(chain, expected, self)
        own, issuer_key = shown.certificates[0], shown.issuer_key
        membership = own.membership
        checks = (
            (issuer_key is not None, "no trusted authority issued the credentials"),
            (all(self.is_in_date(each, now) for each in shown.certificates), "credentials are out of date"),
            (self.has_purpose(own), "credentials serve another purpose"),
            (membership is not None, "credentials name no member"),
            (membership is not None and self.is_group(membership, expected), "credentials of another group"),
            (membership is not None and self.is_role(membership, expected), "credentials of another role"),
            (membership is not None and self.is_claim(membership, expected), "claimed name is not certified"),
            (not self.is_revoked(own, issuer_key, trust), "credentials were revoked"),
        )
        for good, reason in checks:
            if not good:
                raise PeerViolation(reason, expected.claim)
        assert membership is not None
        return VerifiedPeer(
            self.name_of(membership, expected),
            own.public_key,
            own.serial,
            issuer_key or b"",
            self.end_of(shown.certificates),
            shown.pair_key,
            expected.role,
        )

    def without_certificate(self, expected: Expected) -> VerifiedPeer:
        """A peer that shows no credentials at all."""
        raise PeerViolation("no credentials", expected.claim)

    def issuer_of_chain(self, chain: Sequence[CertificateFacts], trust: TrustStore) -> bytes | None:
        """The public key that issued the peer's own certificate, if the chain leads to an anchor."""
        anchors = [read_certificate(anchor) for anchor in trust.anchors]
        first_issuer: bytes | None = None
        for position, certificate in enumerate(chain):
            for anchor in anchors:
                if self.issued(certificate, anchor):
                    return first_issuer or anchor.public_key
            following = chain[position + 1] if position + 1 < len(chain) else None
            if following is None or not self.may_issue(following) or not self.issued(certificate, following):
                return None
            first_issuer = first_issuer or following.public_key
        return None

    def issued(self, certificate: CertificateFacts, issuer: CertificateFacts) -> bool:
        """Whether ``issuer`` issued ``certificate``: by name, and by its signature."""
        return certificate.issuer == issuer.subject and is_issued_by(certificate, issuer.public_key)

    def may_issue(self, certificate: CertificateFacts) -> bool:
        """Whether a certificate inside a chain may issue others (basic constraints)."""
        return certificate.is_authority

    def is_in_date(self, certificate: CertificateFacts, now: float) -> bool:
        """Whether ``now`` lies in the certificate's validity."""
        return certificate.valid_from <= now <= certificate.valid_until

    def end_of(self, certificates: Sequence[CertificateFacts]) -> float:
        """Until when a peer that was admitted with these may stay."""
        return min(each.valid_until for each in certificates)

    def has_purpose(self, certificate: CertificateFacts) -> bool:
        """Whether it was issued for Group Owner mode (extended key usage)."""
        return GROUP_MODE_PURPOSE.dotted_string in certificate.purposes

    def is_group(self, membership: Membership, expected: Expected) -> bool:
        """Whether it is for this group."""
        return membership.group == expected.group

    def is_role(self, membership: Membership, expected: Expected) -> bool:
        """Whether it is for the role that the peer plays."""
        return membership.role == expected.role

    def is_claim(self, membership: Membership, expected: Expected) -> bool:
        """Whether the name in the User Info is the certified one, to the octet."""
        return membership.identity == expected.claim

    def is_revoked(self, certificate: CertificateFacts, issuer_key: bytes | None, trust: TrustStore) -> bool:
        """Whether its authority withdrew it, as far as this device has heard."""
        return issuer_key is not None and (issuer_key, certificate.serial) in trust.revoked

    def name_of(self, membership: Membership, expected: Expected) -> str:
        """The name that the peer bears from here on."""
        return membership.identity

    def has_proven_possession(self, peer: VerifiedPeer, signature: bytes, transcript: bytes) -> bool:
        """Whether the peer holds its key: its signature, or its proof by the pair key, over the transcript
        of this very run."""
        if peer.pair_key:
            return hmac.compare_digest(pair_proof(peer.pair_key, peer.role, transcript), signature)
        return is_signed_by(peer.public_key, signature, transcript)
