"""``--prose-debug``: the case stops once its stations are made, so that a debugger can be put to them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pytest_prose_go.contract import Station

NO_VERDICT = "prose debug: no deadline holds and the target is not probed: what follows is no verdict"


class Pause:
    """Tells of the stations of a case and waits for Enter, each time that some were made."""

    def __init__(self, config: pytest.Config) -> None:
        self._capture = config.pluginmanager.getplugin("capturemanager")

    def __call__(self, stations: Sequence[tuple[str, Station]]) -> None:
        """Tell of ``stations``, each with what it is in the case, and wait."""
        if self._capture is not None:
            self._capture.suspend_global_capture(in_=True)
        try:
            print(f"\n{NO_VERDICT}")
            for who, device in stations:
                process, label = getattr(device, "process_id", "?"), getattr(device, "label", "?")
                print(f"  process {process}: {who}, label {label}")
            print("Put a debugger to it (gdb -p PROCESS), then press Enter: ", end="", flush=True)
            try:
                input()
            except EOFError:
                print("(nobody is there)")
        finally:
            if self._capture is not None:
                self._capture.resume_global_capture()


def check(cases: int) -> None:
    """Raise :class:`pytest.UsageError` unless one case is to run."""
    if cases != 1:
        raise pytest.UsageError(
            f"--prose-debug stops in one case, not in {cases}: name it by --prose-case=ID"
        )
