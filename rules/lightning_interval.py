"""Lightning ticks once an epoch unless told `"interval": "step"`.

## What it does
Finds schedules that `configure_optimizers` returns without `"interval": "step"`, and whose lengths count
updates: by how they are computed (`len(loader)`, `estimated_stepping_batches`), or by their names.

## Why is this bad?
Lightning advances what it is given once an epoch. A warmup of 1,000 steps then takes 1,000 epochs: the whole
run trains at a small part of the LR that was asked for.

## Example
```python
from lightning.pytorch import LightningModule
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR


class Model(LightningModule):
    def configure_optimizers(self):
        optimizer = AdamW(self.parameters(), lr=1e-3)
        warmup_steps = self.trainer.estimated_stepping_batches // 10
        scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / max(1, warmup_steps)))
        return [optimizer], [scheduler]
```

## Use instead
```python
from lightning.pytorch import LightningModule
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR


class Model(LightningModule):
    def configure_optimizers(self):
        optimizer = AdamW(self.parameters(), lr=1e-3)
        warmup_steps = self.trainer.estimated_stepping_batches // 10
        scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / max(1, warmup_steps)))
        return [optimizer], [{"scheduler": scheduler, "interval": "step"}]
```

## Fix safety
The fix writes `"interval": "step"` into the entry's dict, or makes a dict of what is returned bare. The
schedule then ticks with every update. It changes the LR curve, and is therefore unsafe.

## What it cannot see
An interval that comes from a setting, or that is written into the dict later. A module that ticks its
schedules itself (`automatic_optimization = False`, an own `lr_scheduler_step`) is left alone.

## References
- https://github.com/Lightning-AI/pytorch-lightning/issues/9300
- https://lightning.ai/docs/pytorch/stable/common/lightning_module.html#configure-optimizers
"""

from collections.abc import Iterator

from warmlint.finding import Confidence, Severity
from warmlint.fixes.displays import told_interval
from warmlint.fixes.promises import ticks_with_updates
from warmlint.program import Unit
from warmlint.rule import rule
from warmlint.site import Judgement, Site


@rule("LR401", "lightning-interval")
def check(site: Site) -> Iterator[Judgement]:
    """Lightning ticks it by epochs, and its lengths count updates."""
    owner = site.loop.owner
    if owner is None or owner.name != "Lightning" or owner.unit is not Unit.EPOCH:
        return
    length = site.length_in(Unit.UPDATE)
    if length is None:
        return
    why = 'its interval is "epoch"' if owner.told else 'it is not told `"interval": "step"`'
    yield site.finding(
        at=owner.at,
        verdict=site.seen("Lightning ticks once an epoch"),
        severity=Severity.ERROR,
        confidence=None if length.computed else Confidence.MEDIUM,
        message=f"`{length.name}` counts updates, and Lightning ticks once an epoch, since {why}:"
        f" {site.words.ticks_to(length)} epochs to its end{site.words.end_of_run(length)}",
        suggestion='return `{"scheduler": …, "interval": "step"}`',
        edits=told_interval(site, owner.at),
        promise=ticks_with_updates,
    )
