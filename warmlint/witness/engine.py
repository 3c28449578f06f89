"""What runs a replay: `LambdaLR` and an optimizer for it, from wherever an engine takes them.

The loop around them is the same for every engine, and so is the way in which the evaluator's failures
become the exceptions that torch would have met. No torch in here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from warmlint.expr import Node, Symbol
from warmlint.functions import Value
from warmlint.schedule.evaluate import Failure, FailureKind, evaluate
from warmlint.witness.protocol import Answer, Failed, Rate, Replay

MAX_MESSAGE: Final = 500
"""Characters that are kept of an exception's text."""

Lambda = Callable[[int], "Value | complex"]


class Optimizer(Protocol):
    """What the loop needs of an optimizer."""

    param_groups: list[dict[str, Any]]

    def step(self) -> object:
        """Update."""


class Scheduler(Protocol):
    """What the loop needs of a scheduler."""

    def step(self) -> None:
        """Tick."""


class Engine(Protocol):
    """Where `LambdaLR` and `MultiplicativeLR` come from."""

    @property
    def version(self) -> str:
        """The version of torch that the scheduler is from."""

    def start(
        self, base_lrs: Sequence[float], factors: Sequence[Lambda], *, multiplies: bool = False
    ) -> tuple[Optimizer, Scheduler]:
        """An optimizer with one param group for each base LR, and `LambdaLR(optimizer, factors)` on it, or
        `MultiplicativeLR` where it `multiplies`."""


_EXCEPTIONS: Final[dict[FailureKind, type[Exception]]] = {
    FailureKind.DIVISION_BY_ZERO: ZeroDivisionError,
    FailureKind.OVERFLOW: OverflowError,
    FailureKind.DOMAIN: ValueError,
    FailureKind.TYPE: TypeError,
}
_KINDS: Final = {exception: kind for kind, exception in _EXCEPTIONS.items()}


def run(engine: Engine, replay: Replay) -> Answer:
    """Train as a script would: construct, then update and tick, until the last wanted tick or a failure."""
    groups = range(len(replay.factors))
    asked = 0  # the group whose factor torch asked for last, and so the one that an exception is about
    tick = 0

    def factor(group: int) -> Lambda:
        def call(number: int) -> Value | complex:
            nonlocal asked
            asked = group
            return _value(replay.factors[group], replay, replay.tick[group], number)

        return call

    seen: dict[int, tuple[Rate, ...]] = {}
    stop: tuple[Rate, ...] = ()
    try:
        optimizer, scheduler = engine.start(
            replay.base_lrs, [factor(group) for group in groups], multiplies=replay.multiplies
        )
        while True:
            rates = tuple(_rate(group["lr"], tick) for group in optimizer.param_groups)
            seen[tick] = rates
            if any(isinstance(rate, Failed) for rate in rates):
                stop = tuple(rate if isinstance(rate, Failed) else None for rate in rates)
                break
            if tick == replay.ticks[-1]:
                break
            tick += 1
            optimizer.step()  # before the scheduler, or torch warns
            scheduler.step()
    except Exception as error:
        failed = _failed(error, tick)
        stop = tuple(failed if group == asked else None for group in groups)

    nothing: tuple[Rate, ...] = (None,) * len(groups)
    rows: list[tuple[Rate, ...]] = []
    for wanted in replay.ticks:
        if wanted in seen:
            rows.append(seen[wanted])
            stop = nothing if wanted == tick else stop
        else:
            rows.append(stop)
            stop = nothing
    return Answer(replay.ticks, tuple(rows))


def _value(factor: Node, replay: Replay, tick: Symbol, number: int) -> Value | complex:
    """What the factor returns, or the exception that it raises, in Python."""
    try:
        return evaluate(factor, {**replay.values, tick: number})
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
