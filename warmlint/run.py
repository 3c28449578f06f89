"""One run: the files that were named, linted, and all that is said of them in its final order.

It knows files, settings and progress; what is said of one file is `warmlint.analysis`'s.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from warmlint.config import Settings, SettingsTree
from warmlint.discovery import Candidate, Searched, UnreadableError, discover
from warmlint.finding import FileReport, Finding, Problem, RunReport, Unknown

if TYPE_CHECKING:
    from warmlint.site import Subject


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is asked for beyond the settings of each file.

    `torch` replays every reported schedule through torch; `stdin_name` is the path under which stdin is
    reported, and by which its settings are found.
    """

    paths: Sequence[str]
    torch: bool = False
    stdin_name: str = "<stdin>"


def run(
    options: Options, settings: SettingsTree, advance: Callable[[str], None] = lambda path: None
) -> RunReport:
    """Lint, and report. `advance` hears of each file that is parsed."""
    started = time.monotonic()
    found = discover(options.paths, excluded=settings.excludes, stdin_name=options.stdin_name)
    files = parsed = schedules = 0
    said: list[tuple[Finding, Subject | None]] = []
    unknowns: list[Unknown] = []
    problems: list[Problem] = []
    quotes: dict[tuple[str, int], str] = {}
    for each in found:
        if isinstance(each, Problem):
            problems.append(each)
        elif isinstance(each, Searched):
            files = each.files
        else:
            advance(each.path)
            parsed += 1
            report, subjects, lines = _lint(each, settings)
            schedules += report.schedules
            said += zip(report.findings, subjects, strict=True)
            unknowns += report.unknowns
            problems += (replace(problem, given=each.given) for problem in report.problems)
            quotes.update(lines)
    if options.torch and any(subject is not None for _, subject in said):
        from warmlint.attest import attest

        said, more = attest(said)
        problems += more
    said.sort(key=lambda pair: pair[0].sort_key)
    return RunReport(
        tuple(finding for finding, _ in said),
        tuple(sorted(unknowns, key=lambda unknown: unknown.sort_key)),
        tuple(sorted(problems, key=lambda problem: problem.sort_key)),
        files,
        parsed,
        schedules,
        time.monotonic() - started,
        quotes,
    )


def _lint(
    candidate: Candidate, settings: SettingsTree
) -> tuple[FileReport, tuple[Subject | None, ...], dict[tuple[str, int], str]]:
    from warmlint.analysis import lint
    from warmlint.discovery.decode import decode
    from warmlint.rule import all_rules

    path = candidate.path
    try:
        source = decode(path, candidate.data)
    except UnreadableError as error:
        return FileReport(path, problems=(Problem(path, str(error)),)), (), {}
    own = settings.of(candidate.file or path)
    try:
        linted = lint(
            source, own.codes_for(candidate.file or path, {rule.code: rule.on for rule in all_rules()})
        )
    except Exception as error:
        message = f"internal error: {type(error).__name__}: {error}"
        return FileReport(path, problems=(Problem(path, message, internal=True),)), (), {}
    wanted = [
        pair for pair in zip(linted.report.findings, linted.subjects, strict=True) if _wanted(pair[0], own)
    ]
    report = replace(linted.report, findings=tuple(finding for finding, _ in wanted))
    quotes = {(path, row): source.line(row) for row in _rows(report.findings)}
    return report, tuple(subject for _, subject in wanted), quotes


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
