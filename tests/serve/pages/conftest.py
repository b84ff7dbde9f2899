"""A browser, a served project, and pages that fail the test when their console shows an error."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
EXPECTED = "Failed to load resource"  # a refusal that the page shows is no fault of the page

Open = Callable[..., Any]


@pytest.fixture(scope="module")  # while it runs, no other event loop can run in this thread
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's folder, synced over fakes."""
    from served import example_project

    opened = example_project(tmp_path_factory.mktemp("synced") / "larkmoor")
    opened.sync()
    return Path(opened.root)


@pytest.fixture(scope="module")
def served_project(synced: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A copy of it, over fakes."""
    from served import over_fakes

    return over_fakes(shutil.copytree(synced, tmp_path_factory.mktemp("site") / "larkmoor"))


@pytest.fixture(scope="module")
def site(served_project: Any) -> Iterator[str]:
    from served import serving

    with serving(served_project) as url:
        yield url


@pytest.fixture
def open_page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Open]:
    """`open_page("/library", width=390, dark=True)`; `at` another address than the shared site's."""
    contexts: list[Any] = []
    faults: list[str] = []

    def open_one(path: str, width: int = 1440, dark: bool = False, at: str | None = None) -> Any:
        scheme = "dark" if dark else "light"
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.goto((at or request.getfixturevalue("site")) + path)
        page.wait_for_load_state("networkidle")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert [fault for fault in faults if not fault.startswith(EXPECTED)] == []


@pytest.fixture
def other_project(tmp_path: Path) -> Callable[..., Any]:
    """A project over fakes from files: name → text."""
    from served import over_fakes

    def make(files: dict[str, str]) -> Any:
        for name, text in {"tunebook.toml": "", **files}.items():
            path = tmp_path / "project" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return over_fakes(tmp_path / "project")

    return make
