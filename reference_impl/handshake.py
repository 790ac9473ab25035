"""Setting up a session: both halves of request, security mode command and security mode complete.

The order and the protection are those of TS 33.303 6.5 and TS 24.334: the receiver of the request sends
the COMMAND, integrity protected but not ciphered; the COMPLETE is both. This project adds what Group
Owner mode out of coverage needs: credentials, an ephemeral X25519 agreement, and a proof by each end
over everything said so far, with the group, both names and both addresses. The proof is a signature with
certificates, and a MAC with pair keys, which go into the keys of the session, too.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from reference_impl.credentials import Expected, HeldCredentials, TrustStore, VerifiedPeer
from reference_impl.errors import PeerViolation
from reference_impl.messages import Command, Complete, Kind, Reject, Request, decode
from reference_impl.octets import Reader, Writer
from reference_impl.parts import Parts
from reference_impl.profiles import FROM_COMMAND_SENDER, TO_COMMAND_SENDER, Profile
from reference_impl.protection import Channel, SecurityContext
from reference_impl.randomness import Randomness
from reference_impl.states import State, Step, following

COMMAND_SEEN_MOST = 16


@dataclass(frozen=True, slots=True)
class Addresses:
    """The 24-bit layer-2 IDs of the two ends."""

    member: int
    owner: int


def command_transcript(addresses: Addresses, request: bytes, command: Command) -> bytes:
    """The hash of all that was said up to the owner's proof (32 octets)."""
    writer = Writer().number(addresses.member, 3).number(addresses.owner, 3).field(request)
    return hashlib.sha256(b"prose-go command" + writer.field(command.unsigned()).done()).digest()


def complete_transcript(before: bytes, command: Command) -> bytes:
    """The hash of all that was said up to the UE's proof (32 octets)."""
    return hashlib.sha256(b"prose-go complete" + before + command.signature).digest()


def session_token(transcript: bytes) -> str:
    """A public name of the session, equal at its two ends and nowhere else."""
    return hashlib.sha256(b"prose-go session" + transcript).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Self:
    """What this end brings to a session: its credentials, the name that it gives, whom it trusts, and
    the algorithms that it offers."""

    group: str
    credentials: HeldCredentials
    name: str
    trust: TrustStore
    offers: tuple[str, ...]


@dataclass(slots=True)
class Initiator:
    """A UE's half of one set-up. It starts with :meth:`ask` and stands once ``state`` is OPEN."""

    parts: Parts
    profile: Profile
    own: Self
    addresses: Addresses
    started: float
    state: State = State.IDLE
    request: bytes = b""
    nonce_1: bytes = b""
    key_id_high: int = 0
    continues: int | None = None
    private: bytes = b""
    peer: VerifiedPeer | None = None
    context: SecurityContext | None = None
    token: str = ""
    signature: bytes = b""
    tries: int = 0
    due: float = 0.0
    cause: str = "no answer"
    seen: list[bytes] = field(default_factory=list)

    def ask(self, randomness: Randomness, key_id_high: int, continues: int | None) -> None:
        """Make the request. ``continues`` is the key identity of the session to be replaced."""
        self.state = following(self.state, Step.ASK)
        agreement = self.parts.agreement
        self.private = agreement.new_ephemeral(randomness)
        self.nonce_1 = agreement.new_nonce(randomness)
        self.key_id_high, self.continues = key_id_high, continues
        self.request = Request(
            group=self.own.group,
            user=self.own.name,
            nonce_1=self.nonce_1,
            capabilities=agreement.offer(self.own.offers),
            key_id_high=key_id_high,
            ephemeral=agreement.public_part(self.private),
            continues=continues,
            chain=self.own.credentials.shown(None),
        ).encode()

    @property
    def request_payload(self) -> bytes:
        """The payload that carries the request, the same each time."""
        return bytes([Channel.PLAIN_SIGNALLING]) + self.request

    def take_reject(self, reject: Reject, source: int) -> None:
        """Note what a REJECT says, to tell the application if nothing better comes."""
        if source == self.addresses.owner and reject.nonce_1 == self.nonce_1:
            self.cause = f"rejected with cause {reject.cause}, as an unproven message says"

    def is_new_command(self, payload: bytes) -> bool:
        """Whether this COMMAND was not looked at before; at most 16 are, in one set-up."""
        digest = hashlib.sha256(payload).digest()
        if digest in self.seen or len(self.seen) >= COMMAND_SEEN_MOST:
            return False
        self.seen.append(digest)
        return True

    def take_command(self, payload: bytes, now: float) -> None:
        """Verify the owner's COMMAND. Raises :class:`PeerViolation`, and changes nothing, if it is not good.

        The COMMAND has to be read before it can be verified, since it makes the context (38.323 5.9).
        """
        after = following(self.state, Step.COMMAND)
        agreement, checks = self.parts.agreement, self.parts.credentials
        request = decode(self.request)
        reader = Reader(payload[1 + self.profile.header_octets :])
        if not isinstance(request, Request) or reader.number(1) != Kind.COMMAND:
            raise PeerViolation("not a COMMAND")
        command = Command.read(reader)
        if command.group != self.own.group:
            raise PeerViolation("COMMAND for another group", command.user)
        if not agreement.is_acceptable(request.capabilities, command):
            raise PeerViolation("capabilities were changed on the way", command.user)
        expected = Expected(self.own.group, "owner", command.user, self.own.credentials)
        peer = checks.verify(command.chain, self.own.trust, expected, now)
        transcript = command_transcript(self.addresses, agreement.bound(self.request), command)
        agreed = agreement.agreed_secret(self.private, command.ephemeral)
        agreed = agreement.mixed(agreed, peer.pair_key)
        root = agreement.root(agreed, self.own.group, self.own.name, peer.identity, transcript)
        context = agreement.context(self.profile, root, request, command, TO_COMMAND_SENDER)
        if not checks.has_proven_possession(peer, command.signature, transcript):
            raise PeerViolation("owner's proof is wrong", command.user)
        if decode(self.parts.hop.unprotect(context, payload)) != command:
            raise PeerViolation("COMMAND with octets after its end", command.user)
        whole = complete_transcript(transcript, command)
        self.state, self.peer, self.context = after, peer, context
        self.signature = self.own.credentials.prove(peer, "member", whole)
        self.token = session_token(whole)
        self.private = b""

    def complete(self) -> bytes:
        """The payload of a COMPLETE, protected anew each time."""
        assert self.context is not None
        message = Complete(self.signature).encode()
        return self.parts.hop.protect(self.context, Channel.SECURITY_MODE, message)


