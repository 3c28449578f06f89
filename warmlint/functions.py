"""The functions that an expression may call: pure, scalar, and named as the source names them.

One table. A qualified name that is not in it has no value here ("unknown"), whatever it does in Python.

Builtins and `math` answer bit for bit what Python answers, `numpy` what it answers for scalars. Where numpy
warns and goes on with infinity or with no number, the function fails here, as `math` does. `torch` takes
numbers for the tensors that hold them, and answers in float32: the number is a float32, infinity and no
number included, and within two units of its last place of what torch says.
"""

from __future__ import annotations

import bisect
import math
import struct
from collections.abc import Callable
from typing import Final

from warmlint.limits import MAX_INTEGER_BITS, MAX_ROUND_DIGITS

Number = int | float
Value = int | float | bool | str | None | tuple["Value", ...]


def _number(value: Value) -> Number:
    if isinstance(value, (int, float)):
        return value
    raise TypeError(f"{type(value).__name__} is not a number")


def _list(value: Value) -> tuple[Value, ...]:
    if isinstance(value, tuple):
        return value
    raise TypeError(f"{type(value).__name__} is not a list")


def _numbers(value: Value) -> tuple[Number, ...]:
    return tuple(map(_number, _list(value)))


def _numeric(function: Callable[..., Value]) -> Callable[..., Value]:
    """`function` over numbers alone: without this, `min` would order strings."""

    def call(*args: Value) -> Value:
        return function(*map(_number, args))

    return call


def _spread(function: Callable[..., Value]) -> Callable[..., Value]:
    """`min` and `max` take their numbers one by one, or as one sequence."""

    def call(*args: Value) -> Value:
        return function(_numbers(args[0] if len(args) == 1 else args))

    return call


def _parsing(function: Callable[[Number | str], Number]) -> Callable[..., Value]:
    """`int` and `float` read short texts too: `float("inf")`."""

    def call(*args: Value) -> Value:
        if len(args) == 1 and isinstance(args[0], str) and len(args[0]) <= MAX_ROUND_DIGITS:
            return function(args[0])
        return _numeric(function)(*args)

    return call


def _digits(value: Value) -> int:
    if not isinstance(value, int):
        raise TypeError("round takes a whole number of digits")
    if abs(value) > MAX_ROUND_DIGITS:
        raise OverflowError(f"round to more than {MAX_ROUND_DIGITS} digits")
    return value


def _round(value: Value, digits: Value = None) -> Value:
    return round(_number(value)) if digits is None else round(_number(value), _digits(digits))


def _minimum(left: Number, right: Number) -> Number:
    return right if right < left or math.isnan(right) else left


def _maximum(left: Number, right: Number) -> Number:
    return right if right > left or math.isnan(right) else left


def _clip(value: Value, low: Value, high: Value) -> Value:
    """A bound that is None does not bind."""
    clipped = _number(value)
    if low is not None:
        clipped = _maximum(clipped, _number(low))
    return clipped if high is None else _minimum(clipped, _number(high))


def _length(value: Value) -> Value:
    return len(_list(value))


def _sum(value: Value, start: Value = 0) -> Value:
    return sum(_numbers(value), _number(start))


def _any(value: Value) -> Value:
    return any(_list(value))


def _all(value: Value) -> Value:
    return all(_list(value))


def _sorted(value: Value) -> Value:
    return tuple(sorted(_numbers(value)))


def _float_power(base: Number, exponent: Number) -> Number:
    return math.pow(base, exponent)


def _divmod(left: Number, right: Number) -> Value:
    return divmod(left, right)


def _bisection(function: Callable[..., int]) -> Callable[..., Value]:
    """`function` over a list of numbers, in order or not: where they are not, Python answers all the same."""

    def call(sequence: Value, value: Value, *bounds: Value) -> Value:
        return function(_numbers(sequence), _number(value), *map(_number, bounds))

    return call


