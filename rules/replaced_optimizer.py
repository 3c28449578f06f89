"""The optimizer is made anew after its scheduler, which goes on with the old one.

## What it does
Finds a scheduled optimizer whose name is given to a new one, where that is updated afterwards, the
scheduler is still ticked, and nothing makes the scheduler anew or tells it of the new optimizer.

## Why is this bad?
A scheduler writes to the optimizer object that it was made with. A new one of the same name knows nothing
of it: it trains at the LR that it was made with, with no warmup and no decay, while the scheduler goes on
ticking for an optimizer that updates no more.

## Example
```python
import torch
from torch.optim.lr_scheduler import LambdaLR


def train(model, loader, warmup_steps):
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup_steps))
    model.cuda()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for batch in loader:
        model(batch).backward()
        optimizer.step()
        scheduler.step()
```

## Use instead
```python
import torch
from torch.optim.lr_scheduler import LambdaLR


def train(model, loader, warmup_steps):
    model.cuda()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup_steps))
    for batch in loader:
        model(batch).backward()
        optimizer.step()
        scheduler.step()
```

## Fix safety
No fix is offered: which of the two optimizers is meant, and where its scheduler should begin, is for the
author to say.

## What it cannot see
What a call out of sight returns may be the old optimizer, wrapped or moved; nothing is said of it.

## References
- https://github.com/Lightning-AI/pytorch-lightning/issues/12812
- https://github.com/Lightning-AI/pytorch-lightning/pull/2356
"""

from collections.abc import Iterator

from warmlint.finding import Severity
from warmlint.program import Handled, How, Make, Tick, Update, orders
from warmlint.rule import rule
from warmlint.site import Judgement, Site

_ENDS = {How.SCHEDULE_TAKEN, How.SCHEDULE_SET, How.OPTIMIZER_TAKEN}


@rule("LR301", "replaced-optimizer")
def check(site: Site) -> Iterator[Judgement]:
    """Made, then another optimizer under the name, then an update of that, and a tick."""
    if site.loop.overwritten or site.schedule.construct == "param_groups":
        return
    found, old = _replaced(site)
    if found is None:
        return
    first = next((at for done, at in site.clock.handled if done == found), 0)
    since = f"from {site.unit} {first:g} on, its LR is used no more" if first else "no update runs at its LR"
    which = f"the one of {site.source.row_name(old.span.row)}" if old is not None else "the old one"
    yield site.finding(
        at=found.span,
        verdict=site.seen("the new optimizer is updated, and the scheduler is still ticked"),
        severity=Severity.ERROR,
        message=f"`{site.optimizer.name}` is a new optimizer from here on,"
        f" and `{site.schedule.target}` stays with {which}: {since}",
        suggestion="make the scheduler after the optimizer, or make both anew",
    )


def _replaced(site: Site) -> tuple[Handled | None, Handled | None]:
    """Where the name is given away for good, and where it was given to the optimizer of the schedule."""
    for order in orders(site.loop.program):
        made, updated = False, False
        old: Handled | None = None
        given: Handled | None = None
        for each in order:
            match each:
                case Make():
                    made, given = True, None
                case Handled(how=How.PREPARED):
                    given = None
                case Handled(how=how) if how in _ENDS:
                    made, given = False, None
                case Handled(how=How.REMADE) if not made:
                    old = each
                case Handled(how=How.REMADE):
                    given, updated = given or each, False
                case Update():
                    updated = True
                case Tick() if given is not None and updated:
                    return given, old
    return None, None
