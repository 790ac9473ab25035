"""Known failures: a file that names failures with a reason, a link and a date, and is held to be exact.

An entry matches a FAIL of its aspect that its case saw. It changes no verdict: it marks the failure as known.
An entry that matches none of a case that ran, or that has expired, makes the run red. Knows neither pytest nor
target.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pytest_prose_go.catalogue import Catalogue, bare, nearest
from pytest_prose_go.run_summary import Summary

LIFETIME = timedelta(days=90)
"""How long an entry holds that is written on request."""

HEAD = """# Failures that are known. An entry matches a FAIL of its aspect that its case saw; it changes no verdict.
# One that no longer fails, or has expired, makes the run red: mend the fault, or decide anew.
"""


class KnownFailuresError(Exception):
    """A file that cannot be used; the text names the place and what to do."""


class KnownFailure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``case`` (with its ``[parameters]``) fails ``aspect``, for this reason, tracked at ``link``, until the day
    before ``expires``."""

    case: str
    aspect: str
    reason: str
    link: str
    expires: date


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    known: tuple[KnownFailure, ...] = ()


def load(path: Path, catalogues: Iterable[Catalogue]) -> tuple[KnownFailure, ...]:
    """The entries of a file, in its order.

    Raises :class:`KnownFailuresError` if it cannot be read, has an unknown key or a bad date, names a case or
    an aspect that no catalogue lists, gives no reason, or says one thing twice.
    """
    try:
        entries = msgspec.toml.decode(path.read_bytes(), type=_File).known
    except OSError as error:
        raise KnownFailuresError(f"{path}: {error.strerror}: name a file that is there") from error
    except msgspec.DecodeError as error:
        said = str(error).replace("$.known", "known")
        raise KnownFailuresError(
            f"{path}: {said}: an entry [[known]] has case, aspect, reason, link (texts) and expires (a date "
            "like 2031-12-24, without quotes)"
        ) from error
    listed = tuple(catalogues)
    seen: set[tuple[str, str]] = set()
    for place, entry in enumerate(entries):
        mistake = _mistake(entry, listed)
        if not mistake and (entry.case, entry.aspect) in seen:
            mistake = f"{entry.case} and {entry.aspect} stand twice: keep one"
        if mistake:
            raise KnownFailuresError(f"{path}: known[{place}]: {mistake}")
        seen.add((entry.case, entry.aspect))
    return entries


def _mistake(entry: KnownFailure, catalogues: Collection[Catalogue]) -> str:
    cases = {case for catalogue in catalogues for case in catalogue.cases}
    aspects = {aspect for catalogue in catalogues for aspect in catalogue.aspects}
    if bare(entry.case) not in cases:
        return f"there is no case {entry.case}{nearest(entry.case, cases)}"
    if entry.aspect not in aspects:
        return f"there is no aspect {entry.aspect}{nearest(entry.aspect, aspects)}"
    if not entry.reason.strip():
        return "its reason is empty: say why it fails"
    return ""


def seen_failures(summaries: Iterable[Summary]) -> dict[tuple[str, str], str]:
    """What was seen first, by case and aspect, of every FAIL of a run."""
    failures: dict[tuple[str, str], str] = {}
    for summary in summaries:
        for aspect in summary.aspects:
            for booked in aspect.booked:
                failures.setdefault((booked.case, aspect.id), booked.violation.seen)
    return failures


def mark(
    entries: Iterable[KnownFailure], failures: Collection[tuple[str, str]], today: date
) -> frozenset[tuple[str, str]]:
    """The failures, by case and aspect, that are known today."""
    return frozenset(
        (entry.case, entry.aspect)
        for entry in entries
        if entry.expires > today and (entry.case, entry.aspect) in failures
    )


def marked(summary: Summary, known: Collection[tuple[str, str]]) -> Summary:
    """The summary, with the word FAIL as ``FAIL (known)`` where all that an aspect books is known."""
    return replace(
        summary,
        aspects=tuple(
            replace(aspect, word=f"{aspect.word} (known)")
            if aspect.booked and all((booked.case, aspect.id) in known for booked in aspect.booked)
            else aspect
            for aspect in summary.aspects
        ),
    )


def stale(
    entries: Iterable[KnownFailure],
    failures: Collection[tuple[str, str]],
    verdicts: dict[str, str],
    selected: Collection[str],
    today: date,
) -> Iterator[str]:
    """A line for each entry that has expired or that no failure matches. ``verdicts`` are those of the cases
    that ran; an entry of a case that was not ``selected`` is left alone."""
    for entry in entries:
        if bare(entry.case) not in {bare(case) for case in selected}:
            continue
        what = f"known failure {entry.case} of {entry.aspect}"
        if entry.expires <= today:
            yield f"{what}: expired on {entry.expires}: mend it, or decide anew ({entry.reason})"
        elif (entry.case, entry.aspect) not in failures:
            verdict = verdicts.get(entry.case)
            now = f"the case is {verdict}" if verdict else "that run of the case did not take place"
            if verdict == "FAIL":
                now = "the case fails other aspects"
            yield f"{what}: did not fail: {now}: take the entry out, or mend what hides it"


def write(
    path: Path,
    failures: dict[tuple[str, str], str],
    kept: Iterable[KnownFailure],
    today: date,
) -> int:
    """Write every failure as known. Those that are known already keep their reason, link and date; for the
    others the reason is what was seen, until somebody says more. Returns how many there are.

    Raises :class:`OSError` if the file cannot be written.
    """
    known = {(entry.case, entry.aspect): entry for entry in kept}
    lines = [HEAD]
    for (case, aspect), seen in sorted(failures.items()):
        entry = known.get((case, aspect)) or KnownFailure(
            case=case, aspect=aspect, reason=f"seen: {seen}", link="", expires=today + LIFETIME
        )
        lines.append(
            "[[known]]\n"
            + "".join(
                f"{name} = {_quoted(value)}\n"
                for name, value in (
                    ("case", entry.case),
                    ("aspect", entry.aspect),
                    ("reason", entry.reason),
                    ("link", entry.link),
                )
            )
            + f"expires = {entry.expires}\n"
        )
    path.write_text("\n".join(lines), encoding="utf-8")
    return len(failures)


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are among TOML's."""
    return json.dumps(text).replace("\x7f", "\\u007f")
