"""The sections of tunebook.toml, typed: every key has its default here.

Left out on purpose: secrets.  `model.key_env` names the environment variable that holds the key.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from tunebook.settings.models import EmbedderSettings, JudgeSettings, ModelSettings, RerankerSettings, Section

MOST_SEED = 2**31 - 1  # what every library that draws takes
MOST_WEIGHT = 1000.0  # a right answer is worth 1
Language = Literal[
    "english", "any", "arabic", "danish", "dutch", "finnish", "french", "german", "greek", "hungarian", "italian", "norwegian",
    "portuguese", "romanian", "russian", "spanish", "swedish", "tamil", "turkish",
]  # fmt: skip
STORES = ("postgresql", "postgres", "s3", "gs", "az")
ABSTENTION = "The documents do not say."
RAG_INSTRUCTION = 'Answer from the text. If the text does not hold the answer, say only: "{abstention}"'
# with the starter, measured in docs/design/passages-shown.md: told to refuse, it refuses what it could answer as readily as
# what it could not; and each passage beside the right one makes it read worse
STARTER_INSTRUCTION = "Answer from the text."
STARTER_GAP = 0.2


class PassageSettings(Section):
    max_tokens: int = Field(160, ge=16, le=8192)  # in the embedder's own tokens


class DocumentSettings(Section):
    groups: dict[str, tuple[str, ...]] = Field({})  # pattern of paths → groups; the last that fits decides
    ocr_languages: str = "eng"  # of scans; empty: they are not read

    @field_validator("ocr_languages")
    @classmethod
    def _named(cls, languages: str) -> str:
        """It becomes an argument of the engine's program."""
        if languages and not re.fullmatch(r"[A-Za-z][\w/]*(\+[A-Za-z][\w/]*)*", languages):
            raise ValueError("allowed are languages as Tesseract names them, joined by +: deu+eng")
        return languages


class LibrarySettings(Section):
    url: str = ""  # empty: a folder in the state folder; postgresql://…, or s3://…, gs://…, az://…
    namespace: str = Field("tunebook", pattern=r"^[a-z_][a-z0-9_]{0,62}$")  # PostgreSQL's schema
    language: Language = "english"  # whose words are found by their stems; any: as they stand, also without spaces

    @field_validator("url")
    @classmethod
    def _known(cls, url: str) -> str:
        """A password would be copied into every report."""
        parts = urlsplit(url)
        if url and parts.scheme not in STORES:
            raise ValueError(f"allowed are {', '.join(f'{one}://…' for one in STORES)}")
        if parts.password or "password=" in parts.query:
            raise ValueError("leave the password to PGPASSWORD or ~/.pgpass")
        return url


class SearchSettings(Section):
    k: int = Field(3, ge=1, le=100)  # passages in the prompt, at most
    # how far below the best one's score (in [0, 1]) another may be and still be shown; None: see Settings.max_gap
    max_gap: float | None = Field(None, ge=0, le=1)
    candidates: int = Field(300, ge=1)  # taken from each list before fusion
    dense_weight: float = Field(0.5, ge=0, le=1)  # 0: BM25 alone, 1: dense alone
    document_weight: float = Field(0.3, ge=0, le=1)  # what its document's best passages count for a passage
    # at most, read again: word by word, of the first that the best is not far ahead of, or by a cross-encoder; 0: none
    rerank: int = Field(14, ge=0)
    late_weight: float = Field(0.5, ge=0, le=1)  # what the reading word by word counts, against the fused score


class AnswerSettings(Section):
    max_new_tokens: int = Field(96, ge=1)
    abstention: str = Field(ABSTENTION, min_length=1)
    min_similarity: float = Field(0.30, ge=-1, le=1)  # best hit's cosine below this: abstain unasked; -1: never
    # of answerable questions, at most, by the gate that examples fit, or else by the default one; 0: no such gate
    false_refusals: float = Field(0.1, ge=0, lt=1)
    history_tokens: int = Field(512, ge=0)  # earlier turns of a conversation that the model sees, the latest first
    accepted_wrong: float | None = Field(None, gt=0, le=1)  # share of wrong answers; needs a trial; None: no gate
    unsupported: Literal["mark", "drop", "abstain"] = "mark"  # what becomes of sentences that no passage supports
    demonstrations: int = Field(4, ge=0)  # examples in the prompt of `prompted`
    rag_instruction: str | None = None  # None: see Settings.instruction
    prompted_instruction: str = "Follow the house style of the examples exactly. Be brief. Answer only what is asked."

    @field_validator("abstention")
    @classmethod
    def _worded(cls, abstention: str) -> str:
        """Without a word in it there is nothing to know an abstention by."""
        if not any(char.isalnum() for char in abstention):
            raise ValueError("it needs a word, such as 'The documents do not say.'")
        return abstention

    def refusing(self) -> str:
        """`rag_instruction`, or else the one that tells to abstain, with the abstention in its place; other braces stay."""
        said = RAG_INSTRUCTION if self.rag_instruction is None else self.rag_instruction
        return said.replace("{abstention}", self.abstention)


