"""Edits to imports: a name is imported once, in place."""

from __future__ import annotations

import ast

from warmlint.finding import Edit, Edits
from warmlint.fixes.statements import Statement, Statements
from warmlint.source import Span


def imported_instead(known: Statements, old: str, new: str) -> Edits | None:
    """Import `new` from where `old` is imported, in its place where one use is all that `old` has, and that
    use goes; nothing where it is imported already. None where `old` is not imported once, by its own name."""
    found = [(each, alias) for each in known.every for alias in _aliases(each) if alias.name == old]
    if len(found) != 1 or found[0][1].asname is not None:
        return None
    statement, alias = found[0]
    beside = [each for other in known.every for each in _aliases(other) if (each.asname or each.name) == new]
    if beside:
        return () if any(each in beside and each.name == new for each in _aliases(statement)) else None
    span = known.span(alias)
    nodes = (node for each in known.every if each.owner is None for node in each.inside())
    uses = sum(isinstance(node, ast.Name) and node.id == old for node in nodes)
    exported = any(f"{quote}{old}{quote}" in known.source.text for quote in "\"'")
    if uses == 1 and not exported:
        return (Edit(span, new),)
    return (Edit(Span(span.end, span.end), f", {new}"),)


def _aliases(each: Statement) -> list[ast.alias]:
    return each.node.names if isinstance(each.node, ast.ImportFrom) else []
