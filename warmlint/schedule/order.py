"""Order: what Python finds when it compares two numbers, and what is so of the reals behind them."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from warmlint.schedule.cases import Proof
from warmlint.schedule.floats import FLOAT_BITS, NOISE, is_float, total
from warmlint.schedule.polynomial import Polynomial, Undecided, bits_of, whole_coefficients
from warmlint.schedule.reals import Level, Number

_PLAIN: Final = 2**20  # no decimal fraction has so small a numerator


def less(proof: Proof, left: Number, right: Number, *, trust: bool = False) -> bool:
    """Whether Python finds `left < right`; with `trust`, whether it is so in the reals."""
    if left.key == right.key:
        return False
    really = really_less(proof, left, right)
    kept = keeps_strict_order(proof, left, right) if really else trust or keeps_order(proof, left, right)
    if kept:
        return really
    if not trust:
        return proof.choose(("less", left.key, right.key))
    _check_distance(proof, left, right)
    return True


def equal(proof: Proof, left: Number, right: Number, *, trust: bool = False) -> bool:
    """Whether Python finds `left == right`; with `trust`, unequal reals are enough for unequal."""
    if left.key == right.key:
        return True
    below = really_less(proof, left, right)
    if below or really_less(proof, right, left):
        if keeps_strict_order(proof, left, right):
            return False
        if trust:
            _check_distance(proof, *((left, right) if below else (right, left)))
            return False
    elif keeps_order(proof, left, right):
        return True
    elif trust:
        raise Undecided
    return proof.choose(("equal", left.key, right.key))


def really_less(proof: Proof, left: Number, right: Number) -> bool:
    """Whether `left < right` in the reals."""
    return proof.is_positive((right.real - left.real).above)


def keeps_order(proof: Proof, left: Number, right: Number) -> bool:
    """Whether `left <= right` in the reals makes it so in floats, and likewise for `>=`."""
    worst = max(left.level, right.level)
    if 0 in (left.constant, right.constant):
        return worst <= Level.SIGNED
    # A whole number that is no float may lie between a real number and the float nearest to it.
    rounds = any(each.whole and not is_float(proof, each.real) for each in (left, right))
    return worst is Level.EXACT or (worst is Level.ROUNDED and not rounds)


def keeps_strict_order(proof: Proof, left: Number, right: Number) -> bool:
    """Whether `left < right` in the reals makes it so in floats, and likewise for `>`."""
    if 0 in (left.constant, right.constant):
        return max(left.level, right.level) <= Level.CLOSE
    if max(left.level, right.level) is Level.EXACT:
        return True
    constant = left.constant if left.constant is not None else right.constant
    rounded = right if left.constant is not None else left
    if constant is None or rounded.level is not Level.ROUNDED:
        return False
    # A ratio of whole numbers that is not `constant` keeps away from it by the divisors of both.
    above, below = rounded.real.above, rounded.real.below
    if not (proof.variables.count(above) and proof.variables.count(below)):
        return False
    apart = above.denominator * below.denominator * Fraction(constant).denominator
    return bits_of(apart * abs(Fraction(constant))) + proof.variables.largest(below) < FLOAT_BITS - 1


def _check_distance(proof: Proof, left: Number, right: Number) -> None:
    """Raise `Undecided` where `left < right` may rest on the last digits of constants alone.

    `1 / w != 0.001` is true of the number that 0.001 really is, and false of floats at 1000.
    """
    distance = total(right.real, -left.real).above
    if all(abs(each) < _PLAIN for each in whole_coefficients(distance).values()):
        return  # and so does not depend on digits that were rounded
    least = {monomial: each - abs(Fraction(each)) * NOISE for monomial, each in distance.terms.items()}
    if not proof.surely(Polynomial(least), strict=True):
        raise Undecided
