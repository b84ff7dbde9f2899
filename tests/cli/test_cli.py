"""What the command line prints, what it hands to the API, and what it ends with."""

import errno
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tunebook.cli.main import run
from tunebook.errors import BadInput, LibraryFailed, ReadFailed
from tunebook.values import Answer, Citation, Hit, Passage

SHARED = ("--project", "p", "--state", "s", "--set", "search.k=5", "--set", "a=b", "--quiet")
COMMANDS = {
    "sync": ("sync", "x.md"),
    "search": ("search", "how heavy"),
    "run": ("search", "--queries", "q.jsonl", "--run", "o.trec"),
    "ask": ("ask", "how heavy?"),
    "tune": ("tune",),
    "trial": ("trial",),
    "advise": ("advise",),
    "forget": ("forget", "a.md"),
    "check": ("examples", "check"),
    "cases": ("cases", "check"),
    "import": ("cases", "import", "set.csv"),
    "show": ("examples", "show", "3"),
    "generations": ("library", "list"),
    "use": ("library", "use", "1"),
    "adapters": ("adapters", "list"),
    "adapter": ("adapters", "use", "tuned-a"),
    "remove": ("adapters", "remove", "tuned-a"),
}


def one_object(text):
    assert text.count("\n") == 1
    return json.loads(text)


@pytest.mark.parametrize("args", COMMANDS.values(), ids=COMMANDS)
def test_every_command_takes_the_shared_options(cli, fake, args):
    ran = cli(*args, *SHARED, "--json")
    assert ran.status == 0
    assert isinstance(one_object(ran.out), dict)
    assert fake.calls[0] == ("open", Path("p"), Path("s"), ("search.k=5", "a=b"))


def test_init_and_demo_take_them_too(cli, fake):
    assert one_object(cli("init", *SHARED, "--json").out) == {"written": ["p/tunebook.toml"]}
    told = (
        "wrote there/tunebook.toml\nnext: put your files into there/documents/, then: tunebook sync --project there\n"
        "for a trial: fill there/cases.jsonl and there/examples.jsonl; with what, and how much, says: "
        "tunebook advise --project there\n"
    )
    assert cli("init", "there").out == told
    assert "\nnext: put your files into documents/, then: tunebook sync\n" in cli("init").out
    assert one_object(cli("demo", *SHARED, "--json").out)["verdict"]["recommended"] == "rag"
    assert fake.calls == [("demo", Path("p"), Path("s"), ("search.k=5", "a=b"))]


def test_shared_options_that_change_nothing_are_told(cli, monkeypatch):
    monkeypatch.setattr("tunebook.models.starter.get_starters", lambda say: {"chat": Path("/c")})
    told = "warning: {} is not used here: give it to the command that works on the project\n".format
    assert cli("init", *SHARED, "--quiet").err == told("--state") + told("--set")
    assert cli("models", "get", "starter", *SHARED).err == told("--project") + told("--state") + told("--set")
    assert cli("init", "--project", "p").err == ""


def test_what_a_library_prints_is_no_result(cli):
    ran = cli("sync", "--json")
    assert set(one_object(ran.out)) == {"added", "updated", "unchanged", "deleted", "failed", "passages", "seconds"}
    assert "a library that prints" in ran.err


def test_quiet_stops_progress(cli):
    assert "reading 1/2  50%" in cli("sync").err
    assert "reading" not in cli("sync", "--quiet").err


