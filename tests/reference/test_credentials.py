"""Who is turned away, at each end, and by whom a good twin is let in."""

from __future__ import annotations

import pytest

from reference_impl.authority import Laboratory
from reference_impl.certificate_credentials import CertificateCredentials
from reference_impl.certificates import Role, generate_private_key, private_scalar, read_certificate
from reference_impl.errors import LocalMisuse
from reference_impl.orders import DAY, Flaw, Order
from reference_impl.outcome import CallDeclined
from tests.reference.pretend_link import GROUP, OWNER, OWNER_ADDRESS, START, PretendLink

ANN = 0x0B0001
FLAWS: list[Flaw] = [
    "expired",
    "not-yet-valid",
    "revoked",
    "without-key",
    "wrong-purpose",
    "issued-by-member",
    "look-alike-issuer",
]


def order(name: str, role: Role, group: str = GROUP, authority: str = "A") -> Order:
    """An order of credentials that are valid now."""
    return Order(name, group, authority, role, START - DAY, START + DAY)


def tried(
    link: PretendLink, owner: bytes, member: bytes, claims: tuple[str | None, str | None]
) -> PretendLink:
    """Let ann, with these credentials, ask an owner with those."""
    for name, address in ((OWNER, OWNER_ADDRESS), ("ann", ANN)):
        if name not in link.devices:
            link.device(name, address)
    for device in link.devices.values():
        notice = link.laboratory.notice("A", START)
        if notice:
            device.provision(notice)
    link.take(OWNER, link.devices[OWNER].own(GROUP, owner, link.now, claims[0]))
    link.take("ann", link.devices["ann"].join(GROUP, OWNER_ADDRESS, member, link.now, claims[1]))
    link.run(12.0)
    return link


def met(link: PretendLink) -> bool:
    """Whether either end reported a session; both do or none."""
    assert bool(link.opened("ann")) == bool(link.opened(OWNER))
    return bool(link.opened("ann"))


@pytest.mark.parametrize("flaw", FLAWS)
@pytest.mark.parametrize("flawed", ["owner", "member"])
def test_every_flaw_is_refused_at_the_other_end(flaw: Flaw, flawed: str) -> None:
    link = PretendLink()
    issue = link.laboratory.issue
    owner = issue(order(OWNER, "owner"), flaw if flawed == "owner" else None).encode()
    member = issue(order("ann", "member"), flaw if flawed == "member" else None).encode()
    tried(link, owner, member, (None, None))

    assert not met(link)
    judge = "ann" if flawed == "owner" else OWNER
    assert link.refused(judge)
    assert link.refused(judge)[0].peer == (OWNER if flawed == "owner" else "ann")


def test_the_good_twin_is_let_in() -> None:
    link = PretendLink()
    owner = link.laboratory.issue(order(OWNER, "owner")).encode()
    member = link.laboratory.issue(order("ann", "member")).encode()

    assert met(tried(link, owner, member, (None, None)))


@pytest.mark.parametrize(
    ("owner", "member", "claims"),
    [
        (order(OWNER, "owner"), order("ann", "member", authority="B"), (None, None)),
        (order(OWNER, "owner", authority="B"), order("ann", "member"), (None, None)),
        (order(OWNER, "owner"), order("ann", "member", group="other"), (None, None)),
        (order(OWNER, "owner", group="other"), order("ann", "member"), (None, None)),
        (order(OWNER, "member"), order("ann", "member"), (None, None)),
        (order(OWNER, "owner"), order("ann", "owner"), (None, None)),
        (order(OWNER, "owner"), order("ann", "member"), (None, "bob")),
        (order(OWNER, "owner"), order("ann", "member"), ("boss", None)),
        (order(OWNER, "owner"), order("ann\0", "member"), (None, "ann")),
        (order(OWNER, "owner"), order("ANN", "member"), (None, "ann")),
    ],
    ids=[
        "member of a foreign authority",
        "owner of a foreign authority",
        "member of another group",
        "owner of another group",
        "member as owner",
        "owner as member",
        "member claims another name",
        "owner claims another name",
        "name with a trailing NUL",
        "name in capitals",
    ],
)
def test_who_is_not_what_it_should_be_is_refused(
    owner: Order, member: Order, claims: tuple[str | None, str | None]
) -> None:
    link = PretendLink()
    for name, address, trusts in ((OWNER, OWNER_ADDRESS, ("A",)), ("ann", ANN, ("A",))):
        foreign = (owner if name == OWNER else member).authority == "B"
        link.device(name, address, trusts=("A", "B") if foreign else trusts)
    issue = link.laboratory.issue
    tried(link, issue(owner).encode(), issue(member).encode(), claims)

    assert not met(link)
    assert link.refused(OWNER) or link.refused("ann")


