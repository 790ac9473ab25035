"""What the oracles find: violations, each with its kind, its place in the trace and its proof."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Kind = Literal[
    # the ideal group: admission (judges the GO)
    "admission.no-credentials",
    "admission.foreign-authority",
    "admission.other-group",
    "admission.flawed-credentials",
    "admission.without-key",
    "admission.false-claim",
    "admission.no-fresh-contact",
    "admission.unknown-identity",
    "admission.barred",
    # the ideal group: owner (judges the UE)
    "owner.no-credentials",
    "owner.foreign-authority",
    "owner.other-group",
    "owner.flawed-credentials",
    "owner.without-key",
    "owner.member-as-owner",
    "owner.false-claim",
    "owner.no-fresh-contact",
    "owner.unknown-identity",
    # the ideal group: agreement
    "agreement.names",
    "agreement.joins",
    # the ideal group: what is received
    "origin.altered",
    "origin.altered-groupcast",
    "origin.invented",
    "origin.invented-groupcast",
    "origin.sender",
    "origin.sender-groupcast",
    "origin.cast",
    "origin.other-recipient",
    "origin.not-admitted",
    "membership.outsider",
    "membership.other-group",
    "membership.removed",
    "membership.left",
    "membership.future",
    "replay.hop",
    "replay.groupcast",
    # the eavesdropper
    "plaintext.uplink",
    "plaintext.downlink",
    "plaintext.groupcast",
    "short-leak.uplink",
    "short-leak.downlink",
    "short-leak.groupcast",
    "keystream.hop",
    "keystream.groupcast",
    "determinism.hop",
    "determinism.groupcast",
    "freshness.session",
    "secret.air",
    "secret.log",
    # keys, storage and compromise
    "keys.shared",
    "keys.survive-rekey",
    "keys.survive-removal",
    "keys.weak",
    "storage.clear",
    "storage.copied",
    "storage.tampered",
    "storage.rolled-back",
    "compromise.opens",
    "compromise.opens-past",
    "compromise.opens-next",
    "compromise.opens-later",
    "compromise.opens-after-leaving",
    "compromise.forges",
    "compromise.forges-groupcast",
    "compromise.heard-later",
    "compromise.revoked",
    "compromise.admitted",
    "agreement.parameters",
    "downgrade.algorithms",
]
"""Every kind of violation. The catalogue books each to exactly one aspect."""


class Violation(Struct, frozen=True, kw_only=True):
    """An observed breach, with its proof.

    ``record`` is the index in the trace of the record that shows it, ``station`` the station whose
    behaviour it is (the accused), ``asked`` what was asked of the target, ``seen`` what it did,
    ``ideal`` what an ideal group would have shown, ``proof`` the evidence in a line (offsets, bytes in
    hex, numbers of frames), never a secret's bytes.
    """

    kind: Kind
    at: float
    record: int
    station: int
    asked: str
    seen: str
    ideal: str
    proof: str = ""


class Lead(Struct, frozen=True, kw_only=True):
    """Something that is no violation by itself but worth a look, or a run again."""

    kind: str
    at: float
    record: int
    text: str
