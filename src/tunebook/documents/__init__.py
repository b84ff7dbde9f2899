"""Any file to a `Document` with exact offsets and pages, and a `Document` to its `Passage`s.

>>> from tunebook.documents import find_files, read_many, split
>>> for file, document in read_many(find_files([Path("documents")], root=Path("."))):
...     if not isinstance(document, ReadFailed):
...         passages = split(document, count_tokens=lambda texts: [len(text.split()) for text in texts])

For every format and every passage, `document.text[passage.start:passage.end] == passage.text`.  Importing this
package loads no parser.
"""

from tunebook.documents.files import SourceFile, find_files, left_out
from tunebook.documents.language import language_of
from tunebook.documents.pool import read_many
from tunebook.documents.reading import READING, read_file
from tunebook.documents.rights import Rights, sidecars
from tunebook.documents.rows import RowFailure, holds_rows, read_jsonl
from tunebook.documents.splitting import split

__all__ = [
    "READING",
    "Rights",
    "RowFailure",
    "SourceFile",
    "find_files",
    "holds_rows",
    "language_of",
    "left_out",
    "read_file",
    "read_jsonl",
    "read_many",
    "sidecars",
    "split",
]
