"""Schedules that are objects of a class: torch's `LRScheduler` and its kind, and classes that write the
param groups' LR themselves.

An object is run symbolically: its constructor leaves a state, a tick changes it. Where a tick adds a fixed
number to an attribute, that attribute is a count of ticks, and the LR has a closed form; other state that
one tick hands to the next is not followed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

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
    unknown,
    walk,
)
from warmlint.facts import tables
from warmlint.facts.bodies import settled
from warmlint.facts.lowering import Lowering, Target, Where
from warmlint.facts.model import UNAPPLIED
from warmlint.facts.module import module_of
from warmlint.facts.scopes import Scope, ScopeKind, is_lr
from warmlint.facts.screen import BASES, LAMBDA_LR
from warmlint.facts.state import BASE_LR, LR, MADE, ORDER
from warmlint.facts.ticks import STEP, Method, is_tick_name
from warmlint.facts.walk import calls_in_order, names_in, walk_scope

_LEFT: Final = unknown("the LR is left as it was")
_METHODS: Final = (
    "step",
    "step_update",
    "step_and_update_lr",
    "update_lr",
    "update_learning_rate",
    "update",
    "__call__",
)


@dataclass(frozen=True, slots=True)
class Curve:
    """What an object of a class does to the LR.

    `expression` is the LR at tick `tick`; `start` the tick that it stands at when it is made, or
    `UNAPPLIED`. `methods` are the methods that tick it. `takes_tick` tells that a tick is given its number;
    `keeps` is an attribute that the LR depends on all the same, and that ticks multiply.
    """

    expression: Node
    tick: Symbol
    start: int
    methods: Mapping[str, Method]
    takes_tick: bool = False
    name: str | None = None
    shown: cst.CSTNode | None = None
    scope: Scope | None = None
    keeps: str | None = None


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a constructor is called with; None in the place of it where the class alone is judged."""

    positional: tuple[Node, ...]
    keywords: Mapping[str, Node]


