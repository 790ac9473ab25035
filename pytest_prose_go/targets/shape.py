"""Whether an answer has the contract's shape; answers of the same shape by name are converted.

The common case (exact types of the contract, all in range) is decided without a function call a field;
everything else takes the slow way, which converts what can be converted and says what is wrong with the
rest.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from pytest_prose_go.contract import (
    ADDRESS_BITS,
    NOTHING,
    Credentials,
    Declined,
    Diagnostic,
    Event,
    Frame,
    Joined,
    Left,
    Opened,
    Output,
    Parameters,
    Received,
    Refused,
    Rekeyed,
    Secret,
    Statement,
)
from pytest_prose_go.targets.breach import MisfitError, brief

HIGHEST_ADDRESS = (1 << ADDRESS_BITS) - 1
MOST_FRAMES = 4096
"""Frames that one call may return."""
MOST_EVENTS = 4096
"""Events that one call may return."""
SHORTEST_SECRET = 16

_EVENTS: dict[str, type[Event]] = {
    kind.__name__: kind for kind in (Joined, Received, Refused, Left, Rekeyed, Declined, Diagnostic)
}
_OPTIONAL_TEXT = {"session", "sender", "via", "peer"}
_SEQUENCES = (list, tuple, deque)
_INFINITY = math.inf
_MISSING = object()
_Made = TypeVar("_Made")


class OutputShape:
    """Checks what the calls of stations return, under the limits and promises of one statement."""

    __slots__ = ("_fits", "_frame_most", "_promises")

    def __init__(self, statement: Statement) -> None:
        self._frame_most = statement.limits.frame_most
        promised = statement.reports
        self._promises: dict[type[Event], tuple[str, ...]] = {
            Joined: tuple(name for name in ("session",) if name in promised),
            Received: tuple(name for name in ("sender", "cast") if name in promised),
        }
        self._fits = _fast_checks("session" in promised, "sender" in promised, "cast" in promised)

    def __call__(self, output: object) -> Output:
        """``output`` as an :class:`Output` with tuples of the contract's own types.

        Raises :class:`MisfitError`, whose ``partial`` holds the valid frames and events before the first
        wrong one of each.
        """
        if output is NOTHING:
            return NOTHING
        if type(output) is not Output:
            return self._slow(output)
        frames, events, wake_at = output.frames, output.events, output.wake_at
        if type(frames) is not tuple:
            if type(frames) is not list:
                return self._slow(output)
            frames = tuple(frames)
        if type(events) is not tuple:
            if type(events) is not list:
                return self._slow(output)
            events = tuple(events)
        most = self._frame_most
        for frame in frames:
            if (
                type(frame) is not Frame
                or type(frame.source) is not int
                or not 0 <= frame.source <= HIGHEST_ADDRESS
                or type(frame.destination) is not int
                or not 0 <= frame.destination <= HIGHEST_ADDRESS
                or type(frame.payload) is not bytes
                or len(frame.payload) > most
            ):
                return self._slow(output)
        fits = self._fits
        for event in events:
            check = fits.get(type(event))
            if check is None or not check(event):
                return self._slow(output)
        if (
            len(frames) > MOST_FRAMES
            or len(events) > MOST_EVENTS
            or not (wake_at is None or (type(wake_at) is float and -_INFINITY < wake_at < _INFINITY))
        ):
            return self._slow(output)
        if frames is output.frames and events is output.events:
            return output
        return Output(frames, events, wake_at)

    def _slow(self, output: object) -> Output:
        if output is None:
            raise MisfitError("returned None", "return Output() where there is nothing to tell.")
        given = _members(output, ("frames", "events", "wake_at"))
        if given["frames"] is _MISSING and given["events"] is _MISSING:
            raise MisfitError(
                f"returned {brief(output)}",
                "return an Output(frames, events, wake_at), or an object with attributes of these names.",
            )
        wrong: list[MisfitError] = []
        events = _until_wrong(given["events"], "events", MOST_EVENTS, self._event, wrong)
        frames = _until_wrong(given["frames"], "frames", MOST_FRAMES, self.frame, wrong)
        wake_at: float | None = None
        try:
            wake_at = _moment(given["wake_at"])
        except MisfitError as misfit:
            wrong.append(misfit)
        if wrong:
            partial = Output(frames, events) if frames or events else None
            raise MisfitError(wrong[0].got, wrong[0].remedy, partial)
        return Output(frames, events, wake_at)

    def frame(self, frame: object, place: str) -> Frame:
        """``frame`` as a :class:`Frame`, named ``place`` where it is wrong. Raises :class:`MisfitError`."""
        given = _members(frame, ("source", "destination", "payload"))
        if _MISSING in given.values():
            raise MisfitError(
                f"returned {brief(frame)} in {place}",
                "a frame has source, destination and payload; return a Frame.",
            )
        source = _address(given["source"], f"{place}.source")
        destination = _address(given["destination"], f"{place}.destination")
        payload = _octets(given["payload"], f"{place}.payload")
        if len(payload) > self._frame_most:
            raise MisfitError(
                f"returned {place} with a payload of {len(payload)} bytes; the statement allows "
                f"{self._frame_most}",
                "fragment in the protocol, or raise limits.frame_most in the statement.",
            )
        return Frame(source, destination, payload)

    def _event(self, event: object, place: str) -> Event:
        kind = next(
            (_EVENTS[base.__name__] for base in type(event).__mro__ if base.__name__ in _EVENTS), None
        )
        if kind is None:
            raise MisfitError(
                f"returned {brief(event)} in {place}", f"an event is one of {', '.join(sorted(_EVENTS))}."
            )
        fields = kind.__struct_fields__
        given = _members(event, fields)
        values: dict[str, Any] = {}
        for name in fields:
            value, spot = given[name], f"{place} ({kind.__name__}).{name}"
            if value is _MISSING:
                if name in _required(kind):
                    raise MisfitError(f"returned {spot} missing", f"give {kind.__name__} its {name}.")
            elif name == "data":
                values[name] = _octets(value, spot)
            elif name == "cast":
                values[name] = _one_of(value, spot, (None, "unicast", "groupcast"))
            else:
                values[name] = _text(value, spot, optional=name in _OPTIONAL_TEXT)
        for name in self._promises.get(kind, ()):
            if values.get(name) is None:
                raise MisfitError(
                    f"returned {place} ({kind.__name__}) without {name}, which statement.reports promises",
                    f"fill {name} in every {kind.__name__}, or leave it out of the statement's reports.",
                )
        return kind(**values)


def credentials(given: object) -> Credentials:
    """``given`` as :class:`Credentials`. Raises :class:`MisfitError`."""
    members = _members(given, ("data", "secret_parts", "public_parts"))
    if members["data"] is _MISSING:
        raise MisfitError(
            f"returned {brief(given, 30)}", "return Credentials(data, secret_parts, public_parts)."
        )
    secret_parts = _all_octets(members["secret_parts"], "secret_parts")
    for part in secret_parts:
        if len(part) < SHORTEST_SECRET:
            raise MisfitError(
                f"returned a secret part of {len(part)} bytes",
                f"name only secrets of {SHORTEST_SECRET} bytes or more: shorter ones turn up by chance.",
            )
    return Credentials(
        _octets(members["data"], "data"),
        secret_parts,
        _all_octets(members["public_parts"], "public_parts"),
    )


def secrets(given: object) -> tuple[Secret, ...]:
    """``given`` as a tuple of :class:`Secret`. Raises :class:`MisfitError`."""
    return tuple(_secret(item, f"item {index}") for index, item in enumerate(_items(given, "the secrets")))


def opened(given: object, frames: int) -> tuple[Opened, ...]:
    """``given`` as a tuple of :class:`Opened` about ``frames`` frames. Raises :class:`MisfitError`."""
    found = []
    for index, item in enumerate(_items(given, "the opened payloads")):
        members = _members(item, ("frame", "data"))
        number, place = members["frame"], f"item {index}"
        if type(number) is not int or not 0 <= number < frames:
            raise MisfitError(
                f"returned {place}.frame = {brief(number)}",
                f"frame is the index of one of the {frames} frames that were given.",
            )
        found.append(Opened(number, _octets(members["data"], f"{place}.data")))
    return tuple(found)


def parameters(given: object, known: Sequence[str]) -> Parameters:
    """``given`` as :class:`Parameters` with names in ``known``. Raises :class:`MisfitError`."""
    names = _members(given, ("algorithms",))["algorithms"]
    if names is _MISSING:
        raise MisfitError(f"returned {brief(given)}", "return Parameters(algorithms).")
    checked = tuple(_text(name, "algorithms") or "" for name in _items(names, "algorithms"))
    for name in checked:
        if name not in known:
            raise MisfitError(
                f"returned algorithm {name!r}, which the statement does not list",
                "list every algorithm in the statement's algorithms, under the same name.",
            )
    return Parameters(checked)


def octets(given: object) -> bytes:
    """``given`` if it is bytes. Raises :class:`MisfitError`."""
    return _octets(given, "a value")


def frames(given: object, shape: OutputShape) -> tuple[Frame, ...]:
    """``given`` as a tuple of :class:`Frame`. Raises :class:`MisfitError`."""
    items = _items(given, "the frames")
    return tuple(shape.frame(item, f"frames[{index}]") for index, item in enumerate(items))


def addresses(given: object) -> frozenset[int] | None:
    """``given`` as the layer-2 IDs that a radio passes up. Raises :class:`MisfitError`."""
    if given is None:
        return None
    if callable(given):
        raise MisfitError(
            "is a method", "make listens a property or an attribute: frozenset of addresses, or None."
        )
    if not isinstance(given, set | frozenset | list | tuple):
        raise MisfitError(
            f"is {brief(given)}", "listens is a frozenset of 24-bit addresses, or None for all."
        )
    return frozenset(_address(item, "an address in it") for item in given)


def _fast_checks(session: bool, sender: bool, cast: bool) -> dict[type, Callable[[Any], bool]]:
    """By type of event: whether it is good at first sight (False is no verdict: look closer)."""

    def joined(event: Joined) -> bool:
        token = event.session
        return (
            type(event.group) is str
            and event.group.isascii()
            and type(event.peer) is str
            and event.peer.isascii()
            and (not session if token is None else type(token) is str and token.isascii())
        )

    def received(event: Received) -> bool:
        name, via, how = event.sender, event.via, event.cast
        return (
            type(event.data) is bytes
            and type(event.group) is str
            and event.group.isascii()
            and (not sender if name is None else type(name) is str and name.isascii())
            and (not cast if how is None else type(how) is str and (how == "unicast" or how == "groupcast"))
            and (via is None or (type(via) is str and via.isascii()))
        )

    return {Joined: joined, Received: received}


def _members(given: object, names: Iterable[str]) -> dict[str, Any]:
    """The attributes of ``given`` by name. What reading one raises is a misfit, too."""
    found: dict[str, Any] = {}
    for name in names:
        try:
            found[name] = getattr(given, name, _MISSING)
        except Exception as raised:
            raise MisfitError(
                f"returned {type(given).__name__}, whose {name} raises {type(raised).__name__}: {raised}",
                "return plain objects.",
            ) from raised
    return found


def _until_wrong(
    given: object,
    place: str,
    most: int,
    check: Callable[[object, str], _Made],
    wrong: list[MisfitError],
) -> tuple[_Made, ...]:
    """The items before the first wrong one, checked; what is wrong is added to ``wrong``."""
    done: list[_Made] = []
    try:
        for index, item in enumerate(() if given is _MISSING else _items(given, place)):
            if index == most:
                raise MisfitError(
                    f"returned more than {most} {place} at once", "spread them over several calls (wake_at)."
                )
            done.append(check(item, f"{place}[{index}]"))
    except MisfitError as misfit:
        wrong.append(misfit)
    return tuple(done)


def _items(given: object, place: str) -> Iterable[object]:
    if isinstance(given, _SEQUENCES):
        return tuple(given)
    raise MisfitError(f"returned {place} as {brief(given)}", f"give {place} as a list or a tuple.")


def _moment(given: object) -> float | None:
    if given is None or given is _MISSING:
        return None
    if isinstance(given, int | float) and not isinstance(given, bool):
        try:
            moment = float(given)
        except OverflowError:
            moment = _INFINITY
        if math.isfinite(moment):
            return moment
    raise MisfitError(
        f"returned wake_at = {brief(given)}",
        "wake_at is a finite number of POSIX seconds, or None for no wake-up.",
    )


def _address(given: object, place: str) -> int:
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given <= HIGHEST_ADDRESS:
        return int.__int__(given)
    raise MisfitError(
        f"returned {place} = {brief(given)}",
        f"an address is an int from 0 to {HIGHEST_ADDRESS:#x} (24 bits).",
    )


def _octets(given: object, place: str) -> bytes:
    if isinstance(given, bytes):
        return given if type(given) is bytes else b"".join((given,))
    if isinstance(given, bytearray | memoryview):
        raise MisfitError(
            f"returned {place} as {type(given).__name__}, which can still change",
            "wrap it in bytes(…) before returning it.",
        )
    raise MisfitError(f"returned {place} = {brief(given)}", "this must be bytes.")


def _all_octets(given: object, place: str) -> tuple[bytes, ...]:
    if given is _MISSING:
        return ()
    return tuple(_octets(item, f"{place}[{index}]") for index, item in enumerate(_items(given, place)))


def _text(given: object, place: str, optional: bool = False) -> str | None:
    if given is None and optional:
        return None
    if not isinstance(given, str):
        raise MisfitError(
            f"returned {place} = {brief(given)}", f"this must be str{' or None' if optional else ''}."
        )
    plain = given if type(given) is str else str.__str__(given)
    try:
        plain.encode()
    except UnicodeEncodeError as broken:
        raise MisfitError(
            f"returned {place} = {plain!a}, which is no valid Unicode text ({broken.reason})",
            "decode names strictly, and report a name that does not decode as None or refuse it.",
        ) from broken
    return plain


def _one_of(given: object, place: str, allowed: tuple[str | None, ...]) -> str | None:
    if given is None or isinstance(given, str):
        plain = given if given is None else str.__str__(given)
        if plain in allowed:
            return plain
    raise MisfitError(
        f"returned {place} = {brief(given)}", f"this must be one of {', '.join(map(repr, allowed))}."
    )


def _secret(given: object, place: str) -> Secret:
    members = _members(given, ("label", "scope", "value", "peer", "group"))
    label = _text(members["label"], f"{place}.label") or ""
    scope = _one_of(members["scope"], f"{place}.scope", ("device", "hop", "group"))
    value = _octets(members["value"], f"{place}.value")
    peer, group = (
        None if members[name] is _MISSING else _text(members[name], f"{place}.{name}", optional=True)
        for name in ("peer", "group")
    )
    if scope != "device" and group is None:
        raise MisfitError(
            f"returned {place} ({label}) of scope {scope} without group", "say whose secret it is."
        )
    if scope == "hop":
        if peer is None:
            raise MisfitError(
                f"returned {place} ({label}) of scope hop without peer", "say with whom it is shared."
            )
        return Secret(label, "hop", value, peer, group)
    return Secret(label, "group" if scope == "group" else "device", value, peer, group)


def _required(kind: type[Event]) -> tuple[str, ...]:
    fields = kind.__struct_fields__
    return fields[: len(fields) - len(kind.__struct_defaults__)]
