"""One file that may hold a schedule: decoded, linted under its own settings, fixed if asked, and quoted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from warmlint.analysis import lint
from warmlint.config import Settings, SettingsTree
from warmlint.discovery import Candidate, UnreadableError
from warmlint.discovery.decode import decode
from warmlint.finding import FileReport, Finding, Problem
from warmlint.outcome import Fixing, Rewritten
from warmlint.rule import all_rules
from warmlint.site import Subject
from warmlint.source import Source


@dataclass(frozen=True, slots=True)
class Linted:
    """The report on one file, what each of its findings is about, and the lines that a report may quote.

    `rewritten` holds the file with its fixes, where any were made; all else is then said of it as it is now.
    """

    report: FileReport
    subjects: tuple[Subject | None, ...] = ()
    quotes: dict[tuple[str, int], str] = field(default_factory=dict)
    rewritten: Rewritten | None = None


def lint_candidate(candidate: Candidate, settings: SettingsTree, fixing: Fixing | None = None) -> Linted:
    """Lint one file, and fix it where that is asked for. Whatever is wrong with it, or goes wrong, becomes a
    problem of its report."""
    path, file = candidate.path, candidate.file or candidate.path
    try:
        source = decode(path, candidate.data)
    except UnreadableError as error:
        return Linted(FileReport(path, problems=(Problem(path, str(error), candidate.given),)))
    own = settings.of(file)

    def lint_source(source: Source) -> Linted:
        return _lint(source, file, own, given=candidate.given)

    try:
        linted = lint_source(source)
        if fixing is None or not any(finding.fix for finding in linted.report.findings):
            return linted
        from warmlint.mend import mend

        return mend(candidate, source, linted, lint_source, fixing)
    except Exception as error:
        message = f"internal error: {type(error).__name__}: {error}"
        return Linted(FileReport(path, problems=(Problem(path, message, internal=True),)))


def _lint(source: Source, file: str, own: Settings, *, given: bool) -> Linted:
    """What is told of a source under the settings of its file."""
    report, subjects = lint(source, lambda: own.codes_for(file, {rule.code: rule.on for rule in all_rules()}))
    wanted = [pair for pair in zip(report.findings, subjects, strict=True) if _wanted(pair[0], own)]
    findings = tuple(finding for finding, _ in wanted)
    problems = tuple(replace(problem, given=given) for problem in report.problems)
    return Linted(
        replace(report, findings=findings, problems=problems),
        tuple(subject for _, subject in wanted),
        {(source.path, row): source.line(row) for row in _rows(findings)},
    )


def _wanted(finding: Finding, settings: Settings) -> bool:
    severity, confidence = settings.minimum_severity, settings.minimum_confidence
    return (severity is None or finding.severity >= severity) and (
        confidence is None or finding.confidence >= confidence
    )


def _rows(findings: Iterable[Finding]) -> Iterator[int]:
    """The rows that a report may quote: each finding's own, and those that its fix edits."""
    for finding in findings:
        yield from range(finding.span.start.row, finding.span.end.row + 1)
        for edit in finding.fix.edits if finding.fix is not None else ():
            yield from range(edit.span.start.row, edit.span.end.row + 1)
