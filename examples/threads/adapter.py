"""Stations as threads: each has its event loop, its timers, and a UDP socket for a radio, on the real clock.

The other end of the radio's socket pair is the adapter's: what the thread sends there comes out of the calls,
and frames that the suite delivers go in. Commands wait until the thread has obeyed; events come in a queue.
"""

from __future__ import annotations

import contextlib
import json
import math
import queue
import select
import socket
import threading
import time
from collections.abc import Callable, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from examples.threads.certificates import PURPOSE, Identity, Trust, certify
from examples.threads.protocol import Device
from pytest_prose_go.contract import (
    Credentials,
    Event,
    Flaw,
    Frame,
    Limits,
    Output,
    Patience,
    Role,
    Statement,
    Station,
    Target,
    Unsupported,
)

MOST_DATAGRAM = 4096
LONGEST_WAIT = 0.05
"""Seconds of one :meth:`ThreadStation.wait`: the suite asks again, and its idea of the time may be skewed."""
NOTICE = b"\0"
"""A datagram that is no frame: the thread has something in its queue."""
DAY = 86_400.0

STATEMENT = Statement(
    product="threads",
    version="1",
    clock="real",
    call_deadline=5.0,
    setup_deadline=10.0,
    patience=Patience(join=1.0, delivery=0.5, rejoin=1.5),
    limits=Limits(payload_most=1024, frame_most=2048, members=32, groups_per_station=2),
    reports=("sender", "cast"),
    groupcast_integrity=True,
    groupcast_origin=True,
    forward_secrecy=True,
    late_issue=True,
)


class ThreadStation(Station):
    """The suite's end of a station."""

    def __init__(self, label: str, address: int, trust: Trust) -> None:
        self._address = address
        self._radio, other = _radio_pair()
        self._ahead = time.time() - time.monotonic()
        """How far the device's clock is ahead of the steady one: the suite says what time it is."""
        self._control: queue.SimpleQueue[tuple[Callable[[Device], None] | None, threading.Event]] = (
            queue.SimpleQueue()
        )
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._live, args=(other, trust), name=f"station {label}")
        self._thread.daemon = True
        self._thread.start()

    @property
    def listens(self) -> frozenset[int]:
        return frozenset({self._address})

    def own(self, group: str, credentials: Credentials, now: float, claim: str | None = None) -> Output:
        identity = _identity(credentials)
        return self._command(lambda device: device.own(group, identity), now)

    def join(
        self, group: str, owner_address: int, credentials: Credentials, now: float, claim: str | None = None
    ) -> Output:
        identity = _identity(credentials)
        return self._command(lambda device: device.join(group, owner_address, identity), now)

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        return self._command(lambda device: device.send(group, data, to), now)

    def remove(self, group: str, member: str, now: float) -> Output:
        return self._command(lambda device: device.remove(group, member), now)

    def leave(self, group: str, now: float) -> Output:
        return self._command(lambda device: device.leave(group), now)

    def receive(self, frame: Frame, now: float) -> Output:
        self._ahead = now - time.monotonic()
        self._radio.send(_datagram(frame))
        return self._output()

    def wait(self, until: float) -> Output:
        output = self._output()
        if not output.frames and not output.events:
            _wait_for(self._radio, min(max(until - time.time(), 0.0), LONGEST_WAIT))
            output = self._output()
        return output

    def stop(self) -> None:
        if self._thread.is_alive():
            self._obey(None)
            self._thread.join()
        self._radio.close()

    def _command(self, act: Callable[[Device], None], now: float) -> Output:
        self._ahead = now - time.monotonic()
        self._obey(act)
        return self._output()

    def _obey(self, act: Callable[[Device], None] | None) -> None:
        """Let the thread do ``act`` (None: end), and wait for it."""
        done = threading.Event()
        self._control.put((act, done))
        self._radio.send(NOTICE)
        while not done.wait(LONGEST_WAIT):
            if not self._thread.is_alive():
                raise RuntimeError(f"{self._thread.name} has died")

    def _output(self) -> Output:
        """What the thread has sent and told so far."""
        frames, events = [], []
        with contextlib.suppress(BlockingIOError):
            while True:
                datagram = self._radio.recv(MOST_DATAGRAM)
                if datagram != NOTICE:
                    frames.append(_frame(datagram))
        with contextlib.suppress(queue.Empty):
            while True:
                events.append(self._events.get_nowait())
        return Output(frames, events)

    # --- in the station's thread ------------------------------------------------------------------

    def _live(self, radio: socket.socket, trust: Trust) -> None:
        device = Device(self._address, trust)
        with radio:
            while True:
                due = device.next_due()
                _wait_for(radio, None if due is None else max(due - time.monotonic(), 0.0))
                device.steady = time.monotonic()
                device.now = device.steady + self._ahead
                with contextlib.suppress(BlockingIOError):
                    while True:
                        datagram = radio.recv(MOST_DATAGRAM)
                        if datagram != NOTICE:
                            device.receive(_frame(datagram))
                obeyed = []
                while not self._control.empty():
                    act, done = self._control.get()
                    obeyed.append(done)
                    if act is None:
                        done.set()
                        return
                    act(device)
                device.tick()
                self._hand_over(device, radio)
                for done in obeyed:
                    done.set()

    def _hand_over(self, device: Device, radio: socket.socket) -> None:
        for event in device.events:
            self._events.put(event)
        for frame in device.frames:
            radio.send(_datagram(frame))
        if device.events and not device.frames:
            radio.send(NOTICE)
        device.events.clear()
        device.frames.clear()


