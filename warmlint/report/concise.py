"""One line a finding, for editors, grep and logs."""

from __future__ import annotations

from typing import TextIO

from warmlint.finding import Finding
from warmlint.outcome import RunReport
from warmlint.report import RenderOptions
from warmlint.report.page import Line, Medium, Piece, Tone, visible, write
from warmlint.report.words import place, tone_of


def render(report: RunReport, stream: TextIO, options: RenderOptions) -> None:
    """Write each finding of `report` as `path:row:column: CODE [severity] message`."""
    medium = Medium.of(stream, options.width, options.colour)
    write((_line(finding, medium) for finding in report.findings), stream, medium)


def _line(finding: Finding, medium: Medium) -> Line:
    return (
        Piece(place(finding.path, finding.span, finding.cell, medium), Tone.STRONG),
        Piece(f": {visible(finding.code, medium)} "),
        Piece(f"[{finding.severity.value}]", tone_of(finding.severity)),
        Piece(f" {visible(finding.message, medium)}"),
    )
