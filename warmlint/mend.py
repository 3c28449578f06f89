"""The fixes of one file: made where it is linted, and brought to where they are wanted by the run.

How fixes follow each other is told by `warmlint.fixes.repeat`, how a file is written by
`warmlint.fixes.write`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from warmlint.discovery import Candidate
from warmlint.discovery.notebook import cells_of
from warmlint.finding import Applicability, Fix, Problem
from warmlint.fixes.encode import RefusedError, encode, encoding_at
from warmlint.fixes.repeat import FaultyFixError, repeat
from warmlint.fixes.write import replace_file
from warmlint.linted import Linted, Mended
from warmlint.outcome import Fixing, Rewritten
from warmlint.source import Source


def mend(source: Source, linted: Linted, lint: Callable[[Source], Linted], *, unsafe: bool) -> Linted:
    """What is said of a source that is `linted`, with its fixes made beside it; with a problem where they
    cannot be."""

    def wanted(fix: Fix) -> bool:
        return fix.applicability is Applicability.SAFE or (
            fix.applicability is Applicability.UNSAFE and unsafe
        )

    try:
        done = repeat(source, linted, lint, wanted)
    except FaultyFixError as error:
        message = f"internal error: {error}; the file is left as it was"
        return _with(linted, Problem(source.path, message, internal=True))
    if not done.cured:
        return linted
    return replace(linted, mended=Mended(done.source.text, done.cured, done.said))


def bring(candidate: Candidate, linted: Linted, fixing: Fixing) -> tuple[Linted, Rewritten | None]:
    """What is said of a file once its fixes are where they are wanted: in the file, or in what is shown.

    Where they cannot be, it is what was said before, and a problem beside it.
    """
    mended = linted.mended
    if mended is None:
        return linted, None
    try:
        after = encode(candidate.path, mended.text, candidate.data)
        if fixing.write and candidate.file is not None:
            replace_file(candidate.file, candidate.data, after)
    except RefusedError as error:
        return _with(linted, Problem(candidate.path, str(error), refused=True)), None
    encoding = encoding_at(candidate.path, candidate.data)
    path, before, file, _ = candidate
    cells, then = linted.report.cells, mended.then
    rewritten = Rewritten(path, file, before, after, encoding, mended.cured, cells)
    if cells:
        report = replace(then.report, cells=cells_of(after))
        then = replace(then, report=report)
    return then, rewritten


def _with(linted: Linted, problem: Problem) -> Linted:
    report = linted.report
    return replace(linted, report=replace(report, problems=(*report.problems, problem)))
