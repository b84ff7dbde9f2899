"""A trial end to end with fakes inside: what is asked, what is asked only once, and what is written."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from helpers import CountingModel, write_rows

from tunebook.approaches import Unavailable
from tunebook.cli.trial import text
from tunebook.errors import BadInput, BadSettings
from tunebook.project import hosted
from tunebook.settings import ABSTENTION

BIKES = {f"documents/bike{n}.md": f"# Bike {n}\n\nBike number {n} carries {100 + n} kg." for n in range(8)}
CASES = [
    *(
        {
            "id": f"k{n}",
            "prompt": f"How much does bike number {n} carry?",
            "answers": [f"{100 + n} kg"],
            "sources": [f"documents/bike{n}.md"],
        }
        for n in range(8)
    ),
    {"id": "u1", "prompt": "Who was king in 1200?", "answerable": False},
    {"id": "b1", "prompt": "Sort: the chain is off.", "kind": "behaviour", "answers": ["workshop"], "checks": []},
]
EXAMPLES = [{"id": f"e{n}", "prompt": f"Sort: fault {n}.", "completion": "workshop"} for n in range(6)]
ARMS = ["base", "prompted", "rag"]


def read_the_best_passage(request) -> str:
    """Reads out the last passage, which is the best, if there is one."""
    prompt = request.messages[-1]["content"]
    if "king" in prompt:
        return ABSTENTION
    return prompt.split("\n\n")[-2] if prompt.startswith("Read this text:") else "I would say ninety."


@pytest.fixture
def opened(project):
    found = project(BIKES, CountingModel(read_the_best_passage), ["search.k=1", "trial.resamples=200"])
    root = found._parts.folder.root
    write_rows(root / "cases.jsonl", CASES)
    write_rows(root / "examples.jsonl", EXAMPLES)
    return found


def asked(opened) -> int:
    count = len(opened._parts.model.asked)
    opened._parts.model.asked.clear()
    return count


def test_cases_of_a_kind_that_the_weights_leave_out_are_refused_before_any_is_asked(project):
    found = project(BIKES, None, ["weights.knowledge=0", "weights.behaviour=1"])
    write_rows(found.root / "cases.jsonl", CASES[:8])
    with pytest.raises(BadInput, match=r"weights\.knowledge is 0, and every case is of that kind: none would count"):
        found.trial(approaches=["base"])
    assert asked(found) == 0


def test_what_a_report_holds_stands_in_its_schema(opened):
    report = opened.trial(approaches=ARMS)
    schema = (Path(__file__).parents[2] / "docs/design/report-json.md").read_text(encoding="utf-8").split("```")[1]
    named = {
        word for line in schema.splitlines() for word in re.findall(r"^(\w+)|\s{3,}(\w+)\s", line) for word in word
    }
    assert set(report) <= named
    assert set(report["hashes"]) == {"cases", "examples", "library", "model"}


def test_other_examples_have_another_hash_and_make_another_report(opened):
    first = opened.trial(approaches=["base"])
    write_rows(opened.root / "examples.jsonl", EXAMPLES[:5])
    second = opened.trial(approaches=["base"])
    assert first["hashes"]["examples"] != second["hashes"]["examples"]
    assert {**first["hashes"], "examples": ""} == {**second["hashes"], "examples": ""}
    assert first["id"] != second["id"]


def test_a_trial_syncs_asks_scores_decides_and_reports(opened):
    report = opened.trial(approaches=ARMS)
    assert report["counts"] | {"passages": 8, "documents": 8} == report["counts"]
    assert (report["counts"]["cases"], report["counts"]["unanswerable"], report["counts"]["examples"]) == (10, 1, 6)
    assert list(report["approaches"]) == ARMS
    assert report["approaches"]["rag"]["knowledge"]["mean"] > 0.8
    assert report["approaches"]["rag"]["citation_precision"]["mean"] > 0.8
    assert report["approaches"]["base"]["correct_answerable"]["mean"] == 0
    assert report["approaches"]["base"]["refusal_recall"]["mean"] == 1
    assert report["verdict"]["recommended"] == "rag"
    assert report["verdict"]["sentence"].startswith("Choose rag")
    assert report["approaches"]["rag"]["latency_seconds"]["n"] == 5


def test_a_trial_over_a_given_model_wants_none_on_disk(opened, tmp_path, monkeypatch):
    monkeypatch.setenv("TUNEBOOK_CACHE", str(tmp_path / "none"))
    assert opened.trial(approaches=["base"])["counts"]["cases"] == len(CASES)


def test_sources_that_the_library_does_not_hold_are_told(opened):
    lost = {"id": "k9", "prompt": "How heavy?", "answers": ["9 kg"], "sources": ["documents/bike77.md"]}
    write_rows(opened._parts.folder.cases, [*CASES, lost])
    report = opened.trial(approaches=["rag"])
    why = "it is not in the library"
    assert report["astray"] == [{"case": "k9", "document": "documents/bike77.md", "page": None, "why": why}]
    assert f"case k9: its source documents/bike77.md cannot be found: {why}" in text(report)


def test_the_report_is_written_for_people_and_for_programs(opened):
    report = opened.trial(approaches=ARMS)
    page = Path(report["report"])
    assert page.name == "report.html"
    assert "Choose rag" in page.read_text()
    written = json.loads(page.with_name("report.json").read_text())
    assert written == json.loads(json.dumps(report | {"cases": written["cases"]}))
    assert [row["id"] for row in written["cases"]] == [case["id"] for case in CASES]
    assert set(written["cases"][0]["by"]) == set(ARMS)
    assert json.loads((opened.state / "trials/last.json").read_text()) == {"id": report["id"]}


def test_a_second_trial_asks_nothing_and_finds_the_same(opened):
    first = opened.trial(approaches=ARMS)
    assert asked(opened) == 3 * (len(CASES) + 6)
    second = opened.trial(approaches=ARMS)
    assert asked(opened) == 0
    for key in ("id", "verdict", "approaches", "pairs", "hashes", "failures"):
        assert first[key] == second[key]


def test_only_what_changed_is_asked_anew(opened):
    opened.trial(approaches=ARMS)
    asked(opened)
    root = opened._parts.folder.root
    write_rows(root / "cases.jsonl", [*CASES, CASES[0] | {"id": "new", "prompt": "And bike number 1?"}])
    opened.trial(approaches=ARMS)
    assert 3 <= asked(opened) <= 3 * 6, "the new case, and those newly drawn for the timing"
    (root / "documents/bike0.md").write_text("# Bike 0\n\nBike number 0 carries 555 kg.")
    opened.trial(approaches=["base", "rag"])
    assert asked(opened) == len(CASES) + 1 + 6, "rag alone reads the documents"


def test_an_interrupted_trial_goes_on(opened):
    model = opened._parts.model

    def tired(request):
        if len(model.asked) == 15:
            raise KeyboardInterrupt
        return read_the_best_passage(request)

    model.reply = tired
    with pytest.raises(KeyboardInterrupt):
        opened.trial(approaches=ARMS)
    before = asked(opened)
    model.reply = read_the_best_passage
    opened.trial(approaches=ARMS)
    assert before + asked(opened) == 3 * (len(CASES) + 6) + 1, "the one that was under way is asked again"


def test_what_cannot_run_is_told_and_the_others_run(opened):
    (opened._parts.folder.root / "examples.jsonl").unlink()
    report = opened.trial(approaches=["base", "tuned", "hybrid"])
    assert list(report["approaches"]) == ["base"]
    assert report["unavailable"] == dict.fromkeys(("tuned", "hybrid"), "there are no examples to tune on")


def test_without_documents_the_book_is_unavailable(project):
    opened = project()
    write_rows(opened._parts.folder.root / "cases.jsonl", CASES)
    report = opened.trial(approaches=["base", "rag"])
    assert report["unavailable"] == {"rag": "the library is empty"}
    with pytest.raises(BadInput, match="none of rag can run here: the library is empty"):
        opened.trial(approaches=["rag"])


def test_at_an_endpoint_nothing_is_tuned(opened, project):
    there = project(None, CountingModel(), ["model.endpoint=http://nowhere"])
    report = there.trial(approaches=["base", "tuned"])
    assert report["unavailable"] == {"tuned": hosted.refused(there._parts.settings)}


def test_without_cases_there_is_no_trial(project):
    with pytest.raises(BadInput, match=r"no cases: .*cases\.jsonl is not there"):
        project(BIKES).trial()


def test_mistakes_are_told_before_any_work(opened):
    with pytest.raises(BadInput, match="unknown approach 'magic'"):
        opened.trial(approaches=["base", "magic"])
    with pytest.raises(BadInput, match="the question is empty"):
        opened.ask(" ")
    with pytest.raises(BadInput, match="unknown approach"):
        opened.ask("Why?", "magic")
    with pytest.raises(BadInput, match="--for magic: unknown"):
        opened.tune("magic")
    assert asked(opened) == 0


def test_a_check_that_cannot_be_run_is_told_before_any_work(opened):
    broken = CASES[-1] | {"checks": [{"type": "json_schema", "schema": {"type": "objekt"}}]}
    write_rows(opened._parts.folder.root / "cases.jsonl", [*CASES[:-1], broken])
    with pytest.raises(BadInput, match="a json_schema check: 'objekt' is not valid"):
        opened.trial(approaches=ARMS)
    assert asked(opened) == 0


def test_a_question_that_is_too_long_is_told_before_any_work(opened):
    long = CASES[-1] | {"prompt": "Why is that so? " * 4000}
    write_rows(opened._parts.folder.root / "cases.jsonl", [*CASES[:-1], long])
    steps = []
    opened._parts.model.window = 8192
    with pytest.raises(BadInput, match=f"case {long['id']!r}, row {len(CASES)}: a question of .* tokens and "):
        opened.trial(approaches=ARMS, progress=lambda *step: steps.append(step[0]))
    assert asked(opened) == 0
    assert not any("tuning" in step or "asking" in step for step in steps)


def test_asking_needs_what_the_approach_needs(opened):
    with pytest.raises(BadInput, match="the library is empty"):
        opened.ask("How much?")
    opened.sync()
    assert opened.ask("How much does bike number 3 carry?").citations[0].document == "documents/bike3.md"
    with pytest.raises(Unavailable, match="there is no adapter for tuned"):
        opened.ask("How much?", "tuned")


def test_a_run_file_has_each_document_once_best_first(opened, tmp_path):
    opened.sync()
    queries = write_rows(
        tmp_path / "queries.jsonl", [{"id": "q1", "prompt": "bike number 3"}, {"id": "q2", "prompt": "kg"}]
    )
    assert opened.search_run(queries, tmp_path / "run.txt", k=5)["queries"] == 2
    rows = [line.split() for line in (tmp_path / "run.txt").read_text().splitlines()]
    first = [row for row in rows if row[0] == "q1"]
    assert (first[0][2], len(first), len({row[2] for row in first})) == ("documents/bike3.md", 5, 5)
    assert [row[3] for row in first] == ["1", "2", "3", "4", "5"]
    assert [float(row[4]) for row in first] == sorted((float(row[4]) for row in first), reverse=True)


def test_opening_reads_the_settings_and_nothing_else(project):
    opened = project({"tunebook.toml": "[search]\nk = 9\n"})
    assert opened._parts.settings.search.k == 9
    assert not opened.state.exists()
    with pytest.raises(BadSettings):
        project({"tunebook.toml": "[search]\nkk = 9\n"})
