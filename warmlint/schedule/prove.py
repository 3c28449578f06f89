"""The prover: whether a claim on a schedule holds for every tick and every value of its parameters.

Real arithmetic proves, floats run: an equation that is proved holds bit for bit, and so does every
branch that a proof takes, but a strict inequality may be one of reals that round to the same float, and
a weak one may fail by the last digits. So a caller samples as well. It is also taken for granted that
numbers stay between `2 ** SYMBOL_BITS` and its inverse, where they have no bound of their own.

Cases are split until every piece of the expression is a ratio of polynomials; a `Cone` decides signs.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction
from functools import partial, reduce
from itertools import product
from math import ceil, floor, isfinite
from typing import Final

from warmlint.expr import Node, Op, Scalar, Symbol, SymbolKind, TooLarge, const, node, plain, symbols, walk
from warmlint.functions import Value
from warmlint.limits import MAX_DEPTH, MAX_INTEGER_BITS, MAX_NODES
from warmlint.schedule.domain import Domain, Region
from warmlint.schedule.evaluate import Environment, Failure, evaluate, outcome
from warmlint.schedule.polynomial import (
    ONE,
    SYMBOL_BITS,
    ZERO,
    Cone,
    Exact,
    Fact,
    Polynomial,
    Ratio,
    Undecided,
    Variable,
    Variables,
    atom,
    bits_of,
    number,
    whole_coefficients,
)

MAX_CASES: Final = 64
"""Case splits of one proof."""

MAX_QUESTIONS: Final = 200
"""Signs that one proof asks a cone for."""

MAX_POINTS: Final = 4_096
"""Valuations of a region that is small enough to look at each of them."""

MAX_WORK: Final = 150_000
"""Operations, over all valuations, that looking at each of them may take."""

_FLOAT_BITS: Final = 53
_RANGE_BITS: Final = 1_000  # floats reach to 2 ** 1023
_NOISE: Final = Fraction(1, 2**40)  # what is left of a difference that should have been 0
_PLAIN: Final = 2**20  # no decimal fraction has so small a numerator
_MAX_ERROR: Final = 2**16
_BLUR: Final = Fraction(1, 2**32)  # more than so many roundings make of a number
_MAX_POWER: Final = 8
_MAX_EXPONENT: Final = 20  # of `exp`, both ways: within `SYMBOL_BITS`


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


def _domain(symbol: Symbol, region: Region) -> Domain:
    if symbol.kind is SymbolKind.TICK:
        return region.domains.get(symbol, Domain(low=0, integer=True))
    return region.domains.get(symbol, Domain())


def _box(claim: Node, assumed: Sequence[Node], region: Region) -> dict[Symbol, range] | None:
    """The whole numbers that each symbol of `claim` may be, where they are few."""
    highest: dict[Symbol, int] = {}
    for each in assumed:
        for symbol, bound in _bounds(each):
            highest[symbol] = min(bound, highest.get(symbol, bound))
    box: dict[Symbol, range] = {}
    points = 1
    for symbol in symbols(claim):
        domain = _domain(symbol, region)
        low, high = _ends(domain)
        ends = [int(end) for end in (high, highest.get(symbol)) if end is not None]
        if not domain.integer or low is None or not ends:
            return None
        box[symbol] = range(int(low), min(ends) + 1)
        points *= len(box[symbol])
    size = sum(1 for _ in walk(claim, *assumed))
    return box if points <= min(MAX_POINTS, MAX_WORK // size) else None


def _ends(domain: Domain) -> tuple[Fraction | None, Fraction | None]:
    """Both ends of a domain, inclusive where it holds whole numbers, None where it has none."""
    ends: list[Fraction | None] = []
    for end, inward in ((domain.low, 1), (domain.high, -1)):
        if end is None or not isfinite(end):
            ends.append(None)
            continue
        exact = Fraction(end)
        if domain.integer:
            on_end = exact.denominator == 1
            exact = Fraction(ceil(exact) if inward > 0 else floor(exact))
            exact += inward if domain.open and on_end else 0
        ends.append(exact)
    return ends[0], ends[1]


def _bounds(condition: Node) -> Iterator[tuple[Symbol, int]]:
    """The symbols that `condition` bounds from above, and the largest whole numbers that they may be."""
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
        yield left.symbol, ceil(bound) - 1 if condition.op in {Op.LT, Op.GT} else floor(bound)


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
    error: int = 0  # roundings: by as many the float of a `CLOSE` number may be off
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


class _Fork(Exception):
    """Nothing known decides a question: the path goes on as two, each with the fact that it rests on."""

    def __init__(self, question: Hashable, if_true: Fact | None, if_false: Fact | None) -> None:
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

    def following(self, question: Hashable, answer: bool, fact: Fact | None) -> _Path | None:
        """The case in which `question` has `answer`, if there is one."""
        cone = self.cone if fact is None else self.cone.assume(fact[0], strict=fact[1])
        if cone is None:
            return None
        return _Path(cone, {**self.decided, question: answer}, dict(self.values), set(self.atoms))


class _Prover:
    """One proof."""

    def __init__(self, claim: Node, assumed: Sequence[Node], region: Region) -> None:
        self._claim = claim
        self._assumed = assumed
        self._region = region
        self._path = _Path()
        self._questions = 0
        self._variables = Variables()
        self._symbols: dict[Symbol, _Number] = {}
        self._keys: dict[Hashable, int] = {}
        self._negated: dict[int, int] = {}
        self._opaque: dict[int, int] = {}
        self._zero = self._exact(Ratio(ZERO), whole=True)
        self._one = self._exact(Ratio(ONE), whole=True)

    def holds(self) -> bool:
        """Whether the claim is true on every path."""
        try:
            for symbol in symbols(self._claim, *self._assumed):
                self._declare(symbol, _domain(symbol, self._region))
        except _Vacuous:
            return True
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
                # What the path has computed stays valid in both, so starting anew is cheap.
                followers = [self._path.following(fork.question, *answer) for answer in fork.answers]
                todo += [each for each in followers if each is not None]
        return True

    def _holds_here(self) -> bool:
        for each in self._assumed:
            with suppress(Undecided):  # knowing less proves less
                if not self._truth(each):
                    return True
        return self._truth(self._claim, trust=True) or self._path.cone.entails(number(-1), strict=False)

    # --- symbols and atoms --------------------------------------------------------------------
    def _declare(self, symbol: Symbol, domain: Domain) -> None:
        low, high = _ends(domain)
        if low is None and high is None and not domain.integer:
            return  # of any type: a choice between strings has such a domain
        ends = [abs(end) for end in (low, high) if end is not None]
        bits = (
            bits_of(max(ends)) if len(ends) == 2 else max(SYMBOL_BITS, *(bits_of(end) + 8 for end in ends), 0)
        )
        places = 0 if domain.integer else SYMBOL_BITS
        variable = Variable(bits, places, domain.integer, direct=low is not None and low >= 0)
        value = self._new(variable)
        if low is not None:
            value = value + number(min(low, Fraction(0)))  # above 0, `low` is a fact like others
        elif high is not None:
            value = number(high) - value
        else:
            value = value - self._new(variable)
        strict = domain.open and not domain.integer
        if low is not None:
            self._assume(value - number(low), strict=strict)
        if high is not None:
            self._assume(number(high) - value, strict=strict)
        self._symbols[symbol] = self._exact(Ratio(value), whole=domain.integer)

    def _new(self, variable: Variable) -> Polynomial:
        index = self._variables.add(variable)
        self._path.cone = self._path.cone.declare(index)
        return atom(index)

    def _atom(self, key: int, variable: Variable) -> tuple[Polynomial, bool]:
        """A variable for the value of an operation without algebra, and whether this path is new to it."""
        if key not in self._opaque:
            self._opaque[key] = self._variables.add(variable)
        index = self._opaque[key]
        new = index not in self._path.atoms
        if new:
            self._path.atoms.add(index)
            self._path.cone = self._path.cone.declare(index)
        return atom(index), new

    # --- facts --------------------------------------------------------------------------------
    def _assume(self, fact: Polynomial, *, strict: bool = False) -> None:
        polynomial, strict = self._variables.sharpened(fact, strict)
        cone = self._path.cone.assume(polynomial, strict=strict)
        if cone is None:
            raise _Vacuous
        self._path.cone = cone

    def _surely(self, claim: Polynomial, *, strict: bool = False) -> bool:
        """Whether `claim` is proved to be nonnegative, or positive if `strict`, on this path."""
        constant = claim.constant
        if constant is not None:
            return constant > 0 or (constant == 0 and not strict)
        self._questions += 1
        if self._questions > MAX_QUESTIONS:
            raise Undecided
        polynomial, strict = self._variables.sharpened(claim, strict)
        return self._path.cone.entails(polynomial, strict=strict)

    def _is_positive(self, polynomial: Polynomial) -> bool:
        """Whether `polynomial` is positive; splits the path where nothing tells."""
        if polynomial.constant is not None:
            return polynomial.constant > 0
        question = ("positive", polynomial)
        decided = self._path.decided
        if question not in decided:
            if self._surely(polynomial, strict=True):
                decided[question] = True
            elif self._surely(-polynomial):
                decided[question] = False
            else:
                raise _Fork(
                    question,
                    self._variables.sharpened(polynomial, True),
                    self._variables.sharpened(-polynomial, False),
                )
        return decided[question]

    def _choose(self, question: Hashable) -> bool:
        """An answer that rests on nothing: both are looked at, and each is kept to."""
        if question not in self._path.decided:
            raise _Fork(question, None, None)
        return self._path.decided[question]

    # --- building numbers ---------------------------------------------------------------------
    def _key(self, *parts: Hashable) -> int:
        return self._keys.setdefault(parts, len(self._keys))

    def _number(
        self, real: Ratio, key: int, level: _Level, error: int = 1, *, whole: bool = False
    ) -> _Number:
        if level is _Level.EXACT:
            return self._exact(real, whole=whole)
        self._size(real)
        if error > _MAX_ERROR:
            raise Undecided
        return _Number(real, key, level, error, whole)

    def _exact(self, real: Ratio, *, whole: bool) -> _Number:
        high, _ = self._size(real)
        if whole and high >= MAX_INTEGER_BITS:
            raise Undecided
        return _Number(real, self._key("exact", real, whole), _Level.EXACT, whole=whole)

    def _size(self, real: Ratio) -> tuple[int, int]:
        """The binary places before and after the point that its values, and 1 over them, may need.

        Raises `Undecided` where a float may overflow, or vanish.
        """
        high = self._variables.largest(real.above) + self._variables.smallest(real.below)
        low = self._variables.smallest(real.above) + self._variables.largest(real.below)
        if max(high, low) > _RANGE_BITS:
            raise Undecided
        return high, low

    def _is_float(self, real: Ratio) -> bool:
        """Whether every value is one that a float can be."""
        if real.below != ONE:
            return False
        denominator = real.above.denominator
        if denominator & (denominator - 1):
            return False
        if self._variables.count(real.above):
            constant = real.above.constant
            if constant is not None:
                return Fraction(float(constant)) == constant
            return self._variables.largest(real.above.scaled(denominator)) <= _FLOAT_BITS
        # A float stays one when it is doubled or halved.
        (monomial, coefficient), *more = real.above.terms.items()
        numerator = abs(coefficient.numerator)
        if more or len(monomial) != 1 or numerator & (numerator - 1):
            return False
        return self._variables.known[monomial[0]].direct

    def _as_float(self, value: _Number) -> _Number:
        """What `float(value)` is."""
        if not value.whole:
            return value
        level = _Level.EXACT if self._is_float(value.real) else _Level.ROUNDED
        return self._number(value.real, self._key("float", value.key), level)

    # --- order --------------------------------------------------------------------------------
    def _less(self, left: _Number, right: _Number, *, trust: bool = False) -> bool:
        """Whether Python finds `left < right`; with `trust`, whether it is so in the reals."""
        if left.key == right.key:
            return False
        less = self._really_less(left, right)
        if self._keeps_strict_order(left, right) if less else trust or self._keeps_order(left, right):
            return less
        if not trust:
            return self._choose(("less", left.key, right.key))
        self._check_distance(left, right)
        return True

    def _really_less(self, left: _Number, right: _Number) -> bool:
        return self._is_positive((right.real - left.real).above)

    def _keeps_order(self, left: _Number, right: _Number) -> bool:
        """Whether `left <= right` in the reals makes it so in floats, and likewise for `>=`."""
        worst = max(left.level, right.level)
        if 0 in (left.constant, right.constant):
            return worst <= _Level.SIGNED
        # A whole number that is no float may lie between a real number and the float nearest to it.
        rounds = any(each.whole and not self._is_float(each.real) for each in (left, right))
        return worst is _Level.EXACT or (worst is _Level.ROUNDED and not rounds)

    def _keeps_strict_order(self, left: _Number, right: _Number) -> bool:
        """Whether `left < right` in the reals makes it so in floats, and likewise for `>`."""
        if 0 in (left.constant, right.constant):
            return max(left.level, right.level) <= _Level.CLOSE
        if max(left.level, right.level) is _Level.EXACT:
            return True
        constant = left.constant if left.constant is not None else right.constant
        rounded = right if left.constant is not None else left
        if constant is None or rounded.level is not _Level.ROUNDED:
            return False
        # A ratio of whole numbers that is not `constant` keeps away from it by the divisors of both.
        above, below = rounded.real.above, rounded.real.below
        if not (self._variables.count(above) and self._variables.count(below)):
            return False
        apart = above.denominator * below.denominator * Fraction(constant).denominator
        return bits_of(apart * abs(Fraction(constant))) + self._variables.largest(below) < _FLOAT_BITS - 1

    def _check_distance(self, left: _Number, right: _Number) -> None:
        """Raise `Undecided` where `left < right` may rest on the last digits of constants alone.

        `1 / w != 0.001` is true of the number that 0.001 really is, and false of floats at 1000.
        """
        distance = self._total(right.real, -left.real).above
        if all(abs(each) < _PLAIN for each in whole_coefficients(distance).values()):
            return  # and so does not depend on digits that were rounded
        least = {monomial: each - abs(Fraction(each)) * _NOISE for monomial, each in distance.terms.items()}
        if not self._surely(Polynomial(least), strict=True):
            raise Undecided

    def _equal(self, left: _Number, right: _Number, *, trust: bool = False) -> bool:
        """Whether Python finds `left == right`; with `trust`, unequal reals are enough for unequal."""
        if left.key == right.key:
            return True
        less = self._really_less(left, right)
        if less or self._really_less(right, left):
            if self._keeps_strict_order(left, right):
                return False
            if trust:
                self._check_distance(*((left, right) if less else (right, left)))
                return False
        elif self._keeps_order(left, right):
            return True
        elif trust:
            raise Undecided
        return self._choose(("equal", left.key, right.key))

    # --- expressions --------------------------------------------------------------------------
    def _truth(self, each: Node, *, trust: bool = False) -> bool:
        each = plain(each)
        if each.op is Op.AND or each.op is Op.OR:
            for arg in each.args:
                if self._truth(arg, trust=trust) is (each.op is Op.OR):
                    return each.op is Op.OR
            return each.op is Op.AND
        if each.op is Op.NOT:
            return not self._truth(each.args[0], trust=trust)
        if each.op is Op.IF:
            return self._truth(each.args[1] if self._truth(each.args[0]) else each.args[2], trust=trust)
        if trust and each.op in _COMPARISONS:
            return self._compare(each.op, self._value(each.args[0]), self._value(each.args[1]), trust=True)
        return self._is_true(self._value(each))

    def _is_true(self, value: _Value) -> bool:
        match value:
            case _Number():
                return not self._equal(value, self._zero)
            case _Other():
                return bool(value.value)
            case _Anything():
                return self._choose(("true", value.symbol))
            case _:
                return bool(value)

    def _value(self, each: Node) -> _Value:
        known = self._path.values.get(id(each))
        if known is None:
            known = self._path.values[id(each)] = self._compute(each)
        return known

    def _compute(self, each: Node) -> _Value:
        op, args = each.op, each.args
        if op is Op.CONST:
            return self._literal(each.value)
        if op is Op.SYMBOL:
            assert each.symbol is not None
            return self._symbols.get(each.symbol) or _Anything(each.symbol)
        if op is Op.NAMED:
            return self._value(args[0])
        if op is Op.IF:
            return self._value(args[1] if self._truth(args[0]) else args[2])
        if op is Op.AND or op is Op.OR:
            result: _Value = _Other(None)
            for arg in args:
                result = self._value(arg)
                if self._is_true(result) is (op is Op.OR):
                    break
            return result
        if op is Op.NOT:
            return self._boolean(not self._truth(args[0]))
        if op is Op.RAISE or op is Op.UNKNOWN:
            raise Undecided
        values = tuple(self._value(arg) for arg in args)
        if op is Op.TUPLE:
            if any(isinstance(value, tuple) for value in values):
                raise Undecided  # lists that share their parts unfold without end
            return values
        if op in _COMPARISONS:
            return self._boolean(self._compare(op, *values))
        if op is Op.POW or each.value in _CURVES:
            values = tuple(map(self._pinned, values))
        if each.value not in _SEES_SIGN_OF_ZERO and all(map(_is_known, values)):
            return self._folded(op, values, each.value)
        if op is Op.CALL:
            return self._call(str(each.value), values)
        if op is Op.INDEX:
            return self._element(*values)
        numbers = _numbers(values)
        if op is Op.NEG:
            return self._minus(numbers[0])
        if op is Op.POS:
            return numbers[0]
        return _ARITHMETIC[op](self, *numbers)

    def _pinned(self, value: _Value) -> _Value:
        """`value`, or the 0 that it must be on this path: a curve is known there if nowhere else."""
        if isinstance(value, _Number) and value.constant is None and value.level <= _Level.SIGNED:
            above = value.real.above
            if self._surely(above) and self._surely(-above):
                return self._exact(Ratio(ZERO), whole=value.whole)
        return value

    def _literal(self, value: Value) -> _Value:
        if isinstance(value, tuple):
            return tuple(map(self._literal, value))
        if isinstance(value, (int, float)):
            if not isfinite(value):
                raise Undecided
            return self._exact(Ratio(number(_lowest(value))), whole=isinstance(value, int))
        return _Other(value)

    def _boolean(self, truth: bool) -> _Number:
        return self._one if truth else self._zero

    def _folded(self, op: Op, values: Sequence[_Value], value: Scalar) -> _Value:
        """What has no symbols is computed, so that nothing is lost to algebra."""
        try:
            return self._literal(evaluate(node(op, *map(_as_node, values), value=value), {}))
        except (Failure, TooLarge):
            raise Undecided from None

    def _compare(self, op: Op, left: _Value, right: _Value, *, trust: bool = False) -> bool:
        if isinstance(left, _Number) and isinstance(right, _Number):
            match op:
                case Op.LT:
                    return self._less(left, right, trust=trust)
                case Op.GT:
                    return self._less(right, left, trust=trust)
                case Op.LE:
                    return not self._less(right, left, trust=trust)
                case Op.GE:
                    return not self._less(left, right, trust=trust)
                case Op.EQ:
                    return self._equal(left, right, trust=trust)
                case Op.NE:
                    return not self._equal(left, right, trust=trust)
        if op is Op.IN and isinstance(right, tuple):
            return any(self._compare(Op.EQ, left, each) for each in right)
        if op is Op.NE:
            return not self._compare(Op.EQ, left, right)
        if op is Op.EQ or op is Op.IS:
            match left, right:
                case _Other(), _Other():
                    return left.value == right.value
                case (_Other(), _Number()) | (_Number(), _Other()):
                    return False
                case (_Anything(symbol), _Other(value)) | (_Other(value), _Anything(symbol)):
                    return self._choose((op, symbol, value))
        raise Undecided

    def _element(self, sequence: _Value, position: _Value) -> _Value:
        if isinstance(sequence, tuple) and isinstance(position, _Number) and position.whole:
            index = position.constant
            if index is not None and -len(sequence) <= index < len(sequence):
                return sequence[int(index)]
        raise Undecided

    # --- arithmetic ---------------------------------------------------------------------------
    def _minus(self, value: _Number) -> _Number:
        if value.key not in self._negated:
            key = self._key("minus", value.key)
            self._negated[value.key] = key
            self._negated[key] = value.key
        return self._number(
            -value.real, self._negated[value.key], value.level, value.error, whole=value.whole
        )

    def _sum(self, left: _Number, right: _Number) -> _Number:
        real = self._total(left.real, right.real)
        if left.whole and right.whole:
            return self._exact(real, whole=True)
        if left.constant == 0 or right.constant == 0:
            return self._as_float(right if left.constant == 0 else left)
        key = self._key("+", *sorted((left.key, right.key)))
        left, right = self._as_float(left), self._as_float(right)
        if self._negated.get(left.key) == right.key:
            return self._exact(Ratio(ZERO), whole=False)
        worst = max(left.level, right.level)
        if worst is _Level.EXACT:
            level = _Level.EXACT if self._is_float(real) else _Level.ROUNDED
        elif worst <= _Level.SIGNED and self._same_sign(left, right):
            level = max(worst, _Level.CLOSE)
        elif worst <= _Level.ROUNDED:
            level = _Level.SIGNED  # both keep their order, so the difference keeps its sign
        else:
            level = _Level.WILD
        return self._number(real, key, level, max(left.error, right.error) + 1)

    def _total(self, left: Ratio, right: Ratio) -> Ratio:
        """The sum, unless nothing but the rounding of constants is left of a term."""
        above, below = left.above * right.below, right.above * left.below
        for monomial, coefficient in (above + below).terms.items():
            parts = [Fraction(each.terms.get(monomial, 0)) for each in (above, below)]
            if abs(Fraction(coefficient)) < sum(map(abs, parts)) * _NOISE:
                raise Undecided
        return left + right

    def _same_sign(self, left: _Number, right: _Number) -> bool:
        both = (left.real.above, right.real.above)
        return any(all(self._surely(each.scaled(sign)) for each in both) for sign in (1, -1))

    def _difference(self, left: _Number, right: _Number) -> _Number:
        return self._sum(left, self._minus(right))

    def _product(self, left: _Number, right: _Number) -> _Number:
        whole = left.whole and right.whole
        if left.constant == 0 or right.constant == 0:
            return self._exact(Ratio(ZERO), whole=whole)
        real = left.real * right.real
        if whole:
            return self._exact(real, whole=True)
        if left.constant == 1 or right.constant == 1:
            return self._as_float(right if left.constant == 1 else left)
        key = self._key("*", *sorted((left.key, right.key)))
        return self._scaled(real, key, self._as_float(left), self._as_float(right))

    def _scaled(self, real: Ratio, key: int, left: _Number, right: _Number) -> _Number:
        """A product or quotient: what rounding adds is small beside it, however small it is."""
        worst = max(self._factor(left).level, self._factor(right).level)
        if worst is _Level.EXACT:
            return self._number(real, key, _Level.EXACT if self._is_float(real) else _Level.ROUNDED)
        return self._number(real, key, max(worst, _Level.CLOSE), left.error + right.error + 1)

    def _factor(self, value: _Number) -> _Number:
        if value.level is _Level.WILD and value.real.constant is not None:
            raise Undecided  # no degree would tell how often its error is multiplied by itself
        return value

    def _quotient(self, left: _Number, right: _Number) -> _Number:
        inverse = self._inverse(right)
        if left.constant == 0:
            return self._exact(Ratio(ZERO), whole=False)
        if right.constant == 1:
            return self._as_float(left)
        if left.key == right.key:
            return self._exact(Ratio(ONE), whole=False)
        real = left.real * inverse
        key = self._key("/", left.key, right.key)
        if left.whole and right.whole:  # Python rounds once, however large they are
            return self._scaled(real, key, left, right)
        return self._scaled(real, key, self._as_float(left), self._as_float(right))

    def _inverse(self, value: _Number) -> Ratio:
        """One over `value`, which no float of it may make zero."""
        above, below = value.real.above, value.real.below
        if value.level <= _Level.CLOSE:
            if self._is_positive(above):
                return Ratio.of(below, above)
            if self._is_positive(-above):
                return Ratio.of(-below, -above)
        raise Undecided

    def _floor_quotient(self, left: _Number, right: _Number) -> _Number:
        if max(left.level, right.level) is not _Level.EXACT:
            raise Undecided
        real = left.real * self._inverse(right)
        whole = left.whole and right.whole
        if not whole and self._size(real)[0] > _FLOAT_BITS:
            raise Undecided
        # The quotient that is rounded down is never rounded before.
        result = self._floor(_Number(real, self._key("//", left.key, right.key), _Level.EXACT))
        return result if whole else self._as_float(result)

    def _remainder(self, left: _Number, right: _Number) -> _Number:
        if not (left.whole and right.whole and self._is_positive(right.real.above)):
            raise Undecided
        result = self._difference(left, self._product(right, self._floor_quotient(left, right)))
        self._assume(result.real.above)
        self._assume((right.real - result.real).above, strict=True)
        return result

    def _power(self, base: _Number, exponent: _Number) -> _Number:
        power = exponent.constant
        whole = base.whole and exponent.whole
        key = self._key("**", base.key, exponent.key)
        if power is None:
            return self._exponential(base, exponent, key)
        if power == 0:
            return self._exact(Ratio(ONE), whole=whole)
        if not (0 < power <= _MAX_POWER and Fraction(power).denominator == 1):
            if whole and power > 0:
                raise Undecided
            return self._root(base, Fraction(power), key)
        real = base.real
        for _ in range(int(power) - 1):
            real = real * base.real
        if whole:
            return self._exact(real, whole=True)
        level = max(self._as_float(self._factor(base)).level, _Level.CLOSE)
        if level is _Level.WILD and power % 2 == 0:
            level = _Level.SIGNED
        return self._number(real, key, level, (base.error + 1) * int(power) + 1)

    def _root(self, base: _Number, power: Fraction, key: int) -> _Number:
        """`base ** power` where algebra has no name for it: its bounds are known, for a base from 0 up."""
        if self._is_positive(-base.real.above) or base.level > _Level.SIGNED:
            raise Undecided
        zero = not self._is_positive(base.real.above)
        bits, places = (ceil(abs(power) * size) for size in self._size(base.real)[:: 1 if power > 0 else -1])
        if (power < 0 and (zero or base.level > _Level.CLOSE)) or max(bits, places) > _RANGE_BITS:
            raise Undecided
        if zero:
            return self._exact(Ratio(ZERO), whole=False)
        value, new = self._atom(key, Variable(bits, places))
        if new:
            self._assume(value, strict=base.level <= _Level.CLOSE)
            excess = (base.real - Ratio(ONE)).above.scaled(1 if power > 0 else -1)
            if self._keeps_order(base, self._one):
                self._follow(excess, value - ONE)
        return self._exact(Ratio(value), whole=False)

    def _follow(self, known: Polynomial, fact: Polynomial) -> None:
        """`fact` has the sign of `known`."""
        for sign in (1, -1):
            if self._surely(known.scaled(sign)):
                self._assume(fact.scaled(sign))

    def _square_root(self, value: _Number) -> _Number:
        return self._root(value, Fraction(1, 2), self._key("sqrt", value.key))

    def _exponential(self, base: _Number, exponent: _Number, key: int) -> _Number:
        """`base ** exponent` for a base from 0 to 1 and an exponent from 0 up: from 0 to 1 as well."""
        signed = (base.real.above, exponent.real.above, (Ratio(ONE) - base.real).above)
        kept = self._keeps_order(base, self._one) and exponent.level <= _Level.SIGNED
        if base.whole or not kept or not all(map(self._surely, signed)):
            raise Undecided
        value, new = self._atom(key, Variable(1, _RANGE_BITS // 2))
        if new:
            self._assume(ONE - value)
        # It may come so near to 0 that floats lose it.
        return self._number(Ratio(value), key, _Level.SIGNED)

    # --- functions ----------------------------------------------------------------------------
    def _call(self, name: str, values: tuple[_Value, ...]) -> _Value:
        if name == "bool" and len(values) == 1:
            return self._boolean(self._is_true(values[0]))
        if name in {"min", "max"}:
            items = values[0] if len(values) == 1 else values
            return self._extreme_of(name, _numbers(items if isinstance(items, tuple) else ()))
        numbers = _numbers(values)
        if name in _EXTREMES and len(numbers) == 2:
            return self._extreme(_EXTREMES[name], *numbers)
        if name == "numpy.clip" and len(numbers) == 3:
            return self._extreme("min", self._extreme("max", numbers[0], numbers[1]), numbers[2])
        if name == "math.pow" and len(numbers) == 2:
            return self._power(self._as_float(numbers[0]), self._as_float(numbers[1]))
        if name in _FUNCTIONS and len(numbers) == 1:
            return _FUNCTIONS[name](self, numbers[0])
        if name in _WAVES and len(numbers) == 1:
            return self._wave(self._key(name, numbers[0].key))
        raise Undecided

    def _extreme_of(self, which: str, numbers: Sequence[_Number]) -> _Number:
        if not numbers:
            raise Undecided
        return reduce(partial(self._extreme, which), numbers)

    def _extreme(self, which: str, left: _Number, right: _Number) -> _Number:
        low, high = (right, left) if which == "min" else (left, right)
        chosen, other = (right, left) if self._really_less(low, high) else (left, right)
        if self._keeps_order(left, right):
            # Where rounding makes them equal, the other one is returned: the same, but for its type.
            return chosen if other.level is _Level.EXACT else self._as_float(chosen)
        key = self._key(which, left.key, right.key, chosen.key)
        level = max(left.level, right.level, _Level.CLOSE)
        return self._number(chosen.real, key, level, left.error + right.error + 1)

    def _absolute(self, value: _Number) -> _Number:
        negative = self._really_less(value, self._zero)
        if value.level <= _Level.SIGNED:
            return self._minus(value) if negative else value
        real = -value.real if negative else value.real
        return self._number(real, self._key("abs", value.key, negative), _Level.WILD, value.error)

    def _floor(self, value: _Number) -> _Number:
        if value.whole:
            return value
        if value.level is _Level.EXACT and value.real.below == ONE and self._is_whole(value.real.above):
            return self._exact(value.real, whole=True)
        if self._less(value, self._zero):
            return self._step(value, _BELOW_ZERO, Fraction(0), Fraction(1))
        for whole in (0, 1):
            if self._less(value, self._whole(whole + 1)):
                return self._whole(whole)
        return self._step(value, _FROM_TWO, Fraction(0), Fraction(1))

    def _ceil(self, value: _Number) -> _Number:
        return self._minus(self._floor(self._minus(value)))

    def _truncate(self, value: _Number) -> _Number:
        return self._ceil(value) if self._less(value, self._zero) else self._floor(value)

    def _round(self, value: _Number) -> _Number:
        if value.whole:
            return value
        if self._less(value, self._zero):
            return self._minus(self._round_from_zero(self._minus(value)))
        return self._round_from_zero(value)

    def _round_from_zero(self, value: _Number) -> _Number:
        half = Fraction(1, 2)
        if not self._less(self._exact(Ratio(number(half)), whole=False), value):  # a half goes to the even 0
            return self._whole(0)
        if self._less(value, self._exact(Ratio(number(3 * half)), whole=False)):
            return self._whole(1)
        return self._step(value, _FROM_TWO, -half, half)

    def _whole(self, value: int) -> _Number:
        return self._exact(Ratio(number(value)), whole=True)

    def _is_whole(self, polynomial: Polynomial) -> bool:
        return polynomial.denominator == 1 and self._variables.count(polynomial)

    def _step(self, value: _Number, form: tuple[int, int], below: Fraction, above: Fraction) -> _Number:
        """A whole number k with `k + below <= value < k + above`, where rounding of `value` permits."""
        if value.level > _Level.CLOSE:
            raise Undecided
        sign, offset = form
        bits, _ = self._size(value.real)
        variable, new = self._atom(self._key("step", value.key, below), Variable(bits + 1, integer=True))
        whole = variable.scaled(sign) + number(offset)
        if new:
            blur = _BLUR * sign if value.level is not _Level.EXACT else 0
            over, under = value.real.above.scaled(1 + blur), value.real.above.scaled(1 - blur)
            divisor = value.real.below
            self._assume(over - divisor * (whole + number(below)))
            self._assume(divisor * (whole + number(above)) - under, strict=above == 1)
        return self._exact(Ratio(whole), whole=True)

    def _wave(self, key: int) -> _Number:
        value, new = self._atom(key, Variable(2, _FLOAT_BITS, direct=False))
        if new:
            self._assume(number(2) - value)
        return self._exact(Ratio(value - ONE), whole=False)

    def _exp(self, value: _Number) -> _Number:
        key = self._key("exp", value.key)
        falls = value.level <= _Level.SIGNED and self._surely(-value.real.above)
        from_below, from_above = (
            value.level <= _Level.CLOSE and self._surely((Ratio(number(_MAX_EXPONENT)) + distance).above)
            for distance in (value.real, -value.real)
        )
        if not (falls or from_above):
            raise Undecided
        result, new = self._atom(key, Variable(SYMBOL_BITS, SYMBOL_BITS))
        if new:
            self._assume(result, strict=from_below)
            if value.level <= _Level.SIGNED:
                self._follow(value.real.above, result - ONE)
        return self._number(Ratio(result), key, _Level.EXACT if from_below else _Level.SIGNED)


_BELOW_ZERO: Final = (-1, -1)
_FROM_TWO: Final = (1, 2)
_COMPARISONS: Final = frozenset({Op.LT, Op.LE, Op.GT, Op.GE, Op.EQ, Op.NE, Op.IS, Op.IN})
_SEES_SIGN_OF_ZERO: Final = frozenset({"math.atan2", "math.copysign"})  # which the prover does not keep
_ARITHMETIC: Final[Mapping[Op, Callable[[_Prover, _Number, _Number], _Number]]] = {
    Op.ADD: _Prover._sum,
    Op.SUB: _Prover._difference,
    Op.MUL: _Prover._product,
    Op.DIV: _Prover._quotient,
    Op.FLOORDIV: _Prover._floor_quotient,
    Op.MOD: _Prover._remainder,
    Op.POW: _Prover._power,
}
_EXTREMES: Final = {"numpy.minimum": "min", "numpy.maximum": "max"}
_WAVES: Final = frozenset(
    {"math.cos", "math.sin", "math.tanh", "math.erf", "numpy.cos", "numpy.sin", "numpy.tanh"}
)  # from -1 to 1
_CURVES: Final = _WAVES | {"math.exp", "numpy.exp"}
_FUNCTIONS: Final[Mapping[str, Callable[[_Prover, _Number], _Number]]] = {
    "float": _Prover._as_float,
    "int": _Prover._truncate,
    "round": _Prover._round,
    "abs": _Prover._absolute,
    "numpy.abs": _Prover._absolute,
    "numpy.absolute": _Prover._absolute,
    "math.trunc": _Prover._truncate,
    "math.floor": _Prover._floor,
    "math.ceil": _Prover._ceil,
    "math.exp": _Prover._exp,
    "numpy.exp": _Prover._exp,
    "math.sqrt": _Prover._square_root,
    "numpy.sqrt": _Prover._square_root,
}


def _is_known(value: _Value) -> bool:
    match value:
        case _Number():
            return value.constant is not None
        case tuple():
            return all(map(_is_known, value))
    return isinstance(value, _Other)


def _as_node(value: _Value) -> Node:
    """A value that is known, as an expression again."""
    match value:
        case _Number(whole=whole, constant=constant) if constant is not None:
            return const(int(constant) if whole else float(constant))
        case tuple():
            return node(Op.TUPLE, *map(_as_node, value))
        case _Other():
            return const(value.value)
    raise Undecided


def _numbers(values: tuple[_Value, ...]) -> list[_Number]:
    found = [each for each in values if isinstance(each, _Number)]
    if len(found) < len(values):
        raise Undecided
    return found


def _lowest(value: float) -> Exact:
    exact = Fraction(value)
    return exact.numerator if exact.denominator == 1 else exact
