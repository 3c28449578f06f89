"""What differs between releases of torch, and what is said of it where a reading rests on it.

The stubs tell what the newest release computes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import libcst as cst

from warmlint.expr import Node, Op, Symbol, const, node, ref
from warmlint.facts.bodies import literal_number
from warmlint.release import Release

NO_VERBOSE: Final = ("2.6 or earlier", "later ones refuse `verbose`")
"""Each is a release, and why it matters: told beside the numbers that rest on it."""

SKIPS: Final = ("2.13 or later", "earlier ones start with the schedule before a milestone of 0")

STARTS: Final = ("2.12 or earlier", "later ones skip the schedule before a milestone of 0")


def without_verbose(call: cst.Call) -> cst.Call:
    """A call without its `verbose`, which no LR depends on."""
    args = [each for each in call.args if each.keyword is None or each.keyword.value != "verbose"]
    return call if len(args) == len(call.args) else call.with_changes(args=args)


def from_zero(expression: Node, tick: Symbol, given: Mapping[str, Node], release: Release) -> Node:
    """A `LinearLR` with a `start_factor` of 0: the newest releases raise when it is made, earlier ones when
    they first divide by that."""
    start, end, total = (given.get(name) for name in ("start_factor", "end_factor", "total_iters"))
    if release.refuses_zero_start or start is None or end is None or total is None:
        return expression
    last = literal_number(end)
    if literal_number(start) not in {None, 0} or last is None or not 0 <= last <= 1:
        return expression
    stays = node(Op.OR, node(Op.EQ, ref(tick), const(0)), node(Op.LT, total, const(1)))
    zero = node(Op.IF, stays, const(0.0), node(Op.DIV, const(1), const(0)))
    return zero if literal_number(start) == 0 else node(Op.IF, node(Op.EQ, start, const(0)), zero, expression)
