"""What reads the best passages again, by the settings: how the ranking goes by it, and what it is known by.

ranking(settings)           →  Ranking(rerank=14, rerank_weight=.9, …)
known_by(folder, settings)  →  "" for late interaction, which goes by the embedder; else a hash that another one has not
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from tunebook.library import Ranking
from tunebook.models import Reranker
from tunebook.models.cross_encoder import CrossEncoder
from tunebook.models.endpoint_reranker import EndpointReranker
from tunebook.models.weights import weights_print
from tunebook.project.ahead import left
from tunebook.project.folder import Folder
from tunebook.settings import Settings
from tunebook.values import content_hash


def cross_encoder(folder: Folder, settings: Settings) -> Reranker:
    """In process, or what speaks to its server."""
    own = settings.reranker
    if own.endpoint:
        return EndpointReranker(own, left)
    return CrossEncoder.load(folder.model(own.name), own.batch_tokens, settings.model.device)


def ranking(settings: Settings) -> Ranking:
    """A cross-encoder reads all of the first ones: how far ahead the best is was measured for late interaction alone."""
    search, own = settings.search, settings.reranker
    how = Ranking(search.candidates, search.dense_weight, search.document_weight, search.rerank, search.late_weight)
    return how if own.is_starter else replace(how, rerank_weight=own.weight, reach=math.inf)


def known_by(folder: Folder, settings: Settings) -> str:
    """A server may move, and so may a folder: by its name there, or by its weights."""
    own = settings.reranker
    if own.is_starter or not settings.search.rerank:
        return ""
    if own.endpoint:
        return content_hash("reranker at", own.served_name or own.endpoint, str(own.weight))
    weights = Path(folder.model(own.name))
    named = "" if any(weights.glob("*.safetensors")) else own.name
    return content_hash("reranker", named, weights_print(weights), str(own.weight))
