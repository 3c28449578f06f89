"""The LR is edited where the scheduler's remembered base LR will win.

## What it does
Finds a write to `param_group["lr"]` between the making of a scheduler and the loop that ticks it, where the
scheduler computes every LR from the base LRs that it has noted down: `LambdaLR`, `OneCycleLR`, `CyclicLR`,
`CosineAnnealingWarmRestarts`, and the functions of libraries that make a `LambdaLR`.

## Why is this bad?
The new LR lasts until the first tick. That sets the LR back to the curve of the old one: of a run that was
to go on at a tenth of the LR, one update does.

## Example
```python
import torch
from torch.optim.lr_scheduler import LambdaLR


def finetune(model, batches):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 100))
    for group in optimizer.param_groups:
        group["lr"] *= 0.1
    for batch in batches:
        model(batch).mean().backward()
        optimizer.step()
        scheduler.step()
```

## Use instead
```python
import torch
from torch.optim.lr_scheduler import LambdaLR


def finetune(model, batches):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for group in optimizer.param_groups:
        group["lr"] *= 0.1
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 100))
    for batch in batches:
        model(batch).mean().backward()
        optimizer.step()
        scheduler.step()
```

## Fix safety
No fix is offered: to make the scheduler after the edit, or to edit its `base_lrs` too, is for its author to
say.

## What it cannot see
Edits inside the training loop, which may well be the warmup before the scheduler takes over. A file that
touches `initial_lr` or `base_lrs` is left alone, as are torch's chainable schedulers: `StepLR`, `LinearLR`
and `CosineAnnealingLR` work from the LR that they find.

## References
- https://github.com/pytorch/pytorch/issues/21965
- https://github.com/pytorch/pytorch/issues/33416
"""

import re
from collections.abc import Iterator
from typing import Final

from warmlint.finding import Severity
from warmlint.program import Make, Repeat, Tick, While, has
from warmlint.rule import rule
from warmlint.site import Judgement, Site
from warmlint.source import Span

_FROM_BASE: Final = frozenset({"LambdaLR", "OneCycleLR", "CyclicLR", "CosineAnnealingWarmRestarts"})
_LIBRARIES: Final = frozenset({"transformers", "diffusers"})
_REMEMBERED: Final = re.compile(r"\b(?:initial_lr|base_lrs)\b")
_WRITE: Final = re.compile(r"""\[["']lr["']\]\s*(?P<changes>[-+*/]?)=\s*(?P<value>.+)""", re.DOTALL)


@rule("LR306", "stale-base-lr")
def check(site: Site) -> Iterator[Judgement]:
    """The LR is written after the scheduler is made, and before the loop that ticks it."""
    made, loop = site.schedule, site.loop
    closed = made.construct in _FROM_BASE or (made.library or "") in _LIBRARIES
    if not closed or made.defined or site.factor is not made.factors[0]:
        return
    if not has(loop.program, Make) or _REMEMBERED.search(site.source.text):
        return
    loops = [each.span for each in loop.program if isinstance(each, Repeat | While) and has((each,), Tick)]
    for write in loop.writes:
        ticked_later = any(write.row < each.row for each in loops)
        if write.row < made.span.row or not ticked_later or any(each.contains(write) for each in loops):
            continue
        if _is_another_lr(site, write):
            again = any(each.row < write.row for each in loops)
            sets = "another" if again else site.words.lr(site.clock.first_written + 1)
            yield site.finding(
                at=write,
                verdict=site.seen("the schedule computes every LR from the base LRs that it has noted down"),
                severity=Severity.WARNING,
                message=f"this LR lasts until the first tick after it: `{made.construct}` computes LRs"
                f" from those that it has noted down, and sets {sets}",
                suggestion=f"write the LR before `{made.construct}` is made",
            )
            return


def _is_another_lr(site: Site, write: Span) -> bool:
    """Whether a write sets another LR than the one that the optimizer is made with, and no LR of a warmup."""
    found = _WRITE.search(site.source.slice(write))
    lr = site.optimizer.lr
    if found is None or "warm" in found["value"]:
        return False
    if found["changes"] or re.search(r"""\[["']lr["']\]\s*[*/]""", found["value"]):
        return True
    if lr is None or lr.span is None:
        return False
    value, base = found["value"].strip(), site.source.slice(lr.span)
    number, known = _number(value), site.trace.base_lr or _number(base)
    if number is not None:
        return known is not None and number != known
    return _last_word(value) != _last_word(base)


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d*\.?\d+(?:e-?\d+)?", text) else None


def _last_word(text: str) -> str:
    return re.split(r"\W+", text.strip())[-1]
