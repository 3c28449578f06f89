"""Edits to how a stored run is taken up again: the schedule is made first, loaded, and not ticked."""

from __future__ import annotations

import ast

from warmlint.finding import Edits
from warmlint.fixes.moves import inserted, moved, names, removed
from warmlint.fixes.promises import Promise, same_lrs
from warmlint.fixes.statements import Statements, indent, statements
from warmlint.program import LOADED, How, handled
from warmlint.site import Site
from warmlint.source import Span
from warmlint.trace.resumed import Found, Slip


def advice(found: Found) -> str:
    """What to do about a slip, in words."""
    if found.slip is Slip.TICKED:
        return "take this tick away: what is loaded has the LR of the next update"
    return "make optimizer and schedule first, then restore the state of both"


def in_order(site: Site, found: Found) -> Edits | None:
    """Make the schedule before anything is loaded, load what is stored of it, or take a tick after that away.
    None where a slip is of another kind."""
    match found.slip:
        case Slip.MADE_ON_LOADED | Slip.MADE_ANEW:
            return _made_first(site)
        case Slip.TICKED:
            return _without_tick(statements(site.source), found.span)
        case Slip.NOT_LOADED:
            return _loaded(site, found.span)
    return None


def keeps_new_runs(before: Site, found: Found) -> Promise | None:
    """What must hold of a run that begins anew: its LRs stay. Where ticks are told of as if they were always
    made, they are no measure."""
    return None if found.slip is Slip.TICKED else same_lrs(before)


def _made_first(site: Site) -> Edits | None:
    """Move the statement that makes the schedule above the first that loads a state."""
    known = statements(site.source)
    making = known.at(site.schedule.span)
    loads = sorted(each.span for each in handled(site.loop.program) if each.how in LOADED)
    loading = known.carrier(making, loads[0]) if making is not None and loads else None
    if making is None or loading is None or loading.number >= making.number:
        return None
    passed = making.block[loading.number : making.number]
    read, made = names([making], ast.Load), names([making], ast.Store)
    if (read | made) & names(passed, ast.Store):
        return None
    return moved(site.source, [making], before=loading)


def _without_tick(known: Statements, tick: Span) -> Edits | None:
    """Take a tick away, and the loop that does nothing else."""
    at = known.at(tick)
    if at is None:
        return None
    if len(at.block) == 1 and at.owner is not None and isinstance(at.owner.node, ast.For):
        at = at.owner
    return removed(known.source, [at])


def _loaded(site: Site, load: Span) -> Edits | None:
    """Load the schedule's state below the optimizer's, by the key that it is stored under."""
    known, target = statements(site.source), site.schedule.target
    at = known.at(load)
    saved = [each.span for each in handled(site.loop.program) if each.how is How.SCHEDULE_SAVED]
    key = next((key for span in saved if (key := _key(known, span)) is not None), None)
    match at.node if at is not None else None:
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(attr="load_state_dict"),
                args=[ast.Subscript(value=table, slice=ast.Constant())],
                keywords=[],
            )
        ) if key is not None and target is not None and at is not None:
            stored = f"{ast.unparse(table)}[{key}]"
            return inserted(site.source, at, f"{indent(site.source, at)}{target}.load_state_dict({stored})")
    return None


def _key(known: Statements, saved: Span) -> str | None:
    """The key of a display under which a state is stored, as it is written."""
    at = known.at(saved)
    for table in at.inside() if at is not None else ():
        if isinstance(table, ast.Dict):
            for key, value in zip(table.keys, table.values, strict=True):
                if isinstance(key, ast.Constant) and known.span(value).contains(saved):
                    return known.source.slice(known.span(key))
    return None
