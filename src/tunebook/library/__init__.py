"""The library: passages embedded, stored and searched."""

from tunebook.library.crossed import Crossed
from tunebook.library.fusion import fuse
from tunebook.library.generations import Generation, Generations, current, open_generations
from tunebook.library.lance import LanceStore
from tunebook.library.language import ANY, ENGLISH
from tunebook.library.late import Late
from tunebook.library.library import Batch, Embed, Library, Split, SyncResult
from tunebook.library.ranking import Ranking
from tunebook.library.reembedded import reembedded
from tunebook.library.store import Listed, Store
from tunebook.library.view import ReaderView

__all__ = [
    "ANY",
    "ENGLISH",
    "Batch",
    "Crossed",
    "Embed",
    "Generation",
    "Generations",
    "LanceStore",
    "Late",
    "Library",
    "Listed",
    "Ranking",
    "ReaderView",
    "Split",
    "Store",
    "SyncResult",
    "current",
    "fuse",
    "open_generations",
    "reembedded",
]
