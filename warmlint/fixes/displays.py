"""Edits to dict displays: what Lightning is told of a schedule."""

from __future__ import annotations

import ast

from warmlint.finding import Edit
from warmlint.fixes.statements import Statements, statements
from warmlint.site import Site
from warmlint.source import Span

Edits = tuple[Edit, ...]


def told_interval(site: Site, entry: Span) -> Edits | None:
    """Tell Lightning to tick every step: `entry` is what it takes a schedule from, a dict or the schedule
    itself. An interval that stands in the dict around, where Lightning does not look, goes."""
    known, source = statements(site.source), site.source
    node = known.expression(entry)
    quote = _quote(known, entry)
    match node:
        case ast.Dict():
            return _with_entry(known, node, f"{quote}interval{quote}", f"{quote}step{quote}")
        case ast.Call(func=ast.Name("dict"), args=[], keywords=[*_, last]):
            end = known.span(last).end
            named = next((each for each in node.keywords if each.arg == "interval"), None)
            if named is not None:
                return (Edit(known.span(named.value), f"{quote}step{quote}"),)
            return (Edit(Span(end, end), f", interval={quote}step{quote}"),)
        case ast.Subscript(value=table, slice=ast.Constant("scheduler")):
            return (Edit(entry, source.slice(known.span(table))),)
        case ast.expr():
            told = '"scheduler": %, "interval": "step"'.replace('"', quote).replace("%", source.slice(entry))
            return (Edit(entry, f"{{{told}}}"), *_misplaced(known, node, entry))
    return None


def _with_entry(known: Statements, table: ast.Dict, key: str, value: str) -> Edits | None:
    """Set a key of a display: its value where it stands there, else a new entry behind the last one."""
    at = next(
        (each for each, one in enumerate(table.keys) if one and ast.unparse(one)[1:-1] == key[1:-1]), None
    )
    if at is not None:
        return (Edit(known.span(table.values[at]), value),)
    if not table.keys or table.keys[-1] is None:
        return None
    last = known.span(table.values[-1])
    source, first = known.source, known.span(table.keys[-1]).start
    before = source.line(first.row)[: first.column - 1]
    if before.strip() or len(table.keys) == 1:  # it shares its row with the bracket, or the entry before
        return (Edit(Span(last.end, last.end), f", {key}: {value}"),)
    newline = "\r\n" if "\r\n" in source.text else "\n"
    return (Edit(Span(last.end, last.end), f",{newline}{before}{key}: {value}"),)


def _misplaced(known: Statements, inner: ast.expr, entry: Span) -> list[Edit]:
    """The edit that takes an `"interval"` out of the dict that `inner` is a value of."""
    statement = known.at(entry)
    for table in statement.inside() if statement is not None else ():
        if not isinstance(table, ast.Dict) or inner not in table.values:
            continue
        for at, key in enumerate(table.keys):
            if at and isinstance(key, ast.Constant) and key.value == "interval":
                return [
                    Edit(Span(known.span(table.values[at - 1]).end, known.span(table.values[at]).end), "")
                ]
    return []


def _quote(known: Statements, entry: Span) -> str:
    """The quotes that the statement uses, or else the file."""
    statement = known.at(entry)
    texts = (known.source.slice(statement.span) if statement is not None else "", known.source.text)
    for text in texts:
        if single := text.count("'") - text.count('"'):
            return "'" if single > 0 else '"'
    return '"'
