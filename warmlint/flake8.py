"""The plugin of flake8: the findings of a file, for those who run flake8 and nothing else.

flake8 reads the file, parses it for itself, and applies its own `# noqa`. All else is as when `warmlint`
runs: the same settings and suppressions, and the text goes to a child that parses it behind its walls.
"""

from __future__ import annotations

import ast
import atexit
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final

from warmlint import __version__
from warmlint.config import Settings, SettingsTree
from warmlint.discovery import Candidate, UnreadableError, may_hold_schedule, shown
from warmlint.discovery.decode import encoding_of

if TYPE_CHECKING:
    from warmlint.baseline import Baseline
    from warmlint.finding import FileReport

Told = tuple[int, int, str, type["Checker"]]
"""What flake8 takes: row from 1, column from 0, code and message, and who says so."""

_UNJUDGED: Final = "LR000"
"""The code under which flake8 shows why a file could not be judged: it has no other place for that."""


class Checker:
    """One file, as flake8 hands it over: `lines` is its text, from the disk or piped in and not saved yet.

    `tree` tells flake8 which kind of plugin this is; nothing here looks at it.
    """

    name = "warmlint"
    version = __version__

    def __init__(self, tree: ast.AST, filename: str, lines: Sequence[str]) -> None:
        self._file = filename
        self._data = _encoded("".join(lines))

    def run(self) -> Iterator[Told]:
        """What is found. Raises RunError, which flake8 shows and ends with."""
        if not may_hold_schedule(self._data):
            return
        settings = _settings().of(self._file)
        if settings.covers(self._file):
            return
        from warmlint.report.machine import plain, told_with_help

        report = _engine(os.getpid()).lint(Candidate(shown(self._file), self._data, self._file), settings)
        for finding in report.findings:
            start = finding.span.start
            yield start.row, start.column - 1, plain(f"{finding.code} {told_with_help(finding)}"), Checker
        for problem in report.problems:
            yield 1, 0, plain(f"{_UNJUDGED} {problem.message}"), Checker


class _Engine:
    """A child that is kept for all files which one process of flake8's looks at."""

    def __init__(self) -> None:
        from warmlint.linted import Target
        from warmlint.release import parse
        from warmlint.torches import Mode, Torch
        from warmlint.workers.pool import Pool

        torch = Torch(Mode.AUTO, os.environ.get("WARMLINT_TORCH_PYTHON") or None)
        self._target = Target(torch.release, torch.found and parse(torch.found.version))
        self._pool = Pool(1)
        atexit.register(self._pool.__exit__, None, None, None)
        self._pool.__enter__()

    def lint(self, candidate: Candidate, settings: Settings) -> FileReport:
        """What is said of a file."""
        from warmlint.workers.files import linted_of
        from warmlint.workers.task import lint_request

        known = None if settings.baseline is None else _baseline(settings.baseline).known(candidate.path)
        target = replace(self._target, known=known)
        said = self._pool.ask(lint_request(candidate, settings, target)).result()
        return linted_of(candidate.path, candidate.given, said).report


@cache
def _engine(process: int) -> _Engine:
    """The engine of a process, by its number: one that was forked has none of its parent's threads."""
    return _Engine()


@cache
def _baseline(file: str) -> Baseline:
    from warmlint.baseline import load

    return load(file)


@cache
def _settings() -> SettingsTree:
    from warmlint.config.known import Known

    return SettingsTree(Known())


def _encoded(text: str) -> bytes:
    """The bytes of a file with this text: flake8 has decoded it, the child will by what it declares."""
    data = text.encode("utf-8", "surrogatepass")
    try:
        return text.encode(encoding_of(data), "replace")
    except UnreadableError:
        return data  # the child says what is wrong with it
