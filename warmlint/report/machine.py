"""What the formats for programs share: text that breaks no format, addresses, the identity of findings."""

from __future__ import annotations

import os
from urllib.parse import quote

from warmlint import identity
from warmlint.finding import Finding, Problem, Severity
from warmlint.outcome import RunReport
from warmlint.report.page import Medium, visible

HOME = "https://github.com/warmlint/warmlint"
"""Where users are sent to read on."""

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}

_MEDIUM = Medium()


def plain(text: str) -> str:
    """`text` with controls, escapes, bidirectional marks and lone surrogates spelled out: nothing that a log
    obeys, and nothing that XML or UTF-8 cannot hold."""
    return visible(text, _MEDIUM)


def relative(path: str) -> str:
    """A path with forward slashes, from the working folder where it lies below that."""
    if os.path.isabs(path):
        below = os.path.relpath(path)
        path = path if below.startswith(os.pardir) else below
    return os.path.normpath(path).replace(os.sep, "/")


def address(path: str) -> str:
    """A path as a relative reference of RFC 3986, to the byte."""
    told = relative(path)
    prefix = "file://" if told.startswith("/") else ""
    return prefix + quote(told, safe="/~", errors="surrogateescape" if _from_bytes(told) else "surrogatepass")


def _from_bytes(path: str) -> bool:
    """Whether a path's surrogates are those that stand for bytes of a name (PEP 383)."""
    return all("\udc80" <= each <= "\udcff" for each in path if "\ud800" <= each <= "\udfff")


def fingerprints(report: RunReport) -> list[str]:
    """What tells each finding from all others, and stays when lines move: its file, its code, the text of its
    line, and which of several alike it is. 64 hexadecimal digits each."""
    return identity.fingerprints(
        (relative(finding.path), finding.code, line_of(finding, report)) for finding in report.findings
    )


def line_of(finding: Finding, report: RunReport) -> str:
    """The text of the line that a finding starts on, without what is around it."""
    return report.quotes.get((finding.path, finding.span.row), "").strip()


def fatal(problem: Problem) -> bool:
    """Whether the run itself failed by a problem."""
    return problem.given or problem.internal


def told_with_help(finding: Finding) -> str:
    """The message, and what to do."""
    return f"{finding.message}; {finding.suggestion}" if finding.suggestion else finding.message
