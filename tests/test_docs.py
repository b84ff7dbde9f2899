"""The documentation is true: links lead somewhere, references are current, commands parse, rows are accepted."""

import ast
import importlib.util
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.main import get_command

from tunebook.cli.main import app
from tunebook.documents import RowFailure, read_jsonl
from tunebook.library import SyncResult
from tunebook.project.tune import TOLD
from tunebook.rows import read_cases, read_examples, read_questions
from tunebook.serve.keys import Key
from tunebook.settings import Settings
from tunebook.values import Answer, Hit, Passage

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
OF_TODAY = [page for page in PAGES if page.stem != "experiments"]  # which tells of what was, and of benchmarks
FORBIDDEN = ["/wor" + "k/", "/tmp/" + "bash_jobs", "/ro" + "ot/"]  # paths of one machine
FENCE = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def blocks(kind: str) -> list[Any]:
    """Every fenced block whose first line is that kind, with its page as the test's name."""
    found = [
        (page, match["body"])
        for page in PAGES
        for match in FENCE.finditer(page.read_text(encoding="utf-8"))
        if match["kind"].strip() == kind
    ]
    assert found, f"no {kind} block in the documentation"
    return [pytest.param(body, id=f"{name(page)}-{number}") for number, (page, body) in enumerate(found)]


def anchors(page: Path) -> set[str]:
    headings = HEADING.findall(prose(page))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_resolve(page: Path) -> None:
    broken = []
    for match in LINK.finditer(prose(page)):
        path, _, anchor = match["target"].partition("#")
        if "://" in path:
            continue
        target = (page.parent / path) if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(match["target"])
    assert broken == []


def test_the_index_leads_to_every_page_and_names_every_command() -> None:
    index = ROOT / "docs" / "index.md"
    text = index.read_text(encoding="utf-8")
    led_to = {(index.parent / match["target"].partition("#")[0]).resolve() for match in LINK.finditer(text)}
    assert [name(page) for page in PAGES if page.is_relative_to(index.parent) and page not in led_to | {index}] == []
    leaves = [" ".join(path) for path in reference()._commands() if path]
    assert [leaf for leaf in leaves if not re.search(rf"(`|\[|tunebook ){leaf}\b", text)] == []


def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_reference", ROOT / "docs" / "make_reference.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["settings", "cli"])
def test_reference_is_current(page: str) -> None:
    made = getattr(reference(), f"{page}_page")()
    written = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    assert written == made, "run: python docs/make_reference.py"


def commands(block: str) -> Iterator[list[str]]:
    """The arguments of each `tunebook …` line, without comments."""
    for line in block.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words and Path(words[0]).name == "tunebook":
            end = next((at for at, word in enumerate(words) if word in ("|", ">", "&&", ";")), len(words))
            yield words[1:end]


@cache
def whole() -> Any:
    """The command line, put together once."""
    return get_command(app)


@pytest.mark.parametrize("block", blocks("bash"))
def test_commands_parse(block: str) -> None:
    for args in commands(block):
        command = whole()
        rest = list(args)
        while rest and not rest[0].startswith("-"):
            nested = getattr(command, "commands", None)
            if nested is None:
                break
            assert rest[0] in nested, f"no command {' '.join(args)}"
            command = nested[rest.pop(0)]
        if rest not in (["--help"], ["--version"]):
            command.make_context("tunebook", rest)  # raises for an unknown option or a missing argument


@cache
def options() -> dict[str, set[str]]:
    """Of each command, and of what is below it."""
    found: dict[str, set[str]] = {}
    for path in reference()._commands():
        command = whole()
        for word in path:
            command = command.commands[word]
        flags = {flag for param in command.params for flag in param.opts}
        found.setdefault((path or [""])[0], {"--help", "-h"}).update(flags)
    return found


def spans(page: Path) -> list[str]:
    return re.findall(r"`([^`\s][^`\n]*)`", prose(page))


@pytest.mark.parametrize("page", OF_TODAY, ids=name)
def test_commands_and_options_that_a_sentence_names_exist(page: Path) -> None:
    known = options()
    for span in spans(page):
        words = span.split()
        flags = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        if words[0] == "tunebook" and len(words) > 1 and re.fullmatch("[a-z]+", words[1]):
            assert words[1] in known and flags <= known[words[1]], span
        elif words[0].startswith("--"):
            assert flags <= set().union(*known.values()), span


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.stem != "experiments"], ids=name
)  # it tells of old ones
def test_settings_that_a_sentence_names_exist(page: Path) -> None:
    known = {section: type(of).model_fields.keys() for section, of in Settings()}
    named = re.compile(rf"(?<![\w./-])({'|'.join(known)})\.([a-z_]+)(?![\w/(])")
    found = [(section, key) for span in spans(page) for section, key in named.findall(span)]
    files = {"md", "toml", "json", "jsonl", "html", "py", "safetensors"}  # report.html, examples.jsonl …
    assert [f"{section}.{key}" for section, key in found if key not in known[section] | files] == []


