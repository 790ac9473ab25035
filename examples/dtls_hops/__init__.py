"""A foreign protocol as a target: DTLS 1.2, by pyOpenSSL, on every hop between a Group Owner and its UEs."""

from examples.dtls_hops.adapter import target

__all__ = ["target"]
