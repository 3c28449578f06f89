"""The decider, held against brute force on mutants of the fixtures' factors: "proved" is never wrong.

Each factor is changed a little, over and over, and claims are judged of what comes out. What is called proved
must hold wherever one looks: densely, and at odd places that no sample has.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from random import Random
from types import CodeType
from typing import Any, Final

import pytest

from tests.fixture_support import all_fixtures
from warmlint.expr import Node, Op, Symbol, SymbolKind, TooLarge, const, node, ref, symbols, transform, walk
from warmlint.facts.model import Loop
from warmlint.finding import Status
from warmlint.functions import Value
from warmlint.judge import judge
from warmlint.schedule.domain import Domain
from warmlint.schedule.evaluate import Failure, outcome
from warmlint.schedule.prove import prove
from warmlint.site import Site
from warmlint.term import Term, term

MUTANTS: Final = 4
"""Mutants of each factor."""

VALUATIONS: Final = 24
"""Valuations that each mutant is looked at under."""

ASKED: Final = 6
"""Claims that each mutant is asked for."""

SMALL: Final = 12
"""Up to three times a length this small, every tick is looked at."""

# Claims, and their conditions after `for`: those of the rules, and their neighbours.
CLAIMS: Final = (
    "f(0) == 0",
    "f(1) == 0",
    "f(0) > 0",
    "f(0) < 1",
    "f(t) <= 1",
    "f(t) >= 1",
    "f(t) >= 0",
    "f(t) < 2",
    "f(t) == f(0)",
    "f(t) == f(0) for t < 10",
    "f(t+1) >= f(t)",
    "f(t+1) <= f(t)",
)
WARMUP_CLAIMS: Final = (
    "f(t+1) >= f(t) for t < w",
    "f(t+1) > f(t) for t < w - 1; w >= 3",
    "f(t+1) <= f(t) for t < w - 1; w >= 2",
    "f(w-1) < f(0) for w >= 2",
    "f(t) == f(0) for t < w; w >= 2",
    "f(t) == 0 for t < w - 1; w >= 3",
    "f(t) > 0 for t < w",
    "f(t) < 1 for t < w - 1",
    "f(t) >= 1 for t < w",
    "f(t) > 1 for t > w",
    "(f(t) - f(0)) * (f(t) - f(w)) == 0 for t < w - 1; w >= 3",
    "f(w) == 1",
    "f(2 * w) == 2",
    "f(w-1) == 1 for w >= 3",
    "f(w) > f(0)",
    "f(w+1) > f(w)",
    "f(t+1) - f(t) > 0.5 * (f(w+1) - f(w)) for t >= w; 3 * w >= t",
    "f(t) == 1 for t >= w",
    "f(t+1) <= f(t) for t >= w",
)


# --- claims ---------------------------------------------------------------------------------------
_RELATIONS: Final[Mapping[str, tuple[Op, Callable[[Any, Any], bool]]]] = {
    "==": (Op.EQ, operator.eq),
    "<": (Op.LT, operator.lt),
    "<=": (Op.LE, operator.le),
    ">": (Op.GT, operator.gt),
    ">=": (Op.GE, operator.ge),
}
_SIDES: Final = re.compile(r" (==|<=?|>=?) ")


@dataclass(frozen=True)
class Comparison:
    """Two sides in `f`, `t` and `w`, of which Python makes a term where these are terms, else a number."""

    left: CodeType
    relation: str
    right: CodeType

    @staticmethod
    def of(text: str) -> Comparison:
        left, relation, right = _SIDES.split(text.strip())
        return Comparison(compile(left, text, "eval"), relation, compile(right, text, "eval"))

    def sides(self, names: dict[str, Any]) -> tuple[Any, Any]:
        return eval(self.left, names), eval(self.right, names)

    def on(self, site: Site) -> Term:
        left, right = map(term, self.sides({"f": site.f, "t": site.t, "w": site.w}))
        return Term(node(_RELATIONS[self.relation][0], left.node, right.node))

    def holds(self, names: dict[str, Any]) -> bool:
        """Whether it does, or fails by the last digits alone, which no proof of `<=` speaks of."""
        left, right = self.sides(names)
        return _RELATIONS[self.relation][1](left, right) or (
            self.relation in {"<=", ">="} and math.isclose(left, right, rel_tol=1e-12, abs_tol=1e-12)
        )


@dataclass(frozen=True)
class Claim:
    """A comparison that is to hold wherever all of `given` do."""

    text: str
    claim: Comparison
    given: tuple[Comparison, ...]

    @staticmethod
    @cache
    def of(text: str) -> Claim:
        claim, _, given = text.partition(" for ")
        return Claim(text, Comparison.of(claim), tuple(map(Comparison.of, given.split(";") if given else ())))

    def fails(self, names: dict[str, Any]) -> bool:
        """Whether it is refuted here; what has no value refutes as well."""
        try:
            return all(each.holds(names) for each in self.given) and not self.claim.holds(names)
        except (Failure, ArithmeticError):
            return True


# --- mutants --------------------------------------------------------------------------------------
_ARITHMETIC: Final = (Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.FLOORDIV, Op.MOD)
_ORDER: Final = (Op.LT, Op.LE, Op.GT, Op.GE, Op.EQ)
_ROUNDED: Final = ("int", "round", "float", "abs", "math.ceil", "math.floor", "math.sqrt")


def _instead(each: Node, tick: Symbol, others: Sequence[Symbol]) -> Iterator[list[Node]]:
    """What may stand in the place of a node, kind by kind."""
    args = each.args
    if each.op in _ARITHMETIC:
        yield [node(op, *args) for op in _ARITHMETIC if op is not each.op]
        yield [*args, node(each.op, *reversed(args))]
    if each.op is Op.DIV:  # the same in the reals, and another float
        yield [node(Op.MUL, args[0], node(Op.DIV, const(1), args[1]))]
    elif each.op is Op.POW:
        yield [node(Op.MUL, *args), *(node(Op.POW, args[0], const(power)) for power in (2, 0.5, -1))]
    elif each.op in _ORDER:
        yield [node(op, *args) for op in _ORDER if op is not each.op]
    elif each.op is Op.IF:
        yield [*args[1:], node(Op.IF, args[0], args[2], args[1])]
    elif each.op is Op.CALL and each.value in {"min", "max"}:
        yield [*args, node(Op.CALL, *args, value="max" if each.value == "min" else "min")]
    elif each.op is Op.CALL and args:
        yield [args[0]]
    elif each.op is Op.CONST and isinstance(each.value, (int, float)):
        value = each.value
        yield [const(other) for other in (value + 1, value - 1, -value, 0, 0.1, 0.3 * value, float(value))]
    elif each.op is Op.NAMED and args[0].op is Op.CONST:  # what the source gives is given no more
        yield [node(Op.NAMED, ref(Symbol(str(each.value), SymbolKind.PARAMETER)), value=each.value)]
    if each.symbol is tick:
        yield [node(Op.ADD, each, const(1)), node(Op.SUB, each, const(1)), node(Op.MUL, const(2), each)]
    elif each.symbol is not None:
        yield [ref(other) for other in others]
        yield [node(Op.SUB, each, const(1)), node(Op.MUL, const(0.35), each)]
        yield [node(Op.CALL, const(1), each, value="max")]
    if each.op in {*_ARITHMETIC, Op.SYMBOL}:
        yield [node(Op.CALL, each, value=name) for name in _ROUNDED]
        yield [node(Op.POW, each, const(power)) for power in (2, 0.5)]


def mutant(root: Node, tick: Symbol, random: Random) -> Node:
    """`root` with up to three small changes."""
    for _ in range(random.choice((1, 1, 2, 2, 3))):
        target = random.choice(list(walk(root)))
        others = [each for each in symbols(root) if each is not tick]
        kinds = list(_instead(target, tick, others))
        if kinds:
            root = _replaced(root, target, random.choice(random.choice(kinds)))
    return root


def _replaced(root: Node, target: Node, by: Node) -> Node:
    return transform(root, lambda each: by if each is target else None)


# --- brute force ----------------------------------------------------------------------------------
_WHOLE: Final = (1, 2, 3, 4, 5, 6, 7, 10, 11, 13, 20, 49, 97, 100, 101, 251, 997, 1000, 65_537, 1_000_003)
_BETWEEN: Final = (2**-30, 1e-6, 0.001, 0.1, 0.3, 1 / 3, 0.35, 0.5, 0.7, 0.9, 0.999, 1 - 2**-30)
_POSITIVE: Final = (2**-30, 1e-4, 0.1, 0.3, 1 / 3, 0.999, 1, 1.5, 2, 3, 64, 1000.1, 2**30)
_ODD: Final = ("another", None, 0, 3)


def _candidates(symbol: Symbol, domain: Domain, site: Site) -> Sequence[Value]:
    """Values of a parameter, those near the ends of its domain among them."""
    if domain.integer:
        return _WHOLE
    if domain.high is not None:
        return _BETWEEN
    if domain.low is not None:
        return _POSITIVE
    return (*{each[symbol]: None for each in site.space.sample}, *_ODD)


def valuations(site: Site, random: Random) -> Iterator[Mapping[Symbol, Value]]:
    """Admissible valuations, with whole numbers often next to one another."""
    region, parameters = site.space.region, site.space.parameters
    for turn in range(10 * VALUATIONS if parameters else 1):
        found: dict[Symbol, Value] = {}
        for symbol in random.sample(parameters, len(parameters)):
            domain = region.domains[symbol]
            candidates = _candidates(symbol, domain, site)
            near = [each for each in found.values() if isinstance(each, int)]
            if domain.integer and near and random.random() < 0.6:
                other = random.choice(near)
                around = (other - 1, other, other + 1, other + 2, 2 * other, 7 * other)
                candidates = [each for each in around if each > 0]
            found[symbol] = random.choice(candidates) if found else candidates[turn % len(candidates)]
        if all(outcome(each, found).value is True for each in region.relations):
            yield found


def ticks(lengths: Iterable[Value]) -> list[int]:
    """Small ticks, those around lengths and their parts, and some that are far from any."""
    found = {*range(12), 33, 97, 1009, 1_000_003}
    for length in lengths:
        if isinstance(length, (int, float)) and 1 <= length < 2**31:
            found.update(range(3 * min(int(length), SMALL)))
            for part in (0.1, 1 / 3, 0.35, 0.5, 1, 2, 3):
                around = int(part * length)
                found.update(range(around - 2, around + 3))
    return sorted(each for each in found if each >= 0)


class Looked:
    """A factor under one valuation; each of its values is computed once."""

    def __init__(self, site: Site, valuation: Mapping[Symbol, Value]) -> None:
        self._factor = site.factor
        self._known: dict[float, Value | Failure] = {}
        self.valuation = valuation
        self.w = None if site.w is None else outcome(site.w.node, valuation).value
        numbers = (each.value for each in walk(site.factor.expression))
        self.ticks = ticks([*valuation.values(), self.w, *numbers])

    def f(self, tick: float) -> Value:
        if tick not in self._known:
            found = outcome(self._factor.expression, {**self.valuation, self._factor.tick: tick})
            self._known[tick] = found.failure or found.value
        known = self._known[tick]
        if isinstance(known, Failure):
            raise known
        return known

    def counterexample(self, claim: Claim) -> int | None:
        """A tick that refutes the claim."""
        names: dict[str, Any] = {"f": self.f, "w": self.w, "__builtins__": {}}
        return next((tick for tick in self.ticks if claim.fails({**names, "t": tick})), None)


# --- the two, side by side ------------------------------------------------------------------------
@cache
def sites(folder: str) -> tuple[Site, ...]:
    """The sites of a folder's fixtures, one for each text of a factor; no loop ends their runs."""
    found: dict[str, Site] = {}
    for fixture in all_fixtures():
        if fixture.path.parent.name == folder:
            for each in judge(fixture.source, lambda: ()).sites:
                endless = Site(each.source, replace(each.schedule, loop=Loop()), each.factor)
                found.setdefault(each.factor.text, endless)
    return tuple(found.values())


