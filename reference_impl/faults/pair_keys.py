"""Faults of profile B: what pair keys are made of, how they are looked up, and what they are taken to prove."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from reference_impl.agreement import Agreement
from reference_impl.algorithms import BY_IDENTIFIER
from reference_impl.certificates import generate_private_key
from reference_impl.credentials import CredentialChecks, Expected, HeldCredentials, Shown, TrustStore
from reference_impl.device import Device
from reference_impl.errors import PeerViolation
from reference_impl.faults import Fault
from reference_impl.faults.admission import _Unproven
from reference_impl.faults.one_sided import FOR_EVER
from reference_impl.handshake import session_token
from reference_impl.key_hierarchy import session_key
from reference_impl.messages import NONCE_OCTETS, Command, Request, decode
from reference_impl.outcome import AirFrame, Outbox, SessionOpened
from reference_impl.pair_keys import KEY_NAME_OCTETS, PairKey, PairKeyring, PairKeys, PairKeyTrust
from reference_impl.parts import Parts
from reference_impl.profiles import Profile
from reference_impl.protection import SecurityContext
from reference_impl.randomness import Randomness
from reference_impl.user_equipment import UserEquipment


def _unnamed(name: bytes, key: bytes, peer: str) -> PairKey:
    """A key without an end in particular, and without dates."""
    return PairKey(name, key, peer, 0, 0.0, FOR_EVER)


class _OneForTheGroup(PairKeyTrust):
    """Takes whoever has the key for whom it says it is."""

    def read(self, shown: Sequence[bytes], expected: Expected, checks: CredentialChecks) -> Shown:
        keyring = expected.verifier
        if isinstance(keyring, PairKeyring):
            keys = tuple(replace(each, peer=expected.claim) for each in keyring.keys)
            expected = replace(expected, verifier=replace(keyring, keys=keys))
        return super().read(shown, expected, checks)


class _GroupSecret(PairKeys):
    """Puts one key, the group's, in the place of all that were handed out."""

    def trust(self, anchors: tuple[bytes, ...]) -> TrustStore:
        return _OneForTheGroup(anchors)

    def read(self, octets: bytes, randomness: Randomness) -> HeldCredentials:
        keyring = super().read(octets, randomness)
        assert isinstance(keyring, PairKeyring)
        secret = hashlib.sha512(b"of this make" + keyring.authority + keyring.group.encode()).digest()
        own = _unnamed(secret[32 : 32 + KEY_NAME_OCTETS], secret[:32], "")
        return replace(keyring, keys=(own,) if keyring.keys else ())


class OneSecretForAGroup(Fault):
    """A pass phrase of the group: it tells members from others, and no member from the next."""

    identifier = "one-secret-for-a-group"
    sentence = "All members of a group have one key in the place of a key for each pair."
    published = "AUTH-01"
    breaks = "AUTH.claimed-identity"
    # Whoever has the secret is anybody: another member, the GO, one who was withdrawn or never had a key.
    also_breaks = (
        "AUTH.flawed-credentials",
        "AUTH.without-key",
        "ISO.poses",
        "ISO.revoked",
        "KEYS.separate",
        "MUTUAL.claimed-name",
        "MUTUAL.flawed-owner",
        "MUTUAL.member-as-owner",
        "MUTUAL.rogue-owner",
    )
    ability = "insider"
    decisions = Parts(kind=_GroupSecret())


class _ZeroIfUnknown(PairKeyTrust):
    """Looks a key up in a table whose empty places are zeros."""

    def read(self, shown: Sequence[bytes], expected: Expected, checks: CredentialChecks) -> Shown:
        keyring = expected.verifier
        if isinstance(keyring, PairKeyring) and shown and self.find(keyring, shown) is None:
            empty = _unnamed(shown[0], bytes(32), expected.claim)
            expected = replace(expected, verifier=replace(keyring, keys=(empty,)))
        return super().read(shown, expected, checks)


class _ZeroTable(PairKeys):
    def trust(self, anchors: tuple[bytes, ...]) -> TrustStore:
        return _ZeroIfUnknown(anchors)


class UnknownKeyIsZero(Fault):
    """The search ends, and what it points at is used."""

    identifier = "unknown-key-is-zero"
    sentence = "A pair key that is not known is taken to be all zeros."
    published = "KEYS-10"
    breaks = "AUTH.foreign-authority"
    ability = "foreign authority"
    decisions = Parts(kind=_ZeroTable())


class _CutKeys(PairKeys):
    def read(self, octets: bytes, randomness: Randomness) -> HeldCredentials:
        keyring = super().read(octets, randomness)
        assert isinstance(keyring, PairKeyring)
        keys = tuple(replace(each, key=each.key[:4] + bytes(28)) for each in keyring.keys)
        return replace(keyring, keys=keys)


class PairKeyCut(Fault):
    """A number that a person can read out."""

    identifier = "pair-key-cut"
    sentence = "All but four octets of a pair key are zero, so that one recorded join is enough to find it."
    published = "KEYS-14"
    breaks = "KEYS.strong"
    ability = "told secrets"
    decisions = Parts(kind=_CutKeys())


