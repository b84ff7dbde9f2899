"""Whatever is wrong with what was given: status 2, one line that names it, a hint, and nothing on standard output."""

import json

import pytest

CASE = {"id": "k-1", "prompt": "How heavy?", "answers": ["80 kg"], "sources": ["a.md"]}
GOOD = {"documents/a.md": "# Wren\n\nThe Wren carries up to 80 kg.\n", "cases.jsonl": json.dumps(CASE) + "\n"}


@pytest.fixture
def refused(real, tmp_path):
    """Writes the files into a project folder, runs a command there, checks the form, and returns (error, hint)."""

    def call(args, files=GOOD, project=tmp_path / "p", models=False):
        for name, text in files.items():
            path = tmp_path / "p" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        ran = real(*args, "--project", project, "--json", models=models)
        assert (ran.status, ran.out) == (2, ""), ran
        lines = ran.err.splitlines()
        errors = [line for line in lines if line.startswith("error: ")]
        hints = [line.removeprefix("hint: ") for line in lines if line.startswith("hint: ")]
        assert len(errors) == len(hints) == 1, ran.err
        assert "Traceback" not in ran.err
        assert lines == [errors[0], f"hint: {hints[0]}"]
        return errors[0], hints[0]

    return call


@pytest.mark.parametrize("args", [("sync",), ("search", "x"), ("ask", "x"), ("trial",), ("advise",)], ids=" ".join)
def test_project_that_is_not_there(refused, tmp_path, args):
    error, _ = refused(args, project=tmp_path / "nowhere")
    assert str(tmp_path / "nowhere") in error


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_question_in_another_encoding(refused, command):
    error, hint = refused((command, "How much does caf\udce9 carry?"))
    assert "is not UTF-8 text, at character 18" in error
    assert "iconv" in hint


def test_project_that_is_a_file(refused, tmp_path):
    error, _ = refused(("sync",), project=tmp_path / "p" / "cases.jsonl")
    assert "cases.jsonl" in error


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ("[model]\nname = = 3\n", ["tunebook.toml", "line 2"]),
        ("[model]\n\nnmae = 'x'\n", ["tunebook.toml, line 3", "model.nmae"]),
        ("[search]\nk = 'many'\n", ["tunebook.toml, line 2", "search.k", "'many'"]),
        ("[search]\nk = 0\n", ["tunebook.toml, line 2", "search.k", "0"]),
        ("[serch]\nk = 3\n", ["tunebook.toml, line 1", "serch"]),
    ],
    ids=["broken", "unknown key", "wrong type", "out of range", "unknown section"],
)
def test_settings_file(refused, settings, named):
    error, _ = refused(("search", "x"), GOOD | {"tunebook.toml": settings})
    for words in named:
        assert words in error


@pytest.mark.parametrize("given", ["nonsense", "search.k=many", "search.kk=3", "nothing.here=1", "=3", "search=3"])
def test_set(refused, given):
    error, hint = refused(("search", "x", "--set", given))
    assert f"--set {given}" in error
    assert hint


@pytest.mark.parametrize(
    "args",
    [("ask", "x", "--approach", "magic"), ("trial", "--approaches", "base,magic")],
    ids=["ask", "trial"],
)
def test_unknown_approach(refused, args):
    error, hint = refused(args)
    assert "'magic'" in error
    assert "hybrid" in hint


