"""A schedule of timm is told epochs where it counts updates, or the other way round.

## What it does
Finds schedules of timm that the loop ticks by the wrong method, with a number of the wrong kind, or with
none: `step(epoch)` where they count updates (`t_in_epochs=False`), `step_update(…)` where they count epochs,
the number of a batch that begins again with each epoch, that of the update where lengths are epochs.

## Why is this bad?
Each schedule of timm listens to one of the two methods and ignores the other: the whole run trains at the
warmup's first LR, and nothing fails. A number of the wrong kind runs the schedule as many times too fast or
too slow as an epoch has batches. `step()` without a number is torch's way, and raises a TypeError.

## Example
```python
from timm.scheduler import CosineLRScheduler


def train(model, loader, optimizer, epochs):
    scheduler = CosineLRScheduler(optimizer, t_initial=epochs, warmup_t=5, warmup_lr_init=1e-6)
    updates = 0
    for epoch in range(epochs):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
            updates += 1
            scheduler.step_update(updates)
```

## Use instead
```python
from timm.scheduler import CosineLRScheduler


def train(model, loader, optimizer, epochs):
    scheduler = CosineLRScheduler(optimizer, t_initial=epochs, warmup_t=5, warmup_lr_init=1e-6)
    for epoch in range(epochs):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        scheduler.step(epoch + 1)
```

## Fix safety
A schedule that counts epochs is told `epoch + 1` where the loop over batches ends; one that counts updates is
told, after each, how many there were: by a counter that the loop has already, else as the batches of the
epochs before and of this one, for which the loop over a loader may come to be wrapped in `enumerate`, and an
unused `_` to be named `epoch`. Either changes the LR curve, and is therefore unsafe. Where the loops do not
stand in each other, or the batches come of no loader with a name, no fix is offered.

## What it cannot see
A schedule that is ticked in another file. Lengths that are named after neither updates nor epochs, and not
computed of a loader, go with any number.

## References
- https://github.com/huggingface/pytorch-image-models/blob/main/timm/scheduler/scheduler.py
- https://huggingface.co/docs/timm/reference/schedulers
"""

from collections.abc import Iterator

from warmlint.expr import symbols
from warmlint.finding import Severity
from warmlint.fixes.epochs import ticks_with, told_number
from warmlint.program import Unit, ticks_of
from warmlint.rule import rule
from warmlint.schedule.evaluate import outcome
from warmlint.site import Judgement, Site

_CALL = {Unit.EPOCH: "`scheduler.step(epoch + 1)`", Unit.UPDATE: "`scheduler.step_update(updates)`"}


@rule("LR403", "timm-step-method")
def check(site: Site) -> Iterator[Judgement]:
    """A method that does nothing, or a number that counts something else."""
    given, ticks = site.factor.given.get("t_in_epochs"), ticks_of(site.loop.program)
    if site.schedule.library != "timm" or given is None or not ticks or not site.clock.certain:
        return
    counts = Unit.EPOCH if outcome(given, site.example.values).value else Unit.UPDATE
    untold = [each.span for each in ticks if each.argument is None]
    if any(each.target == site.schedule.target for each in site.rivals) or site.loop.overwritten:
        return
    fails = "the call raises a TypeError: schedules of timm are told the epoch's number" if untold else None
    found = fails or _unheard(site, counts) or _again(site) or (None if symbols(given) else _mismatch(site))
    if found is not None:
        yield site.finding(
            at=(untold or [each.span for each in ticks])[-1],
            verdict=site.seen("the loop's calls are in sight"),
            severity=Severity.ERROR,
            message=found,
            suggestion=f"a schedule with `t_in_epochs={counts is Unit.EPOCH}` is told by {_CALL[counts]}",
            edits=told_number(site, counts),
            promise=ticks_with(counts),
        )


def _unheard(site: Site, counts: Unit) -> str | None:
    passes = site.clock.passes
    if not any(each.updates for each in passes) or any(each.ticks for each in passes):
        return None
    deaf = f"`{'step_update' if counts is Unit.EPOCH else 'step'}` does nothing"
    why = f"{deaf}, since the schedule counts {counts.value}s"
    return None if any(site.clock.between) else f"{why}: all updates run at {site.words.lr(0)}"


def _again(site: Site) -> str | None:
    """The number falls back with each epoch, before the schedule has come to its end."""
    given, clock, epoch = site.factor.given, site.clock, site.epoch
    length = outcome(given.get("t_initial") or given["decay_t"], site.example.values).number
    last = max((tick for tick, _ in clock.runs), default=0)
    if epoch is None or epoch.ticks < 2 or clock.falls < max(2, len(clock.passes) - 1):
        return None
    why = f"the number begins again with each epoch: the schedule never gets past tick {last:g}"
    return why if length is not None and length > last + 1 else None


def _mismatch(site: Site) -> str | None:
    """The number goes on by updates where lengths are epochs, or by epochs where they are updates."""
    epoch, passes = site.epoch, site.clock.passes
    if epoch is None or epoch.updates < 2 or len(passes) < 3:
        return None
    second, last = (sum(each.updates for each in passes[:number]) for number in (1, len(passes) - 1))
    advance = (site.clock.tick_of(last) - site.clock.tick_of(second)) / (len(passes) - 2)
    wanted, given = (Unit.EPOCH, Unit.UPDATE) if advance >= 2 else (Unit.UPDATE, Unit.EPOCH)
    length = site.length_in(wanted)
    if length is None or not (advance >= 2 or 0 < advance <= 1):
        return None
    return f"`{length.name}` counts {wanted.value}s, and the schedule is told {given.value}s"
