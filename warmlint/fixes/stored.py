"""Edits to what a run stores of itself and takes back: a state, or a counter, that either side forgot."""

from __future__ import annotations

import ast
from typing import NamedTuple

from warmlint.finding import Edits
from warmlint.fixes.displays import with_entry
from warmlint.fixes.lengths import names_are_bound
from warmlint.fixes.moves import inserted, moved, names
from warmlint.fixes.statements import Statement, Statements, indent
from warmlint.source import Span


class Load(NamedTuple):
    """`owner.load_state_dict(table[key])`, a statement of its own; `key` as it is written."""

    at: Statement
    owner: str
    table: str
    key: str


def load_at(known: Statements, span: Span) -> Load | None:
    """The load that stands at `span`; None where it is written otherwise."""
    at = known.at(span)
    match at.node if at is not None else None:
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=owner, attr="load_state_dict"),
                args=[ast.Subscript(value=table, slice=ast.Constant(value=str()) as key)],
                keywords=[],
            )
        ) if at is not None:
            return Load(at, ast.unparse(owner), ast.unparse(table), known.source.slice(known.span(key)))
    return None


def state_too(known: Statements, load: Load, name: str) -> Edits | None:
    """Store the state of `name`, and load it, where another one is stored and loaded; where it is stored
    already only load it."""
    stored = _stored(known, load, name, f"{name}.state_dict()")
    if stored is None:
        return None
    return _taken_back(known, load, f"{name}.load_state_dict({load.table}[{stored.key}])", stored.edits)


def counter_too(known: Statements, load: Load, zero: Span) -> Edits | None:
    """Store the counter that is set to 0 at `zero`, and take it back where a state is loaded; the 0 comes
    before that."""
    setting = known.at(zero)
    match setting.node if setting is not None else None:
        case ast.Assign(targets=[ast.Name(name) | ast.Attribute(value=ast.Name(), attr=name) as target]):
            counter = ast.unparse(target)
        case _:
            return None
    if setting is None:
        return None
    stored = _stored(known, load, name, counter)
    carrier = known.carrier(setting, load.at.span)
    if stored is None or carrier is None:
        return None
    earlier: Edits | None = ()
    if carrier.number < setting.number:
        passed = setting.block[carrier.number : setting.number]
        if counter in names(passed, ast.Load) | names(passed, ast.Store):
            return None
        earlier = moved(known.source, [setting], before=carrier)
    edits = _taken_back(known, load, f"{counter} = {load.table}[{stored.key}]", stored.edits)
    return (*edits, *earlier) if edits is not None and earlier is not None else None


class _Stored(NamedTuple):
    """The key under which something is stored, as it is written, and the edits that store it."""

    key: str
    edits: Edits


def _stored(known: Statements, load: Load, name: str, value: str) -> _Stored | None:
    """Store `value` beside what a load takes back, under the last word of `name`."""
    found = _display(known, load)
    if found is None:
        return None
    at, table = found
    there = [known.source.slice(known.span(key)) for key in table.keys if key is not None]
    for key, each in zip(table.keys, table.values, strict=True):
        if key is not None and ast.unparse(each) == value:
            return _Stored(known.source.slice(known.span(key)), ())
    quote, word = load.key[-1], name.rpartition(".")[2].strip("_")
    new = f"{quote}{word}{quote}"
    if new in there or len(there) < len(table.keys) or not is_seen(known, value.partition("(")[0], at):
        return None
    edits = with_entry(known, table, new, value)
    return None if edits is None else _Stored(new, edits)


def _display(known: Statements, load: Load) -> tuple[Statement, ast.Dict] | None:
    """The one dict display that stores what a load takes back, by its key."""
    key = ast.literal_eval(load.key)
    found = [
        (each, node)
        for each in known.every
        if each.owner is None
        for node in each.inside()
        if isinstance(node, ast.Dict)
        for name, value in zip(node.keys, node.values, strict=True)
        if isinstance(name, ast.Constant) and name.value == key
        if ast.unparse(value) == f"{load.owner}.state_dict()"
    ]
    if len(found) != 1:
        return None
    at = known.at(known.span(found[0][1]))
    return None if at is None else (at, found[0][1])


def is_seen(known: Statements, name: str, at: Statement) -> bool:
    """Whether a name is bound where a statement stands: an attribute of the object, or a variable."""
    return name.startswith("self.") or names_are_bound(known, name.partition(".")[0], at.span)


def _taken_back(known: Statements, load: Load, row: str, edits: Edits) -> Edits | None:
    below = inserted(known.source, load.at, f"{indent(known.source, load.at)}{row}")
    return None if below is None else (*below, *edits)
