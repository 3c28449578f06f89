"""From fixed text back to a file's bytes: its encoding and its byte-order mark stay.

Notebooks, whose text is a part of their bytes, will need another way back; edits are made on text.
"""

from __future__ import annotations

from warmlint.discovery.decode import encoding_of, text_of
from warmlint.discovery.read import UnreadableError


class RefusedError(Exception):
    """Why a fix is not written, as the end of a sentence that begins with the file's name."""


def encode(text: str, before: bytes) -> bytes:
    """The bytes of `text` as the file writes them whose bytes were `before`.

    Raises `RefusedError` where what is read again would not be `text`, or where bytes that no edit touched
    would not come out as they were.
    """
    encoding = encoding_of(before)
    if text_of(before).encode(encoding, "replace") != before:
        raise RefusedError(f"was not fixed: its bytes are not those that `{encoding}` writes")
    try:
        after = text.encode(encoding)
    except UnicodeEncodeError as error:
        missing = error.object[error.start]
        raise RefusedError(f"was not fixed: the fix holds {missing!a}, which `{encoding}` lacks") from error
    try:
        read_again = text_of(after)
    except UnreadableError as error:
        raise RefusedError(f"was not fixed: after the fix it {error}") from error
    if read_again != text:
        raise RefusedError("was not fixed: the fix would change the encoding that it declares")
    return after
