"""timm 1.0.31, timm/scheduler/scheduler.py: which of a loop's calls its schedules listen to.

One that counts epochs (`t_in_epochs`) listens to `step(epoch)`, one that counts updates to
`step_update(num_updates)`; the other call changes nothing. A `step` without a number raises; the one in
torch's constructor, which makes the schedule, is no tick.
"""

from torch.optim.lr_scheduler import LRScheduler


class Scheduler(LRScheduler):
    """What timm's schedules have in common."""

    def __init__(self, optimizer, t_in_epochs):
        self.t_in_epochs = t_in_epochs
        super().__init__(optimizer, -1)

    def step(self, epoch=None, metric=None):
        """An epoch is over."""
        if epoch is None and self.last_epoch >= 0:
            raise TypeError("step() is missing the number of the epoch")
        if epoch is None or self.t_in_epochs:
            super().step(epoch)

    def step_update(self, num_updates, metric=None):
        """An update has been."""
        if not self.t_in_epochs:
            super().step(num_updates)
