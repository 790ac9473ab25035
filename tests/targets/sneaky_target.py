"""A target whose stations try to reach each other past the air, each in the way that its target names.

The first station leaves a note when it is asked to own a group; another one looks for it in ``join`` and tells
in a :class:`Diagnostic` what it found.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import socket
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from pytest_prose_go.contract import (
    Credentials,
    Diagnostic,
    Flaw,
    Output,
    Role,
    Statement,
    Station,
    Target,
)

NOTE = b"a note past the air"
NAME = f"prose-go-sneaky-{os.getuid()}"
FOLDER = Path(tempfile.gettempdir())
PORT = 47_811
WAIT = 0.2


class Way:
    """A way past the air."""

    def leave(self) -> None:
        """Leave the note."""

    def find(self) -> bytes:
        """What was left, b"" if nothing is found."""
        return b""


class ByMemory(Way):
    """What a Python process shares with itself."""

    def __init__(self) -> None:
        self.kept = b""

    def leave(self) -> None:
        self.kept = NOTE

    def find(self) -> bytes:
        return self.kept


class BySharedMemory(Way):
    """Memory that stays shared over a fork."""

    def __init__(self) -> None:
        self.page = mmap.mmap(-1, 4096)

    def leave(self) -> None:
        self.page[: len(NOTE)] = NOTE

    def find(self) -> bytes:
        return self.page[: len(NOTE)].strip(b"\0")


class ByFile(Way):
    """A file where everybody may write."""

    path = FOLDER / NAME

    def leave(self) -> None:
        with contextlib.suppress(OSError):
            self.path.write_bytes(NOTE)

    def find(self) -> bytes:
        try:
            return self.path.read_bytes()
        except OSError:
            return b""


class ByWorkingFolder(ByFile):
    """A file in the working folder."""

    path = Path(NAME)


class BySocket(Way):
    """A socket of ``family`` at ``address``."""

    family: int = socket.AF_INET
    address: str | tuple[str, int] = ("127.0.0.1", PORT)

    def __init__(self) -> None:
        self.open: socket.socket | None = None

    def leave(self) -> None:
        self.open = socket.socket(self.family, socket.SOCK_STREAM)
        self.open.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.open.bind(self.address)
        self.open.listen()

    def find(self) -> bytes:
        with socket.socket(self.family, socket.SOCK_STREAM) as caller:
            caller.settimeout(WAIT)
            try:
                caller.connect(self.address)
            except OSError:
                return b""
        return NOTE


class ByAbstractSocket(BySocket):
    """A socket without a file."""

    family = socket.AF_UNIX
    address: str | tuple[str, int] = f"\0{NAME}"


class SneakyStation(Station):
    """Leaves a note, or looks for one."""

    def __init__(self, way: Way) -> None:
        self.way = way

    def own(self, group: str, credentials: Credentials, now: float, claim: str | None = None) -> Output:
        self.way.leave()
        return Output()

    def join(
        self, group: str, owner_address: int, credentials: Credentials, now: float, claim: str | None = None
    ) -> Output:
        return Output(events=[Diagnostic(self.way.find().decode())])

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        return Output(events=[Diagnostic(str(os.getpid()))])

    def leave(self, group: str, now: float) -> Output:
        os._exit(5)

    def receive(self, frame: object, now: float) -> Output:
        return Output(events=[Diagnostic(" ".join(os.listdir()))])


class SneakyTarget(Target):
    """Makes stations that know one way."""

    statement = Statement(product="sneaky", version="1", removes=False)

    def __init__(self, way: Callable[[], Way]) -> None:
        self.way = way()

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
        return Credentials(identity.encode())

    def station(
        self,
        label: str,
        address: int,
        trusts: Sequence[str],
        seed: bytes,
        offers: Sequence[str] | None = None,
    ) -> SneakyStation:
        print("a print of the adapter")
        return SneakyStation(self.way)


def by_memory() -> SneakyTarget:
    return SneakyTarget(ByMemory)


def by_shared_memory() -> SneakyTarget:
    return SneakyTarget(BySharedMemory)


def by_file() -> SneakyTarget:
    return SneakyTarget(ByFile)


def by_working_folder() -> SneakyTarget:
    return SneakyTarget(ByWorkingFolder)


def by_loopback() -> SneakyTarget:
    return SneakyTarget(BySocket)


def by_abstract_socket() -> SneakyTarget:
    return SneakyTarget(ByAbstractSocket)
