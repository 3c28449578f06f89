"""Edits to dict displays: what Lightning is told of a schedule."""

from __future__ import annotations

import ast

from warmlint.finding import Edit, Edits
from warmlint.fixes.statements import Statements, statements
from warmlint.site import Site
from warmlint.source import Span


def told_interval(site: Site, entry: Span) -> Edits | None:
    """Tell Lightning to tick every step: `entry` is what it takes a schedule from, a dict or the schedule
    itself. An interval that stands in the dict around, where Lightning does not look, goes."""
    known, source = statements(site.source), site.source
    node = known.expression(entry)
    quote = _quote(known, entry)
    match node:
        case ast.Dict():
            return with_entry(known, node, f"{quote}interval{quote}", f"{quote}step{quote}")
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


def with_entry(known: Statements, table: ast.Dict, key: str, value: str) -> Edits | None:
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


def _misplaced(known: Statements, inner: ast.expr, entry: Span) -> Edits:
    """The edit that takes an `"interval"` out of the dict that `inner` is a value of."""
    statement = known.at(entry)
    for table in statement.inside() if statement is not None else ():
        if isinstance(table, ast.Dict) and inner in table.values:
            for key, value in zip(table.keys, table.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "interval":
                    return without(known, table, value) or ()
    return ()


def without(known: Statements, whole: ast.Call | ast.Dict, value: ast.expr) -> Edits | None:
    """Take an argument that has a keyword out of a call, or an entry out of a display, with the comma beside
    it; None where a comment would go along."""
    spans = [_item(known, each) for each in _items(whole)]
    at = next((number for number, each in enumerate(spans) if each.end == known.span(value).end), None)
    if at is None or len(spans) < 2:
        return None
    gone = Span(spans[at - 1].end, spans[at].end) if at else Span(spans[0].start, spans[1].start)
    return None if "#" in known.source.slice(gone) else (Edit(gone, ""),)


def _items(whole: ast.Call | ast.Dict) -> list[tuple[ast.expr | ast.keyword, ...]]:
    if isinstance(whole, ast.Call):
        return [*((each,) for each in whole.args), *((each,) for each in whole.keywords)]
    pairs = zip(whole.keys, whole.values, strict=True)
    return [(value,) if key is None else (key, value) for key, value in pairs]


def _item(known: Statements, parts: tuple[ast.expr | ast.keyword, ...]) -> Span:
    return Span(known.span(parts[0]).start, known.span(parts[-1]).end)


def _quote(known: Statements, entry: Span) -> str:
    """The quotes that the statement uses, or else the file."""
    statement = known.at(entry)
    texts = (known.source.slice(statement.span) if statement is not None else "", known.source.text)
    for text in texts:
        if single := text.count("'") - text.count('"'):
            return "'" if single > 0 else '"'
    return '"'
