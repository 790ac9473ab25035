"""pCR clause 5.6.3, third and fourth requirement: stored credentials and session keys."""

from pytest_prose_go.cases import Attacks, CastGroup, Judge, requirement


@requirement("STORE.never-shown", case="whole-life")
def test_no_secret_shows(group_of: CastGroup, judge: Judge) -> None:
    """pCR clause 5.6.3
    with { a GO and three members whose credentials have secret parts }
    ensure that {
      when { they send to one another and to all, leave, are removed and join again }
      then { no secret part, in any encoding looked for, shows in a frame or a diagnostic }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    judge.delivers(alice, bob)
    judge.delivers(owner, among=(alice, bob, carol))
    owner.removes(carol)
    alice.leaves()
    judge.outlasts_patience()
    judge.admits(owner, alice)
    judge.delivers(bob, alice)
    judge.seeks_secrets()


@requirement("KEYS.fresh-sessions", case="equal-messages")
def test_sessions_share_nothing(group_of: CastGroup, judge: Judge, attacker: Attacks) -> None:
    """pCR clause 5.6.3
    with { a GO and two members }
    ensure that {
      when { equal long messages are sent, both ways, in each of four sessions }
      then { no two sessions show equal bytes for them, and none receives what was recorded in another }
    }
    """
    owner, (alice, bob) = group_of(2)
    attacker.repeats_in_each_session(owner, alice, bob, sessions=4)
