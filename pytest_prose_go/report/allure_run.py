"""What the controller adds to Allure's results when a run has ended: the results of cases whose process died before it
wrote one, and the files about the run: environment, executor, categories.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

from pytest_prose_go.judge.verdict import CaseResult, Verdict
from pytest_prose_go.report.allure_labels import STATUS, Tree, categories, identity, message
from pytest_prose_go.report.run_report import environment
from pytest_prose_go.run import Run
from pytest_prose_go.run_summary import LOST


class AllureRun:
    """Writes to Allure's folder of results, on the controller."""

    def __init__(self, run: Run, folder: Path) -> None:
        self.run = run
        self.folder = folder
        self.tree = Tree(run)

    def finish(self, results: Iterable[CaseResult], lost: Iterable[str], started: float) -> None:
        """Write what is missing: ``results`` are all that the run came to, ``lost`` the cases that were to run and
        came to none, ``started`` is when it began (POSIX seconds).

        Raises :class:`OSError` if the folder cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        written = self._written()
        for result in results:
            # What a run that was broken off had written counts: it is not run again.
            since = 0.0 if result.case in self.run.done else started
            if written.get(identity(result.case)["historyId"], -1.0) < since:
                self._write_result(result)
        for case in lost:
            self._write_result(self._lost(case))
        self._write_json("categories.json", categories())

    def describe(self, verdict: str) -> None:
        """Write what the run was, and what it came to. Raises :class:`OSError` if the folder cannot be written."""
        settings, statement = self.run.settings, self.run.statement
        told = {
            "verdict": verdict,
            "target": settings.target,
            "product": statement.product,
            "version": statement.version,
            "seed": settings.seed,
            "reading": settings.reading,
            "scope": settings.scope,
            "depth": settings.depth,
            "isolation": self.run.isolation,
            **environment(),
        }
        lines = [f"{_property(name, key=True)}={_property(value)}\n" for name, value in told.items()]
        (self.folder / "environment.properties").write_text("".join(lines), encoding="ascii")
        executor = {
            "name": "pytest-prose-go",
            "type": "pytest",
            "buildName": f"{settings.target}, seed {settings.seed}",
            "reportName": f"{statement.product} {statement.version}: ProSe Group Owner mode conformance",
        }
        self._write_json("executor.json", executor)

    def _written(self) -> dict[str, float]:
        """When each case's latest result in the folder began (POSIX seconds), by its history."""
        found: dict[str, float] = {}
        for path in self.folder.glob("*-result.json"):
            told = json.loads(path.read_bytes())
            history = str(told.get("historyId", ""))
            found[history] = max(found.get(history, 0.0), told.get("start", 0) / 1000)
        return found

    def _lost(self, case: str) -> CaseResult:
        listed = self.tree.listed(case)
        return CaseResult(
            case=case,
            aspect=listed.aspect.id if listed else "",
            purpose=listed.title if listed else "",
            verdict=Verdict.ERROR,
            apart=Verdict.ERROR,
            reason=LOST,
            repeat=self.run.settings.repeat(f"--prose-case={case}"),
        )

    def _write_result(self, result: CaseResult) -> None:
        now = round(time.time() * 1000)
        name = str(uuid.uuid4())
        told = {
            "uuid": name,
            **identity(result.case),
            "name": result.case,
            "status": STATUS[result.verdict],
            "stage": "finished",
            "start": now,
            "stop": now + round(result.seconds * 1000),
            "description": self.tree.description(result.case, "", result.repeat),
            "labels": [
                {"name": label, "value": value}
                for label, value in (
                    *self.tree.labels(result.case),
                    ("verdict", str(result.verdict)),
                    ("framework", "pytest"),
                )
            ],
        }
        if result.verdict is not Verdict.PASS:
            told["statusDetails"] = {"message": message(result, self.tree.known(result))}
        self._write_json(f"{name}-result.json", told)

    def _write_json(self, name: str, told: object) -> None:
        (self.folder / name).write_text(json.dumps(told, indent=1), encoding="utf-8")


def _property(text: str, key: bool = False) -> str:
    """Text in a Java properties file: in Latin letters, in a line, with what would end a key escaped."""
    told = "".join(_ESCAPES.get(sign, sign) for sign in text)
    if key:
        told = told.replace(" ", "\\ ").replace("=", "\\=").replace(":", "\\:").replace("#", "\\#")
    elif told.startswith(" "):
        told = "\\" + told
    units = told.encode("utf-16-be", "surrogatepass")
    codes = [int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2)]
    return "".join(chr(code) if 32 <= code < 127 else f"\\u{code:04x}" for code in codes)


_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
