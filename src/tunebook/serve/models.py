"""`GET /v1/models`: the approaches of the project as models; `POST /v1/embeddings`: its embedder.

client.models.list()  →  tunebook/rag, tunebook/base, …, tunebook/embedder
"""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from tunebook.serve.access import Reads
from tunebook.serve.problems import Problem
from tunebook.serve.service import Served

router = APIRouter(prefix="/v1", tags=["openai"])

OWNER = "tunebook"
PREFIX = "tunebook/"
EMBEDDER = "embedder"
Text = Annotated[str, StringConstraints(min_length=1, max_length=100_000)]


def approach_of(model: str) -> str:
    """`tunebook/rag` or `rag` → `rag`."""
    return model.removeprefix(PREFIX)


def unknown(model: str) -> Problem:
    return Problem(404, "model_not_found", f"no model {model!r}", "GET /v1/models lists them", "model")


@router.get("/models")
def models(reader: Reads, service: Served) -> dict[str, Any]:
    """The approaches that can answer this reader, and the embedder."""
    names = [name for name, why in service.project.approaches(reader.groups).items() if why is None]
    return {"object": "list", "data": [_listed(name) for name in (*names, EMBEDDER)]}


@router.get("/models/{model:path}")
def model(model: str, reader: Reads, service: Served) -> dict[str, Any]:
    name = approach_of(model)
    if name != EMBEDDER and service.project.approaches(reader.groups).get(name, "unknown") is not None:
        raise unknown(model)
    return _listed(name)


def _listed(name: str) -> dict[str, Any]:
    return {"id": PREFIX + name, "object": "model", "created": 0, "owned_by": OWNER}


class EmbeddingsRequest(BaseModel):
    """Token ids are refused: the embedder has tokens of its own."""

    input: Text | Annotated[list[Text], Field(min_length=1, max_length=2048)]
    model: str = PREFIX + EMBEDDER
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(None, ge=1, description="the embedder's own, or left out")


@router.post("/embeddings")
def embeddings(asked: EmbeddingsRequest, reader: Reads, service: Served) -> dict[str, Any]:
    """Unit vectors of the project's embedder."""
    if approach_of(asked.model) != EMBEDDER:
        raise unknown(asked.model)
    texts = [asked.input] if isinstance(asked.input, str) else asked.input
    vectors, tokens = service.project.embed(texts)  # (texts, dim)
    dim = vectors.shape[1]
    if asked.dimensions not in (None, dim):
        told = f"dimensions {asked.dimensions}: the project's embedder has {dim}"
        raise Problem(400, "unsupported", told, "leave it out", "dimensions")
    as_text = asked.encoding_format == "base64"
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": base64.b64encode(row.astype("<f4").tobytes()).decode() if as_text else row.tolist(),
        }
        for index, row in enumerate(vectors)
    ]
    used = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": PREFIX + EMBEDDER, "usage": used}
