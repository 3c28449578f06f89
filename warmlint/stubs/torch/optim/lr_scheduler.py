"""torch 2.13.0, torch/optim/lr_scheduler.py: what its schedulers compute.

`get_lr` is a closed form of `last_epoch`, the ticks since a scheduler was made with `last_epoch=-1`: what the
real scheduler's steps have made of the base LR by then. Arguments, defaults and the exceptions of constructors
are torch's. `tests/test_stubs_torch.py` runs each class beside torch's.

Not told: a list for each group where one number would do; the momentum, and the ValueError of
`cycle_momentum=True` for an optimizer that has none; `last_epoch=k`, which goes on from the LR that it finds.
Rounding adds up over torch's steps, and where a base LR was to reach zero it may end a hair beside it. An LR
that grows beyond every float is infinite in torch and an OverflowError here. OneCycleLR and CyclicLR also
overwrite the base LR for whatever else is made with the same optimizer.

`SWALR` stands here and is `torch.optim.swa_utils.SWALR`.
"""

import math

from torch.optim.lr_scheduler import LRScheduler


class LinearLR(LRScheduler):
    """From `start_factor` to `end_factor` in `total_iters` ticks of equal steps."""

    def __init__(self, optimizer, start_factor=1.0 / 3, end_factor=1.0, total_iters=5, last_epoch=-1):
        if start_factor > 1.0 or start_factor <= 0:
            raise ValueError("start_factor is to be above 0 and at most 1")
        if end_factor > 1.0 or end_factor < 0:
            raise ValueError("end_factor is to be between 0 and 1")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """The last whole tick within `total_iters` is where it stays."""
        return [base_lr * self._factor() for base_lr in self.base_lrs]

    def _factor(self):
        if self.total_iters < 1:
            return self.start_factor
        ticks = self.last_epoch if self.last_epoch <= self.total_iters else math.floor(self.total_iters)
        return self.start_factor + (self.end_factor - self.start_factor) * ticks / self.total_iters


class ConstantLR(LRScheduler):
    """The base LR times `factor`, and from tick `total_iters` the base LR."""

    def __init__(self, optimizer, factor=1.0 / 3, total_iters=5, last_epoch=-1):
        if factor > 1.0 or factor < 0:
            raise ValueError("factor is to be between 0 and 1")
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """A tick that is `total_iters` undoes the factor, by division; where none is, it stays."""
        if self.total_iters >= 1 and self.total_iters % 1 == 0 and self.last_epoch >= self.total_iters:
            return [base_lr * self.factor * (1.0 / self.factor) for base_lr in self.base_lrs]
        return [base_lr * self.factor for base_lr in self.base_lrs]


class PolynomialLR(LRScheduler):
    """From the base LR to 0 in `total_iters` ticks, along a power."""

    def __init__(self, optimizer, total_iters=5, power=1.0, last_epoch=-1):
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """The last whole tick within `total_iters` is where it stays."""
        return [base_lr * self._factor() for base_lr in self.base_lrs]

    def _factor(self):
        if self.total_iters < 1:
            return 1.0
        ticks = self.last_epoch if self.last_epoch <= self.total_iters else math.floor(self.total_iters)
        return (1.0 - ticks / self.total_iters) ** self.power


class CosineAnnealingLR(LRScheduler):
    """A cosine from the base LR to `eta_min` at tick `T_max`, and up again.

    Torch makes each LR of the one before, and knows a trough by an odd multiple of `T_max` that is a tick to
    the last bit. A fractional `T_max` whose trough falls on a tick all the same (20 / 3, or 0.7 * 10, which
    is not 7) makes it divide by zero there, or by what rounding has left of it.
    """

    def __init__(self, optimizer, T_max, eta_min=0.0, last_epoch=-1):
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """At tick 0 nothing is divided by `T_max`."""
        if self.last_epoch == 0:
            return [base_lr for base_lr in self.base_lrs]  # noqa: C416 - what is read has no `list`
        height = self._height(self.last_epoch)
        if self.T_max % 1 != 0:
            if self._height(self.last_epoch - 1) == 0:
                raise ZeroDivisionError("T_max is fractional, and the last tick was a trough")
            trough = round(abs(self.T_max))
            if self.last_epoch > trough and self._height(trough) < 1e-6:
                raise NotImplementedError("what rounding makes of a trough beside a tick")
            # An odd multiple of an odd number of halves, quarters or eighths is no tick.
            if self.last_epoch > 3 * abs(self.T_max) and self.T_max * 8 % 1 != 0:
                raise NotImplementedError("what rounding makes of a trough at a tick")
        return [self.eta_min + (base_lr - self.eta_min) * height for base_lr in self.base_lrs]

    def _height(self, tick):
        return (1 + math.cos(math.pi * tick / self.T_max)) / 2


