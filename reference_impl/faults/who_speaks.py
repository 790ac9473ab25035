"""Faults in whose words a message is taken for: by an address, by a direction, by a name that nobody checked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from reference_impl.algorithms import KeyPair, PduInput
from reference_impl.device import Device
from reference_impl.faults import Fault
from reference_impl.faults.composed_set import ComposedSet, HopWith, without_direction
from reference_impl.group_owner import GroupOwner
from reference_impl.link import Link
from reference_impl.messages import Data
from reference_impl.outcome import AirFrame, Outbox
from reference_impl.parts import Parts
from reference_impl.protection import key_id_of
from reference_impl.relay import RelayRules


class _AddressBook(GroupOwner):
    """Finds the keys by their identity, and the speaker by the address that the frame came from."""

    def _protected(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        key_id = key_id_of(self.surroundings.profile, frame.payload)
        speaker = next((each for each in self.links.values() if each.peer_address == frame.source), None)
        link = next((each for each in self.links.values() if each.context.key_id == key_id), None)
        if link is None or speaker is None or link is speaker:
            return super()._protected(frame, now, outbox)
        message = link.take(frame.payload, now, outbox)
        if isinstance(message, Data):
            self._relay(speaker, replace(message, origin=speaker.peer.identity), now, outbox)
        return True


class _AddressBookDevice(Device):
    owner_room = _AddressBook


class SpeakerByAddress(Fault):
    """The MAC is right, and whose it is was asked of the wrong field."""

    identifier = "speaker-by-address"
    sentence = "The GO takes a message for that member's from whose address its frame came."
    published = "MUTUAL-15"
    breaks = "PROT.origin"
    ability = "alter"
    device_class = _AddressBookDevice


class _WithoutDirection(ComposedSet):
    def seal(
        self, keys: KeyPair, pdu: PduInput, header: bytes, data: bytes, ciphered: bool, cipher_mac: bool
    ) -> bytes:
        return super().seal(keys, without_direction(pdu), header, data, ciphered, cipher_mac)

    def open(
        self, keys: KeyPair, pdu: PduInput, header: bytes, body: bytes, ciphered: bool, cipher_mac: bool
    ) -> tuple[bytes, bool]:
        return super().open(keys, without_direction(pdu), header, body, ciphered, cipher_mac)


class _BySession(RelayRules):
    """As sound as the reference's: who speaks is known by the session, and names within are not looked at."""

    def is_true_origin(self, authenticated: str, data: Data) -> bool:
        return True


class ReflectedFramesTaken(Fault):
    """One key for both ways, and nothing that tells them apart."""

    identifier = "reflected-frames-taken"
    sentence = "The GO takes its own frames, given back from a member's address, for that member's."
    published = "MUTUAL-04"
    breaks = "PROT.origin"
    # The same counters serve both ways, under the same key.
    also_breaks = ("PROT.keystream",)
    ability = "reflect"
    decisions = Parts(hop=HopWith(_WithoutDirection()), relay=_BySession())


class _GroupcastsBelieved(RelayRules):
    def origin(self, authenticated: str, data: Data) -> str:
        return data.origin if data.cast == "groupcast" else authenticated

    def is_true_origin(self, authenticated: str, data: Data) -> bool:
        return data.cast == "groupcast" or super().is_true_origin(authenticated, data)


class OriginOfGroupcastsBelieved(Fault):
    """The way of groupcasts was written first."""

    identifier = "origin-of-groupcasts-believed"
    sentence = "The GO checks the sender's name in a unicast, and believes it in a groupcast."
    published = "ISO-02"
    breaks = "ISO.speaks-to-all"
    # A false name at the GO, which receives it too, is a false name at every receiver.
    also_breaks = ("ISO.speaks", "MCAST.origin")
    ability = "clone"
    decisions = Parts(relay=_GroupcastsBelieved())


class _BelievingAtHome(GroupOwner):
    def _relay(self, link: Link, message: Data, now: float, outbox: Outbox) -> None:
        if message.cast == "unicast" and message.destination == self.own.name:
            self._received(message, message.origin, outbox, link.peer.identity)
        else:
            super()._relay(link, message, now, outbox)


class _BelievingDevice(Device):
    owner_room = _BelievingAtHome


class OriginBelievedAtOwner(Fault):
    """What is passed on is checked, what is for the GO itself is not."""

    identifier = "origin-believed-at-the-owner"
    sentence = "The GO believes the sender's name in a unicast to itself."
    published = "PROT-41"
    breaks = "ISO.speaks"
    also_breaks = ("PROT.origin",)
    ability = "clone"
    device_class = _BelievingDevice


class _ByPrefix(RelayRules):
    def recipients(self, data: Data, members: Collection[str]) -> list[str]:
        found = [member for member in members if member.startswith(data.destination)]
        return found or super().recipients(data, members)

    def is_mine(self, identity: str, data: Data) -> bool:
        return data.cast == "groupcast" or identity.startswith(data.destination)


class RecipientByPrefix(Fault):
    """The comparison ends where the shorter name does."""

    identifier = "recipient-by-prefix"
    sentence = "A unicast goes to every member whose name begins with its receiver's, each of which takes it."
    published = "PROT-43"
    breaks = "PROT.right-recipient"
    ability = "insider"
    decisions = Parts(relay=_ByPrefix())


class _ByFirstOctets(RelayRules):
    def recipients(self, data: Data, members: Collection[str]) -> list[str]:
        return [member for member in members if member[:6] == data.destination[:6]]

    def is_mine(self, identity: str, data: Data) -> bool:
        return data.cast == "groupcast" or identity[:6] == data.destination[:6]


class RecipientByFirstOctets(Fault):
    """A column of the table is too narrow."""

    identifier = "recipient-by-first-octets"
    sentence = (
        "A unicast goes to every member whose name has the same first six characters as its receiver's."
    )
    published = "PROT-43"
    variation_of = "recipient-by-prefix"
    breaks = "PROT.right-recipient"
    ability = "insider"
    decisions = Parts(relay=_ByFirstOctets())
