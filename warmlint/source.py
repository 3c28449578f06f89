"""A source file as every room sees it: decoded text, and places in it.

Reading and decoding happen in `warmlint.discovery`; parsing in `warmlint.facts`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file: `row` and `column` count characters from 1, as editors do."""

    row: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The half-open stretch of source from `start` up to `end`."""

    start: Position
    end: Position

    @property
    def row(self) -> int:
        """The row on which the span starts."""
        return self.start.row

    def contains(self, other: Span) -> bool:
        """Whether `other` lies wholly inside this span."""
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True)
class Source:
    """One decoded Python file.

    `text` holds the characters as they stand, line endings included and the byte-order mark left
    out; `path` is the name to report, as the user gave it or as the walk found it.
    """

    path: str
    text: str

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines without their endings; only `\\n`, `\\r\\n` and `\\r` end one, as in Python."""
        return tuple(_LINE_END.split(self.text))

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return (0, *(match.end() for match in _LINE_END.finditer(self.text)))

    def line(self, row: int) -> str:
        """The line at `row` (from 1), or an empty string past the end."""
        return self.lines[row - 1] if 0 < row <= len(self.lines) else ""

    def offset(self, position: Position) -> int:
        """The index into `text` of `position`; past the last line it is the end."""
        if position.row > len(self._starts):
            return len(self.text)
        return self._starts[position.row - 1] + position.column - 1

    def position(self, offset: int) -> Position:
        """The position of the character at `offset`."""
        row = bisect_right(self._starts, offset)
        return Position(row, offset - self._starts[row - 1] + 1)

    def slice(self, span: Span) -> str:
        """The text of `span`."""
        return self.text[self.offset(span.start) : self.offset(span.end)]
