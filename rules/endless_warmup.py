"""Warmup is as long as the run, or longer.

## What it does
Compares the warmup with the run, where the source gives both: with the end of the training loop, or with the
length that the decay after the warmup is measured by.

## Why is this bad?
The run ends before the LR gets to where it should be. A warmup of 1000 in a run of 100 trains at a tenth of
the base LR at most, and the decay that was to follow never happens.

## Example
```python
import torch
from torch.optim.lr_scheduler import LinearLR


def train(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = LinearLR(optimizer, start_factor=0.01, total_iters=500)
    for epoch in range(50):
        for batch in loader:
            optimizer.zero_grad()
            model(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Use instead
```python
import torch
from torch.optim.lr_scheduler import LinearLR


def train(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = LinearLR(optimizer, start_factor=0.01, total_iters=5)
    for epoch in range(50):
        for batch in loader:
            optimizer.zero_grad()
            model(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Fix safety
No fix is offered: which of the two lengths is wrong is for their author to say.

## What it cannot see
A warmup that ends where the run does, at its peak, is a warmup-only run on purpose; so is a ramp and nothing
else that is a tick short of it. A loop without a backward pass draws the curve, and trains nothing. A run
whose length depends on the data has no end in sight.

## References
- https://github.com/deepset-ai/FARM/issues/46
- https://github.com/Lightning-AI/pytorch-lightning/issues/18570
"""

from collections.abc import Iterator

from warmlint.expr import Node, Op, alike, symbols, walk
from warmlint.facts.model import UNAPPLIED
from warmlint.finding import Severity, Status
from warmlint.program import expressions, made_in_loop
from warmlint.rule import rule
from warmlint.schedule.decide import Verdict
from warmlint.schedule.evaluate import outcome
from warmlint.schedule.roles import name_of
from warmlint.schedule.valuations import Valuation
from warmlint.site import Judgement, Site


@rule("LR204", "endless-warmup")
def check(site: Site) -> Iterator[Judgement]:
    """By the source's own values, or by all where one length is made of the other, the run ends first."""
    warmup, program = _warmup(site), symbols(*expressions(site.loop.program))
    if warmup is None or outcome(site.schedule.start, site.example.values).number not in {0, UNAPPLIED}:
        return
    own = all(each.has_default for each in symbols(warmup))
    values = site.space.own if own else (*site.space.sample, *site.space.own)
    settled = len(set(map(site.reach, values))) == 1 if own else set(symbols(warmup)) & set(program)
    told = [(settled and _by_loop(site, warmup, each)) or _by_decay(site, warmup, each) for each in values]
    if told and all(told):
        yield site.finding(
            at=site.place(warmup),
            verdict=Verdict(Status.WITNESSED, f"on all {len(told)} valuations tried", values[0], len(told)),
            severity=Severity.WARNING,
            message=str(told[0]),
            suggestion="make the warmup a small part of the run",
        )


def _warmup(site: Site) -> Node | None:
    if len(site.schedule.parts) > 1:
        return site.schedule.parts[1].begin
    named = (each for each in walk(site.factor.expression) if name_of(each) == "self.total_iters")
    return site.warmup.node if site.warmup is not None else next(named, None)


def _by_loop(site: Site, warmup: Node, valuation: Valuation) -> str | None:
    """The loop ends below the peak; what is a ramp alone may end a tick before it."""
    trace, reach = site.trace_under(valuation), site.reach(valuation)
    end = outcome(warmup, valuation.values).number
    trains = "backward(" in site.source.text if site.loop.updates else site.loop.hidden_updates
    begins = trace.clock.first <= 1 and not made_in_loop(site.loop.program)  # else it goes on
    alone = not site.rivals and not site.slow_length and site.stays_in_sight
    if end is None or reach is None or not (trains and begins and alone):
        return None
    first, last, top, later = (trace.factor_at(tick).number for tick in (0, reach, end, 2 * end))
    if first is None or last is None or top is None or not (0 <= first <= last < top and reach < end):
        return None
    decays = later is None or later < top
    if not trace.clock.certain or (not decays and (reach + 1 >= end or last > 0.98 * top)):
        return None
    return f"the warmup takes {end:g} ticks, and the run {reach + 1}: it ends at {last / top:.1%} of its peak"


def _by_decay(site: Site, warmup: Node, valuation: Valuation) -> str | None:
    """The decay is measured by what the warmup leaves of the run: less than nothing."""
    total, values = site.roles.total, valuation.values
    rests = [each.args for each in walk(site.factor.expression) if each.op is Op.SUB]
    if total is None or not any(alike(one, total.node) and alike(two, warmup) for one, two in rests):
        return None
    end, whole = outcome(warmup, values).number or 0, outcome(total.node, values).number or 0
    if not 1 <= whole < end or not all(each.has_default for each in symbols(warmup, total.node)):
        return None
    return f"the warmup takes {end:g} ticks, the run by `{total.name}` {whole:g}: none is left for the decay"
