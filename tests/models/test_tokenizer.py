"""Counting tokens with a tokenizer that has a Rust part, and with one that has none."""

from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import TemplateError
from tokenizers import Tokenizer, models, pre_tokenizers

from tunebook.errors import BadInput
from tunebook.models.device import give_back
from tunebook.models.tokenizer import ChatTokenizer, chat_ids, token_counts

TEXTS = ["a b", "", "a b a"]


def rust() -> Any:
    backend = Tokenizer(models.WordLevel({"a": 0, "b": 1, "[UNK]": 2}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.enable_truncation(1)
    backend.enable_padding(length=9)
    return SimpleNamespace(backend_tokenizer=backend)


class Python:
    def __call__(self, texts: list[str], **how: Any) -> dict[str, list[list[int]]]:
        assert not how["add_special_tokens"]
        return {"input_ids": [[0] * len(text.split()) for text in texts]}


def test_nothing_is_cut_or_filled_up():
    assert token_counts(rust(), TEXTS) == [2, 0, 3]
    assert token_counts(Python(), TEXTS) == [2, 0, 3]
    assert token_counts(Python(), []) == []


def test_memory_is_given_back_on_any_system(monkeypatch):
    give_back()
    monkeypatch.setattr("sys.platform", "darwin")
    give_back()


class Template:
    """Of one token a character, with the roles that it shows; of others it raises (`strict`), or passes them over."""

    def __init__(self, *roles: str, strict: bool = False) -> None:
        self._roles = roles
        self._strict = strict

    def apply_chat_template(self, messages: list[dict[str, str]], **how: Any) -> list[int]:
        assert how["enable_thinking"] is False
        if self._strict and {message["role"] for message in messages} - set(self._roles):
            raise TemplateError("System role not supported")
        return [ord(char) for m in messages if m["role"] in self._roles for char in f"{m['role'][0]}:{m['content']} "]

    def decode(self, ids: list[int], **_: Any) -> str:
        return "".join(map(chr, ids))


ASKED = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "How?"})


@pytest.mark.parametrize("template", [Template("user", strict=True), Template("user")])
def test_a_template_without_a_place_for_the_system_shows_its_text_before_the_question(template):
    assert "".join(map(chr, chat_ids(template, ASKED))) == "u:Be brief.\n\nHow? "


def test_a_template_with_one_is_left_alone():
    assert "".join(map(chr, chat_ids(Template("system", "user"), ASKED))) == "s:Be brief. u:How? "


def test_messages_that_a_template_does_not_take_are_refused():
    with pytest.raises(BadInput, match="does not take messages of user, tool"):
        chat_ids(Template("user", strict=True), ({"role": "user", "content": "?"}, {"role": "tool", "content": ""}))


@pytest.mark.parametrize(
    ("reasons", "written", "answer"),
    [
        (False, "<think>It says 80.</think>\n\n80 kg.", "80 kg."),
        (False, "<think>It says", ""),
        (False, "<th", "<th"),
        (False, "80 kg.", "80 kg."),
        (True, "It says 80.</think>80 kg.", "80 kg."),
        (True, "It says", ""),
    ],
)
def test_reasoning_is_no_part_of_what_is_decoded(reasons, written, answer):
    tokens = ChatTokenizer(Template("user"), (1,), 128, "tiny", reasons)
    ids = [ord(char) for char in written]
    assert tokens.decode(ids) == answer
    assert all(answer.startswith(tokens.decode(ids[:end], last=False)) for end in range(len(ids)))


@pytest.mark.parametrize(
    ("written", "answer"), [("よくない\ufffd", "よくない"), ("a \ufffd b\ufffd\ufffd ", "a \ufffd b")]
)
def test_half_a_character_at_the_end_is_left_out(written, answer):
    tokens = ChatTokenizer(Template(), (0,), 99, "m")
    assert tokens.decode([ord(char) for char in written.strip()]) == answer