def test_sync_in_part(cli, fake):
    assert cli("sync").out == "1 added, 1 updated, 1 unchanged, 1 deleted; 4 passages; 0.5 s\n"
    counts = dict.fromkeys(("added", "updated", "unchanged", "deleted"), 0) | {"passages": 1}
    fake.results["sync"] = {**counts, "failed": [{"path": "b.pdf", "error": "encrypted"}], "seconds": 1.0}
    ran = cli("sync")
    assert ran.status == 1
    assert ran.out.endswith("; 1 passage; 1.0 s\n1 failed:\n  b.pdf: encrypted\n")
    old = [{"path": f"{name}.doc", "error": "it needs LibreOffice", "hint": "install it"} for name in "ab"]
    fake.results["sync"] = {**counts, "failed": old, "seconds": 1.0}
    assert cli("sync").out.splitlines()[-2:] == ["  b.doc: it needs LibreOffice", "hint: install it"]
    many = [{"path": f"d.jsonl, row {row}", "error": "text is missing"} for row in range(1, 1001)]
    fake.results["sync"] = {**counts, "failed": many, "seconds": 1.0}
    assert cli("sync").out.splitlines()[-2:] == ["  d.jsonl, row 20: text is missing", "  and 980 more, with --json"]
    assert cli("sync", "--json").status == 1


def test_search(cli, fake):
    ran = cli("search", "how heavy")
    assert ran.out == "  1  0.500  guides/a.pdf, p. 2\n     The Wren carries 80 kg.\n"
    assert fake.calls[-1] == ("search", "how heavy", 10, None, ())
    cli("search", "x", "--where", "year>=2024", "--where", "format=pdf")
    assert fake.calls[-1] == ("search", "x", 10, None, ["year>=2024", "format=pdf"])
    hit = one_object(cli("search", "x", "--json").out)["hits"][0]
    assert list(hit) == ["rank", "score", "document", "title", "page", "start", "end", "text"]
    fake.results["search"] = []
    assert cli("search", "x").out == "nothing found\n"


def test_search_explained(cli, fake):
    found = Passage("guides/a.pdf", "A", "", 2, 10, 30, "The Wren carries\n  80 kg.")
    fake.results["search"] = [Hit(1, 0.5, found, {"bm25": 7.25, "late": 0.6}, {"bm25": 3, "late": 1}, repeats=2)]
    ran = cli("search", "how heavy", "--explain")
    assert ran.out == (
        "  1  0.500  guides/a.pdf, p. 2, repeats 2\n"
        "     bm25 3. (7.250)   late 1. (0.600)\n"
        "     The Wren carries 80 kg.\n"
    )
    hit = one_object(cli("search", "x", "--explain", "--json").out)["hits"][0]
    assert hit["stages"] == {"bm25": {"rank": 3, "score": 7.25}, "late": {"rank": 1, "score": 0.6}}
    assert hit["repeats"] == 2


def test_search_of_a_file(cli, fake):
    ran = cli("search", "--queries", "q.jsonl", "--run", "o.trec", "-k", 7)
    assert ran.out == "2 queries in 0.1 s; the run is in o.trec\n"
    cli("search", "--queries", "q.jsonl", "--run", "o.trec")
    fake.results["search_run"] = {"queries": 1, "run": "o.trec", "seconds": 0.1}
    assert cli("search", "--queries", "q.jsonl", "--run", "o.trec").out.startswith("1 query in")
    ks = [call[3] for call in fake.calls if call[0] == "search_run"]
    assert ks == [7, 100, 100]


def test_a_question_comes_from_standard_input(cli, fake, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("How heavy?\n"))
    assert cli("ask", "-").status == 0
    assert fake.calls[-1] == ("ask", "How heavy?", "rag", None)


def test_standard_input_in_another_encoding(cli, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"How much is a caf\xe9?\n"), encoding="utf-8"))
    ran = cli("ask", "-")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("error: standard input is not UTF-8 text, at byte 18\nhint: iconv")


@pytest.mark.parametrize(
    ("given", "groups"), [((), None), (("--as", "a, b"), ("a", "b")), (("--as", ""), ())], ids=["all", "two", "public"]
)
def test_readers(cli, fake, given, groups):
    cli("search", "x", *given)
    assert fake.calls[-1] == ("search", "x", 10, groups, ())
    cli("ask", "x", *given)
    assert fake.calls[-1] == ("ask", "x", "rag", groups)


