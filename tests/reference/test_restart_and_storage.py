"""What a restart keeps and loses, and what an image at rest is worth elsewhere."""

from __future__ import annotations

import pytest

from reference_impl.device import Device
from reference_impl.outcome import CallDeclined
from reference_impl.randomness import Randomness
from reference_impl.storage import AtRest, Engagement
from tests.reference.pretend_link import GROUP, OWNER, OWNER_ADDRESS, PretendLink

pytestmark = pytest.mark.usefixtures("each_kind")

ANN, BOB = 0x0B0001, 0x0B0002
REJOIN_PATIENCE = 20.0


def pair() -> PretendLink:
    """An owner, ann and bob."""
    link = PretendLink()
    link.owner()
    link.member("ann", ANN)
    link.member("bob", BOB)
    return link


def restart(link: PretendLink, name: str) -> None:
    link.take(name, link.devices[name].restart(link.now))
    link.run(REJOIN_PATIENCE)


def restored(link: PretendLink, name: str, image: bytes, same_device: bool) -> Device:
    """A device that starts from ``image``, in the place of ``name``."""
    former = link.devices[name]
    device = Device(former.build, Randomness(b"fresh" + name.encode(), "test"))
    if same_device:
        device.device_key = former.device_key
    device.load(image)
    return link.attach(name, device)


def test_a_member_comes_back_by_itself() -> None:
    link = pair()
    restart(link, "ann")
    link.send("ann", b"back", "bob")
    link.send("bob", b"welcome", "ann")

    assert len(link.opened("ann")) == 2
    assert link.texts("bob") == [b"back"]
    assert link.texts("ann") == [b"welcome"]


def test_an_owner_owns_again_and_its_members_come_back_by_themselves() -> None:
    link = pair()
    restart(link, OWNER)
    link.send("ann", b"as before", "bob")
    link.send(OWNER, b"to all", None)

    assert [each.peer for each in link.opened(OWNER)] == ["ann", "bob", "ann", "bob"]
    assert link.texts("bob") == [b"as before", b"to all"]
    assert not link.closed("ann")


@pytest.mark.parametrize("who", [OWNER, "ann"])
def test_nothing_of_the_sessions_before_is_taken_after(who: str) -> None:
    link = pair()
    link.send("ann", b"one", "bob")
    link.send(OWNER, b"two", None)
    old = list(link.frames)
    restart(link, who)
    before = {name: len(link.received(name)) for name in link.events}
    opened = {name: len(link.opened(name)) for name in link.events}
    for frame in old:
        link.carry(frame)
        link.run(0.05)
    link.run(REJOIN_PATIENCE)

    assert {name: len(link.received(name)) for name in link.events} == before
    assert {name: len(link.opened(name)) for name in link.events} == opened


def test_who_left_stays_away_after_a_restart() -> None:
    link = pair()
    link.take("ann", link.devices["ann"].leave(GROUP, link.now))
    link.run(1.0)
    restart(link, "ann")

    assert len(link.opened("ann")) == 1


def test_who_was_removed_stays_away_after_a_restart() -> None:
    link = pair()
    link.take(OWNER, link.devices[OWNER].remove(GROUP, "ann", link.now))
    link.run(1.0)
    restart(link, "ann")

    assert len(link.opened("ann")) == 1


def test_a_revocation_outlives_a_restart() -> None:
    link = pair()
    credentials = link.laboratory.read(link.devices["ann"].engagements[GROUP].credentials)
    link.take(OWNER, link.devices[OWNER].learn(link.laboratory.revoke(credentials, link.now), link.now))
    link.run(1.0)
    link.take("ann", link.devices["ann"].join(GROUP, OWNER_ADDRESS, credentials.encode(), link.now))
    restart(link, OWNER)

    assert [each.peer for each in link.opened("ann")] == [OWNER]
    assert link.refused(OWNER)[-1].reason == "credentials were revoked"


def test_the_image_shows_no_secret_and_no_name() -> None:
    link = pair()
    device = link.devices["ann"]
    credentials = link.laboratory.read(device.engagements[GROUP].credentials)

    assert credentials.secret_parts
    for secret in (*credentials.secret_parts, device.device_key):
        assert secret not in device.image
        assert secret.hex().encode() not in device.image
    assert b"ann" not in device.image


def test_the_same_device_starts_from_its_image() -> None:
    link = pair()
    device = restored(link, "ann", link.devices["ann"].image, same_device=True)
    link.take("ann", device.wake(link.now))
    link.run(REJOIN_PATIENCE)

    assert len(link.opened("ann")) == 2


@pytest.mark.parametrize("give_credentials", [True, False])
def test_another_device_can_do_nothing_with_an_image(give_credentials: bool) -> None:
    link = pair()
    credentials = link.credentials("ann") if give_credentials else b""
    device = restored(link, "ann", link.devices["ann"].image, same_device=False)
    outbox = link.take("ann", device.join(GROUP, OWNER_ADDRESS, credentials, link.now))
    link.run(REJOIN_PATIENCE)

    assert [type(each) for each in outbox.events] == [CallDeclined]
    assert len(link.opened("ann")) == 1
    assert len(link.opened(OWNER)) == 2


def test_an_image_changed_anywhere_is_refused() -> None:
    link = pair()
    image = link.devices["ann"].image
    places = [*range(20), *range(20, len(image), 97), len(image) - 1]
    for place in places:
        changed = bytearray(image)
        changed[place] ^= 0x20
        device = restored(link, "ann", bytes(changed), same_device=True)
        outbox = device.wake(link.now)
        assert outbox.frames == []
        assert device.deadline() is None
    for cut in (b"", image[:10], image[:-1], image + b"x"):
        assert restored(link, "ann", cut, same_device=True).wake(link.now).frames == []


def test_images_of_equal_content_differ() -> None:
    link = pair()
    device = link.devices["ann"]
    first = device.image
    link.take("ann", device.restart(link.now))
    link.run(1.0)

    assert device.image != first
    assert len(device.image) == len(first)


def test_what_is_at_rest_is_read_back() -> None:
    content = AtRest(
        (Engagement("g", None, b"\x00\xff", None), Engagement("h", 0xFFFFFF, b"", "claim")), (b"notice",)
    )

    assert AtRest.decode(content.encode()) == content
