"""The contract on a wire: JSON-RPC 2.0, one message a line, derived from the contract's own signatures.

A method has the name of the contract's call and its parameters by their names. A station is a number that
the suite chose; bytes are base64 (RFC 4648 clause 4); what was not given is left out. ``docs/shim-protocol.md``
tells it to whoever writes the other end.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, get_type_hints

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from pytest_prose_go.contract import (
    CONTRACT_VERSION,
    Event,
    Frame,
    Output,
    Statement,
    Station,
    Target,
)

VERSION = "2.0"
"""Of JSON-RPC."""
MOST_LINE = 16 << 20
"""Bytes of one message, its newline included."""

METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
UNSUPPORTED = -32001
"""The code of an answer that stands for :class:`~pytest_prose_go.contract.Unsupported`."""
RAISED = -32000
"""The code of an answer that tells of a failure inside the program."""

NOTHING_GIVEN = Raw(b"")


class StationOutput(Struct, omit_defaults=True):
    """What every call of a station answers: an Output and, where it changed, what the radio listens to.

    ``listens`` replaces what was known: a list of 24-bit layer-2 IDs, or null for all. Left out, it stays as
    it was.
    """

    frames: Sequence[Frame] = ()
    events: Sequence[Event] = ()
    wake_at: float | None = None
    listens: Sequence[int] | UnsetType | None = UNSET


class MadeStation(Struct, omit_defaults=True):
    """What ``station``, ``clone`` and ``restore`` answer: what the new radio listens to (left out: all)."""

    listens: Sequence[int] | None = None


class Unasked(Struct):
    """The parameters of the notification ``output``: what came up on a real clock without a call."""

    station: int
    output: StationOutput


class Failure(Struct, omit_defaults=True):
    """The ``error`` of an answer."""

    code: int
    message: str = ""
    data: Any = None


class Breach(Struct, omit_defaults=True):
    """The ``data`` of an error by which a program tells of a breach of contract in its own words.

    ``got`` and ``remedy`` are sentences for the adapter's author, ``partial`` what was good before it.
    """

    got: str
    remedy: str
    partial: Output | None = None


class Request(Struct):
    """A call."""

    id: int
    method: str
    params: Any
    jsonrpc: str = VERSION


class Notification(Struct):
    """A message that asks for no answer."""

    method: str
    params: Any
    jsonrpc: str = VERSION


class Answer(Struct):
    """An answer with a result."""

    id: int | None
    result: Any
    jsonrpc: str = VERSION


class Refusal(Struct):
    """An answer with an error."""

    id: int | None
    error: Failure
    jsonrpc: str = VERSION


class Message(Struct):
    """Any message as it is read, its parts still undecoded."""

    jsonrpc: str = ""
    id: int | str | UnsetType | None = UNSET
    method: str | UnsetType = UNSET
    params: Raw = NOTHING_GIVEN
    result: Raw = NOTHING_GIVEN
    error: Failure | None = None


@dataclass(frozen=True)
class Method:
    """One call on the wire: a :class:`Struct` of its parameters, the type of its result (None: any)."""

    name: str
    of_station: bool
    params: type[Struct]
    result: Any
    says: str
    capability: str | None


CAPABILITY_OF = {"learn": "revoke", "restore": "stored"}
"""Calls whose capability has another name than their own."""
_OPTIONAL = {
    "clone",
    "unprotect",
    "protect",
    "secrets",
    "stored",
    "restore",
    "parameters",
    "near_wrap",
    "revoke",
    "rekey",
    "restart",
    "learn",
}
_STATION_CALLS = (
    "own",
    "join",
    "send",
    "remove",
    "leave",
    "receive",
    "wake",
    "restart",
    "rekey",
    "learn",
    "stop",
)
_TARGET_CALLS = (
    "credentials",
    "station",
    "clone",
    "unprotect",
    "protect",
    "secrets",
    "stored",
    "restore",
    "parameters",
    "near_wrap",
    "revoke",
    "close",
)
_FIRST = [("station", int)]
_EXTRA: dict[str, list[tuple[Any, ...]]] = {
    "station": [("anchors", dict[str, bytes] | None, None)],
    "clone": [],
}


def _derived(name: str, function: Callable[..., Any], of_station: bool) -> Method:
    hints = get_type_hints(function)
    fields: list[tuple[Any, ...]] = list(_FIRST) if of_station or name == "station" else []
    defaults: list[tuple[Any, ...]] = []
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        kind = int if hints[parameter.name] is Station else hints[parameter.name]
        if parameter.default is inspect.Parameter.empty:
            fields.append((parameter.name, kind))
        else:
            defaults.append((parameter.name, kind, parameter.default))
    if hints["return"] is Station and name != "station":
        fields.append(("new_station", int))
    params = msgspec.defstruct(
        f"{name.title().replace('_', '')}Params",
        [*fields, *defaults, *_EXTRA.get(name, ())],
        omit_defaults=True,
        module=__name__,
    )
    result = {Output: StationOutput, Station: MadeStation, type(None): None}.get(
        hints["return"], hints["return"]
    )
    capability = CAPABILITY_OF.get(name, name) if name in _OPTIONAL else None
    return Method(name, of_station, params, result, inspect.getdoc(function) or "", capability)


class StatementParams(Struct):
    """``contract`` is the version of the contract that the suite speaks."""

    contract: int = CONTRACT_VERSION


class AnchorParams(Struct):
    """``authority`` is one of those that credentials were asked of, or a new one."""

    authority: str


METHODS: dict[str, Method] = {
    "statement": Method(
        "statement",
        False,
        StatementParams,
        Statement,
        "The first call to every process: what the vendor states of the target. The same at every call.",
        None,
    ),
    "anchor": Method(
        "anchor",
        False,
        AnchorParams,
        bytes,
        "Isolation ``station`` only, asked of the issuing process: what a device must be given to accept the\n"
        "credentials of ``authority`` (a root certificate, a list of what is revoked, or nothing), as of now.",
        None,
    ),
    **{name: _derived(name, getattr(Target, name), False) for name in _TARGET_CALLS},
    **{name: _derived(name, getattr(Station, name), True) for name in _STATION_CALLS},
}
"""Every call on the wire, by name."""

encode = msgspec.json.Encoder().encode
read_message = msgspec.json.Decoder(Message).decode
read_output = msgspec.json.Decoder(StationOutput).decode
read_unasked = msgspec.json.Decoder(Unasked).decode


def line(message: Struct) -> bytes:
    """``message`` as it travels."""
    return encode(message) + b"\n"
