"""Fixes as a unified diff: what `patch` and `git apply` take, or lines for people on a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from difflib import diff_bytes, unified_diff
from typing import TextIO

from warmlint.outcome import Rewritten
from warmlint.report.page import Line, Medium, Piece, Tone, visible, write

_NO_NEWLINE = b"\n\\ No newline at end of file\n"
_TONES = {b"-": Tone.BAD, b"+": Tone.GOOD, b"@": Tone.NOTE}


def write_diff(rewritten: Iterable[Rewritten], stream: TextIO, colour: bool | None = None) -> None:
    """Write what changed in each file, in the file's own bytes; a terminal gets nothing that steers it."""
    medium = Medium.of(stream, colour=colour)
    if medium.colour or stream.isatty() or not hasattr(stream, "buffer"):
        write((_line(raw, each, medium) for each in rewritten for raw in _diff(each)), stream, medium)
        return
    stream.flush()
    for each in rewritten:
        stream.buffer.writelines(_diff(each))
    stream.buffer.flush()


def _diff(rewritten: Rewritten) -> Iterator[bytes]:
    name = rewritten.path.encode("utf-8", "backslashreplace")
    # Lines end where `patch` says so, at each line feed: a carriage return is a character of its line.
    before, after = (list(io.BytesIO(data)) for data in (rewritten.before, rewritten.after))
    for line in diff_bytes(unified_diff, before, after, name, name):
        yield line if line.endswith(b"\n") else line + _NO_NEWLINE


def _line(raw: bytes, rewritten: Rewritten, medium: Medium) -> Line:
    head = raw.startswith((b"---", b"+++"))
    tone = Tone.STRONG if head else _TONES.get(raw[:1], Tone.PLAIN)
    text = raw.removesuffix(b"\n").removesuffix(b"\r").decode(rewritten.encoding, "backslashreplace")
    return (Piece("    ".join(visible(part, medium) for part in text.split("\t")), tone),)
