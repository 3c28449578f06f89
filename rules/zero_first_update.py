"""The first update runs at LR 0.

## What it does
Finds schedules whose factor is 0 at the tick that the first update runs at, and leaves 0 right after.

## Why is this bad?
An update at LR 0 changes no weight, while the optimizer's moments and step counter advance. Where the
schedule ticks once a batch, one update is lost. Where it ticks once an epoch, a whole epoch of compute
is: the loss does not move, and nothing says why.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR

warmup_epochs = 3


def train(model, loader, optimizer):
    scheduler = LambdaLR(optimizer, lr_lambda=lambda epoch: min(1.0, epoch / warmup_epochs))
    for epoch in range(100):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Use instead
```python
from torch.optim.lr_scheduler import LambdaLR

warmup_epochs = 3


def train(model, loader, optimizer):
    scheduler = LambdaLR(optimizer, lr_lambda=lambda epoch: min(1.0, (epoch + 1) / warmup_epochs))
    for epoch in range(100):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Fix safety
The fix counts from 1: the first update runs at what the second one had, the ramp reaches its peak one tick
sooner, and the peak stays. Where the loop tells a fraction of an epoch, `epoch + i / n`, it counts batches
from 1 there; the ramp of a `linspace` loses its first LR, and is as long as before; ignite's warmup starts
from one step of its ramp. It changes the LR curve, and is therefore unsafe. No fix is offered where the loop
writes only every so many batches, or where the ramp is another library's.

## What it cannot see
A factor of 0 for many ticks is taken for a deliberate freeze, unless it is named warmup: then it is
`staircase-warmup`. A schedule that leaves the file is judged by torch's documented order: one update,
then one tick.

## References
- https://github.com/EleutherAI/gpt-neox/issues/1373
- https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html
"""

from collections.abc import Iterator

from warmlint.expr import Op, walk
from warmlint.finding import Severity
from warmlint.fixes.promises import starts_with_the_next
from warmlint.fixes.rewrite import count_from_one
from warmlint.fixes.starts import Start, started
from warmlint.program import ticks_of
from warmlint.rule import rule
from warmlint.site import Judgement, Site


@rule("LR001", "zero-first-update")
def check(site: Site) -> Iterator[Judgement]:
    """The factor is 0 at the first update's tick, and not at the next."""
    first = site.first_tick
    if first is None or site.schedule.library is not None or not site.uses_tick:
        return
    verdict = site.holds(site.f(first).equals(0))
    if not verdict or site.holds(site.f(first + 1).equals(0), *site.warmup_of(3)):
        return  # 0 for longer is a freeze, or a stair
    site = site.shown_by(verdict)
    if site.counts_epochs:
        message = f"the first epoch{site.words.of_warmup} trains at LR 0"
    elif site.clock.per_tick > 1:
        message = f"the first {site.clock.per_tick} updates run at LR 0"
    else:
        message = f"the first update{site.words.of_warmup} runs at LR 0"
    ramp, tick = site.branch_at(first), site.factor.tick.name
    whole = _counts_whole(site)
    edits = count_from_one(site, ramp) if whole else None
    name = tick if edits is None else site.source.slice(edits[0].span)
    advice = f"count from 1: put `{name} + 1` where the ramp has `{name}`"
    start = Start(advice if whole else "let the ramp start above 0", edits, starts_with_the_next(site, first))
    if edits is None:
        start = started(site, first) or start
    yield site.finding(
        at=site.place(ramp),
        verdict=verdict,
        severity=Severity.ERROR if site.counts_epochs else Severity.WARNING,
        message=f"{message}: {site.words.quote(ramp)} is 0 at {tick} {first:g}",
        suggestion=start.advice,
        edits=start.edits,
        promise=start.promise,
    )


def _counts_whole(site: Site) -> bool:
    """Whether a tick is a whole number, and not the fraction of an epoch: by the loop, else by its name."""
    if site.schedule.defined:
        return not site.counts_epochs
    told = [each.argument for each in ticks_of(site.loop.program) if each.argument is not None]
    divided = any(each.op is Op.DIV for each in walk(*told))
    return not divided and all(each == int(each) for each, _ in site.clock.runs)
