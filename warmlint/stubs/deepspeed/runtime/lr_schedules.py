"""deepspeed 0.19.8, deepspeed/runtime/lr_schedules.py: what its warmups compute.

They count from −1: making one writes the lowest LR, the first `step()` computes iteration 0, so that the
first two ticks are alike. Bounds are one number for all groups. Earlier versions took any number of warmup
steps, and their cosine rose again past its end.
"""

import math

from torch.optim.lr_scheduler import LRScheduler


class WarmupLR(LRScheduler):
    """A ramp, logarithmic unless told otherwise, to the highest LR: the group's, if none is said."""

    def __init__(
        self,
        optimizer,
        warmup_min_lr=0.0,
        warmup_max_lr=None,
        warmup_num_steps=1000,
        warmup_type="log",
        last_batch_iteration=-1,
    ):
        if warmup_num_steps <= 0:
            raise ValueError("warmup_num_steps must be positive")
        self.warmup_min_lr = warmup_min_lr
        self.warmup_max_lr = warmup_max_lr
        self.warmup_num_steps = max(2, warmup_num_steps)
        self.warmup_type = warmup_type
        super().__init__(optimizer, last_batch_iteration)

    def get_lr(self):
        """The LRs at a tick."""
        iteration = self.last_epoch - 1
        low = self.warmup_min_lr
        if iteration < 0:
            return [low for base_lr in self.base_lrs]
        share = 1.0
        if iteration < self.warmup_num_steps:
            if self.warmup_type == "linear":
                share = iteration / self.warmup_num_steps
            else:
                share = math.log(iteration + 1) / math.log(self.warmup_num_steps)
        if self.warmup_max_lr is None:
            return [low + (base_lr - low) * share for base_lr in self.base_lrs]
        return [low + (self.warmup_max_lr - low) * share for base_lr in self.base_lrs]


class WarmupDecayLR(LRScheduler):
    """The same ramp, then a straight line to the lowest LR; the highest is 0.001, if none is said."""

    def __init__(
        self,
        optimizer,
        total_num_steps,
        warmup_min_lr=0.0,
        warmup_max_lr=0.001,
        warmup_num_steps=1000,
        warmup_type="log",
        last_batch_iteration=-1,
    ):
        if warmup_num_steps <= 0:
            raise ValueError("warmup_num_steps must be positive")
        self.total_num_steps = total_num_steps
        self.warmup_min_lr = warmup_min_lr
        self.warmup_max_lr = warmup_max_lr
        self.warmup_num_steps = max(2, warmup_num_steps)
        self.warmup_type = warmup_type
        super().__init__(optimizer, last_batch_iteration)

    def get_lr(self):
        """The LRs at a tick."""
        iteration = self.last_epoch - 1
        low = self.warmup_min_lr
        if iteration < 0:
            return [low for base_lr in self.base_lrs]
        if iteration >= self.warmup_num_steps:
            left = self.total_num_steps - iteration
            share = max(0.0, left / max(1, self.total_num_steps - self.warmup_num_steps))
        elif self.warmup_type == "linear":
            share = iteration / self.warmup_num_steps
        else:
            share = math.log(iteration + 1) / math.log(self.warmup_num_steps)
        if self.warmup_max_lr is None:
            return [low + (base_lr - low) * share for base_lr in self.base_lrs]
        return [low + (self.warmup_max_lr - low) * share for base_lr in self.base_lrs]


class WarmupCosineLR(LRScheduler):
    """A ramp to the group's LR, then half a cosine, one step ahead; making it writes 0 first of all."""

    def __init__(
        self,
        optimizer,
        total_num_steps,
        warmup_min_ratio=0.0,
        warmup_num_steps=1000,
        cos_min_ratio=0.0001,
        warmup_type="log",
        last_batch_iteration=-1,
    ):
        if warmup_num_steps <= 0:
            raise ValueError("warmup_num_steps must be positive")
        self.total_num_steps = total_num_steps
        self.warmup_min_ratio = warmup_min_ratio
        self.warmup_num_steps = max(2, warmup_num_steps)
        self.cos_min_ratio = cos_min_ratio
        self.warmup_type = warmup_type
        super().__init__(optimizer, last_batch_iteration)

    def get_lr(self):
        """The LRs at a tick."""
        iteration = self.last_epoch - 1
        if iteration < 0:
            return [0.0 for base_lr in self.base_lrs]
        if iteration < self.warmup_num_steps:
            share = math.log(iteration + 1) / math.log(self.warmup_num_steps)
            if self.warmup_type == "linear":
                share = iteration / self.warmup_num_steps
            ratio = self.warmup_min_ratio + (1 - self.warmup_min_ratio) * share
            return [base_lr * ratio for base_lr in self.base_lrs]
        fallen = iteration + 1 - self.warmup_num_steps
        progress = min(1.0, fallen / max(1, self.total_num_steps - self.warmup_num_steps))
        wave = (1 + math.cos(math.pi * progress)) / 2
        ratio = max(0.0, self.cos_min_ratio + (1 - self.cos_min_ratio) * wave)
        return [base_lr * ratio for base_lr in self.base_lrs]
