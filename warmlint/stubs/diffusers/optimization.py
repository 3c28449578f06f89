"""diffusers 0.42.1, diffusers/optimization.py: what its schedules compute.

They are those of transformers as they once were, but for the linear one, which has a floor and a ceiling.
The piecewise constant one reads its rules from a string, which is not done here.
"""

import math

from torch.optim.lr_scheduler import LambdaLR


class SchedulerType:
    """The names that the schedules go by; `get_scheduler` takes a member or its string."""

    LINEAR = "linear"
    COSINE = "cosine"
    COSINE_WITH_RESTARTS = "cosine_with_restarts"
    POLYNOMIAL = "polynomial"
    CONSTANT = "constant"
    CONSTANT_WITH_WARMUP = "constant_with_warmup"
    PIECEWISE_CONSTANT = "piecewise_constant"


def get_constant_schedule(optimizer, last_epoch=-1):
    """1 at every step."""
    return LambdaLR(optimizer, lambda step: 1, last_epoch)


def get_constant_schedule_with_warmup(optimizer, num_warmup_steps, last_epoch=-1):
    """A ramp, then 1."""

    def lr_lambda(step):
        if step < num_warmup_steps:
            return step / max(1, num_warmup_steps)
        return 1.0

    return LambdaLR(optimizer, lr_lambda, last_epoch)


def get_piecewise_constant_schedule(optimizer, step_rules, last_epoch=-1):
    """A factor for each stretch of steps, as a string says them."""
    raise NotImplementedError("rules in a string")


def get_linear_schedule_with_warmup(
    optimizer, num_warmup_steps, num_training_steps, last_epoch=-1, f_min=0.0, f_max=1.0
):
    """A ramp from 0 to `f_max`, then a straight line to `f_min` at the end of the run, and `f_min` on."""

    def lr_lambda(step):
        if step < num_warmup_steps:
            return f_max * step / max(1, num_warmup_steps)
        left = (num_training_steps - step) / max(1, num_training_steps - num_warmup_steps)
        return f_min + (f_max - f_min) * max(0.0, left)

    return LambdaLR(optimizer, lr_lambda, last_epoch)


def get_cosine_schedule_with_warmup(
    optimizer, num_warmup_steps, num_training_steps, num_cycles=0.5, last_epoch=-1
):
    """A ramp, then `num_cycles` waves of a cosine over the rest of the run; past it, the waves go on."""

    def lr_lambda(step):
        if step < num_warmup_steps:
            return step / max(1, num_warmup_steps)
        progress = (step - num_warmup_steps) / max(1, num_training_steps - num_warmup_steps)
        return max(0.0, (1 + math.cos(2 * math.pi * num_cycles * progress)) / 2)

    return LambdaLR(optimizer, lr_lambda, last_epoch)


def get_cosine_with_hard_restarts_schedule_with_warmup(
    optimizer, num_warmup_steps, num_training_steps, num_cycles=1, last_epoch=-1
):
    """A ramp, then `num_cycles` half waves that each begin at 1; 0 past the run."""

    def lr_lambda(step):
        if step < num_warmup_steps:
            return step / max(1, num_warmup_steps)
        progress = (step - num_warmup_steps) / max(1, num_training_steps - num_warmup_steps)
        if progress >= 1:
            return 0.0
        return max(0.0, (1 + math.cos(math.pi * (num_cycles * progress % 1.0))) / 2)

    return LambdaLR(optimizer, lr_lambda, last_epoch)


def get_polynomial_decay_schedule_with_warmup(
    optimizer, num_warmup_steps, num_training_steps, lr_end=1e-7, power=1.0, last_epoch=-1
):
    """A ramp, then a power of what is left, down to the LR `lr_end`; all ramp and no rest divide by zero."""
    lr_init = optimizer.defaults["lr"]
    if lr_end >= lr_init:
        raise ValueError("lr_end must be below the optimizer's lr")

    def lr_lambda(step):
        if step < num_warmup_steps:
            return step / max(1, num_warmup_steps)
        if step > num_training_steps:
            return lr_end / lr_init
        left = 1 - (step - num_warmup_steps) / (num_training_steps - num_warmup_steps)
        return ((lr_init - lr_end) * left**power + lr_end) / lr_init

    return LambdaLR(optimizer, lr_lambda, last_epoch)


def get_scheduler(
    name,
    optimizer,
    step_rules=None,
    num_warmup_steps=None,
    num_training_steps=None,
    num_cycles=1,
    power=1.0,
    last_epoch=-1,
):
    """The schedule of that name; `num_cycles` is for the restarts alone, `power` for the polynomial alone."""
    if name == "constant":
        return get_constant_schedule(optimizer, last_epoch)
    if name == "piecewise_constant":
        return get_piecewise_constant_schedule(optimizer, step_rules, last_epoch)
    if num_warmup_steps is None:
        raise ValueError("num_warmup_steps is needed")
    if name == "constant_with_warmup":
        return get_constant_schedule_with_warmup(optimizer, num_warmup_steps, last_epoch)
    if num_training_steps is None:
        raise ValueError("num_training_steps is needed")
    if name == "cosine_with_restarts":
        return get_cosine_with_hard_restarts_schedule_with_warmup(
            optimizer, num_warmup_steps, num_training_steps, num_cycles, last_epoch
        )
    if name == "polynomial":
        return get_polynomial_decay_schedule_with_warmup(
            optimizer, num_warmup_steps, num_training_steps, power=power, last_epoch=last_epoch
        )
    if name == "linear":
        return get_linear_schedule_with_warmup(optimizer, num_warmup_steps, num_training_steps, last_epoch)
    if name == "cosine":
        return get_cosine_schedule_with_warmup(
            optimizer, num_warmup_steps, num_training_steps, last_epoch=last_epoch
        )
    raise ValueError("no schedule has this name")
