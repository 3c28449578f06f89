"""pytorch-ignite 0.5.5, ignite/handlers/param_scheduler.py: what its cyclical schedules compute.

A handler writes an LR at each event that it is attached to, whatever LR was there; `last_epoch` is the
number of events before it. Making the handler writes nothing: until the first event, the groups keep their
LR. Whatever is put together of other schedules (`ConcatScheduler`, `create_lr_scheduler_with_warmup`) or of
a list of points (`PiecewiseLinear`) is not here.
"""

import math

from torch.optim.lr_scheduler import LRScheduler


class LinearCyclicalScheduler(LRScheduler):
    """From the start to the end and back, or there alone, cycle after cycle."""

    def __init__(
        self,
        optimizer,
        param_name,
        start_value,
        end_value,
        cycle_size,
        cycle_mult=1.0,
        start_value_mult=1.0,
        end_value_mult=1.0,
        warmup_duration=0,
        save_history=False,
        param_group_index=None,
        monotonic=False,
    ):
        if cycle_size < 2:
            raise ValueError("cycle_size must be at least 2")
        if warmup_duration > 0 and not monotonic:
            raise ValueError("warmup_duration is for monotonic cycles")
        if param_name != "lr" or cycle_mult != 1 or param_group_index is not None:
            raise NotImplementedError("one length of cycle, and the LR of all groups")
        self.start_value = start_value
        self.end_value = end_value
        self.cycle_size = cycle_size
        self.start_value_mult = start_value_mult
        self.end_value_mult = end_value_mult
        self.warmup_duration = warmup_duration
        self.monotonic = monotonic
        super().__init__(optimizer, -1)

    def get_lr(self):
        """The LRs at an event."""
        cycle = self.last_epoch // (self.cycle_size + self.warmup_duration)
        event = self.last_epoch % (self.cycle_size + self.warmup_duration)
        start = self.start_value * self.start_value_mult**cycle
        end = self.end_value * self.end_value_mult**cycle
        progress = event / self.cycle_size
        if event > self.cycle_size:
            progress = (event - self.cycle_size) / self.warmup_duration
            value = end + (start * self.start_value_mult - end) * progress
        elif self.monotonic:
            value = start + (end - start) * progress
        else:
            value = end + (start - end) * abs(2 * progress - 1)
        return [value for base_lr in self.base_lrs]


class CosineAnnealingScheduler(LRScheduler):
    """Half a wave of a cosine from the start to the end, cycle after cycle."""

    def __init__(
        self,
        optimizer,
        param_name,
        start_value,
        end_value,
        cycle_size,
        cycle_mult=1.0,
        start_value_mult=1.0,
        end_value_mult=1.0,
        warmup_duration=0,
        save_history=False,
        param_group_index=None,
    ):
        if cycle_size < 2:
            raise ValueError("cycle_size must be at least 2")
        if param_name != "lr" or cycle_mult != 1 or param_group_index is not None:
            raise NotImplementedError("one length of cycle, and the LR of all groups")
        self.start_value = start_value
        self.end_value = end_value
        self.cycle_size = cycle_size
        self.start_value_mult = start_value_mult
        self.end_value_mult = end_value_mult
        self.warmup_duration = warmup_duration
        super().__init__(optimizer, -1)

    def get_lr(self):
        """The LRs at an event."""
        cycle = self.last_epoch // (self.cycle_size + self.warmup_duration)
        event = self.last_epoch % (self.cycle_size + self.warmup_duration)
        start = self.start_value * self.start_value_mult**cycle
        end = self.end_value * self.end_value_mult**cycle
        if event > self.cycle_size:
            progress = (event - self.cycle_size) / self.warmup_duration
            value = end + (start * self.start_value_mult - end) * progress
        else:
            value = start + (end - start) * (1 - math.cos(math.pi * event / self.cycle_size)) / 2
        return [value for base_lr in self.base_lrs]
