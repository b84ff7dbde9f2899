"""Imports run one way, and importing tunebook loads nothing heavy.

The rule is docs/design/layout-and-imports.md.  A part that is not in `MAY_IMPORT` fails: it needs its line.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "tunebook"
BASE = {"values", "errors", "progress", "settings", "rows", "journal"}  # everything may import these
MAY_IMPORT = {
    "__init__": {"project"},
    "values": set(),
    "errors": set(),
    "progress": set(),
    "journal": set(),
    "settings": {"errors"},
    "formats": {"errors"},
    "shapes": {"errors", "formats"},
    "evaluation_sets": {"errors", "formats", "values"},
    "rows": {"errors", "evaluation_sets", "formats", "shapes", "values"},
    "documents": BASE,
    "library": BASE,
    "models": BASE,
    "answer": BASE | {"models"},
    "tuning": BASE | {"answer", "models"},
    "approaches": BASE | {"answer", "library", "models"},
    "trial": BASE,
    "advise": {"errors", "values"},
    "project": BASE
    | {
        "advise",
        "answer",
        "approaches",
        "documents",
        "evaluation_sets",
        "formats",
        "library",
        "models",
        "trial",
        "tuning",
    },
    "serve": BASE | {"project", "__version__"},
    "cli": BASE | {"project", "serve", "advise.ask_interactively", "advise.render", "models.starter", "__version__"},
}
HEAVY = (
    "torch",
    "transformers",
    "peft",
    "pydantic",
    "lancedb",
    "pyarrow",
    "numpy",
    "kreuzberg",
    "openai",
    "jinja2",
    "fastapi",
)


def imported(code: str) -> Iterator[str]:
    """Dotted names under tunebook that the code imports, wherever it does so: `models.starter.get_starters`."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name.removeprefix("tunebook.") for name in names if name.startswith("tunebook."))


def breaches(part: str, code: str) -> list[str]:
    """What the code imports although its part may not."""
    allowed = {*MAY_IMPORT[part], part}
    return [name for name in imported(code) if not any(f"{name}.".startswith(f"{one}.") for one in allowed)]


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_run_one_way(path: Path) -> None:
    part = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    assert breaches(part, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("trial", "def late():\n    from tunebook.approaches import make"),
        ("library", "from tunebook.models import Embedder"),
        ("documents", "import tunebook.library.store"),
        ("cli", "from tunebook.advise import advise"),
        ("project", "from tunebook import cli"),
        ("serve", "from tunebook.library import Library"),
    ],
)
def test_a_breach_is_found(part: str, code: str) -> None:
    assert breaches(part, code)


@pytest.mark.parametrize("module", ["tunebook", "tunebook.cli.main"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_test_files_have_names_of_their_own():
    """Two of one name cannot be collected in one run."""
    names = [path.name for path in Path(__file__).parent.rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
