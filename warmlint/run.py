"""One run: the files that were named, linted, and all that is said of them in its final order.

What is said of one file is `warmlint.candidate`'s, in a process of its own (`warmlint.workers`), which is
started for the first file that may hold a schedule: a run that meets none ends quickly.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from warmlint.config import Settings, SettingsTree
from warmlint.discovery import Candidate, Searched, discover
from warmlint.outcome import Fixing, Rewritten, RunReport

if TYPE_CHECKING:
    from warmlint.attest import Said
    from warmlint.finding import Problem, Proof, Unknown
    from warmlint.linted import Linted
    from warmlint.since import Rows
    from warmlint.source import Cell
    from warmlint.torches import Torch
    from warmlint.workers.files import Linting

    Result = tuple[Linted, Rewritten | None]


class Options(NamedTuple):
    """What a run is asked for beyond the settings of each file.

    `torch` says through how much of torch reported schedules are replayed ("auto", "full", "off"),
    `torch_python` whose torch it is where it is not that of warmlint's own environment; `stdin_name` is the
    path under which stdin is reported, and by which its settings are found, `stdin` what came through it,
    where that is read already. `jobs` is how many files are linted at a time, None for as many as there are
    processors. `fixing` says what is done to files, None that none is changed. `force_exclude` leaves out
    what the settings exclude even where it was named by hand; `gitignores` leaves out what git ignores.
    `known` gives the fingerprints of the findings of a path that a baseline knows, and `changed` the rows
    of each of some files that are new; None where nobody asked.
    """

    paths: Sequence[str]
    torch: str = "off"
    stdin_name: str = "<stdin>"
    torch_python: str | None = None
    jobs: int | None = None
    stdin: bytes | None = None
    fixing: Fixing | None = None
    force_exclude: bool = False
    gitignores: bool = True
    known: Callable[[str], tuple[str, ...]] | None = None
    changed: Callable[[Sequence[Candidate]], Mapping[str, Rows]] | None = None


def run(
    options: Options, settings: SettingsTree, advance: Callable[[str], None] = lambda path: None
) -> RunReport:
    """Lint, and report. `advance` hears of each file that has been parsed."""
    stdin = options.stdin
    found = discover(
        options.paths,
        excluded=settings.excludes,
        stdin=None if stdin is None else lambda: stdin,
        stdin_name=options.stdin_name,
        refused=lambda path: options.force_exclude and settings.of(path).covers(path),
        gitignores=options.gitignores,
    )
    problems: list[Problem] = []
    files = 0
    with ExitStack() as stack:
        linter: _Linter | None = None
        for each in found:
            if isinstance(each, Searched):
                files = each.files
            elif isinstance(each, Candidate):
                linter = linter or _Linter(options, advance, stack)
                linter.submit(each, settings)
            else:
                problems.append(each)
        results = linter.results() if linter is not None else []
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
        self._fixing = options.fixing
        self._submitted: list[tuple[Candidate, Settings, Target]] = []
        self._numbers: dict[str, int] = {}
        self._target = Target(
            self.torch.release,
            found and parse(found.version),
            self.torch.wanted,
            None if options.fixing is None else options.fixing.unsafe,
            None if options.fixing is None else options.fixing.reason,
        )
        self._known = options.known
        self._changed = options.changed

    def submit(self, candidate: Candidate, settings: SettingsTree) -> None:
        own, target = settings.of(candidate.file or candidate.path), self._target
        if self._known is not None:
            from dataclasses import replace

            target = replace(target, known=self._known(candidate.path))
        self.linting.submit(candidate, own, target)
        if self._fixing is not None or self._changed is not None:
            self._submitted.append((candidate, own, target))

    def results(self) -> list[Result]:
        """What is said of each file, in their order, with its fixes brought to where they are wanted."""
        results = self.linting.results()
        if self._changed is not None:
            from warmlint.since.narrow import narrow

            results = narrow([each for each, _, _ in self._submitted], results, self._changed)
        if self._fixing is None:
            return [(linted, None) for linted in results]
        from warmlint.mend import bring_all
        from warmlint.rounds import settle

        candidates = [candidate for candidate, _, _ in self._submitted]
        self._numbers = {
            os.path.realpath(each.file): number
            for number, each in enumerate(candidates)
            if each.file is not None
        }
        files = [os.path.realpath(each.file) if each.file is not None else None for each in candidates]
        return bring_all(candidates, files, settle(files, results, self._again), self._fixing)

    def _again(self, number: int, text: str | None, instead: Mapping[str, str]) -> Linted | None:
        """Lint a file once more, as `warmlint.rounds.settle` asks for it."""
        from warmlint.fixes.encode import RefusedError

        candidate, settings, target = self._submitted[number]
        try:
            data = candidate.data if text is None else self._encoded(number, text)
            unsaved = {path: self._encoded(self._numbers[path], said) for path, said in instead.items()}
        except RefusedError:
            return None  # it is told when the file is to be written
        self.linting.submit(candidate._replace(data=data), settings, target, unsaved)
        return self.linting.result()

    def _encoded(self, number: int, text: str) -> bytes:
        from warmlint.fixes.encode import encode

        candidate, *_ = self._submitted[number]
        return encode(candidate.path, text, candidate.data)


def _report(results: list[Result], problems: list[Problem], files: int, torch: Torch | None) -> RunReport:
    said: Said = []
    unknowns: list[Unknown] = []
    quotes: dict[tuple[str, int], str] = {}
    cells: dict[str, tuple[Cell, ...]] = {}
    forms: list[tuple[str, bool]] = []
    rewritten: list[Rewritten] = []
    proofs: list[Proof] = []
    marks: list[str] = []
    known: list[tuple[str, str]] = []
    for linted, mended in results:
        report = linted.report
        said += zip(report.findings, linted.replays, strict=True)
        marks += linted.fingerprints
        known += [(report.path, each) for each in linted.known]
        unknowns += report.unknowns
        problems += report.problems
        if report.cells:
            cells[report.path] = report.cells
        quotes.update(((report.path, row), text) for row, text in linted.quotes)
        forms += report.forms
        proofs += report.proofs
        rewritten += [mended] if mended is not None else []
    if torch is not None and any(replay is not None for _, replay in said):
        from warmlint.attest import attest

        said, more = attest(said, torch)
        problems += more
    order = sorted(range(len(said)), key=lambda number: said[number][0].sort_key)
    return RunReport(
        tuple(said[number][0] for number in order),
        tuple(sorted(unknowns, key=lambda unknown: unknown.sort_key)),
        tuple(sorted(problems, key=lambda problem: problem.sort_key)),
        files,
        len(results),
        sum(linted.report.schedules for linted, _ in results),
        quotes,
        tuple(forms),
        tuple(sorted(rewritten, key=lambda each: each.path)),
        tuple(proofs),
        tuple(marks[number] for number in order) if marks else (),
        tuple(sorted(known)),
        cells,
    )
