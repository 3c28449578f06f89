"""timm 1.0.31, timm/scheduler/scheduler_factory.py: which of its schedules its factories make.

They give back the schedule and the number of epochs to train. Lengths are in epochs; a schedule that is
stepped by updates has them times `updates_per_epoch`. A plateau is not here.
"""

import math

from timm.scheduler.cosine_lr import CosineLRScheduler
from timm.scheduler.multistep_lr import MultiStepLRScheduler
from timm.scheduler.poly_lr import PolyLRScheduler
from timm.scheduler.step_lr import StepLRScheduler
from timm.scheduler.tanh_lr import TanhLRScheduler
from timm.scheduler.wsd_lr import WSDLRScheduler


def create_scheduler(args, optimizer, updates_per_epoch=0):
    """The schedule that the settings of timm's own training script ask for."""
    return create_scheduler_v2(
        optimizer=optimizer, **scheduler_kwargs(args), updates_per_epoch=updates_per_epoch
    )


def scheduler_kwargs(cfg, decreasing_metric=None):
    """What those settings are called, with defaults of their own."""
    return {
        "sched": cfg.sched,
        "num_epochs": getattr(cfg, "epochs", 100),
        "decay_epochs": getattr(cfg, "decay_epochs", 30),
        "decay_milestones": getattr(cfg, "decay_milestones", (30, 60)),
        "cooldown_epochs": getattr(cfg, "cooldown_epochs", 0),
        "decay_rate": getattr(cfg, "decay_rate", 0.1),
        "min_lr": getattr(cfg, "min_lr", 0.0),
        "warmup_lr": getattr(cfg, "warmup_lr", 1e-5),
        "warmup_epochs": getattr(cfg, "warmup_epochs", 5),
        "warmup_prefix": getattr(cfg, "warmup_prefix", False),
        "noise": getattr(cfg, "lr_noise", None),
        "cycle_mul": getattr(cfg, "lr_cycle_mul", 1.0),
        "cycle_decay": getattr(cfg, "lr_cycle_decay", 0.1),
        "cycle_limit": getattr(cfg, "lr_cycle_limit", 1),
        "k_decay": getattr(cfg, "lr_k_decay", 1.0),
        "decay_fn": getattr(cfg, "lr_decay_fn", None),
        "stable_timescale": getattr(cfg, "lr_stable_timescale", None),
        "step_on_epochs": not getattr(cfg, "sched_on_updates", False),
    }


def create_scheduler_v2(
    optimizer,
    sched="cosine",
    num_epochs=300,
    decay_epochs=None,
    decay_milestones=(90, 180, 270),
    cooldown_epochs=0,
    patience_epochs=10,
    decay_rate=0.1,
    min_lr=0.0,
    warmup_lr=1e-5,
    warmup_epochs=0,
    warmup_prefix=False,
    noise=None,
    noise_pct=0.67,
    noise_std=1.0,
    noise_seed=42,
    cycle_mul=1.0,
    cycle_decay=0.1,
    cycle_limit=1,
    k_decay=1.0,
    decay_fn=None,
    stable_timescale=None,
    plateau_mode="max",
    step_on_epochs=True,
    updates_per_epoch=0,
):
    """A schedule by its name, and the epochs to train."""
    if noise is not None:
        raise NotImplementedError("noise")
    if step_on_epochs:
        return (
            _schedule(
                optimizer,
                sched,
                num_epochs,
                warmup_epochs,
                1,
                True,
                decay_epochs,
                decay_milestones,
                decay_rate,
                min_lr,
                warmup_lr,
                warmup_prefix,
                cycle_mul,
                cycle_decay,
                cycle_limit,
                k_decay,
                decay_fn,
                stable_timescale,
            ),
            _length(sched, num_epochs, warmup_epochs, cooldown_epochs, warmup_prefix, cycle_mul, cycle_limit),
        )
    if updates_per_epoch <= 0:
        raise AssertionError("updates_per_epoch must be set")
    return (
        _schedule(
            optimizer,
            sched,
            num_epochs * updates_per_epoch,
            warmup_epochs * updates_per_epoch,
            updates_per_epoch,
            False,
            decay_epochs,
            decay_milestones,
            decay_rate,
            min_lr,
            warmup_lr,
            warmup_prefix,
            cycle_mul,
            cycle_decay,
            cycle_limit,
            k_decay,
            decay_fn,
            stable_timescale,
        ),
        _length(
            sched,
            num_epochs * updates_per_epoch,
            warmup_epochs * updates_per_epoch,
            cooldown_epochs * updates_per_epoch,
            warmup_prefix,
            cycle_mul,
            cycle_limit,
        )
        // updates_per_epoch,
    )


