"""Schedules and optimizers that are kept as one of several: in a list, a tuple or a dict that a loop goes
through.

A member has no name of its own there. It is known as `schedulers[*]`: each of those that `schedulers` holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import libcst as cst

from warmlint.facts.scopes import dotted_name
from warmlint.facts.walk import children

MEMBER: Final = "[*]"
"""Behind the name of a collection: each of its members."""

_VIEWS: Final = frozenset({"values", "items"})
_ORDERS: Final = frozenset({"list", "tuple", "reversed", "iter"})


def member_of(collection: str) -> str:
    """What each of those that `collection` holds is known as."""
    return f"{collection}{MEMBER}"


def root_of(name: str) -> str:
    """The name that has to be looked up for a name, an attribute or a member."""
    return name.removesuffix(MEMBER).partition(".")[0]


def put_by(node: cst.CSTNode) -> Iterator[tuple[cst.BaseExpression, str]]:
    """Each expression that a call or an assignment puts into a collection, with the collection's name."""
    match node:
        case cst.Call(func=cst.Attribute(value=kept, attr=cst.Name("append")), args=[cst.Arg(value=value)]):
            found = [value]
        case cst.Call(func=cst.Attribute(value=kept, attr=cst.Name("extend")), args=[cst.Arg(value=value)]):
            found = list(elements(value))
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Subscript(value=kept))], value=value):
            found = [value]
        case cst.Assign(targets=[cst.AssignTarget(target=kept)], value=value):
            found = list(elements(value))
        case cst.AugAssign(target=kept, value=value):
            found = list(elements(value))
        case _:
            return
    name = dotted_name(kept)
    if name is not None:
        yield from ((value, name) for value in found)


def elements(display: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """What a display, or a comprehension, holds."""
    match display:
        case cst.List(elements=held) | cst.Tuple(elements=held):
            yield from (each.value for each in held if isinstance(each, cst.Element))
        case cst.Dict(elements=held):
            yield from (each.value for each in held if isinstance(each, cst.DictElement))
        case cst.ListComp(elt=element) | cst.GeneratorExp(elt=element):
            yield element
        case cst.DictComp(value=element):
            yield element


def drawn_by(loop: cst.For | cst.CompFor) -> Iterator[tuple[str, str]]:
    """Each name that a loop gives to the members of something, with the member: (`s`, `schedulers[*]`), or
    (`s`, `first`) for each of a display."""
    return _drawn(loop.target, loop.iter)


def sources(loop: cst.For | cst.CompFor) -> Iterator[cst.CSTNode]:
    """The collections that a loop goes through."""
    return (source for _, source in _paired(loop.target, loop.iter))


def _drawn(target: cst.BaseExpression, source: cst.BaseExpression) -> Iterator[tuple[str, str]]:
    for one, many in _paired(target, source):
        name, collection = dotted_name(one), dotted_name(many)
        if name is None:
            continue
        if collection is not None:
            yield name, member_of(collection)
        for element in elements(many) if isinstance(many, cst.List | cst.Tuple) else ():
            held = dotted_name(element)
            if held is not None:
                yield name, held


def _paired(
    target: cst.BaseExpression, source: cst.BaseExpression
) -> Iterator[tuple[cst.BaseExpression, cst.BaseExpression]]:
    """Each part of a loop's target, with the collection whose members it is given one after the other."""
    names = [each.value for each in target.elements] if isinstance(target, cst.Tuple | cst.List) else []
    match source:
        case cst.Call(func=cst.Attribute(value=kept, attr=cst.Name(view)), args=[]) if view in _VIEWS:
            one = names[-1] if view == "items" and len(names) == 2 else target
            yield one, kept
        case cst.Call(func=cst.Name("enumerate"), args=[cst.Arg(value=inner), *_]) if len(names) == 2:
            yield from _paired(names[1], inner)
        case cst.Call(func=cst.Name("zip"), args=args):
            for one, arg in zip(names, args, strict=False):
                yield from _paired(one, arg.value)
        case cst.Call(func=cst.Name(order), args=[cst.Arg(value=inner)]) if order in _ORDERS:
            yield from _paired(target, inner)
        case _:
            yield target, source


def stray_uses(root: cst.CSTNode, collection: str, asks: frozenset[str]) -> Iterator[cst.CSTNode]:
    """Uses of a collection as a value, other than to fill it, to go through it, or to ask a member something
    that does not move it (`schedulers[0].get_last_lr()`)."""
    stack: list[cst.CSTNode] = [root]
    while stack:
        node = stack.pop()
        match node:
            case cst.AssignTarget() | cst.Param():
                continue
            case cst.For(iter=source) | cst.CompFor(iter=source):
                stack += [each for each in children(node) if each is not source]
                stack += [each for each in sources(node) if dotted_name(each) is None]
            case cst.Attribute(value=cst.Subscript(value=kept), attr=cst.Name(asked)) if asked in asks:
                stack += children(kept) if dotted_name(kept) is None else ()
            case cst.Name() | cst.Attribute() if dotted_name(node) is not None:
                if dotted_name(node) == collection:
                    yield node
            case cst.Arg(value=value) | cst.Attribute(value=value):
                stack.append(value)
            case _:
                stack += children(node)
