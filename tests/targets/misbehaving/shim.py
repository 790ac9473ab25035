"""A program that keeps the wire's rules but for one: ``shim.py KIND CALL TOKEN``.

It does what :data:`KINDS` says of ``KIND`` when it is asked for ``CALL``, and is otherwise a device that does
nothing. It stands alone: nothing here comes from the suite. ``TOKEN`` is there for it to be found by.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

Answer = dict[str, Any]
FOREVER = 3600
CAPABILITIES = [
    "clone", "unprotect", "protect", "secrets", "stored", "parameters", "rekey", "near_wrap", "revoke", "restart",
]  # fmt: skip
STATEMENT: Answer = {
    "product": "misbehaving",
    "version": "1",
    "call_deadline": 0.2,
    "setup_deadline": 0.2,
    "patience": {"join": 0.5, "delivery": 0.5, "rejoin": 0.5},
    "limits": {"frame_most": 100},
    "reports": ["sender"],
    "algorithms": [{"name": "A", "confidentiality": 128, "integrity": 128}],
    "capabilities": CAPABILITIES,
}
SECRET = base64.b64encode(b"0123456789abcdef").decode()
FRAME = {"source": 1, "destination": 2, "payload": "AAEC"}
RESULTS: dict[str, object] = {
    "statement": STATEMENT,
    "credentials": {"data": SECRET, "secret_parts": [SECRET]},
    "station": {"listens": [1]},
    "clone": {"listens": [1]},
    "restore": None,
    "unprotect": [{"frame": 0, "data": "AAEC"}],
    "protect": [FRAME],
    "secrets": [{"label": "k", "scope": "device", "value": SECRET}],
    "stored": SECRET,
    "parameters": {"algorithms": ["A"]},
    "revoke": "AAEC",
    "own": {"wake_at": 5.0},
}


def say(line: str | bytes) -> None:
    """Write to stdout as it is."""
    sys.stdout.buffer.write(line.encode() if isinstance(line, str) else line)
    sys.stdout.buffer.flush()


def answer(number: object, result: object) -> None:
    say(json.dumps({"jsonrpc": "2.0", "id": number, "result": result}) + "\n")


def _with(result: object) -> Callable[[Answer], None]:
    return lambda asked: answer(asked["id"], result)


def _raw(text: str) -> Callable[[Answer], None]:
    return lambda asked: say(text.replace("ID", str(asked["id"])) + "\n")


def _output(**fields: object) -> Callable[[Answer], None]:
    return _with(fields)


def _event(**fields: object) -> Callable[[Answer], None]:
    return _with({"events": [fields]})


def hang(asked: Answer) -> None:
    time.sleep(FOREVER)


def busy(asked: Answer) -> None:
    while True:
        pass


def end(asked: Answer) -> None:
    os._exit(0)


def exit_code(asked: Answer) -> None:
    print("giving up", file=sys.stderr, flush=True)
    os._exit(3)


def segfault(asked: Answer) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def abort(asked: Answer) -> None:
    os.abort()


def stops_itself(asked: Answer) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def half_a_line(asked: Answer) -> None:
    say('{"jsonrpc":"2.0","id":')
    time.sleep(FOREVER)


def half_a_line_and_end(asked: Answer) -> None:
    say('{"jsonrpc":"2.0","id":')
    os._exit(0)


def twice(asked: Answer) -> None:
    answer(asked["id"], {})
    answer(asked["id"], {})


def wrong_id(asked: Answer) -> None:
    answer(asked["id"] + 1000, {})


def not_utf8(asked: Answer) -> None:
    say(
        b'{"jsonrpc":"2.0","id":%d,"result":{"events":[{"type":"Diagnostic","text":"\xff\xfe"}]}}\n'
        % asked["id"]
    )


def endless_line(asked: Answer) -> None:
    chunk = b"A" * (1 << 20)
    for _ in range(100):
        say(chunk)
    say("\n")


def deeply_nested(asked: Answer) -> None:
    depth = 200_000
    inside = "[" * depth + "]" * depth
    say(f'{{"jsonrpc":"2.0","id":{asked["id"]},"result":{{"x":{inside}}}}}\n')


def deeply_nested_envelope(asked: Answer) -> None:
    depth = 200_000
    say('{"x":' * depth + "1" + "}" * depth + "\n")


def noise(asked: Answer) -> None:
    say("connecting to the radio …\n")
    answer(asked["id"], RESULTS.get(asked["method"], {}))


def blank_line(asked: Answer) -> None:
    say("\n")


def megabytes_on_stderr(asked: Answer) -> None:
    for _ in range(40):
        sys.stderr.write("x" * 1023 + "\n" + "y" * (1 << 20))
    sys.stderr.write("\nthe last words\n")
    sys.stderr.flush()
    os._exit(1)


def closes_stdin(asked: Answer) -> None:
    os.close(0)
    answer(asked["id"], {})
    time.sleep(FOREVER)


def closes_stdout(asked: Answer) -> None:
    os.close(1)
    time.sleep(FOREVER)


def _leave(new_session: bool) -> None:
    sleeper = f"import time; time.sleep({FOREVER})"
    subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", sleeper, sys.argv[3]], start_new_session=new_session, stdin=0
    )


def grandchild_keeps_the_pipe(asked: Answer) -> None:
    _leave(new_session=False)
    os._exit(4)


def grandchild_in_its_own_session(asked: Answer) -> None:
    _leave(new_session=True)
    os._exit(4)


def grandchild_outlives_a_good_end(asked: Answer) -> None:
    _leave(new_session=True)
    answer(asked["id"], {})


def grandchild_lets_go_of_everything(asked: Answer) -> None:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 1024)
            os.environ.clear()
            time.sleep(FOREVER)
        os._exit(0)
    answer(asked["id"], {})


def ignores_sigterm(asked: Answer) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    time.sleep(FOREVER)


def runs_on_after_the_end(asked: Answer) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    answer(asked["id"], {})
    time.sleep(FOREVER)


def grows(asked: Answer) -> None:
    hoard = []
    while True:
        hoard.append(bytearray(os.urandom(1 << 20)))


def stops_reading(asked: Answer) -> None:
    answer(asked["id"], {})
    time.sleep(FOREVER)


def floods_without_being_asked(asked: Answer) -> None:
    answer(asked["id"], {})
    while True:
        say('{"jsonrpc":"2.0","method":"output","params":{"station":1,"output":{}}}\n' * 100)


def capability_that_is_refused(asked: Answer) -> None:
    failure = {"code": -32601, "message": "unknown"}
    say(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "error": failure}) + "\n")


def changes_its_statement(asked: Answer) -> None:
    STATEMENT["product"] += "!"
    answer(asked["id"], RESULTS.get(asked["method"], {}))


KINDS: dict[str, Callable[[Answer], None]] = {
    made.__name__.replace("_", "-"): made
    for made in (
        hang,
        busy,
        end,
        exit_code,
        segfault,
        abort,
        stops_itself,
        half_a_line,
        half_a_line_and_end,
        twice,
        wrong_id,
        not_utf8,
        endless_line,
        deeply_nested,
        deeply_nested_envelope,
        noise,
        blank_line,
        megabytes_on_stderr,
        closes_stdin,
        closes_stdout,
        grandchild_keeps_the_pipe,
        grandchild_in_its_own_session,
        grandchild_outlives_a_good_end,
        grandchild_lets_go_of_everything,
        ignores_sigterm,
        runs_on_after_the_end,
        grows,
        stops_reading,
        floods_without_being_asked,
        capability_that_is_refused,
        changes_its_statement,
    )
} | {
    "no-jsonrpc": _raw('{"id":ID,"result":{}}'),
    "jsonrpc-1": _raw('{"jsonrpc":"1.0","id":ID,"result":{}}'),
    "id-as-text": _raw('{"jsonrpc":"2.0","id":"ID","result":{}}'),
    "id-null": _raw('{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}'),
    "no-id": _raw('{"jsonrpc":"2.0","result":{}}'),
    "no-result": _raw('{"jsonrpc":"2.0","id":ID}'),
    "result-and-error": _raw('{"jsonrpc":"2.0","id":ID,"result":{},"error":{"code":1,"message":"m"}}'),
    "error": _raw('{"jsonrpc":"2.0","id":ID,"error":{"code":-32000,"message":"out of memory","data":[1]}}'),
    "error-of-a-strange-shape": _raw('{"jsonrpc":"2.0","id":ID,"error":"bad"}'),
    "calls-back": _raw('{"jsonrpc":"2.0","id":ID,"method":"wake","params":{}}'),
    "batch": _raw('[{"jsonrpc":"2.0","id":ID,"result":{}}]'),
    "not-json": _raw("ok"),
    "nan-time": _raw('{"jsonrpc":"2.0","id":ID,"result":{"wake_at":NaN}}'),
    "infinite-time": _raw('{"jsonrpc":"2.0","id":ID,"result":{"wake_at":1e999}}'),
    "time-as-text": _output(wake_at="soon"),
    "output-is-a-list": _with([]),
    "output-is-a-number": _with(7),
    "frame-over-the-limit": _output(
        frames=[{"source": 1, "destination": 2, "payload": base64.b64encode(bytes(101)).decode()}]
    ),
    "address-over-24-bits": _output(frames=[{"source": 1 << 24, "destination": 2, "payload": ""}]),
    "address-below-zero": _output(frames=[{"source": 1, "destination": -2, "payload": ""}]),
    "payload-not-base64": _output(frames=[{"source": 1, "destination": 2, "payload": "@@"}]),
    "payload-as-numbers": _output(frames=[{"source": 1, "destination": 2, "payload": [1, 2]}]),
    "frame-without-source": _output(frames=[{"destination": 2, "payload": ""}]),
    "unknown-event": _event(type="Exploded", group="g"),
    "event-without-type": _event(group="g", peer="p"),
    "event-without-group": _event(type="Joined", peer="p"),
    "promised-field-missing": _event(type="Received", group="g", data="AAEC"),
    "event-flood": _output(events=[{"type": "Diagnostic", "text": "x"}] * 5000),
    "frame-flood": _output(frames=[FRAME] * 5000),
    "listens-as-text": _output(listens="all"),
    "listens-beyond": _output(listens=[1 << 24]),
    "unasked-on-a-virtual-clock": _raw(
        '{"jsonrpc":"2.0","method":"output","params":{"station":1,"output":{}}}'
    ),
    "unknown-notification": _raw('{"jsonrpc":"2.0","method":"log","params":{}}'),
    "statement-is-a-text": _with("I am good"),
    "statement-with-an-unknown-field": _with({**STATEMENT, "colour": "red"}),
    "statement-without-a-product": _with({"version": "1"}),
    "statement-of-another-contract": _with({**STATEMENT, "contract": 99}),
    "unknown-capability": _with({**STATEMENT, "capabilities": ["levitate"]}),
    "short-secret": _with({"data": SECRET, "secret_parts": ["AAEC"]}),
    "credentials-as-text": _with("letmein"),
    "opened-of-no-frame": _with([{"frame": 7, "data": "AAEC"}]),
    "algorithm-not-stated": _with({"algorithms": ["ROT13"]}),
    "null-image": _with(None),
    "wake-storm": _output(wake_at=-1.0),
}
"""What is done in the place of an answer, by name."""


def main() -> None:
    kind, call = sys.argv[1:3]
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        method = asked["method"]
        if kind in KINDS and (method == call or (kind == "wake-storm" and method == "wake")):
            KINDS[kind](asked)
        elif (
            kind == "knows-everything"
            or method in RESULTS
            or "station" in asked["params"]
            or method == "close"
        ):
            answer(asked["id"], RESULTS.get(method, {}))
        else:
            capability_that_is_refused(asked)


if __name__ == "__main__":
    main()
