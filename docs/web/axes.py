"""Axes: the stretch of numbers that a chart shows, and where its ticks stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Axis:
    """The stretch from `low` to `high`, and the `ticks` on it."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """How far a value is on the way from `low` to `high`."""
        return (value - self.low) / (self.high - self.low)


def of_values(values: Iterable[float | None], wanted: int = 5) -> Axis:
    """An axis for LRs: zero is always on it, and there is a little room above the highest and below zero."""
    finite = [value for value in values if value is not None and isfinite(value)]
    low, high = min(0.0, *finite, 0.0), max(0.0, *finite, 0.0)
    if low == high:
        high = 1.0
    room = 0.06 * (high - low)
    low, high = low - room if low < 0 else 0.0, high + room
    step = _step((high - low) / wanted)
    ticks = tuple(_clean(each * step) for each in range(ceil(low / step), floor(high / step) + 1))
    return Axis(low, high, ticks)


def of_updates(last: int, wanted: int = 5) -> Axis:
    """An axis for the numbers of updates or epochs, from 0 to the last one; its ticks are whole numbers."""
    if last <= 0:
        return Axis(0, 1, (0,))
    step = max(1, ceil(_step(last / wanted)))
    return Axis(0, last, tuple(float(each) for each in range(0, last + 1, step)))


def _step(rough: float) -> float:
    """The round number that is as large as `rough`, or next above it."""
    power: float = 10.0 ** floor(log10(rough))
    return next(power * each for each in _STEPS if power * each >= rough * (1 - 1e-9))


def _clean(value: float) -> float:
    """Without the dust of adding fractions up."""
    return float(f"{value:.12g}")
