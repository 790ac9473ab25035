"""Counters near their end: new keys come in time, no (key, COUNT) pair repeats, no message is lost."""

from __future__ import annotations

from collections import Counter

import pytest

from reference_impl.group_key import GroupEpoch, GroupProtection
from reference_impl.inspection import bring_near_wrap
from reference_impl.outcome import KeysRenewed
from reference_impl.parts import Parts
from reference_impl.profiles import PROFILES, Profile
from reference_impl.protection import HopProtection, SecurityContext
from tests.reference.pretend_link import GROUP, OWNER, PretendLink

pytestmark = pytest.mark.usefixtures("each_kind")

ANN, BOB = 0x0B0001, 0x0B0002


class CountedHop(HopProtection):
    """Notes every (key, direction, counter) that a hop sends with."""

    def __init__(self) -> None:
        self.used: Counter[tuple[bytes, int, int]] = Counter()

    def next_counter(self, context: SecurityContext) -> int:
        counter = super().next_counter(context)
        self.used[context.keys.encryption, context.direction, counter] += 1
        return counter


class CountedGroup(GroupProtection):
    """Notes every (key, PTK identity, SN) that an owner sends with."""

    def __init__(self) -> None:
        self.used: Counter[tuple[bytes, int, int]] = Counter()

    def next_count(self, epoch: GroupEpoch) -> tuple[int, int]:
        traffic_id, sn = super().next_count(epoch)
        self.used[epoch.key, traffic_id, sn] += 1
        return traffic_id, sn


@pytest.mark.parametrize("left", [0, 1, 2, 5, 40])
@pytest.mark.parametrize("who", [OWNER, "ann"])
@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_messages_cross_the_end_of_the_counters(profile: Profile, who: str, left: int) -> None:
    hop, group = CountedHop(), CountedGroup()
    link = PretendLink(Parts(hop=hop, group=group), profile)
    link.owner()
    link.member("ann", ANN)
    link.member("bob", BOB)
    messages = [b"message %02d" % number for number in range(60)]
    link.send(who, messages[0], "bob")
    bring_near_wrap(link.devices[who], left, link.devices.values())
    for data in messages[1:]:
        link.take(who, link.devices[who].send(GROUP, data, "bob", link.now))
        link.take(who, link.devices[who].send(GROUP, data + b" to all", None, link.now))
        link.run(0.01)
    link.run(5.0)

    expected = [*messages, *(data + b" to all" for data in messages[1:])]
    assert sorted(link.texts("bob")) == sorted(expected)
    assert max(hop.used.values()) == 1
    assert max(group.used.values()) == 1
    assert KeysRenewed(GROUP) in link.events[who]
    assert len(link.opened("ann")) == len(link.opened("bob")) == 1
    assert not link.closed(OWNER)


def test_a_groupcast_takes_a_new_ptk_when_its_sn_ends_and_a_new_pgk_when_those_end() -> None:
    link = PretendLink()
    link.owner()
    link.member("ann", ANN)
    epoch = link.devices[OWNER].owned[GROUP].epoch
    bring_near_wrap(link.devices[OWNER], 1, link.devices.values())
    link.send(OWNER, b"last of the first PTK", None)
    link.send(OWNER, b"first of the second", None)
    assert (epoch.traffic_id, epoch.next_sn) == (2, 1)

    epoch.traffic_id = 0xFFFF
    bring_near_wrap(link.devices[OWNER], 0, link.devices.values())
    link.send(OWNER, b"first under the next PGK", None)

    assert link.devices[OWNER].owned[GROUP].epoch is not epoch
    assert link.texts("ann") == [
        b"last of the first PTK",
        b"first of the second",
        b"first under the next PGK",
    ]


def test_an_owner_gives_up_a_hop_whose_counters_ended_and_that_gets_no_new_keys() -> None:
    link = PretendLink()
    link.owner()
    link.member("ann", ANN)
    bring_near_wrap(link.devices[OWNER], 0, link.devices.values())
    link.silent.add("ann")
    link.take(OWNER, link.devices[OWNER].send(GROUP, b"stuck", "ann", link.now))
    link.run(300.0)

    assert [each.peer for each in link.closed(OWNER)] == ["ann"]
    assert link.devices[OWNER].deadline() is None


def test_a_ue_whose_counters_ended_asks_until_it_gets_new_keys() -> None:
    link = PretendLink()
    link.owner()
    link.member("ann", ANN)
    bring_near_wrap(link.devices["ann"], 0, link.devices.values())
    link.silent.add(OWNER)
    link.take("ann", link.devices["ann"].send(GROUP, b"waits", OWNER, link.now))
    link.run(20.0)
    link.silent.clear()
    link.run(5.0)

    assert link.texts(OWNER) == [b"waits"]
