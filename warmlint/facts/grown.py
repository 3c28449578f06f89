"""Lists that grow: what a display holds, and what `append` puts behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import libcst as cst

from warmlint.facts.lowering import Where
from warmlint.facts.module import module_of
from warmlint.facts.scopes import Binding, Blocks, PlacedCall
from warmlint.facts.walk import leaves_block, walk

_CHANGE: Final = frozenset({"append", "extend", "insert", "pop", "remove", "clear", "reverse", "sort"})


@dataclass(frozen=True, slots=True)
class Member:
    """An expression that puts elements into a list, and where it stands. `within` are the blocks around it
    that are around neither the list's making nor its use: it may not run there, or often."""

    value: cst.BaseExpression
    where: Where
    within: Blocks = ()

    @property
    def loop(self) -> cst.For | None:
        """The `for` that puts one element in each of its passes, if that is all there is around it."""
        if len(self.within) != 1 or not self.within[0].loop:
            return None
        module = module_of(self.where.scope)
        inside = module.index.inside
        roots = [self.where.scope.node] if self.where.scope.node is not None else module.script
        for each in (each for root in roots for each in walk(root)):
            if isinstance(each, cst.For) and inside.get(each.body) == self.where.blocks:
                return each if each.orelse is None and not leaves_block(each) else None
        return None


def grown(name: str, where: Where) -> tuple[Member, ...] | str | None:
    """What the list that `name` is bound to holds at a place, in order; the reason where that cannot be
    followed, None where nothing is added to it."""
    module = module_of(where.scope)
    bindings = module.look_up(name, where.scope, where.position, where.blocks)
    changes = [
        each
        for each in module.index.calls
        if isinstance(each.node.func, cst.Attribute)
        and isinstance(each.node.func.value, cst.Name)
        and each.node.func.value.value == name
        and each.node.func.attr.value in _CHANGE
        and bindings
        and each.scope.defining(name) is bindings[0].scope
        and not _is_over(each, bindings[0], where)
    ]
    if not changes:
        return None
    beyond = f"`{name}` is added to, which is not followed"
    if len(bindings) != 1 or where.scope is not bindings[0].scope:
        return beyond
    made = bindings[0]
    match made.value:
        case cst.List(elements=elements) if not any(isinstance(e, cst.StarredElement) for e in elements):
            place = Where(made.scope, made.position, made.blocks)
            found = [Member(element.value, place) for element in elements]
        case _:
            return beyond
    for each in sorted(changes, key=lambda each: module.span(each.node).start):
        if each.scope is not made.scope or each.blocks[: len(made.blocks)] != made.blocks:
            return beyond
        match each.node:
            case cst.Call(func=cst.Attribute(attr=cst.Name("append")), args=[cst.Arg(value=value)]):
                place = Where(each.scope, module.span(each.node).start, each.blocks)
                found.append(Member(value, place, _own(each.blocks, made.blocks, where.blocks)))
            case cst.Call(
                func=cst.Attribute(attr=cst.Name("extend")),
                args=[cst.Arg(value=cst.List(elements=elements) | cst.Tuple(elements=elements))],
            ) if not each.blocks[len(made.blocks) :]:
                place = Where(each.scope, module.span(each.node).start, each.blocks)
                found += (Member(element.value, place) for element in elements)
            case _:
                return beyond
    return tuple(found)


def _is_over(change: PlacedCall, made: Binding, where: Where) -> bool:
    """Whether a change happens before the list is made, or after the place at which it is asked for."""
    if change.scope is not made.scope:
        return False
    at = module_of(change.scope).span(change.node).start
    used_here = where.scope is made.scope and where.position is not None
    return at < made.position or (used_here and where.position is not None and at > where.position)


def _own(blocks: Blocks, *others: Blocks) -> Blocks:
    """The blocks that are around one place and around none of the others."""
    return tuple(each for each in blocks if not any(each in other for other in others))
