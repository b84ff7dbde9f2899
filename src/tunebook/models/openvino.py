"""The fast path on a processor: the model as GGUF in OpenVINO GenAI, with requests that join and leave as they come.

    model = OpenVinoChatModel.load("starter")
    dict(model.generate([Request(({"role": "user", "content": "Hello"},))], adapter=Path("adapters/tuned-3f2a")))

An adapter is merged into the weights and written beside itself once: merged, it costs no speed.  Prompts of any number of
callers share each step.  A prompt that comes alone is decoded with prompt lookup: words that the answer copies from its
prompt are guessed and checked several at a time, which changes no token (Saxena 2023, github.com/apoorvumang/
prompt-lookup-decoding).  An answer that is drawn, or keeps to a schema, is written without: the schema as a grammar
(XGrammar, arXiv:2411.15100) takes out the tokens that would break it.  Left out on purpose: tuning (`local` does it), architectures
that `gguf` does not know.
"""

from __future__ import annotations

import itertools
import json
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np

from tunebook.errors import BadModel
from tunebook.models.base import Generation, Request, Sampling
from tunebook.models.device import choose, give_back, prepare, processors, rationed
from tunebook.models.difference import is_adapter
from tunebook.models.gguf import can_write, has_place, kept_as, write_gguf
from tunebook.models.job import Job
from tunebook.models.tokenizer import ChatTokenizer, model_folder

Kind = Literal["guessing", "together", "held"]  # what a pipeline is for

KEPT = 4  # pipelines in memory
GUESSED_TOKENS, NGRAM_TOKENS = 8, 3  # of prompt lookup
TURN_SECONDS = 0.001  # for other threads after a step, where steps are short for their sake
BATCH_TOKENS = 16_384  # of prompts and answers that one caller has under way: what is kept of each takes memory
STEP_TOKENS = 4096  # prompt tokens read in one step, during which no other thread of Python runs


def usable(name: str, device: str = "auto", dtype: str = "auto") -> bool:
    """True where this engine is installed, the model is to run on the processor, and it can be written as GGUF, or is.

    False with a single processor: OpenVINO 2026.4 divides by zero there and takes the process with it.
    """
    installed = find_spec("openvino_genai") is not None and find_spec("gguf") is not None
    if not installed or processors() < 2:
        return False
    try:
        folder = model_folder(name)
    except BadModel:
        return False
    prepare()
    return can_write(folder) and choose(device, dtype).device == "cpu" and has_place(kept_as(folder))


def need(what: str, instead: str) -> None:
    """Raises BadModel where this engine cannot run `what`."""
    if find_spec("openvino_genai") is None:
        raise BadModel(
            f"{what} needs OpenVINO GenAI, which is not installed", f"pip install 'tunebook[fast]', or {instead}"
        )
    if processors() < 2:
        raise BadModel(f"{what} needs two processors", instead)


