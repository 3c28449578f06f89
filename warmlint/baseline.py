"""Baselines: files that say which findings are known, so that the new ones are heard.

A finding is known by its file, its rule and its fingerprint, which is made of the text of its line and of how
many alike stand above it: it stays known when lines move. What the file shows besides is for readers.

The file is JSON, an entry a line, sorted, without row numbers, version and date: it changes where findings
come and go, and nowhere else, which is what git merges well.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from warmlint import atomic
from warmlint.discovery.read import UnreadableError, read, shown
from warmlint.finding import Finding
from warmlint.outcome import RunError, RunReport

VERSION: Final = 1

_LONGEST_LINE: Final = 100


class BaselineError(RunError):
    """What is wrong with a baseline, as a sentence that names it."""


class Entry(NamedTuple):
    """One known finding; `path` starts from the folder of the baseline."""

    path: str
    code: str
    fingerprint: str
    name: str = ""
    line: str = ""


class Baseline:
    """The entries of the file at `file`."""

    def __init__(self, file: str, entries: Iterable[Entry] = ()) -> None:
        self.file = file
        self.entries = tuple(sorted(entries))
        self._by_path: dict[str, list[str]] = {}
        for entry in self.entries:
            self._by_path.setdefault(entry.path, []).append(entry.fingerprint)

    def known(self, path: str) -> tuple[str, ...]:
        """The fingerprints of the findings that it knows in the file at `path`."""
        return tuple(self._by_path.get(self.place(path), ()))

    def place(self, path: str) -> str:
        """A path as the entries tell it."""
        folder = os.path.dirname(os.path.abspath(self.file))
        return os.path.relpath(os.path.abspath(path), folder).replace(os.sep, "/")

    def path(self, entry: Entry) -> str:
        """Where the file of an entry stands."""
        return os.path.join(os.path.dirname(os.path.abspath(self.file)), entry.path)

    def entries_of(self, report: RunReport) -> list[Entry]:
        """The findings of a report, which bears their fingerprints, as entries."""
        return [
            self._entry(finding, mark, report.quotes)
            for finding, mark in zip(report.findings, report.fingerprints, strict=True)
        ]

    def gone(self, report: RunReport, seen: Sequence[Entry]) -> tuple[Entry, ...]:
        """Those of the entries `seen` by a run that it has not found any more."""
        found = {(self.place(path), mark) for path, mark in report.known}
        troubled = {self.place(problem.path) for problem in report.problems}
        return tuple(
            each for each in seen if (each.path, each.fingerprint) not in found and each.path not in troubled
        )

    def write(self, entries: Iterable[Entry]) -> None:
        """Make `entries` those of the file, in one step. Raises BaselineError."""
        try:
            atomic.write(self.file, _text(entries).encode("ascii"))
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise BaselineError(f"{shown(self.file)} cannot be written: {why}") from error

    def _entry(self, finding: Finding, mark: str, quotes: Mapping[tuple[str, int], str]) -> Entry:
        line = quotes.get((finding.path, finding.span.row), "").strip()
        cut = line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"
        return Entry(self.place(finding.path), finding.code, mark, finding.name, cut)


def load(file: str) -> Baseline:
    """The baseline in a file. Raises BaselineError."""
    try:
        data = read(file)
    except UnreadableError as error:
        raise BaselineError(f"the baseline {shown(file)} {error}; `--write-baseline` makes one") from error
    try:
        told = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"the baseline {shown(file)} is not JSON: {shown(str(error))}") from error
    match told:
        case {"warmlint-baseline": int() as version, "findings": list() as findings} if version == VERSION:
            return Baseline(file, [_read(file, each) for each in findings])
        case {"warmlint-baseline": version}:
            raise BaselineError(
                f"the baseline {shown(file)} has version {shown(str(version))[:20]}, and this warmlint reads "
                f"version {VERSION}; `--write-baseline` makes it anew"
            )
    raise BaselineError(f"{shown(file)} is no baseline of warmlint: it has no `warmlint-baseline`")


def _read(file: str, told: object) -> Entry:
    match told:
        case {"path": str() as path, "code": str() as code, "fingerprint": str() as fingerprint}:
            return Entry(path, code, fingerprint, _string(told, "name"), _string(told, "line"))
    raise BaselineError(
        f"the baseline {shown(file)} is corrupt: an entry lacks its path, code or fingerprint"
    )


def _string(told: object, key: str) -> str:
    value = told.get(key) if isinstance(told, dict) else None
    return value if isinstance(value, str) else ""


def _text(entries: Iterable[Entry]) -> str:
    rows = []
    for entry in sorted(set(entries)):
        told = {
            "path": entry.path,
            "code": entry.code,
            "name": entry.name,
            "line": entry.line,
            "fingerprint": entry.fingerprint,
        }
        rows.append(json.dumps(told))
    body = ",\n".join(rows)
    return f'{{"warmlint-baseline": {VERSION}, "findings": [\n{body}{chr(10) * bool(body)}]}}\n'
