"""Proof by exhaustion: where a region is small, each of its valuations is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

from warmlint.expr import Node, Symbol, symbols
from warmlint.schedule.bounds import bounded_by, domain_in, ends
from warmlint.schedule.domain import Region
from warmlint.schedule.evaluate import Environment, outcome

Box = dict[Symbol, range]
"""The values of each symbol."""


def box_of(claim: Node, assumed: Sequence[Node], region: Region) -> Box | None:
    """The whole numbers that each symbol of `claim` may be, where all of them have an end."""
    highest: dict[Symbol, int] = {}
    for each in assumed:
        for symbol, bound in bounded_by(each):
            highest[symbol] = min(bound, highest.get(symbol, bound))
    box: Box = {}
    for symbol in symbols(claim):
        domain = domain_in(region, symbol)
        low, high = ends(domain)
        tops = [int(end) for end in (high, highest.get(symbol)) if end is not None]
        if not domain.integer or low is None or not tops:
            return None
        box[symbol] = range(int(low), max(int(low), min(tops) + 1))
    return box


def points(box: Box) -> int:
    """How many valuations `box` holds: `len` of a range has an end, this has none."""
    return prod(each.stop - each.start for each in box.values())


def holds_throughout(claim: Node, assumed: Sequence[Node], box: Box) -> bool:
    """Whether `claim` is true of every valuation in `box` that satisfies what is assumed of its symbols."""
    conditions = [each for each in assumed if box.keys() >= set(symbols(each))]
    for values in product(*box.values()):
        valuation = dict(zip(box, values, strict=True))
        if all(_is_true(each, valuation) for each in conditions) and not _is_true(claim, valuation):
            return False
    return True


def _is_true(condition: Node, valuation: Environment) -> bool:
    result = outcome(condition, valuation)
    return result.failure is None and bool(result.value)