@pytest.mark.parametrize("who", ["owner", "member"])
def test_without_credentials_nobody_meets(who: str) -> None:
    link = PretendLink()
    owner = b"" if who == "owner" else link.laboratory.issue(order(OWNER, "owner")).encode()
    member = b"" if who == "member" else link.laboratory.issue(order("ann", "member")).encode()
    tried(link, owner, member, (OWNER, "ann"))

    assert not met(link)
    assert link.refused("ann" if who == "owner" else OWNER)[0].reason == "no credentials"


def test_a_variant_of_a_name_is_another_name() -> None:
    link = PretendLink()
    owner = link.laboratory.issue(order(OWNER, "owner")).encode()
    variant = link.laboratory.issue(order("ann\0", "member"), "name-variant").encode()
    tried(link, owner, variant, (None, None))

    assert [each.peer for each in link.opened(OWNER)] == ["ann\0"]


@pytest.mark.parametrize("hearer", [OWNER, "ann"])
def test_a_revocation_ends_the_session_and_bars_the_next(hearer: str) -> None:
    link = PretendLink()
    owner, member = (
        link.laboratory.issue(order(OWNER, "owner")),
        link.laboratory.issue(order("ann", "member")),
    )
    tried(link, owner.encode(), member.encode(), (None, None))
    notice = link.laboratory.revoke(member if hearer == OWNER else owner, link.now)
    link.take(hearer, link.devices[hearer].learn(notice, link.now))
    link.run(2.0)
    assert link.closed("ann")
    assert link.closed(OWNER)

    link.take("ann", link.devices["ann"].join(GROUP, OWNER_ADDRESS, member.encode(), link.now))
    link.run(10.0)
    assert len(link.opened("ann")) == 1


def test_a_notice_of_a_stranger_is_declined() -> None:
    link = PretendLink()
    link.device("ann", ANN)
    for name in ("A", "B"):
        link.laboratory.anchor(name)
    foreign = link.laboratory.revoke(link.laboratory.issue(order("x", "member", authority="B")), START)
    forger = Laboratory(b"another laboratory")
    forged = forger.revoke(forger.issue(order("x", "member")), START)

    for notice in (foreign, forged, b"", b"no notice"):
        assert [type(each) for each in link.devices["ann"].learn(notice, START).events] == [CallDeclined]


def test_the_laboratory_repeats_itself_and_issues_each_key_once() -> None:
    first, second = Laboratory(b"seed"), Laboratory(b"seed")
    orders = [order("ann", "member"), order("ann", "member"), order("bob", "member"), order("ann", "owner")]
    issued = [first.issue(each) for each in orders]

    assert [second.issue(each) for each in orders] == issued
    assert len({each.private_key for each in issued}) == len(issued)
    assert len({read_certificate(each.chain[0]).serial for each in issued}) == len(issued)


def test_what_is_no_credentials_is_declined() -> None:
    good = Laboratory(b"seed").issue(order("ann", "member"))
    damaged = [
        b"x",
        good.encode()[:-1],
        good.encode() + b"x",
        CertificateCredentials(good.chain, b"key").encode(),
    ]
    damaged.append(CertificateCredentials((b"certificate",), good.private_key).encode())

    for octets in damaged:
        with pytest.raises(LocalMisuse):
            CertificateCredentials.decode(octets)
    assert CertificateCredentials.decode(good.encode()) == good


def test_private_scalars_differ_and_have_32_octets() -> None:
    scalars = {private_scalar(generate_private_key(bytes([number]) * 32)) for number in range(20)}

    assert len(scalars) == 20
    assert {len(scalar) for scalar in scalars} == {32}