@dataclass(slots=True)
class Responder:
    """A GO's half of one set-up. It starts with :meth:`take_request` and stands once ``state`` is OPEN."""

    parts: Parts
    profile: Profile
    own: Self
    addresses: Addresses
    expires: float
    state: State = State.IDLE
    request: Request | None = None
    peer: VerifiedPeer | None = None
    context: SecurityContext | None = None
    command: bytes = b""
    transcript: bytes = b""
    token: str = ""

    @property
    def key_id(self) -> int:
        """The key identity of the session, 0 before there is one."""
        return self.context.key_id if self.context else 0

    @property
    def continues(self) -> int | None:
        """The key identity of the session that the UE wants to replace."""
        return self.request.continues if self.request else None

    def take_request(
        self, octets: bytes, request: Request, key_id_low: int, randomness: Randomness, now: float
    ) -> None:
        """Check the UE's credentials and make the COMMAND. Raises :class:`PeerViolation` if it is refused.

        Nothing is proven yet: a request can be a copy of an old one.
        """
        after = following(self.state, Step.REQUEST)
        agreement = self.parts.agreement
        expected = Expected(self.own.group, "member", request.user, self.own.credentials)
        peer = self.parts.credentials.verify(request.chain, self.own.trust, expected, now)
        algorithm = agreement.choose(self.own.offers, request.capabilities)
        private = agreement.new_ephemeral(randomness)
        unsigned = Command(
            group=self.own.group,
            user=self.own.name,
            nonce_2=agreement.new_nonce(randomness),
            capabilities=request.capabilities,
            algorithm=algorithm,
            key_id_low=key_id_low,
            ephemeral=agreement.public_part(private),
            chain=self.own.credentials.shown(peer),
            signature=b"",
        )
        transcript = command_transcript(self.addresses, agreement.bound(octets), unsigned)
        agreed = agreement.agreed_secret(private, request.ephemeral)
        agreed = agreement.mixed(agreed, peer.pair_key)
        root = agreement.root(agreed, self.own.group, peer.identity, self.own.name, transcript)
        context = agreement.context(self.profile, root, request, unsigned, FROM_COMMAND_SENDER)
        signature = self.own.credentials.prove(peer, "owner", transcript)
        command = replace(unsigned, signature=signature)
        self.command = self.parts.hop.protect(context, Channel.SECURITY_MODE, command.encode())
        self.transcript = complete_transcript(transcript, command)
        self.token = session_token(self.transcript)
        self.state, self.request, self.peer, self.context = after, request, peer, context

    def take_complete(self, payload: bytes, now: float) -> None:
        """Verify the UE's COMPLETE.

        Raises :class:`PeerViolation`; a ``peer`` in it says that the MAC was right.
        """
        after = following(self.state, Step.COMPLETE)
        assert self.context is not None
        assert self.peer is not None
        assert self.request is not None
        message = decode(self.parts.hop.unprotect(self.context, payload))
        if not isinstance(message, Complete):
            raise PeerViolation("not a COMPLETE")
        checks = self.parts.credentials
        if not checks.has_proven_possession(self.peer, message.signature, self.transcript):
            raise PeerViolation("UE's proof is wrong", self.request.user)
        expected = Expected(self.own.group, "member", self.request.user, self.own.credentials)
        checks.verify(self.request.chain, self.own.trust, expected, now)
        self.state = after
