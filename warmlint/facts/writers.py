"""Schedules that are no objects: functions and loops that write `param_group["lr"]`, and functions that
compute the LRs of a run.

Each is reduced to the LR as an expression of one number, the tick. That number is a parameter of the
function, or what the loop around the write counts; where several counters are in it (`epoch * n + i`), it
is the smallest part of the expression that all of them are in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import libcst as cst

from warmlint.expr import (
    Node,
    Op,
    Symbol,
    SymbolKind,
    const,
    node,
    plain,
    ref,
    substitute,
    symbols,
    transform,
    unknown,
    walk,
)
from warmlint.facts import tables
from warmlint.facts.lowering import Lowering, Target, Where
from warmlint.facts.module import Module, module_of
from warmlint.facts.optimizers import arguments
from warmlint.facts.scopes import Blocks, PlacedWrite, Scope, ScopeKind, dotted_name
from warmlint.facts.screen import names_lr
from warmlint.facts.state import BASE_LR, FIRST_GROUP, GROUP, LR, ORDER
from warmlint.facts.ticks import is_tick_name
from warmlint.facts.walk import walk_scope

_LEFT = unknown("the LR is left as it was")


@dataclass(frozen=True, slots=True)
class Written:
    """An LR that is written, or computed to be.

    `expression` is the LR at tick `tick`. `events` are the calls and statements that write it, each with
    the tick number that it writes for; `home` is the function that they stand in. Where what calls it is
    out of sight, `argument` is the tick that it writes for, if that is no parameter. `at` is what is shown.
    """

    expression: Node
    tick: Symbol
    name: str | None
    at: cst.CSTNode
    optimizer: str | None
    events: Mapping[cst.CSTNode, Node] = field(default_factory=dict)
    home: Scope | None = None
    argument: Node | None = None
    library: str | None = None


class Writers:
    """Reads the writing functions and loops of one linted file."""

    def __init__(self, module: Module, lowering: Lowering) -> None:
        self._module = module
        self._lowering = lowering
        self._base = lowering.base_lr

    # --- functions and loops that write ---------------------------------------------------------------
    def written(self, writes: Sequence[PlacedWrite]) -> Iterator[Written]:
        """One for each function that writes, or for each call of it where calls are in sight."""
        by_home: dict[Scope, list[PlacedWrite]] = {}
        for write in writes:
            by_home.setdefault(home_of(write.scope), []).append(write)
        for home, inside in by_home.items():
            loop = self._loop_around(home, inside)
            if loop is not None:
                yield from self._in_loop(home, loop, inside)
            elif isinstance(home.node, cst.FunctionDef):
                yield from self._function(home, inside)

    def _in_loop(
        self, home: Scope, loop: cst.For | cst.While, inside: Sequence[PlacedWrite]
    ) -> Iterator[Written]:
        """A loop that counts, and writes."""
        whole = self._outermost(home, loop)
        events = [self._statement(loop, each) for each in inside]
        expression = self._value_in(home, whole, loop, list(loop.body.body))
        if expression is None:
            return
        found = _by_tick(expression)
        if found is not None:
            tick, value, argument = found
            yield Written(
                value,
                tick,
                None,
                inside[0].node,
                _optimizer_of(inside[0], home),
                dict.fromkeys(events, argument),
                home,
            )

    def _value_in(
        self, home: Scope, whole: cst.CSTNode, loop: cst.For | cst.While, body: list[cst.CSTNode]
    ) -> Node | None:
        """The LR that one pass of `loop` leaves, in terms of what the loops count."""
        counters = _counters(whole)
        where = Where(home, self._module.span(loop.body).start, self._blocks(loop))
        state = {LR: _LEFT, BASE_LR: self._base, ORDER: const("")}
        with self._lowering.bodies.keeping(counters):
            after = self._lowering.bodies.effects(body, where, state)
        return _where_written(after.get(LR))

    def _blocks(self, loop: cst.For | cst.While) -> Blocks:
        return self._module.index.inside[loop.body]

    def _function(self, home: Scope, inside: Sequence[PlacedWrite]) -> Iterator[Written]:
        """A function that is called to write."""
        assert isinstance(home.node, cst.FunctionDef)
        calls = [
            each
            for each in self._module.index.calls
            if (target := self._lowering.function(each.node.func, Where(each.scope))) is not None
            and target.function is home.node
            and home_of(each.scope) is not home
            and not _in_lambda(each.scope)
        ]
        target = Target(home.node, home.parent or home, home.name, skips_self=_is_method(home))
        looped = False
        for user in dict.fromkeys(home_of(each.scope) for each in calls):
            own = [each.node for each in calls if home_of(each.scope) is user]
            found = self._called(target, user, own, inside)
            if found is not None:
                looped = True
                yield found
        if not looped:
            found = self._defined(target, home, inside)
            if found is not None:
                yield found

    def _called(
        self, target: Target, user: Scope, calls: Sequence[cst.Call], inside: Sequence[PlacedWrite]
    ) -> Written | None:
        """The calls of a writing function in one function, as one schedule."""
        call = max(calls, key=lambda each: self._depth(user, each))
        name = _optimizer_argument(target, call) or _optimizer_of(inside[0], home_of(inside[0].scope))
        given = {each: self._given_tick(target, each) for each in calls}
        numbers: dict[cst.CSTNode, Node] = {
            each: number for each, number in given.items() if number is not None
        }
        if len(numbers) == len(calls):
            tick = Symbol(self._tick_parameter(target) or "tick", SymbolKind.TICK)
            value = self._call_value(target, user, call, ref(tick))
            if value is not None and tick in symbols(value) and _by_tick(value) is None:
                return Written(value, tick, target.name, inside[0].node, name, numbers, user)
        value = self._call_value(target, user, call)
        found = _by_tick(value) if value is not None else None
        if found is None:
            return None
        tick, expression, argument = found
        return Written(
            expression, tick, target.name, inside[0].node, name, dict.fromkeys(calls, argument), user
        )

    def _given_tick(self, target: Target, call: cst.Call) -> Node | None:
        """What a call gives for the parameter that is, by its name, the tick."""
        parameter = self._tick_parameter(target)
        names = [each.name.value for each in target.function.params.params][target.skips_self :]
        if parameter is None or any(arg.star for arg in call.args):
            return None
        given = arguments(call, names).get(parameter)
        return None if given is None else self._lowering.expression(given, self._place(call))

    def _place(self, call: cst.Call) -> Where:
        scope, blocks = self._module.index.places[call]
        return Where(scope, self._module.span(call).start, blocks)

    def _call_value(
        self, target: Target, user: Scope, call: cst.Call, tick: Node | None = None
    ) -> Node | None:
        """The LR that a call writes; with `tick` in the place of the tick number that it is given."""
        state = {LR: _LEFT, BASE_LR: self._base, ORDER: const("")}
        where = self._place(call)
        if tick is None:
            return _where_written(self._lowering.effects_of_call(target, call, where, state).get(LR))
        names = [each.name.value for each in target.function.params.params][target.skips_self :]
        given = {
            name: tick if name == self._tick_parameter(target) else self._lowering.expression(value, where)
            for name, value in arguments(call, names).items()
        }
        return _where_written(self._lowering.effects(target, (), given, state).get(LR))

    def imported(self, call: cst.Call, scope: Scope, target: Target) -> Written | None:
        """A call, in a loop, of a writing function of another file."""
        user = home_of(scope)
        value = self._call_value(target, user, call)
        found = _by_tick(value) if value is not None else None
        if found is None:
            return None
        tick, expression, argument = found
        name = _optimizer_argument(target, call)
        return Written(expression, tick, target.name, call, name, {call: argument}, user)

    def _defined(self, target: Target, home: Scope, inside: Sequence[PlacedWrite]) -> Written | None:
        """A writing function whose calls are not in sight: its tick is a parameter."""
        assert isinstance(target.function, cst.FunctionDef)
        name = self._tick_parameter(target)
        scope = module_of(target.scope).index.opened[target.function]
        state = {LR: _LEFT, BASE_LR: self._base, ORDER: const("")}
        tick = Symbol(name or "tick", SymbolKind.TICK)
        local = {name: ref(tick)} if name is not None else {}
        after = self._lowering.bodies.effects(target.function.body.body, Where(scope), {**local, **state})
        value = _where_written(after.get(LR))
        if value is None:
            return None
        optimizer = _optimizer_of(inside[0], home)
        argument: Node | None = None
        if name is None:
            found = _by_tick(value)
            if found is None:
                return None
            tick, value, argument = found
        return Written(value, tick, target.name, inside[0].node, optimizer, argument=argument)

    # --- functions that compute ------------------------------------------------------------------------
    def computed(self, target: Target) -> Written | None:
        """A function that gives the LR of a tick, or all of them in an array."""
        assert isinstance(target.function, cst.FunctionDef)
        scope = module_of(target.scope).index.opened.get(target.function)
        if scope is None:
            return None
        name = self._tick_parameter(target)
        tick = Symbol(name or "index", SymbolKind.TICK)
        local = {name: ref(tick)} if name is not None else {}
        value = self._lowering.bodies.returned(tuple(target.function.body.body), Where(scope), local)
        if tables.is_table(value):
            tick = Symbol("index", SymbolKind.TICK)
            return Written(tables.at(value, ref(tick)), tick, target.name, target.function.name, None)
        if name is None or tick not in symbols(value):
            return None
        return Written(_progress(value, tick), tick, target.name, target.function.name, None)

    def table(self, call: cst.Call, where: Where, name: str | None) -> Written | None:
        """A call that makes the array of a run's LRs."""
        value = self._lowering.expression(call, where)
        if not tables.is_table(value):
            return None
        tick = Symbol("index", SymbolKind.TICK)
        return Written(tables.at(value, ref(tick)), tick, name, call, None)

    @staticmethod
    def _tick_parameter(target: Target) -> str | None:
        parameters = target.function.params.params[target.skips_self :]
        return next((each.name.value for each in parameters if is_tick_name(each.name.value)), None)

    # --- places ---------------------------------------------------------------------------------------
    def _loop_around(self, home: Scope, inside: Sequence[PlacedWrite]) -> cst.For | cst.While | None:
        """The innermost loop that counts and holds a write; not one over param groups."""
        root = home.node.body if isinstance(home.node, cst.FunctionDef) else None
        roots = [root] if root is not None else list(self._module.script)
        found: cst.For | cst.While | None = None
        for each in roots:
            for loop in _loops(each):
                if any(_contains(loop, write.node) for write in inside) and not over_groups(loop):
                    found = loop
        return found

    def _outermost(self, home: Scope, loop: cst.CSTNode) -> cst.CSTNode:
        root = home.node.body if isinstance(home.node, cst.FunctionDef) else None
        roots = [root] if root is not None else list(self._module.script)
        for each in roots:
            for candidate in _loops(each):
                if candidate is loop or _contains(candidate, loop):
                    return candidate
        return loop

    def _statement(self, loop: cst.CSTNode, write: PlacedWrite) -> cst.CSTNode:
        """The loop over param groups around a write, or the write itself."""
        for each in _loops(loop):
            if each is not loop and over_groups(each) and _contains(each, write.node):
                return each
        return write.node

    def _depth(self, home: Scope, call: cst.Call) -> int:
        return len(self._module.index.places[call][1])


