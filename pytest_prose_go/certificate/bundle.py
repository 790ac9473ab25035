"""The bundle: one file with two signed statements, the vendor's own statement, and each case's result and trace.

It is a zip archive of which every byte is laid down by its contents, so that a changed byte anywhere shows. Nothing is
unpacked to a disk, and nothing is read that the signed statement does not name, with its digest and its length.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from urllib.parse import quote

from msgspec import Struct

from pytest_prose_go.certificate.artefacts import Artefact
from pytest_prose_go.certificate.attempts import Attempt
from pytest_prose_go.contract import Limits
from pytest_prose_go.judge.verdict import Verdict

RUN = "run.dsse.json"
TEST_RESULT = "test-result.dsse.json"
RESULTS = "results.json"
ICS = "prose-ics.toml"
TRACES = "traces/"

RUN_PREDICATE = "https://pytest-prose-go.example/run/v1"
TEST_RESULT_PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"

CONFORMING = "CONFORMING"
NOT_CONFORMING = "NOT CONFORMING"

MOST_MEMBERS = 20_000
MOST_OCTETS = 1 << 30
"""Bytes of the largest bundle, and of all its traces unpacked."""

MOST_TRACE_OCTETS = 256 << 20
"""Bytes of the longest trace, unpacked."""

_LONG_AGO = (1980, 1, 1, 0, 0, 0)


class BundleError(Exception):
    """The file is no bundle as this module writes one; the text says in what."""


class Member(Struct, frozen=True, kw_only=True):
    """A file of the bundle: its name, its bytes and their SHA-256 in hex."""

    name: str
    sha256: str
    size: int


class CaseEntry(Struct, frozen=True, kw_only=True):
    """A case of the run: its verdicts and, if it came so far, its trace (its file in the bundle, and how long it is
    unpacked)."""

    case: str
    verdict: Verdict
    apart: Verdict
    trace: Member | None = None
    trace_octets: int = 0


class AspectEntry(Struct, frozen=True, kw_only=True):
    """An aspect with the verdict on it."""

    aspect: str
    level: str
    method: str
    in_scope: bool
    verdict: Verdict


class SuiteEntry(Struct, frozen=True, kw_only=True):
    """An installed suite: the digest of its catalogue, and of all its files and the plugin's."""

    name: str
    catalogue: str
    files: dict[str, str]


class KnownEntry(Struct, frozen=True, kw_only=True):
    """A failure that the vendor knew of: it changes no verdict."""

    case: str
    aspect: str
    reason: str


class RunPredicate(Struct, frozen=True, kw_only=True):
    """What is signed of a run. ``title`` stands first: CONFORMING or NOT CONFORMING; ``seed_origin`` says whose
    choice the seed was. Times are POSIX seconds."""

    title: str
    seed_origin: str
    product: str
    version: str
    target: str
    artefacts: tuple[Artefact, ...]
    isolation: str
    clock: str
    scope: str
    reading: str
    depth: str
    seed: str
    challenge: str | None
    limits: Limits
    suite: SuiteEntry
    overall: Verdict
    exit_code: int
    aspects: tuple[AspectEntry, ...]
    cases: tuple[CaseEntry, ...]
    members: tuple[Member, ...]
    known_failures: tuple[KnownEntry, ...]
    attempts: tuple[Attempt, ...]
    resumed: int
    torn: int
    started: float
    ended: float
    python: str
    platform: str


def descriptor(name: str, data: bytes) -> Member:
    """The member ``name`` with the contents ``data``."""
    return Member(name=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data))


def trace_name(case: str) -> str:
    """The member that is the trace of ``case``."""
    return f"{TRACES}{quote(case, safe='[]-._')}.jsonl.z"


def deflated(trace: bytes) -> bytes:
    """A trace as it stands in the bundle."""
    return zlib.compress(trace, 6)


def inflated(data: bytes, octets: int) -> bytes:
    """The trace in ``data``, which is said to be of ``octets`` bytes. Raises :class:`BundleError` if it is not."""
    if not 0 <= octets <= MOST_TRACE_OCTETS:
        raise BundleError(f"a trace of {octets} bytes")
    reader = zlib.decompressobj()
    try:
        trace = reader.decompress(data, octets + 1)
    except zlib.error as error:
        raise BundleError(f"a trace cannot be unpacked ({error})") from error
    if len(trace) != octets or not reader.eof or reader.unused_data:
        raise BundleError(f"a trace is not of the {octets} bytes that are signed")
    return trace


def packed(members: Mapping[str, bytes]) -> bytes:
    """The bundle with these members, in this order."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.create_system = 3
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, data)
    return whole.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """The members of a bundle, in their order.

    Raises :class:`BundleError` for any byte that :func:`packed` would not write: other names twice, paths, comments,
    compression, gaps.
    """
    if len(data) > MOST_OCTETS:
        raise BundleError(f"more than {MOST_OCTETS} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_MEMBERS:
                raise BundleError(f"more than {MOST_MEMBERS} files")
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
                raise BundleError("a file in it is compressed")
            if sum(entry.file_size for entry in entries) > len(data):
                raise BundleError("its files are longer than itself")
            members = {entry.filename: archive.read(entry) for entry in entries}
    except BundleError:
        raise
    except Exception as error:  # zipfile raises whatever its parsing ran into
        raise BundleError(f"it is no zip archive that is whole ({error})") from error
    if len(members) != len(entries):
        raise BundleError("a file stands in it twice")
    if packed(members) != data:
        raise BundleError("its bytes are not those that its contents lay down")
    return members
