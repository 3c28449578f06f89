"""Floor division, `int` or `round` turns the warmup ramp into a plateau of zeros or a stair.

## What it does
Finds a warmup whose factor takes no more than two values before the warmup is over: all 0, or one step
from low to high where the code spells a ramp.

## Why is this bad?
`step // warmup_steps` is 0 until the last step of the warmup and 1 from then on: nothing is learnt for
the whole warmup, and then training starts at the full LR with no warmup at all.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR


def train(batches, optimizer, warmup_steps):
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) // warmup_steps))
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
The fix turns `//` into `/`. For a 0 that is held until the warmup is over, `0.0 if step < warmup_steps`, it
puts the ramp, where the factor does not rise above what comes after it. It changes the LR curve, and is
therefore unsafe.

## What it cannot see
A stair with three or more steps is taken for a choice, as are a constant warmup (`0.1 if epoch < 5 else
1.0`), a step-wise decay and a conversion of steps to epochs.

## References
- https://github.com/pytorch/pytorch/pull/33271
"""

from collections.abc import Iterator

from warmlint.finding import Severity
from warmlint.fixes.promises import ramps_up
from warmlint.fixes.rewrite import divide_truly, without_stairs
from warmlint.fixes.turns import filled_in
from warmlint.rule import rule
from warmlint.site import Judgement, Site


@rule("LR005", "staircase-warmup")
def check(site: Site) -> Iterator[Judgement]:
    """Two values over the whole warmup, where the code would give a ramp; or zeros, where it says warmup."""
    f, t, w = site.f, site.t, site.w
    if w is None:
        return
    ramp = without_stairs(site)
    if site.says_warmup and (zeros := site.holds(f(t).equals(0) & (f(w) > 0), t < w - 1, w >= 3)):
        verdict, what = zeros, "stays at 0"
    elif ramp is not None:
        two_values = (f(t).equals(f(0)) | f(t).equals(f(w))) & (f(w) > f(0))
        verdict, what = (
            site.holds(two_values & (ramp(t + 1) > ramp(t)), t < w - 1, w >= 3),
            "takes two values only",
        )
    else:
        return
    if not verdict:
        return
    site = site.shown_by(verdict)
    edits, advice = divide_truly(site), "divide with `/`, and round nothing"
    if ramp is None:
        edits = filled_in(site)
        advice = f"let it rise: `{edits[0].content if edits else '(step + 1) / warmup_steps'}`"
    yield site.finding(
        at=site.place(site.branch_at(0)),
        verdict=verdict,
        severity=Severity.ERROR,
        message=f"no ramp: over {site.words.warmup} the factor {what},"
        f" then jumps to {site.words.factor(site.warmup_ticks or 0)}",
        suggestion=advice,
        edits=edits,
        promise=ramps_up(site),
    )