def test_ask(cli, fake):
    assert cli("ask", "how heavy?").out.splitlines() == [
        "80 kg. [1]",
        "",
        '[1] a.md: "80 kg" (supported)',
        '[2] a.md: "80 kg" (not supported)',
        '[3] a.md: "80 kg" (cannot tell)',
        "rag, m; 1.5 s",
    ]
    twice = (
        Citation(1, "a.md", None, 0, 5, "80 kg", True, "80 kg."),
        Citation(1, "a.md", None, 0, 5, "80 kg", True, "Yes."),
    )
    fake.results["ask"] = Answer("80 kg. Yes.", False, "rag", "m", twice)
    assert cli("ask", "x").out.count('[1] a.md: "80 kg" (supported)') == 1
    fake.results["ask"] = Answer("The documents do not say.", True, "rag", "m")
    assert cli("ask", "x").out == "The documents do not say.\n\nabstained; rag, m\n"
    fake.results["ask"] = Answer("No.", True, "rag", "m", why="gate 0.1 < 0.2 (answer.false_refusals)")
    assert "\nabstained: gate 0.1 < 0.2 (answer.false_refusals); rag, m\n" in cli("ask", "x").out
    assert one_object(cli("ask", "x", "--json").out)["why"] == "gate 0.1 < 0.2 (answer.false_refusals)"


def test_an_answer_that_the_limit_cut_says_so(cli, fake):
    fake.results["ask"] = Answer("The Wren carries eighty", False, "rag", "m", finished=False)
    assert cli("ask", "x").out.endswith("\ncut at answer.max_new_tokens, or by a filter of the server; rag, m\n")
    assert one_object(cli("ask", "x", "--json").out)["finished"] is False
    fake.results["ask"] = Answer("Yes.", False, "rag", "m")
    assert one_object(cli("ask", "x", "--json").out)["finished"] is True


def test_tune(cli):
    out = cli("tune").out
    assert "examples: 9 used, 7 dropped\n  0: duplicate\n" in out
    assert "… and 2 more" in out
    assert "train 2.000 to 0.500, validation not measured\n" in out
    assert "forgetting: little\ntime: 30 s, 1,200 tokens/s\n" in out
    assert one_object(cli("tune", "--json").out)["estimate"] is None  # NaN is no JSON


def test_tune_says_before_what_it_will_take(cli):
    assert cli("tune", "--estimate").out == "tuned: 75 steps, 62,766 tokens\ntime: 3 min, 2.9 GB, cost 0.10\n"
    assert one_object(cli("tune", "--estimate", "--json").out)["seconds"] == 184.0


def test_a_refused_adapter_is_done_in_part(cli, monkeypatch, fake):
    made = fake().tune()
    told = made | {"refused": "general text costs +0.300 nats a token", "scale": 0.5, "memory_bytes": 3e9, "cost": 0.2}
    monkeypatch.setattr(fake, "tune", lambda *_, **__: told)
    ran = cli("tune")
    assert ran.status == 1
    assert "time: 30 s, 3.0 GB, cost 0.20, 1,200 tokens/s" in ran.out
    assert "scale: 0.5 of the adapter's change is kept" in ran.out
    assert "refused, and not in use: general text costs +0.300 nats a token" in ran.out


def test_trial(cli, fake):
    assert cli("trial", "--approaches", "base,rag").out.splitlines() == [
        "Take rag.",
        "It answers more.",
        "how sure: rag scored highest in 97% of the resamples",
        "",
        "approach  score        latency",
        "rag       71% (64-78)  1.2s (0.50-12.0)",
        "base      10%          -",
        "mean and 95 % interval; -: does not apply; resamples: the cases drawn again, by chance",
        "measured on 60 cases, with the starter model",
        "not run: tuned: no examples",
        "",
        "next: Write 20 more cases.",
        "report: /p/.tunebook/trials/1/report.html",
    ]
    assert fake.calls[-1] == ("trial", None, ("base", "rag"), None)


