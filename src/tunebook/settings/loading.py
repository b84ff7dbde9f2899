"""Settings read: from tunebook.toml, the environment and the command line, and what is wrong with them in one line.

load_settings(Path("tunebook.toml"), ["search.k=5"])     →  Settings
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tunebook.errors import BadSettings
from tunebook.settings.sections import Settings

WANTED = {  # in words of TOML, where pydantic's are of Python
    "model_type": "Input should be a section with keys under it",
    "dict_type": 'Input should be a table, such as {"documents/hr/**" = ["hr"]}',
    "tuple_type": 'Input should be a list, such as ["a", "b"]',
}


def load_settings(path: Path | None, overrides: Iterable[str] = ()) -> Settings:
    """Settings from a TOML file (None: defaults), then the environment, then `key=value` overrides on top.

    Raises BadSettings with file, line and key of the first thing that is wrong.
    """
    text = _read(path) if path else ""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{path}: not valid TOML: {error}", "see docs/settings.md for every key") from error
    origin: dict[str, str] = {}
    for said, override in [*_environment(), *((f"--set {one}", one) for one in overrides)]:
        key, value = _parse_override(override)
        _put(data, key, value, override)
        origin[key] = said
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        raise _explain(error, path, text, origin) from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path}: cannot be read: {error}", "the settings file is UTF-8 text") from error


def _environment() -> list[tuple[str, str]]:
    """(variable, override) of each `TUNEBOOK_SECTION__KEY`: TUNEBOOK_SERVE__PORT=9000 is serve.port=9000."""
    found = []
    for name, value in sorted(os.environ.items()):
        section, separator, key = name.removeprefix("TUNEBOOK_").partition("__")
        if name.startswith("TUNEBOOK_") and separator:
            found.append((name, f"{section.lower()}.{key.lower()}={value}"))
    return found


def _parse_override(override: str) -> tuple[str, Any]:
    key, separator, value = override.partition("=")
    if not separator or not key.strip():
        raise BadSettings(f"--set {override}: not key=value", "for example: --set search.k=5")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value


def _put(data: dict[str, Any], key: str, value: Any, override: str) -> None:
    *sections, last = key.split(".")
    for section in sections:
        data = data.setdefault(section, {})
        if not isinstance(data, dict):
            raise BadSettings(f"--set {override}: {section} is no section", "for example: --set search.k=5")
    data[last] = value


def _explain(error: ValidationError, path: Path | None, text: str, origin: Mapping[str, str]) -> BadSettings:
    errors = error.errors()
    first, key = errors[0], _key(errors[0])
    given = (said for name, said in origin.items() if f"{key}.".startswith(f"{name}.") or name.startswith(f"{key}."))
    where = next(given, None) or _locate(path, text, ".".join(key.split(".")[:2]))
    if first["type"] == "extra_forbidden":
        *sections, _ = key.split(".")
        return BadSettings(f"{where}: unknown key {key}", f"{_meant(key)}allowed here: {', '.join(_allowed(sections))}")
    why = " or ".join(_said(one) for one in errors if _key(one) == key)  # a value of two types fails as each
    return BadSettings(f"{where}: {key} = {first['input']!r}: {why}", "see docs/settings.md for every key")


def _key(error: Mapping[str, Any]) -> str:
    """The key as it is written, without what pydantic adds for each type that a value may have."""
    return ".".join(str(part) for part in error["loc"] if not str(part).startswith(("constrained-", "literal[")))


def _said(error: Mapping[str, Any]) -> str:
    return WANTED.get(error["type"], str(error["msg"]).removeprefix("Value error, "))


def _allowed(sections: list[str]) -> list[str]:
    model: Any = Settings
    for section in sections:
        model = model.model_fields[section].annotation
    return sorted(model.model_fields)


def _meant(key: str) -> str:
    """The keys of the same name, or nearly, in that section or else in any; nothing where there is none."""
    section, _, last = key.rpartition(".")
    known = [name for name in Settings.model_fields if not section]
    known += [f"{name}.{one}" for name in Settings.model_fields for one in _allowed([name])]
    like = difflib.get_close_matches(last.lower(), {one.rpartition(".")[2] for one in known}, 1, cutoff=0.75)
    near = [one for one in known if one.rpartition(".")[2] in like]
    near = [one for one in near if one.startswith(f"{section}.")] or near
    return f"did you mean {' or '.join(near)}? " if near else ""


def _locate(path: Path | None, text: str, key: str) -> str:
    *sections, last = key.split(".")
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[([^\[\]]+)\]", line)
        current = header[1].strip() if header else current
        if current == ".".join(sections) and re.match(rf"\s*{re.escape(last)}\s*=", line):
            return f"{path}, line {number}"
        if header and current == key:
            return f"{path}, line {number}"
    return str(path)
