"""Colour, through rich: imported where a stream takes colours, and nowhere else.

How lines are laid out is decided elsewhere; here they only get their looks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style

from warmlint.report.page import Line


class _Console(Console):
    """A console that leaves a closed pipe to its caller, as every other stream does."""

    def on_broken_pipe(self) -> None:
        """Raise again the error that is being handled; rich would end the process."""
        raise


def console(stream: TextIO, width: int | None = None) -> Console:
    """A console on `stream` that writes colour whatever the stream is."""
    return _Console(file=stream, force_terminal=True, width=width, highlight=False)


def paint(lines: Iterable[Line], stream: TextIO) -> None:
    """Write `lines` in the colours of their tones."""
    segments: list[Segment] = []
    for line in lines:
        segments += [Segment(text, Style.parse(tone.value)) for text, tone in line]
        segments.append(Segment.line())
    console(stream).print(Segments(segments), end="", soft_wrap=True)
