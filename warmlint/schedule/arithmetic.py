"""Arithmetic: sums, products and quotients, each as a real, and how far its float may be from that."""

from __future__ import annotations

from warmlint.schedule.cases import Proof
from warmlint.schedule.floats import as_float, computed, exact, is_float, negative, total
from warmlint.schedule.polynomial import ONE, ZERO, Ratio, Undecided
from warmlint.schedule.reals import Level, Number


def added(proof: Proof, left: Number, right: Number) -> Number:
    """What `left + right` is."""
    real = total(left.real, right.real)
    if left.whole and right.whole:
        return exact(proof, real, whole=True)
    if left.constant == 0 or right.constant == 0:
        return as_float(proof, right if left.constant == 0 else left)
    key = proof.keys.of("+", *sorted((left.key, right.key)))
    left, right = as_float(proof, left), as_float(proof, right)
    if proof.keys.cancel(left.key, right.key):
        return exact(proof, Ratio(ZERO), whole=False)
    worst = max(left.level, right.level)
    if worst is Level.EXACT:
        level = Level.EXACT if is_float(proof, real) else Level.ROUNDED
    elif worst <= Level.SIGNED and _same_sign(proof, left, right):
        level = max(worst, Level.CLOSE)
    elif worst <= Level.ROUNDED:
        level = Level.SIGNED  # both keep their order, so the difference keeps its sign
    else:
        level = Level.WILD
    return computed(proof, real, key, level, max(left.error, right.error) + 1)


def difference(proof: Proof, left: Number, right: Number) -> Number:
    """What `left - right` is."""
    return added(proof, left, negative(proof, right))


def product(proof: Proof, left: Number, right: Number) -> Number:
    """What `left * right` is."""
    whole = left.whole and right.whole
    if left.constant == 0 or right.constant == 0:
        return exact(proof, Ratio(ZERO), whole=whole)
    real = left.real * right.real
    if whole:
        return exact(proof, real, whole=True)
    if left.constant == 1 or right.constant == 1:
        return as_float(proof, right if left.constant == 1 else left)
    key = proof.keys.of("*", *sorted((left.key, right.key)))
    return _scaled(proof, real, key, as_float(proof, left), as_float(proof, right))


def quotient(proof: Proof, left: Number, right: Number) -> Number:
    """What `left / right` is."""
    over = inverse(proof, right)
    if left.constant == 0:
        return exact(proof, Ratio(ZERO), whole=False)
    if right.constant == 1:
        return as_float(proof, left)
    if left.key == right.key:
        return exact(proof, Ratio(ONE), whole=False)
    real = left.real * over
    key = proof.keys.of("/", left.key, right.key)
    if left.whole and right.whole:  # Python rounds once, however large they are
        return _scaled(proof, real, key, left, right)
    return _scaled(proof, real, key, as_float(proof, left), as_float(proof, right))


def inverse(proof: Proof, value: Number) -> Ratio:
    """One over `value`, which no float of it may make zero."""
    above, below = value.real.above, value.real.below
    if value.level <= Level.CLOSE:
        if proof.is_positive(above):
            return Ratio.of(below, above)
        if proof.is_positive(-above):
            return Ratio.of(-below, -above)
    raise Undecided


def factor(value: Number) -> Number:
    """`value`, where it can be multiplied and its error be kept track of."""
    if value.level is Level.WILD and value.real.constant is not None:
        raise Undecided  # no degree would tell how often its error is multiplied by itself
    return value


def _scaled(proof: Proof, real: Ratio, key: int, left: Number, right: Number) -> Number:
    """A product or quotient: what rounding adds is small beside it, however small it is."""
    worst = max(factor(left).level, factor(right).level)
    if worst is Level.EXACT:
        return computed(proof, real, key, Level.EXACT if is_float(proof, real) else Level.ROUNDED)
    return computed(proof, real, key, max(worst, Level.CLOSE), left.error + right.error + 1)


def _same_sign(proof: Proof, left: Number, right: Number) -> bool:
    both = (left.real.above, right.real.above)
    return any(all(proof.surely(each.scaled(sign)) for each in both) for sign in (1, -1))
