"""A chat model in process: transformers for the model, PEFT for adapters, a short loop of our own around them.

    model = LocalChatModel.load("starter")
    dict(model.generate([Request(({"role": "user", "content": "Hello"},))], adapter=Path("adapters/tuned-3f2a")))

One base model is in memory; adapters are switched on it without loading it again.  Prompts run in batches of like
length, and a row leaves its batch when it has finished.  Greedy, its tokens in fp32 equal those of transformers'
`generate`; a request with `sampling` is drawn with a generator of its own, so that what shares its batch changes nothing.
Left out on purpose: beams, and keeping to a `schema`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from inspect import signature
from pathlib import Path
from typing import Any

from tunebook.errors import BadModel, first_line
from tunebook.models.base import Generation, Request, Sampling
from tunebook.models.batches import by_tokens
from tunebook.models.device import Placement, choose, fitting, loading, prepare, quantised
from tunebook.models.difference import Moved, is_difference
from tunebook.models.disk import read_json
from tunebook.models.job import Job
from tunebook.models.tokenizer import LOCAL, WHOLE, ChatTokenizer, model_folder


class LocalChatModel:
    """A causal language model held in memory with any number of LoRA adapters beside it, or moved by a difference."""

    def __init__(self, name: str, model: Any, tokens: ChatTokenizer, batch_tokens: int = 16384) -> None:
        self.name = name
        self.model = model  # the plain model, or a PeftModel around it once an adapter was asked for
        self._moved: Moved | None = None
        self.tokens = tokens
        self.tokenizer = tokens.plain
        self.window = tokens.window
        self.count_tokens = tokens.count
        self._batch_tokens = batch_tokens

    @classmethod
    def load(
        cls,
        name: str = "starter",
        device: str = "auto",
        dtype: str = "auto",
        batch_tokens: int = 16384,
        quantization: str = "none",
    ) -> LocalChatModel:
        """Loads `starter` or a folder.  Raises BadModel when there is no causal language model with a chat template."""
        folder = model_folder(name)
        prepare()
        placement = choose(device, dtype)
        if quantization != "none" and (read_json(folder / "config.json") or {}).get("quantization_config"):
            raise BadModel(f"{folder}: its weights are quantised already", "leave out model.quantization")
        tokens = ChatTokenizer.load(folder, name)
        model = _loaded(folder, placement, quantised(placement, quantization))
        return cls(name, model.eval(), tokens, batch_tokens)

    def generate(self, requests: Sequence[Request], adapter: Path | None = None) -> Iterator[tuple[int, Generation]]:
        """Yields (index, answer) as they finish.  A single request also carries its timings."""
        jobs = Job.all(self.tokens, requests)
        with self.using(adapter):
            for batch in by_tokens([len(job.prompt) for job in jobs], self._batch_tokens, max_rows=48):
                for job in self._decode([jobs[index] for index in batch]):
                    yield job.index, job.generation(alone=len(batch) == 1)

    def _decode(self, jobs: list[Job]) -> Iterator[Job]:
        """Decoding of one batch, left-padded; a row leaves when it stops, or when its listener wants no more."""
        import torch

        alone = len(jobs) == 1
        for job in jobs:
            job.begin = time.perf_counter()
            if job.request.sampling:
                job.handle = torch.Generator().manual_seed(job.request.sampling.seed)
        ids, mask = _left_pad([job.prompt for job in jobs], self.tokens.stop[0], self.model.device)  # (batch, tokens)
        cache = None
        while jobs:
            cache, scores = self._step(ids, mask, cache, alone)
            chosen, logprobs = _chosen(scores, jobs)
            for job, token, logprob in zip(jobs, chosen, logprobs, strict=True):
                job.take([token], [logprob])
            keep = [place for place, job in enumerate(jobs) if not job.done]
            yield from (job for job in jobs if job.done)
            if len(keep) < len(jobs) and keep:
                rows = torch.tensor(keep, device=mask.device)
                cache.reorder_cache(rows)  # batch_select_indices knows attention alone, and not LFM2's other layers
                mask = mask[rows]
            jobs = [jobs[place] for place in keep]
            ids = torch.tensor([[chosen[place]] for place in keep], device=mask.device)
            mask = torch.nn.functional.pad(mask, (0, 1), value=1)

    def _step(self, ids: Any, mask: Any, cache: Any, alone: bool) -> tuple[Any, Any]:
        """One forward pass over (batch, new tokens): the cache, and the next token's logits, float32 (batch, vocabulary)."""
        import torch

        with fitting(mask.device), torch.inference_mode():
            out = self.model(
                input_ids=ids,
                attention_mask=None if alone else mask,
                position_ids=(mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :],
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
            return out.past_key_values, out.logits[:, -1].float()

    @contextmanager
    def using(self, adapter: Path | None, scale: float = 1.0) -> Iterator[Any]:
        """The model with this adapter counted `scale` times, or as it came; yields it, in inference mode's shape."""
        if adapter and is_difference(adapter):
            yield self._move(adapter, scale)
            return
        self._put_back()
        if adapter is None:
            if hasattr(self.model, "disable_adapter"):
                with self.model.disable_adapter():
                    yield self.model
            else:
                yield self.model
            return
        self._load_adapter(adapter)
        self.model.set_adapter(_adapter_name(adapter))
        with _counted(self.model, scale):
            yield self.model

    def detached(self) -> Any:
        """The plain model, as it came, with every adapter taken off; for a training run that brings its own."""
        self._put_back()
        if hasattr(self.model, "unload"):
            self.model = self.model.unload()
        return self.model

    def _move(self, folder: Path, scale: float) -> Any:
        """The plain model moved by a difference; it stays so until another adapter or none is asked for."""
        if self._moved is None or self._moved.folder != folder.resolve():
            self._moved = Moved(self.detached(), folder)
        self._moved.count(scale)
        return self.model

    def _put_back(self) -> None:
        if self._moved:
            self._moved.count(0)
            self._moved = None

    def _load_adapter(self, folder: Path) -> None:
        from peft import PeftModel

        name = _adapter_name(folder)
        if name in getattr(self.model, "peft_config", {}):
            return
        if not (folder / "adapter_config.json").is_file():
            raise BadModel(f"{folder}: no adapter there", "run: tunebook tune")
        try:
            if hasattr(self.model, "peft_config"):
                self.model.load_adapter(str(folder), adapter_name=name)
            else:
                self.model = PeftModel.from_pretrained(self.model, str(folder), adapter_name=name)
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise BadModel(
                f"{folder}: does not fit {self.name}: {first_line(error)}", "was it tuned on another base model?"
            ) from error
        self.model.eval()


def _loaded(folder: Path, placement: Placement, how: Mapping[str, Any]) -> Any:
    """The plain model, there and as `how` says.  Raises BadModel for one that cannot be run in steps, or lacks weights."""
    from transformers import AutoModelForCausalLM

    with loading(folder, "a chat model", WHOLE), fitting(placement.device):
        model, found = AutoModelForCausalLM.from_pretrained(folder, **LOCAL, **how, output_loading_info=True)
    if missing := sorted(found["missing_keys"]):  # they would be made up
        raise BadModel(f"{folder}: its weights lack {missing[0]}, of {len(missing)} in all", "is the folder whole?")
    if lacking := {"past_key_values", "position_ids"} - signature(model.forward).parameters.keys():
        told = f"{folder}: {type(model).__name__} is not run here: it takes no {' and no '.join(sorted(lacking))}"
        raise BadModel(told, "name a decoder with attention (Llama, Qwen, Gemma, Mistral, Phi, …), or model.endpoint")
    if getattr(model, "hf_quantizer", None):
        return _unpacked(model)
    with fitting(placement.device):
        return model.to(placement.device)


def _unpacked(model: Any) -> Any:
    """bitsandbytes packs four-bit weights anew where a processor has AVX-512 bf16, and a training over those learns wrongly."""
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
    return model


def _chosen(scores: Any, jobs: Sequence[Job]) -> tuple[list[int], list[float]]:
    """Each row's next token, the likeliest or one drawn, with its log-probability in nats; scores (batch, vocabulary)."""
    places = scores.argmax(-1)
    for row, job in enumerate(jobs):
        if job.request.sampling:
            places[row] = _drawn(scores[row].cpu(), job.request.sampling, job.handle)
    best = scores.gather(1, places[:, None])[:, 0]
    return places.tolist(), (best - scores.logsumexp(-1)).tolist()


def _drawn(scores: Any, how: Sampling, generator: Any) -> int:
    """One token of (vocabulary,); nucleus sampling is Holtzman et al. 2020 (arXiv:1904.09751)."""
    import torch

    chances, ids = (scores / how.temperature).softmax(-1).sort(descending=True)
    chances[chances.cumsum(0) - chances >= how.top_p] = 0  # the likeliest always stays
    return int(ids[torch.multinomial(chances, 1, generator=generator)])


@contextmanager
def _counted(model: Any, scale: float) -> Iterator[None]:
    """The LoRA adapters of a PEFT model counted `scale` times, while it lasts."""
    if scale == 1:  # DoRA cannot be counted otherwise
        yield
        return
    from peft.helpers import rescale_adapter_scale

    with rescale_adapter_scale(model, scale):
        yield


def _adapter_name(folder: Path) -> str:
    return folder.resolve().as_posix().replace(".", "_").replace("/", "_")


def _left_pad(prompts: list[list[int]], filler: int, device: Any) -> tuple[Any, Any]:
    """Ids and mask, int64 (batch, longest); the padding stands before the prompt."""
    import torch

    longest = max(len(prompt) for prompt in prompts)
    ids = torch.full((len(prompts), longest), filler)
    mask = torch.zeros((len(prompts), longest), dtype=torch.long)
    for row, prompt in enumerate(prompts):
        ids[row, longest - len(prompt) :] = torch.tensor(prompt)
        mask[row, longest - len(prompt) :] = 1
    return ids.to(device), mask.to(device)
