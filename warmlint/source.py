"""A source file as every room sees it: decoded text, and places in it.

Reading and decoding happen in `warmlint.discovery`; parsing in `warmlint.facts`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
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


@dataclass(frozen=True, slots=True)
class Cell:
    """One code cell of a notebook, in the text that its cells make together.

    `number` counts all cells of the notebook from 1, `row` is the cell's first row in the text, and
    `heading` the line above it that parts it from the cell before, None for the first. `file_rows` holds for
    each of its rows the one of the file on which it stands, where that was asked for.
    """

    number: int
    row: int
    heading: str | None = None
    file_rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Source:
    """One decoded Python file, or the code of a notebook.

    `text` holds the characters as they stand, line endings included and the byte-order mark left
    out; `path` is the name to report, as the user gave it or as the walk found it. `cells` are those of a
    notebook, in order.
    """

    path: str
    text: str
    cells: tuple[Cell, ...] = ()

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

    def row_name(self, row: int) -> str:
        """What messages call a row: "line 12", or "line 2 of cell 3" in a notebook."""
        cell = cell_at(self.cells, row)
        return f"line {row}" if cell is None else f"line {row - cell.row + 1} of cell {cell.number}"

    def edited(self, text: str) -> Source:
        """This source with another text; of a notebook's cells, those whose headings still stand in order."""
        if not self.cells:
            return Source(self.path, text)
        first, *later = self.cells
        left = Source(self.path, text)
        cells, row = [Cell(first.number, 1)], 1
        for cell in later:
            below = left.lines[row - 1 :]
            if cell.heading in below:
                row += below.index(cell.heading) + 1
                cells.append(Cell(cell.number, row, cell.heading))
        return Source(self.path, text, tuple(cells))


def cell_at(cells: Sequence[Cell], row: int) -> Cell | None:
    """The cell that a row of a notebook's text belongs to; None where there are no cells."""
    at = bisect_right(cells, row, key=lambda cell: cell.row)
    return cells[max(at - 1, 0)] if cells else None


def file_row(row: int, cells: Sequence[Cell]) -> int:
    """The row of the file on which a row of a notebook's text stands, where its cells tell; else the row."""
    cell = cell_at(cells, row)
    if cell is None or not cell.file_rows:
        return row
    return cell.file_rows[min(row - cell.row, len(cell.file_rows) - 1)]
