"""A foreign protocol as a target: Noise, by ``noiseprotocol``, on every hop between a Group Owner and its UEs."""

from examples.noise_hops.adapter import target, target_without_keys, target_without_pins

__all__ = ["target", "target_without_keys", "target_without_pins"]
