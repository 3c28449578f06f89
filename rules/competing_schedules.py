"""Two schedules write one optimizer's LR and undo or compound each other.

## What it does
Finds an optimizer with two schedules, both ticked in one loop, of which one computes the LR from the base LR
(`LambdaLR`, `OneCycleLR`, `CyclicLR`, `CosineAnnealingWarmRestarts`, code that writes `group["lr"]`) and goes
on to tick after the other has changed it.

## Why is this bad?
The two know nothing of each other. A `LambdaLR` that has warmed up writes the full base LR with every tick:
each cut of a decay beside it lasts until then, and the run never decays. Schedulers that only scale the LR
that they find do the opposite: one small step of theirs is laid on an LR that was just written anew.

## Example
```python
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR


def train(model, loader, optimizer):
    warmup = LambdaLR(optimizer, lambda epoch: min(1.0, (epoch + 1) / 5))
    cosine = CosineAnnealingLR(optimizer, T_max=100)
    for epoch in range(100):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        warmup.step()
        cosine.step()
```

## Use instead
```python
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, SequentialLR


def train(model, loader, optimizer):
    warmup = LambdaLR(optimizer, lambda epoch: min(1.0, (epoch + 1) / 5))
    cosine = CosineAnnealingLR(optimizer, T_max=95)
    scheduler = SequentialLR(optimizer, [warmup, cosine], milestones=[4])
    for epoch in range(100):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Fix safety
No fix is offered: where one hands over to the other is for their author to say.

## What it cannot see
Two schedulers that both scale the LR that they find (`StepLR`, `ExponentialLR`, `CosineAnnealingLR`, …) are
torch's documented way to multiply them, and right. A tick whose condition the source does not settle may
never happen together with the other one: nothing is said.

## References
- https://github.com/pytorch/pytorch/issues/33416
- https://github.com/Lightning-AI/pytorch-lightning/issues/4902
- https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
"""

from collections.abc import Iterator

from warmlint.finding import Severity
from warmlint.rule import rule
from warmlint.site import Judgement, Site


@rule("LR203", "competing-schedules")
def check(site: Site) -> Iterator[Judgement]:
    """It computes the LR anew, after another one has changed it."""
    if not site.is_writer or (site.schedule.construct == "param_groups" and site.stops_at_a_guard):
        return  # what is written by hand while the warmup lasts gives way to the other then
    own, row = site.schedule.target, site.schedule.span.row
    writer = f"`{own}`" if own is not None else f"the code that writes the LR in {site.source.row_name(row)}"
    for other in site.beside:
        met = site.overwrites(other) if other.construct != "param_groups" else None
        if met is None:
            continue
        its, name = site.of(other).shown_by(met.verdict), other.target or other.construct
        before, after = its.words.lr(met.change - 1), its.words.lr(met.change)
        yield site.finding(
            at=max((*site.loop.ticks, *other.loop.ticks)),
            verdict=met.verdict,
            severity=Severity.ERROR,
            message=f"`{name}` goes from {before} to {after} at its tick {met.change}, and {writer} goes on"
            " to write over that: it computes the LR from the base LR",
            suggestion="join the two in a `SequentialLR`, or let only one of them tick at a time",
        )
