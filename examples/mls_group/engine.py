"""MLS by mls-rs: a group of two for each hop, and one for all that is said to the group."""

from __future__ import annotations

import mls_rs_uniffi as mls

from examples.mls_group.leaf import Leaf, of_first_in, of_key_package
from examples.star.channel import Channel, PeerRefused
from examples.star.groupcast import KeyMessage, MembersKeys, OwnersKeys
from examples.star.pins import Pins, holder
from pytest_prose_go.contract import Role

KEY_PACKAGE, WELCOME, MESSAGE, COMMIT = b"K", b"W", b"M", b"C"
SECRET_SIZE = 32


class MlsParty:
    """What a signature key makes of a device in one role."""

    def __init__(self, identity: str, keypair: mls.SignatureKeypair, pins: Pins) -> None:
        self.identity = identity
        self.pins = pins
        self.client = mls.Client(identity.encode(), keypair, mls.client_config_default())

    def channel(self, group: str, initiator: bool) -> MlsChannel:
        """A new session: an MLS group of two."""
        return MlsChannel(self, group, initiator)


class MlsChannel(Channel):
    """One end of an MLS group of two. The UE sends a key package, the GO makes the group and welcomes it, and is
    open once the UE has spoken in it: only then was it there."""

    def __init__(self, party: MlsParty, group: str, initiator: bool) -> None:
        self.group = group
        self._party = party
        self._initiator = initiator
        self._mls: mls.Group | None = None
        self._outgoing: list[bytes] = []
        self._leaf: Leaf | None = None
        self.other_end: mls.SigningIdentity | None = None
        """Who is at the other end, as the engine names it: known once it has spoken."""

    def start(self) -> None:
        if self._initiator:
            package = self._party.client.generate_key_package_message().to_bytes()
            self._outgoing.append(KEY_PACKAGE + package)

    def feed(self, data: bytes) -> list[bytes]:
        kind, body = data[:1], data[1:]
        try:
            if kind == KEY_PACKAGE and not self._initiator and self._mls is None:
                self._welcome(body)
            elif kind == WELCOME and self._initiator and self._mls is None:
                self._come_in(body)
            elif kind == MESSAGE and self._mls is not None:
                return self._read(self._mls, body)
        except (mls.Error, ValueError):
            pass  # What is none of this group's is dropped.
        return []

    def protect(self, plain: bytes) -> None:
        if self._mls is not None:
            self._outgoing.append(MESSAGE + self._mls.encrypt_application_message(plain).to_bytes())

    def outgoing(self) -> list[bytes]:
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def peer(self, role: Role, now: float) -> str:
        if self._leaf is None:
            raise PeerRefused("nobody")
        name = holder(self._party.pins, self._leaf.signature_key, self.group, role, now)
        if name != self._leaf.identity:
            raise PeerRefused("another's key under this name")
        return name

    @property
    def secret(self) -> bytes | None:
        """A secret of the session's epoch, exported."""
        return None if self._mls is None else self._mls.export_secret(b"hop", b"", SECRET_SIZE)

    def _welcome(self, package: bytes) -> None:
        self._leaf = of_key_package(package)
        group = self._party.client.create_group(None)
        made = group.add_members([mls.Message.from_bytes(package)])
        group.process_incoming_message(made.commit_message)
        assert made.welcome_message is not None
        self._mls = group
        self._outgoing.append(WELCOME + made.welcome_message.to_bytes())

    def _come_in(self, welcome: bytes) -> None:
        group = self._party.client.join_group(None, mls.Message.from_bytes(welcome)).group
        self._leaf = of_first_in(group.export_tree().bytes)
        self._mls = group
        self.open = True
        self.protect(b"")

    def _read(self, group: mls.Group, body: bytes) -> list[bytes]:
        read = group.process_incoming_message(mls.Message.from_bytes(body))
        if not read.is_application_message():
            return []
        self.other_end = read.sender
        self.open = True
        return [read.data]


