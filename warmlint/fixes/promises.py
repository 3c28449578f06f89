"""What the curve of a fixed schedule must be, as rules promise it and `warmlint.fixes.prove` holds it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import isclose

from warmlint.schedule.evaluate import outcome
from warmlint.site import Site
from warmlint.term import Term

Promise = Callable[[Site], bool]

_SEEN = 100
"""Updates that are compared."""


def ticks_earlier(before: Site, by: float) -> Promise:
    """Every update runs `by` ticks before the one that it runs at now."""
    now = _ticks(before)
    return lambda after: _ticks(after) == [tick - by for tick in now]


def updates_sooner(before: Site, by: int) -> Promise:
    """Every update runs at the tick that the one `by` updates after it runs at now."""
    last = min(_SEEN, sum(updates for _, updates in before.clock.runs) - by)
    now = [before.clock.tick_of(update + by) for update in range(last)]
    return lambda after: now == [after.clock.tick_of(update) for update in range(last)]


def starts_with_the_next(before: Site, first: float) -> Promise:
    """The tick `first` has the LR that the one after it has now, or one on the way there, and the warmup's
    highest stays the same."""
    w = before.warmup_ticks
    looked = {int(first), *range(max(0, (w or 1) - 2), (w or 1) + 2)}

    def top(site: Site) -> float:
        found = (site.trace.factor_at(tick).number for tick in looked)
        return max((each for each in found if each is not None), default=0.0)

    def holds(after: Site) -> bool:
        now, then = before.trace.factor_at(first + 1).number, after.trace.factor_at(first).number
        if now is None or then is None or not 0 < then <= now * (1 + 1e-9):
            return False
        return w is None or isclose(top(after), top(before))

    return holds


def is_capped(before: Site, last: int) -> Promise:
    """It rises to its peak; or up to the warmup's end every factor is what it is now, and from there to
    `last` it stays where it is."""
    w, number = before.warmup_ticks, before.trace.factor_at

    def holds(after: Site) -> bool:
        if w is None or after.rises_to_one(last):
            return after.rises_to_one(last)
        low, high = number(w - 1).number, number(w).number
        ends = [after.trace.factor_at(tick).number for tick in (last, w)]
        if low is None or high is None or ends[0] is None or not alike(ends[:1], ends[1:]):
            return False
        same = alike(_factors(after, 0, w), _factors(before, 0, w))
        return same and low * (1 - 1e-9) <= ends[0] <= high * (1 + 1e-9)

    return holds


def ramps_up(before: Site) -> Promise:
    """The factor rises with every tick of the warmup, to where it gets now."""
    w = before.warmup_ticks

    def holds(after: Site) -> bool:
        seen = [each for each in _factors(after, 0, w or 0) if each is not None]
        rises = w is not None and len(seen) == min(w, _SEEN) and all(a < b for a, b in pairwise(seen))
        top = before.trace.factor_at(w or 0).number
        below = top is not None and rises and seen[-1] <= top * (1 + 1e-9)
        return below and alike([after.trace.factor_at(w or 0).number], [top])

    return holds


def without_base_lr(before: Site, lr: Term) -> Promise:
    """The factor reaches 1, and at every tick is what it is now, or that divided by the base LR."""
    base, now = outcome(lr.node, before.example.values).number, _factors(before, 0, _SEEN)

    def holds(after: Site) -> bool:
        then = _factors(after, 0, _SEEN)
        times = [None if each is None or base is None else each * base for each in then]
        each_is = (alike([a], [c]) or alike([b], [c]) for a, b, c in zip(then, times, now, strict=True))
        return bool(after.reaches_one(0)) and all(each_is)

    return holds


def floored_at_zero(before: Site) -> Promise:
    """The factor is nowhere below 0, and what it is now where that is from 0 up."""
    now = _factors(before, 0, _SEEN)

    def holds(after: Site) -> bool:
        kept = (
            (a, b) for a, b in zip(now, _factors(after, 0, _SEEN), strict=True) if a is not None and a > 0
        )
        return all(alike([a], [b]) for a, b in kept) and bool(after.holds(after.f(after.t) >= 0))

    return holds


def rises_to(before: Site) -> Promise:
    """The factor rises through the warmup, from above 0, to where it starts now."""
    top, w = before.trace.factor_at(0).number, before.warmup_ticks or 0

    def holds(after: Site) -> bool:
        seen = [each for each in _factors(after, 0, w) if each is not None]
        end = after.trace.factor_at(w).number
        rises = all(a <= b for a, b in pairwise(seen)) and len(seen) == min(w, _SEEN) > 1
        below = top is not None and rises and 0 < seen[0] < seen[-1] <= top * (1 + 1e-9)
        return below and alike([end], [top])

    return holds


def ticks_with_updates(after: Site) -> bool:
    """Update `n` runs at tick `n`."""
    return _ticks(after) == list(range(_SEEN))


def ticks_with_epochs(after: Site) -> bool:
    """All updates of epoch `n` run at tick `n`."""
    update = 0
    for number, epoch in enumerate(after.clock.passes):
        if {after.clock.tick_of(update + each) for each in range(epoch.updates)} != {number}:
            return False
        update += epoch.updates
    return update > 0


def runs_to_its_end(after: Site) -> bool:
    """The schedule's length is the number of ticks that the run makes, but for a window that is not full."""
    length, made = after.trace.length(after.roles.total), after.made_ticks
    return length is not None and 0.9 * length - 1 <= made <= length + 1


