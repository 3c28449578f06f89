"""The engine that is torch itself: the installed schedulers over the installed `Optimizer`.

Imported in the worker alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch.optim import Optimizer, lr_scheduler

from warmlint.witness import engine


class _Still(Optimizer):
    """An optimizer that moves nothing, since no LR depends on where the parameters are.

    Torch's own optimizers import `torch._dynamo` when the first of them is made, which takes longer than
    all the rest. Two things would do so here: a decorated `step`, and the guard around `add_param_group`.
    """

    add_param_group = getattr(Optimizer.add_param_group, "__wrapped__", Optimizer.add_param_group)

    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        pass


class FullTorch:
    """Torch as it is installed."""

    @property
    def version(self) -> str:
        """As torch tells it."""
        return str(torch.__version__)

    def optimizer(self, groups: Sequence[Mapping[str, float]]) -> engine.Optimizer:
        """A real `Optimizer` with a parameter to each group."""
        return _Still([{"params": [torch.zeros(1)], **group} for group in groups], {"momentum": 0.0})

    def scheduler(self, kind: str) -> Callable[..., engine.Scheduler]:
        """The real class."""
        made: Callable[..., engine.Scheduler] = getattr(lr_scheduler, kind)
        return made
