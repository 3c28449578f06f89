"""Resuming a stored run restarts the schedule, replays a part of it, or skips one.

## What it does
Finds, in code that loads a stored run, an optimizer that is loaded without its schedule while the loop goes
on from the stored epoch; a schedule that is loaded without its optimizer; one that is made for an optimizer
that is loaded already, made anew after it was loaded, or ticked once more; a `last_epoch=` that counts
epochs where the ticks are batches, or that is given for an optimizer without `initial_lr`; and a counter
that a schedule by hand goes by, and that starts at 0 again.

## Why is this bad?
The state of a schedule is small, and easy to forget. Without it a resumed run warms up a second time, at full
length, and its decay comes as much too late. A schedule that goes on from the LR that it finds, as `LinearLR`
does, needs the optimizer's LR too: loaded in the wrong order, or by half, it ends at another LR for good.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR


def train(model, loader, optimizer, epochs, checkpoint=None):
    scheduler = LambdaLR(optimizer, lambda epoch: min(1.0, (epoch + 1) / 5))
    start_epoch = 0
    if checkpoint is not None:
        optimizer.load_state_dict(checkpoint["optimizer"])
        start_epoch = checkpoint["epoch"]
    for epoch in range(start_epoch, epochs):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Use instead
```python
from torch.optim.lr_scheduler import LambdaLR


def train(model, loader, optimizer, epochs, checkpoint=None):
    scheduler = LambdaLR(optimizer, lambda epoch: min(1.0, (epoch + 1) / 5))
    start_epoch = 0
    if checkpoint is not None:
        optimizer.load_state_dict(checkpoint["optimizer"])
        scheduler.load_state_dict(checkpoint["scheduler"])
        start_epoch = checkpoint["epoch"]
    for epoch in range(start_epoch, epochs):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Fix safety
A schedule that is made for what is loaded is made above it, one that begins at a stored number below; a tick
that follows the load goes, with the loop that does nothing else. A state, or a counter, that is not loaded is
loaded beside the optimizer's by the key under which it is stored; where nothing stores it, it is also put
into the dict that the optimizer's state comes from. A `last_epoch=` in epochs is multiplied by the batches of
one. A new run keeps its curve, a resumed one gets it back. All are unsafe: what a checkpoint holds is not in
the source, and one that was stored before the fix has no such key. Where the dict, or the load, is written
elsewhere or otherwise (in a function that is not given the schedule, for one), where schedules stand in a
list, or where the LR itself is what is lost, no fix is offered.

## What it cannot see
Whoever loads weights alone, and begins at epoch 0, fine-tunes: nothing is said of it. A schedule that is
handed to what loads it out of sight, or kept in a list, is not judged.

## References
- https://github.com/vllm-project/speculators/pull/900
- https://github.com/torch-points3d/torch-points3d/pull/630
- https://github.com/ultralytics/yolov5/issues/292
"""

from collections.abc import Iterator

from warmlint.expr import plain
from warmlint.facts.model import UNAPPLIED
from warmlint.finding import Confidence, Severity
from warmlint.fixes.resumes import advice, in_order, keeps_new_runs
from warmlint.program import RESUMED, handled
from warmlint.rule import rule
from warmlint.site import Judgement, Site
from warmlint.trace.resumed import Found, Slip, slips

_GOES_ON = {"CosineAnnealingLR", "PolynomialLR", "StepLR", "MultiStepLR", "ExponentialLR"}
_SAYS = {
    Slip.NOT_LOADED: "`{it}` is not loaded: resumed at `{name}`, it counts from tick 0 again ({begin})",
    Slip.MADE_ON_LOADED: "`{it}` is made after its optimizer was loaded: it scales the stored LR once more",
    Slip.ALONE: "`{it}` is loaded and its optimizer is not: it goes on from the LR that it finds, {begin}",
    Slip.MADE_ANEW: "`{it}` is made anew after its state was loaded: it starts again, from {begin}",
    Slip.TICKED: "`{it}` was loaded where it stood: this tick takes it further before any update",
    Slip.OTHER_UNIT: "`last_epoch` is `{name}`, which counts epochs, and the loop ticks every batch",
    Slip.BARE: "with `{name}` above 0 this raises `KeyError`: no param group has an `initial_lr` yet",
    Slip.COUNTER: "`{name}` starts at 0 in a resumed run too: the schedule starts again, from {begin}",
    Slip.KEPT: "`{name}` is multiplied as ticks pass, and nothing stores it: a resumed run begins in full",
}
_LASTING = {Slip.MADE_ON_LOADED, Slip.ALONE, Slip.BARE}


@rule("LR303", "resume-restarts-schedule")
def check(site: Site) -> Iterator[Judgement]:
    """What is loaded, made and ticked before the first update, in this order."""
    it = site.schedule.target
    for found in _found(site):
        yield site.finding(
            at=found.span,
            verdict=site.seen("what comes before the first update is in sight"),
            severity=Severity.ERROR if found.slip in _LASTING else Severity.WARNING,
            confidence=Confidence.MEDIUM if found.slip is Slip.KEPT else None,
            message=_SAYS[found.slip].format(it=it, name=found.name, begin=site.words.lr(0)),
            suggestion=advice(found),
            ticks=(0,) if site.unknown else (),
            edits=in_order(site, found),
            promise=keeps_new_runs(site, found),
        )


def _found(site: Site) -> Iterator[Found]:
    made, loop = site.schedule, site.loop
    resumed = any(each.how in RESUMED for each in handled(loop.program))
    if site.factor.keeps is not None and (resumed or made.defined):
        yield Found(Slip.KEPT, made.span, site.factor.keeps)
    if made.leaves is not None or loop.overwritten or not loop.updates or not site.uses_tick:
        return
    known = {each.span for each in made.parts} | {each.span for each in site.others}
    yield from (each for each in slips(loop.program, frozenset(known)) if _matters(site, each.slip))


def _matters(site: Site, slip: Slip) -> bool:
    """Whether a schedule of this kind minds."""
    kinds = {each.construct for each in site.schedule.parts} or {site.schedule.construct}
    match slip:
        case Slip.NOT_LOADED:
            return kinds != {"ExponentialLR"}
        case Slip.MADE_ON_LOADED | Slip.ALONE:
            return bool(kinds & ({"LinearLR", "ConstantLR"} | (_GOES_ON if slip is Slip.ALONE else set())))
        case Slip.OTHER_UNIT:
            return site.epoch is not None and site.epoch.ticks > 1
        case Slip.BARE:  # a scheduler of torch's that was made before has set it
            before = (plain(each.start).value for each in site.others)
            return site.optimizer.span is not None and all(start == UNAPPLIED for start in before)
    return True
