"""How a warmup of pytorch_warmup is laid on: ticks within `with warmup.dampening()`, or a bare `dampen()`."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from warmlint.facts.model import Dampening
from warmlint.facts.module import Module
from warmlint.facts.scopes import PlacedCall, Scope, ScopeKind, dotted_name
from warmlint.facts.walk import walk_scope
from warmlint.facts.writers import home_of

LIBRARY = "pytorch_warmup"


class Dampenings:
    """Finds them in one linted file."""

    def __init__(self, module: Module) -> None:
        self._module = module

    def of(self, made: PlacedCall, target: str | None) -> Dampening:
        """How what `made` makes is used under its own name."""
        span, home = self._module.span, home_of(made.scope)
        bare = [each for each in self._module.calls_of("dampen") if self._is_of(each, target, home)]
        stepped = [
            dotted_name(each.node.func.value) or ""
            for each in self._module.calls_of("step")
            if isinstance(each.node.func, cst.Attribute)
        ]
        held = [(call, block) for call in self._module.calls_of("dampening") for block in self._held_by(call)]
        idle = [
            span(call.node)
            for call, block in held
            if self._is_of(call, target, home)
            and not any(isinstance(each, cst.Call) for each in walk_scope(block))
        ]
        meeting = [
            span(each.node)
            for each in self._module.index.calls
            if home_of(each.scope) is home and _meet(each, made)
        ]
        return Dampening(
            tuple(span(each.node) for each in bare),
            frozenset(stepped),
            tuple(idle),
            tuple(span(block) for _, block in held),
            frozenset(meeting),
        )

    def _is_of(self, call: PlacedCall, target: str | None, home: Scope) -> bool:
        own = home_of(call.scope)
        known = own is home or (
            target is not None and target.startswith("self.") and _class(own) is _class(home)
        )
        return (
            known
            and isinstance(call.node.func, cst.Attribute)
            and dotted_name(call.node.func.value) == target
        )

    def _held_by(self, call: PlacedCall) -> Iterator[cst.BaseSuite]:
        """The block of the `with` that a call stands at the head of."""
        home = home_of(call.scope)
        for root in [home.node] if home.node is not None else self._module.script:
            for each in walk_scope(root):
                if isinstance(each, cst.With) and any(item.item is call.node for item in each.items):
                    yield each.body


def _meet(one: PlacedCall, other: PlacedCall) -> bool:
    """Whether two calls stand on no two branches of one statement."""
    shared = min(len(one.blocks), len(other.blocks))
    return one.blocks[:shared] == other.blocks[:shared]


def _class(scope: Scope) -> Scope | None:
    return scope.enclosing(ScopeKind.CLASS)
