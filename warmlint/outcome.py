"""What a run comes to. A named tuple, apart from findings, for a run that finds nothing to load little."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmlint.finding import Finding, Problem, Proof, Unknown
    from warmlint.source import Cell


class RunError(Exception):
    """Why a run cannot be made, or cannot go on: one sentence."""


class Fixing(NamedTuple):
    """What is to be done to files: `write` changes them, else it is only shown how; `unsafe` makes also the
    fixes that change the LR. Where there is a `reason`, no fix is made: findings are silenced, with it."""

    write: bool
    unsafe: bool = False
    reason: str | None = None


class Rewritten(NamedTuple):
    """One file with fixes made: its bytes before and after, their encoding, and the findings that are cured,
    or silenced.

    `path` is the name to report, `file` the one that it was opened by, None for stdin. `cells` are those of a
    notebook as it was.
    """

    path: str
    file: str | None
    before: bytes
    after: bytes
    encoding: str
    cured: tuple[Finding, ...]
    cells: tuple[Cell, ...] = ()


class RunReport(NamedTuple):
    """All that a run has to say, in its final order, and what it looked at.

    `files` counts the files searched, `parsed` those that hold a schedule's name and were parsed,
    `schedules` those judged. `quotes` holds the lines that the reports quote, by path and row; `forms` says
    of each schedule that was found how it is written, and whether it could be judged. `rewritten` holds the
    files in which fixes were made; `findings` are then those that are left. `proofs` tells what became of
    each fix that a rule proposed. Where a baseline is asked, `fingerprints` tells each finding from the
    others of its file, and `known` are the paths and fingerprints of those that the baseline has silenced.
    `cells` holds the cells of notebooks, by path: the places in a notebook are those in the text of its cells
    together, and `warmlint.report.places` tells where they are.
    """

    findings: tuple[Finding, ...]
    unknowns: tuple[Unknown, ...]
    problems: tuple[Problem, ...]
    files: int
    parsed: int
    schedules: int
    quotes: dict[tuple[str, int], str]
    forms: tuple[tuple[str, bool], ...] = ()
    rewritten: tuple[Rewritten, ...] = ()
    proofs: tuple[Proof, ...] = ()
    fingerprints: tuple[str, ...] = ()
    known: tuple[tuple[str, str], ...] = ()
    cells: Mapping[str, tuple[Cell, ...]] = {}

    @property
    def fixed(self) -> int:
        """How many findings were cured."""
        return sum(len(each.cured) for each in self.rewritten)


def is_clean(report: RunReport) -> bool:
    """Whether there is nothing to tell but the counts."""
    return not (report.findings or report.unknowns or report.problems or report.rewritten)


def clean(report: RunReport) -> str:
    """The one line that tells so."""
    return f"All clean: {count(report.schedules, 'schedule')} in {count(report.files, 'file')}"


def count(number: int, noun: str) -> str:
    """`1 finding`, `2 findings`, `no findings`."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
