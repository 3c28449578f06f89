"""A param group is added to the optimizer after its scheduler was made.

## What it does
Finds `add_param_group` on an optimizer whose scheduler is made already and goes on ticking, where that
scheduler cannot take the new group in: one that keeps a base LR or a function for each group (`LambdaLR`,
`OneCycleLR`, `CyclicLR`, `CosineAnnealingWarmRestarts`), one that hands over to another (`SequentialLR`),
and a `LinearLR` or `ConstantLR` that has not come to its end.

## Why is this bad?
A scheduler takes down the groups that it finds when it is made. With one more, torch 2.10 and later raise
at the next tick, and earlier versions leave the new group at the LR that it came with. `LinearLR`
multiplies what it finds: a group that comes in at its own full LR is scaled up by what is left of the
warmup.

## Example
```python
from torch.optim.lr_scheduler import LinearLR


def train(backbone, loader, optimizer):
    scheduler = LinearLR(optimizer, start_factor=0.1, total_iters=10)
    for epoch in range(50):
        if epoch == 2:
            optimizer.add_param_group({"params": backbone.parameters(), "lr": 1e-4})
        for batch in loader:
            backbone(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Use instead
```python
from torch.optim.lr_scheduler import LinearLR


def train(backbone, loader, optimizer):
    optimizer.add_param_group({"params": backbone.parameters(), "lr": 1e-4})
    scheduler = LinearLR(optimizer, start_factor=0.1, total_iters=10)
    for epoch in range(50):
        for batch in loader:
            backbone(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Fix safety
No fix is offered: the group may be added earlier, with its parameters frozen, or the scheduler made again.

## What it cannot see
Schedulers that scale each group by itself, such as `ExponentialLR`, take a late group along, and so does code
that writes to all groups there are. A scheduler of a class of one's own is not judged.

## References
- https://github.com/pytorch/pytorch/issues/79888
- https://github.com/pytorch/pytorch/issues/20997
"""

from collections.abc import Iterator

from warmlint.expr import Node
from warmlint.finding import Severity
from warmlint.program import Handled, How, Make, Tick, orders
from warmlint.rule import rule
from warmlint.schedule.evaluate import outcome
from warmlint.site import Judgement, Site

_KEEPS = {"LambdaLR", "OneCycleLR", "CyclicLR", "CosineAnnealingWarmRestarts"}
_SCALES = {"LinearLR", "ConstantLR"}
_ENDS = {How.SCHEDULE_TAKEN, How.SCHEDULE_SET, How.OPTIMIZER_TAKEN, How.REMADE}
_FAR = 10**9


@rule("LR305", "late-param-group")
def check(site: Site) -> Iterator[Judgement]:
    """Made, then a group, then a tick that fails, or scales the group."""
    for added in dict.fromkeys(_late(site)):
        at = next((tick for done, tick in site.clock.handled if done == added), None)
        cost = _cost(site, at)
        if cost is None:
            continue
        yield site.finding(
            at=added.span,
            verdict=site.seen("the group is added after the scheduler is made, and before its last tick"),
            severity=Severity.ERROR,
            message=f"`{site.schedule.construct}` was made without this group: {cost}",
            suggestion="add the group before the scheduler is made, or make the scheduler again",
        )


def _late(site: Site) -> Iterator[Handled]:
    for order in orders(site.loop.program):
        made, late = False, list[Handled]()
        for each in order:
            match each:
                case Make():
                    made, late = True, []
                case Handled(how=how) if how in _ENDS:
                    made, late = False, []
                case Handled(how=How.GROUP_ADDED) if made:
                    late.append(each)
                case Tick():
                    yield from late


def _cost(site: Site, at: float | None) -> str | None:
    """What becomes of a group that is added at a tick; None where it goes along, or nothing is known."""
    kind, last, earlier = site.schedule.construct, site.last_tick, site.words.lenient
    if site.schedule.library in {"transformers", "diffusers"} and kind.startswith("get_"):
        kind = "LambdaLR"
    if kind == "SequentialLR" and at is not None:
        begins = [(_number(site, part.begin), part.construct) for part in site.schedule.parts]
        if any(at < begin <= (begin if last is None else last) for begin, _ in begins):
            return f"torch 2.10 raises when it hands over, and {earlier} leave the group out there"
        kind = next((each for begin, each in reversed(begins) if begin <= at), kind)
    if kind in _KEEPS:
        return f"torch 2.10 raises at the next tick, and {earlier} never schedule the group"
    now, end = (site.trace.factor_at(each).number for each in (at or 0, _FAR))
    if kind not in _SCALES or at is None or not now or end is None or now == end:
        return None
    where = f"at {site.unit} {at:g} it is at {site.words.lr(at)}"
    return f"{where}, and it goes on to multiply what it finds by {end / now:.4g}"


def _number(site: Site, begin: Node | None) -> float:
    """The tick that a part begins at."""
    return 0 if begin is None else outcome(begin, site.example.values).number or 0
