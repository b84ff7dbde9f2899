"""The training loop: LoRA on the completions of a set of rows, kept short enough to be read.

    train(model, rows, folder, settings, say)   →  Training(loss curve, tokens a second, …), adapter in `folder`

    loss = − Σ log p(token) / N      over the N completion tokens (end-of-turn included) of one optimiser step

LoRA (arXiv:2106.09685): W x + (alpha / r) · B A x on every linear layer but the output head.  What makes it quick:
only the completions' positions are projected to the vocabulary (exact, and the logits never fill the memory); batches
have a token budget and are sorted by length, so that almost nothing is padding and, padding being to the right of a
causal model, no mask is needed; adapters compute in the model's own type with fp32 master copies for the optimiser;
on a processor the layers have their gradients written out (`trunk`), where the model is one that is known there.

Each step is a line of `live.jsonl` in the folder while the run goes on; a page that draws the curve reads it.

A checkpoint holds masters, optimiser, best weights and the state of the random numbers; the order of the batches is a
function of the seed alone, so a run that was killed goes on to the same result.  The last checkpoint stays until
`tidy(folder)`: what comes after the training may be killed too.
"""

from __future__ import annotations

import json
import math
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tunebook.errors import BadInput
from tunebook.models.batches import batch_ids, by_tokens
from tunebook.settings import TuningSettings
from tunebook.tuning.trainingset import TrainingRow

LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
CHECKPOINT, SCRATCH = "checkpoint.pt", "checkpoint.tmp"
LIVE, ESTIMATE = "live.jsonl", "estimate.json"
MICRO_TOKENS = 1024  # tokens that go forwards and backwards together; a step adds up several
READING_TOKENS = 4096  # tokens that go forwards together where no gradients are wanted


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of a row; `ids[start:]` is the completion with its end-of-turn."""

    ids: list[int]
    start: int


@dataclass(slots=True)
class Training:
    """What a run did.  Losses are nats a completion token; tokens are real ones, padding left out."""

    train: list[tuple[int, float]] = field(default_factory=list)
    validation: list[tuple[int, float]] = field(default_factory=list)
    steps: int = 0
    tokens: int = 0
    seconds: float = 0.0
    best_step: int = 0
    best_loss: float = math.inf
    preferred: list[tuple[int, float]] = field(default_factory=list)  # share of held-out pairs that moved the right way

    def as_json(self) -> dict[str, Any]:
        done = asdict(self)
        done["best_loss"] = None if math.isinf(self.best_loss) else self.best_loss
        return done | {"tokens_per_second": self.tokens / self.seconds if self.seconds else None}


Say = Callable[[int, int, float, float], None]  # step, steps, loss, tokens a second


def encode(tokenizer: Any, row: TrainingRow) -> Encoded:
    """The chat template with the completion and the end-of-turn token."""
    prompt = list(
        tokenizer.apply_chat_template(
            [dict(m) for m in row.messages], add_generation_prompt=True, tokenize=True, return_dict=False
        )
    )
    return _encoded(tokenizer, prompt, row.completion, row.ended)


def encode_rejected(tokenizer: Any, row: TrainingRow, encoded: Encoded) -> Encoded:
    """The row again, with the answer that is not wanted."""
    return _encoded(tokenizer, encoded.ids[: encoded.start], row.rejected or "", True)


def _encoded(tokenizer: Any, prompt: list[int], completion: str, ended: bool) -> Encoded:
    answer = tokenizer(completion, add_special_tokens=False)["input_ids"]
    end = [tokenizer.eos_token_id] if ended else []
    return Encoded([*prompt, *answer, *end], len(prompt))


def plan(lengths: Sequence[int], settings: TuningSettings) -> list[list[int]]:
    """Batches of all epochs, as indices: each epoch sorts by length with a little noise, then shuffles the batches."""
    batches: list[list[int]] = []
    for epoch in range(math.ceil(settings.epochs)):
        draw = random.Random(f"{settings.seed}/{epoch}")
        noisy = [length * draw.uniform(0.85, 1.15) for length in lengths]
        order = sorted(range(len(lengths)), key=lambda index: -noisy[index])
        made = _fill(order, lengths, settings.batch_tokens)
        draw.shuffle(made)
        share = min(1.0, settings.epochs - epoch)
        batches += made[: max(1, round(len(made) * share))]
    return batches


def _fill(order: Sequence[int], lengths: Sequence[int], budget: int) -> list[list[int]]:
    batches: list[list[int]] = []
    longest = 0
    for index in order:
        longest = max(longest, lengths[index])
        if batches and (len(batches[-1]) + 1) * longest <= budget:
            batches[-1].append(index)
        else:
            batches.append([index])
            longest = lengths[index]
    return batches


def train(
    model: Any,
    tokenizer: Any,
    rows: Sequence[TrainingRow],
    folder: Path,
    settings: TuningSettings,
    say: Say,
    start: Path | None = None,
) -> Training:
    """Trains an adapter on a plain causal model and writes it to `folder` in PEFT's format.

    Begins from the adapter in `start` where one is named, and goes on from `folder/checkpoint.pt` where one is there.
    KeyboardInterrupt writes a checkpoint first.
    Raises BadInput when there are no rows.
    """
    with prepared(model, tokenizer, rows, folder, settings, start) as (run, batches):
        run.go(batches, say)
        run.save_best()
    return run.done


def tidy(folder: Path) -> None:
    """Removes what only an unfinished run needs; what was live is in the manifest from now on."""
    for passing in (CHECKPOINT, SCRATCH, LIVE, ESTIMATE):
        (folder / passing).unlink(missing_ok=True)


@contextmanager
def prepared(
    model: Any,
    tokenizer: Any,
    rows: Sequence[TrainingRow],
    folder: Path,
    settings: TuningSettings,
    start: Path | None = None,
) -> Iterator[tuple[Run, list[list[int]]]]:
    """A run that has not begun, and its batches of row numbers; the model is as it came afterwards."""
    if not rows:
        raise BadInput("nothing to tune on: no example is left", "run: tunebook examples check")
    import torch

    torch.manual_seed(settings.seed)
    encoded = [encode(tokenizer, row) for row in rows]
    learn, held = hold_out(rows, settings)
    wrapped = _with_adapter(model, settings, start)
    attention = model.config._attn_implementation
    run = Run(wrapped, encoded, held, settings, folder)
    run.rejected = (
        {index: encode_rejected(tokenizer, row, encoded[index]) for index, row in enumerate(rows) if row.rejected}
        if settings.preference_weight
        else {}
    )
    if model.device.type == "cpu" and run.trunk is None:  # its fused attention runs backwards at half the speed here
        model.set_attn_implementation("eager")
    batches = plan([len(encoded[index].ids) for index in learn], settings)
    try:
        yield run, [[learn[place] for place in batch] for batch in batches]
    finally:
        wrapped.unload().eval()
        model.set_attn_implementation(attention)


def hold_out(rows: Sequence[TrainingRow], settings: TuningSettings) -> tuple[list[int], list[int]]:
    """(to learn, to validate), split by group so that no group stands on both sides; replayed rows only to learn."""
    groups = sorted({row.group for row in rows if not row.replayed})
    random.Random(settings.seed).shuffle(groups)
    held: set[str] = set()
    wanted = settings.validation_share * sum(not row.replayed for row in rows)
    for group in groups:
        members = sum(row.group == group for row in rows)
        if sum(row.group in held for row in rows) + members <= wanted:
            held.add(group)
    learn = [index for index, row in enumerate(rows) if row.group not in held]
    return learn, [index for index, row in enumerate(rows) if row.group in held]


def _with_adapter(model: Any, settings: TuningSettings, start: Path | None = None) -> Any:
    from peft import LoraConfig, get_peft_model, load_peft_weights, set_peft_model_state_dict

    count = model.config.num_hidden_layers
    upper = list(range(count // 2, count)) if settings.layers == "upper" else None
    present = {name.rsplit(".", 1)[-1] for name, _ in model.named_modules()}
    modules = [name for name in LINEAR if name in present] or "all-linear"
    config = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        use_dora=settings.method == "dora",
        target_modules=modules,
        layers_to_transform=upper if modules != "all-linear" else None,
        task_type="CAUSAL_LM",
    )
    wrapped = get_peft_model(model, config, autocast_adapter_dtype=False)
    if start:
        set_peft_model_state_dict(wrapped, load_peft_weights(str(start), device="cpu"))
    return wrapped


class Run:
    """One run's moving parts: parameters with their fp32 masters, the optimiser, and what was measured."""

    def __init__(
        self, model: Any, encoded: Sequence[Encoded], held: Sequence[int], settings: TuningSettings, folder: Path
    ) -> None:
        import torch

        from tunebook.tuning.trunk import Below, Trunk

        self.model, self.encoded, self.held, self.settings, self.folder = model, encoded, held, settings, folder
        self.trunk = Trunk.of(model)
        self.below = Below(self.trunk) if self.trunk and self.trunk.first_trained else None
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        self.masters = [p.detach().float().clone() for p in self.parameters]
        self.rate = settings.learning_rate or 1 / model.config.hidden_size
        self.optimiser = torch.optim.AdamW(self.masters, lr=self.rate, weight_decay=settings.weight_decay)
        self.best = [master.clone() for master in self.masters]
        self.rejected: dict[int, Encoded] = {}  # the worse answer of rows that have one
        self.preference: Any = None  # Preference, where they do
        self.done = Training()
        self.saved = time.monotonic()
        self.whole = True  # False while an update is half done: what an interrupt then finds is not kept

    def go(self, batches: list[list[int]], say: Say) -> None:
        if self.rejected:
            self._look_at_pairs()
        self._resume()
        every = evaluation_every(len(batches), self.settings)
        before = self.done.seconds
        begin = time.monotonic()
        try:
            self._evaluate_if_due(every, len(batches))  # an interrupted run may have stopped just before it
            while self.done.steps < len(batches):
                batch = batches[self.done.steps]
                loss = self._step(batch, self.rate * _warmed(self.done.steps, len(batches), self.settings.warmup))
                self.done.steps += 1
                self.done.tokens += sum(len(self.encoded[index].ids) for index in batch)
                self.done.seconds = before + time.monotonic() - begin
                self.done.train.append((self.done.steps, loss))
                self.whole = True
                say(self.done.steps, len(batches), loss, self.done.tokens / self.done.seconds)
                self._note({"steps": len(batches), "train": loss})
                self._evaluate_if_due(every, len(batches))
                if time.monotonic() - self.saved > self.settings.checkpoint_seconds or self.done.steps == len(batches):
                    self._checkpoint()
        except KeyboardInterrupt:
            if self.whole:
                self._checkpoint()
            raise

    def _look_at_pairs(self) -> None:
        """Before anything is learnt or resumed: the reference is the model as the run found it."""
        from tunebook.tuning.preference import Preference

        self.model.eval()
        beta = self.settings.preference_beta
        self.preference = Preference.of(self.encoded, self.rejected, beta, self._nats, MICRO_TOKENS)

    def timed_step(self, batch: list[int]) -> float:
        """Seconds of a step at rate 0, after which the weights are what they were."""
        begin = time.perf_counter()
        self._step(batch, 0.0)
        return time.perf_counter() - begin

    def timed_reading(self, batch: list[int]) -> float:
        """Seconds of the loss without its gradients."""
        import torch

        self.model.eval()
        begin = time.perf_counter()
        with torch.inference_mode():
            float(self._loss(batch)[0])
        return time.perf_counter() - begin

    def _step(self, batch: list[int], rate: float) -> float:
        import torch

        self.model.train()
        count = sum(len(self.encoded[index].ids) - self.encoded[index].start for index in batch)
        pairs = self.preference.pairs(batch) if self.preference else 0
        weight = self.settings.preference_weight * count / pairs if pairs else 0.0
        total = 0.0
        for part in by_tokens([len(self.encoded[index].ids) for index in batch], MICRO_TOKENS):
            loss, _ = self._loss([batch[place] for place in part], weight)
            (loss / count).backward()  # divided by all tokens of the step, not by the part's own
            total += float(loss.detach())
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        with torch.no_grad():
            for master, parameter in zip(self.masters, self.parameters, strict=True):
                master.grad = None if parameter.grad is None else parameter.grad.float()
                parameter.grad = None
            torch.nn.utils.clip_grad_norm_(self.masters, 1.0)
            self.whole = False
            self.optimiser.step()
            for master, parameter in zip(self.masters, self.parameters, strict=True):
                parameter.copy_(master)
        return total / count

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

    def _evaluate_if_due(self, every: int, steps: int) -> None:
        at = self.done.steps
        last = self.done.validation[-1][0] if self.done.validation else self.done.best_step
        if at > last and (at % every == 0 or at == steps):
            self._evaluate()

    def _evaluate(self) -> None:
        import torch

        if not self.held:
            self._keep(self.done.train[-1][1], always=True)
            return
        self.model.eval()
        total, count = 0.0, 0
        with torch.inference_mode():
            for batch in by_tokens([len(self.encoded[index].ids) for index in self.held], READING_TOKENS):
                loss, tokens = self._loss([self.held[place] for place in batch])
                total, count = total + float(loss), count + tokens
        self._keep(total / count)
        self.done.validation.append((self.done.steps, total / count))
        self._note({"validation": total / count})
        self._compare_pairs()

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
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / LIVE).open("a", encoding="ascii") as lines:
            lines.write(json.dumps({"step": self.done.steps, **what}) + "\n")

    def _keep(self, loss: float, always: bool = False) -> None:
        if always or loss < self.done.best_loss:
            self.best = [master.clone() for master in self.masters]
            self.done.best_loss, self.done.best_step = loss, self.done.steps

    def save_best(self) -> None:
        import torch

        with torch.no_grad():
            for master, parameter in zip(self.best, self.parameters, strict=True):
                parameter.copy_(master)
        self.model.save_pretrained(str(self.folder))

    def _checkpoint(self) -> None:
        import torch

        self.folder.mkdir(parents=True, exist_ok=True)
        scratch = self.folder / SCRATCH
        state = {"masters": self.masters, "best": self.best, "optimiser": self.optimiser.state_dict()}
        torch.save(state | {"done": self.done.as_json(), "random": torch.get_rng_state()}, scratch)
        os.replace(scratch, self.folder / CHECKPOINT)
        self.saved = time.monotonic()

    def _resume(self) -> None:
        import torch

        path = self.folder / CHECKPOINT
        if not path.is_file():
            return
        state = torch.load(path, weights_only=True, map_location=self.masters[0].device)
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


