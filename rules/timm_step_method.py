"""A schedule of timm is told epochs where it counts updates, or the other way round.

## What it does
Finds schedules of timm that the loop ticks by the wrong method, with a number of the wrong kind, or with
none: `step(epoch)` where they count updates (`t_in_epochs=False`), `step_update(…)` where they count epochs,
the number of a batch that begins again with each epoch, that of the update where lengths are epochs, a
validation's loss.

## Why is this bad?
Each schedule of timm listens to one of the two methods and ignores the other: the whole run trains at the
warmup's first LR, and nothing fails. A number of the wrong kind runs the schedule as many times too fast or
too slow as an epoch has batches; with a loss, which `step(epoch, metric=None)` takes second, the LR stays
near that of epoch 0. `step()` without a number is torch's way, and raises a TypeError.

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
A schedule that counts epochs is told `epoch + 1` where the loop over batches ends, or before the loss; one
that counts updates is told, after each, how many there were: by a counter that the loop has already, else as
the batches of the epochs before and of this one, for which the loop over a loader may come to be wrapped in
`enumerate`, and an unused `_` to be named `epoch`. Either changes the LR curve, and is therefore unsafe.
Where the loops do not stand in each other, or the batches come of no loader with a name, no fix is offered.

## What it cannot see
A schedule that is ticked in another file. Lengths that are named after neither updates nor epochs, and not
computed of a loader, go with any number. A metric is known by its name alone, and only where no
`ReduceLROnPlateau` in the file may ask for it.

## References
- https://github.com/huggingface/pytorch-image-models/blob/main/timm/scheduler/scheduler.py
- https://huggingface.co/docs/timm/reference/schedulers
- https://github.com/blobquiet/SIIM-ISIC-Melanoma-Classification/blob/main/lr_scheduler_cosine.py
"""

from collections.abc import Iterator

from warmlint.expr import symbols
from warmlint.finding import Severity
from warmlint.fixes.epochs import ticks_with, told_number
from warmlint.program import Unit, ticks_of
from warmlint.rule import rule
from warmlint.schedule.evaluate import outcome
from warmlint.site import Judgement, Site


@rule("LR403", "timm-step-method")
def check(site: Site) -> Iterator[Judgement]:
    """A method that does nothing, or a number that counts something else."""
    given, ticks = site.factor.given.get("t_in_epochs"), ticks_of(site.loop.program)
    metric, certain = site.told_metric, site.told_metric or site.clock.certain
    alone = not site.loop.overwritten and all(each.target != site.schedule.target for each in site.rivals)
    if site.schedule.library != "timm" or given is None or not (ticks and certain and alone):
        return
    counts = Unit.EPOCH if outcome(given, site.example.values).value else Unit.UPDATE
    untold = [each.span for each in ticks if each.argument is None]
    fails = "the call raises a TypeError: schedules of timm are told the epoch's number" if untold else None
    taken = metric and f"`{metric}` is taken for the {counts.value}'s number: 1.0 gives {site.words.lr(1)}"
    found = fails or _unheard(site, counts) or taken or _again(site) or _mismatch(site)
    call = "step(epoch + 1)" if counts is Unit.EPOCH else "step_update(updates)"
    if found is not None:
        yield site.finding(
            at=(untold or [each.span for each in ticks])[-1],
            verdict=site.seen("the loop's calls are in sight"),
            severity=Severity.ERROR,
            message=found,
            suggestion=f"a schedule with `t_in_epochs={counts is Unit.EPOCH}` is told by `scheduler.{call}`",
            edits=told_number(site, counts),
            promise=ticks_with(counts),
        )


def _unheard(site: Site, counts: Unit) -> str | None:
    passes = site.clock.passes
    if not any(each.updates for each in passes) or any(each.ticks for each in passes):
        return None
    deaf = f"`{'step_update' if counts is Unit.EPOCH else 'step'}` does nothing, since the schedule counts"
    return (
        None if any(site.clock.between) else f"{deaf} {counts.value}s: all updates run at {site.words.lr(0)}"
    )


def _again(site: Site) -> str | None:
    """The number falls back with each epoch, before the schedule has come to its end."""
    given, clock, epoch = site.factor.given, site.clock, site.epoch
    length = outcome(given.get("t_initial") or given["decay_t"], site.example.values).number or 0
    last = max((tick for tick, _ in clock.runs), default=0)
    if epoch is None or epoch.ticks < 2 or clock.falls < max(2, len(clock.passes) - 1) or length <= last + 1:
        return None
    return f"the number begins again with each epoch: the schedule never gets past tick {last:g}"


def _mismatch(site: Site) -> str | None:
    """The number goes on by updates where lengths are epochs, or by epochs where they are updates."""
    epoch, passes = site.epoch, site.clock.passes
    if symbols(site.factor.given["t_in_epochs"]) or epoch is None or epoch.updates < 2 or len(passes) < 3:
        return None
    second, last = (sum(each.updates for each in passes[:number]) for number in (1, len(passes) - 1))
    advance = (site.clock.tick_of(last) - site.clock.tick_of(second)) / (len(passes) - 2)
    wanted, given = (Unit.EPOCH, Unit.UPDATE) if advance >= 2 else (Unit.UPDATE, Unit.EPOCH)
    length = site.length_in(wanted)
    if length is None or not (advance >= 2 or 0 < advance <= 1):
        return None
    return f"`{length.name}` counts {wanted.value}s, and the schedule is told {given.value}s"
