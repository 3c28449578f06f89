"""At what number a counter starts: what a loop counts from, what a variable is set to before it is counted
up, what a function is first called with."""

from __future__ import annotations

import re
from typing import Final

import libcst as cst

from warmlint.expr import Node, Op, Symbol, SymbolKind, const, plain, substitute, symbols
from warmlint.facts.lowering import Lowering, Where
from warmlint.facts.module import Module
from warmlint.facts.scopes import Binding, BindingKind, Scope, ScopeKind, dotted_name
from warmlint.facts.ticks import is_tick_name
from warmlint.facts.walk import walk

_DEPTH: Final = 4
_WRAPPERS: Final = frozenset({"tqdm", "trange", "track", "list", "iter", "sorted"})
_RESUMED: Final = re.compile(r"start|resum|begin|init|first|last|from", re.IGNORECASE)


def fresh(start: Node) -> Node:
    """Where a run starts anew: a number that is there to resume one has its default, or is 0."""
    known: dict[Symbol, Node] = {}
    for each in symbols(start):
        if each.has_default and isinstance(each.default, int):
            known[each] = const(each.default)
        elif each.kind is SymbolKind.PARAMETER and _RESUMED.search(each.name):
            known[each] = const(0)
    return substitute(start, known)


class Starts:
    """Finds the first values of counters in one linted file."""

    def __init__(self, module: Module, lowering: Lowering) -> None:
        self._module = module
        self._lowering = lowering

    def first(self, name: str, scope: Scope | None, depth: int = 0) -> Node | None:
        """The first value of the counter `name` of `scope`; None where the source does not settle it."""
        if scope is None or depth > _DEPTH:
            return None
        bindings = scope.bindings.get(name, [])
        if not bindings and name.startswith("self."):
            owner = scope.enclosing(ScopeKind.CLASS)
            bindings = owner.bindings.get(name, []) if owner is not None else []
        values = {
            self._key(found): found for each in bindings if (found := self._of(each, depth)) is not None
        }
        if len(values) == 1:
            return next(iter(values.values()))
        return None

    @staticmethod
    def _key(value: Node) -> str:
        bare = plain(value)
        return repr(bare.value) if bare.op is Op.CONST else str(id(bare))

    def _of(self, binding: Binding, depth: int) -> Node | None:
        where = Where(binding.scope, binding.position, binding.blocks)
        match binding.kind:
            case BindingKind.ASSIGN if isinstance(binding.value, cst.BaseExpression):
                if binding.name in _spelled(binding.value):
                    return None  # `step = step + 1`
                value = fresh(self._lowering.expression(binding.value, where))
                return value if not symbols(value) and plain(value).op is not Op.UNKNOWN else None
            case BindingKind.LOOP if isinstance(binding.value, cst.BaseExpression):
                return self._of_loop(binding.value, where)
            case BindingKind.PARAMETER:
                return self._passed(binding, depth)
        return None

    def _of_loop(self, source: cst.BaseExpression, where: Where) -> Node | None:
        match source:
            case cst.Call(func=func, args=[first, *rest]):
                name = (dotted_name(func) or "").rpartition(".")[2]
                if name in {"range", "trange"}:
                    given = [each for each in rest if each.keyword is None]
                    if name == "trange" and not given:
                        return const(0)
                    return fresh(self._lowering.expression(first.value, where)) if given else const(0)
                if name == "enumerate":
                    start = next((each.value for each in rest), None)
                    return const(0) if start is None else fresh(self._lowering.expression(start, where))
                if name in _WRAPPERS:
                    return self._of_loop(first.value, where)
        return None

    def _passed(self, binding: Binding, depth: int) -> Node | None:
        """What the first call in this file gives for a parameter; 0 where there is none and it is a tick."""
        function = binding.scope.node
        if not isinstance(function, cst.FunctionDef):
            return None
        names = [each.name.value for each in function.params.params]
        method = binding.scope.parent is not None and binding.scope.parent.kind is ScopeKind.CLASS
        position = names.index(binding.name) - method if binding.name in names else None
        found: list[Node | None] = []
        for call in self._module.calls_of(function.name.value):
            value = _argument(call.node, binding.name, position)
            if value is None:
                continue
            spelled = dotted_name(value)
            home = call.scope.defining(spelled) if spelled is not None else None
            if spelled is not None and (home is not None or spelled.startswith("self.")):
                found.append(self.first(spelled, home or call.scope, depth + 1))
            else:
                lowered = self._lowering.expression(value, Where(call.scope, None, call.blocks))
                counters = {
                    each: first
                    for each in symbols(lowered)
                    if (first := self.first(each.name, self._lowering.scope_of(each), depth + 1)) is not None
                }
                found.append(substitute(lowered, counters))
        if not found:
            return const(0) if is_tick_name(binding.name.rpartition(".")[2]) else None
        firsts = [each for each in found if each is not None]
        return firsts[0] if firsts and len({self._key(each) for each in firsts}) == 1 else None


def _argument(call: cst.Call, name: str, position: int | None) -> cst.BaseExpression | None:
    for arg in call.args:
        if arg.keyword is not None and arg.keyword.value == name:
            return arg.value
    if position is not None and position < len(call.args) and call.args[position].keyword is None:
        return call.args[position].value
    return None


def _spelled(value: cst.CSTNode) -> set[str]:
    return {dotted for each in walk(value) if (dotted := dotted_name(each)) is not None}
