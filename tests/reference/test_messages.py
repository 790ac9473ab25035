"""The codec: what is written is read back, and nothing else is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl.errors import PeerViolation
from reference_impl.messages import (
    Accept,
    Command,
    Complete,
    Data,
    GroupAck,
    GroupKey,
    Message,
    Reject,
    RekeyingTrigger,
    Release,
    Request,
    Transfer,
    TransferAck,
    decode,
)

names = st.text(st.characters(codec="utf-8"), max_size=40)
nonces = st.binary(min_size=16, max_size=16)
keys = st.binary(min_size=32, max_size=32)
signatures = st.binary(min_size=64, max_size=64)
octet = st.integers(0, 255)
key_ids = st.none() | st.integers(0, 0xFFFF)
numbers = st.integers(0, 0xFFFFFFFF)
chains = st.lists(st.binary(max_size=50), max_size=3).map(tuple)
group_keys = st.builds(GroupKey, numbers, st.integers(1, 255), keys) | st.builds(
    GroupKey, numbers, st.just(0), st.just(b"")
)

messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(Request, names, names, nonces, st.binary(max_size=5), octet, keys, key_ids, chains),
    st.builds(Command, names, names, nonces, st.binary(max_size=5), octet, octet, keys, chains, signatures),
    st.builds(Complete, signatures),
    st.builds(Accept, st.booleans(), group_keys),
    st.builds(Reject, names, nonces, octet),
    st.builds(Release, octet),
    st.builds(RekeyingTrigger, key_ids),
    st.builds(Transfer, numbers, st.binary(max_size=50)),
    st.builds(TransferAck, numbers),
    group_keys,
    st.builds(GroupAck, numbers),
    st.builds(Data, st.sampled_from(["unicast", "groupcast"]), names, names, numbers, st.binary(max_size=50)),
)


@given(messages)
def test_what_is_written_is_read_back(message: Message) -> None:
    assert decode(message.encode()) == message


@given(
    messages.filter(lambda message: not isinstance(message, Transfer | Data)),
    st.binary(min_size=1, max_size=4),
)
def test_octets_after_the_end_are_refused(message: Message, more: bytes) -> None:
    with pytest.raises(PeerViolation):
        decode(message.encode() + more)


@given(st.binary(max_size=200))
def test_any_octets_are_a_message_or_a_violation(octets: bytes) -> None:
    try:
        message = decode(octets)
    except PeerViolation:
        return
    assert message.encode() == octets