def _in_lambda(scope: Scope) -> bool:
    """Whether a place runs only when a lambda is called, with what is not in sight."""
    return isinstance(scope.node, cst.Lambda)


def home_of(scope: Scope) -> Scope:
    """The function whose body runs what stands in `scope`: comprehensions and lambdas belong to it."""
    while scope.parent is not None and not isinstance(scope.node, cst.FunctionDef):
        scope = scope.parent
    return scope


def over_groups(loop: cst.CSTNode) -> bool:
    """Whether a loop goes through the param groups of an optimizer, or through optimizers."""
    if not isinstance(loop, cst.For):
        return False
    return any(
        isinstance(each, cst.Attribute) and each.attr.value == "param_groups"
        for each in walk_scope(loop.iter)
    ) or (
        isinstance(loop.target, cst.Name)
        and ("optim" in loop.target.value or loop.target.value == "opt" or "group" in loop.target.value)
    )


def _loops(root: cst.CSTNode) -> Iterator[cst.For | cst.While]:
    for each in walk_scope(root):
        if isinstance(each, cst.For | cst.While):
            yield each


def _contains(root: cst.CSTNode, wanted: cst.CSTNode) -> bool:
    return any(each is wanted for each in walk_scope(root))


def _counters(root: cst.CSTNode) -> frozenset[str]:
    """The names that a pass of a loop hands to the next: what it counts."""
    found: set[str] = set()
    for each in walk_scope(root):
        match each:
            case cst.AugAssign(target=target) if dotted_name(target) is not None:
                found.add(dotted_name(target) or "")
            case cst.For(target=target) if not over_groups(each):
                found.update(_names(target))
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value):
                if any(isinstance(part, cst.Name) and part.value == name for part in walk_scope(value)):
                    found.add(name)
    return frozenset(found)


