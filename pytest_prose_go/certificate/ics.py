"""The vendor's statement in a file: ``prose-ics.toml``, a proforma after ISO/IEC 9646-7.

It says who states what of which product, and names the documents that settle what only an inspection can settle. What
it says of the product must be what the target states of itself.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from pytest_prose_go.contract import Statement

FILE = "prose-ics.toml"

_CLAIMS = (
    "clock",
    "credential_kind",
    "symmetric",
    "owners",
    "claims_identity",
    "groupcast",
    "removes",
    "removal",
    "rekey_grace",
    "groupcast_integrity",
    "groupcast_origin",
    "forward_secrecy",
    "ordered",
    "isolation",
    "reports",
    "capabilities",
)
"""The fields of the statement that bear on which aspects apply, and how."""

HEAD = """\
# Implementation conformance statement. Fill in [vendor], and a [[document]] for each aspect that is settled by
# inspection. [product] and [claims] are what the target states of itself: they are checked against it.
"""


class IcsError(Exception):
    """The file cannot be read, or contradicts the target; the text says where and what to do."""


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: nothing in it goes unread."""


class Vendor(Part, frozen=True):
    """Who makes the statement."""

    name: str
    contact: str = ""


class Product(Part, frozen=True):
    """What the statement is of. A role is ``product`` or ``companion``; ``files`` are those that belong to it beside
    what the target's name leads to, by paths from the statement's folder: the suite computes their digests."""

    name: str
    version: str
    group_owner: str = "product"
    user_equipment: str = "product"
    files: tuple[str, ...] = ()


class Document(Part, frozen=True):
    """What settles an aspect by inspection: ``sha256`` in hex of the document, ``reviewer`` who read it."""

    aspect: str
    title: str
    sha256: str
    reviewer: str


class Ics(Part, frozen=True):
    """The whole file."""

    vendor: Vendor
    product: Product
    claims: dict[str, str | bool | float | list[str]] = {}
    document: tuple[Document, ...] = ()


def read(path: Path) -> Ics:
    """The statement in ``path``. Raises :class:`IcsError`."""
    try:
        return decode(path.read_bytes(), str(path))
    except OSError as error:
        raise IcsError(f"{path}: {error.strerror}: write one with prose-go ics TARGET") from error


def decode(data: bytes, name: str) -> Ics:
    """The statement in ``data``, which stands in ``name``. Raises :class:`IcsError`."""
    try:
        return msgspec.convert(tomllib.loads(data.decode()), type=Ics)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise IcsError(f"{name}: {error}") from error


def gaps(ics: Ics) -> Iterator[str]:
    """What is still to be filled in, a line each."""
    if not ics.vendor.name.strip():
        yield "[vendor] name is empty: say who makes the statement"
    for document in ics.document:
        if not re.fullmatch("[0-9a-f]{64}", document.sha256):
            yield f"[[document]] {document.aspect}: sha256 is not 64 hexadecimal digits"
        if not document.title.strip() or not document.reviewer.strip():
            yield f"[[document]] {document.aspect}: title or reviewer is empty"


def contradictions(ics: Ics, statement: Statement, inspected: Collection[str]) -> Iterator[str]:
    """What ``ics`` says otherwise than a target that makes ``statement``, or than the catalogue, of which
    ``inspected`` are the aspects that documents can settle: a line each."""
    product = (
        ("name", ics.product.name, statement.product),
        ("version", ics.product.version, statement.version),
        ("group_owner", ics.product.group_owner, statement.group_owner),
        ("user_equipment", ics.product.user_equipment, statement.user_equipment),
    )
    for name, said, stated in product:
        if said != stated:
            yield f"[product] {name} is {said!r}, and the target states {stated!r}"
    for name, claim in ics.claims.items():
        if name not in _CLAIMS:
            yield f"[claims] {name}: no statement has that; it may have {', '.join(_CLAIMS)}"
        elif claim != _plain(getattr(statement, name)):
            yield f"[claims] {name} is {claim!r}, and the target states {_plain(getattr(statement, name))!r}"
    for document in ics.document:
        if document.aspect not in inspected:
            yield f"[[document]] {document.aspect}: no aspect of that name is settled by inspection"


def proforma(statement: Statement, inspected: Collection[tuple[str, str]]) -> str:
    """The text of a file to begin with. ``inspected`` are the aspects that documents can settle, with their
    titles."""
    lines = [HEAD, "[vendor]", 'name = ""', 'contact = ""', "", "[product]"]
    lines += [
        f"{name} = {_toml(value)}"
        for name, value in (
            ("name", statement.product),
            ("version", statement.version),
            ("group_owner", statement.group_owner),
            ("user_equipment", statement.user_equipment),
        )
    ]
    lines += ["# what belongs to it besides, of which the suite computes the digests", "files = []"]
    lines += ["", "[claims]", *(f"{name} = {_toml(_plain(getattr(statement, name)))}" for name in _CLAIMS)]
    for aspect, title in inspected:
        lines += ["", f"# {title}", "# [[document]]", f"# aspect = {_toml(aspect)}", '# title = ""']
        lines += ['# sha256 = ""', '# reviewer = ""']
    return "\n".join(lines) + "\n"


def _plain(value: object) -> object:
    return list(value) if isinstance(value, (list, tuple)) else value


def _toml(value: object) -> str:
    """A string, truth value, number or list of strings: JSON's ways of writing them are among TOML's."""
    return json.dumps(value).replace("\x7f", "\\u007f")