class TraceSettings(Section):
    """What is kept of each answer that is asked for (not of a trial's), for how long."""

    keep: bool = False
    days: float = Field(30.0, gt=0)


class TuningSettings(Section):
    # dora: direction and length of each weight row apart; slower.  full: all weights, with the embedding; most memory
    method: Literal["lora", "dora", "full"] = "lora"
    rank: int = Field(16, ge=1)
    alpha: int = Field(32, ge=1)
    dropout: float = Field(0.0, ge=0, lt=1)
    layers: Literal["all", "upper"] = "all"  # upper: the later half of the layers only; about 1.6 times as fast
    learning_rate: float | None = Field(None, gt=0)  # None: 1 / the model's width, 1.7e-3 at 576, 2.4e-4 at 4096
    epochs: float = Field(3.0, gt=0)
    batch_tokens: int = Field(1024, ge=64)  # tokens of one optimiser step
    preference_weight: float = Field(1.0, ge=0)  # of pairs (examples with `rejected`) beside the loss on the completion
    preference_beta: float = Field(0.1, gt=0)  # smaller lets the pairs pull further from where the run began
    max_row_tokens: int = Field(1536, ge=16)
    warmup: float = Field(0.05, ge=0, lt=1)
    weight_decay: float = Field(0.0, ge=0)
    validation_share: float = Field(0.08, ge=0, lt=0.5)
    evaluations_per_epoch: int = Field(2, ge=1)
    # which step is kept.  answers: held-out rows are answered at each evaluation, and scored; None: last for a hybrid, else loss
    best_by: Literal["loss", "answers", "last"] | None = None
    checked_rows: int = Field(24, ge=1)  # how many of them
    # evaluations in a row without a better one, after which a run ends; 0: it never does
    patience: int = Field(2, ge=0)
    stop_forgetting: float | None = Field(None, ge=0)  # nats a token on general text, looked at at each evaluation
    seed: int = Field(0, ge=0, le=MOST_SEED)
    soup: int = Field(1, ge=1, le=20)  # an adapter is the mean of so many trainings, of this seed and the ones after it
    hybrid_from: Literal["tuned", "base"] = "base"  # what the hybrid's training goes on from
    hybrid_epochs: float = Field(3.0, gt=0)
    # share of the examples of form shown again to a hybrid that goes on from tuned
    form_replay: float = Field(0.3, ge=0, le=1)
    gold_absent_share: float = Field(0.0, ge=0, le=1)  # hybrid: answerable rows shown without their gold passage
    abstain_share: float = Field(0.0, ge=0, le=1)  # hybrid: at most this share of the rows abstains
    reading_rows: int = Field(0, ge=0)  # hybrid: answerable examples over passages are filled up to so many
    max_examples: int | None = Field(None, ge=1)  # a random sample of the examples; None: all of them
    leaks: Literal["drop", "keep"] = "drop"  # examples that share a source document or a prompt with a case
    replay: float = Field(0.0, ge=0, lt=1)  # share of the rows that are the base model's own answers to general prompts
    scale: Annotated[float, Field(gt=0, le=2)] | Literal["auto"] = 1.0  # what the finished adapter counts
    general: str | None = None  # folder of *.jsonl that forgetting is measured on; None: the built-in set
    max_forgetting: float | None = Field(None, ge=0)  # nats a token on general text; None: every adapter comes into use
    price_per_hour: float | None = Field(None, ge=0)  # of this machine, in any currency
    hosted: bool = False  # with model.endpoint: tune there, which sends it the examples; it names the tuned model
    price_per_million_tokens: float | None = Field(None, ge=0)  # of training at an endpoint, in any currency
    checkpoint_seconds: float = Field(30.0, ge=0)  # a killed run loses at most about this much


