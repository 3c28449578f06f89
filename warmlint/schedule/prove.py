"""The prover: whether a claim on a schedule holds for every tick and every value of its parameters.

Real arithmetic proves, floats run: an equation that is proved holds bit for bit, and so does every
branch that a proof takes, but a strict inequality may be one of reals that round to the same float, and
a weak one may fail by the last digits. So a caller samples as well. It is also taken for granted that
numbers without a bound stay below `2 ** SYMBOL_BITS`: beyond that, floats no longer count by ones.

Cases are split until every piece of the expression is a ratio of polynomials; a `Cone` decides signs.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from fractions import Fraction
from itertools import product
from math import ceil, floor, gcd, isfinite
from typing import Final

from warmlint.expr import Node, Op, Scalar, Symbol, SymbolKind, const, node, plain, symbols, walk
from warmlint.limits import MAX_DEPTH, MAX_INTEGER_BITS, MAX_NODES
from warmlint.schedule.domain import Domain, Region
from warmlint.schedule.evaluate import Environment, Failure, evaluate, outcome
from warmlint.schedule.polynomial import ONE, Cone, Exact, Polynomial, Ratio, Undecided, atom, number

MAX_CASES: Final = 200
"""Case splits of one proof."""

MAX_POINTS: Final = 4_096
"""Valuations of a region that is small enough to look at each of them."""

MAX_WORK: Final = 150_000
"""Operations, over all valuations, that looking at each of them may take."""

SYMBOL_BITS: Final = 32
"""The size of numbers that have no bound of their own: 136 years of an update a second."""

_FLOAT_BITS: Final = 53
_RANGE_BITS: Final = 1_000  # floats reach to 2 ** 1023
_ROUNDING: Final = Fraction(1, 2**32)  # a relative error far beyond what `MAX_NODES` roundings come to
_MAX_POWER: Final = 8
_MAX_EXPONENT: Final = 700  # `exp` overflows at 709


def prove(claim: Node, given: Sequence[Node], region: Region) -> bool:
    """Whether `claim` is true for every valuation of `region` that satisfies all of `given`.

    False says only that there is no proof. A claim that may fail (divide by zero, be complex, be
    unknown) is not proved, and conditions that no valuation satisfies prove everything.
    """
    assumed = (*region.relations, *given)
    if not _is_well_formed(claim, *assumed):
        return False
    box = _box(claim, assumed, region)
    if box is not None:
        return _holds_throughout(claim, assumed, box)
    try:
        return _Prover(claim, assumed, region).holds()
    except Undecided:
        return False


# --- what is small enough to try ------------------------------------------------------------------
_LEAVES: Final = frozenset({Op.CONST, Op.SYMBOL, Op.RAISE, Op.UNKNOWN})
_ANY_ARITY: Final = frozenset({Op.TUPLE, Op.CALL, Op.AND, Op.OR})
_ARITY: Final[Mapping[Op, int]] = {Op.NAMED: 1, Op.NEG: 1, Op.POS: 1, Op.NOT: 1, Op.IF: 3}


def _is_well_formed(*roots: Node) -> bool:
    for count, each in enumerate(walk(*roots)):
        expected = 0 if each.op in _LEAVES else _ARITY.get(each.op, 2)
        if count >= 2 * MAX_NODES or each.depth > MAX_DEPTH:
            return False
        if each.op not in _ANY_ARITY and len(each.args) != expected:
            return False
    return True


def _domain(symbol: Symbol, region: Region) -> Domain:
    if symbol.kind is SymbolKind.TICK:
        return region.domains.get(symbol, Domain(low=0, integer=True))
    return region.domains.get(symbol, Domain())


def _box(claim: Node, assumed: Sequence[Node], region: Region) -> dict[Symbol, range] | None:
    """The whole numbers that each symbol of `claim` may be, where they are few."""
    bounds = [bound for each in assumed for bound in _bounds(each)]
    box: dict[Symbol, range] = {}
    points = 1
    for symbol in symbols(claim):
        domain = _domain(symbol, region)
        low, high = _ends(domain)
        if not domain.integer or low is None:
            return None
        for bounded, bound in bounds:
            if bounded is symbol:
                high = bound if high is None else min(high, bound)
        if high is None:
            return None
        points *= max(0, floor(high) - ceil(low) + 1)
        box[symbol] = range(ceil(low), floor(high) + 1)
    size = sum(1 for _ in walk(claim, *assumed))
    return box if points <= min(MAX_POINTS, MAX_WORK // size) else None


def _ends(domain: Domain) -> tuple[Fraction | None, Fraction | None]:
    """Both ends of a domain, inclusive where it holds whole numbers, None where it has none."""
    ends = []
    for end, inward in ((domain.low, 1), (domain.high, -1)):
        if end is None or not isfinite(end):
            ends.append(None)
            continue
        exact = Fraction(end)
        if domain.integer:
            on_end = exact.denominator == 1
            exact = Fraction(ceil(exact) if inward > 0 else floor(exact)) + (inward if domain.open and on_end else 0)
        ends.append(exact)
    return ends[0], ends[1]


def _bounds(condition: Node) -> Iterator[tuple[Symbol, Fraction]]:
    """The symbols that `condition` bounds from above by a number."""
    condition = plain(condition)
    if condition.op is Op.AND:
        for arg in condition.args:
            yield from _bounds(arg)
    if condition.op not in {Op.LT, Op.LE, Op.GT, Op.GE, Op.EQ}:
        return
    left, right = map(plain, condition.args)
    if condition.op in {Op.GT, Op.GE} or (condition.op is Op.EQ and left.symbol is None):
        left, right = right, left
    if left.symbol is None or symbols(right):
        return
    bound = outcome(right, {}).number
    if bound is not None and isfinite(bound):
        yield left.symbol, Fraction(bound)


def _holds_throughout(claim: Node, assumed: Sequence[Node], box: Mapping[Symbol, range]) -> bool:
    conditions = [each for each in assumed if box.keys() >= set(symbols(each))]
    for values in product(*box.values()):
        valuation = dict(zip(box, values, strict=True))
        if all(_is_true(each, valuation) for each in conditions) and not _is_true(claim, valuation):
            return False
    return True


def _is_true(condition: Node, valuation: Environment) -> bool:
    result = outcome(condition, valuation)
    return result.failure is None and bool(result.value)


# --- values ---------------------------------------------------------------------------------------
class _Level(IntEnum):
    """How far the float that Python computes may be from the real number that it stands for."""

    EXACT = 0
    ROUNDED = 1  # it is the float nearest to it, so order is kept, if not strictly
    CLOSE = 2  # within a small part of it, so its sign is kept
    SIGNED = 3  # of its sign, or zero
    WILD = 4


@dataclass(frozen=True, slots=True)
class _Number:
    """A number on one path. Equal keys tell equal floats; `whole` tells Python's `int`."""

    real: Ratio
    key: int
    level: _Level
    whole: bool = False

    @property
    def constant(self) -> Exact | None:
        """The value, where it is known and exact."""
        return self.real.constant if self.level is _Level.EXACT else None


