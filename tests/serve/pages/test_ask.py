"""Ask: answers with numbers that open the source at the words, marked; what no source holds is marked as such."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from served import WHEEL, serving

from tunebook.project import Span


def ask(page: Any, question: str) -> Any:
    """Asks by the keyboard and waits for the answer; the last card."""
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    card = page.locator(".reply").last
    card.locator(".thumbs").wait_for()
    return card


@pytest.mark.parametrize("width", [1440, 390])
def test_a_number_opens_the_pdf_page_with_the_words_marked(open_page: Any, served_project: Any, width: int) -> None:
    page = open_page("/", width)
    card = ask(page, WHEEL)
    card.get_by_role("button", name=re.compile("Source 1: .*haul-agreement.pdf, page 2. Supported")).click()
    source = page.get_by_role("dialog")
    mark = source.locator(".sheet rect").first
    mark.wait_for(state="attached")
    source.locator(".sheet img").evaluate("image => image.decode()")
    assert "page 2 of 3" in source.inner_text()
    sheet, shown = source.locator(".sheet").bounding_box(), source.locator(".body").bounding_box()
    text = served_project.source("documents/terms/haul-agreement.pdf")["text"]
    start = text.index("Bent front wheel")
    span = Span(start, start + len("Bent front wheel"))
    drawn, _ = served_project.picture("documents/terms/haul-agreement.pdf", span)
    scale = sheet["width"] / drawn.width
    wheel = drawn.marks[0]  # where pdfium says that the words stand
    x = sheet["x"] + (wheel.left + wheel.width / 2) * scale
    y = sheet["y"] + (wheel.top + wheel.height / 2) * scale
    boxes = [one.bounding_box() for one in source.locator(".sheet rect").all()]
    assert any(b["x"] <= x <= b["x"] + b["width"] and b["y"] <= y <= b["y"] + b["height"] for b in boxes)
    assert shown["y"] <= y <= shown["y"] + shown["height"], "the words are in sight without scrolling"


def test_escape_closes_the_source_and_the_focus_goes_back(open_page: Any) -> None:
    page = open_page("/")
    number = ask(page, WHEEL).locator(".cite").first
    number.focus()
    page.keyboard.press("Enter")
    page.locator(".sheet rect").first.wait_for(state="attached")
    assert number.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    assert number.evaluate("it => it === document.activeElement")


def test_enter_before_the_script_runs_asks_all_the_same(open_page: Any) -> None:
    page = open_page("/library")
    page.route(re.compile("ask.js"), lambda route: (page.wait_for_timeout(500), route.continue_()))
    page.get_by_role("link", name="Ask", exact=True).click()
    ask(page, "How much does the Wren carry?")


def test_text_is_marked_in_place(open_page: Any) -> None:
    page = open_page("/")
    card = ask(page, "How much does the Wren carry?")
    quote = card.locator(".cites q").first.inner_text().strip("“”")
    card.locator(".cite").first.click()
    page.locator(".paper mark").first.wait_for()
    assert " ".join("".join(page.locator(".paper mark").all_inner_texts()).split()) == " ".join(quote.split())


def test_pages_of_a_pdf_can_be_turned_and_read_as_text(open_page: Any) -> None:
    page = open_page("/")
    ask(page, WHEEL).locator(".cite").first.click()
    source = page.get_by_role("dialog")
    source.get_by_role("button", name="Page after").click()
    source.get_by_role("img", name="Page 3 of Haul agreement").wait_for()
    source.get_by_role("button", name="Text", exact=True).click()
    source.locator("mark").first.wait_for()
    assert "Bent front wheel" in " ".join(source.locator("mark").all_inner_texts())


def test_a_sentence_without_a_source_is_marked(open_page: Any) -> None:
    card = ask(open_page("/"), WHEEL)
    assert card.locator(".claim.good").inner_text() == "Bent front wheel 85 cr."
    assert card.locator(".claim.bad").inner_text() == "The customer also gets a free balloon on Sundays."
    assert card.locator(".flag").count() == 1
    assert card.locator(".flag").inner_text() in ("no source", "not in its source")


def test_an_abstention_shows_what_was_near(open_page: Any) -> None:
    page = open_page("/")
    card = ask(page, "Who painted the Mona Lisa?")
    assert "It declined" in card.inner_text()
    card.locator(".cites button").first.click()
    page.get_by_role("dialog").locator("mark, rect").first.wait_for(state="attached")


def test_two_approaches_side_by_side(open_page: Any) -> None:
    page = open_page("/")
    page.get_by_label("Beside it").select_option("base")
    ask(page, WHEEL)
    page.locator(".reply").nth(1).locator(".thumbs").wait_for()
    left, right = page.locator(".reply").all()
    assert left.bounding_box()["y"] == right.bounding_box()["y"]
    assert "nothing here is checked" in right.inner_text()
    assert right.locator(".cite").count() == 0


def test_a_thumb_becomes_a_proposed_case(open_page: Any, served_project: Any) -> None:
    page = open_page("/")
    card = ask(page, WHEEL)
    card.get_by_role("button", name="Wrong").click()
    card.get_by_label("What is wrong with it?").select_option("It leaves something out")
    card.get_by_label("What would be right?").fill("85 crowns, and a new rim")
    card.get_by_role("button", name="Keep as a proposed case").click()
    card.get_by_role("link", name="Review it under Cases").wait_for()
    (made,) = served_project.casebook.thumbs()
    assert (made["question"], made["thumb"], made["reason"]) == (WHEEL, "down", "It leaves something out")
    assert made["case"]["answers"] == ["85 crowns, and a new rim"]
    assert "documents/terms/haul-agreement.pdf" in made["sources"]


def test_an_empty_project_says_what_to_do(open_page: Any, other_project: Any) -> None:
    with serving(other_project({})) as url:
        page = open_page("/", at=url)
        assert page.get_by_role("link", name="Add documents").is_visible()
        assert page.get_by_label("Approach").input_value() == "prompted"


def test_nothing_that_a_document_holds_is_run(open_page: Any, other_project: Any) -> None:
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    project = other_project({"documents/<b>evil.md": f"# {evil}\n\nThe wheel costs 85 cr. {evil}\n\n| a | {evil} |\n"})
    project.sync()
    with serving(project) as url:
        page = open_page("/", at=url)
        dialogs: list[str] = []
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        ask(page, f"What does the wheel cost? {evil}").locator(".cites button").first.click()
        page.locator(".paper").wait_for()
        assert evil in page.locator(".paper").inner_text()
        page.goto(f"{url}/library")
        page.get_by_role("link", name="onerror").click()
        page.locator(".passage").first.wait_for()
        assert page.locator("main img, main script, main b:has-text('evil')").count() == 0
        assert dialogs == []


def test_a_question_that_got_no_answer_comes_back_to_the_field(open_page: Any) -> None:
    page = open_page("/")
    page.route("**/v1/chat/completions", lambda route: route.abort())
    field = page.get_by_label("Your question")
    field.fill("How much does the Wren carry?")
    page.keyboard.press("Enter")
    page.get_by_text("The server does not answer.").wait_for()
    assert field.input_value() == "How much does the Wren carry?"
    page.get_by_role("link", name="Library").click()  # nor is it lost to who goes elsewhere and comes back
    page.get_by_role("heading", name="Library").wait_for()
    page.unroute("**/v1/chat/completions")
    page.go_back()
    page.wait_for_function("document.querySelector('#question').value === 'How much does the Wren carry?'")
    ask(page, WHEEL)
    page.reload()
    assert field.input_value() == "", "what was answered does not come back"


def test_an_answer_that_breaks_off_is_not_taken_for_whole(open_page: Any) -> None:
    page = open_page("/")
    piece = {"choices": [{"index": 0, "delta": {"content": "The fine is 85"}, "finish_reason": None}]}
    cut = {"content_type": "text/event-stream", "body": f"data: {json.dumps(piece)}\n\n"}
    page.route("**/v1/chat/completions", lambda route: route.fulfill(**cut))
    page.get_by_label("Your question").fill("How high is the fine?")
    page.keyboard.press("Enter")
    page.get_by_text("The answer broke off.").wait_for()
    assert "The fine is 85" in page.locator(".reply").inner_text()
    assert page.get_by_role("group", name="Was this right?").count() == 0
    assert page.get_by_label("Your question").input_value() == "How high is the fine?"


@pytest.mark.parametrize("width", [1440, 390])
def test_the_newest_answer_is_in_sight_below_any_question(open_page: Any, width: int) -> None:
    page = open_page("/", width)
    for question in (WHEEL, f"{'Please be so kind as to tell me. ' * 90}{WHEEL}", WHEEL):
        card = ask(page, question)
        top = card.locator(".said").bounding_box()["y"]
        bottom = page.locator(".ask-form").bounding_box()["y"]
        assert 0 < top < bottom - 40, (len(question), top, bottom)
