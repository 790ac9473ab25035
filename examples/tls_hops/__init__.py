"""A foreign protocol as a target: TLS 1.3 on every hop between a Group Owner and its UEs."""

from examples.tls_hops.adapter import target, target_that_waits

__all__ = ["target", "target_that_waits"]
