"""What an encoder's folder says of its vectors is followed, or refused."""

from __future__ import annotations

import json

import pytest

from tunebook.errors import BadModel
from tunebook.models.encoding import Encoding, encoding

BGE = "Represent this sentence for searching relevant passages: "


def folder(path, pooling=None, prompts=None, kinds=("Transformer", "Pooling", "Normalize"), **config):
    modules = [{"path": "1_Pooling" if kind == "Pooling" else "", "type": f"st.models.{kind}"} for kind in kinds]
    told = {
        "config.json": {"max_position_embeddings": 512} | config,
        "modules.json": modules,
        "1_Pooling/config.json": pooling or {},
        "config_sentence_transformers.json": prompts or {},
    }
    (path / "1_Pooling").mkdir()
    for name, content in told.items():
        (path / name).write_text(json.dumps(content))
    return path


def test_a_folder_that_says_nothing_is_pooled_by_the_mean(tmp_path):
    assert encoding(tmp_path) == Encoding("mean", "", "", 512)


@pytest.mark.parametrize(
    ("pooling", "mode"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
        ({"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True, "include_prompt": True}, "mean"),
        ({"pooling_mode_lasttoken": True}, "lasttoken"),
        ({"embedding_dimension": 8, "pooling_mode": "cls"}, "cls"),
        ({"word_embedding_dimension": 8}, "mean"),
    ],
)
def test_the_pooling_is_the_folders(tmp_path, pooling, mode):
    assert encoding(folder(tmp_path, pooling)).pooling == mode


@pytest.mark.parametrize(
    ("told", "query", "passage"),
    [
        ({"prompts": {"query": BGE, "document": ""}}, BGE, ""),
        ({"prompts": {"query": "query: ", "passage": "passage: "}}, "query: ", "passage: "),
        ({"prompts": {"retrieval.query": "q ", "retrieval.passage": "p "}}, "q ", "p "),
        ({"prompts": {"all": "x: "}, "default_prompt_name": "all"}, "x: ", "x: "),
        ({"prompts": {}, "default_prompt_name": None}, "", ""),
    ],
)
def test_the_prompts_are_the_folders(tmp_path, told, query, passage):
    found = encoding(folder(tmp_path, prompts=told))
    assert (found.query_prompt, found.passage_prompt) == (query, passage)


@pytest.mark.parametrize(
    ("config", "limit", "window"),
    [
        ({}, None, 512),
        ({}, 256, 512),
        ({"max_position_embeddings": 8192}, None, 512),
        ({"max_position_embeddings": 8192}, 2048, 2048),
        ({"max_position_embeddings": 514, "model_type": "xlm-roberta", "pad_token_id": 1}, 512, 512),
        ({"max_position_embeddings": 8194, "model_type": "xlm-roberta", "pad_token_id": 1}, 8192, 8192),
    ],
)
def test_the_window_is_what_the_encoder_has_places_for(tmp_path, config, limit, window):
    made = folder(tmp_path, **config)
    if limit:
        (made / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": limit}))
    assert encoding(made).window == window


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ({"kinds": ("Transformer", "Pooling", "Dense")}, "a layer 'Dense', which is not done here"),
        ({"pooling": {"pooling_mode_weightedmean_tokens": True}}, "pooling 'weightedmean_tokens' is not done here"),
        (
            {"pooling": {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True}},
            r"pooling 'cls_token\+mean_tok",
        ),
        ({"pooling": {"include_prompt": False}, "prompts": {"prompts": {"query": "q: "}}}, "without its prompt"),
    ],
)
def test_what_is_not_done_is_refused(tmp_path, made, told):
    with pytest.raises(BadModel, match=told):
        encoding(folder(tmp_path, **made))


def test_a_pooling_whose_file_was_left_behind_is_no_mean(tmp_path):
    made = folder(tmp_path)
    (made / "1_Pooling" / "config.json").unlink()
    with pytest.raises(BadModel, match=r"1_Pooling/config\.json is missing") as caught:
        encoding(made)
    assert "whole" in caught.value.hint


def test_a_broken_file_is_told(tmp_path):
    (tmp_path / "modules.json").write_text("[{")
    with pytest.raises(BadModel, match=r"modules\.json: no JSON"):
        encoding(tmp_path)


@pytest.mark.parametrize(
    ("file", "content"),
    [("modules.json", '{"a": 1}'), ("config_sentence_transformers.json", '{"prompts": [1]}'), ("config.json", "[1]")],
)
def test_a_file_of_another_shape_is_told(tmp_path, file, content):
    (tmp_path / file).write_text(content)
    with pytest.raises(BadModel, match="how its vectors are made cannot be read"):
        encoding(tmp_path)


def test_what_is_written_is_read_back(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"max_position_embeddings": 8192}))
    made = Encoding("lasttoken", "Query: ", "", 2048)
    made.write(tmp_path, 8)
    assert encoding(tmp_path) == made


def test_the_plain_mean_changes_no_library():
    assert Encoding(query_prompt="query: ").changes_vectors == ""
    assert Encoding("cls").changes_vectors != Encoding("cls", passage_prompt="passage: ").changes_vectors != ""
