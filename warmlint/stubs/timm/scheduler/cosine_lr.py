"""timm 1.0.31, timm/scheduler/cosine_lr.py: what its cosine schedule computes.

The loop says where it is: `last_epoch` is the `t` of `step(t)`, or of `step_update(t)` where `t_in_epochs` is
false. Without a warmup, making the schedule writes the group's own LR. Noise is not computed, nor is
`lr_scale`, by which a group may scale its LR.
"""

import math

from timm.scheduler.scheduler import Scheduler


class CosineLRScheduler(Scheduler):
    """A ramp, laid over the first cosine or put before it, then cosines down to `lr_min`."""

    def __init__(
        self,
        optimizer,
        t_initial,
        lr_min=0.0,
        cycle_mul=1.0,
        cycle_decay=1.0,
        cycle_limit=1,
        warmup_t=0,
        warmup_lr_init=0.0,
        warmup_prefix=False,
        t_in_epochs=True,
        noise_range_t=None,
        noise_pct=0.67,
        noise_std=1.0,
        noise_seed=42,
        k_decay=1.0,
        initialize=True,
    ):
        if t_initial <= 0 or lr_min < 0:
            raise AssertionError("t_initial must be positive, lr_min not negative")
        if noise_range_t is not None:
            raise NotImplementedError("noise")
        self.t_initial = t_initial
        self.lr_min = lr_min
        self.cycle_mul = cycle_mul
        self.cycle_decay = cycle_decay
        self.cycle_limit = cycle_limit
        self.warmup_t = warmup_t
        self.warmup_lr_init = warmup_lr_init
        self.warmup_prefix = warmup_prefix
        self.k_decay = k_decay
        super().__init__(optimizer, t_in_epochs)

    def get_lr(self):
        """The LRs at `t`."""
        t = self.last_epoch
        if t < self.warmup_t:
            low = self.warmup_lr_init
            return [low + t * ((base_lr - low) / self.warmup_t) for base_lr in self.base_lrs]
        if self.warmup_prefix:
            t = t - self.warmup_t
        if self.cycle_mul == 1:
            cycle = t // self.t_initial
            length = self.t_initial
            at = t - self.t_initial * cycle
        else:
            cycle = math.floor(math.log(1 - t / self.t_initial * (1 - self.cycle_mul), self.cycle_mul))
            length = self.cycle_mul**cycle * self.t_initial
            at = t - (1 - self.cycle_mul**cycle) / (1 - self.cycle_mul) * self.t_initial
        if cycle >= self.cycle_limit:
            return [self.lr_min for base_lr in self.base_lrs]
        decay = self.cycle_decay**cycle
        wave = (1 + math.cos(math.pi * at**self.k_decay / length**self.k_decay)) / 2
        return [self.lr_min + (base_lr * decay - self.lr_min) * wave for base_lr in self.base_lrs]
