"""The whole way with the starter models: a file is uploaded, synced by a job, asked about, and its page opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from served import EXAMPLE, serving

from tunebook import Project

pytestmark = pytest.mark.model


def test_from_an_upload_to_the_page_that_was_quoted(open_page: Any, tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "tunebook.toml").write_text("[passages]\nmax_tokens = 64\n", encoding="utf-8")
    with serving(Project.open(tmp_path / "desk")) as url:
        page = open_page("/library", at=url)
        page.set_default_timeout(120_000)
        assert "The library is empty" in page.locator("main").inner_text()
        page.locator("#files").set_input_files(str(EXAMPLE / "documents" / "terms" / "haul-agreement.pdf"))
        page.get_by_text("Synced: 1 added").wait_for()
        page.get_by_role("link", name="Haul agreement").wait_for()
        page.get_by_role("link", name="Ask", exact=True).click()
        page.get_by_label("Your question").fill("What does it cost to leave a Haul contract in its ninth month?")
        page.keyboard.press("Enter")
        card = page.locator(".reply")
        card.wait_for()
        card.locator(".thumbs").wait_for()
        card.locator(".cites button").first.click()
        page.locator(".sheet rect").first.wait_for(state="attached")