# --- whole numbers that could grow without end ------------------------------------------------------
def _factorial(value: Number) -> Number:
    if not isinstance(value, int):
        raise TypeError("factorial takes a whole number")
    if value > MAX_INTEGER_BITS:
        raise OverflowError(f"the factorial of more than {MAX_INTEGER_BITS}")
    return math.factorial(value)


def _combinations(total: Number, chosen: Number) -> Number:
    if not isinstance(total, int) or not isinstance(chosen, int):
        raise TypeError("comb takes whole numbers")
    if min(chosen, total - chosen) > MAX_INTEGER_BITS:
        raise OverflowError(f"the ways to choose more than {MAX_INTEGER_BITS}")
    return math.comb(total, chosen)


def _word(value: int) -> int:
    """A whole number as arrays and tensors hold it. They wrap around silently; here it has no value."""
    if -(2**63) <= value < 2**63:
        return value
    raise OverflowError("a whole number of more than 64 bits")


def _whole_power(base: int, exponent: int) -> int:
    if exponent < 0:
        raise ValueError("integers to negative integer powers are not allowed")
    if abs(base) > 1 and base.bit_length() * exponent > 2 * MAX_INTEGER_BITS:
        raise OverflowError(f"{base} ** {exponent}")
    return _word(base**exponent)


# --- numpy ------------------------------------------------------------------------------------------
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


def _array_power(base: Number, exponent: Number) -> Number:
    if isinstance(base, int) and isinstance(exponent, int):
        return _whole_power(base, exponent)
    return math.pow(base, exponent)


def _to_whole(function: Callable[[float], int]) -> Callable[[Number], Number]:
    """As numpy rounds: a float stays a float, infinity infinity, and zero keeps its sign."""

    def call(value: Number) -> Number:
        if isinstance(value, int):
            return int(value)
        return math.copysign(function(value), value) if math.isfinite(value) else value

    return call


_nearest: Final = _to_whole(round)


def _array_round(value: Value, digits: Value = 0) -> Value:
    """`numpy.round` scales, rounds and scales back, and so `2.675` becomes `2.68`; Python's is exact."""
    number, places = _number(value), _digits(digits)
    if isinstance(number, int) and places >= 0:
        return int(number)
    scale = 1e9 if abs(places) > 9 else 10.0 ** abs(places)
    for _ in range(9, abs(places)):
        scale *= 10.0
    if places >= 0:
        return _nearest(number * scale) / scale
    rounded = _nearest(number / scale) * scale
    return int(rounded) if isinstance(number, int) else rounded


def _heaviside(value: Number, at_zero: Number) -> Number:
    if math.isnan(value):
        return value
    return float(at_zero if value == 0 else value > 0)


def _where(condition: Number, then: Number, otherwise: Number) -> Number:
    """Both are computed, and have one type."""
    chosen = then if condition else otherwise
    if isinstance(then, float) or isinstance(otherwise, float):
        return float(chosen)
    return chosen if isinstance(then, bool) and isinstance(otherwise, bool) else int(chosen)


def _from_left(values: tuple[float, ...]) -> float:
    total = -0.0
    for each in values:  # Python's `sum` carries what rounding loses since 3.12; numpy does not
        total += each
    return total


def _pairwise(values: tuple[float, ...]) -> float:
    """The sum in numpy's order: eight running sums, and halves of what is longer than 128."""
    count = len(values)
    if count < 8:
        return _from_left(values)
    if count > 128:
        half = count // 2 - count // 2 % 8
        return _pairwise(values[:half]) + _pairwise(values[half:])
    rest = count - count % 8
    a, b, c, d, e, f, g, h = (_from_left(values[start:rest:8]) for start in range(8))
    return _from_left((((a + b) + (c + d)) + ((e + f) + (g + h)), *values[rest:]))


def _array_sum(value: Value) -> Value:
    values = _numbers(value)
    if values and all(isinstance(each, int) for each in values):
        return _word(int(sum(values)))
    return 0.0 + _pairwise(tuple(map(float, values)))


