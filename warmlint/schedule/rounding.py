"""Rounding: floor, ceiling, truncation, `round`, and with them `//` and `%`.

Each gives a whole number that lies within one of its argument, and of which no more is known.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from warmlint.schedule.arithmetic import difference, inverse, product
from warmlint.schedule.cases import Proof
from warmlint.schedule.floats import FLOAT_BITS, as_float, exact, integer, negative, size
from warmlint.schedule.order import less
from warmlint.schedule.polynomial import ONE, Polynomial, Ratio, Undecided, Variable, number
from warmlint.schedule.reals import FALSE, Level, Number

_BELOW_ZERO: Final = (-1, -1)
_FROM_TWO: Final = (1, 2)
_HALF: Final = Fraction(1, 2)
_BLUR: Final = Fraction(1, 2**32)  # more than so many roundings make of a number


def floor(proof: Proof, value: Number) -> Number:
    """What `math.floor(value)` is."""
    if value.whole:
        return value
    if value.level is Level.EXACT and value.real.below == ONE and _is_whole(proof, value.real.above):
        return exact(proof, value.real, whole=True)
    if less(proof, value, FALSE):
        return _step(proof, value, _BELOW_ZERO, Fraction(0), Fraction(1))
    for whole in (0, 1):
        if less(proof, value, integer(proof, whole + 1)):
            return integer(proof, whole)
    return _step(proof, value, _FROM_TWO, Fraction(0), Fraction(1))


def ceil(proof: Proof, value: Number) -> Number:
    """What `math.ceil(value)` is."""
    return negative(proof, floor(proof, negative(proof, value)))


def truncate(proof: Proof, value: Number) -> Number:
    """What `int(value)` is."""
    return ceil(proof, value) if less(proof, value, FALSE) else floor(proof, value)


def rounded(proof: Proof, value: Number) -> Number:
    """What `round(value)` is."""
    if value.whole:
        return value
    if less(proof, value, FALSE):
        return negative(proof, _rounded_from_zero(proof, negative(proof, value)))
    return _rounded_from_zero(proof, value)


def floor_quotient(proof: Proof, left: Number, right: Number) -> Number:
    """What `left // right` is."""
    if max(left.level, right.level) is not Level.EXACT:
        raise Undecided
    real = left.real * inverse(proof, right)
    whole = left.whole and right.whole
    if not whole and size(proof, real)[0] > FLOAT_BITS:
        raise Undecided
    # The quotient that is rounded down is never rounded before.
    result = floor(proof, Number(real, proof.keys.of("//", left.key, right.key), Level.EXACT))
    return result if whole else as_float(proof, result)


def remainder(proof: Proof, left: Number, right: Number) -> Number:
    """What `left % right` is, of whole numbers."""
    if not (left.whole and right.whole and proof.is_positive(right.real.above)):
        raise Undecided
    result = difference(proof, left, product(proof, right, floor_quotient(proof, left, right)))
    proof.assume(result.real.above)
    proof.assume((right.real - result.real).above, strict=True)
    return result


def _rounded_from_zero(proof: Proof, value: Number) -> Number:
    if not less(proof, exact(proof, Ratio(number(_HALF)), whole=False), value):
        return integer(proof, 0)  # a half goes to the even 0
    if less(proof, value, exact(proof, Ratio(number(3 * _HALF)), whole=False)):
        return integer(proof, 1)
    return _step(proof, value, _FROM_TWO, -_HALF, _HALF)


def _is_whole(proof: Proof, polynomial: Polynomial) -> bool:
    return polynomial.denominator == 1 and proof.variables.count(polynomial)


def _step(proof: Proof, value: Number, form: tuple[int, int], below: Fraction, above: Fraction) -> Number:
    """A whole number k with `k + below <= value < k + above`, where rounding of `value` permits."""
    if value.level > Level.CLOSE:
        raise Undecided
    sign, offset = form
    bits, _ = size(proof, value.real)
    variable, new = proof.atom(proof.keys.of("step", value.key, below), Variable(bits + 1, integer=True))
    whole = variable.scaled(sign) + number(offset)
    if new:
        blur = _BLUR * sign if value.level is not Level.EXACT else 0
        over, under = value.real.above.scaled(1 + blur), value.real.above.scaled(1 - blur)
        divisor = value.real.below
        proof.assume(over - divisor * (whole + number(below)))
        proof.assume(divisor * (whole + number(above)) - under, strict=above == 1)
    return exact(proof, Ratio(whole), whole=True)
