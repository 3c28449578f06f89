"""What a running body carries beside its local names: the LR of the param groups, and the object's state.

Both live among the local names of a body, under keys that no name of the source can have: `self.x` for an
attribute, and those below.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from warmlint.expr import Node, Symbol, SymbolKind

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


def carried(outer: Mapping[str, Node], *, own: bool) -> dict[str, Node]:
    """What a call hands on unsaid: the LR, and to a method of the same object (`own`) its state."""
    return {key: value for key, value in outer.items() if key[0] == "<" or (own and key.startswith("self."))}


def is_carried(key: str) -> bool:
    """Whether a key of the local names outlives the call."""
    return key[0] == "<" or key.startswith("self.")
