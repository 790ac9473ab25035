"""Noise by ``noiseprotocol``: messages with their length before them, in a reliable stream."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from noise.connection import Keypair, NoiseConnection
from noise.exceptions import NoiseHandshakeError, NoiseInvalidMessage, NoiseValueError

from examples.star.channel import Channel, PeerRefused
from examples.star.pins import Pins, holder
from pytest_prose_go.contract import Role

ALGORITHMS = "25519_ChaChaPoly_BLAKE2s"
KEY_SIZE = 32
_REFUSED = (InvalidTag, NoiseHandshakeError, NoiseInvalidMessage, NoiseValueError, ValueError)


class NoiseChannel(Channel):
    """One session of the pattern XX, with the group in its prologue. Whose the peer's key is, stands in ``pins``."""

    pattern = "XX"

    def __init__(self, private: bytes, identity: str, pins: Pins, group: str, initiator: bool) -> None:
        self.group = group
        self.identity = identity
        self._pins = pins
        self._initiator = initiator
        self._incoming = bytearray()
        self._outgoing: list[bytes] = []
        self._claimed = ""
        self._noise = NoiseConnection.from_name(f"Noise_{self.pattern}_{ALGORITHMS}".encode())
        self._noise.set_prologue(group.encode())
        if self.pattern != "NN":
            self._noise.set_keypair_from_private_bytes(Keypair.STATIC, private)
        if initiator:
            self._noise.set_as_initiator()
        else:
            self._noise.set_as_responder()
        self._noise.start_handshake()
        # The engine forgets whom it talked to when the handshake is done.
        self._handshake = self._noise.noise_protocol.handshake_state

    def start(self) -> None:
        if self._initiator:
            self._write()

    def feed(self, data: bytes) -> list[bytes]:
        plains = []
        self._incoming += data
        while self.failed is None and len(self._incoming) >= 2:
            whole = 2 + int.from_bytes(self._incoming[:2], "big")
            if len(self._incoming) < whole:
                break
            message = bytes(self._incoming[2:whole])
            del self._incoming[:whole]
            try:
                if self.open:
                    plains.append(bytes(self._noise.decrypt(message)))
                else:
                    self._shake(message)
            except _REFUSED as error:
                self.failed = f"{type(error).__name__} {error}".strip()
        return plains

    def protect(self, plain: bytes) -> None:
        if self.failed is None:
            self._push(self._noise.encrypt(plain))

    def outgoing(self) -> list[bytes]:
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def peer(self, role: Role, now: float) -> str:
        key: bytes = self._handshake.rs.public_bytes
        return holder(self._pins, key, self.group, role, now)

    @property
    def session_keys(self) -> list[bytes]:
        """The keys of both directions, once ``open``."""
        protocol = self._noise.noise_protocol
        return [protocol.cipher_state_encrypt.k, protocol.cipher_state_decrypt.k]

    def _shake(self, message: bytes) -> None:
        self._claimed = bytes(self._noise.read_message(message)).decode(errors="replace") or self._claimed
        if not self._noise.handshake_finished:
            self._write()
        self.open = self._noise.handshake_finished

    def _write(self) -> None:
        self._push(bytes(self._noise.write_message(self.identity.encode())))
        self.open = self._noise.handshake_finished

    def _push(self, message: bytes) -> None:
        self._outgoing.append(len(message).to_bytes(2, "big") + message)


class UnpinnedChannel(NoiseChannel):
    """XX, and nobody looks up whose the key is: the peer is whoever it says."""

    def peer(self, role: Role, now: float) -> str:
        if not self._claimed:
            raise PeerRefused("without a name")
        return self._claimed


class KeylessChannel(UnpinnedChannel):
    """NN: neither end has a key of its own."""

    pattern = "NN"