@pytest.mark.parametrize("block", blocks("jsonl cases"))
def test_cases_are_accepted(block: str, tmp_path: Path) -> None:
    (tmp_path / "cases.jsonl").write_text(block, encoding="utf-8")
    assert read_cases(tmp_path / "cases.jsonl")


@pytest.mark.parametrize("block", blocks("jsonl examples"))
def test_examples_are_accepted(block: str, tmp_path: Path) -> None:
    (tmp_path / "examples.jsonl").write_text(block, encoding="utf-8")
    assert read_examples(tmp_path / "examples.jsonl")


@pytest.mark.parametrize("block", blocks("jsonl documents"))
def test_documents_are_accepted(block: str, tmp_path: Path) -> None:
    (tmp_path / "documents.jsonl").write_text(block, encoding="utf-8")
    rows = list(read_jsonl(tmp_path / "documents.jsonl"))
    assert rows
    assert not [row.why for row in rows if isinstance(row, RowFailure)]


@pytest.mark.parametrize("block", blocks("jsonl queries"))
def test_queries_are_accepted(block: str, tmp_path: Path) -> None:
    (tmp_path / "queries.jsonl").write_text(block, encoding="utf-8")
    assert read_questions(tmp_path / "queries.jsonl")


@pytest.mark.parametrize(
    ("command", "keys"),
    [
        ("sync", [field.name for field in fields(SyncResult)]),
        ("ask", list(Answer("", False, "rag", "m").as_json())),
        ("tune", ["adapter", "target", "reused", *TOLD]),
        ("keys make", [*Key("", "", "ask", (), "", "").as_json(), "key"]),
        ("search", ["hits", *Hit(1, 0.5, Passage("a", "", "", None, 0, 1, "x")).as_json()]),
    ],
)
def test_json_has_the_keys_that_the_page_lists(command: str, keys: list[str]) -> None:
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| `{command}` |"))
    spans = re.findall(r"`([^`]+)`", row.split(" | ", 1)[1])
    named = [span.partition(":")[0] for span in spans if re.match(r"\w+(:|$)", span)]
    inner = re.findall(r"\w+", spans[0].partition(":")[2]) if command == "search" else []
    assert sorted(named + inner) == sorted(keys)


def program_texts() -> Iterator[str]:
    """Every text in the program, with a gap where a value is put in, and in the tests, which spell errors out."""
    files = [
        path for path in (*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py")) if path != Path(__file__)
    ]
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in parts)


def test_errors_are_worded_as_the_program_words_them() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    cells = [row.split(" | ")[0] for row in page.splitlines() if row.startswith("| `")]
    quoted = [error for cell in cells for error in re.findall(r"`([^`]+)`", cell)]
    words = {part.strip(": ") for error in quoted for part in error.split("…")}
    said = "\n".join(program_texts())
    assert len(words) > 50
    assert sorted(word for word in words if len(word) > 3 and word not in said) == []


def test_extras_are_declared_and_listed() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    table = prose(ROOT / "docs" / "install.md").partition("| extra |")[2].partition("\n\n")[0]
    assert {
        extra for row in table.splitlines()[2:] for extra in re.findall(r"`(\w+)`", row.split("|")[1])
    } == declared.keys()
    texts = [*PAGES, *(ROOT / "src").rglob("*.py"), *(ROOT / "deploy").iterdir(), ROOT / "Makefile"]
    said = "\n".join(path.read_text(encoding="utf-8") for path in texts)
    named = re.findall(r"(?:tunebook|\.)\[([a-z,]+)\]", said) + re.findall(r"extra `(\w+)`", said)
    assert {extra for one in named for extra in one.split(",")} <= declared.keys()


def own_files() -> list[Path]:
    """What belongs to the project: tracked, or new and not ignored."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
        paths = [ROOT / path for path in done.stdout.split("\0") if path]
    except (OSError, subprocess.CalledProcessError):  # a copy without git
        paths = [path for folder in ("src", "tests", "docs", "examples") for path in (ROOT / folder).rglob("*")]
    return [path for path in paths if path.is_file() and "__pycache__" not in path.parts]


def test_no_file_names_one_machine() -> None:
    found = []
    for path in own_files():
        data = path.read_bytes()
        found += [f"{name(path)}: {word}" for word in FORBIDDEN if word.encode() in data]
    assert found == []
