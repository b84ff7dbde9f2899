"""Pairs of answers: the loss against one written by hand, what it does, and that a run with it can be resumed."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny import SETTINGS, Letters, rows_of, tiny_llama

from tunebook.errors import BadRow
from tunebook.rows import read_examples
from tunebook.settings import TuningSettings
from tunebook.tuning import form_rows
from tunebook.tuning.course import Training
from tunebook.tuning.encoded import encode, encode_rejected
from tunebook.tuning.train import prepared, train
from tunebook.tuning.trainingset import TrainingRow

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # PEFT's business
PAIRS = SETTINGS.model_copy(update={"preference_weight": 1.0, "preference_beta": 0.5})


def pairs_of(count: int) -> list[TrainingRow]:
    return [replace(row, rejected=f"no, {index}") if index % 3 else row for index, row in enumerate(rows_of(count))]


def learn(folder: Path, settings: TuningSettings = PAIRS, stop_at: int | None = None) -> Training:
    def say(step: int, steps: int, loss: float, rate: float) -> None:
        if step == stop_at:
            raise KeyboardInterrupt

    return train(tiny_llama(), Letters(), pairs_of(24), folder, settings, say)


def log_p(model: Any, encoded: Any) -> float:
    with torch.inference_mode():
        scores = model(input_ids=torch.tensor([encoded.ids])).logits[0].log_softmax(-1)
    return sum(float(scores[at - 1, encoded.ids[at]]) for at in range(encoded.start, len(encoded.ids)))


def test_the_loss_is_the_one_written_by_hand(tmp_path: Path) -> None:
    rows, plain = pairs_of(6), tiny_llama()
    encoded = [encode(Letters(), row) for row in rows]
    worse = {i: encode_rejected(Letters(), row, encoded[i]) for i, row in enumerate(rows) if row.rejected}
    reference = {i: log_p(plain, encoded[i]) - log_p(plain, worse[i]) for i in worse}
    with prepared(tiny_llama(), Letters(), rows, tmp_path, PAIRS) as (run, _):
        run._look_at_pairs()
        assert run.preference.reference == pytest.approx(reference, abs=1e-4)
        for name, parameter in run.model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(parameter, std=0.05)
        batch = list(range(6))
        found = float(run._loss(batch, weight=2.0)[0].detach())
        wanted = -sum(log_p(run.model, encoded[i]) for i in batch)
        for i in worse:
            margin = log_p(run.model, encoded[i]) - log_p(run.model, worse[i])
            wanted += 2.0 * math.log1p(math.exp(-0.5 * (margin - reference[i])))
        assert found == pytest.approx(wanted, rel=1e-5)


def test_the_better_answer_gains_on_the_worse_one(tmp_path: Path) -> None:
    done = learn(tmp_path)
    assert [step for step, _ in done.preferred] == [step for step, _ in done.validation]
    assert done.preferred[-1][1] == 1.0


def test_a_killed_run_goes_on_to_the_same_result(tmp_path: Path) -> None:
    whole = learn(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        learn(tmp_path / "killed", stop_at=5)
    again = learn(tmp_path / "killed")
    assert again.train == whole.train
    assert again.preferred == whole.preferred


def test_without_weight_pairs_are_plain_rows(tmp_path: Path) -> None:
    unweighted = learn(tmp_path / "a", PAIRS.model_copy(update={"preference_weight": 0.0}))
    plain = train(tiny_llama(), Letters(), rows_of(24), tmp_path / "b", PAIRS, lambda *_: None)
    assert unweighted.train == plain.train
    assert unweighted.preferred == []


CHOSEN = [{"role": "user", "content": "Sort this."}, {"role": "assistant", "content": "workshop"}]
REJECTED = [CHOSEN[0], {"role": "assistant", "content": "I think it is the workshop."}]


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "Sort this.", "completion": "workshop", "rejected": "I think it is the workshop."},
        {"prompt": "Sort this.", "chosen": "workshop", "rejected": "I think it is the workshop."},
        {"chosen": CHOSEN, "rejected": REJECTED},
        {"prompt": CHOSEN[:1], "chosen": CHOSEN[1:], "rejected": REJECTED[1:]},
    ],
)
def test_pairs_are_read_in_the_usual_shapes(row: Any, tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text(json.dumps(row), encoding="utf-8")
    (example,) = read_examples(tmp_path / "e.jsonl")
    assert (example.prompt, example.completion) == ("Sort this.", "workshop")
    assert example.rejected == "I think it is the workshop."
    (made,) = form_rows([example], "").rows
    assert made.rejected == example.rejected


@pytest.mark.parametrize("rejected", ["workshop", " ", 7])
def test_a_worse_answer_is_text_and_another(rejected: Any, tmp_path: Path) -> None:
    row = {"prompt": "Sort this.", "completion": "workshop", "rejected": rejected}
    (tmp_path / "e.jsonl").write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(BadRow, match="row 1: rejected"):
        read_examples(tmp_path / "e.jsonl")
