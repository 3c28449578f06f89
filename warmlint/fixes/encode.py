"""From fixed text back to a file's bytes: its encoding and its byte-order mark stay, and all of a notebook
that is not the code of a changed cell."""

from __future__ import annotations

from warmlint.discovery.decode import decode, encoding_of, has_magics, text_of
from warmlint.discovery.magics import mark_for, shown
from warmlint.discovery.notebook import write_notebook
from warmlint.discovery.read import NOTEBOOK, UnreadableError


class RefusedError(Exception):
    """Why a fix is not written, as the end of a sentence that begins with the file's name."""


def encode(path: str, text: str, before: bytes) -> bytes:
    """The bytes of the source `text` as the file writes them whose name is `path`, and whose bytes were
    `before`.

    Raises `RefusedError` where what is read again would not be `text`, or where bytes that no edit touched
    would not come out as they were.
    """
    after = _notebook(text, before) if path.endswith(NOTEBOOK) else _file(text, before)
    try:
        read_again = decode(path, after).text
    except UnreadableError as error:
        raise RefusedError(f"was not fixed: after the fix it {error}") from error
    if read_again != text:
        what = "lines of IPython" if path.endswith(NOTEBOOK) else "the encoding that it declares"
        raise RefusedError(f"was not fixed: the fix would change {what}")
    return after


def encoding_at(path: str, data: bytes) -> str:
    """The name of the encoding of a file's bytes."""
    return "utf-8" if path.endswith(NOTEBOOK) else encoding_of(data)


def _notebook(text: str, before: bytes) -> bytes:
    try:
        return write_notebook(text, before)
    except ValueError as error:
        raise RefusedError(f"was not fixed: {error}") from error


def _file(text: str, before: bytes) -> bytes:
    encoding, was = encoding_of(before), text_of(before)
    if was.encode(encoding, "replace") != before:
        raise RefusedError(f"was not fixed: its bytes are not those that `{encoding}` writes")
    written = shown(text, mark_for(was)) if has_magics(was) else text
    try:
        return written.encode(encoding)
    except UnicodeEncodeError as error:
        missing = error.object[error.start]
        raise RefusedError(f"was not fixed: the fix holds {missing!a}, which `{encoding}` lacks") from error
