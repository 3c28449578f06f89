"""A warmup of 0, or as long as the run, divides by zero.

## What it does
Evaluates the factor with the values that the source itself gives, and finds the tick at which it divides
by zero.

## Why is this bad?
Training stops with a ZeroDivisionError: at once, when the schedule is made, or after hours, when the
warmup hands over to a decay of length 0.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR


def make_scheduler(optimizer, warmup_steps=0):
    return LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup_steps))
```

## Use instead
```python
from torch.optim.lr_scheduler import LambdaLR


def make_scheduler(optimizer, warmup_steps=0):
    return LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / max(1, warmup_steps)))
```

## Fix safety
The fix puts `max(1, …)` around the divisor. It changes nothing but the failing values, and is still
unsafe, for a warmup of 0 may have been meant to be refused.

## What it cannot see
A length that the source does not give may be 0 in somebody's configuration; that is not reported.

## References
- https://github.com/mosaicml/composer/issues/1077
- https://github.com/Lightning-AI/litgpt/issues/1393
"""

from collections.abc import Iterator

from warmlint.finding import Severity
from warmlint.fixes.rewrite import guard_divisor
from warmlint.rule import rule
from warmlint.site import Judgement, Site


@rule("LR008", "warmup-division-by-zero")
def check(site: Site) -> Iterator[Judgement]:
    """With the source's own values, some tick that the run reaches divides by zero."""
    failing = site.first_division_by_zero()
    if failing is None:
        return
    when = "when the schedule is made" if failing.tick == 0 else f"at {site.unit} {failing.tick}"
    yield site.finding(
        at=site.place(failing.division),
        verdict=failing.verdict,
        severity=Severity.ERROR,
        message=f"{site.quote(failing.division)} divides by zero {when}: {failing.because}",
        suggestion="divide by `max(1, …)`",
        change=guard_divisor(site, failing.division.args[1]),
        ticks=[failing.tick],
    )