def test_unknown_target(refused):
    error, hint = refused(("tune", "--for", "magic"), GOOD | {"examples.jsonl": '{"prompt": "a", "completion": "b"}\n'})
    assert "magic" in error
    assert "hybrid" in hint


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"prompt": None}, "prompt"),
        ({"id": ""}, "id"),
        ({"answers": []}, "answers"),
        ({"kind": "odd"}, "'odd'"),
        ({"answerable": "no"}, "'no'"),
        ({"checks": [{"type": "regex", "pattern": "("}]}, "'('"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_row_of_the_cases(refused, change, named):
    rows = [CASE, {**CASE, "id": "k-2", **change}]
    error, _ = refused(("trial",), GOOD | {"cases.jsonl": "".join(json.dumps(row) + "\n" for row in rows)})
    assert "cases.jsonl, row 2" in error
    assert named in error


@pytest.mark.parametrize("line", ["{", "[]", "3", '"x"'])
def test_row_that_is_no_object(refused, line):
    error, _ = refused(("trial",), GOOD | {"cases.jsonl": f"{json.dumps(CASE)}\n\n{line}\n"})
    assert "cases.jsonl, row 3" in error


def test_no_cases(refused):
    error, _ = refused(("trial",), {"documents/a.md": "text\n"})
    assert "cases.jsonl" in error


def test_cases_file_that_is_not_there(refused, tmp_path):
    error, _ = refused(("trial", "--cases", tmp_path / "gone.jsonl"))
    assert str(tmp_path / "gone.jsonl") in error


@pytest.mark.parametrize("text", ["", "\n  \n"], ids=["nothing", "blank lines"])
def test_empty_cases(refused, text):
    error, _ = refused(("trial",), GOOD | {"cases.jsonl": text})
    assert "cases.jsonl" in error
    assert "empty" in error


@pytest.mark.parametrize(
    ("options", "named"),
    [(("--format", "onnx"), "onnx"), (("--for", "magic"), "magic"), ((), "no adapter for tuned")],
)
def test_export(refused, tmp_path, options, named):
    error, _ = refused(("export", tmp_path / "out", *options))
    assert named in error


@pytest.mark.parametrize("args", [("tune",), ("examples", "check")], ids=" ".join)
def test_no_examples(refused, args):
    error, _ = refused(args)
    assert "examples.jsonl" in error


@pytest.mark.parametrize("args", [("tune", "--examples"), ("examples", "check")], ids=" ".join)
def test_examples_file_that_is_not_there(refused, args):
    error, _ = refused((*args, "gone.jsonl"))
    assert "gone.jsonl" in error


def test_row_of_the_examples(refused):
    error, _ = refused(("tune",), GOOD | {"examples.jsonl": '{"prompt": "a", "completion": "b"}\n{"prompt": "c"}\n'})
    assert "examples.jsonl, row 2" in error
    assert "completion" in error


@pytest.mark.parametrize("named", ["empty", "gone"])
def test_model_folder_that_is_no_model(refused, tmp_path, named):
    (tmp_path / "empty").mkdir()
    given = tmp_path / named
    error, hint = refused(("ask", "x", "--approach", "base", "--set", f"model.name={given}"))
    assert str(given) in error
    assert "nothing is fetched from a hub" in hint


@pytest.mark.parametrize("question", ["", "  \n "], ids=["nothing", "blanks"])
@pytest.mark.parametrize("verb", ["ask", "search"])
def test_empty_question(refused, verb, question):
    error, _ = refused((verb, question))
    assert repr(question) in error


@pytest.mark.parametrize("args", [("ask", "x"), ("search", "x"), ("forget", "a.md")], ids=" ".join)
def test_before_the_first_sync(refused, args):
    error, hint = refused(args)
    assert "library" in error
    assert "tunebook sync" in hint


def test_nothing_to_sync(refused, tmp_path):
    error, _ = refused(("sync",), {"cases.jsonl": ""})
    assert "documents" in error
    error, _ = refused(("sync", tmp_path / "gone"))
    assert "gone" in error


def test_queries_file_that_is_not_there(refused):
    error, _ = refused(("search", "--queries", "gone.jsonl", "--run", "out.trec"))
    assert "gone.jsonl" in error


@pytest.mark.parametrize("args", [("synk",), ("sync", "--bogus"), ("search", "x", "-k", "0")], ids=" ".join)
def test_misuse(refused, args):
    error, hint = refused(args)
    assert "synk" in error or "--bogus" in error or "-k 0" in error
    assert hint


@pytest.mark.parametrize("args", [("tune", "--examples"), ("examples", "check")], ids=" ".join)
def test_examples_in_a_format_that_is_not_known(refused, tmp_path, args):
    error, _ = refused((*args, tmp_path / "p" / "rows.csv"), GOOD | {"rows.csv": "question,reply\na,b\n"})
    assert "rows.csv, row 2: unknown format, with the fields question, reply; allowed: " in error
