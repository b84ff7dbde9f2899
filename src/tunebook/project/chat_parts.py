"""The chat model of a project and what goes by it, each made when it is first needed and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Self

from tunebook.errors import BadInput
from tunebook.models import ChatModel
from tunebook.models.endpoint import EndpointChatModel
from tunebook.models.local import LocalChatModel
from tunebook.models.openvino import STEP_TOKENS, OpenVinoChatModel, usable
from tunebook.models.tokenizer import ChatTokenizer, model_folder
from tunebook.models.weights import weight_files, weights_print
from tunebook.project.folder import Folder
from tunebook.settings import Settings
from tunebook.tuning import general
from tunebook.tuning.forgetting import Probe
from tunebook.tuning.general import GeneralSet
from tunebook.values import content_hash

ABOUT = ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")


class ChatParts:
    """Nothing here is loaded before it is asked for."""

    folder: Folder
    settings: Settings
    step_tokens: int | None = None  # of the fast path, where other threads want their turns; None: its own
    whole: Self | None = None  # of what these are one reader's copy: it keeps what is loaded, for the next reader

    def keeper(self, section: str) -> Self | None:
        """Who keeps what is loaded by that section of the settings; None: these parts themselves."""
        whole = self.whole
        return whole if whole and getattr(whole.settings, section) == getattr(self.settings, section) else None

    @cached_property
    def model(self) -> ChatModel:
        settings = self.settings.model
        if whole := self.keeper("model"):
            return whole.model
        if settings.endpoint:
            return EndpointChatModel.load(settings)
        if self.engine == "openvino":
            step_tokens = self.step_tokens or STEP_TOKENS
            return OpenVinoChatModel.load(
                self.model_name, settings.dtype, step_tokens=step_tokens, batch_tokens=settings.batch_tokens
            )
        return self.local_model

    @property
    def model_name(self) -> str:
        """What the model in process is loaded by."""
        return self.folder.model(self.settings.model.name)

    @cached_property
    def engine(self) -> str:
        """What answers in process: `openvino` where it can, else `torch`; `endpoint` where a server does."""
        settings = self.settings.model
        if settings.endpoint or settings.engine != "auto":
            return "endpoint" if settings.endpoint else settings.engine
        if settings.quantization != "none":
            return "torch"
        return "openvino" if usable(self.model_name, settings.device, settings.dtype) else "torch"

    @cached_property
    def local_model(self) -> LocalChatModel:
        """The model in torch: what is tuned, and what answers without the fast path.  Raises BadInput with an endpoint."""
        settings = self.settings.model
        if whole := self.keeper("model"):
            return whole.local_model
        if settings.endpoint:
            raise BadInput(
                f"the model at {settings.endpoint} cannot be tuned from here", "leave out model.endpoint to tune"
            )
        return LocalChatModel.load(
            self.model_name, settings.device, settings.dtype, settings.batch_tokens, settings.quantization
        )

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Lengths in the chat model's own tokens; the engines in process share a tokenizer, so the one loaded counts."""
        loaded: LocalChatModel | None = vars(self).get("model")
        return loaded.count_tokens(texts) if loaded else self.tokenizer.count(texts)

    @property
    def window(self) -> int | None:
        """The chat model's, in tokens; of the one that is loaded, else by its tokenizer alone.  None: not known."""
        loaded = vars(self).get("model")
        return getattr(loaded, "window", None) if loaded else self.tokenizer.window

    @cached_property
    def tokenizer(self) -> ChatTokenizer:
        """The chat model's, without the model.  Raises BadModel where its folder holds none."""
        return ChatTokenizer.load(model_folder(self.model_name), self.model_name)

    @cached_property
    def general(self) -> GeneralSet:
        """What forgetting is measured on: the built-in set, or the folder in the settings."""
        named, answer = self.settings.tuning.general, self.settings.answer
        found = general.load(self.folder.root / Path(named).expanduser()) if named else general.builtin()
        return replace(found, instruction=answer.refusing(), abstention=answer.abstention)

    @cached_property
    def base_probe(self) -> Probe:
        """The base model's behaviour on the general set."""
        with self.local_model.using(None) as plain:
            return Probe.of(plain, self.local_model.tokenizer, self.general)

    @cached_property
    def base_print(self) -> str | None:
        """Of the weights on disk; None for a model at an endpoint."""
        model = self.settings.model
        return None if model.endpoint else weights_print(model_folder(self.model_name))

    @cached_property
    def model_identity(self) -> str:
        """Changes when another model would answer."""
        model = self.settings.model
        if model.endpoint:
            return content_hash(model.endpoint, model.name)
        own = [] if model.name == "starter" else [Path(self.model_name)]
        weights = [file for folder in own for file in weight_files(folder)]
        about = [folder / name for folder in own for name in ABOUT if (folder / name).is_file()]
        return content_hash(
            model.name,
            model.dtype,
            self.engine,
            *([model.quantization] if model.quantization != "none" else []),
            *(f"{p.name}:{p.stat().st_size}:{p.stat().st_mtime_ns}" for p in weights),
            *(file.read_text(encoding="utf-8", errors="replace") for file in about),
        )
