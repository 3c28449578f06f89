"""A prepared scheduler ticks once for each process, and its length is one process's share.

## What it does
Finds schedules that accelerate prepares, and whose length counts the updates of one process: that of a data
loader which is already prepared, what the loop itself counts its updates up to, or a length that is divided
by `num_processes`.

## Why is this bad?
`accelerator.prepare` returns a scheduler that ticks `num_processes` times at every update, for it takes the
schedule to be written for all batches of the loader. The prepared loader holds one process's share of them.
On eight processes the warmup is over after an eighth of its updates and the decay after an eighth of the run;
what comes then trains at the schedule's last LR, or up the cosine again. On one process nothing shows.

## Example
```python
from accelerate import Accelerator
from torch.optim.lr_scheduler import CosineAnnealingLR


def train(model, optimizer, loader, epochs):
    accelerator = Accelerator()
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    scheduler = CosineAnnealingLR(optimizer, T_max=epochs * len(loader))
    scheduler = accelerator.prepare(scheduler)
    for epoch in range(epochs):
        for batch in loader:
            accelerator.backward(model(batch))
            optimizer.step()
            scheduler.step()
```

## Use instead
```python
from accelerate import Accelerator
from torch.optim.lr_scheduler import CosineAnnealingLR


def train(model, optimizer, loader, epochs):
    accelerator = Accelerator()
    scheduler = CosineAnnealingLR(optimizer, T_max=epochs * len(loader))
    model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)
    for epoch in range(epochs):
        for batch in loader:
            accelerator.backward(model(batch))
            optimizer.step()
            scheduler.step()
```

## Fix safety
No fix is offered: the length may be taken before the loader is prepared, or multiplied by `num_processes`.

## What it cannot see
An accelerator that another file makes, or one whose settings are not written out: with `split_batches=True`
or `step_scheduler_with_optimizer=False` a prepared scheduler ticks once an update.

## References
- https://github.com/huggingface/accelerate/issues/662
- https://github.com/huggingface/accelerate/issues/2926
- https://github.com/huggingface/transformers/pull/24088
"""

from collections.abc import Iterator

from warmlint.expr import Node, Op, Symbol, SymbolKind, plain, symbols, walk
from warmlint.finding import Severity
from warmlint.program import bounds
from warmlint.rule import rule
from warmlint.site import Judgement, Site


@rule("LR402", "accelerate-processes")
def check(site: Site) -> Iterator[Judgement]:
    """A length of one process's updates, and a tick for each process at every one."""
    prepared, factor = site.schedule.prepared, site.factor.expression
    if prepared is None or site.counts_epochs:
        return
    divided = any(_is_divided(each) for each in walk(factor))
    if _processes(factor) and not divided:
        return  # multiplied
    names = [
        each.symbol.name
        for each in walk(factor)
        for name, call in prepared.loaders
        if each.symbol is not None and each.symbol.name == f"len({name})"
        if each.span is not None and each.span > call
    ]
    if divided:
        why = "its length is divided by the number of processes"
    elif names:
        why = f"`{names[0]}` is of a prepared loader, one process's share"
    elif (bound := _bound(site)) is not None:
        why = f"`{bound.name}` is how many updates the loop makes on each process"
    else:
        return
    yield site.finding(
        at=site.schedule.span,
        verdict=site.seen("it is prepared in sight"),
        severity=Severity.ERROR,
        message=f"every update ticks a prepared schedule once for each process, and {why}: on 4 processes it"
        " is at its end after 25 % of the updates",
        suggestion="multiply the length by `accelerator.num_processes`, or take it of the unprepared loader",
    )


def _processes(each: Node) -> bool:
    return any(symbol.name.endswith(("num_processes", "world_size")) for symbol in symbols(each))


def _is_divided(each: Node) -> bool:
    """Whether a length of all batches is divided by the number of processes."""
    return each.op in {Op.DIV, Op.FLOORDIV} and (
        _processes(each.args[1])
        and not any(symbol.name.startswith("len(") for symbol in symbols(each.args[1]))
        and any(symbol.name.startswith("len(") for symbol in symbols(each.args[0]))
        and not any(symbol.kind is SymbolKind.TICK for symbol in symbols(each))
    )


def _bound(site: Site) -> Symbol | None:
    """The schedule's length, where the loop counts its updates up to it."""
    total = site.roles.total
    length = None if total is None else plain(total.node).symbol
    if length is None or (length.has_default and not length.default) or length.name.startswith("len("):
        return None
    return length if length in bounds(site.loop.program) else None
