"""A warmup of pytorch_warmup is laid on outside `dampening()`, or made before the scheduler that it dampens.

## What it does
Finds warmups of pytorch_warmup that are made before another scheduler of the same optimizer, whose
`dampening()` encloses no tick while that scheduler is ticked outside, or that are laid on by a bare
`dampen()` where nothing writes the LR anew.

## Why is this bad?
A warmup of pytorch_warmup multiplies the LR that it finds, and making it does so for the first time. A
scheduler that is made after it takes a fifth of the LR for the base LR, and keeps to it for the whole run.
`dampening()` takes the factor back before its block and lays the next one on after it: a tick outside finds
the dampened LR, or is taken back. A bare `dampen()` never takes a factor back, and factors pile up.

## Example
```python
import pytorch_warmup
from torch.optim.lr_scheduler import CosineAnnealingLR


def train(batches, optimizer):
    scheduler = CosineAnnealingLR(optimizer, T_max=len(batches))
    warmup = pytorch_warmup.LinearWarmup(optimizer, warmup_period=100)
    for batch in batches:
        optimizer.step()
        scheduler.step()
        warmup.dampen()
```

## Use instead
```python
import pytorch_warmup
from torch.optim.lr_scheduler import CosineAnnealingLR


def train(batches, optimizer):
    scheduler = CosineAnnealingLR(optimizer, T_max=len(batches))
    warmup = pytorch_warmup.LinearWarmup(optimizer, warmup_period=100)
    for batch in batches:
        optimizer.step()
        with warmup.dampening():
            scheduler.step()
```

## Fix safety
No fix is offered yet.

## What it cannot see
A warmup, or a scheduler, that is handed to another function under another name. `dampen()` after the tick of
a `LambdaLR`, which writes the LR anew from its base, is the library's old way, and right.

## References
- https://github.com/Tony-Y/pytorch_warmup/issues/26
- https://github.com/Tony-Y/pytorch_warmup#usage
"""

import re
from collections.abc import Iterator

from warmlint.facts.model import Dampening, Schedule
from warmlint.finding import Severity
from warmlint.rule import rule
from warmlint.site import Judgement, Site
from warmlint.source import Span

_MULTIPLIERS = {
    *("StepLR", "MultiStepLR", "ExponentialLR", "CosineAnnealingLR", "LinearLR", "ConstantLR"),
    *("PolynomialLR", "MultiplicativeLR"),
}
"""Schedulers of torch that change the LR which they find."""


@rule("LR404", "undampened-warmup")
def check(site: Site) -> Iterator[Judgement]:
    """Made first, ticked outside, or laid on bare."""
    used = site.schedule.dampening
    if used is None:
        return
    others = [each for each in site.rivals if each.dampening is None]
    for at, why in (*_made_first(site, used, others), *_outside(site, used, others), *_bare(used, others)):
        yield site.finding(
            at=at,
            verdict=site.seen("the calls are in sight"),
            severity=Severity.ERROR,
            message=why,
            suggestion="make the scheduler first, and tick it within `with warmup.dampening():`",
        )
        return


def _made_first(site: Site, used: Dampening, others: list[Schedule]) -> Iterator[tuple[Span, str]]:
    made = site.schedule
    after = [each for each in others if each.span in used.meets and each.span > made.span]
    if after and len(after) == len(others):
        why = f"`{after[0].construct}` of {site.source.row_name(after[0].span.row)} is made after the warmup"
        yield made.span, f"{why}: its base LR, for the whole run, is what the first factor left"


def _outside(site: Site, used: Dampening, others: list[Schedule]) -> Iterator[tuple[Span, str]]:
    ticks = [tick for each in others for tick in each.loop.ticks]
    outside = [each for each in ticks if not any(_holds(block, each) for block in used.blocks)]
    if used.idle and outside:
        why = f"the tick in {site.source.row_name(outside[0].row)} is outside `dampening()`"
        yield used.idle[0], f"{why}: it finds the dampened LR, and is taken back or takes the warmup back"


def _bare(used: Dampening, others: list[Schedule]) -> Iterator[tuple[Span, str]]:
    known = {each.target for each in others}
    unknown = [each for each in used.stepped - known if not re.search("opt|scaler", each, re.IGNORECASE)]
    if not used.bare or unknown or any(each.construct not in _MULTIPLIERS for each in others):
        return
    why = f"`{others[0].construct}` changes the LR that it finds" if others else "nothing writes the LR anew"
    yield used.bare[0], f"`dampen()` multiplies the LR at each call, and {why}: the factors pile up"


def _holds(block: Span, tick: Span) -> bool:
    return block.start <= tick.start and tick.end <= block.end
