"""Powers and curves: `**`, roots, `exp` and waves. Algebra names few of them; of the rest it knows bounds."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Final

from warmlint.schedule.arithmetic import factor
from warmlint.schedule.cases import Proof
from warmlint.schedule.floats import FLOAT_BITS, RANGE_BITS, as_float, computed, exact, size
from warmlint.schedule.order import keeps_order
from warmlint.schedule.polynomial import ONE, SYMBOL_BITS, ZERO, Ratio, Undecided, Variable, number
from warmlint.schedule.reals import TRUE, Level, Number

_MAX_POWER: Final = 8
_MAX_EXPONENT: Final = 20  # of `exp`, both ways: within `SYMBOL_BITS`


def power(proof: Proof, base: Number, exponent: Number) -> Number:
    """What `base ** exponent` is."""
    times = exponent.constant
    whole = base.whole and exponent.whole
    key = proof.keys.of("**", base.key, exponent.key)
    if times is None:
        return _exponential(proof, base, exponent, key)
    if times == 0:
        return exact(proof, Ratio(ONE), whole=whole)
    if not (0 < times <= _MAX_POWER and Fraction(times).denominator == 1):
        if whole and times > 0:
            raise Undecided
        return _root(proof, base, Fraction(times), key)
    real = base.real
    for _ in range(int(times) - 1):
        real = real * base.real
    if whole:
        return exact(proof, real, whole=True)
    level = max(as_float(proof, factor(base)).level, Level.CLOSE)
    if level is Level.WILD and times % 2 == 0:
        level = Level.SIGNED
    return computed(proof, real, key, level, (base.error + 1) * int(times) + 1)


def float_power(proof: Proof, base: Number, exponent: Number) -> Number:
    """What `math.pow(base, exponent)` is."""
    return power(proof, as_float(proof, base), as_float(proof, exponent))


def square_root(proof: Proof, value: Number) -> Number:
    """What `math.sqrt(value)` is."""
    return _root(proof, value, Fraction(1, 2), proof.keys.of("sqrt", value.key))


def exponential(proof: Proof, value: Number) -> Number:
    """What `math.exp(value)` is."""
    key = proof.keys.of("exp", value.key)
    falls = value.level <= Level.SIGNED and proof.surely(-value.real.above)
    from_below, from_above = (
        value.level <= Level.CLOSE and proof.surely((Ratio(number(_MAX_EXPONENT)) + distance).above)
        for distance in (value.real, -value.real)
    )
    if not (falls or from_above):
        raise Undecided
    result, new = proof.atom(key, Variable(SYMBOL_BITS, SYMBOL_BITS))
    if new:
        proof.assume(result, strict=from_below)
        if value.level <= Level.SIGNED:
            proof.follow(value.real.above, result - ONE)
    return computed(proof, Ratio(result), key, Level.EXACT if from_below else Level.SIGNED)


def wave(proof: Proof, name: str, value: Number) -> Number:
    """A function that goes from -1 to 1."""
    result, new = proof.atom(proof.keys.of(name, value.key), Variable(2, FLOAT_BITS, direct=False))
    if new:
        proof.assume(number(2) - result)
    return exact(proof, Ratio(result - ONE), whole=False)


def _root(proof: Proof, base: Number, times: Fraction, key: int) -> Number:
    """`base ** times` where algebra has no name for it: its bounds are known, for a base from 0 up."""
    if proof.is_positive(-base.real.above) or base.level > Level.SIGNED:
        raise Undecided
    zero = not proof.is_positive(base.real.above)
    bits, places = (ceil(abs(times) * each) for each in size(proof, base.real)[:: 1 if times > 0 else -1])
    if (times < 0 and (zero or base.level > Level.CLOSE)) or max(bits, places) > RANGE_BITS:
        raise Undecided
    if zero:
        return exact(proof, Ratio(ZERO), whole=False)
    result, new = proof.atom(key, Variable(bits, places))
    if new:
        proof.assume(result, strict=base.level <= Level.CLOSE)
        excess = (base.real - Ratio(ONE)).above.scaled(1 if times > 0 else -1)
        if keeps_order(proof, base, TRUE):
            proof.follow(excess, result - ONE)
    return exact(proof, Ratio(result), whole=False)


def _exponential(proof: Proof, base: Number, exponent: Number, key: int) -> Number:
    """`base ** exponent` for a base from 0 to 1 and an exponent from 0 up: from 0 to 1 as well."""
    signed = (base.real.above, exponent.real.above, (Ratio(ONE) - base.real).above)
    kept = keeps_order(proof, base, TRUE) and exponent.level <= Level.SIGNED
    if base.whole or not kept or not all(map(proof.surely, signed)):
        raise Undecided
    result, new = proof.atom(key, Variable(1, RANGE_BITS // 2))
    if new:
        proof.assume(ONE - result)
    # It may come so near to 0 that floats lose it.
    return computed(proof, Ratio(result), key, Level.SIGNED)
