"""The fixtures as the tests see them: which files there are, what each expects, and its text without markers.

A marker is a comment, `# expect: LR001` or `# expect: LR001, LR003`, at the end of the row that is
reported. The bare text of a fixture is its text without the markers and the blanks before them.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import Final

from warmlint.analysis import lint
from warmlint.discovery.decode import decode
from warmlint.finding import Applicability, FileReport, Finding, Fix
from warmlint.fixes.repeat import Repeated, repeat
from warmlint.rule import all_rules
from warmlint.source import Source

ROOT: Final = Path(__file__).resolve().parent.parent
FIXTURES: Final = ROOT / "fixtures"
TUTORIAL: Final = "tutorial"
PUBLISHED: Final = "published"

_MARKER: Final = re.compile(r"#\s*expect:\s*(?P<codes>LR\d{3}(?:,\s*LR\d{3})*)\s*$")

Expected = dict[int, tuple[str, ...]]
"""The codes that are reported on each row."""


@dataclass(frozen=True)
class Fixture:
    """One file under `fixtures/`."""

    path: Path

    @property
    def name(self) -> str:
        """Its folder and file name, as tests and tables spell it."""
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def kind(self) -> str:
        """`bad`, `good` or `fixed`."""
        return self.path.stem.partition("_")[0]

    @property
    def stem(self) -> str:
        """Its name without its kind."""
        return self.path.stem.partition("_")[2]

    @property
    def fixed(self) -> Fixture:
        """The fixed form of a bad fixture, whether or not there is one."""
        return Fixture(self.path.with_name(f"fixed_{self.stem}.py"))

    @property
    def code(self) -> str | None:
        """The rule that its folder belongs to; None in the tutorial's, and in that of published fixes."""
        folder = self.path.parent.name
        return None if folder in {TUTORIAL, PUBLISHED} else folder.partition("_")[0].upper()

    @cached_property
    def source(self) -> Source:
        """Its text, as warmlint reads it."""
        return decode(str(self.path), self.path.read_bytes())

    @cached_property
    def bare(self) -> Source:
        """Its text without the markers."""
        return Source(self.source.path, bare(self.source.text))

    @cached_property
    def expected(self) -> Expected:
        """What its markers say."""
        return {row: codes for row, _, codes in _markers(self.source.text)}

    @property
    def notes(self) -> dict[str, str]:
        """What it says at its end of its run under torch: why it is not compared, why torch warns, what
        it raises."""
        return dict(_NOTE.findall(self.source.text))

    @property
    def codes(self) -> set[str]:
        """All codes that its markers name."""
        return {code for codes in self.expected.values() for code in codes}


_CURED: Final = re.compile(r"\n+# (?:raises|torch warns): .*\n")
_NOTE: Final = re.compile(r"^# (not compared(?: \[\d+\])?|torch warns|raises): (.+)$", re.MULTILINE)


def all_fixtures(*kinds: str) -> list[Fixture]:
    """Every fixture of these kinds, or of all, in order."""
    found = map(Fixture, sorted(FIXTURES.glob("*/*.py")))
    return [each for each in found if not kinds or each.kind in kinds]


def _markers(text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """The markers in a text: row, column of the `#` from 0, and codes in order."""
    for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
        # A suppression stands before the marker in one and the same comment.
        if token.type == tokenize.COMMENT and (match := _MARKER.search(token.string)):
            codes = tuple(sorted(each.strip() for each in match["codes"].split(",")))
            yield token.start[0], token.start[1] + match.start(), codes


def bare(text: str) -> str:
    """`text` without its markers and the blanks before them, and without what it says it raises, or torch
    warns of: a fix is there to end that."""
    lines = text.splitlines(keepends=True)
    for row, column, _ in _markers(text):
        line = lines[row - 1]
        ending = line[len(line.rstrip("\r\n")) :]
        lines[row - 1] = line[:column].rstrip() + ending
    return _CURED.sub("\n", "".join(lines))


def marked(source: Source) -> str:
    """The text of a source without markers, with those of what is reported."""
    lines = source.text.splitlines(keepends=True)
    for row, codes in by_row((each.span.row, each.code) for each in findings(source)).items():
        line = lines[row - 1].rstrip("\r\n")
        lines[row - 1] = f"{line}  # expect: {', '.join(codes)}{lines[row - 1][len(line) :]}"
    return "".join(lines)


@cache
def _all_codes() -> frozenset[str]:
    return frozenset(rule.code for rule in all_rules())


@cache
def findings(source: Source) -> tuple[Finding, ...]:
    """What all rules say of a source, with proven fixes. Nothing may go wrong on the way."""
    report, _ = lint(source, _all_codes)
    assert report.problems == ()
    return report.findings


def by_row(found: Iterable[tuple[int, str]]) -> Expected:
    """Codes by row, of (row, code)."""
    rows = groupby(sorted(found), key=lambda pair: pair[0])
    return {row: tuple(code for _, code in each) for row, each in rows}


def first_fix(source: Source) -> Fix | None:
    """The fix of the first finding that has one."""
    return next((each.fix for each in findings(source) if each.fix is not None), None)


@dataclass(frozen=True)
class _Said:
    report: FileReport


def _said(source: Source) -> _Said:
    return _Said(FileReport(source.path, findings(source)))


@cache
def mended(source: Source) -> Repeated[_Said]:
    """What `--fix --unsafe-fixes` makes of a source."""
    return repeat(source, _said(source), _said, lambda fix: fix.applicability is not Applicability.DISPLAY)


def fixed(source: Source) -> Source:
    """The source after its fixes, each from a fresh analysis, until none is left."""
    return mended(source).source
