"""A foreign protocol as a target: Group OSCORE, by aiocoap, in pairwise mode on each hop and in group mode for all."""

from examples.oscore_group.adapter import target

__all__ = ["target"]
