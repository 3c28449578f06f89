"""From bytes to text as Python itself does it: byte-order marks and the cookies of PEP 263.

Whether the text is Python is found out in `warmlint.facts`.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final

from warmlint.discovery.read import NOTEBOOK, UnreadableError

if TYPE_CHECKING:
    from warmlint.source import Source

_COOKIE: Final = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK: Final = re.compile(rb"[ \t\f]*(?:#|$)")
# Emacs adds the line ending ("utf-8-unix"), which Python leaves out for these two encodings.
_EMACS: Final = re.compile(r"(utf-8|latin-1|iso-8859-1|iso-latin-1)-.*", re.DOTALL)

# A script of cells, as editors, jupytext and Databricks write it, and a line in it that asks for a magic.
_CELLS: Final = re.compile(r"^# (?:%%|In\[|Databricks notebook source)", re.MULTILINE)
_MAGICS: Final = re.compile(r"^[ \t]*[%!]\w", re.MULTILINE)

# The longer ones first: UTF-32's little-endian mark begins with UTF-16's.
_FOREIGN_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
# All of ASCII, and in it what codecs for other ends than text make something else of.
_PROBE: Final = "".join(map(chr, range(0x20, 0x5C))) + r"\x41 \u0041 .xn--e1afmkfd." + "]^_`az{|}~\t\n\r"


def decode(path: str, data: bytes) -> Source:
    """The source that `data` holds, to be reported as `path`, whose ending tells whether it is a notebook.

    Raises `UnreadableError` like `text_of`.
    """
    from warmlint.source import Source

    if path.endswith(NOTEBOOK):
        from warmlint.discovery.notebook import read_notebook  # most runs meet none

        return Source(path, *read_notebook(data))
    text = text_of(data)
    if has_magics(text):
        from warmlint.discovery.magics import hidden, mark_for

        text = hidden(text, mark_for(text))
    return Source(path, text)


def has_magics(text: str) -> bool:
    """Whether a file's text may be a script of cells in which lines of IPython stand."""
    return _MAGICS.search(text) is not None and _CELLS.search(text) is not None


def text_of(data: bytes) -> str:
    """The text of `data`, line endings as they stand; raises `UnreadableError` where there is none."""
    encoding = encoding_of(data)
    declared = encoding not in ("utf-8", "utf-8-sig")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        # The error's own object: a codec that skips a byte-order mark counts from after it.
        row = _rows(error.object[: error.start])
        place = f"byte 0x{error.object[error.start]:02x} at line {row}"
        raise UnreadableError(
            f"is not `{encoding}`, as it declares: {place}"
            if declared
            else f"is not UTF-8: {place}; save it as UTF-8, or declare its encoding "
            "with `# -*- coding: … -*-` in the first line"
        ) from error
    if "\0" in text:
        row = _rows(text[: text.index("\0")].encode("utf-8", "replace"))
        raise UnreadableError(f"holds a NUL byte at line {row}, which Python source cannot")
    return text


def encoding_of(data: bytes) -> str:
    """The name of the encoding that `data` is in; a mark counts: `text.encode(…)` writes it again."""
    for mark, name in _FOREIGN_MARKS:
        if data.startswith(mark):
            raise UnreadableError(f"is {name}, which Python does not read; save it as UTF-8")
    marked = data.startswith(codecs.BOM_UTF8)
    cookie = _cookie(data.removeprefix(codecs.BOM_UTF8))
    if cookie is None:
        return "utf-8-sig" if marked else "utf-8"
    try:
        name = codecs.lookup(_EMACS.sub(r"\1", cookie.lower().replace("_", "-"))).name
        text = _PROBE.encode("ascii").decode(name)
    except (LookupError, UnicodeError):
        text = ""
    if text != _PROBE:
        # Codecs in which ASCII is not itself (`utf-7`, `punycode`, `unicode_escape`) would put other code
        # before us than the one that stands in the file, and some take quadratic time.
        raise UnreadableError(
            f"declares the encoding `{cookie}`, which is not one for source code; save it as UTF-8"
        )
    if marked and name != "utf-8":
        raise UnreadableError(
            f"starts with the byte-order mark of UTF-8 and declares the encoding `{cookie}`"
        )
    return "utf-8-sig" if marked else name


def _cookie(data: bytes) -> str | None:
    # A cookie stands in the first line, or in the second if the first is blank or a comment.
    for line in data[:4096].splitlines()[:2]:
        if found := _COOKIE.match(line):
            return found[1].decode()
        if not _BLANK.match(line):
            return None
    return None


def _rows(before: bytes) -> int:
    return len((before + b".").splitlines())
