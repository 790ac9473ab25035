"""What an honest group does: join, talk, leave, remove, come back, several groups, both algorithms."""

from __future__ import annotations

import pytest

from reference_impl.outcome import CallDeclined, KeysRenewed
from reference_impl.profiles import PROFILES, Profile
from reference_impl.surroundings import PAYLOAD_MOST
from tests.reference.pretend_link import ALL_ALGORITHMS, GROUP, OWNER, OWNER_ADDRESS, PretendLink

pytestmark = pytest.mark.usefixtures("each_kind")

ADDRESSES = {"ann": 0x0B0001, "bob": 0x0B0002, "cat": 0x0B0003}


def group_of(*names: str, link: PretendLink | None = None) -> PretendLink:
    """An owner with these members."""
    link = link or PretendLink()
    link.owner()
    for name in names:
        link.member(name, ADDRESSES[name])
    return link


def test_both_ends_name_each_other_and_the_session_alike() -> None:
    link = group_of("ann", "bob")
    at_owner = {each.peer: each.token for each in link.opened(OWNER)}

    assert [(each.peer, each.token) for each in link.opened("ann")] == [(OWNER, at_owner["ann"])]
    assert [(each.peer, each.token) for each in link.opened("bob")] == [(OWNER, at_owner["bob"])]
    assert at_owner["ann"] != at_owner["bob"]


def test_the_owner_admits_first_and_both_within_six_frames() -> None:
    link = PretendLink()
    link.owner()
    link.member("ann", ADDRESSES["ann"])

    assert len(link.frames) == 5
    assert [frame.destination for frame in link.frames] == [
        OWNER_ADDRESS,
        ADDRESSES["ann"],
        OWNER_ADDRESS,
        ADDRESSES["ann"],
        OWNER_ADDRESS,
    ]


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, PAYLOAD_MOST])
def test_a_unicast_reaches_its_recipient_alone_with_its_origin(size: int) -> None:
    link = group_of("ann", "bob", "cat")
    data = bytes(index % 251 for index in range(size))
    link.send("ann", data, "bob")

    [got] = link.received("bob")
    assert (got.data, got.origin, got.cast, got.hop) == (data, "ann", "unicast", OWNER)
    assert not link.received("cat")
    assert not link.received(OWNER)
    assert not link.received("ann")


def test_a_unicast_to_and_from_the_owner() -> None:
    link = group_of("ann", "bob")
    link.send("ann", b"up", OWNER)
    link.send(OWNER, b"down", "ann")

    assert [(each.data, each.origin, each.cast) for each in link.received(OWNER)] == [
        (b"up", "ann", "unicast")
    ]
    assert [(each.data, each.origin, each.cast) for each in link.received("ann")] == [
        (b"down", OWNER, "unicast")
    ]
    assert not link.received("bob")


@pytest.mark.parametrize("origin", [OWNER, "ann"])
def test_a_groupcast_reaches_all_but_its_origin(origin: str) -> None:
    link = group_of("ann", "bob", "cat")
    link.send(origin, b"to all", None)

    for name in {OWNER, "ann", "bob", "cat"} - {origin}:
        [got] = link.received(name)
        assert (got.data, got.origin, got.cast) == (b"to all", origin, "groupcast")
    assert not link.received(origin)


def test_a_message_to_a_stranger_goes_nowhere() -> None:
    link = group_of("ann", "bob")
    link.send("ann", b"who", "nobody")
    link.send(OWNER, b"who", "nobody")

    assert not link.received("bob")
    assert CallDeclined("send", "no such member") in link.events[OWNER]


