"""`OneCycleLR` is ticked more, or less, often than its `total_steps`.

## What it does
Compares `total_steps`, or `epochs * steps_per_epoch`, with the ticks that the loop makes: more of them, or
less than half as many.

## Why is this bad?
A cycle has a beginning and an end, and no more: one tick too many raises `ValueError`, often hours into the
run. With far too few the run ends while the LR still rises, or stands near its peak; ticked once an epoch, a
cycle that is as long as all batches hardly leaves its start, a twenty-fifth of the peak.

## Example
```python
from torch.optim.lr_scheduler import OneCycleLR


def train(model, loader, optimizer, epochs):
    scheduler = OneCycleLR(optimizer, max_lr=0.1, epochs=epochs, steps_per_epoch=len(loader))
    for epoch in range(epochs):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Use instead
```python
from torch.optim.lr_scheduler import OneCycleLR


def train(model, loader, optimizer, epochs):
    scheduler = OneCycleLR(optimizer, max_lr=0.1, epochs=epochs, steps_per_epoch=len(loader))
    for epoch in range(epochs):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
            scheduler.step()
```

## Fix safety
A tick that comes once an epoch, or with every micro-batch, where the cycle counts updates, is moved to where
the optimizer is updated; a second tick is taken away; else the length is made that of the loops, or is
divided by the window. The loop then makes as many ticks as the cycle has. That changes the LR curve, and is
therefore unsafe.

## What it cannot see
A run whose length, or whose stops, the source does not tell. One tick more or less than `total_steps` is
commonly meant; a tick in a `try`, and one of a scheduler that accelerate has wrapped, do not overrun.

## References
- https://github.com/A4Bio/PiFold/issues/6
- https://github.com/vLAR-group/GrowSP/issues/11
- https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html
"""

from collections.abc import Iterator

from warmlint.expr import symbols
from warmlint.finding import Severity
from warmlint.fixes.cycles import as_long_as_the_run
from warmlint.fixes.promises import runs_to_its_end
from warmlint.program import expressions
from warmlint.rule import rule
from warmlint.site import Judgement, Site


@rule("LR205", "one-cycle-overrun")
def check(site: Site) -> Iterator[Judgement]:
    """The loop makes more ticks than the cycle has, or less than half of them."""
    verdict, length = site.overruns or site.stops_halfway, site.roles.total
    if not verdict or length is None:
        return
    shown = site.shown_by(verdict)
    cycle, made, known = shown.trace.length(length), shown.made_ticks, shown.example.values
    free = [each for each in symbols(length.node, *expressions(site.loop.program)) if each in known]
    told = dict.fromkeys(f"`{each.name}` {known[each]:,}" for each in free if not each.has_default)
    where = f" (with {', '.join(told)})" if told else ""
    if site.overruns:
        message = (
            f"the loop ticks {made:,} times{where}, and the cycle has {cycle:,} ticks: the next one raises"
        )
    else:
        message = f"the cycle has {cycle:,} ticks{where}, and the loop makes {made:,} of them: it ends at "
        message += shown.words.lr(made)
    yield site.finding(
        at=site.schedule.span,
        verdict=verdict,
        severity=Severity.ERROR,
        message=message,
        suggestion="let the loop make as many ticks as the cycle has",
        edits=as_long_as_the_run(shown),
        promise=runs_to_its_end,
    )
