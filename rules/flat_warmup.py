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
Where the ramp is in the code and its cap hides it, the fix puts `min` for `max`, or `/` for the `*` before
the warmup's length. Where it stands on the wrong side of a comparison, as in `1.0 if step <= warmup else
step / warmup`, the comparison is turned round, and the ramp counts from 1. Each changes the LR curve, and is
therefore unsafe. Else no fix is offered: the ramp that was meant is not in the code, as where no length of
the warmup is named, or where both ends of the ramp are 1.

## What it cannot see
A constant warmup that is lower than what follows it (`0.1 if epoch < 5 else 1.0`) is a warmup. A warmup
of a single tick is flat by nature. An inverse square root that is held until the warmup ends
(`max(step, warmup_steps) ** -0.5`, as in T5) is flat on purpose.

## References
- https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ConstantLR.html
"""

from collections.abc import Iterator

from warmlint.expr import Op, alike, symbols, walk
from warmlint.finding import Severity
from warmlint.fixes.promises import rises_to
from warmlint.fixes.turns import turned_round, uncovered
from warmlint.rule import rule
from warmlint.site import Judgement, Site

_LOOKS = 10
"""Ticks that are looked at where no length of the warmup is in the code."""


@rule("LR006", "flat-warmup")
def check(site: Site) -> Iterator[Judgement]:
    """Named warmup, and from the first tick to its end the factor stays at its highest."""
    f, t, w = site.f, site.t, site.w
    if not site.says_warmup or not site.uses_tick or _decays_from(site):
        return
    if w is not None:
        at_peak = (f(0) >= 1) | (f(w) <= f(0))
        verdict = site.holds(f(t).equals(f(0)) & (f(0) > 0) & at_peak, t < w, w >= 2)
    else:
        verdict = site.holds(f(t).equals(f(0)) & (f(0) >= 1), t < _LOOKS)
    if not verdict:
        return
    site = site.shown_by(verdict)
    seen, turned = uncovered(site), turned_round(site)
    advice = "divide by the length of the warmup, and cap with `min`"
    if seen is None and turned is not None:
        advice = "turn the comparison round: the ramp comes after the warmup"
    yield site.finding(
        at=site.place(site.branch_at(0)),
        verdict=verdict,
        severity=Severity.WARNING,
        message=f"no warmup: the factor is {site.words.factor(0)} from the first update"
        f" to the end of {site.words.warmup}",
        suggestion=advice,
        edits=seen if seen is not None else turned,
        promise=rises_to(site),
    )


def _decays_from(site: Site) -> bool:
    """Whether the warmup's length is where an inverse square root begins to fall."""
    return site.warmup is not None and any(
        each.op is Op.CALL
        and each.value == "max"
        and any(alike(arg, site.warmup.node) for arg in each.args)
        and any(site.factor.tick in symbols(arg) for arg in each.args)
        for each in walk(site.factor.expression)
    )
