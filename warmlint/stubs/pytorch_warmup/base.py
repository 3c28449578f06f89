"""pytorch-warmup 0.2.0, pytorch_warmup/base.py: what its warmups compute.

A warmup multiplies whatever LR the groups have: these are the LRs of groups that nothing else schedules,
where every update is followed by `with warmup.dampening(): pass`. A scheduler that is stepped within gives
the LR that the factor applies to. Called bare, `dampen()` multiplies again and again, which is another
schedule. The periods are one number for all groups.
"""

import math

from torch.optim.lr_scheduler import LRScheduler


class LinearWarmup(LRScheduler):
    """A ramp from one part in `warmup_period`; its last tick is the first at the LR."""

    def __init__(self, optimizer, warmup_period, last_step=-1):
        if warmup_period <= 0:
            raise ValueError("warmup_period must be positive")
        self.warmup_period = warmup_period
        super().__init__(optimizer, last_step)

    def get_lr(self):
        """The LRs at a tick."""
        factor = min(1.0, (self.last_epoch + 1) / self.warmup_period)
        return [base_lr * factor for base_lr in self.base_lrs]


class ExponentialWarmup(LRScheduler):
    """What is missing shrinks by the same share at every tick, and never is nothing."""

    def __init__(self, optimizer, warmup_period, last_step=-1):
        if warmup_period <= 0:
            raise ValueError("warmup_period must be positive")
        self.warmup_period = warmup_period
        super().__init__(optimizer, last_step)

    def get_lr(self):
        """The LRs at a tick."""
        factor = 1 - math.exp(-(self.last_epoch + 1) / self.warmup_period)
        return [base_lr * factor for base_lr in self.base_lrs]
