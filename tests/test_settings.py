"""tunebook.toml: defaults, overrides, and mistakes with the place where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunebook.errors import BadSettings
from tunebook.settings import ABSTENTION, Settings, load_settings


def toml(folder: Path, text: str) -> Path:
    path = folder / "tunebook.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path | None, *overrides: str) -> BadSettings:
    with pytest.raises(BadSettings) as caught:
        load_settings(path, overrides)
    return caught.value


def test_an_empty_file_and_no_file_are_the_defaults(tmp_path):
    assert load_settings(toml(tmp_path, "")) == load_settings(None) == Settings()
    assert Settings().answer.abstention == ABSTENTION


@pytest.mark.parametrize(
    ("overrides", "gap"),
    [
        ([], 0.2),
        (["model.name=llama", "model.endpoint=http://localhost:1/v1"], 1.0),
        (["model.name=./weights"], 1.0),
        (["search.max_gap=0.3"], 0.3),
    ],
)
def test_how_far_behind_the_best_a_passage_may_be_goes_by_the_model_unless_it_is_said(overrides, gap):
    assert load_settings(None, overrides).max_gap == gap


def test_the_starter_is_not_told_to_abstain_and_any_other_model_is():
    assert ABSTENTION not in load_settings(None).instruction
    other = load_settings(None, ["model.name=./weights", "answer.abstention=No idea."])
    assert other.instruction.endswith('say only: "No idea."')
    told = load_settings(None, ["answer.rag_instruction='Read, or say {abstention}'"])
    assert told.instruction == f"Read, or say {ABSTENTION}"


def test_a_file_is_read_and_an_override_wins(tmp_path):
    path = toml(tmp_path, "[search]\nk = 5\ncandidates = 20\n")
    settings = load_settings(path, ["search.k=7", "model.name=some/folder", "trial.approaches=['base', 'rag']"])
    assert (settings.search.k, settings.search.candidates) == (7, 20)
    assert settings.model.name == "some/folder"
    assert settings.trial.approaches == ("base", "rag")


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    assert load_settings(toml(tmp_path, "\ufeff[search]\nk = 5\n")).search.k == 5


def test_an_unknown_key_is_told_with_its_line_and_the_allowed_ones(tmp_path):
    path = toml(tmp_path, "# mine\n[search]\nk = 5\n\n[answer]\nk = 3\n")
    error = refused(path)
    assert error.message == f"{path}, line 6: unknown key answer.k"
    assert error.hint.startswith("did you mean search.k? allowed here: abstention, accepted_wrong, demonstrations")


def test_an_unknown_section_is_told_with_its_line(tmp_path):
    path = toml(tmp_path, "\n[serch]\nk = 5\n")
    error = refused(path)
    assert error.message == f"{path}, line 2: unknown key serch"
    assert error.hint.startswith("did you mean search? allowed here: answer, ")


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("k", "search.k"),
        ("search.candidate", "search.candidates"),
        ("embedder.nam", "embedder.name"),
        ("search.K", "search.k"),
        ("passages.max_token", "passages.max_tokens"),
        ("search.endpoint", "model.endpoint or embedder.endpoint or reranker.endpoint or judge.endpoint"),
        ("passages.overlap", None),
    ],
)
def test_an_unknown_key_is_told_with_what_was_meant(key, meant):
    hint = refused(None, f"{key}=5").hint
    assert hint.partition("? ")[0] == f"did you mean {meant}" if meant else hint.startswith("allowed here: ")


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('[search]\nk = "many"\n', 2, "search.k"),
        ("[search]\nk = 0\n", 2, "search.k"),
        ("[model]\n\ndtype = 'int8'\n", 3, "model.dtype"),
        ("[tuning]\nvalidation_share = 0.5\n", 2, "tuning.validation_share"),
        ("[tuning]\nseed = -1\n", 2, "tuning.seed"),
        ("[trial]\nseed = 99999999999999999999\n", 2, "trial.seed"),
        ("[answer]\nabstention = ''\n", 2, "answer.abstention"),
        ("[answer]\nabstention = ' '\n", 2, "answer.abstention"),
        ("[answer]\nabstention = '.'\n", 2, "answer.abstention"),
        ("[answer]\nabstention = '***'\n", 2, "answer.abstention"),
        ("[model]\nendpoint = 'localhost:8000/v1'\n", 2, "model.endpoint"),
        ("[model]\nendpoint = 'ftp://localhost/v1'\n", 2, "model.endpoint"),
        ("[model]\nendpoint = 'http:///v1'\n", 2, "model.endpoint"),
        ("[model]\nendpoint = 'http://localhost:80000/v1'\n", 2, "model.endpoint"),
        ("[model]\nendpoint = 'http://localhost:one/v1'\n", 2, "model.endpoint"),
        ("[model]\nendpoint = ''\n", 2, "model.endpoint"),
        ("[model]\nendpoint = 'https://x.openai.azure.com/openai/deployments/g?api-version=1'\n", 2, "model.endpoint"),
        ("[model]\nendpoint = 'http://localhost:8000/v1/chat/completions/'\n", 2, "model.endpoint"),
        ("[judge]\nendpoint = 'http://me:secret@localhost/v1'\n", 2, "judge.endpoint"),
    ],
)
def test_a_wrong_value_is_told_with_its_line_and_key(tmp_path, text, line, key):
    path = toml(tmp_path, text)
    assert refused(path).message.startswith(f"{path}, line {line}: {key} = ")


def test_a_section_that_is_no_table_is_told(tmp_path):
    path = toml(tmp_path, "search = 5\n")
    assert refused(path).message.startswith(f"{path}, line 1: search = 5")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("search = 5\n", "search = 5: Input should be a section"),
        ('[trial]\napproaches = "rag"\n', "trial.approaches = 'rag': Input should be a list, such as"),
        ("[documents]\ngroups = 5\n", "documents.groups = 5: Input should be a table"),
        ('[documents]\ngroups = {"hr/**" = "hr"}\n', "documents.groups.hr/** = 'hr': Input should be a list"),
        ('[tuning]\nscale = "much"\n', "tuning.scale = 'much': Input should be a valid number"),
        ('[library]\nurl = "http://x"\n', "library.url = 'http://x': allowed are postgresql://…"),
    ],
)
def test_a_wrong_value_is_told_in_words_of_toml(tmp_path, text, told):
    path = toml(tmp_path, text)
    assert refused(path).message.startswith(f"{path}, line {text.count(chr(10))}: {told}")


def test_a_value_of_two_types_is_told_both(tmp_path):
    assert refused(toml(tmp_path, '[tuning]\nscale = "much"\n')).message.endswith(" or Input should be 'auto'")


def test_what_is_no_toml_or_no_text_is_told(tmp_path):
    path = toml(tmp_path, "[search\n")
    assert refused(path).message.startswith(f"{path}: not valid TOML")
    path.write_bytes(b"\xff\xfe")
    assert refused(path).message.startswith(f"{path}: cannot be read")


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("search.k", "--set search.k: not key=value"),
        ("=5", "--set =5: not key=value"),
        ("search.k=many", "--set search.k=many: search.k = 'many'"),
        ("search.kk=5", "--set search.kk=5: unknown key search.kk"),
        ("nothing=5", "--set nothing=5: unknown key nothing"),
        ("search=5", "--set search=5: search = 5"),
    ],
)
def test_a_wrong_override_is_told_as_it_was_given(override, told):
    assert refused(None, override).message.startswith(told)


def test_an_override_below_a_value_of_the_file_is_told(tmp_path):
    path = toml(tmp_path, "[search]\nk = 5\n")
    assert refused(path, "search.k.x=1").message == "--set search.k.x=1: k is no section"


def test_the_environment_goes_before_the_file_and_after_an_option(tmp_path, monkeypatch):
    path = tmp_path / "tunebook.toml"
    path.write_text("[search]\nk = 4\n[serve]\nport = 1\n", encoding="utf-8")
    monkeypatch.setenv("TUNEBOOK_SEARCH__K", "5")
    monkeypatch.setenv("TUNEBOOK_SERVE__PORT", "2")
    settings = load_settings(path, ["serve.port=3"])
    assert (settings.search.k, settings.serve.port) == (5, 3)
    monkeypatch.setenv("TUNEBOOK_SEARCH__NOTHING", "1")
    with pytest.raises(BadSettings, match="TUNEBOOK_SEARCH__NOTHING"):
        load_settings(path)


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        (["weights.knowledge=0", "weights.behaviour=0"], "no case counts"),
        (["weights.knowledge=0.7"], "give both, or neither"),
        (["weights.behaviour=0"], "give both, or neither"),
        (["weights.wrong=1e308"], "less than or equal to 1000"),
        (["weights.second=nan"], "finite"),
        (["weights.citations=-1"], "greater than or equal to 0"),
    ],
)
def test_weights_under_which_nothing_could_be_compared_are_refused(overrides, why):
    assert why in str(refused(None, *overrides))
