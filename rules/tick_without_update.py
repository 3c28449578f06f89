"""The schedule advances though the update was skipped (GradScaler), a note.

## What it does
Finds ticks after `scaler.step(optimizer)` that do not ask whether it has updated. Off by default.

## Why is this bad?
A `GradScaler` leaves an update out where a gradient is infinite or not a number, as happens in the first
steps, while it looks for its scale. The schedule ticks all the same, and is ahead by as many updates: a few
ticks of a long warmup, and torch's warning that the tick came first where update 0 was one of them.

## Example
```python
from torch.amp import GradScaler
from torch.optim.lr_scheduler import LambdaLR


def train(model, loader, optimizer, warmup_steps):
    scaler = GradScaler("cuda")
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup_steps))
    for batch in loader:
        scaler.scale(model(batch)).backward()
        scaler.step(optimizer)
        scaler.update()
        scheduler.step()
```

## Use instead
```python
from torch.amp import GradScaler
from torch.optim.lr_scheduler import LambdaLR


def train(model, loader, optimizer, warmup_steps):
    scaler = GradScaler("cuda")
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup_steps))
    for batch in loader:
        scaler.scale(model(batch)).backward()
        scaler.step(optimizer)
        before = scaler.get_scale()
        scaler.update()
        if before <= scaler.get_scale():
            scheduler.step()
```

## Fix safety
No fix is offered yet.

## What it cannot see
Any condition that the tick has to itself is taken to ask the scaler. A scaler that is made with
`enabled=False`, or with a setting that is off by default, leaves nothing out. A tick an epoch is not
reported.

## References
- https://github.com/pytorch/pytorch/issues/55585
- https://github.com/pytorch/pytorch/issues/44511
- https://docs.pytorch.org/docs/stable/amp.html#gradient-scaling
"""

from collections.abc import Iterator

from warmlint.finding import Severity
from warmlint.rule import rule
from warmlint.site import Judgement, Site


@rule("LR110", "tick-without-update", on=False)
def check(site: Site) -> Iterator[Judgement]:
    """One tick for each update that a scaler may leave out, and nothing that it alone depends on."""
    skipped = site.skipped_updates
    gaps = site.clock.between[1:]
    if not skipped or not gaps or any(len(gap) != 1 for gap in gaps) or site.told_ticks or site.wrapped:
        return
    if site.ticks_under_own_condition:
        return
    call = " ".join(site.source.slice(skipped[0].span).split())
    yield site.finding(
        at=min((each for each in site.loop.ticks if each > skipped[0].span), default=site.loop.ticks[-1]),
        verdict=site.seen("the tick has no condition of its own"),
        severity=Severity.NOTE,
        message=f"`{call}` may leave the update out, and this ticks all the same",
        suggestion="tick only where `scaler.get_scale()` has not fallen in `scaler.update()`",
    )
