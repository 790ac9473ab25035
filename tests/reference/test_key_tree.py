"""The key tree of a group: how much is said of new keys, who learns them, and what becomes of who missed them."""

from __future__ import annotations

import pytest

from reference_impl.device import Device
from reference_impl.outcome import AirFrame
from reference_impl.protection import Channel
from reference_impl.randomness import Randomness
from reference_impl.variants import all_variants, composed
from reference_impl.variants.key_tree import SDU_REKEYING, KeyTree
from tests.reference import pretend_link
from tests.reference.pretend_link import GROUP, OWNER, PretendLink

ADDRESS = 0x0B0000


def tree_of(members: int) -> KeyTree:
    tree = KeyTree(Randomness(bytes(32), "tree"))
    for number in range(members):
        tree.add(str(number))
    tree.renew()
    return tree


@pytest.mark.parametrize("members", [2, 3, 16, 17, 1000, 10_000])
def test_a_removal_says_two_keys_a_level(members: int) -> None:
    tree = tree_of(members)
    tree.remove("1")

    assert 1 <= len(tree.renew()) <= 2 * (members - 1).bit_length()


def test_a_removal_renews_every_key_that_the_member_held() -> None:
    tree = tree_of(100)
    _, held = tree.above("57")
    tree.remove("57")
    tree.renew()

    assert not set(held) & set(tree.keys.values())


def test_who_comes_holds_no_key_of_before() -> None:
    tree = tree_of(100)
    before = set(tree.keys.values())
    tree.add("new")
    tree.renew()

    assert not before & set(tree.above("new")[1])


def test_a_leaf_is_used_again() -> None:
    tree = tree_of(8)
    tree.remove("3")
    tree.add("new")
    tree.renew()

    assert tree.height == 3
    assert tree.leaves["new"] == 3


def test_the_last_one_leaves_and_another_comes() -> None:
    tree = tree_of(1)
    tree.remove("0")
    tree.renew()
    empty = tree.root()
    tree.add("new")
    tree.renew()

    assert tree.above("new") == (0, (tree.root(),))
    assert tree.root() != empty


class TreeLink(PretendLink):
    """A pretend air between devices with a tree."""

    def device(
        self,
        name: str,
        address: int,
        trusts: tuple[str, ...] = ("A",),
        offers: tuple[str, ...] = pretend_link.ALL_ALGORITHMS,
    ) -> Device:
        made = super().device(name, address, trusts, offers)
        return self.attach(
            name, composed([all_variants()["key-tree"]]).device_class(made.build, made.randomness)
        )


def is_news(frame: AirFrame) -> bool:
    return frame.payload[0] == Channel.GROUPCAST and frame.payload[1] >> 5 == SDU_REKEYING


@pytest.fixture
def link() -> TreeLink:
    """An owner and five members."""
    made = TreeLink()
    made.owner()
    for number in range(5):
        made.member(f"ue{number}", ADDRESS + number)
    made.frames.clear()
    return made


def test_a_removal_is_one_frame_to_the_group(link: TreeLink) -> None:
    link.take(OWNER, link.devices[OWNER].remove(GROUP, "ue2", link.now))
    link.run(1.0)
    link.send(OWNER, b"without ue2", None)

    assert len([frame for frame in link.frames if is_news(frame)]) == 1
    assert {name for name in link.devices if link.texts(name)} == {"ue0", "ue1", "ue3", "ue4"}


def test_who_missed_the_news_asks_and_misses_no_message(link: TreeLink) -> None:
    link.silent.add("ue4")
    link.take(OWNER, link.devices[OWNER].rekey(GROUP, link.now))
    link.run(0.01)
    link.silent.clear()
    link.send(OWNER, b"under the new key", None, seconds=3.0)
    link.send(OWNER, b"and again", None, seconds=0.1)

    assert link.texts("ue4") == [b"under the new key", b"and again"]


def test_news_that_the_owner_did_not_sign_is_no_news(link: TreeLink) -> None:
    device = link.devices["ue0"]
    outbox = link.devices[OWNER].rekey(GROUP, link.now)
    [news] = [frame for frame in outbox.frames if is_news(frame)]
    before = device.joined[GROUP].epoch
    device.receive(pretend_link.altered(news, len(news.payload) - 1, 1), link.now)
    untouched = device.joined[GROUP].epoch
    device.receive(news, link.now)

    assert untouched is before
    assert device.joined[GROUP].epoch is not before
