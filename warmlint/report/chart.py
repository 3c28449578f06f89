"""Small line charts in text: dots of Braille, or of ASCII where an encoding has no Braille.

A chart knows numbers only. Zero is always on the vertical axis, so that two charts of learning rates
compare; what fails or is not finite is marked by a cross, never joined by a line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import isfinite

from warmlint.finding import Curve
from warmlint.report.page import Line, Piece, Tone, cells, length
from warmlint.report.words import number

_BRAILLE = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))  # by dot column, then by height
_STACKS = {1: ".", 2: "-", 3: ":", 4: "'", 5: "|", 6: "'", 7: "|"}
_DASH = 3
_NARROWEST = 8  # a plot with fewer columns than this gives up its labels first


def draw(
    curves: Sequence[Curve],
    width: int,
    height: int,
    ascii: bool = False,
    *,
    tones: Sequence[Tone] = (Tone.BAD, Tone.GOOD),
    legend: Line = (),
) -> list[Line]:
    """Draw one curve, or several over each other, in at most `width` columns and `height` lines.

    The first curve is solid, the others are dotted and seen where they leave it. The axes are labelled
    with the least and greatest value and the first and last update; where there is room, `legend` stands
    between the latter two, or else the update at which the first curve peaks.
    """
    if width < 1 or height < 1:
        return []
    frame = _Frame.around(curves)
    rows = height - 1 if height > 1 else 1
    labels = _height_labels(frame, rows)
    margin = max(map(len, labels.values()), default=0) + 2
    if height == 1 or width - margin < _NARROWEST:
        labels, margin = {}, 0
    plot = _Plot(width - margin, rows, ascii)
    for index, curve in enumerate(curves):
        plot.add(index, frame.marks(curve, plot), dotted=index > 0)

    lines = []
    for row, drawn in enumerate(plot.lines(tones)):
        if margin:
            label = labels.get(rows - 1 - row, "")
            axis = ("+" if label else "|") if ascii else ("┤" if label else "│")
            drawn = (Piece(f"{label:>{margin - 2}} {axis}", Tone.FAINT), *drawn)
        lines.append(drawn)
    if height > 1:
        lines.append(_update_labels(frame, curves, margin, width - margin, legend))
    return lines


def _bounds(values: Sequence[float | None]) -> tuple[float, float, float]:
    """The least and greatest of `values` and zero, and a scale that keeps their difference finite."""
    finite = [float(value) for value in values if value is not None and isfinite(value)]
    low, high = min(0.0, *finite, 0.0), max(0.0, *finite, 0.0)
    return low, high, max(-low, high)


def _share(value: float, low: float, high: float, scale: float) -> float:
    """How far `value` is on the way from `low` to `high`."""
    if not scale:
        return 0.0
    return (value / scale - low / scale) / (high / scale - low / scale)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The stretch of updates and values that a chart shows."""

    first: int
    last: int
    low: float
    high: float
    scale: float
    drawn: bool

    @classmethod
    def around(cls, curves: Sequence[Curve]) -> _Frame:
        updates = [update for curve in curves for update in curve.at]
        values = [value for curve in curves for value in curve.values]
        drawn = any(value is not None and isfinite(value) for value in values)
        return cls(min(updates, default=0), max(updates, default=0), *_bounds(values), drawn)

    def column(self, update: int, columns: int) -> int:
        return (update - self.first) * (columns - 1) // max(self.last - self.first, 1)

    def row(self, value: float, rows: int) -> int:
        return round(_share(value, self.low, self.high, self.scale) * (rows - 1))

    def marks(self, curve: Curve, plot: _Plot) -> Iterator[_Mark]:
        """The points of `curve` in dots; those that cannot be drawn as crosses at an edge."""
        for update, value in zip(curve.at, curve.values, strict=False):
            column = self.column(update, plot.dots_across)
            if value is not None and isfinite(value):
                yield _Mark(column, self.row(value, plot.dots_up))
            else:
                yield _Mark(column, plot.dots_up - 1 if value == float("inf") else 0, cross=True)


@dataclass(frozen=True, slots=True)
class _Mark:
    column: int
    row: int
    cross: bool = False


