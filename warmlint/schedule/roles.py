"""Roles: which name is the warmup, which the run's length, which a learning rate.

The one place that reads meaning from names and from how a factor uses them. A linter that guessed
these in each rule would guess differently in each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from warmlint.expr import Node, Op, Symbol, node, plain, symbols, walk
from warmlint.program import Unit
from warmlint.schedule.units import Counted, counted
from warmlint.schedule.words import EPOCHS, STEPS, words


class Role(Enum):
    """What a name says that its value is."""

    WARMUP = "warmup length"
    LENGTH = "length"
    RATIO = "ratio"
    LR = "learning rate"
    NUMBER = "number"


_WARM: Final = re.compile(r"warm_?-?up|^warm$|ramp_?up|burn_?in", re.IGNORECASE)
_RATIO: Final = frozenset(
    {"ratio", "pct", "percent", "percentage", "frac", "fraction", "factor", "gamma", "decay", "alpha"}
    | {"beta", "power", "portion", "proportion", "prop", "eta", "min"}
)
_LR: Final = frozenset({"lr", "lrs", "rate", "learning"})
_COUNTS: Final = EPOCHS | STEPS
_COUNT: Final = (
    _COUNTS
    | {"total", "max", "num", "n", "len", "length", "t", "horizon", "samples", "tokens", "size", "dim"}
    | {"period", "every"}
)


def says_warmup(name: str | None) -> bool:
    """Whether a name speaks of a warmup; "warm restarts" and "warm start" are other things."""
    return name is not None and bool(_WARM.search("_".join(words(name))))


_OTHER_PARTS: Final = frozenset(
    {
        "after",
        "post",
        "no",
        "without",
        "skip",
        "decay",
        "cosine",
        "annealing",
        "restart",
        "restarts",
        "cooldown",
    }
)


def names_a_warmup(name: str | None) -> bool:
    """Whether a function's name says that all of it is a warmup, and not what comes before or after one."""
    return says_warmup(name) and not _OTHER_PARTS & set(words(name or ""))


def role_of(name: str) -> Role:
    """What `name` says that its value is."""
    parts = set(words(name))
    counts = bool(parts & _COUNTS)
    if (parts & _LR or parts >= {"eta", "min"}) and parts & _RATIO <= {"eta", "min"} and not counts:
        return Role.LR
    if parts & _RATIO and not counts:
        return Role.RATIO
    if says_warmup(name) or ("warm" in parts and counts and not parts & {"start", "restart", "restarts"}):
        return Role.RATIO if parts & {"init", "start", "end", "value"} and not counts else Role.WARMUP
    if parts & {"cycle", "cycles"}:
        return Role.NUMBER
    if parts & _COUNT:
        return Role.LENGTH
    return Role.NUMBER


@dataclass(frozen=True, slots=True)
class Length:
    """A length that a factor measures its tick against, and why it is taken for what it is."""

    node: Node
    name: str
    reason: str
    computed: bool = False

    @property
    def unit(self) -> Unit:
        """What it counts, by how it is made and by its name."""
        found = self.counted
        return found.unit if found is not None else Unit.UNKNOWN

    @property
    def counted(self) -> Counted | None:
        """What it counts, and how that is known."""
        return counted(self.node)


@dataclass(frozen=True, slots=True)
class Roles:
    """What the parts of a factor are. `named` tells that the source itself speaks of a warmup."""

    warmup: Length | None
    total: Length | None
    named: bool


def name_of(each: Node) -> str | None:
    """The name that a node stands under in the source."""
    if each.op is Op.NAMED:
        return str(each.value)
    return each.symbol.name if each.symbol is not None else None


def as_length(bound: Node, says: Counted) -> Length:
    """A bound whose unit is known, as a length."""
    names = [name for name in _names(_bare(bound)) if not name.endswith(")")]
    inside = (name for each in walk(bound) if (name := name_of(each)) is not None)
    name = names[-1] if names else next(inside, "the length")
    return Length(bound, name, f"the tick is measured against it, in {says.unit.value}s", says.computed)


