"""One LR is written to every param group, and per-group LRs are lost.

## What it does
Finds an optimizer whose param groups are made with different LRs, and a schedule that brings one of them to
the LR of another: it writes one number to all, and has none of the group's own LR in it.

## Why is this bad?
Param groups have LRs of their own for a reason: a pretrained backbone that must not move much, a head that
has to. The first write makes them equal, at the larger LR as a rule, and nothing says so.

## Example
```python
import torch

warmup_steps = 100


def train(backbone, head, batches):
    groups = [{"params": backbone.parameters(), "lr": 1e-5}, {"params": head.parameters(), "lr": 1e-3}]
    optimizer = torch.optim.AdamW(groups)
    for step, batch in enumerate(batches):
        lr = 1e-3 * min(1.0, (step + 1) / warmup_steps)
        for group in optimizer.param_groups:
            group["lr"] = lr
        head(backbone(batch)).mean().backward()
        optimizer.step()
```

## Use instead
```python
import torch
from torch.optim.lr_scheduler import LambdaLR

warmup_steps = 100


def train(backbone, head, batches):
    groups = [{"params": backbone.parameters(), "lr": 1e-5}, {"params": head.parameters(), "lr": 1e-3}]
    optimizer = torch.optim.AdamW(groups)
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup_steps))
    for batch in batches:
        head(backbone(batch)).mean().backward()
        optimizer.step()
        scheduler.step()
```

## Fix safety
No fix is offered: it would have to keep the LRs that the groups are made with.

## What it cannot see
Groups whose LRs are not listed where the optimizer is made. Where a loop brings all of them to the LR that
the first group has, nothing is reported; nor where the file speaks of an `lr_scale` of each group.

`CyclicLR` and `OneCycleLR` take one `max_lr` for every group, or a list. One that is the LR of a group, where
another was made with its own, is a note; one that is no group's LR is taken for what was meant.

## References
- https://github.com/deepspeedai/DeepSpeed/pull/8171
- https://github.com/microsoft/hi-ml/issues/611
- https://github.com/Lightning-AI/pytorch-lightning/issues/4983
"""

import re
from collections.abc import Iterator
from typing import Final

from warmlint.expr import Node, symbols
from warmlint.finding import Scale, Severity
from warmlint.rule import rule
from warmlint.schedule.decide import Verdict, undecided
from warmlint.schedule.evaluate import outcome
from warmlint.site import Judgement, Site
from warmlint.term import Term, term

_OWN_SHARE: Final = re.compile(r"lr_?(?:scale|mult|factor|ratio|decay)|(?:scale|mult)_?lr|layer_decay")
"""What a group's own share of the LR is called, under a key that is not followed."""


@rule("LR304", "flattened-groups")
def check(site: Site) -> Iterator[Judgement]:
    """A param group is made with one LR, and its warmup leads to that of another group."""
    groups = site.optimizer.group_lrs
    if site.factor.scale is not Scale.LR or site.schedule.defined or len(groups) < 2:
        return
    # `optimizer.param_groups[1]["lr"] = …` picks a group, `g["lr"] = lr * g["…"]` asks it for a share.
    written = site.source.slice(site.factor.span)
    group = re.match(r"(\w+)\[", written)
    told = symbols(site.factor.expression)
    if "param_groups[" in written or _OWN_SHARE.search(site.source.text):
        return
    picked = re.compile(rf"{group[1]}[.\[]" if group is not None else r"(?!)")
    if any("of the optimizer" in each.origin or picked.match(each.name) for each in told):
        return
    own, peak = groups[0], _one_peak(site)
    top = term(peak) if peak is not None else site.f(0) if site.w is None else site.f(site.w)
    led = [(0, other, _brings_to(site, top, own, lr)) for other, lr in enumerate(groups)]
    if site.factor.shared or peak is not None:
        led += [(group, 0, _brings_to(site, top, lr, own)) for group, lr in enumerate(groups)]
    lost, other, verdict = next((each for each in led if each[2]), (0, 0, undecided("all keep their own")))
    if not verdict:
        return
    site = site.shown_by(verdict)
    tick = site.warmup_ticks or 0
    what, gets = "LR", f"gets {site.words.lr(tick)} at {site.unit} {tick}"
    if peak is not None:
        what, gets = "`max_lr`", f"goes up to LR {outcome(peak, site.example.values).number:.4g}"
    yield site.finding(
        at=site.factor.span,
        verdict=verdict,
        severity=Severity.WARNING if peak is None else Severity.NOTE,
        message=f"one {what} for every param group: group {lost} {gets}, the LR that group {other} is made"
        " with, and its own is lost",
        suggestion=f"{'write' if peak is None else 'give'} each group a multiple of its own base LR",
    )


def _one_peak(site: Site) -> Node | None:
    """The one number that a cycle of torch's takes every group up to, where nothing else writes their LR."""
    peak = site.factor.given.get("max_lr") if site.schedule.construct in {"CyclicLR", "OneCycleLR"} else None
    if peak is None or site.schedule.library is not None or site.loop.overwritten:
        return None
    return peak if outcome(peak, site.example.values).number is not None else None


def _brings_to(site: Site, top: Term, own: Node | None, other: Node | None) -> Verdict:
    """Whether the LR of a group comes to be that of another."""
    if own is None or other is None:
        return undecided("its LR is not in sight")
    lr, base = term(other), term(own)
    differs = (lr > 1.01 * base) | (lr < 0.99 * base)
    return site.holds(differs & (top <= lr * (1 + 1e-9)) & (top >= lr * (1 - 1e-9)))
