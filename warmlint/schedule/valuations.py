"""Valuations: the values under which a schedule is looked at.

Few, and chosen by what the parameters are: small and large, prime and round, just inside what they
admit. Always the same ones, so that a verdict depends on the source alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Final

from warmlint.expr import Node, Op, Scalar, Symbol, SymbolKind, const, node, plain, ref, symbols, walk
from warmlint.functions import Value
from warmlint.schedule.domain import Domain, Region
from warmlint.schedule.evaluate import outcome
from warmlint.schedule.roles import Role, Roles, role_of
from warmlint.schedule.words import words

_CANDIDATES: Final[dict[Role, tuple[Scalar, ...]]] = {
    Role.WARMUP: (100, 5, 10, 2, 37, 1, 3, 500),
    Role.LENGTH: (1000, 20, 100, 50, 251, 7, 10_000, 30),
    Role.RATIO: (0.1, 0.5, 0.05, 0.3, 0.9, 0.01),
    Role.LR: (0.001, 0.1, 3e-4, 0.01, 0.6),
    Role.NUMBER: (0.5, 2, 10, 3, 100),
}
_LOW_RATES: Final = (1e-6, 1e-5, 1e-7, 2e-6, 1e-8)
_DOMAINS: Final[dict[Role, Domain]] = {
    Role.WARMUP: Domain(low=1, integer=True),
    Role.LENGTH: Domain(low=1, integer=True),
    Role.RATIO: Domain(low=0, high=1, open=True),
    Role.LR: Domain(low=0, open=True),
    Role.NUMBER: Domain(low=0, open=True),
}
_WANTED: Final = 24
_TRIES: Final = 400
_EPOCHS: Final = (10, 30, 3, 100, 5)


@dataclass(frozen=True, slots=True)
class Valuation:
    """One value for each parameter. `given` tells that the source itself gives all of them."""

    values: Mapping[Symbol, Value]
    given: bool

    def __getitem__(self, symbol: Symbol) -> Value:
        return self.values[symbol]


@dataclass(frozen=True, slots=True)
class Space:
    """All that is admitted, and the sample of it that is looked at.

    `sample[0]` is what the report shows: the source's own values where it gives them, else an example.
    """

    parameters: tuple[Symbol, ...]
    region: Region
    sample: tuple[Valuation, ...]
    own: tuple[Valuation, ...]
    """The source's own values, admissible or not, with examples for what it does not give."""
    asked: tuple[Valuation, ...]
    """The same, but that a parameter's default which switches the warmup off is taken to be overridden."""


def domain_of(symbol: Symbol, choices: Sequence[Scalar] = ()) -> Domain:
    """The admissible values of a parameter, by its role."""
    return Domain() if choices else _DOMAINS[role_of(symbol.name)]


def space_of(roots: Iterable[Node], roles: Roles, conditions: Iterable[Node] = ()) -> Space:
    """The valuations of all parameters in `roots`, with warmup of at least 1 and shorter than the run. Of
    `conditions`, all of which hold, those count that speak of nothing else."""
    nodes = tuple(roots)
    parameters = tuple(each for each in symbols(*nodes) if each.kind is SymbolKind.PARAMETER)
    held = tuple(each for each in conditions if _speaks_of(each, parameters))
    choices = {each: _compared_strings(each, nodes) for each in parameters}
    relations = tuple(_relations(roles))
    relations += (*_lr_order(parameters), *held)
    region = Region({each: domain_of(each, choices[each]) for each in parameters}, relations)
    sample = list(_sample(parameters, choices, relations))
    if not sample:  # a run that is shorter than its warmup: still a run
        sample = list(_sample(parameters, choices, ()))
    pinned = {each: (each.default,) for each in parameters if each.has_default}
    own = list(_sample(parameters, {**choices, **pinned}, (), pinned=frozenset(pinned)))
    own = [each for each in own if _admits(each.values, held)] or sample
    asked = own
    if not any(_admits(each.values, relations) for each in own):
        # A default that switches the warmup off, which whoever calls the function sets to switch it on.
        weak = {each for each in symbols(*_relations(roles)) if each.weak}
        kept = {each: value for each, value in pinned.items() if each not in weak}
        if weak:
            asked = list(_sample(parameters, {**choices, **kept}, relations, pinned=frozenset(kept))) or own
    return Space(parameters, region, tuple(sample), tuple(own), tuple(asked))


