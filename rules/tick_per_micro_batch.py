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
A tick outside of the window is moved to where the optimizer is updated: below the update, or above it where
ticks come first by right. A length that counts batches is divided by the window, where it is computed and
where nothing but the schedule uses it. Either changes the LR curve, and is therefore unsafe.

## What it cannot see
Where the tick stands outside of the window, a window is one that its name says (`accumulation_steps`,
`micro`). Lengths that are multiplied by it, or that count batches, are taken at their word. Schedules that
`accelerator.prepare` returns wait by themselves.

## References
- https://github.com/EvolvingLMMs-Lab/OneVision-Encoder/pull/82
- https://github.com/Lightning-AI/pytorch-lightning/issues/1476
- https://github.com/microsoft/CodeXGLUE/pull/32
"""

from collections.abc import Iterator

from warmlint.expr import symbols
from warmlint.finding import Confidence, Severity
from warmlint.fixes.lengths import divided
from warmlint.fixes.moves import beside_update
from warmlint.fixes.promises import runs_to_its_end, ticks_with_updates
from warmlint.rule import rule
from warmlint.schedule.evaluate import outcome
from warmlint.site import Judgement, Site, accumulates
from warmlint.source import Span


@rule("LR105", "tick-per-micro-batch")
def check(site: Site) -> Iterator[Judgement]:
    """A window that holds the update and not the tick, or a total that does not know of the window."""
    clock = site.clock
    if not site.loop.ticks or not clock.certain or clock.assumed or site.told_ticks or site.wrapped:
        return
    if site.schedule.construct == "OneCycleLR":
        return  # of whose length LR205 judges
    at = site.loop.ticks[-1]
    gaps = clock.between[1:]
    ticks = len(gaps[0]) if gaps and all(gap == gaps[0] and len(set(gap)) == 1 for gap in gaps) else 0
    if ticks > 1 and any(map(accumulates, site.windows)) and not site.counts_batches:
        warmup = site.warmup_ticks
        updates = -(-(warmup or 0) // ticks)
        over = f": {site.words.warmup} is over after {updates} update{'s' * (updates > 1)}" if warmup else ""
        message = f"this ticks every micro-batch, {ticks} times an update{over}"
        suggestion = "tick where the optimizer is updated, within the window's condition"
        edits, promise = beside_update(site, at, site.loop.updates[-1]), ticks_with_updates
    elif ticks == 1 and (short := _cut_short(site)):
        total = site.roles.total.name if site.roles.total else "its length"
        at, window = short
        message = f"`{total}` counts batches, and this ticks once in {window}: {1 / window:.0%} of it is run"
        suggestion = "divide it by the window"
        edits, promise = divided(site), runs_to_its_end
    else:
        return
    yield site.finding(
        at=at,
        verdict=site.seen("the window is in sight"),
        severity=Severity.ERROR,
        confidence=Confidence.MEDIUM,
        message=message,
        suggestion=suggestion,
        edits=edits,
        promise=promise,
    )


def _cut_short(site: Site) -> tuple[Span, int] | None:
    """The tick that waits for a window, and the window, where the schedule has as many ticks as the run has
    batches."""
    window, total, values = site.window, site.roles.total, site.example.values
    if window is None or total is None or accumulates(total.node):
        return None
    of_total, of_window = set(symbols(total.node)), set(symbols(window.every))
    every, length = outcome(window.every, values).number, outcome(total.node, values).number
    if every is None or length is None or of_window & of_total:
        return None
    if site.is_example(window.every):
        every = 2  # any window shows it
    batches = outcome(window.batches, values).number if not window.ends else None
    counted = any(of_total & set(symbols(each)) for each in window.ends) or (
        batches is not None and 0.9 * length <= batches <= length
    )
    return (window.tick, int(every)) if counted and every >= 2 else None
