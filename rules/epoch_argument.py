"""`scheduler.step(epoch)`, deprecated, on a scheduler that takes none.

## What it does
Finds calls of `step` with an argument on torch's schedulers that count their ticks by themselves.

## Why is this bad?
The argument is deprecated since PyTorch 1.4, and warned of at every call. It sets the tick instead of going
on by one: an index that starts again, or that counts something else, takes the schedule back or throws it
forward. Where a scheduler has a closed form, the LR is computed anew by that, and what another scheduler has
made of it is lost.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR


def train(batches, optimizer, warmup_steps):
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup_steps))
    for step, batch in enumerate(batches):
        optimizer.step()
        scheduler.step(step + 1)
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
The fix leaves the argument out. It is offered where each update then runs at the LR that it runs at now.

## What it cannot see
A `step(epoch)` before the updates of its epoch is left alone: there, the argument says which epoch it is, on
purpose. `CosineAnnealingWarmRestarts` takes fractions of an epoch, `ReduceLROnPlateau` a metric, timm's
schedulers an epoch.

## References
- https://github.com/pytorch/pytorch/issues/116776
- https://github.com/torch-points3d/torch-points3d/issues/487
"""

from collections.abc import Iterator

from warmlint.facts.screen import TORCH_SCHEDULERS
from warmlint.finding import Severity
from warmlint.fixes.rewrite import without_arguments
from warmlint.program import Update, has, leads, ticks_of
from warmlint.rule import rule
from warmlint.site import Judgement, Site

_TAKES_ONE = frozenset({"CosineAnnealingWarmRestarts", "ReduceLROnPlateau"})


@rule("LR106", "epoch-argument")
def check(site: Site) -> Iterator[Judgement]:
    """A tick that is told its number, whatever else holds, after an update."""
    made = site.schedule
    if made.construct in _TAKES_ONE or made.library is not None or made.own_step:
        return
    if not (made.construct in TORCH_SCHEDULERS or made.derived):
        return
    program = site.loop.program
    told = next((each for each in ticks_of(program, guarded=False) if each.argument is not None), None)
    if told is None or not has(program, Update) or leads(program, told):
        return
    now = site.clock
    yield site.finding(
        at=told.span,
        verdict=site.seen("the tick is told its number"),
        severity=Severity.NOTE,
        message=f"`{made.construct}` counts its ticks by itself: the argument of `step` is deprecated, and"
        " sets the tick in place of going on by one",
        suggestion="call `step()` without an argument",
        edits=without_arguments(site, told.span),
        promise=lambda after: now.certain and after.clock.runs == now.runs,
    )
