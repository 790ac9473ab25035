"""pCR clause 5.7.3, first requirement: the Group Owner authenticates each ProSe UE."""

import pytest

from pytest_prose_go.cases import (
    Air,
    Attacks,
    CastGroup,
    CastOutsider,
    CastOwner,
    CastRogue,
    CastUE,
    Judge,
    Statement,
    Troupe,
    requirement,
)

SOON = 0.5
"""Seconds in which a removal has reached even a device behind a slow line."""


@requirement("AUTH.no-credentials", case="asks")
def test_a_ue_without_credentials_asks(go: CastOwner, member: CastUE, ue: CastUE, judge: Judge) -> None:
    """pCR clause 5.7.3
    with { a GO, and a UE that has no credentials }
    ensure that {
      when { that UE asks to join }
      then { the GO does not admit it, while a twin with good credentials is admitted before and after }
    }
    """
    owner, twin, stranger = go(), member(), ue()
    judge.admits(owner, twin)
    judge.attempts(stranger, owner)
    judge.admits_anew(owner, twin)


@requirement("AUTH.foreign-authority", case="joins-alone")
def test_a_ue_of_a_foreign_authority_asks(
    go: CastOwner, member: CastUE, rogue: CastRogue, judge: Judge
) -> None:
    """pCR clause 5.7.3
    with { a GO, and a UE whose credentials are good but for their authority, which the GO does not trust }
    ensure that {
      when { that UE asks to join }
      then { the GO does not admit it, while a twin of the GO's authority is admitted before and after }
    }
    """
    owner, twin = go(), member()
    stranger = rogue()
    judge.fit(stranger)
    judge.admits(owner, twin)
    judge.attempts(stranger, owner)
    judge.admits_anew(owner, twin)


@requirement("AUTH.other-group", case="joins-alone")
def test_a_ue_with_another_groups_credentials_asks(
    go: CastOwner, member: CastUE, outsider: CastOutsider, judge: Judge, attacker: Attacks
) -> None:
    """pCR clause 5.7.3
    with { a GO, and a UE whose credentials are good for another group of the same authority }
    ensure that {
      when { that UE asks to join with them }
      then { the GO does not admit it, though the other group's GO does }
    }
    """
    owner, twin = go(), member()
    stranger, elsewhere = outsider()
    judge.admits(elsewhere, stranger)
    stranger.leaves(elsewhere)
    judge.admits(owner, twin)
    attacker.attempts_from_outside(stranger, elsewhere, owner)
    judge.admits_anew(owner, twin)


@requirement("AUTH.owners-other-group", case="asks-with-its-own")
def test_a_member_of_the_owners_other_group_asks(troupe: Troupe, judge: Judge, attacker: Attacks) -> None:
    """pCR clause 5.7.3
    with { a GO that owns two groups, with members in each }
    ensure that {
      when { a member of the one, which the GO knows therefore, asks to join the other with its credentials }
      then { the GO does not admit it there, nor is it heard there, while members of that group are admitted anew }
    }
    """
    owner, (alice, bob), other, dave = troupe.two_groups_of_one_owner(2)
    attacker.attempts_from_the_other_group(dave, other, owner, bob)
    judge.admits_anew(owner, alice)
    judge.delivers(alice, bob)


@requirement("AUTH.flawed-credentials", case="each-offered")
def test_a_ue_with_flawed_credentials_asks(
    go: CastOwner, member: CastUE, troupe: Troupe, judge: Judge
) -> None:
    """pCR clause 5.7.3
    with { a GO, a member that is silent, and UEs each of whose credentials has one flaw: out of date, of the wrong
           purpose, issued by a member or under the authority's name only, or for a variant of the member's name }
    ensure that {
      when { each asks to join }
      then { the GO admits none of them, nor any as the member, while a twin is admitted before and after }
    }
    """
    owner, twin, victim = go(), member(), member()
    flawed = troupe.flawed_ues(owner, victim)
    judge.admits(owner, twin, victim)
    judge.silences_for_long(victim)
    for stranger in flawed:
        judge.attempts(stranger, owner)
        stranger.leaves()
        judge.admits_anew(owner, twin)


