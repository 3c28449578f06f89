"""Lambdas made in a loop all see its last value.

## What it does
Finds lists of factors, one to a param group, whose lambdas use the variable of the comprehension or the loop
that makes them, or one that each pass of the loop sets.

## Why is this bad?
A lambda looks a variable up when it is called, not when it is made. The scheduler calls them when the loop is
over, and its variable has its last value: every param group has the warmup of the last one.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR


def make_scheduler(optimizer):
    return LambdaLR(optimizer, [lambda epoch: min(1.0, (epoch + 1) / w) for w in (2, 8)])
```

## Use instead
```python
from torch.optim.lr_scheduler import LambdaLR


def make_scheduler(optimizer):
    return LambdaLR(optimizer, [lambda epoch, w=w: min(1.0, (epoch + 1) / w) for w in (2, 8)])
```

## Fix safety
The fix binds the variable by a default argument, whose value is that of when the lambda is made. It changes
the LR curve of all groups but the last, and is therefore unsafe. Where the values are given to a function,
each group's curve is proven with those that this file gives it.

## What it cannot see
Where the elements are one, or all the same, nothing differs, and nothing is said; nor of a loop over the
param groups of an optimizer, which may have one. A loop over what a function is given is one over what its
only call in the file gives it, or over its default where it has no call.

## References
- https://docs.python.org/3/faq/programming.html#why-do-lambdas-defined-in-a-loop-with-different-values-all-return-the-same-result
- https://github.com/python/cpython/issues/99457
- https://github.com/peteryuX/retinaface-tf2/pull/34
"""

from collections.abc import Iterable, Iterator

from warmlint.expr import Node
from warmlint.finding import Severity
from warmlint.fixes.promises import differs_by_group
from warmlint.fixes.rewrite import bind_by_default
from warmlint.rule import rule
from warmlint.schedule.evaluate import outcome
from warmlint.site import Judgement, Site


@rule("LR302", "late-bound-factor")
def check(site: Site) -> Iterator[Judgement]:
    """Lambdas of a loop that do not bind its variable, over values that differ."""
    late = site.factor.late
    if late is None or site.factor.group != 0:
        return
    seen = {name: _distinct(values) for name, values in zip(late.names, late.values, strict=False)}
    name = next((each for each, values in seen.items() if len(values) > 1), None)
    if name is None:
        return
    passes = late.values[late.names.index(name)]
    last = outcome(passes[-1], {})
    told = f", {last.value!r}" if last.failure is None else ""
    yield site.finding(
        at=late.lambda_span,
        verdict=site.seen("a lambda looks its variables up when it is called"),
        severity=Severity.ERROR,
        message=f"all {len(passes)} lambdas see the last `{name}`{told}:"
        " they are called when the list is complete",
        suggestion=f"bind it when the lambda is made: `{name}={name}` among its parameters",
        edits=bind_by_default(site, late.lambda_span, dict.fromkeys(late.names)),
        promise=differs_by_group(site),
    )


def _distinct(values: Iterable[Node]) -> set[str]:
    """The different values among those that the source tells."""
    found = [outcome(each, {}) for each in values]
    return {repr(each.value) for each in found if each.failure is None}
