"""Findings silenced by comments: `# warmlint: ignore[LR001] reason` where each of them is reported.

What a comment covers is told by `warmlint.suppression`. Like a fix, a comment is held to what it promises:
the file is linted again, the code is the same, and what was to be silent is.
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from warmlint.discovery.read import shown
from warmlint.finding import Edit, Finding, Problem
from warmlint.fixes.apply import apply
from warmlint.linted import Linted, Mended
from warmlint.outcome import RunError
from warmlint.source import Position, Source, Span
from warmlint.suppression import code_of

_COMMENTS: Final = "LR901"  # what is wrong with a comment, another one does not cure
_LAYOUT: Final = frozenset({tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT})


def reason_of(text: str) -> str:
    """A reason as a comment can hold it. Raises RunError."""
    reason = text.strip()
    if not reason:
        raise RunError("`--add-ignores` wants a reason, and this one says nothing")
    if not reason.isprintable() or "warmlint:" in reason:
        raise RunError(
            f"`--add-ignores` wants a reason of one line, without `warmlint:` in it, not `{shown(text)}`"
        )
    return reason


def silence(source: Source, linted: Linted, lint: Callable[[Source], Linted], reason: str) -> Linted:
    """What is said of a source that is `linted`, with its findings silenced beside it; with a problem where
    they cannot be."""
    wanted = [finding for finding in linted.report.findings if finding.code != _COMMENTS]
    if not wanted:
        return linted
    edited = apply(source, _comments(source, wanted, reason))
    then = lint(edited)
    if _is_silent(then) and code_of(edited) == code_of(source):
        return replace(linted, mended=Mended(edited.text, tuple(wanted), then))
    message = "was not changed: comments would not silence what they should, or change more than that"
    report = linted.report
    problems = (*report.problems, Problem(source.path, message, refused=True))
    return replace(linted, report=replace(report, problems=problems))


def _is_silent(linted: Linted) -> bool:
    report = linted.report
    return not report.problems and all(finding.code == _COMMENTS for finding in report.findings)


def _comments(source: Source, findings: Iterable[Finding], reason: str) -> Iterable[Edit]:
    """One comment for each row that needs one, naming the rules in the order of their codes."""
    rows = _rows(source)
    codes: dict[int, set[str]] = {}
    for finding in findings:
        codes.setdefault(rows.get(finding.span.row, finding.span.row), set()).add(finding.code)
    for row, named in codes.items():
        line = source.line(row)
        end = Position(row, len(line.rstrip()) + 1)
        comment = f"  # warmlint: ignore[{', '.join(sorted(named))}] {reason}"
        yield Edit(Span(end, end), comment)


def _rows(source: Source) -> Mapping[int, int]:
    """For each row of code, the one of its logical line at whose end a comment can stand: the row itself, or
    the last where the row ends within a string or goes on behind a backslash."""
    rows: dict[int, int] = {}
    first = 0
    within: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source.text, newline=None).readline):
        start, end = token.start[0], token.end[0]
        if token.type == tokenize.NEWLINE:
            for row in range(first, start + 1):
                closed = row in within or source.line(row).rstrip().endswith("\\")
                rows[row] = start if closed and row != start else row
            first, within = 0, set()
        elif token.type not in _LAYOUT:
            first = first or start
            within.update(range(start, end))  # the rows that end inside of this token
    return rows