def test_an_import_says_what_became_of_each_row(cli, fake):
    left_out = [{"row": row, "why": "reference is empty"} for row in range(1, 23)]
    contexts = {"given": 4, "found": 3}
    fake.results["import_cases"] = {"file": "c", "added": 2, "there": 1, "left_out": left_out, "contexts": contexts}
    ran = cli("cases", "import", "set.csv", "--kind", "behaviour")
    assert ran.status == 1
    assert ran.out.splitlines()[19:] == [
        "row 20: left out: reference is empty",
        "and 2 more, with --json",
        "3 of 4 contexts stand in a document of the library, which is a source now; the others were left out",
        "2 cases added to c, 1 asked there already",
    ]
    assert fake.calls[-1] == ("import_cases", Path("set.csv"), "behaviour")


def test_trial_in_part_when_an_approach_that_was_asked_for_did_not_run(cli):
    assert cli("trial").status == 0
    assert cli("trial", "--approaches", "rag,tuned").status == 1


@pytest.mark.parametrize(("name", "text"), [("a.json", '{"goal": "facts"}'), ("a.toml", 'goal = "facts"')])
def test_advise_from_a_file(cli, fake, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    ran = cli("advise", "--answers", tmp_path / name)
    assert ran.out.startswith("Recommended: ")
    assert fake.calls[-1] == ("advise", {"goal": "facts"})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", "[1]", "not a set of answers but list"),
        ("a.yaml", "goal: facts", "a .json or .toml file of answers is read"),
        ("b.json", "{", "Expecting property name"),
    ],
)
def test_advise_refuses_what_are_no_answers(cli, fake, tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    ran = cli("advise", "--answers", tmp_path / name)
    assert ran.status == 2
    assert "advise" not in [call[0] for call in fake.calls]
    assert said in ran.err


def test_a_budget_that_is_empty_is_no_time(cli, fake):
    ran = cli("trial", "--budget", "")
    assert (ran.status, fake.calls) == (2, [])
    assert "not a time" in ran.err


def test_advise_asks_at_a_terminal_and_only_there(cli, fake, monkeypatch):
    cli("advise", "--json")
    assert fake.calls[-1] == ("advise", None)
    asked = []
    monkeypatch.setattr("tunebook.advise.ask_interactively", lambda read, write: asked.append(1) or {"goal": "facts"})
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert cli("advise").status == 0
    assert asked == [1]
    assert fake.calls[-1] == ("advise", {"goal": "facts"})


def test_forget_and_check(cli):
    assert cli("forget", "a.md").out == "document: a.md\nremoved: 1\n  library: 3 passages\nstale: none\n"
    *_, rows, sources, summed = cli("examples", "check").out.splitlines()
    assert rows == "row 3 (e3): duplicate: as row 1"
    assert sources.startswith("2 of the used rows say that they rest on documents")
    assert summed == "4 used, 1 left out, 1 finding"


def test_many_findings_are_counted_and_the_first_are_shown(cli, fake):
    findings = [
        {"row": row, "id": str(row), "kind": "leak", "why": "a case", "fatal": row > 24} for row in range(1, 26)
    ]
    kinds = {"leak": {"rows": 25, "left_out": 1, "means": "asked", "hint": "delete it"}}
    found = {"used": 24, "findings": findings, "rows": 25, "kinds": kinds, "documents": {"declared": 0}}
    fake.results["check_examples"] = found
    head, blank, first, *_, last, more, summed = cli("examples", "check").out.splitlines()
    assert head == "leak  25  1 left out  asked; delete it"
    assert (blank, first, last) == ("", "row 1: leak: a case", "row 20: leak: a case")
    assert (more, summed) == ("… and 5 more, with --json", "24 used, 1 left out, 25 findings")


def test_an_example_as_tokens(cli, fake):
    out = cli("examples", "show", "e3", "more.csv").out
    assert out == (
        "row 3 (e3), as tuned learns it: 4 tokens, at most 9 (tuning.max_row_tokens); none is cut\n"
        "\nmasked, 2 tokens:\n<user>│a⏎\n"
        "\nlearnt, 2 tokens, of which <end> ends the answer:\nyes│<end>\n"
    )
    assert fake.calls[-1] == ("show_example", "e3", Path("more.csv"))


def test_models_get(cli, monkeypatch):
    monkeypatch.setattr("tunebook.models.starter.get_starters", lambda say: say("fetching") or {"chat": Path("/c")})
    ran = cli("models", "get", "starter", "--json")
    assert (one_object(ran.out), ran.err) == ({"chat": "/c"}, "fetching\n")
    assert cli("models", "get", "starter", "--quiet").err == ""
    assert cli("models", "get", "big").err == "error: no models named 'big'\nhint: allowed: starter\n"


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (BadInput("two\nlines", "do\nthis"), 2, "error: two lines\nhint: do this\n"),
        (LibraryFailed("broken"), 2, "error: broken\nhint: tunebook --help lists the commands\n"),
        (ReadFailed("b.pdf", "x"), 1, "error: b.pdf\nhint: x\n"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 2, "error: /x: Permission denied\nhint: check"),
        (KeyboardInterrupt(), 130, "interrupted; nothing is lost\n"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_failures_are_worded_once(cli, fake, error, status, message):
    fake.results["ask"] = error
    ran = cli("ask", "x", "--json")
    assert (ran.status, ran.out) == (status, "")
    assert ran.err.startswith(message)


def test_a_bug_is_called_one(cli, fake):
    fake.results["ask"] = ValueError("boom")
    ran = cli("ask", "x")
    assert (ran.status, ran.out) == (70, "")
    assert "Traceback" in ran.err
    assert "error: ValueError: boom\nhint: this is a bug in tunebook" in ran.err


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (("synk",), "'synk'"),
        (("sync", "--bogus"), "--bogus"),
        (("--project", "p", "sync"), "--project"),
        (("ask",), "QUESTION"),
        (("ask", "x", "y"), "y"),
        (("models",), "Missing command"),
        (("library",), "Missing command"),
        (("search",), "QUERY"),
        (("search", "x", "--queries", "q"), "--queries"),
        (("search", "--queries", "q.jsonl"), "q.jsonl"),
        (("search", "x", "--run", "o.trec"), "o.trec"),
        (("search", "--queries", "q.jsonl", "--run", "o.trec", "--where", "a=1"), "--where"),
        (("search", "--queries", "q.jsonl", "--run", "o.trec", "--explain"), "--explain"),
        (("search", "x", "-k", "0"), "-k 0"),
        (("search", "x", "-k", "many"), "many"),
        (("search", " "), "' '"),
        (("ask", ""), "''"),
        (("forget", ""), "''"),
        (("keys", "make", "x", "--everything", "--groups", "hr"), "--groups 'hr'"),
        (("trial", "--approaches", ","), "','"),
        (("advise", "--answers", "gone.json"), "gone.json"),
    ],
    ids=" ".join,
)
def test_misuse(cli, fake, args, named):
    ran = cli(*args)
    error, hint = ran.err.splitlines()
    assert (ran.status, ran.out) == (2, "")
    assert error.startswith("error: ")
    assert named in error
    assert hint.startswith("hint: ")
    assert not [call for call in fake.calls if call[0] != "open"]


