"""pCR clause 5.6.3, third requirement: authentication credentials are stored securely in the UE."""

from pytest_prose_go.cases import (
    Air,
    Attacks,
    CastGroup,
    CastOwner,
    CastUE,
    Judge,
    Laboratory,
    requirement,
)


@requirement("STORE.at-rest", case="whole-life")
def test_no_secret_stands_in_what_is_at_rest(
    go: CastOwner, member: CastUE, air: Air, judge: Judge, laboratory: Laboratory
) -> None:
    """pCR clause 5.6.3
    with { a GO and two members, and the images of what is at rest in them }
    ensure that {
      when { one has asked and not been answered yet, they have joined, have exchanged messages, have left and have
             joined again }
      then { no secret part of their credentials stands in any image, in any common encoding }
    }
    """
    owner, alice, bob = go(), member(), member()
    with air.drop(receiver=alice.number):
        alice.asks(owner)
        laboratory.looks_at_rest(alice)
    judge.admits(owner, alice, bob)
    laboratory.images(owner, alice, bob)
    judge.delivers(alice, bob)
    judge.delivers(owner, among=(alice, bob))
    laboratory.images(owner, alice, bob)
    alice.leaves()
    judge.outlasts_patience()
    judge.admits(owner, alice)
    laboratory.images(owner, alice, bob)


@requirement("STORE.at-rest", case="keys-in-use")
def test_no_key_in_use_stands_in_what_is_at_rest(
    group_of: CastGroup, judge: Judge, laboratory: Laboratory
) -> None:
    """pCR clause 5.6.3
    with { a GO and two members that tell of the secrets that they hold }
    ensure that {
      when { they are in session, and again after the session of one has ended }
      then { none of these secrets stands in what is at rest, in any common encoding }
    }
    """
    owner, (alice, bob) = group_of(2)
    laboratory.tells_secrets(owner, alice, bob)
    laboratory.images(owner, alice, bob)
    alice.leaves()
    judge.outlasts_patience()
    laboratory.images(owner, alice)
    judge.delivers(owner, among=(bob,))


@requirement("STORE.bound-to-device", case="copied-image")
def test_an_image_is_copied_to_another_device(
    group_of: CastGroup, judge: Judge, laboratory: Laboratory
) -> None:
    """pCR clause 5.6.3
    with { a GO and two members, and the image of what is at rest in one of them, which is silent }
    ensure that {
      when { another device of its kind is started from the image }
      then { the GO does not admit it, though the member's own device, started so, joins again }
    }
    """
    owner, (alice, bob) = group_of(2)
    (image,) = laboratory.images(alice)
    judge.silences_for_long(alice)
    laboratory.works_nowhere_else(alice, owner, image)
    own = laboratory.works_on_its_own_device(alice, owner, image)
    judge.delivers(own, bob)
    judge.silences_for_long(own)
    laboratory.works_nowhere_else(alice, owner, image)


@requirement("STORE.unchanged", case="changed-image")
def test_an_image_is_changed(go: CastOwner, member: CastUE, judge: Judge, laboratory: Laboratory) -> None:
    """pCR clause 5.6.3
    with { a GO and a member, and the image of what is at rest in it; the attacker has good credentials of
           another member }
    ensure that {
      when { the device is started from the image with bits changed, with parts cut off or added, and with the
             other member's credentials in the place of its own }
      then { it joins under no other name, though from the unchanged image it joins again }
    }
    """
    owner, bob = go(), member()
    alice, mallory = laboratory.equally_long(owner)
    judge.admits(owner, alice, bob)
    (image,) = laboratory.images(alice)
    judge.silences_for_long(alice)
    own = laboratory.works_on_its_own_device(alice, owner, image)
    judge.silences_for_long(own)
    laboratory.works_unchanged_only(alice, owner, image, mallory)
    again = laboratory.works_on_its_own_device(alice, owner, image)
    judge.delivers(again, bob)


@requirement("STORE.older-image", case="frames-again")
def test_a_device_is_started_from_an_older_image(
    group_of: CastGroup, air: Air, judge: Judge, attacker: Attacks, laboratory: Laboratory
) -> None:
    """pCR clause 5.6.3
    with { a GO and two members, an image of what was at rest in one of them, and the frames of a unicast and of a
           groupcast that it received afterwards }
    ensure that {
      when { its device is started from that image, not heard, and the attacker sends it these frames again }
      then { it receives neither message once more, and from its newest image it joins again }
    }
    """
    owner, (alice, bob) = group_of(2)
    (older,) = laboratory.images(alice)
    carriers = (
        judge.carrier(bob, alice, owner, on="downlink"),
        judge.carrier(owner, None, owner, on="downlink", among=(alice, bob)),
    )
    (newest,) = laboratory.images(alice)
    start = laboratory.wakes_from(alice, older)
    with air.drop(emitter=start.number):
        for carrier in carriers:
            attacker.gives(start, carrier.emissions)
    judge.silences_for_long(start)
    own = laboratory.works_on_its_own_device(alice, owner, newest)
    judge.delivers(own, bob)
