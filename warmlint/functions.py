"""The functions that an expression may call: pure, scalar, and named as the source names them.

One table. A qualified name that is not in it has no value here ("unknown"), whatever it does in Python.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from warmlint.limits import MAX_ROUND_DIGITS

Number = int | float
Value = int | float | bool | str | None | tuple["Value", ...]


def _number(value: Value) -> Number:
    if isinstance(value, (int, float)):
        return value
    raise TypeError(f"{type(value).__name__} is not a number")


def _numeric(function: Callable[..., Number]) -> Callable[..., Value]:
    """`function` over numbers alone: without this, `min` would order strings and `int` parse them."""

    def call(*args: Value) -> Value:
        return function(*map(_number, args))

    return call


def _spread(function: Callable[..., Value]) -> Callable[..., Value]:
    """`min` and `max` take their numbers one by one, or as one sequence."""

    def call(*args: Value) -> Value:
        values = args[0] if len(args) == 1 else args
        if not isinstance(values, tuple):
            raise TypeError("one number is not a list")
        return function(tuple(map(_number, values)))

    return call


def _round(value: Value, digits: Value = None) -> Value:
    if digits is None:
        return round(_number(value))
    if not isinstance(digits, int):
        raise TypeError("round takes a whole number of digits")
    if abs(digits) > MAX_ROUND_DIGITS:
        raise OverflowError(f"round to more than {MAX_ROUND_DIGITS} digits")
    return round(_number(value), digits)


def _minimum(left: Number, right: Number) -> Number:
    return right if right < left or math.isnan(right) else left


def _maximum(left: Number, right: Number) -> Number:
    return right if right > left or math.isnan(right) else left


def _clip(value: Number, low: Number, high: Number) -> Number:
    return _minimum(_maximum(value, low), high)


def _length(value: Value) -> Value:
    if isinstance(value, tuple):
        return len(value)
    raise TypeError("len of something that is not a list")


def _sum(value: Value) -> Value:
    if isinstance(value, tuple):
        return sum(map(_number, value))
    raise TypeError("sum of something that is not a list")


def _float_power(base: Number, exponent: Number) -> Number:
    return math.pow(base, exponent)


def _sign(value: Number) -> Number:
    return value if math.isnan(value) else (value > 0) - (value < 0)


def _interpolate(at: Value, xs: Value, ys: Value) -> Value:
    """`numpy.interp`, in the order of its operations."""
    if isinstance(at, tuple):  # of numbers alone: lists that share their parts unfold without end
        return tuple(_interpolate(_number(each), xs, ys) for each in at)
    if not isinstance(xs, tuple) or not isinstance(ys, tuple) or len(xs) != len(ys) or not xs:
        raise ValueError("interp needs two lists of one length")
    x, xp, fp = (
        float(_number(at)),
        [float(_number(each)) for each in xs],
        [float(_number(each)) for each in ys],
    )
    if math.isnan(x):
        return x
    if x < xp[0]:
        return fp[0]
    if x >= xp[-1]:
        return fp[-1]
    right = next((index for index, each in enumerate(xp) if x < each), 0)
    if right == 0:
        raise ValueError("interp needs numbers that rise")
    slope = (fp[right] - fp[right - 1]) / (xp[right] - xp[right - 1])
    return slope * (x - xp[right - 1]) + fp[right - 1]


_BUILTINS: Final[dict[str, Callable[..., Value]]] = {
    "min": _spread(min),
    "max": _spread(max),
    "abs": _numeric(abs),
    "round": _round,
    "int": _numeric(int),
    "float": _numeric(float),
    "bool": bool,
    "len": _length,
    "sum": _sum,
}

_MATH: Final[dict[str, Callable[..., Number]]] = {
    **{
        name: getattr(math, name)
        for name in (
            "cos", "sin", "tan", "acos", "asin", "atan", "atan2", "cosh", "sinh", "tanh",
            "sqrt", "exp", "expm1", "log", "log2", "log10", "log1p", "floor", "ceil", "trunc", "fabs",
            "fmod", "hypot", "copysign", "degrees", "radians", "erf",
        )
    },
    "pow": _float_power,
}  # fmt: skip

_ARRAY: Final[dict[str, Callable[..., Number]]] = {
    **{
        name: _MATH[name]
        for name in ("cos", "sin", "tan", "tanh", "sqrt", "exp", "log", "log2", "log10", "log1p")
    },
    "abs": abs,
    "absolute": abs,
    "minimum": _minimum,
    "maximum": _maximum,
    "clip": _clip,
    "sign": _sign,
}

FUNCTIONS: Final[dict[str, Callable[..., Value]]] = {
    **_BUILTINS,
    **{f"math.{name}": _numeric(function) for name, function in _MATH.items()},
    **{f"numpy.{name}": _numeric(function) for name, function in _ARRAY.items()},
    "numpy.interp": _interpolate,
}
"""Every function, by the qualified name under which facts finds it (`math.cos`, `min`)."""

CONSTANTS: Final[dict[str, float]] = {
    **{
        f"{module}.{name}": getattr(math, name)
        for module in ("math", "numpy")
        for name in ("pi", "e", "inf", "nan")
    },
    "math.tau": math.tau,
}
"""Every named constant, likewise."""

STAIRS: Final[frozenset[str]] = frozenset({"int", "round", "math.floor", "math.ceil", "math.trunc"})
"""The functions that turn a ramp into a stair."""
