"""Files to lint and to draw, each in a child; whatever happens to the child, an answer for each file."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import TracebackType

from warmlint.config import Settings
from warmlint.discovery import Candidate
from warmlint.finding import FileReport, Problem
from warmlint.linted import Drawn, Linted, Target
from warmlint.release import NEWEST
from warmlint.workers.pool import Pool, Said
from warmlint.workers.process import Failed
from warmlint.workers.task import draw_request, drawn_from_data, lint_request, linted_from_data
from warmlint.workers.wire import WireError


class Linting:
    """Files that are being linted, up to `jobs` at a time. `advance` hears of each that is done.

    A context manager, as `Pool` is.
    """

    def __init__(self, jobs: int | None = None, advance: Callable[[str], None] = lambda path: None) -> None:
        self._files: list[tuple[str, bool]] = []
        self._pool = Pool(jobs or processors(), lambda number: advance(self._files[number][0]))

    def __enter__(self) -> Linting:
        self._pool.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.__exit__(kind, error, trace)

    def submit(self, candidate: Candidate, settings: Settings, target: Target) -> None:
        """Have a file linted."""
        self._files.append((candidate.path, candidate.given))
        self._pool.submit(lint_request(candidate, settings, target))

    def results(self) -> list[Linted]:
        """What is said of each file, in the order in which they were submitted."""
        answers = self._pool.answers()
        return [
            linted_of(path, given, said) for (path, given), said in zip(self._files, answers, strict=True)
        ]


def draw(candidate: Candidate, row: int | None, cell: int | None = None) -> Drawn:
    """The curves of a file's schedules, or of the one that stands at a row, of a cell in a notebook."""
    with Pool(1) as pool:
        pool.submit(draw_request(candidate, row, cell, Settings(), Target(NEWEST)))
        (said,) = pool.answers()
    return drawn_of(said)


def drawn_of(said: Said) -> Drawn:
    """What came of a request to draw a file."""
    if isinstance(said, Failed):
        return Drawn(problem=str(said))
    try:
        return drawn_from_data(said)
    except WireError as error:
        return Drawn(problem=_nonsense(error))


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def linted_of(path: str, given: bool, said: Said) -> Linted:
    """What came of a request to lint a file."""
    if isinstance(said, Failed):
        return Linted(FileReport(path, problems=(Problem(path, str(said), given, said.crashed),)))
    try:
        return linted_from_data(said)
    except WireError as error:
        return Linted(FileReport(path, problems=(Problem(path, _nonsense(error), given, internal=True),)))


def _nonsense(error: WireError) -> str:
    return f"could not be judged: the parser talks nonsense: {error}"