def test_calls_that_cannot_be_carried_out_are_declined() -> None:
    link = group_of("ann")
    ann, owner, now = link.devices["ann"], link.devices[OWNER], link.now
    stranger = link.device("dan", 0x0B0009)
    outboxes = [
        stranger.send(GROUP, b"x", None, now),
        stranger.leave(GROUP, now),
        ann.remove(GROUP, OWNER, now),
        ann.rekey(GROUP, now),
        ann.send(GROUP, bytes(PAYLOAD_MOST + 1), None, now),
        ann.send(GROUP, b"x", "ann", now),
        owner.remove(GROUP, "nobody", now),
        owner.own(GROUP, link.credentials(OWNER, "owner"), now),
        owner.join(GROUP, OWNER_ADDRESS, link.credentials(OWNER), now),
        stranger.join(GROUP, OWNER_ADDRESS, b"no credentials", now),
    ]

    for outbox in outboxes:
        assert [type(event) for event in outbox.events] == [CallDeclined]
        assert outbox.frames == []


def test_who_left_hears_and_says_nothing_more() -> None:
    link = group_of("ann", "bob")
    link.take("ann", link.devices["ann"].leave(GROUP, link.now))
    link.run(1.0)
    link.send(OWNER, b"after", None)

    assert [each.peer for each in link.closed(OWNER)] == ["ann"]
    assert [each.peer for each in link.closed("ann")] == [None]
    assert link.texts("ann") == []
    assert link.texts("bob") == [b"after"]
    assert isinstance(link.devices["ann"].send(GROUP, b"x", None, link.now).events[0], CallDeclined)


def test_who_was_removed_is_told_and_hears_nothing_more() -> None:
    link = group_of("ann", "bob")
    link.take(OWNER, link.devices[OWNER].remove(GROUP, "ann", link.now))
    link.send(OWNER, b"after", None)

    assert [each.peer for each in link.closed("ann")] == [None]
    assert link.texts("ann") == []
    assert link.texts("bob") == [b"after"]


def test_who_was_removed_without_hearing_it_reads_nothing_and_is_not_heard() -> None:
    link = group_of("ann", "bob")
    link.silent.add("ann")
    link.take(OWNER, link.devices[OWNER].remove(GROUP, "ann", link.now))
    link.run(20.0)
    link.silent.clear()
    link.send(OWNER, b"after", None)
    assert link.texts("ann") == []

    link.take("ann", link.devices["ann"].send(GROUP, b"still here?", None, link.now))
    link.run(0.0005)
    assert link.texts("bob") == [b"after"]


@pytest.mark.parametrize("how", ["leave", "remove"])
def test_coming_back(how: str) -> None:
    link = group_of("ann", "bob")
    if how == "leave":
        link.take("ann", link.devices["ann"].leave(GROUP, link.now))
    else:
        link.take(OWNER, link.devices[OWNER].remove(GROUP, "ann", link.now))
    link.run(1.0)
    link.send(OWNER, b"missed", None)
    link.member("ann", ADDRESSES["ann"])
    link.send(OWNER, b"heard", None)
    link.send("ann", b"back", "bob")

    assert link.texts("ann") == [b"heard"]
    assert link.texts("bob") == [b"missed", b"heard", b"back"]
    assert len({each.token for each in link.opened("ann")}) == 2


def test_a_new_member_cannot_read_what_came_before() -> None:
    link = group_of("ann")
    link.send(OWNER, b"before", None)
    old = [frame for frame in link.frames if frame.payload[0] == 2]
    link.member("bob", ADDRESSES["bob"])
    for frame in old:
        link.carry(frame)
    link.run(1.0)

    assert len(old) == 1
    assert link.texts("bob") == []


def test_rekey_is_told_to_all_and_does_no_harm() -> None:
    link = group_of("ann", "bob")
    before = link.devices["ann"].joined[GROUP].epoch
    link.take(OWNER, link.devices[OWNER].rekey(GROUP, link.now))
    link.send(OWNER, b"new keys", None)
    after = link.devices["ann"].joined[GROUP].epoch

    assert before is not None
    assert after is not None
    assert before.key != after.key
    assert all(KeysRenewed(GROUP) in link.events[name] for name in (OWNER, "ann", "bob"))
    assert link.texts("ann") == link.texts("bob") == [b"new keys"]


