"""pCR clause 5.6.3, first requirement: public-safety UEs authenticate each other, out of coverage too."""

import pytest

from pytest_prose_go.cases import (
    PIECES,
    Air,
    Attacks,
    CastGroup,
    CastOwner,
    CastRogueOwner,
    CastUE,
    Judge,
    Troupe,
    requirement,
)


@requirement("MUTUAL.rogue-owner", case="foreign-authority")
def test_a_rogue_owner_of_a_foreign_authority(
    go: CastOwner, member: CastUE, rogue_owner: CastRogueOwner, judge: Judge, attacker: Attacks
) -> None:
    """pCR clause 5.6.3
    with { a UE, and a station that poses as its GO with good credentials of an authority that the UE does not
           trust }
    ensure that {
      when { the UE is sent to that station by discovery, while its true GO is silent }
      then { it does not join, though it joins its true GO before and after }
    }
    """
    owner, alice = go(), member()
    impostor = rogue_owner()
    judge.fit(impostor)
    attacker.meets_instead(alice, owner, impostor)


@requirement("MUTUAL.claimed-name", case="another-owner")
def test_an_owner_claims_the_name_of_another(
    go: CastOwner, member: CastUE, troupe: Troupe, judge: Judge, attacker: Attacks
) -> None:
    """pCR clause 5.6.3
    with { a UE, its GO, and a station with good credentials of its own that lets it own the same group }
    ensure that {
      when { that station owns the group under the GO's name, and the UE is sent to it, while its GO is silent }
      then { the UE does not join it under that name, though it joins its true GO before and after }
    }
    """
    owner, alice = go(), member()
    impostor = troupe.owner_under_anothers_name(owner)
    attacker.meets_instead(alice, owner, impostor)


@requirement("MUTUAL.flawed-owner", case="each-offered")
def test_an_owner_with_flawed_credentials(
    go: CastOwner, member: CastUE, troupe: Troupe, judge: Judge
) -> None:
    """pCR clause 5.6.3
    with { a UE, and stations that pose as its GO, each of whose credentials has one flaw: out of date, withdrawn,
           of the wrong purpose, issued by a member or under the authority's name only, or the GO's own without
           their private key }
    ensure that {
      when { the UE is sent to each by discovery, while its true GO is silent }
      then { it joins none of them, though it joins its true GO before and after }
    }
    """
    owner, alice = go(), member()
    impostors = troupe.flawed_owners(owner)
    judge.admits(owner, alice)
    alice.leaves()
    judge.silences_for_long(owner)
    for impostor in impostors:
        judge.meets(alice, owner, impostor)
    judge.brings_back(owner)
    judge.admits_anew(owner, alice)


@requirement("MUTUAL.rogue-owner", case="in-every-disguise")
def test_a_rogue_owner_poses_in_every_disguise(
    go: CastOwner, member: CastUE, rogue_owner: CastRogueOwner, judge: Judge, attacker: Attacks
) -> None:
    """pCR clause 5.6.3
    with { a UE, its GO, which is silent, and a station of a foreign authority that poses as it }
    ensure that {
      when { the UE is sent to that station while the attacker blanks or cuts its frames, leaves frames out,
             doubles or swaps them, or gives the UE its own }
      then { the UE does not join it }
    }
    """
    owner, alice = go(), member()
    impostor = rogue_owner()
    judge.fit(impostor)
    judge.admits(owner, alice)
    attacker.poses_in_every_disguise(impostor, alice, owner)
    judge.admits_anew(owner, alice)


@requirement("MUTUAL.open-owner", case="without-credentials")
def test_an_owner_without_credentials(
    go: CastOwner, member: CastUE, troupe: Troupe, attacker: Attacks
) -> None:
    """pCR clause 5.6.3
    with { a UE, and a station without credentials that owns the UE's group }
    ensure that {
      when { the UE is sent to that station by discovery, while its true GO is silent }
      then { it does not join, though it joins its true GO before and after }
    }
    """
    owner, alice = go(), member()
    impostor = troupe.open_owner(owner)
    attacker.meets_instead(alice, owner, impostor)


