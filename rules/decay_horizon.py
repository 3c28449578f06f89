"""The decay's length forgets the warmup before it, or is not the run's.

## What it does
Runs the loop, and looks at the decay that it ends in. Reported is a `SequentialLR` whose last part is as long
as the whole run, although a warmup comes before it, so that the run ends before the decay does; and a
`CosineAnnealingLR` that is over before the run is, so that the LR rises again. Either only where the run's
last LR is more than a twentieth of the peak above the floor.

## Why is this bad?
The last part of a decay is where the loss settles. A decay that is cut off leaves it out, the more of it the
longer the warmup. A cosine that goes on past `T_max` goes back up, for `CosineAnnealingLR` has no end: the
run ends at an LR from its middle.

## Example
```python
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR


def train(model, loader, optimizer, epochs=20, warmup_epochs=5):
    warmup = LinearLR(optimizer, start_factor=0.1, total_iters=warmup_epochs)
    cosine = CosineAnnealingLR(optimizer, T_max=epochs)
    scheduler = SequentialLR(optimizer, [warmup, cosine], milestones=[warmup_epochs])
    for epoch in range(epochs):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Use instead
```python
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR


def train(model, loader, optimizer, epochs=20, warmup_epochs=5):
    warmup = LinearLR(optimizer, start_factor=0.1, total_iters=warmup_epochs)
    cosine = CosineAnnealingLR(optimizer, T_max=epochs - warmup_epochs)
    scheduler = SequentialLR(optimizer, [warmup, cosine], milestones=[warmup_epochs])
    for epoch in range(epochs):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Fix safety
A decay as long as the run is made shorter by the warmup before it; a cosine without one is made as long as
the loop that ticks it. The decay then ends with the run. That changes the LR curve, and is therefore unsafe:
a longer run may be what was meant.

## What it cannot see
A loop that is out of sight, may stop early or ticks under a condition that the source does not decide is not
judged. A run of two `T_max` or more is taken for one of several cycles, as is a length that is named after
one. Floors are taken as they are.

## References
- https://github.com/Tencent-Hunyuan/UniRL/pull/223
- https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html
"""

from collections.abc import Iterator
from typing import NamedTuple

from warmlint.expr import Node, const, walk
from warmlint.finding import Severity
from warmlint.fixes.lengths import cut_to_the_run
from warmlint.fixes.promises import ends_with_the_run
from warmlint.rule import rule
from warmlint.schedule.evaluate import outcome
from warmlint.schedule.roles import name_of
from warmlint.schedule.words import words
from warmlint.site import Judgement, Site
from warmlint.source import Span

_COSINE = "CosineAnnealingLR"


class _Decay(NamedTuple):
    begin: Node
    length: Node
    cosine: bool
    span: Span


@rule("LR202", "decay-horizon")
def check(site: Site) -> Iterator[Judgement]:
    """With the source's own values, the decay is cut off by its warmup, or a cosine turns back up."""
    decay, own = _last(site), site.space.own
    if decay is None or not own or not site.stays_in_sight or site.rivals:
        return
    named = {word for each in walk(decay.length) for word in words(name_of(each) or "")}
    found = [_judged(site.shown_with(each), decay) for each in own]
    if None not in found and not named & {"cycle", "cycles", "period"}:
        yield site.shown_with(own[0]).finding(
            at=decay.span,
            verdict=site.witnessed,
            severity=Severity.WARNING,
            message=found[0] or "",
            suggestion="let warmup and decay together be as long as the run",
            edits=cut_to_the_run(site, decay.span),
            promise=ends_with_the_run,
        )


def _last(site: Site) -> _Decay | None:
    """The decay that a run ends in: where it begins, how long it is and where that is written."""
    made, total = site.schedule, site.roles.total
    if made.parts and (last := made.parts[-1]).begin is not None and last.length is not None:
        return _Decay(last.begin, last.length, last.construct == _COSINE, last.length_span or last.span)
    if made.construct != _COSINE or total is None or total.name != "self.T_max":
        return None
    return _Decay(const(0), total.node, cosine=True, span=made.span)


def _judged(site: Site, decay: _Decay) -> str | None:
    """What is wrong under the valuation that is shown; None where nothing is, or where it cannot be told."""
    last, f = site.last_tick, site.trace.factor_at
    begin, length = (outcome(each, site.example.values).number for each in decay[:2])
    if last is None or begin is None or length is None or length <= 1 or begin >= last:
        return None
    end, made = begin + length, site.clock.made
    top, final, floor = (f(tick).number for tick in (begin, last, end))
    if top is None or final is None or floor is None or final - floor <= 0.05 * (top - floor):
        return None
    ends = f"{site.unit} {last}, the last, is at {site.words.lr(last)}, not {site.words.lr(end)}"
    if begin > 0 and made - 1 <= length <= made and floor < top:
        return f"the decay is as long as the run, and {begin:g} ticks of warmup come before it: {ends}"
    turns = decay.cosine and end < last < begin + 2 * length - 1
    return f"the cosine is over at {site.unit} {end:g} and turns back up: {ends}" if turns else None
