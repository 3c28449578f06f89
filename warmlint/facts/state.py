"""What a running body carries beside its local names: the LR of the param groups, and the object's state.

Both live among the local names of a body, under keys that no name of the source can have: `self.x` for an
attribute, and those below.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from warmlint.expr import Node, Symbol, SymbolKind, plain, ref, substitute

LR: Final = "<lr>"
"""The LR that stands in the param groups; a body in which it is carried may write it."""

BASE_LR: Final = "<base lr>"
"""The LR that the optimizer was made with."""

ORDER: Final = "<order>"
"""What has happened so far, a letter each: `w` the LR was written, `u` the optimizer was stepped."""

MADE: Final = "<made>"
"""That the base class's constructor has run, and with it the scheduler's first tick."""

GROUP: Final = Symbol("param_group", SymbolKind.PARAMETER, "a param group of the optimizer")
"""Stands for each param group: what a body does to one, it does to all."""

FIRST_GROUP: Final = Symbol("param_group", SymbolKind.PARAMETER, "the first param group of the optimizer")
"""Stands for `param_groups[0]`, which is followed like any other, and is itself alone."""

OWN_LR: Final = Symbol("own_lr", SymbolKind.PARAMETER, "the LR that each param group was made with")
"""Stands for the base LR where it is asked whose it is: see `asks_whose`."""

_FIRST_LR: Final = Symbol("first_lr", SymbolKind.PARAMETER, "the LR that the first param group was made with")


def asks_whose(local: Mapping[str, Node]) -> bool:
    """Whether it is asked what of an LR is of its own param group: all that a group is asked for then is."""
    return BASE_LR in local and plain(local[BASE_LR]).symbol is OWN_LR


def of_first(value: Node) -> Node:
    """What is read from the first param group, or from the first element of what is listed for each."""
    return substitute(value, {OWN_LR: ref(_FIRST_LR)})


def carried(outer: Mapping[str, Node], *, own: bool) -> dict[str, Node]:
    """What a call hands on unsaid: the LR, and to a method of the same object (`own`) its state."""
    return {key: value for key, value in outer.items() if key[0] == "<" or (own and key.startswith("self."))}


def is_carried(key: str) -> bool:
    """Whether a key of the local names outlives the call."""
    return key[0] == "<" or key.startswith("self.")