@requirement("AUTH.foreign-authority", case="under-a-members-name")
def test_a_ue_of_a_foreign_authority_asks_under_a_members_name(
    go: CastOwner, member: CastUE, rogue: CastRogue, judge: Judge
) -> None:
    """pCR clause 5.7.3
    with { a GO, a member that it admitted and that left, and a UE of that name but of a foreign authority }
    ensure that {
      when { that UE asks to join }
      then { the GO does not admit it, though it admits the member before and after }
    }
    """
    owner, victim = go(), member()
    stranger = rogue(identity=victim.identity)
    judge.fit(stranger)
    judge.admits(owner, victim)
    judge.settles()
    victim.leaves()
    judge.silences_for_long(victim)
    judge.attempts(stranger, owner)
    judge.brings_back(victim)
    judge.admits_anew(owner, victim)


@requirement("AUTH.without-key", case="joins-as-victim")
def test_a_ue_without_the_private_key_asks(
    go: CastOwner, member: CastUE, rogue: CastRogue, judge: Judge
) -> None:
    """pCR clause 5.7.3
    with { a GO, and a UE that has a member's public credentials with another private key }
    ensure that {
      when { that UE asks to join as the member, which is silent }
      then { the GO does not admit it, though it admits the member itself before and after }
    }
    """
    owner, victim = go(), member()
    thief = rogue(identity=victim.identity, flaw="without-key")
    judge.admits(owner, victim)
    judge.silences_for_long(victim)
    judge.attempts(thief, owner)
    judge.brings_back(victim)
    judge.admits_anew(owner, victim)


@requirement("AUTH.foreign-authority", case="in-every-disguise")
def test_a_ue_of_a_foreign_authority_asks_in_every_disguise(
    go: CastOwner, member: CastUE, rogue: CastRogue, judge: Judge, attacker: Attacks
) -> None:
    """pCR clause 5.7.3
    with { a GO, and a UE of an authority that the GO does not trust }
    ensure that {
      when { that UE asks to join while the attacker blanks or cuts its frames, leaves frames out, doubles, swaps
             or reflects them }
      then { the GO does not admit it }
    }
    """
    owner, twin = go(), member()
    stranger = rogue()
    judge.fit(stranger)
    judge.admits(owner, twin)
    attacker.asks_in_every_disguise(stranger, owner)
    judge.admits_anew(owner, twin)


@requirement("AUTH.without-key", case="in-every-disguise")
def test_a_ue_without_the_private_key_asks_in_every_disguise(
    go: CastOwner, member: CastUE, rogue: CastRogue, judge: Judge, attacker: Attacks
) -> None:
    """pCR clause 5.7.3
    with { a GO, and a UE that has a silent member's public credentials with another private key }
    ensure that {
      when { that UE asks to join while the attacker blanks or cuts its frames, leaves frames out, doubles, swaps
             or reflects them }
      then { the GO does not admit it }
    }
    """
    owner, victim = go(), member()
    thief = rogue(identity=victim.identity, flaw="without-key")
    judge.admits(owner, victim)
    judge.silences_for_long(victim)
    attacker.asks_in_every_disguise(thief, owner)
    judge.brings_back(victim)
    judge.admits_anew(owner, victim)


@requirement("AUTH.foreign-authority", case="in-the-owners-words")
def test_a_refused_ue_answers_in_the_owners_words(
    go: CastOwner, member: CastUE, rogue: CastRogue, judge: Judge, attacker: Attacks
) -> None:
    """pCR clause 5.7.3
    with { a GO, all frames that it emitted in a member's join, recorded, and a UE of a foreign authority }
    ensure that {
      when { that UE asks to join, and the attacker gives the GO its own frames as that UE's answers }
      then { the GO does not admit it }
    }
    """
    owner, twin = go(), member()
    stranger = rogue()
    judge.fit(stranger)
    since = judge.mark
    judge.admits(owner, twin)
    judge.settles()
    attacker.answers_in_the_owners_words(stranger, owner, judge.frames_of(owner, since))
    judge.admits_anew(owner, twin)


