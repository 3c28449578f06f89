"""Where places in a notebook are: in which cell and on which of its lines, or on which row of its file.

A report has them in the text of all cells together. A format for people or for tools that know cells takes
them `in_cells`, one that knows rows of files alone `in_files`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from warmlint.finding import Finding, Fix, SiteReference, Unknown
from warmlint.outcome import RunReport
from warmlint.source import Cell, Position, Span, cell_at, file_row


def cell_of(span: Span, cells: Sequence[Cell]) -> int | None:
    """The number of the cell in which a span starts; None outside of notebooks."""
    cell = cell_at(cells, span.row)
    return None if cell is None else cell.number


def row_in_cell(row: int, cells: Sequence[Cell]) -> int:
    """A row, counted from the first of its cell."""
    cell = cell_at(cells, row)
    return row if cell is None else row - cell.row + 1


def in_cell(span: Span, cells: Sequence[Cell]) -> Span:
    """A span as its cell counts rows."""
    return Span(*(Position(row_in_cell(at.row, cells), at.column) for at in (span.start, span.end)))


def in_cells(report: RunReport) -> RunReport:
    """The report with the places of notebooks counted within their cells."""
    if not report.cells:
        return report

    def placed(finding: Finding) -> Finding:
        cells = report.cells.get(finding.path, ())
        if not cells:
            return finding
        return replace(
            finding,
            span=in_cell(finding.span, cells),
            cell=cell_of(finding.span, cells),
            site=finding.site and _site_in_cell(finding.site, cells),
            fix=finding.fix and _fix_in_cells(finding.fix, cells),
        )

    def placed_unknown(unknown: Unknown) -> Unknown:
        cells = report.cells.get(unknown.path, ())
        return replace(unknown, span=in_cell(unknown.span, cells), cell=cell_of(unknown.span, cells))

    return report._replace(
        findings=tuple(map(placed, report.findings)), unknowns=tuple(map(placed_unknown, report.unknowns))
    )


def in_files(report: RunReport) -> RunReport:
    """The report with the places of notebooks on the rows of their files, whole rows, and the cell told in
    the message. A fix is left out: what it writes is not what stands there."""
    if not report.cells:
        return report
    quotes = dict(report.quotes)

    def placed(finding: Finding) -> Finding:
        cells = report.cells.get(finding.path, ())
        if not cells:
            return finding
        row = file_row(finding.span.row, cells)
        quotes[finding.path, row] = report.quotes.get((finding.path, finding.span.row), "")
        span = Span(Position(row, 1), Position(file_row(finding.span.end.row, cells) + 1, 1))
        where = f"cell {cell_of(finding.span, cells)}, line {row_in_cell(finding.span.row, cells)}"
        return replace(finding, span=span, message=f"{where}: {finding.message}", fix=None)

    return report._replace(findings=tuple(map(placed, report.findings)), quotes=quotes)


def _site_in_cell(site: SiteReference, cells: Sequence[Cell]) -> SiteReference:
    at = Position(site.row, 1)
    return replace(site, row=row_in_cell(site.row, cells), cell=cell_of(Span(at, at), cells))


def _fix_in_cells(fix: Fix, cells: Sequence[Cell]) -> Fix:
    edits = (
        replace(edit, span=in_cell(edit.span, cells), cell=cell_of(edit.span, cells)) for edit in fix.edits
    )
    return replace(fix, edits=tuple(edits))
