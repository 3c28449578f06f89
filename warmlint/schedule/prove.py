"""The prover: whether a claim on a schedule holds for every tick and every value of its parameters.

Real arithmetic proves, floats run: an equation that is proved holds bit for bit, and so does every
branch that a proof takes, but a strict inequality may be one of reals that round to the same float, and
a weak one may fail by the last digits. So a caller samples as well. It is also taken for granted that
numbers stay between `2 ** SYMBOL_BITS` and its inverse, where they have no bound of their own.

A small region is looked at whole (`exhaust.py`). In a large one, cases are split until every piece of the
expression is a ratio of polynomials (`cases.py`), and a `Cone` decides their signs (`polynomial.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from warmlint.expr import Node, Op, symbols, walk
from warmlint.limits import MAX_DEPTH, MAX_INTEGER_BITS, MAX_NODES, MAX_POINTS, MAX_PROOF_WORK
from warmlint.schedule.bounds import domain_in
from warmlint.schedule.cases import Proof, Vacuous
from warmlint.schedule.domain import Region
from warmlint.schedule.exhaust import box_of, holds_throughout, points
from warmlint.schedule.polynomial import Undecided, number
from warmlint.schedule.reading import Reader


def prove(claim: Node, given: Sequence[Node], region: Region) -> bool:
    """Whether `claim` is true for every valuation of `region` that satisfies all of `given`.

    False says only that there is no proof. A claim that may fail (divide by zero, be complex, be
    unknown) is not proved, and conditions that no valuation satisfies prove everything.
    """
    assumed = (*region.relations, *given)
    if not _is_well_formed(claim, *assumed):
        return False
    box = box_of(claim, assumed, region)
    size = sum(1 for _ in walk(claim, *assumed))
    if box is not None and points(box) <= min(MAX_POINTS, MAX_PROOF_WORK // size):
        return holds_throughout(claim, assumed, box)
    try:
        return _follows(claim, assumed, region)
    except Undecided:
        return False


def _follows(claim: Node, assumed: Sequence[Node], region: Region) -> bool:
    """Whether algebra finds `claim` to be true in every case."""
    proof = Proof()
    reader = Reader(proof)

    def holds() -> bool:
        for each in assumed:
            with suppress(Undecided):  # knowing less proves less
                if not reader.truth(each):
                    return True
        return reader.truth(claim, trust=True) or proof.case.cone.entails(number(-1), strict=False)

    try:
        for symbol in symbols(claim, *assumed):
            reader.declare(symbol, domain_in(region, symbol))
    except Vacuous:
        return True
    return proof.in_every_case(holds)


_LEAVES: Final = frozenset({Op.CONST, Op.SYMBOL, Op.RAISE, Op.UNKNOWN})
_ANY_ARITY: Final = frozenset({Op.TUPLE, Op.CALL, Op.AND, Op.OR})
_ARITY: Final[Mapping[Op, int]] = {Op.NAMED: 1, Op.NEG: 1, Op.POS: 1, Op.NOT: 1, Op.IF: 3}


def _is_well_formed(*roots: Node) -> bool:
    for count, each in enumerate(walk(*roots)):
        expected = 0 if each.op in _LEAVES else _ARITY.get(each.op, 2)
        nested = max((arg.depth for arg in each.args), default=0)
        if count >= 2 * MAX_NODES or not nested < each.depth <= MAX_DEPTH:
            return False
        if each.op not in _ANY_ARITY and len(each.args) != expected:
            return False
        if (each.op is Op.SYMBOL) is not (each.symbol is not None):
            return False
        if isinstance(each.value, int) and each.value.bit_length() > MAX_INTEGER_BITS:
            return False
    return True