class OpenVinoChatModel:
    """A chat model with its adapters, each (model, adapter) pair a pipeline that is made when it is first asked."""

    def __init__(
        self,
        name: str,
        folder: Path,
        tokens: ChatTokenizer,
        exact: bool,
        file: Path | None = None,
        step_tokens: int = STEP_TOKENS,
        batch_tokens: int = BATCH_TOKENS,
    ) -> None:
        self.name = name
        self.tokens = tokens
        self.window = tokens.window
        self.count_tokens = tokens.count
        self._folder = folder
        self._exact = exact  # fp32 throughout
        self._file = file  # the model as GGUF, where that is given and not made
        self._step_tokens = step_tokens
        self._batch_tokens = batch_tokens
        self._pipelines: OrderedDict[tuple[Path | None, Kind], _Pipeline] = OrderedDict()
        self._making = threading.Lock()

    @classmethod
    def load(
        cls,
        name: str = "starter",
        dtype: str = "auto",
        file: Path | None = None,
        step_tokens: int = STEP_TOKENS,
        batch_tokens: int = BATCH_TOKENS,
    ) -> OpenVinoChatModel:
        """`dtype` float32 computes in fp32 (on weights held in F16); else in the processor's half precision, where it has one.

        `file`: a GGUF file to run in place of the folder's weights.  `step_tokens`: of the prompts, read in one step, which
        holds Python's lock; fewer are slower, and let other threads have their turns.  `batch_tokens`: of prompts and
        answers under way at once.  Raises BadModel for a folder that holds no chat model, or one that this engine cannot run.
        """
        folder = model_folder(name)
        prepare()
        need("model.engine = 'openvino'", "set model.engine to 'torch'")
        exact = choose("cpu", dtype).dtype == "float32"
        return cls(name, folder, ChatTokenizer.load(folder, name), exact, file, step_tokens, batch_tokens)

    def generate(self, requests: Sequence[Request], adapter: Path | None = None) -> Iterator[tuple[int, Generation]]:
        """Yields (index, answer) as they finish.  A single request also carries its timings.  Threads may call at once."""
        jobs = Job.all(self.tokens, requests)
        if not jobs:
            return
        alone = len(jobs) == 1
        free = [job for job in jobs if job.request.schema is None]
        guessed = alone and requests[0].sampling is None
        done = self._pipeline(adapter, "guessing" if guessed else "together").run(free) if free else iter(())
        for job in itertools.chain(done, self._held([job for job in jobs if job not in free], adapter)):
            yield job.index, job.generation(alone)

    def warm(self) -> None:
        """Makes the pipelines for one question and for several, and takes their first steps, which take most of a second."""
        hello = Request(({"role": "user", "content": "Hello"},), 1)
        for count in (1, 2):
            list(self.generate([hello] * count))

    def _held(self, jobs: Sequence[Job], adapter: Path | None) -> Iterator[Job]:
        """Jobs with a schema, in a pipeline of their own: a schema that its grammar does not know ends all that it does."""
        waiting = {job.index: job for job in jobs}
        try:
            for job in self._pipeline(adapter, "held").run(jobs) if jobs else ():
                del waiting[job.index]
                yield job
        except BadModel:
            for job in waiting.values():
                job.restart(replace(job.request, schema=None))
            yield from self._pipeline(adapter, "together").run(list(waiting.values()))

    def _pipeline(self, adapter: Path | None, kind: Kind) -> _Pipeline:
        with self._making:
            key = (adapter.resolve() if adapter else None, kind)
            if key not in self._pipelines:
                while len(self._pipelines) >= KEPT:
                    self._pipelines.popitem(last=False)
                weights, guesses = self._weights(adapter), kind == "guessing"
                self._pipelines[key] = _Pipeline(weights, self._exact, guesses, self._step_tokens, self._batch_tokens)
                give_back()  # a sixth of what it took
            self._pipelines.move_to_end(key)
            return self._pipelines[key]

    def _weights(self, adapter: Path | None) -> Path:
        """The model as GGUF, written where it is not there yet."""
        if self._file and not adapter:
            return self._file
        if adapter and not is_adapter(adapter):
            raise BadModel(f"{adapter}: no adapter there", "run: tunebook tune")
        target = kept_as(self._folder, adapter)
        if not target.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            for stale in target.parent.glob("merged-*.gguf"):
                stale.unlink(missing_ok=True)
            write_gguf(self._folder, target, adapter)
        return target


