"""Draws curves as SVG: what stands on a page where a terminal has dots.

A chart has no colours of its own: its classes are coloured by the page's style sheet, in light and in dark.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from docs.web.axes import Axis
from warmlint.finding import Curve
from warmlint.report.words import number

WIDTH, HEIGHT = 340, 214
_RIGHT, _TOP, _BOTTOM = 22, 28, 40
_GAP, _DIGIT = 7, 7
"""What lies between a label and its axis, and what a digit of a label takes at most."""
_FEW = 24
"""Points that are few enough for each to be marked."""


@dataclass(frozen=True, slots=True)
class Line:
    """A curve, and the class that colours it; `label` stands in the legend, if there is one."""

    curve: Curve
    kind: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves over one pair of axes. `base` is where the base LR lies, None where it is not to be shown."""

    lines: tuple[Line, ...]
    across: Axis
    up: Axis
    unit: str
    scale: str
    base: float | None = None

    @property
    def left(self) -> int:
        """Where the drawing's left edge is: beside the longest label."""
        return _GAP + _DIGIT * max(len(number(tick, 6)) for tick in self.up.ticks)

    def x(self, update: float) -> float:
        """Where an update lies, in units of the drawing."""
        return self.left + self.across.share(update) * (WIDTH - self.left - _RIGHT)

    def y(self, value: float) -> float:
        """Where an LR lies, in units of the drawing."""
        return HEIGHT - _BOTTOM - self.up.share(value) * (HEIGHT - _TOP - _BOTTOM)


def draw(chart: Chart, name: str, title: str, description: str) -> str:
    """The chart as an SVG element to stand in a page. `name` makes the ids within it unique on the page;
    `title` and `description` are what is read aloud."""
    svg = Element(
        "svg",
        {
            "class": "chart",
            "viewBox": f"0 0 {WIDTH} {HEIGHT}",
            "role": "img",
            "aria-labelledby": f"{name}-title {name}-desc",
        },
    )
    SubElement(svg, "title", {"id": f"{name}-title"}).text = title
    SubElement(svg, "desc", {"id": f"{name}-desc"}).text = description
    _frame(svg, chart)
    for line in chart.lines:
        _line(svg, chart, line, filled=len(chart.lines) == 1)
    return ElementTree.tostring(svg, encoding="unicode")


def spark(curve: Curve, across: Axis, up: Axis, width: int = 84, height: int = 24) -> str:
    """A curve alone, small enough for a row of a table. It says nothing that the words beside it do not."""
    svg = Element("svg", {"class": "spark", "viewBox": f"0 0 {width} {height}", "aria-hidden": "true"})

    def spot(at: float, value: float) -> tuple[float, float]:
        return 2 + across.share(at) * (width - 4), height - 3 - up.share(value) * (height - 6)

    runs = [[spot(*each) for each in run] for run in _runs(curve)]
    SubElement(svg, "path", {"class": "bad", "d": " ".join(map(_path, runs))})
    return ElementTree.tostring(svg, encoding="unicode")


def _frame(svg: Element, chart: Chart) -> None:
    left, right, floor = chart.left, WIDTH - _RIGHT, chart.y(max(0.0, chart.up.low))
    _text(svg, 0, 12, chart.scale, "axis")
    for value in chart.up.ticks:
        y = chart.y(value)
        _rule(svg, (left, y), (right, y), "zero" if value == 0 else "grid")
        _text(svg, left - _GAP, y + 3.8, number(value, 6), "tick end")
    for update in chart.across.ticks:
        x = chart.x(update)
        _rule(svg, (x, floor), (x, floor + 4), "zero")
        _text(svg, x, HEIGHT - _BOTTOM + 16, f"{update:,.0f}", "tick middle")
    _text(svg, right, HEIGHT - 6, chart.unit, "axis end")
    if chart.base is not None:
        y = chart.y(chart.base)
        _rule(svg, (left, y), (right, y), "base")
        _text(svg, right, y - 4, "base LR", "tick end")


def _line(svg: Element, chart: Chart, line: Line, *, filled: bool) -> None:
    runs = [[(chart.x(at), chart.y(value)) for at, value in run] for run in _runs(line.curve)]
    zero = chart.y(0.0)
    if filled:
        areas = [[(run[0][0], zero), *run, (run[-1][0], zero)] for run in runs if len(run) > 1]
        if areas:
            SubElement(svg, "path", {"class": f"area {line.kind}", "d": " ".join(map(_path, areas))})
    SubElement(
        svg,
        "path",
        {
            "class": f"line {line.kind}",
            "d": " ".join(map(_path, runs)),
            "data-at": " ".join(map(str, line.curve.at)),
            "data-values": " ".join("-" if value is None else repr(value) for value in line.curve.values),
        },
    )
    if len(line.curve.at) <= _FEW:
        for spot in (spot for run in runs for spot in run):
            x, y = map(_short, spot)
            SubElement(svg, "circle", {"class": f"dot {line.kind}", "cx": x, "cy": y, "r": "2.2"})
    for at, value in zip(line.curve.at, line.curve.values, strict=True):
        if value is None or not isfinite(value):
            _text(svg, chart.x(at), zero + 4, "×", "fails middle")


def _runs(curve: Curve) -> Iterator[list[tuple[int, float]]]:
    """The stretches of a curve that have numbers."""
    run: list[tuple[int, float]] = []
    for at, value in zip(curve.at, curve.values, strict=True):
        if value is not None and isfinite(value):
            run.append((at, value))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _path(spots: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{_short(x)},{_short(y)}" for x, y in spots)


def _rule(svg: Element, start: tuple[float, float], end: tuple[float, float], kind: str) -> None:
    (x1, y1), (x2, y2) = (tuple(map(_short, each)) for each in (start, end))
    SubElement(svg, "line", {"class": kind, "x1": x1, "y1": y1, "x2": x2, "y2": y2})


def _text(svg: Element, x: float, y: float, text: str, kind: str) -> None:
    SubElement(svg, "text", {"class": kind, "x": _short(x), "y": _short(y)}).text = text


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
