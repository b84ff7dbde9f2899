"""Notebooks: text, code and what it printed, of both formats; what is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tunebook.documents import read_file
from tunebook.errors import ReadFailed


def notebook(path: Path, content: Any) -> str:
    path.write_text(json.dumps(content), encoding="utf-8")
    return read_file(path, path.name).text


def test_text_code_and_what_it_printed(tmp_path):
    outputs = [
        {"output_type": "stream", "text": ["80\n"]},
        {"output_type": "execute_result", "data": {"text/plain": ["'ok'"], "text/html": "<b>ok</b>"}},
        {"output_type": "display_data", "data": {"image/png": "iVBOR"}},
        {"output_type": "error", "traceback": ["KeyError"]},
    ]
    cells = [
        {"cell_type": "markdown", "source": ["# Loads\n", "How much **Wren** carries."]},
        {"cell_type": "code", "source": "print(80)\n# of the Wren", "outputs": outputs},
        {"cell_type": "code", "source": "s = '```'", "outputs": []},
        {"cell_type": "code", "source": "", "outputs": []},
        {"cell_type": "raw", "source": "As it is."},
    ]
    about = {"language_info": {"name": "julia"}}
    assert notebook(tmp_path / "a.ipynb", {"nbformat": 4, "metadata": about, "cells": cells}) == (
        "# Loads\nHow much **Wren** carries.\n\n```julia\nprint(80)\n# of the Wren\n```\n\n```\n80\n```\n\n"
        "```\n'ok'\n```\n\n````julia\ns = '```'\n````\n\nAs it is."
    )
    assert read_file(tmp_path / "a.ipynb", "a.ipynb").title == "Loads"


def test_format_3_keeps_its_cells_in_worksheets(tmp_path):
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Rates"]},
        {"cell_type": "code", "input": ["1 + 1"], "outputs": [{"output_type": "pyout", "text": ["2"]}]},
    ]
    text = notebook(tmp_path / "a.ipynb", {"nbformat": 3, "worksheets": [{"cells": cells}]})
    assert text == "## Rates\n\n```python\n1 + 1\n```\n\n```\n2\n```"


def test_outputs_of_a_cell_are_cut_together(tmp_path):
    cell = {"cell_type": "code", "source": "run()", "outputs": [{"text": "x" * 900}] * 20}
    assert len(notebook(tmp_path / "a.ipynb", {"cells": [cell]})) < 2100


def test_outputs_are_what_a_terminal_shows(tmp_path):
    printed = "\x1b[1;31mError\x1b[0m: none\r\n 10%|# |\r 99%|##|\r100%|##|\ndone\n"
    cell = {"cell_type": "code", "source": "run()", "outputs": [{"text": printed}]}
    assert notebook(tmp_path / "a.ipynb", {"cells": [cell]}).endswith("```\nError: none\n100%|##|\ndone\n```")


def test_pictures_in_the_text_and_halves_of_characters_are_left_out(tmp_path):
    text = f"A wren ![wren](data:image/png;base64,{'iVBOR+/=' * 99}) and \ud83d."
    assert (
        notebook(tmp_path / "a.ipynb", {"cells": [{"cell_type": "markdown", "source": text}]})
        == "A wren ![wren]() and \ufffd."
    )


def test_a_fence_is_closed_with_its_cell_and_raw_text_has_no_headings(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": "# One\n```python\nx = 1"},
        {"cell_type": "raw", "source": "# a remark"},
        {"cell_type": "markdown", "source": "~~~\ny\n~~~\n## Two"},
    ]
    text = notebook(tmp_path / "a.ipynb", {"cells": cells})
    assert text == "# One\n```python\nx = 1\n```\n\n#\u00a0a remark\n\n~~~\ny\n~~~\n## Two"


def test_fields_of_another_kind_are_passed_over(tmp_path):
    cells = [
        {"cell_type": "heading", "level": "two", "source": "Rates"},
        {"cell_type": "code", "source": ["1", 2, "+1"], "outputs": 3},
        {"cell_type": "markdown", "source": None},
        "text",
    ]
    about = {"language_info": {"name": ["py"]}, "title": 3}
    assert notebook(tmp_path / "a.ipynb", {"metadata": about, "cells": cells}) == "# Rates\n\n```python\n1+1\n```"


@pytest.mark.parametrize("content", [[], {}, {"cells": "none"}, {"worksheets": 3}, "text"])
def test_what_is_no_notebook_says_so(tmp_path, content):
    with pytest.raises(ReadFailed, match=r"^a\.ipynb cannot be read: it has no cells, as notebooks have$"):
        notebook(tmp_path / "a.ipynb", content)


def test_what_is_no_json_says_so(tmp_path):
    (tmp_path / "a.ipynb").write_text('{"cells": [', encoding="utf-8")
    with pytest.raises(ReadFailed, match="it is no JSON, as notebooks are"):
        read_file(tmp_path / "a.ipynb", "a.ipynb")
