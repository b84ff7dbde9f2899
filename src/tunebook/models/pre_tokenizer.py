"""How a tokenizer cuts text before its merges apply, by the name that readers of GGUF know it by.

    pre_tokenizer(folder, "llama-bpe")      →  "llama-bpe"; None where it cuts in a way of its own

A GGUF file has a tokenizer's vocabulary and merges, and of its rule for cutting no more than this name: under a wrong one
a reader would make other tokens of the same text.  Each rule is tried on a text that they cut differently.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

SAMPLE = (
    "Don't cut 1234567 or 3.14159 as WE'LL cut it's,\n\n\n   for (int i=0; i<10; ++i) {\n\t\treturn x[i];\n}  \r\n"
    "Straße, naïve, 東京都2026年、١٢٣٤ и ещё раз... «Да!»\n \n ½ cafe\u0301 🙂👍🏽  end"
)
_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def pre_tokenizer(folder: Path, usual: str) -> str | None:
    """Of the folder's tokenizer.json; `usual` is tried first, for several may cut alike."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    wanted = tokenizer.encode(SAMPLE, add_special_tokens=False).ids
    rules = _rules()
    for name in sorted(rules, key=lambda name: name != usual):
        tokenizer.pre_tokenizer = rules[name]
        if tokenizer.encode(SAMPLE, add_special_tokens=False).ids == wanted:
            return name
    return None


def _rules() -> dict[str, Any]:
    from tokenizers import Regex, pre_tokenizers

    def words(numbers: str) -> Any:
        cut = pre_tokenizers.Split(Regex(_WORDS % numbers), "isolated")
        return pre_tokenizers.Sequence([cut, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])

    plain = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return {
        "llama-bpe": words("{1,3}"),
        "qwen2": words(""),
        "smollm": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), plain]),
        "gpt-2": plain,
    }
