"""Findings as JSON, one object a line: the shape of `json` for programs that read as lines come."""

from __future__ import annotations

from typing import TextIO

from warmlint.outcome import RunReport
from warmlint.report import RenderOptions
from warmlint.report.json import as_data, as_text


def render(report: RunReport, stream: TextIO, options: RenderOptions) -> None:
    """Write each finding of `report` on a line of its own."""
    stream.writelines(as_text(as_data(finding, options.url_for)) + "\n" for finding in report.findings)
