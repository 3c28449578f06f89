"""Findings as diagnostics, and what keeps a file from being judged as one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lsprotocol import types

from warmlint.finding import Finding, Problem, Severity
from warmlint.report.machine import HOME, plain, told_with_help
from warmlint.server.places import Places
from warmlint.server.session import Result

SOURCE: Final = "warmlint"

_SEVERITIES: Final = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}
_TAGS: Final = {
    "LR106": types.DiagnosticTag.Deprecated,
    "LR901": types.DiagnosticTag.Unnecessary,
}
"""How editors draw what a rule is about: struck through, or pale."""
_LINE: Final = re.compile(r"\bline (\d{1,9})\b")


def diagnostics(result: Result, places: Places, *, related: bool) -> list[types.Diagnostic]:
    """What an editor shows of a result; with the places that a finding is about beside its own where the
    client takes related information."""
    report = result.linted.report
    return [
        *(_of_problem(each, places) for each in report.problems),
        *(of_finding(each, result, places, related=related) for each in report.findings),
    ]


def of_finding(finding: Finding, result: Result, places: Places, *, related: bool) -> types.Diagnostic:
    """One finding."""
    return types.Diagnostic(
        range=places.range(finding.span),
        message=plain(told_with_help(finding)),
        severity=_SEVERITIES[finding.severity],
        code=finding.code,
        code_description=types.CodeDescription(_page(finding)),
        source=SOURCE,
        tags=[_TAGS[finding.code]] if finding.code in _TAGS else None,
        related_information=list(_related(finding, result, places)) or None if related else None,
    )


def _related(
    finding: Finding, result: Result, places: Places
) -> Iterator[types.DiagnosticRelatedInformation]:
    site = finding.site
    if site is not None and site.row != finding.span.row:
        location = types.Location(result.document.uri, places.row(site.row))
        yield types.DiagnosticRelatedInformation(location, plain(f"the schedule: `{site.construct}`"))


def _of_problem(problem: Problem, places: Places) -> types.Diagnostic:
    # The sentence goes on from the file's name; it shows at the line that it tells, if it does.
    told = _LINE.search(problem.message)
    sentence = problem.message if problem.internal else f"this file {problem.message}"
    return types.Diagnostic(
        range=places.row(int(told[1]) if told else 1),
        message=plain(sentence),
        severity=types.DiagnosticSeverity.Information,
        source=SOURCE,
    )


def _page(finding: Finding) -> str:
    """Where a rule's page is read: in its file, for the docstring is the page."""
    return f"{HOME}/blob/main/rules/{finding.name.replace('-', '_')}.py"
