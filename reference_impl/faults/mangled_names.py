"""Faults of the GO in what it makes of a certified name, after every check has found it good."""

from __future__ import annotations

from dataclasses import replace

from reference_impl.device import Device
from reference_impl.faults import Fault
from reference_impl.group_owner import GroupOwner
from reference_impl.handshake import Responder
from reference_impl.link import Link


class _ManglingOwner(GroupOwner):
    """Checks and keys are of the certified name; the list of members has what :meth:`mangled` leaves of it."""

    def mangled(self, name: str) -> str:
        return name

    def _link_of(self, responder: Responder) -> Link:
        link = super()._link_of(responder)
        link.peer = replace(link.peer, identity=self.mangled(link.peer.identity))
        return link


class _MangledName(Fault, family=True):
    """Two certified names are one on the list."""

    published = "AUTH-16"
    breaks = "AUTH.flawed-credentials"
    ability = "flawed credentials"


class _UpToZero(_ManglingOwner):
    def mangled(self, name: str) -> str:
        return name.split("\0")[0]


class _UpToZeroDevice(Device):
    owner_room = _UpToZero


class IdentityUpToZero(_MangledName):
    """Names are strings of C."""

    identifier = "identity-up-to-zero"
    variation_of = "identity-truncated"
    sentence = "The GO reads an identity up to its first zero octet."
    device_class = _UpToZeroDevice


class _Trimmed(_ManglingOwner):
    def mangled(self, name: str) -> str:
        return name.strip(" \t\r\n\0.")


class _TrimmedDevice(Device):
    owner_room = _Trimmed


class IdentityTrimmed(_MangledName):
    """What stands around a name is taken for dirt."""

    identifier = "identity-trimmed"
    variation_of = "identity-truncated"
    sentence = "The GO takes blanks, dots and zero octets from the ends of an identity before it uses it."
    device_class = _TrimmedDevice


class _Truncated(_ManglingOwner):
    def mangled(self, name: str) -> str:
        return name[:31]


class _TruncatedDevice(Device):
    owner_room = _Truncated


class IdentityTruncated(_MangledName):
    """A field of fixed length."""

    identifier = "identity-truncated"
    sentence = "The GO keeps the first 31 characters of an identity."
    device_class = _TruncatedDevice
