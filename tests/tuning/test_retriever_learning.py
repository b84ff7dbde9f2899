"""The loop of the retriever: its loss, what it keeps, and that a killed run goes on to the same weights."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from tunebook.models.fakes import FakeEmbedder
from tunebook.tuning import retriever
from tunebook.tuning.retriever import Pair, Recipe, Run, Text, found_again, own, plan, warmed

torch = pytest.importorskip("torch")
WORDS = ["wren", "heron", "gull", "crane"]
RECIPE = Recipe(rate=3e-3, rows=4, rounds=3, epochs=1, least_steps=12)


def pairs(count: int) -> list[Pair]:
    found = []
    for n in range(count):
        one, other = WORDS[n % 4], WORDS[(n + 1) % 4]
        texts = [Text(f"{name}.md", f"the {name} {'carries' * (n % 2)}") for name in (one, other)]
        found.append(Pair(f"what of {one[::-1]} {n}", texts[0], (texts[1],), (f"{one}.md",), f"g{n}"))
    return found


@pytest.fixture(scope="module")
def encoder(tmp_path_factory) -> str:
    """A folder with a random BERT of two layers, and a tokenizer of letters."""
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("encoder")
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)] + [str(n) for n in range(10)]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{one}" for one in letters)]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    BertModel(BertConfig(vocab_size=len(vocabulary), max_position_embeddings=64, **size)).save_pretrained(folder)
    return str(folder)


def run(encoder: str, folder, stop_at: int | None = None) -> Run:
    def say(step: int, steps: int, loss: float) -> None:
        if step == stop_at:
            raise KeyboardInterrupt

    made = Run(encoder, pairs(12), pairs(4), folder, RECIPE, "cpu")
    made.go(say)
    return made


@pytest.fixture(scope="module")
def unbroken(encoder, tmp_path_factory) -> Run:
    return run(encoder, tmp_path_factory.mktemp("unbroken"))


def test_it_learns_and_what_it_saves_embeds(unbroken, tmp_path):
    from tunebook.models.embedder import LocalEmbedder

    losses = [loss for _, loss in unbroken.done.train]
    assert np.mean(losses[-3:]) < np.mean(losses[:3])
    assert unbroken.done.chosen["reciprocal_rank"] >= unbroken.done.start["reciprocal_rank"]
    unbroken.save(tmp_path)
    vectors = LocalEmbedder.load(str(tmp_path), 512, "cpu").embed(["what of nerw", "the wren"])
    assert vectors.shape == (2, 32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-3)


@pytest.mark.parametrize("stop_at", [1, 6, 12])
def test_an_interrupted_run_goes_on_from_its_last_round_to_the_same_weights(unbroken, encoder, tmp_path, stop_at):
    with pytest.raises(KeyboardInterrupt):
        run(encoder, tmp_path, stop_at)
    again = run(encoder, tmp_path)
    assert [loss for _, loss in again.done.train] == pytest.approx([loss for _, loss in unbroken.done.train])
    assert again.done.chosen == unbroken.done.chosen
    assert all(torch.equal(again.best[name], unbroken.best[name]) for name in again.best)


def test_the_loss_is_the_formula(encoder, tmp_path):
    made = Run(encoder, pairs(4), [], tmp_path, RECIPE, "cpu")
    made.model.eval()
    rows = pairs(4)[:2]
    loss = float(made._loss(rows, random.Random(0)).detach())
    asked, told = (
        made._embedded(texts).detach().numpy().astype(float)
        for texts in (
            [row.question for row in rows],
            ["the wren ", "the heron carries", "the heron ", "the gull carries"],
        )
    )
    cosines = asked @ told.T / RECIPE.temperature
    wren = -math.log(math.exp(cosines[0, 0]) / np.exp(cosines[0]).sum())
    heron = -math.log(math.exp(cosines[1, 1]) / np.exp(cosines[1][[0, 1, 3]]).sum())  # not against its own document
    assert loss == pytest.approx((wren + heron) / 2, rel=0.05)


def test_passages_of_its_own_sources_are_no_negatives():
    rows = [Pair("q", Text("a", "1"), (), ("a", "b"), "g"), Pair("r", Text("b", "2"), (), ("b",), "h")]
    texts = [Text("a", "1"), Text("b", "2"), Text("b", "3"), Text("c", "4")]
    assert own(rows, texts).tolist() == [[False, True, True, False], [False, False, True, False]]


def test_found_again_by_hand():
    vectors = {"q": [1, 0], "p": [0.6, 0.8], "n": [0.8, 0.6], "m": [0, 1]}
    pair = Pair("q", Text("a", "p"), (Text("b", "n"), Text("c", "m")), ("a",), "g")
    embedder = FakeEmbedder()
    embedder.embed = lambda texts: np.array([vectors[text] for text in texts], np.float32)
    found = found_again([pair], embedder, 1.0)
    assert found["reciprocal_rank"] == 0.5
    assert found["loss"] == pytest.approx(-math.log(math.exp(0.6) / (math.exp(0.6) + math.exp(0.8) + 1)), abs=1e-3)


def test_the_plan_shows_every_pair_in_every_epoch_and_few_pairs_more_often():
    batches = plan(pairs(10), Recipe(rows=4, epochs=2, least_steps=0))
    assert [len(batch) for batch in batches] == [4, 3, 3] * 2
    assert sorted(batches[0] + batches[1] + batches[2]) == list(range(10))
    assert len(plan(pairs(3), Recipe(rows=4, epochs=2, least_steps=30))) == 30
    assert plan(pairs(10), Recipe(seed=1)) == plan(pairs(10), Recipe(seed=1)) != plan(pairs(10), Recipe(seed=2))


def test_the_rate_warms_up_and_falls():
    rates = [warmed(step, 100) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[9] == pytest.approx(0.91)
    assert rates[-1] == 0.05


def test_half_the_way_is_between():
    begun, learnt = (
        {"w": torch.tensor([0.0, 2.0]), "n": torch.tensor(1)},
        {"w": torch.tensor([1.0, 4.0]), "n": torch.tensor(2)},
    )
    middle = retriever.between(begun, learnt, 0.5)
    assert (middle["w"].tolist(), int(middle["n"])) == ([0.5, 3.0], 2)


def test_a_damaged_checkpoint_is_begun_anew(encoder, unbroken, tmp_path):
    (tmp_path / "checkpoint.pt").write_bytes(b"half of")
    again = run(encoder, tmp_path)
    assert again.done.train == unbroken.done.train
