"""EML to text: the subject as a heading, who wrote to whom and when, the body.

    # Deposit question

    From: Jo <jo@example.com>
    Date: Mon, 1 Jan 2024 10:00:00 +0000

    What is the deposit?

Read with the standard library, because kreuzberg 4.10.4 runs the words of HTML mail together.  Attachments are
named, not read.
"""

from __future__ import annotations

import email
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from tunebook.documents.decoding import decode
from tunebook.documents.parsed import Parsed
from tunebook.documents.webpage import html_to_text


def read_eml(path: Path) -> Parsed:
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    if not message.keys():
        raise ValueError("it has no mail headers")
    subject = " ".join(str(message.get("Subject", "")).split())
    headers = [f"{name}: {message[name]}" for name in ("From", "To", "Cc", "Date") if message[name]]
    attached = [name for part in message.iter_attachments() if (name := part.get_filename())]
    if attached:
        headers.append("Attachments: " + ", ".join(attached))
    blocks = [f"# {subject}" if subject else "", "\n".join(headers), _body(message)]
    return Parsed("\n\n".join(block for block in blocks if block), title=subject or None)


def _body(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    data = part.get_payload(decode=True)
    text = decode(data if isinstance(data, bytes) else b"", part.get_content_charset())
    return (html_to_text(text)[0] if part.get_content_subtype() == "html" else text).strip()
