"""How torch makes a schedule, where the source says all of it: calls of its classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from warmlint.expr import Node, Op, plain
from warmlint.facts.made import Construction
from warmlint.facts.model import Factor
from warmlint.recipe import ARGUMENTS, Formula, Recipe


def of_lambdas(kind: str, factors: Sequence[Factor]) -> Recipe | None:
    """A `LambdaLR` or `MultiplicativeLR` with one function; None where it has several, or one of several."""
    if len(factors) != 1:
        return None
    return Recipe(kind, functions=(Formula(factors[0].tick, factors[0].expression),))


def of_class(kind: str, given: Mapping[str, Node]) -> Recipe | None:
    """An object of another of torch's classes, made with `given`; a run starts anew."""
    if kind not in ARGUMENTS or not given:
        return None
    scale_fn = given.get("scale_fn")
    if scale_fn is not None and not (plain(scale_fn).op is Op.CONST and plain(scale_fn).value is None):
        return None
    known = ARGUMENTS[kind] - {"last_epoch"}
    return Recipe(kind, {name: each for name, each in given.items() if name in known})


def of_members(
    kind: str, members: Sequence[Construction], arguments: Mapping[str, Node] | None = None
) -> Recipe | None:
    """A composition; None where one of its members is not torch's."""
    made = [each.recipe for each in members if each.recipe is not None]
    return Recipe(kind, arguments or {}, members=tuple(made)) if len(made) == len(members) else None
