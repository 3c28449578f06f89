"""Bounds: from where to where a symbol goes, by its domain and by conditions on it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor, isfinite

from warmlint.expr import Node, Op, Symbol, SymbolKind, plain, symbols
from warmlint.schedule.domain import Domain, Region
from warmlint.schedule.evaluate import outcome


def domain_in(region: Region, symbol: Symbol) -> Domain:
    """The domain that `region` gives a symbol; a tick that it does not speak of counts from 0."""
    if symbol.kind is SymbolKind.TICK:
        return region.domains.get(symbol, Domain(low=0, integer=True))
    return region.domains.get(symbol, Domain())


def ends(domain: Domain) -> tuple[Fraction | None, Fraction | None]:
    """Both ends of a domain, inclusive where it holds whole numbers, None where it has none."""
    found: list[Fraction | None] = []
    for end, inward in ((domain.low, 1), (domain.high, -1)):
        if end is None or not isfinite(end):
            found.append(None)
            continue
        exact = Fraction(end)
        if domain.integer:
            on_end = exact.denominator == 1
            exact = Fraction(ceil(exact) if inward > 0 else floor(exact))
            exact += inward if domain.open and on_end else 0
        found.append(exact)
    return found[0], found[1]


def bounded_by(condition: Node) -> Iterator[tuple[Symbol, int]]:
    """The symbols that `condition` bounds from above, and the largest whole numbers that they may be."""
    condition = plain(condition)
    if condition.op is Op.AND:
        for arg in condition.args:
            yield from bounded_by(arg)
    if condition.op not in {Op.LT, Op.LE, Op.GT, Op.GE, Op.EQ}:
        return
    left, right = map(plain, condition.args)
    if condition.op in {Op.GT, Op.GE} or (condition.op is Op.EQ and left.symbol is None):
        left, right = right, left
    if left.symbol is None or symbols(right):
        return
    bound = outcome(right, {}).number
    if bound is not None and isfinite(bound):
        yield left.symbol, ceil(bound) - 1 if condition.op in {Op.LT, Op.GT} else floor(bound)
