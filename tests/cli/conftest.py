"""The command line over a fake `tunebook.project`, in this process; and the real one, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

import tunebook.project.wishes  # noqa: F401  (the command line imports it; under the fake it could not be found)
from tunebook.cli.main import run
from tunebook.values import Answer, Citation, Hit, Passage, Seconds

SOURCE = Path(__file__).parents[2] / "src"
PASSAGE = Passage("guides/a.pdf", "A", "", 2, 10, 30, "The Wren carries\n  80 kg.")


_BUILD = {"finished": True, "max_tokens": 160, "language": "english", "passages": 9}
GENERATIONS = [
    _BUILD | {"number": 1, "current": False, "embedder": "starter", "created": "2026-11-20T09:12:44.1"},
    _BUILD | {"number": 2, "current": True, "embedder": "other", "created": "2026-11-22T09:12:44.1"},
]


class Ran(NamedTuple):
    status: int
    out: str
    err: str


REPORT: dict[str, Any] = {
    "verdict": {
        "recommended": "rag",
        "sentence": "Take rag.",
        "reason": "It answers more.",
        "sure": 0.97,
        "how_sure": "rag scored highest in 97% of the resamples",
        "next_step": "Write 20 more cases.",
    },
    "approaches": {
        "base": {"score": {"mean": 0.1, "low": None, "high": None, "n": 1}},
        "rag": {
            "score": {"mean": 0.71, "low": 0.64, "high": 0.78, "n": 60},
            "latency_seconds": {"mean": 1.24, "low": 0.5, "high": 12.0, "n": 5},
        },
    },
    "measured_on": "60 cases, with the starter model",
    "unavailable": {"tuned": "no examples"},
    "report": "/p/.tunebook/trials/1/report.html",
}


class FakeProject:
    """Remembers each call in `calls`; a value in `results` replaces an answer, an exception there is raised."""

    wishes: Any = None
    warnings: tuple[str, ...] = ()
    calls: list[tuple[Any, ...]]
    results: dict[str, Any]

    @classmethod
    def open(cls, folder: Any = None, state: Any = None, overrides: Any = ()) -> "FakeProject":
        cls.calls.append(("open", folder, state, overrides))
        return cls()

    def _give(self, verb: str, default: Any, *given: Any) -> Any:
        self.calls.append((verb, *given))
        result = self.results.get(verb, default)
        if isinstance(result, BaseException):
            raise result
        return result

    def generations(self) -> Any:
        return self._give("generations", GENERATIONS)

    def tuned(self) -> Any:
        one = {"adapter": "tuned-a", "in_use": True, "bytes": 290_000_000, "created": "2026-11-30T01:14:44.1+00:00"}
        begun = {"adapter": "hybrid-d", "in_use": False, "unfinished": True, "bytes": 500}
        return self._give("tuned", [one | {"stale": ["a.md was forgotten"]}, begun])

    def use_adapter(self, name: str) -> Any:
        return self._give("use_adapter", {"target": name.partition("-")[0], "adapter": name}, name)

    def remove_adapter(self, name: str) -> Any:
        return self._give("remove_adapter", {"adapter": name, "bytes": 290_000_000}, name)

    def use_generation(self, number: int) -> Any:
        told = {"number": number, "embedder": "starter", "max_tokens": 160, "language": "english"}
        coming = {"next_sync": "other", "next_max_tokens": 200, "next_language": "german"}
        return self._give("use_generation", told | coming, number)

    def watch(self, paths: Any = (), progress: Any = None) -> Any:
        progress("syncing", 1, 2, "a.md")
        yield from self._give("watch", [], *paths)

    def sync(self, paths: Any = (), progress: Any = None) -> Any:
        progress("reading", 1, 2, "a.md")
        print("a library that prints")
        counts = dict.fromkeys(("added", "updated", "unchanged", "deleted"), 1)
        return self._give("sync", {**counts, "failed": [], "passages": 4, "seconds": 0.5}, list(paths))

    def search(self, query: str, k: Any = None, groups: Any = None, where: Any = ()) -> Any:
        return self._give("search", [Hit(1, 0.5, PASSAGE)], query, k, groups, where)

    def search_run(self, queries: Any, out: Any, k: int = 100, groups: Any = None, progress: Any = None) -> Any:
        return self._give("search_run", {"queries": 2, "run": out, "seconds": 0.1}, queries, out, k, groups)

    def ask(self, question: str, approach: str = "rag", groups: Any = None) -> Any:
        quotes = [Citation(i, "a.md", None, 0, 5, "80 kg", kept) for i, kept in enumerate((True, False, None), 1)]
        answer = Answer("80 kg. [1]", False, "rag", "m", tuple(quotes), (), Seconds(total=1.5))
        return self._give("ask", answer, question, approach, groups)

    def tune(self, target: str = "tuned", examples: Any = None, progress: Any = None) -> Any:
        dropped = [{"id": str(i), "why": "duplicate"} for i in range(7)]
        result = {
            "adapter": "/p/adapters/1",
            "examples": {"used": 9, "dropped": dropped},
            "loss": {"train": [[1, 2.0], [9, 0.5]], "validation": None},
            "forgetting": {"verdict": "little"},
            "seconds": 30.0,
            "tokens_per_second": 1200.0,
            "estimate": float("nan"),
        }
        return self._give("tune", result, target, examples)

    def estimate(self, target: str = "tuned", examples: Any = None, progress: Any = None) -> Any:
        result = {
            "to_make": ["tuned"],
            "seconds": 184.0,
            "memory_bytes": 2.9e9,
            "steps": 75,
            "tokens": 62766,
            "cost": 0.1,
        }
        return self._give("estimate", result, target, examples)

    def trial(
        self, cases: Any = None, approaches: Any = None, examples: Any = None, progress: Any = None, groups: Any = None,
        wishes: Any = None,
    ) -> Any:  # fmt: skip
        type(self).wishes = wishes
        return self._give("trial", REPORT, cases, approaches, examples, *filter(None, [groups]))

    def advise(self, answers: Any = None) -> Any:
        from tunebook.advise import DataFacts, advise, parse_answers

        self.calls.append(("advise", answers))
        return advise(parse_answers(answers or {}), DataFacts(documents=3), trial=None)

    def forget(self, document: str) -> Any:
        return self._give("forget", {"document": document, "removed": ["library: 3 passages"], "stale": []}, document)

    def check_cases(self, file: Any = None) -> Any:
        lost = {"case": "k-1", "document": "a.pdf", "page": 2, "why": "it has 1 page"}
        found = {"cases": 5, "unknown_fields": {"note": [3]}, "contradictions": [], "astray": [lost], "synced": True}
        return self._give("check_cases", found, file)

    def case_warnings(self, file: Any = None) -> list[str]:
        return ["cases.jsonl, row 3: unknown field 'note'"]

    def import_cases(self, file: Path, kind: str, progress: Any) -> Any:
        found = {"file": "cases.jsonl", "added": 1, "there": 0, "left_out": [], "contexts": {"given": 0, "found": 0}}
        return self._give("import_cases", found, file, kind)

    def check_examples(self, file: Any = None) -> Any:
        finding = {"row": 3, "id": "e3", "kind": "duplicate", "why": "as row 1", "fatal": True}
        kinds = {"duplicate": {"rows": 1, "left_out": 1, "means": "an earlier row", "hint": "delete it"}}
        found = {"rows": 5, "kinds": kinds, "documents": {"declared": 2, "looked_up": 0, "found": 0}}
        return self._give("check_examples", {"used": 4, "findings": [finding], **found}, file)

    def show_example(self, row: str, file: Any = None) -> Any:
        tokens = [{"id": 1, "text": "<user>", "learnt": False}, {"id": 2, "text": "a\n", "learnt": False}]
        tokens += [{"id": 3, "text": "yes", "learnt": True}, {"id": 0, "text": "<end>", "learnt": True}]
        told = {"row": 3, "id": "e3", "tokens": tokens, "masked": 2, "learnt": 2, "end": "<end>", "cut": 0}
        return self._give("show_example", told | {"max_row_tokens": 9, "findings": []}, row, file)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakeProject]:
    """`tunebook.project` replaced by a module that works in no time."""
    FakeProject.calls, FakeProject.results = [], {}
    module = ModuleType("tunebook.project")
    module.Project = FakeProject  # type: ignore[attr-defined]
    module.init = lambda folder: {"written": [str(folder / "tunebook.toml")]}  # type: ignore[attr-defined]

    def demo(*given: Any) -> Any:
        FakeProject.calls.append(("demo", *given[:3]))
        return REPORT

    module.demo = demo  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tunebook.project", module)
    monkeypatch.setenv("TRANSFORMERS_VERBOSITY", "error")  # the command line sets it; put back after the test
    return FakeProject


@pytest.fixture
def cli(fake: type[FakeProject], capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs one command line in this process, over the fake project."""

    def call(*args: object) -> Ran:
        status = run([str(arg) for arg in args])
        captured = capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    return call


@pytest.fixture
def real(tmp_path: Path) -> Callable[..., Ran]:
    """Runs one command line in a process of its own, standing in an empty folder; without models, unless asked."""

    def call(*args: object, code: str | None = None, models: bool = False) -> Ran:
        here = {"PYTHONPATH": str(SOURCE)} | ({} if models else {"TUNEBOOK_CACHE": str(tmp_path / "cache")})
        command = [sys.executable, *(["-c", code] if code else ["-m", "tunebook.cli.main"]), *map(str, args)]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=os.environ | here,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return call