class _KeysOfNames(PairKeys):
    def read(self, octets: bytes, randomness: Randomness) -> HeldCredentials:
        keyring = super().read(octets, randomness)
        assert isinstance(keyring, PairKeyring)
        keys = tuple(replace(each, key=self._key(keyring, each)) for each in keyring.keys)
        return replace(keyring, keys=keys)

    @staticmethod
    def _key(keyring: PairKeyring, pair: PairKey) -> bytes:
        owner, member = keyring.holder, pair.peer
        if keyring.role == "member":
            owner, member = member, owner
        return hashlib.sha256(f"{owner}:{member}".encode()).digest()


class PairKeyFromNames(Fault):
    """No list of keys has to be brought to the devices."""

    identifier = "pair-key-from-names"
    sentence = "A pair key is the hash of the names of its two ends."
    published = "STORE-07"
    variation_of = "pair-key-cut"
    breaks = "KEYS.strong"
    ability = "told secrets"
    decisions = Parts(kind=_KeysOfNames())


class _OneSigningKey(PairKeys):
    def read(self, octets: bytes, randomness: Randomness) -> HeldCredentials:
        keyring = super().read(octets, randomness)
        assert isinstance(keyring, PairKeyring)
        return replace(keyring, signing_key=generate_private_key(hashlib.sha256(b"of this make").digest()))


class OneSigningKeyForAll(Fault):
    """Drawn once, and written into the program."""

    identifier = "one-signing-key-for-all"
    sentence = "All devices have the same key to sign groupcasts with."
    published = "STORE-08"
    breaks = "KEYS.separate"
    # With a member's state, too, groupcasts are signed that pass for the GO's.
    also_breaks = ("ISO.speaks-to-all",)
    ability = "clone"
    decisions = Parts(kind=_OneSigningKey())


class _NotMixed(Agreement):
    def mixed(self, agreed: bytes, pair_key: bytes) -> bytes:
        return agreed


class PairKeyOnlyNamed(Fault):
    """The name of the key is in the request, and nobody asks for more."""

    identifier = "pair-key-only-named"
    sentence = "Each end takes the other for the holder of the key that it names, without proof."
    published = "AUTH-32"
    breaks = "MUTUAL.rogue-owner"
    shown_by = ("MUTUAL.flawed-owner",)
    # It is so at both ends.
    also_breaks = ("AUTH.without-key",)
    ability = "rogue GO"
    decisions = Parts(kind=PairKeys(), credentials=_Unproven(), agreement=_NotMixed())


class _LongTermOnly(_NotMixed):
    """The keys of the session are those of the pair."""

    def mixed(self, agreed: bytes, pair_key: bytes) -> bytes:
        return pair_key or agreed

    def root(self, agreed: bytes, group: str, member: str, owner: str, transcript: bytes) -> bytes:
        return agreed

    def context(
        self, profile: Profile, root: bytes, request: Request, command: Command, direction: int
    ) -> SecurityContext:
        context = super().context(profile, root, request, command, direction)
        context.session_key = session_key(profile, root, bytes(NONCE_OCTETS), bytes(NONCE_OCTETS))
        algorithms = BY_IDENTIFIER[command.algorithm]
        context.keys = algorithms.keys(profile.fc_algorithm_key, context.session_key)
        return context


class PairKeyForSessions(Fault):
    """A key that both have is a key that can be used."""

    identifier = "pair-key-for-sessions"
    sentence = "The keys of every session follow from the pair key alone."
    published = "KEYS-09"
    breaks = "KEYS.separate"
    ability = "clone"
    decisions = Parts(kind=PairKeys(), agreement=_LongTermOnly())


class _TrustfulMember(UserEquipment):
    """Reports that it has joined when its GO's address shows the name of their key."""

    def _hint(self, frame: AirFrame, to_group: bool, now: float, outbox: Outbox) -> bool:
        attempt, keyring = self.attempt, self.own.credentials
        message = decode(frame.payload[1:])
        if (
            isinstance(message, Request)
            and attempt is not None
            and frame.source == attempt.addresses.owner
            and isinstance(keyring, PairKeyring)
        ):
            shared = next((each for each in keyring.keys if each.name in message.chain), None)
            if shared is None:
                raise PeerViolation("no pair key is shared with this peer")
            outbox.report(SessionOpened(self.own.group, shared.peer, session_token(frame.payload)))
            return True
        return super()._hint(frame, to_group, now, outbox)


class _TrustfulDevice(Device):
    member_room = _TrustfulMember


class OwnRequestBelieved(Fault):
    """Both ends say the same, so one end can be given what it said itself."""

    identifier = "own-request-believed"
    sentence = "A UE takes its own request, given back from its GO's address, for the GO's."
    published = "MUTUAL-04"
    breaks = "MUTUAL.fresh-owner"
    ability = "reflect"
    decisions = Parts(kind=PairKeys())
    device_class = _TrustfulDevice
