"""What `warmlint curve` shows of one schedule: its numbers and its whole curve."""

from __future__ import annotations

from dataclasses import dataclass

from warmlint.finding import Curve, Reading, Scale, Setting
from warmlint.report.chart import draw
from warmlint.report.page import EMPTY, Line, Medium, Piece, Tone, excerpt, visible, wrap
from warmlint.report.readings import scale_name, table
from warmlint.report.words import place, settings_sentence
from warmlint.source import Span

_INDENT = Piece("  ")
_HEIGHT, _WIDTH = 13, 76


@dataclass(frozen=True, slots=True)
class Mark:
    """A reading that tells of a whole curve, and what is special about it; nothing is said of the first."""

    label: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class CurveView:
    """One schedule to show.

    `source_text` is the factor, or what else defines the curve, as the source has it; `unit` is what one
    tick stands for; `note` says what else a reader should know, such as where the curve was cut off. `marks`
    tell it in one line: the first update, the end of warmup and the last. `places` are where the file speaks
    of it, where it is made first of all.
    """

    path: str
    span: Span
    construct: str
    source_text: str
    unit: str
    scale: Scale
    base_lr: float | None
    settings: tuple[Setting, ...]
    readings: tuple[Reading, ...]
    curve: Curve
    note: str | None = None
    cell: int | None = None
    marks: tuple[Mark, ...] = ()
    places: tuple[Span, ...] = ()


def curve_report(view: CurveView, medium: Medium) -> list[Line]:
    """The lines that show `view`."""
    room = medium.width - len(_INDENT.text)
    lines: list[Line] = [
        (
            Piece(place(view.path, view.span, view.cell, medium), Tone.STRONG),
            Piece(f": {visible(view.construct, medium)}"),
            Piece(f", one tick an {view.unit}" if view.unit[:1] in "aeiou" else f", one tick a {view.unit}"),
        )
    ]
    source = [text for text in view.source_text.splitlines() if text.strip()]
    lines += [(_INDENT, Piece("".join(excerpt(text, 0, 0, room, medium)))) for text in source]
    lines.append(EMPTY)

    by_update = view.unit != "epoch"
    ticks = by_update and any(reading.tick != reading.update for reading in view.readings)
    numbers = table(
        view.readings,
        scale=view.scale,
        medium=medium,
        width=room,
        tone=Tone.ERROR,
        corner=view.unit,
        label=scale_name(view.scale, medium),
        ticks=ticks,
        unit=view.unit,
    )
    if numbers:
        lines += [(_INDENT, *line) for line in numbers]
        lines.append(EMPTY)
    if view.curve.at:
        chart = draw([view.curve], min(room, _WIDTH), _HEIGHT, not medium.unicode, tones=[Tone.NOTE])
        lines += [(_INDENT, *line) for line in chart]
        lines.append(EMPTY)
    for words in (settings_sentence(view.settings, view.base_lr), view.note):
        if words:
            lines += [(_INDENT, Piece(text, Tone.FAINT)) for text in wrap(visible(words, medium), room)]
    while lines[-1] == EMPTY:
        lines.pop()
    return lines
