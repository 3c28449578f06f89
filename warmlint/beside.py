"""Two schedules of one optimizer: whether one goes on to write the LR after the other has changed it.

Each is read by itself, from the same code; their ticks are told apart by the loops that are around both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from warmlint.expr import Node, symbols
from warmlint.facts.model import Factor, Plateau, Schedule
from warmlint.finding import Status
from warmlint.program import expressions
from warmlint.schedule.decide import Verdict
from warmlint.schedule.evaluate import outcome
from warmlint.schedule.valuations import Valuation, space_of
from warmlint.trace.passes import Passes, Place, passes

if TYPE_CHECKING:
    from warmlint.site import Site

_LOOKED_AT: Final = 6
"""Valuations that are run."""
_TICKS: Final = 1_000
"""Ticks in which a schedule should change the LR."""
_WRITERS: Final = frozenset({"LambdaLR", "OneCycleLR", "CyclicLR", "CosineAnnealingWarmRestarts"})
"""Torch's schedulers that compute the LR anew; the others change the one that they find."""
_LIBRARIES: Final = frozenset({"transformers", "timm", "diffusers", "pytorch_transformers"})
"""Libraries whose schedules all compute it anew."""


@dataclass(frozen=True, slots=True)
class Met:
    """A change of the LR that is overwritten: the tick of the other schedule that makes it."""

    verdict: Verdict
    change: int


def is_writer(schedule: Schedule) -> bool:
    """Whether a schedule computes the LR from the base LR, and never looks at what it has become."""
    if schedule.library is not None:
        return schedule.library in _LIBRARIES
    if schedule.construct in _WRITERS:
        return True
    if schedule.construct == "param_groups":
        return not schedule.defined and not any(
            each.name.endswith(")") and not each.name.startswith("len(")
            for factor in schedule.factors
            for each in symbols(factor.expression)
        )
    if schedule.parts:
        return schedule.construct == "SequentialLR" and all(
            each.construct in _WRITERS for each in schedule.parts
        )
    return not schedule.derived and not any(each.multiplies for each in schedule.factors)


def is_ramp(schedule: Schedule) -> bool:
    """Whether a schedule scales the LR that it finds for so many ticks, and then rests."""
    return schedule.library is None and schedule.construct in {"LinearLR", "ConstantLR"}


def shares_optimizer(schedule: Schedule, other: Schedule | Plateau) -> bool:
    """Whether two schedules are made for one optimizer."""
    mine, its = schedule.optimizer, other.optimizer
    if mine.name != its.name or mine.span != its.span:
        return False
    return mine.span is not None or schedule.function == other.function


def may_meet(schedule: Schedule, other: Schedule) -> bool:
    """Whether one run may make two schedules of one function: no `if` makes the one or the other."""
    for (chain, suite), (its_chain, its_suite) in zip(schedule.suites, other.suites, strict=False):
        if suite != its_suite:
            return chain != its_chain
    return True


def met(site: Site, other: Schedule | Plateau) -> Met | None:
    """The first change of the LR by another schedule after which the site's goes on to write it; None where
    none is known. A plateau changes it as soon as its patience lets it."""
    own, its = site.loop, other.loop
    if not own.ticks or not its.ticks or set(own.ticks) & set(its.ticks):
        return None
    roots = [site.factor.expression, *expressions(own.program), *expressions(its.program)]
    roots += [other.patience] if isinstance(other, Plateau) else [other.factors[0].expression]
    space = space_of(roots, site.roles)
    found: list[tuple[Valuation, int]] = []
    for valuation in (*space.own[:1], *space.sample[:_LOOKED_AT]):
        asked = _Asked(site, other, valuation)
        number = asked.change
        if number is None:
            if valuation.given:
                return None  # the source's own run does not get there
            continue
        goes_on = asked.goes_on(number)
        if goes_on is False:
            return None
        if goes_on:
            found.append((valuation, number))
    if not found:
        return None
    valuation, number = found[0]
    status = Status.WITNESSED if valuation.given else Status.PROVED
    reason = "both tick in one loop, and nothing stops the one that computes the LR anew"
    return Met(Verdict(status, reason, valuation, len(found)), number)


@dataclass(frozen=True)
class _Asked:
    """The two, under one valuation."""

    site: Site
    other: Schedule | Plateau
    valuation: Valuation

    @property
    def handed(self) -> bool:
        """Whether a framework is handed both, and so ticks both."""
        own, its = self.site.loop.owner, self.other.loop.owner
        if own is None or its is None or own.name != its.name or own.at == its.at:
            return False
        return own.once and its.once and self.site.schedule.function == self.other.function

    @cached_property
    def its(self) -> Passes:
        """The ticks of the other."""
        return passes(self.other.loop.program, self.valuation.values)

    @property
    def change(self) -> int | None:
        """The number of the other's tick that changes the LR; None where the run has none, or it is not
        known."""
        ticks = _TICKS if self.handed else len(self.its.ticks)
        if isinstance(self.other, Schedule):
            return _change(self.other.factors[0], self.valuation, ticks)
        patience = outcome(self.other.patience, self.valuation.values).number
        # The first tick sets the best value, and so many after it are borne.
        return int(patience) + 2 if patience is not None and patience + 2 <= ticks else None

    def goes_on(self, number: int) -> bool | None:
        """Whether the site's schedule writes the LR after that tick; None where the run is too long."""
        schedule = self.site.schedule
        end = self._number(self.site.factor.given.get("total_iters")) if is_ramp(schedule) else None
        if self.handed:
            own, its = schedule.loop.owner, self.other.loop.owner
            assert own is not None
            assert its is not None
            return not is_ramp(schedule) or (own.unit is its.unit and end is not None and number < end)
        run = passes(schedule.loop.program, self.valuation.values)
        ticks = run.ticks if not is_ramp(schedule) else run.ticks[: int(end or 0)]
        change = self.its.ticks[number - 1]
        if any(
            each.is_after(change) and each.happens_with(change) and self._writes(each)
            for each in reversed(ticks)
        ):
            return True
        return None if run.cut and not is_ramp(schedule) else False

    def _writes(self, tick: Place) -> bool:
        """Whether code that is told a tick number writes an LR for it."""
        if tick.number is None:
            return True
        factor = self.site.factor
        found = outcome(factor.expression, {**self.valuation.values, factor.tick: tick.number})
        return found.number is not None

    def _number(self, each: Node | None) -> float | None:
        return outcome(each, self.valuation.values).number if each is not None else None


def _change(factor: Factor, valuation: Valuation, ticks: int) -> int | None:
    """The first tick at which a schedule changes the LR; None where none of so many does or is known to."""

    def at(tick: int) -> float | None:
        return outcome(factor.expression, {**valuation.values, factor.tick: tick}).number

    before = at(0)
    for tick in range(1, min(ticks, _TICKS) + 1):
        now = at(tick)
        if now is None:
            return None
        if now != (1 if factor.multiplies else before):
            return tick
        before = now
    return None
