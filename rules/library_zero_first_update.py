"""A library's own schedule starts at LR 0.

## What it does
Finds schedules of transformers, diffusers, timm, DeepSpeed and their like that are 0 at the tick that the
first update runs at. It is off unless it is selected, for those libraries mean it so.

## Why is this bad?
An update at LR 0 changes no weight, while the optimizer's moments and step counter advance. Where the
schedule ticks once a batch, that is one update of thousands. Where it ticks once an epoch, it is a whole
epoch of compute.

## Example
```python
from transformers import get_linear_schedule_with_warmup


def train(loader, optimizer):
    scheduler = get_linear_schedule_with_warmup(optimizer, num_warmup_steps=100, num_training_steps=1000)
    for batch in loader:
        optimizer.step()
        scheduler.step()
```

## Use instead
```python
from torch.optim.lr_scheduler import LambdaLR


def factor(step):
    if step < 100:
        return (step + 1) / 100
    return max(0.0, (1000 - step) / 900)


def train(loader, optimizer):
    scheduler = LambdaLR(optimizer, factor)
    for batch in loader:
        optimizer.step()
        scheduler.step()
```

## Fix safety
No fix is offered: each library has a way out of its own, which the suggestion names, or none.

## What it cannot see
A warmup of 0, or one that the source's own default switches off, has no update at 0. A schedule that leaves
the file is judged by torch's documented order: one update, then one tick.

## References
- https://github.com/huggingface/transformers/issues/34754
- https://github.com/ildoonet/pytorch-gradual-warmup-lr/issues/8
"""

from collections.abc import Iterator
from typing import Final

from warmlint.finding import Severity
from warmlint.rule import rule
from warmlint.site import Judgement, Site

_ABOVE_ZERO: Final = {
    "timm": "give `warmup_lr_init` an LR above 0",
    "monai": "give `warmup_multiplier` a share above 0",
    "pl_bolts": "give `warmup_start_lr` an LR above 0",
    "deepspeed": "give `warmup_min_lr` an LR above 0",
    "ignite": "give `start_value` an LR above 0",
    "warmup_scheduler": "tick it once before the first update, as the library's own example does",
}
_OWN_RAMP: Final = "a `LambdaLR` whose ramp is `(step + 1) / num_warmup_steps` starts above 0"
_OTHERWISE: Final = {
    "get_cosine_with_min_lr_schedule_with_warmup": "`…_with_warmup_lr_rate` is the same and starts above 0",
    "get_wsd_schedule": "give `min_lr_ratio` a share above 0",
    "linear_warmup_decay": _OWN_RAMP,
    "WarmupCosineLR": _OWN_RAMP,
}


@rule("LR406", "library-zero-first-update", on=False)
def check(site: Site) -> Iterator[Judgement]:
    """A library's curve is 0 at the first update's tick, and rises from there."""
    first, library = site.first_tick, site.schedule.library
    if first is None or library is None or not site.uses_tick:
        return
    verdict = site.holds(site.f(first).equals(0))
    if not verdict or (site.w is not None and site.holds(site.f(site.w).equals(0))):
        return
    site = site.shown_by(verdict)
    trace, clock = site.trace, site.clock
    ticks = next((count for count in range(1, 4) if trace.value(first + count)[0] != 0), 1)
    lost = ticks * clock.per_tick
    if site.counts_epochs:
        message = f"the first {'epoch' if ticks == 1 else f'{ticks} epochs'}{site.words.of_warmup} train"
    else:
        message = f"the first {'update' if lost == 1 else f'{lost} updates'}{site.words.of_warmup} run"
    message += "s" if (ticks if site.counts_epochs else lost) == 1 else ""
    name = site.schedule.construct
    yield site.finding(
        at=site.schedule.span,
        verdict=verdict,
        severity=Severity.WARNING if site.counts_epochs else Severity.NOTE,
        message=f"{message} at LR 0: `{name}` of {library} starts there",
        suggestion=_OTHERWISE.get(name) or _ABOVE_ZERO.get(library, _OWN_RAMP),
    )
