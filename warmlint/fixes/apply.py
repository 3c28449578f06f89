"""Edits made on text. Where the text comes from and where it goes is not known here: a file's, or that of a
notebook's cells."""

from __future__ import annotations

from collections.abc import Iterable

from warmlint.finding import Edit
from warmlint.source import Source


def apply(source: Source, edits: Iterable[Edit]) -> Source:
    """The source with `edits` made, all else as it is, to the byte. Raises ValueError if two overlap."""
    parts: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        start, end = source.offset(edit.span.start), source.offset(edit.span.end)
        if start < done:
            raise ValueError("two edits overlap")
        parts += [source.text[done:start], edit.content]
        done = end
    parts.append(source.text[done:])
    return source.edited("".join(parts))