def find_roles(factor: Node, tick: Symbol, function_name: str | None) -> Roles:
    """The roles of the lengths that `factor` compares its tick with, or divides it by."""
    bounds = list(_bounds(factor, tick))
    total = _first((each for bound in bounds for each in walk(bound)), Role.LENGTH, "is named as a length")
    # The bound itself, not what it is computed from: `total - warmup` is no warmup.
    warmup = _first(map(_bare, bounds), Role.WARMUP, "is named as the warmup")
    warmup = warmup or next(filter(None, map(_computed, bounds)), None)
    if warmup is not None and warmup.computed and total is not None and _holds(warmup.node, total.node):
        total = None  # a part of it, as the epochs of `epochs * steps_per_epoch` are
    if warmup is not None:
        return Roles(warmup, total, named=True)
    if names_a_warmup(function_name):
        for each in bounds:
            length = _length(each, f"`{function_name}` measures its tick against it")
            if length is not None:
                return Roles(
                    length, None if total is not None and total.node is length.node else total, named=True
                )
        return Roles(None, total, named=True)
    ramp = next((each for each in _ramps(factor, tick) if _length(each, "")), None)
    if ramp is not None:
        length = _length(ramp, "the factor rises to its end")
        return Roles(
            length,
            None if total is not None and length is not None and total.name == length.name else total,
            False,
        )
    return Roles(None, total, named=False)


def _first(candidates: Iterable[Node], role: Role, reason: str) -> Length | None:
    for each in candidates:
        for name in _names(each):
            if role_of(name) is role:
                return Length(each, name, f"`{name}` {reason}")
    return None


def _names(each: Node) -> Iterable[str]:
    """The names that a node stands under, the outermost first: `self.total_iters`, then `warmup_steps`."""
    while each.op is Op.NAMED:
        yield str(each.value)
        each = each.args[0]
    if each.symbol is not None:
        yield each.symbol.name


def _computed(bound: Node) -> Length | None:
    """A warmup's length that is computed: `warmup_epochs * steps_per_epoch`, or one of two by a condition."""
    name = _warmup_in(bound)
    return None if name is None else Length(bound, name, f"is computed of `{name}`", computed=True)


def _warmup_in(bound: Node) -> str | None:
    """The name of the warmup that a length is a multiple of."""
    bare = plain(_bare(bound))
    for each in (bound, _bare(bound)):
        name = name_of(each)
        if name is not None and role_of(name) is Role.WARMUP:
            return name
    if bare.op is Op.IF:
        names = [_warmup_in(each) for each in bare.args[1:] if plain(each).op not in {Op.CONST, Op.NEG}]
        return names[0] if names and all(names) else None
    if bare.op is Op.MUL:
        return next((name for each in bare.args if (name := _warmup_in(each)) is not None), None)
    return _warmup_in(bare.args[0]) if bare.op in {Op.DIV, Op.FLOORDIV} else None


def _holds(whole: Node, part: Node) -> bool:
    return any(plain(each) is plain(part) for each in walk(whole))


def _bare(bound: Node) -> Node:
    """A bound without the `float(…)` and `max(1, …)` around it."""
    while bound.op is Op.CALL and bound.value in {"float", "int", "max"}:
        varying = [arg for arg in bound.args if plain(arg).op is not Op.CONST]
        if len(varying) != 1:
            break
        bound = varying[0]
    return bound


_WHOLE_RUN: Final = frozenset(
    {"total", "max", "num", "end", "training", "train", "epochs", "steps", "t", "n"}
)


def _length(bound: Node, reason: str) -> Length | None:
    """A bound as a length: not the whole run's, and of more than one tick."""
    bare = _bare(bound)
    name = name_of(bare)
    if name is not None and role_of(name) is Role.LR:
        return None
    if name is not None and not says_warmup(name) and set(words(name)) & _WHOLE_RUN:
        return None
    if name is not None:
        return Length(bare, name, reason)
    value = plain(bare)
    if value.op is Op.CONST and isinstance(value.value, (int, float)) and value.value > 1:
        return Length(bare, f"{value.value:g}", reason)
    return None


