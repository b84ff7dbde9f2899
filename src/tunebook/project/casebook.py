"""The cases and examples of a project, read and changed row by row, and the thumbs that may become cases.

    book.save_case({"id": "k-07", "prompt": "How heavy is it?", "answers": ["19 kg"]})       →  written, checked
    book.note({"question": "How heavy?", "answer": "20 kg", "thumb": "down", "reason": "it is 19 kg"})

The files stay the team's own: a row that is not touched keeps its line to the letter.  Thumbs are in the state folder,
because nobody has reviewed them; to accept one is to save a case.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tunebook import journal
from tunebook.errors import BadInput, BadRow
from tunebook.formats import file_rows, json_lines
from tunebook.project.folder import Folder, make
from tunebook.project.locks import waited
from tunebook.rows import CASE_FIELDS, CASE_HINT, EXAMPLE_HINT, read_cases, read_examples
from tunebook.tuning import sound


class NoRow(BadInput):
    """There is no row with that id."""


@dataclass(frozen=True, slots=True)
class Casebook:
    folder: Folder

    def cases(self) -> list[dict[str, Any]]:
        """Rows of cases.jsonl as they stand.  Raises BadRow for the first that is wrong."""
        if self.folder.has_cases:
            read_cases(self.folder.cases)
        return [row for _, row in _lines(self.folder.cases)]

    def examples(self) -> list[dict[str, Any]]:
        """Rows of examples.jsonl as they stand.  Raises BadRow for the first that is wrong."""
        if self.folder.has_examples:
            sound(read_examples(self.folder.examples, any_turns=True))
        rows = file_rows(self.folder.examples, "examples", EXAMPLE_HINT) if self.folder.has_examples else ()
        return [dict(row) for _, row in rows]

    def save_case(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Adds a case, or replaces the one with its id, whose fields that are none of a case's (notes of the team) stay.

        Raises BadRow, and nothing is written, where it is wrong.
        """
        kept = dict(row) | {"id": str(row.get("id") or f"c-{secrets.token_hex(4)}")}
        with self._editing():
            lines = _lines(self.folder.cases)
            same = [index for index, (_, old) in enumerate(lines) if str(old.get("id")) == kept["id"]]
            texts = [line for line, _ in lines]
            if same:
                old = lines[same[0]][1]
                kept |= {field: value for field, value in old.items() if field not in {*CASE_FIELDS[""], *kept}}
                texts[same[0]] = json.dumps(kept, ensure_ascii=False)
            else:
                texts.append(json.dumps(kept, ensure_ascii=False))
            _replace(self.folder.cases, texts, checked=True)
        return kept

    def add_cases(self, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Adds those whose question no case asks yet; which.  Raises BadRow, and nothing is written, where one is wrong."""
        with self._editing():
            self.cases()
            lines = _lines(self.folder.cases)
            asked = {_question(row) for _, row in lines}
            new = {question: row for row in reversed(rows) if (question := _question(row)) not in asked}
            added = [row for row in rows if new.get(_question(row)) is row]
            texts = [*(line for line, _ in lines), *(json.dumps(row, ensure_ascii=False) for row in added)]
            if added:
                _replace(self.folder.cases, texts, checked=True)
        return added

    def remove_case(self, id: str) -> None:
        """Raises NoRow."""
        with self._editing():
            lines = _lines(self.folder.cases)
            kept = [line for line, row in lines if str(row.get("id")) != id]
            if len(kept) == len(lines):
                raise NoRow(f"no case {id!r}", "the list of cases shows the ids")
            _replace(self.folder.cases, kept)

    def thumbs(self) -> list[dict[str, Any]]:
        """What people said of answers, newest first."""
        return list(journal.rows(self._thumbs))[::-1]

    def note(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Keeps a thumb; it is `new` until it is settled."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        row = {"id": f"t-{secrets.token_hex(6)}", "at": at, "state": "new"} | dict(said)
        with self._editing(), journal.adding(self._thumbs) as add:
            add(row)
        return row

    def settle(
        self, id: str, state: str, case: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Marks a thumb as `accepted` or `dismissed`; the thumb, and the case that an accepted one became.

        That is the case given, else the thumb's own.  Accepted once more, the thumb's case is written over.
        Raises NoRow, BadRow where the case is wrong, and BadInput where there is none; then nothing is written.
        """
        thumb = next((row for row in self.thumbs() if row["id"] == id), None)
        if thumb is None:
            raise NoRow(f"no thumb {id!r}", "the list of thumbs shows the ids")
        saved = None
        if state == "accepted":
            row = case or thumb.get("case")
            if not row:
                raise BadInput(f"thumb {id} holds no case", "say with `accepted` which case it became")
            saved = self.save_case(
                {"id": f"c-{id.removeprefix('t-')}"} | {k: v for k, v in row.items() if v is not None}
            )
        with self._editing():
            rows = [row | {"state": state} if row["id"] == id else row for row in journal.rows(self._thumbs)]
            self._keep(rows)
        return thumb | {"state": state}, saved

    def forget(self, document: str) -> int:
        """Drops the thumbs on answers that cite a document; how many."""
        with self._editing():
            rows = list(journal.rows(self._thumbs))
            kept = [row for row in rows if document not in _cited(row)]
            if len(kept) < len(rows):
                self._keep(kept)
        return len(rows) - len(kept)

    def rename(self, documents: Mapping[str, str]) -> None:
        """Thumbs name documents (old → new) by their new names, also in the cases that they could become."""
        with self._editing():
            rows = list(journal.rows(self._thumbs))
            if any(_cited(row) & documents.keys() for row in rows):
                self._keep([_renamed(row, documents) for row in rows])

    def _keep(self, thumbs: Sequence[Mapping[str, Any]]) -> None:
        _replace(self._thumbs, [json.dumps(row) for row in thumbs])

    @property
    def _thumbs(self) -> Path:
        return self.folder.state / "thumbs.jsonl"

    @contextmanager
    def _editing(self) -> Iterator[None]:
        """One at a time, over processes too."""
        make(self.folder.state)
        with waited(self.folder.state / "casebook.lock"):
            yield


def _question(row: Mapping[str, Any]) -> str:
    """What a row asks: its prompt, or its turns."""
    return json.dumps(row.get("messages") or [{"role": "user", "content": row.get("prompt")}])


def _cited(thumb: Mapping[str, Any]) -> set[str]:
    """Documents that a thumb names: those of the answer, and those of the case that it could become."""
    sources = (thumb.get("case") or {}).get("sources") or ()
    named = {str(source.get("document") if isinstance(source, dict) else source) for source in sources}
    return named | set(thumb.get("sources", ()))


def _renamed(thumb: Mapping[str, Any], documents: Mapping[str, str]) -> dict[str, Any]:
    def of(source: Any) -> Any:
        if isinstance(source, dict):
            return source | {"document": of(source.get("document"))}
        return documents.get(source, source) if isinstance(source, str) else source

    told = dict(thumb)
    if "sources" in told:
        told["sources"] = list(map(of, told["sources"]))
    if (told.get("case") or {}).get("sources"):
        told["case"] = told["case"] | {"sources": list(map(of, told["case"]["sources"]))}
    return told


def _lines(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """(line, row) of every line that holds something.  Raises BadRow for one that is no row."""
    text = path.read_bytes() if path.is_file() else b""
    if not text.strip():
        return []
    rows = [dict(row) for _, row in json_lines(path, "cases", CASE_HINT)]
    lines = [line.rstrip("\r") for line in text.decode("utf-8-sig").split("\n") if line.strip()]
    return list(zip(lines, rows, strict=True))


def _replace(path: Path, lines: Sequence[str], checked: bool = False) -> None:
    """Whole or not at all; `checked` reads it as cases first."""
    scratch = path.with_name(f".{path.name}.tmp")
    try:
        scratch.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        if checked:
            _check(scratch, path.name)
        os.replace(scratch, path)
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror}", "is the project folder read-only?") from error
    finally:
        scratch.unlink(missing_ok=True)


def _check(scratch: Path, name: str) -> None:
    """Raises BadRow for what is wrong in cases that are to stand in the file of that name."""
    try:
        read_cases(scratch)
    except BadRow as error:
        raise BadRow(error.message.replace(str(scratch), name), error.hint) from error
