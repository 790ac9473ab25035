"""Attacks that nobody wrote down: composed by lot of the attacker's moves. That none is found is no evidence."""

from pytest_prose_go.cases import Search, requirement


@requirement("AUTH.fresh-join", case="searched")
def test_attacks_on_joins_are_composed(search: Search) -> None:
    """pCR clause 5.7.3
    with { a GO, UEs, and those whom the GO must not admit }
    ensure that {
      when { joins are attacked in ways that were drawn by lot }
      then { no requirement is broken }
    }
    """
    search.composes("joins")


@requirement("PROT.integrity", case="searched")
def test_attacks_on_data_are_composed(search: Search) -> None:
    """pCR clause 5.7.3
    with { a GO and UEs that exchange data }
    ensure that {
      when { their data are attacked in ways that were drawn by lot }
      then { no requirement is broken }
    }
    """
    search.composes("data")


@requirement("MCAST.outsiders", case="searched")
def test_attacks_on_groupcasts_are_composed(search: Search) -> None:
    """pCR clause 5.7.3
    with { a GO, members that come and go, and UEs outside the group }
    ensure that {
      when { groupcasts and memberships are attacked in ways that were drawn by lot }
      then { no requirement is broken }
    }
    """
    search.composes("groupcasts")


@requirement("MUTUAL.fresh-owner", case="searched")
def test_attacks_by_owners_are_composed(search: Search) -> None:
    """pCR clause 5.6.3
    with { a GO, UEs, and stations that pose as their GO }
    ensure that {
      when { the UEs meet those in ways that were drawn by lot }
      then { no requirement is broken }
    }
    """
    search.composes("owners")