class MlsGroupcasts:
    """The MLS group of all, at both of its ends."""

    def owner(self, group: str, party: MlsParty) -> MlsOwnersKeys:
        """For the owner of ``group``."""
        return MlsOwnersKeys(group, party)

    def member(self, group: str, party: MlsParty, channel: MlsChannel) -> MlsMembersKeys:
        """For a member of ``group`` in the session of ``channel``."""
        return MlsMembersKeys(group, party, channel)


class MlsOwnersKeys(OwnersKeys):
    """The GO's end: it alone commits, and it alone speaks, for each origin."""

    def __init__(self, group: str, party: MlsParty) -> None:
        self._group = group
        self._party = party
        self._mls = party.client.create_group(None)
        self._met: dict[str, MlsChannel] = {}
        self._inside: dict[str, mls.SigningIdentity] = {}

    def admitted(self, member: str, channel: Channel) -> list[KeyMessage]:
        assert isinstance(channel, MlsChannel)
        self._met[member] = channel
        return self._put_out(member)

    def told(self, member: str, data: bytes) -> list[KeyMessage]:
        channel = self._met.get(member)
        if channel is None or channel.other_end is None or member in self._inside:
            return []
        try:
            leaf = of_key_package(data)
            pin = self._party.pins.get(leaf.signature_key)
            if leaf.identity != member or pin is None or (pin.identity, pin.group) != (member, self._group):
                return []
            made = self._mls.add_members([mls.Message.from_bytes(data)])
        except (mls.Error, ValueError):
            return []
        others = self._commit(made)
        self._inside[member] = channel.other_end
        assert made.welcome_message is not None
        return [*others, KeyMessage(member, WELCOME + made.welcome_message.to_bytes())]

    def gone(self, member: str) -> list[KeyMessage]:
        self._met.pop(member, None)
        return self._put_out(member)

    def replace(self) -> list[KeyMessage]:
        return self._commit(self._mls.commit())

    def seal(self, origin: str, data: bytes) -> bytes:
        name = origin.encode()
        plain = len(name).to_bytes(2, "big") + name + data
        return bytes(self._mls.encrypt_application_message(plain).to_bytes())

    @property
    def secret(self) -> bytes:
        """A secret of the present epoch, exported."""
        return bytes(self._mls.export_secret(b"group", b"", SECRET_SIZE))

    def _put_out(self, member: str) -> list[KeyMessage]:
        known = self._inside.pop(member, None)
        return [] if known is None else self._commit(self._mls.remove_members([known]))

    def _commit(self, made: mls.CommitOutput) -> list[KeyMessage]:
        self._mls.process_incoming_message(made.commit_message)
        commit = COMMIT + made.commit_message.to_bytes()
        return [KeyMessage(member, commit) for member in self._inside]


class MlsMembersKeys(MembersKeys):
    """A member's end: it takes commits and messages of the GO alone."""

    def __init__(self, group: str, party: MlsParty, channel: MlsChannel) -> None:
        self._group = group
        self._party = party
        self._channel = channel
        self._mls: mls.Group | None = None

    def introduction(self) -> bytes | None:
        return bytes(self._party.client.generate_key_package_message().to_bytes())

    def told(self, data: bytes) -> bool:
        kind, message = data[:1], data[1:]
        try:
            if kind == WELCOME:
                self._mls = self._party.client.join_group(None, mls.Message.from_bytes(message)).group
            elif kind == COMMIT and self._mls is not None:
                self._mls.process_incoming_message(mls.Message.from_bytes(message))
        except mls.Error:
            pass  # What is none of this group's is dropped.
        return self._mls is not None

    def open(self, sealed: bytes) -> tuple[str, bytes] | None:
        if self._mls is None:
            return None
        try:
            read = self._mls.process_incoming_message(mls.Message.from_bytes(sealed))
        except mls.Error:
            return None
        if not read.is_application_message() or read.sender != self._channel.other_end:
            return None
        size = int.from_bytes(read.data[:2], "big")
        return read.data[2 : 2 + size].decode(errors="replace"), read.data[2 + size :]

    @property
    def secret(self) -> bytes | None:
        """A secret of the present epoch, exported."""
        return None if self._mls is None else self._mls.export_secret(b"group", b"", SECRET_SIZE)
