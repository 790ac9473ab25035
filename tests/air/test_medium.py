"""The medium itself: who hears what, in which order, at what time."""

from __future__ import annotations

import pytest

from pytest_prose_go.air.medium import Storm
from pytest_prose_go.air.trace import Delivered, Emitted, Reported, Silenced, Trace
from pytest_prose_go.contract import Diagnostic, Frame, Output, Station
from tests.air.scripted import EVERYONE, LATENCY, START, Field, address


def test_a_frame_reaches_whoever_listens_to_its_destination_but_not_its_emitter() -> None:
    field = Field()
    field.emit(0, b"to one", to=1)
    field.emit(0, b"to all")
    field.run()
    assert [station.payloads for station in field.stations] == [[], [b"to one", b"to all"], [b"to all"]]
    assert field.stations[1].heard[0] == (START + LATENCY, Frame(address(0), address(1), b"to one"))


def test_a_radio_that_listens_to_all_hears_what_is_for_others() -> None:
    field = Field()
    field.stations[2].ears = None
    field.emit(0, b"to one", to=1)
    field.run()
    assert field.stations[2].payloads == [b"to one"]


def test_what_a_radio_listens_to_is_read_when_the_frame_arrives() -> None:
    field = Field()
    field.emit(0, b"late", to=1)
    field.stations[1].ears = frozenset()
    field.stations[2].ears = frozenset((address(1),))
    field.run()
    assert (field.stations[1].payloads, field.stations[2].payloads) == ([], [b"late"])


def test_the_books_say_what_was_returned_by_which_call_events_first() -> None:
    field = Field(2)
    field.stations[1].on_receive = lambda frame, now: Output(
        frames=[Frame(address(1), address(0), b"answer")], events=[Diagnostic("got it")]
    )
    field.emit(0, b"question", to=1)
    field.run()
    arrival = START + LATENCY
    assert field.trace.records == [
        Emitted(START, 0, 0, address(0), address(1), b"question", "send"),
        Delivered(arrival, 0, 1, 0),
        Reported(arrival, 1, Diagnostic("got it"), "receive", 0),
        Emitted(arrival, 1, 1, address(1), address(0), b"answer", "receive"),
        Delivered(arrival + LATENCY, 1, 0, 1),
    ]


def test_what_happens_at_one_time_happens_in_the_order_in_which_it_was_set_going() -> None:
    field = Field(4)
    order: list[str] = []

    def note(word: str) -> Output:
        order.append(word)
        return Output()

    for number, station in enumerate(field.stations):
        station.on_wake = lambda now, number=number: note(f"wake {number}")  # type: ignore[misc]
        station.on_receive = lambda frame, now: note(frame.payload.decode())
    field.wake_at(2, START + LATENCY)
    field.emit(3, b"first", to=1)
    field.wake_at(0, START + LATENCY)
    field.emit(3, b"second", to=1)
    field.run()
    assert order == ["wake 2", "first", "wake 0", "second"]


@pytest.mark.parametrize("first", ["frame", "attacker"])
def test_what_the_attacker_sends_takes_its_turn_too(first: str) -> None:
    field = Field()
    if first == "frame":
        field.emit(0, b"frame", to=1)
    field.air.inject(b"attacker", 0x77, address(1))
    if first == "attacker":
        field.emit(0, b"frame", to=1)
    field.run()
    assert field.stations[1].payloads[0] == first.encode()
    assert [at for at, _ in field.stations[1].heard] == [START + LATENCY] * 2


def _busy_run() -> Trace:
    field = Field(4)
    for number, station in enumerate(field.stations):
        station.on_receive = (
            lambda frame, now, number=number: Output(  # type: ignore[misc]
                frames=[Frame(address(number), EVERYONE, frame.payload[1:])]
                if len(frame.payload) > 1
                else (),
                events=[Diagnostic(frame.payload.hex())],
                wake_at=now + 0.1 * number,
            )
        )
        station.on_wake = lambda now: Output(events=[Diagnostic("awake")])
    field.air.scramble(7, ordinal=range(5, 9))
    field.air.delay(0.3, emitter=2)
    field.emit(0, b"abcd")
    field.run()
    return field.trace


def test_equal_runs_give_equal_traces() -> None:
    one, other = _busy_run(), _busy_run()
    assert len(one) > 100
    assert one.encode() == other.encode()


def test_a_trace_of_the_air_survives_its_encoding() -> None:
    trace = _busy_run()
    assert Trace.decode(trace.encode()).records == trace.records


# --- run ------------------------------------------------------------------------------------------


def test_a_condition_that_holds_already_lets_nothing_happen() -> None:
    field = Field()
    field.emit(0, b"x")
    assert field.air.run(lambda: True, 5.0)
    assert (field.air.now, field.deliveries) == (START, [])


