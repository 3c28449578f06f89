"""`total_iters=0`, `start_factor=0` and their like: torch has no such warmup.

## What it does
Finds torch's own schedulers with lengths and factors that switch the warmup off, or so it seems: a
`total_iters` below 1, a `LinearLR` that starts at 0, a `ConstantLR` of factor 0, a `OneCycleLR` whose rise
takes one tick or none.

## Why is this bad?
With `total_iters=0` nothing is skipped: `LinearLR` and `ConstantLR` hold their first factor for ever, a
third of the base LR by default, and nothing says so. The others raise: `start_factor=0` at once, a
`ConstantLR` of factor 0 when it ends, since torch divides the factor out again.

## Example
```python
from torch.optim.lr_scheduler import LinearLR

WARMUP_EPOCHS = 0


def train(model, loader, optimizer):
    scheduler = LinearLR(optimizer, start_factor=0.1, total_iters=WARMUP_EPOCHS)
    for epoch in range(100):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Use instead
```python
from torch.optim.lr_scheduler import ConstantLR, LinearLR

WARMUP_EPOCHS = 0


def train(model, loader, optimizer):
    if WARMUP_EPOCHS > 0:
        scheduler = LinearLR(optimizer, start_factor=0.1, total_iters=WARMUP_EPOCHS)
    else:
        scheduler = ConstantLR(optimizer, factor=1.0)
    for epoch in range(100):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Fix safety
No fix is offered: whether no warmup is meant, or a longer one, is for its author to say.

## What it cannot see
A length that the source does not give may be 0 in somebody's configuration. One that an `if` of the file
asks for is taken to be guarded. Inside `SequentialLR`, a `ConstantLR` of factor 0 works, and freezes.

## References
- https://github.com/pytorch/pytorch/issues/86454
- https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html
"""

import re
from collections.abc import Iterator

from warmlint.expr import symbols, walk
from warmlint.facts.model import Part
from warmlint.finding import Severity, Status
from warmlint.rule import rule
from warmlint.schedule.decide import Verdict
from warmlint.schedule.evaluate import outcome
from warmlint.schedule.roles import name_of
from warmlint.site import Judgement, Site


@rule("LR206", "empty-warmup")
def check(site: Site) -> Iterator[Judgement]:
    """Each scheduler by itself, and each part of a composition."""
    made = site.schedule
    keeps = not made.parts and not (made.leaves or "").startswith("given")
    for each in made.parts or (Part(made.construct, made.span, None, None, site.factor, None, None),):
        message = _raises(site, each) or (_stays(site, each) if keeps else None)
        if message is None or any("raises" in site.source.line(each.span.row - n).lower() for n in (0, 1)):
            continue  # a test may want to see it raise
        yield site.finding(
            at=each.span,
            verdict=Verdict(Status.WITNESSED, "with the source's own values", site.space.own[0], 1),
            severity=Severity.ERROR,
            message=f"`{each.construct}` {message}",
            suggestion="leave a warmup of no length out, and start one above 0",
            ticks=site.trace.until_it_fails(),
        )


def _raises(site: Site, part: Part) -> str | None:
    start, share, total = (_value(site, part, each) for each in ("start_factor", "pct_start", "total_steps"))
    if part.construct == "LinearLR" and start is not None and start <= 0:
        refused = start < 0 or site.schedule.release.refuses_zero_start
        how = "ValueError when it is made" if refused else "ZeroDivisionError at tick 1"
        return f"raises {how}: its `start_factor` is {start:g}"
    if part.construct == "OneCycleLR" and isinstance(share, int) and share == 0:
        return "raises ValueError when it is made: its `pct_start` is the integer 0, and not 0.0"
    if part.construct != "OneCycleLR" or not share or not total or share * total != 1:
        return None
    return f"raises ZeroDivisionError when it is made: the rise takes {share:g} of {total:g}, one tick"


def _stays(site: Site, part: Part) -> str | None:
    """A length below 1 ends nothing: the scheduler stays what it is at tick 0."""
    length, end = _value(site, part, "total_iters"), _value(site, part, "end_factor")
    if length is None or part.construct not in {"LinearLR", "ConstantLR", "PolynomialLR"}:
        return None
    start = _value(site, part, "start_factor" if part.construct == "LinearLR" else "factor")
    if part.construct == "ConstantLR" and start == 0 and length >= 1:
        return f"raises ZeroDivisionError at tick {length:g}: torch divides by its `factor`, which is 0"
    if length >= 1 or start == (1 if end is None else end):
        return None
    if start is None:
        return f"never decays: its `total_iters` is {length:g}" if "Poly" in part.construct else None
    return f"stays at {start:.4g} times the base LR for ever: its `total_iters` is {length:g}"


def _value(site: Site, part: Part, name: str) -> float | None:
    """What the source gives for an argument, where no `if` of the file asks for it."""
    found = part.factor.given.get(name)
    if found is None or not all(each.has_default for each in symbols(found)):
        return None
    names = [re.escape((name_of(each) or "").rpartition(".")[2]) for each in walk(found)]
    asked = rf"\b(?:if|elif|while|assert)\b.*\b(?:{'|'.join(filter(None, names))})\b"
    values = {outcome(found, each.values).number for each in site.space.own}
    return None if re.search(asked, site.source.text) or len(values) != 1 else values.pop()
