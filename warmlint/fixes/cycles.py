"""Edits that make a cycle as long as the run: its length, or where its ticks stand."""

from __future__ import annotations

import ast

from warmlint.finding import Edit, Edits
from warmlint.fixes.lengths import divided, names_are_bound, replaced
from warmlint.fixes.moves import beside_update, removed
from warmlint.fixes.statements import Statements, statements
from warmlint.program import Program, Repeat, Tick, bodies, has
from warmlint.site import Site


def as_long_as_the_run(site: Site) -> Edits | None:
    """Take a second tick away; move one that does not come with the updates; else make the length fit."""
    ticks, updates, epoch = site.loop.ticks, site.loop.updates, site.epoch
    if len(ticks) == 2:
        known = statements(site.source)
        last = known.at(ticks[-1])
        return removed(site.source, [last]) if last is not None else None
    gaps = site.clock.between[1:]
    apart = (epoch is not None and epoch.ticks == 1 < epoch.updates) or any(len(gap) > 1 for gap in gaps)
    if apart and updates:
        return beside_update(site, ticks[0], updates[0])
    return divided(site) if site.window is not None else _of_the_loops(site)


def _of_the_loops(site: Site) -> Edits | None:
    """Give the cycle the length of the loops that tick it: their number of epochs, or their product."""
    known, loops = statements(site.source), _loops(site.loop.program)
    call = known.expression(site.schedule.span)
    if not isinstance(call, ast.Call) or not loops:
        return None
    told = {each.arg: each.value for each in call.keywords}
    outer, names = loops[0].count, [_text(known, each) for each in loops]
    if "epochs" in told and len(loops) == 2 and outer.span is not None:
        if ast.unparse(told["steps_per_epoch"]) != names[1]:
            return None
        return replaced(site, known.span(told["epochs"]), outer.span)
    if "total_steps" not in told or None in names:
        return None
    text = " * ".join(name for name in names if name is not None)
    if not names_are_bound(known, text, site.schedule.span):
        return None
    return (Edit(known.span(told["total_steps"]), text),)


def passes(site: Site) -> str | None:
    """How the source writes the number of passes of the one loop that ticks; None where there are more."""
    loops = _loops(site.loop.program)
    return _text(statements(site.source), loops[0]) if len(loops) == 1 else None


def batches_of(site: Site) -> str | None:
    """How the source writes the number of batches of an epoch, where a loop over them stands in one over
    epochs."""
    loops = _loops(site.loop.program)
    return _text(statements(site.source), loops[1]) if len(loops) == 2 else None


def _loops(program: Program) -> list[Repeat]:
    """The loops around the tick, outermost first."""
    for each in program:
        if has((each,), Tick):
            inner = [loop for body in bodies(each) for loop in _loops(body)]
            return [each, *inner] if isinstance(each, Repeat) else inner
    return []


def _text(known: Statements, loop: Repeat) -> str | None:
    """How the source would write the number of passes: `range(n)` makes n of them, a loader `len(loader)`."""
    at = known.at(loop.span)
    match at.node if at is not None else None:
        case ast.For(iter=ast.Call(func=ast.Name("range"), args=[count])):
            return known.source.slice(known.span(count))
        case (
            ast.For(iter=ast.Call(func=ast.Name("enumerate" | "tqdm"), args=[over, *_])) | ast.For(iter=over)
        ):
            return f"len({ast.unparse(over)})" if isinstance(over, (ast.Name, ast.Attribute)) else None
    return None
