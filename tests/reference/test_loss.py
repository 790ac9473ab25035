"""Loss, doubling, delay and disorder: everything arrives, once, within the patience of the statement."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reference_impl.outcome import SessionOpened
from tests.reference.pretend_link import GROUP, OWNER, OWNER_ADDRESS, Meddle, PretendLink

pytestmark = pytest.mark.usefixtures("each_kind")

PATIENCE = 5.0
ANN, BOB = 0x0B0001, 0x0B0002


def drop(ordinal: int) -> Meddle:
    """Lose the frame of that ordinal."""
    return lambda number, frame: [] if number == ordinal else [(0.0, frame)]


def join(link: PretendLink) -> None:
    """An owner, ann and bob."""
    link.owner()
    for name, address in (("ann", ANN), ("bob", BOB)):
        device = link.device(name, address)
        link.take(name, device.join(GROUP, OWNER_ADDRESS, link.credentials(name), link.now))


def talk(link: PretendLink) -> None:
    """A unicast by the owner, a groupcast of a member, and one of the owner."""
    link.take("ann", link.devices["ann"].send(GROUP, b"to bob", "bob", link.now))
    link.take("ann", link.devices["ann"].send(GROUP, b"to all", None, link.now))
    link.take(OWNER, link.devices[OWNER].send(GROUP, b"owner's", None, link.now))


def assert_talked(link: PretendLink) -> None:
    """Each message arrived exactly once."""
    assert sorted(link.texts("bob")) == [b"owner's", b"to all", b"to bob"]
    assert link.texts("ann") == [b"owner's"]
    assert link.texts(OWNER) == [b"to all"]


def remove_bob(link: PretendLink) -> None:
    link.take(OWNER, link.devices[OWNER].remove(GROUP, "bob", link.now))


def ann_leaves(link: PretendLink) -> None:
    link.take("ann", link.devices["ann"].leave(GROUP, link.now))


ACTS: dict[str, Callable[[PretendLink], None]] = {
    "join": join,
    "talk": talk,
    "remove": remove_bob,
    "leave": ann_leaves,
}


def scenario(meddled: str = "", meddle: Meddle | None = None, ordinal: int = 0) -> PretendLink:
    """Join, talk, remove bob, let ann leave. During the act ``meddled`` the frame of that ordinal (from the
    start of the act) is lost, or ``meddle`` is on."""
    link = PretendLink()
    for name, act in ACTS.items():
        if name == meddled:
            link.meddle = meddle or drop(len(link.frames) + ordinal)
        act(link)
        link.run(PATIENCE)
        link.meddle = None
    return link


def frames_of_each_act() -> dict[str, int]:
    """How many frames each act takes undisturbed."""
    link, counts = PretendLink(), {}
    for name, act in ACTS.items():
        before = len(link.frames)
        act(link)
        link.run(PATIENCE)
        counts[name] = len(link.frames) - before
    return counts


STEPS = [(act, ordinal) for act, count in frames_of_each_act().items() for ordinal in range(count)]


@pytest.mark.parametrize(("step", "ordinal"), STEPS)
def test_any_one_frame_may_be_lost(step: str, ordinal: int) -> None:
    link = scenario(step, ordinal=ordinal)

    assert {each.peer for each in link.opened(OWNER)} == {"ann", "bob"}
    assert_talked(link)
    assert [each.peer for each in link.closed(OWNER)] == ["bob", "ann"]
    assert [each.peer for each in link.closed("bob")] == [None]


@pytest.mark.parametrize("step", ["join", "talk"])
@pytest.mark.parametrize("copies", [2, 5])
def test_every_frame_may_come_more_than_once(step: str, copies: int) -> None:
    link = scenario(step, lambda _, frame: [(0.01 * copy, frame) for copy in range(copies)])

    assert_talked(link)
    assert len(link.opened("ann")) == len(link.opened("bob")) == 1


@pytest.mark.parametrize("modulus", [2, 3, 7])
def test_frames_may_overtake_each_other(modulus: int) -> None:
    for act in ("join", "talk"):
        assert_talked(scenario(act, lambda number, frame: [(0.05 * (number % modulus), frame)]))


def test_loss_of_every_second_frame_delays_but_loses_nothing() -> None:
    link = PretendLink()
    join(link)
    link.run(PATIENCE)
    link.meddle = lambda number, frame: [(0.0, frame)] if number % 2 == 0 else []
    talk(link)
    link.run(20.0)

    assert len(link.opened("ann")) == len(link.opened("bob")) == 1
    assert_talked(link)


def test_a_hop_that_is_gone_is_noticed_at_both_ends_and_comes_back_by_itself() -> None:
    link = PretendLink()
    join(link)
    link.run(PATIENCE)
    link.silent.add("ann")
    link.take("ann", link.devices["ann"].send(GROUP, b"into the void", "bob", link.now))
    link.take(OWNER, link.devices[OWNER].send(GROUP, b"unheard", None, link.now))
    link.run(40.0)
    assert [each.peer for each in link.closed(OWNER)] == ["ann"]
    assert [each.peer for each in link.closed("ann")] == [None]

    link.silent.clear()
    link.run(PATIENCE)
    link.send("bob", b"welcome", "ann")

    assert len(link.opened("ann")) == 2
    assert link.texts("ann") == [b"welcome"]


def test_a_member_that_the_owner_gave_up_is_told_and_comes_back() -> None:
    link = PretendLink()
    join(link)
    link.run(PATIENCE)
    link.silent.add("ann")
    link.take(OWNER, link.devices[OWNER].send(GROUP, b"unheard", None, link.now))
    link.run(60.0)
    assert [each.peer for each in link.closed(OWNER)] == ["ann"]
    assert not link.closed("ann")

    link.silent.clear()
    link.run(20.0)
    link.send(OWNER, b"welcome", "ann")

    assert link.texts("ann") == [b"welcome"]


def test_nothing_is_pending_when_all_is_said() -> None:
    link = scenario()
    link.run(20.0)
    before = len(link.frames)
    link.run(600.0)

    assert len(link.frames) == before
    assert all(device.deadline() is None for device in link.devices.values())


def test_a_join_gives_up_and_says_so_once() -> None:
    link = PretendLink()
    device = link.device("ann", ANN)
    link.take("ann", device.join(GROUP, OWNER_ADDRESS, link.credentials("ann"), link.now))
    link.run(300.0)

    assert len(link.refused("ann")) == 1
    assert device.deadline() is None
    assert not any(isinstance(each, SessionOpened) for each in link.events["ann"])


def test_a_late_owner_is_found() -> None:
    link = PretendLink()
    device = link.device("ann", ANN)
    link.take("ann", device.join(GROUP, OWNER_ADDRESS, link.credentials("ann"), link.now))
    link.run(8.0)
    link.owner()
    link.run(PATIENCE)

    assert len(link.opened("ann")) == 1
