"""The report that a person reads: where, what, the numbers, the curve, on what they rest, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TextIO

from warmlint.finding import (
    Applicability,
    Confidence,
    Curve,
    Finding,
    Problem,
    Severity,
)
from warmlint.outcome import Rewritten, RunReport, clean, count
from warmlint.report import RenderOptions
from warmlint.report.changes import Quotes, changed_lines, difference
from warmlint.report.chart import draw
from warmlint.report.fixing import fixable
from warmlint.report.page import (
    EMPTY,
    Line,
    Medium,
    Piece,
    Tone,
    beside,
    cells,
    excerpt,
    length,
    visible,
    wrap,
    write,
)
from warmlint.report.places import cell_of, in_cell, row_in_cell
from warmlint.report.readings import table
from warmlint.report.words import place, settings_sentence, tone_of
from warmlint.source import Cell, Span

_CHART_HEIGHT, _CHART_NARROWEST, _CHART_WIDEST = 4, 26, 44
_GAP = 4
_MOST_CHANGED = 12

_PROMISE = {
    Applicability.SAFE: "fix",
    Applicability.UNSAFE: "unsafe fix",
    Applicability.DISPLAY: "fix, to be made by hand",
}


def render(report: RunReport, stream: TextIO, options: RenderOptions) -> None:
    """Write the page about `report`."""
    medium = Medium.of(stream, options.width, options.colour)
    lines = page(report, medium, show_unknown=options.show_unknown, unsafe_fixes=options.unsafe_fixes)
    write(lines, stream, medium)


def page(
    report: RunReport, medium: Medium, *, show_unknown: bool = False, unsafe_fixes: bool | None = None
) -> Iterator[Line]:
    """The lines of the page about `report`."""
    for finding in report.findings:
        yield from _finding(finding, report, medium)
        yield EMPTY
    if report.unknowns and show_unknown:
        yield from _unknowns(report, medium)
        yield EMPTY
    if report.rewritten:
        yield from _fixed(report.rewritten, medium)
        yield EMPTY
    yield from _summary(report, medium)
    for words in wrap(fixable(report, unsafe_fixes), medium.width):
        yield (Piece(words, Tone.FAINT),)
    if report.unknowns and not show_unknown:
        schedules = len({(unknown.path, unknown.span) for unknown in report.unknowns})
        them = "it" if schedules == 1 else "them"
        words = f"{count(schedules, 'schedule')} could not be judged; see {them} with --show-unknown"
        yield (Piece(words, Tone.FAINT),)


def write_problems(problems: Iterable[Problem], stream: TextIO, options: RenderOptions | None = None) -> None:
    """Say what could not be linted, a sentence each."""
    options = options or RenderOptions()
    medium = Medium.of(stream, options.width, options.colour)
    write((_problem(problem, medium) for problem in problems), stream, medium)


def _problem(problem: Problem, medium: Medium) -> Line:
    words = f": {visible(problem.path, medium)}: {visible(problem.message, medium)}"
    return (Piece("error", Tone.ERROR), Piece(words))


def _finding(finding: Finding, report: RunReport, medium: Medium) -> Iterator[Line]:
    tone, quotes = tone_of(finding.severity), report.quotes
    cells = report.cells.get(finding.path, ())
    margin = _Margin.of(finding, medium, cells)
    yield _head(finding, cells, tone, medium)
    for text in wrap(visible(finding.message, medium), medium.width - 2):
        yield (Piece("  "), Piece(text, Tone.STRONG))
    for block in (
        _quote(finding, quotes, margin, tone, medium),
        margin.indent(_numbers(finding, tone, margin.room, medium)),
        (
            *margin.indent(_grounds(finding, margin.room, medium)),
            *margin.indent(_help(finding, margin.room, medium)),
            *_changes(finding, quotes, margin, medium),
        ),
    ):
        lines = list(block)
        if lines:
            yield EMPTY
            yield from lines


@dataclass(frozen=True, slots=True)
class _Margin:
    """The column of row numbers that all of a finding is set against."""

    digits: int
    room: int
    notebook: Sequence[Cell] = ()

    @classmethod
    def of(cls, finding: Finding, medium: Medium, notebook: Sequence[Cell]) -> _Margin:
        spans = [finding.span, *(edit.span for edit in (finding.fix.edits if finding.fix else ()))]
        digits = max(4, *(len(str(span.end.row + 1)) for span in spans))
        return cls(digits, medium.width - digits - 3, notebook)

    def mark(self, row: int | None, sign: str, tone: Tone = Tone.FAINT) -> tuple[Piece, ...]:
        number = "" if row is None else str(row_in_cell(row, self.notebook))
        return (Piece(f"{number:>{self.digits}} ", Tone.FAINT), Piece(f"{sign} ", tone))

    def indent(self, lines: Iterable[Line]) -> Iterator[Line]:
        for line in lines:
            yield (Piece(" " * (self.digits + 3)), *line) if line else EMPTY


def _head(finding: Finding, notebook: Sequence[Cell], tone: Tone, medium: Medium) -> Line:
    doubt = "" if finding.confidence is Confidence.HIGH else f" ({finding.confidence.value} confidence)"
    return (
        Piece(_place(finding.path, finding.span, notebook, medium)),
        Piece(": "),
        Piece(finding.severity.value, tone),
        Piece(f" {visible(finding.code, medium)}", tone),
        Piece(f" {visible(finding.name, medium)}"),
        Piece(doubt, Tone.FAINT),
    )


def _quote(finding: Finding, quotes: Quotes, margin: _Margin, tone: Tone, medium: Medium) -> Iterator[Line]:
    """The line on which the finding stands, and carets under what it is about."""
    span = finding.span
    text = quotes.get((finding.path, span.row))
    if text is None:
        return
    end = span.end.column if span.end.row == span.row else len(text.rstrip()) + 1
    shown = excerpt(text, span.start.column - 1, end - 1, margin.room, medium)
    bar = "│" if medium.unicode else "|"
    yield (*margin.mark(span.row, bar), Piece(shown.before + shown.marked + shown.after))
    carets = "^" * max(cells(shown.marked), 1)
    yield (*margin.mark(None, bar), Piece(" " * cells(shown.before)), Piece(carets, tone))


def _numbers(finding: Finding, tone: Tone, room: int, medium: Medium) -> list[Line]:
    """The table, and the chart beside it where there is room, else below it."""
    evidence, fix = finding.evidence, finding.fix
    if evidence is None:
        return []
    after = fix.after if fix else ()
    left = table(
        evidence.readings,
        after,
        scale=evidence.scale,
        medium=medium,
        width=room,
        tone=tone,
        unit=evidence.unit,
    )
    curves = [curve for curve in (evidence.curve, fix.curve if fix else None) if curve and _drawable(curve)]
    if not curves:
        return left
    spare = room - max(map(length, left), default=0) - _GAP
    width = min(spare if spare >= _CHART_NARROWEST else room, _CHART_WIDEST)
    dash, dots = ("⠤⠤ ", "⠄⠠ ") if medium.unicode else ("-- ", ".. ")
    legend: Line = ()
    if len(curves) > 1:
        legend = (Piece(f"{dash}now  ", tone), Piece(f"{dots}after fix", Tone.GOOD))
    chart = draw(curves, width, _CHART_HEIGHT, not medium.unicode, tones=(tone, Tone.GOOD), legend=legend)
    if not left:
        return chart
    return beside(left, chart, _GAP) if spare >= _CHART_NARROWEST else [*left, EMPTY, *chart]


def _drawable(curve: Curve) -> bool:
    """Whether a picture says more than a table: at least two values, some of them numbers."""
    return len(curve.values) > 1 and any(value is not None and isfinite(value) for value in curve.values)


def _grounds(finding: Finding, room: int, medium: Medium) -> Iterator[Line]:
    """How the finding was decided, by whom, and the values that its numbers rest on."""
    evidence = finding.evidence
    if evidence is None:
        return
    how = evidence.status.value + (f": {evidence.reason}" if evidence.reason else "")
    who = f" ({count(evidence.valuations, 'valuation')}, {evidence.engine})"
    for words in (how + who, settings_sentence(evidence.settings, evidence.base_lr)):
        for text in wrap(visible(words, medium), room):
            yield (Piece(text, Tone.FAINT),)


def _help(finding: Finding, room: int, medium: Medium) -> Iterator[Line]:
    told = []
    if finding.suggestion and not (finding.fix and finding.fix.message == finding.suggestion):
        told.append(("help", finding.suggestion))
    if finding.fix:
        told.append((_PROMISE[finding.fix.applicability], finding.fix.message))
    for label, words in told:
        first, *rest = wrap(f"{label}: {visible(words, medium)}", room)
        yield (Piece(first[: len(label)], Tone.BETTER), Piece(first[len(label) :]))
        for text in rest:
            yield (Piece(text),)


def _changes(finding: Finding, quotes: Quotes, margin: _Margin, medium: Medium) -> Iterator[Line]:
    """The lines that a fix changes, before and after; nothing where a line of them is not known."""
    edits = finding.fix.edits if finding.fix else ()
    signs = (("-", Tone.BAD, Tone.ERROR), ("+", Tone.GOOD, Tone.BETTER))
    lines: list[Line] = []
    for change in changed_lines(finding.path, edits, quotes):
        alike = len(change.removed) == len(change.added)
        longest = max(map(len, change.removed + change.added))
        for (sign, tone, strong), texts, others in zip(
            signs, (change.removed, change.added), (change.added, change.removed), strict=True
        ):
            for index, text in enumerate(texts):
                start, end = difference(text, others[index]) if alike else (0, 0)
                shown = excerpt(text, start, end, margin.room, medium, longest - len(text))
                number = change.row + index if sign == "-" or alike else None
                lines.append(
                    (
                        *margin.mark(number, sign, tone),
                        Piece(shown.before, tone),
                        Piece(shown.marked, strong),
                        Piece(shown.after, tone),
                    )
                )
    yield from lines[:_MOST_CHANGED]
    if len(lines) > _MOST_CHANGED:
        rest = f"and {count(len(lines) - _MOST_CHANGED, 'more line')}"
        yield from margin.indent([(Piece(rest, Tone.FAINT),)])


def _place(path: str, span: Span, notebook: Sequence[Cell], medium: Medium) -> str:
    return place(path, in_cell(span, notebook), cell_of(span, notebook), medium)


def _unknowns(report: RunReport, medium: Medium) -> Iterator[Line]:
    yield (Piece("Not judged", Tone.STRONG),)
    for unknown in report.unknowns:
        notebook = report.cells.get(unknown.path, ())
        yield (Piece(f"  {_place(unknown.path, unknown.span, notebook, medium)}"),)
        words = f"{unknown.subject}: {unknown.reason}"
        for text in wrap(visible(words, medium), medium.width - 4):
            yield (Piece(f"    {text}", Tone.FAINT),)


def _fixed(rewritten: Iterable[Rewritten], medium: Medium) -> Iterator[Line]:
    """The findings that fixes have cured, where they stood, and what was done."""
    yield (Piece("Fixed", Tone.STRONG),)
    for file in rewritten:
        for finding in file.cured:
            where = _place(finding.path, finding.span, file.cells, medium)
            yield (Piece(f"  {where}: {visible(finding.code, medium)} {visible(finding.name, medium)}"),)
            words = finding.fix.message if finding.fix is not None else finding.message
            for text in wrap(visible(words, medium), medium.width - 4):
                yield (Piece(f"    {text}", Tone.FAINT),)


def _summary(report: RunReport, medium: Medium) -> Iterator[Line]:
    files, schedules = count(report.files, "file"), count(report.schedules, "schedule")
    if not report.findings and not report.rewritten:
        if report.problems:
            words = f": {schedules} in {files}, {count(len(report.problems), 'problem')}"
            yield (Piece("Nothing found", Tone.STRONG), Piece(words))
        else:
            words, rest = clean(report).split(":", 1)
            yield (Piece(words, Tone.BETTER), Piece(f":{rest}"))
        return
    told: list[Piece] = []
    if report.rewritten:
        told = [Piece(", "), Piece(f"{report.fixed} fixed", Tone.BETTER)]
        told += [Piece(", "), Piece(f"{len(report.findings)} remaining")]
    else:
        for severity in reversed(Severity):
            number = sum(finding.severity is severity for finding in report.findings)
            if number:
                told += [Piece(", "), Piece(count(number, severity.value), tone_of(severity))]
    bad = len({*(each.path for each in report.findings), *(each.path for each in report.rewritten)})
    line = (
        Piece(f"Found {count(len(report.findings) + report.fixed, 'finding')}", Tone.STRONG),
        Piece(" ("),
        *told[1:],
        Piece(f") in {bad} of {files}"),
    )
    judged = f"{schedules} judged"
    if length(line) + 2 + len(judged) <= medium.width:
        yield (*line, Piece(f", {judged}"))
    else:
        yield (*line, Piece(","))
        yield (Piece(judged),)
