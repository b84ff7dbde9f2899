"""The embedder, tuned on questions: each is to lie nearer to its passage than to any other of its batch.

    run = Run("starter", learn, held, folder, Recipe())          pairs to learn from, and pairs to choose by
    run.go(say)                                                  goes on from a checkpoint in the folder
    run.save(folder)                                             encoder and tokenizer, as any folder with an embedder

    L = − 1/B Σ_i log ( exp(q_i · p_i / τ) / Σ_j exp(q_i · p_j / τ) )

over the passages p_j of the batch and a hard negative for each row (InfoNCE: van den Oord et al. 2018, arXiv:1807.03748;
of passages: Karpukhin et al. 2020, arXiv:2004.04906).  Passages of a row's own sources are no negatives of it.  What is kept
lies between the starting weights and the learnt ones (Wortsman et al. 2022, arXiv:2109.01903), so that less is forgotten:
after each round both shares of the way are looked at, and the pairs held out of the learning choose.

Left out on purpose: whether the result searches better, which `project.retriever` measures on other questions still.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebook.models.base import Embedder
from tunebook.models.device import choose, fitting, prepare
from tunebook.models.embedder import LocalEmbedder, encoder, pooled
from tunebook.models.encoding import Encoding
from tunebook.tuning import unfinished
from tunebook.tuning.method import room

Say = Callable[[int, int, float], None]  # step, steps, loss
Weights = dict[str, Any]  # name → tensor


@dataclass(frozen=True, slots=True)
class Text:
    """A passage as it is embedded, and its document."""

    document: str
    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, the passage that answers it, and passages of other documents that were found for it."""

    question: str
    passage: Text
    negatives: tuple[Text, ...]
    sources: tuple[str, ...]  # documents that answer it: none of their passages is a negative
    group: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """How it is learnt; all of it goes into the adapter's name."""

    rate: float = 3e-5
    temperature: float = 0.05
    rows: int = 24  # of a batch
    rounds: int = 8  # after each the pairs held out are looked at
    epochs: int = 6
    least_steps: int = 120  # few pairs are seen more often
    patience: int = 3  # rounds without a gain
    shares: tuple[float, ...] = (0.5, 1.0)  # of the way from the starting weights
    max_tokens: int = 256  # of a text, while it is learnt
    seed: int = 0


@dataclass(slots=True)
class Learning:
    """What a run did.  Losses are nats a question; `chosen` and `start` say how the pairs held out were found."""

    rounds: int = 0
    steps: int = 0
    seconds: float = 0.0
    train: list[tuple[int, float]] = field(default_factory=list)
    validation: list[tuple[int, float]] = field(default_factory=list)  # of the best share
    start: dict[str, float] = field(default_factory=dict)
    chosen: dict[str, float] = field(default_factory=dict)  # step, share, reciprocal_rank, loss


