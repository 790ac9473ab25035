"""The protocol of the threads target: a signed Diffie-Hellman join and one protected hop for each member.

- *Join*: HELLO (fresh X25519 key) → ANSWER (fresh key, certificate and signature of the GO) → CONFIRM
  (certificate and signature of the UE over all that went before, sealed) → WELCOME (sealed under the traffic
  key). The GO admits at CONFIRM, the UE has joined at WELCOME. HELLO and CONFIRM are repeated until answered.
- *Hop*: ChaCha20-Poly1305, a key for each direction, the counter as nonce, a window against replay. Data is
  repeated, byte for byte, until a sealed acknowledgement comes. A groupcast is a message to each member.

Nothing here knows threads or sockets: a :class:`Device` is told what comes in and what time it is (seconds of
any steady clock for timers, POSIX seconds for dates) and collects frames and events.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from examples.threads.certificates import DOMAIN, Identity, Rejected, Trust, pack, unpack
from pytest_prose_go.contract import Cast, Declined, Diagnostic, Event, Frame, Joined, Left, Received

HELLO, ANSWER, CONFIRM, HOP = 1, 2, 3, 4
"""Kinds of frame. The kind is the first octet, the receiver's session number follows (8 octets)."""
WELCOME, DATA, ACK, BYE = b"welcome", b"data", b"ack", b"bye"
"""Kinds of message on a hop."""
RETRY = 0.05
"""Seconds between repetitions."""
TRIES = 8
"""How often a message is sent before it is given up; BYE, which nobody answers, goes a fixed few times."""
BYES = 3
WINDOW = 1024
"""How far behind the highest counter a message may come."""
MOST_PENDING = 64
RepeatKey = tuple[bytes, object]
"""Our session number, and which of its messages."""


def _cast(receiver: bytes) -> Cast:
    return "unicast" if receiver else "groupcast"


def derive(shared: bytes, transcript: bytes, label: bytes) -> ChaCha20Poly1305:
    """The cipher under the key of ``label``."""
    return ChaCha20Poly1305(HKDF(SHA256(), 32, transcript, DOMAIN + label).derive(shared))


@dataclass(eq=False)
class Hop:
    """A protected hop with one peer. ``number`` is our session number, ``peer_number`` the peer's."""

    group: str
    peer: str
    peer_address: int
    number: bytes
    peer_number: bytes
    sealing: ChaCha20Poly1305
    opening: ChaCha20Poly1305
    sent: int = 0
    highest: int = -1
    seen: set[int] = field(default_factory=set)

    def seal(self, *fields: bytes) -> tuple[int, bytes]:
        """Counter and payload of a new message."""
        counter = self.sent
        self.sent += 1
        head = bytes([HOP]) + self.peer_number + counter.to_bytes(8, "big")
        return counter, head + self.sealing.encrypt(bytes(4) + head[9:], pack(*fields), head)

    def open(self, payload: bytes) -> tuple[bytes, bool]:
        """The content of ``payload``, and whether it is new. Raises :class:`Rejected`."""
        head, counter = payload[:17], int.from_bytes(payload[9:17], "big")
        try:
            content = self.opening.decrypt(bytes(4) + head[9:], payload[17:], head)
        except InvalidTag as wrong:
            raise Rejected("a message on a hop does not verify") from wrong
        if counter <= self.highest - WINDOW:
            raise Rejected("a message on a hop is too old")
        if counter in self.seen:
            return content, False
        self.seen.add(counter)
        self.highest = max(self.highest, counter)
        if len(self.seen) > 2 * WINDOW:
            self.seen = {one for one in self.seen if one > self.highest - WINDOW}
        return content, True


@dataclass
class Joining:
    """A UE on its way into a group. ``hop`` is there once the UE has verified the GO."""

    group: str
    owner_address: int
    identity: Identity
    number: bytes = b""
    key: X25519PrivateKey | None = None
    hello: bytes = b""
    hop: Hop | None = None


