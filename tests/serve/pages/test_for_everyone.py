"""For everyone: no serious finding of axe in light and dark, nothing wider than a phone, sign-in, roles."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from served import WHEEL, findings, serving

from tunebook.serve.keys import Keys

PATHS = [
    "/",
    "/library",
    "/library/read?document=documents/terms/haul-agreement.pdf",
    "/decide",
    "/tune",
    "/cases",
    "/signin",
]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing_serious(open_page: Any, path: str, dark: bool) -> None:
    assert findings(open_page(path, dark=dark)) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious_in_an_answer_and_its_source(open_page: Any, dark: bool) -> None:
    page = open_page("/", dark=dark)
    page.get_by_label("Beside it").select_option("base")
    page.get_by_label("Your question").fill(WHEEL)
    page.keyboard.press("Enter")
    page.locator(".reply .thumbs").nth(1).wait_for()
    page.get_by_role("button", name="Wrong").first.click()
    page.locator(".cite").first.click()
    page.locator(".sheet rect").first.wait_for(state="attached")
    assert findings(page) == []


@pytest.mark.parametrize("width", [390, 820, 1440])
@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_wider_than_the_screen(open_page: Any, path: str, width: int) -> None:
    page = open_page(path, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_first_tab_skips_to_the_content(open_page: Any) -> None:
    page = open_page("/library")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize(
    ("role", "seen"),
    [("read", ["Library"]), ("ask", ["Ask", "Library"]), ("manage", ["Ask", "Library", "Decide", "Tune", "Cases"])],
)
def test_who_signs_in_sees_what_their_key_may(open_page: Any, other_project: Any, role: str, seen: list[str]) -> None:
    project = other_project({"documents/wren.md": "# The Wren\n\nIt carries 80 kg."})
    project.sync()
    _, text = Keys(project.state / "serve").make("person", role, None if role == "manage" else ())
    with serving(project) as url:
        page = open_page("/library", at=url)
        assert page.url.endswith("/signin?next=%2Flibrary")
        page.get_by_label("Key").fill("tb_wrong")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("alert").wait_for()
        page.get_by_label("Key").fill(text)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Library").wait_for()
        assert page.get_by_role("navigation").get_by_role("link").all_inner_texts() == seen
        page.get_by_role("link", name="The Wren").wait_for()
        assert page.get_by_role("button", name="Sync now").is_visible() is (role == "manage")
        assert page.get_by_role("button", name="Forget The Wren").is_visible() is (role == "manage")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/signin")


@pytest.mark.parametrize("path", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_signing_in_leads_to_no_other_server(open_page: Any, other_project: Any, path: str) -> None:
    project = other_project({})
    _, text = Keys(project.state / "serve").make("person", "manage", None)
    with serving(project) as url:
        page = open_page(f"/signin?next={path}", at=url)
        page.get_by_label("Key").fill(text)
        page.keyboard.press("Enter")
        page.get_by_label("Your question").wait_for()
        assert page.url == f"{url}/"


@pytest.mark.parametrize("path", PATHS)
def test_no_page_holds_a_script_or_a_style_of_its_own(site: str, path: str) -> None:
    answer = httpx.get(site + path)
    assert "script-src 'unsafe" not in answer.headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
    assert (
        re.findall(
            r"<script(?! type=\"module\" src=\"/static/\w+\.js\"></script>)|<style|\son\w+=|\sstyle=", answer.text
        )
        == []
    )
    assert re.findall(r"(?:src|href)=\"(?!/)", answer.text.replace('href="#main"', "")) == []  # nothing from elsewhere
