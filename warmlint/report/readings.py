"""The LR at the updates that matter, as a table: what is, what was expected, what a fix makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import isclose

from warmlint.finding import Reading, Scale
from warmlint.report.page import Line, Medium, Piece, Tone, cells, visible
from warmlint.report.words import number

_GAP = 2
_FEWEST_DIGITS, _MOST_DIGITS = 4, 9


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    tone: Tone
    values: tuple[_Value, ...]


@dataclass(frozen=True, slots=True)
class _Value:
    """One cell: a number, or the words for why there is none."""

    value: float | None
    failure: str
    tone: Tone

    def text(self, digits: int) -> str:
        return self.failure if self.value is None else number(self.value, digits)


def table(
    readings: Sequence[Reading],
    after: Iterable[Reading] = (),
    *,
    scale: Scale,
    medium: Medium,
    width: int,
    tone: Tone = Tone.BAD,
    corner: str = "",
    label: str = "now",
    ticks: bool = False,
    unit: str = "update",
) -> list[Line]:
    """Lay out `readings`, and those `after` a fix at the same updates, in lines of at most `width`.

    Values that are not what they should be have `tone`. Columns that do not fit follow below. `corner`
    and `label` head the numbers of updates and the readings; `ticks` adds the tick on which each update
    runs. Where the `unit` is an epoch, the numbers are those of epochs.
    """
    if not readings:
        return []
    rows = _rows(readings, {reading.update: reading for reading in after}, tone, label, medium)
    digits = _digits(rows)
    texts = [[value.text(digits) for value in row.values] for row in rows]
    corner = corner or f"{scale_name(scale, medium)} at {visible(unit, medium)}"
    columns = [str(reading.tick if unit == "epoch" else reading.update) for reading in readings]
    heads = [(corner, columns)]
    if ticks:
        heads.append(("tick", [str(reading.tick) for reading in readings]))
    widths = [max(map(cells, column)) for column in zip(*(line for _, line in heads), *texts, strict=True)]
    margin = max(map(cells, (corner, *(row.label for row in rows))))

    lines: list[Line] = []
    for start, end in _folds(widths, width - margin):
        shown = range(start, end)
        for name, numbers in heads:
            right = (Piece(_right(numbers[index], widths[index]), Tone.FAINT) for index in shown)
            lines.append((Piece(name + " " * (margin - cells(name)), Tone.FAINT), *right))
        for row, words in zip(rows, texts, strict=True):
            right = (Piece(_right(words[index], widths[index]), row.values[index].tone) for index in shown)
            lines.append((Piece(row.label + " " * (margin - cells(row.label)), row.tone), *right))
    return lines


def _rows(
    readings: Sequence[Reading], cured: dict[int, Reading], tone: Tone, label: str, medium: Medium
) -> list[_Row]:
    rows = [_Row(label, tone, tuple(_now(reading, cured, tone, medium) for reading in readings))]
    if any(reading.expected is not None for reading in readings):
        expected = tuple(_Value(reading.expected, "", Tone.FAINT) for reading in readings)
        rows.append(_Row("expected", Tone.FAINT, expected))
    if cured:
        fixed = tuple(_after(reading, cured.get(reading.update), medium) for reading in readings)
        rows.append(_Row("after fix", Tone.GOOD, fixed))
    # A row that stands alone is compared with nothing, so its name is in no colour.
    return rows if len(rows) > 1 else [replace(rows[0], tone=Tone.PLAIN)]


def scale_name(scale: Scale, medium: Medium) -> str:
    """What the numbers on a scale are."""
    return "LR" if scale is Scale.LR else visible("× base", medium)


def _now(reading: Reading, cured: dict[int, Reading], tone: Tone, medium: Medium) -> _Value:
    goal = reading.expected
    if goal is None and reading.update in cured:
        goal = cured[reading.update].value
    wrong = reading.value is None or (goal is not None and _differ(reading.value, goal))
    return _Value(reading.value, _failure(reading, medium), tone if wrong else Tone.PLAIN)


def _after(reading: Reading, cured: Reading | None, medium: Medium) -> _Value:
    if cured is None:
        return _Value(None, "", Tone.PLAIN)
    changed = (cured.value is None) != (reading.value is None) or _differ(cured.value, reading.value)
    return _Value(cured.value, _failure(cured, medium), Tone.GOOD if changed else Tone.PLAIN)


def _failure(reading: Reading, medium: Medium) -> str:
    return visible(reading.failure or "fails", medium)


def _differ(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and not isclose(one, other, rel_tol=1e-9, abs_tol=0.0)


def _digits(rows: Sequence[_Row]) -> int:
    """The fewest digits that tell apart what differs: a peak missed by a thousandth must not read as met."""
    for digits in range(_FEWEST_DIGITS, _MOST_DIGITS):
        if not any(
            _differ(one.value, other.value) and one.text(digits) == other.text(digits)
            for column in zip(*(row.values for row in rows), strict=True)
            for one in column
            for other in column
        ):
            return digits
    return _MOST_DIGITS


def _folds(widths: Sequence[int], room: int) -> Iterable[tuple[int, int]]:
    """The stretches of columns that fit in `room`, at least one column each."""
    start, used = 0, 0
    for index, width in enumerate(widths):
        used += width + _GAP
        if used > room and index > start:
            yield start, index
            start, used = index, width + _GAP
    yield start, len(widths)


def _right(text: str, width: int) -> str:
    return " " * (_GAP + width - cells(text)) + text
