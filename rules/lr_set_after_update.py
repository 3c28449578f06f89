"""A hand-written schedule writes the LR after the update that it was meant for.

## What it does
Finds loops that write the LR of step `n` into the param groups below the update of step `n`.

## Why is this bad?
Each update runs at the LR of the one before it, and the first at whatever the optimizer was made with: the
full LR, as a rule, in the one update that the warmup is there for. Where the LR is written once an epoch, the
first epoch is trained at it.

## Example
```python
def train(batches, optimizer, base_lr, warmup_steps):
    for step, batch in enumerate(batches):
        optimizer.step()
        for group in optimizer.param_groups:
            group["lr"] = base_lr * min(1.0, (step + 1) / warmup_steps)
```

## Use instead
```python
def train(batches, optimizer, base_lr, warmup_steps):
    for step, batch in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = base_lr * min(1.0, (step + 1) / warmup_steps)
        optimizer.step()
```

## Fix safety
The fix moves the write above the update, or above the loop or the call that updates, with the statements
between the two that it is computed by. Every update then runs at the LR that was written for it. It changes
the LR curve, and is therefore unsafe. No fix is offered where what moves and what stays read each other's
variables.

## What it cannot see
An LR that is written for the next step, as `lr_at(step + 1)` is, and a counter that is counted up before the
write, are right. Objects that count their ticks by themselves are LR012's.

## References
- https://github.com/Lightning-AI/pytorch-lightning/issues/17972
- https://github.com/marian-nmt/marian/issues/156
"""

from collections.abc import Iterator

from warmlint.finding import Confidence, Severity
from warmlint.fixes.moves import before_update
from warmlint.fixes.promises import updates_sooner
from warmlint.rule import rule
from warmlint.site import Judgement, Site


@rule("LR109", "lr-set-after-update")
def check(site: Site) -> Iterator[Judgement]:
    """Updates run before the LR of tick 0 is written."""
    late, f, least = site.unwritten_updates, site.f, site.warmup_of(2)
    if not site.written_for_the_past or site.loop.overwritten or not site.holds(f(0) < f(1), *least):
        return
    lr = site.made_lr
    if lr is not None and not site.holds(f(0) <= lr * (1 + 1e-9), *least):
        return  # the optimizer's own LR goes before that of tick 0: the LR is written for the next update
    what = "update 0 runs" if late == 1 else f"the first {late} updates run"
    what = "the first epoch trains" if site.counts_epochs else what
    used, meant = site.trace.unwritten, site.words.lr(0)
    at = f"LR {used:.4g}" if used is not None else "the LR that the optimizer is made with"
    again = used is not None and meant == f"LR {used:.4g}"
    yield site.finding(
        at=site.ticked_at,
        verdict=site.seen("the loop updates before it writes the LR of tick 0"),
        severity=Severity.ERROR if site.counts_epochs else Severity.WARNING,
        confidence=Confidence.MEDIUM if lr is None else None,
        message=f"the LR is written after the update that it is meant for: {what} at {at}"
        f"{', as the next one does' if again else f' and not at {meant}'}, and each later one at the LR of"
        " the one before it",
        suggestion="write the LR before the update",
        edits=before_update(site, site.ticked_at, site.loop.updates[0]),
        promise=updates_sooner(site, late),
    )