def _speaks_of(condition: Node, parameters: Sequence[Symbol]) -> bool:
    """Whether a condition is one on these parameters alone, all of it known."""
    told = set(symbols(condition))
    return (
        bool(told) and told <= set(parameters) and all(each.op is not Op.UNKNOWN for each in walk(condition))
    )


def _relations(roles: Roles) -> Iterable[Node]:
    if roles.warmup is not None:
        yield node(Op.GE, roles.warmup.node, const(1))
    if roles.warmup is not None and roles.total is not None and roles.total.node is not roles.warmup.node:
        yield node(Op.GT, roles.total.node, roles.warmup.node)


_LOW: Final = frozenset({"min", "end", "final", "floor", "init", "initial", "start", "eta", "warmup", "warm"})


def _is_low(symbol: Symbol) -> bool:
    """Whether an LR is, by its name, one of the low ones of a schedule."""
    return bool(_LOW & set(words(symbol.name)))


def _lr_order(parameters: Iterable[Symbol]) -> Iterable[Node]:
    """A schedule's low LRs are below its high ones."""
    rates = [each for each in parameters if role_of(each.name) is Role.LR]
    for low in filter(_is_low, rates):
        for high in rates:
            if not _is_low(high):
                yield node(Op.GT, ref(high), ref(low))


def _compared_strings(symbol: Symbol, roots: Sequence[Node]) -> tuple[Scalar, ...]:
    """The strings that a parameter is compared with: `kind == "cosine"` makes "cosine" a value of `kind`."""
    found: dict[Scalar, None] = {}
    for each in walk(*roots):
        if each.op in {Op.EQ, Op.NE, Op.IN} and any(plain(arg).symbol is symbol for arg in each.args):
            for arg in walk(*each.args):
                if arg.op is Op.CONST and isinstance(arg.value, str):
                    found.setdefault(arg.value)
    return tuple(found)


def _is_number(value: Scalar) -> bool:
    return isinstance(value, (int, float)) or value is None


def _candidates(symbol: Symbol, choices: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    if choices:
        return choices
    role = role_of(symbol.name)
    values = _CANDIDATES[role]
    if role is Role.LR and _is_low(symbol):
        values = _LOW_RATES
    if role is Role.LENGTH and {"epoch", "epochs"} & set(words(symbol.name)):
        values = _EPOCHS
    if symbol.has_default and symbol.default is not None and _is_number(symbol.default):
        return (symbol.default, *(value for value in values if value != symbol.default))
    return values


def _sample(
    parameters: tuple[Symbol, ...],
    choices: Mapping[Symbol, tuple[Scalar, ...]],
    relations: tuple[Node, ...],
    pinned: frozenset[Symbol] = frozenset(),
) -> Iterable[Valuation]:
    if not parameters:
        yield Valuation({}, given=True)
        return
    lists = [choices[each] if each in pinned else _candidates(each, choices[each]) for each in parameters]
    given = all(each.has_default and (each in pinned or not each.weak) for each in parameters)
    seen: set[tuple[Value, ...]] = set()
    # First what the source gives, with the first example that makes a run for what it does not give.
    own = [
        (each.default,) if each.has_default else values
        for each, values in zip(parameters, lists, strict=True)
    ]
    for values in islice(product(*own), _TRIES):
        valuation = dict(zip(parameters, values, strict=True))
        if _admits(valuation, relations):
            seen.add(tuple(values))
            yield Valuation(valuation, given)
            break
    for values in _mixed(lists):
        key = tuple(values)
        valuation = dict(zip(parameters, values, strict=True))
        if key in seen or not _admits(valuation, relations):
            continue
        seen.add(key)
        yield Valuation(valuation, given=False)
        if len(seen) >= _WANTED:
            return


def _mixed(lists: Sequence[tuple[Scalar, ...]]) -> Iterable[tuple[Scalar, ...]]:
    """Combinations: each list walked at its own pace, and all of a small product."""
    longest = max(map(len, lists))
    for turn in range(4 * longest):
        yield tuple(
            values[(turn * (place + 1) + turn // longest) % len(values)] for place, values in enumerate(lists)
        )
    yield from islice(product(*lists), _TRIES)


def _admits(valuation: Mapping[Symbol, Value], relations: tuple[Node, ...]) -> bool:
    return all(outcome(relation, valuation).value is True for relation in relations)
