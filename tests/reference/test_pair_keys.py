"""Profile B: what a pair key proves, to whom, and in which role; and what becomes of a flawed one."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl.agreement import Agreement
from reference_impl.certificates import Role
from reference_impl.errors import LocalMisuse
from reference_impl.inspection import secrets
from reference_impl.key_hierarchy import kdf, mixed_secret, pair_proof
from reference_impl.orders import DAY, Flaw, Order
from reference_impl.outcome import AirFrame
from reference_impl.pair_key_authority import PairKeyLaboratory
from reference_impl.pair_keys import PairKey, PairKeyring, PairKeys, PairKeyTrust
from reference_impl.parts import Parts
from reference_impl.randomness import Randomness
from tests.reference.pretend_link import GROUP, OWNER, OWNER_ADDRESS, START, PretendLink

ANN, BOB = 0x0B0001, 0x0B0002


def order(name: str, role: Role, group: str = GROUP, authority: str = "A") -> Order:
    """An order of credentials that are valid now."""
    return Order(name, group, authority, role, START - DAY, START + DAY)


def pair_link(parts: Parts | None = None) -> PretendLink:
    return PretendLink(parts, kind=PairKeys(), cast=False)


def tried(
    link: PretendLink,
    owner: PairKeyring | None,
    member: PairKeyring | None,
    claims: tuple[str | None, str | None] = (None, None),
) -> PretendLink:
    """Let ann, with these credentials, ask an owner with those."""

    def given(keyring: PairKeyring | None) -> bytes:
        return b"" if keyring is None else link.laboratory.completed(keyring.encode())

    for name, address in ((OWNER, OWNER_ADDRESS), ("ann", ANN)):
        device = link.device(name, address)
        notice = link.laboratory.notice("A", START)
        if notice:
            device.provision(notice)
    link.take(OWNER, link.devices[OWNER].own(GROUP, given(owner), link.now, claims[0]))
    link.take("ann", link.devices["ann"].join(GROUP, OWNER_ADDRESS, given(member), link.now, claims[1]))
    link.run(12.0)
    assert bool(link.opened("ann")) == bool(link.opened(OWNER))
    return link


def issued(link: PretendLink, wanted: Order, flaw: Flaw | None = None) -> PairKeyring:
    keyring = link.laboratory.issue(wanted, flaw)
    assert isinstance(keyring, PairKeyring)
    return keyring


# --- who is let in ---------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["owner", "member"])
def test_good_ends_meet_whoever_was_issued_first(first: str) -> None:
    link = pair_link()
    orders = [order(OWNER, "owner"), order("ann", "member")]
    keyrings = {each.role: issued(link, each) for each in (orders if first == "owner" else orders[::-1])}
    tried(link, keyrings["owner"], keyrings["member"])

    assert [each.peer for each in link.opened("ann")] == [OWNER]
    assert [each.peer for each in link.opened(OWNER)] == ["ann"]


@pytest.mark.parametrize("flaw", ["expired", "not-yet-valid", "revoked"])
@pytest.mark.parametrize("flawed", ["owner", "member"])
def test_the_other_end_refuses_who_is_flawed(flaw: Flaw, flawed: str) -> None:
    link = pair_link()
    owner = issued(link, order(OWNER, "owner"), flaw if flawed == "owner" else None)
    member = issued(link, order("ann", "member"), flaw if flawed == "member" else None)
    tried(link, owner, member)

    assert not link.opened("ann")
    judge, judged = ("ann", OWNER) if flawed == "owner" else (OWNER, "ann")
    assert link.refused(judge)[0].peer == judged
    assert not [each for each in link.refused(judged) if each.peer == judge]


@pytest.mark.parametrize("thief", ["owner", "member"])
def test_the_name_of_a_key_without_the_key_is_worth_nothing(thief: str) -> None:
    link = pair_link()
    owner, member = issued(link, order(OWNER, "owner")), issued(link, order("ann", "member"))
    if thief == "owner":
        owner = issued(link, order(OWNER, "owner"), "without-key")
    else:
        member = issued(link, order("ann", "member"), "without-key")
    tried(link, owner, member)

    assert not link.opened(OWNER)
    keyrings = [PairKeyring.decode(link.laboratory.completed(each.encode())) for each in (owner, member)]
    assert set(keyrings[0].public_parts) & set(keyrings[1].public_parts)
    assert not set(keyrings[0].secret_parts) & set(keyrings[1].secret_parts)


@pytest.mark.parametrize(
    ("owner", "member", "claims"),
    [
        (order(OWNER, "owner"), order("ann", "member", authority="B"), (None, None)),
        (order(OWNER, "owner", group="other"), order("ann", "member"), (None, None)),
        (order(OWNER, "owner"), order("ann", "member", group="other"), (None, None)),
        (order(OWNER, "member"), order("ann", "member"), (None, None)),
        (order(OWNER, "owner"), order("ann", "owner"), (None, None)),
        (order(OWNER, "owner"), order("ann", "member"), (None, "bob")),
        (order(OWNER, "owner"), order("ann", "member"), ("boss", None)),
        (order(OWNER, "owner"), order("ann\0", "member"), (None, "ann")),
        (order(OWNER, "owner"), None, (None, "ann")),
        (None, order("ann", "member"), (OWNER, None)),
    ],
    ids=[
        "foreign authority",
        "owner of another group",
        "member of another group",
        "member as owner",
        "owner as member",
        "member claims another name",
        "owner claims another name",
        "name with a trailing NUL",
        "UE without keys",
        "owner without keys",
    ],
)
def test_who_is_not_what_it_should_be_is_refused(
    owner: Order | None, member: Order | None, claims: tuple[str | None, str | None]
) -> None:
    link = pair_link()
    for name in ("bob", "ann"):
        issued(link, order(name, "member"))
    issued(link, order("boss", "owner"))
    as_owner = issued(link, owner) if owner else None
    tried(link, as_owner, issued(link, member) if member else None, claims)

    assert not link.opened("ann")
    assert link.refused("ann" if claims[0] == "boss" else OWNER)


def test_a_key_of_an_authority_that_a_device_does_not_trust_is_none() -> None:
    link = pair_link()
    owner = issued(link, order(OWNER, "owner", authority="B"))
    member = issued(link, order("ann", "member", authority="B"))
    tried(link, owner, member)

    assert not link.opened("ann")
    assert link.refused(OWNER)[0].reason == "no trusted authority issued the credentials"


def test_one_member_meets_each_of_two_owners_under_its_own_name() -> None:
    link = pair_link()
    issued(link, order("other owner", "owner"))
    tried(link, issued(link, order(OWNER, "owner")), issued(link, order("ann", "member")))

    assert [each.peer for each in link.opened("ann")] == [OWNER]


# --- roles and reflection --------------------------------------------------------------------------


def test_a_member_that_is_its_own_owner_does_not_meet_itself() -> None:
    """One keyring in both roles, as by a stolen copy: the honest end looks for an owner, not for a member."""
    link = pair_link()
    issued(link, order(OWNER, "owner"))
    ann = issued(link, order("ann", "member"))
    tried(link, ann, ann)
    assert not link.opened("ann")


def test_a_device_that_hears_itself_admits_nobody() -> None:
    link = pair_link()
    both = [issued(link, order("ann", "owner")), issued(link, order("ann", "member"))]
    device = link.device("ann", ANN)
    own, member = (link.laboratory.completed(each.encode()) for each in both)
    asking = copy.deepcopy(device)
    asking.become_copy("asks", None)
    link.take("ann", device.own(GROUP, own, link.now))
    frames = list(asking.join(GROUP, ANN, member, link.now).frames)
    seen: list[AirFrame] = []
    while frames:
        frame = frames.pop(0)
        seen.append(frame)
        frames += link.take("ann", device.receive(frame, link.now)).frames
        assert len(seen) < 50

    # The owner's own answers went to the owner, never to the asking half.
    assert len(seen) > 1
    assert not link.opened("ann")


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_the_two_roles_prove_themselves_differently(key: bytes, transcript: bytes) -> None:
    assert pair_proof(key, "owner", transcript) != pair_proof(key, "member", transcript)
    assert len(pair_proof(key, "owner", transcript)) == 64


def test_names_cannot_change_places_under_a_pair_key() -> None:
    agreed = Agreement().mixed(bytes(32), b"k" * 32)
    transcript = bytes(32)
    roots = {
        Agreement().root(agreed, group, member, owner, transcript)
        for group, member, owner in (("g", "a", "b"), ("g", "b", "a"), ("ga", "", "b"), ("h", "a", "b"))
    }

    assert len(roots) == 4


# --- keys ------------------------------------------------------------------------------------------


def test_the_pair_key_and_the_agreed_secret_both_go_into_the_hierarchy() -> None:
    """By hand: HMAC-SHA-256(LTK, F4 ‖ agreed ‖ 0020)."""
    key, agreed = bytes(range(32)), bytes(range(32, 64))

    assert mixed_secret(key, agreed) == kdf(key, 0xF4, agreed)
    assert Agreement().mixed(agreed, key) == mixed_secret(key, agreed)
    assert Agreement().mixed(agreed, b"") == agreed


def met() -> PretendLink:
    link = PretendLink(kind=PairKeys())
    link.owner()
    link.member("ann", ANN)
    link.member("bob", BOB)
    return link


def test_sessions_under_one_pair_key_share_no_secret() -> None:
    link = met()
    pair = {each.value for each in secrets(link.devices["ann"]) if each.label.startswith("pair key")}
    first = {each.value for each in secrets(link.devices["ann"]) if each.scope == "hop"}
    link.take("ann", link.devices["ann"].leave(GROUP, link.now))
    link.run(10.0)
    link.member("ann", ANN)
    second = {each.value for each in secrets(link.devices["ann"]) if each.scope == "hop"}

    assert pair
    assert first
    assert second
    assert not first & second


def test_a_pair_key_is_held_by_its_two_ends_and_nobody_else() -> None:
    link = met()
    holders: dict[bytes, set[str]] = {}
    for name, device in link.devices.items():
        for each in secrets(device):
            if each.label.startswith("pair key"):
                holders.setdefault(each.value, set()).add(name)

    assert {frozenset({OWNER, "ann"}), frozenset({OWNER, "bob"})} <= {
        frozenset(each) for each in holders.values()
    }
    assert all(len(each) <= 2 for each in holders.values())


def test_the_stolen_pair_key_opens_no_recorded_session() -> None:
    """Forward secrecy: with the LTK and all frames, but without an ephemeral key, the hierarchy starts from
    another secret."""

    class Recorded(Agreement):
        def __init__(self) -> None:
            self.agreed: set[bytes] = set()

        def mixed(self, agreed: bytes, pair_key: bytes) -> bytes:
            self.agreed.add(agreed)
            return super().mixed(agreed, pair_key)

    noted = Recorded()
    link = PretendLink(Parts(agreement=noted), kind=PairKeys())
    link.owner()
    link.member("ann", ANN)
    air = b"".join(frame.payload for frame in link.frames)
    held = {each.value for device in link.devices.values() for each in secrets(device)}

    assert len(noted.agreed) == 1
    assert not any(secret in air or secret in held for secret in noted.agreed)


def test_the_owners_key_for_groupcasts_is_made_anew_and_never_stored() -> None:
    link = met()
    device = link.devices[OWNER]
    before = [each.value for each in secrets(device) if each.label == "signing key"]
    link.take(OWNER, device.restart(link.now))
    link.run(20.0)
    after = [each.value for each in secrets(device) if each.label == "signing key"]
    link.send(OWNER, b"signed anew", None)

    assert before != after
    assert link.texts("ann") == link.texts("bob") == [b"signed anew"]


# --- octets ----------------------------------------------------------------------------------------

names = st.text(st.characters(codec="utf-8"), max_size=20)
pair_keys = st.builds(
    PairKey,
    st.binary(min_size=8, max_size=8),
    st.binary(min_size=32, max_size=32),
    names,
    st.integers(0, (1 << 64) - 1),
    st.floats(allow_nan=False),
    st.floats(allow_nan=False),
)
keyrings = st.builds(
    PairKeyring,
    st.binary(max_size=65),
    names,
    names,
    st.sampled_from(["owner", "member"]),
    st.integers(0, (1 << 64) - 1),
    st.lists(pair_keys, max_size=3).map(tuple),
)


@given(keyrings)
def test_a_keyring_is_read_back(keyring: PairKeyring) -> None:
    assert PairKeyring.decode(keyring.encode()) == keyring


@given(keyrings, st.binary(min_size=1, max_size=3))
def test_what_is_no_keyring_is_declined(keyring: PairKeyring, more: bytes) -> None:
    octets = keyring.encode()
    for wrong in (octets[:-1], octets + more, b""):
        with pytest.raises(LocalMisuse):
            PairKeyring.decode(wrong)


def test_the_laboratory_repeats_itself_and_makes_each_key_once() -> None:
    first, second = PairKeyLaboratory(b"seed"), PairKeyLaboratory(b"seed")
    orders = [order(OWNER, "owner"), order("ann", "member"), order("ann", "member"), order("bob", "member")]
    done = [first.issue(each) for each in orders]
    owner = PairKeyring.decode(first.completed(done[0].encode()))

    assert [second.issue(each) for each in orders] == done
    assert len(set(owner.secret_parts)) == len(set(owner.public_parts)) == 3
    assert {each for keyring in done[1:] for each in keyring.secret_parts} == set(owner.secret_parts)


def test_a_notice_counts_only_with_its_authoritys_signature() -> None:
    laboratory, forger = PairKeyLaboratory(b"seed"), PairKeyLaboratory(b"another")
    trust = PairKeyTrust((laboratory.anchor("A"),))
    notice = laboratory.revoke(laboratory.issue(order("ann", "member")), START)
    foreign = laboratory.revoke(laboratory.issue(order("ann", "member", authority="B")), START)
    forged = forger.revoke(forger.issue(order("ann", "member")), START)
    changed = [bytes([*notice[:at], notice[at] ^ 1, *notice[at + 1 :]]) for at in range(len(notice))]

    for wrong in (foreign, forged, b"", b"no notice", notice[:-1], notice + b"x", *changed):
        assert not trust.learn(wrong)
    assert not trust.revoked
    assert trust.learn(notice)
    assert len(trust.revoked) == 1


def test_a_device_without_its_keyring_looks_up_nothing() -> None:
    link = met()
    own = link.devices[OWNER].owned[GROUP].own
    stranger = PairKeys().none(Randomness(b"seed", "test"))
    link.devices[OWNER].owned[GROUP].admission.own = replace(own, credentials=stranger)
    link.take("ann", link.devices["ann"].leave(GROUP, link.now))
    link.run(1.0)
    link.take("ann", link.devices["ann"].join(GROUP, OWNER_ADDRESS, link.credentials("ann"), link.now))
    link.run(10.0)

    assert len(link.opened("ann")) == 1
