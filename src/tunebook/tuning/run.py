"""One run of the training loop: steps, evaluations, checkpoints, and what was measured on the way.

    run = Run(method.of(model, settings), encoded, held, settings, folder)
    run.go(batches, say)                                          goes on from a checkpoint in the folder
    run.save_best()                                               the adapter, in its folder

Each step is a line of `live.jsonl` in the folder while the run goes on; a page that draws the curve reads it.  A checkpoint
holds masters, optimiser, best weights, the state of the random numbers, and which rows were held out.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tunebook.errors import Diverged
from tunebook.models.batches import by_tokens
from tunebook.settings import TuningSettings
from tunebook.tuning import unfinished
from tunebook.tuning.course import Training
from tunebook.tuning.encoded import MICRO_TOKENS, READING_TOKENS, Encoded, completion_nats
from tunebook.tuning.method import Full, Lora, rate, room

Say = Callable[[int, int, float, float], None]  # step, steps, loss, tokens a second
Check = Callable[[Any], float]  # the causal model with what it has learnt, → score of what it answers, 0 to 1
Watch = Callable[[Any], float]  # the same, → nats a token that general text costs more than before it was tuned


class Run:
    """One run's moving parts: parameters with their fp32 masters, the optimiser, and what was measured."""

    def __init__(
        self,
        learnt: Lora | Full,
        encoded: Sequence[Encoded],
        held: Sequence[int],
        settings: TuningSettings,
        folder: Path,
    ) -> None:
        import torch

        from tunebook.tuning.trunk import Below, Trunk

        self.learnt, self.model, self.parameters = learnt, learnt.model, learnt.parameters
        self.encoded, self.held, self.settings, self.folder = encoded, held, settings, folder
        self.trunk = Trunk.of(self.model)
        self.below = Below(self.trunk) if self.trunk and self.trunk.first_trained else None
        self.masters = [p.detach().float().clone() for p in self.parameters]
        self.half = self.parameters[0].dtype == torch.float16
        self.summed = 1  # tokens that the gradients in the parameters have yet to be divided by
        self.rate = rate(settings, learnt.plain.config.get_text_config().hidden_size)
        on_cpu = self.masters[0].device.type == "cpu"  # elsewhere torch knows what is quick
        self.optimiser = torch.optim.AdamW(
            self.masters, lr=self.rate, weight_decay=settings.weight_decay, fused=True if on_cpu else None
        )
        self.best = [master.clone() for master in self.masters]
        self.rejected: dict[int, Encoded] = {}  # the worse answer of rows that have one
        self.preference: Any = None  # Preference, where they do
        self.watch: Watch | None = None  # where the run may forget only so much
        self.check: Check | None = None  # where the best step is the one with the best answers, not the lowest loss
        self.done = Training()
        self.saved = time.monotonic()
        self.saving_seconds = 0.0  # that the last checkpoint took
        self.whole = True  # False while an update is half done: what an interrupt then finds is not kept

    def go(self, batches: list[list[int]], say: Say) -> None:
        begun = (self.folder / unfinished.CHECKPOINT).is_file()
        room(self.folder, sum(master.numel() for master in self.masters), begun)
        if self.rejected:
            self._look_at_pairs()
        self._resume()
        self.done.planned = len(batches)
        every = evaluation_every(len(batches), self.settings)
        before = self.done.seconds
        begin = time.monotonic()
        try:
            self._evaluate_if_due(every, batches)  # an interrupted run may have stopped just before it
            while self.done.steps < len(batches) and not self.enough:
                batch = batches[self.done.steps]
                loss = self._learn(batch)
                if not math.isfinite(loss):
                    raise self._diverged()
                self._update(self.rate * _warmed(self.done.steps, len(batches), self.settings.warmup))
                self.done.steps += 1
                self.done.tokens += sum(len(self.encoded[index].ids) for index in batch)
                self.done.seconds = before + time.monotonic() - begin
                self.done.train.append((self.done.steps, loss))
                self.whole = True
                say(self.done.steps, len(batches), loss, self.done.tokens / self.done.seconds)
                self._note({"steps": len(batches), "train": loss})
                self._evaluate_if_due(every, batches)
                if self._is_due() or self.enough or self.done.steps == len(batches):
                    self._checkpoint()
        except KeyboardInterrupt:
            if self.whole:
                self._checkpoint()
            raise

    def _diverged(self, why: str = "the loss is no number") -> Diverged:
        (self.folder / unfinished.CHECKPOINT).unlink(missing_ok=True)
        told = f"tuning diverged by step {self.done.steps}: at a rate of {self.rate:.2g} {why}"
        return Diverged(told, "lower tuning.learning_rate; nothing was put into use")

    @property
    def enough(self) -> bool:
        """Whether so many evaluations went by without a better one that the rest would only be learnt by heart."""
        return 0 < self.settings.patience <= self.done.waited

    def _look_at_pairs(self) -> None:
        """Before anything is learnt or resumed: the reference is the model as the run found it."""
        from tunebook.tuning.preference import Preference

        self.model.eval()
        beta = self.settings.preference_beta
        self.preference = Preference.of(self.encoded, self.rejected, beta, self._nats, MICRO_TOKENS)

    def timed_step(self, batch: list[int]) -> tuple[float, float]:
        """Seconds of the gradients and of the update, at rate 0: the weights are afterwards what they were."""
        begin = time.perf_counter()
        self._learn(batch)
        learnt = time.perf_counter()
        self._update(0.0)
        return learnt - begin, time.perf_counter() - learnt

    def timed_reading(self, batch: list[int]) -> float:
        """Seconds of the loss without its gradients."""
        import torch

        self.model.eval()
        begin = time.perf_counter()
        with torch.inference_mode():
            float(self._loss(batch)[0])
        return time.perf_counter() - begin

    def _learn(self, batch: list[int]) -> float:
        """Puts the step's gradients into the parameters; the loss, nats a completion token."""
        self.model.train()
        count = sum(len(self.encoded[index].ids) - self.encoded[index].start for index in batch)
        pairs = self.preference.pairs(batch) if self.preference else 0
        weight = self.settings.preference_weight * count / pairs if pairs else 0.0
        total = 0.0
        self.summed = count if self.half else 1  # what one token of many adds is too small a number for fp16
        for part in by_tokens([len(self.encoded[index].ids) for index in batch], MICRO_TOKENS):
            loss, _ = self._loss([batch[place] for place in part], weight)
            (loss * self.summed / count).backward()  # divided by all tokens of the step, not by the part's own
            total += float(loss.detach())
        return total / count

    def _update(self, rate: float) -> None:
        import torch

        for group in self.optimiser.param_groups:
            group["lr"] = rate
        with torch.no_grad():
            for master, parameter in zip(self.masters, self.parameters, strict=True):
                master.grad = None if parameter.grad is None else parameter.grad.float().div_(self.summed)
                parameter.grad = None
            torch.nn.utils.clip_grad_norm_(self.masters, 1.0)
            self.whole = False
            self.optimiser.step()
            for master, parameter in zip(self.masters, self.parameters, strict=True):
                parameter.copy_(master)
                master.grad = None

    def _loss(self, batch: list[int], weight: float = 0.0) -> tuple[Any, int]:
        """Summed loss over the batch's completion tokens, and how many they are; `weight`: of each pair's preference."""
        from torch.nn.functional import logsigmoid

        rows = [self.encoded[index] for index in batch]
        frozen = self.below.of(batch, [row.ids for row in rows]) if self.below else None
        nats = self._nats(rows, frozen)
        loss = nats.sum()
        if weight and self.preference.pairs(batch):
            loss = loss - weight * logsigmoid(self.preference.gain(batch, rows, nats, self._nats)).sum()
        return loss, len(nats)

    def _nats(self, rows: Sequence[Encoded], frozen: Any = None) -> Any:
        return completion_nats(self.model, rows, self.trunk, frozen)

    def _evaluate_if_due(self, every: int, batches: list[list[int]]) -> None:
        at = self.done.steps
        last = self.done.validation[-1][0] if self.done.validation else self.done.best_step
        if at > last and (at % every == 0 or at == len(batches)):
            self._evaluate(batches[at - 1])

    def _evaluate(self, learnt: list[int]) -> None:
        """`learnt`: the rows of the last step, which stand in for the latest weights' loss where none are held out."""
        self.model.eval()
        if not self.held:
            self._keep(self._mean_loss(learnt), always=True)
            return
        loss = self._mean_loss(self.held)
        self._keep(loss, self._checked(), self._watched())
        self.done.validation.append((self.done.steps, loss))
        self._note({"validation": loss})
        self._compare_pairs()

    def _mean_loss(self, indices: Sequence[int]) -> float:
        """Nats a completion token of these rows."""
        import torch

        total, count = 0.0, 0
        with torch.inference_mode():
            for batch in by_tokens([len(self.encoded[index].ids) for index in indices], READING_TOKENS):
                loss, tokens = self._loss([indices[place] for place in batch])
                total, count = total + float(loss), count + tokens
        return total / count

    def _checked(self) -> float:
        """Score of the answers as they are now; the same for all steps where answers are not looked at."""
        if self.check is None:
            return 0.0
        score = self.check(self.learnt.plain)
        self.done.checks.append((self.done.steps, score))
        self._note({"check": score})
        return score

    def _watched(self) -> bool:
        """Whether general text costs no more than the run may forget; what it costs is noted."""
        if self.watch is None or self.settings.stop_forgetting is None:
            return True
        rise = self.watch(self.learnt.plain)
        self.done.general.append((self.done.steps, rise))
        self._note({"general": rise})
        return rise <= self.settings.stop_forgetting

    def _compare_pairs(self) -> None:
        """Of the held-out pairs, the share whose better answer has gained on the worse one."""
        import torch

        held = [index for index in self.held if index in self.rejected]
        if not self.preference or not held:
            return
        rows = [self.encoded[index] for index in held]
        with torch.inference_mode():
            gains = [
                float(self.preference.gain([index], [row], self._nats([row]), self._nats)[0])
                for index, row in zip(held, rows, strict=True)
            ]
        self.done.preferred.append((self.done.steps, sum(gain > 0 for gain in gains) / len(gains)))

    def _note(self, what: dict[str, float]) -> None:
        unfinished.note(self.folder, {"step": self.done.steps, **what})

    def _keep(self, loss: float, score: float = 0.0, within: bool = True, always: bool = False) -> None:
        """Keeps the weights where they forget no more than they may, then the latest or by better answers and a lower loss."""
        done = self.done
        better = (within, score, -loss) > (done.best_within, done.best_score, -done.best_loss)
        if self.settings.best_by == "last":
            better = within >= done.best_within
        if always or better:
            self.best = [master.clone() for master in self.masters]
            done.best_loss, done.best_score, done.best_within, done.best_step = loss, score, within, done.steps

    def save_best(self) -> None:
        """Raises Diverged where what is to be kept is broken, or has a loss above the first step's by half, and above half
        of what guessing among all tokens would have.
        """
        if not all(bool(weight.isfinite().all()) for weight in self.best):
            raise self._diverged()
        first, last = self.done.train[0][1], self.done.best_loss
        guess = math.log(self.learnt.plain.get_output_embeddings().weight.shape[0])
        if not last <= max(1.5 * first, guess / 2):  # nor where it is no number
            raise self._diverged(f"the loss went from {first:.1f} to {last:.1f} nats a token")
        self.learnt.save(self.folder, self.best)

    def _is_due(self) -> bool:
        """Where all weights are learnt a checkpoint is large: writing it takes a twentieth of the time at most."""
        return time.monotonic() - self.saved > max(self.settings.checkpoint_seconds, 20 * self.saving_seconds)

    def _checkpoint(self) -> None:
        import torch

        begin = time.monotonic()
        state = {"masters": self.masters, "best": self.best, "optimiser": self.optimiser.state_dict()}
        told = {"done": self.done.as_json(), "held": list(self.held), "random": torch.get_rng_state()}
        unfinished.save(self.folder, state | told)
        self.saved = time.monotonic()
        self.saving_seconds = self.saved - begin

    def _resume(self) -> None:
        import torch

        state = unfinished.saved(self.folder, self.masters[0].device)
        if state.get("held") != list(self.held):  # ids decide what is held out: it may have learnt what would judge it
            return
        done = {key: value for key, value in state["done"].items() if key != "tokens_per_second"}
        best_loss = math.inf if done["best_loss"] is None else done["best_loss"]
        self.done = Training(**(done | {"best_loss": best_loss}))
        self.best = state["best"]
        self.optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["random"].cpu())
        with torch.no_grad():
            for master, parameter, kept in zip(self.masters, self.parameters, state["masters"], strict=True):
                master.copy_(kept)
                parameter.copy_(kept)


def evaluation_every(steps: int, settings: TuningSettings) -> int:
    """Steps between two evaluations; the last step has one as well."""
    return max(1, round(steps / max(1.0, settings.epochs * settings.evaluations_per_epoch)))


def _warmed(step: int, steps: int, warmup: float) -> float:
    """Share of the full rate: linear warm-up, then a cosine down to a tenth."""
    warm = max(1, round(steps * warmup))
    if step < warm:
        return (step + 1) / warm
    along = (step - warm) / max(1, steps - warm)
    return 0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * along))