def _names(target: cst.CSTNode) -> list[str]:
    return [each.value for each in walk_scope(target) if isinstance(each, cst.Name)]


def _is_method(scope: Scope) -> bool:
    return scope.parent is not None and scope.parent.kind is ScopeKind.CLASS


def _optimizer_of(write: PlacedWrite, home: Scope) -> str | None:
    """The name of the optimizer whose groups a write goes to."""
    assert home.node is None or isinstance(home.node, cst.CSTNode)
    roots: list[cst.CSTNode] = [home.node.body] if isinstance(home.node, cst.FunctionDef) else []
    target = write.node.targets[0].target if isinstance(write.node, cst.Assign) else write.node.target
    groups = [each for each in walk_scope(target) if isinstance(each, cst.Attribute)]
    for root in roots or list(module_of(home).script):
        for loop in _loops(root):
            if over_groups(loop) and _contains(loop, write.node):
                groups += [each for each in walk_scope(loop) if isinstance(each, cst.Attribute)]
    for each in groups:
        if each.attr.value == "param_groups":
            return dotted_name(each.value)
    return None


def _optimizer_argument(target: Target, call: cst.Call) -> str | None:
    """What a call gives for the parameter that is, by its name, the optimizer."""
    names = [each.name.value for each in target.function.params.params][target.skips_self :]
    for number, name in enumerate(names):
        if "optim" in name.lower() or name == "opt":
            for arg in call.args:
                if arg.keyword is not None and arg.keyword.value == name:
                    return dotted_name(arg.value)
            if number < len(call.args) and call.args[number].keyword is None:
                return dotted_name(call.args[number].value)
    return None


