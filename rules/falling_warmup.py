"""What is named warmup lowers the LR, or never raises it.

## What it does
Finds a factor that is named warmup, by a length's name or by the function's, and falls from its first
tick on.

## Why is this bad?
Warmup starts low and rises to the base LR; decay starts at it and falls. A decay under the name of
warmup spends the largest steps on weights that are still random, which is what warmup is there to
prevent, and leaves an LR near 0 when training should begin.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR


def train(batches, optimizer, warmup_steps):
    scheduler = LambdaLR(optimizer, lambda step: max(0.0, 1.0 - step / warmup_steps))
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
Where the ramp is the mirror image of one, `1 - step / warmup_steps` or `1 + cos`, the fix turns it, counts
from 1 where it would start at 0, and caps it where only a floor held it. Of a ramp between two ends,
`(1 - p) + low * p`, it swaps the ends. It changes the LR curve, and is therefore unsafe. Else no fix is
offered, as for `0.9**epoch`: whether the name or the curve is wrong is for its author to say.

## What it cannot see
"Warm restarts" and "warm start" are other things, and are left alone. A function that is named after
what follows the warmup is too.

## References
- https://arxiv.org/abs/1706.02677, section 2.2, for what warmup is
"""

from collections.abc import Iterator

from warmlint.finding import Severity
from warmlint.fixes.promises import rises_to
from warmlint.fixes.turns import turned_up
from warmlint.rule import rule
from warmlint.site import Judgement, Site
from warmlint.term import term

_LOOKS = 10
"""Ticks that are looked at where no length of the warmup is in the code."""


@rule("LR004", "falling-warmup")
def check(site: Site) -> Iterator[Judgement]:
    """Named warmup, and within it the factor never rises and does fall."""
    if not site.says_warmup:
        return
    f, t = site.f, site.t
    last = site.w - 1 if site.w is not None else term(_LOOKS)
    verdict = site.holds((f(t + 1) <= f(t)) & (f(last) < f(0)), t < last, last >= 2)
    if not verdict:
        return
    site = site.shown_by(verdict)
    end = site.warmup_ticks - 1 if site.warmup_ticks is not None else _LOOKS
    yield site.finding(
        at=site.place(site.branch_at(0)),
        verdict=verdict,
        severity=Severity.ERROR,
        message=f"{site.words.warmup} lowers the LR: the factor falls from {site.words.factor(0)}"
        f" at {site.unit} 0 to {site.words.factor(end)} at {site.unit} {end}",
        suggestion="let the factor rise to 1, or name it decay if it is meant to fall",
        edits=turned_up(site),
        promise=rises_to(site),
    )
