"""What runs a replay: torch's schedulers and an optimizer for them, from wherever an engine takes them.

The loop around them is the same for every engine, and so is the way in which the evaluator's failures
become the exceptions that torch would have met. No torch in here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from warmlint.expr import Node, Scalar, Symbol
from warmlint.functions import Value
from warmlint.limits import MAX_MESSAGE
from warmlint.recipe import COMPOSED, FUNCTIONS, Formula, Recipe
from warmlint.schedule.evaluate import Failure, FailureKind, evaluate
from warmlint.witness.protocol import MAX_TICK, Answer, Failed, Rate, Replay

Lambda = Callable[[int], "Value | complex"]


class Optimizer(Protocol):
    """What the loop needs of an optimizer."""

    param_groups: list[dict[str, Any]]

    def step(self) -> object:
        """Update."""


class Scheduler(Protocol):
    """What the loop needs of a scheduler."""

    def step(self, *metrics: object) -> None:
        """Tick."""


class Engine(Protocol):
    """Where torch's schedulers come from."""

    @property
    def version(self) -> str:
        """The version of torch that they are from, and what of it they are."""

    def optimizer(self, groups: Sequence[Mapping[str, float]]) -> Optimizer:
        """An optimizer with these param groups, which has a momentum and moves nothing."""

    def scheduler(self, kind: str) -> Callable[..., Scheduler]:
        """The class of that name. Raises `AttributeError` where this torch has none."""


_ARGUMENT_BITS: Final = 64  # torch computes with the arguments, and has no bound of its own
_EXCEPTIONS: Final[dict[FailureKind, type[Exception]]] = {
    FailureKind.DIVISION_BY_ZERO: ZeroDivisionError,
    FailureKind.OVERFLOW: OverflowError,
    FailureKind.DOMAIN: ValueError,
    FailureKind.TYPE: TypeError,
}
_KINDS: Final = {exception: kind for kind, exception in _EXCEPTIONS.items()}


def run(engine: Engine, replay: Replay) -> Answer:
    """Train as a script would: construct, then update and tick, until the last wanted tick or a failure."""
    groups = range(len(replay.base_lrs))
    tick = 0
    seen: dict[int, tuple[Rate, ...]] = {}
    stop: tuple[Rate, ...] = ()
    making = _Making(engine, replay)
    try:
        optimizer = engine.optimizer(_param_groups(replay))
        scheduler = making.made(replay.made, optimizer)
        metrics = making.metrics(replay.made)
        while True:
            rates = tuple(_rate(group["lr"], tick) for group in optimizer.param_groups)
            seen[tick] = rates
            if any(isinstance(rate, Failed) for rate in rates):
                stop = tuple(rate if isinstance(rate, Failed) else None for rate in rates)
                break
            if tick == replay.ticks[-1]:
                break
            tick += 1
            making.asked = None
            optimizer.step()  # before the scheduler, or torch warns
            scheduler.step(*(each(tick) for each in metrics))
    except Exception as error:
        failed = _failed(error, tick)
        stop = tuple(failed if making.asked in {group, None} else None for group in groups)
    return _answer(replay, seen, stop, tick)


def _param_groups(replay: Replay) -> list[Mapping[str, float]]:
    initial = replay.initial_lrs
    return [
        {"lr": lr, **({"initial_lr": initial[group]} if initial else {})}
        for group, lr in enumerate(replay.base_lrs)
    ]


def _answer(
    replay: Replay, seen: Mapping[int, tuple[Rate, ...]], stop: tuple[Rate, ...], tick: int
) -> Answer:
    """What was seen at the wanted ticks; `stop` stands at the first that the run, which ended at `tick`, did
    not get to."""
    nothing: tuple[Rate, ...] = (None,) * len(replay.base_lrs)
    rows: list[tuple[Rate, ...]] = []
    for wanted in replay.ticks:
        if wanted in seen:
            rows.append(seen[wanted])
            stop = nothing if wanted == tick else stop
        else:
            rows.append(stop)
            stop = nothing
    return Answer(replay.ticks, tuple(rows))


class _Making:
    """Makes schedulers by their recipes. `asked` is the param group whose lambda torch called last in this
    tick, and so the one that an exception is about; None where it called none."""

    def __init__(self, engine: Engine, replay: Replay) -> None:
        self._engine = engine
        self._values = replay.values
        self.asked: int | None = None

    def made(self, recipe: Recipe, optimizer: Optimizer) -> Scheduler:
        """The scheduler, on an optimizer."""
        members = [self.made(each, optimizer) for each in recipe.members]
        self.asked = None
        given: dict[str, object] = {
            name: self._argument(name, each) for name, each in recipe.arguments.items()
        }
        functions = FUNCTIONS.get(recipe.kind)
        if functions == "lr_lambda":
            given[functions] = [self._function(each, group) for group, each in enumerate(recipe.functions)]
        elif functions == "scale_fn" and recipe.functions:
            given[functions] = self._function(recipe.functions[0])
        if recipe.kind in COMPOSED:
            given["schedulers"] = members
        if recipe.kind != "ChainedScheduler":
            given["optimizer"] = optimizer
        return self._engine.scheduler(recipe.kind)(**given)

    def metrics(self, recipe: Recipe) -> tuple[Lambda, ...]:
        """What the ticks of a `ReduceLROnPlateau` are told."""
        return tuple(map(self._function, recipe.functions)) if FUNCTIONS.get(recipe.kind) == "metrics" else ()

    def _argument(self, name: str, expression: Node) -> Value | complex:
        value = _value(expression, self._values)
        if isinstance(value, int) and value.bit_length() > _ARGUMENT_BITS:
            raise Failure(FailureKind.TOO_LARGE, f"`{name}` is an integer of more than {_ARGUMENT_BITS} bits")
        if name == "last_epoch" and isinstance(value, (int, float)) and value > MAX_TICK:
            raise Failure(FailureKind.TOO_LARGE, f"`last_epoch` is above {MAX_TICK:,}")
        return value

    def _function(self, formula: Formula, group: int | None = None) -> Lambda:
        def call(number: int) -> Value | complex:
            if group is not None:
                self.asked = group
            return _value(formula.expression, {**self._values, formula.tick: number})

        return call


def _value(expression: Node, values: Mapping[Symbol, Scalar]) -> Value | complex:
    """What Python makes of an expression, or the exception that it raises there."""
    try:
        return evaluate(expression, values)
    except Failure as failure:
        if failure.kind is FailureKind.COMPLEX:
            return complex(math.nan, math.nan)  # torch takes it: only that it is complex is known
        exception = _EXCEPTIONS.get(failure.kind)
        if exception is None:
            raise
        raise exception(str(failure)) from None


def _rate(lr: object, tick: int) -> Rate:
    if isinstance(lr, (int, float)):
        return float(lr)
    kind = FailureKind.COMPLEX if isinstance(lr, complex) else None
    return Failed(kind, "", f"the LR is of type {type(lr).__name__}", tick)


def _failed(error: Exception, tick: int) -> Failed:
    text = str(error)[:MAX_MESSAGE]
    if isinstance(error, Failure):
        return Failed(error.kind, "", text, tick)
    return Failed(_KINDS.get(type(error)), type(error).__name__, text, tick)
