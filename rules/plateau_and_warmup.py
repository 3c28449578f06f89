"""`ReduceLROnPlateau` and a warmup write the same LR unguarded.

## What it does
Finds an optimizer with a `ReduceLROnPlateau` and a schedule that computes the LR from the base LR
(`LambdaLR`, code that writes `group["lr"]`) and goes on to do so after the plateau may have cut. Beside a
`LinearLR`, which scales the LR that it finds, it finds a plateau whose patience ends before the ramp does.

## Why is this bad?
A warmup that is ticked for the whole run writes the full base LR with every tick: each cut of the plateau is
gone by the next batch, and the LR never falls, whatever the metric says.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau


def train(model, loader, optimizer, validate):
    warmup = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 500))
    plateau = ReduceLROnPlateau(optimizer, patience=3)
    for epoch in range(100):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
            warmup.step()
        plateau.step(validate(model))
```

## Use instead
```python
from torch.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau


def train(model, loader, optimizer, validate):
    warmup = LambdaLR(optimizer, lambda epoch: min(1.0, (epoch + 1) / 5))
    plateau = ReduceLROnPlateau(optimizer, patience=3)
    for epoch in range(100):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        if epoch < 4:
            warmup.step()
        else:
            plateau.step(validate(model))
```

## Fix safety
No fix is offered: the guard needs the name of what counts the steps.

## What it cannot see
Whether the metric will ever stand still. A tick whose condition the source does not settle may have an end:
nothing is said. `pytorch_warmup`'s `dampening()` takes its factor back before the plateau looks.

## References
- https://github.com/ildoonet/pytorch-gradual-warmup-lr/issues/19
- https://github.com/facebookresearch/ParlAI/pull/1812
- https://github.com/Lightning-AI/pytorch-lightning/issues/10759
"""

from collections.abc import Iterator

from warmlint.finding import Severity
from warmlint.rule import rule
from warmlint.site import Judgement, Site


@rule("LR208", "plateau-and-warmup")
def check(site: Site) -> Iterator[Judgement]:
    """It writes the LR after a plateau may have cut it."""
    if not (site.is_writer or site.is_ramp):
        return
    own, row = site.schedule.target, site.schedule.span.row
    writer = f"`{own}`" if own is not None else f"the code that writes the LR in {site.source.row_name(row)}"
    for plateau in site.plateaus:
        met = site.overwrites(plateau)
        if met is None:
            continue
        cut = f"`{plateau.target or 'ReduceLROnPlateau'}` may cut the LR from its tick {met.change} on"
        if site.is_writer:
            told = f"{cut}, and {writer} goes on to write over that, from the base LR: no cut lasts"
        else:
            told = f"{cut}, and {writer} still warms up then: it ends low"
        yield site.finding(
            at=plateau.span,
            verdict=met.verdict,
            severity=Severity.ERROR if site.is_writer else Severity.WARNING,
            message=told,
            suggestion="tick the warmup until it is over, and the plateau from then on",
        )
