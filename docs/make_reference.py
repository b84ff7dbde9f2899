"""Writes docs/settings.md and docs/cli.md from the program itself.

    python docs/make_reference.py          tests/test_docs.py fails where a page is not current

Defaults and limits come from `tunebook.settings`, help from the commands.  What a key means is said here, once; a key
without a meaning, or a meaning without a key, is an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from typer.main import get_command
from typer.testing import CliRunner

from tunebook.cli.main import app
from tunebook.settings import Settings

DOCS = Path(__file__).parent

SECTIONS = {
    "model": "The chat model: in process, or behind an endpoint.",
    "embedder": "The sentence encoder behind search, in process or behind an endpoint: see [install](install.md#your-own-models).",
    "reranker": "What reads the best passages again: see [install](install.md#a-reranker).",
    "documents": "Who may read what: see [permissions](permissions.md).",
    "passages": "How documents are cut. Another value makes a new generation of the library: see [sync](sync.md).",
    "library": "Where the library is kept: see [library](library.md).",
    "search": "What is found.",
    "answer": "How the model is asked, and when nothing is answered.",
    "traces": "What is kept of each answer that is asked for, so that it can be explained later. A trial keeps none.",
    "tuning": "How adapters are made. A change that reaches the training makes a new adapter.",
    "trial": "What is compared, and the statistics.",
    "judge": "A chat model that compares the answers of two arms of a trial. See [the trial](trial.md).",
    "serve": "The server of `tunebook serve`: see [serve](serve.md).",
    "weights": "What counts in the verdict, where a right answer is worth 1. See [the trial](trial.md).",
}

MEANINGS = {
    "model.name": "`starter`, the path (from the project folder) of a folder that transformers can load, or the name that the "
    "endpoint lists",
    "model.endpoint": "base URL of an OpenAI-compatible server; unset: the model runs in process",
    "model.engine": "what runs a model in process: auto takes the fast path (OpenVINO) on a processor where it is installed",
    "model.key_env": "environment variable that holds the endpoint's key",
    "model.timeout_seconds": "endpoint: one request with all its attempts",
    "model.connect_seconds": "endpoint: to connect",
    "model.first_seconds": "endpoint: to the first word, of the answer or of the reasoning before it",
    "model.stall_seconds": "endpoint: between two words",
    "model.retries": "endpoint: further attempts where another one could do better (429, 5xx, a broken line, a stall)",
    "model.window": "endpoint: longest prompt and answer in tokens; unset: not known, the server refuses what is too long",
    "model.prompt_price": "endpoint: price of a million prompt tokens, in any currency; "
    "unset: 0, and with both unset answers have no cost",
    "model.completion_price": "endpoint: price of a million tokens written; unset: 0",
    "model.concurrency": "requests at a time",
    "model.device": "`auto`, `cpu`, `cuda`, `cuda:1`, `mps`; also for the embedder and the reranker",
    "model.dtype": "`auto` takes bfloat16 where the device has it",
    "model.quantization": "how the frozen weights are kept, by bitsandbytes: see [tune](tune.md#in-four-or-eight-bits)",
    "model.batch_tokens": "tokens that are answered together, in process; lower it when memory is short",
    "embedder.name": "`starter`, the path (from the project folder) of a folder with a sentence encoder, "
    "or the name that the endpoint lists",
    "embedder.endpoint": "base URL of an OpenAI-compatible server with `/embeddings`; unset: it runs in process",
    "embedder.key_env": "environment variable that holds the endpoint's key",
    "embedder.timeout_seconds": "endpoint: one request, of up to 32 texts",
    "embedder.retries": "endpoint: further attempts where another one could do better (429, 5xx, a broken line, no answer in time)",
    "embedder.concurrency": "endpoint: requests at a time",
    "embedder.query_prompt": "put before a question, as it is; unset: what the encoder's folder says, at an endpoint nothing",
    "embedder.passage_prompt": "put before a passage; another one makes a new generation of the library; unset: as above",
    "embedder.batch_tokens": "tokens that one embedding batch may hold",
    "reranker.name": "`starter` (late interaction over the embedder's tokens), the path (from the project folder) of a folder with "
    "a cross-encoder, or the name that the endpoint lists; with an endpoint `starter` is no name, which TEI does not need",
    "reranker.endpoint": "URL of a server with `/rerank` (TEI, vLLM, Infinity, llama.cpp, Jina, Cohere), without that; "
    "unset: it runs in process",
    "reranker.weight": "what a cross-encoder's reading counts, against the fused score (late interaction has `search.late_weight`)",
    "reranker.key_env": "environment variable that holds the endpoint's key",
    "reranker.timeout_seconds": "endpoint: one request, of a query and up to 32 passages",
    "reranker.retries": "endpoint: further attempts where another one could do better (429, 5xx, a broken line, no answer in time)",
    "reranker.concurrency": "endpoint: requests at a time",
    "reranker.batch_tokens": "tokens that one batch of a cross-encoder in process may hold",
    "passages.max_tokens": "longest passage, in the embedder's tokens (of one at an endpoint, estimated)",
    "documents.ocr_languages": "languages of scans, as Tesseract names them (`deu+eng`); empty: scans are not read",
    "documents.groups": "pattern of paths → groups that may read them; the last pattern that fits a file decides",
    "library.url": "empty: a folder in the state folder; `postgresql://…`, or object storage, `s3://…`, `gs://…`, `az://…`",
    "library.namespace": "PostgreSQL's schema; projects in one database need a name each",
    "library.language": "whose words are found by their stems and without stop words; any: as they stand, "
    "also in scripts without spaces",
    "search.k": "passages in the prompt, at most",
    "search.max_gap": "how far below the best one's score (0 to 1) another passage may be and still be shown; "
    "unset: 0.2 with the starter model, 1 (all `k`) with any other",
    "search.candidates": "passages taken from each list before they are fused",
    "search.dense_weight": "0 is BM25 alone, 1 is embeddings alone",
    "search.document_weight": "what the five best passages of its document count for a passage",
    "search.rerank": "passages, the first of the fused list, that are read again: word by word (late interaction, which leaves out "
    "those that the best is far ahead of), or by the cross-encoder of `[reranker]`; 0: none",
    "search.late_weight": "what the reading word by word counts, against the fused score",
    "answer.max_new_tokens": "longest answer, in the model's tokens",
    "answer.abstention": "the sentence that says that there is no answer",
    "answer.min_similarity": "best cosine below this: abstain without asking the model; -1: never, nor by the default gate",
    "answer.history_tokens": "room for earlier turns of a conversation, in the model's tokens; the latest stay",
    "answer.false_refusals": "share of answerable questions that may be refused unasked, by what the examples teach, "
    "or else the default gate; 0: off",
    "answer.accepted_wrong": "share of wrong answers that you accept: unsure ones become abstentions; "
    "needs a trial that bears it out; unset: no such gate",
    "answer.unsupported": "what becomes of sentences that no passage supports: mark, drop (abstain if none is left), abstain",
    "answer.demonstrations": "examples shown to `prompted`",
    "answer.rag_instruction": "system message over passages; `{abstention}` is filled in; unset: `Answer from the text.` with "
    "the starter model, and with any other also what to say where the text does not hold the answer",
    "answer.prompted_instruction": "system message of `prompted`",
    "traces.keep": "keep the trace of every answer that is asked for: hits, prompt, tokens, timings, verification",
    "traces.days": "how long a trace is kept",
    "tuning.method": "`dora` learns each weight row's length apart from its direction (DoRA): slower, and merged like LoRA; "
    "`full` learns all weights: most memory",
    "tuning.rank": "rank of the LoRA matrices; `alpha` and `dropout` are of LoRA and DoRA as well",
    "tuning.alpha": "LoRA scale; the update is multiplied by alpha / rank",
    "tuning.dropout": "dropout on the LoRA input",
    "tuning.layers": "`upper` tunes the later half of the layers only",
    "tuning.learning_rate": "highest learning rate, after warm-up; unset: 1 / the model's width (0.0017 for the starter model), "
    "with `full` a sixteenth of that",
    "tuning.epochs": "passes over the examples; may be a fraction",
    "tuning.batch_tokens": "tokens of one optimiser step",
    "tuning.preference_weight": "what pairs (examples with `rejected`) count beside the loss on the completion; 0 leaves them out",
    "tuning.preference_beta": "how tightly pairs are held to the model that the run began from; smaller lets them pull further",
    "tuning.max_row_tokens": "a longer example is dropped; a row of `hybrid` shows the right passage and as many others as fit",
    "tuning.warmup": "share of the steps in which the learning rate rises",
    "tuning.weight_decay": "AdamW's weight decay",
    "tuning.validation_share": "share of the rows held out, by group, to choose the best step",
    "tuning.evaluations_per_epoch": "how often the held-out rows are measured",
    "tuning.seed": "of the order of rows, the held-out split, the passages of hybrid rows and the sample of examples",
    "tuning.hybrid_from": "what the training of `hybrid` goes on from: the adapter of `tuned`, or the base model",
    "tuning.hybrid_epochs": "`hybrid`: passes over its rows, in place of `epochs`",
    "tuning.form_replay": "`hybrid` from `tuned`: share of the examples of form alone that it is shown again",
    "tuning.reading_rows": "`hybrid`: with fewer answerable examples over passages, questions made from passages fill them up",
    "tuning.max_examples": "train on a random sample of this many examples; unset: all",
    "tuning.gold_absent_share": "`hybrid`: answerable rows shown without their passage, labelled with the abstention",
    "tuning.abstain_share": "`hybrid`: at most this share of the rows over passages abstains",
    "tuning.leaks": "`keep` trains also on examples that share a prompt or a source document with a case",
    "tuning.soup": "an adapter is the mean of so many trainings, with `tuning.seed` and the seeds after it (a model soup)",
    "tuning.replay": "share of the rows that are the base model's own answers to general prompts: against forgetting",
    "tuning.scale": "the finished adapter's change counts this much; `auto` chooses on held-out rows and general text",
    "tuning.general": "folder of *.jsonl that forgetting is measured on, from the project folder; unset: the built-in set",
    "tuning.max_forgetting": "gate: an adapter after which general text costs more than this, nats a token, or that loses "
    "choice items significantly, is kept and not used; unset: none is refused",
    "tuning.best_by": "which step is kept: with the lowest `loss` of held-out rows, with the best `answers` to some of them, "
    "or the `last`; unset: `last` for `hybrid`, `loss` otherwise",
    "tuning.checked_rows": "how many held-out rows are answered, where `best_by` is `answers`",
    "tuning.patience": "a run ends after so many evaluations in a row without a better one; 0: never before its last step",
    "tuning.stop_forgetting": "general text is read at each evaluation: a step after which it costs more than this, nats a token, "
    "counts as no better; unset: it is read after the run alone",
    "tuning.hosted": "with `model.endpoint`: the endpoint tunes the model, and is sent the examples for it",
    "tuning.price_per_million_tokens": "of training at an endpoint, in any currency: runs are told with their cost; "
    "unset: without",
    "tuning.price_per_hour": "of this machine, in any currency: runs are told with their cost; unset: without",
    "tuning.checkpoint_seconds": "time between two checkpoints: a killed run goes on from the last one",
    "trial.approaches": "what `tunebook trial` runs",
    "trial.controls": "run beside the approaches, and never recommended; also `oracle`, `full_context`, `naive_hybrid`",
    "trial.seeds": "times that each adapter is trained, with `tuning.seed` and the seeds after it",
    "trial.stop_losers": "ask an approach that cannot win any more no further cases; with `--budget` always so",
    "trial.resamples": "bootstrap resamples behind each interval",
    "trial.seed": "of the bootstrap, and of the sample of cases",
    "trial.max_cases": "ask a random sample of this many cases; unset: all",
    "trial.latency_cases": "cases asked once more, one at a time, for the latency",
    "judge.endpoint": "OpenAI-compatible server that compares answers (it is sent them, and the questions); unset: no judge",
    "judge.name": "the judge's model",
    "judge.key_env": "environment variable that holds the key",
    "judge.cases": "at most so many cases are compared",
    "judge.agreement": "lower end of its agreement with the team's own pairs from which it is listened to; a coin has 0.5",
    "weights.knowledge": "share of knowledge cases in what counts, given with `behaviour`; unset: each case counts once",
    "weights.behaviour": "share of behaviour cases in what counts, given with `knowledge`; unset: each case counts once",
    "weights.volatility": "share of the facts that change before the next tuning: lost by what answers from the weights",
    "weights.citations": "added for an answer that names the right source",
    "weights.wrong": "taken off for a wrong answer to a knowledge case; an abstention costs nothing",
    "weights.second": "taken off for each second that an answer takes",
    "serve.host": "address to listen at; one that is not loopback needs a key: `tunebook keys make`",
    "serve.port": "0 takes any free one",
    "serve.batch": "waiting questions that a model in process answers together",
    "serve.queue": "questions that may wait; more are told to come back",
    "serve.requests_per_minute": "of one key",
    "serve.max_body_bytes": "longest request, uploads apart",
    "serve.max_upload_bytes": "largest upload",
    "serve.public_url": "the address that browsers use, where a proxy stands before the server; unset: none does",
    "serve.oidc_issuer": "OpenID Connect provider that people sign in with; unset: they sign in with a key",
    "serve.oidc_client": "the client's name there",
    "serve.oidc_secret_env": "environment variable that holds the client's secret; empty for a public client",
    "serve.oidc_groups_claim": "claim of the ID token that holds the groups",
    "serve.oidc_role": "role of those who sign in",
    "serve.oidc_manage_group": "its members have the role manage; unset: nobody",
}

SETTINGS_HEAD = """\
# Settings

