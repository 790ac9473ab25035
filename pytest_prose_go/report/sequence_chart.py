"""The sequence chart of a case: its story as an SVG picture, readable in light and dark and in print.

All text of a target is hostile: the template escapes it, and it is cut to what fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_prose_go.air.trace import Trace
from pytest_prose_go.judge.finding import Violation
from pytest_prose_go.report.story import ATTACKER, Row, Story, tell
from pytest_prose_go.report.templating import render

_COLUMN = 230
_LEFT = 96
_TOP = 74
_ROW = 30
_LETTER = 6.6
"""Units a letter takes at the usual size."""

_BOX_LETTERS = 30
"""Letters in a box on a lifeline."""


@dataclass(frozen=True)
class _Line:
    """A lifeline as drawn."""

    x: int
    name: str
    role: str
    standing: str
    number: int


@dataclass(frozen=True)
class _Mark:
    """A row as drawn: ``kind`` names its look, ``x`` and ``to`` are its ends, ``through`` is where the attacker's hand
    is on it (None for nowhere), ``link`` the row of which it is a copy, ``lines`` its text."""

    kind: str
    y: int
    x: int
    to: int
    lines: tuple[str, ...]
    time: str
    title: str
    through: int | None = None
    link: int | None = None
    width: int = 0
    height: int = 0
    left: int = 0


def sequence_chart(
    trace: Trace,
    violations: Sequence[Violation] = (),
    title: str = "",
    verdict: str = "",
    redact: bool = False,
) -> str:
    """The chart of ``trace`` as an SVG document, with ``violations`` where they happened; with ``redact`` no byte of a
    payload is in it."""
    return draw(tell(trace, violations, redact=redact), title, verdict)


def draw(story: Story, title: str = "", verdict: str = "") -> str:
    """The chart of ``story`` as an SVG document."""
    places = {line.number: _LEFT + _COLUMN // 2 + _COLUMN * at for at, line in enumerate(story.lifelines)}
    width = max(_LEFT + _COLUMN * len(story.lifelines) + 16, 640)
    marks: list[_Mark] = []
    drawn_at: dict[int, int] = {}
    y = _TOP + 26
    for row in story.rows:
        mark = _mark(row, y, places, width, story.began, drawn_at)
        if row.kind == "frame" and row.hand not in ("replayed", "redirected") and row.records:
            drawn_at.setdefault(row.records[0], mark.y)
        marks.append(mark)
        y += max(_ROW, mark.height + 10)
    lines = [
        _Line(places[line.number], _cut(line.name, 24), line.role, line.standing, line.number)
        for line in story.lifelines
    ]
    return render(
        "sequence_chart.svg.jinja",
        title=title,
        verdict=verdict,
        lines=lines,
        marks=marks,
        width=width,
        height=y + 24,
        top=_TOP,
        bottom=y + 4,
        folded=story.folded,
    )


def _mark(
    row: Row, y: int, places: dict[int, int], width: int, began: float, drawn_at: dict[int, int]
) -> _Mark:
    time = f"{row.at - began:.3f}"
    middle = places.get(ATTACKER, width // 2)
    x, to = places.get(row.here, middle), places.get(row.there, middle)
    title = row.text + (f" ({row.detail})" if row.detail else "") + _records(row)
    match row.kind:
        case "frame":
            kind = f"frame {row.hand or 'passed'}"
            words = row.text + (f" {row.hand}" if row.hand else "")
            lines = (words, *([_cut(row.detail, 34)] if row.detail else []))
            through = (
                middle if row.hand in ("altered", "dropped", "redirected") and row.here != ATTACKER else None
            )
            link = drawn_at.get(row.origin) if row.origin is not None else None
            return _Mark(kind, y, x, to, lines, time, title, through, link, height=12 * (len(lines) - 1))
        case "violation":
            lines = tuple(_wrapped(row.text, (width - 140) // 7)) + tuple(
                _wrapped(row.detail, (width - 140) // 7)
            )
            return _Mark(
                "violation", y, x, to, lines, time, title, None, None, width - 112, 15 * len(lines) + 12, 100
            )
        case "fold":
            return _Mark("fold", y, x, to, (row.text,), "", title, left=_LEFT, width=width - _LEFT - 16)
        case "control":
            return _Mark("control", y, x, to, (_cut(row.text, (width - 120) // 7),), time, title, left=_LEFT)
        case _:
            hand = row.hand if row.kind == "move" else ""
            lines = tuple(_wrapped(row.text, _BOX_LETTERS))
            if len(lines) > 3:
                lines = (*lines[:2], _cut(f"{lines[2]} …", _BOX_LETTERS))
            longest = max(map(len, lines))
            box = max(44, round(longest * _LETTER) + 14)
            left = min(max(x - box // 2, 80), width - box - 4)
            return _Mark(
                f"box {row.kind} {hand}".rstrip(), y, x, to, lines, time, title, None, None, box,
                13 * len(lines) + 8, left,
            )  # fmt: skip


def _records(row: Row) -> str:
    return f" [record {row.records[-1]}]" if row.records else ""


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: max(1, most - 1)] + "…"


def _wrapped(text: str, most: int) -> list[str]:
    """The text in lines of at most ``most`` letters, cut where a word is longer."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        word = _cut(word, most)
        if line and len(line) + 1 + len(word) > most:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line:
        lines.append(line)
    return lines