def _schedule(
    optimizer,
    sched,
    length,
    warmup,
    unit,
    t_in_epochs,
    decay_epochs,
    decay_milestones,
    decay_rate,
    min_lr,
    warmup_lr,
    warmup_prefix,
    cycle_mul,
    cycle_decay,
    cycle_limit,
    k_decay,
    decay_fn,
    stable_timescale,
):
    """The schedule alone, of a length in epochs or updates; an epoch has `unit` of them."""
    if sched == "cosine":
        return CosineLRScheduler(
            optimizer,
            t_initial=length,
            lr_min=min_lr,
            cycle_mul=cycle_mul,
            cycle_decay=cycle_decay,
            cycle_limit=cycle_limit,
            warmup_t=warmup,
            warmup_lr_init=warmup_lr,
            warmup_prefix=warmup_prefix,
            t_in_epochs=t_in_epochs,
            k_decay=k_decay,
        )
    if sched == "tanh":
        return TanhLRScheduler(
            optimizer,
            t_initial=length,
            lr_min=min_lr,
            cycle_mul=cycle_mul,
            cycle_decay=cycle_decay,
            cycle_limit=cycle_limit,
            warmup_t=warmup,
            warmup_lr_init=warmup_lr,
            warmup_prefix=warmup_prefix,
            t_in_epochs=t_in_epochs,
        )
    if sched == "poly":
        return PolyLRScheduler(
            optimizer,
            t_initial=length,
            power=decay_rate,
            lr_min=min_lr,
            cycle_mul=cycle_mul,
            cycle_decay=cycle_decay,
            cycle_limit=cycle_limit,
            warmup_t=warmup,
            warmup_lr_init=warmup_lr,
            warmup_prefix=warmup_prefix,
            t_in_epochs=t_in_epochs,
            k_decay=k_decay,
        )
    if sched == "step":
        return StepLRScheduler(
            optimizer,
            decay_t=90 * unit if decay_epochs is None else decay_epochs * unit,
            decay_rate=decay_rate,
            warmup_t=warmup,
            warmup_lr_init=warmup_lr,
            warmup_prefix=warmup_prefix,
            t_in_epochs=t_in_epochs,
        )
    if sched == "constant":
        return StepLRScheduler(
            optimizer,
            decay_t=1,
            decay_rate=1.0,
            warmup_t=warmup,
            warmup_lr_init=warmup_lr,
            warmup_prefix=warmup_prefix,
            t_in_epochs=t_in_epochs,
        )
    if sched == "multistep":
        return MultiStepLRScheduler(
            optimizer,
            decay_t=[milestone * unit for milestone in decay_milestones],
            decay_rate=decay_rate,
            warmup_t=warmup,
            warmup_lr_init=warmup_lr,
            warmup_prefix=warmup_prefix,
            t_in_epochs=t_in_epochs,
        )
    if sched == "wsd" or sched == "rsqrt":
        rest = length if warmup_prefix else length - warmup
        share = 0.2 if decay_epochs is None else decay_epochs
        decay = round(share * rest if share > 0 and share < 1 else share * unit)
        if decay <= 0 or decay > rest:
            raise ValueError("the decay must be positive, and no longer than what the warmup leaves")
        return WSDLRScheduler(
            optimizer,
            t_initial=rest,
            decay_t=decay,
            lr_min=min_lr,
            stable_fn="rsqrt" if sched == "rsqrt" else "constant",
            stable_timescale=None if stable_timescale is None else stable_timescale * unit,
            decay_fn=decay_fn or ("linear" if sched == "rsqrt" else "1-sqrt"),
            warmup_t=warmup,
            warmup_lr_init=warmup_lr,
            t_in_epochs=t_in_epochs,
        )
    if sched == "plateau":
        raise NotImplementedError("a plateau follows a metric")
    if sched != "none":
        raise ValueError("unknown sched")
    return None


def _length(sched, length, warmup, cooldown, warmup_prefix, cycle_mul, cycle_limit):
    """How long to train: all the cycles, and what comes before and after them."""
    before = warmup if warmup_prefix else 0
    if sched != "cosine" and sched != "tanh" and sched != "poly":
        return length + before
    cycles = max(1, cycle_limit)
    if cycle_mul == 1:
        return length * cycles + before + cooldown
    return math.floor(-length * (cycle_mul**cycles - 1) / (1 - cycle_mul)) + before + cooldown
