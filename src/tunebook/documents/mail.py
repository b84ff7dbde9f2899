"""EML to text: the subject as a heading, who wrote to whom and when, the body.

    # Deposit question

    From: Jo <jo@example.com>
    Date: Mon, 1 Jan 2024 10:00:00 +0000

    What is the deposit?

Read with the standard library, because kreuzberg 4.10.4 runs the words of HTML mail together.  Attachments are
named, not read; a mail inside a mail is read, under a heading of its own, and all texts of a mail in their order.
"""

from __future__ import annotations

import email
from collections.abc import Iterator
from email.message import EmailMessage, MIMEPart
from email.policy import default
from pathlib import Path

from tunebook.documents.decoding import decode
from tunebook.documents.parsed import Parsed
from tunebook.documents.webpage import html_to_text

_MAIL = "message/rfc822"


def read_eml(path: Path) -> Parsed:
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    if not message.keys():
        raise ValueError("it has no mail headers")
    return Parsed("\n\n".join(_blocks(message, "#")), title=_header(message, "Subject") or None)


def _blocks(message: MIMEPart, mark: str) -> Iterator[str]:
    """The mail's blocks of text, none of them empty; `mark` is of its heading."""
    subject = _header(message, "Subject")
    told = [(name, _header(message, name)) for name in ("From", "To", "Cc", "Date")]
    headers = [f"{name}: {value}" for name, value in told if value]
    attached = [part for part in message.iter_attachments() if part.get_content_type() != _MAIL]
    if names := [name for part in attached if (name := part.get_filename())]:
        headers.append("Attachments: " + ", ".join(names))
    blocks = [f"{mark} {subject}" if subject else "", "\n".join(headers), *_texts(message, mark)]
    yield from filter(None, blocks)


def _texts(part: MIMEPart, mark: str) -> Iterator[str]:
    """What is to be read of a part: of alternatives the first that says anything."""
    kind = part.get_content_type()
    if kind == _MAIL and part.is_multipart():
        for mail in part.iter_parts():
            yield from _blocks(mail, mark if len(mark) == 6 else mark + "#")
    elif part.is_attachment():
        return
    elif kind == "multipart/alternative":
        yield next(filter(None, ("\n\n".join(_texts(one, mark)) for one in part.iter_parts())), "")
    elif part.get_content_maintype() == "multipart":
        for one in part.iter_parts():
            yield from _texts(one, mark)
    elif kind in ("text/plain", "text/html") and not part.get_filename():
        data = part.get_payload(decode=True)
        text = decode(data if isinstance(data, bytes) else b"", part.get_content_charset())
        yield (html_to_text(text)[0] if kind == "text/html" else text).strip()


def _header(message: MIMEPart, name: str) -> str:
    """On one line; letters that stand there bare, in UTF-8 or an old encoding, are read as such."""
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")
    text = str(message[name] or "") if raw.isascii() else decode(raw.encode("utf-8", "surrogateescape"))
    return " ".join(text.split())
