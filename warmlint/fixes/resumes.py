"""Edits to how a stored run is taken up again: when the schedule is made, loaded, and where it begins."""

from __future__ import annotations

import ast

from warmlint.finding import Edit, Edits
from warmlint.fixes.cycles import batches_of
from warmlint.fixes.lengths import names_are_bound
from warmlint.fixes.moves import inserted, moved, names, removed
from warmlint.fixes.promises import Promise, begins_with_its_epoch, same_lrs
from warmlint.fixes.statements import Statements, indent, statements
from warmlint.fixes.stored import counter_too, is_seen, load_at, state_too
from warmlint.program import LOADED, How, handled
from warmlint.site import Site
from warmlint.source import Span
from warmlint.trace.resumed import Found, Slip


def advice(found: Found) -> str:
    """What to do about a slip, in words."""
    match found.slip:
        case Slip.TICKED:
            return "take this tick away: what is loaded has the LR of the next update"
        case Slip.NOT_LOADED:
            return "store the schedule's state beside the optimizer's, and load it too"
        case Slip.ALONE:
            return "store the optimizer's state beside the schedule's, and load it too"
        case Slip.COUNTER:
            return f"store `{found.name}` too, and take it back before the loop"
        case Slip.OTHER_UNIT:
            return f"multiply `{found.name}` by the batches of an epoch, and subtract 1 from that"
        case Slip.BARE:
            return "load the optimizer first: its param groups bring their `initial_lr`"
        case Slip.KEPT:
            return f"compute the LR from the tick's number alone, or store `{found.name}` and load it"
    return "make optimizer and schedule first, then restore the state of both"


def in_order(site: Site, found: Found) -> Edits | None:
    """Make the schedule where its optimizer has what it needs, store and load what is forgotten, count what
    the ticks count, or take a tick away. None where the place for it is not in sight."""
    known = statements(site.source)
    match found.slip:
        case Slip.MADE_ON_LOADED | Slip.MADE_ANEW:
            return _made_first(site)
        case Slip.BARE:
            return _made_on_loaded(site)
        case Slip.TICKED:
            return _without_tick(known, found.span)
        case Slip.NOT_LOADED:
            return _both_loaded(site, found.span)
        case Slip.ALONE:
            load, name = load_at(known, found.span), site.optimizer.name
            seen = load is not None and is_seen(known, name, load.at)
            return state_too(known, load, name) if load is not None and seen else None
        case Slip.COUNTER:
            loads = [each.span for each in handled(site.loop.program) if each.how is How.OPTIMIZER_LOADED]
            load = load_at(known, loads[0]) if loads else None
            return counter_too(known, load, found.span) if load is not None else None
        case Slip.OTHER_UNIT:
            return _in_ticks(site)
    return None


def keeps_new_runs(before: Site, found: Found) -> Promise | None:
    """What must hold of a run that begins anew: its LRs stay; of one that is told a number, that it begins at
    the tick of that. Where ticks are told of as if they were always made, they are no measure."""
    if found.slip is Slip.OTHER_UNIT:
        return begins_with_its_epoch(before, _offset(before))
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


def _made_on_loaded(site: Site) -> Edits | None:
    """Move the statement that makes the schedule below the one that loads its optimizer."""
    known = statements(site.source)
    making = known.at(site.schedule.span)
    loads = [each.span for each in handled(site.loop.program) if each.how is How.OPTIMIZER_LOADED]
    loading = known.carrier(making, loads[0]) if making is not None and loads else None
    if making is None or loading is None or loading.number <= making.number:
        return None
    passed = making.block[making.number + 1 : loading.number + 1]
    read, made = names([making], ast.Load), names([making], ast.Store)
    if read & names(passed, ast.Store) or made & (names(passed, ast.Store) | names(passed, ast.Load)):
        return None
    return moved(site.source, [making], after=loading)


def _in_ticks(site: Site) -> Edits | None:
    """Multiply the epoch that a schedule is told to begin at by the batches of one: `last_epoch` is the tick
    before the next."""
    known, given = statements(site.source), _begun(site)
    batches = batches_of(site)
    if given is None or batches is None or not names_are_bound(known, batches, site.schedule.span):
        return None
    named = given.left if isinstance(given, ast.BinOp) else given
    if not isinstance(named, (ast.Name, ast.Attribute)) or _offset(site) not in {0, 1}:
        return None
    return (Edit(known.span(given), f"{ast.unparse(named)} * {batches} - 1"),)


def _begun(site: Site) -> ast.expr | None:
    """What a schedule is given as its `last_epoch`."""
    call = statements(site.source).expression(site.schedule.span)
    told = call.keywords if isinstance(call, ast.Call) else []
    return next((each.value for each in told if each.arg == "last_epoch"), None)


def _offset(site: Site) -> int | None:
    """How many ticks after the number that it is told a schedule begins: 1, or 0 for a number less 1."""
    match _begun(site):
        case ast.BinOp(op=ast.Sub(), right=ast.Constant(value=int() as less)):
            return 1 - less
        case ast.Name() | ast.Attribute():
            return 1
    return None


def _without_tick(known: Statements, tick: Span) -> Edits | None:
    """Take a tick away, and the loop that does nothing else."""
    at = known.at(tick)
    if at is None:
        return None
    if len(at.block) == 1 and at.owner is not None and isinstance(at.owner.node, ast.For):
        at = at.owner
    return removed(known.source, [at])


def _both_loaded(site: Site, span: Span) -> Edits | None:
    """Load the schedule's state beside the optimizer's, and store it there if nobody does; it is made before
    that."""
    known, target = statements(site.source), site.schedule.target
    load, making = load_at(known, span), known.at(site.schedule.span)
    if load is None or target is None or making is None:
        return None
    edits = _loaded(site, span) or state_too(known, load, target)
    later = making.function is load.at.function and load.at.span.start < making.span.start
    if edits is None or (is_seen(known, target, load.at) and not later):
        return edits
    first = _made_first(site)
    return (*first, *edits) if first is not None else None


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