@dataclass(frozen=True, slots=True)
class _Other:
    """A string or None."""

    value: Scalar


@dataclass(frozen=True, slots=True, eq=False)
class _Anything:
    """A symbol that may be of any type: it can be compared, and nothing else."""

    symbol: Symbol


_Value = _Number | _Other | _Anything | tuple["_Value", ...]
_Fact = tuple[Polynomial, bool]


class _Fork(Exception):
    """Nothing known decides a question: the path goes on as two, each with the fact that it rests on."""

    def __init__(self, question: Hashable, if_true: _Fact | None = None, if_false: _Fact | None = None) -> None:
        super().__init__(question)
        self.question = question
        self.answers = ((True, if_true), (False, if_false))


class _Vacuous(Exception):
    """No valuation takes this path."""


@dataclass(slots=True)
class _Path:
    """One case: what is known in it, and what has been computed under it so far."""

    cone: Cone = field(default_factory=Cone)
    decided: dict[Hashable, bool] = field(default_factory=dict)
    values: dict[int, _Value] = field(default_factory=dict)
    atoms: set[int] = field(default_factory=set)

    def following(self, question: Hashable, answer: bool, fact: _Fact | None) -> _Path | None:
        """The case in which `question` has `answer`, if there is one."""
        cone = self.cone if fact is None else self.cone.assume(fact[0], strict=fact[1])
        if cone is None:
            return None
        return _Path(cone, {**self.decided, question: answer}, dict(self.values), set(self.atoms))


@dataclass(frozen=True, slots=True)
class _Variable:
    """A variable of the polynomials: never negative, and below `2 ** bits`."""

    integer: bool
    bits: int


class _Prover:
    """One proof."""

    def __init__(self, claim: Node, assumed: Sequence[Node], region: Region) -> None:
        self._claim = claim
        self._assumed = assumed
        self._variables: list[_Variable] = []
        self._interned: dict[Hashable, int] = {}
        self._negated: dict[int, int] = {}
        self._symbols: dict[Symbol, _Number] = {}
        self._path = _Path()
        self._zero = self._exact(0)
        self._one = self._exact(1)
        for symbol in symbols(claim, *assumed):
            self._declare(symbol, _domain(symbol, region))

    def holds(self) -> bool:
        """Whether the claim is true on every path."""
        todo = [self._path]
        splits = 0
        while todo:
            self._path = todo.pop()
            try:
                if not self._holds_here():
                    return False
            except _Vacuous:
                continue
            except _Fork as fork:
                splits += 1
                if splits > MAX_CASES:
                    return False
                # What the path has computed stays valid in both, so going on costs no second time.
                followers = [self._path.following(fork.question, *answer) for answer in fork.answers]
                todo += [each for each in followers if each is not None]
        return True

    def _holds_here(self) -> bool:
        for each in self._assumed:
            try:
                if not self._truth(each):
                    return True
            except Undecided:
                continue  # knowing less proves less
        return self._truth(self._claim, trust=True) or self._path.cone.entails(number(-1), strict=False)

    # --- symbols ------------------------------------------------------------------------------
    def _declare(self, symbol: Symbol, domain: Domain) -> None:
        low, high = _ends(domain)
        if low is None and high is None and not domain.integer:
            return  # a choice between strings has such a domain
        bits = max(SYMBOL_BITS, *(_bits(abs(end)) + 8 for end in (low, high) if end is not None), 0)
        if low is not None and high is not None:
            bits = _bits(max(abs(low), abs(high)))
        variable = self._variable(domain.integer, bits)
        value = atom(variable)
        if low is None and high is None:
            value = value - atom(self._variable(domain.integer, bits))
        elif low is None:
            assert high is not None
            value = number(high) - value
        elif low < 0:
            value = value + number(low)
        strict = domain.open and not domain.integer
        for end, fact in ((low, value - number(low or 0)), (high, number(high or 0) - value)):
            if end is not None:
                self._assume(fact, strict)
        self._symbols[symbol] = self._number(Ratio(value), ("exact", symbol), _Level.EXACT, domain.integer)

    def _variable(self, integer: bool, bits: int) -> int:
        self._variables.append(_Variable(integer, bits))
        self._path.cone = self._path.cone.declare(len(self._variables) - 1)
        return len(self._variables) - 1
