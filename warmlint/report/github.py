"""Workflow commands that GitHub Actions shows as annotations on the changed lines.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from typing import Final, TextIO

from warmlint.finding import Finding, Severity
from warmlint.outcome import RunReport
from warmlint.report import RenderOptions
from warmlint.report.machine import plain, relative, told_with_help

_COMMANDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_DATA: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY: Final = {**_DATA, ":": "%3A", ",": "%2C"}


def render(report: RunReport, stream: TextIO, options: RenderOptions) -> None:
    """Write a command for each finding of `report`."""
    stream.writelines(_command(finding) + "\n" for finding in report.findings)


def _command(finding: Finding) -> str:
    start, end = finding.span.start, finding.span.end
    properties = {
        "title": f"warmlint {finding.code} ({finding.name})",
        "file": relative(finding.path),
        "line": str(start.row),
        "endLine": str(end.row),
        # Columns are taken for those of one line.
        **({"col": str(start.column), "endColumn": str(end.column)} if start.row == end.row else {}),
    }
    told = ",".join(f"{name}={_escaped(value, _PROPERTY)}" for name, value in properties.items())
    where = f"{relative(finding.path)}:{start.row}:{start.column}: {finding.code}"
    return f"::{_COMMANDS[finding.severity]} {told}::{_escaped(f'{where} {told_with_help(finding)}', _DATA)}"


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(each, each) for each in plain(text))