```bash
tunebook ask "Are lights fixed to every bike?" --set search.k=5
```

`tunebook.toml` in the project folder holds the settings. Every key has a default, an empty file is valid, and an
unknown key is refused with the line it stands on. Where the default is "unset", leave the key out.

A variable of the environment goes before the file
(`TUNEBOOK_SERVE__PORT=9000` is `serve.port`), and `--set section.key=value` before both, for one run. A variable of a
section that names no key is refused; one that begins so and has no `__` is told in a line of warning.

Keys for a model server are never written into the file: `model.key_env` names the environment variable that holds
the key. `TUNEBOOK_CACHE` names the folder of the starter models (default: `tunebook` in the user's cache).

This page is made from the program by `python docs/make_reference.py`.
"""

CLI_HEAD = """\
# Command line

```bash
tunebook --help
```

Every command takes `--project`, `--state`, `--set`, `--json` and `--quiet`, after the command's name. Results go to
standard output, progress and messages to standard error. Exit status: 0 done; 1 done in part, and the output says
what failed; 2 refused, with a line that says what was wrong and a `hint:` line; 130 interrupted, with nothing lost;
70 a fault of tunebook, with its traceback.

This page is made from the program by `python docs/make_reference.py`.
"""


def settings_page() -> str:
    """Every key with its default and meaning."""
    known = {f"{section}.{key}" for section, fields in _sections() for key in fields}
    assert known == MEANINGS.keys(), f"keys and meanings differ: {sorted(known ^ MEANINGS.keys())}"
    unset = [f"{section}.{key}" for section, fields in _sections() for key in fields if fields[key].default is None]
    mute = [key for key in unset if "unset" not in MEANINGS[key]]
    assert not mute, f"what it means that they are unset is not said: {mute}"
    parts = [SETTINGS_HEAD]
    for section, fields in _sections():
        rows = [
            f"| `{key}` | {_default(field)} | {_limits(field)} | {MEANINGS[f'{section}.{key}']} |"
            for key, field in fields.items()
        ]
        head = "| key | default | allowed | meaning |\n|---|---|---|---|"
        parts.append("\n".join([f"## [{section}]", "", SECTIONS[section], "", head, *rows, ""]))
    return "\n".join(parts)


def cli_page() -> str:
    """The help of every command."""
    parts = [CLI_HEAD]
    for path in _commands():
        found = CliRunner().invoke(app, [*path, "--help"], prog_name="tunebook", env={"COLUMNS": "80"})
        assert found.exit_code == 0, found.output
        title = " ".join(["tunebook", *path])
        parts.append(f"## {title}\n\n```text\n{found.stdout.rstrip()}\n```\n")
    return "\n".join(parts)


def _sections() -> Iterator[tuple[str, dict[str, FieldInfo]]]:
    for section, field in Settings.model_fields.items():
        model: Any = field.annotation
        yield section, model.model_fields


def _default(field: FieldInfo) -> str:
    if field.default is None:
        return "unset"
    return f"`{json.dumps(field.default)}`".replace("|", "\\|")


def _limits(field: FieldInfo) -> str:
    """The bounds of a number, the words that are allowed beside it."""
    united = get_origin(field.annotation) in (Union, UnionType)
    kinds = get_args(field.annotation) if united else (field.annotation,)
    inner = [info for kind in kinds for info in get_args(kind) if isinstance(info, FieldInfo)]
    signs = {"gt": "> ", "ge": "≥ ", "lt": "< ", "le": "≤ "}
    rules = [rule for info in (field, *inner) for rule in info.metadata]
    found = [f"{sign}{getattr(rule, name)}" for rule in rules for name, sign in signs.items() if hasattr(rule, name)]
    choices = [str(choice) for kind in kinds if get_origin(kind) is Literal for choice in get_args(kind)]
    choices += ["true", "false"] if bool in kinds else []
    return ", ".join(found + [f"`{choice}`" for choice in choices]) or "any"


def _commands() -> Iterator[list[str]]:
    yield []
    root: Any = get_command(app)
    for name, command in root.commands.items():
        nested = getattr(command, "commands", None)
        yield from ([name, sub] for sub in nested) if nested else [[name]]


def main() -> None:
    for name, page in (("settings.md", settings_page()), ("cli.md", cli_page())):
        (DOCS / name).write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