def begins_with_its_epoch(before: Site, offset: int | None) -> Promise:
    """Update 0 runs at the tick at which its epoch begins, of a schedule that ticks with each update; now it
    runs `offset` ticks after the epoch's number."""
    epoch, first = before.epoch, before.clock.tick_of(0)

    def holds(after: Site) -> bool:
        if epoch is None or offset is None or epoch.ticks != epoch.updates:
            return False
        return after.clock.tick_of(0) == (first - offset) * epoch.ticks

    return holds


def ends_with_the_run(after: Site) -> bool:
    """The last part of the curve is over when the run is, up to one tick."""
    parts, total, values = after.schedule.parts, after.roles.total, after.example.values
    ends = (parts[-1].begin, parts[-1].length) if parts else (None if total is None else total.node,)
    known = [outcome(each, values).number for each in ends if each is not None]
    numbers = [each for each in known if each is not None]
    return len(numbers) == len(ends) and abs(sum(numbers) - after.clock.made) <= 1


def same_lrs(before: Site) -> Promise:
    """Every update runs at the LR that it runs at now."""
    now = lrs(before)
    return lambda after: alike(lrs(after), now)


def same_from(before: Site, update: int) -> Promise:
    """Every update from `update` on runs at the LR that it runs at now."""
    now = lrs(before)[update:]
    return lambda after: alike(lrs(after)[update:], now)


def uses_its_factors(before: Site) -> Promise:
    """The factors stay, and the LR of each tick is the base LR times its own."""

    def holds(after: Site) -> bool:
        same = alike(_factors(after, 0, _SEEN), _factors(before, 0, _SEEN))
        return same and not after.factor.multiplies and not after.trace.multiplies

    return holds


def warms_up(after: Site) -> bool:
    """The warmup has a tick at least, and ends before the run."""
    warmup, total = after.warmup_ticks, after.trace.length(after.roles.total)
    return warmup is not None and warmup >= 1 and (total is None or warmup < total)


def differs_by_group(before: Site) -> Promise:
    """The param groups no longer have one curve, and the last one's is what it is now."""
    now = _by_group(before)

    def holds(after: Site) -> bool:
        then = _by_group(after)
        differ = any(not alike(each, then[-1]) for each in then)
        return differ and len(then) == len(now) and None not in then[-1] and alike(then[-1], now[-1])

    return holds


def _by_group(site: Site) -> list[list[float | None]]:
    """The factors of the first ticks, for each param group."""
    values = site.example.values
    factors = [one for each in site.schedule.factors for one in each.passes or (each,)]
    return [
        [outcome(each.expression, {**values, each.tick: tick}).number for tick in range(_SEEN)]
        for each in factors
    ]


def keeps_from(before: Site, tick: float) -> Promise:
    """From a tick on every factor is what it is now."""
    return lambda after: alike(_factors(after, tick, _SEEN), _factors(before, tick, _SEEN))


def keeps_until(before: Site, tick: float) -> Promise:
    """Up to a tick, itself included, every factor is what it is now."""
    return lambda after: alike(_factors(after, 0, int(tick) + 1), _factors(before, 0, int(tick) + 1))


def follows_sooner(before: Site, tick: int, now: int) -> Promise:
    """Up to a tick every factor is what it is now; what comes from the tick `now` on comes from there on."""
    last = before.last_tick
    seen = _SEEN if last is None else last - now + 1

    def holds(after: Site) -> bool:
        same = alike(_factors(after, 0, tick), _factors(before, 0, tick))
        return same and seen > 0 and alike(_factors(after, tick, seen), _factors(before, now, seen))

    return holds


def keeps_until_and_from(before: Site, tick: int, later: int) -> Promise:
    """Up to a tick, itself included, and from a later one on every factor is what it is now; between them
    none is higher than there."""
    until, since = keeps_until(before, tick), keeps_from(before, later)

    def holds(after: Site) -> bool:
        between = _factors(after, tick + 1, later - tick - 1)
        tops = [after.trace.factor_at(each).number for each in (tick, later)]
        top = max((each for each in tops if each is not None), default=0.0)
        level = all(each is not None and each <= top * (1 + 1e-9) for each in between)
        return until(after) and since(after) and level

    return holds


def _factors(site: Site, first: float, count: int) -> list[float | None]:
    return [site.trace.factor_at(first + each).number for each in range(min(count, _SEEN))]


def lrs(site: Site) -> list[float | None]:
    """The LRs of the first updates."""
    return [site.trace.value(tick)[0] for tick in _ticks(site)]


def alike(one: list[float | None], other: list[float | None]) -> bool:
    """Whether two curves are one, up to what rounding makes of it."""
    return len(one) == len(other) and all(
        a is b or (a is not None and b is not None and isclose(a, b, rel_tol=1e-9, abs_tol=1e-15))
        for a, b in zip(one, other, strict=True)
    )


def _ticks(site: Site) -> list[float]:
    return [site.clock.tick_of(update) for update in range(_SEEN)]
