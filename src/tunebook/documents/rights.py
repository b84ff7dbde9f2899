"""Who may read a file, from where it lies: rules in the settings, and `.groups` files beside the documents.

    [documents]
    groups = {"documents/hr/**" = ["hr"], "documents/hr/handbook.md" = []}      # tunebook.toml: the last that fits decides

    documents/board/.groups          one group a line, for all files in this folder and below; closer than any rule

`**` stands for any path, `*` for any name in one folder, `?` for one letter; no group means everyone.  A row of a
`.jsonl` file that names groups itself keeps them.  Left out on purpose: rights of the file system, which say what this
machine's users may do and nothing about readers.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from tunebook.documents.files import SourceFile
from tunebook.errors import BadInput
from tunebook.values import EVERYONE, document_id

SIDECAR = ".groups"


class Rights:
    """The groups of files; `unused` are the patterns that fitted none so far."""

    def __init__(self, rules: Mapping[str, Sequence[str]], root: Path) -> None:
        for pattern, groups in rules.items():
            _named(f"documents.groups {pattern!r}", groups)
        self._rules = [(pattern, _compiled(document_id(pattern)), tuple(groups)) for pattern, groups in rules.items()]
        self._sidecar = lru_cache(maxsize=None)(lambda folder: _nearest(Path(folder), root))
        self.unused = set(rules)

    def of(self, file: SourceFile) -> tuple[str, ...]:
        """Raises BadInput for a `.groups` file that names no group, or "*": nobody can tell who was meant."""
        found: tuple[str, ...] = ()
        for pattern, fits, groups in self._rules:
            if fits.fullmatch(file.id):
                found = groups
                self.unused.discard(pattern)
        beside: tuple[str, ...] | None = self._sidecar(os.path.dirname(file.name))
        return found if beside is None else beside


def sidecars(paths: Iterable[Path], root: Path) -> list[tuple[str, int]]:
    """Every `.groups` file that counts for these paths, with its time: where this changes, rights do."""
    found = {Path(parent, SIDECAR) for path in paths for parent, _, names in os.walk(path) if SIDECAR in names}
    found |= {one / SIDECAR for path in paths for one in path.absolute().parents if one.is_relative_to(root.absolute())}
    times = []
    for one in found:
        with suppress(OSError):  # not there, or removed meanwhile
            times.append((str(one), one.stat().st_mtime_ns))
    return sorted(times)


def _compiled(pattern: str) -> re.Pattern[str]:
    """`hr/**/a?.md` → `hr/(?:.*/)?a[^/]\\.md`; a pattern that ends in `/` stands for all below it."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern + "**" if pattern.endswith("/") else pattern)
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(part, re.escape(part)) for part in parts), re.DOTALL)


def _nearest(folder: Path, root: Path) -> tuple[str, ...] | None:
    """The groups of the nearest `.groups` file, from the folder up to the project's (outside it: to the root)."""
    absolute, top = folder.absolute(), root.absolute()
    above = [absolute, *absolute.parents]
    above = [one for one in above if one.is_relative_to(top)] or above
    path = next((one / SIDECAR for one in above if os.path.lexists(one / SIDECAR)), None)  # a dead link guards as well
    if path is None:
        return None
    try:
        lines = [line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}", "it is UTF-8 text, one group a line") from error
    groups = tuple(dict.fromkeys(line for line in lines if line))
    if not groups:
        raise BadInput(f"{path} names no group", "one group a line; remove the file where everyone may read")
    _named(str(path), groups)
    return groups


def _named(where: str, groups: Sequence[str]) -> None:
    if EVERYONE in groups:
        hint = f"a file that everyone may read has none: [], or no {SIDECAR} file"
        raise BadInput(f"{where} names {EVERYONE!r}, which is no group", hint)
