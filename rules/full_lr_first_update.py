"""The first update runs at the full LR, before the warmup has written its own.

## What it does
Finds schedules with a warmup that leave update 0 to the optimizer's own LR: an object that writes nothing
until its first tick, and is ticked after the update; a subclass of torch's `LRScheduler` that never calls
`super().__init__()`, and one that sets up its warmup only after that call, so that its first tick is
computed without it.

## Why is this bad?
Warmup is there for the first updates, when weights are random and the optimizer's moments are empty. One
update at the full LR, or a whole epoch of them where the schedule ticks once an epoch, does the harm that it
should prevent. torch's own schedulers write their first LR when they are made.

## Example
```python
import torch


class Warmup:
    def __init__(self, optimizer, lr, warmup_steps):
        self.optimizer, self.lr, self.warmup_steps = optimizer, lr, warmup_steps
        self.steps = 0

    def step(self):
        self.steps += 1
        for group in self.optimizer.param_groups:
            group["lr"] = self.lr * min(1.0, self.steps / self.warmup_steps)


def train(model, batches):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    warmup = Warmup(optimizer, lr=0.1, warmup_steps=100)
    for batch in batches:
        model(batch).backward()
        optimizer.step()
        warmup.step()
```

## Use instead
```python
import torch


class Warmup:
    def __init__(self, optimizer, lr, warmup_steps):
        self.optimizer, self.lr, self.warmup_steps = optimizer, lr, warmup_steps
        self.steps = 0

    def step(self):
        self.steps += 1
        for group in self.optimizer.param_groups:
            group["lr"] = self.lr * min(1.0, self.steps / self.warmup_steps)


def train(model, batches):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    warmup = Warmup(optimizer, lr=0.1, warmup_steps=100)
    for batch in batches:
        warmup.step()
        model(batch).backward()
        optimizer.step()
```

## Fix safety
Of an object that is ticked after the update, the fix moves the tick above it, so that every update runs at
the LR that the next one ran at. Of a class that derives from torch's, it lets `super().__init__()` come last
in the constructor, or writes it there; nothing but the first LR changes. All of them change what update 0
runs at, and are therefore unsafe. A class whose loop is out of sight gets no fix but the latter, and one
whose warmup, once it begins at tick 0, never reaches the base LR gets none.

## What it cannot see
A class of one's own whose loop is out of sight may well be ticked before each update, and is not judged; one
that derives from torch's is judged by torch's documented order: one update, then one tick.

## References
- https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
- https://github.com/huggingface/accelerate/issues/2124
"""

from collections.abc import Iterator

from warmlint.finding import Confidence, Severity
from warmlint.fixes.constructors import applied_first
from warmlint.fixes.promises import same_from, updates_sooner
from warmlint.program import Hidden, has
from warmlint.rule import rule
from warmlint.site import Judgement, Site
from warmlint.term import Function, Term


@rule("LR012", "full-lr-first-update")
def check(site: Site) -> Iterator[Judgement]:
    """Update 0 runs before the first write of a rising warmup, or the curve itself begins with its peak."""
    first, late = site.first_tick, site.written_for_the_past  # each LR is, and not the first alone
    if site.w is None or first is None or late or site.loop.overwritten or site.schedule.replaced is not None:
        return
    if site.applied:
        yield from _begins_with_its_peak(site, site.f, site.w)
        return
    hidden, called = not site.unwritten_updates, site.source.text.count(f"{site.factor.name}(")
    if site.schedule.construct == "param_groups" and called > 2:
        return  # it is called from elsewhere too, perhaps before the loop
    if hidden and not (site.schedule.derived and site.clock.assumed and not has(site.loop.program, Hidden)):
        return
    least, own, lr = site.warmup_of(2), site.trace.unwritten, site.made_lr
    rises = site.holds(site.f(first) < site.f(site.w), *least)
    if not rises or (lr is not None and not site.holds(site.f(first) < lr * (1 - 1e-9), *least)):
        return  # update 0 has no LR that is too high
    site = site.shown_by(rises)
    updates, name = site.unwritten_updates or 1, site.schedule.construct
    run = "epoch trains" if site.counts_epochs else f"{updates} updates run" if updates > 1 else "update runs"
    when = f"for making `{name}` writes nothing" if hidden else "before the schedule first writes"
    yield site.finding(
        at=site.schedule.span,
        verdict=rises,
        severity=Severity.ERROR if updates > 1 or site.counts_epochs else Severity.WARNING,
        confidence=Confidence.MEDIUM if own is None or hidden else None,
        message=f"the first {run} at the optimizer's own LR{'' if own is None else f' {own:.4g}'}, {when}:"
        f" {site.words.warmup} begins with {site.words.lr(first)}",
        suggestion="call `super().__init__(optimizer)` last in the constructor: it writes the first LR"
        if site.schedule.derived
        else "write the LR before `optimizer.step()`",
        edits=applied_first(site),
        promise=updates_sooner(site, updates),
        ticks=(-1, *site.trace.key_ticks()),
    )


def _begins_with_its_peak(site: Site, f: Function, w: Term) -> Iterator[Judgement]:
    """The curve is at its peak at tick 0, drops, and then rises to it through the warmup."""
    falls = (f(0) >= f(w) * (1 - 1e-9)) & (f(1) < f(0) * 0.999) & (f(1) < f(w - 1))
    verdict = site.holds(falls & (f(1) <= f(2)), w >= 3)
    if not verdict or site.first_tick != 0:
        return
    site = site.shown_by(verdict)
    yield site.finding(
        at=site.factor.span,
        verdict=verdict,
        severity=Severity.WARNING,
        message=f"the first {site.unit} runs at {site.words.lr(0)}, the peak, and {site.words.warmup} begins"
        f" with {site.words.lr(1)} at {site.unit} 1",
        suggestion="set the warmup's attributes before `super().__init__()`, which computes the first LR"
        if site.schedule.derived
        else "let the warmup hold at tick 0 too",
        edits=applied_first(site),
        promise=same_from(site, 1),
        ticks=(0, 1, *site.trace.key_ticks()),
    )