class Objects:
    """Reads classes for one linted file."""

    def __init__(self, lowering: Lowering) -> None:
        self._lowering = lowering
        self.constructed_lr: Node = const(None)

    def kind(self, family: Sequence[Scope]) -> str | None:
        """What a class is: "lambda", "scheduler", "writer", or None for no schedule."""
        bases = set(self._lowering.bases(family))
        if LAMBDA_LR in bases:
            return "lambda"
        if bases & BASES:
            return "scheduler"
        return "writer" if self._writers(family) else None

    # --- the state that the constructor leaves --------------------------------------------------------
    def constructed(
        self, family: tuple[Scope, ...], arguments: Arguments | None, base_lr: Node
    ) -> dict[str, Node] | None:
        """The state after the constructor; None where it cannot be called so."""
        state: dict[str, Node] = {LR: base_lr, BASE_LR: base_lr, ORDER: const("")}
        init = self._lowering.method(family, "__init__")
        if init is None or not isinstance(init.function, cst.FunctionDef):
            state.update(self._lowering.made(family, state))
            return state
        scope = module_of(init.scope).index.opened[init.function]
        with self._lowering.within(family):
            if arguments is None:
                after = self._lowering.bodies.effects(init.function.body.body, Where(scope), state)
            else:
                given = self._lowering.arguments(init, arguments.positional, arguments.keywords)
                if given is None:
                    return None
                after = self._lowering.bodies.effects(
                    init.function.body.body, Where(scope), {**given, **state}
                )
        for each in family:  # what the classes themselves set
            for name, bindings in each.bindings.items():
                key = f"self.{name}"
                value = bindings[-1].value
                if "." not in name and key not in after and isinstance(value, cst.BaseExpression):
                    after[key] = self._lowering.expression(value, Where(each))
        self.constructed_lr = after.get(LR, base_lr)
        return {**state, **after}

    # --- torch's own protocol -----------------------------------------------------------------------
    def scheduler(self, family: tuple[Scope, ...], arguments: Arguments | None, base_lr: Node) -> Curve | str:
        """A subclass of `LRScheduler`: `get_lr` as a function of `last_epoch`."""
        state = self.constructed(family, arguments, base_lr)
        if state is None:
            return "its constructor is called with the wrong arguments"
        if state[LR].op is Op.RAISE:
            return Curve(state[LR], Symbol("tick", SymbolKind.TICK), 0, STEP, False, self._name(family))
        if MADE not in state:
            return self._written(family, state, applied=False)
        if self._replaces_step(family):
            before = {**state, "self.last_epoch": const(-1), "self._step_count": const(0)}
            return self._written(family, before, applied=True)
        tick = Symbol("last_epoch", SymbolKind.TICK)
        at = ref(tick)
        state = {**state, LR: _LEFT, "self.last_epoch": at, "self._step_count": node(Op.ADD, at, const(1))}
        first: Node | None = None
        shown: Target | None = None
        for name in ("get_lr", "_get_closed_form_lr"):
            method = self._lowering.method(family, name)
            if method is None:
                continue
            value = self._first_group(self._value(family, method, state))
            if first is None or _is_unknown(first):
                first, shown = value, method
        if first is None or shown is None:
            return "its class has no `get_lr` in sight"
        first = _unless_raised(self.constructed_lr, first)
        early = self._before(family, shown, state)
        if early is not None:
            first = node(Op.IF, node(Op.LT, at, const(1)), early, first)
        methods = {**STEP, **self._passing_on(family, state)}
        return Curve(first, tick, 0, methods, False, self._name(family), shown.function, shown.scope)

    def _passing_on(self, family: tuple[Scope, ...], state: Mapping[str, Node]) -> dict[str, Method]:
        """The methods that do nothing but pass a tick on to the base class, perhaps on a condition."""
        found: dict[str, Method] = {}
        for name in dict.fromkeys(name for each in family for name in each.bindings):
            method = self._lowering.method(family, name)
            if method is not None and isinstance(method.function, cst.FunctionDef):
                passing = self._passes_on(family, method, state)
                if passing is not None:
                    found[name] = passing
        return found

    def _passes_on(
        self, family: tuple[Scope, ...], method: Target, state: Mapping[str, Node]
    ) -> Method | None:
        assert isinstance(method.function, cst.FunctionDef)
        raises, test, call = _passed_tick(method.function)
        parameters = [each.name.value for each in method.function.params.params][method.skips_self :]
        match call:
            case cst.Call(args=[cst.Arg(value=cst.Name(value=number))]) if parameters[:1] == [number]:
                pass
            case _:
                return None
        where = Where(module_of(method.scope).index.opened[method.function])
        made = {**state, "self.last_epoch": const(0)}
        told = Symbol(number, SymbolKind.TICK)
        with self._lowering.within(family):
            untold = self._lowering.expression(raises, where, {**made, number: const(None)})
            when = self._lowering.expression(test, where, {**made, number: node(Op.ADD, ref(told), const(0))})
        taken = settled(when)
        if taken is None and told in symbols(when):
            return None
        held = None if taken else when if taken is None else const(False)
        return Method(number=number, needs=settled(untold) is True, when=held)

    def _before(self, family: tuple[Scope, ...], method: Target, state: Mapping[str, Node]) -> Node | None:
        """The LR at tick 0, where the constructor sets only after it what `get_lr` asks for."""
        known = set(str(plain(state[MADE]).value).split())
        late = {key for key in state if key.startswith("self.") and key[5:] not in known}
        late -= {"self.base_lrs", "self.last_epoch", "self._step_count"}
        used = {f"self.{name}" for each in self._reached(family, method) for name in names_in(each.function)}
        if not late & used:
            return None
        early = {key: value for key, value in state.items() if key not in late}
        early |= {"self.last_epoch": const(0), "self._step_count": const(1)}
        value = self._first_group(self._value(family, method, early))
        return None if late & {each.name for each in symbols(value)} or _is_unknown(value) else value

    def _reached(self, family: tuple[Scope, ...], method: Target, depth: int = 0) -> list[Target]:
        found = [method]
        if depth < 3 and isinstance(method.function, cst.FunctionDef):
            for call in calls_in_order(method.function.body):
                inner = self._own(family, call)
                if inner is not None and inner.function is not method.function:
                    found += self._reached(family, inner, depth + 1)
        return found

    def _own(self, family: Sequence[Scope], call: cst.Call) -> Target | None:
        match call.func:
            case cst.Attribute(value=cst.Name("self"), attr=cst.Name(value=name)):
                return self._lowering.method(family, name)
        return None

    def _value(self, family: tuple[Scope, ...], method: Target, state: Mapping[str, Node]) -> Node:
        with self._lowering.within(family):
            return self._lowering.call(method, (), state)

    @staticmethod
    def _first_group(value: Node) -> Node:
        """The LR of the first param group, out of a list of them or one for all."""
        return _first(value)

    def _replaces_step(self, family: tuple[Scope, ...]) -> bool:
        """Whether the class ticks in a way of its own, and does not hand the tick on."""
        method = self._lowering.method(family, "step")
        if method is None or not isinstance(method.function, cst.FunctionDef):
            return False
        return not any(
            isinstance(call.func, cst.Attribute)
            and call.func.attr.value == "step"
            and (
                isinstance(call.func.value, cst.Call)
                or (isinstance(call.func.value, cst.Name) and call.func.value.value != "self")
            )
            for call in calls_in_order(method.function.body)
        )

    # --- classes that write the LR themselves ----------------------------------------------------------
    def writer(self, family: tuple[Scope, ...], arguments: Arguments | None, base_lr: Node) -> Curve | str:
        """A class of its own kind that writes the param groups' LR."""
        state = self.constructed(family, arguments, base_lr)
        if state is None:
            return "its constructor is called with the wrong arguments"
        return self._written(family, state, applied=False)

    def _writers(self, family: Sequence[Scope]) -> list[Target]:
        """The methods that write an LR, other than the constructor; those that others call come last."""
        found: dict[str, Target] = {}
        written = {
            write.scope.enclosing(ScopeKind.CLASS)
            for module in {module_of(each) for each in family}
            for write in module.index.writes
        }
        if not written & set(family):
            return []
        for each in family:
            for name, bindings in each.bindings.items():
                value = bindings[-1].value
                if name != "__init__" and isinstance(value, cst.FunctionDef) and name not in found:
                    target = self._lowering.method(family, name)
                    if target is not None and self._writes(family, target):
                        found[name] = target
        called = {
            inner.name for target in found.values() for inner in self._reached(tuple(family), target)[1:]
        }
        outer = [target for name, target in found.items() if name not in called]
        ranked = {name: number for number, name in enumerate(_METHODS)}
        return sorted(outer, key=lambda each: ranked.get(each.name or "", len(ranked)))

    def _writes(self, family: Sequence[Scope], method: Target) -> bool:
        return any(_writes_lr(each.function) for each in self._reached(tuple(family), method))

    def _written(self, family: tuple[Scope, ...], state: dict[str, Node], *, applied: bool) -> Curve | str:
        """The LR that the k-th tick of an object writes, k from 0."""
        methods = self._writers(family)
        if not methods:
            return "no method of its class writes the LR"
        method = methods[0]
        assert isinstance(method.function, cst.FunctionDef)
        parameters = [each.name.value for each in method.function.params.params][method.skips_self :]
        required = [
            each.name.value
            for each in method.function.params.params[method.skips_self :]
            if each.default is None
        ]
        name = next((each for each in parameters if is_tick_name(each)), None)
        takes_tick = name is not None and (name in required)
        tick = Symbol(name if takes_tick and name is not None else "tick", SymbolKind.TICK)
        keywords = {
            each: ref(tick)
            if each == name
            else self._lowering.parameter(each, method.scope, f"a parameter of `{method.name}`")
            for each in required
        }
        before = {**state, LR: _LEFT, ORDER: const("")}
        with self._lowering.within(family):
            after = self._lowering.effects(method, (), keywords, before)
            changed = [key for key in after if key.startswith("self.") and after[key] is not before.get(key)]
            held = {
                key: Symbol(key, SymbolKind.COUNTER, "an attribute that each tick changes")
                for key in changed
                if key in before
            }
            before |= {key: ref(symbol) for key, symbol in held.items()}
            after = self._lowering.effects(method, (), keywords, before)
        if LR not in after or after[LR] is _LEFT:
            return "no method of its class writes the LR"
        numbers = [each for each in required if each != name and is_tick_name(each)] if takes_tick else []
        told = {symbol for each in numbers for symbol in symbols(keywords[each])}
        if not told.isdisjoint(symbols(after[LR])):
            return f"`{method.name}` is told several tick numbers: {', '.join((tick.name, *numbers))}"
        counts = {
            symbol: _count(state[key], after.get(key), symbol, ref(tick)) for key, symbol in held.items()
        }
        written = substitute(
            after[LR],
            {
                symbol: value if value is not None else _at_first(state[symbol.name], symbol, ref(tick))
                for symbol, value in counts.items()
            },
        )
        keeps = next(
            (
                symbol.name
                for key, symbol in held.items()
                if takes_tick and symbol in symbols(after[LR]) and _multiplies(after[key], symbol)
            ),
            None,
        )
        if self._lowering.method(family, "state_dict") is not None:
            keeps = None
        order = str(plain(after.get(ORDER, const(""))).value)
        ticks = {each.name or "": Method(order) for each in methods[:1]}
        start = UNAPPLIED
        if applied:
            start = 0  # the base class's constructor has ticked once
        elif "w" in str(plain(state[ORDER]).value) and not takes_tick:
            at = ref(tick)
            shifted = substitute(written, {tick: node(Op.SUB, at, const(1))})
            written = node(Op.IF, node(Op.LT, at, const(1)), state[LR], shifted)
            start = 0
        elif "w" in str(plain(state[ORDER]).value):
            start = 0
        return Curve(
            written, tick, start, ticks, takes_tick, self._name(family), method.function, method.scope, keeps
        )

    def _name(self, family: Sequence[Scope]) -> str:
        return family[0].name

    def is_own(self, family: Sequence[Scope]) -> bool:
        """Whether the constructor of a class is given an optimizer, or makes one: a schedule, no trainer."""
        init = self._lowering.method(family, "__init__")
        if init is None or not isinstance(init.function, cst.FunctionDef):
            return False
        names = [each.name.value.lower() for each in init.function.params.params]
        return any("optim" in name or name in {"opt", "opts"} for name in names) and not any(
            name in {"model", "net", "loader", "train_loader", "dataloader", "dataset"} for name in names
        )


