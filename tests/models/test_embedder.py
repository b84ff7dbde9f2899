"""The embedder: unit vectors, the same whatever the batch and the number type."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tunebook.errors import BadModel
from tunebook.models.embedder import LocalEmbedder
from tunebook.models.starter import starter_folder

TEXTS = [
    "How heavy is the Wren?",
    "The Wren weighs twelve kilograms.",
    "",
    "Bread is baked at night. " * 30,
    "Größe: 12 µm — 東京",
    "word " * 2000,
]


@pytest.fixture(scope="module")
def embedder() -> LocalEmbedder:
    return LocalEmbedder.load("starter", 8192)


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (one * other).sum(1)


@pytest.mark.model
def test_vectors_are_of_unit_length(embedder):
    vectors = embedder.embed(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), 384), np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedder.embed([]).shape == (0, 384)


@pytest.mark.model
def test_what_is_meant_alike_is_near(embedder):
    question, answer, _, bread, *_ = embedder.embed(TEXTS)
    assert question @ answer > question @ bread + 0.2


@pytest.mark.model
def test_bf16_is_near_fp32_and_fp32_is_the_same_in_any_batch(embedder):
    low = LocalEmbedder.load("starter", 8192, dtype="bfloat16")
    full = LocalEmbedder.load("starter", 8192, dtype="float32")
    exact = full.embed(TEXTS)
    assert cosines(low.embed(TEXTS), exact).min() > 0.999
    assert np.allclose(np.concatenate([full.embed([text]) for text in TEXTS]), exact, atol=1e-5)


@pytest.mark.model
def test_a_quickened_model_computes_the_same_as_the_plain_one(embedder, monkeypatch):
    monkeypatch.setattr("tunebook.models.embedder.quicken", lambda model: None)
    for dtype, least in (("bfloat16", 0.9995), ("float32", 1 - 1e-6)):
        plain = LocalEmbedder.load("starter", 8192, dtype=dtype)
        monkeypatch.undo()
        assert cosines(LocalEmbedder.load("starter", 8192, dtype=dtype).embed(TEXTS), plain.embed(TEXTS)).min() > least
        monkeypatch.setattr("tunebook.models.embedder.quicken", lambda model: None)


@pytest.mark.model
def test_every_token_has_a_vector_and_an_empty_text_one_of_zeros(embedder):
    found = embedder.tokens(TEXTS)
    assert [len(vectors) for vectors in found][:3] == [*embedder.count_tokens(TEXTS[:2]), 1]
    assert all(np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5) for vectors in found if vectors.any())
    assert not found[2].any()


@pytest.mark.model
def test_other_threads_keep_all_cores(embedder):
    from concurrent.futures import ThreadPoolExecutor

    import torch

    before = torch.get_num_threads()
    embedder.embed(TEXTS)
    with ThreadPoolExecutor(1) as pool:
        assert [torch.get_num_threads(), pool.submit(torch.get_num_threads).result()] == [before, before]


@pytest.mark.model
def test_tokens_are_counted_without_the_special_ones(embedder):
    assert embedder.count_tokens(["", "wren", "the wren weighs"]) == [0, 1, 3]
    assert embedder.count_tokens([]) == []
    assert embedder.count_tokens(["word " * 2000]) == [2000]


def told_otherwise(path, pooling: str, **prompts: str) -> LocalEmbedder:
    """The starter's weights in a folder that says another pooling and prompts."""
    for file in starter_folder("embedder").iterdir():
        if file.is_file():
            (path / file.name).symlink_to(file)
    (path / "1_Pooling").mkdir()
    (path / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode": pooling}))
    (path / "config_sentence_transformers.json").unlink()
    (path / "config_sentence_transformers.json").write_text(json.dumps({"prompts": prompts}))
    return LocalEmbedder.load(str(path), 8192, dtype="float32")


@pytest.mark.model
@pytest.mark.parametrize(("pooling", "place"), [("cls", 0), ("lasttoken", -1)])
def test_another_pooling_is_that_of_the_plain_model(tmp_path, pooling, place):
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = starter_folder("embedder")
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder, dtype=torch.float32)
    texts = [TEXTS[0], TEXTS[1], TEXTS[4]]
    with torch.inference_mode():
        rows = [model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0, place] for text in texts]
    plain = torch.nn.functional.normalize(torch.stack(rows), dim=1).numpy()
    found = told_otherwise(tmp_path, pooling)
    assert np.allclose(found.embed(texts), plain, atol=1e-4)
    assert np.allclose(found.embed_queries(texts), plain, atol=1e-4)


@pytest.mark.model
def test_prompts_stand_before_questions_and_passages_and_the_settings_above_the_folders(tmp_path, embedder):
    found = told_otherwise(tmp_path, "mean", query="query: ", passage="passage: ")
    exact = LocalEmbedder.load("starter", 8192, dtype="float32")
    assert np.allclose(found.embed_queries(["wren"]), exact.embed(["query: wren"]), atol=1e-6)
    assert np.allclose(found.embed(["wren"]), exact.embed(["passage: wren"]), atol=1e-6)
    own = LocalEmbedder.load(str(tmp_path), 8192, dtype="float32", prompts=("", None))
    assert np.allclose(own.embed_queries(["wren"]), exact.embed(["wren"]), atol=1e-6)
    assert [len(one) for one in found.tokens(["the wren weighs"])] == [3], "tokens are the text's own"


def test_a_name_that_is_no_model_is_told(tmp_path):
    with pytest.raises(BadModel, match="no model folder"):
        LocalEmbedder.load("/nowhere", 64)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(BadModel, match="not a model that can be loaded"):
        LocalEmbedder.load(str(tmp_path), 64)


@pytest.mark.model
def test_weights_that_were_cut_and_a_missing_tokenizer_are_told(tmp_path):
    for file in starter_folder("embedder").iterdir():
        if file.suffix != ".safetensors":
            (tmp_path / file.name).symlink_to(file)
    weights = (starter_folder("embedder") / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(weights[:9999])
    with pytest.raises(BadModel, match="not a model that can be loaded"):
        LocalEmbedder.load(str(tmp_path), 64)
    (tmp_path / "model.safetensors").write_bytes(weights)
    for name in ("tokenizer.json", "vocab.txt"):
        (tmp_path / name).unlink()
    with pytest.raises(BadModel, match="it holds no tokenizer"):
        LocalEmbedder.load(str(tmp_path), 64)