@requirement("AUTH.separate-joins", case="crossed")
def test_two_joins_are_crossed(troupe: Troupe, judge: Judge, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO, a member, a UE and an insider that have not joined }
    ensure that {
      when { both ask to join at once, and the attacker brings each one's frames to the GO as the other's too }
      then { what either sends bears its own name }
    }
    """
    owner, bob, alice, mallory = troupe.group_with_two_about_to_join()
    attacker.crosses_joins(owner, bob, alice, mallory)
    judge.admits(owner, alice, mallory)
    judge.delivers(alice, bob)
    judge.delivers(mallory, bob)


@requirement("AUTH.claimed-identity", case="insider-claims-a-name")
def test_an_insider_claims_another_members_name(
    go: CastOwner, member: CastUE, insider: CastUE, judge: Judge, attacker: Attacks
) -> None:
    """pCR clause 5.7.3
    with { a GO, a member that is silent, and an insider with good credentials of its own }
    ensure that {
      when { the insider asks to join under the member's name, and sends }
      then { the GO does not admit the member, though it admits the insider under its own name, and nobody
             receives anything as from the member }
    }
    """
    owner, bob, victim, mallory = go(), member(), member(), insider()
    judge.admits(owner, bob, victim, mallory)
    mallory.leaves()
    judge.silences_for_long(victim)
    judge.attempts(mallory, owner, claim=victim.identity)
    attacker.speaks_throughout(mallory, bob)
    mallory.leaves()
    judge.outlasts_patience()
    judge.admits_anew(owner, mallory)


@requirement("AUTH.fresh-join", case="recorded-join")
def test_a_recorded_join_is_replayed(group_of: CastGroup, air: Air, judge: Judge, attacker: Attacks) -> None:
    """pCR clause 5.7.3
    with { a GO, and all frames of a member's join, recorded; the member has left and is silent }
    ensure that {
      when { the attacker sends them to the GO again, at once, one after another, and after minutes of silence }
      then { the GO does not admit the member }
    }
    """
    owner, (alice,) = group_of(1)
    judge.settles()
    joined = judge.frames_of(alice)
    alice.leaves()
    judge.silences_for_long(alice)
    judge.acted(air.replay(joined, to=owner.number), waiting=True)
    for emission in joined:
        judge.acted(air.replay(emission, to=owner.number), waiting=True)
    attacker.replays_after_silences(joined, owner)
    judge.brings_back(alice)
    judge.admits_anew(owner, alice)


@requirement("AUTH.fresh-join", case="recorded-rejoin")
def test_a_recorded_rejoin_is_replayed(group_of: CastGroup, air: Air, judge: Judge) -> None:
    """pCR clause 5.7.3
    with { a GO, and all frames with which a member came back that had been in before, recorded; it has left again and
           is silent }
    ensure that {
      when { the attacker sends them to the GO again, all together and one by one }
      then { the GO does not admit the member, however short a way back it may offer to those that it knows }
    }
    """
    owner, (alice,) = group_of(1)
    alice.leaves()
    judge.outlasts_patience()
    since = judge.mark
    judge.admits(owner, alice)
    judge.settles()
    rejoined = judge.frames_of(alice, since)
    alice.leaves()
    judge.silences_for_long(alice)
    judge.acted(air.replay(rejoined, to=owner.number), waiting=True)
    for emission in rejoined:
        judge.acted(air.replay(emission, to=owner.number), waiting=True)
    judge.brings_back(alice)
    judge.admits_anew(owner, alice)


@requirement("AUTH.fresh-join", case="recorded-join-of-a-live-member")
def test_a_recorded_join_is_replayed_beside_silence(group_of: CastGroup, air: Air, judge: Judge) -> None:
    """pCR clause 5.7.3
    with { a GO, and all frames of a member's join, recorded; the member has fallen silent }
    ensure that {
      when { the attacker sends them to the GO again }
      then { the GO does not report the member as joined once more }
    }
    """
    owner, (alice,) = group_of(1)
    judge.settles()
    joined = judge.frames_of(alice)
    judge.silences_for_long(alice)
    judge.acted(air.replay(joined, to=owner.number), waiting=True)
    judge.brings_back(alice)
    judge.admits_anew(owner, alice)


@requirement("AUTH.fresh-join", case="another-joins")
def test_another_ue_joins(troupe: Troupe, judge: Judge) -> None:
    """pCR clause 5.7.3
    with { a GO, a member that left and is silent, and another UE }
    ensure that {
      when { the other UE joins, leaves and joins again }
      then { the GO does not admit the member: one UE proves itself for no other }
    }
    """
    owner, (alice,), bob = troupe.group_and_newcomer(1)
    alice.leaves()
    judge.silences_for_long(alice)
    judge.admits(owner, bob)
    bob.leaves()
    judge.outlasts_patience()
    judge.admits(owner, bob)
    judge.waits()
    judge.brings_back(alice)
    judge.admits_anew(owner, alice)


@requirement("AUTH.fresh-join-after-restart", case="recorded-join")
def test_a_recorded_join_is_replayed_to_a_restarted_owner(
    group_of: CastGroup, air: Air, judge: Judge
) -> None:
    """pCR clause 5.7.3
    with { a GO, and all frames of a member's join, recorded; the member is silent and the GO has lost power }
    ensure that {
      when { the attacker sends them to the GO again }
      then { the GO does not admit the member }
    }
    """
    owner, (alice,) = group_of(1)
    judge.settles()
    joined = judge.frames_of(alice)
    alice.leaves()
    judge.silences_for_long(alice)
    owner.restarts(power_loss=True)
    judge.acted(air.replay(joined, to=owner.number), waiting=True)
    judge.brings_back(alice)
    judge.admits_anew(owner, alice)


@requirement("AUTH.fresh-join", case="recorded-join-at-its-hour")
def test_a_recorded_join_is_replayed_at_its_hour(
    group_of: CastGroup, air: Air, judge: Judge, attacker: Attacks
) -> None:
    """pCR clauses 5.7.3 and 5.6.3
    with { a GO, and all frames of a member's join, recorded; the member has left and is silent }
    ensure that {
      when { the GO's clock was stopped at the hour of the join, and the attacker sends them to the GO again }
      then { the GO does not admit the member }
    }
    """
    owner, (alice,) = group_of(1)
    joined = judge.frames_of(alice)
    with attacker.stopping_the_clock_of(owner):
        alice.leaves()
        judge.silences_for_long(alice)
        judge.acted(air.replay(joined, to=owner.number), waiting=True)
    judge.brings_back(alice)
    judge.admits_anew(owner, alice)


@requirement("AUTH.fresh-join", case="reflected")
def test_the_owners_frames_are_reflected(go: CastOwner, member: CastUE, air: Air, judge: Judge) -> None:
    """pCR clause 5.7.3
    with { a GO, and a member that left and is silent after its first frames }
    ensure that {
      when { the attacker answers the GO with the GO's own frames }
      then { the GO does not admit the member }
    }
    """
    owner, alice = go(), member()
    judge.admits(owner, alice)
    alice.leaves()
    judge.outlasts_patience()
    alice.asks(owner)
    alice.falls_silent()
    with air.reflect(emitter=owner.number, swap=True):
        judge.passes_a_join()
    judge.brings_back(alice)
    judge.admits_anew(owner, alice)


@requirement("AUTH.no-relayed-join", case="by-an-insiders-group")
def test_a_join_is_relayed_to_another_group(
    go: CastOwner, troupe: Troupe, judge: Judge, attacker: Attacks
) -> None:
    """pCR clause 5.7.3
    with { a UE with good credentials for two groups, one of them owned by an insider }
    ensure that {
      when { the UE asks to join the insider's group, and the attacker carries its frames to the other GO and
             that one's answers back to the UE }
      then { the other GO does not admit the UE, which never asked it }
    }
    """
    owner = go()
    alice, trap, twin = troupe.ue_of_two_groups(owner)
    judge.admits(trap, alice)
    alice.leaves(trap)
    judge.admits(owner, twin)
    since = judge.mark
    with attacker.relaying(alice, owner, posing_as=trap) as relay:
        alice.asks(trap)
        judge.passes_a_join()
    judge.acted_unless_silent(relay, alice, since)
    judge.waits()
    judge.admits_anew(owner, twin)


@pytest.mark.parametrize("why", ["foreign", "another-group"])
@requirement("AUTH.admitted-only", case="refused-ue-speaks")
def test_a_ue_that_was_not_admitted_speaks(troupe: Troupe, judge: Judge, attacker: Attacks, why: str) -> None:
    """pCR clause 5.7.3
    with { a GO, two members, and a UE of a foreign authority, or of another group, that the GO does not admit }
    ensure that {
      when { that UE asks to join and sends to a member and to the group, before, during and after }
      then { nobody receives it }
    }
    """
    owner, (alice, bob), stranger = troupe.group_and_refused(2, why)
    judge.delivers(alice, bob)
    stranger.sends(bob, group=owner.group)
    stranger.asks(owner)
    attacker.speaks_throughout(stranger, bob, owner.group)
    judge.waits()
    judge.delivers(alice, bob)


@requirement("AUTH.admitted-only", case="cut-short-join")
def test_a_ue_whose_join_was_cut_short_speaks(
    go: CastOwner, member: CastUE, air: Air, judge: Judge, attacker: Attacks
) -> None:
    """pCR clause 5.7.3
    with { a GO, and a member that has not joined }
    ensure that {
      when { it asks to join, the attacker lets only its first frames through, one more each time, and it sends }
      then { nobody receives it before the GO has admitted it }
    }
    """
    owner, alice, bob = go(), member(), member()
    judge.admits(owner, bob)
    for frames in range(1, 4):
        with air.drop(emitter=alice.number, where=attacker.all_but_the_first(frames)) as dropping:
            alice.asks(owner)
            attacker.speaks_throughout(alice, bob)
        judge.note(f"first {frames} frames let through, {len(dropping.touched)} dropped")
        alice.leaves()
        judge.outlasts_patience()
    judge.admits_anew(owner, alice)
    judge.delivers(alice, bob)


@requirement("AUTH.admitted-only", case="join-with-a-gap")
def test_a_ue_whose_join_has_a_gap_speaks(
    go: CastOwner, member: CastUE, air: Air, judge: Judge, attacker: Attacks
) -> None:
    """pCR clause 5.7.3
    with { a GO, and a member that has not joined }
    ensure that {
      when { it asks to join and sends, and the attacker drops one of its first frames, another each time }
      then { nobody receives what it sends before the GO has admitted it }
    }
    """
    owner, alice, bob = go(), member(), member()
    judge.admits(owner, bob)
    for dropped in range(4):
        with air.drop(emitter=alice.number, ordinal=dropped):
            alice.asks(owner)
            attacker.speaks_throughout(alice, bob)
        alice.leaves()
        judge.outlasts_patience()
    judge.admits_anew(owner, alice)
    judge.delivers(alice, bob)


@requirement("AUTH.admitted-only", case="removed-ue-speaks")
def test_a_removed_ue_speaks(
    group_of: CastGroup, air: Air, judge: Judge, attacker: Attacks, statement: Statement
) -> None:
    """pCR clause 5.7.3
    with { a GO and two members, one of which is removed and does not hear of it }
    ensure that {
      when { it sends to the other, to the GO and to the group, soon afterwards, its frames brought to the other, too,
             and later }
      then { nobody receives it, unless the GO admits it anew }
    }
    """
    owner, (alice, bob) = group_of(2)
    judge.delivers(alice, bob)
    with air.drop(receiver=alice.number):
        if statement.removes:
            owner.removes(alice)
            judge.passes(SOON)
            with attacker.overhearing(bob, alice):
                attacker.speaks_throughout(alice, bob)
                judge.outlasts_patience()
            for to in (bob, owner, None):
                alice.sends(to)
        judge.waits()
    judge.delivers(owner, bob)


@requirement("AUTH.admitted-only", case="spoke-before-a-join")
def test_a_ue_speaks_before_anothers_join(
    go: CastOwner, member: CastUE, rogue: CastRogue, judge: Judge, attacker: Attacks
) -> None:
    """pCR clause 5.7.3
    with { a GO, a member, a UE that has not joined, and a UE of a foreign authority }
    ensure that {
      when { the latter asks and sends at the address of the former, before and while that one joins }
      then { nobody receives it, neither as from the one nor as from the other }
    }
    """
    owner, alice, bob = go(), member(), member()
    stranger = rogue()
    judge.fit(stranger)
    judge.admits(owner, bob)
    attacker.speaks_before_the_join_of(alice, stranger, owner, bob)
    judge.delivers(alice, bob)


@requirement("AUTH.barred", case="asks-again")
def test_a_removed_ue_asks_again(group_of: CastGroup, judge: Judge) -> None:
    """pCR clause 5.7.3
    with { a GO whose removals bar, and a member that it removed }
    ensure that {
      when { that member asks to join again }
      then { the GO does not admit it }
    }
    """
    owner, (alice, bob) = group_of(2)
    owner.removes(alice)
    judge.outlasts_patience()
    alice.leaves()
    alice.asks(owner)
    judge.waits()
    judge.admits_anew(owner, bob)
