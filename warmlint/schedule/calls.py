"""Calls: the functions of `warmlint.functions` that the prover knows something of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
from typing import Final

from warmlint.schedule.cases import Proof
from warmlint.schedule.curves import exponential, float_power, square_root, wave
from warmlint.schedule.floats import as_float, computed, negative
from warmlint.schedule.order import keeps_order, really_less
from warmlint.schedule.polynomial import Undecided
from warmlint.schedule.reals import FALSE, Level, Number, Quantity, numbers
from warmlint.schedule.rounding import ceil, floor, rounded, truncate


def call(proof: Proof, name: str, values: tuple[Quantity, ...]) -> Number:
    """What the function `name` is of `values`."""
    if name in {"min", "max"}:
        items = values[0] if len(values) == 1 else values
        return _extreme_of(proof, name, numbers(items if isinstance(items, tuple) else ()))
    args = numbers(values)
    if name in _EXTREMES and len(args) == 2:
        return _extreme(proof, _EXTREMES[name], *args)
    if name == "numpy.clip" and len(args) == 3:
        return _extreme(proof, "min", _extreme(proof, "max", args[0], args[1]), args[2])
    if name == "math.pow" and len(args) == 2:
        return float_power(proof, *args)
    if name in _FUNCTIONS and len(args) == 1:
        return _FUNCTIONS[name](proof, args[0])
    if name in _WAVES and len(args) == 1:
        return wave(proof, name, args[0])
    raise Undecided


def _extreme_of(proof: Proof, which: str, args: Sequence[Number]) -> Number:
    if not args:
        raise Undecided
    return reduce(partial(_extreme, proof, which), args)


def _extreme(proof: Proof, which: str, left: Number, right: Number) -> Number:
    low, high = (right, left) if which == "min" else (left, right)
    chosen, other = (right, left) if really_less(proof, low, high) else (left, right)
    if keeps_order(proof, left, right):
        # Where rounding makes them equal, the other one is returned: the same, but for its type.
        return chosen if other.level is Level.EXACT else as_float(proof, chosen)
    key = proof.keys.of(which, left.key, right.key, chosen.key)
    level = max(left.level, right.level, Level.CLOSE)
    return computed(proof, chosen.real, key, level, left.error + right.error + 1)


def _absolute(proof: Proof, value: Number) -> Number:
    below_zero = really_less(proof, value, FALSE)
    if value.level <= Level.SIGNED:
        return negative(proof, value) if below_zero else value
    real = -value.real if below_zero else value.real
    return computed(proof, real, proof.keys.of("abs", value.key, below_zero), Level.WILD, value.error)


_EXTREMES: Final = {"numpy.minimum": "min", "numpy.maximum": "max"}
_WAVES: Final = frozenset(
    {"math.cos", "math.sin", "math.tanh", "math.erf", "numpy.cos", "numpy.sin", "numpy.tanh"}
)  # from -1 to 1
CURVES: Final = _WAVES | {"math.exp", "numpy.exp"}
"""What is known exactly at a point or two, such as `cos(0)`, and nowhere else."""

_FUNCTIONS: Final[Mapping[str, Callable[[Proof, Number], Number]]] = {
    "float": as_float,
    "int": truncate,
    "round": rounded,
    "abs": _absolute,
    "numpy.abs": _absolute,
    "numpy.absolute": _absolute,
    "math.trunc": truncate,
    "math.floor": floor,
    "math.ceil": ceil,
    "math.exp": exponential,
    "numpy.exp": exponential,
    "math.sqrt": square_root,
    "numpy.sqrt": square_root,
}
