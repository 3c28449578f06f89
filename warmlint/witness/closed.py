"""The engine that is warmlint's own closed form: always there, and no step of it rests on the one before.

It answers a replay by its `curves`, or by its lambdas, where torch's engines answer it by its recipe.
"""

from __future__ import annotations

from typing import Final

from warmlint.expr import Op, const, node
from warmlint.recipe import Formula
from warmlint.schedule.evaluate import FailureKind, outcome
from warmlint.witness.protocol import Answer, Failed, Rate, Replay

ENGINE: Final = "evaluator"
"""How evidence names it."""


def run(replay: Replay) -> Answer:
    """The LR of every param group at every wanted tick. A tick without one does not end the run, and what has
    no closed form here is unknown at all of them."""
    made, groups = replay.made, range(len(replay.base_lrs))
    if made.kind == "MultiplicativeLR" and len(made.functions) == len(groups):
        columns = [_product(made.functions[group], replay, group) for group in groups]
    else:
        curves = replay.curves or _lambdas(replay) or (None,) * len(groups)
        columns = [[_rate(curve, replay, tick) for tick in replay.ticks] for curve in curves]
    return Answer(replay.ticks, tuple(zip(*columns, strict=True)))


def _lambdas(replay: Replay) -> tuple[Formula, ...]:
    """What a `LambdaLR` computes, in torch's order: base LR times factor."""
    made = replay.made
    if made.kind != "LambdaLR" or len(made.functions) != len(replay.base_lrs):
        return ()
    return tuple(
        Formula(each.tick, node(Op.MUL, const(lr), each.expression))
        for each, lr in zip(made.functions, replay.base_lrs, strict=True)
    )


def _product(factor: Formula, replay: Replay, group: int) -> list[Rate]:
    """What `MultiplicativeLR` makes of the base LR: times the factors of all ticks but 0."""
    lr: Rate = replay.base_lrs[group]
    rates: dict[int, Rate] = {0: lr}
    for tick in range(1, replay.ticks[-1] + 1):
        share = _rate(factor, replay, tick)
        lr = lr * share if isinstance(lr, float) and isinstance(share, float) else _first_failure(lr, share)
        rates[tick] = lr
    return [rates[tick] for tick in replay.ticks]


def _first_failure(lr: Rate, share: Rate) -> Rate:
    return lr if isinstance(lr, Failed) else share


def _rate(curve: Formula | None, replay: Replay, tick: int) -> Rate:
    if curve is None:
        return Failed(FailureKind.UNKNOWN, "", "it has no closed form here", tick)
    found = outcome(curve.expression, {**replay.values, curve.tick: tick})
    if found.failure is not None:
        return Failed(found.failure.kind, "", str(found.failure), tick)
    if found.number is None:
        return Failed(FailureKind.TYPE, "", "the LR is no number", tick)
    return found.number
