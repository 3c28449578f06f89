"""The warmup ends below its peak, and the base LR is never reached.

## What it does
Finds a ramp that would arrive at the base LR where the warmup ends, and hands over to a decay that takes
over too low: at no tick of the run does the LR come within a tenth of the base LR.

## Why is this bad?
The base LR is the LR that was tuned. A run that never gets there trains at another one, which stands nowhere
in the code, and changes whenever the warmup's length does.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR


def make_scheduler(optimizer, warmup_epochs):
    return LambdaLR(
        optimizer,
        lambda epoch: 0.1 ** (warmup_epochs - epoch) if epoch < warmup_epochs else 0.95**epoch,
    )
```

## Use instead
```python
from torch.optim.lr_scheduler import LambdaLR


def make_scheduler(optimizer, warmup_epochs):
    return LambdaLR(
        optimizer,
        lambda epoch: (
            0.1 ** (warmup_epochs - epoch) if epoch < warmup_epochs else 0.95 ** (epoch - warmup_epochs)
        ),
    )
```

## Fix safety
No fix is offered: whether the ramp is to go on for one more tick, or the decay to count from the warmup's
end, is for its author to say.

## What it cannot see
A ramp and a decay that are multiplied, or the smaller of which is taken, have no peak of their own: they are
left alone, and so is a ramp to another height than the base LR, as Noam's. Up to a tenth below the base LR is
taken for the last step of a ramp that counts from 0.

## References
- https://github.com/lingxitong/MIL_BASELINE/issues/47
- https://github.com/Oneflow-Inc/libai/issues/37
"""

from collections.abc import Iterator

from warmlint.expr import alike, walk
from warmlint.finding import Scale, Severity
from warmlint.rule import rule
from warmlint.schedule.base_lr import occurrences
from warmlint.site import Judgement, Site
from warmlint.term import Term

_NEAR = 0.9
"""How much of the peak counts as reached: a ramp of ten ticks that counts from 0 ends there."""


@rule("LR002", "missed-peak")
def check(site: Site) -> Iterator[Judgement]:
    """The LR stays below its peak, though the ramp, carried on, gets there: what takes over does not."""
    f, t, w, peak = site.f, site.t, site.w, site.peak
    if w is None or peak is None or site.schedule.library is not None or not _measures(site, peak):
        return
    if site.base_lr is not None and occurrences(site.factor.expression, site.base_lr).named:
        return  # an LR in a factor is why it falls: `base-lr-in-factor`
    for over in (0, -1):  # a counter that starts at 1 hands over at the tick before
        h, ramp = w + over, site.carried_on((site.warmup_ticks or 0) + over - 1)
        rises = (f(h - 2) < f(h - 1)) & (ramp(h) >= 0.99 * peak)
        falls = (f(h) < _NEAR * peak) & (f(h + 2) < f(h + 1)) & (f(h + 2) < f(h))
        verdict = site.holds((f(t) < _NEAR * peak) & rises & falls, *site.warmup_of(4))
        if not verdict:
            continue
        site = site.shown_by(verdict)
        tick = (site.warmup_ticks or 0) + over
        yield site.finding(
            at=site.place(site.branch_at(tick - 1)),
            verdict=verdict,
            severity=Severity.WARNING,
            message=f"{site.words.warmup} never reaches the base LR: {site.words.curve} is"
            f" {site.words.factor(tick - 1)} at {site.unit} {tick - 1}, and the decay takes over at"
            f" {site.words.factor(tick)}",
            suggestion="let the ramp end at the base LR, and the decay begin there",
        )
        return


def _measures(site: Site, peak: Term) -> bool:
    """Whether the curve is measured by its peak: a factor is, an LR if the base LR stands in it."""
    parts = walk(site.factor.expression)
    return site.factor.scale is Scale.FACTOR or any(alike(each, peak.node) for each in parts)