class _Pipeline:
    """One set of weights; whoever waits for an answer takes the next step for everyone."""

    def __init__(self, weights: Path, exact: bool, lookup: bool, step_tokens: int, batch_tokens: int) -> None:
        _tell_nobody()
        import openvino_genai

        scheduler = openvino_genai.SchedulerConfig()
        scheduler.max_num_batched_tokens = step_tokens
        properties: dict[str, Any] = {"ENABLE_CPU_PINNING": False}
        if count := rationed():
            properties["INFERENCE_NUM_THREADS"] = count
        if exact:
            properties |= {"INFERENCE_PRECISION_HINT": "f32", "KV_CACHE_PRECISION": "f32"}
        if lookup:
            properties["prompt_lookup"] = True
        make = partial(openvino_genai.ContinuousBatchingPipeline, str(weights), scheduler, "CPU", properties)
        try:
            self._pipeline = _in_a_thread_that_ends(make)
        except RuntimeError as error:
            why = (str(error).strip().splitlines() or ["unknown"])[-1]
            raise BadModel(f"{weights}: cannot be run: {why}", "set model.engine to 'torch'") from error
        self._lookup = lookup
        self._batch_tokens = batch_tokens
        self._turn_seconds = TURN_SECONDS if step_tokens < STEP_TOKENS else 0.0
        self._numbers = itertools.count()
        self._turn = threading.Lock()

    def run(self, jobs: Sequence[Job]) -> Iterator[Job]:
        """Yields each job when it is done; those that are not are cancelled when nobody waits for them any more."""
        waiting, open_jobs = deque(jobs), list[Job]()
        try:
            while waiting or open_jobs:
                with self._turn:
                    self._begin(waiting, open_jobs)
                    self._step()
                done = [job for job in open_jobs if _read(job)]
                open_jobs = [job for job in open_jobs if job not in done]
                yield from done
        finally:
            with self._turn:
                for job in open_jobs:
                    if job.handle:
                        job.handle.cancel()
                self._step()  # what was cancelled gives its memory back in the next step

    def _begin(self, waiting: deque[Job], open_jobs: list[Job]) -> None:
        """The next jobs, as many as there is room for beside the open ones; one by itself always has room."""
        held = sum(map(_tokens, open_jobs))
        while waiting and (not open_jobs or held + _tokens(waiting[0]) <= self._batch_tokens):
            job = waiting.popleft()
            open_jobs.append(job)
            held += _tokens(job)
            job.begin = time.perf_counter()
            job.handle = self._add(job)

    def _step(self) -> None:
        if not self._pipeline.has_non_finished_requests():
            return
        try:
            self._pipeline.step()
        except RuntimeError as error:
            raise BadModel(f"OpenVINO: {error}", "set model.engine to 'torch'") from error
        if self._turn_seconds:
            time.sleep(self._turn_seconds)

    def _add(self, job: Job) -> Any:
        import openvino
        import openvino_genai

        guess = {"num_assistant_tokens": GUESSED_TOKENS, "max_ngram_size": NGRAM_TOKENS} if self._lookup else {}
        config = openvino_genai.GenerationConfig(
            max_new_tokens=job.request.max_new_tokens,
            logprobs=1,
            eos_token_id=job.tokens.stop[0],
            stop_token_ids=set(job.tokens.stop),
            **guess,
            **_drawn(job.request.sampling),
            **_held_to(job.request.schema),
        )
        ids = openvino.Tensor(np.array([job.prompt], dtype=np.int64))  # (1, tokens)
        return self._pipeline.add_request(next(self._numbers), ids, config)


def _tokens(job: Job) -> int:
    """The most that a job keeps in memory."""
    return len(job.prompt) + job.request.max_new_tokens


def _drawn(how: Sampling | None) -> dict[str, Any]:
    if how is None:
        return {"do_sample": False}
    return {"do_sample": True, "temperature": how.temperature, "top_p": how.top_p, "rng_seed": how.seed}


def _held_to(schema: Mapping[str, Any] | None) -> dict[str, Any]:
    if schema is None:
        return {}
    from openvino_genai import StructuredOutputConfig

    return {"structured_output_config": StructuredOutputConfig(json_schema=json.dumps(schema))}


def _tell_nobody() -> None:
    """Keeps `import openvino` from reporting each import to its maker's statistics, from a forked process that can hang.

    Where its module of reports cannot be imported, openvino goes on without one.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]


def _in_a_thread_that_ends(make: Callable[[], Any]) -> Any:
    """What `make` gives, made in a thread that is gone afterwards.

    OpenVINO gives the thread that first loads its plugin a stack for signals, and unmaps it with the last pipeline, in
    whichever thread that happens: a Ctrl-C in the first thread would then be a segmentation fault.
    """
    with ThreadPoolExecutor(1, "openvino") as pool:
        return pool.submit(make).result()


def _read(job: Job) -> bool:
    """Takes what is new; True where the answer is complete or its listener wants no more."""
    from openvino_genai.py_openvino_genai import GenerationStatus

    running = job.handle.get_status() == GenerationStatus.RUNNING  # asked first: what is read then is all there is
    while job.handle.can_read():
        for output in job.handle.read().values():
            job.take(output.generated_ids, output.generated_log_probs)
    if running and not job.heard:
        job.handle.cancel()
    return not running or job.done
