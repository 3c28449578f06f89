"""The factor is an absolute LR, or has the base LR in it, and is multiplied by it again.

## What it does
Finds factors that peak at the optimizer's own LR: `LambdaLR` multiplies what the lambda returns by the
base LR, so that the LR that is used is the base LR squared.

## Why is this bad?
With a base LR of 1e-3 the model trains at 1e-6 at most. The loss falls so slowly that it looks like a
model that does not learn.

## Example
```python
import torch
from torch.optim.lr_scheduler import LambdaLR

warmup_epochs = 5


def train(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = LambdaLR(optimizer, lambda epoch: 0.1 * min(1.0, (epoch + 1) / warmup_epochs))
    for epoch in range(100):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Use instead
```python
import torch
from torch.optim.lr_scheduler import LambdaLR

warmup_epochs = 5


def train(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = LambdaLR(optimizer, lambda epoch: min(1.0, (epoch + 1) / warmup_epochs))
    for epoch in range(100):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Fix safety
The fix drops the base LR, or the number that is proven to be it, from the product: the factor then reaches 1,
and is what it was, or that divided by the base LR. It changes the LR curve, and is therefore unsafe.

## What it cannot see
A base LR of 1 makes an absolute LR a right factor. A factor that is divided by the base LR at its end is
right too. Where the optimizer is made elsewhere, its LR is not known, and nothing is said.

## References
- https://github.com/pytorch/pytorch/issues/78917
- https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html
"""

from collections.abc import Iterator

from warmlint.finding import Severity
from warmlint.fixes.promises import without_base_lr
from warmlint.fixes.rewrite import drop_from_product
from warmlint.rule import rule
from warmlint.schedule.base_lr import occurrences
from warmlint.site import Judgement, Site
from warmlint.term import term


@rule("LR007", "base-lr-in-factor")
def check(site: Site) -> Iterator[Judgement]:
    """At the top of its ramp, or where it starts to decay, the factor is the base LR itself."""
    if site.base_lr is None:
        return
    f, w, lr = site.f, site.w, term(site.base_lr)
    within = occurrences(site.factor.expression, site.base_lr)
    if not within:
        return
    not_one = (lr < 0.99) | (lr > 1.01)
    peaks = [f(0)] if within.named else []
    if w is not None:
        peaks += [f(w - 1), f(w)]
    for peak in peaks:
        is_base = (peak <= lr * (1 + 1e-9)) & (peak >= lr * (1 - 1e-9)) & not_one
        rises = (f(0) < peak) | term(within.named)
        if (
            w is not None and not within.named
        ):  # a literal may equal it by chance: then what follows is higher
            rises = rises & (f(w) <= lr * (1 + 1e-9))
        verdict = site.holds(is_base & rises)
        if verdict:
            break
    else:
        return
    site = site.shown_by(verdict)
    yield site.finding(
        at=within.span or site.factor.span,
        verdict=verdict,
        severity=Severity.ERROR,
        message=f"the factor has the base LR{site.words.base_lr} in it, and `LambdaLR` multiplies by it"
        f" again: training peaks at {site.words.base_lr_squared}",
        suggestion="return the multiple of the base LR: drop it from the product",
        edits=drop_from_product(site, within.nodes),
        promise=without_base_lr(site, lr),
    )