@requirement("MUTUAL.owner-of-another-group", case="same-authority")
def test_the_owner_of_another_group_poses_as_the_groups(
    go: CastOwner, member: CastUE, troupe: Troupe, attacker: Attacks
) -> None:
    """pCR clause 5.6.3
    with { a UE, and a station with good owner's credentials of the same authority for another group }
    ensure that {
      when { that station owns the UE's group with them, and the UE is sent to it, while its true GO is silent }
      then { it does not join, though it joins its true GO before and after }
    }
    """
    owner, alice = go(), member()
    impostor = troupe.owner_of_another_group(owner)
    attacker.meets_instead(alice, owner, impostor)


@requirement("MUTUAL.member-as-owner", case="insider-owns")
def test_a_member_poses_as_the_owner(
    go: CastOwner, member: CastUE, troupe: Troupe, attacker: Attacks
) -> None:
    """pCR clause 5.6.3
    with { a UE, and a station with good credentials of a mere member of the same group }
    ensure that {
      when { that station owns the group with them, and the UE is sent to it, while its true GO is silent }
      then { it does not join, though it joins its true GO before and after }
    }
    """
    owner, alice = go(), member()
    impostor = troupe.member_as_owner(owner)
    attacker.meets_instead(alice, owner, impostor)


@requirement("MUTUAL.member-as-owner", case="speaks-in-a-live-group")
def test_a_member_speaks_as_the_owner_of_a_live_group(troupe: Troupe, attacker: Attacks) -> None:
    """pCR clause 5.6.3
    with { a GO and two members, and a station with good credentials of a mere member, at the GO's address }
    ensure that {
      when { that station owns the group with them, and speaks to its members and makes keys new beside the GO }
      then { no member joins it, nor receives anything of it as the GO's }
    }
    """
    owner, (alice, bob), impostor = troupe.group_and_member_as_owner(2)
    attacker.speaks_in_a_live_group(owner, impostor, alice, bob)


@requirement("MUTUAL.fresh-owner", case="silent-owner-replayed")
def test_a_silent_owner_is_replayed(group_of: CastGroup, air: Air, judge: Judge) -> None:
    """pCR clause 5.6.3
    with { a UE, and all frames of its GO in two earlier joins, recorded; the GO is silent }
    ensure that {
      when { the UE asks to join, and the attacker answers with the recorded frames }
      then { the UE does not join }
    }
    """
    owner, (alice,) = group_of(1)
    judge.admits_anew(owner, alice)
    recorded = judge.frames_of(owner)
    alice.leaves()
    judge.silences_for_long(owner)
    alice.asks(owner)
    judge.acted(air.replay(recorded, to=alice.number), waiting=True)
    judge.acted(air.replay(recorded, to=alice.number), waiting=True)
    alice.leaves()
    judge.brings_back(owner)
    judge.admits_anew(owner, alice)


@requirement("MUTUAL.fresh-owner", case="reflected")
def test_a_ues_frames_are_reflected(go: CastOwner, member: CastUE, air: Air, judge: Judge) -> None:
    """pCR clause 5.6.3
    with { a UE whose GO is silent }
    ensure that {
      when { it asks to join, and the attacker gives it recorded frames of the GO, and its own frames back with
             addresses swapped }
      then { it does not join }
    }
    """
    owner, alice = go(), member()
    judge.admits(owner, alice)
    alice.leaves()
    recorded = judge.frames_of(owner)
    judge.silences_for_long(owner)
    since = judge.mark
    with air.reflect(emitter=alice.number, swap=True) as reflecting:
        alice.asks(owner)
        air.replay(recorded, to=alice.number)
        judge.waits()
    judge.acted_unless_silent(reflecting, alice, since)
    alice.leaves()
    judge.brings_back(owner)
    judge.admits_anew(owner, alice)


@requirement("MUTUAL.agreement", case="man-in-the-middle")
def test_a_man_in_the_middle_with_stations_of_his_own(troupe: Troupe, air: Air, judge: Judge) -> None:
    """pCR clauses 5.6.3 and 5.7.2
    with { a UE and its GO, cut off from each other, and a man in the middle with a station that poses as the GO
           and one that poses as the UE, both of a foreign authority }
    ensure that {
      when { the UE asks to join the one, and the other asks to join the GO }
      then { neither end joins }
    }
    """
    owner, alice, posing_owner, posing_ue = troupe.man_in_the_middle()
    judge.fit(posing_owner)
    judge.fit(posing_ue)
    with air.drop(between=(alice.number, owner.number)):
        owner.owns()
        alice.asks(posing_owner)
        posing_ue.asks(owner)
        judge.waits()
    alice.leaves()
    posing_ue.leaves()
    posing_owner.falls_silent()
    judge.outlasts_patience()
    judge.admits(owner, alice)