def test_words_without_quotes_are_told_of_them(cli):
    assert cli("ask", "how", "heavy", "is", "it").err.endswith("; put several words in quotes\n")


@pytest.mark.parametrize(("name", "text"), [("a.json", "{"), ("a.toml", "x ="), ("b.json", "\xff")])
def test_broken_answers(cli, tmp_path, name, text):
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    ran = cli("advise", "--answers", tmp_path / name)
    assert ran.status == 2
    assert ran.err.startswith(f"error: --answers {tmp_path / name}: ")


def test_help_names_every_command(capsys):
    assert run([]) == 0
    out = capsys.readouterr().out
    for name in ["init", "sync", "search", "ask", "tune", "trial", "advise", "forget", "demo", "models", "examples"]:
        assert f"\n  {name} " in out


def test_help_and_version_load_nothing(real):
    ran = real("--help")
    assert (ran.status, ran.err) == (0, "")
    heavy = "import sys, tunebook.cli.main; print(sorted({'rich', 'pydantic', 'torch', 'numpy'} & set(sys.modules)))"
    assert real(code=heavy).out == "[]\n"
    assert real("--version").out.startswith("tunebook 0.")


def test_a_reader_that_went_away_is_no_error(real):
    code = (
        "import subprocess, sys\n"
        "body = 'from tunebook.cli.common import *; show(Outcome({}, \"line\\\\n\" * 100_000), False)'\n"
        "work = subprocess.Popen([sys.executable, '-c', body], stdout=subprocess.PIPE)\n"
        "work.stdout.readline(); work.stdout.close(); sys.exit(work.wait())\n"
    )
    assert real(code=code) == (0, "", "")


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c(tmp_path):
    body = (
        "import sys, time, types\n"
        "class Project:\n"
        "    @classmethod\n"
        "    def open(cls, *given): print('ready', file=sys.stderr, flush=True); time.sleep(30)\n"
        "sys.modules['tunebook.project'] = types.SimpleNamespace(Project=Project)\n"
        "from tunebook.cli.main import main; main()\n"
    )
    command = [sys.executable, "-c", body, "sync", "--json"]
    environment = {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True) as work:
        assert work.stderr.readline() == "ready\n"
        work.send_signal(2)
        out, err = work.communicate(timeout=20)
    assert (work.returncode, out, err) == (130, "", "interrupted; nothing is lost\n")


