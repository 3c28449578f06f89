"""reviewdog's diagnostic format, with the fixes as suggestions.

https://github.com/reviewdog/reviewdog/tree/master/proto/rdf
"""

from __future__ import annotations

from typing import Final, TextIO

from warmlint.finding import Finding, Severity
from warmlint.outcome import RunReport
from warmlint.report import RenderOptions
from warmlint.report.json import Value, as_text
from warmlint.report.machine import HOME, plain, relative, told_with_help
from warmlint.source import Position, Span

_SEVERITIES: Final = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.NOTE: "INFO"}


def render(report: RunReport, stream: TextIO, options: RenderOptions) -> None:
    """Write the findings of `report` as one object."""
    told: Value = {
        "source": {"name": "warmlint", "url": HOME},
        "diagnostics": [_diagnostic(finding, report, options) for finding in report.findings],
    }
    stream.write(as_text(told) + "\n")


def _diagnostic(finding: Finding, report: RunReport, options: RenderOptions) -> Value:
    code: dict[str, Value] = {"value": finding.code}
    url = options.url_for(finding.code, finding.name)
    if url is not None:
        code["url"] = url
    suggestions: list[Value] = [
        {"range": _range(edit.span, finding, report), "text": plain_lines(edit.content)}
        for edit in (finding.fix.edits if finding.fix is not None else ())
    ]
    return {
        "message": plain(told_with_help(finding)),
        "location": {
            "path": plain(relative(finding.path)),
            "range": _range(finding.span, finding, report),
        },
        "severity": _SEVERITIES[finding.severity],
        "code": code,
        "suggestions": suggestions,
    }


def plain_lines(text: str) -> str:
    """Several lines of text, each as `plain` has it."""
    return "\n".join(map(plain, text.split("\n")))


def _range(span: Span, finding: Finding, report: RunReport) -> Value:
    return {"start": _position(span.start, finding, report), "end": _position(span.end, finding, report)}


def _position(position: Position, finding: Finding, report: RunReport) -> Value:
    """A position; columns are counted in bytes of UTF-8."""
    before = report.quotes.get((finding.path, position.row), "")[: position.column - 1]
    wider = len(before.encode("utf-8", "surrogatepass")) - len(before)
    return {"line": position.row, "column": position.column + wider}