def _where_written(value: Node | None) -> Node | None:
    """The LR that is written, without the conditions on which it is left as it was, where they are not of
    what it is computed from: those decide when it is written, and not to what."""
    if value is None or plain(value) is _LEFT:
        return None
    value = plain(value)
    if value.op is Op.IF:
        condition = value.args[0]
        then, other = (_where_written(each) for each in value.args[1:])
        if then is None or other is None:
            written = then if then is not None else other
            if written is None:
                return None
            if not _counted(condition) & _counted(written):
                return written
        return node(Op.IF, condition, then or _LEFT, other or _LEFT)
    return value


def _counted(value: Node) -> set[Symbol]:
    return {
        each for each in symbols(value) if each.kind is not SymbolKind.PARAMETER or is_tick_name(each.name)
    }


def _by_tick(value: Node) -> tuple[Symbol, Node, Node] | None:
    """One number that a value depends on, the value as an expression of it, and the number itself."""
    counters = {
        each
        for each in symbols(value)
        if each.kind is SymbolKind.COUNTER or (each not in {GROUP, FIRST_GROUP} and is_tick_name(each.name))
    }
    if not counters:
        return None
    for candidate in _candidates(value, counters):
        tick = Symbol(_name_of(candidate), SymbolKind.TICK)
        if names_lr(tick.name):
            return None  # the LR itself, from one pass to the next
        changed = _replaced(value, candidate, ref(tick))
        if not counters & set(symbols(changed)):
            return tick, changed, candidate
    return None


def _candidates(value: Node, counters: set[Symbol]) -> list[Node]:
    """The parts of a value that all counters are in, the smallest first."""
    found = [each for each in walk(value) if counters <= set(symbols(each)) and _is_number(each)]
    return sorted(found, key=lambda each: (sum(1 for _ in walk(each)), each.op is Op.NAMED))


def _is_number(each: Node) -> bool:
    return each.op in {Op.SYMBOL, Op.NAMED, Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.FLOORDIV, Op.CALL}


def _replaced(value: Node, part: Node, new: Node) -> Node:
    """`value` with `part`, and every other reading of the same, replaced."""
    core = plain(part)
    text = _spelled(core)

    def change(each: Node) -> Node | None:
        bare = plain(each)
        if bare is core or (bare.symbol is not None and bare.symbol is core.symbol):
            return new
        if core.op is not Op.SYMBOL and each.op is core.op and _spelled(each) == text:
            return new
        return None

    return transform(value, change)


def _spelled(each: Node, depth: int = 0) -> str:
    each = plain(each)
    if depth > 6:
        return str(id(each))
    inner = ",".join(_spelled(arg, depth + 1) for arg in each.args)
    name = str(id(each.symbol)) if each.symbol is not None else repr(each.value)
    return f"{each.op.value}:{name}({inner})"


def _name_of(each: Node) -> str:
    if each.op is Op.NAMED:
        return str(each.value)
    return each.symbol.name if each.symbol is not None else "progress"


def _progress(value: Node, tick: Symbol) -> Node:
    """Where the tick is a share of the run (`x / warmup` with a warmup of 0.1), the tick as a count of
    updates: what the share is of is a parameter."""
    ratios = [
        each
        for each in symbols(value)
        if each.has_default
        and isinstance(each.default, float)
        and 0 < each.default < 1
        and "warm" in each.name
    ]
    if not ratios:
        return value
    total = Symbol("total_steps", SymbolKind.PARAMETER, "the length of the run")
    return substitute(value, {tick: node(Op.DIV, ref(tick), ref(total))})