def test_a_run_ends_with_the_happening_that_makes_its_condition_true() -> None:
    field = Field()
    field.emit(0, b"x", b"y", to=1)
    assert field.air.run(lambda: bool(field.stations[1].heard), 5.0)
    assert field.stations[1].payloads == [b"x"]
    assert field.air.now == START + LATENCY
    field.run()
    assert field.stations[1].payloads == [b"x", b"y"]


def test_a_run_that_is_in_vain_takes_its_limit() -> None:
    field = Field()
    field.emit(0, b"x", to=1)
    assert not field.air.run(lambda: False, 5.0)
    assert field.air.now == START + 5.0


def test_what_happens_at_the_limit_still_happens_and_later_things_wait() -> None:
    field = Field()
    field.wake_at(0, START + 5.0)
    field.wake_at(1, START + 5.5)
    field.run(5.0)
    assert (field.stations[0].woken, field.stations[1].woken) == ([START + 5.0], [])
    field.run(5.0)
    assert field.stations[1].woken == [START + 5.5]


@pytest.mark.parametrize("limit", [-1.0, float("inf"), float("nan")])
def test_a_limit_is_a_number_of_seconds(limit: float) -> None:
    with pytest.raises(ValueError, match="number of seconds"):
        Field().air.run(None, limit)


# --- timers -----------------------------------------------------------------------------------------


def test_each_wish_to_be_woken_replaces_the_former() -> None:
    field = Field()
    field.wake_at(0, START + 1.0)
    field.wake_at(0, START + 3.0)
    field.wake_at(1, START + 2.0)
    field.wake_at(1, None)
    field.run()
    assert (field.stations[0].woken, field.stations[1].woken) == ([START + 3.0], [])


def test_a_station_is_woken_once_unless_it_asks_again() -> None:
    field = Field()
    field.stations[0].on_wake = lambda now: Output(wake_at=now + 1.0 if now < START + 3.0 else None)
    field.wake_at(0, START + 1.0)
    field.run()
    assert field.stations[0].woken == [START + 1.0, START + 2.0, START + 3.0]


def test_a_wish_for_the_past_is_met_at_once() -> None:
    field = Field()
    field.wake_at(0, START - 100.0)
    field.run()
    assert field.stations[0].woken == [START]


def test_the_earliest_timer_goes_first_whatever_was_replaced() -> None:
    field = Field()
    order: list[int] = []

    def note(number: int) -> Output:
        order.append(number)
        return Output()

    for number, station in enumerate(field.stations):
        station.on_wake = lambda now, number=number: note(number)  # type: ignore[misc]
    field.wake_at(0, START + 1.0)
    field.wake_at(1, START + 2.0)
    field.wake_at(2, START + 3.0)
    field.wake_at(0, START + 4.0)
    field.run()
    assert order == [1, 2, 0]


# --- silence, skew, coming and going ----------------------------------------------------------------


def test_a_silenced_station_neither_hears_nor_is_heard_while_its_timers_go_on() -> None:
    field = Field()
    tap = field.air.tap()
    field.stations[0].on_wake = lambda now: Output(frames=[Frame(address(0), address(1), b"unheard")])
    field.wake_at(0, START + 1.0)
    with field.air.silence(0):
        field.emit(1, b"lost", to=0)
        field.run()
    field.emit(1, b"heard", to=0)
    field.run()
    assert field.stations[0].woken == [START + 1.0]
    assert field.stations[0].payloads == [b"heard"]
    assert field.stations[1].payloads == []
    assert [emitted.payload for emitted in field.emissions] == [b"lost", b"unheard", b"heard"]
    assert [emitted.payload for emitted in tap.emissions] == [b"lost", b"heard"]
    silences = [record for record in field.trace if isinstance(record, Silenced)]
    assert silences == [Silenced(START, 0, True), Silenced(START + 10.0, 0, False)]


def test_a_frame_that_was_in_the_air_before_its_emitter_was_silenced_arrives() -> None:
    field = Field()
    field.emit(0, b"x", to=1)
    field.air.silence(0)
    field.air.silence(0)
    field.run()
    assert field.stations[1].payloads == [b"x"]
    assert sum(isinstance(record, Silenced) for record in field.trace) == 1


def test_a_skewed_station_lives_in_its_own_time() -> None:
    field = Field()
    field.stations[1].on_receive = lambda frame, now: Output(wake_at=START + 103.0)
    move = field.air.skew(1, 100.0)
    field.emit(0, b"x", to=1)
    field.run()
    assert field.stations[1].heard[0][0] == START + 100.0 + LATENCY
    assert field.stations[1].woken == [START + 103.0]
    assert field.deliveries[0].at == START + LATENCY
    move.lift()
    assert [(type(r).__name__, r.at) for r in field.moves] == [("Moved", START), ("Lifted", START + 10.0)]


