"""What is said of files, narrowed to the rows that are new."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from warmlint.discovery import Candidate
from warmlint.linted import Linted
from warmlint.since import Rows
from warmlint.source import Cell, Span, file_row

_Kind = TypeVar("_Kind")


def narrow(
    candidates: Sequence[Candidate],
    said: Sequence[Linted],
    changed: Callable[[Sequence[Candidate]], Mapping[str, Rows]],
) -> list[Linted]:
    """What is `said` of each file, without what stands on old rows alone; only files of which there is
    something to say are asked for."""
    spoken = [
        candidate
        for candidate, linted in zip(candidates, said, strict=True)
        if linted.report.findings or linted.report.unknowns
    ]
    rows = changed(spoken) if spoken else {}
    return [
        _narrowed(linted, rows.get(candidate.path, frozenset()))
        for candidate, linted in zip(candidates, said, strict=True)
    ]


def _narrowed(linted: Linted, rows: Rows) -> Linted:
    report, cells = linted.report, linted.report.cells
    kept = [number for number, finding in enumerate(report.findings) if _meets(finding.span, rows, cells)]

    def of(values: tuple[_Kind, ...]) -> tuple[_Kind, ...]:
        return tuple(values[number] for number in kept) if values else ()

    return replace(
        linted,
        report=replace(
            report,
            findings=of(report.findings),
            unknowns=tuple(each for each in report.unknowns if _meets(each.span, rows, cells)),
        ),
        replays=of(linted.replays),
        fingerprints=of(linted.fingerprints),
    )


def _meets(span: Span, rows: Rows, cells: Sequence[Cell]) -> bool:
    return any(file_row(row, cells) in rows for row in range(span.start.row, span.end.row + 1))
