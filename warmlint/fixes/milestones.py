"""Edits that end a ramp of a `SequentialLR` in time: its milestone put to the ramp's own end, or a cap."""

from __future__ import annotations

import ast
from typing import NamedTuple

from warmlint.expr import Node, alike, walk
from warmlint.facts.model import Part
from warmlint.finding import Edit, Edits
from warmlint.fixes.lengths import names_are_bound
from warmlint.fixes.promises import Promise, follows_sooner, keeps_until_and_from
from warmlint.fixes.rewrite import cap_at_one
from warmlint.fixes.statements import statements
from warmlint.site import Site


class Ended(NamedTuple):
    """How a ramp ends: in words, as edits, and what must hold of the curve then."""

    advice: str
    edits: Edits | None
    promise: Promise


def ended(site: Site, ramp: Part, following: Part, end: int, milestone: int) -> Ended:
    """End a ramp, that is at its peak at the tick `end` and goes on to the tick `milestone`.

    The milestone is put to the ramp's length where what follows counts on that length, and not on the
    milestone; and where the ramp cannot be capped.
    """
    own = site.of_part(ramp)
    capped = cap_at_one(own, own.branch_at(milestone - 1))
    sooner = _at_its_end(own, following)
    if sooner is not None and (capped is None or _counts_on_ramp(own, following)):
        promise = follows_sooner(site, end, milestone)
        return Ended("put the milestone to the end of the ramp", sooner, promise)
    return Ended("cap the ramp: `min(1.0, …)`", capped, keeps_until_and_from(site, end - 1, milestone))


def _at_its_end(own: Site, following: Part) -> Edits | None:
    """Put the milestone to what the ramp is divided by, as that is written there."""
    length, milestone = _length(own), following.begin_span
    if length is None or length.span is None or milestone is None:
        return None
    known, text = statements(own.source), own.source.slice(length.span)
    atom = isinstance(known.expression(length.span), (ast.Name, ast.Attribute, ast.Constant))
    bound = atom and names_are_bound(known, text, milestone)
    return (Edit(milestone, text),) if bound else None


def _counts_on_ramp(own: Site, following: Part) -> bool:
    """Whether the length of what follows has that of the ramp in it, and the milestone between them not."""
    length, begin, ramp = following.length, following.begin, _length(own)
    parts = list(walk(length)) if length is not None else []
    on_milestone = begin is not None and any(alike(each, begin) for each in parts)
    return ramp is not None and any(alike(each, ramp) for each in parts) and not on_milestone


def _length(own: Site) -> Node | None:
    return own.warmup.node if own.warmup is not None else None
