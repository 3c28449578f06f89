"""Edits that let a warmup start above 0 where its tick is not written in the ramp: it is told by the loop, is
the place in an array, or is counted by a library."""

from __future__ import annotations

import ast
from typing import NamedTuple

from warmlint.expr import Op, symbols, walk
from warmlint.finding import Edit, Edits
from warmlint.fixes.lengths import names_are_bound
from warmlint.fixes.promises import Promise, starts_with_the_next, updates_sooner
from warmlint.fixes.statements import statements
from warmlint.program import ticks_of
from warmlint.site import Site
from warmlint.source import Span

_IGNITE = "create_lr_scheduler_with_warmup"


class Start(NamedTuple):
    """What to do in words, the edits that do it, if any, and what they promise."""

    advice: str
    edits: Edits | None
    promise: Promise


def started(site: Site, first: float) -> Start | None:
    """How the warmup of a schedule that is at 0 at the tick `first` starts above it; None where none of these
    ways is its own."""
    return _told_from_one(site) or _table_from_one(site, first) or _given_above_zero(site, first)


def _told_from_one(site: Site) -> Start | None:
    """Of a tick that the loop tells as a fraction of an epoch, `epoch + i / n`, count the batches from 1."""
    told = [each.argument for each in ticks_of(site.loop.program) if each.argument is not None]
    divisions = [each for each in walk(*told) if each.op is Op.DIV and symbols(each.args[0])]
    batch = divisions[0].args[0] if len(divisions) == 1 else None
    if batch is None or batch.span is None or batch.symbol is None:
        return None
    name = site.source.slice(batch.span)
    advice = f"count batches from 1: put `{name} + 1` for `{name}` where the loop tells the progress"
    return Start(advice, (Edit(batch.span, f"({name} + 1)"),), updates_sooner(site, 1))


def _table_from_one(site: Site, first: float) -> Start | None:
    """Make the ramp of `linspace` one longer, and leave its first LR out."""
    known = statements(site.source)
    written = {each.span for each in walk(site.branch_at(first)) if each.span is not None}
    calls = [
        node
        for each in (each for each in known.every if each.owner is None)
        for node in each.inside()
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "linspace"
    ]
    for call in calls:
        if len(call.args) != 3 or call.keywords or not {known.span(each) for each in call.args} <= written:
            continue
        text, count = site.source.slice(known.span(call)), known.span(call.args[2])
        end = known.span(call).end
        longer = f"{known.operand(count, ast.BinOp)} + 1"
        edits = (Edit(count, longer), Edit(Span(end, end), "[1:]"))
        advice = f"leave the 0 out: `[1:]` of `{text}` that is one longer"
        return Start(advice, edits, starts_with_the_next(site, first))
    return None


def _given_above_zero(site: Site, first: float) -> Start | None:
    """Give ignite's warmup the LR of one step of its ramp to start from, in the place of a 0."""
    known = statements(site.source)
    call = known.expression(site.schedule.span)
    if site.schedule.construct != _IGNITE or not isinstance(call, ast.Call):
        return None
    given = {each.arg: known.span(each.value) for each in call.keywords}
    made = site.base_lr or site.optimizer.base_lr(site.factor.group)
    start, count = given.get("warmup_start_value"), given.get("warmup_duration")
    end = given.get("warmup_end_value", made.span if made is not None else None)
    if start is None or count is None or end is None:
        return None
    top, length = known.operand(end), known.operand(count)
    if not all(names_are_bound(known, each, site.schedule.span) for each in (top, length)):
        return None
    text = f"{top} / {length}"
    advice = f"start from one step of the ramp: `warmup_start_value={text}`"
    return Start(advice, (Edit(start, text),), starts_with_the_next(site, first))
