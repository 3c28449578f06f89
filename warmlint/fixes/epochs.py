"""Edits to calls that tell a schedule of timm a number: of the epoch at its end, or of the update."""

from __future__ import annotations

import ast
from typing import NamedTuple

from warmlint.finding import Edit, Edits
from warmlint.fixes.counters import names_in, number_after
from warmlint.fixes.moves import inserted, removed
from warmlint.fixes.promises import Promise, ticks_with_epochs, ticks_with_updates
from warmlint.fixes.statements import Statement, Statements, indent, statements
from warmlint.program import Unit
from warmlint.site import Site
from warmlint.source import Position, Span

_EPOCH = "epoch"


class _Loops(NamedTuple):
    """The loop over epochs with its variable, and the one over batches that stands in it, if any; `named` is
    the edit that gives the epoch its name."""

    epochs: Statement
    epoch: str
    batches: Statement | None
    named: Edits


def ticks_with(unit: Unit) -> Promise:
    """Ticks come with what they count."""
    return ticks_with_epochs if unit is Unit.EPOCH else ticks_with_updates


def told_number(site: Site, counts: Unit) -> Edits | None:
    """Tell the schedule what it counts, where one call does: `step(epoch + 1)` at the end of an epoch, the
    metric that was told in its place after it, or the number of all updates so far to `step_update` after
    each. None where the loops do not tell that number."""
    known = statements(site.source)
    at = known.at(site.loop.ticks[0]) if len(site.loop.ticks) == 1 else None
    loops = _loops(known, at) if at is not None else None
    if at is None or loops is None:
        return None
    match at.node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner)) as call):
            schedule = ast.unparse(owner)
        case _:
            return None
    if counts is Unit.UPDATE:
        return _all_updates(site, at, call, loops, schedule)
    if loops.batches is None:
        told = _told_first(known, call, loops.epoch) if site.told_metric or not _given(call) else None
        return (*told, *loops.named) if told is not None else None
    gone = removed(site.source, [at])
    row = f"{indent(site.source, loops.batches)}{schedule}.step({loops.epoch} + 1)"
    added = inserted(site.source, loops.batches, row)
    return (*gone, *added, *loops.named) if gone is not None and added is not None else None


def _told_first(known: Statements, call: ast.Call, epoch: str) -> Edits | None:
    """Tell the epoch's number first: `step()` becomes `step(e + 1)`, and `step(loss)` `step(e + 1, loss)`."""
    if call.keywords or len(call.args) > 1:
        return None
    end = known.span(call).end
    if not call.args:
        return (Edit(Span(Position(end.row, end.column - 1), end), f"{epoch} + 1)"),)
    start = known.span(call.args[0]).start
    return (Edit(Span(start, start), f"{epoch} + 1, "),)


def _all_updates(site: Site, at: Statement, call: ast.Call, loops: _Loops, schedule: str) -> Edits | None:
    """Tell the number of all updates: count the epochs before, where a call is told the number of a batch;
    else by a counter, where the update is, or at the tick where that comes with it."""
    known, given = statements(site.source), _given(call)
    match loops.batches.node if loops.batches is not None else None:
        case ast.For(
            target=ast.Tuple(elts=[ast.Name(batch), _]),
            iter=ast.Call(func=ast.Name("enumerate"), args=[ast.Name() | ast.Attribute() as loader]),
        ):
            named = {node.id for each in given for node in ast.walk(each) if isinstance(node, ast.Name)}
            if len(given) == 1 and named == {batch}:
                start = known.span(given[0]).start
                before = Edit(Span(start, start), f"{loops.epoch} * len({ast.unparse(loader)}) + ")
                return (before, *loops.named)
    update = known.at(site.loop.updates[0]) if len(site.loop.updates) == 1 else None
    batches = update.owner if update is not None else None
    if update is None or batches is None or batches.owner is not loops.epochs:
        return None
    number = number_after(known, at if loops.batches is not None else update, batches, loops.epoch)
    if number is None:
        return None
    if loops.batches is not None:
        text = number.text if number.after is at else f"{number.text} + 1"
        told = Edit(known.span(call), f"{schedule}.step_update({text})")
        return (told, *number.edits, *loops.named) if at.owner is batches else None
    gone = removed(site.source, [at])
    row = f"{indent(site.source, update)}{schedule}.step_update({number.text})"
    added = inserted(site.source, number.after, row)
    ready = gone is not None and added is not None
    return (*gone, *added, *number.edits, *loops.named) if ready else None  # type: ignore[misc]


def _loops(known: Statements, at: Statement) -> _Loops | None:
    """The loops around a tick; the batches' may also have ended before it."""
    around = [each for each in at.outward if isinstance(each.node, ast.For)]
    epochs = around[-1] if around else None
    batches = around[0] if len(around) == 2 else None
    if epochs is None or len(around) > 2 or (batches is not None and batches.owner is not epochs):
        return None
    match epochs.node:
        case ast.For(target=ast.Name(name) as target, iter=ast.Call(func=ast.Name("range"), args=[_])):
            if name != "_":
                return _Loops(epochs, name, batches, ())
            if _EPOCH in names_in(known, epochs) or name in _read(epochs):
                return None
            return _Loops(epochs, _EPOCH, batches, (Edit(known.span(target), _EPOCH),))
    return None


def _read(each: Statement) -> set[str]:
    found = (node for node in each.inside() if isinstance(node, ast.Name))
    return {node.id for node in found if isinstance(node.ctx, ast.Load)}


def _given(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(each.value for each in call.keywords)]