def completion_nats(model: Any, rows: Sequence[Encoded], trunk: Any = None, frozen: Any = None) -> Any:
    """Cross-entropy of every completion token, row after row: float32 (completion tokens of all rows), nats.

    Rows are padded to the right, which a causal model never looks at from a real position, so no mask is needed.
    `model` is a causal model, with adapters or without; `trunk`, where there is one, goes through its layers instead
    (`frozen`: what it gave for these rows below its first trained layer).
    """
    import torch

    plain = model.get_base_model() if hasattr(model, "get_base_model") else model
    ids = batch_ids([row.ids for row in rows], plain.device)
    at = [(place, position - 1) for place, row in enumerate(rows) for position in range(row.start, len(row.ids))]
    places, positions = (torch.tensor(column, device=ids.device) for column in zip(*at, strict=True))
    if trunk is not None:
        read = trunk.hidden(ids, frozen)[places * ids.shape[1] + positions]  # (completion tokens, dim)
        return trunk.nats(read, ids[places, positions + 1])
    hidden = plain.base_model(input_ids=ids, use_cache=False).last_hidden_state  # (batch, tokens, dim)
    logits = plain.get_output_embeddings()(hidden[places, positions]).float()  # (completion tokens, vocabulary)
    return torch.nn.functional.cross_entropy(logits, ids[places, positions + 1], reduction="none")


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
