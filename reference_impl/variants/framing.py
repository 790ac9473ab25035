"""What frames look like on the air: padded, cut, bundled, disguised. None of it protects anything."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from reference_impl.errors import PeerViolation
from reference_impl.outcome import AirFrame
from reference_impl.protection import Channel, HopProtection, SecurityContext, channel_of
from reference_impl.randomness import Randomness
from reference_impl.variants import Variant
from reference_impl.variants.radio import Habit, RadioDevice

LARGE_FRAMES = {"limits": {"frame_most": 65_536}}
"""What a statement says where frames grow on their way out."""


def _with_length(payload: bytes) -> bytes:
    return len(payload).to_bytes(2, "big") + payload


def _without_length(payload: bytes) -> bytes | None:
    length = int.from_bytes(payload[:2], "big")
    return payload[2 : 2 + length] if len(payload) >= 2 + length else None


class FixedSizes(Habit):
    """Fills frames with zeros up to a multiple of 256 octets. The filling is outside all protection."""

    block = 256

    def wrapped(self, frame: AirFrame) -> list[AirFrame]:
        inner = _with_length(frame.payload)
        return [replace(frame, payload=inner + bytes(-len(inner) % self.block))]

    def unwrapped(self, frame: AirFrame) -> list[AirFrame]:
        inner = _without_length(frame.payload)
        return [] if inner is None else [replace(frame, payload=inner)]


class FramesOfFixedSizes(Variant):
    identifier = "frames-of-fixed-sizes"
    sentence = "Every frame is filled up with zeros to a multiple of 256 octets, outside the protection."
    shows = ("C-05", "C-47")
    claims = LARGE_FRAMES
    habits = (FixedSizes,)


class RandomTail(Habit):
    """Ends each frame with random octets that nobody reads."""

    def wrapped(self, frame: AirFrame) -> list[AirFrame]:
        size = self.randomness.draw(1)[0] % 48
        return [replace(frame, payload=_with_length(frame.payload) + self.randomness.draw(size))]

    def unwrapped(self, frame: AirFrame) -> list[AirFrame]:
        inner = _without_length(frame.payload)
        return [] if inner is None else [replace(frame, payload=inner)]


class OctetsThatMeanNothing(Variant):
    identifier = "random-tails"
    sentence = "Every frame ends with up to 47 random octets that the receiver ignores."
    shows = ("C-47", "C-53")
    claims = LARGE_FRAMES
    habits = (RandomTail,)


class Fragments(Habit):
    """Cuts frames into pieces of ``size`` octets, each with a number of the frame, its place and their count."""

    size = 72
    most_unfinished = 64

    def __init__(self, device: RadioDevice, randomness: Randomness) -> None:
        super().__init__(device, randomness)
        self.number = int.from_bytes(randomness.draw(2), "big")
        self.unfinished: dict[tuple[int, int, int, int], dict[int, bytes]] = {}

    def wrapped(self, frame: AirFrame) -> list[AirFrame]:
        self.number = (self.number + 1) & 0xFFFF
        pieces = [frame.payload[at : at + self.size] for at in range(0, len(frame.payload), self.size)]
        head = self.number.to_bytes(2, "big")
        return [
            replace(frame, payload=head + place.to_bytes(2, "big") + len(pieces).to_bytes(2, "big") + piece)
            for place, piece in enumerate(pieces)
        ]

    def unwrapped(self, frame: AirFrame) -> list[AirFrame]:
        if len(frame.payload) < 7:
            return []
        number, place, count = (int.from_bytes(frame.payload[at : at + 2], "big") for at in (0, 2, 4))
        key = (frame.source, frame.destination, number, count)
        if place >= count:
            return []
        if key not in self.unfinished and len(self.unfinished) >= self.most_unfinished:
            del self.unfinished[next(iter(self.unfinished))]
        pieces = self.unfinished.setdefault(key, {})
        pieces[place] = frame.payload[6:]
        if len(pieces) < count:
            return []
        del self.unfinished[key]
        return [replace(frame, payload=b"".join(pieces[each] for each in range(count)))]


class SmallFrames(Variant):
    identifier = "small-frames"
    sentence = "Frames carry at most 78 octets, so that a message takes several and a join some dozens."
    shows = ("C-07", "C-22")
    claims: ClassVar = {"limits": {"frame_most": 78}}
    habits = (Fragments,)


class Bundles(Habit):
    """Holds frames for 8 ms and sends those to one destination as one."""

    held_for = 0.008
    most_octets = 8000

    def __init__(self, device: RadioDevice, randomness: Randomness) -> None:
        super().__init__(device, randomness)
        self.held: list[AirFrame] = []
        self.due: float | None = None

    def wrapped(self, frame: AirFrame) -> list[AirFrame]:
        return [replace(frame, payload=_with_length(frame.payload))]

    def unwrapped(self, frame: AirFrame) -> list[AirFrame]:
        whole, rest = [], frame.payload
        while rest:
            inner = _without_length(rest)
            if inner is None:
                return []
            whole.append(replace(frame, payload=inner))
            rest = rest[2 + len(inner) :]
        return whole

    def outward(self, frames: Sequence[AirFrame], now: float) -> list[AirFrame]:
        for frame in frames:
            self.held += self.wrapped(frame)
        if self.held and self.due is None:
            self.due = now + self.held_for
        if self.due is None or self.due > now:
            return []
        bundles: list[AirFrame] = []
        for frame in self.held:
            last = bundles[-1] if bundles else None
            same = last is not None and (last.source, last.destination) == (frame.source, frame.destination)
            if last is not None and same and len(last.payload) + len(frame.payload) <= self.most_octets:
                bundles[-1] = replace(last, payload=last.payload + frame.payload)
            else:
                bundles.append(frame)
        self.held, self.due = [], None
        return bundles

    def deadline(self) -> float | None:
        return self.due


class BundledFrames(Variant):
    identifier = "bundled-frames"
    sentence = "What goes to one destination within 8 ms travels as one frame."
    claims = LARGE_FRAMES
    habits = (Bundles,)


class Checksum(Habit):
    """Ends frames with a CRC-32, and drops in silence what comes with a wrong one."""

    def wrapped(self, frame: AirFrame) -> list[AirFrame]:
        return [replace(frame, payload=frame.payload + zlib.crc32(frame.payload).to_bytes(4, "big"))]

    def unwrapped(self, frame: AirFrame) -> list[AirFrame]:
        inner = frame.payload[:-4]
        is_right = zlib.crc32(inner).to_bytes(4, "big") == frame.payload[-4:]
        return [replace(frame, payload=inner)] if is_right else []


class ChecksumBelow(Variant):
    identifier = "checksum-below"
    sentence = "A CRC-32 of the radio drops frames that were altered before any MAC is looked at."
    shows = ("C-12",)
    habits = (Checksum,)


class PublicCipher(Habit):
    """Ciphers each frame whole under a key that is printed in the manual and a random start value."""

    key = hashlib.sha256(b"printed in the manual").digest()[:16]
    start_octets = 16

    def _mixed(self, start: bytes, data: bytes) -> bytes:
        encryptor = Cipher(algorithms.AES(self.key), modes.CTR(start)).encryptor()
        return encryptor.update(data) + encryptor.finalize()

    def wrapped(self, frame: AirFrame) -> list[AirFrame]:
        start = self.randomness.draw(self.start_octets)
        return [replace(frame, payload=start + self._mixed(start, frame.payload))]

    def unwrapped(self, frame: AirFrame) -> list[AirFrame]:
        start, body = frame.payload[: self.start_octets], frame.payload[self.start_octets :]
        return [replace(frame, payload=self._mixed(start, body))] if body else []


class NothingInClear(Variant):
    identifier = "nothing-in-clear"
    sentence = (
        "Every frame is ciphered from its first octet on, the first of a join too, so that none looks alike."
    )
    shows = ("C-55",)
    habits = (PublicCipher,)


class NamesInFront(Habit):
    """Puts the names of the device's groups and its own name in clear before each frame."""

    def _names(self) -> bytes:
        owned = [room.own for room in self.device.owned.values()]
        joined = [room.own for room in self.device.joined.values()]
        return " ".join(f"{own.group}/{own.name}" for own in (*owned, *joined)).encode()

    def wrapped(self, frame: AirFrame) -> list[AirFrame]:
        return [replace(frame, payload=_with_length(self._names()) + frame.payload)]

    def unwrapped(self, frame: AirFrame) -> list[AirFrame]:
        names = _without_length(frame.payload)
        if names is None or len(frame.payload) <= 2 + len(names):
            return []
        return [replace(frame, payload=frame.payload[2 + len(names) :])]


