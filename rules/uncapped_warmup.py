"""The factor keeps growing past its peak.

## What it does
Finds a warmup ramp that goes on rising after the warmup is over, as steep as before, for as long as the
run goes on.

## Why is this bad?
The base LR is the LR that was tuned. A ramp without a cap passes it and does not stop: at ten times the
warmup the model trains at ten times the LR, and diverges, or settles far from where it should.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR


def train(batches, optimizer, warmup_steps):
    scheduler = LambdaLR(optimizer, lambda step: (step + 1) / warmup_steps)
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
The fix puts `min(1.0, …)` around the ramp, or around the part of it that the peak LR is multiplied by. Up to
the ramp's end the curve stays as it is, and then it stays at its peak. Where a `SequentialLR` hands over too
late to a decay whose length counts on the ramp's, the milestone is put to the ramp's end instead, and what
follows begins as many ticks earlier. Either changes the LR curve, and is therefore unsafe.

## What it cannot see
A ramp that is stopped from outside is fine: by a loop that ends with the warmup, by a guard around the
tick, by the milestone of a `SequentialLR` at the ramp's end. Of a ramp there that is left to go on, only one
is reported that at its own end was at the LR which follows. A schedule that leaves the file is not judged.

## References
- https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html
"""

from collections.abc import Iterator

from warmlint.facts.model import Part
from warmlint.finding import Severity
from warmlint.fixes.milestones import ended
from warmlint.fixes.promises import is_capped
from warmlint.fixes.rewrite import cap_at_one
from warmlint.rule import rule
from warmlint.schedule.decide import Verdict
from warmlint.schedule.evaluate import outcome
from warmlint.site import Judgement, Site


@rule("LR003", "uncapped-warmup")
def check(site: Site) -> Iterator[Judgement]:
    """After the warmup, each tick goes on adding what the first one after it added."""
    f, t, w, last = site.f, site.t, site.w, site.last_tick
    if not site.stays_in_sight or site.stops_at_a_guard:
        return
    if site.schedule.parts:
        yield from (_too_late(site.shown_by(late[-1]), *late) for late in site.handed_over_late)
        return
    if w is not None:
        if last is not None and site.warmup_ticks is not None and last <= site.warmup_ticks:
            return  # the run ends at the peak
        as_steep = f(t + 1) - f(t) > 0.5 * (f(w + 1) - f(w))
        verdict = site.holds((f(w + 1) > f(w)) & as_steep, t >= w, 3 * w >= t)
    elif site.says_warmup and last is not None:  # no length: then it is over where the factor is 1
        as_steep = f(t + 1) - f(t) > 0.5 * (f(1) - f(0))
        verdict = site.holds((f(1) > f(0)) & as_steep & (f(last) > 1.1), t < last)
    else:
        return
    if not verdict:
        return
    site = site.shown_by(verdict)
    last = site.last_tick
    shown = last if last is not None else 10 * (site.warmup_ticks or 1)
    ramp = site.branch_at(shown)
    yield site.finding(
        at=site.place(ramp),
        verdict=verdict,
        severity=Severity.ERROR,
        message=f"the warmup has no cap: at {site.unit} {shown} the factor is"
        f" {site.words.factor(shown)} and still grows",
        suggestion="cap the ramp: `min(1.0, …)`",
        edits=cap_at_one(site, ramp),
        promise=is_capped(site, shown),
        ticks=[*site.trace.key_ticks(), shown],
    )


def _too_late(site: Site, ramp: Part, following: Part, verdict: Verdict) -> Judgement:
    """A ramp that its milestone lets go on, past the LR that comes after it."""
    end = site.of_part(ramp).shown_with(site.example).warmup_ticks or 0
    begin = outcome(following.begin, site.example.values).number if following.begin is not None else None
    milestone = int(begin or 0)
    advice, edits, promise = ended(site, ramp, following, end, milestone)
    return site.finding(
        at=following.begin_span or ramp.span,
        verdict=verdict,
        severity=Severity.ERROR,
        message=f"the warmup has no cap, and its milestone is {milestone - end} {site.unit}s past its end:"
        f" {site.words.curve} grows to {site.words.factor(milestone - 1)}, then is"
        f" {site.words.factor(milestone)}",
        suggestion=advice,
        edits=edits,
        promise=promise,
        ticks=[0, end - 1, end, milestone - 1, milestone],
    )