def _bounds(factor: Node, tick: Symbol) -> list[Node]:
    """What the tick is compared with, divided by or subtracted from, in the order of the source."""
    found: list[Node] = []
    for each in walk(factor):
        if each.op in {Op.LT, Op.LE, Op.GT, Op.GE, Op.DIV, Op.FLOORDIV, Op.SUB, Op.MUL} or (
            each.op is Op.CALL and each.value in {"min", "max"}
        ):
            varying = [arg for arg in each.args if tick in symbols(arg)]
            fixed = [arg for arg in each.args if tick not in symbols(arg)]
            if len(varying) == 1 and each.op is not Op.MUL:
                fixed = [_in_ticks(arg, varying[0], tick) for arg in fixed]
            if varying and fixed:
                found.extend(fixed)
    return found


def _in_ticks(bound: Node, varying: Node, tick: Symbol) -> Node:
    """A bound of what the tick is converted to (`step / steps_per_epoch < warmup_epochs`), in ticks."""
    while plain(varying).symbol is not tick:
        varying = plain(varying)
        inner = [each for each in varying.args if tick in symbols(each)]
        if len(inner) != 1 or varying.op not in {Op.DIV, Op.FLOORDIV, Op.MUL, Op.ADD, Op.SUB, Op.CALL}:
            return bound
        others = [each for each in varying.args if each is not inner[0]]
        if varying.op in {Op.DIV, Op.FLOORDIV} and varying.args[0] is inner[0]:
            bound = node(Op.MUL, bound, others[0])
        elif varying.op is Op.MUL and counted(others[0]) is not None:
            bound = node(Op.DIV, bound, others[0])  # and not the LR that the ramp is a share of
        elif varying.op not in {Op.ADD, Op.SUB, Op.CALL, Op.MUL}:
            return bound
        varying = inner[0]
    return bound


def _ramps(factor: Node, tick: Symbol) -> list[Node]:
    """The divisors of rising lines in the tick (`tick / w`, `(tick + 1) / w`, `tick // w`) that the factor
    follows as they are: not in an exponent, and not in a cosine."""
    found: list[Node] = []
    seen: set[int] = set()  # a graph that shares its nodes has paths beyond number
    known: dict[int, bool] = {}
    stack = [factor]
    while stack:
        each = stack.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if each.op in {Op.DIV, Op.FLOORDIV}:
            above, below = each.args
            if tick not in symbols(below) and _rises(above, tick, known):
                found.append(below)
        elif each.op in {Op.POW, Op.SUB}:  # what is subtracted falls
            stack.append(each.args[0])
        elif each.op is Op.IF:
            stack += reversed(each.args[1:])
        elif each.op in {Op.NAMED, Op.ADD, Op.MUL} or (
            each.op is Op.CALL and each.value in {"min", "max", "float", "int", "round"}
        ):
            stack += reversed(each.args)
    return found


def _rises(line: Node, tick: Symbol, known: dict[int, bool]) -> bool:
    """Whether a line rises with the tick; `known` tells it of the nodes that were asked before, by `id`."""
    line = plain(line)
    if id(line) not in known:
        known[id(line)] = _is_rising(line, tick, known)
    return known[id(line)]


def _is_rising(line: Node, tick: Symbol, known: dict[int, bool]) -> bool:
    if line.symbol is tick:
        return True
    if line.op is Op.ADD:
        return any(_rises(arg, tick, known) for arg in line.args)
    if line.op is Op.CALL and line.value in {"float", "int"}:
        return _rises(line.args[0], tick, known)
    if line.op is Op.MUL:  # `0.1 * (tick + 1)`
        return any(
            _rises(arg, tick, known) and plain(other).op is Op.CONST
            for arg, other in (line.args, line.args[::-1])
        )
    return False
