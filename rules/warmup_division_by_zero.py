"""A warmup of 0, or as long as the run, divides by zero.

## What it does
Evaluates the factor with the values that the source itself gives, and finds the tick at which it divides
by zero.

## Why is this bad?
Training stops with a ZeroDivisionError: at once, when the schedule is made, or after hours, when the
warmup hands over to a decay of length 0.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR


def make_scheduler(optimizer, warmup_steps=0):
    return LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup_steps))
```

## Use instead
```python
from torch.optim.lr_scheduler import LambdaLR


def make_scheduler(optimizer, warmup_steps=0):
    return LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / max(1, warmup_steps)))
```

## Fix safety
The fix puts `max(1, …)` around the divisor; where a scheduler of torch divides, around the argument that it
is given. It changes nothing but the failing values, and is still unsafe, for a warmup of 0 may have been
meant to be refused.

## What it cannot see
A length that the source does not give may be 0 in somebody's configuration; that is not reported.

## References
- https://github.com/mosaicml/composer/issues/1077
- https://github.com/Lightning-AI/litgpt/issues/1393
"""

from collections.abc import Iterator
from dataclasses import dataclass

from warmlint.expr import Node, Op, walk
from warmlint.finding import Severity, Status
from warmlint.fixes.rewrite import guard_divisor
from warmlint.rule import rule
from warmlint.schedule.decide import Verdict
from warmlint.schedule.evaluate import FailureKind
from warmlint.schedule.roles import name_of
from warmlint.site import Judgement, Site
from warmlint.trace.trace import Trace

_OF_LENGTH_ZERO = frozenset({"LinearLR", "ConstantLR", "PolynomialLR", "OneCycleLR", "SequentialLR"})
"""The schedulers of torch that `empty-warmup` looks at: their formula is not the reader's."""


@dataclass(frozen=True, slots=True)
class _Failing:
    tick: float
    division: Node
    trace: Trace


@rule("LR008", "warmup-division-by-zero")
def check(site: Site) -> Iterator[Judgement]:
    """With the source's own values, and whatever it does not give, some tick divides by zero."""
    failing = _first(site.trace_under(site.space.own[0]))
    if failing is None or (site.is_writer and site.loop.ticks and failing.trace.clock.assumed):
        return  # with these values, what writes the LR is not run
    if failing.division.span is None and site.schedule.construct in _OF_LENGTH_ZERO:
        return
    others = [_first(site.trace_under(valuation)) for valuation in site.space.own[1:]]
    if not all(each is not None and each.tick == failing.tick for each in others):
        return
    status = Status.WITNESSED if site.space.parameters else Status.PROVED
    within = {name_of(each) for each in walk(failing.division.args[1])}
    told = [each for each in site.words.settings(failing.trace.valuation) if each.name in within]
    values = ", ".join(f"`{each.name}` is {each.value}" for each in told)
    when = "when the schedule is made" if failing.tick == 0 else f"at {site.unit} {failing.tick}"
    because = values or "its divisor is 0"
    yield site.finding(
        at=site.place(failing.division),
        verdict=Verdict(
            status, "with the values that the source gives", failing.trace.valuation, 1 + len(others)
        ),
        severity=Severity.ERROR,
        message=f"{site.words.quote(failing.division)} divides by zero {when}: {because}",
        suggestion="divide by `max(1, …)`",
        edits=guard_divisor(site, failing.division.args[1]),
        ticks=[failing.tick],
    )


def _first(trace: Trace) -> _Failing | None:
    """The first tick that fails, if it does so by dividing by zero; the last tick counts, though unused."""
    last = [trace.clock.made] if trace.clock.complete else []
    for tick in sorted({*trace.key_ticks(), *last}):
        failure = trace.factor_at(tick).failure
        if failure is not None:
            division = failure.culprit
            if (
                failure.kind is not FailureKind.DIVISION_BY_ZERO
                or division is None
                or division.op is not Op.DIV
            ):
                return None
            return _Failing(tick, division, trace)
    return None