def test_wishes_of_a_trial(cli, fake):
    cli("trial", "--budget", "1.5m", "--fresh", "hold", "--compare", "last")
    assert (fake.wishes.budget_seconds, fake.wishes.fresh, fake.wishes.compare) == (90, "hold", "last")
    ran = cli("trial", "--budget", "soon")
    assert (ran.status, "not a time" in ran.err) == (2, True)


def test_adapters_are_a_table_and_what_comes_next_is_told(cli, fake):
    listed = cli("adapters", "list").out.splitlines()
    assert [line.split() for line in listed] == [
        ["adapter", "size", "created"],
        ["tuned-a", "in", "use,", "stale", "290", "MB", "2026-11-30T01:14:44"],
        ["hybrid-d", "unfinished", "0", "MB"],
    ]
    assert cli("adapters", "use", "tuned-a").out == "tuned-a is in use for tuned now\n"
    assert "tunebook sync" in cli("adapters", "use", "retriever-e").out
    assert cli("adapters", "remove", "tuned-a").out == "removed tuned-a: 290 MB\n"
    assert cli("adapters", "remove", " ").status == 2
    fake.results["tuned"] = []
    assert cli("adapters", "list").out == "no adapter yet: tunebook tune\n"


def test_generations_are_a_table_and_the_way_back_is_told(cli):
    lines = cli("library", "list").out.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["number", "embedder", "language"],
        ["1", "starter", "english"],
        ["2", "in", "use"],
    ]
    told = cli("library", "use", "1").out
    assert "generation 1 is searched now" in told
    assert "set embedder.name back" in told
    assert "passages.max_tokens is 200: set it to 160" in told
    assert "library.language is 'german': set it to 'english'" in told


def test_an_embedder_at_an_endpoint_is_set_back_with_it(cli, fake, monkeypatch):
    used = {"number": 1, "embedder": "bge at http://localhost:8080/v1", "max_tokens": 160, "next_max_tokens": 160}
    used |= {"language": "any", "next_language": "any"}
    monkeypatch.setattr(fake, "use_generation", lambda self, number: used | {"next_sync": "starter"})
    assert "starter: set embedder.name and embedder.endpoint back" in cli("library", "use", "1").out


def test_a_number_of_hits_beyond_all_is_refused(cli):
    ran = cli("search", "words", "-k", "100000000000000000000")
    assert (ran.status, "allowed: 1 to 1000000" in ran.err) == (2, True)


def test_watching_is_a_line_a_sync(cli, fake):
    counts = {"added": 1, "updated": 0, "unchanged": 2, "deleted": 0, "failed": [], "passages": 3, "seconds": 0.1}
    fake.results["watch"] = [counts, counts | {"failed": [{"path": "a.pdf", "error": "it is empty"}]}]
    ran = cli("sync", "--watch", "--json")
    assert [len(json.loads(line)["failed"]) for line in ran.out.splitlines()] == [0, 1]
    assert "syncing 1/2" in ran.err


