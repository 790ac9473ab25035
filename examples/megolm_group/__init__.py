"""A foreign protocol as a target: Megolm for groupcasts and Olm on each hop, by vodozemac."""

from examples.megolm_group.adapter import target, target_that_keeps_its_session, target_that_repeats

__all__ = ["target", "target_that_keeps_its_session", "target_that_repeats"]