def _multiplies(after: Node, symbol: Symbol) -> bool:
    """Whether a tick may leave a multiple of what the tick before left."""
    factors = {Op.MUL, Op.DIV}
    return any(
        each.op in factors and any(plain(arg).symbol is symbol for arg in each.args) for each in walk(after)
    )


def _at_first(start: Node, symbol: Symbol, tick: Node) -> Node:
    """State that one tick hands to the next: known at the first one alone."""
    later = unknown(f"`{symbol.name}` changes in a way that is not followed")
    return node(Op.IF, node(Op.LT, tick, const(1)), start, later)


def _count(start: Node, after: Node | None, symbol: Symbol, tick: Node) -> Node | None:
    """An attribute that each tick adds a number to, at tick k; None for one that changes otherwise."""
    after = plain(after) if after is not None else None
    if after is None or (
        symbols(start) and any(each.kind is not SymbolKind.PARAMETER for each in symbols(start))
    ):
        return None
    steps = {_added(end, symbol) for end in _ends(after)}
    step = steps.pop() if len(steps) == 1 else None
    if step is None:
        return None
    grown = tick if step == 1 else node(Op.MUL, tick, const(step))
    return grown if plain(start).value == 0 else node(Op.ADD, grown, start)


def _added(after: Node, symbol: Symbol) -> int | float | None:
    """What is added to a number; None where something else happens to it."""
    if after.op is Op.ADD:
        for one, other in (after.args, after.args[::-1]):
            step = plain(other).value
            if plain(one).symbol is symbol and plain(other).op is Op.CONST and isinstance(step, (int, float)):
                return step
    return None