def test_a_receipt_is_printed_with_a_sync(cli, fake):
    counts = {"added": 0, "updated": 0, "unchanged": 2, "deleted": 1, "failed": [], "passages": 3, "seconds": 0.1}
    fake.results["sync"] = counts | {"receipt": {"removed": {"documents": 1}, "left": {"rows": 0, "files": []}}}
    assert "removed: documents: 1" in cli("sync").out


def test_what_the_pages_show_is_what_is_printed(cli, fake):
    removed = {"documents": 1, "passages": 9, "vectors": 9, "cached_files": 0, "thumbs": 0, "file": False}
    stale = {"adapters": [], "examples": [], "cases": ["k-13"]}
    heron = "documents/products/heron.md"
    remains = f"the file itself: the next sync reads it again unless it is removed there: {heron}"
    left = {"rows": 0, "files": []}
    fake.results["forget"] = {"document": heron, "removed": removed, "left": left, "stale": stale, "remains": [remains]}
    builds = [(1, False, 160, 455, "2026-11-20T09:12:44"), (2, True, 200, 371, "2026-11-22T18:30:02")]
    names = ("number", "current", "max_tokens", "passages", "created")
    fake.results["generations"] = [
        dict(zip(names, build, strict=True)) | {"finished": True, "embedder": "starter", "language": "english"}
        for build in builds
    ]
    counts = {"added": 0, "updated": 0, "unchanged": 41, "deleted": 0, "failed": [], "passages": 455, "seconds": 1.5}
    fake.results["sync"] = counts
    for page, args in (("forget", ("forget", heron)), ("library", ("library", "list")), ("sync", ("sync",))):
        shown = (Path(__file__).parents[2] / "docs" / f"{page}.md").read_text(encoding="utf-8")
        assert f"```text\n{cli(*args).out}```" in shown


def test_trial_tells_what_each_is_worth_where_weights_are_set(cli, monkeypatch, fake):
    report = fake().trial()
    verdict = report["verdict"] | {
        "weights": {"second": 0.03},
        "worth": {"base": 0.1, "rag": 0.05},
        "judge": "J agrees.",
    }
    monkeypatch.setattr(fake, "trial", lambda *_, **__: report | {"verdict": verdict})
    out = cli("trial").out.splitlines()
    assert out[3] == "J agrees."
    assert out[5:9] == [
        "approach  worth  score        latency",
        "base      0.10   10%          -",
        "rag       0.05   71% (64-78)  1.2s (0.50-12.0)",
        "mean and 95 % interval; -: does not apply; worth: by the weights that are set; "
        "resamples: the cases drawn again, by chance",
    ]


def test_trial_says_which_rows_are_controls(cli, monkeypatch, fake):
    trivial = {"first_passage": {"score": {"mean": 0.36, "low": 0.26, "high": 0.49, "n": 60}}}
    report = fake().trial() | {"trivial": trivial}
    monkeypatch.setattr(fake, "trial", lambda *_, **__: report)
    assert "controls, which ask no model: first_passage" in cli("trial").out.splitlines()


def test_trial_tells_a_few_of_the_files_that_could_not_be_read(cli, monkeypatch, fake):
    failed = [{"path": f"{n}.heic", "error": "files of kind '.heic' are not read"} for n in range(9)]
    report = fake().trial() | {"sync": {"failed": failed}}
    monkeypatch.setattr(fake, "trial", lambda *_, **__: report)
    told = [line for line in cli("trial").out.splitlines() if "read" in line]
    assert len(told) == 6
    assert told[-1] == "and 4 more that could not be read: tunebook sync lists them"


def test_trial_tells_whose_view_was_measured(cli, monkeypatch, fake):
    report = fake().trial() | {"reader": ["hr"]}
    monkeypatch.setattr(fake, "trial", lambda *_, **__: report)
    assert "measured as a reader in hr: what rests on other documents was left out" in cli("trial").out
