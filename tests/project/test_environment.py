"""Variables that look like settings and are none are told, each in a line."""

from __future__ import annotations

import os

import pytest

from tunebook.cli.main import run
from tunebook.project import Project


@pytest.fixture(autouse=True)
def _none_of_ours(monkeypatch):
    for name in [name for name in os.environ if name.startswith("TUNEBOOK_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TUNEBOOK_SEARCH_K", "did you mean TUNEBOOK_SEARCH__K?"),
        ("TUNEBOOK_MODEL_KEY_ENV", "did you mean TUNEBOOK_MODEL__KEY_ENV?"),
        ("TUNEBOOK_ANSWER_MAXNEWTOKEN", "did you mean TUNEBOOK_ANSWER__MAX_NEW_TOKENS?"),
        ("TUNEBOOK_X", "a setting is TUNEBOOK_SECTION__KEY"),
    ],
)
def test_the_nearest_setting_is_named(name, meant, tmp_path, monkeypatch):
    monkeypatch.setenv(name, "5")
    assert Project.open(tmp_path).warnings == [f"{name} is no setting and counts for nothing; {meant}"]


def test_what_others_write_is_passed_over(tmp_path, monkeypatch):
    ours = {"TUNEBOOK_CACHE": "/x", "TUNEBOOK_OIDC_SECRET": "s", "TUNEBOOK_SEARCH__K": "5", "TUNEBOOK_KEY": "k"}
    kubernetes = {
        "TUNEBOOK_SERVICE_HOST": "10.0.0.1",
        "TUNEBOOK_SERVICE_PORT_HTTP": "80",
        "TUNEBOOK_PORT": "tcp://10.0.0.1",
    }
    for name, value in {**ours, **kubernetes, "TUNEBOOK_API_PORT_8765_TCP_ADDR": "10.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    assert Project.open(tmp_path, overrides=["model.key_env=TUNEBOOK_KEY"]).warnings == []


def test_the_command_line_says_it_on_standard_error(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TUNEBOOK_SEARCH_K", "5")
    run(["search", "wren", "--project", str(tmp_path), "--quiet"])
    assert capsys.readouterr().err.startswith("warning: TUNEBOOK_SEARCH_K is no setting")
