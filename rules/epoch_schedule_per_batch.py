"""A schedule counted in epochs is advanced every batch.

## What it does
Finds schedules whose lengths count epochs (`warmup_epochs`, `T_max=epochs`) in loops that tick several times
an epoch.

## Why is this bad?
The schedule runs faster than it should by as many times as an epoch has batches. A warmup of 5 epochs is over
after 5 batches; a cosine over 100 epochs reaches its end after 100 batches, and from there on goes up again,
or stays at an LR of 0.

## Example
```python
from torch.optim.lr_scheduler import CosineAnnealingLR


def train(model, loader, optimizer, epochs):
    scheduler = CosineAnnealingLR(optimizer, T_max=epochs)
    for epoch in range(epochs):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
            scheduler.step()
```

## Use instead
```python
from torch.optim.lr_scheduler import CosineAnnealingLR


def train(model, loader, optimizer, epochs):
    scheduler = CosineAnnealingLR(optimizer, T_max=epochs * len(loader))
    for epoch in range(epochs):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
            scheduler.step()
```

## Fix safety
No fix is offered: the call may have to move, or the length may have to be one in updates.

## What it cannot see
Lengths that no name calls epochs, such as the numbers of `milestones=[30, 60]`, where the loop over epochs
does not count up to them. A tick that is told its number, as in `scheduler.step(epoch + i / len(loader))`,
is told the right one.

## References
- https://github.com/ScrollPrize/villa/pull/1495
- https://github.com/ziqi-jin/finetune-anything/issues/57
- https://github.com/ivadomed/ivadomed/pull/55
"""

from collections.abc import Iterator

from warmlint.finding import Severity
from warmlint.program import Unit
from warmlint.rule import rule
from warmlint.site import Judgement, Site


@rule("LR104", "epoch-schedule-per-batch")
def check(site: Site) -> Iterator[Judgement]:
    """Several ticks an epoch, and a length that counts epochs."""
    epoch = site.epoch
    if epoch is None or not site.clock.certain or site.told_ticks or epoch.ticks < 2:
        return
    if site.overruns or site.stops_halfway:
        return  # a cycle, of whose length LR205 judges
    if epoch.ticks <= len(site.loop.ticks) and epoch.ticks < epoch.updates:
        return  # each call ticks once an epoch: LR107
    length = site.length_in(Unit.EPOCH) or site.epochs_for_ticks
    if length is None:
        return
    yield site.finding(
        at=site.loop.ticks[-1],
        verdict=site.seen("the loop ticks several times an epoch"),
        severity=Severity.ERROR,
        message=f"`{length.name}` counts epochs, and this loop ticks every batch: the schedule is at its end"
        f" after {site.words.ticks_to(length)} batches",
        suggestion="call `scheduler.step()` once an epoch, or multiply its lengths by `len(loader)`",
    )
