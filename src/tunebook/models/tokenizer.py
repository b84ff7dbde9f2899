"""A chat model's tokenizer: messages to token ids and back, the tokens that end an answer, and the window.

    ChatTokenizer.load(folder, "starter").encode([{"role": "user", "content": "Hello"}])   →  [1, 9690, …]

One for every engine that runs a model in process, so that all of them read the same tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from tunebook.errors import BadInput, BadModel, first_line
from tunebook.models.base import Request, without_system
from tunebook.models.disk import read_json
from tunebook.models.starter import named_folder
from tunebook.models.thoughts import THINK, THOUGHT, answer_in
from tunebook.values import Message

LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}  # else transformers asks at the terminal
VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")
WHOLE = "is the folder whole?  what transformers cannot load, a server may: set model.endpoint"
WINDOW = 2048  # tokens, of a model that names no longest text
CLOSED = f"\n{THOUGHT}\n\n"


def plain_tokenizer(folder: Path) -> Any:
    """The tokenizer of transformers in an encoder's folder.

    Raises BadModel without a vocabulary: transformers would make one up, in which no word is known.
    """
    from transformers import AutoTokenizer

    if not any(found for pattern in VOCABULARIES for found in folder.glob(pattern)):
        raise BadModel(
            f"{folder}: it holds no tokenizer", f"is the folder whole?  it needs one of {', '.join(VOCABULARIES)}"
        )
    return AutoTokenizer.from_pretrained(folder, **LOCAL)


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

        window = _window(folder)
        try:
            plain = AutoTokenizer.from_pretrained(folder, **LOCAL)
        except Exception as error:  # tokenizers raises bare ones
            raise BadModel(f"{folder}: its tokenizer cannot be loaded: {first_line(error)}", WHOLE) from error
        if not plain.chat_template:
            raise BadModel(f"{folder}: its tokenizer has no chat template", "name an instruction-tuned model")
        one, other = (chat_ids(plain, ({"role": "user", "content": text},)) for text in ("yes", "no"))
        if one == other:
            raise BadModel(f"{folder}: its chat template passes over the question", "name a model that reads text")
        stop = _stop_ids(folder, plain)
        if not stop:
            raise BadModel(f"{folder}: it names no token that ends an answer", "set eos_token in tokenizer_config.json")
        return cls(plain, stop, window, name, opens_thought(plain))

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
    except (TemplateError, TypeError, ValueError) as error:
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
    except (TemplateError, TypeError, ValueError):
        return False
    return one != other


@lru_cache(maxsize=8)
def opens_thought(plain: Any) -> bool:
    """Whether the template begins the answer with <think>, however it is asked."""
    return str(plain.decode(chat_ids(plain, ({"role": "user", "content": "?"},)))).rstrip().endswith(THINK)


def answer_ids(plain: Any, text: str) -> list[int]:
    """Token ids of an answer as it stands behind `chat_ids`: after a thought that is ended where the template began one."""
    return list(plain(f"{CLOSED}{text}" if opens_thought(plain) else text, add_special_tokens=False)["input_ids"])


def text_ids(plain: Any, text: str) -> list[int]:
    """Token ids of a text by itself, behind the BOS where the tokenizer sets one: without it Gemma's guesses are noise."""
    bos, begun = getattr(plain, "bos_token_id", None), list(plain("a")["input_ids"])[:1]
    return [*(begun if begun == [bos] else []), *plain(text, add_special_tokens=False)["input_ids"]]


@lru_cache(maxsize=8)
def end_of_turn(plain: Any) -> int | None:
    """The special token that the template writes behind an answer (Gemma's <end_of_turn>, Phi's <|end|>), which is often not
    the tokenizer's EOS; that one where it writes none."""
    from jinja2 import TemplateError

    user = {"role": "user", "content": "?"}
    try:
        one, other = (
            _templated(plain, (user, {"role": "assistant", "content": text}), answered=True) for text in ("yes", "no")
        )
    except (TemplateError, TypeError, ValueError):
        return _eos(plain)
    pairs = zip(reversed(one), reversed(other), strict=False)
    behind = [token for token, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)] if one != other else []
    special = {token for token, added in getattr(plain, "added_tokens_decoder", {}).items() if added.special}
    return next((token for token in reversed(behind) if token in special), _eos(plain))


def _eos(plain: Any) -> int | None:
    token: int | None = plain.eos_token_id
    return token


def _templated(plain: Any, messages: Sequence[Message], answered: bool = False) -> list[int]:
    found = plain.apply_chat_template(
        [dict(message) for message in messages],
        add_generation_prompt=not answered,
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


def _window(folder: Path) -> int:
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(folder, **LOCAL).get_text_config()
    except (
        Exception
    ) as error:  # of a folder that brings code of its own, of an architecture that is not known, of no JSON
        raise BadModel(f"{folder}: not a chat model that can be loaded: {first_line(error)}", WHOLE) from error
    return getattr(config, "max_position_embeddings", None) or WINDOW  # GPT-2's n_positions too


def _stop_ids(folder: Path, plain: Any) -> tuple[int, ...]:
    stop = [plain.eos_token_id]
    for file in ("generation_config.json", "config.json"):
        configured = (read_json(folder / file) or {}).get("eos_token_id")
        stop += configured if isinstance(configured, list) else [configured]
    stop.append(end_of_turn(plain))
    return tuple(dict.fromkeys(token for token in stop if token is not None))
