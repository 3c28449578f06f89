"""A warmup is keyed on an index that starts again each epoch.

## What it does
Finds schedules that are told their tick number by an index of the batch loop: with each epoch it starts at 0
again, and the warmup, or the rise of a `OneCycleLR`, with it.

## Why is this bad?
The LR falls back to the start of the warmup at the beginning of every epoch. The run never keeps the LR that
was asked for, and with fewer batches than the warmup is long it never gets there.

## Example
```python
def train(batches, optimizer, base_lr, warmup_steps):
    for epoch in range(10):
        for i, batch in enumerate(batches):
            for group in optimizer.param_groups:
                group["lr"] = base_lr * min(1.0, (i + 1) / warmup_steps)
            optimizer.step()
```

## Use instead
```python
def train(batches, optimizer, base_lr, warmup_steps):
    step = 0
    for epoch in range(10):
        for batch in batches:
            for group in optimizer.param_groups:
                group["lr"] = base_lr * min(1.0, (step + 1) / warmup_steps)
            optimizer.step()
            step += 1
```

## Fix safety
No fix is offered: what counts the steps of the whole run is for its author to choose.

## What it cannot see
Restarts on purpose: a loop over cycles, one that makes its optimizer anew, or a curve that ends with each
epoch. An index that is only used in the first epoch starts once.

## References
- https://github.com/salesforce/LAVIS/issues/72
- https://github.com/Vision-CAIR/MiniGPT-4/pull/263
"""

from collections.abc import Iterator

from warmlint.finding import Severity
from warmlint.rule import rule
from warmlint.site import Judgement, Site

_BATCHES = 16  # of an epoch whose length the source does not give


@rule("LR108", "warmup-restarts")
def check(site: Site) -> Iterator[Judgement]:
    """The tick number falls back with each epoch, and the LR with it."""
    if site.schedule.library is not None:
        return  # what a library's method takes is LR403's
    site = site.with_epochs_of(_BATCHES)
    clock, warms_up = site.clock, site.warmup_ticks is not None or site.schedule.construct == "OneCycleLR"
    epochs = len(clock.passes)
    if epochs < 2 or not clock.certain or not warms_up or clock.falls < epochs - 1 or not site.told_ticks:
        return
    first, batches = clock.first_written, clock.passes[0].updates
    last = min(first + batches - 1, max(tick for tick, _ in clock.runs))
    low, high = site.trace.factor_at(first).number, site.trace.factor_at(last).number
    if low is None or high is None or not (low < high or _is_cut_off(site, first, last)):
        return
    moves = "falls" if low < high else "goes"
    yield site.finding(
        at=site.ticked_at,
        verdict=site.seen("the tick number starts again with each epoch"),
        severity=Severity.ERROR,
        message=f"the warmup starts again each epoch: its tick number is back at {first:g}, and the LR"
        f" {moves} from {site.words.lr(last)} to {site.words.lr(first)}",
        suggestion="count the updates of the whole run",
    )


def _is_cut_off(site: Site, first: float, last: float) -> bool:
    """Whether the curve rises first, and goes on past the epoch: else it may be a cycle of its own."""
    total, top = site.trace.length(site.roles.total), site.warmup_ticks
    if total is None or top is None or not first < top <= last or 3 * total < 4 * (last + 1):
        return False
    low, peak = site.trace.factor_at(first).number, site.trace.factor_at(top).number
    return low is not None and peak is not None and low < peak