class ThreadsTarget(Target):
    """Makes stations, and the authorities that certify them."""

    statement = STATEMENT

    def __init__(self) -> None:
        self._authorities: dict[str, Ed25519PrivateKey] = {}
        self._stations: list[ThreadStation] = []

    def credentials(
        self,
        identity: str,
        group: str,
        authority: str,
        role: Role,
        valid_from: float,
        valid_until: float,
        flaw: Flaw | None = None,
    ) -> Credentials:
        if flaw in ("revoked", "explicit-parameters"):
            raise Unsupported(flaw)
        key, issuer, purpose = Ed25519PrivateKey.generate(), self._authority(authority), PURPOSE
        public = key.public_key().public_bytes_raw()
        if flaw == "expired":
            valid_from, valid_until = valid_from - 400 * DAY, time.time() - DAY
        elif flaw == "not-yet-valid":
            valid_from, valid_until = time.time() + 400 * DAY, valid_until + 800 * DAY
        elif flaw == "without-key":
            key = Ed25519PrivateKey.generate()
        elif flaw == "wrong-purpose":
            purpose = "something-else"
        elif flaw in ("issued-by-member", "look-alike-issuer"):
            issuer = Ed25519PrivateKey.generate()  # certificates name no issuer: another key is all there is
        facts = {"name": identity, "group": group, "role": role, "purpose": purpose}
        certificate = certify(issuer, public, **facts, **{"from": valid_from, "until": valid_until})
        secret = key.private_bytes_raw()
        data = {"name": identity, "certificate": certificate.hex(), "key": secret.hex()}
        return Credentials(json.dumps(data).encode(), (secret,), (certificate, public))

    def station(
        self,
        label: str,
        address: int,
        trusts: Sequence[str],
        seed: bytes,
        offers: Sequence[str] | None = None,
    ) -> ThreadStation:
        trust = Trust([self._authority(name).public_key() for name in trusts])
        station = ThreadStation(label, address, trust)
        self._stations.append(station)
        return station

    def close(self) -> None:
        for station in self._stations:
            station.stop()

    def _authority(self, name: str) -> Ed25519PrivateKey:
        if name not in self._authorities:
            self._authorities[name] = Ed25519PrivateKey.generate()
        return self._authorities[name]


def target() -> ThreadsTarget:
    """A fresh target."""
    return ThreadsTarget()


def _radio_pair() -> tuple[socket.socket, socket.socket]:
    """Two UDP sockets on the loopback interface that hear each other only."""
    pair = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    for each in pair:
        each.bind(("127.0.0.1", 0))
        each.setblocking(False)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    pair[0].connect(pair[1].getsockname())
    pair[1].connect(pair[0].getsockname())
    return pair[0], pair[1]


def _wait_for(radio: socket.socket, seconds: float | None) -> None:
    """Wait until ``radio`` has something, for ``seconds`` at most (None: as long as it takes)."""
    poll = select.poll()
    poll.register(radio, select.POLLIN)
    poll.poll(None if seconds is None else math.ceil(seconds * 1000))


def _datagram(frame: Frame) -> bytes:
    return frame.source.to_bytes(3, "big") + frame.destination.to_bytes(3, "big") + frame.payload


def _frame(datagram: bytes) -> Frame:
    return Frame(int.from_bytes(datagram[:3], "big"), int.from_bytes(datagram[3:6], "big"), datagram[6:])


def _identity(credentials: Credentials) -> Identity:
    """Who ``credentials`` make the device. Without usable ones it asks with a key that nobody certified."""
    try:
        told = json.loads(credentials.data)
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(told["key"]))
        return Identity(told["name"], bytes.fromhex(told["certificate"]), key)
    except (AttributeError, ValueError, KeyError, TypeError):
        return Identity("", b"", Ed25519PrivateKey.generate())
