"""`MultiplicativeLR` is given a factor that was meant for `LambdaLR`.

## What it does
Finds factors given to `MultiplicativeLR` that are a curve of the tick: a ramp up to 1, a power of the tick,
a cosine.

## Why is this bad?
`LambdaLR` multiplies the base LR by the factor, `MultiplicativeLR` the LR of the tick before. There the
factors of all ticks are multiplied with each other: a ramp of 5 epochs, which should end at the base LR, ends
at a twenty-sixth of it and stays there, and `0.95 ** epoch` is nothing after a dozen epochs.

## Example
```python
from torch.optim.lr_scheduler import MultiplicativeLR


def train(model, loader, optimizer):
    scheduler = MultiplicativeLR(optimizer, lambda epoch: min(1.0, (epoch + 1) / 5))
    for epoch in range(100):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Use instead
```python
from torch.optim.lr_scheduler import LambdaLR


def train(model, loader, optimizer):
    scheduler = LambdaLR(optimizer, lambda epoch: min(1.0, (epoch + 1) / 5))
    for epoch in range(100):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Fix safety
The fix puts `LambdaLR` in the place of `MultiplicativeLR`. It changes the LR curve, and is therefore unsafe.

## What it cannot see
A constant factor, and one that is 1 but at milestones, are what `MultiplicativeLR` is for. A factor that
divides by the tick may be the ratio of two neighbours of a curve, and is left alone.

## References
- https://github.com/pytorch/pytorch/issues/32639
- https://github.com/pytorch/pytorch/issues/33752
- https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiplicativeLR.html
"""

from collections.abc import Iterator
from itertools import accumulate, takewhile
from operator import mul

from warmlint.expr import Op, symbols, walk
from warmlint.finding import Severity
from warmlint.fixes.promises import uses_its_factors
from warmlint.fixes.rewrite import lambda_for_multiplicative
from warmlint.rule import rule
from warmlint.schedule.decide import Verdict
from warmlint.site import Judgement, Site

_FAR = 300
"""Ticks that are looked at where the run has no end in sight."""


@rule("LR011", "cumulative-factor", multipliers=True)
def check(site: Site) -> Iterator[Judgement]:
    """The factor is a curve, and no ratio of two of its ticks: such a one divides by the tick."""
    tick = site.factor.tick
    if any(each.op is Op.DIV and tick in symbols(each.args[1]) for each in walk(site.factor.expression)):
        return
    verdict = _is_curve(site)
    if not verdict:
        return
    site = site.shown_by(verdict)
    factors = _factors(site)
    products = list(accumulate(factors, mul))
    if len(products) < 2:
        return
    apart = (at for at, (one, all_) in enumerate(zip(factors, products, strict=True), 1) if 2 * all_ <= one)
    last = min(site.warmup_ticks or next(apart, _FAR), len(products))
    yield site.finding(
        at=site.schedule.span,
        verdict=verdict,
        severity=Severity.ERROR,
        message=f"`MultiplicativeLR` multiplies the factors of all ticks: after {last} the LR is"
        f" {products[last - 1]:.4g} times the base LR, where the factor itself is {site.words.factor(last)}",
        suggestion="use `LambdaLR`, which multiplies the base LR by the factor",
        edits=lambda_for_multiplicative(site),
        promise=uses_its_factors(site),
    )


def _is_curve(site: Site) -> Verdict:
    """Another value at each of the first ticks, of which torch asks for 1 first; or a ramp that ends at 1; or
    the stairs of a power."""
    f, w = site.f, site.w
    changes = [(f(tick) < f(tick + 1)) | (f(tick) > f(tick + 1)) for tick in (1, 2, 3)]
    verdict = site.holds(changes[0] & changes[1] & changes[2])
    if not verdict and w is not None:
        ramp = (f(1) < 1) & (f(1) > 0) & (f(w) >= 1) & (f(w + 1) <= f(w))
        rises = ramp if site.says_warmup else ramp & ((f(1) < f(w - 1)) | (w <= 2))
        verdict = site.holds(rises, *site.warmup_of(2))
    if not verdict and site.example.given and _is_power(site) and len(set(_factors(site))) > 2:
        verdict = site.seen("the tick stands in an exponent")
    return verdict


def _is_power(site: Site) -> bool:
    powers = (each for each in walk(site.factor.expression) if each.op is Op.POW)
    return any(site.factor.tick in symbols(each.args[1]) for each in powers)


def _factors(site: Site) -> list[float]:
    """The factors that torch asks for, up to one that fails."""
    last = min(_FAR, _FAR if site.last_tick is None else max(2, site.last_tick))
    found = (site.trace.factor_at(tick).number for tick in range(1, last + 1))
    return [each for each in takewhile(lambda each: each is not None, found) if each is not None]
