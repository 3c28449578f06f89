"""A schedule's curve as an editor shows it: over its name, and in one line above where it is made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from warmlint.finding import Scale
from warmlint.report.curve import CurveView, curve_report
from warmlint.report.page import Medium, plain
from warmlint.report.words import number
from warmlint.source import Position

_WIDTH: Final = 72
_SHOWN: Final = 4
"""Curves that one hover shows; a schedule has one for each param group."""
_EXAMPLE: Final = "an example"
_TICKS: Final = re.compile(r"`{3,}")


def at(views: Sequence[CurveView], position: Position) -> list[CurveView]:
    """The curves that a place speaks of: of a name that several schedules take, the last one before it."""
    near = [each for each in views if any(span.start <= position <= span.end for span in each.places)]
    before = [each for each in near if each.span.start <= position]
    if not near:
        return []
    made = max(each.span for each in before) if before else min(each.span for each in near)
    return [each for each in near if each.span == made]


def hover(views: Sequence[CurveView], *, markdown: bool) -> str:
    """Tables and charts of the curves of one schedule."""
    medium = Medium(_WIDTH)
    told = []
    for view in views[:_SHOWN]:
        head, *lines = (plain(line) for line in curve_report(view, medium))
        told.append((head.partition(": ")[2], "\n".join(lines)))
    if not markdown:
        return "\n\n".join(f"{head}\n{text}" for head, text in told)
    return "\n\n".join(f"{_escaped(head)}\n\n{_fenced(text)}" for head, text in told)


def lens(view: CurveView) -> str | None:
    """The LR at the first update, at the end of warmup and at the last; None where none of it is known."""
    if all(mark.reading.value is None for mark in view.marks):
        return None
    parts = []
    for mark in view.marks:
        reading = mark.reading
        in_epochs = view.unit == "epoch" and reading.tick >= 0  # none has been ticked yet before
        at = f"epoch {reading.tick:,}" if in_epochs else f"update {reading.update:,}"
        value = reading.failure or "fails" if reading.value is None else number(reading.value)
        parts.append(f"{at}{f' ({mark.label})' if mark.label else ''}: {value}")
    name = "LR" if view.scale is Scale.LR else "× base LR"
    guess = any(each.origin == _EXAMPLE for each in view.settings)
    return f"{name} at {' · '.join(parts)}{', with example values' if guess else ''}"


def _fenced(text: str) -> str:
    """`text` as a block of code that nothing in it can end."""
    fence = "`" * max([3, *(len(each) + 1 for each in _TICKS.findall(text))])
    return f"{fence}text\n{text}\n{fence}"


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~-])", r"\\\1", text)
