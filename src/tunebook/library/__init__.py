"""The library: passages embedded, stored and searched."""

from tunebook.library.fusion import fuse
from tunebook.library.lance import LanceStore
from tunebook.library.library import Library, SyncResult
from tunebook.library.store import Listed, Store

__all__ = ["LanceStore", "Library", "Listed", "Store", "SyncResult", "fuse"]