class TrialSettings(Section):
    approaches: tuple[str, ...] = Field(("base", "prompted", "rag", "tuned", "hybrid"), min_length=1)
    controls: tuple[str, ...] = ("always_refuse", "commonest_answer", "first_passage")  # beside the approaches
    seeds: int = Field(1, ge=1, le=20)  # times that each adapter is trained, from tuning.seed on
    stop_losers: bool = False  # an approach that cannot win any more is asked no further cases
    resamples: int = Field(2000, ge=100)
    seed: int = Field(0, ge=0, le=MOST_SEED)
    max_cases: int | None = Field(None, ge=1)  # a random sample of the cases; None: all of them
    latency_cases: int = Field(5, ge=0)  # cases asked once more, one at a time, for the latency


class WeightSettings(Section):
    """What counts in the trial's verdict.  A right answer is worth 1; with the defaults nothing else counts."""

    knowledge: float | None = Field(None, ge=0, le=MOST_WEIGHT)  # of the kind, given both; None: each case once
    behaviour: float | None = Field(None, ge=0, le=MOST_WEIGHT)
    volatility: float = Field(0.0, ge=0, le=1)  # share of the facts that change before the next tuning
    citations: float = Field(0.0, ge=0, le=MOST_WEIGHT)  # added for the right source
    wrong: float = Field(0.0, ge=0, le=MOST_WEIGHT)  # taken off for a wrong answer; an abstention costs nothing
    second: float = Field(0.0, ge=0, le=MOST_WEIGHT)  # taken off for each second of waiting for an answer

    @model_validator(mode="after")
    def _counts(self) -> WeightSettings:
        if (self.knowledge is None) is not (self.behaviour is None):
            raise ValueError("knowledge and behaviour are shares of what counts: give both, or neither")
        if self.knowledge == self.behaviour == 0:
            raise ValueError("knowledge and behaviour are both 0, and then no case counts")
        return self


class ServeSettings(Section):
    """The server of `tunebook serve`."""

    host: str = "127.0.0.1"
    port: int = Field(8765, ge=0, le=65535)  # 0: any free one
    batch: int = Field(16, ge=1)  # waiting questions that are answered together
    queue: int = Field(512, ge=1)  # questions that may wait; more are told to come back
    requests_per_minute: int = Field(1200, ge=1)  # of one key
    max_body_bytes: int = Field(2_000_000, ge=1000)
    max_upload_bytes: int = Field(50_000_000, ge=1000)  # of one upload
    public_url: str | None = None  # as browsers reach it, where a proxy stands before it
    oidc_issuer: str | None = None  # people sign in there; None: with a key
    oidc_client: str = "tunebook"
    oidc_secret_env: str = "TUNEBOOK_OIDC_SECRET"
    oidc_groups_claim: str = "groups"
    oidc_role: Literal["read", "ask"] = "ask"
    oidc_manage_group: str | None = None  # who is in it has the role manage


class Settings(Section):
    model: ModelSettings = ModelSettings()
    embedder: EmbedderSettings = EmbedderSettings()
    reranker: RerankerSettings = RerankerSettings()
    documents: DocumentSettings = DocumentSettings()
    passages: PassageSettings = PassageSettings()
    library: LibrarySettings = LibrarySettings()
    search: SearchSettings = SearchSettings()
    answer: AnswerSettings = AnswerSettings()
    traces: TraceSettings = TraceSettings()
    tuning: TuningSettings = TuningSettings()
    trial: TrialSettings = TrialSettings()
    judge: JudgeSettings = JudgeSettings()
    weights: WeightSettings = WeightSettings()
    serve: ServeSettings = ServeSettings()

    @model_validator(mode="after")
    def _frozen(self) -> Settings:
        if self.tuning.method == "full" and self.model.quantization != "none":
            raise ValueError(
                'tuning.method = "full" learns the weights, which model.quantization keeps frozen: leave one out'
            )
        return self

    @property
    def max_gap(self) -> float:
        """`search.max_gap`; where it is not said, 0.2 with the starter model, and 1 (all k passages) with any other."""
        if self.search.max_gap is not None:
            return self.search.max_gap
        return STARTER_GAP if self.model.is_starter else 1.0

    @property
    def instruction(self) -> str:
        """The system message over passages; where it is not said, the starter model is not told to abstain: the gates do."""
        if self.answer.rag_instruction is None and self.model.is_starter:
            return STARTER_INSTRUCTION
        return self.answer.refusing()
