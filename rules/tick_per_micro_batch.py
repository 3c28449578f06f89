"""The schedule advances every micro-batch, the optimizer once a window; or the totals are not divided.

## What it does
Finds loops that accumulate gradients and tick the schedule for each micro-batch, where its lengths count
updates; and those that tick it once an update, where its length counts batches.

## Why is this bad?
With a window of 4, the first kind runs four times too fast: a warmup of 1,000 steps is over after 250
updates. The second runs a quarter of its curve: the decay never comes.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR


def train(model, loader, optimizer, warmup_steps, accumulation_steps=4):
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup_steps))
    for i, batch in enumerate(loader, start=1):
        (model(batch) / accumulation_steps).backward()
        if i % accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        scheduler.step()
```

## Use instead
```python
from torch.optim.lr_scheduler import LambdaLR


def train(model, loader, optimizer, warmup_steps, accumulation_steps=4):
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup_steps))
    for i, batch in enumerate(loader, start=1):
        (model(batch) / accumulation_steps).backward()
        if i % accumulation_steps == 0:
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
```

## Fix safety
No fix is offered: the call may have to move, or the lengths may have to be multiplied or divided.

## What it cannot see
A window is one that its name says (`accumulation_steps`, `micro`). Lengths that are multiplied by it, or that
count batches, are taken at their word. Schedules that `accelerator.prepare` returns wait by themselves.

## References
- https://github.com/EvolvingLMMs-Lab/OneVision-Encoder/pull/82
- https://github.com/Lightning-AI/pytorch-lightning/issues/1476
- https://github.com/microsoft/CodeXGLUE/pull/32
"""

from collections.abc import Iterator

from warmlint.expr import walk
from warmlint.finding import Confidence, Severity
from warmlint.program import Unit
from warmlint.rule import rule
from warmlint.schedule.evaluate import outcome
from warmlint.site import Judgement, Site, accumulates


@rule("LR105", "tick-per-micro-batch")
def check(site: Site) -> Iterator[Judgement]:
    """A window that holds the update and not the tick, or a total that does not know of the window."""
    clock = site.clock
    if not site.loop.ticks or not clock.certain or clock.assumed or site.told_ticks or site.wrapped:
        return
    if site.schedule.construct == "OneCycleLR":
        return  # of whose length LR205 judges
    gaps = clock.between[1:]
    ticks = len(gaps[0]) if gaps and all(gap == gaps[0] and len(set(gap)) == 1 for gap in gaps) else 0
    if ticks > 1 and any(map(accumulates, site.windows)) and not site.counts_batches:
        warmup = site.warmup_ticks
        updates = -(-(warmup or 0) // ticks)
        over = f": {site.words.warmup} is over after {updates} update{'s' * (updates > 1)}" if warmup else ""
        message = f"this ticks every micro-batch, {ticks} times an update{over}"
        suggestion = "tick where the optimizer is updated, within the window's condition"
    elif ticks == 1 and (share := _share(site)):
        total = site.roles.total.name if site.roles.total else "its length"
        message = f"`{total}` counts batches, and this ticks once a window: {share:.0%} of it is run"
        suggestion = "divide it by the window"
    else:
        return
    yield site.finding(
        at=site.loop.ticks[-1],
        verdict=site.seen("the window is in sight"),
        severity=Severity.ERROR,
        confidence=Confidence.MEDIUM,
        message=message,
        suggestion=suggestion,
    )


def _share(site: Site) -> float | None:
    """How much of the schedule is run, where it is of as many ticks as the run has batches."""
    told, total, values = site.length_in(Unit.UPDATE), site.roles.total, site.example.values
    every = site.window_to_its_end
    if every is not None:
        window = outcome(every, values).number if not site.is_example(every) else None
        return 1 / window if window and window >= 2 else None
    windows = [each for node in site.shared_windows for each in walk(node) if accumulates(each)]
    if told is None or not told.computed or total is None or not windows or not site.clock.complete:
        return None
    if accumulates(told.node) or accumulates(total.node):
        return None
    window, length = outcome(windows[-1], values).number, outcome(total.node, values).number
    ticks = site.clock.made
    if not length or not window or window < 2 or not 0.5 < ticks * window / length <= 1:
        return None
    return ticks / length
