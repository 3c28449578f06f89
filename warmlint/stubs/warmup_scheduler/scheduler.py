"""warmup_scheduler 0.3, warmup_scheduler/scheduler.py: what its schedule computes.

A scheduler that takes over after the ramp does so by its own recurrence over the LRs that it finds, from a
base that it is handed at that tick. That has no closed form here: such a schedule is known up to the end of
its ramp.
"""

from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau


class GradualWarmupScheduler(LRScheduler):
    """A ramp to `multiplier` times the LR: from 0 if the multiplier is 1, else from the LR itself."""

    def __init__(self, optimizer, multiplier, total_epoch, after_scheduler=None):
        if multiplier < 1:
            raise ValueError("multiplier must be at least 1")
        if after_scheduler is not None and isinstance(after_scheduler, ReduceLROnPlateau):
            raise NotImplementedError("with a plateau, the ramp begins one tick later and from elsewhere")
        self.multiplier = multiplier
        self.total_epoch = total_epoch
        self.after_scheduler = after_scheduler
        super().__init__(optimizer, -1)

    def get_lr(self):
        """The LRs at a tick."""
        t = self.last_epoch
        if t > self.total_epoch:
            if self.after_scheduler is not None:
                raise NotImplementedError("another scheduler has taken over")
            return [base_lr * self.multiplier for base_lr in self.base_lrs]
        if self.multiplier == 1:
            return [base_lr * (t / self.total_epoch) for base_lr in self.base_lrs]
        return [base_lr * (1 + (self.multiplier - 1) * t / self.total_epoch) for base_lr in self.base_lrs]
