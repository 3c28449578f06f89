"""Edits to the constructor of a schedule's own class, so that making it writes its first LR."""

from __future__ import annotations

import ast

from warmlint.finding import Edits
from warmlint.fixes.moves import before_update, inserted, moved
from warmlint.fixes.statements import Statement, Statements, indent, statements
from warmlint.site import Site
from warmlint.source import Span

_SET_BY_TORCH = {"optimizer", "base_lrs", "last_epoch", "_step_count", "_last_lr"}


def applied_first(site: Site) -> Edits | None:
    """Let a class that derives from torch's write its first LR when it is made, and any other object tick
    before the update."""
    if site.schedule.derived:
        return _super_last(site)
    if site.applied or not site.loop.ticks or not site.loop.updates:
        return None
    return before_update(site, site.ticked_at, site.loop.updates[0])


def _super_last(site: Site) -> Edits | None:
    """Let `super().__init__(…)`, which computes the first LR, come last in the constructor: moved there, or
    written where there is none."""
    known = statements(site.source)
    body = _constructor(known, site.factor.span)
    if not body:
        return None
    calling = next((each for each in body if _is_super_init(each.node)), None)
    if calling is None:
        return _called(site, known, body)
    later = body[calling.number + 1 :]
    read = (node for each in later for node in each.inside())
    attributes = {node.attr for node in read if isinstance(node, ast.Attribute)}
    return moved(site.source, [calling], after=body[-1]) if later and not attributes & _SET_BY_TORCH else None


def _constructor(known: Statements, inside: Span) -> list[Statement] | None:
    """The statements of the constructor of the class that holds a place."""
    at = known.at(inside)
    around = at.outward if at is not None else ()
    made = next((each for each in around if isinstance(each.node, ast.ClassDef)), None)
    return next(
        (
            each.block
            for each in known.every
            if each.owner is not None
            and each.owner.owner is made is not None
            and isinstance(each.owner.node, ast.FunctionDef)
            and each.owner.node.name == "__init__"
        ),
        None,
    )


def _called(site: Site, known: Statements, body: list[Statement]) -> Edits | None:
    """`super().__init__(optimizer)` below all that the constructor does."""
    owner = body[0].owner
    assert owner is not None
    assert isinstance(owner.node, ast.FunctionDef)
    names = [each.arg for each in owner.node.args.args[1:]]
    if any(isinstance(node, ast.Return) for each in body for node in each.inside()) or not names:
        return None
    given = [names[0], *(each for each in names if each == "last_epoch")]
    return inserted(
        site.source, body[-1], f"{indent(site.source, body[-1])}super().__init__({', '.join(given)})"
    )


def _is_super_init(node: ast.stmt) -> bool:
    """Whether a statement calls the constructor of what is derived from, in any of the ways to name it."""
    called = node.value.func if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr == "__init__"
