"""`warmlint curve FILE[:LINE]`: the LR of each schedule of a file, update by update."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from warmlint.discovery import UnreadableError, read, shown
from warmlint.discovery.decode import decode
from warmlint.finding import Scale
from warmlint.judge import judge
from warmlint.report.curve import CurveView, curve_report
from warmlint.report.page import EMPTY, Medium, write
from warmlint.site import Site


def run_curve(arguments: Sequence[str]) -> int:
    """Draw each schedule of a file, or the one that a line belongs to."""
    parser = argparse.ArgumentParser(
        prog="warmlint curve",
        description="Draw the learning rate that each update of a training script uses.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "place", metavar="FILE[:LINE]", help="a file, or a line in it where a schedule stands"
    )
    given = parser.parse_args(arguments)
    path, row = _place(given.place)
    try:
        source = decode(shown(path), sys.stdin.buffer.read() if path == "-" else read(path))
    except UnreadableError as error:
        return _fail(f"{shown(path)}: {error}")
    judged = judge(source, lambda: ())
    if judged.problems:
        return _fail(f"{shown(path)}: {judged.problems[0].message}")
    sites = [site for site in judged.sites if row is None or _stands_at(site, row)]
    if not sites:
        where = shown(path) if row is None else f"{shown(path)}:{row}"
        rows = sorted({site.schedule.span.row for site in judged.sites})
        others = f"; there are some at line {', '.join(map(str, rows))}" if rows else ""
        return _fail(f"{where}: no schedule stands here that can be drawn{others}")
    medium = Medium.of(sys.stdout)
    for number, site in enumerate(sites):
        if number:
            write([EMPTY], sys.stdout, medium)
        write(curve_report(_view(site), medium), sys.stdout, medium)
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


def _stands_at(site: Site, row: int) -> bool:
    spans = (site.schedule.span, site.factor.span)
    return any(span.start.row <= row <= span.end.row for span in spans)


def _view(site: Site) -> CurveView:
    trace = site.trace
    return CurveView(
        path=site.source.path,
        span=site.schedule.span,
        construct=site.schedule.construct,
        source_text=site.factor.text,
        unit=site.unit,
        scale=Scale.FACTOR if trace.base_lr is None else Scale.LR,
        base_lr=trace.base_lr,
        settings=site.words.settings(trace.valuation),
        readings=tuple(trace.reading(tick) for tick in trace.key_ticks()),
        curve=trace.curve(site.unit),
        note=site.words.note,
    )
