"""`SequentialLR` hands over before the warmup has ended.

## What it does
Compares the length of a `LinearLR` that rises with the milestone that ends its turn. Reported is a milestone
that comes two ticks or more before the ramp is at its end, and a curve that jumps there.

## Why is this bad?
`SequentialLR` stops its first scheduler at the milestone, wherever that stands, and starts the next one from
the base LR. With `total_iters=10` and a milestone of 5, the LR climbs to half of the base LR and is at the
whole of it one tick later: the second half of the warmup is left out, and the jump is what it was there to
avoid.

## Example
```python
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR


def make_scheduler(optimizer, epochs=100):
    warmup = LinearLR(optimizer, start_factor=0.1, total_iters=10)
    cosine = CosineAnnealingLR(optimizer, T_max=epochs - 5)
    return SequentialLR(optimizer, schedulers=[warmup, cosine], milestones=[5])
```

## Use instead
```python
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR


def make_scheduler(optimizer, epochs=100, warmup_epochs=5):
    warmup = LinearLR(optimizer, start_factor=0.1, total_iters=warmup_epochs)
    cosine = CosineAnnealingLR(optimizer, T_max=epochs - warmup_epochs)
    return SequentialLR(optimizer, schedulers=[warmup, cosine], milestones=[warmup_epochs])
```

## Fix safety
Where the decay's length has the milestone in it, or the ramp's was left to its default, the ramp is given the
milestone's length, and all that follows the milestone stays as it is. Else the milestone is put to the ramp's
end, and all before the old one stays. Either changes the LR curve, and is therefore unsafe.

## What it cannot see
A milestone after the ramp's end holds the base LR until then, which many mean, and is left alone. So is a
`ConstantLR`, whose length is often a large number that stands for "until the milestone". Two lengths that the
source does not give are compared where one is computed from the other.

## References
- https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html
"""

from collections.abc import Iterator
from itertools import pairwise

from warmlint.finding import Severity
from warmlint.fixes.lengths import is_counted_on, one_length
from warmlint.fixes.promises import keeps_from, keeps_until
from warmlint.rule import rule
from warmlint.schedule.evaluate import outcome
from warmlint.site import Judgement, Site
from warmlint.term import Function, Term, term


@rule("LR201", "milestone-mismatch")
def check(site: Site) -> Iterator[Judgement]:
    """The ramp is cut short by two ticks or more, and the LR jumps by more than twice what it rose before."""
    f, parts = site.f, site.schedule.parts
    for part, following in pairwise(parts):
        if part.construct != "LinearLR" or part.length is None or following.begin is None:
            continue
        begin, end, length = term(part.begin or 0), term(following.begin), term(part.length)
        own = Function(part.factor.expression, part.factor.tick)
        cut = (end - begin < length - 1) & (own(0) < own(length))
        jumps = f(end) - f(end - 1) > 2 * (f(end - 1) - f(end - 2))
        verdict = site.holds(cut & jumps, end - begin >= 2)
        # Also where the longer one of two lengths that the source does not give would be taken for the run's.
        longer = (length > end - begin).node
        if not verdict or not all(outcome(longer, each.values).value is True for each in site.space.own):
            continue
        shown = site.shown_by(verdict)
        at, ticks, whole = (_number(shown, each) for each in (end, end - begin, length))
        if shown.last_tick is not None and shown.last_tick < at:
            continue  # the run is over before
        default = "" if part.length_span is not None else ", the default of `total_iters`"
        yield shown.finding(
            at=following.begin_span or part.length_span or part.span,
            verdict=verdict,
            severity=Severity.ERROR,
            message=f"the milestone cuts the warmup off after {ticks:g} of its {whole:g} ticks{default}:"
            f" {shown.words.curve} jumps from {shown.words.factor(at - 1)} to {shown.words.factor(at)}"
            f" at {shown.unit} {at:g}",
            suggestion="give the milestone and `total_iters` one length",
            ticks=[0, at - 1, at, at + 1],
            edits=one_length(shown, part, following),
            promise=keeps_from(shown, at) if is_counted_on(part, following) else keeps_until(shown, at - 1),
        )


def _number(site: Site, each: Term) -> float:
    """A length under the values that are shown."""
    return outcome(each.node, site.example.values).number or 0
