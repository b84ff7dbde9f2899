"""tunebook: tune it, give it the book, or both, measured on your own data.

>>> from tunebook import Project
>>> project = Project.open("examples/larkmoor")
>>> project.sync()
>>> project.ask("How much does the Wren carry?").text

Importing this package does nothing: no device is probed, no model library is loaded before a verb needs it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunebook.project import Project as Project

__version__ = "0.1.0"
__all__ = ["Project", "__version__"]


def __getattr__(name: str) -> Any:
    if name == "Project":
        return import_module("tunebook.project").Project
    raise AttributeError(f"module 'tunebook' has no attribute {name!r}")
