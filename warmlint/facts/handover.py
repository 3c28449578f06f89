"""What `SequentialLR` and `ChainedScheduler` make of the schedules in them, where that is more than these.

A scheduler of torch's makes each LR of the one before, and begins anew, where it is handed over to, by
another formula. For lengths of one tick and more the two are one curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from warmlint.expr import Node, Op, Symbol, const, node, plain, ref, substitute, symbols, unknown
from warmlint.facts.bodies import literal_number
from warmlint.facts.made import Construction
from warmlint.facts.model import Factor
from warmlint.release import Release

_CYCLES: Final = frozenset({"OneCycleLR", "CyclicLR"})
_LENGTHS: Final = {
    "LinearLR": "total_iters",
    "ConstantLR": "total_iters",
    "PolynomialLR": "total_iters",
    "CosineAnnealingLR": "T_max",
    "StepLR": "step_size",
}
_WRITERS: Final = frozenset({"LambdaLR", "CosineAnnealingWarmRestarts"})


def unread(members: Sequence[Construction], ends: Sequence[Node]) -> str | None:
    """Why the curve of a `SequentialLR` is not told; None where it is."""
    cycle = next((each.construct for each in members if each.construct in _CYCLES), None)
    if cycle is not None and len(members) > 1:
        return f"`{cycle}` overwrites the base LR of the schedules beside it"
    for end in ends:
        value = literal_number(end)
        if value is not None and value % 1 != 0:
            return f"its milestone {value:g} is no tick, so nothing is handed over there"
    return None


def handed(part: Factor, made: Construction, place: int) -> Factor:
    """The LR of a member of a `SequentialLR`; all but the first are handed over to."""
    length = part.given.get(_LENGTHS.get(made.construct, ""))
    number = None if length is None else literal_number(length)
    if place == 0 or number is None or number >= 1:
        return part
    reason = f"what becomes of a `{made.construct}` of length {number:g} that is handed over to"
    return replace(part, expression=unknown(reason))


def one_after_another(
    parts: Sequence[Factor],
    members: Sequence[Construction],
    ends: Sequence[Node],
    tick: Symbol,
    release: Release,
) -> Node:
    """The LR of a `SequentialLR` at `tick`: each part from its milestone on."""
    at = ref(tick)
    pieces = [substitute(parts[0].expression, {parts[0].tick: at})]
    for part, made, end in zip(parts[1:], members[1:], ends, strict=True):
        piece = substitute(part.expression, {part.tick: node(Op.SUB, at, end)})
        if not release.skips_at_zero and may_be_zero(end):
            piece = node(Op.IF, node(Op.EQ, end, const(0)), _behind(parts[0], part, made, at), piece)
        pieces.append(piece)
    whole = pieces[-1]
    for piece, end in zip(reversed(pieces[:-1]), reversed(ends), strict=True):
        whole = node(Op.IF, node(Op.LT, at, end), piece, whole)
    # The first part is met at tick 0, and cannot be made there, unless it is skipped.
    return _made_first(whole, parts if any(literal_number(end) == 0 for end in ends) else parts[1:])


def may_be_zero(end: Node) -> bool:
    """Whether a milestone is not a number other than 0."""
    return literal_number(end) in {None, 0}


def _behind(first: Factor, part: Factor, made: Construction, at: Node) -> Node:
    """What a part begins with at a milestone of 0 where the first one runs at tick 0 all the same: it is not
    handed over to, and its own tick 0 comes at tick 1."""
    later = substitute(part.expression, {part.tick: node(Op.SUB, at, const(1))})
    if made.construct not in _WRITERS:
        later = unknown(f"what `{made.construct}` makes of the LR of the schedule before it")
    return node(Op.IF, node(Op.EQ, at, const(0)), substitute(first.expression, {first.tick: const(0)}), later)


def _made_first(whole: Node, parts: Sequence[Factor]) -> Node:
    """All parts are made before the first tick: where one cannot be made, there is no LR at all."""
    for part in parts:
        current = plain(part.expression)
        while current.op is Op.IF and plain(current.args[1]).op is Op.RAISE:
            condition, raised, other = current.args
            if part.tick not in symbols(condition):
                whole = node(Op.IF, condition, raised, whole)
            current = plain(other)
        if current.op is Op.RAISE:
            return current
    return whole


def adds(made: Construction) -> bool:
    """Whether a scheduler does more than to multiply the LR that it finds."""
    if made.construct != "CosineAnnealingLR":
        return False
    least = made.factors[0].given.get("eta_min")
    return least is None or literal_number(least) != 0


def until_the_trough(share: Node, made: Construction, tick: Symbol) -> Node:
    """The share of a member in a chain: out of its trough a cosine climbs whatever the others do."""
    length = made.factors[0].given.get("T_max") if made.construct == "CosineAnnealingLR" else None
    if length is None:
        return share
    beyond = unknown("what a chain makes of a cosine that has passed its trough")
    return node(Op.IF, node(Op.LE, ref(tick), length), share, beyond)
