"""GitLab's Code Quality report: what merge requests show beside the changes.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from typing import Final, TextIO

from warmlint.finding import Severity
from warmlint.outcome import RunReport
from warmlint.report import RenderOptions
from warmlint.report.json import dump
from warmlint.report.machine import fingerprints, plain, relative, told_with_help

_SEVERITIES: Final = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "info"}


def render(report: RunReport, stream: TextIO, options: RenderOptions) -> None:
    """Write the findings of `report` as one array."""
    dump(
        (
            {
                "description": plain(f"{finding.code}: {told_with_help(finding)}"),
                "check_name": finding.name,
                "fingerprint": fingerprint,
                "severity": _SEVERITIES[finding.severity],
                "location": {
                    "path": plain(relative(finding.path)),
                    "lines": {"begin": finding.span.start.row, "end": finding.span.end.row},
                },
            }
            for finding, fingerprint in zip(report.findings, fingerprints(report), strict=True)
        ),
        stream,
    )
