"""`warmlint curve FILE[:LINE]`: the LR of each schedule of a file, update by update."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from warmlint.cli.parser import Parser
from warmlint.discovery import Candidate, UnreadableError, read, shown
from warmlint.discovery.read import require_size
from warmlint.limits import MAX_FILE_BYTES
from warmlint.report.curve import curve_report
from warmlint.report.page import EMPTY, Medium, write
from warmlint.workers.files import draw


def run_curve(arguments: Sequence[str]) -> int:
    """Draw each schedule of a file, or the one that a line belongs to."""
    parser = Parser(
        prog="warmlint curve",
        description="Draw the learning rate that each update of a training script uses.",
    )
    parser.add_argument(
        "place", metavar="FILE[:LINE]", help="a file, or a line in it where a schedule stands"
    )
    given = parser.parse(arguments)
    path, row = _place(given.place)
    name = shown(path)
    try:
        data = require_size(sys.stdin.buffer.read(MAX_FILE_BYTES + 1)) if path == "-" else read(path)
    except UnreadableError as error:
        return _fail(f"{name}: {error}")
    drawn = draw(Candidate(name, data, None if path == "-" else path, given=True), row)
    if drawn.problem is not None:
        return _fail(f"{name}: {drawn.problem}")
    if not drawn.views:
        where = name if row is None else f"{name}:{row}"
        others = f"; there are some at line {', '.join(map(str, drawn.rows))}" if drawn.rows else ""
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


def _place(text: str) -> tuple[str, int | None]:
    """`FILE:LINE` taken apart; a file whose name ends in a colon and digits is still found."""
    path, colon, row = text.rpartition(":")
    if colon and row.isdecimal() and not os.path.exists(text):
        return path, int(row)
    return text, None
