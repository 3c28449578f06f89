"""lightning-bolts 0.7.0, pl_bolts/optimizers/lr_scheduler.py: what its schedules compute.

The library steps from one LR to the next; here is where those steps lead. They agree with its own closed
form (which torch asks for when a script calls `step(epoch)`) where the warmup is a whole number of ticks,
one at least. A warmup of no ticks starts the decay from `warmup_start_lr`.
"""

import math

from torch.optim.lr_scheduler import LRScheduler


class LinearWarmupCosineAnnealingLR(LRScheduler):
    """A ramp that is done one tick before `warmup_epochs`, then a cosine to `eta_min`, which rises again."""

    def __init__(self, optimizer, warmup_epochs, max_epochs, warmup_start_lr=0.0, eta_min=0.0, last_epoch=-1):
        self.peaks = warmup_epochs >= 1 and warmup_epochs == math.floor(warmup_epochs)
        if not self.peaks and (max_epochs != math.floor(max_epochs) or max_epochs < warmup_epochs):
            raise NotImplementedError("neither peak nor trough is at a tick")
        if not self.peaks and warmup_epochs != 0 and max_epochs < warmup_epochs + 1:
            raise NotImplementedError("peak and trough lie between two ticks")
        self.warmup_epochs = warmup_epochs
        self.max_epochs = max_epochs
        self.warmup_start_lr = warmup_start_lr
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """The LRs at a tick."""
        t = self.last_epoch
        ramp = self.warmup_epochs
        start = self.warmup_start_lr
        low = self.eta_min
        if t == 0:
            return [start for base_lr in self.base_lrs]
        if t < ramp:
            return [start + t * (base_lr - start) / (ramp - 1) for base_lr in self.base_lrs]
        if t == ramp:
            return [base_lr for base_lr in self.base_lrs]  # noqa: C416
        decay = self.max_epochs - ramp
        wave = (1 + math.cos(math.pi * (t - ramp) / decay)) / 2
        if self.peaks or t > self.max_epochs:
            return [low + (base_lr - low) * wave for base_lr in self.base_lrs]
        # No tick is at the peak: the first wave goes through the last LR of the ramp.
        last = max(0, math.ceil(ramp) - 1)
        peak = (1 + math.cos(math.pi * (last - ramp) / decay)) / 2
        return [
            low + (start + last * (base_lr - start) / (ramp - 1) - low) * wave / peak
            for base_lr in self.base_lrs
        ]


def linear_warmup_decay(warmup_steps, total_steps, cosine=True, linear=False):
    """The function for a LambdaLR: a ramp, then a cosine or a line to 0, or 1."""
    if linear and cosine:
        raise AssertionError("linear or cosine")

    def fn(step):
        if step < warmup_steps:
            return step / max(1, warmup_steps)
        if not cosine and not linear:
            return 1.0
        progress = (step - warmup_steps) / max(1, total_steps - warmup_steps)
        if cosine:
            return (1 + math.cos(math.pi * progress)) / 2
        return 1 - progress

    return fn
