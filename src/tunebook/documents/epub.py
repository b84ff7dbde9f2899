"""EPUB to text: the chapters in reading order, each an HTML page.

An EPUB is a ZIP: `META-INF/container.xml` names the package file, whose spine lists the chapters.
"""

from __future__ import annotations

import posixpath
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree
from zipfile import ZipFile

from tunebook.documents.decoding import decode
from tunebook.documents.parsed import Parsed
from tunebook.documents.webpage import html_to_text


def read_epub(path: Path) -> Parsed:
    """A chapter that is listed and not there is passed over.  Its pages are not fixed, so it has none.

    Raises BadZipFile, KeyError or ParseError where the file is no EPUB.
    """
    with ZipFile(path) as archive:
        container = ElementTree.fromstring(archive.read("META-INF/container.xml"))
        rootfile = container.find(".//{*}rootfile")
        name = rootfile.get("full-path", "") if rootfile is not None else ""
        package = ElementTree.fromstring(archive.read(name))
        hrefs = {item.get("id"): item.get("href", "") for item in package.iterfind(".//{*}manifest/{*}item")}
        chapters = [hrefs.get(item.get("idref"), "") for item in package.iterfind(".//{*}spine/{*}itemref")]
        folder = posixpath.dirname(name)
        paths = [posixpath.normpath(posixpath.join(folder, unquote(href))) for href in chapters if href]
        there = set(archive.namelist())
        texts = [html_to_text(decode(archive.read(path)))[0] for path in paths if path in there]
        missing = tuple(path for path in paths if path not in there)
    title = package.findtext(".//{http://purl.org/dc/elements/1.1/}title")
    return Parsed("\n\n".join(text for text in texts if text), title=title, missing=missing)
