"""Polynomials over variables that are never negative, and their signs where linear facts are known.

All arithmetic is exact. What is asked of a `Cone` it proves or leaves open, never refutes: a "no" from
`entails` says nothing. `warmlint.schedule.prove` brings expressions into this form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil, gcd, lcm
from typing import Final

from warmlint.limits import MAX_DEGREE, MAX_SPLITS, MAX_TERMS

SYMBOL_BITS: Final = 32
"""The size of numbers that have no bound of their own: 136 years of an update a second."""

Exact = int | Fraction
Monomial = tuple[int, ...]
"""The variables of a term in ascending order, each as often as its power says."""


class Undecided(Exception):
    """No rule applies, or a bound is passed: nothing is proved."""


@dataclass(frozen=True, slots=True)
class Polynomial:
    """A sum of terms; `terms` holds no zero coefficients, so equal polynomials have equal terms."""

    terms: Mapping[Monomial, Exact]

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __add__(self, other: Polynomial) -> Polynomial:
        terms = dict(self.terms)
        for monomial, coefficient in other.terms.items():
            terms[monomial] = terms.get(monomial, 0) + coefficient
        return _polynomial(terms)

    def __neg__(self) -> Polynomial:
        return self.scaled(-1)

    def __sub__(self, other: Polynomial) -> Polynomial:
        return self + -other

    def __mul__(self, other: Polynomial) -> Polynomial:
        if self.degree + other.degree > MAX_DEGREE or len(self.terms) * len(other.terms) > 4 * MAX_TERMS:
            raise Undecided
        terms: dict[Monomial, Exact] = {}
        for left, factor in self.terms.items():
            for right, coefficient in other.terms.items():
                monomial = tuple(sorted(left + right))
                terms[monomial] = terms.get(monomial, 0) + factor * coefficient
        return _polynomial(terms)

    def scaled(self, factor: Exact) -> Polynomial:
        """The product with a number."""
        terms = {monomial: _lowest(factor * each) for monomial, each in self.terms.items()}
        return Polynomial(terms if factor else {})

    @property
    def degree(self) -> int:
        """The largest total power of a term."""
        return max(map(len, self.terms), default=0)

    @property
    def constant(self) -> Exact | None:
        """The value, where it has no variables."""
        if not self.terms:
            return 0
        return self.terms.get(()) if len(self.terms) == 1 else None

    @property
    def variables(self) -> frozenset[int]:
        """The variables that it depends on."""
        return frozenset(variable for monomial in self.terms for variable in monomial)

    @property
    def denominator(self) -> int:
        """The least whole number that makes all coefficients whole."""
        return lcm(*(each.denominator for each in self.terms.values()))

    def composed(self, images: Mapping[int, Polynomial]) -> Polynomial:
        """With polynomials in the place of variables."""
        total = ZERO
        for monomial, coefficient in self.terms.items():
            product = number(coefficient)
            for variable in monomial:
                product = product * images[variable] if variable in images else product * atom(variable)
            total = total + product
        return total


def _polynomial(terms: dict[Monomial, Exact]) -> Polynomial:
    if len(terms) > MAX_TERMS:
        raise Undecided
    return Polynomial({monomial: coefficient for monomial, coefficient in terms.items() if coefficient})


def number(value: Exact) -> Polynomial:
    """A constant."""
    return Polynomial({(): value} if value else {})


def atom(variable: int) -> Polynomial:
    """A variable."""
    return Polynomial({(variable,): 1})


ZERO: Final = number(0)
ONE: Final = number(1)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A fraction of polynomials. The caller proves that `below` is positive wherever it is looked at."""

    above: Polynomial
    below: Polynomial = ONE

    @staticmethod
    def of(above: Polynomial, below: Polynomial) -> Ratio:
        """In lowest terms as far as common variables and proportion go."""
        if not above.terms:
            return Ratio(ZERO)
        # Cancelling keeps the sign of `below`: a variable is never negative, and here it is not zero.
        common = _common_variables((*above.terms, *below.terms))
        if common:
            above, below = _without(above, common), _without(below, common)
        monomial, coefficient = next(iter(below.terms.items()))
        share = Fraction(above.terms.get(monomial, 0)) / coefficient
        if above == below.scaled(share):
            return Ratio(number(_lowest(share)))
        wholes = (int(each * below.denominator) for each in below.terms.values())
        scale = Fraction(below.denominator, gcd(*wholes))
        return Ratio(above.scaled(scale), below.scaled(scale))

    def __add__(self, other: Ratio) -> Ratio:
        if self.below == other.below:
            return Ratio.of(self.above + other.above, self.below)
        return Ratio.of(self.above * other.below + other.above * self.below, self.below * other.below)

    def __neg__(self) -> Ratio:
        return Ratio(-self.above, self.below)

    def __sub__(self, other: Ratio) -> Ratio:
        return self + -other

    def __mul__(self, other: Ratio) -> Ratio:
        return Ratio.of(self.above * other.above, self.below * other.below)

    @property
    def constant(self) -> Exact | None:
        """The value, where it has no variables."""
        return self.above.constant if self.below == ONE else None


