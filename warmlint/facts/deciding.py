"""Which variables of a function decide what its loops do: how often they pass, what is skipped, which numbers
a tick is told. What all others hold need not be known, and may cost much to find out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import libcst as cst

from warmlint.facts.walk import names_in, walk_scope

Names = frozenset[str]


def deciding(statements: Iterable[cst.CSTNode], may_follow: Callable[[cst.Call], bool]) -> Names:
    """The names that decide, by themselves or through those that are made of them. The arguments of a call do
    where the function may be a part of the loop."""
    nodes = [each for statement in statements for each in walk_scope(statement)]
    found: set[str] = set()
    made: list[tuple[list[str], list[str]]] = []
    for each in nodes:
        match each:
            case cst.If(test=test) | cst.While(test=test) | cst.IfExp(test=test):
                found.update(names_in(test))
            case cst.For(iter=source) | cst.CompFor(iter=source):
                found.update(names_in(source))
            case cst.Call(args=args) if may_follow(each):
                found.update(name for arg in args for name in names_in(arg.value))
            case cst.Assign(targets=targets, value=value):
                made.append(([name for target in targets for name in names_in(target)], names_in(value)))
            case cst.AugAssign(target=target, value=value) | cst.NamedExpr(target=target, value=value):
                made.append((names_in(target), names_in(value)))
            case cst.AnnAssign(target=target, value=cst.BaseExpression() as value):
                made.append((names_in(target), names_in(value)))
            case cst.Return(value=cst.BaseExpression() as value):
                found.update(names_in(value))
    grown = True
    while grown:
        before = len(found)
        for given, parts in made:
            if not found.isdisjoint(given):
                found.update(parts)
        grown = len(found) > before
    return frozenset(found)
