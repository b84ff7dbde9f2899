"""Imports LanceDB without the clients of servers that it brings: a third of its import, half a second of every command.

    lancedb = import_lancedb()

The generated modules `lance_namespace_urllib3_client.api.*` speak to catalogues over HTTP.  LanceDB imports them and uses
none of them for a folder or an object store, so their classes are empty here.  Where it no longer brings them, nothing
is left out.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

CLIENTS = "lance_namespace_urllib3_client.api."


class _Without(MetaPathFinder, Loader):
    """Finds the clients' modules, and makes them of classes that are empty."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name.startswith(CLIENTS) else None

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__getattr__"] = _empty


def _empty(name: str) -> type:
    """A class of that name; a module has no other attributes."""
    if not name[:1].isupper():
        raise AttributeError(name)
    return type(name, (), {})


def import_lancedb() -> Any:
    if "lancedb" not in sys.modules:
        without = _Without()
        sys.meta_path.insert(0, without)
        try:
            importlib.import_module("lancedb")
        finally:
            sys.meta_path.remove(without)
    return importlib.import_module("lancedb")  # waits where another thread has begun
