"""Schedules that a dict asks for: `deepspeed.initialize(config={"scheduler": {"type": …, "params": …}})`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import libcst as cst

from warmlint.expr import Node, plain
from warmlint.facts.lowering import Lowering, Where
from warmlint.facts.model import Optimizer
from warmlint.facts.objects import Arguments
from warmlint.facts.optimizers import Optimizers, arguments
from warmlint.facts.scopes import Scope, dotted_name
from warmlint.facts.screen import TORCH

ELEMENT: Final = 3
"""The place of the schedule in what `deepspeed.initialize` returns, behind engine, optimizer and loader."""
_NAMES: Final = (
    *("args", "model", "optimizer", "model_parameters", "training_data", "lr_scheduler", "distributed_port"),
    *("mpu", "dist_init_required", "collate_fn", "config", "mesh_param", "config_params"),
)
_MODULES: Final = ("deepspeed.runtime.lr_schedules", TORCH)
"""Where a type is looked for, in this order."""
_LATER: Final = "auto"
"""What stands for a value that is filled in when the run starts."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a config asks for: a class, what it is made with, and the optimizer that it schedules."""

    family: tuple[Scope, ...]
    given: Arguments
    optimizer: Optimizer


class Configs:
    """Reads the configs of one linted file."""

    def __init__(self, lowering: Lowering, optimizers: Optimizers) -> None:
        self._lowering = lowering
        self._optimizers = optimizers

    def read(self, call: cst.Call, where: Where) -> Asked | str | None:
        """What the config of a call of `deepspeed.initialize` asks for; the reason where that cannot be told,
        None where no schedule is asked for in sight."""
        given = arguments(call, _NAMES)
        config = given.get("config", given.get("config_params"))
        if config is None or self._lowering.display(config, ("scheduler",), where) is None:
            return None
        type_ = self._values(config, ("scheduler",), where).get("type")
        name = plain(type_).value if type_ is not None else None
        if not isinstance(name, str):
            return "its type is not told"
        family = next(
            (found for each in _MODULES if (found := self._lowering.class_named(f"{each}.{name}", where))),
            None,
        )
        if family is None:
            return f"`{name}` is not a schedule of DeepSpeed that is known"
        if self._lowering.display(config, ("scheduler", "params"), where) is None:
            return "its params are not listed"
        optimizer = self._lowering.parameter("optimizer", None, "the optimizer")
        params = self._values(config, ("scheduler", "params"), where)
        return Asked(
            family, Arguments((optimizer,), params), self._optimizer(given.get("optimizer"), config, where)
        )

    def _optimizer(
        self, given: cst.BaseExpression | None, config: cst.BaseExpression, where: Where
    ) -> Optimizer:
        if given is not None and dotted_name(given) != "None":
            return self._optimizers.read(given, where)
        return Optimizer("the optimizer", lr=self._values(config, ("optimizer", "params"), where).get("lr"))

    def _values(self, config: cst.BaseExpression, keys: tuple[str, ...], where: Where) -> dict[str, Node]:
        """What stands under the keys of one of the config's dicts."""
        table = self._lowering.display(config, keys, where)
        found: dict[str, Node] = {}
        for element in table.elements if table is not None else ():
            match element:
                case cst.DictElement(key=cst.SimpleString() as key, value=value) if not isinstance(
                    value, cst.Dict
                ):
                    name = str(key.evaluated_value)
                    lowered = self._lowering.expression(value, where)
                    if plain(lowered).value == _LATER:
                        lowered = self._lowering.parameter(name, None, f"`{_LATER}` in the config")
                    found[name] = lowered
        return found
