"""A conforming group, with every habit that a careless oracle would take for a fault, raises no alarm.

``PROSE_GO_SILENCE_MB`` sets how many megabytes of frames are heard (1 if unset).
"""

from __future__ import annotations

import os
import zlib

from tests.judge.eavesdropper.hand_written import INSIDER, NAMES, OTHER_UE, OWNER, UE, HandWritten

MEGABYTES = float(os.environ.get("PROSE_GO_SILENCE_MB", "1"))


class Conforming:
    """Stations with a good cipher, clear headers, padding, resendings, beacons, and quoting errors."""

    def __init__(self, seed: int) -> None:
        self.air = HandWritten(seed)
        self.size = 0
        self._certificate = self.air.draw(400)
        self._sessions = {UE: self.air.draw(16), OTHER_UE: self.air.draw(16), OWNER: self.air.draw(16)}
        self._counter = 0
        self._last = b""

    def emit(self, payload: bytes, station: int, by: str) -> int:
        self.size += len(payload)
        self._last = payload
        return self.air.emit(payload, station, by)

    def seal(self, data: bytes, session: bytes) -> bytes:
        """A frame: version, names, session, counter from zero, ciphertext, tag, padding to 16 or 256."""
        self._counter += 1
        packed = zlib.compress(data) if self._counter % 3 == 0 else data
        head = b"\x01allotment" + session + self._counter.to_bytes(8)
        body = head + self.air.draw(len(packed) + 16)
        return body + bytes(-len(body) % (256 if self._counter % 5 == 0 else 16))

    def hop(self, data: bytes, emitter: int, receiver: int, session: bytes, by: str) -> int:
        """One hop: sent, sometimes resent with the same bytes, sometimes enciphered anew or in pieces."""
        habit = self.air.random.randrange(6)
        frame = self.seal(data, session)
        if habit == 0 and len(data) > 40:
            middle = len(data) // 2
            self.air.deliver(receiver, self.emit(self.seal(data[:middle], session), emitter, by))
            frame = self.seal(data[middle:], session)
        emission = self.emit(frame, emitter, by)
        delivery = self.air.deliver(receiver, emission)
        if habit == 1:
            self.air.deliver(receiver, self.emit(frame, emitter, "wake"))
        if habit == 2:
            self.emit(self.seal(data, session), emitter, "wake")
        if habit == 3:
            self.emit(b"error: bad frame " + self._last[:200].hex().encode(), receiver, "receive")
        if habit == 4:
            self.emit(b"error: bad frame " + self._last, receiver, "receive")
        return delivery

    def message(self, data: bytes) -> None:
        air = self.air
        what = air.random.randrange(4)
        if what == 0:
            air.send(data, OWNER, NAMES[UE])
            air.report(UE, data, self.hop(data, OWNER, UE, self._sessions[UE], "send"))
        elif what == 1:
            air.send(data, OWNER, None)
            delivery = self.hop(data, OWNER, UE, self._sessions[OWNER], "send")
            air.report(UE, data, delivery)
        else:
            to = NAMES[OTHER_UE] if what == 2 else None
            air.send(data, UE, to)
            self.hop(data, UE, OWNER, self._sessions[UE], "send")
            delivery = self.hop(data, OWNER, OTHER_UE, self._sessions[OTHER_UE], "receive")
            air.report(OTHER_UE, data, delivery)

    def join(self, station: int) -> None:
        """A new session: the same certificate as always, new randomness, the counters at zero again."""
        self.air.join(station)
        self._sessions[station] = self.air.draw(16)
        self._counter = 0
        for emitter in (station, OWNER):
            self.emit(b"hello" + self._certificate + self.air.draw(32), emitter, "receive")
        self.emit(b"beacon allotment " + self._certificate[:32].hex().encode(), OWNER, "wake")

    def attack(self, data: bytes) -> None:
        self.air.move("inject")
        self.air.deliver(OWNER, None, "injected", b"junk" + data)
        self.emit(b"what is junk" + data + b"?", OWNER, "receive")
        self.air.emit(data, INSIDER)


def test_a_conforming_group_raises_no_alarm() -> None:
    heard = 0
    seed = 0
    while heard < MEGABYTES * 1e6:
        group = Conforming(seed)
        air = group.air
        seed += 1
        again = air.draw(96)
        block = air.draw(16)
        for secret in (air.draw(32), air.draw(16)):
            air.eavesdropper.knows_secret("credentials", secret)
        for station in (UE, OTHER_UE):
            group.join(station)
        for count in range(40):
            size = air.random.choice([1, 1, 2, 8, 16, 33, 64, 100, 257, 1024])
            group.message(air.draw(size))
            if count % 4 == 0:
                group.message(again)
            if count % 10 == 5:
                group.message(block * 6)
                group.message(bytes(64))
            if count % 15 == 14:
                group.join(UE)
                group.attack(air.draw(300))
        heard += group.size
        assert air.eavesdropper.conclude() == []
        assert air.eavesdropper.leads == []
        assert len(air.eavesdropper.looked_for) == 5