def test_one_device_in_several_groups() -> None:
    link = PretendLink()
    for group in ("red", "blue"):
        link.owner(group)
        link.member("ann", ADDRESSES["ann"], group)
        link.member("bob", ADDRESSES["bob"], group)
    link.send("ann", b"in red", None, "red")
    link.send("ann", b"in blue", "bob", "blue")
    link.take("bob", link.devices["bob"].leave("red", link.now))
    link.run(1.0)
    link.send(OWNER, b"red again", None, "red")
    link.send(OWNER, b"blue again", None, "blue")

    assert [(each.group, each.data) for each in link.received("bob")] == [
        ("red", b"in red"),
        ("blue", b"in blue"),
        ("blue", b"blue again"),
    ]


def test_an_owner_can_be_a_member_elsewhere() -> None:
    link = group_of("ann")
    link.devices["ann"].own("own", link.credentials("ann", "owner", "own"), link.now)
    bob = link.device("bob", ADDRESSES["bob"])
    link.take("bob", bob.join("own", ADDRESSES["ann"], link.credentials("bob", group="own"), link.now))
    link.run(1.0)
    link.send("ann", b"as owner", None, "own")
    link.send("ann", b"as member", OWNER)

    assert link.texts("bob") == [b"as owner"]
    assert link.texts(OWNER) == [b"as member"]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("algorithm", ALL_ALGORITHMS)
def test_each_profile_and_algorithm(profile: Profile, algorithm: str) -> None:
    link = PretendLink(profile=profile)
    link.device(OWNER, OWNER_ADDRESS, offers=(algorithm,))
    group_of("ann", "bob", link=link)
    link.send("ann", b"to bob", "bob")
    link.send("bob", b"to all", None)

    assert link.texts("bob") == [b"to bob"]
    assert link.texts("ann") == [b"to all"]
    member = link.devices["ann"].joined[GROUP].link
    assert member is not None
    assert member.context.algorithm == algorithm


def test_members_without_a_common_algorithm_still_hear_the_group() -> None:
    link = PretendLink()
    for name, offers in (("ann", ("aes-gcm",)), ("bob", ("eea2-eia2",))):
        link.device(name, ADDRESSES[name], offers=offers)
    group_of("ann", "bob", link=link)
    link.send("ann", b"from ann", None)
    link.send("bob", b"from bob", None)

    assert link.texts("bob") == [b"from ann"]
    assert link.texts("ann") == [b"from bob"]


def test_ends_without_a_common_algorithm_do_not_meet() -> None:
    link = PretendLink()
    link.device(OWNER, OWNER_ADDRESS, offers=("aes-gcm",))
    link.owner()
    ann = link.device("ann", ADDRESSES["ann"], offers=("eea2-eia2",))
    link.take("ann", ann.join(GROUP, OWNER_ADDRESS, link.credentials("ann"), link.now))
    link.run(40.0)

    assert not link.opened(OWNER)
    assert not link.opened("ann")
    assert [each.reason for each in link.refused(OWNER)][:1] == ["no common algorithm"]
    assert len(link.refused("ann")) == 1


def test_a_burst_arrives_whole_and_once() -> None:
    link = group_of("ann", "bob")
    messages = [b"message %d" % number for number in range(300)]
    for data in messages:
        link.take("ann", link.devices["ann"].send(GROUP, data, "bob", link.now))
    for data in messages[:60]:
        link.take(OWNER, link.devices[OWNER].send(GROUP, data, None, link.now))
    link.run(3.0)

    assert sorted(link.texts("bob")) == sorted(messages + messages[:60])


def test_equal_seeds_give_equal_bytes() -> None:
    def frames() -> list[bytes]:
        link = group_of("ann", "bob")
        link.send("ann", b"same", "bob")
        link.send(OWNER, b"same", None)
        return [frame.payload for frame in link.frames]

    assert frames() == frames()
