"""pytorch-warmup 0.2.0, pytorch_warmup/untuned.py: warmups that are as long as the betas of Adam ask for.

They read those of each param group: what they compute is not here.
"""

from torch.optim.lr_scheduler import LRScheduler


class UntunedLinearWarmup(LRScheduler):
    """A ramp of 2 / (1 - beta2) ticks."""

    def __init__(self, optimizer, last_step=-1):
        super().__init__(optimizer, last_step)

    def get_lr(self):
        """They go by the betas."""
        raise NotImplementedError("the betas of each param group")


class UntunedExponentialWarmup(LRScheduler):
    """What is missing shrinks by the same share, to 1/e within 1 / (1 - beta2) ticks."""

    def __init__(self, optimizer, last_step=-1):
        super().__init__(optimizer, last_step)

    def get_lr(self):
        """They go by the betas."""
        raise NotImplementedError("the betas of each param group")
