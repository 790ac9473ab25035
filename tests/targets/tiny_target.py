"""A small target that works: two kinds of frame, each with a MAC under the group's key.

It keeps the contract, not the requirements (data is in clear, replays pass): it is what the misbehaving
targets of these tests start from, and what the probe must not accuse.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

from pytest_prose_go.contract import (
    Cast,
    Credentials,
    Declined,
    Event,
    Flaw,
    Frame,
    Joined,
    Left,
    Output,
    Patience,
    Received,
    Refused,
    Role,
    Statement,
    Station,
    Target,
    Unsupported,
)

RETRY = 0.5
TAG = 16


class TinyStation(Station):
    """Owns or joins one group."""

    def __init__(self, address: int, trusts: Sequence[str]) -> None:
        self.address = address
        self.trusts = tuple(trusts)
        self.key = b""
        self.name = ""
        self.group = ""
        self.owner: str | None = None
        self.owner_address = 0
        self.joined = False
        self.members: dict[str, int] = {}
        self.retry_at: float | None = None

    @property
    def listens(self) -> frozenset[int] | None:
        return frozenset({self.address})

    def own(self, group: str, credentials: Credentials, now: float, claim: str | None = None) -> Output:
        self._take(group, credentials)
        self.owner = self.name
        return self._output()

    def join(
        self, group: str, owner_address: int, credentials: Credentials, now: float, claim: str | None = None
    ) -> Output:
        self._take(group, credentials)
        self.owner_address = owner_address
        return self.wake(now)

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        body = {"sender": self.name, "to": to, "data": data.hex()}
        if self.owner == self.name:
            return self._output(self._relayed(body))
        if not self.joined:
            return self._output(events=[Declined("send", "not joined")])
        return self._output([self._frame(self.owner_address, "data", body)])

    def remove(self, group: str, member: str, now: float) -> Output:
        self.members.pop(member, None)
        return self._output(events=[Left(group, member)])

    def leave(self, group: str, now: float) -> Output:
        self.joined, self.retry_at = False, None
        return self._output(events=[Left(group)])

    def receive(self, frame: Frame, now: float) -> Output:
        body, tag = frame.payload[:-TAG], frame.payload[-TAG:]
        if not self.key or not hmac.compare_digest(tag, self._tag(body)):
            return self._output(events=[Refused(self.group or "?", None, "bad tag")])
        message: dict[str, Any] = json.loads(body)
        kind = message.pop("kind")
        if kind == "ask" and self.owner == self.name:
            peer = str(message["name"])
            self.members[peer] = frame.source
            answer = self._frame(frame.source, "welcome", {"owner": self.name})
            return self._output([answer], [Joined(self.group, peer)])
        if kind == "welcome" and self.owner is None:
            self.owner, self.joined, self.retry_at = str(message["owner"]), True, None
            return self._output(events=[Joined(self.group, self.owner)])
        if kind == "data" and self.owner == self.name:
            heard = [self._received(message)] if message["to"] in (None, self.name) else []
            return self._output(self._relayed(message), heard)
        if kind == "relayed" and self.joined:
            return self._output(events=[self._received(message)])
        return self._output()

    def wake(self, now: float) -> Output:
        if self.owner is not None or not self.name:
            return self._output()
        self.retry_at = now + RETRY
        return self._output([self._frame(self.owner_address, "ask", {"name": self.name})])

    def wait(self, until: float) -> Output:
        raise Unsupported("wait")

    def _take(self, group: str, credentials: Credentials) -> None:
        given = json.loads(credentials.data)
        self.group, self.name = group, given["identity"]
        self.key = bytes.fromhex(given["key"]) if given["authority"] in self.trusts else b"?" * 32

    def _relayed(self, body: dict[str, Any]) -> list[Frame]:
        to = [m for m in self.members if body["to"] in (None, m) and m != body["sender"]]
        return [self._frame(self.members[member], "relayed", body) for member in to]

    def _received(self, body: dict[str, Any]) -> Received:
        cast: Cast = "groupcast" if body["to"] is None else "unicast"
        return Received(self.group, bytes.fromhex(body["data"]), body["sender"], cast)

    def _frame(self, to: int, kind: str, body: dict[str, Any]) -> Frame:
        payload = json.dumps({"kind": kind, **body}).encode()
        return Frame(self.address, to, payload + self._tag(payload))

    def _tag(self, payload: bytes) -> bytes:
        return hmac.digest(self.key, payload, "sha256")[:TAG]

    def _output(self, frames: Sequence[Frame] = (), events: Sequence[Event] = ()) -> Output:
        return Output(frames, events, self.retry_at)


class TinyTarget(Target):
    """Makes :class:`TinyStation`."""

    statement = Statement(
        product="tiny",
        version="1",
        call_deadline=0.2,
        patience=Patience(join=2.0, delivery=1.0, rejoin=3.0),
        credential_kind="group-key",
        symmetric=True,
        reports=("sender", "cast"),
    )
    station_class: type[TinyStation] = TinyStation

    def credentials(
        self,
        identity: str,
        group: str,
        authority: str,
        role: Role,
        valid_from: float,
        valid_until: float,
        flaw: Flaw | None = None,
    ) -> Credentials:
        if flaw is not None:
            raise Unsupported(flaw)
        key = hashlib.sha256(f"{authority}/{group}".encode()).digest()
        data = {"identity": identity, "authority": authority, "key": key.hex()}
        return Credentials(json.dumps(data).encode(), (key,))

    def station(
        self,
        label: str,
        address: int,
        trusts: Sequence[str],
        seed: bytes,
        offers: Sequence[str] | None = None,
    ) -> TinyStation:
        return self.station_class(address, trusts)
