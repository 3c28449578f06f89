"""The curve jumps where the warmup hands over.

## What it does
Finds a ramp that ends at one height and a curve that takes over at another. It compares what takes over with
what the ramp, carried on, would have been at that tick: reported is a gap of a quarter of the larger of the
two LRs, and of more than twice the ramp's last step. A warmup of few ticks takes large steps, and a decay
that counts from the start of the run instead of the warmup's end begins a little low; a quarter is what no
rounding and no off-by-one of a tick explains, and what a run of any length can feel. A part of a
`SequentialLR` counts from 0 again: one whose lambda subtracts the ticks before it is as far off.

## Why is this bad?
Warmup is there so that the LR changes slowly while the optimizer's moments settle. A jump up spends the
largest step on exactly the state that the warmup was to prevent; a jump down means that the peak was held for
one tick, and that the decay was meant to begin at it.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR

warmup_steps, total_steps = 300, 1000


def make_scheduler(optimizer):
    return LambdaLR(
        optimizer,
        lambda step: (step + 1) / warmup_steps if step < warmup_steps else 1.0 - step / total_steps,
    )
```

## Use instead
```python
from torch.optim.lr_scheduler import LambdaLR

warmup_steps, total_steps = 300, 1000


def make_scheduler(optimizer):
    return LambdaLR(
        optimizer,
        lambda step: (
            (step + 1) / warmup_steps
            if step < warmup_steps
            else 1.0 - (step - warmup_steps) / (total_steps - warmup_steps)
        ),
    )
```

## Fix safety
No fix is offered: which of the two curves has the wrong formula is for its author to say.

## What it cannot see
Of a `SequentialLR`, a part that subtracts the ticks before it is looked at, and no other jump. Steps on
purpose are left alone: a constant warmup, a warmup in stairs, a decay in steps or with restarts. So
is a curve that falls to a constant after the warmup. `milestone-mismatch` reports the jump of a
`SequentialLR` whose first part is cut short.

## References
- https://github.com/huggingface/transformers/pull/4940
- https://github.com/kibok90/imix/issues/1
- https://github.com/yoshitomo-matsubara/torchdistill/pull/219
"""

from collections.abc import Iterator

from warmlint.finding import Severity
from warmlint.rule import rule
from warmlint.schedule.base_lr import occurrences
from warmlint.schedule.evaluate import outcome
from warmlint.site import Judgement, Site

_LARGE = 0.25
"""The share of the LR beside it from which a gap is a jump."""


@rule("LR009", "schedule-jump")
def check(site: Site) -> Iterator[Judgement]:
    """What takes over is far from the ramp carried on, and is no step of a stair."""
    f, t, w = site.f, site.t, site.w
    yield from _counted_twice(site)
    if w is None or site.schedule.library is not None or site.schedule.parts:
        return
    if site.base_lr is not None and occurrences(site.factor.expression, site.base_lr).named:
        return  # an LR in a factor is why it falls: `base-lr-in-factor`
    ends = site.warmup_ticks or 0
    for over in (-1, 0, 1):  # `<` hands over at the warmup's end, `<=` a tick later
        h, ramp = w + over, site.carried_on(ends + over - 1)
        slope = f(h - 1) - f(h - 2)
        steep = (slope > 0) & (f(t) < f(t + 1))
        up = (
            (f(h) - f(h - 1) > _LARGE * f(h))
            & (f(h) - ramp(h) > _LARGE * f(h))
            & (f(h) - ramp(h) > 2 * slope)
        )
        down = (f(h - 1) - f(h) > _LARGE * f(h - 1)) & (ramp(h) - f(h) > 2 * slope) & (f(h + 1) < f(h))
        given = (t < h - 1, *site.warmup_of(3))
        for jump, way in ((up, "up"), (down, "down")):
            verdict = site.holds(steep & jump, *given)
            if not verdict:
                continue
            shown = site.shown_by(verdict)
            tick = (shown.warmup_ticks or 0) + over
            yield shown.finding(
                at=shown.place(shown.branch_at(tick)),
                verdict=verdict,
                severity=Severity.WARNING,
                message=f"{shown.words.warmup} ends with a jump {way}: {shown.words.curve} goes from"
                f" {shown.words.factor(tick - 1)} to {shown.words.factor(tick)} at {shown.unit} {tick}",
                suggestion="let the curve that follows begin where the ramp ends",
                ticks=[tick - 2, tick - 1, tick, tick + 1],
            )
            return


def _counted_twice(site: Site) -> Iterator[Judgement]:
    """A part that takes its own ticks for the run's."""
    for begin, subtracts, verdict in site.counted_twice:
        shown = site.shown_by(verdict)
        at = int(outcome(begin, shown.example.values).number or 0)
        yield shown.finding(
            at=shown.place(subtracts),
            verdict=verdict,
            severity=Severity.WARNING,
            message=f"this counts from 0, and subtracts the ticks before it once more: {shown.words.curve} is"
            f" {shown.words.factor(at)} at {shown.unit} {at}, and only at {shown.unit} {2 * at} what it is"
            f" to begin with, {shown.words.factor(2 * at)}",
            suggestion="count the ticks of a part from its own beginning",
            ticks=[at - 1, at, at + 1, 2 * at],
        )
