"""Removes documents from everything that tunebook keeps, and says what was removed where and what is stale now.

    forget(parts, "documents/heron.md")     →  {"removed": {"passages": 9, …}, "left": {"rows": 0, "files": []}, …}

The receipt is looked up, not assumed: after the removal the tables are asked again, and the files of the state folder are
searched for lines of what was removed.  What the team owns (cases, examples, the file itself) is listed, not touched.
A removal that was killed is finished by the next sync or `forget`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from tunebook.approaches import EMPTY
from tunebook.documents import holds_rows
from tunebook.errors import BadInput, LibraryFailed
from tunebook.library import Store
from tunebook.models.disk import read_json
from tunebook.project.casebook import Casebook
from tunebook.project.folder import Folder, write_json
from tunebook.project.parts import Parts
from tunebook.rows import read_cases, read_examples
from tunebook.values import document_id

MARKER = "erasing.json"  # in the state folder while a removal goes on
CACHES = (
    "answers/**/*",
    "trials/*/report.*",
    "fresh/**/*",  # a copy of the library that a killed trial left
    "traces/**/*",
    "serve/kept.sqlite*",
    "example-vectors.npz",
)  # may quote any document, so all of them go
NOT_SEARCHED = ("library/", "lock")  # the library's files are replaced as a whole
WEIGHTS = (".safetensors", ".pt", ".gguf")
LINE_CHARS = 24  # a shorter line may stand in other documents as well
MAX_LINES = 500


def forget(parts: Parts, document: str, with_file: bool = False) -> dict[str, Any]:
    """The receipt; `with_file` removes the file too, where it holds this document alone.

    Raises BadInput for a document that nothing here knows.
    """
    if not parts.synced:
        raise BadInput(*EMPTY)
    entries = parts.library.store.entries()
    document = document if document in entries else document_id(document)
    entry = entries.get(document)
    known = any(store.remaining([document]) for store in parts.builds.stores())
    if not known and not parts.adapters.made_from(document):
        raise BadInput(f"{document}: no such document in the library", "tunebook search shows the ids of documents")
    path = parts.folder.file(entry.file) if entry else None
    alone = path is not None and path.is_file() and not holds_rows(path)
    with parts.builds.writing():
        receipt = erase(parts, [document])
        if with_file and alone and path is not None:
            path.unlink()
    receipt["removed"]["file"] = with_file and alone
    remains = (
        [f"the file itself: the next sync reads it again unless it is removed there: {entry.file}"] if entry else []
    )
    return {"document": document, **receipt, "remains": remains if path and path.is_file() else []}


def unfinished(parts: Parts) -> list[str]:
    """Documents whose removal was killed."""
    found: list[str] = (read_json(parts.folder.state / MARKER) or {}).get("documents", [])
    return found


def erase(parts: Parts, documents: Sequence[str]) -> dict[str, Any]:
    """Removes documents from every generation and cache; what was removed, what is stale, and what was found to be left.

    The caller holds the lock.  Raises LibraryFailed where something of them is still in a table, an index or a cache.
    """
    state = parts.folder.state
    names = sorted({*documents, *unfinished(parts)})
    write_json(state / MARKER, {"documents": names})
    stores = parts.builds.stores()
    lines = _lines(stores, names)
    passages = sum([store.delete(names) for store in stores])
    for store in stores:
        store.erase()
    cached = _drop(state)
    thumbs = sum(Casebook(parts.folder).forget(document) for document in names)
    adapters = {name for document in names for name in parts.adapters.made_from(document)}
    for name in adapters:
        learnt = (parts.adapters.manifest(parts.adapters.root / name) or {}).get("documents", [])
        parts.adapters.mark_stale(name, f"deleted since: {', '.join(sorted(set(names) & set(learnt)))}")
    left = {"rows": sum(store.remaining(names) for store in stores), "files": _quoting(state, lines)}
    if left["rows"]:
        raise LibraryFailed(f"{left['rows']} rows of deleted documents are still there", "end other writers; run again")
    (state / MARKER).unlink()
    removed: dict[str, Any] = {"documents": len(names), "passages": passages, "vectors": passages}
    removed |= {"cached_files": cached, "thumbs": thumbs}
    return {
        "removed": removed,
        "left": left,
        "stale": {"adapters": sorted(adapters), **naming(parts.folder, set(names))},
    }


def naming(folder: Folder, documents: set[str]) -> dict[str, list[str]]:
    """Ids of the team's own rows that name one of the documents; what is wrong with a file that cannot be read as rows."""

    def examples() -> list[str]:
        rows = read_examples(folder.examples, any_turns=True) if folder.has_examples else []
        return [example.id for example in rows if documents & set(example.sources)]

    def cases() -> list[str]:
        rows = read_cases(folder.cases) if folder.has_cases else []
        return [case.id for case in rows if documents & {source.document for source in case.sources}]

    return {"examples": _or_why(examples), "cases": _or_why(cases)}


def _or_why(ids: Callable[[], list[str]]) -> list[str]:
    try:
        return ids()
    except BadInput as error:
        return [error.message]


def _drop(state: Path) -> int:
    """How many cached files went."""
    found = {path for pattern in CACHES for path in state.glob(pattern) if path.is_file()}
    for path in found:
        path.unlink(missing_ok=True)  # a trace's time may end just now
    return len(found)


def _lines(stores: Iterable[Store], documents: Sequence[str]) -> list[str]:
    """Long lines of the documents' texts, evenly spread, by which their traces are recognised."""
    found: set[str] = set()
    for store in stores:
        for document in documents[:MAX_LINES]:
            held = store.document(document)
            found |= {line.strip() for line in held.text.splitlines()} if held else set()
    lines = sorted(line for line in found if len(line) >= LINE_CHARS)
    return lines[:: len(lines) // MAX_LINES + 1]


def _quoting(state: Path, lines: Sequence[str]) -> list[str]:
    """Files of the state folder, the library's own apart, in which one of the lines stands, plain or as JSON."""
    needles = {form.encode("utf-8", "surrogatepass") for line in lines for form in (line, json.dumps(line)[1:-1])}
    needles |= {json.dumps(line, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass") for line in lines}
    found = []
    for path in sorted(state.rglob("*")):
        name = path.relative_to(state).as_posix()
        if path.is_file() and not name.startswith(NOT_SEARCHED) and path.suffix not in WEIGHTS:
            held = path.read_bytes()
            if any(needle in held for needle in needles):
                found.append(name)
    return found
