"""The engine that is torch itself: the installed `LambdaLR` over the installed `Optimizer`.

Imported in the worker alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, MultiplicativeLR

from warmlint.witness import engine
from warmlint.witness.engine import Lambda


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

    def start(
        self, base_lrs: Sequence[float], factors: Sequence[Lambda], *, multiplies: bool = False
    ) -> tuple[engine.Optimizer, engine.Scheduler]:
        """A real `Optimizer` with a parameter to each group, and the real scheduler."""
        optimizer = _Still([{"params": [torch.zeros(1)], "lr": lr} for lr in base_lrs], {})
        if multiplies:
            return optimizer, MultiplicativeLR(optimizer, list(factors))  # type: ignore[arg-type]
        return optimizer, LambdaLR(optimizer, list(factors))  # type: ignore[arg-type]  # it takes any value