def mutants(folder: str) -> Iterator[Site]:
    """Each factor of a folder as it is, and its mutants."""
    for number, site in enumerate(sites(folder)):
        yield site
        random = Random(f"{folder} {number}")
        for _ in range(MUTANTS):
            try:
                changed = mutant(site.factor.expression, site.factor.tick, random)
            except TooLarge:
                continue
            yield Site(site.source, site.schedule, replace(site.factor, expression=changed))


def asked(site: Site, random: Random) -> list[Claim]:
    texts = CLAIMS if site.w is None else (*CLAIMS, *WARMUP_CLAIMS)
    return [Claim.of(each) for each in random.sample(texts, ASKED)]


def refuted(claim: Claim, looks: Sequence[Looked]) -> tuple[Looked, int] | None:
    """Where the claim does not hold."""
    for each in looks:
        tick = each.counterexample(claim)
        if tick is not None:
            return each, tick
    return None


@pytest.mark.parametrize("folder", sorted({each.path.parent.name for each in all_fixtures()}))
def test_what_brute_force_refutes_is_never_proved(folder: str) -> None:
    proved = 0
    for number, site in enumerate(mutants(folder)):
        random = Random(f"{folder} {number}")
        looks = [Looked(site, each) for each in islice(valuations(site, random), VALUATIONS)]
        for claim in asked(site, random):
            what, *given = (each.on(site) for each in (claim.claim, *claim.given))
            found = refuted(claim, looks)
            if found is None:
                # One is enough to tell that what is asked can be proved at all; it is dear.
                proved = proved or site.holds(what, *given).status is Status.PROVED
                continue
            looked, tick = found
            where = f"{claim.text} fails of {spelled(site.factor.expression)} at {tick}, {looked.valuation}"
            assert site.holds(what, *given).status is not Status.PROVED, where
            # The decider samples first, so that a prover that is wrong may go unseen: it is asked as well.
            conditions = [each.node for each in (site.t >= 0, *given)]
            assert not prove(what.node, conditions, site.space.region), where
    assert proved


def spelled(root: Node) -> str:
    """An expression for the reader of a failure."""
    if root.op is Op.SYMBOL and root.symbol is not None:
        return root.symbol.name
    if root.op is Op.CONST:
        return repr(root.value)
    head = root.op.value if root.value is None else str(root.value)
    return f"({' '.join((head, *map(spelled, root.args)))})"
