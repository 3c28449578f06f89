"""transformers 5.23.0, transformers/optimization.py: what its schedules compute.

The factor at a step is a ramp of `step / num_warmup_steps`, then what the schedule is named for. A warmup
of no steps leaves out the ramp. `get_scheduler` takes the extras of a schedule as a dictionary, which is
not read here; `GreedyLR` follows the losses of a run, so that it has no curve of its own.
"""

import math
from functools import partial

from torch.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau


def get_constant_schedule(optimizer, last_epoch=-1):
    """1 at every step."""
    return LambdaLR(optimizer, lambda step: 1, last_epoch)


def get_reduce_on_plateau_schedule(
    optimizer,
    mode="min",
    factor=0.1,
    patience=10,
    threshold=1e-4,
    threshold_mode="rel",
    cooldown=0,
    min_lr=0,
    eps=1e-8,
):
    """Torch's own scheduler, which is told the metric."""
    return ReduceLROnPlateau(
        optimizer,
        mode=mode,
        factor=factor,
        patience=patience,
        threshold=threshold,
        threshold_mode=threshold_mode,
        cooldown=cooldown,
        min_lr=min_lr,
        eps=eps,
    )


def get_constant_schedule_with_warmup(optimizer, num_warmup_steps, last_epoch=-1):
    """A ramp, then 1."""

    def lr_lambda(step):
        if step < num_warmup_steps:
            return step / max(1, num_warmup_steps)
        return 1.0

    return LambdaLR(optimizer, lr_lambda, last_epoch)


def get_linear_schedule_with_warmup(optimizer, num_warmup_steps, num_training_steps, last_epoch=-1):
    """A ramp, then a straight line to 0 at the end of the run, and 0 from there on."""

    def lr_lambda(step):
        if step < num_warmup_steps:
            return step / max(1, num_warmup_steps)
        left = num_training_steps - step
        return max(0.0, left / max(1, num_training_steps - num_warmup_steps))

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


def get_inverse_sqrt_schedule(optimizer, num_warmup_steps, timescale=None, last_epoch=-1):
    """A ramp, then one over the root of the steps, counted in timescales."""
    if timescale is None:
        timescale = 10_000 if num_warmup_steps == 0 else num_warmup_steps

    def lr_lambda(step):
        if step < num_warmup_steps:
            return step / max(1, num_warmup_steps)
        return 1 / math.sqrt((step + timescale - num_warmup_steps) / timescale)

    return LambdaLR(optimizer, lr_lambda, last_epoch)


def get_cosine_with_min_lr_schedule_with_warmup(
    optimizer,
    num_warmup_steps,
    num_training_steps,
    num_cycles=0.5,
    last_epoch=-1,
    min_lr=None,
    min_lr_rate=None,
):
    """A ramp from 0, then waves of a cosine between 1 and the lowest rate."""
    if min_lr is not None and min_lr_rate is not None:
        raise ValueError("only one of min_lr and min_lr_rate")
    if min_lr is None and min_lr_rate is None:
        raise ValueError("one of min_lr and min_lr_rate")
    low = min_lr_rate if min_lr is None else min_lr / optimizer.defaults["lr"]

    def lr_lambda(step):
        if step < num_warmup_steps:
            return step / max(1, num_warmup_steps)
        progress = (step - num_warmup_steps) / max(1, num_training_steps - num_warmup_steps)
        wave = (1 + math.cos(2 * math.pi * num_cycles * progress)) / 2
        return max(0, low + (1 - low) * wave)

    return LambdaLR(optimizer, lr_lambda, last_epoch)


def get_cosine_with_min_lr_schedule_with_warmup_lr_rate(
    optimizer,
    num_warmup_steps,
    num_training_steps,
    num_cycles=0.5,
    last_epoch=-1,
    min_lr=None,
    min_lr_rate=None,
    warmup_lr_rate=None,
):
    """The same one step ahead: the ramp begins above 0 and is done at the last step of the warmup."""
    if min_lr is not None and min_lr_rate is not None:
        raise ValueError("only one of min_lr and min_lr_rate")
    if min_lr is None and min_lr_rate is None:
        raise ValueError("one of min_lr and min_lr_rate")
    low = min_lr_rate if min_lr is None else min_lr / optimizer.defaults["lr"]

    def lr_lambda(step):
        if step < num_warmup_steps:
            if warmup_lr_rate is None:
                return (step + 1) / max(1, num_warmup_steps)
            return warmup_lr_rate + (1 - warmup_lr_rate) * step / max(1, num_warmup_steps - 1)
        progress = (step - num_warmup_steps + 1) / max(1, num_training_steps - num_warmup_steps)
        wave = (1 + math.cos(2 * math.pi * num_cycles * progress)) / 2
        return max(0, low + (1 - low) * wave)

    return LambdaLR(optimizer, lr_lambda, last_epoch)


