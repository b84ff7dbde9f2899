"""Library: what there is and in which state, what was read and how it was split, forgetting with its receipt."""

from __future__ import annotations

import json
from typing import Any

from served import findings, serving

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
        assert findings(page) == []
        box.get_by_role("button", name="Forget it").click()
        box.get_by_role("heading", name="Forgotten").wait_for()
        receipt = box.inner_text()
        assert "passages" in receipt
        assert "Remains" in receipt
        assert [one.id for one in project.documents()] == ["documents/heron.md"]


def test_the_last_part_of_the_list_is_left_when_it_is_empty(open_page: Any, other_project: Any) -> None:
    rows = [{"_id": f"d{at:02d}", "title": f"Sheet {at:02d}", "text": "A sheet."} for at in range(51)]
    project = other_project({"documents.jsonl": "".join(json.dumps(row) + "\n" for row in rows)})
    project.sync()
    with serving(project) as url:
        page = open_page("/library", at=url)
        page.get_by_role("button", name="Later").click()
        page.get_by_role("button", name="Forget Sheet 50").click()
        page.get_by_role("button", name="Forget it").click()
        page.get_by_role("heading", name="Forgotten").wait_for()
        page.get_by_role("button", name="Close").click()
        page.get_by_role("link", name="Sheet 49").wait_for()
        assert page.get_by_text("The library is empty").count() == 0


def test_the_list_asked_last_is_shown(open_page: Any) -> None:
    """Also where the answer to what was asked before comes later."""
    page = open_page("/library")
    held: list[Any] = []
    page.route("**/api/library?text=h&**", lambda route: held.append(route))
    page.get_by_label("Find").fill("h")
    while not held:
        page.wait_for_timeout(20)
    page.get_by_label("Find").fill("haul-agreement")
    page.get_by_text("1 document matches").wait_for()
    with page.expect_response("**/api/library?text=h&**"):
        held[0].continue_()
    page.wait_for_timeout(200)
    assert page.locator("#shown").inner_text() == "1 document matches."


def test_a_wide_table_and_arabic_words_stand_as_they_should(open_page: Any, other_project: Any) -> None:
    text = f"هذا نص عربي.\n\n| a | b |\n|---|---|\n| {'y' * 300} | x |\n"
    row = {"_id": "sheet", "title": "وثيقة", "text": text}
    project = other_project({"documents.jsonl": json.dumps(row) + "\n"})
    project.sync()
    with serving(project) as url:
        page = open_page("/library/read?document=sheet", width=390, at=url)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for place in ("h1", ".doc div"):
            assert page.locator(place).first.evaluate(
                "it => { const words = document.createRange(); words.selectNodeContents(it);"
                " return it.getBoundingClientRect().right - words.getBoundingClientRect().right < 2; }"
            )


def test_an_empty_library_says_what_to_do(open_page: Any, other_project: Any) -> None:
    with serving(other_project({})) as url:
        page = open_page("/library", at=url)
        assert "Drop files above" in page.locator("#documents").inner_text()


def test_a_document_that_is_not_there_is_no_dead_end(open_page: Any) -> None:
    page = open_page("/library/read?document=nowhere.md")
    assert page.get_by_role("link", name="Back to the library").is_visible()


AT = {"what": "reading", "done": 2, "total": 9, "note": "osprey.md"}
DROP = """(files) => {
  const moved = new DataTransfer();
  for (const [name, text] of files) moved.items.add(new File([text], name));
  document.querySelector("#drop").dispatchEvent(new DragEvent("drop", { dataTransfer: moved, bubbles: true, cancelable: true }));
}"""


def test_files_are_dropped_and_a_refused_one_says_why(open_page: Any, other_project: Any) -> None:
    project = other_project(FILES)
    done = {
        "id": "j",
        "kind": "sync",
        "state": "done",
        "result": {"added": 1, "updated": 0, "unchanged": 2, "deleted": 0, "failed": [], "left_out": ["documents/qrels"],
                   "warnings": ["the documents read like German"], "names_old": {"cases": ["k-1"]}},
    }  # fmt: skip
    with serving(project) as url:
        page = open_page("/library", at=url)
        queued = {"id": "j", "kind": "sync", "state": "queued", "progress": None}
        page.route("**/api/sync", lambda route: route.fulfill(json=queued))  # a job would load the real models
        states = iter([queued, queued | {"state": "running", "progress": AT}])
        page.route("**/api/jobs/j", lambda route: route.fulfill(json=next(states, done)))
        page.evaluate(DROP, [["osprey.md", "# The Osprey"], ["run.exe", "MZ"], ["wren.md", "# Another Wren"]])
        uploads = page.get_by_role("log", name="Uploads")
        uploads.get_by_text("kept as documents/osprey.md").wait_for()
        page.get_by_text("reading, 2 of 9, osprey.md").wait_for()
        page.get_by_text("Synced: 1 added, 2 unchanged").wait_for()
        for told in (
            "the documents read like German",
            "named in cases.jsonl, by k-1",
            "beside documents: documents/qrels",
        ):
            assert page.get_by_text(told).is_visible(), "what the command line says of a sync"
        assert "files of kind .exe are not read" in uploads.inner_text()
        assert findings(page) == []
        assert (project.root / "documents" / "osprey.md").read_text() == "# The Osprey"
        assert "carries 80 kg" in (project.root / "documents" / "wren.md").read_text()
        uploads.get_by_role("button", name="Replace it").click()
        uploads.get_by_text("kept as documents/wren.md").wait_for()
        assert (project.root / "documents" / "wren.md").read_text() == "# Another Wren"


def test_forgetting_can_take_the_file_along(open_page: Any, other_project: Any) -> None:
    project = other_project(FILES)
    project.sync()
    with serving(project) as url:
        page = open_page("/library", at=url)
        page.get_by_role("button", name="Forget The Wren").click()
        page.get_by_label("Delete the file as well").check()
        page.get_by_role("button", name="Forget it").click()
        page.get_by_role("heading", name="Forgotten").wait_for()
        assert not (project.root / "documents" / "wren.md").exists()


def test_an_upload_with_a_long_name_fits_a_phone(open_page: Any, other_project: Any) -> None:
    with serving(other_project({})) as url:
        page = open_page("/library", 390, at=url)
        name = f"{'Ein-sehr-langer-Name-' * 8}.md"
        sent = [(name, b"# Wren\n\nIt carries 80 kg."), ("logo.svg", b"<svg/>")]
        files = [{"name": name, "mimeType": "text/plain", "buffer": data} for name, data in sent]
        page.locator("#files").set_input_files(files)
        page.get_by_text(f"as documents/{name}").wait_for()
        page.get_by_text("logo.svg: files of kind .svg are not read.").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
