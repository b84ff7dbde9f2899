"""The library: passages embedded, stored and searched."""

from tunebook.library.fusion import fuse
from tunebook.library.lance import LanceStore
from tunebook.library.late import Late
from tunebook.library.library import Library, SyncResult
from tunebook.library.ranking import Ranking
from tunebook.library.store import Listed, Store

__all__ = ["LanceStore", "Late", "Library", "Listed", "Ranking", "Store", "SyncResult", "fuse"]
