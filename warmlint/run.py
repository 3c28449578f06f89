"""One run: the files that were named, linted, and all that is said of them in its final order.

What is said of one file is `warmlint.candidate`'s, which is imported for the first that may hold a
schedule: a run that meets none ends quickly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from warmlint.config import SettingsTree
from warmlint.discovery import Candidate, Searched, discover
from warmlint.outcome import Fixing, Rewritten, RunReport

if TYPE_CHECKING:
    from warmlint.finding import Finding, Problem, Proof, Unknown
    from warmlint.site import Subject


class Options(NamedTuple):
    """What a run is asked for beyond the settings of each file.

    `torch` replays every reported schedule through torch; `stdin_name` is the path under which stdin is
    reported, and by which its settings are found; `stdin` is what came through it, where that is read
    already; `fixing` says what is done with fixes, None that none is made.
    """

    paths: Sequence[str]
    torch: bool = False
    stdin_name: str = "<stdin>"
    stdin: bytes | None = None
    fixing: Fixing | None = None


def run(
    options: Options, settings: SettingsTree, advance: Callable[[str], None] = lambda path: None
) -> RunReport:
    """Lint, and report. `advance` hears of each file that is parsed."""
    stdin = options.stdin
    found = discover(
        options.paths,
        excluded=settings.excludes,
        stdin=None if stdin is None else lambda: stdin,
        stdin_name=options.stdin_name,
    )
    files = parsed = schedules = 0
    said: list[tuple[Finding, Subject | None]] = []
    unknowns: list[Unknown] = []
    problems: list[Problem] = []
    quotes: dict[tuple[str, int], str] = {}
    forms: list[tuple[str, bool]] = []
    rewritten: list[Rewritten] = []
    proofs: list[Proof] = []
    for each in found:
        if isinstance(each, Searched):
            files = each.files
        elif isinstance(each, Candidate):
            from warmlint.candidate import lint_candidate

            advance(each.path)
            parsed += 1
            linted = lint_candidate(each, settings, options.fixing)
            schedules += linted.report.schedules
            said += zip(linted.report.findings, linted.subjects, strict=True)
            unknowns += linted.report.unknowns
            problems += linted.report.problems
            quotes.update(linted.quotes)
            forms += linted.report.forms
            proofs += linted.report.proofs
            rewritten += [linted.rewritten] if linted.rewritten is not None else []
        else:
            problems.append(each)
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
        quotes,
        tuple(forms),
        tuple(sorted(rewritten, key=lambda each: each.path)),
        tuple(proofs),
    )
