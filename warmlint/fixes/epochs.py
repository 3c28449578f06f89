"""Edits to calls that tell a schedule of timm a number: of the epoch at its end, or of the update."""

from __future__ import annotations

import ast
from typing import NamedTuple

from warmlint.finding import Edit, Edits
from warmlint.fixes.moves import inserted, removed
from warmlint.fixes.promises import Promise, ticks_with_epochs, ticks_with_updates
from warmlint.fixes.statements import Statement, Statements, indent, statements
from warmlint.program import Unit
from warmlint.site import Site
from warmlint.source import Position, Span


class _Loops(NamedTuple):
    """The loop over epochs with its variable, and the one over batches in it, if any, with what counts
    them."""

    epochs: Statement
    epoch: str
    batches: Statement | None


def ticks_with(unit: Unit) -> Promise:
    """Ticks come with what they count."""
    return ticks_with_epochs if unit is Unit.EPOCH else ticks_with_updates


def told_number(site: Site, counts: Unit) -> Edits | None:
    """Tell the schedule what it counts, where one call does: `step(epoch + 1)` at the end of an epoch, the
    metric that was told in its place after it, or the number of all updates so far to `step_update`. None
    where the loops name no epoch, or no batch."""
    known = statements(site.source)
    at = known.at(site.loop.ticks[0]) if len(site.loop.ticks) == 1 else None
    loops = _loops(at) if at is not None else None
    if at is None or loops is None:
        return None
    if not isinstance(at.node, ast.Expr) or not isinstance(at.node.value, ast.Call):
        return None
    call = at.node.value
    if counts is Unit.UPDATE:
        return _all_updates(known, call, loops)
    if not isinstance(call.func, ast.Attribute):
        return None
    told = f"{ast.unparse(call.func.value)}.step({loops.epoch} + 1)"
    if loops.batches is None:
        return _told_first(known, call, loops.epoch) if site.told_metric or not _given(call) else None
    gone = removed(site.source, [at])
    added = inserted(site.source, loops.batches, f"{indent(site.source, loops.batches)}{told}")
    return (*gone, *added) if gone is not None and added is not None else None


def _told_first(known: Statements, call: ast.Call, epoch: str) -> Edits | None:
    """Tell the epoch's number first: `step()` becomes `step(e + 1)`, and `step(loss)` `step(e + 1, loss)`."""
    if call.keywords or len(call.args) > 1:
        return None
    end = known.span(call).end
    if not call.args:
        return (Edit(Span(Position(end.row, end.column - 1), end), f"{epoch} + 1)"),)
    start = known.span(call.args[0]).start
    return (Edit(Span(start, start), f"{epoch} + 1, "),)


def _all_updates(known: Statements, call: ast.Call, loops: _Loops) -> Edits | None:
    """Count the batches of the epochs before, where a call is told the number of a batch."""
    match loops.batches.node if loops.batches is not None else None:
        case ast.For(
            target=ast.Tuple(elts=[ast.Name(batch), _]),
            iter=ast.Call(func=ast.Name("enumerate"), args=[ast.Name() | ast.Attribute() as loader]),
        ):
            given = _given(call)
            named = {node.id for each in given for node in ast.walk(each) if isinstance(node, ast.Name)}
            if len(given) == 1 and named == {batch}:
                start = known.span(given[0]).start
                return (Edit(Span(start, start), f"{loops.epoch} * len({ast.unparse(loader)}) + "),)
    return None


def _loops(at: Statement) -> _Loops | None:
    """The loops around a tick; the batches' may also have ended before it."""
    around = [each for each in at.outward if isinstance(each.node, ast.For)]
    match [each.node for each in around]:
        case [ast.For(target=ast.Name(epoch), iter=ast.Call(func=ast.Name("range"), args=[_]))]:
            return None if epoch == "_" else _Loops(around[0], epoch, None)
        case [_, ast.For(target=ast.Name(epoch), iter=ast.Call(func=ast.Name("range"), args=[_]))]:
            batches = around[0] if around[0].owner is around[1] else None
            return None if epoch == "_" or batches is None else _Loops(around[1], epoch, batches)
    return None


def _given(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(each.value for each in call.keywords)]
