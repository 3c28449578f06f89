"""A warmup counted in steps is advanced once an epoch.

## What it does
Finds schedules whose lengths count updates in loops that tick once an epoch of several updates: lengths that
are computed of an epoch's (`epochs * len(loader)`), or that are named after steps (`warmup_steps`) and longer
than the run. Lengths that count samples or tokens (`warmup_tokens`, `epochs * len(dataset)`) in loops that
tick once an update are its like.

## Why is this bad?
The schedule runs slower than it should by as many times as an epoch has batches. A warmup of 1,000 steps
takes 1,000 epochs: the run ends long before, at a small part of the LR that was asked for. Nothing fails;
the model only learns next to nothing.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR


def train(model, loader, optimizer, epochs):
    warmup_steps = 2 * len(loader)
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup_steps))
    for epoch in range(epochs):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Use instead
```python
from torch.optim.lr_scheduler import LambdaLR


def train(model, loader, optimizer, epochs):
    warmup_steps = 2 * len(loader)
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup_steps))
    for epoch in range(epochs):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
            scheduler.step()
```

## Fix safety
No fix is offered: the call may have to move, or the length may have to be one in epochs.

## What it cannot see
A length that is named after steps alone, and that the run reaches: many call so what they count in ticks of
whatever kind. An epoch is a pass of a loop over epochs,
with several updates in it; Lightning's loop is LR401's.

## References
- https://github.com/ace-step/ACE-Step/pull/198
- https://github.com/pytorch/pytorch/issues/65417
"""

from collections.abc import Iterator

from warmlint.finding import Confidence, Severity
from warmlint.program import Unit
from warmlint.rule import rule
from warmlint.site import Judgement, Site


@rule("LR103", "step-warmup-per-epoch")
def check(site: Site) -> Iterator[Judgement]:
    """One tick an epoch of several updates, and a length that counts updates; or one tick an update, and a
    length that counts samples or tokens."""
    length = site.slow_length
    lightning = site.loop.owner is not None and site.loop.owner.name == "Lightning"
    if length is None or lightning or site.overruns or site.stops_halfway:
        return
    per_epoch, ends = site.epoch is not None and site.epoch.ticks == 1, site.words.end_of_run(length)
    unit, slower = length.unit.value, "epoch" if per_epoch else "update"
    if length.unit is Unit.UPDATE and not (length.computed or ends):
        return  # what is called steps may be ticks of whatever kind
    yield site.finding(
        at=site.loop.ticks[-1],
        verdict=site.seen(f"the loop ticks once an {slower}"),
        severity=Severity.ERROR,
        confidence=None if length.computed or ends else Confidence.MEDIUM,
        message=f"`{length.name}` counts {unit}s, and this loop ticks once an {slower}:"
        f" {site.words.ticks_to(length)} {slower}s to its end{ends}",
        suggestion=f"call `scheduler.step()` after each update, or count the schedule's lengths in {slower}s"
        if length.unit is Unit.UPDATE
        else f"divide it by the {unit}s of an {slower}",
    )
