"""The sections of tunebook.toml that name a model: to chat, to embed, to read again, to judge; in process or at an endpoint."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

_AT = " at "


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=(), allow_inf_nan=False)


def _served(url: str | None) -> str | None:
    """Raises ValueError where no client could reach it; a password would be copied into every report."""
    if url is None:
        return url
    parts = urlsplit(url)
    try:
        wrong = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0
    except ValueError:
        wrong = True
    if wrong or any(char.isspace() for char in url):
        raise ValueError("allowed is http://HOST:PORT/v1, or https://…")
    if parts.username or parts.password:
        raise ValueError("leave the key to the variable that key_env names")
    if parts.query or parts.fragment:
        raise ValueError("leave out what follows ? or #; at Azure it is https://NAME.openai.azure.com/openai/v1")
    if parts.path.rstrip("/").endswith("/chat/completions"):
        raise ValueError("leave out /chat/completions, which is put behind it")
    return url


Endpoint = Annotated[str | None, AfterValidator(_served)]


class ModelSettings(Section):
    """The chat model: in process (`starter`, or a folder that transformers can load) or behind an endpoint."""

    name: str = "starter"
    endpoint: Endpoint = None
    engine: Literal["auto", "torch", "openvino"] = "auto"  # auto: OpenVINO on a processor where it is installed
    key_env: str = "OPENAI_API_KEY"
    timeout_seconds: float = Field(120.0, gt=0)  # one request with all its attempts
    connect_seconds: float = Field(5.0, gt=0)
    first_seconds: float = Field(60.0, gt=0)  # to the first word
    stall_seconds: float = Field(30.0, gt=0)  # between two words
    retries: int = Field(4, ge=0)
    concurrency: int = Field(4, ge=1)
    window: int | None = Field(None, ge=64)  # prompt and answer in tokens, where an endpoint's model is not asked
    prompt_price: float | None = Field(None, ge=0)  # of a million tokens, in any currency
    completion_price: float | None = Field(None, ge=0)
    device: str = "auto"  # auto, cpu, cuda, cuda:1, mps
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    quantization: Literal["none", "int8", "nf4"] = "none"  # of the frozen weights, by bitsandbytes; nf4 is QLoRA's
    batch_tokens: int = Field(16384, ge=64)  # that are answered together, in process

    @model_validator(mode="after")
    def _quantised_here(self) -> ModelSettings:
        if self.quantization != "none" and (self.endpoint or self.engine == "openvino"):
            where = "the server at model.endpoint quantises for itself" if self.endpoint else "model.engine is openvino"
            raise ValueError(f"quantization is for a model in process, on torch: {where}")
        return self

    @property
    def is_starter(self) -> bool:
        return self.name == "starter" and self.endpoint is None

    def cost(self, prompt_tokens: int | None, completion_tokens: int | None) -> float | None:
        """What an answer's tokens cost; None where no price, or no number of tokens, is known."""
        if self.prompt_price is None and self.completion_price is None:
            return None
        if prompt_tokens is None or completion_tokens is None:
            return None
        return (prompt_tokens * (self.prompt_price or 0) + completion_tokens * (self.completion_price or 0)) / 1e6


class EmbedderSettings(Section):
    """What makes vectors of texts: in process (`starter`, or a folder that transformers can load) or behind an endpoint."""

    name: str = "starter"
    endpoint: Endpoint = None
    key_env: str = "OPENAI_API_KEY"
    timeout_seconds: float = Field(60.0, gt=0)  # one request to the endpoint
    retries: int = Field(4, ge=0)
    concurrency: int = Field(4, ge=1)
    query_prompt: str | None = None  # put before a question; None: what the folder says
    passage_prompt: str | None = None  # put before a passage; None: what the folder says
    batch_tokens: int = Field(2048, ge=64)

    @model_validator(mode="after")
    def _named(self) -> EmbedderSettings:
        if self.endpoint and self.name == "starter":
            raise ValueError("name has to be what the server at embedder.endpoint calls its embedder")
        return self

    @property
    def prompts(self) -> tuple[str | None, str | None]:
        """Before a question, and before a passage."""
        return self.query_prompt, self.passage_prompt

    @property
    def known_as(self) -> str:
        """One name for it wherever it runs: "bge-m3 at http://localhost:8000/v1"."""
        return f"{self.name}{_AT}{self.endpoint}" if self.endpoint else self.name

    def other(self, known_as: str, prompts: tuple[str | None, str | None] = (None, None)) -> EmbedderSettings:
        """These settings for an embedder that is known by another name, with prompts of its own."""
        name, at, endpoint = known_as.rpartition(_AT)
        there = (
            {"name": name, "endpoint": endpoint} if at and "://" in endpoint else {"name": known_as, "endpoint": None}
        )
        return self.model_copy(update={**there, "query_prompt": prompts[0], "passage_prompt": prompts[1]})


class RerankerSettings(Section):
    """What reads the best passages again: late interaction over the embedder's tokens (`starter`), or a cross-encoder, in
    process (a folder that transformers can load) or behind an endpoint."""

    name: str = "starter"  # with an endpoint: none needed where the server has one model
    endpoint: Endpoint = None
    weight: float = Field(0.9, ge=0, le=1)  # of a cross-encoder's reading, against the fused score
    key_env: str = "RERANKER_API_KEY"
    timeout_seconds: float = Field(60.0, gt=0)  # one request to the endpoint
    retries: int = Field(4, ge=0)
    concurrency: int = Field(4, ge=1)
    batch_tokens: int = Field(2048, ge=64)

    @property
    def is_starter(self) -> bool:
        return self.name == "starter" and self.endpoint is None

    @property
    def served_name(self) -> str | None:
        """What the server at the endpoint calls it; None where nobody has said."""
        return None if self.name == "starter" else self.name


class JudgeSettings(Section):
    """A chat model that compares the answers of two arms of a trial; no endpoint: no judge."""

    endpoint: Endpoint = None  # any OpenAI-compatible server; it is sent questions and answers
    name: str = ""
    key_env: str = "OPENAI_API_KEY"
    cases: int = Field(100, ge=1)  # compared, at most
    # with the team's own pairs (lower end of the interval) to be listened to
    agreement: float = Field(0.7, ge=0.5, le=1)