@dataclass(slots=True)
class _Plot:
    """A grid of characters, each a block of dots; dots are counted from the lower left."""

    columns: int
    rows: int
    ascii: bool
    _bits: dict[tuple[int, int], int] = field(default_factory=dict)
    _owners: dict[tuple[int, int], int] = field(default_factory=dict)
    _crosses: set[tuple[int, int]] = field(default_factory=set)

    @property
    def _block(self) -> tuple[int, int]:
        return (1, 3) if self.ascii else (2, 4)

    @property
    def dots_across(self) -> int:
        return self.columns * self._block[0]

    @property
    def dots_up(self) -> int:
        return self.rows * self._block[1]

    def add(self, index: int, marks: Iterator[_Mark], dotted: bool) -> None:
        """Draw the line through `marks`, broken at crosses."""
        before: _Mark | None = None
        drawn = 0
        across, up = self._block
        for mark in marks:
            if mark.cross:
                cell = (mark.column // across, mark.row // up)
                self._crosses.add(cell)
                before = None
                continue
            for dot in _between(before or mark, mark):
                if not dotted or drawn % _DASH == 0:
                    self._set(index, *dot)
                drawn += 1
            before = mark

    def _set(self, index: int, column: int, row: int) -> None:
        across, up = self._block
        cell = (column // across, row // up)
        bit = 1 << row % up if self.ascii else _BRAILLE[column % across][row % up]
        self._bits[cell] = self._bits.get(cell, 0) | bit
        self._owners.setdefault(cell, index)

    def lines(self, tones: Sequence[Tone]) -> Iterator[Line]:
        """The grid from its top line to its bottom line."""
        for row in reversed(range(self.rows)):
            line: list[Piece] = []
            for column in range(self.columns):
                owner = self._owners.get((column, row))
                tone = Tone.PLAIN if owner is None or not tones else tones[min(owner, len(tones) - 1)]
                tone = Tone.ERROR if (column, row) in self._crosses else tone
                character = self._character((column, row))
                if line and line[-1].tone is tone:
                    line[-1] = Piece(line[-1].text + character, tone)
                else:
                    line.append(Piece(character, tone))
            yield tuple(line)

    def _character(self, cell: tuple[int, int]) -> str:
        if cell in self._crosses:
            return "x" if self.ascii else "×"
        bits = self._bits.get(cell)
        if bits is None:
            return " "
        return _STACKS[bits] if self.ascii else chr(0x2800 + bits)


def _between(start: _Mark, end: _Mark) -> Iterator[tuple[int, int]]:
    """The dots of a straight line, the start left out unless it is all of it."""
    steps = max(abs(end.column - start.column), abs(end.row - start.row))
    if start is end:
        yield end.column, end.row
    for step in range(1, steps + 1):
        yield (
            start.column + round((end.column - start.column) * step / steps),
            start.row + round((end.row - start.row) * step / steps),
        )


def _height_labels(frame: _Frame, rows: int) -> dict[int, str]:
    """What stands beside the lines of a plot: its bounds, and zero where it lies between them."""
    if not frame.drawn:
        return {}
    labels = {0: number(frame.low)}
    if frame.high > frame.low and rows > 1:
        if frame.low < 0 < frame.high:
            labels[frame.row(0.0, rows)] = "0"
            labels[0] = number(frame.low)
        labels[rows - 1] = number(frame.high)
    return labels


def _update_labels(frame: _Frame, curves: Sequence[Curve], margin: int, columns: int, legend: Line) -> Line:
    first, last = str(frame.first), str(frame.last)
    if len(first) > columns:
        return ()
    line = [Piece(" " * margin + first, Tone.FAINT)]
    if frame.last == frame.first or len(first) + 1 + len(last) > columns:
        return tuple(line)
    room = columns - len(first) - len(last)
    middle = legend
    at = (room - length(legend)) // 2
    if not legend and curves and (peak := _peak(curves[0])) is not None:
        middle = (Piece(str(peak), Tone.FAINT),)
        at = frame.column(peak, columns) - cells(str(peak)) // 2 - len(first)
    if middle and at >= 2 and at + length(middle) + 2 <= room:
        line += [Piece(" " * at), *middle]
        room -= at + length(middle)
    return (*line, Piece(" " * room + last, Tone.FAINT))


def _peak(curve: Curve) -> int | None:
    """The first update at which the curve is highest."""
    best: tuple[float, int] | None = None
    for update, value in zip(curve.at, curve.values, strict=False):
        if value is not None and isfinite(value) and (best is None or value > best[0]):
            best = (value, update)
    return best[1] if best else None
