"""Every move of the attacker: what it does, and what the books say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from pytest_prose_go.air.frame_changes import cut, extend, flip, truncate
from pytest_prose_go.air.medium import Air
from pytest_prose_go.air.moves import Move
from pytest_prose_go.air.passage import Passage
from pytest_prose_go.air.trace import Delivered, Dropped, Emitted, Lifted, Moved
from pytest_prose_go.contract import Frame, Output
from tests.air.scripted import EVERYONE, LATENCY, START, Field, address


def _acted(field: Field, move: Move) -> list[Delivered | Dropped]:
    """What the trace alone says of a move."""
    return [r for r in field.trace if isinstance(r, Delivered | Dropped) and r.move == move.number]


# --- moves in general -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda air: air.tap(emitter=1), "tap", "tap from 1"),
        (lambda air: air.drop(emitter=1, receiver=[0, 2]), "drop", "drop from 1, to 0 or 2"),
        (lambda air: air.withhold(direction=(1, 2)), "withhold", "withhold from 1 to 2"),
        (lambda air: air.alter(flip(3), extend(b"\x01")), "alter",
         "flip bit 3 of byte 0, then append 01 in every frame"),
        (lambda air: air.rewrite(b"a", b"b", ordinal=2), "rewrite", "rewrite 61 to 62 in frame 2"),
        (lambda air: air.scramble(1, between=(0, 1)), "scramble", "random bytes in frames between 0 and 1"),
        (lambda air: air.delay(1.5, ordinal=range(2, 5)), "delay", "delay by 1.5 s frame 2 to 4"),
        (lambda air: air.reorder(3), "reorder", "swap 3 at a time, every frame"),
        (lambda air: air.reflect(), "reflect", "reflect every frame"),
        (lambda air: air.redirect(to=2, destination=0x12), "redirect",
         "redirect every frame, to station 2, to address 0x000012"),
        (lambda air: air.man_in_the_middle(0, 1), "man-in-the-middle", "man-in-the-middle between 0 and 1"),
        (lambda air: air.cut(), "cut", "nobody hears anybody"),
        (lambda air: air.skew(1, -3), "skew", "skew the time of station 1 by -3 s"),
    ],
)  # fmt: skip
def test_a_move_is_booked_when_made_and_when_lifted_once(
    make: Callable[[Air], Move], kind: str, text: str
) -> None:
    field = Field()
    with make(field.air) as move:
        field.run(1.0)
    move.lift()
    assert field.trace.records == [Moved(START, 0, kind, text), Lifted(START + 1.0, 0)]


def test_a_move_acts_until_it_is_lifted() -> None:
    field = Field()
    with field.air.drop() as move:
        field.emit(0, b"lost", to=1)
        field.run(1.0)
    field.emit(0, b"kept", to=1)
    field.run(1.0)
    assert field.stations[1].payloads == [b"kept"]
    assert move.touched == [Dropped(START + LATENCY, 1, 0, 0)] == _acted(field, move)


def test_a_frame_on_its_way_meets_the_moves_that_are_on_when_it_arrives() -> None:
    field = Field()
    field.emit(0, b"x", to=1)
    field.air.drop()
    field.run()
    assert field.stations[1].payloads == []


def test_an_unknown_condition_is_refused() -> None:
    with pytest.raises(TypeError, match="no condition station"):
        Field().air.drop(station=1)  # type: ignore[call-arg]


def _dropped(**chosen: object) -> list[tuple[int, int]]:
    """Which (emission, receiver) a drop takes of six emissions: each of three stations twice to all."""
    field = Field()
    field.air.drop(**chosen)  # type: ignore[arg-type]
    for _ in range(2):
        for number in range(3):
            field.emit(number, b"x%d" % number)
    field.run()
    return [(record.emission, record.station) for record in field.drops]


@pytest.mark.parametrize(
    ("chosen", "dropped"),
    [
        ({"emitter": 1}, [(1, 0), (1, 2), (4, 0), (4, 2)]),
        ({"receiver": 1}, [(0, 1), (2, 1), (3, 1), (5, 1)]),
        ({"emitter": (0, 2), "receiver": 1}, [(0, 1), (2, 1), (3, 1), (5, 1)]),
        ({"direction": (0, 1)}, [(0, 1), (3, 1)]),
        ({"between": (0, 1)}, [(0, 1), (1, 0), (3, 1), (4, 0)]),
        ({"between": (0, 1), "direction": (1, 0)}, [(1, 0), (4, 0)]),
        ({"ordinal": 0}, [(0, 1), (0, 2)]),
        ({"ordinal": 1, "emitter": 1}, [(4, 0), (4, 2)]),
        ({"ordinal": {0, 5}, "receiver": 2}, [(0, 2)]),
        ({"ordinal": range(1, 3), "receiver": 2}, [(1, 2), (3, 2)]),
        ({"where": lambda passage: passage.payload == b"x2"}, [(2, 0), (2, 1), (5, 0), (5, 1)]),
        ({"emitter": 7}, []),
    ],
)
def test_the_conditions_of_a_move(chosen: dict[str, object], dropped: list[tuple[int, int]]) -> None:
    assert _dropped(**chosen) == dropped


def test_ordinals_count_from_the_beginning_of_the_move() -> None:
    field = Field()
    field.emit(0, b"before", to=1)
    field.run(1.0)
    field.air.drop(ordinal=0)
    field.emit(0, b"first", b"second", to=1)
    field.run()
    assert field.stations[1].payloads == [b"before", b"second"]


def test_moves_compose_in_the_order_in_which_they_were_made() -> None:
    field = Field()
    longer = field.air.alter(extend(b"!"))
    field.air.alter(truncate(1), receiver=2)
    last = field.air.alter(extend(b"?"))
    field.emit(0, b"ab")
    field.run()
    assert [station.payloads for station in field.stations[1:]] == [[b"ab!?"], [b"a?"]]
    assert [record.move for record in field.deliveries] == [last.number, last.number]
    assert longer.touched == field.deliveries


def test_a_dropped_frame_meets_no_later_move() -> None:
    field = Field()
    field.air.drop()
    later = field.air.alter(flip(0))
    field.emit(0, b"x")
    field.run()
    assert (later.touched, field.deliveries) == ([], [])


# --- tap, drop, withhold, cut -----------------------------------------------------------------------


def test_a_tap_overhears_from_the_moment_of_emission_and_changes_nothing() -> None:
    field = Field()
    with field.air.tap(emitter=0) as everything, field.air.tap(receiver=2) as heard_by_two:
        field.emit(0, b"to one", to=1)
        field.emit(0, b"to all")
        field.emit(2, b"own")
        field.emit(0, b"to nobody", to=9)
        assert [e.payload for e in everything.emissions] == [b"to one", b"to all", b"to nobody"]
    field.emit(0, b"later")
    field.run()
    assert [e.payload for e in heard_by_two.emissions] == [b"to all"]
    assert everything.touched == everything.emissions
    assert {(r.how, r.move) for r in field.deliveries} == {("passed", None)}


def test_withheld_frames_are_released_whole_in_order_and_past_all_moves() -> None:
    field = Field()
    held = field.air.withhold(emitter=0)
    field.emit(0, b"one", b"two")
    field.run(1.0)
    assert field.deliveries == []
    field.air.silence(0)
    field.air.drop()
    held.release()
    field.run(2.0)
    at = START + 1.0
    assert field.deliveries == [
        Delivered(at + LATENCY, 0, 1, 0, "passed", 0),
        Delivered(at + 2 * LATENCY, 1, 2, 0, "passed", 0),
        Delivered(at + 3 * LATENCY, 2, 1, 1, "passed", 0),
        Delivered(at + 4 * LATENCY, 3, 2, 1, "passed", 0),
    ]
    assert held.touched == [*field.drops, *field.deliveries]
    held.release()
    field.run(2.0)
    assert len(field.deliveries) == 4


def test_withheld_frames_can_be_released_when_the_move_is_over_and_are_lost_otherwise() -> None:
    field = Field()
    with field.air.withhold() as held:
        field.emit(0, b"x", to=1)
        field.run(1.0)
    field.run(1.0)
    assert field.deliveries == []
    held.release()
    field.run(1.0)
    assert field.stations[1].payloads == [b"x"]


def test_what_is_released_reaches_no_silenced_station() -> None:
    field = Field()
    held = field.air.withhold()
    field.emit(0, b"x")
    field.run(1.0)
    field.air.silence(1)
    held.release()
    field.run()
    assert [station.payloads for station in field.stations] == [[], [], [b"x"]]


def test_nobody_hears_anybody_on_a_cut_air() -> None:
    field = Field()
    with field.air.cut() as move:
        field.emit(0, b"x")
        field.emit(1, b"y", to=0)
        field.run()
    assert field.deliveries == []
    assert move.touched == field.drops
    assert len(field.drops) == 3


# --- alter, rewrite, scramble -----------------------------------------------------------------------


def test_an_altered_frame_is_booked_with_its_bytes() -> None:
    field = Field()
    move = field.air.alter(flip(-1), receiver=1)
    field.emit(0, b"\x00\x00")
    field.run()
    at = START + LATENCY
    assert field.deliveries == [
        Delivered(at, 0, 1, 0, "altered", 0, b"\x00\x01"),
        Delivered(at, 1, 2, 0),
    ]
    assert field.stations[1].heard == [(at, Frame(address(0), EVERYONE, b"\x00\x01"))]
    assert move.touched == _acted(field, move) == field.deliveries[:1]


def test_a_change_that_changes_nothing_is_no_act() -> None:
    field = Field()
    move = field.air.alter(cut(5))
    field.emit(0, b"short", b"longer", to=1)
    field.run()
    assert [(r.how, r.move, r.payload) for r in field.deliveries] == [
        ("passed", None, None),
        ("altered", 0, b"longe"),
    ]
    assert move.touched == field.deliveries[1:]


def test_changes_that_undo_one_another_pass_but_are_known() -> None:
    field = Field()
    field.air.alter(flip(0))
    field.air.alter(flip(0))
    field.emit(0, b"x", to=1)
    field.run()
    assert [(r.how, r.move, r.payload) for r in field.deliveries] == [("passed", 1, None)]


def test_names_are_rewritten_in_flight() -> None:
    field = Field()
    field.air.rewrite(b"alice", b"mallory", mend_lengths=True, direction=(0, 1))
    field.emit(0, b"\x05alice")
    field.run()
    assert (field.stations[1].payloads, field.stations[2].payloads) == ([b"\x07mallory"], [b"\x05alice"])


def test_scrambled_payloads_are_other_bytes_of_their_length_and_the_same_again_by_seed() -> None:
    def scrambled(seed: int) -> list[bytes]:
        field = Field()
        field.air.scramble(seed)
        field.emit(0, *[b"x"] * 600, b"", b"longer payload", to=1)
        field.run()
        return field.stations[1].payloads

    payloads = scrambled(1)
    assert [len(payload) for payload in payloads] == [1] * 600 + [0, 14]
    assert b"x" not in payloads
    assert scrambled(1) == payloads
    assert scrambled(2) != payloads


# --- delay, reorder ---------------------------------------------------------------------------------


def test_a_delayed_frame_arrives_later_and_then_meets_the_later_moves_only() -> None:
    field = Field()
    field.air.alter(extend(b"1"))
    delay = field.air.delay(2.0, ordinal=0)
    field.air.alter(extend(b"2"))
    field.emit(0, b"slow", b"fast", to=1)
    field.run()
    assert field.stations[1].payloads == [b"fast12", b"slow12"]
    assert [record.at for record in field.deliveries] == [START + LATENCY, START + LATENCY + 2.0]
    assert delay.touched == field.deliveries[1:]


def test_a_frame_that_was_delayed_still_arrives_when_the_move_is_over() -> None:
    field = Field()
    with field.air.delay(2.0):
        field.emit(0, b"x", to=1)
        field.run(1.0)
    field.run(1.0)
    assert field.stations[1].payloads == []
    field.run(1.0)
    assert [(r.at, r.how, r.move) for r in field.deliveries] == [(START + LATENCY + 2.0, "passed", 0)]


def test_delayed_frames_keep_their_order() -> None:
    field = Field()
    field.air.delay(2.0)
    field.emit(0, b"1", b"2", b"3", to=1)
    field.run()
    assert field.stations[1].payloads == [b"1", b"2", b"3"]


def test_a_frame_does_not_arrive_before_it_was_sent() -> None:
    with pytest.raises(ValueError, match="before it was sent"):
        Field().air.delay(-1.0)


def test_frames_are_swapped_for_each_receiver() -> None:
    field = Field()
    with field.air.reorder(2):
        field.emit(0, b"a", b"b")
        field.emit(0, b"c", to=1)
        field.run(1.0)
        assert [s.payloads for s in field.stations[1:]] == [[b"b", b"a"], [b"b", b"a"]]
    field.run(1.0)
    assert field.stations[1].payloads == [b"b", b"a", b"c"]
    assert {(r.how, r.move) for r in field.deliveries} == {("passed", 0)}


def test_a_longer_span_arrives_last_first() -> None:
    field = Field()
    field.air.reorder(3, receiver=1)
    field.emit(0, b"a", b"b", b"c", b"d", to=1)
    field.run()
    assert field.stations[1].payloads == [b"c", b"b", b"a"]
    with pytest.raises(ValueError, match="no order"):
        field.air.reorder(1)


# --- reflect, redirect ------------------------------------------------------------------------------


def test_a_station_hears_its_own_frame_when_it_is_reflected() -> None:
    field = Field()
    move = field.air.reflect(emitter=0)
    field.emit(0, b"to one", to=1)
    field.emit(0, b"to all")
    field.run()
    at = START + LATENCY
    assert field.stations[0].heard == [
        (at, Frame(address(1), address(0), b"to one")),
        (at, Frame(address(0), EVERYONE, b"to all")),
    ]
    assert field.stations[1].payloads == [b"to one", b"to all"]
    assert [r for r in field.deliveries if r.station == 0] == move.touched
    assert move.touched[0] == Delivered(at, 1, 0, 0, "redirected", 0, None, address(1), address(0))


def test_a_frame_that_nobody_else_hears_is_reflected_too() -> None:
    field = Field(1)
    field.air.reflect(swap=True)
    field.emit(0, b"x", to=9)
    field.run()
    assert field.stations[0].payloads == [b"x"]


def test_a_reflected_frame_with_its_own_addresses_passes_only_a_radio_that_listens_to_them() -> None:
    field = Field()
    move = field.air.reflect(swap=False, keep=False)
    field.emit(0, b"unheard", to=1)
    field.stations[0].ears = None
    field.run()
    assert (field.stations[0].payloads, field.stations[1].payloads) == ([b"unheard"], [])
    field.stations[0].ears = frozenset()
    field.emit(0, b"really unheard", to=1)
    field.run()
    assert field.stations[0].payloads == [b"unheard"]
    assert [type(r) for r in move.touched] == [Dropped, Delivered, Dropped]


def test_a_later_move_acts_on_what_is_reflected() -> None:
    field = Field()
    field.air.reflect()
    field.air.alter(flip(0), receiver=0)
    field.emit(0, b"\x00", to=1)
    field.run()
    assert field.stations[0].payloads == [b"\x80"]
    assert field.stations[1].payloads == [b"\x00"]


def test_a_frame_with_another_destination_reaches_who_hears_that() -> None:
    field = Field()
    move = field.air.redirect(destination=address(2), receiver=1)
    field.emit(0, b"x", to=1)
    field.run()
    at = START + LATENCY
    assert [s.payloads for s in field.stations] == [[], [], [b"x"]]
    assert field.drops == [Dropped(at, 1, 0, 0)]
    assert field.deliveries == [Delivered(at, 0, 2, 0, "redirected", 0, None, None, address(2))]
    assert move.touched == [*field.drops, *field.deliveries]


def test_radios_that_hear_all_hear_a_redirected_frame_once() -> None:
    field = Field(promiscuous=True)
    field.air.redirect(destination=address(2))
    field.emit(0, b"x", to=1)
    field.run()
    assert [s.payloads for s in field.stations] == [[], [b"x"], [b"x"]]
    assert [(r.how, r.destination) for r in field.deliveries] == [("redirected", address(2))] * 2


def test_a_frame_gets_another_source() -> None:
    field = Field()
    field.air.redirect(source=0x99, receiver=1)
    field.emit(0, b"x")
    field.run()
    assert [(r.station, r.how, r.source) for r in field.deliveries] == [
        (1, "redirected", 0x99),
        (2, "passed", None),
    ]
    assert field.stations[1].heard[0][1].source == 0x99


def test_a_frame_is_brought_to_another_station() -> None:
    field = Field(4)
    field.air.redirect(to=3, emitter=0)
    field.emit(0, b"to all")
    field.emit(0, b"to one, so unheard by three", to=1)
    field.run()
    assert [s.payloads for s in field.stations] == [[], [], [], [b"to all"]]
    assert [(r.station, r.how) for r in field.deliveries] == [(3, "redirected")]
    assert sorted((r.emission, r.station) for r in field.drops) == [(0, 1), (0, 2), (0, 3), (1, 1)]


def test_a_kept_frame_goes_both_ways() -> None:
    field = Field()
    field.air.redirect(to=2, destination=address(2), keep=True)
    field.emit(0, b"x", to=1)
    field.run()
    assert [(r.station, r.how) for r in field.deliveries] == [(1, "passed"), (2, "redirected")]


def test_a_frame_is_brought_elsewhere_once_even_if_some_of_it_comes_late() -> None:
    field = Field(4)
    field.air.delay(1.0, receiver=1)
    field.air.reflect(emitter=0)
    field.air.redirect(to=3, emitter=0, receiver=(1, 2), keep=True)
    field.emit(0, b"x")
    field.run()
    assert [s.payloads for s in field.stations] == [[b"x"], [b"x"], [b"x"], [b"x", b"x"]]
    assert [(r.station, r.how) for r in field.deliveries if r.move in (1, 2)] == [
        (0, "redirected"),
        (3, "replayed"),
    ]


def test_redirecting_needs_a_where() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        Field().air.redirect(emitter=1)


# --- man in the middle ------------------------------------------------------------------------------


def test_a_man_in_the_middle_forwards_unless_told_otherwise() -> None:
    field = Field()
    move = field.air.man_in_the_middle(0, 1)
    field.emit(0, b"x")
    field.emit(1, b"y", to=0)
    field.run()
    assert [(r.station, r.how, r.move) for r in field.deliveries] == [
        (1, "passed", move.number),
        (2, "passed", None),
        (0, "passed", move.number),
    ]


def test_a_man_in_the_middle_changes_keeps_and_adds() -> None:
    field = Field()

    def handler(passage: Passage) -> Iterable[Passage]:
        if passage.payload == b"keep":
            return ()
        if passage.payload == b"double":
            return (passage, passage.changed(passage.payload + b"2"))
        return (passage.changed(receiver=2, destination=address(2)),)

    field.air.man_in_the_middle(0, 1, handler)
    field.emit(0, b"keep", b"double", b"elsewhere", to=1)
    field.run()
    assert field.stations[1].payloads == [b"double", b"double2"]
    assert field.stations[2].payloads == [b"elsewhere"]
    assert [(r.emission, r.station) for r in field.drops] == [(0, 1), (2, 1)]
    assert [(r.station, r.how, r.payload) for r in field.deliveries] == [
        (1, "passed", None),
        (1, "replayed", b"double2"),
        (2, "redirected", None),
    ]


# --- frames of the attacker's own -------------------------------------------------------------------


def test_a_replay_repeats_in_order_a_latency_apart_and_then_is_over() -> None:
    field = Field()
    field.emit(0, b"1", b"2", to=1)
    field.run(1.0)
    mark = len(field.trace)
    move = field.air.replay(field.emissions)
    field.air.drop()
    field.run(1.0)
    at = START + 1.0
    assert field.since(mark) == [
        Moved(at, 0, "replay", "replay frames 0 1 to everyone"),
        Moved(at, 1, "drop", "drop every frame"),
        Delivered(at + LATENCY, 2, 1, 0, "replayed", 0),
        Delivered(at + 2 * LATENCY, 3, 1, 1, "replayed", 0),
        Lifted(at + 2 * LATENCY, 0),
    ]
    assert move.touched == field.deliveries[2:]
    assert not move.on


def test_a_replay_to_all_reaches_all_but_its_emitter_and_one_to_a_station_only_that() -> None:
    field = Field()
    field.emit(0, b"x")
    field.run(1.0)
    field.air.replay(0)
    field.run(1.0)
    field.air.replay([0], to=0)
    field.run(1.0)
    assert [(r.station, r.how) for r in field.deliveries[2:]] == [
        (1, "replayed"),
        (2, "replayed"),
        (0, "replayed"),
    ]


def test_a_replay_can_be_changed_and_the_books_tell() -> None:
    field = Field()
    field.emit(0, b"\x00", to=1)
    field.run(1.0)
    field.air.replay(0, 2, flip(0), destination=address(2))
    field.run(1.0)
    record = field.deliveries[-1]
    assert (record.how, record.payload, record.destination) == ("replayed", b"\x80", address(2))


def test_a_replay_lifted_early_sends_no_more() -> None:
    field = Field()
    field.emit(0, b"1", b"2", b"3", to=1)
    field.run(1.0)
    with field.air.replay([0, 1, 2]):
        field.run(LATENCY)
    field.run(1.0)
    assert [r.emission for r in field.deliveries[3:]] == [0]
    assert sum(isinstance(r, Lifted) for r in field.trace) == 1


def test_a_replay_of_nothing_is_over_at_once() -> None:
    field = Field()
    field.air.replay([])
    assert field.moves == [Moved(START, 0, "replay", "replay nothing to everyone"), Lifted(START, 0)]


def test_an_emission_that_there_is_not_cannot_be_replayed() -> None:
    with pytest.raises(LookupError, match="no frame 0"):
        Field().air.replay(0)


def test_what_a_station_was_never_given_is_delivered_not_replayed() -> None:
    field = Field()
    with field.air.drop(receiver=1):
        field.emit(0, b"x")
        field.run(1.0)
    for station in (1, 1, 2):
        field.air.deliver(0, station)
    field.air.deliver([0], 0, extend(b"!"))
    field.run(1.0)
    assert [(r.station, r.how, r.payload) for r in field.deliveries] == [
        (2, "passed", None),
        (1, "passed", None),
        (1, "replayed", None),
        (2, "replayed", None),
        (0, "altered", b"x!"),
    ]


def test_a_radio_does_not_pass_up_what_is_for_others_whoever_sends_it() -> None:
    field = Field()
    field.emit(0, b"x", to=1)
    field.run(1.0)
    unheard = field.air.deliver(0, 2)
    heard = field.air.deliver(0, 2, destination=address(2))
    field.run(1.0)
    assert unheard.touched == []
    assert heard.touched == [
        Delivered(START + 1.0 + LATENCY, 1, 2, 0, "redirected", 1, None, None, address(2))
    ]


def test_an_injected_frame_stems_from_nobody() -> None:
    field = Field()
    field.air.inject(b"boo", 0x77, EVERYONE)
    field.air.inject(b"you", 0x77, EVERYONE, to=2)
    field.run(1.0)
    at = START + LATENCY
    assert field.deliveries == [
        Delivered(at, number, number, None, "injected", 0, b"boo", 0x77, EVERYONE) for number in range(3)
    ] + [Delivered(at, 3, 2, None, "injected", 1, b"you", 0x77, EVERYONE)]


def test_a_spliced_frame_counts_as_the_later_of_its_two() -> None:
    field = Field()
    field.emit(0, b"head-a", b"head-b", to=1)
    field.run(1.0)
    field.air.splice(1, 4, 0, 4, to=1)
    field.air.splice(0, 4, 1, 4)
    field.run(1.0)
    assert field.stations[1].payloads[2:] == [b"head-a", b"head-b"]
    assert [(r.emission, r.how, r.payload) for r in field.deliveries[2:]] == [
        (1, "replayed", b"head-a"),
        (1, "replayed", None),
    ]


def test_frames_that_stations_answer_to_an_attack_are_carried_as_any() -> None:
    field = Field()
    field.stations[1].on_receive = lambda frame, now: Output(
        frames=[Frame(address(1), frame.source, b"answer")]
    )
    field.air.inject(b"question", address(0), address(1))
    field.run()
    assert field.stations[0].payloads == [b"answer"]
    answer = field.emissions[0]
    assert isinstance(answer, Emitted)
    assert answer.by == "receive"