def _lowest(value: Exact) -> Exact:
    return value.numerator if value.denominator == 1 else value


def _common_variables(monomials: Iterable[Monomial]) -> Monomial:
    common: Monomial | None = None
    for monomial in monomials:
        if common is None:
            common = monomial
        common = tuple(
            variable
            for variable in dict.fromkeys(common)
            for _ in range(min(common.count(variable), monomial.count(variable)))
        )
        if not common:
            break
    return common or ()


def _without(polynomial: Polynomial, factor: Monomial) -> Polynomial:
    terms = {}
    for monomial, coefficient in polynomial.terms.items():
        rest = list(monomial)
        for variable in factor:
            rest.remove(variable)
        terms[tuple(rest)] = coefficient
    return Polynomial(terms)


Fact = tuple[Polynomial, bool]
"""A polynomial that is not negative, or positive if so marked."""


def bits_of(value: Exact) -> int:
    """The bits of the whole number at or above `value`, which is not negative."""
    return ceil(value).bit_length()


def whole_coefficients(polynomial: Polynomial) -> dict[Monomial, int]:
    """The coefficients, times what makes them whole numbers without a common divisor."""
    denominator = polynomial.denominator
    whole = {monomial: int(each * denominator) for monomial, each in polynomial.terms.items()}
    divisor = gcd(*whole.values())
    return {monomial: each // divisor for monomial, each in whole.items()}


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable: never negative, below `2 ** bits`, and 0 or above `2 ** -places`.

    `direct` tells that its value is met in the program, so that it is a float where it is not whole.
    """

    bits: int
    places: int = 0
    integer: bool = False
    direct: bool = True


@dataclass(frozen=True, slots=True)
class Variables:
    """What holds of all variables for good, whatever else is known."""

    known: list[Variable] = field(default_factory=list)

    def add(self, variable: Variable) -> int:
        """Take in a variable; its number."""
        self.known.append(variable)
        return len(self.known) - 1

    def count(self, polynomial: Polynomial) -> bool:
        """Whether all variables of `polynomial` are whole numbers."""
        return all(self.known[each].integer for each in polynomial.variables)

    def largest(self, polynomial: Polynomial) -> int:
        """How many bits its value may need before the point."""
        total = Fraction(0)
        for monomial, coefficient in polynomial.terms.items():
            total += abs(Fraction(coefficient)) * (1 << sum(self.known[each].bits for each in monomial))
        return bits_of(total)

    def smallest(self, polynomial: Polynomial) -> int:
        """How many places after the point its smallest value may need that is not zero."""
        constant = polynomial.constant
        if constant is not None:
            return bits_of(1 / Fraction(constant)) if constant else 0
        places = max(sum(self.known[each].places for each in monomial) for monomial in polynomial.terms)
        cancelled = 0 if self.count(polynomial) or len(polynomial.terms) == 1 else SYMBOL_BITS
        return polynomial.denominator.bit_length() + places + cancelled

    def sharpened(self, polynomial: Polynomial, strict: bool) -> Fact:
        """That it is not negative, or positive if `strict`; over whole numbers up to the next one.

        So `2 * t - 1 > 0` is `t - 1 >= 0`.
        """
        if not polynomial.variables or not self.count(polynomial):
            return polynomial, strict
        denominator = polynomial.denominator
        terms = {monomial: int(each * denominator) for monomial, each in polynomial.terms.items()}
        constant = terms.pop((), 0) - strict
        divisor = gcd(*terms.values())
        whole = Polynomial({monomial: each // divisor for monomial, each in terms.items()})
        return whole + number(constant // divisor), False


@dataclass(frozen=True, slots=True)
class _Simplex:
    """`bound`, a constant less positive multiples of slacks, is at least 0; the slack `gap` is its value.

    `one` is the number 1, written as a sum of nonnegative multiples of them.
    """

    bound: Polynomial
    gap: int
    inside: frozenset[int]
    one: Polynomial

    @staticmethod
    def of(bound: Polynomial, gap: int) -> _Simplex:
        """The simplex that `bound` tells of."""
        constant = Fraction(bound.terms[()])
        one = (number(constant) - bound + atom(gap)).scaled(1 / constant)
        return _Simplex(bound, gap, bound.variables, one)


@dataclass(frozen=True, slots=True)
class Cone:
    """What is known of the variables.

    A fact is absorbed by rewriting: `t < w` over whole numbers turns `w` into `t + 1 + s` with a new
    slack `s >= 0`. Then a polynomial is nonnegative if none of its coefficients over the slacks is
    negative. `images` writes each variable over the slacks, `positive` are slacks that are never 0,
    `simplices` bound slacks from above, and `pending` are the facts that could not be absorbed yet.
    """

    images: Mapping[int, Polynomial] = field(default_factory=dict)
    positive: frozenset[int] = frozenset()
    simplices: tuple[_Simplex, ...] = ()
    pending: tuple[Polynomial, ...] = ()
    fresh: int = 0

    def declare(self, variable: int) -> Cone:
        """Take in a variable of which nothing is known but that it is not negative."""
        return replace(self, images={**self.images, variable: atom(self.fresh)}, fresh=self.fresh + 1)

    def assume(self, fact: Polynomial, *, strict: bool) -> Cone | None:
        """Know that `fact` is nonnegative, or positive if `strict`; None where that cannot be."""
        return self._assume(fact.composed(self.images), strict)

    def entails(self, claim: Polynomial, *, strict: bool, splits: int = MAX_SPLITS) -> bool:
        """Whether `claim` is proved to be nonnegative, or positive if `strict`."""
        if self._holds(claim.composed(self.images), strict):
            return True
        pair = self._pair() if splits else None
        if pair is None:
            return False
        halves = (self._assume(pair, False), self._assume(-pair, False))
        return all(half is None or half.entails(claim, strict=strict, splits=splits - 1) for half in halves)

    # --- over the slacks ----------------------------------------------------------------------
    def _holds(self, claim: Polynomial, strict: bool) -> bool:
        if self._is_evident(claim, strict):
            return True
        for fact in self.pending:
            for monomial, coefficient in claim.terms.items():
                if coefficient < 0 and fact.terms.get(monomial, 0) < 0:
                    share = Fraction(coefficient) / fact.terms[monomial]
                    if self._is_evident(claim - fact.scaled(share), strict):
                        return True
        return False

    def _is_evident(self, claim: Polynomial, strict: bool) -> bool:
        one = ONE
        if not self._may_be_evident(claim):
            return False
        for simplex in self.simplices:
            if all(coefficient > 0 for coefficient in claim.terms.values()):
                break
            degree = max(_degree_in(monomial, simplex.inside) for monomial in (*claim.terms, *one.terms))
            if degree:
                claim = _homogeneous(claim, simplex, degree)
                one = _homogeneous(one, simplex, degree)
        if any(coefficient < 0 for coefficient in claim.terms.values()):
            return False
        if not strict:
            return True
        # It has a part that is never 0: a product of slacks that are not, or a small multiple of 1.
        return any(self.positive.issuperset(monomial) for monomial in claim.terms) or (
            bool(claim.terms) and claim.terms.keys() >= one.terms.keys()
        )

    def _may_be_evident(self, claim: Polynomial) -> bool:
        """Whether each negative term stands beside a positive one that differs in bounded slacks alone."""
        bounded = {slack for simplex in self.simplices for slack in simplex.inside}
        rising: set[Monomial] = set()
        falling: set[Monomial] = set()
        for monomial, coefficient in claim.terms.items():
            rest = tuple(slack for slack in monomial if slack not in bounded)
            (rising if coefficient > 0 else falling).add(rest)
        return falling <= rising

    def _assume(self, fact: Polynomial, strict: bool) -> Cone | None:
        if self._is_evident(fact, strict) or fact in self.pending:
            return self
        if self._is_evident(-fact, not strict):
            return None
        if not strict and all(coefficient < 0 for coefficient in fact.terms.values()):
            zeros = {monomial[0]: ZERO for monomial in fact.terms if len(set(monomial)) == 1}
            if zeros:
                return self._substituted(zeros, fact)
        variable = self._absorber(fact)
        if variable is not None:
            coefficient = Fraction(fact.terms[variable,])
            rest = fact - atom(variable).scaled(coefficient)
            grown, slack = self._grown(strict)
            return grown._substituted({variable: (slack - rest).scaled(1 / coefficient)})
        bounds = fact.degree == 1 and fact.terms.get((), 0) > 0
        if (
            bounds
            and all(coefficient < 0 for monomial, coefficient in fact.terms.items() if monomial)
            # Simplices that share slacks would be as true, but raise degrees more than they prove.
            and not any(simplex.inside & fact.variables for simplex in self.simplices)
        ):
            grown, _ = self._grown(strict)
            return replace(grown, simplices=(*self.simplices, _Simplex.of(fact, self.fresh)))
        return replace(self, pending=(*self.pending, fact))

    def _grown(self, strict: bool) -> tuple[Cone, Polynomial]:
        """With a new slack, positive if `strict`."""
        positive = self.positive | {self.fresh} if strict else self.positive
        return replace(self, positive=positive, fresh=self.fresh + 1), atom(self.fresh)

    def _absorber(self, fact: Polynomial) -> int | None:
        """The slack that `fact` says is at least a sum of others."""
        rising = [monomial for monomial, coefficient in fact.terms.items() if coefficient > 0]
        if len(rising) != 1 or len(rising[0]) != 1:
            return None
        variable = rising[0][0]
        alone = sum(variable in monomial for monomial in fact.terms) == 1
        return variable if alone else None

    def _substituted(self, values: Mapping[int, Polynomial], *facts: Polynomial) -> Cone | None:
        cone: Cone | None = replace(
            self,
            images={variable: image.composed(values) for variable, image in self.images.items()},
            positive=self.positive - values.keys(),
            simplices=(),
            pending=(),
        )
        again = [(simplex.bound, simplex.gap in self.positive) for simplex in self.simplices]
        again += [(fact, False) for fact in (*self.pending, *facts)]
        for fact, strict in again:
            if cone is None:
                return None
            cone = cone._assume(fact.composed(values), strict)
        return cone

    def _pair(self) -> Polynomial | None:
        """The difference of two slacks whose order would help to absorb a pending fact."""
        for fact in self.pending:
            linear = {monomial: each for monomial, each in fact.terms.items() if len(monomial) == 1}
            rising = [monomial for monomial, each in linear.items() if each > 0]
            falling = [monomial for monomial, each in linear.items() if each < 0]
            if rising and falling:
                return Polynomial({each: linear[each] for each in (rising[0], falling[0])})
        return None


def _homogeneous(polynomial: Polynomial, simplex: _Simplex, degree: int) -> Polynomial:
    """The same, multiplied by powers of the simplex's 1 so that all terms have one degree in its slacks."""
    powers = [ONE]
    total = ZERO
    for monomial, coefficient in polynomial.terms.items():
        missing = degree - _degree_in(monomial, simplex.inside)
        while len(powers) <= missing:
            powers.append(powers[-1] * simplex.one)
        total = total + Polynomial({monomial: coefficient}) * powers[missing]
    return total


def _degree_in(monomial: Monomial, variables: frozenset[int]) -> int:
    return sum(variable in variables for variable in monomial)
