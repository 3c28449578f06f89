"""Fixes made one after the other, each from a fresh analysis, until none is left.

A fix was proven by itself. Several are made at once only where they are of schedules and rows apart, and what
they come to together is linted as any other text: where it is not as clean as the proofs say, they are made
one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from warmlint.finding import FileReport, Finding, Fix
from warmlint.fixes.apply import apply
from warmlint.limits import MAX_FIX_ROUNDS
from warmlint.source import Source


class _Linted(Protocol):
    @property
    def report(self) -> FileReport: ...


_Said = TypeVar("_Said", bound=_Linted)


class FaultyFixError(Exception):
    """Fixes that a proof should not have let through, as the sentence that names them."""


@dataclass(frozen=True, slots=True)
class Repeated(Generic[_Said]):
    """A source with fixes made, what is said of it, and the findings that they cured, in their order."""

    source: Source
    said: _Said
    cured: tuple[Finding, ...]


def repeat(
    source: Source, said: _Said, lint: Callable[[Source], _Said], wanted: Callable[[Fix], bool]
) -> Repeated[_Said]:
    """Make the `wanted` fixes of `source`, of which `lint` has already `said` something.

    Raises `FaultyFixError` where a fix undoes what another one has done, or leaves what cannot be linted.
    """
    cured: list[Finding] = []
    seen = {source.text: 0}
    for _ in range(MAX_FIX_ROUNDS):
        fixable = [each for each in said.report.findings if each.fix is not None and wanted(each.fix)]
        if not fixable:
            break
        chosen = _apart(fixable)
        fixed = _made(source, chosen)
        then = lint(fixed)
        if len(chosen) > 1 and not _as_proven(said.report, then.report, chosen):
            chosen = chosen[:1]
            fixed = _made(source, chosen)
            then = lint(fixed)
        cured += chosen
        if fixed.text in seen:
            raise FaultyFixError(f"fixes that undo each other ({_named(cured[seen[fixed.text] :])})")
        if len(then.report.problems) > len(said.report.problems):
            problem = then.report.problems[-1].message
            raise FaultyFixError(f"a fix after which the file cannot be linted ({_named(chosen)}): {problem}")
        seen[fixed.text] = len(cured)
        source, said = fixed, then
    return Repeated(source, said, tuple(cured))


def _made(source: Source, findings: Iterable[Finding]) -> Source:
    return apply(source, [edit for each in findings if each.fix for edit in each.fix.edits])


def _apart(findings: Sequence[Finding]) -> list[Finding]:
    """The first of `findings`, and those whose edits and schedules are in other rows than all before them."""
    chosen: list[Finding] = []
    taken: set[int] = set()
    for each in findings:
        rows = _rows(each)
        if taken.isdisjoint(rows):
            chosen.append(each)
            taken |= rows
    return chosen


def _rows(finding: Finding) -> set[int]:
    edits = finding.fix.edits if finding.fix is not None else ()
    rows = {row for edit in edits for row in range(edit.span.start.row, edit.span.end.row + 1)}
    return rows if finding.site is None else {finding.site.row, *rows}


def _as_proven(before: FileReport, after: FileReport, chosen: Iterable[Finding]) -> bool:
    """Whether what was chosen is gone together, and nothing new has come."""
    expected = Counter(each.code for each in before.findings) - Counter(each.code for each in chosen)
    return (
        Counter(each.code for each in after.findings) <= expected
        and after.schedules == before.schedules
        and len(after.problems) <= len(before.problems)
    )


def _named(findings: Iterable[Finding]) -> str:
    return "; ".join(dict.fromkeys(f"{each.code} {each.name}, line {each.span.row}" for each in findings))
