"""A schedule is made and never advanced.

## What it does
Finds schedules whose optimizer is updated again and again, while nothing in the file ticks them or hands them
on; and the reverse, an `else` that leaves the update to runs without a schedule.

## Why is this bad?
Making a schedule writes its first LR, and there the run stays. With a warmup, that is a small part of the LR
that was asked for; without one, the decay never comes. Nothing fails. Where the schedule is ticked in the
place of the update, nothing is learned at all: a tick changes the LR, and not the weights.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR


def train(model, loader, optimizer, warmup_steps):
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup_steps))
    for batch in loader:
        model(batch).backward()
        optimizer.step()
        optimizer.zero_grad()
        print(scheduler.get_last_lr())
```

## Use instead
```python
from torch.optim.lr_scheduler import LambdaLR


def train(model, loader, optimizer, warmup_steps):
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup_steps))
    for batch in loader:
        model(batch).backward()
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        print(scheduler.get_last_lr())
```

## Fix safety
No fix is offered: whether a tick counts updates or epochs is for the author to say.

## What it cannot see
A schedule that is returned, stored, given to something or kept by an object that is made in another file may
be ticked there: then nothing is said. Callbacks of another file that ask Lightning for the schedules of a
module which updates by hand are not looked for. Where another schedule of the optimizer is ticked in its
place, see LR207.

## References
- https://github.com/yl4579/StyleTTS2/issues/274
- https://github.com/RangiLyu/nanodet/pull/200
- https://github.com/ClementPinard/SfmLearner-Pytorch/issues/5
- https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
"""

from collections.abc import Iterator

from warmlint.finding import Severity
from warmlint.rule import rule
from warmlint.site import Judgement, Site


@rule("LR102", "scheduler-never-stepped")
def check(site: Site) -> Iterator[Judgement]:
    """Updates, and no tick; or ticks, and no update."""
    made = site.schedule
    yield from _in_place_of_the_update(site)
    if made.replaced is not None or any(each.loop.ticks for each in site.rivals if site.may_meet(each)):
        return
    moves = site.uses_tick or made.construct == "ReduceLROnPlateau"
    if site.unticked_updates < 2 or not moves:
        return
    stays = f"the run stays at {site.words.lr(0)}"
    low = bool(site.peak and site.holds(site.f(0) < site.peak * 0.5))
    if not site.applied:
        stays, low = f"the LR stays what `{site.optimizer.name}` was made with", False
    yield site.finding(
        at=made.span,
        verdict=site.seen("all uses of it are in sight"),
        severity=Severity.ERROR if low else Severity.WARNING,
        message=f"{site.words.called} is never ticked: {stays}",
        suggestion="call its `step()` after each update, or once an epoch if its lengths count epochs",
    )


def _in_place_of_the_update(site: Site) -> Iterator[Judgement]:
    """`if scheduler: scheduler.step()`, and the update in its `else`."""
    never = site.ruled_out_updates
    if not never:
        return
    yield site.finding(
        at=site.loop.ticks[0],
        verdict=site.seen("the branch is that of a run without a schedule"),
        severity=Severity.ERROR,
        message=f"this ticks in the place of the update: with a schedule, `{site.optimizer.name}` is never"
        f" updated, for {site.source.row_name(never[0].span.row)} is for runs without one",
        suggestion="update in both cases, and tick after it",
    )
