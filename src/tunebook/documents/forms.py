"""What was filled into a PDF's form, which is no part of its page's text.

    filled(document, page, textpage)  →  ["Number of docks: 46", "Insured: yes"]

A field is told by the words beside or above it, else by what the form calls it.  Left out on purpose: passwords, fields
that are empty, boxes that are not ticked, and forms of the XFA kind.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

_PASSWORD = 1 << 13
_LINE_POINTS = 18.0  # how far above a field its label may stand
_EDGE_POINTS = 2.0

Box = tuple[float, float, float, float]  # left, bottom, right, top


@dataclass(frozen=True, slots=True)
class _Field:
    value: str
    called: str
    ticked: bool  # a box, or one of several
    box: Box


def filled(document: PdfDocument, page: PdfPage, textpage: PdfTextPage) -> list[str]:
    """A line for each field that holds something; `document` had its forms initialised before the page was loaded."""
    fields = list(_fields(document, page))
    boxes = [field.box for field in fields]
    return [f"{_label(field, boxes, textpage)}: {field.value}" for field in fields if field.value]


def _fields(document: PdfDocument, page: PdfPage) -> Iterator[_Field]:
    from pypdfium2 import raw

    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if raw.FPDFAnnot_GetSubtype(annotation) == raw.FPDF_ANNOT_WIDGET:
            yield _field(document.formenv, annotation)
        raw.FPDFPage_CloseAnnot(annotation)


def _field(env: Any, annotation: Any) -> _Field:
    from pypdfium2 import raw

    def said(get: Callable[..., int]) -> str:
        size = get(env, annotation, None, 0)
        buffer = ctypes.create_string_buffer(size)
        get(env, annotation, ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
        return " ".join(buffer.raw.decode("utf-16-le", "replace").rstrip("\0").split())

    kind = raw.FPDFAnnot_GetFormFieldType(env, annotation)
    ticked = kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON)
    if ticked:
        value = "yes" if raw.FPDFAnnot_IsChecked(env, annotation) else ""
    elif kind in (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX):
        secret = kind == raw.FPDF_FORMFIELD_TEXTFIELD and raw.FPDFAnnot_GetFormFieldFlags(env, annotation) & _PASSWORD
        value = "" if secret else said(raw.FPDFAnnot_GetFormFieldValue)
    else:
        value = ""
    called = said(raw.FPDFAnnot_GetFormFieldAlternateName) or said(raw.FPDFAnnot_GetFormFieldName)
    box = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(annotation, box)
    return _Field(value, called, ticked, (box.left, box.bottom, box.right, box.top))


def _label(field: _Field, boxes: Sequence[Box], text: PdfTextPage) -> str:
    """The words on its line, between it and the next field: to the left, or of a box that is ticked to the right; else above."""
    left, bottom, right, top = field.box
    line = [box for box in boxes if box[1] < top and bottom < box[3] and box != field.box]
    before = max((box[2] for box in line if box[2] <= left), default=-1e6)
    after = min((box[0] for box in line if right <= box[0]), default=1e6)
    beside = [(before, bottom, left, top), (right, bottom, after, top)]
    above = (left - _EDGE_POINTS, top, right + _EDGE_POINTS, top + _LINE_POINTS)
    for place in (*(reversed(beside) if field.ticked else beside[:1]), above):
        words = " ".join(text.get_text_bounded(*place).split()).rstrip(" :.…_")
        if any(map(str.isalnum, words)):
            return words
    return field.called