def _warmup_stable_decay(
    step, rise_end, fall, fall_end, rise_steps, fall_steps, rise_type, fall_type, low, waves
):
    if step < rise_end:
        progress = step / max(1, rise_steps)
        shape = progress
        if rise_type == "cosine":
            shape = (1 - math.cos(math.pi * progress)) / 2
        elif rise_type == "1-sqrt":
            shape = 1 - math.sqrt(1 - progress)
        return max(0.0, low + (1 - low) * shape)
    if step < fall:
        return 1.0
    if step < fall_end:
        progress = (step - fall) / max(1, fall_steps)
        shape = 1 - progress
        if fall_type == "cosine":
            shape = (1 + math.cos(2 * math.pi * waves * progress)) / 2
        elif fall_type == "1-sqrt":
            shape = 1 - math.sqrt(progress)
        return max(0.0, low + (1 - low) * shape)
    return low


def get_wsd_schedule(
    optimizer,
    num_warmup_steps,
    num_decay_steps,
    num_training_steps=None,
    num_stable_steps=None,
    warmup_type="linear",
    decay_type="cosine",
    min_lr_ratio=0,
    num_cycles=0.5,
    last_epoch=-1,
):
    """A ramp from the lowest ratio, then 1, then down to the lowest ratio, where it stays."""
    if num_training_steps is None and num_stable_steps is None:
        raise ValueError("one of num_training_steps and num_stable_steps")
    if warmup_type != "linear" and warmup_type != "cosine" and warmup_type != "1-sqrt":
        raise ValueError("unknown warmup_type")
    if decay_type != "linear" and decay_type != "cosine" and decay_type != "1-sqrt":
        raise ValueError("unknown decay_type")
    if num_stable_steps is None:
        num_stable_steps = num_training_steps - num_warmup_steps - num_decay_steps

    lr_lambda = partial(
        _warmup_stable_decay,
        rise_end=num_warmup_steps,
        fall=num_warmup_steps + num_stable_steps,
        fall_end=num_warmup_steps + num_stable_steps + num_decay_steps,
        rise_steps=num_warmup_steps,
        fall_steps=num_decay_steps,
        rise_type=warmup_type,
        fall_type=decay_type,
        low=min_lr_ratio,
        waves=num_cycles,
    )
    return LambdaLR(optimizer, lr_lambda, last_epoch)


def get_scheduler(
    name, optimizer, num_warmup_steps=None, num_training_steps=None, scheduler_specific_kwargs=None
):
    """The schedule of that name; `SchedulerType` has the names."""
    if name == "constant":
        return get_constant_schedule(optimizer)
    if name == "greedy":
        raise NotImplementedError("GreedyLR follows the losses of the run")
    if scheduler_specific_kwargs is not None and name != "constant_with_warmup":
        raise NotImplementedError("a dictionary of arguments")
    if name == "reduce_lr_on_plateau":
        return get_reduce_on_plateau_schedule(optimizer)
    if num_warmup_steps is None:
        raise ValueError("num_warmup_steps is needed")
    if name == "constant_with_warmup":
        return get_constant_schedule_with_warmup(optimizer, num_warmup_steps)
    if name == "inverse_sqrt":
        return get_inverse_sqrt_schedule(optimizer, num_warmup_steps)
    if name == "warmup_stable_decay":
        raise TypeError("num_decay_steps is needed, and only scheduler_specific_kwargs can give it")
    if num_training_steps is None:
        raise ValueError("num_training_steps is needed")
    if name == "linear":
        return get_linear_schedule_with_warmup(optimizer, num_warmup_steps, num_training_steps)
    if name == "cosine":
        return get_cosine_schedule_with_warmup(optimizer, num_warmup_steps, num_training_steps)
    if name == "cosine_with_restarts":
        return get_cosine_with_hard_restarts_schedule_with_warmup(
            optimizer, num_warmup_steps, num_training_steps
        )
    if name == "polynomial":
        return get_polynomial_decay_schedule_with_warmup(optimizer, num_warmup_steps, num_training_steps)
    if name == "cosine_with_min_lr":
        return get_cosine_with_min_lr_schedule_with_warmup(optimizer, num_warmup_steps, num_training_steps)
    if name == "cosine_warmup_with_min_lr":
        return get_cosine_with_min_lr_schedule_with_warmup_lr_rate(
            optimizer, num_warmup_steps, num_training_steps
        )
    raise ValueError("no schedule has this name")
