"""A trace: the LR of each update under one valuation, from schedule and loop together."""

from __future__ import annotations

from dataclasses import dataclass

from warmlint.expr import Node, Symbol
from warmlint.finding import Curve, Reading
from warmlint.limits import MAX_CURVE_POINTS, MAX_EVENTS
from warmlint.schedule.evaluate import FailureKind, Outcome, outcome
from warmlint.schedule.roles import Length, Roles
from warmlint.schedule.valuations import Valuation
from warmlint.trace.simulate import Clock

_FAR = 10**9
"""A length beyond which nobody trains."""
_SHOWN_EPOCHS = 4
"""Epochs that are drawn of a loop in which ticks are told lower numbers again."""


@dataclass(frozen=True, slots=True)
class Trace:
    """The LRs of one run.

    Values are LRs where the factor is one or `base_lr` is known, else factors; before the first tick of a
    schedule that is not applied until then, the LR is `unwritten`. `reach` is the last tick that an update
    runs at, None where the run has no end in sight.
    """

    factor: Node
    tick: Symbol
    roles: Roles
    valuation: Valuation
    clock: Clock
    reach: int | None
    base_lr: float | None
    unwritten: float | None = None
    multiplies: bool = False

    def factor_at(self, tick: float) -> Outcome:
        """The factor at a tick number."""
        return outcome(self.factor, {**self.valuation.values, self.tick: tick})

    def value(self, tick: float) -> tuple[float | None, str | None]:
        """The LR (or factor) at a tick number, or what happens in its place."""
        if tick < 0:
            return self.unwritten, None if self.unwritten is not None else "is the optimizer's own"
        if self.multiplies:
            return self._product(int(tick))
        found = self.factor_at(tick)
        if found.failure is not None:
            return None, str(found.failure.kind.value)
        if not isinstance(found.value, (int, float)):
            return None, FailureKind.TYPE.value
        try:
            # As torch computes it: base LR times factor, in that order.
            return float(found.value if self.base_lr is None else self.base_lr * found.value), None
        except OverflowError:
            return None, FailureKind.OVERFLOW.value

    def _product(self, tick: int) -> tuple[float | None, str | None]:
        """What `MultiplicativeLR` has made of the base LR by a tick: times the factors of all ticks but 0."""
        lr = 1.0 if self.base_lr is None else self.base_lr
        for each in range(1, min(tick, MAX_EVENTS) + 1):
            found = self.factor_at(each)
            if found.number is None:
                kind = found.failure.kind if found.failure is not None else FailureKind.TYPE
                return None, kind.value
            lr *= found.number
        return lr, None

    def reading(self, tick: float, expected: float | None = None) -> Reading:
        """What the first update that runs at a tick number uses."""
        value, failure = self.value(tick)
        update = self.clock.update_at(tick)
        return Reading(int(tick) if update is None else update, tick, value, failure, expected)

    def reading_of(self, update: int) -> Reading:
        """What an update uses."""
        tick = self.clock.tick_of(update)
        value, failure = self.value(tick)
        return Reading(update, tick, value, failure)

    def length(self, length: Length | None) -> int | None:
        """How long a length is, in ticks."""
        if length is None:
            return None
        value = outcome(length.node, self.valuation.values).number
        return int(value) if value is not None and abs(value) < _FAR else None

    def key_ticks(self) -> list[float]:
        """The ticks that matter: the start, around the end of warmup, and the end of the run."""
        wanted: set[float] = {0, 1, 2}
        warmup, total = self.length(self.roles.warmup), self.length(self.roles.total)
        if warmup is not None and warmup > 0:
            wanted.update((warmup - 1, warmup, warmup + 1, 2 * warmup))
        if total is not None and total > 0:
            wanted.update((total - 1, total))
        if self.reach is not None:
            wanted.add(self.reach)
        return sorted(tick for tick in wanted if self._runs_at(tick))

    def until_it_fails(self) -> list[float]:
        """The ticks that matter, up to the first at which there is no LR: none comes after it."""
        ticks = self.key_ticks()
        failing = next(
            (n for n, tick in enumerate(ticks) if self.factor_at(tick).failure is not None), len(ticks)
        )
        return ticks[: failing + 1]

    def curve(self, unit: str) -> Curve:
        """The trace in as many points as can be drawn, counted in `unit`s; where it has no end in sight, a
        few warmups of it; where the schedule is told numbers that fall back, a few epochs of the loop."""
        if self.clock.falls and unit != "epoch":
            return self._of_updates()
        last = int(max(self.key_ticks(), default=1))
        if self.reach is None:
            last = max(last, 2 * (self.length(self.roles.warmup) or 5), 10)
        ticks: list[float] = sorted({*_spread(last), self.clock.first})
        readings = [self.reading(tick) for tick in ticks if self._runs_at(tick)]
        at = (int(each.tick) if unit == "epoch" else each.update for each in readings)
        return Curve(tuple(at), tuple(each.value for each in readings))

    def _of_updates(self) -> Curve:
        """The LR of updates, one after the other, whatever the ticks that they run at."""
        made = sum(updates for _, updates in self.clock.runs)
        shown = sum(each.updates for each in self.clock.passes[:_SHOWN_EPOCHS]) or made
        at = _spread(min(shown, made) - 1)
        return Curve(at, tuple(self.reading_of(update).value for update in at))

    def _runs_at(self, tick: float) -> bool:
        return tick >= self.clock.first and (self.reach is None or tick <= self.reach)


def _spread(last: int) -> tuple[int, ...]:
    """The numbers from 0 to `last`, or as many of them as can be drawn."""
    count = min(last + 1, MAX_CURVE_POINTS)
    return tuple(sorted({round(point * last / max(1, count - 1)) for point in range(count)}))
