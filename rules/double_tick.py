"""A schedule is advanced twice an update.

## What it does
Finds loops in which two different calls tick the same schedule between one update and the next, or one of
them ticks a `SequentialLR` and the other a schedule that it is composed of.

## Why is this bad?
The schedule runs ahead of the updates that its lengths count. Ticked twice an update, a warmup of 1,000 steps
is over after 500, and the decay reaches its end in the middle of the run. Ticked once more at the end of each
epoch, it is ahead by as many ticks as there were epochs. Nothing fails.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR


def train(model, loader, optimizer, warmup_steps):
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup_steps))
    for batch in loader:
        model(batch).backward()
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        scheduler.step()
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
```

## Fix safety
No fix is offered: which of the two calls is the right one is for the author to say.

## What it cannot see
One call that is run several times, as in `for _ in range(num_processes)`, is taken to be meant. A tick that
is told its number sets it, and adds nothing. Schedules that are ticked from a list as well are not followed.

## References
- https://lightning.ai/docs/pytorch/stable/common/optimization.html#learning-rate-scheduling
- https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
"""

from collections.abc import Iterator

from warmlint.finding import Severity
from warmlint.rule import rule
from warmlint.site import Judgement, Site


@rule("LR107", "double-tick")
def check(site: Site) -> Iterator[Judgement]:
    """Ticks of two places between two updates, or of a schedule and of one that it is composed of."""
    yield from _of_member(site)
    clock = site.clock
    if not site.loop.ticks or not clock.certain or clock.assumed or site.told_ticks or site.wrapped:
        return
    if site.overruns or site.stops_halfway:
        return  # a cycle, of whose length LR205 judges
    gaps = clock.between[1:]  # what comes before the first update is LR101's
    double = [gap for gap in gaps if len(set(gap)) > 1]
    if not double:
        return
    places = list(dict.fromkeys(double[0]))
    rows = " and ".join(str(each.row) for each in sorted(places))
    always = len(double) == len(gaps)
    told = f"lines {rows} both tick `{site.schedule.target}`"
    told += " after each update" if always else f" between two updates, {len(double)} times in {len(gaps)}"
    yield site.finding(
        at=places[-1],
        verdict=site.seen("both calls are in sight"),
        severity=Severity.ERROR if always else Severity.WARNING,
        message=told + (": it runs twice as fast" if always and len(places) == 2 else ""),
        suggestion="tick it in one place",
    )


def _of_member(site: Site) -> Iterator[Judgement]:
    """A part of a composition that is ticked wherever the whole is."""
    both = [(own, whole) for own, whole in site.schedule.member_ticks if whole is not None]
    for own, whole in both[:1]:
        yield site.finding(
            at=own,
            verdict=site.seen("both calls are in sight"),
            severity=Severity.ERROR,
            message=f"{site.source.row_name(whole.row)} ticks `{site.schedule.target}`, and with it what it"
            " is composed of; this ticks one of those a second time",
            suggestion=f"tick `{site.schedule.target}` alone",
        )
