"""pytorch_transformers 1.2.0, pytorch_transformers/optimization.py: what its schedules compute.

The classes that the functions of transformers came from. transformers itself had them, unchanged, up to
2.2.
"""

import math

from torch.optim.lr_scheduler import LambdaLR


class ConstantLRSchedule(LambdaLR):
    """1 at every step."""

    def __init__(self, optimizer, last_epoch=-1):
        super().__init__(optimizer, self.lr_lambda, last_epoch=last_epoch)

    def lr_lambda(self, step):
        """Whatever the step."""
        return 1.0


class WarmupConstantSchedule(LambdaLR):
    """A ramp, then 1."""

    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, self.lr_lambda, last_epoch=last_epoch)

    def lr_lambda(self, step):
        """The factor at a step."""
        if step < self.warmup_steps:
            return step / max(1, self.warmup_steps)
        return 1.0


class WarmupLinearSchedule(LambdaLR):
    """A ramp, then a straight line to 0 at `t_total`, and 0 from there on."""

    def __init__(self, optimizer, warmup_steps, t_total, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.t_total = t_total
        super().__init__(optimizer, self.lr_lambda, last_epoch=last_epoch)

    def lr_lambda(self, step):
        """The factor at a step."""
        if step < self.warmup_steps:
            return step / max(1, self.warmup_steps)
        return max(0.0, (self.t_total - step) / max(1, self.t_total - self.warmup_steps))


class WarmupCosineSchedule(LambdaLR):
    """A ramp, then `cycles` waves of a cosine up to `t_total`; past it, the waves go on."""

    def __init__(self, optimizer, warmup_steps, t_total, cycles=0.5, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.t_total = t_total
        self.cycles = cycles
        super().__init__(optimizer, self.lr_lambda, last_epoch=last_epoch)

    def lr_lambda(self, step):
        """The factor at a step."""
        if step < self.warmup_steps:
            return step / max(1, self.warmup_steps)
        progress = (step - self.warmup_steps) / max(1, self.t_total - self.warmup_steps)
        return max(0.0, (1 + math.cos(2 * math.pi * self.cycles * progress)) / 2)


class WarmupCosineWithHardRestartsSchedule(LambdaLR):
    """A ramp, then `cycles` half waves that each begin at 1; 0 past `t_total`."""

    def __init__(self, optimizer, warmup_steps, t_total, cycles=1.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.t_total = t_total
        self.cycles = cycles
        super().__init__(optimizer, self.lr_lambda, last_epoch=last_epoch)

    def lr_lambda(self, step):
        """The factor at a step."""
        if step < self.warmup_steps:
            return step / max(1, self.warmup_steps)
        progress = (step - self.warmup_steps) / max(1, self.t_total - self.warmup_steps)
        if progress >= 1:
            return 0.0
        return max(0.0, (1 + math.cos(math.pi * (self.cycles * progress % 1.0))) / 2)
