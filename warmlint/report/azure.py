"""Logging commands that Azure Pipelines shows as errors and warnings.

https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
"""

from __future__ import annotations

from typing import Final, TextIO

from warmlint.finding import Finding, Severity
from warmlint.outcome import RunReport
from warmlint.report import RenderOptions
from warmlint.report.machine import plain, relative, told_with_help

_ESCAPES: Final = {"%": "%AZP25", "\r": "%0D", "\n": "%0A", ";": "%3B", "]": "%5D"}


def render(report: RunReport, stream: TextIO, options: RenderOptions) -> None:
    """Write a command for each finding of `report`; Azure knows errors and warnings alone."""
    stream.writelines(_command(finding) + "\n" for finding in report.findings)


def _command(finding: Finding) -> str:
    properties = {
        "type": "error" if finding.severity is Severity.ERROR else "warning",
        "sourcepath": relative(finding.path),
        "linenumber": str(finding.span.start.row),
        "columnnumber": str(finding.span.start.column),
        "code": finding.code,
    }
    told = "".join(f"{name}={_escaped(value)};" for name, value in properties.items())
    return f"##vso[task.logissue {told}]{_escaped(told_with_help(finding))}"


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(each, each) for each in plain(text))