def _array_product(value: Value) -> Value:
    values = _numbers(value)
    whole = bool(values) and all(isinstance(each, int) for each in values)
    product: Number = 1 if whole else 1.0
    for each in values:
        product *= _word(each) if isinstance(each, int) else each
    return _word(product) if isinstance(product, int) else product


def _array_mean(value: Value) -> Value:
    values = _numbers(value)
    if not values:
        raise ValueError("the mean of nothing")
    return (0.0 + _pairwise(tuple(map(float, values)))) / len(values)


# --- torch ------------------------------------------------------------------------------------------
def _single(value: Number) -> float:
    """The nearest float32. Beyond the largest is infinity, as for `torch` and for `numpy.float32`."""
    number = float(value)
    try:
        (single,) = struct.unpack("<f", struct.pack("<f", number))
    except OverflowError:
        return math.copysign(math.inf, number)
    return float(single)


def _tensor(value: Number) -> Number:
    """A tensor of one number: a float32, an int64 or a truth. (`numpy.float64`, which would keep its 64 bits,
    is a float here.)
    """
    if isinstance(value, float):
        return _single(value)
    if not -(2**63) <= value < 2**63:
        raise ValueError("a whole number of more than 64 bits")
    return value


def _tensor_of(value: Value) -> Value:
    if not isinstance(value, tuple):
        return _tensor(_number(value))
    values = _numbers(value)  # of numbers alone, like the points of `interp`
    floats = any(isinstance(each, float) for each in values)
    return tuple(_single(each) if floats else _tensor(each) for each in values)


def _scalar_tensor(value: Number) -> Number:
    """A float32 always; unlike `tensor`, it refuses what float32 cannot hold."""
    single = _single(value)
    if math.isinf(single) and not math.isinf(value):
        raise OverflowError("a number beyond every float32")
    return single


def _in_single(function: Callable[..., float]) -> Callable[..., Value]:
    """`function` from float32 to float32, which has no failures: out of the domain lies no number."""

    def call(*values: Number) -> Value:
        singles = [_single(_tensor(each)) for each in values]
        try:
            return _single(function(*singles))
        except OverflowError:
            return math.inf
        except ValueError:
            return math.nan

    return _numeric(call)


def _with_pole(function: Callable[[float], float], pole: float) -> Callable[[float], float]:
    """A logarithm, which for floats is minus infinity at its pole; Python has no value there."""

    def call(value: float) -> float:
        return -math.inf if value == pole else function(value)

    return call


def _sigmoid(value: float) -> float:
    decay = math.exp(-abs(value))
    return (1.0 if value >= 0 else decay) / (1.0 + decay) if not math.isnan(value) else value


def _tensor_power(base: Number, exponent: Number) -> Number:
    base, exponent = _tensor(base), _tensor(exponent)
    if isinstance(base, int) and isinstance(exponent, int):
        # Below zero torch fails where the exponent is a number, and answers 0 where it is a tensor as well.
        return _whole_power(base, exponent)
    single, power = _single(base), _single(exponent)
    try:
        return _single(math.pow(single, power))
    except (OverflowError, ValueError):
        if single < 0 and not power.is_integer():
            return math.nan
        odd = abs(math.fmod(power, 2.0)) == 1.0
        return math.copysign(math.inf, single if odd else 1.0)


def _joined(function: Callable[..., Value]) -> Callable[..., Value]:
    """`function` over tensors of one type: float32 where one of them is, else whole numbers or truths."""

    def call(*args: Value) -> Value:
        values = [each if each is None else _tensor(_number(each)) for each in args]
        types = set(map(type, values))
        kind = _single if float in types else int if int in types else bool
        result = function(*(each if each is None else kind(each) for each in values))
        return _word(result) if isinstance(result, int) else result

    return call


def _clamp(value: Value, low: Value = None, high: Value = None) -> Value:
    if low is None and high is None:
        raise ValueError("at least one bound must not be None")
    return _joined(_clip)(value, low, high)


