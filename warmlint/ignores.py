"""`--add-ignores`: every finding of a file silenced by a comment with a reason.

How one is silenced is told by `warmlint.silencing`. Like fixes, the comments are held to what they promise:
the file is linted again, the code is the same, and what was to be silent is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from warmlint.discovery.read import shown
from warmlint.finding import Finding, Problem
from warmlint.fixes.apply import apply
from warmlint.linted import Linted, Mended
from warmlint.outcome import RunError
from warmlint.silencing import silence
from warmlint.source import Source

_COMMENTS: Final = "LR901"  # what is wrong with a comment, another one does not cure


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


def add_ignores(source: Source, linted: Linted, lint: Callable[[Source], Linted], reason: str) -> Linted:
    """What is said of a source that is `linted`, with its findings silenced beside it; with a problem where
    they cannot be."""
    wanted = [finding for finding in linted.report.findings if finding.code != _COMMENTS]
    if not wanted:
        return linted
    edited = _silenced(source, wanted, reason)
    if edited is not None:
        then = lint(edited)
        if _is_silent(then):
            return replace(linted, mended=Mended(edited.text, tuple(wanted), then))
    message = "was not changed: comments would not silence what they should, or change more than that"
    report = linted.report
    problems = (*report.problems, Problem(source.path, message, refused=True))
    return replace(linted, report=replace(report, problems=problems))


def _silenced(source: Source, findings: Iterable[Finding], reason: str) -> Source | None:
    """The source with a comment for each finding; None where there is one that none can silence."""
    # From below, so that a comment on a line of its own moves nothing that is still to be silenced.
    for row, code in sorted({(each.span.row, each.code) for each in findings}, key=_from_below):
        edit = silence(source, code, row, reason)
        if edit is None:
            return None
        source = apply(source, [edit])
    return source


def _from_below(place: tuple[int, str]) -> tuple[int, str]:
    row, code = place
    return -row, code


def _is_silent(linted: Linted) -> bool:
    report = linted.report
    return not report.problems and all(finding.code == _COMMENTS for finding in report.findings)
