"""A bare field on which devices of the reference stand: frames go straight to whom they are for, and no time passes
but what one asks for. What it costs is next to nothing, so that a measurement is of the devices."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from statistics import median
from time import process_time

from reference_impl.algorithms import ALGORITHMS
from reference_impl.authority import Laboratory
from reference_impl.device import Build, Device
from reference_impl.group_key import GroupProtection, Occasion, group_address
from reference_impl.group_owner import GroupOwner
from reference_impl.orders import DAY, Order
from reference_impl.outcome import AirFrame, Outbox
from reference_impl.parts import Parts
from reference_impl.randomness import Randomness

GROUP, OWNER, START = "field", "owner", 1_700_000_000.0
OWNER_ADDRESS = 1
FIRST_ADDRESS = 0x100000
AUTHORITY = "authority"


class Filling(GroupProtection):
    """Makes no new keys as long as a group fills: with each join they would go to all who are in already."""

    fills = True

    def renews_on(self, occasion: Occasion) -> bool:
        return not self.fills


class AnyNumber(GroupOwner):
    """An owner without a limit."""

    members_most = 1 << 20


class AnyNumberDevice(Device):
    """A device whose groups may have any size."""

    owner_room = AnyNumber


class Field:
    """One owner and its members, in a group that fills first and lives afterwards."""

    def __init__(self, device_class: type[Device] = AnyNumberDevice) -> None:
        self.now = START
        self.filling = Filling()
        self.parts = Parts(group=self.filling)
        self.device_class = device_class
        self.laboratory = Laboratory(b"field")
        self.by_address: dict[int, Device] = {}
        self.frames = 0
        """Frames that the owner gave to the air."""
        self._queue: deque[tuple[int, AirFrame]] = deque()
        self._to_all = group_address(GROUP)
        self.owner = self.device(OWNER_ADDRESS)
        self.take(OWNER_ADDRESS, self.owner.own(GROUP, self.credentials(OWNER, "owner"), self.now))

    def credentials(self, name: str, role: str = "member") -> bytes:
        order = Order(
            name, GROUP, AUTHORITY, "owner" if role == "owner" else "member", START - DAY, START + DAY
        )
        return self.laboratory.issue(order).encode()

    def device(self, address: int) -> Device:
        offers = tuple(each.name for each in ALGORITHMS)
        build = Build(address, (self.laboratory.anchor(AUTHORITY),), offers, self.parts)
        made = self.by_address[address] = self.device_class(
            build, Randomness(address.to_bytes(4, "big"), "field")
        )
        return made

    def take(self, address: int, outbox: Outbox) -> None:
        """Put a call's frames on their way."""
        if address == OWNER_ADDRESS:
            self.frames += len(outbox.frames)
        for frame in outbox.frames:
            self._queue.append((address, frame))

    def settle(self) -> None:
        """Carry frames until there are none."""
        while self._queue:
            emitter, frame = self._queue.popleft()
            if frame.destination == self._to_all:
                heard = [address for address in self.by_address if address != emitter]
            else:
                heard = [frame.destination]
            for address in heard:
                self.take(address, self.by_address[address].receive(frame, self.now))

    def settle_timed(self) -> tuple[float, float]:
        """As :meth:`settle`, where frames of the owner's go to members, which answer. Returns the seconds that one
        frame took at a member, and one answer at the owner, in the median."""
        spent: dict[bool, list[float]] = {True: [], False: []}
        while self._queue:
            emitter, frame = self._queue.popleft()
            is_answer = frame.destination == OWNER_ADDRESS
            heard = [frame.destination]
            if frame.destination == self._to_all:
                heard = [address for address in self.by_address if address != emitter]
            for address in heard:
                device = self.by_address[address]
                started = process_time()
                outbox = device.receive(frame, self.now)
                spent[is_answer].append(process_time() - started)
                self.take(address, outbox)
        return median(spent[False]), median(spent[True])

    def remove(self, number: int) -> None:
        """Remove the ``number``-th member; what follows of it is on its way, and not yet carried."""
        self.take(OWNER_ADDRESS, self.owner.remove(GROUP, f"ue{number}", self.now))

    def join(self, number: int) -> None:
        """Have the ``number``-th member join."""
        device = self.device(FIRST_ADDRESS + number)
        self.take(
            FIRST_ADDRESS + number,
            device.join(GROUP, OWNER_ADDRESS, self.credentials(f"ue{number}"), self.now),
        )
        self.settle()


def processor_seconds(call: Callable[[], object]) -> float:
    """The processor's time that a call takes."""
    started = process_time()
    call()
    return process_time() - started
