"""timm 1.0.31, timm/scheduler/multistep_lr.py: what its multi-step schedule computes.

The loop says where it is: `last_epoch` is the `t` of `step(t)`, or of `step_update(t)` where `t_in_epochs` is
false. Without a warmup, making the schedule writes the group's own LR (though a milestone of 1 holds at `t` =
0). Noise is not computed, nor is `lr_scale`, by which a group may scale its LR.
"""

from timm.scheduler.scheduler import Scheduler


class MultiStepLRScheduler(Scheduler):
    """A ramp, then a cut of the LR at each milestone, or rather just before it."""

    def __init__(
        self,
        optimizer,
        decay_t,
        decay_rate=1.0,
        warmup_t=0,
        warmup_lr_init=0.0,
        warmup_prefix=True,
        t_in_epochs=True,
        noise_range_t=None,
        noise_pct=0.67,
        noise_std=1.0,
        noise_seed=42,
        initialize=True,
    ):
        if noise_range_t is not None:
            raise NotImplementedError("noise")
        self.decay_t = decay_t
        self.decay_rate = decay_rate
        self.warmup_t = warmup_t
        self.warmup_lr_init = warmup_lr_init
        self.warmup_prefix = warmup_prefix
        super().__init__(optimizer, t_in_epochs)

    def get_lr(self):
        """The LRs at `t`."""
        t = self.last_epoch
        if t < self.warmup_t:
            low = self.warmup_lr_init
            return [low + t * ((base_lr - low) / self.warmup_t) for base_lr in self.base_lrs]
        if self.warmup_prefix:
            t = t - self.warmup_t
        factor = self.decay_rate ** sum(milestone <= t + 1 for milestone in self.decay_t)
        return [base_lr * factor for base_lr in self.base_lrs]