@pytest.mark.parametrize("piece", range(PIECES))
@requirement("MUTUAL.agreement", case="altered-join")
def test_a_join_is_altered(
    go: CastOwner, member: CastUE, air: Air, judge: Judge, attacker: Attacks, piece: int
) -> None:
    """pCR clauses 5.6.3 and 5.7.2
    with { a UE and its GO, and a man in the middle }
    ensure that {
      when { the UE asks to join and the man in the middle alters each frame, in one way of a sample at a time,
             towards the GO and towards the UE }
      then { where both still join they agree on names and group, and their data stay protected }
    }
    """
    owner, alice, bob = go(), member(), member()
    judge.admits(owner, bob)
    attacker.sweeps_join(
        owner, alice, bob, lambda change, way: air.alter(change, direction=way), piece, PIECES
    )


@pytest.mark.parametrize("piece", range(PIECES))
@requirement("MUTUAL.agreement", case="spliced-join")
def test_a_join_is_spliced(
    go: CastOwner, member: CastUE, judge: Judge, attacker: Attacks, piece: int
) -> None:
    """pCR clauses 5.6.3 and 5.7.2
    with { a UE and its GO, and the frames of an earlier join of that UE and of another's, recorded }
    ensure that {
      when { the UE asks to join, and the attacker puts together frames of either side and recorded ones, pair by
             pair, head of the one and tail of the other }
      then { where both still join they agree on names and group, and their data stay protected }
    }
    """
    owner, alice, bob, carol = go(), member(), member(), member()
    judge.admits(owner, alice, bob, carol)
    attacker.splices_joins(owner, alice, bob, carol, piece, PIECES)


@requirement("MUTUAL.rogue-owner", case="takes-over")
def test_a_rogue_owner_takes_the_owners_place(group_of: CastGroup, troupe: Troupe, attacker: Attacks) -> None:
    """pCR clause 5.6.3
    with { a UE that has joined its GO, and a station of a foreign authority that poses as it, at its address }
    ensure that {
      when { the GO falls silent, the other takes its place, and the UE tries to come back by itself }
      then { it does not join the other, nor receive what that one sends }
    }
    """
    owner, (alice, bob), impostor = troupe.group_and_rogue_owner(2)
    attacker.takes_the_place_of(owner, impostor, alice, bob)


@requirement("MUTUAL.agreement", case="names-rewritten")
def test_names_are_rewritten_in_flight(troupe: Troupe, judge: Judge, attacker: Attacks) -> None:
    """pCR clauses 5.6.3 and 5.7.2
    with { two groups of one authority, a UE with good credentials for both, and an insider }
    ensure that {
      when { the UE asks to join the one, and the attacker rewrites names in flight: the groups', the owners', the
             UE's and the insider's, one pair at a time, and carries frames to the other's address }
      then { where both ends still join they agree on names and group }
    }
    """
    owner, elsewhere, (alice, mallory), both = troupe.two_groups_and_a_ue_of_both()
    for old, new in (
        (owner.group, elsewhere.group),
        (owner.identity, elsewhere.identity),
        (both.here.identity, mallory.identity),
    ):
        attacker.joins_rewritten(both.here, owner, elsewhere, old, new)
    judge.admits(owner, both.here)
    judge.delivers(both.here, alice)


@requirement("MUTUAL.agreement", case="names-alike")
def test_names_are_rewritten_to_ones_like_them(
    go: CastOwner, member: CastUE, judge: Judge, attacker: Attacks
) -> None:
    """pCR clauses 5.6.3 and 5.7.2
    with { a UE and its GO, and another member }
    ensure that {
      when { the UE asks to join, and the attacker rewrites the GO's name on the way to it, or its own on the way to
             the GO, to the other member's or to one that differs in case or by a sign at its end }
      then { where an end still joins, it tells of the other by its true name }
    }
    """
    owner, alice, bob = go(), member(), member()
    judge.admits(owner, bob)
    attacker.joins_misnamed(alice, owner, bob)
    judge.delivers(alice, bob)
