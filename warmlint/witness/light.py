"""The engine that is one file of torch's: its `lr_scheduler.py`, over a stand-in for all the rest of torch.

The file needs little of torch: the name of its tensors, to tell that an LR is none, and an optimizer that
holds param groups. It is loaded as torch would load it, compiled form included, in the worker alone.
"""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from warmlint.witness import engine


class _Tensor:
    """No LR here is one."""


class _Optimizer:
    """Param groups, and a `step` that does nothing."""

    def __init__(self, groups: Sequence[Mapping[str, float]]) -> None:
        self.defaults = {"momentum": 0.0}
        self.param_groups: list[dict[str, Any]] = [{**self.defaults, **group} for group in groups]

    def step(self) -> None:
        """Update nothing."""


class LightTorch:
    """The schedulers of the `lr_scheduler.py` at `file`, which is of torch `version`.

    Raises what that file raises when it is loaded, and `OSError` where it cannot be read.
    """

    def __init__(self, file: Path, version: str) -> None:
        self._schedulers = _load(file)
        self.version = f"{version} lr_scheduler"

    def optimizer(self, groups: Sequence[Mapping[str, float]]) -> engine.Optimizer:
        """A stand-in that the schedulers take for torch's own."""
        return _Optimizer(groups)

    def scheduler(self, kind: str) -> Callable[..., engine.Scheduler]:
        """The class as the file defines it."""
        made: Callable[..., engine.Scheduler] = getattr(self._schedulers, kind)
        return made


def _load(file: Path) -> ModuleType:
    """The module in `file`, whose imports meet stand-ins."""
    name = "torch.optim.lr_scheduler"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    known = _stand_ins()
    before = {each: sys.modules.get(each) for each in (*known, name)}
    sys.modules |= {**known, name: module}
    try:
        spec.loader.exec_module(module)
    finally:
        for each, own in before.items():
            if own is None:
                del sys.modules[each]
            else:
                sys.modules[each] = own
    return module


def _stand_ins() -> dict[str, ModuleType]:
    """What the files of all releases import that is not of the standard library."""
    return {
        "torch": _module("torch", inf=math.inf, Tensor=_Tensor),
        "torch._six": _module("torch._six", inf=math.inf),
        "torch.optim": _module("torch.optim"),
        "torch.optim.optimizer": _module("torch.optim.optimizer", Optimizer=_Optimizer, _to_scalar=_same),
        "typing_extensions": _module("typing_extensions", Self=Any, override=_same),
    }


def _module(name: str, **contents: object) -> ModuleType:
    module = ModuleType(name)
    module.__dict__.update(contents, __path__=[])
    return module


def _same(given: Any) -> Any:
    return given