class NamesInClear(Variant):
    identifier = "names-in-clear"
    sentence = "The names of the group and of the sender stand in clear in every frame."
    shows = ("C-32", "C-33")
    habits = (NamesInFront,)


class InvertedBits(Habit):
    """Inverts all bits of every frame, as a line code of a radio may."""

    def wrapped(self, frame: AirFrame) -> list[AirFrame]:
        return [replace(frame, payload=bytes(octet ^ 0xFF for octet in frame.payload))]

    def unwrapped(self, frame: AirFrame) -> list[AirFrame]:
        return self.wrapped(frame)


class LineCode(Variant):
    identifier = "line-code"
    sentence = "Frames travel with all bits inverted."
    habits = (InvertedBits,)


# --- inside the protection ----------------------------------------------------------------------------


class _Reshaped(HopProtection):
    """Data of a hop get another shape before they are protected; the security mode procedure does not."""

    def shaped(self, data: bytes) -> bytes:
        raise NotImplementedError

    def restored(self, shape: bytes) -> bytes:
        """The data again. Raises :class:`PeerViolation` for what :meth:`shaped` never makes."""
        raise NotImplementedError

    def protect(self, context: SecurityContext, channel: Channel, data: bytes) -> bytes:
        inner = data if channel is Channel.SECURITY_MODE else self.shaped(data)
        return super().protect(context, channel, inner)

    def peek(self, context: SecurityContext, payload: bytes, direction: int) -> tuple[int, bytes]:
        counter, inner = super().peek(context, payload, direction)
        if channel_of(payload) is Channel.SECURITY_MODE:
            return counter, inner
        return counter, self.restored(inner)