def test_the_time_of_a_station_stands_still_rather_than_go_back() -> None:
    field = Field()
    seen: list[float] = []

    def see(station: Station, now: float) -> Output:
        seen.append(now)
        return Output(wake_at=START + 1.0)

    def look() -> None:
        field.air.drive(1, "send", see)

    look()
    field.air.skew(1, -2.0)
    look()
    field.run(1.5)
    look()
    field.run(3.0)
    assert seen == [START, START, START]
    assert field.stations[1].woken == [START + 1.0]
    assert field.air.now == START + 4.5


def test_a_timer_moves_when_the_time_is_shifted_under_it() -> None:
    field = Field()
    field.wake_at(1, START + 5.0)
    with field.air.skew(1, 4.0):
        assert field.air.run(lambda: bool(field.stations[1].woken), 2.0)
    assert field.air.now == START + 1.0


def test_a_station_is_never_woken_before_the_time_it_asked_for() -> None:
    field = Field()
    skew = -100.1
    wishes = [START + 0.3 * n for n in range(1, 20)]
    assert any((wish - skew) + skew < wish for wish in wishes), "no sum here is rounded down"
    left = iter(wishes[1:])
    field.air.skew(0, skew)
    field.stations[0].on_wake = lambda now: Output(wake_at=next(left, None))
    field.wake_at(0, wishes[0])
    field.run(200.0)
    assert len(field.stations[0].woken) == len(wishes)
    assert all(woken >= wish for woken, wish in zip(field.stations[0].woken, wishes, strict=True))


def test_a_station_that_is_gone_hears_nothing_and_is_not_woken() -> None:
    field = Field()
    field.emit(1, b"last words", to=0)
    field.wake_at(1, START + 1.0)
    field.emit(0, b"too late", to=1)
    field.air.detach(1)
    field.run()
    assert (field.stations[1].heard, field.stations[1].woken) == ([], [])
    assert field.stations[0].payloads == [b"last words"]
    with pytest.raises(LookupError, match="no station 1"):
        field.emit(1, b"x")


def test_a_number_is_given_once() -> None:
    field = Field()
    with pytest.raises(ValueError, match="already"):
        field.air.attach(0, field.stations[1])


# --- what goes wrong --------------------------------------------------------------------------------


class Broken(Exception):
    def __init__(self, partial: Output | None) -> None:
        super().__init__("broken")
        self.partial = partial


def test_the_events_before_a_failure_are_booked_before_it_goes_on() -> None:
    field = Field()

    def fail(frame: Frame, now: float) -> Output:
        raise Broken(Output(frames=[frame], events=[Diagnostic("one"), Diagnostic("two")]))

    field.stations[1].on_receive = fail
    field.emit(0, b"x", to=1)
    with pytest.raises(Broken):
        field.run()
    at = START + LATENCY
    assert field.trace.records[-3:] == [
        Delivered(at, 0, 1, 0),
        Reported(at, 1, Diagnostic("one"), "receive", 0),
        Reported(at, 1, Diagnostic("two"), "receive", 0),
    ]


@pytest.mark.parametrize("error", [Broken(None), RuntimeError()])
def test_a_failure_without_events_goes_on_as_it_is(error: Exception) -> None:
    field = Field()

    def fail(station: object, now: float) -> Output:
        raise error

    with pytest.raises(type(error)) as caught:
        field.air.drive(0, "send", fail)
    assert caught.value is error
    assert len(field.trace) == 0


def test_waking_without_end_at_one_moment_is_a_storm_and_names_the_station() -> None:
    field = Field()
    field.stations[1].on_wake = lambda now: Output(wake_at=now)
    field.stations[0].on_wake = lambda now: Output(
        frames=[Frame(address(0), address(2), b"many, but innocent")] * 4000, wake_at=now + 1.0
    )
    field.wake_at(0, START)
    field.wake_at(1, START + 3.5)
    with pytest.raises(Storm) as caught:
        field.run()
    assert (caught.value.station, caught.value.call) == (1, "wake")
    assert "without time moving" in caught.value.got


def test_frames_without_end_are_a_storm() -> None:
    field = Field()
    field.air.most_happenings = 100
    for number in (1, 2):
        field.stations[number].on_receive = lambda frame, now, number=number: Output(  # type: ignore[misc]
            frames=[Frame(address(number), address(3 - number), b"x")] * number
        )
    field.emit(0, b"start", to=1)
    with pytest.raises(Storm) as caught:
        field.run(1000.0)
    assert caught.value.station == 2
    assert "in one run" in caught.value.got


def test_a_beacon_is_no_storm() -> None:
    field = Field()
    field.stations[0].on_wake = lambda now: Output(
        frames=[Frame(address(0), EVERYONE, b"beacon")], wake_at=now + 0.5
    )
    field.wake_at(0, START)
    field.run(6000.0)
    assert len(field.stations[1].heard) > field.air.most_at_once
