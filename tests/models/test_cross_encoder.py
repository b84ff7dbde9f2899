"""A cross-encoder in process: the scores of the plain model, alone and in batches, and folders that hold none."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tunebook.errors import BadModel
from tunebook.models.cross_encoder import CrossEncoder
from tunebook.models.embedder import LocalEmbedder
from tunebook.models.starter import starter_folder

QUERIES = ["How heavy is the Wren?", "Größe — 東京", ""]
LONG = "Bread is baked at night. " * 60
TEXTS = [["The Wren weighs twelve kilograms.", LONG, ""], ["µm"], ["word " * 2000, "Bread."]]
WINDOW = 128

pytestmark = pytest.mark.model


def made(folder: Path, kind: str = "BertForSequenceClassification", **config: object) -> str:
    """A tiny BERT of weights by chance over the starter embedder's tokens, as save_pretrained leaves it."""
    import torch
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(starter_folder("embedder"))
    shape = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "max_position_embeddings": WINDOW,
        "initializer_range": 0.5,
        "num_labels": 1,
    }
    torch.manual_seed(0)
    model = getattr(transformers, kind)(transformers.BertConfig(**(shape | config)))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> str:
    return made(tmp_path_factory.mktemp("cross"))


def plain(folder: str, query: str, text: str) -> float:
    """By transformers alone, a pair at a time."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    pair = tokenizer([query], [text], truncation="only_second", max_length=WINDOW, return_tensors="pt")
    with torch.inference_mode():
        return float(torch.sigmoid(model(**pair).logits[0, 0]))


@pytest.fixture(scope="module")
def exact(folder) -> list[list[float]]:
    return [[plain(folder, query, text) for text in its] for query, its in zip(QUERIES, TEXTS, strict=True)]


@pytest.mark.parametrize("batch_tokens", [64, 100_000])
def test_scores_are_the_plain_models_in_any_batch(folder, exact, batch_tokens):
    encoder = CrossEncoder.load(folder, batch_tokens, dtype="float32")
    found = encoder.scores(QUERIES, TEXTS)
    assert [its.dtype for its in found] == [np.float32] * 3
    for its, right in zip(found, exact, strict=True):
        assert its == pytest.approx(right, abs=1e-5)
    for query, its, right in zip(QUERIES, TEXTS, exact, strict=True):
        alone = [encoder.scores([query], [[text]])[0][0] for text in its]
        assert alone == pytest.approx(right, abs=1e-5)
    assert len({round(score, 4) for its in exact for score in its}) > 4, "it tells pairs apart"


def test_bf16_is_near(folder, exact):
    for its, right in zip(CrossEncoder.load(folder, 2048, dtype="bfloat16").scores(QUERIES, TEXTS), exact, strict=True):
        assert its == pytest.approx(right, abs=0.03)


def test_nothing_to_score_is_nothing(folder):
    encoder = CrossEncoder.load(folder, 2048)
    assert encoder.scores([], []) == []
    assert [len(its) for its in encoder.scores(["a", "b"], [[], ["c"]])] == [0, 1]


def test_a_query_that_fills_the_window_leaves_room_for_the_text(folder):
    (found,) = CrossEncoder.load(folder, 2048, dtype="float32").scores(["wren " * 5000], [["red", "a yellow lamp"]])
    assert found[0] != found[1]
    cut = "wren " * (WINDOW // 2)
    assert found == pytest.approx([plain(folder, cut, text) for text in ("red", "a yellow lamp")], abs=1e-5)


def test_it_is_shared_between_threads(folder, exact):
    encoder = CrossEncoder.load(folder, 256, dtype="float32")
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: encoder.scores(QUERIES, TEXTS), range(12)):
            for its, right in zip(found, exact, strict=True):
                assert its == pytest.approx(right, abs=1e-5)


def test_a_folder_without_a_cross_encoder_is_told(tmp_path):
    two = made(tmp_path / "two", num_labels=2)
    with pytest.raises(BadModel, match="it has 2 outputs, and a cross-encoder has one") as caught:
        CrossEncoder.load(two, 64)
    assert "bge-reranker" in caught.value.hint
    encoder = made(tmp_path / "encoder", "BertModel")
    with pytest.raises(BadModel, match="BertModel gives no score for two texts"):
        CrossEncoder.load(encoder, 64)
    with pytest.raises(BadModel, match=r"reranker\.name = '/nowhere': no model folder"):
        CrossEncoder.load("/nowhere", 64)


def test_a_folder_that_is_not_whole_is_told(tmp_path):
    whole = Path(made(tmp_path))
    weights, config = whole / "model.safetensors", whole / "config.json"
    kept = weights.read_bytes()
    weights.unlink()
    with pytest.raises(BadModel, match="not a cross-encoder that can be loaded"):
        CrossEncoder.load(str(whole), 64)
    weights.write_bytes(kept[: len(kept) // 2])
    with pytest.raises(BadModel, match="not a cross-encoder that can be loaded"):
        CrossEncoder.load(str(whole), 64)
    weights.write_bytes(kept)
    for file in whole.glob("*token*"):
        file.unlink()
    (whole / "vocab.txt").unlink(missing_ok=True)
    with pytest.raises(BadModel, match="it holds no tokenizer"):
        CrossEncoder.load(str(whole), 64)
    config.write_text("{")
    with pytest.raises(BadModel, match="not a cross-encoder that can be loaded"):
        CrossEncoder.load(str(whole), 64)


def test_the_config_of_another_model_is_told(tmp_path):
    """Of a larger one of the same family, say; transformers asks to set an option that nobody has here."""
    folder = Path(made(tmp_path))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"intermediate_size": 128}))
    for load, kind in ((CrossEncoder.load, "a cross-encoder"), (LocalEmbedder.load, "a model")):
        with pytest.raises(BadModel, match=f"not {kind} that can be loaded: its weights have other sizes"):
            load(str(folder), 64)


def test_weights_without_the_head_are_told(tmp_path):
    """Such a folder would be given a head by chance, and rank by it."""
    folder = Path(made(tmp_path, "BertModel"))
    config = json.loads((folder / "config.json").read_text())
    told = {"architectures": ["BertForSequenceClassification"], "id2label": {"0": "LABEL_0"}}
    (folder / "config.json").write_text(json.dumps(config | told))
    with pytest.raises(BadModel, match=r"its weights lack classifier\."):
        CrossEncoder.load(str(folder), 64)
