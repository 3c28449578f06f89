"""`warmlint curve FILE[:LINE]`: the LR of each schedule of a file, update by update."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import Final

from warmlint.cli.parser import Parser
from warmlint.discovery import Candidate, UnreadableError, read, shown
from warmlint.discovery.read import require_size
from warmlint.limits import MAX_NOTEBOOK_BYTES
from warmlint.report.curve import curve_report
from warmlint.report.page import EMPTY, Medium, write
from warmlint.workers.files import draw

_PLACE: Final = re.compile(r"(?P<path>.+?)(?::cell (?P<cell>\d{1,9}))?:(?P<row>\d{1,9})", re.DOTALL)


def run_curve(arguments: Sequence[str]) -> int:
    """Draw each schedule of a file, or the one that a line belongs to."""
    parser = Parser(
        prog="warmlint curve",
        description="Draw the learning rate that each update of a training script uses.",
    )
    parser.add_argument(
        "place",
        metavar="FILE[:LINE]",
        help="a file, or a line in it where a schedule stands (`FILE:cell N:LINE` in a notebook)",
    )
    given = parser.parse(arguments)
    path, cell, row = _place(given.place)
    name = shown(path)
    try:
        data = _stdin() if path == "-" else read(path)
    except UnreadableError as error:
        return _fail(f"{name}: {error}")
    drawn = draw(Candidate(name, data, None if path == "-" else path, given=True), row, cell)
    if drawn.problem is not None:
        return _fail(f"{name}: {drawn.problem}")
    if not drawn.views:
        where = name if row is None else shown(given.place)
        others = f"; there are some at {', '.join(drawn.rows)}" if drawn.rows else ""
        return _fail(f"{where}: no schedule stands here that can be drawn{others}")
    medium = Medium.of(sys.stdout)
    for number, view in enumerate(drawn.views):
        if number:
            write([EMPTY], sys.stdout, medium)
        write(curve_report(view, medium), sys.stdout, medium)
    return 0


def _fail(message: str) -> int:
    print(f"warmlint: error: {message}", file=sys.stderr)
    return 2


def _stdin() -> bytes:
    return require_size(sys.stdin.buffer.read(MAX_NOTEBOOK_BYTES + 1), "-")


def _place(text: str) -> tuple[str, int | None, int | None]:
    """`FILE:LINE`, or `FILE:cell N:LINE` of a notebook, taken apart; a file whose name ends in a colon and
    digits is still found."""
    found = _PLACE.fullmatch(text)
    if found is None or os.path.exists(text):
        return text, None, None
    return found["path"], int(found["cell"]) if found["cell"] else None, int(found["row"])
