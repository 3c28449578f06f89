"""What is named warmup is constant: at its peak from the first update.

## What it does
Finds a factor that speaks of a warmup and has one value, its highest, from the first tick to the
warmup's end.

## Why is this bad?
There is no warmup. A product in the place of a quotient, or `max` in the place of `min`, holds the
factor at its cap from the start; the run trains at the full LR while its author believes otherwise.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR


def train(batches, optimizer, warmup_steps):
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) * warmup_steps))
    for batch in batches:
        optimizer.step()
        scheduler.step()
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
No fix is offered: the ramp that was meant is not in the code.

## What it cannot see
A constant warmup that is lower than what follows it (`0.1 if epoch < 5 else 1.0`) is a warmup. A warmup
of a single tick is flat by nature.

## References
- https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ConstantLR.html
"""

from collections.abc import Iterator

from warmlint.finding import Severity
from warmlint.rule import rule
from warmlint.site import Judgement, Site

_LOOKS = 10
"""Ticks that are looked at where no length of the warmup is in the code."""


@rule("LR006", "flat-warmup")
def check(site: Site) -> Iterator[Judgement]:
    """Named warmup, and from the first tick to its end the factor stays at its highest."""
    f, t, w = site.f, site.t, site.w
    if not site.says_warmup or not site.uses_tick:
        return
    if w is not None:
        at_peak = (f(0) >= 1) | (f(w) <= f(0))
        verdict = site.holds(f(t).equals(f(0)) & (f(0) > 0) & at_peak, t < w, w >= 2)
    else:
        verdict = site.holds(f(t).equals(f(0)) & (f(0) >= 1), t < _LOOKS)
    if not verdict:
        return
    site = site.shown_by(verdict)
    yield site.finding(
        at=site.place(site.branch_at(0)),
        verdict=verdict,
        severity=Severity.WARNING,
        message=f"no warmup: the factor is {site.words.factor(0)} from the first update"
        f" to the end of {site.words.warmup}",
        suggestion="divide by the length of the warmup, and cap with `min`",
    )