class CosineAnnealingWarmRestarts(LRScheduler):
    """A cosine from the base LR towards `eta_min`, again and again, each time `T_mult` times as long."""

    def __init__(self, optimizer, T_0, T_mult=1, eta_min=0.0, last_epoch=-1):
        if T_0 <= 0 or not self._is_int(T_0):
            raise ValueError("T_0 is to be a positive integer")
        if T_mult < 1 or not self._is_int(T_mult):
            raise ValueError("T_mult is to be an integer of at least 1")
        if eta_min is None:
            raise ValueError("eta_min is to be a number")
        self.T_0 = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def _is_int(self, number):
        # Not even 4.0 is one. The next integer after 2**53 is no float.
        return number * 0 + (2**53 + 1) == 2**53 + 1

    def get_lr(self):
        """A restart is a tick at the base LR; the last tick before it is above `eta_min`."""
        restarts = self._restarts()
        place = (self.last_epoch - self._start(restarts)) / (self.T_0 * self.T_mult**restarts)
        height = (1 + math.cos(math.pi * place)) / 2
        return [self.eta_min + (base_lr - self.eta_min) * height for base_lr in self.base_lrs]

    def _restarts(self):
        if self.T_mult == 1:
            return self.last_epoch // self.T_0
        # At a restart the logarithm may be a hair too small: `math.log(243, 3)` is below 5.
        near = math.floor(math.log(self.last_epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
        return near + 1 if self._start(near + 1) <= self.last_epoch else near

    def _start(self, restarts):
        """The tick of a restart: T_0 · (1 + T_mult + T_mult² + …)."""
        if self.T_mult == 1:
            return self.T_0 * restarts
        return self.T_0 * (self.T_mult**restarts - 1) // (self.T_mult - 1)


class OneCycleLR(LRScheduler):
    """From `max_lr / div_factor` up to `max_lr`, and down far below; the optimizer's own LR does not count."""

    def __init__(
        self,
        optimizer,
        max_lr,
        total_steps=None,
        epochs=None,
        steps_per_epoch=None,
        pct_start=0.3,
        anneal_strategy="cos",
        cycle_momentum=True,
        base_momentum=0.85,
        max_momentum=0.95,
        div_factor=25.0,
        final_div_factor=1e4,
        three_phase=False,
        last_epoch=-1,
    ):
        if total_steps is not None:
            if total_steps <= 0 or not self._is_int(total_steps):
                raise ValueError("total_steps is to be a positive integer")
            self.total_steps = total_steps
        elif epochs is not None and steps_per_epoch is not None:
            if not self._is_int(epochs) or epochs <= 0:
                raise ValueError("epochs is to be a positive integer")
            if not self._is_int(steps_per_epoch) or steps_per_epoch <= 0:
                raise ValueError("steps_per_epoch is to be a positive integer")
            self.total_steps = epochs * steps_per_epoch
        else:
            raise ValueError("either total_steps is to be given, or epochs and steps_per_epoch")
        if pct_start < 0 or pct_start > 1 or self._is_int(pct_start):
            raise ValueError("pct_start is to be a float between 0 and 1")
        if anneal_strategy != "cos" and anneal_strategy != "linear":
            raise ValueError("anneal_strategy is to be 'cos' or 'linear'")
        self.pct_start = pct_start
        self.anneal_strategy = anneal_strategy
        self.three_phase = three_phase
        self.max_lr = max_lr
        self.start_lr = max_lr / div_factor
        self.min_lr = self.start_lr / final_div_factor
        super().__init__(optimizer, last_epoch)

    def _is_int(self, number):
        # Not even 4.0 is one. The next integer after 2**53 is no float.
        return number * 0 + (2**53 + 1) == 2**53 + 1

    def get_lr(self):
        """Tick `total_steps` is one beyond the curve, and computed; the next one fails."""
        if self.last_epoch > self.total_steps:
            raise ValueError("stepped beyond total_steps")
        return [self._lr() for _ in self.base_lrs]

    def _lr(self):
        peak = float(self.pct_start * self.total_steps) - 1
        last = self.total_steps - 1
        if self.last_epoch <= peak:
            return self._between(self.start_lr, self.max_lr, self.last_epoch / peak)
        if not self.three_phase:
            return self._between(self.max_lr, self.min_lr, (self.last_epoch - peak) / (last - peak))
        down = float(2 * self.pct_start * self.total_steps) - 2
        if self.last_epoch <= down:
            return self._between(self.max_lr, self.start_lr, (self.last_epoch - peak) / (down - peak))
        return self._between(self.start_lr, self.min_lr, (self.last_epoch - down) / (last - down))

    def _between(self, first, second, share):
        if self.anneal_strategy == "linear":
            return first + (second - first) * share
        return second + (first - second) * (1 + math.cos(math.pi * share)) / 2


class CyclicLR(LRScheduler):
    """Up from `base_lr` to `max_lr` and down again, for ever; the optimizer's own LR does not count."""

    def __init__(
        self,
        optimizer,
        base_lr,
        max_lr,
        step_size_up=2000,
        step_size_down=None,
        mode="triangular",
        gamma=1.0,
        scale_fn=None,
        scale_mode="cycle",
        cycle_momentum=True,
        base_momentum=0.8,
        max_momentum=0.9,
        last_epoch=-1,
    ):
        self.base_lr = base_lr
        self.max_lr = max_lr
        up = float(step_size_up)
        down = up if step_size_down is None else float(step_size_down)
        self.length = up + down
        self.peak = up / self.length
        if mode != "triangular" and mode != "triangular2" and mode != "exp_range" and scale_fn is None:
            raise ValueError("mode is unknown, and there is no scale_fn")
        self.mode = mode
        self.gamma = gamma
        self.scale_fn = scale_fn
        self.scale_mode = scale_mode
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """The height of the triangle at this tick, scaled."""
        lr = self.base_lr + (self.max_lr - self.base_lr) * self._height() * self._scale()
        return [lr for _ in self.base_lrs]

    def _cycle(self):
        return math.floor(1 + self.last_epoch / self.length)

    def _height(self):
        place = 1.0 + self.last_epoch / self.length - self._cycle()
        if place <= self.peak:
            return place / self.peak
        return (place - 1) / (self.peak - 1)

    def _scale(self):
        if self.scale_fn is not None:
            return self.scale_fn(self._cycle() if self.scale_mode == "cycle" else self.last_epoch)
        if self.mode == "triangular2":
            return 1 / 2.0 ** (self._cycle() - 1)
        if self.mode == "exp_range":
            return self.gamma**self.last_epoch
        return 1.0


class StepLR(LRScheduler):
    """Times `gamma` at every tick that `step_size` divides."""

    def __init__(self, optimizer, step_size, gamma=0.1, last_epoch=-1):
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """Tick 0 multiplies nothing, and divides by nothing."""
        return [base_lr * self.gamma ** self._cuts() for base_lr in self.base_lrs]

    def _cuts(self):
        if self.last_epoch == 0:
            return 0
        # 12.5 divides every 25th tick, and 100 / 3 divides none. (Nor is 1 / 16, which does, worth a case.)
        for parts in (1, 2, 4, 8):
            if self.step_size * parts % 1 == 0:
                return self.last_epoch // abs(self.step_size * parts)
        return 0


class MultiStepLR(LRScheduler):
    """Times `gamma` at every tick that is a milestone, as often as it is one."""

    def __init__(self, optimizer, milestones, gamma=0.1, last_epoch=-1):
        self.milestones = milestones
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """No tick meets a milestone that is fractional or below zero; tick 0 meets 0."""
        cuts = sum(milestone % 1 == 0 and 0 <= milestone <= self.last_epoch for milestone in self.milestones)
        return [base_lr * self.gamma**cuts for base_lr in self.base_lrs]


class ExponentialLR(LRScheduler):
    """Times `gamma` at every tick but the first."""

    def __init__(self, optimizer, gamma, last_epoch=-1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """As many times as there are ticks."""
        return [base_lr * self.gamma**self.last_epoch for base_lr in self.base_lrs]


class ReduceLROnPlateau(LRScheduler):
    """The base LR, until a metric says otherwise: what the metric will be, no source tells."""

    def __init__(
        self,
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
        if factor >= 1.0:
            raise ValueError("factor is to be below 1")
        if mode != "min" and mode != "max":
            raise ValueError("mode is to be 'min' or 'max'")
        if threshold_mode != "rel" and threshold_mode != "abs":
            raise ValueError("threshold_mode is to be 'rel' or 'abs'")
        super().__init__(optimizer)

    def get_lr(self):
        """No cut."""
        return [base_lr for base_lr in self.base_lrs]  # noqa: C416 - what is read has no `list`


class SWALR(LRScheduler):
    """From the base LR to `swa_lr` in `anneal_epochs` ticks, and there it stays."""

    def __init__(self, optimizer, swa_lr, anneal_epochs=10, anneal_strategy="cos", last_epoch=-1):
        if anneal_strategy != "cos" and anneal_strategy != "linear":
            raise ValueError("anneal_strategy is to be 'cos' or 'linear'")
        if not self._is_int(anneal_epochs) or anneal_epochs < 0:
            raise ValueError("anneal_epochs is to be an integer of at least 0")
        self.swa_lr = swa_lr
        self.anneal_epochs = anneal_epochs
        self.anneal_strategy = anneal_strategy
        super().__init__(optimizer, last_epoch)

    def _is_int(self, number):
        # Not even 4.0 is one. The next integer after 2**53 is no float.
        return number * 0 + (2**53 + 1) == 2**53 + 1

    def get_lr(self):
        """With no ticks to anneal in, it is there at tick 0."""
        share = self._share()
        return [self.swa_lr * share + base_lr * (1 - share) for base_lr in self.base_lrs]

    def _share(self):
        if self.last_epoch >= self.anneal_epochs:
            return 1.0
        share = self.last_epoch / self.anneal_epochs
        if self.anneal_strategy == "linear":
            return share
        return (1 - math.cos(math.pi * share)) / 2
