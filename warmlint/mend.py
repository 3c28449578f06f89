"""The fixes of one file, made and brought to where they are wanted: to the file, or shown.

How fixes follow each other is told by `warmlint.fixes.repeat`, how a file is written by
`warmlint.fixes.write`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from warmlint.discovery import Candidate
from warmlint.discovery.decode import encoding_of
from warmlint.finding import Applicability, Fix, Problem
from warmlint.fixes.encode import RefusedError, encode
from warmlint.fixes.repeat import FaultyFixError, repeat
from warmlint.fixes.write import replace_file
from warmlint.outcome import Fixing, Rewritten
from warmlint.source import Source

if TYPE_CHECKING:
    from warmlint.candidate import Linted


def mend(
    candidate: Candidate, source: Source, linted: Linted, lint: Callable[[Source], Linted], fixing: Fixing
) -> Linted:
    """What is said of `candidate`, which is decoded and `linted`, after its fixes are made.

    Where they cannot be, it is what was said before, and a problem beside it.
    """
    path = candidate.path

    def wanted(fix: Fix) -> bool:
        return fix.applicability is Applicability.SAFE or (
            fix.applicability is Applicability.UNSAFE and fixing.unsafe
        )

    try:
        done = repeat(source, linted, lint, wanted)
        if not done.cured:
            return linted
        after = encode(done.source.text, candidate.data)
        if fixing.write and candidate.file is not None:
            replace_file(candidate.file, candidate.data, after)
    except FaultyFixError as error:
        return _with(
            linted, Problem(path, f"internal error: {error}; the file is left as it was", internal=True)
        )
    except RefusedError as error:
        return _with(linted, Problem(path, str(error), refused=True))
    rewritten = Rewritten(
        path, candidate.file, candidate.data, after, encoding_of(candidate.data), done.cured
    )
    return replace(done.said, rewritten=rewritten)


def _with(linted: Linted, problem: Problem) -> Linted:
    report = linted.report
    return replace(linted, report=replace(report, problems=(*report.problems, problem)))
