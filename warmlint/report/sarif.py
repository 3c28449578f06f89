"""SARIF 2.1.0, which GitHub's code scanning and most editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from typing import TextIO

from warmlint import __version__
from warmlint.finding import Finding, Fix
from warmlint.outcome import RunReport
from warmlint.report import RenderOptions
from warmlint.report.json import Value, as_text
from warmlint.report.machine import HOME, LEVELS, address, fatal, fingerprints, plain, told_with_help
from warmlint.report.rules import RulePage
from warmlint.source import Span

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_PRINT = "warmlint/v1"


def render(report: RunReport, stream: TextIO, options: RenderOptions) -> None:
    """Write `report` as one run, with the pages of the rules that found something."""
    found = {finding.code for finding in report.findings}
    pages = [page for page in options.rules() if page.code in found]
    numbers = {page.code: number for number, page in enumerate(pages)}
    results = [
        _result(finding, numbers.get(finding.code), fingerprint, report)
        for finding, fingerprint in zip(report.findings, fingerprints(report), strict=True)
    ]
    told: Value = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "warmlint",
                        "version": __version__,
                        "semanticVersion": __version__,
                        "informationUri": HOME,
                        "rules": [_rule(page, options) for page in pages],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {
                    "%SRCROOT%": {"description": {"text": "The folder in which warmlint ran."}}
                },
                "invocations": [_invocation(report)],
                "results": results,
            }
        ],
    }
    stream.write(as_text(told, indent=1) + "\n")


def _rule(page: RulePage, options: RenderOptions) -> Value:
    rule: dict[str, Value] = {
        "id": page.code,
        "name": page.name,
        "shortDescription": {"text": f"{page.summary}."},
        "fullDescription": {"text": f"{page.summary}."},
        "help": {"text": page.explanation, "markdown": page.explanation},
        "defaultConfiguration": {"enabled": page.default},
        "properties": {"tags": ["correctness", "pytorch", "learning-rate"]},
    }
    url = options.url_for(page.code, page.name)
    return rule if url is None else {**rule, "helpUri": url}


def _result(finding: Finding, number: int | None, fingerprint: str, report: RunReport) -> Value:
    result: dict[str, Value] = {
        "ruleId": finding.code,
        "level": LEVELS[finding.severity],
        "message": {"text": plain(told_with_help(finding))},
        "locations": [{"physicalLocation": _place(finding, report)}],
        "partialFingerprints": {_PRINT: fingerprint},
        "properties": {"confidence": finding.confidence.value, "name": finding.name},
    }
    if number is not None:
        result["ruleIndex"] = number
    if finding.fix is not None:
        result["fixes"] = [_fix(finding, finding.fix)]
    return result


def _fix(finding: Finding, fix: Fix) -> Value:
    replacements: list[Value] = [
        {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.content}} for edit in fix.edits
    ]
    return {
        "description": {"text": plain(fix.message)},
        "artifactChanges": [{"artifactLocation": _artifact(finding), "replacements": replacements}],
    }


def _place(finding: Finding, report: RunReport) -> Value:
    """Where a finding is, and the lines that it stands on, for readers without the file."""
    place: dict[str, Value] = {"artifactLocation": _artifact(finding), "region": _region(finding.span)}
    first, last = finding.span.start.row, finding.span.end.row
    lines = [report.quotes.get((finding.path, row)) for row in range(first, last + 1)]
    if None not in lines:
        text = "\n".join(plain(line or "") for line in lines)
        place["contextRegion"] = {"startLine": first, "endLine": last, "snippet": {"text": text}}
    return place


def _artifact(finding: Finding) -> Value:
    uri = address(finding.path)
    return {"uri": uri} if uri.startswith("file:") else {"uri": uri, "uriBaseId": "%SRCROOT%"}


def _region(span: Span) -> dict[str, Value]:
    return {
        "startLine": span.start.row,
        "startColumn": span.start.column,
        "endLine": span.end.row,
        "endColumn": span.end.column,
    }


def _invocation(report: RunReport) -> Value:
    """That the run went to its end, and what it could not do."""
    failed = any(map(fatal, report.problems))
    return {
        "executionSuccessful": not failed,
        "toolExecutionNotifications": [
            {
                "level": "error" if fatal(problem) else "warning",
                "message": {"text": plain(f"{problem.path}: {problem.message}")},
            }
            for problem in report.problems
        ],
    }
