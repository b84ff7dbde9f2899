"""Every error that tunebook raises on purpose.

    TunebookError            a message in one line, and a hint
    ├── BadInput             what a user gave cannot be used: exit status 2, before any expensive work
    │   ├── BadSettings      tunebook.toml or --set
    │   ├── BadRow           a row of cases.jsonl, examples.jsonl or documents.jsonl
    │   ├── BadModel         a model folder or name that is no model
    │   └── Diverged         a training that came to no numbers
    ├── ReadFailed           one document could not be read: listed, and the sync goes on
    ├── LibraryFailed        the store refused: disk full, locked, broken
    └── EndpointFailed       a model server refused, stalled or lied

`exit_status` is what the command line ends with.  What a file system says of a path, its rights or its disk is told as well
(`ours`).  Anything else that surfaces is a bug.
"""

import errno

_OF_THE_PLACE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EISDIR, errno.ENOTDIR}


class TunebookError(Exception):
    """A failure that a user can act on: `message` is one line, `hint` says what to do."""

    exit_status = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class BadInput(TunebookError):
    """What was given cannot be used."""


def ours(error: Exception) -> TunebookError | None:
    """As an error that a user can act on; None for a bug."""
    if isinstance(error, OSError) and error.errno in _OF_THE_PLACE:
        told = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)
        return BadInput(told, "check the path, its rights and the disk")
    return error if isinstance(error, TunebookError) else None


def need_utf8(text: str, what: str) -> None:
    """Raises BadInput where a text has no form in UTF-8: bytes of another encoding in it, or half of a character."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        hint = "send it as UTF-8: iconv -f latin1 -t utf-8, for instance"
        raise BadInput(f"the {what} is not UTF-8 text, at character {error.start + 1}", hint) from error


def first_line(error: BaseException) -> str:
    """What a library's error says, for a message of our own."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


class BadSettings(BadInput):
    """The settings file or a --set option is wrong."""


class BadRow(BadInput):
    """A row of a JSON Lines file is wrong; the message names file and row."""


class BadModel(BadInput):
    """A model folder or name does not hold a model that can be loaded."""


class Diverged(BadInput):
    """A training whose loss or weights are no numbers any more; nothing of it was kept."""


class ReadFailed(TunebookError):
    """One document could not be read."""

    exit_status = 1


class LibraryFailed(TunebookError):
    """The library could not be read or written; what was committed before is whole."""


class EndpointFailed(TunebookError):
    """A model server did not answer as it should."""
