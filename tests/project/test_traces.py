"""What lies behind an answer: told, kept where the settings say so, and gone when its time or its document is."""

from __future__ import annotations

import os
import time

import pytest
from helpers import CountingModel

from tunebook import Project
from tunebook.cli.traces import explained
from tunebook.errors import BadInput
from tunebook.project.parts import Parts
from tunebook.project.traces import changed
from tunebook.settings import load_settings

HERON = {
    "documents/heron.md": "# The Heron\n\nThe Heron carries 80 kg.",
    "documents/wren.md": "# The Wren\n\nIt is red.",
}
QUESTION = "How much does the Heron carry?"


@pytest.fixture
def opened(project):
    model = CountingModel(lambda request: "The Heron carries 80 kg. It flies to Peru.")
    found = project(HERON, model, ["answer.min_similarity=-1", "traces.keep=true"])
    found.sync()
    return found


def with_days(opened, days: float) -> Project:
    parts = Parts(opened._parts.folder, load_settings(None, ["traces.keep=true", f"traces.days={days}"]))
    return Project(parts)


def test_an_answer_is_explained(opened):
    trace = opened.explain(QUESTION)
    assert trace["answer"] == "The Heron carries 80 kg. It flies to Peru."
    assert [claim["supported"] for claim in trace["claims"]] == [True, False]
    assert trace["prompt"][-1]["content"].endswith(f"According to the text: {QUESTION}")
    assert {"cosine", "bm25"} <= set(trace["hits"][0]["stages"])
    assert trace["signals"]["cosine"] > 0
    told = "\n".join(explained(trace))
    for part in (
        "claims:",
        "hits:",
        "signals:",
        "prompt:",
        "tokens read",
        'not supported (no passage speaks of it): "It',
    ):
        assert part in told


def test_an_explanation_says_what_was_taken_out_left_out_and_cut(opened):
    trace = opened.explain(QUESTION)
    told = "\n".join(explained(trace | {"claims": trace["claims"][:1], "left_out": {"passages": 2}, "finished": False}))
    assert '  not supported, left out: "It flies to Peru."' in told
    assert "2 passages left out, the prompt is full" in told
    assert "cut at answer.max_new_tokens" in told
    whole = "\n".join(explained(trace))
    assert not any(word in whole for word in ("left out", "cut at", "abstained"))


def test_an_abstention_is_explained(project):
    found = project(HERON, CountingModel(), ["answer.min_similarity=0.99", "traces.keep=true"])
    found.sync()
    found.ask("Who is king?")
    (listed,) = found.traces()
    kept = found.trace(listed["id"])
    told = "\n".join(explained(kept))
    assert f"abstained: best cosine {kept['signals']['cosine']:.4g} < 0.99 (answer.min_similarity)" in told
    assert "signals: none" not in told
    earlier = {key: value for key, value in kept.items() if key not in ("why", "finished")}
    assert "abstained" in "\n".join(explained(earlier))


def test_before_the_first_sync_an_answer_has_its_trace_too(project):
    found = project({}, CountingModel(lambda request: "Hello."), ["traces.keep=true"])
    assert found.ask("Hello", "base").text == "Hello."
    assert [one["question"] for one in found.traces()] == ["Hello"]


def test_a_kept_trace_says_when_its_source_has_changed_since(opened):
    opened.ask(QUESTION)
    (kept,) = opened.traces()
    assert opened.trace(kept["id"])["changed"] == []
    (opened._parts.folder.root / "documents" / "heron.md").write_text("# The Heron\n\nThe Heron carries 90 kg.")
    opened.sync()
    assert opened.trace(kept["id"])["changed"] == ["documents/heron.md"]


def test_a_source_that_is_gone_or_of_an_unknown_version_has_changed(opened):
    opened.sync()
    library = opened._parts.library
    version = library.versions(["documents/wren.md"])["documents/wren.md"]

    def of(*cited):
        return changed({"citations": [{"document": name, "version": version} for name, version in cited]}, library)

    assert of(("documents/wren.md", version)) == []
    assert of(("documents/wren.md", "0" * 32), ("documents/wren.md", version)) == ["documents/wren.md"]
    assert of(("documents/wren.md", "")) == ["documents/wren.md"]
    assert of(("gone.md", "")) == of(("gone.md", version)) == ["gone.md"]


def test_nothing_is_kept_unless_the_settings_say_so(project):
    found = project(HERON, CountingModel(lambda request: "80 kg."), ["answer.min_similarity=-1"])
    found.sync()
    found.ask(QUESTION)
    assert found.traces() == []
    assert not (found.state / "traces").exists()


def test_a_trace_goes_when_its_time_is_over(opened):
    opened.ask(QUESTION)
    (path,) = (opened.state / "traces").glob("*.json")
    two_days_ago = time.time() - 2 * 86400
    os.utime(path, (two_days_ago, two_days_ago))
    assert len(with_days(opened, 3).traces()) == 1
    assert with_days(opened, 1).traces() == []
    assert not path.exists()
    with pytest.raises(BadInput, match="not there"):
        with_days(opened, 1).trace(path.stem)


def test_a_trace_goes_though_none_are_kept_any_more(opened, project):
    opened.ask(QUESTION)
    (path,) = (opened.state / "traces").glob("*.json")
    os.utime(path, (0, 0))
    silent = project(None, CountingModel(lambda request: "80 kg."))
    assert silent.ask(QUESTION).text
    assert not path.exists()


def test_a_trace_that_another_question_deletes_meanwhile_costs_nothing(opened):
    opened.ask(QUESTION)
    (opened.state / "traces" / "0.json").symlink_to("gone")  # listed, and not there when it is looked at
    assert opened.ask(QUESTION).text
    assert len(opened.traces()) == 2


def test_a_trace_that_cannot_be_written_is_warned_of_and_the_answer_is_given(opened, caplog):
    (opened.state / "traces").write_text("a file where the folder should be")
    assert opened.ask(QUESTION).text
    assert "not kept" in caplog.text
    assert opened.traces() == []


def test_a_forgotten_document_leaves_no_trace(opened):
    opened.ask(QUESTION)
    opened.forget("documents/heron.md")
    assert opened.traces() == []


def test_a_document_that_is_forgotten_while_the_model_writes_leaves_no_trace(project):
    def written(request):
        found.forget("documents/heron.md")
        return "The Heron carries 80 kg."

    found = project(HERON, CountingModel(written), ["answer.min_similarity=-1", "traces.keep=true"])
    found.sync()
    assert found.ask(QUESTION).text
    assert found.traces() == []


@pytest.mark.parametrize("id", ["", "../../secret", "0" * 16])
def test_what_is_no_trace_is_refused(opened, id):
    with pytest.raises(BadInput, match="not there"):
        opened.trace(id)
