"""A program of the wire that stands alone: real clock or virtual, one process or one a station, by its flags.

    talkative_shim.py [--real] [--station] [--anchors]

On a real clock it answers each ``send`` at once and tells of it a moment later, unasked. With ``--station`` its
statement wants a process for each station; a :class:`Diagnostic` tells the process, and the anchors it was given.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import threading
from typing import Any

LOCK = threading.Lock()
DELAY = 0.05
ANCHORS: dict[str, str] = {}


def say(message: dict[str, Any]) -> None:
    with LOCK:
        print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


def tell_later(station: int, data: str) -> None:
    event = {"type": "Received", "group": "g", "data": data}
    output = {"events": [event], "listens": [7]}
    say({"method": "output", "params": {"station": station, "output": output}})


def result_of(method: str, params: dict[str, Any]) -> Any:
    match method:
        case "statement":
            return {
                "product": "talkative",
                "version": "1",
                "clock": "real" if "--real" in sys.argv else "virtual",
                "isolation": "station" if "--station" in sys.argv else "shared",
                "removes": False,
            }
        case "credentials":
            return {"data": base64.b64encode(params["identity"].encode()).decode()}
        case "anchor":
            return base64.b64encode(f"anchor of {params['authority']}".encode()).decode()
        case "station":
            ANCHORS.update(params.get("anchors") or {})
            return {"listens": [1]}
        case "own":
            text = f"{os.getpid()} {json.dumps(ANCHORS)} {params['credentials']['data']}"
            return {"events": [{"type": "Diagnostic", "text": text}], "wake_at": params["now"] + 1}
        case "send":
            threading.Timer(DELAY, tell_later, (params["station"], params["data"])).start()
            return {}
        case _:
            return {}


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        say({"id": asked["id"], "result": result_of(asked["method"], asked["params"])})


if __name__ == "__main__":
    main()
