"""Statements signed: in-toto statements in DSSE envelopes, by an Ed25519 or ECDSA P-256 key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
MOST_OCTETS = 64 << 20
"""Bytes of the longest envelope that is read."""


class EnvelopeError(Exception):
    """A key or an envelope is not good; the text says in what."""


class NotJson(ValueError):
    """Bytes that are no JSON of the strict kind."""


def load_private(path: Path, password: bytes | None = None) -> Ed25519PrivateKey | EllipticCurvePrivateKey:
    """The signing key in a PEM file. Raises :class:`EnvelopeError` if it is neither Ed25519 nor ECDSA P-256."""
    try:
        key = load_pem_private_key(path.read_bytes(), password)
    except OSError as error:
        raise EnvelopeError(f"{path}: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise EnvelopeError(f"{path}: no private key in PEM ({error})") from error
    if isinstance(key, Ed25519PrivateKey) or (
        isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1)
    ):
        return key
    raise EnvelopeError(f"{path}: take an Ed25519 or an ECDSA P-256 key")


def load_public(path: Path) -> SSlibKey:
    """The verifying key in a PEM file. Raises :class:`EnvelopeError` as :func:`load_private` does."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise EnvelopeError(f"{path}: {error.strerror}") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise EnvelopeError(f"{path}: no public key in PEM ({error})") from error
    if isinstance(key, Ed25519PublicKey) or (
        isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)
    ):
        return SSlibKey.from_crypto(key)
    raise EnvelopeError(f"{path}: take an Ed25519 or an ECDSA P-256 key")


def sign(
    predicate_type: str,
    predicate: object,
    subject: tuple[tuple[str, str], ...],
    key: Ed25519PrivateKey | EllipticCurvePrivateKey,
) -> bytes:
    """An envelope with a statement. ``subject`` pairs names with SHA-256 in hex."""
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": value}} for name, value in subject],
        "predicateType": predicate_type,
        "predicate": msgspec.to_builtins(predicate),
    }
    envelope = Envelope(_compact(statement), PAYLOAD_TYPE, {})
    envelope.sign(CryptoSigner(key, SSlibKey.from_crypto(key.public_key())))
    return _compact(envelope.to_dict())


def opened(data: bytes, key: SSlibKey, predicate_type: str) -> dict[str, Any]:
    """The statement in the envelope ``data``, signed with ``key``.

    Raises :class:`EnvelopeError` for whatever is wrong: no signature of that key, another type, a byte that the
    signer did not write.
    """
    try:
        plain = strict_json(data)
        envelope = Envelope.from_dict(strict_json(data))
        if set(envelope.signatures) != {key.keyid}:
            raise EnvelopeError("it is not signed by this key alone")
        envelope.verify([key], 1)
        # What the signature does not cover (key id, spaces, the ends of Base64) must be as it was written, too.
        if _compact(plain) != data or _compact(envelope.to_dict()) != data:
            raise EnvelopeError("it was written anew after it was signed")
        if envelope.payload_type != PAYLOAD_TYPE:
            raise EnvelopeError(f"its payload is no {PAYLOAD_TYPE}")
        statement = strict_json(envelope.payload)
    except VerificationError as error:
        raise EnvelopeError("its signature is not of this key, or the signed bytes were changed") from error
    except EnvelopeError:
        raise
    except Exception as error:  # the library raises what its parsers do, of many kinds
        raise EnvelopeError(f"it is no signed envelope ({type(error).__name__}: {error})") from error
    if not isinstance(statement, dict) or statement.get("_type") != STATEMENT_TYPE:
        raise EnvelopeError(f"it holds no {STATEMENT_TYPE}")
    if statement.get("predicateType") != predicate_type:
        raise EnvelopeError(f"its predicate is no {predicate_type}")
    return statement


def strict_json(data: bytes) -> Any:
    """The JSON value in ``data``. Raises :class:`NotJson` for what is none, says a key twice, is deeply nested or
    has a number that JSON has not."""
    if len(data) > MOST_OCTETS:
        raise NotJson(f"more than {MOST_OCTETS} bytes")
    try:
        return json.loads(data.decode(), object_pairs_hook=_once_each, parse_constant=_no_number)
    except RecursionError as error:
        raise NotJson("it is nested too deeply") from error
    except ValueError as error:
        raise NotJson(str(error)) from error


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise NotJson("a key stands twice in an object")
    return made


def _no_number(word: str) -> Any:
    raise NotJson(f"{word} is no number of JSON")


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
