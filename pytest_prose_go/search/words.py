"""An attack in words, a line a step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_prose_go.search.steps import (
    AnyStep,
    Change,
    Disturb,
    Frames,
    Inject,
    Join,
    Leave,
    Lift,
    Own,
    Pause,
    Rekey,
    Remove,
    Replay,
    Restart,
    Send,
    Silence,
    Splice,
    Wait,
)

_PAUSES: dict[Pause, str] = {
    "none": ", and at once",
    "brief": ", and soon after",
    "settled": "",
    "outlasted": "",
    "minute": ", and 95 s later",
    "idle": ", and 700 s later",
}

_CAUSES = {"": "emitted", "Join": "emitted in a join", "Send": "emitted for a message"}


def in_words(steps: Sequence[AnyStep]) -> Iterator[str]:
    """Each step in a line."""
    return map(_told, steps)


def _told(step: AnyStep) -> str:
    match step:
        case Join():
            claim = f" as {step.claim}" if step.claim else ""
            at = f", sent to {step.at} by discovery" if step.at else ""
            return f"{step.who} asks to join {step.to}{claim}{at}" + ("" if step.waits else ", and at once")
        case Send():
            length = {0: "a message", -1: "a message of the greatest length"}.get(
                step.length, f"a message of {step.length} bytes"
            )
            data = {"fresh": length, "again": "its last message again", "blocks": "a word over two blocks"}
            times = f" {step.times} times" if step.times > 1 else ""
            within = f" in the group of {step.within}" if step.within else ""
            return f"{step.who} sends {data[step.data]} to {step.to or 'all'}{within}{times}{_PAUSES[step.pause]}"
        case Leave():
            return f"{step.who} leaves {step.to}{_PAUSES[step.pause]}"
        case Remove():
            return f"{step.by} removes {step.who}{_PAUSES[step.pause]}"
        case Own():
            return f"{step.who} owns its group"
        case Restart():
            return f"{step.who} restarts{_PAUSES[step.pause]}"
        case Rekey():
            return f"{step.by} makes the group's keys new{_PAUSES[step.pause]}"
        case Silence():
            return f"{step.who} {'falls silent' if step.on else 'is heard again'}{_PAUSES[step.pause]}"
        case Wait():
            waits = {"minute": "95 s", "idle": "700 s", "outlasted": "longer than the patience"}
            return f"time passes: {waits.get(step.pause, step.pause)}"
        case Disturb():
            return f"attacker: {_disturbance(step)}"
        case Lift():
            return "attacker: lifts all moves" + ("" if step.releases else ", and keeps what was withheld")
        case Replay():
            changed = f", with {_change(step.change)}" if step.change else ""
            as_from = f", as from {step.source}" if step.source else ""
            under = f", under the address of {step.destination}" if step.destination else ""
            return (
                f"attacker: sends {_frames(step.frames)} again to {step.to or 'all'}{as_from}{under}{changed}"
            )
        case Splice():
            head, tail = _frames(step.head), _frames(step.tail)
            return f"attacker: sends {step.to or 'all'} {step.at} bytes of {head} with the rest of {tail}"
        case Inject():
            behind = f" behind {step.keep} bytes of {_frames(step.head)}" if step.head else ""
            flipped = f" with bit {step.flip} flipped" if step.flip is not None else ""
            source = f", as from {step.source}" if step.source else ""
            to = f", to {step.destination}" if step.destination else ""
            return f"attacker: injects random bytes{behind}{flipped}{source}{to}"


def _frames(frames: Frames) -> str:
    which = "the frames" if not frames.count else f"{frames.count} of the frames"
    since = f" from the {frames.first}-th on" if frames.first else ""
    back = f" (the {frames.back}-th before the last)" if frames.back else ""
    how = _CAUSES.get(frames.during, f"emitted at a {frames.during.lower()}")
    return f"{which} that {frames.of} {how}{back}{since}{', newest first' if frames.newest_first else ''}"


def _change(change: Change) -> str:
    if change.other is not None:
        return f"the {change.kind} of {_frames(change.other)} at byte {change.at}"
    unit = "bit" if change.kind == "flip" else "byte"
    size = f", {change.size} long" if change.size != 1 else ""
    return f"{change.kind} at {unit} {change.at}{size}" + (f", value {change.value}" if change.value else "")


def _disturbance(step: Disturb) -> str:
    on = " ".join(
        [
            "every frame" if not (step.first or step.count) else f"frames from the {step.first}-th on",
            *([f"({step.count} of them)"] if step.count else []),
            *([f"from {step.emitter}"] if step.emitter else []),
            *([f"to {step.receiver}"] if step.receiver else []),
            *([f"under {'its' if step.only == 'own' else 'another'} address"] if step.only else []),
        ]
    )
    match step.kind:
        case "alter":
            return f"alters {on}: {_change(step.change) if step.change else 'nothing'}"
        case "delay":
            return f"delays {on} by {step.seconds:g} s"
        case "redirect":
            to = f" to {step.to}" if step.to else ""
            source = f", as from {step.source}" if step.source else ""
            under = f", under the address of {step.destination}" if step.destination else ""
            return f"brings {on}{to}{source}{under}{', too' if step.keep else ''}"
        case "rewrite":
            what = "the group's name" if step.groups else "the name"
            return f"rewrites {what} of {step.old} to that of {step.new} in {on}"
        case "skew":
            return f"shifts the clock of {step.emitter} by {step.seconds:g} s"
        case "reflect":
            return f"gives {step.emitter or 'everybody'} its own frames back" + (", too" if step.keep else "")
        case _:
            return f"{step.kind}s {on}"