class Run:
    """One training of one encoder."""

    def __init__(
        self,
        name: str,
        learn: Sequence[Pair],
        held: Sequence[Pair],
        folder: Path,
        recipe: Recipe,
        device: str = "auto",
        made: Encoding = Encoding(),  # noqa: B008 - frozen
    ) -> None:
        prepare()
        import torch

        self.name, self.learn, self.held, self.folder, self.recipe = name, learn, held, folder, recipe
        self.made = made
        self.placement = choose(device)
        self.model, self.tokenizer = encoder(name, choose(self.placement.device, "float32"))
        if self.placement.device == "cpu":  # its fused attention runs backwards at half the speed
            self.model.set_attn_implementation("eager")
        on_cpu = self.placement.device == "cpu"
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=recipe.rate, weight_decay=0.01, fused=True if on_cpu else None
        )
        self.begun = self._weights()
        self.best = self.begun
        self.done = Learning()

    def go(self, say: Say) -> None:
        """Round after round, until the pairs held out have gained nothing for some; raises BadInput for a full disk."""
        begun = (self.folder / unfinished.CHECKPOINT).is_file()
        room(self.folder, sum(one.numel() for one in self.model.parameters()), begun)
        self._resume()
        batches = plan(self.learn, self.recipe)
        rounds = np.array_split(np.arange(len(batches)), min(self.recipe.rounds, len(batches)))
        ends = [int(part[-1]) + 1 for part in rounds]
        if not self.done.start:
            self.done.start = self._judged(self.begun)
        for number in range(self.done.rounds, len(ends)):
            if number - self._chosen_round(ends) > self.recipe.patience:
                break
            with fitting(self.placement.device):
                self._round(batches, number, ends[number], say)
                self._choose()
            self.done.rounds = number + 1
            self._checkpoint()

    def save(self, folder: Path) -> None:
        """The chosen weights, as a folder that an embedder is loaded from."""
        self.model.load_state_dict(self.best)
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        self.made.write(folder, self.model.config.hidden_size)

    def _chosen_round(self, ends: Sequence[int]) -> int:
        return ends.index(int(self.done.chosen["step"])) + 1 if self.done.chosen else 0

    def _round(self, batches: Sequence[Sequence[int]], number: int, end: int, say: Say) -> None:
        import torch

        torch.manual_seed(self.recipe.seed * 1000 + number)  # of its dropout: a run that was killed goes on the same
        draw = random.Random(f"{self.recipe.seed}/{number}")
        self.model.train()
        begin, before = time.monotonic(), self.done.seconds
        for step in range(self.done.steps, end):
            for group in self.optimiser.param_groups:
                group["lr"] = self.recipe.rate * warmed(step, len(batches))
            loss = self._loss([self.learn[place] for place in batches[step]], draw)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimiser.step()
            self.optimiser.zero_grad()
            self.done.train.append((step + 1, float(loss.detach())))
            self.done.seconds = before + time.monotonic() - begin
            unfinished.note(self.folder, {"step": step + 1, "steps": len(batches), "train": float(loss.detach())})
            say(step + 1, len(batches), float(loss.detach()))
        self.done.steps = end

    def _loss(self, rows: Sequence[Pair], draw: random.Random) -> Any:
        import torch

        texts = [row.passage for row in rows] + [draw.choice(row.negatives) for row in rows if row.negatives]
        asked = self._embedded([self.made.query_prompt + row.question for row in rows])  # (rows, dim)
        told = self._embedded([self.made.passage_prompt + one.text for one in texts])  # (rows + negatives, dim)
        cosines = asked @ told.T / self.recipe.temperature
        hidden = torch.tensor(own(rows, texts), device=cosines.device)
        return torch.nn.functional.cross_entropy(
            cosines.masked_fill(hidden, -math.inf), torch.arange(len(rows), device=cosines.device)
        )

    def _embedded(self, texts: Sequence[str]) -> Any:
        """Unit vectors with their gradients, float32 (texts, dim)."""
        import torch

        longest = min(self.made.window, self.recipe.max_tokens)
        told: Any = {"padding": True, "padding_side": "right", "truncation": True, "max_length": longest}
        given = self.tokenizer(list(texts), return_tensors="pt", **told).to(self.model.device)
        half = self.placement.dtype == "bfloat16"
        with torch.autocast(self.placement.device.split(":")[0], torch.bfloat16, enabled=half):
            hidden = self.model(given["input_ids"], given["attention_mask"]).last_hidden_state
        return pooled(hidden.float(), given["attention_mask"], self.made.pooling)

    def _choose(self) -> None:
        """Keeps the weights by which the pairs held out are found best: by reciprocal rank, among equals by loss."""
        learnt = self._weights()
        found = []
        for share in self.recipe.shares:
            weights = between(self.begun, learnt, share)
            found.append(({"step": self.done.steps, "share": share} | self._judged(weights), weights))
        judged, weights = max(found, key=lambda one: _merit(one[0]))
        self.done.validation.append((self.done.steps, judged["loss"]))
        if not self.done.chosen or _merit(judged) > _merit(self.done.chosen):
            self.done.chosen, self.best = judged, weights

    def _judged(self, weights: Weights) -> dict[str, float]:
        """{"reciprocal_rank", "loss"} of the pairs held out, each among all their passages."""
        import torch

        if not self.held:
            return {"reciprocal_rank": 0.0, "loss": 0.0}
        with torch.no_grad():
            copy = deepcopy(self.model)
            copy.load_state_dict(weights)
            model = copy.to(self.placement.torch_dtype)
        embedder = LocalEmbedder.of(self.name, model, self.tokenizer, 2048, self.made)
        return found_again(self.held, embedder, self.recipe.temperature)

    def _weights(self) -> Weights:
        return {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}

    def _checkpoint(self) -> None:
        state = {"weights": self._weights(), "best": self.best, "optimiser": self.optimiser.state_dict()}
        unfinished.save(self.folder, state | {"done": asdict(self.done)})

    def _resume(self) -> None:
        if state := unfinished.saved(self.folder, self.placement.device):
            self.model.load_state_dict(state["weights"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.best, self.done = state["best"], Learning(**state["done"])


def plan(pairs: Sequence[Pair], recipe: Recipe) -> list[list[int]]:
    """Batches of all epochs, as indices, of like size; a function of the seed alone."""
    count = max(1, math.ceil(len(pairs) / recipe.rows))
    batches: list[list[int]] = []
    for epoch in range(max(recipe.epochs, math.ceil(recipe.least_steps / count))):
        order = list(range(len(pairs)))
        random.Random(f"{recipe.seed}/{epoch}").shuffle(order)
        batches += [[int(place) for place in part] for part in np.array_split(order, count)]
    return batches


def warmed(step: int, steps: int) -> float:
    """Share of the full rate: up over the first tenth, then down in a line."""
    return min(1.0, (step + 1) / (0.1 * steps)) * max(0.05, 1 - step / steps)


def own(rows: Sequence[Pair], texts: Sequence[Text]) -> NDArray[np.bool_]:
    """(rows, texts): what is no negative of a row though it is not the passage at its place."""
    hidden = np.array([[one.document in row.sources for one in texts] for row in rows])
    hidden[np.arange(len(rows)), np.arange(len(rows))] = False
    return hidden


def between(begun: Weights, learnt: Weights, share: float) -> Weights:
    """w = (1 − share) · begun + share · learnt; what is no number of fractions is the learnt."""
    return {
        name: begun[name] + share * (tensor - begun[name]) if tensor.is_floating_point() else tensor
        for name, tensor in learnt.items()
    }


def found_again(pairs: Sequence[Pair], embedder: Embedder, temperature: float) -> dict[str, float]:
    """How near each question lies to its passage among the passages of all pairs: mean of 1 / rank, and of the loss."""
    pool = list(dict.fromkeys(text for pair in pairs for text in (pair.passage, *pair.negatives)))
    asked, told = embedder.embed_queries([pair.question for pair in pairs]), embedder.embed([one.text for one in pool])
    cosines = asked @ told.T  # (pairs, pool)
    ranks, losses = [], []
    for pair, row in zip(pairs, cosines, strict=True):
        rivals = np.array([one.document not in pair.sources for one in pool])
        right = row[pool.index(pair.passage)]
        ranks.append(1 / (1 + int((row[rivals] > right).sum())))
        losses.append(float(np.logaddexp.reduce(np.append(row[rivals] - right, 0.0) / temperature)))
    return {"reciprocal_rank": round(float(np.mean(ranks)), 4), "loss": round(float(np.mean(losses)), 4)}


def _merit(judged: dict[str, float]) -> tuple[float, float]:
    return judged["reciprocal_rank"], -judged["loss"]
