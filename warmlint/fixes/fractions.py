"""Ramps as their source writes them: the tick over the warmup's length, times the LR that it rises to."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from warmlint.expr import Node, symbols, walk
from warmlint.finding import Edit, Edits
from warmlint.fixes.statements import statements
from warmlint.site import Site
from warmlint.source import Span

_Leaf = ast.Name | ast.Attribute


def written_ticks(site: Site, ramp: Node) -> list[Span]:
    """Where the source writes the tick of `ramp` by a name of its own: of a division, in what it divides."""
    known = statements(site.source)
    node = known.expression(ramp.span) if ramp.span is not None else None
    if node is None:
        return []
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.FloorDiv)):
        node = node.left
    found = _ticks(site, ramp, [known.span(each) for each in _leaves(node)])
    return found if len(found) == 1 else []


def capped_ratio(site: Site, ramp: Node) -> Edits | None:
    """Put `min(1.0, …)` around the part of a product that the tick stands in: `lr * step / w` is read as
    `lr * (step / w)`."""
    known = statements(site.source)
    node = known.expression(ramp.span) if ramp.span is not None else None
    match node:
        case ast.BinOp(left=ast.BinOp(left=lr, op=ast.Mult(), right=start), op=ast.Div(), right=end):
            part = Span(known.in_brackets(start).start, known.span(node).end)
        case ast.BinOp(left=lr, op=ast.Mult(), right=ast.BinOp(op=ast.Div()) as end):
            part = known.in_brackets(end)
        case _:
            return None
    ticks = _ticks(site, ramp, [known.span(each) for each in _leaves(node)])
    if any(known.span(lr).contains(each) for each in ticks) or not ticks:
        return None
    return (Edit(part, f"min(1.0, {_bare(site.source.slice(part))})"),)


def _leaves(node: ast.expr) -> Iterator[_Leaf]:
    """The names in an expression, dotted ones whole."""
    if isinstance(node, (ast.Name, ast.Attribute)):
        yield node
        return
    for each in ast.iter_child_nodes(node):
        if isinstance(each, ast.expr) and not (isinstance(node, ast.Call) and each is node.func):
            yield from _leaves(each)


def _ticks(site: Site, root: Node, names: list[Span]) -> list[Span]:
    """Which names are the tick's: those whose values have the tick in them, here or else anywhere in the
    factor, which may be written apart for tick 0; else those that stand for none."""
    tick = site.factor.tick
    for whole in (root, site.factor.expression):
        ticking = {each.span for each in walk(whole) if each.span is not None and tick in symbols(each)}
        if known := [span for span in names if span in ticking]:
            return known
    read = {each.span for each in walk(root)}
    return [span for span in names if span not in read]


def _bare(text: str) -> str:
    """A text without brackets around the whole of it."""
    inner = text[1:-1]
    depth = 0
    for each in inner:
        depth += (each == "(") - (each == ")")
        if depth < 0:
            return text
    return inner if text.startswith("(") and text.endswith(")") else text
