"""Where a source speaks of a schedule: the uses of the name that it is kept under."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from warmlint.discovery.syntax import parse
from warmlint.limits import MAX_MENTIONS
from warmlint.source import Position, Source, Span

_Function = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def mentions(source: Source, target: str | None, function: str) -> tuple[Span, ...]:
    """The places of `target`, a name or `self.name`, that is bound in a function (its dotted name, empty for
    the module). A function inside that binds the name for itself speaks of something else."""
    if target is None or target.rpartition(".")[2] not in source.text:
        return ()
    home = tuple(filter(None, function.split(".")))
    if "." in target:
        home = home[:-1]  # an attribute belongs to the whole class
    spans = []
    for node in _uses(parse(source.text), target, home):
        spans.append(_span(source, node))
        if len(spans) == MAX_MENTIONS:
            break
    return tuple(sorted(spans))


def _uses(tree: ast.Module, target: str, home: Sequence[str]) -> Iterator[ast.expr]:
    stack: list[tuple[ast.AST, tuple[str, ...]]] = [(tree, ())]
    while stack:
        node, path = stack.pop()
        inside = path[: len(home)] == tuple(home)
        if isinstance(node, (ast.Name, ast.Attribute)):
            if inside and _dotted(node) == target:
                yield node
                continue
        elif isinstance(node, (*_Function, ast.ClassDef)):
            if isinstance(node, _Function) and inside and target in _bound(node):
                continue
            path = (*path, getattr(node, "name", ""))
            if not inside and path != tuple(home[: len(path)]):
                continue
        stack += [(child, path) for child in ast.iter_child_nodes(node)]


def _bound(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    """The names that a function binds for itself."""
    names: set[str] = set()
    shared: set[str] = set()
    for each in ast.walk(function):
        if isinstance(each, ast.arg):
            names.add(each.arg)
        elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            names.add(each.id)
        elif isinstance(each, (ast.Global, ast.Nonlocal)):
            shared.update(each.names)
    return names - shared


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join((node.id, *reversed(parts))) if isinstance(node, ast.Name) else ""


def _span(source: Source, node: ast.expr) -> Span:
    end_row, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return Span(_position(source, node.lineno, node.col_offset), _position(source, end_row, end_column))


def _position(source: Source, row: int, offset: int) -> Position:
    """The place that `ast` tells by the bytes of the row before it."""
    line = source.line(row).encode("utf-8", "surrogatepass")
    return Position(row, len(line[:offset].decode("utf-8", "surrogatepass")) + 1)
