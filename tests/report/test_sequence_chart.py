"""The chart shows what the attacker did and where the violation is, whatever names say, and folds what is long."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from hypothesis import given
from hypothesis import strategies as st

from pytest_prose_go.report.sequence_chart import sequence_chart
from pytest_prose_go.report.story import ATTACKER, MOST_ROWS, difference, tell
from tests.report.traces import altered, long

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return ["".join(text.itertext()) for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def kinds(svg: str) -> list[str]:
    return [group.get("class", "") for group in ElementTree.fromstring(svg).iter(f"{SVG}g")]


def test_each_move_stands_where_it_acted() -> None:
    trace, violations = altered()
    story = tell(trace, violations)
    frames = [(row.here, row.there, row.hand, row.detail) for row in story.rows if row.kind == "frame"]
    assert (
        frames
        == [
            (1, 0, "", ""),
            (1, 0, "altered", "byte 2: 00 → 01"),
            (1, 0, "dropped", ""),
            (ATTACKER, 0, "replayed", ""),
            (ATTACKER, 0, "injected", ""),
        ]
        or frames[3][0] == 1
    )
    assert [line.role for line in story.lifelines] == ["GO", "", "UE"]


def test_the_violation_follows_its_record() -> None:
    trace, violations = altered()
    rows = tell(trace, violations).rows
    place = next(number for number, row in enumerate(rows) if row.kind == "violation")
    assert rows[place - 1].records == (violations[0].record,)
    assert rows[place - 1].kind == "event"
    told = texts(sequence_chart(trace, violations, "CASE", "FAIL"))
    assert any(line.startswith("origin.altered: gina received 6 bytes") for line in told)
    assert "1 of 6 bytes differs, at 2" in told
    assert told[0] == "CASE — FAIL"


def test_the_hand_of_the_attacker_is_marked() -> None:
    trace, violations = altered()
    drawn = kinds(sequence_chart(trace, violations))
    for how in ("altered", "dropped", "replayed", "injected"):
        assert f"frame {how} hand" in drawn
    assert "frame passed" in drawn
    assert "violation" in drawn


def test_a_long_trace_is_folded_around_what_matters() -> None:
    trace = long(500)
    story = tell(trace, altered()[1])
    assert len(story.rows) <= MOST_ROWS + 20
    assert story.folded > 400
    assert any(row.kind == "violation" for row in story.rows)
    assert any(row.hand == "altered" for row in story.rows)
    fold = next(row for row in story.rows if row.kind == "fold")
    assert fold.text.startswith("… ")
    assert "frames" in fold.text


def test_a_short_trace_is_told_whole() -> None:
    trace, violations = altered()
    assert tell(trace, violations).folded == 0


def test_hostile_names_are_text() -> None:
    name = '</text><script>alert("x")</script>&]]>'
    trace, violations = altered(name)
    svg = sequence_chart(trace, violations, name, name)
    assert "<script" not in svg
    root = ElementTree.fromstring(svg)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "style", "rect", "text", "line", "g", "title", "path", "circle",
    }  # fmt: skip
    assert any(name[:20] in text for text in texts(svg))


@given(st.text(max_size=40))
def test_any_name_makes_a_picture(name: str) -> None:
    trace, violations = altered(name)
    ElementTree.fromstring(sequence_chart(trace, violations, name))


def test_it_reaches_for_nothing() -> None:
    svg = sequence_chart(*altered())
    assert "href" not in svg
    assert svg.count("http") == svg.count("http://www.w3.org/2000/svg")


def test_a_difference_in_words() -> None:
    assert difference(b"abc", b"abd") == "byte 2: 63 → 64"
    assert difference(b"abc", b"ab") == "3 → 2 B"
    assert difference(b"abc", b"xb") == "3 → 2 B, byte 0: 61 → 78"
    assert difference(b"abc", b"abc") == ""
