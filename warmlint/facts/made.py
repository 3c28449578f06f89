"""What a call makes: a schedule, and all that is known of it by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import libcst as cst

from warmlint.expr import Node
from warmlint.facts.model import Factor, Optimizer, Part
from warmlint.facts.scopes import Scope
from warmlint.facts.ticks import STEP, Method
from warmlint.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Construction:
    """A schedule that a call makes. `classes` are those of the project that it is of, `members` the calls
    that make the schedules it is composed of. `element` is its place in the tuple that the call returns,
    `recipe` how torch makes it, where that is all there is to it; `versions` the releases of torch that what
    is read rests on, each with the reason."""

    construct: str
    factors: tuple[Factor, ...]
    optimizer: Optimizer
    start: Node
    methods: Mapping[str, Method] = field(default_factory=lambda: STEP)
    library: str | None = None
    classes: frozenset[Scope] = frozenset()
    members: frozenset[cst.CSTNode] = frozenset()
    derived: bool = False
    own_step: bool = False
    parts: tuple[Part, ...] = ()
    element: int | None = None
    recipe: Recipe | None = None
    versions: tuple[tuple[str, str], ...] = ()
