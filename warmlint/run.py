"""One run: the files that were named, linted, and all that is said of them in its final order.

What is said of one file is `warmlint.candidate`'s, in a process of its own (`warmlint.workers`), which is
started for the first file that may hold a schedule: a run that meets none ends quickly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from warmlint.config import SettingsTree
from warmlint.discovery import Candidate, Searched, discover
from warmlint.outcome import RunReport

if TYPE_CHECKING:
    from warmlint.attest import Said
    from warmlint.finding import Problem, Unknown
    from warmlint.linted import Linted
    from warmlint.torches import Torch
    from warmlint.workers.files import Linting


class Options(NamedTuple):
    """What a run is asked for beyond the settings of each file.

    `torch` says through how much of torch reported schedules are replayed ("auto", "full", "off"),
    `torch_python` whose torch it is where it is not that of warmlint's own environment; `stdin_name` is the
    path under which stdin is reported, and by which its settings are found. `jobs` is how many files are
    linted at a time, None for as many as there are processors.
    """

    paths: Sequence[str]
    torch: str = "off"
    stdin_name: str = "<stdin>"
    torch_python: str | None = None
    jobs: int | None = None


def run(
    options: Options, settings: SettingsTree, advance: Callable[[str], None] = lambda path: None
) -> RunReport:
    """Lint, and report. `advance` hears of each file that has been parsed."""
    problems: list[Problem] = []
    files = 0
    with ExitStack() as stack:
        linter: _Linter | None = None
        for each in discover(options.paths, excluded=settings.excludes, stdin_name=options.stdin_name):
            if isinstance(each, Searched):
                files = each.files
            elif isinstance(each, Candidate):
                linter = linter or _Linter(options, advance, stack)
                linter.submit(each, settings)
            else:
                problems.append(each)
        results = linter.linting.results() if linter is not None else []
    return _report(results, problems, files, linter.torch if linter is not None else None)


class _Linter:
    """What is needed for the first file that may hold a schedule, and not before."""

    def __init__(self, options: Options, advance: Callable[[str], None], stack: ExitStack) -> None:
        from warmlint.workers.files import Linting

        self.linting: Linting = stack.enter_context(Linting(options.jobs, advance))

        from warmlint.linted import Target
        from warmlint.release import parse
        from warmlint.torches import Mode, Torch

        self.torch: Torch = Torch(Mode(options.torch), options.torch_python)
        found = self.torch.found
        self._target = Target(self.torch.release, found and parse(found.version), self.torch.wanted)

    def submit(self, candidate: Candidate, settings: SettingsTree) -> None:
        self.linting.submit(candidate, settings.of(candidate.file or candidate.path), self._target)


def _report(results: list[Linted], problems: list[Problem], files: int, torch: Torch | None) -> RunReport:
    said: Said = []
    unknowns: list[Unknown] = []
    quotes: dict[tuple[str, int], str] = {}
    forms: list[tuple[str, bool]] = []
    for linted in results:
        report = linted.report
        said += zip(report.findings, linted.replays, strict=True)
        unknowns += report.unknowns
        problems += report.problems
        quotes.update(((report.path, row), text) for row, text in linted.quotes)
        forms += report.forms
    if torch is not None and any(replay is not None for _, replay in said):
        from warmlint.attest import attest

        said, more = attest(said, torch)
        problems += more
    said.sort(key=lambda pair: pair[0].sort_key)
    return RunReport(
        tuple(finding for finding, _ in said),
        tuple(sorted(unknowns, key=lambda unknown: unknown.sort_key)),
        tuple(sorted(problems, key=lambda problem: problem.sort_key)),
        files,
        len(results),
        sum(linted.report.schedules for linted in results),
        quotes,
        tuple(forms),
    )