def _unless_raised(constructed: Node, curve: Node) -> Node:
    """A curve, or what the constructor raises in its place."""
    if constructed.op is Op.RAISE:
        return constructed
    if constructed.op is Op.IF:
        then, other = (_unless_raised(each, curve) for each in constructed.args[1:])
        return curve if then is curve and other is curve else node(Op.IF, constructed.args[0], then, other)
    return curve


def _writes_lr(function: cst.CSTNode) -> bool:
    return any(
        isinstance(each, cst.AssignTarget | cst.AugAssign) and is_lr(each.target)
        for each in walk_scope(function)
    )


def _passed_tick(
    function: cst.FunctionDef,
) -> tuple[cst.BaseExpression, cst.BaseExpression, cst.Call | None]:
    """Of a method that is one `super().step(…)`, its docstring aside: the condition on which it raises,
    the one on which it calls, and the call."""
    raises: cst.BaseExpression = cst.Name("False")
    test: cst.BaseExpression = cst.Name("True")
    body = list(function.body.body)
    if function.get_docstring() is not None:
        del body[0]
    match body:
        case [
            cst.If(
                test=raises,
                body=cst.IndentedBlock(body=[cst.SimpleStatementLine(body=[cst.Raise()])]),
                orelse=None,
            ),
            _,
        ]:
            del body[0]
    match body:
        case [cst.If(test=test, body=cst.IndentedBlock(body=inside), orelse=None)]:
            body = list(inside)
    match body:
        case [
            cst.SimpleStatementLine(
                body=[
                    cst.Expr(
                        value=cst.Call(
                            func=cst.Attribute(value=cst.Call(func=cst.Name("super")), attr=cst.Name("step"))
                        ) as call
                    )
                ]
            )
        ]:
            return raises, test, call
    return raises, test, None


def _first(value: Node) -> Node:
    value = plain(value)
    if value.op is Op.TUPLE and value.args:
        return value.args[0]
    if value.op is Op.IF:
        return node(Op.IF, value.args[0], _first(value.args[1]), _first(value.args[2]))
    if tables.is_table(value):
        return tables.at(value, const(0))
    return value


def _is_unknown(value: Node) -> bool:
    return all(each.op in {Op.UNKNOWN, Op.IF} for each in _ends(value)) or any(
        each is _LEFT for each in walk(value)
    )


def _ends(value: Node) -> list[Node]:
    value = plain(value)
    if value.op is Op.IF:
        return [end for each in value.args[1:] for end in _ends(each)]
    return [value]
