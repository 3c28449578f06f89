"""timm 1.0.31, timm/scheduler/tanh_lr.py: what its hyperbolic tangent schedule computes.

The loop says where it is: `last_epoch` is the `t` of `step(t)`, or of `step_update(t)` where `t_in_epochs` is
false. Without a warmup, making the schedule writes the group's own LR (a hair more than at `t` = 0). Noise is
not computed, nor is `lr_scale`, by which a group may scale its LR.
"""

import math

from timm.scheduler.scheduler import Scheduler


class TanhLRScheduler(Scheduler):
    """A ramp, to where the fall is by then or put before it, then falls along a tangent, down to `lr_min`."""

    def __init__(
        self,
        optimizer,
        t_initial,
        lb=-7.0,
        ub=3.0,
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
        initialize=True,
    ):
        if t_initial <= 0 or lr_min < 0 or lb >= ub:
            raise AssertionError("t_initial must be positive, lr_min not negative, lb below ub")
        if cycle_limit < 0 or warmup_t < 0 or warmup_lr_init < 0:
            raise AssertionError("cycle_limit, warmup_t and warmup_lr_init must not be negative")
        if noise_range_t is not None:
            raise NotImplementedError("noise")
        self.t_initial = t_initial
        self.lb = lb
        self.ub = ub
        self.lr_min = lr_min
        self.cycle_mul = cycle_mul
        self.cycle_decay = cycle_decay
        self.cycle_limit = cycle_limit
        self.warmup_t = warmup_t
        self.warmup_lr_init = warmup_lr_init
        self.warmup_prefix = warmup_prefix
        super().__init__(optimizer, t_in_epochs)

    def get_lr(self):
        """The LRs at `t`."""
        low = self.warmup_lr_init
        t = self.last_epoch
        if self.warmup_prefix:
            if t < self.warmup_t:
                return [low + t * ((base_lr - low) / self.warmup_t) for base_lr in self.base_lrs]
            t = t - self.warmup_t
        fallen = max(t, 0 if self.warmup_prefix else self.warmup_t)
        if self.cycle_mul == 1:
            cycle = fallen // self.t_initial
            progress = (fallen - self.t_initial * cycle) / self.t_initial
        else:
            cycle = math.floor(math.log(1 - fallen / self.t_initial * (1 - self.cycle_mul), self.cycle_mul))
            before = (1 - self.cycle_mul**cycle) / (1 - self.cycle_mul) * self.t_initial
            progress = (fallen - before) / (self.cycle_mul**cycle * self.t_initial)
        decay = self.cycle_decay**cycle
        left = (1 - math.tanh(self.lb * (1 - progress) + self.ub * progress)) / 2
        if cycle >= self.cycle_limit:
            left = 0.0
        if t < fallen:
            return [
                low + t * ((self.lr_min + (base_lr * decay - self.lr_min) * left - low) / self.warmup_t)
                for base_lr in self.base_lrs
            ]
        return [self.lr_min + (base_lr * decay - self.lr_min) * left for base_lr in self.base_lrs]
