"""Whose key stands in a leaf of MLS (RFC 9420 clauses 7.2 and 10): the binding does not say it."""

from __future__ import annotations

from typing import NamedTuple

_KEY_PACKAGE_HEAD = 8
"""Version and wire format of the message, version and suite of the key package: two bytes each."""
_BASIC = b"\x00\x01"


class Leaf(NamedTuple):
    """The public signature key of a member and the name that its basic credential gives it."""

    signature_key: bytes
    identity: str


def of_key_package(message: bytes) -> Leaf:
    """Whose key package it is. Raises :class:`ValueError` if it cannot be read."""
    _, at = _vector(message, _KEY_PACKAGE_HEAD)  # The init key.
    return _leaf(message, at)


def of_first_in(tree: bytes) -> Leaf:
    """Who stands first in an exported ratchet tree: who made the group. Raises :class:`ValueError`."""
    _, start = _length(tree, 0)
    if tree[start : start + 2] != b"\x01\x01":  # It is there, and a leaf.
        raise ValueError("no first leaf")
    return _leaf(tree, start + 2)


def _leaf(data: bytes, at: int) -> Leaf:
    _, at = _vector(data, at)  # The encryption key.
    key, at = _vector(data, at)
    if data[at : at + 2] != _BASIC:
        raise ValueError("no basic credential")
    identity, _ = _vector(data, at + 2)
    return Leaf(key, identity.decode())


def _vector(data: bytes, at: int) -> tuple[bytes, int]:
    size, start = _length(data, at)
    if start + size > len(data):
        raise ValueError("cut short")
    return data[start : start + size], start + size


def _length(data: bytes, at: int) -> tuple[int, int]:
    """A length of variable size (RFC 9420 clause 2.1.2) and where what it counts begins."""
    if at >= len(data):
        raise ValueError("cut short")
    size = 1 << (data[at] >> 6)
    return int.from_bytes(data[at : at + size], "big") & ((1 << (8 * size - 2)) - 1), at + size
