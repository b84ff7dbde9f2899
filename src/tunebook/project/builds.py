"""The generations of a project's library: which one serves, which one a sync builds, and the way back.

    builds.current()          what readers are given
    builds.wanted()           what the settings ask for: the current one, one of before, or a new one
    builds.finish(wanted)     from now on readers are given that; the one before stays, so that there is a way back

A generation is bound to its embedder's weights and to how passages are cut, so neither change can mix two kinds of vectors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from tunebook.documents import READING
from tunebook.errors import BadInput
from tunebook.library import ENGLISH, Generation, Generations, Store, current, open_generations
from tunebook.models.encoding import encoding
from tunebook.models.weights import weight_files
from tunebook.project.folder import Folder
from tunebook.settings import Settings
from tunebook.values import content_hash

SEARCHED_TEXT = 3  # raised when what is embedded of a passage changes


class Builds:
    """Nothing is opened before it is asked for."""

    def __init__(self, folder: Folder, settings: Settings) -> None:
        self._folder = folder
        self._settings = settings
        self._stores: dict[tuple[int, str], Store] = {}

    @cached_property
    def generations(self) -> Generations:
        settings = self._settings.library
        return open_generations(settings.url or self._folder.state / "library", settings.namespace)

    def current(self) -> Generation | None:
        """What readers are given; None before the first sync."""
        return current(self.generations)

    def store(self, generation: Generation) -> Store:
        """Raises BadInput where the embedder under that name is another one now."""
        key = (generation.number, generation.created)
        if key not in self._stores:
            if generation.weights != self._weights_of(self.embedder_of(generation)):
                raise BadInput(
                    f"the embedder {generation.embedder!r} is not the one that the library was built with",
                    "put it back, or run: tunebook sync",
                )
            self._stores[key] = self.generations.store(generation)
        return self._stores[key]

    def embedder_of(self, generation: Generation) -> str:
        """What its embedder is called now: the settings' name where that has its weights (a moved folder), else its own."""
        name = self._settings.embedder.known_as
        known = name != generation.embedder and generation.embedded_by(name, self._weights_of(name))
        return name if known else generation.embedder

    def _weights_of(self, name: str) -> str:
        """Of an embedder at an endpoint the hash of what it is called there, for the server may move."""
        embedder = self._settings.embedder.other(name)
        at = embedder.endpoint
        return content_hash("endpoint", embedder.name) if at else weights_of(self._folder.model(name))

    def _prompt(self) -> str | None:
        """What the settings put before passages in place of the embedder's own prompt; None where that is the same."""
        embedder = self._settings.embedder
        in_folder = not embedder.endpoint and embedder.name != "starter"
        own = encoding(Path(self._folder.model(embedder.name))).passage_prompt if in_folder else ""
        return None if embedder.passage_prompt == own else embedder.passage_prompt

    def stores(self, but: Generation | None = None) -> list[Store]:
        """Of every generation, or of all but one: what is deleted is deleted in all of them."""
        return [
            self.generations.store(one) for one in self.generations.all() if but is None or one.number != but.number
        ]

    def wanted(self, dim: Callable[[], int]) -> Generation:
        """The generation that the settings ask for, made where there is none; `dim` is the embedder's, asked if needed."""
        embedder = self._settings.embedder
        name, prompts = embedder.known_as, {"prompt": self._prompt(), "query_prompt": embedder.query_prompt}
        language = self._settings.library.language
        how = self._settings.passages.model_dump() | {"searched_text": SEARCHED_TEXT, "reading": READING}
        how |= {"language": language} if language != ENGLISH else {}
        cut = json.dumps(how | {key: its for key, its in prompts.items() if its is not None}, sort_keys=True)
        new = Generation(0, name, self._weights_of(name), 0, cut, datetime.now(UTC).isoformat(timespec="microseconds"))
        there = self.generations.all()
        like = [one for one in there if one.like(new)]
        if like:
            found = next((one for one in like if one.current), like[-1])
            return self._recut(found, json.loads(cut) | {"reading": found.reading})  # a question's prompt is another
        known = next((one.dim for one in there if one.embeds_as(new)), None)
        made = replace(new, number=max((one.number for one in there), default=0) + 1, dim=known or dim())
        self.generations.add(made)
        if not any(one.current for one in there):  # nothing else could serve meanwhile
            self.generations.use(made.number)
        return made

    def reads_otherwise(self, generation: Generation) -> bool:
        """Whether its files were last read by readers that read some of them otherwise than today's."""
        return generation.reading != READING

    def _recut(self, generation: Generation, how: dict[str, Any]) -> Generation:
        cut = json.dumps(how, sort_keys=True)
        if cut != generation.cut:
            self.generations.recut(generation.number, cut)
        return replace(generation, cut=cut)

    def finish(self, built: Generation) -> None:
        """Puts a whole generation to use, whose files are all read by now; of the others the last that served stays."""
        self._recut(built, json.loads(built.cut) | {"reading": READING})
        others = [one for one in self.generations.all() if one.number != built.number]
        served = sorted((one for one in others if one.served), key=lambda one: (one.current, one.number))
        if not built.current:
            self.generations.use(built.number)
        for one in others:
            if one not in served[-1:]:
                self.generations.drop(one.number)

    def use(self, number: int) -> Generation:
        """Goes back, or forth again.  Raises BadInput for a generation that is not there or was never whole."""
        there = {one.number: one for one in self.generations.all()}
        if number not in there or not there[number].served:
            known = ", ".join(str(one.number) for one in there.values() if one.served) or "none yet"
            raise BadInput(f"there is no finished generation {number}", f"finished are: {known}")
        with self.writing():
            self.generations.use(number)
        return there[number]

    def listing(self) -> list[dict[str, Any]]:
        """Every generation with its number of passages."""
        return [
            {
                "number": one.number,
                "current": one.current,
                "finished": one.served,
                "embedder": one.embedder,
                "max_tokens": one.max_tokens,
                "language": one.language,
                "passages": self.generations.store(one).count(),
                "created": one.created,
            }
            for one in self.generations.all()
        ]

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One writer at a time, on this machine and at the server; raises LibraryFailed, "locked by …"."""
        with self._folder.lock(), self.generations.lock():
            yield


def weights_of(name: str) -> str:
    """Hash of the weights in an embedder's folder, and of what else its vectors are made by; a starter model is known by its
    name."""
    digest = hashlib.sha256()
    folder = Path(name)
    paths = weight_files(folder) if name != "starter" else []
    for path in paths:
        state = path.stat()
        digest.update(_hash_of(path, state.st_size, state.st_mtime_ns))
    if paths:
        digest.update(encoding(folder).changes_vectors.encode())
    return digest.hexdigest()[:32] if paths else ""


@lru_cache(maxsize=64)
def _hash_of(path: Path, size: int, mtime_ns: int) -> bytes:
    """Of a file's content; read once for each state of it: a search asks whose weights these are."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
