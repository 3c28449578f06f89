"""timm 1.0.31, timm/scheduler/wsd_lr.py: what its warmup-stable-decay schedule computes.

The loop says where it is: `last_epoch` is the `t` of `step(t)`, or of `step_update(t)` where `t_in_epochs` is
false. Without a warmup, making the schedule writes the group's own LR. Noise is not computed, nor is
`lr_scale`, by which a group may scale its LR.
"""

import math

from timm.scheduler.scheduler import Scheduler


class WSDLRScheduler(Scheduler):
    """A ramp put before a stretch that holds, or wanes, and then decays to `lr_min`."""

    def __init__(
        self,
        optimizer,
        t_initial,
        decay_t,
        lr_min=0.0,
        stable_fn="constant",
        stable_timescale=None,
        stable_power=0.5,
        decay_fn="1-sqrt",
        decay_power=0.5,
        decay_ratio=0.1,
        warmup_t=0,
        warmup_lr_init=0.0,
        t_in_epochs=True,
        noise_range_t=None,
        noise_pct=0.67,
        noise_std=1.0,
        noise_seed=42,
        initialize=True,
    ):
        if t_initial <= 0:
            raise ValueError("t_initial must be positive")
        if decay_t <= 0 or decay_t > t_initial:
            raise ValueError("decay_t must be positive, and t_initial at most")
        if lr_min < 0:
            raise ValueError("lr_min must not be negative")
        if stable_fn != "constant" and stable_fn != "rsqrt" and stable_fn != "power":
            raise ValueError("unknown stable_fn")
        curved = decay_fn == "1-sqrt" or decay_fn == "cosine" or decay_fn == "power" or decay_fn == "exp"
        if decay_fn != "linear" and not curved:
            raise ValueError("unknown decay_fn")
        if decay_ratio <= 0 or decay_ratio >= 1:
            raise ValueError("decay_ratio must be between 0 and 1")
        if decay_power <= 0 or stable_power <= 0:
            raise ValueError("powers must be positive")
        if stable_fn != "constant":
            if stable_timescale is None:
                stable_timescale = warmup_t
            if stable_timescale <= 0:
                raise ValueError("stable_timescale must be positive")
        if noise_range_t is not None:
            raise NotImplementedError("noise")
        self.t_initial = t_initial
        self.decay_t = decay_t
        self.lr_min = lr_min
        self.stable_fn = stable_fn
        self.stable_timescale = stable_timescale
        self.stable_power = stable_power
        self.decay_fn = decay_fn
        self.decay_power = decay_power
        self.decay_ratio = decay_ratio
        self.warmup_t = warmup_t
        self.warmup_lr_init = warmup_lr_init
        super().__init__(optimizer, t_in_epochs)

    def get_lr(self):
        """The LRs at `t`."""
        t = self.last_epoch
        if t < self.warmup_t:
            low = self.warmup_lr_init
            return [low + t * ((base_lr - low) / self.warmup_t) for base_lr in self.base_lrs]
        held = t - self.warmup_t
        stable = 1.0
        if self.stable_fn == "rsqrt":
            stable = (1 + held / self.stable_timescale) ** -0.5
        elif self.stable_fn == "power":
            stable = (1 + held / self.stable_timescale) ** -self.stable_power
        fallen = held - (self.t_initial - self.decay_t)
        if fallen <= 0:
            return [max(base_lr * stable, self.lr_min) for base_lr in self.base_lrs]
        progress = min(fallen / self.decay_t, 1.0)
        if self.decay_fn == "linear":
            left = 1 - progress
        elif self.decay_fn == "1-sqrt":
            left = 1 - math.sqrt(progress)
        elif self.decay_fn == "cosine":
            left = (1 + math.cos(math.pi * progress)) / 2
        elif self.decay_fn == "power":
            left = 1 - progress**self.decay_power
        else:
            left = (self.decay_ratio**progress - self.decay_ratio) / (1 - self.decay_ratio)
        return [
            self.lr_min + (max(base_lr * stable, self.lr_min) - self.lr_min) * left
            for base_lr in self.base_lrs
        ]
