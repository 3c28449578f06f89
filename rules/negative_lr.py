"""The LR falls below zero, or is complex or not a number, at a step that the run reaches.

## What it does
Follows the schedule through the run, with the values that the source itself gives, and finds the first
update whose LR is negative, complex or NaN. Where no end of the run is in sight, it follows it to the end
that the schedule names itself, such as `total_steps`.

## Why is this bad?
torch takes a negative LR without a word, and each update then climbs the loss: what was learnt is undone.
With a NaN the weights are NaN from that update on. A complex LR, which is what Python makes of a negative
number to the power of 0.9, ends the training in `optimizer.step()`.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR


def train(loader, optimizer):
    scheduler = LambdaLR(optimizer, lambda epoch: 1 - epoch / 10)
    for epoch in range(20):
        for batch in loader:
            optimizer.step()
        scheduler.step()
```

## Use instead
```python
from torch.optim.lr_scheduler import LambdaLR


def train(loader, optimizer):
    scheduler = LambdaLR(optimizer, lambda epoch: max(0.0, 1 - epoch / 10))
    for epoch in range(20):
        for batch in loader:
            optimizer.step()
        scheduler.step()
```

## Fix safety
The fix puts `max(0.0, …)` around what falls below zero, for a power around its base. It changes the LR
curve, and is therefore unsafe. Where the run should be as long as the decay, mend the length instead. No fix
is offered for what is infinite or not a number: which number was meant is not in the code.

## What it cannot see
A run whose length the source does not give, or that a condition out of sight may end, is judged at its first
update and up to the schedule's own named end alone. An LR that is negative throughout is taken for gradient
ascent that is meant.

## References
- https://github.com/huggingface/transformers/issues/132
- https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html
"""

from collections.abc import Iterator, Sequence
from math import isnan

from warmlint.finding import Severity, Status
from warmlint.fixes.promises import floored_at_zero
from warmlint.fixes.rewrite import from_zero
from warmlint.rule import rule
from warmlint.schedule.decide import Verdict
from warmlint.schedule.evaluate import FailureKind
from warmlint.schedule.valuations import Valuation
from warmlint.schedule.words import words
from warmlint.site import Judgement, Site

_ENDS = {"total", "max", "epochs", "steps", "iters", "iterations"}


@rule("LR010", "negative-lr")
def check(site: Site) -> Iterator[Judgement]:
    """The source's own values settle how far the run goes, and on the way the LR is no number from 0 up."""
    if not site.uses_tick or site.loop.overwritten or (site.schedule.defined and not site.schedule.derived):
        return  # of a function alone it is not known from which tick on it is asked
    own, tick = site.space.own, _first(site, site.space.own[0])
    if tick is None or any(_first(site, each) is None for each in own[1:]):
        return
    site = site.shown_with(own[0])
    trace, value = site.trace, site.trace.factor_at(tick)
    part = (value.failure and value.failure.culprit) or site.branch_at(tick)
    what = "complex" if value.number is None else "not a number" if isnan(value.number) else "below zero"
    # torch has nothing to say of what would follow a complex LR
    shown = [each for each in (*trace.key_ticks(), tick) if value.number is not None or each <= tick]
    if what == "below zero" and all((trace.value(each)[0] or 0) <= 0 for each in shown):
        return  # gradient ascent that is meant
    number = "no real number" if value.number is None else f"{value.number:.4g}"
    status, nan = Status.WITNESSED if site.space.parameters else Status.PROVED, what == "not a number"
    yield site.finding(
        at=site.place(part),
        verdict=Verdict(status, "with the values that the source gives", own[0], len(own)),
        severity=Severity.ERROR,
        message=f"the LR is {what} at {site.unit} {tick:g}: {site.words.quote(part)} is {number}",
        suggestion="compute it from finite numbers" if nan else "let it end at zero: `max(0.0, …)`",
        edits=None if nan else from_zero(site, part),
        promise=floored_at_zero(site),
        ticks=shown,
    )


def _reached(site: Site, valuation: Valuation) -> Sequence[float]:
    """The ticks that updates run at, to the run's end or the one that the schedule names; else the first."""
    clock, total = site.clock_under(valuation), site.roles.total
    if not clock.certain:
        return ()
    if site.stays_in_sight and clock.reach is not None and len({*map(site.reach, site.space.own)}) == 1:
        return [tick for tick, _ in clock.runs if tick >= 0]
    first, reach = int(clock.first_written), clock.reach
    its_end = total is not None and _ENDS & set(words(total.name)) and "per" not in words(total.name)
    end = site.trace_under(valuation).length(total) or 0 if its_end else 0
    return range(first, max(first + 1, end if reach is None else min(end, reach + 1)))


def _first(site: Site, valuation: Valuation) -> float | None:
    """The first tick that is seen to be bad; None where a run fails otherwise before."""
    trace, ticks = site.trace_under(valuation), _reached(site, valuation)
    for tick in sorted({*ticks[:: max(1, len(ticks) // 100)], *ticks[-2:]}):
        found, (lr, _) = trace.factor_at(tick), trace.value(tick)
        if found.number is None or lr is None:
            return tick if found.failure and found.failure.kind is FailureKind.COMPLEX else None
        if isnan(lr) or (lr < 0 and found.number < -1e-12):  # `0.3 - 0.1 * 3` is below zero too
            return tick
    return None
