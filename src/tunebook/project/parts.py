"""The parts of a project, each made when it is first needed and kept: embedder, library, examples, kit; the chat model's are in
chat_parts.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunebook.approaches import EMPTY, Kit
from tunebook.documents import split
from tunebook.errors import BadInput, BadModel, EndpointFailed
from tunebook.library import ENGLISH, Crossed, Embed, Generation, Late, Library, ReaderView, Split, Store
from tunebook.models import Embedder, Reranker
from tunebook.models.embedder import LocalEmbedder
from tunebook.models.encoding import encoding
from tunebook.models.endpoint_embedder import EndpointEmbedder
from tunebook.project import rereading
from tunebook.project.ahead import left
from tunebook.project.builds import Builds, weights_of
from tunebook.project.chat_parts import ChatParts
from tunebook.project.folder import Folder
from tunebook.project.neighbours import Neighbours
from tunebook.project.vectors import kept_vectors
from tunebook.rows import read_examples
from tunebook.settings import EmbedderSettings, Settings
from tunebook.tuning import sound
from tunebook.tuning.adapters import Adapters
from tunebook.values import Document, Passage, content_hash, may_read

RETRIEVER = "retriever"  # the target of tuning whose adapter stands for the embedder

Prompts = tuple[str | None, str | None]  # before a question and before a passage; None: the embedder's own
NO_PROMPTS: Prompts = (None, None)


class Parts(ChatParts):
    """Nothing here is loaded before it is asked for."""

    def __init__(self, folder: Folder, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings
        self.given_embedder = settings.embedder.known_as
        self.adapters = Adapters(folder.state / "adapters")
        self.reader: tuple[str, ...] | None = None  # the groups of who is answered; None: of one who reads everything
        self._readings: dict[str, Late] = {}  # by the embedder's name
        self._embedders: dict[tuple[str, Prompts], Embedder] = {}  # of generations that the settings no longer name
        self._examples: tuple[tuple[int, int], Neighbours] | None = None  # (size and time of the file, what it holds)
        self.follow()

    def follow(self) -> None:
        """Puts into the settings the embedder that stands for theirs: what was tuned from it and is in use, or itself."""
        tuned = self.adapters.current(RETRIEVER)
        fits = tuned and (self.adapters.manifest(tuned) or {}).get("base") == self.given_embedder
        name, before = str(tuned) if fits else self.given_embedder, self.settings.embedder.known_as
        if name != before:
            prompts = self.settings.embedder.prompts
            if loaded := vars(self).pop("embedder", None):
                self._embedders[before, prompts] = loaded  # readers need it until the next sync is through
            if (name, prompts) in self._embedders:
                self.embedder = self._embedders.pop((name, prompts))
            vars(self).pop("builds", None)
            embedder = self.settings.embedder.model_copy(update={"name": name})
            self.settings = self.settings.model_copy(update={"embedder": embedder})

    def stay_with(self, embedder: str) -> None:
        """The next sync goes on with this one, where it is the settings' own or was tuned from it."""
        made = self.adapters.root / Path(embedder).name  # wherever the project lay when it was tuned
        if embedder == self.given_embedder:
            self.adapters.drop(RETRIEVER)
        elif self.adapters.manifest(made):
            self.adapters.promote(RETRIEVER, made)
        self.follow()

    @cached_property
    def embedder(self) -> Embedder:
        whole = self.keeper("embedder")
        return whole.embedder if whole else self.loaded(self.settings.embedder)

    def loaded(self, embedder: EmbedderSettings) -> Embedder:
        """In process, or what speaks to its server."""
        if embedder.endpoint:
            return EndpointEmbedder(embedder, self._reader, left)
        return LocalEmbedder.load(
            self.folder.model(embedder.name),
            embedder.batch_tokens,
            self.settings.model.device,
            prompts=embedder.prompts,
        )

    def _reader(self) -> Embedder:
        """What reads passages again, word by word, for an embedder at an endpoint.  Raises BadModel without the starter."""
        try:
            return self.embedder_of("starter")
        except BadModel as error:
            told = f"passages are read again by the starter embedder: {error.message}"
            raise BadModel(told, f"{error.hint}; or set search.rerank = 0, or reranker.endpoint") from error

    @cached_property
    def cross_encoder(self) -> Reranker:
        """What reads passages again where the settings name another than the starter."""
        whole = self.keeper("reranker")
        return whole.cross_encoder if whole else rereading.cross_encoder(self.folder, self.settings)

    @cached_property
    def reranked_with(self) -> str:
        """Changes with the cross-encoder and its weight; "" without one."""
        return rereading.known_by(self.folder, self.settings)

    @cached_property
    def builds(self) -> Builds:
        return Builds(self.folder, self.settings)

    @property
    def library(self) -> Library:
        """What readers are given now.  Raises BadInput before the first sync."""
        generation = self.builds.current()
        if generation is None:
            raise BadInput(*EMPTY)
        library = self.library_of(generation)
        return library if self.reader is None else replace(library, store=ReaderView(library.store, self.reader))

    def library_of(self, generation: Generation) -> Library:
        """A generation of the library, with the embedder that it was made with, whatever the settings name now."""
        store = self.builds.store(generation)
        name = self.builds.embedder_of(generation)
        embed, ask, cut = self._embedding(name, generation)
        reranker, how = self._reranker(name, generation.prompts), rereading.ranking(self.settings)
        return Library(store, embed, cut, reranker, how, ask, self._before(generation))

    def _before(self, generation: Generation) -> Store | None:
        """What readers are given while this one is built, where its vectors serve here too."""
        if generation.current:
            return None
        current = self.builds.current()
        other = current if current and current.number != generation.number else None
        return self.builds.store(other) if other and other.embeds_as(generation) else None

    def _reranker(self, name: str, prompts: Prompts) -> Late | Crossed:
        """The cross-encoder of the settings, loaded with the first passage; or late interaction, kept with its token vectors."""
        if not self.settings.reranker.is_starter:
            return Crossed(lambda queries, texts: self.cross_encoder.scores(queries, texts))
        if name not in self._readings:
            self._readings[name] = Late(lambda texts: self.embedder_of(name, prompts).tokens(texts))
        return self._readings[name]

    def _embedding(self, name: str, generation: Generation) -> tuple[Embed, Embed, Split]:
        """For passages and for questions.  The embedder of that name is loaded with the first text."""
        dim, prompts = generation.dim, generation.prompts

        def made(how: Callable[[Embedder], NDArray[np.float32]]) -> NDArray[np.float32]:
            try:
                vectors = how(self.embedder_of(name, prompts))
            except EndpointFailed as failed:
                if name == self.settings.embedder.known_as:
                    raise
                hint = f"the library was made with {name}, and the settings name another embedder: run: tunebook sync"
                raise EndpointFailed(failed.message, hint) from failed
            if len(vectors) and vectors.shape[1] != dim:
                told = (
                    f"the embedder {name} makes vectors of {vectors.shape[1]} numbers; the library was built with {dim}"
                )
                raise BadInput(told, "give it the name of what it is now in embedder.name, and run: tunebook sync")
            return vectors

        def embed(texts: Sequence[str]) -> NDArray[np.float32]:
            return made(lambda embedder: embedder.embed(texts))

        def ask(texts: Sequence[str]) -> NDArray[np.float32]:
            return made(lambda embedder: embedder.embed_queries(texts))

        def cut(document: Document) -> list[Passage]:
            return split(document, self.embedder_of(name, prompts).count_tokens, self.settings.passages.max_tokens)

        return embed, ask, cut

    def embedder_of(self, name: str, prompts: Prompts = NO_PROMPTS) -> Embedder:
        """The embedder under that name, which is not always the one that the settings name; that one has their prompts."""
        if name == self.settings.embedder.known_as:
            return self.embedder
        key = (name, prompts)
        if key not in self._embedders:
            self._embedders[key] = self.loaded(self.settings.embedder.other(name, prompts))
        return self._embedders[key]

    def load_search(self) -> None:
        """Loads what searches, as far as it is in process; no server is asked.  Raises BadModel."""
        settings, embedder = self.settings, self.embedder
        if not settings.embedder.endpoint:
            embedder.embed(["ready"])
        elif settings.search.rerank and settings.reranker.is_starter:
            embedder.tokens(["ready"])  # what reads passages again is in process
        if self.reranked_with:
            reranker = self.cross_encoder
            if not settings.reranker.endpoint:
                reranker.scores(["ready"], [["ready"]])

    @property
    def searched_with(self) -> str:
        """The embedder behind the library that is searched, until the next sync not always the one of the settings; and what
        reads passages again in place of late interaction."""
        generation, embedder = self.builds.current(), self.settings.embedder
        name = generation.embedder if generation else embedder.known_as
        words = [generation.language] if generation and generation.language != ENGLISH else []
        prompts = (repr(prompt) for prompt in embedder.prompts if prompt is not None)
        return " ".join([name, *words, *prompts, *filter(None, [self.reranked_with])])

    @property
    def synced(self) -> bool:
        """Whether there is a library, be it empty."""
        return self.builds.current() is not None

    @property
    def has_library(self) -> bool:
        return self.synced and self.library.store.count() > 0

    def kit(self, nearest: Neighbours | None = None, adapters: dict[str, Path] | None = None) -> Kit:
        """All that the approaches may use; what the project lacks is None."""
        found = adapters if adapters is not None else self._current_adapters()
        return Kit(
            model=self.model,
            settings=self.settings,
            library=self.library if self.has_library else None,
            nearest=nearest.nearest if nearest else None,
            adapters=found,
            needs_book=nearest.need_book if nearest else None,
            commonest=nearest.commonest(self.settings.answer.abstention) if nearest else None,
        )

    def neighbours(self, groups: Sequence[str] | None = None) -> Neighbours | None:
        """The project's examples, read once and again when their file changes, without those that rest on
        documents which a reader in these groups may not read; None where nothing is left."""
        if not self.folder.has_examples:
            return None
        state = self.folder.examples.stat()
        stamp = (state.st_size, state.st_mtime_ns)
        if self._examples is None or self._examples[0] != stamp:
            read = sound(read_examples(self.folder.examples, any_turns=True))
            self._examples = (stamp, Neighbours(self.embedder, read, self._kept_vectors))
        return self._examples[1].those(lambda example: self.readable(example.sources, groups))

    def _kept_vectors(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        """Of the examples' prompts; what was embedded before is read back."""
        settings = self.settings.embedder
        made_by = [settings.known_as, repr(settings.prompts)]
        if not settings.endpoint and settings.name != "starter":
            folder = self.folder.model(settings.name)
            made_by += [weights_of(folder), repr(encoding(Path(folder)))]
        return kept_vectors(self.folder.state, content_hash(*made_by), prompts, self.embedder.embed_queries)

    def readable(self, documents: Iterable[str], groups: Sequence[str] | None) -> bool:
        """Whether a reader in these groups may read all of these documents; one that is not there counts as not."""
        if groups is None:
            return True
        named = list(documents)
        if not named:
            return True
        listed = {one.id: one.groups for one in self.library.store.listing()} if self.has_library else {}
        return all(may_read(listed[id], groups) if id in listed else False for id in named)

    def reading_as(self, groups: Sequence[str] | None) -> Parts:
        """The same parts over what a reader in these groups may read."""
        found = copy(self)
        found.whole = self.whole or self
        found.reader = None if groups is None else tuple(sorted(set(groups)))
        return found

    def with_settings(self, settings: Settings) -> Parts:
        """The same folder under other settings; what is loaded already is shared."""
        found = copy(self)
        found.settings = settings
        return found

    def _current_adapters(self) -> dict[str, Path]:
        current = {target: self.adapters.current(target) for target in ("tuned", "hybrid")}
        return {target: folder for target, folder in current.items() if folder}

    def check_base(self, adapter: Path) -> None:
        """Raises BadModel for an adapter that was tuned on other weights than the model's, even of the same shapes."""
        manifest = self.adapters.manifest(adapter) or {}
        learnt_on = manifest.get("base_print")
        if learnt_on and self.base_print and learnt_on != self.base_print:
            told = f"the adapter {adapter.name} was tuned on another base model than {self.settings.model.name}"
            raise BadModel(told, f"run: tunebook tune --for {manifest['target']}; it was tuned on {manifest['base']}")
