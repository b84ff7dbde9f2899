"""A chat model's tokenizer: messages to token ids and back, the tokens that end an answer, and the window.

    ChatTokenizer.load(folder, "starter").encode([{"role": "user", "content": "Hello"}])   →  [1, 9690, …]

One for every engine that runs a model in process, so that all of them read the same tokens.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tunebook.errors import BadInput, BadModel, first_line
from tunebook.models.base import Request, without_system
from tunebook.models.starter import named_folder
from tunebook.models.thoughts import THINK, answer_in
from tunebook.values import Message

VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")


def plain_tokenizer(folder: Path, **how: Any) -> Any:
    """The tokenizer of transformers in an encoder's folder; `how` as AutoTokenizer has it.

    Raises BadModel without a vocabulary: transformers would make one up, in which no word is known.
    """
    from transformers import AutoTokenizer

    if not any(found for pattern in VOCABULARIES for found in folder.glob(pattern)):
        raise BadModel(
            f"{folder}: it holds no tokenizer", f"is the folder whole?  it needs one of {', '.join(VOCABULARIES)}"
        )
    return AutoTokenizer.from_pretrained(folder, local_files_only=True, **how)


def model_folder(name: str) -> Path:
    """Folder of `starter`, or of a model that transformers can load.  Raises BadModel where there is none."""
    return named_folder("model.name", name, "chat")


@dataclass(frozen=True, slots=True)
class ChatTokenizer:
    """`stop` are the tokens that end an answer; `window` is the longest prompt and answer together, in tokens."""

    plain: Any  # the tokenizer of transformers
    stop: tuple[int, ...]
    window: int
    name: str
    reasons: bool = False  # the template has begun the answer with <think>

    @classmethod
    def load(cls, folder: Path, name: str) -> ChatTokenizer:
        """Raises BadModel where the folder holds no tokenizer with a chat template."""
        from transformers import AutoTokenizer

        try:
            plain = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            raise BadModel(
                f"{folder}: its tokenizer cannot be loaded: {first_line(error)}", "is the folder whole?"
            ) from error
        if not plain.chat_template:
            raise BadModel(f"{folder}: its tokenizer has no chat template", "name an instruction-tuned model")
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        window = int(config.get("max_position_embeddings", 2048))
        begun = str(plain.decode(chat_ids(plain, ({"role": "user", "content": "?"},)))).rstrip()
        return cls(plain, _stop_ids(folder, plain), window, name, begun.endswith(THINK))

    def encode(self, messages: Sequence[Message]) -> list[int]:
        """See `chat_ids`."""
        return chat_ids(self.plain, messages)

    def encode_all(self, requests: Sequence[Request]) -> list[list[int]]:
        """Prompts of all requests.  Raises BadInput for one that the window cannot hold with its answer."""
        prompts = [self.encode(request.messages) for request in requests]
        for prompt, request in zip(prompts, requests, strict=True):
            if len(prompt) + request.max_new_tokens > self.window:
                raise BadInput(
                    f"a prompt of {len(prompt)} tokens and {request.max_new_tokens} for the answer do not fit into "
                    f"{self.name}'s {self.window}",
                    "shorten the question, lower search.k, passages.max_tokens or answer.demonstrations, or take a model with a "
                    "longer window",
                )
        return prompts

    def count(self, texts: Sequence[str]) -> list[int]:
        """Length of each text in tokens, special tokens left out."""
        return token_counts(self.plain, texts)

    def decode(self, ids: Sequence[int], last: bool = True) -> str:
        """The answer's text, without reasoning (see `answer_in`) and without half a character where the token limit cut it."""
        text = str(self.plain.decode(list(ids), skip_special_tokens=True)).rstrip("\ufffd")
        return answer_in(f"{THINK}{text}" if self.reasons else text, last).strip()


def chat_ids(plain: Any, messages: Sequence[Message]) -> list[int]:
    """Token ids of the chat template of a transformers tokenizer, with the opening of the assistant's turn.

    Where the template has no place for a system message, or passes it over, the first question begins with it.
    Raises BadInput for messages that the template does not take.
    """
    from jinja2 import TemplateError

    try:
        return _templated(plain, messages if _takes_system(plain) else without_system(messages))
    except TemplateError as error:
        roles = ", ".join(message["role"] for message in messages)
        raise BadInput(
            f"the model's chat template does not take messages of {roles}: {error}",
            "questions and answers take turns; or take another model",
        ) from error


@lru_cache(maxsize=8)
def _takes_system(plain: Any) -> bool:
    from jinja2 import TemplateError

    user = {"role": "user", "content": "?"}
    try:
        one, other = (_templated(plain, ({"role": "system", "content": text}, user)) for text in ("yes", "no"))
    except TemplateError:
        return False
    return one != other


def _templated(plain: Any, messages: Sequence[Message]) -> list[int]:
    found = plain.apply_chat_template(
        [dict(message) for message in messages],
        add_generation_prompt=True,
        tokenize=True,
        return_dict=False,
        enable_thinking=False,  # where the template knows it: an answer has few tokens
    )
    return list(found)


def token_counts(plain: Any, texts: Sequence[str]) -> list[int]:
    """Length of each text in tokens of a transformers tokenizer, special tokens left out, nothing cut.

    Leaves the tokenizer told not to truncate; asks its Rust part without offsets or masks, where it has one.
    """
    if not texts:
        return []
    backend = getattr(plain, "backend_tokenizer", None)
    if backend is None:
        return [len(ids) for ids in plain(list(texts), add_special_tokens=False, verbose=False)["input_ids"]]
    backend.no_truncation()
    backend.no_padding()
    return [len(encoding) for encoding in backend.encode_batch_fast(list(texts), add_special_tokens=False)]


def _stop_ids(folder: Path, plain: Any) -> tuple[int, ...]:
    stop = [plain.eos_token_id]
    for file in ("generation_config.json", "config.json"):
        if (folder / file).is_file():
            configured = json.loads((folder / file).read_text(encoding="utf-8")).get("eos_token_id")
            stop += configured if isinstance(configured, list) else [configured]
    return tuple(dict.fromkeys(token for token in stop if token is not None))
