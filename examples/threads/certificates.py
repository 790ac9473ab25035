"""Who is who in the threads target: Ed25519 certificates, and whom a device trusts to give them.

An authority signs identity, group, role, purpose, dates and public key.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PURPOSE = "go-mode"
DOMAIN = b"prose-go threads 1"
"""Goes before everything that is signed or derived."""


class Rejected(Exception):
    """What came in proves nothing: the text says why."""


def pack(*fields: bytes) -> bytes:
    """Fields of at most 65 535 octets, each after its length in two."""
    return b"".join(len(each).to_bytes(2, "big") + each for each in fields)


def unpack(octets: bytes, count: int) -> list[bytes]:
    """Exactly ``count`` fields. Raises :class:`Rejected`."""
    fields = []
    while octets:
        length = int.from_bytes(octets[:2], "big")
        if len(octets) < 2 + length:
            raise Rejected("cut short")
        fields.append(octets[2 : 2 + length])
        octets = octets[2 + length :]
    if len(fields) != count:
        raise Rejected("not as many fields as it should have")
    return fields


def certify(issuer: Ed25519PrivateKey, public: bytes, **facts: Any) -> bytes:
    """A certificate over ``facts`` and the raw public key."""
    body = json.dumps({**facts, "key": public.hex()}, sort_keys=True).encode()
    return pack(body, issuer.sign(DOMAIN + b" certificate" + body))


@dataclass
class Identity:
    """What a device proves itself with in one group."""

    name: str
    certificate: bytes
    key: Ed25519PrivateKey


class Trust:
    """The public keys of the authorities that a device trusts."""

    def __init__(self, issuers: list[Ed25519PublicKey]) -> None:
        self._issuers = issuers

    def check(
        self, certificate: bytes, group: str, role: str, now: float, proof: bytes, signed: bytes
    ) -> str:
        """The name in ``certificate``, if it is good for ``role`` in ``group`` now and its key made
        ``proof``, the signature of ``signed``. Raises :class:`Rejected`."""
        body, seal = unpack(certificate, 2)
        for issuer in self._issuers:
            try:
                issuer.verify(seal, DOMAIN + b" certificate" + body)
                break
            except InvalidSignature:
                continue
        else:
            raise Rejected("no trusted authority signed the certificate")
        facts = json.loads(body)
        if (facts["group"], facts["role"], facts["purpose"]) != (group, role, PURPOSE):
            raise Rejected("the certificate is for something else")
        if not facts["from"] <= now <= facts["until"]:
            raise Rejected("the certificate is not valid now")
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(facts["key"])).verify(proof, signed)
        except InvalidSignature as wrong:
            raise Rejected("the certificate's key did not sign this") from wrong
        return str(facts["name"])
