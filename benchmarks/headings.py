"""Headings of PDFs: does the file's own list of its parts agree with its text, and does the size of letters find the same?

    python benchmarks/headings.py FILE.pdf FOLDER… [--pages 120] [--json]

For any PDFs that have bookmarks; the manuals of a Linux distribution will do (`apt-get download bash-doc valgrind krb5-doc …`).
found: the share of bookmarks that a line of their page says; precision and recall: of the headings by size against those.
Bookmarks seldom reach as deep as headings do, so precision is a lower bound.  Seconds: of reading the text, and of looking at
letters.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Sequence
from pathlib import Path

import pypdfium2 as pdfium

from tunebook.documents import outline
from tunebook.documents.letters import by_size, lines_of
from tunebook.documents.parsed import clean
from tunebook.documents.pdf import rejoined


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", type=Path, nargs="+")
    parser.add_argument("--pages", type=int, default=120, help="at most so many of each file")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    files = [file for path in arguments.paths for file in ([path] if path.is_file() else sorted(path.rglob("*.pdf")))]
    found = {file.name: measured for file in files if (measured := measure(file, arguments.pages))}
    if arguments.json:
        machine = {"processor": platform.machine(), "python": platform.python_version()}
        print(json.dumps({"name": "headings", "machine": machine, "claims": {}, "files": found}))
        return
    columns = ("pages", "bookmarks", "found", "by size", "precision", "recall", "seconds: text", "seconds: letters")
    print(f"{'':<32} " + "  ".join(columns))
    for name, values in found.items():
        print(f"{name[:32]:<32} " + "  ".join(f"{values[key]:>{len(key)}.4g}" for key in columns))
    for key in ("found", "precision", "recall"):
        print(f"mean {key}: {sum(values[key] for values in found.values()) / max(1, len(found)):.3f}")


def measure(path: Path, most: int) -> dict[str, float] | None:
    """None for a file with too few bookmarks to go by."""
    with pdfium.PdfDocument(path) as document:
        count = min(len(document), most)
        titles = [title for title in outline.bookmarks(document) if title.page < count]
        begin = time.perf_counter()
        pages = [document[index].get_textpage() for index in range(count)]
        texts = [page.get_text_range().strip() for page in pages]
        read = time.perf_counter()
        lines = [lines_of(page) for page in pages]
        looked = time.perf_counter()
    if not titles:
        return None
    texts = rejoined(list(map(clean, texts)))
    places = dict(enumerate(lines))
    listed = headings(outline.marked(texts, titles, places)[0])
    sized = headings(outline.marked(texts, by_size(lines))[0])
    both = len(listed & sized)
    return {
        "pages": count,
        "bookmarks": len(titles),
        "found": len(listed) / len(titles),
        "by size": len(sized),
        "precision": both / max(1, len(sized)),
        "recall": both / max(1, len(listed)),
        "seconds: text": read - begin,
        "seconds: letters": looked - read,
    }


def headings(texts: Sequence[str]) -> set[tuple[int, int]]:
    """(page, letters before it) of each."""
    found = set()
    for page, text in enumerate(texts):
        before = 0
        for line in text.split("\n"):
            is_heading = line.startswith("#") and line.lstrip("#").startswith(" ")
            if is_heading:
                found.add((page, before))
            before += len("".join(line.lstrip("#").split())) if is_heading else len("".join(line.split()))
    return found


if __name__ == "__main__":
    main()
