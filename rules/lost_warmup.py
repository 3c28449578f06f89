"""The warmup scheduler is overwritten or left out, and only the other one is ticked.

## What it does
Finds a warmup whose name another schedule takes before anything has ticked it, and a warmup that is never
ticked nor handed on, or not even given a name, where another schedule of the same optimizer is ticked.

## Why is this bad?
Two schedulers of one optimizer know nothing of each other. Making a warmup writes its first LR; one that is
never ticked leaves it there, and torch's other schedulers go on from the LR that they find: the whole run
trains at the start of its warmup. Those that compute the LR anew train at the full LR from update 0.

## Example
```python
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR


def train(model, loader, optimizer):
    warmup = LinearLR(optimizer, start_factor=0.01, total_iters=5)
    scheduler = CosineAnnealingLR(optimizer, T_max=95)
    for epoch in range(100):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Use instead
```python
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR


def train(model, loader, optimizer):
    warmup = LinearLR(optimizer, start_factor=0.01, total_iters=5)
    cosine = CosineAnnealingLR(optimizer, T_max=95)
    scheduler = SequentialLR(optimizer, [warmup, cosine], milestones=[5])
    for epoch in range(100):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        scheduler.step()
```

## Fix safety
No fix is offered: where the warmup hands over is for its author to say.

## What it cannot see
A scheduler that is given to something else, or kept in a list, may be ticked there; one of a class of the
project may keep itself. Schedulers on the two branches of an `if` do not meet.

## References
- https://github.com/pytorch/pytorch/issues/33416
- https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html
"""

import re
from collections.abc import Iterator

from warmlint.finding import Confidence, Severity
from warmlint.rule import rule
from warmlint.schedule.roles import says_warmup
from warmlint.site import Judgement, Site

_ASKS = r"state_dict|load_state_dict|get_last_lr|get_lr|last_epoch|base_lrs"
_GOES_ON = r"\b(?:CosineAnnealing|Step|MultiStep|Exponential|Polynomial)LR$"  # from the LR that it finds


@rule("LR207", "lost-warmup")
def check(site: Site) -> Iterator[Judgement]:
    """A warmup, and the other schedule that is ticked in its place."""
    made, taken = site.schedule, site.name_taken
    unkept = made.target is None and made.loop.idle
    if (made.target is None and not unkept) or made.leaves is not None or made.library == "pytorch_warmup":
        return
    rivals = [each for each in site.rivals if each.optimizer.span == made.optimizer.span]
    rivals = [each for each in rivals if site.may_meet(each)]
    ticked = [each for each in rivals if each.loop.ticks and each.target != made.target]
    if not _is_warmup(site) or taken in {each.span for each in site.rivals if each not in rivals}:
        return
    if taken is not None:
        row = site.source.row_name(taken.row)
        other, fate = taken, f"`{made.target}` is another schedule from {row} on, before it ticks"
    elif ticked and (unkept or not (made.loop.ticks or _is_used(site))):
        other, fate = ticked[0].span, f"{site.words.called} is never ticked, and `{ticked[0].target}` is"
    else:
        return
    goes_on = site.applied and re.search(_GOES_ON, site.source.slice(other).partition("(")[0])
    begins = f", and the run begins at {site.words.lr(0)}" if goes_on else ""
    yield site.finding(
        at=made.span,
        verdict=site.seen("its ticks are in sight"),
        severity=Severity.ERROR,
        confidence=Confidence.MEDIUM if (made.target or "").startswith("self.") else None,
        message=f"the warmup is lost: {fate}{begins}",
        suggestion="join the two in a `SequentialLR`, and tick that",
    )


def _is_warmup(site: Site) -> bool:
    """Named so, or an LR that rises from where it starts."""
    if says_warmup(site.schedule.target) or says_warmup(site.schedule.construct) or site.says_warmup:
        return True
    values = [site.trace.factor_at(tick).number for tick in site.trace.key_ticks()]
    known = [each for each in values if each is not None]
    return len(known) == len(values) > 1 and known[0] == min(known[:3]) < max(known)


def _is_used(site: Site) -> bool:
    name = re.escape(site.schedule.target or "")
    return re.search(rf"(?<![\w.]){name}\.(?!(?:{_ASKS})\b)\w", site.source.text) is not None
