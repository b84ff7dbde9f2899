"""Removes a document from everything that tunebook keeps, and says what was removed where and what is stale now.

What the team owns (cases, examples, the file itself) is listed, not touched.
"""

from __future__ import annotations

from typing import Any

from tunebook.errors import BadInput
from tunebook.project.casebook import Casebook
from tunebook.project.parts import Parts
from tunebook.rows import read_cases, read_examples


def forget(parts: Parts, document: str, with_file: bool = False) -> dict[str, Any]:
    """The receipt; `with_file` removes the file too, where it holds this document alone.

    Raises BadInput for a document that nothing here knows.
    """
    folder = parts.folder
    if not (folder.state / "library" / "about.json").is_file():
        raise BadInput("the library is empty", "put documents into documents/ and run: tunebook sync")
    store = parts.library.store
    adapters = parts.adapters.made_from(document)
    entry = store.entries().get(document)
    if entry is None and not adapters:
        raise BadInput(f"{document}: no such document in the library", "tunebook search shows the ids of documents")
    examples = read_examples(folder.examples) if folder.has_examples else []
    cases = read_cases(folder.cases) if folder.has_cases else []
    with folder.lock():
        passages = store.delete([document])
        store.erase()
        caches = _drop(folder.state / "answers", "*.jsonl") + _drop(folder.state / "trials", "*/report.*")
        thumbs = Casebook(folder).forget(document)
        for name in adapters:
            parts.adapters.mark_stale(name, f"{document} was forgotten")
        path = folder.root / entry.file if entry else None
        alone = path is not None and path.is_file() and path.suffix != ".jsonl"
        if with_file and alone and path is not None:
            path.unlink()
    return {
        "document": document,
        "removed": {
            "passages": passages,
            "vectors": passages,
            "cached_files": caches,
            "thumbs": thumbs,
            "file": with_file and alone,
        },
        "stale": {
            "adapters": adapters,
            "examples": [example.id for example in examples if document in example.sources],
            "cases": [case.id for case in cases if any(source.document == document for source in case.sources)],
        },
        "remains": [f"the file itself: a later sync reads it again unless it is removed there: {entry.file}"]
        if entry and (folder.root / entry.file).is_file()
        else [],
    }


def _drop(folder: Any, pattern: str) -> int:
    """Cached answers quote passages of any document, so all of them go."""
    found = list(folder.glob(pattern))
    for path in found:
        path.unlink()
    return len(found)
