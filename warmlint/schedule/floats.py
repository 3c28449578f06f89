"""What floats make of real numbers: which fit, which are rounded, and which are past any float."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite
from typing import Final

from warmlint.functions import Value
from warmlint.limits import MAX_INTEGER_BITS
from warmlint.schedule.cases import Proof
from warmlint.schedule.polynomial import ONE, Ratio, Undecided, number
from warmlint.schedule.reals import Level, Number, Other, Quantity

FLOAT_BITS: Final = 53
RANGE_BITS: Final = 1_000  # floats reach to 2 ** 1023
NOISE: Final = Fraction(1, 2**40)  # what is left of a difference that should have been 0

_MAX_ERROR: Final = 2**16


def exact(proof: Proof, real: Ratio, *, whole: bool) -> Number:
    """A number that is just its real."""
    high, _ = size(proof, real)
    if whole and high >= MAX_INTEGER_BITS:
        raise Undecided
    return Number(real, proof.keys.of("exact", real, whole), Level.EXACT, whole=whole)


def integer(proof: Proof, value: int) -> Number:
    """An `int` that is known."""
    return exact(proof, Ratio(number(value)), whole=True)


def computed(
    proof: Proof, real: Ratio, key: int, level: Level, error: int = 1, *, whole: bool = False
) -> Number:
    """The result of an operation."""
    if level is Level.EXACT:
        return exact(proof, real, whole=whole)
    size(proof, real)
    if error > _MAX_ERROR:
        raise Undecided
    return Number(real, key, level, error, whole)


def literal(proof: Proof, value: Value) -> Quantity:
    """A value that is known."""
    if isinstance(value, tuple):
        return tuple(literal(proof, each) for each in value)
    if isinstance(value, (int, float)):
        if not isfinite(value):
            raise Undecided
        real = Fraction(value)
        lowest = real.numerator if real.denominator == 1 else real
        return exact(proof, Ratio(number(lowest)), whole=isinstance(value, int))
    return Other(value)


def as_float(proof: Proof, value: Number) -> Number:
    """What `float(value)` is."""
    if not value.whole:
        return value
    level = Level.EXACT if is_float(proof, value.real) else Level.ROUNDED
    return computed(proof, value.real, proof.keys.of("float", value.key), level)


def negative(proof: Proof, value: Number) -> Number:
    """What `-value` is."""
    key = proof.keys.opposite(value.key)
    return computed(proof, -value.real, key, value.level, value.error, whole=value.whole)


def size(proof: Proof, real: Ratio) -> tuple[int, int]:
    """The binary places before and after the point that its values, and 1 over them, may need.

    Raises `Undecided` where a float may overflow, or vanish.
    """
    variables = proof.variables
    high = variables.largest(real.above) + variables.smallest(real.below)
    low = variables.smallest(real.above) + variables.largest(real.below)
    if max(high, low) > RANGE_BITS:
        raise Undecided
    return high, low


def is_float(proof: Proof, real: Ratio) -> bool:
    """Whether every value is one that a float can be."""
    if real.below != ONE:
        return False
    denominator = real.above.denominator
    if denominator & (denominator - 1):
        return False
    if proof.variables.count(real.above):
        constant = real.above.constant
        if constant is not None:
            return Fraction(float(constant)) == constant
        return proof.variables.largest(real.above.scaled(denominator)) <= FLOAT_BITS
    # A float stays one when it is doubled or halved.
    (monomial, coefficient), *more = real.above.terms.items()
    numerator = abs(coefficient.numerator)
    if more or len(monomial) != 1 or numerator & (numerator - 1):
        return False
    return proof.variables.known[monomial[0]].direct


def total(left: Ratio, right: Ratio) -> Ratio:
    """The sum, unless nothing but the rounding of constants is left of a term."""
    above, below = left.above * right.below, right.above * left.below
    for monomial, coefficient in (above + below).terms.items():
        parts = [Fraction(each.terms.get(monomial, 0)) for each in (above, below)]
        if abs(Fraction(coefficient)) < sum(map(abs, parts)) * NOISE:
            raise Undecided
    return left + right
