"""What an encoder's folder says of how its vectors are made: the pooling, the prompts, the window.

    encoding(folder)     →  Encoding(pooling="cls", query_prompt="Represent this sentence …: ", window=512)

Read from the files that sentence-transformers writes: modules.json, the pooling's config.json, sentence_bert_config.json
and config_sentence_transformers.json.  A folder without them is pooled by the mean of its tokens, without prompts.
What asks for more than that (a dense layer after the pooling, a weighted mean) is refused: pooled in another way than it
was trained, an encoder finds little, and nothing shows why.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from tunebook.errors import BadModel

Pooling = Literal["mean", "cls", "lasttoken"]

_MODES = {"mean": "mean_tokens", "cls": "cls_token", "lasttoken": "lasttoken"}
WINDOW = 512  # tokens that are read of a text where the folder names no more
_OFFSET = (
    "roberta",
    "xlm-roberta",
    "camembert",
    "xlm-roberta-xl",
    "mpnet",
)  # their positions begin behind the padding's
_QUERY, _PASSAGE = ("query", "retrieval.query"), ("document", "passage", "retrieval.passage")


@dataclass(frozen=True, slots=True)
class Encoding:
    """`window`: tokens of a text that are read, special ones and all.  Prompts are put before a text as they are."""

    pooling: Pooling = "mean"
    query_prompt: str = ""
    passage_prompt: str = ""
    window: int = WINDOW

    def write(self, folder: Path, dim: int) -> None:
        """Says it in a folder of weights whose vectors have `dim` places, as sentence-transformers would."""
        kinds = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
        modules = [
            {"idx": place, "name": str(place), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for place, (path, kind) in enumerate(kinds.items())
        ]
        flags = {f"pooling_mode_{mode}": mode == _MODES[self.pooling] for mode in _MODES.values()}
        prompts = {"query": self.query_prompt, "document": self.passage_prompt}
        told = {
            "modules.json": modules,
            "1_Pooling/config.json": {"word_embedding_dimension": dim, **flags},
            "sentence_bert_config.json": {"max_seq_length": self.window},
            "config_sentence_transformers.json": {"prompts": {name: its for name, its in prompts.items() if its}},
        }
        (folder / "1_Pooling").mkdir(exist_ok=True)
        for path, content in told.items():
            (folder / path).write_text(json.dumps(content, indent=2), encoding="utf-8")

    @property
    def changes_vectors(self) -> str:
        """What a passage's vector depends on beside the weights; "" for the plain mean without a prompt."""
        return "" if self.pooling == "mean" and not self.passage_prompt else f"{self.pooling}:{self.passage_prompt}"


def encoding(folder: Path) -> Encoding:
    """Raises BadModel where the folder asks for what is not done here, or a file of it is not what it should be."""
    try:
        return _encoding(folder)
    except (AttributeError, TypeError, ValueError) as error:
        told = f"{folder}: how its vectors are made cannot be read: {error}"
        raise BadModel(told, "compare modules.json and the files beside it with the original's") from error


def _encoding(folder: Path) -> Encoding:
    pooling: Pooling = "mean"
    for module in _read(folder / "modules.json") or []:
        kind = str(module.get("type")).rsplit(".", 1)[-1]
        if kind == "Pooling":
            pooling = _pooling(folder / str(module.get("path")) / "config.json")
        elif kind not in ("Transformer", "Normalize"):
            raise BadModel(
                f"{folder}: its vectors go through a layer {kind!r}, which is not done here",
                "name an encoder of a transformer, a pooling and at most a normalisation, or one behind an endpoint",
            )
    config = _read(folder / "config_sentence_transformers.json") or {}
    prompts = config.get("prompts") or {}
    common = prompts.get(config.get("default_prompt_name")) or ""
    query, passage = (_first(prompts, names, common) for names in (_QUERY, _PASSAGE))
    return Encoding(pooling, query, passage, _window(folder))


def _pooling(path: Path) -> Pooling:
    config = _read(path)
    if config is None:
        told = f"{path} is missing: it says which tokens a vector is made of"
        raise BadModel(told, "copy the folder whole, those in it too")
    if config.get("include_prompt") is False:
        raise BadModel(f"{path}: a text is pooled without its prompt, which is not done here", "name another encoder")
    modes = [key.removeprefix("pooling_mode_") for key, on in config.items() if key.startswith("pooling_mode_") and on]
    asked = str(config.get("pooling_mode") or "+".join(modes) or "mean")
    named = next((name for name, mode in _MODES.items() if asked in (name, mode)), None)
    if named is None:
        raise BadModel(f"{path}: pooling {asked!r} is not done here", f"done are: {', '.join(_MODES)}")
    return cast(Pooling, named)


def _window(folder: Path) -> int:
    """The longest text that the encoder has positions for, and no longer than its own limit, or 512, the larger of the two."""
    limits = _read(folder / "sentence_bert_config.json") or {}
    return min(positions(folder), max(WINDOW, int(limits.get("max_seq_length") or 0)))


def positions(folder: Path) -> int:
    """How many tokens an encoder has positions for; 512 where its folder does not say."""
    config = _read(folder / "config.json") or {}
    found = int(config.get("max_position_embeddings") or WINDOW)
    return found - int(config.get("pad_token_id") or 0) - 1 if config.get("model_type") in _OFFSET else found


def _first(prompts: dict[str, str], names: tuple[str, ...], otherwise: str) -> str:
    return next((str(prompts[name]) for name in names if prompts.get(name)), otherwise)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise BadModel(f"{path}: no JSON: {error}", "is the folder whole?") from error
