"""The terminal, JSON and SARIF tell one and the same fix: what is read back from each are the edits that were
proven. Where there is none, all of them say in words what to do."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import pytest

from tests.fixture_support import Fixture, all_fixtures, findings
from warmlint.finding import Edit, Finding
from warmlint.outcome import RunReport
from warmlint.report import RenderOptions, render
from warmlint.report.changes import changed_lines
from warmlint.report.sarif import LEVELS
from warmlint.source import Position, Source, Span

ONE_OF_EACH: Final = {each.path.parent: each for each in all_fixtures("bad") if each.fixed.path.exists()}
WIDE: Final = RenderOptions(width=2_000)
SHOWN: Final = 12
"""Changed lines that the terminal shows of one fix."""


def each_folder() -> pytest.MarkDecorator:
    """One bad fixture of each rule that has fixes."""
    return pytest.mark.parametrize("fixture", [pytest.param(f, id=f.name) for f in ONE_OF_EACH.values()])


@cache
def rendered(output_format: str, source: Source) -> str:
    """What a format tells of a source."""
    stream, lines = io.StringIO(), source.text.splitlines()
    quotes = {(source.path, row): line for row, line in enumerate(lines, 1)}
    render(output_format, RunReport(findings(source), (), (), 1, 1, 1, quotes), stream, WIDE)
    return stream.getvalue()


def results(source: Source) -> list[dict[str, Any]]:
    """The results of the SARIF log."""
    (run,) = json.loads(rendered("sarif", source))["runs"]
    found: list[dict[str, Any]] = run["results"]
    return found


def edits_of_json(fix: dict[str, Any]) -> list[Edit]:
    return [Edit(span_of(each["location"], each["end_location"]), each["content"]) for each in fix["edits"]]


def span_of(start: dict[str, int], end: dict[str, int]) -> Span:
    return Span(Position(start["row"], start["column"]), Position(end["row"], end["column"]))


def edits_of_sarif(fix: dict[str, Any]) -> list[Edit]:
    (change,) = fix["artifactChanges"]
    return [
        Edit(region(each["deletedRegion"]), each["insertedContent"]["text"])
        for each in change["replacements"]
    ]


def region(told: dict[str, int]) -> Span:
    start, end = (Position(told[f"{each}Line"], told[f"{each}Column"]) for each in ("start", "end"))
    return Span(start, end)


def paragraphs(source: Source) -> Iterator[tuple[Finding, str]]:
    """Each finding, with what the terminal says of it."""
    text, told = rendered("full", source), findings(source)
    heads = [f"{each.path}:{each.span.row}:{each.span.start.column}: " for each in told]
    places = []
    for head in heads:
        places.append(text.index(head, places[-1] + 1 if places else 0))
    for each, start, end in zip(told, places, [*places[1:], len(text)], strict=True):
        yield each, text[start:end]


def is_of(shown: str, line: str) -> bool:
    """Whether a line is what is shown of it: one that is too long has an ellipsis for what is left out."""
    first, *rest = (re.escape(each) for each in shown.rstrip().split("…"))
    return re.fullmatch(".*".join([first, *rest]), line) is not None


@each_folder()
def test_json_and_sarif_tell_the_edits_that_were_proven(fixture: Fixture) -> None:
    told = json.loads(rendered("json", fixture.bare))
    for finding, one, other in zip(findings(fixture.bare), told, results(fixture.bare), strict=True):
        assert (one["code"], other["ruleId"]) == (finding.code, finding.code)
        fix = finding.fix
        if fix is None:
            assert one["fix"] is None
            assert "fixes" not in other
            continue
        (sarif,) = other["fixes"]
        assert edits_of_json(one["fix"]) == edits_of_sarif(sarif) == list(fix.edits)
        assert one["fix"]["message"] == sarif["description"]["text"] == fix.message
        safe = one["fix"]["applicability"], sarif["properties"]["applicability"]
        assert safe == (fix.applicability.value, fix.applicability.value)


@each_folder()
def test_the_terminal_shows_the_lines_that_these_edits_change(fixture: Fixture) -> None:
    quotes = {(fixture.bare.path, row): line for row, line in enumerate(fixture.bare.text.splitlines(), 1)}
    shown = 0
    for (finding, text), other in zip(paragraphs(fixture.bare), results(fixture.bare), strict=True):
        lines = [line[5:] for line in text.splitlines() if line[5:7] in {"- ", "+ "} and "│" not in line]
        (edits,) = [edits_of_sarif(each) for each in other.get("fixes", ())] or [[]]
        changes = changed_lines(finding.path, edits, quotes)
        expected = [
            f"{sign} {line}".rstrip()
            for each in changes
            for sign, texts in (("-", each.removed), ("+", each.added))
            for line in texts
        ]
        assert len(lines) == len(expected[:SHOWN])
        assert all(map(is_of, lines, expected))
        if finding.fix is not None:
            assert f"fix: {finding.fix.message}" in text
            shown += 1
    assert shown


@each_folder()
def test_what_has_no_fix_is_told_in_words(fixture: Fixture) -> None:
    told = json.loads(rendered("json", fixture.bare))
    for (finding, text), one, other in zip(
        paragraphs(fixture.bare), told, results(fixture.bare), strict=True
    ):
        assert other["level"] == LEVELS[finding.severity]
        if finding.fix is None:
            words = finding.suggestion
            assert words
            assert f"help: {words}" in text
            assert one["suggestion"] == words
            assert words in other["message"]["text"]
