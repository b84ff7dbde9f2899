"""A project and the verbs that a user has.

    project = Project.open("examples/larkmoor")
    project.sync()                                          documents → library
    project.ask("How much does the Wren carry?").text       library → answer with citations
    project.tune("hybrid")                                  examples → adapter
    project.trial()["verdict"]["sentence"]                  approaches × cases → verdict and report

The command line and any server see this class alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from tunebook.approaches import APPROACHES, EMPTY, Question, Unavailable
from tunebook.documents.picture import Picture
from tunebook.errors import BadInput, need_utf8
from tunebook.library import Library, Listed
from tunebook.models import Sampling
from tunebook.progress import Progress, silent
from tunebook.project import shelf, uploads
from tunebook.project.casebook import Casebook, NoRow
from tunebook.project.environment import strange_variables
from tunebook.project.folder import Folder
from tunebook.project.parts import Parts
from tunebook.project.reports import NoReport, Reports
from tunebook.project.shelf import NoDocument
from tunebook.project.source import Span, draw, read_source
from tunebook.project.states import Wanted, states
from tunebook.project.traces import NoTrace
from tunebook.project.tuned import AdapterRefused, NoAdapter
from tunebook.project.uploads import Exists, Refused
from tunebook.project.wishes import Wishes
from tunebook.project.workbench import Workbench
from tunebook.settings import Settings, load_settings
from tunebook.tuning.adapters import Adapters
from tunebook.values import Answer, Case, Document, Example, Hit, Passage

__all__ = [
    "AdapterRefused",
    "Exists",
    "Listed",
    "NoAdapter",
    "NoDocument",
    "NoReport",
    "NoRow",
    "NoTrace",
    "Project",
    "Question",
    "Refused",
    "Sampling",
    "Span",
    "Unavailable",
    "Wanted",
    "Wishes",
    "demo",
    "init",
]


class Project:
    """A project folder with its settings; opening it reads the settings and nothing else."""

    def __init__(self, parts: Parts, overrides: Sequence[str] = ()) -> None:
        self._parts = parts
        self.overrides = tuple(overrides)  # what was set for this run, as key=value

    @classmethod
    def open(
        cls, folder: Path | str | None = None, state: Path | str | None = None, overrides: Sequence[str] = ()
    ) -> Project:
        """`folder` None: where you stand, or the nearest parent with a tunebook.toml.

        Raises BadInput for a folder that is not there, BadSettings for settings that are wrong.
        """
        found = Folder.find(Path(folder) if folder is not None else None, Path(state) if state is not None else None)
        return cls(Parts(found, load_settings(found.settings, overrides)), overrides)

    @property
    def root(self) -> Path:
        """The folder with the team's own files."""
        return self._parts.folder.root

    @property
    def state(self) -> Path:
        """The folder that tunebook writes to."""
        return self._parts.folder.state

    @property
    def settings(self) -> Settings:
        return self._parts.settings

    @property
    def warnings(self) -> list[str]:
        """What of the environment looks like a setting and is none, a line each."""
        return strange_variables(self._parts.settings)

    @property
    def adapters(self) -> Adapters:
        """What was tuned: listed, promoted, rolled back."""
        return self._parts.adapters

    @property
    def casebook(self) -> Casebook:
        """Cases, examples and thumbs, row by row."""
        return Casebook(self._parts.folder)

    @property
    def workbench(self) -> Workbench:
        """Examples beside what the desk found, and the run that goes on."""
        return Workbench(self._parts)

    @property
    def reports(self) -> Reports:
        """The trials that were run."""
        return Reports(self.state / "trials")

    def take(self, name: str, stream: BinaryIO, replace: bool = False) -> Path:
        """Puts a file that somebody sent into documents/, for the next sync.  Raises Refused or Exists."""
        return uploads.take(self._parts.folder, name, stream, replace)

    def sync(self, paths: Sequence[Path] = (), progress: Progress = silent) -> dict[str, Any]:
        """Makes the library mirror the documents; the contract's JSON."""
        from tunebook.project.sync import sync

        return sync(self._parts, paths, progress)

    def watch(self, paths: Sequence[Path] = (), progress: Progress = silent) -> Iterator[dict[str, Any]]:
        """Syncs now and after every change of the documents; yields what each sync did, and never ends by itself."""
        from tunebook.project.watch import watch

        return watch(self._parts, paths, progress)

    def search(
        self, query: str, k: int | None = None, groups: tuple[str, ...] | None = None, where: Sequence[str] = ()
    ) -> list[Hit]:
        """The k best passages; `groups=None` sees everything; `where`: conditions such as "year>=2024", all of them."""
        from tunebook.project.searching import search

        self._need_text(query, "query")
        return search(self._library(), query, k or self._parts.settings.search.k, groups, where)

    def search_run(
        self,
        queries: Path,
        out: Path,
        k: int = 100,
        groups: tuple[str, ...] | None = None,
        progress: Progress = silent,
    ) -> dict[str, Any]:
        """Searches every row of a query file and writes a TREC run of documents: `qid Q0 docid rank score tag`."""
        from tunebook.project.searching import search_run

        return search_run(self._library, queries, out, k, groups, progress)

    def ask(self, question: str, approach: str = "rag", groups: tuple[str, ...] | None = None) -> Answer:
        """One question to one approach.  Raises Unavailable where the project lacks what the approach needs."""
        self._need_text(question, "question")
        asked = Question(({"role": "user", "content": question},), groups)
        ((_, answer),) = self.answers([asked], approach)
        return answer

    def answers(self, questions: Sequence[Question], approach: str = "rag") -> Iterator[tuple[int, Answer]]:
        """Several questions in one batch; yields (index of the question, its answer) as they finish."""
        from tunebook.project.asking import answers

        return answers(self._parts, questions, approach)

    @property
    def approach_names(self) -> tuple[str, ...]:
        return tuple(APPROACHES)

    def explain(self, question: str, approach: str = "rag", groups: tuple[str, ...] | None = None) -> dict[str, Any]:
        """The same as `ask`, with all that lies behind the answer (docs/json.md)."""
        from tunebook.project.traces import trace_of

        answer = self.ask(question, approach, groups)
        return trace_of(Question(({"role": "user", "content": question},), groups), answer)

    def traces(self) -> list[dict[str, Any]]:
        """The traces that are kept, the latest first: id, created, question."""
        from tunebook.project.traces import brief, kept

        return [brief(trace) for trace in kept(self.state, self._parts.settings.traces)]

    def trace(self, id: str) -> dict[str, Any]:
        """One kept trace, with the cited documents that have `changed` since.  Raises NoTrace."""
        from tunebook.project.traces import changed, load

        trace = load(self.state, id, self._parts.settings.traces)
        cited = bool(trace["citations"])
        return trace | {"changed": changed(trace, self._library()) if cited else []}

    def approaches(self, groups: tuple[str, ...] | None = None) -> dict[str, str | None]:
        """Name of each approach → None where it can answer a reader in these groups, else why not."""
        from tunebook.project.asking import availability

        return availability(self._parts, groups)

    def embed(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], int]:
        """Unit vectors of the project's embedder, float32 (len(texts), dim), as of passages; and how many tokens they have."""
        embedder = self._parts.embedder
        return embedder.embed(texts), sum(embedder.count_tokens(texts))

    def load(self, step_tokens: int | None = None) -> None:
        """Loads the models now rather than with the first question.  Raises BadModel.

        `step_tokens`: of the prompts, read by the fast path in one step, while no other thread of this process runs.
        """
        self._parts.load_search()
        self._parts.step_tokens = step_tokens
        if warm := getattr(self._parts.model, "warm", None):
            warm()

    def documents(self, groups: tuple[str, ...] | None = None) -> list[Listed]:
        """Every document that a reader in these groups may read, by id."""
        return shelf.documents(self._parts, groups)

    def document(self, id: str, groups: tuple[str, ...] | None = None) -> Document:
        """A document as it was read.  Raises NoDocument also where the reader may not read it."""
        return shelf.document(self._parts, id, groups)

    def passages(self, id: str, groups: tuple[str, ...] | None = None) -> list[Passage]:
        """How a document was split, in order.  Raises NoDocument."""
        return shelf.passages(self._parts, id, groups)

    def source_file(self, id: str, groups: tuple[str, ...] | None = None) -> Path:
        """The file that a document was read from.  Raises NoDocument."""
        return shelf.source_file(self._parts, id, groups)

    def source(self, id: str, groups: tuple[str, ...] | None = None) -> dict[str, Any]:
        """A document's text with its pages and passages, for who reads it.  Raises NoDocument."""
        return read_source(self._parts, id, groups)

    def picture(
        self, id: str, span: Span, page: int | None = None, groups: tuple[str, ...] | None = None
    ) -> tuple[Picture, int]:
        """The page with the span marked, or the page named; and its number.  Raises NoDocument, BadInput, ReadFailed."""
        return draw(self._parts, id, span, page, groups)

    def states(self, wanted: Wanted, groups: tuple[str, ...] | None = None) -> dict[str, Any]:
        """Documents with their state, and files that became none with the reason."""
        return states(self._parts, wanted, groups)

    def last_sync(self) -> dict[str, Any] | None:
        """What the last sync did and could not read; None before the first."""
        return shelf.last_sync(self._parts)

    def tune(self, target: str = "tuned", examples: Path | None = None, progress: Progress = silent) -> dict[str, Any]:
        """Trains an adapter, or finds it where nothing has changed; the contract's JSON."""
        from tunebook.project import tune as tuning

        rows, cases = self._to_tune_on(target, examples)
        made = tuning.tune(self._parts, target, tuning.desk(self._parts, rows, cases), progress)
        told = {key: made.manifest.get(key) for key in tuning.TOLD}
        return {"adapter": str(made.folder), "target": target, "reused": made.reused, **told}

    def estimate(
        self, target: str = "tuned", examples: Path | None = None, progress: Progress = silent
    ) -> dict[str, Any]:
        """What `tune` would take here, from a few timed steps: {to_make, seconds, memory_bytes, steps, tokens, cost}."""
        from tunebook.project import tune as tuning

        rows, cases = self._to_tune_on(target, examples)
        return tuning.foresee(self._parts, target, tuning.desk(self._parts, rows, cases), progress)

    def sweep(self, seconds: float, examples: Path | None = None, progress: Progress = silent) -> dict[str, Any]:
        """Tries learning rates and epochs for `tuned`: {settings, tried, held_out, adapter, refused}."""
        from tunebook.project import tune as tuning
        from tunebook.project.sweep import sweep

        rows, cases = self._to_tune_on("tuned", examples)
        return sweep(self._parts, tuning.desk(self._parts, rows, cases), seconds, progress)

    def export(
        self, folder: Path, target: str = "tuned", kind: str = "safetensors", progress: Progress = silent
    ) -> dict[str, Any]:
        """Writes an adapter's model for other programs and compares its answers; {folder, files, bytes, parity, …}."""
        from tunebook.project.export import export

        return export(self._parts, target, kind, folder, progress)

    def trial(
        self,
        cases: Path | None = None,
        approaches: Sequence[str] | None = None,
        examples: Path | None = None,
        progress: Progress = silent,
        groups: tuple[str, ...] | None = None,
        wishes: Wishes | None = None,
    ) -> dict[str, Any]:
        """Runs the approaches over the cases; report.json without its cases."""
        from tunebook.approaches import check_names
        from tunebook.project import trial as trying

        names = tuple(approaches or self._parts.settings.trial.approaches)
        check_names(names)
        asked, shown = trying.load(self._parts, cases, examples)
        told = replace(wishes or Wishes(), groups=groups)
        report = trying.trial(self._parts, asked, shown, names, told, progress)
        return {key: value for key, value in report.items() if key != "cases"}

    def advise(self, answers: Mapping[str, Any] | Any | None = None) -> Any:
        """An `Advice` from the questionnaire's answers, what the data says, and the last trial."""
        from tunebook.project.advice import advise

        return advise(self._parts, answers)

    def propose(self, count: int = 10, progress: Progress = silent) -> dict[str, Any]:
        """Lets the chat model write cases for passages; what passes a round trip waits in the casebook for review."""
        from tunebook.project.propose import propose

        return propose(self._parts, count, len(self.casebook.thumbs()), progress)

    def questions(self) -> list[dict[str, Any]]:
        """The advisor's questions: `key`, `text`, `choices` of `key` and `label`."""
        from tunebook.project.advice import questions

        return questions()

    def forget(self, document: str, with_file: bool = False) -> dict[str, Any]:
        """Removes a document everywhere, `with_file` also its file where that holds nothing else; the receipt."""
        from tunebook.project.forget import forget

        return forget(self._parts, document, with_file)

    def generations(self) -> list[dict[str, Any]]:
        """Every build of the library: number, current, embedder, passages, …"""
        return self._parts.builds.listing()

    def use_generation(self, number: int) -> dict[str, Any]:
        """Gives readers another finished build of the library; `next_…` is what a sync will go on with."""
        used = self._parts.builds.use(number)
        self._parts.stay_with(used.embedder)
        named = self.settings.embedder.known_as
        its = self._parts.builds.embedder_of(used)
        told = {"number": used.number, "embedder": its, "max_tokens": used.max_tokens, "language": used.language}
        settings = self.settings
        coming = {"next_max_tokens": settings.passages.max_tokens, "next_language": settings.library.language}
        return told | {"next_sync": named} | coming

    def tuned(self) -> list[dict[str, Any]]:
        """Every adapter, newest first: adapter, target, in_use, bytes, …"""
        from tunebook.project.tuned import listing

        return listing(self._parts)

    def use_adapter(self, name: str) -> dict[str, Any]:
        """Puts an adapter into use.  Raises NoAdapter or AdapterRefused."""
        from tunebook.project.tuned import use

        return use(self._parts, name)

    def remove_adapter(self, name: str) -> dict[str, Any]:
        """Deletes an adapter.  Raises NoAdapter, or BadInput for one that is needed."""
        from tunebook.project.tuned import remove

        return remove(self._parts, name)

    def check_examples(self, file: Path | None = None) -> dict[str, Any]:
        """What the examples desk finds: used, findings, rows, kinds, documents (docs/json.md)."""
        from tunebook.project.examples import check

        return check(self._parts, file)

    def check_cases(self, file: Path | None = None) -> dict[str, Any]:
        """What is questionable about the cases: unknown_fields, contradictions, astray, … (docs/json.md)."""
        from tunebook.project.cases import check

        return check(self._parts, file)

    def import_cases(self, file: Path, kind: str = "knowledge", progress: Progress = silent) -> dict[str, Any]:
        """Adds the cases of an evaluation set to those of the project: added, there, left_out, contexts (docs/json.md)."""
        from tunebook.project.imported import imported

        return imported(self._parts, file, kind, progress)

    def case_warnings(self, file: Path | None = None) -> list[str]:
        """A line for each field of the cases that nothing reads, and for each case that contradicts itself."""
        from tunebook.project.cases import contradictions, measurable, warnings
        from tunebook.rows import unknown_fields

        path = file or self._parts.folder.cases
        told = [f"{path.name}, case {one['case']}: {one['why']}" for one in contradictions(measurable(path))]
        return [*warnings(unknown_fields(path), path.name), *told]

    def show_example(self, row: str, file: Path | None = None) -> dict[str, Any]:
        """One example, by row or id, as the model sees it: its tokens, and which of them are learnt."""
        from tunebook.project.examples import show

        return show(self._parts, row, file)

    def _to_tune_on(self, target: str, examples: Path | None) -> tuple[list[Example], list[Case]]:
        from tunebook.project import tune as tuning

        tuning.known(target)
        if target == "hybrid":
            self._library()
        rows, cases = tuning.load(self._parts, examples)
        return tuning.drawn(self._parts, rows), cases

    def _library(self) -> Library:
        if not self._parts.synced:
            raise BadInput(*EMPTY)
        return self._parts.library

    @staticmethod
    def _need_text(text: str, what: str) -> None:
        if not text.strip():
            raise BadInput(f"the {what} is empty", "say what you want to know")
        need_utf8(text, what)


def init(folder: Path) -> dict[str, Any]:
    """Makes an empty project; files that are there stay as they are."""
    from tunebook.project.scaffold import init

    return init(folder)


def demo(
    folder: Path | None, state: Path | None, overrides: Sequence[str], progress: Progress = silent
) -> dict[str, Any]:
    """Makes the example project in a folder and runs its trial."""
    from tunebook.project.scaffold import copy_example

    target = folder or Path("larkmoor")
    copy_example(target)
    return Project.open(target, state, overrides).trial(progress=progress)
