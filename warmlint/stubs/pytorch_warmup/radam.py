"""pytorch-warmup 0.2.0, pytorch_warmup/radam.py: the warmup that rectified Adam amounts to.

It reads the betas of each param group: what it computes is not here.
"""

from torch.optim.lr_scheduler import LRScheduler


class RAdamWarmup(LRScheduler):
    """The rectification of the variance, as a factor."""

    def __init__(self, optimizer, last_step=-1):
        super().__init__(optimizer, last_step)

    def get_lr(self):
        """They go by the betas."""
        raise NotImplementedError("the betas of each param group")
