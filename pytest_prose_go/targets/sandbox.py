"""What a process gives up before a target runs in it: the network, the disk, its rights.

Linux lets a process without privilege do this in a user namespace of its own, where the system's owner has
not forbidden it. Nothing here is needed for a verdict; what held is told in the report. The module stands
alone, so that it can also be run as a program: ``python sandbox.py NUMBER COMMAND …`` gives up the network,
writes what held to the file of that number, and becomes the command.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import os
import socket
import struct
import sys

NEW_USER, NEW_NETWORK, NEW_MOUNTS, NEW_IPC = 0x10000000, 0x40000000, 0x00020000, 0x08000000
PRIVATE, RECURSIVE = 1 << 18, 0x4000
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE, READ_ONLY = 442, -100, 0x8000, 1
SET_INTERFACE_FLAGS, INTERFACE_UP = 0x8914, 0x1
NO_NEW_PRIVILEGES, CAPSET, CAPABILITY_VERSION = 38, 126, 0x20080522
NOBODYS = 1000
"""What number 0 is called inside: a namespace within that would map 0 again is denied to whoever has no rights."""
FOLDER_SIZE = b"size=64m,mode=0700"


class Denied(Exception):
    """The system does not allow it. The text says what and why."""


def without_network() -> str:
    """Give up every network but an own loopback. Returns what held, in words; raises :class:`Denied`."""
    _unshare(NEW_NETWORK | NEW_IPC)
    _raise_loopback()
    return "no network but its own loopback"


def without_network_and_disk(folder: str) -> str:
    """The same, and nothing to write to but the working folder ``folder``, empty and in memory."""
    _unshare(NEW_NETWORK | NEW_IPC | NEW_MOUNTS)
    _raise_loopback()
    held = "no network but its own loopback"
    try:
        _keep_the_disk(folder)
    except Denied as denied:
        return f"{held}; its own working folder, the disk can be written to ({denied})"
    return f"{held}; nothing to write to but its own empty working folder"


def give_up_rights() -> None:
    """Give up what a user namespace's maker may do in it, for good."""
    libc = _libc()
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    libc.syscall(CAPSET, struct.pack("Ii", CAPABILITY_VERSION, 0), struct.pack("6I", *[0] * 6))


def _keep_the_disk(folder: str) -> None:
    libc = _libc()
    _done("mount", libc.mount(None, b"/", None, PRIVATE | RECURSIVE, None))
    _set_mount(b"/", AT_RECURSIVE, READ_ONLY, 0)
    _set_mount(b"/proc", 0, 0, READ_ONLY)  # a process that it forks makes its own namespaces there
    _done("mount", libc.mount(b"none", folder.encode(), b"tmpfs", 0, FOLDER_SIZE))
    os.chdir(folder)


def _set_mount(path: bytes, flags: int, add: int, take: int) -> None:
    attributes = struct.pack("4Q", add, take, 0, 0)
    size = ctypes.c_size_t(len(attributes))
    _done("mount_setattr", _libc().syscall(MOUNT_SETATTR, AT_FDCWD, path, flags, attributes, size))


def _unshare(what: int) -> None:
    if sys.platform != "linux":
        raise Denied("only Linux has namespaces")
    user, group = os.getuid(), os.getgid()
    _done("unshare", _libc().unshare(NEW_USER | what))
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user or NOBODYS} {user} 1"),
        ("gid_map", f"{group or NOBODYS} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SET_INTERFACE_FLAGS, struct.pack("16sh14x", b"lo", INTERFACE_UP))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _done(what: str, code: int) -> None:
    if code != 0:
        number = ctypes.get_errno()
        raise Denied(f"{what}: {errno.errorcode.get(number, number)}")


def main() -> None:
    """Give up the network, tell what held, and become the command."""
    number, command = int(sys.argv[1]), sys.argv[2:]
    try:
        held = without_network()
        give_up_rights()
    except (Denied, OSError) as denied:
        held = f"the network is not cut off ({denied})"
    os.write(number, json.dumps({"held": held}).encode())
    os.close(number)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"cannot run {command[0]!r}: {error.strerror}", file=sys.stderr)
        sys.exit(127)


if __name__ == "__main__":
    main()
