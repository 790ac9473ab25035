"""A foreign protocol as a target: MLS (RFC 9420), by mls-rs, for the group and for each hop in it."""

from examples.mls_group.adapter import target

__all__ = ["target"]
