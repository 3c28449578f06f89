"""monai 1.6.1, monai/optimizers/lr_scheduler.py: what its schedules compute."""

import math

from torch.optim.lr_scheduler import LRScheduler


class LinearLR(LRScheduler):
    """A straight line from the LR to `end_lr` at the last of `num_iter` ticks, and beyond. Not torch's."""

    def __init__(self, optimizer, end_lr, num_iter, last_epoch=-1):
        self.end_lr = end_lr
        self.num_iter = num_iter
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """The LRs at a tick."""
        progress = self.last_epoch / (self.num_iter - 1)
        return [base_lr + (self.end_lr - base_lr) * progress for base_lr in self.base_lrs]


class ExponentialLR(LRScheduler):
    """The same on a logarithmic scale. Not torch's."""

    def __init__(self, optimizer, end_lr, num_iter, last_epoch=-1):
        self.end_lr = end_lr
        self.num_iter = num_iter
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """The LRs at a tick."""
        progress = self.last_epoch / (self.num_iter - 1)
        return [base_lr * (self.end_lr / base_lr) ** progress for base_lr in self.base_lrs]


class WarmupCosineSchedule(LRScheduler):
    """A ramp from `warmup_multiplier`, then `cycles` waves of a cosine, never below the LR `end_lr`."""

    def __init__(
        self, optimizer, warmup_steps, t_total, end_lr=0.0, cycles=0.5, last_epoch=-1, warmup_multiplier=0
    ):
        if warmup_multiplier < 0 or warmup_multiplier > 1:
            raise ValueError("warmup_multiplier must be between 0 and 1")
        self.warmup_steps = min(max(warmup_steps, 0), t_total)
        self.t_total = t_total
        self.end_lr = end_lr
        self.cycles = cycles
        self.warmup_multiplier = warmup_multiplier
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """The LRs at a tick."""
        t = self.last_epoch
        if t < self.warmup_steps:
            progress = t / max(1, self.warmup_steps)
            factor = self.warmup_multiplier + (1 - self.warmup_multiplier) * progress
            return [base_lr * factor for base_lr in self.base_lrs]
        progress = (t - self.warmup_steps) / max(1, self.t_total - self.warmup_steps)
        factor = max(0.0, (1 + math.cos(2 * math.pi * self.cycles * progress)) / 2)
        return [max(self.end_lr, base_lr * factor) for base_lr in self.base_lrs]
