"""Library: what there is and in which state, what was read and how it was split, forgetting with its receipt."""

from __future__ import annotations

import json
from typing import Any

from served import serving

FILES = {
    "documents/wren.md": "# The Wren\n\nIt carries 80 kg.",
    "documents/heron.md": "# The Heron\n\nIt carries 120 kg.",
}


def test_documents_are_listed_found_and_read(open_page: Any) -> None:
    page = open_page("/library")
    assert "41 documents" in page.locator("#summary").inner_text()
    page.get_by_label("Find").fill("haul")
    page.get_by_text("1 document match").wait_for()
    page.get_by_role("link", name="Haul agreement").click()
    page.get_by_role("img", name="Page 1 of Haul agreement").wait_for()
    assert "3 pages, 19 passages" in page.locator(".head").inner_text()
    assert page.get_by_role("region", name="Passage", exact=False).count() == 19
    page.get_by_role("button", name="Page after").click()
    page.get_by_role("img", name="Page 2 of Haul agreement").wait_for()


def test_a_file_that_cannot_be_read_says_why(open_page: Any, other_project: Any) -> None:
    project = other_project(FILES | {"documents/broken.docx": "no document"})
    project.sync()
    with serving(project) as url:
        page = open_page("/library", at=url)
        page.get_by_label("State").select_option("failed")
        page.get_by_text("1 document match").wait_for()
        row = page.get_by_role("row").filter(has_text="broken.docx")
        assert "cannot be read" in row.inner_text()


def test_forgetting_shows_its_receipt(open_page: Any, other_project: Any) -> None:
    case = {"id": "k", "prompt": "?", "answers": ["80 kg"], "sources": ["documents/wren.md"]}
    project = other_project(FILES | {"cases.jsonl": json.dumps(case) + "\n"})
    project.sync()
    with serving(project) as url:
        page = open_page("/library", at=url)
        page.get_by_role("button", name="Forget The Wren").click()
        box = page.get_by_role("dialog")
        assert box.get_by_role("button", name="Keep it").evaluate("it => it === document.activeElement")
        box.get_by_role("button", name="Forget it").click()
        box.get_by_role("heading", name="Forgotten").wait_for()
        receipt = box.inner_text()
        assert "passages" in receipt
        assert "Remains" in receipt
        assert [one.id for one in project.documents()] == ["documents/heron.md"]


def test_an_empty_library_says_what_to_do(open_page: Any, other_project: Any) -> None:
    with serving(other_project({})) as url:
        page = open_page("/library", at=url)
        assert "Drop files above" in page.locator("#documents").inner_text()


def test_a_document_that_is_not_there_is_no_dead_end(open_page: Any) -> None:
    page = open_page("/library/read?document=nowhere.md")
    assert page.get_by_role("link", name="Back to the library").is_visible()