class _PaddedInside(_Reshaped):
    def shaped(self, data: bytes) -> bytes:
        inner = _with_length(data)
        return inner + bytes(-len(inner) % 128)

    def restored(self, shape: bytes) -> bytes:
        inner = _without_length(shape)
        if inner is None or any(shape[2 + len(inner) :]):
            raise PeerViolation("wrong padding")
        return inner


class PaddedInside(Variant):
    identifier = "padded-inside"
    sentence = "Messages are filled up with zeros to blocks of 128 octets before they are ciphered."
    shows = ("C-05",)
    hop = _PaddedInside


class _Compressed(_Reshaped):
    most_octets = 16_384

    def shaped(self, data: bytes) -> bytes:
        return zlib.compress(data)

    def restored(self, shape: bytes) -> bytes:
        engine = zlib.decompressobj()
        try:
            data = engine.decompress(shape, self.most_octets)
        except zlib.error:
            raise PeerViolation("cannot be decompressed") from None
        if not engine.eof or engine.unused_data:
            raise PeerViolation("ends in the wrong place")
        return data


class Compressed(Variant):
    identifier = "compressed"
    sentence = "Messages are compressed before they are ciphered."
    shows = ("C-06",)
    hop = _Compressed


# --- above the protection -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Mask:
    """A keystream from a salt: all of it needs the whole message, and hides nothing from who has that."""

    salt: bytes
    purpose: bytes = field(default=b"end to end")

    def over(self, data: bytes) -> bytes:
        stream = hashlib.shake_128(self.purpose + self.salt).digest(len(data))
        return bytes(one ^ other for one, other in zip(data, stream, strict=True))


class EndToEnd(Habit):
    """Applications mask their messages with a random salt, and put it in front."""

    salt_octets = 12

    def disguised(self, data: bytes) -> bytes:
        salt = self.randomness.draw(self.salt_octets)
        return salt + _Mask(salt).over(data)

    def plain(self, data: bytes) -> bytes:
        return _Mask(data[: self.salt_octets]).over(data[self.salt_octets :])


class AnotherLayer(Variant):
    identifier = "another-layer"
    sentence = (
        "A layer above the hops masks messages from end to end, so that what the GO passes on is longer."
    )
    shows = ("C-62",)
    claims: ClassVar = {"limits": {"payload_most": 1000}}
    habits = (EndToEnd,)
