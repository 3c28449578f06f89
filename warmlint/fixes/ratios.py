"""Edits to the warmup that a library is given: steps for a ratio, one length for two."""

from __future__ import annotations

import ast

from warmlint.expr import Node, symbols
from warmlint.finding import Applicability, Edit, Edits
from warmlint.fixes.cycles import passes
from warmlint.fixes.displays import without
from warmlint.fixes.lengths import names_are_bound
from warmlint.fixes.statements import Statements, statements
from warmlint.schedule.evaluate import own_number
from warmlint.site import Site

_WHOLE = {"int", "round", "ceil", "floor"}


def in_steps(site: Site, told: Node) -> Edits | None:
    """Multiply a fraction by the run's length; of a product that counts steps already leave its first factor.
    None where a name says that it is steps."""
    known = statements(site.source)
    call = known.expression(site.schedule.span)
    value = known.expression(told.span) if told.span is not None else None
    if value is None or not isinstance(call, ast.Call) or not _is_given(call, value):
        return None
    inner = value
    while isinstance(inner, ast.Call) and len(inner.args) == 1 and _name(inner.func) in _WHOLE:
        inner = inner.args[0]
    slice_ = site.source.slice
    if isinstance(inner, ast.BinOp):
        steps = [each for each in (inner.left, inner.right) if "ratio" in _name(each).lower()]
        return (Edit(known.span(value), slice_(known.span(steps[0]))),) if len(steps) == 1 else None
    total = _total(site, known, call, value)
    if (
        total is None
        or "step" in _name(inner).lower()
        or not names_are_bound(known, total, site.schedule.span)
    ):
        return None
    return (Edit(known.span(value), f"int({slice_(known.span(inner))} * {total})"),)


def without_ratio(site: Site, ratio: Node) -> Edits | None:
    """Take the ratio away, where it is an argument or an entry of a dict that gives the steps too."""
    known = statements(site.source)
    at = known.at(ratio.span) if ratio.span is not None else None
    for whole in at.inside() if at is not None else ():
        if isinstance(whole, (ast.Call, ast.Dict)):
            values = [each.value for each in whole.keywords] if isinstance(whole, ast.Call) else whole.values
            for value in values:
                if known.span(value) == ratio.span:
                    return without(known, whole, value)
    return None


def whether_safe(site: Site, steps: Node, ratio: Node) -> Applicability:
    """Whether a ratio beside steps may be taken away unasked: nothing goes by it where the source says how
    many steps there are, and nobody else reads what stands in the call itself."""
    here = ratio.span is not None and site.schedule.span.contains(ratio.span)
    certain = here and (own_number(steps) or 0) >= 1 and not symbols(steps)
    return Applicability.SAFE if certain else Applicability.UNSAFE


def _is_given(call: ast.Call, value: ast.expr) -> bool:
    return value in call.args or any(each.value is value for each in call.keywords)


def _total(site: Site, known: Statements, call: ast.Call, value: ast.expr) -> str | None:
    """The text of the run's length: what the call is given for it, else the passes of the loop."""
    named = [each.value for each in call.keywords if each.arg == "num_training_steps"]
    if not named and value in call.args:
        named = call.args[call.args.index(value) + 1 :][:1]
    if not named:
        return passes(site)
    text = site.source.slice(known.span(named[0]))
    return text if isinstance(named[0], (ast.Name, ast.Attribute, ast.Constant, ast.Call)) else f"({text})"


def _name(each: ast.expr) -> str:
    """The last word of a dotted name."""
    return each.attr if isinstance(each, ast.Attribute) else each.id if isinstance(each, ast.Name) else ""
