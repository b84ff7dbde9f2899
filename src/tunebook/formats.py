"""Files of rows: JSON Lines, JSON arrays, CSV, TSV and Parquet.

    list(file_rows(Path("examples.csv"), "examples", hint))     →  [(2, {"prompt": "…", "completion": "workshop"}), …]

Rows are counted from 1: lines of JSON Lines, elements of an array, rows of a table with its header, rows of Parquet.
Left out on purpose: spreadsheets and YAML, which can be written as one of these.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tunebook.errors import BadInput, BadRow, first_line

Fields = Mapping[str, Any]

SEPARATORS = {".csv": ",;\t|", ".tsv": "\t"}
NOT_READ = {  # kinds of file that something else can write as one that is read
    **dict.fromkeys(
        (".xlsx", ".xls", ".xlsm", ".ods", ".numbers"), ("a spreadsheet", "save its table as CSV in UTF-8")
    ),
    **dict.fromkeys((".yaml", ".yml"), ("YAML", "write it as JSON, for example: yq -o json FILE.yaml > FILE.json")),
}
_NAMES_IT = re.compile(r"\A\s*sep=(?P<separator>[^\r\n])\r?\n", re.IGNORECASE)  # as Excel writes it before the header
LONGEST_CELL = 100_000_000  # characters; the csv module stops at 131,072
WRAPPED = ("tests", "examples")  # what promptfoo's configuration and LlamaIndex's datasets call their rows


def file_rows(path: Path, what: str, hint: str) -> Iterator[tuple[int, Fields]]:
    """(number, fields) of each row of a file of any of the kinds; `what` names the rows in messages.  Raises BadInput or BadRow."""
    kind = path.suffix.lower()
    if kind in NOT_READ:
        raise BadInput(f"{path}: {NOT_READ[kind][0]} is not read as {what}", NOT_READ[kind][1])
    if not path.is_file():
        raise BadInput(f"no {what}: {path} is not there", hint)
    if kind == ".parquet":
        return _parquet(path, what, hint)
    if kind in SEPARATORS:
        return _table(path, SEPARATORS[kind], what, hint)
    if _is_array(path):
        return _array(path, what, hint)
    wrapped = _wrapped(path) if kind == ".json" else None
    return json_lines(path, what, hint) if wrapped is None else _elements(wrapped, path, what, hint)


def _parquet(path: Path, what: str, hint: str) -> Iterator[tuple[int, Fields]]:
    """A field that is null is not there: a column holds something in each row."""
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    number = 0
    try:
        with ParquetFile(path) as file:
            rows = (row for batch in file.iter_batches() for row in batch.to_pylist())
            for number, row in enumerate(rows, 1):
                yield number, {name: value for name, value in row.items() if value is not None}
    except (ArrowException, OSError) as error:
        raise BadInput(f"{path}: cannot be read as Parquet: {first_line(error)}", hint) from error
    if not number:
        raise BadInput(f"no {what}: {path} is empty", hint)


def json_lines(path: Path, what: str, hint: str) -> Iterator[tuple[int, Fields]]:
    """(line, object) of each line that is not blank; `what` names the rows in messages.  Raises BadInput or BadRow."""
    if not path.is_file():
        raise BadInput(f"no {what}: {path} is not there", hint)
    found = False
    with path.open("rb") as lines:
        for number, raw in enumerate(lines, 1):
            if not raw.strip():
                continue
            found = True
            try:
                row = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
                json.dumps(row, ensure_ascii=False).encode()  # JSON can spell half a character; no tokenizer takes it
            except (ValueError, RecursionError) as error:
                raise BadRow(f"{path}, row {number}: not a line of JSON: {error}", hint) from error
            yield number, _object(row, number, path, hint)
    if not found:
        raise BadInput(f"no {what}: {path} is empty", hint)


def _is_array(path: Path) -> bool:
    """Whether the file's first character, white space and byte order mark apart, opens an array."""
    with path.open("rb") as file:
        return file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"["


def _wrapped(path: Path) -> list[Any] | None:
    """The rows in a file that is one object around them; None for any other file."""
    try:
        whole = json.loads(_text(path))
        json.dumps(whole, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    lists = [whole[name] for name in WRAPPED if isinstance(whole.get(name), list)] if isinstance(whole, dict) else []
    return lists[0] if lists else None


def _array(path: Path, what: str, hint: str) -> Iterator[tuple[int, Fields]]:
    try:
        rows = json.loads(_text(path))
        json.dumps(rows, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadRow(f"{path}: opens with [ and is no JSON array: {error}", hint) from error
    yield from _elements(rows, path, what, hint)


def _elements(rows: list[Any], path: Path, what: str, hint: str) -> Iterator[tuple[int, Fields]]:
    if not rows:
        raise BadInput(f"no {what}: {path} is empty", hint)
    for number, row in enumerate(rows, 1):
        yield number, _object(row, number, path, hint)


def _object(row: Any, number: int, path: Path, hint: str) -> Fields:
    if not isinstance(row, dict):
        raise BadRow(f"{path}, row {number}: {type(row).__name__} instead of an object", hint)
    return row


def _table(path: Path, separators: str, what: str, hint: str) -> Iterator[tuple[int, Fields]]:
    """Rows under a header of column names; its separator is named before it, or the one that it holds most of."""
    text = _text(path)
    named = _NAMES_IT.match(text)
    text = text[named.end() :] if named else text
    header = text.lstrip("\r\n").partition("\n")[0]
    separator = named["separator"] if named else max(separators, key=header.count)
    csv.field_size_limit(LONGEST_CELL)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    names: list[str] = []
    number = 0
    try:
        for number, cells in enumerate((line for line in lines if line), 1):
            if not names:
                names = [cell.strip().lower() for cell in cells]
                if twice := next((name for name in names if name and names.count(name) > 1), None):
                    raise BadRow(f"{path}, row {number}: the column {twice!r} is there twice", hint)
            elif len(cells) != len(names):
                raise BadRow(f"{path}, row {number}: {len(cells)} cells under {len(names)} columns", hint)
            else:
                yield number, _cells(dict(zip(names, cells, strict=True)))
    except csv.Error as error:
        raise BadRow(f"{path}, row {number + 1}: not a row of a table: {error}", hint) from error
    if number < 2:
        raise BadInput(f"no {what}: {path} holds no row under a header", hint)


def _cells(row: dict[str, str]) -> Fields:
    """What is not text in `examples.jsonl`, from its cell; an optional field that is empty is not there."""
    texts = {"prompt", "completion", "instruction", "output", "question", "answer", "response"}
    kept: dict[str, Any] = {name: cell for name, cell in row.items() if cell.strip() or name in texts}
    for name in ("answerable", "label"):
        if name in kept:
            kept[name] = {"true": True, "false": False}.get(kept[name].strip().lower(), kept[name])
    if "sources" in kept:
        kept["sources"] = [one.strip() for one in kept["sources"].split(";") if one.strip()]
    return kept


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        told = f"{path}, line {line}: byte 0x{error.object[error.start]:02x} is not UTF-8"
        raise BadRow(told, "save the file as UTF-8") from error