_BUILTINS: Final[dict[str, Callable[..., Value]]] = {
    "min": _spread(min),
    "max": _spread(max),
    "abs": _numeric(abs),
    "round": _round,
    "int": _parsing(int),
    "float": _parsing(float),
    "bool": bool,
    "len": _length,
    "sum": _sum,
    "any": _any,
    "all": _all,
    "sorted": _sorted,
    "divmod": _numeric(_divmod),
}

_MATH: Final[dict[str, Callable[..., Number]]] = {
    **{
        name: getattr(math, name)
        for name in (
            "cos", "sin", "tan", "acos", "asin", "atan", "atan2", "cosh", "sinh", "tanh",
            "sqrt", "exp", "expm1", "log", "log2", "log10", "log1p", "floor", "ceil", "trunc", "fabs",
            "fmod", "hypot", "copysign", "degrees", "radians", "erf", "gcd", "isclose", "isnan", "isinf",
        )
    },
    "pow": _float_power,
    "factorial": _factorial,
    "comb": _combinations,
}  # fmt: skip

_SMOOTH: Final = ("cos", "sin", "tan", "tanh", "sqrt", "exp", "log", "log2", "log10", "log1p")

_ARRAY: Final[dict[str, Callable[..., Number]]] = {
    **{name: _MATH[name] for name in (*_SMOOTH, "sinh", "cosh")},
    "deg2rad": math.radians,
    "floor": _to_whole(math.floor),
    "ceil": _to_whole(math.ceil),
    "abs": abs,
    "absolute": abs,
    "minimum": _minimum,
    "maximum": _maximum,
    "sign": _sign,
    "power": _array_power,
    "heaviside": _heaviside,
    "where": _where,
    "float32": _single,
    "float64": float,
    "int64": lambda value: _word(int(value)),
}

_TENSOR: Final[dict[str, Callable[..., Value]]] = {
    **{name: _in_single(_MATH[name]) for name in _SMOOTH if not name.startswith("log")},
    **{name: _in_single(_with_pole(_MATH[name], 0.0)) for name in ("log", "log2", "log10")},
    "log1p": _in_single(_with_pole(math.log1p, -1.0)),
    "sigmoid": _in_single(_sigmoid),
    "abs": _joined(abs),
    "minimum": _joined(_minimum),
    "maximum": _joined(_maximum),
    "clamp": _clamp,
    "clip": _clamp,
    "pow": _numeric(_tensor_power),
    "tensor": _tensor_of,
    "as_tensor": _tensor_of,
    "scalar_tensor": _numeric(_scalar_tensor),
}

FUNCTIONS: Final[dict[str, Callable[..., Value]]] = {
    **_BUILTINS,
    **{f"math.{name}": _numeric(function) for name, function in _MATH.items()},
    **{f"numpy.{name}": _numeric(function) for name, function in _ARRAY.items()},
    "numpy.clip": _clip,
    "numpy.interp": _interpolate,
    "numpy.round": _array_round,
    "numpy.sum": _array_sum,
    "numpy.prod": _array_product,
    "numpy.mean": _array_mean,
    **{f"torch.{name}": function for name, function in _TENSOR.items()},
    "bisect.bisect": _bisection(bisect.bisect),
    "bisect.bisect_left": _bisection(bisect.bisect_left),
    "bisect.bisect_right": _bisection(bisect.bisect_right),
}
"""Every function, by the qualified name under which facts finds it (`math.cos`, `min`)."""

CONSTANTS: Final[dict[str, float]] = {
    **{
        f"{module}.{name}": getattr(math, name)
        for module in ("math", "numpy", "torch")
        for name in ("pi", "e", "inf", "nan")
    },
    "math.tau": math.tau,
}
"""Every named constant, likewise."""

STAIRS: Final[frozenset[str]] = frozenset({"int", "round", "math.floor", "math.ceil", "math.trunc"})
"""The functions that turn a ramp into a stair."""