@dataclass
class Pending:
    """A HELLO that the GO has answered, and what it needs for the CONFIRM."""

    number: bytes
    answer: bytes
    transcript: bytes
    shared: bytes
    peer_number: bytes
    peer_address: int
    confirm: bytes = b""
    hop: Hop | None = None


@dataclass
class Ownership:
    """A group that the device owns."""

    identity: Identity
    members: dict[str, Hop] = field(default_factory=dict)
    pending: dict[bytes, Pending] = field(default_factory=dict)


@dataclass
class Repeat:
    """A frame to be sent again. ``rejoin``: a group to ask for anew when it was sent often enough."""

    due: float
    left: int
    frame: Frame
    rejoin: str | None = None


class Device:
    """One station's protocol. ``frames`` and ``events`` collect what is to go out; take and clear them."""

    def __init__(self, address: int, trust: Trust) -> None:
        self.address = address
        self.trust = trust
        self.steady = 0.0
        self.now = 0.0
        self.frames: list[Frame] = []
        self.events: list[Event] = []
        self._owned: dict[str, Ownership] = {}
        self._joining: dict[str, Joining] = {}
        self._joined: dict[str, Hop] = {}
        self._repeats: dict[RepeatKey, Repeat] = {}

    # --- what the application asks ----------------------------------------------------------------

    def own(self, group: str, identity: Identity) -> None:
        self._owned[group] = Ownership(identity)

    def join(self, group: str, owner_address: int, identity: Identity) -> None:
        if group in self._joining or group in self._joined:
            self.events.append(Declined("join", "joined already, or asking"))
            return
        self._joining[group] = Joining(group, owner_address, identity)
        self._say_hello(group)

    def send(self, group: str, data: bytes, to: str | None) -> None:
        receiver = pack() if to is None else pack(to.encode())
        if group in self._joined:
            self._tell(self._joined[group], DATA, receiver, data)
        elif group in self._owned:
            self._spread(group, self._owned[group].identity.name, receiver, data)
        else:
            self.events.append(Declined("send", "not joined"))

    def remove(self, group: str, member: str) -> None:
        hop = self._owned[group].members.pop(member, None) if group in self._owned else None
        if hop is None:
            self.events.append(Declined("remove", "no such member"))
            return
        self._part(hop)
        self.events.append(Left(group, member, "removed"))

    def leave(self, group: str) -> None:
        joining, hop = self._joining.pop(group, None), self._joined.pop(group, None)
        self._forget(joining)
        if joining is not None and joining.hop is not None:
            self._part(joining.hop)  # the GO may have admitted us, and its WELCOME be lost
        if hop is not None:
            self._part(hop)
            self.events.append(Left(group))

    # --- time and frames --------------------------------------------------------------------------

    def next_due(self) -> float | None:
        """When, by the steady clock, :meth:`tick` wants to be called."""
        return min((repeat.due for repeat in self._repeats.values()), default=None)

    def tick(self) -> None:
        """Send again what is due."""
        for key, repeat in list(self._repeats.items()):
            if repeat.due > self.steady or self._repeats.get(key) is not repeat:
                continue
            if repeat.left == 0:
                del self._repeats[key]
                if repeat.rejoin is not None:
                    self._say_hello(repeat.rejoin)
                continue
            repeat.left, repeat.due = repeat.left - 1, self.steady + RETRY
            self.frames.append(repeat.frame)

    def receive(self, frame: Frame) -> None:
        """Take a frame from anyone."""
        try:
            kind, number = frame.payload[0], frame.payload[1:9]
            if kind == HELLO:
                self._on_hello(frame)
            elif kind == ANSWER:
                self._on_answer(number, frame)
            elif kind == CONFIRM:
                self._on_confirm(number, frame)
            elif kind == HOP:
                self._on_hop(number, frame)
        except (Rejected, ValueError, KeyError, TypeError, IndexError) as wrong:
            self.events.append(Diagnostic(f"frame of kind {frame.payload[:1].hex()} ignored: {wrong}"))

    # --- joining ----------------------------------------------------------------------------------

    def _say_hello(self, group: str) -> None:
        joining = self._joining.get(group)
        if joining is None:
            return
        joining.hop, joining.number, joining.key = None, os.urandom(8), X25519PrivateKey.generate()
        fields = (group.encode(), joining.number, joining.key.public_key().public_bytes_raw())
        joining.hello = bytes([HELLO]) + bytes(8) + pack(*fields)
        self._repeat((joining.number, HELLO), joining.owner_address, joining.hello, TRIES, group)

    def _on_hello(self, frame: Frame) -> None:
        named, peer_number, peer_key = unpack(frame.payload[9:], 3)
        group = named.decode()
        owned = self._owned.get(group)
        if owned is None:
            return
        pending = owned.pending.get(frame.payload)
        if pending is None:
            number, key = os.urandom(8), X25519PrivateKey.generate()
            shared = key.exchange(X25519PublicKey.from_public_bytes(peer_key))
            public = key.public_key().public_bytes_raw()
            told = pack(frame.payload, number, public, owned.identity.certificate)
            signature = owned.identity.key.sign(DOMAIN + b" owner" + sha256(told).digest())
            head = bytes([ANSWER]) + peer_number
            answer = head + pack(number, public, owned.identity.certificate, signature)
            transcript = sha256(pack(frame.payload, answer)).digest()
            pending = Pending(number, answer, transcript, shared, peer_number, frame.source)
            owned.pending[frame.payload] = pending
            if len(owned.pending) > MOST_PENDING:
                del owned.pending[next(iter(owned.pending))]
        self.frames.append(Frame(self.address, frame.source, pending.answer))

    def _on_answer(self, number: bytes, frame: Frame) -> None:
        joining = next((one for one in self._joining.values() if one.number == number), None)
        if joining is None or joining.key is None or joining.hop is not None:
            return
        peer_number, public, certificate, signature = unpack(frame.payload[9:], 4)
        told = pack(joining.hello, peer_number, public, certificate)
        signed = DOMAIN + b" owner" + sha256(told).digest()
        owner = self.trust.check(certificate, joining.group, "owner", self.now, signature, signed)
        shared = joining.key.exchange(X25519PublicKey.from_public_bytes(public))
        transcript = sha256(pack(joining.hello, frame.payload)).digest()
        head = bytes([CONFIRM]) + peer_number
        identity = joining.identity
        proof = pack(identity.certificate, identity.key.sign(DOMAIN + b" member" + transcript))
        confirm = head + derive(shared, transcript, b" confirm").encrypt(bytes(12), proof, head)
        final = sha256(transcript + confirm).digest()
        up, down = derive(shared, final, b" up"), derive(shared, final, b" down")
        joining.hop = Hop(joining.group, owner, frame.source, number, peer_number, up, down)
        self._repeats.pop((number, HELLO), None)
        self._repeat((number, CONFIRM), frame.source, confirm, TRIES, joining.group)

    def _on_confirm(self, number: bytes, frame: Frame) -> None:
        for group, owned in self._owned.items():
            for pending in [one for one in owned.pending.values() if one.number == number]:
                self._admit(group, owned, pending, frame)

    def _admit(self, group: str, owned: Ownership, pending: Pending, frame: Frame) -> None:
        if pending.hop is not None:
            # Our WELCOME was lost: say it again, but admit nobody anew.
            if frame.payload == pending.confirm and pending.hop in owned.members.values():
                self._say(pending.hop, WELCOME)
            return
        head = frame.payload[:9]
        try:
            cipher = derive(pending.shared, pending.transcript, b" confirm")
            certificate, signature = unpack(cipher.decrypt(bytes(12), frame.payload[9:], head), 2)
        except InvalidTag as wrong:
            raise Rejected("a confirmation does not verify") from wrong
        signed = DOMAIN + b" member" + pending.transcript
        peer = self.trust.check(certificate, group, "member", self.now, signature, signed)
        final = sha256(pending.transcript + frame.payload).digest()
        up, down = derive(pending.shared, final, b" up"), derive(pending.shared, final, b" down")
        hop = Hop(group, peer, pending.peer_address, pending.number, pending.peer_number, down, up)
        pending.hop, pending.confirm = hop, frame.payload
        self._forget(owned.members.get(peer))
        owned.members[peer] = hop
        self.events.append(Joined(group, peer))
        self._say(hop, WELCOME)

    # --- the hop ----------------------------------------------------------------------------------

    def _on_hop(self, number: bytes, frame: Frame) -> None:
        hop = self._hop(number)
        if hop is None:
            return
        content, fresh = hop.open(frame.payload)
        kind, first, second, third = unpack(content, 4)
        if kind == DATA:
            self._say(hop, ACK, frame.payload[9:17])
        if not fresh:
            return
        joining = self._joining.get(hop.group)
        if joining is not None and joining.hop is hop:
            # Whatever opens under the traffic key shows that the GO has admitted us.
            self._forget(joining)
            del self._joining[hop.group]
            self._joined[hop.group] = hop
            self.events.append(Joined(hop.group, hop.peer))
        if kind == ACK:
            self._repeats.pop((hop.number, int.from_bytes(first, "big")), None)
        elif kind == BYE:
            self._forget(hop)
            if self._joined.get(hop.group) is hop:
                del self._joined[hop.group]
                self.events.append(Left(hop.group, None, "removed"))
            else:
                del self._owned[hop.group].members[hop.peer]
                self.events.append(Left(hop.group, hop.peer))
        elif kind == DATA and self._joined.get(hop.group) is hop:
            cast = _cast(first)
            self.events.append(Received(hop.group, second, third.decode(), cast, hop.peer))
        elif kind == DATA:
            self._spread(hop.group, hop.peer, first, second)

    def _spread(self, group: str, sender: str, receiver: bytes, data: bytes) -> None:
        """At the GO: bring a message to those it is for. The sender's name is the hop's, never told."""
        owned = self._owned[group]
        to = unpack(receiver, 1)[0].decode() if receiver else None
        own_name = owned.identity.name
        if sender != own_name and to in (None, own_name):
            self.events.append(Received(group, data, sender, _cast(receiver), sender))
        for member, hop in owned.members.items():
            if member != sender and to in (None, member):
                self._tell(hop, DATA, receiver, data, sender.encode())

    def _say(
        self, hop: Hop, kind: bytes, first: bytes = b"", second: bytes = b"", third: bytes = b""
    ) -> None:
        """Send a message once."""
        self.frames.append(Frame(self.address, hop.peer_address, hop.seal(kind, first, second, third)[1]))

    def _tell(self, hop: Hop, kind: bytes, first: bytes, second: bytes, third: bytes = b"") -> None:
        """Send a message until it is acknowledged."""
        counter, payload = hop.seal(kind, first, second, third)
        self._repeat((hop.number, counter), hop.peer_address, payload, TRIES)

    def _part(self, hop: Hop) -> None:
        """Say goodbye, and know the hop no more."""
        self._forget(hop)
        self._repeat((hop.number, BYE), hop.peer_address, hop.seal(BYE, b"", b"", b"")[1], BYES)

    def _hop(self, number: bytes) -> Hop | None:
        hops = [
            *self._joined.values(),
            *(joining.hop for joining in self._joining.values() if joining.hop is not None),
            *(hop for owned in self._owned.values() for hop in owned.members.values()),
        ]
        return next((hop for hop in hops if hop.number == number), None)

    def _repeat(self, key: RepeatKey, to: int, payload: bytes, tries: int, rejoin: str | None = None) -> None:
        frame = Frame(self.address, to, payload)
        self.frames.append(frame)
        self._repeats[key] = Repeat(self.steady + RETRY, tries - 1, frame, rejoin)

    def _forget(self, gone: Hop | Joining | None) -> None:
        """Repeat nothing of ``gone`` any more."""
        if gone is not None:
            self._repeats = {key: one for key, one in self._repeats.items() if key[0] != gone.number}
