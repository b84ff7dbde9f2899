"""The estimate: it counts what the run will do, and leaves the model as it was.  Its seconds are not asserted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tiny import SETTINGS, Letters, rows_of, run, tiny_llama

from tunebook.errors import BadInput
from tunebook.tuning.estimate import Estimate, estimate
from tunebook.tuning.run import Run

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")


def test_it_counts_the_steps_and_tokens_of_the_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = tiny_llama()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = estimate(model, Letters(), rows_of(24), SETTINGS)
    assert list(tmp_path.iterdir()) == []
    after = model.state_dict()
    assert after.keys() == before.keys() and all(torch.equal(after[name], before[name]) for name in before)
    done = run(tmp_path)
    assert (found.steps, found.tokens) == (done.steps, done.tokens)
    assert found.seconds > 0 and found.memory_bytes > 1e7
    assert found.cost is None


def test_one_row_and_none(tmp_path):
    assert estimate(tiny_llama(), Letters(), rows_of(1), SETTINGS).steps == SETTINGS.epochs
    with pytest.raises(BadInput, match="nothing to tune on"):
        estimate(tiny_llama(), Letters(), [], SETTINGS)


def test_money_is_time_by_the_price():
    found = estimate(tiny_llama(), Letters(), rows_of(4), SETTINGS.model_copy(update={"price_per_hour": 3600.0}))
    assert found.cost == pytest.approx(found.seconds)
    assert Estimate(200.0, 3_000_000_000, 9, 9, 0.5).told == "about 3.3 min and 3.0 GB, 0.50 at tuning.price_per_hour"
    assert Estimate(20.0, 3_000_000_000, 9, 9).told == "about 20 s and 3.0 GB"


def test_the_worse_answers_of_pairs_take_their_time(monkeypatch):
    """With a second for each token that is learnt, and a half for each that is read."""
    learnt = []

    def step(self, batch):
        assert self.preference.pairs(batch)
        learnt.append(sum(len(self.encoded[row].ids) + len(self.rejected[row].ids) for row in batch))
        return float(learnt[-1]), 0.0

    monkeypatch.setattr(Run, "timed_step", step)
    monkeypatch.setattr(Run, "timed_reading", lambda self, batch: 0.5 * len(self.encoded[0].ids) * len(batch))
    settings = SETTINGS.model_copy(update={"validation_share": 0.0, "epochs": 1.0, "batch_tokens": 4096})
    row = rows_of(1)[0]
    rows = [replace(row, id=str(n), group=str(n), rejected=f"{row.completion} or not") for n in range(4)]
    better = len(f"{row.messages[-1]['content']}:{row.completion}") + 1  # the tokenizer's letters, and the end of turn
    pair = 2 * better + len(" or not")
    assert estimate(tiny_llama(), Letters(), rows, settings).seconds == pytest.approx(4 * pair + 4 * pair / 3)
    held = settings.model_copy(update={"validation_share": 0.25})
    took = 3 * pair + 0.5 * 4 * pair + 0.5 * (better + pair)  # one step, the reference, one evaluation
    assert estimate(tiny_llama(), Letters(), rows, held).seconds == pytest.approx(took)
