"""The tick comes before the update: the first value of the schedule is skipped.

## What it does
Finds loops in which `scheduler.step()` runs before the first `optimizer.step()`, and loops that tick a
schedule whose optimizer never updates.

## Why is this bad?
`LambdaLR` sets the LR of tick 0 when it is made. A tick before the first update moves on to tick 1, so
that the first value is never used and the whole curve runs one tick early: a warmup is one step short,
a milestone comes too soon. Since PyTorch 1.1 the order is update, then tick; torch warns once, at run
time.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR


def train(batches, optimizer, warmup_steps):
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup_steps))
    for batch in batches:
        scheduler.step()
        optimizer.step()
```

## Use instead
```python
from torch.optim.lr_scheduler import LambdaLR


def train(batches, optimizer, warmup_steps):
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup_steps))
    for batch in batches:
        optimizer.step()
        scheduler.step()
```

## Fix safety
The fix moves the tick below the update, or below the loop or the call that updates, with its comments and,
where an `if` around it holds more, under the same condition; a tick before the loop, which has one of its
own, it takes away; a handler of ignite's is called when an iteration is over. Every update then runs at the
tick before the one that it ran at. Where that would be a factor of 0, the ramp is made to count from 1 as
well: then every update keeps its LR; where that ramp is not in this file, no fix is offered. The other fixes
change the LR curve, and are therefore unsafe. No fix is offered where a window decides when updates come, or
where the loop makes none: a loop that only looks at the curve would begin to train.

## What it cannot see
`scheduler.step(epoch)` sets the tick itself and skips nothing. Updates that happen inside a call are not
seen; then nothing is said.

## References
- https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
- https://github.com/ildoonet/pytorch-gradual-warmup-lr/issues/8
"""

from collections.abc import Iterator

from warmlint.finding import Severity
from warmlint.fixes.moves import after_update
from warmlint.fixes.promises import same_lrs, ticks_earlier
from warmlint.fixes.rewrite import count_from_one
from warmlint.rule import rule
from warmlint.site import Judgement, Site, accumulates


@rule("LR101", "scheduler-before-optimizer")
def check(site: Site) -> Iterator[Judgement]:
    """Ticks come before update 0, or there are ticks and no update."""
    loop = site.loop
    if not loop.ticks or not site.applied:
        return  # a schedule that its tick applies is ticked before the update by right
    tick, update = loop.ticks[0], f"`{site.optimizer.name}.step()`"
    if not loop.updates:
        if not loop.hidden_updates:
            yield site.finding(
                at=tick,
                verdict=site.seen("the loop ticks, and no call in this file updates"),
                severity=Severity.WARNING,
                message=f"the loop ticks `{site.schedule.target}` but never calls {update}",
                suggestion=f"call {update} before the tick",
            )
        return
    skipped = site.first_tick
    if not skipped or not site.clock.early:
        return
    if site.clock.early > 1 and any(map(accumulates, site.windows)) and site.counts_batches:
        return  # ticks of micro-batches, and lengths that count them
    verdict = site.seen("the loop ticks before its first update")
    harmless = bool(site.holds(site.f(0).equals(0)))
    used, meant = site.words.lr(skipped), site.words.lr(0)
    cost = f"update 0 runs at {used}, and {meant} is never used"
    if used == meant:
        cost = "each update runs one tick ahead of the schedule"
    edits = after_update(site, tick, loop.updates[0])
    zero = harmless or site.trace.value(0)[0] == 0  # the move alone would have update 0 run at it
    if edits is not None and zero:
        from_one = count_from_one(site, site.branch_at(0))
        edits = edits + from_one if from_one else None
    yield site.finding(
        at=tick,
        verdict=verdict,
        severity=Severity.NOTE if harmless else Severity.WARNING,
        message=f"the tick comes before the update: {cost}",
        suggestion="call `scheduler.step()` after `optimizer.step()`"
        + (", and let the ramp count from 1" if harmless else ""),
        edits=edits,
        promise=same_lrs(site) if zero else ticks_earlier(site, skipped),
        promised_from=0,
    )
