"""The vectors of the examples, kept in the state folder: the next command embeds only what is new.

    kept_vectors(state, "starter", ["How heavy is the Wren?"], embedder.embed_queries)     →  float32 (texts, dim)

`example-vectors.npz` holds those of the texts that were asked for last, and no others, by the hash of each.  A file that is torn
or another embedder's is made anew.  One of its vectors is made again each time, for at an endpoint another model may come to
answer to the name.  Of two processes that write at once one does; where nothing may be written, nothing is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunebook.errors import TunebookError
from tunebook.library import Embed
from tunebook.models.disk import whole
from tunebook.project.folder import make
from tunebook.project.locks import lock
from tunebook.values import content_hash

FILE = "example-vectors.npz"
SAME = 0.99  # cosine of two vectors that the same weights make of a text, be it in other batches

Vectors = dict[str, NDArray[np.float32]]  # hash of a text → (dim,)


def kept_vectors(state: Path, made_by: str, texts: Sequence[str], embed: Embed) -> NDArray[np.float32]:
    """Of each text, float32 (texts, dim); `made_by` changes with whatever changes the vectors."""
    hashes = [content_hash(text) for text in texts]
    wanted = dict(zip(hashes, texts, strict=True))
    if not wanted:
        return embed(texts)

    def made(some: Sequence[str]) -> Vectors:
        return dict(zip(some, embed([wanted[one] for one in some]), strict=True))

    held = _read(state / FILE, made_by)
    known = [one for one in wanted if one in held]
    fresh = made([*known[:1], *(one for one in wanted if one not in held)])
    if known and not _alike(fresh[known[0]], held[known[0]]):
        fresh, held = fresh | made(known[1:]), {}
    vectors = {one: fresh[one] if one in fresh else held[one] for one in wanted}
    if vectors.keys() != held.keys():
        _write(state, made_by, vectors)
    return np.stack([vectors[one] for one in hashes])


def _alike(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    return one.shape == other.shape and float(one @ other) > SAME


def _read(path: Path, made_by: str) -> Vectors:
    """Empty where there is none that can be read."""
    try:
        with np.load(path) as held:
            if str(held["made_by"]) != made_by:
                return {}
            return dict(zip(held["hashes"].tolist(), held["vectors"], strict=True))
    except Exception:  # numpy and zipfile have many ways to say that a file is none of theirs
        return {}


def _write(state: Path, made_by: str, vectors: Vectors) -> None:
    with suppress(OSError, TunebookError):
        make(state)
        held = lock(state / "example-vectors.lock")
        if held is None:
            return
        with held, whole(state / FILE) as scratch, scratch.open("wb") as file:
            np.savez(file, made_by=made_by, hashes=list(vectors), vectors=np.stack(list(vectors.values())))
