"""From the statements around a tick to a `Program`: loops, guards, updates and ticks, in their order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import libcst as cst

from warmlint.expr import Node, Op, Symbol, const, node, plain, ref, symbols, unknown
from warmlint.facts.bodies import AUGMENTED
from warmlint.facts.lowering import Lowering, Where
from warmlint.facts.module import Module
from warmlint.facts.scopes import Scope, dotted_name, is_lr
from warmlint.facts.starts import fresh
from warmlint.facts.walk import calls_in_order, changed_in_loops, stored_names
from warmlint.program import (
    Guard,
    Hidden,
    Jump,
    Make,
    MayTick,
    Program,
    Repeat,
    Set,
    Statement,
    Tick,
    Unit,
    Update,
    While,
    has,
    pruned,
)
from warmlint.source import Span

_EPOCH: Final = re.compile(r"epoch|\bep\b", re.IGNORECASE)
_STEP: Final = re.compile(r"step|batch|iter|\bit\b|\bi\b", re.IGNORECASE)
_WRAPPERS: Final = frozenset({"tqdm", "track", "list", "iter", "sorted", "reversed"})


@dataclass(frozen=True, slots=True)
class Actors:
    """What matters in one loop: the names of the schedule and of its optimizer, the methods that tick the
    schedule (each with what it does in order, see `warmlint.facts.objects`), and the calls and statements
    that write an LR, each with the tick number that it writes for."""

    schedule: str | None
    optimizer: str | None
    methods: Mapping[str, str] = field(default_factory=lambda: {"step": ""})
    events: Mapping[cst.CSTNode, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Passes:
    """The passes of a loop: how many, and what its counter is in each."""

    counter: Node | None
    count: Node
    start: Node = field(default_factory=lambda: const(0))
    step: Node = field(default_factory=lambda: const(1))
    elements: tuple[Node, ...] = ()


class LoopReader:
    """Reads the loops of functions, or of the module's script, for one schedule."""

    def __init__(
        self,
        module: Module,
        lowering: Lowering,
        actors: Actors,
        made: cst.Call | None,
        start: Node,
    ) -> None:
        self._module = module
        self._lowering = lowering
        self._actors = actors
        self._made = made
        self._start = start
        self._scope: Scope = module.index.scope
        self._local: dict[str, Node] = {}
        self._names = {each for each in (actors.schedule, actors.optimizer) if each is not None}
        self._counted = {
            each.name: each
            for argument in actors.events.values()
            for each in symbols(argument)
            if each.name.startswith("self.")
        }
        self.ticks: list[cst.CSTNode] = []
        self.updates: list[cst.Call] = []
        self.hidden = False
        self.writes: list[cst.CSTNode] = []

    def read(self, scope: Scope, statements: Sequence[cst.CSTNode]) -> Program:
        """The program of the statements of `scope`, with nothing in it that decides nothing."""
        self._scope, self._local = scope, {}
        for statement in statements:
            for name in changed_in_loops(statement):
                self._local[name] = self._lowering.counter(name, self._scope)
        return pruned(tuple(self._block(statements)))

    def sets(self, symbol: Symbol) -> bool:
        """Whether a variable is one of this function's, which what was read sets."""
        return any(each.symbol is symbol for each in self._local.values())

    # --- statements ---------------------------------------------------------------------------
    def _block(self, statements: Sequence[cst.CSTNode]) -> Iterator[Statement]:
        for statement in statements:
            yield from self._statement(statement)

    def _suite(self, suite: cst.BaseSuite) -> Program:
        return tuple(self._block(suite.body))

    def _statement(self, statement: cst.CSTNode) -> Iterator[Statement]:
        if statement in self._actors.events and not isinstance(statement, cst.Call):
            self.ticks.append(statement)
            yield Tick(self._module.span(statement), self._actors.events[statement])
            return
        match statement:
            case cst.SimpleStatementLine(body=body) | cst.SimpleStatementSuite(body=body):
                yield from self._block(body)
            case cst.For():
                yield from self._for(statement)
            case cst.While(test=test, body=body):
                inner = self._suite(body)
                if _matters(inner):
                    yield While(self._condition(test), inner, self._module.span(statement))
            case cst.If(test=test, body=body):
                yield from self._events(test)
                then, other = self._suite(body), self._else(statement)
                if then or other:
                    yield Guard(self._condition(test), then, other)
            case cst.With(items=items, body=body):
                for item in items:
                    yield from self._events(item)
                yield from self._block(body.body)
            case (
                cst.Try(body=body, orelse=orelse, finalbody=finalbody)
                | cst.TryStar(body=body, orelse=orelse, finalbody=finalbody)
            ):
                yield from self._block(body.body)
                for suite in (orelse, finalbody):
                    if suite is not None:
                        yield from self._block(suite.body.body)
            case cst.Break():
                yield Jump.BREAK
            case cst.Continue():
                yield Jump.CONTINUE
            case cst.Return() | cst.Raise():
                yield from self._events(statement)
                yield Jump.LEAVE
            case (
                cst.Assign(targets=[cst.AssignTarget(target=cst.Subscript() as target)])
                | cst.AugAssign(target=cst.Subscript() as target)
            ) if is_lr(target):
                self.writes.append(statement)
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value):
                yield from self._events(value)
                yield from self._set(name, value)
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Attribute() as target)], value=value) if (
                dotted_name(target) in self._counted
            ):
                yield from self._events(value)
                yield Set(self._counted[dotted_name(target) or ""], self._lower(value))
            case cst.AugAssign(
                target=cst.Name() | cst.Attribute() as target, operator=operator, value=value
            ) if (before := self._counter_of(target)) is not None:
                op = AUGMENTED.get(type(operator))
                after = self._lower(value)
                assert before.symbol is not None
                yield Set(
                    before.symbol, node(op, before, after) if op is not None else unknown("an operator")
                )
            case cst.FunctionDef() | cst.ClassDef():
                return
            case _:
                yield from self._events(statement)
                for name in stored_names(statement):
                    if name in self._local:
                        yield from self._forget(name)

    def _counter_of(self, target: cst.CSTNode) -> Node | None:
        """The variable that a target is, where it matters what it holds."""
        dotted = dotted_name(target) or ""
        return ref(self._counted[dotted]) if dotted in self._counted else self._local.get(dotted)

    def _set(self, name: str, value: cst.BaseExpression) -> Iterator[Statement]:
        reference = self._local.get(name)
        if reference is not None and reference.symbol is not None:
            yield Set(reference.symbol, self._lower(value))

    def _forget(self, name: str) -> Iterator[Statement]:
        symbol = self._local[name].symbol
        assert symbol is not None
        yield Set(symbol, unknown(f"`{name}` is set in a way that is not followed"))

    def _else(self, statement: cst.If) -> Program:
        if statement.orelse is None:
            return ()
        if isinstance(statement.orelse, cst.If):
            return tuple(self._statement(statement.orelse))
        return self._suite(statement.orelse.body)

    # --- loops --------------------------------------------------------------------------------
    def _for(self, statement: cst.For) -> Iterator[Statement]:
        yield from self._events(statement.iter)
        body = self._suite(statement.body)
        if not _matters(body):
            return
        passes = self._passes(statement.target, statement.iter)
        target = self._module.text(statement.target)
        # `for step, batch in enumerate(epoch_iterator)` counts steps, whatever it goes through.
        head = target if _STEP.search(target) else f"{target} in {self._module.text(statement.iter)}"
        yield Repeat(
            passes.counter.symbol if passes.counter is not None else None,
            passes.start,
            passes.step,
            passes.count,
            body,
            Unit.EPOCH if _EPOCH.search(head) or _holds_epoch(body) else Unit.UNKNOWN,
            self._module.span(statement),
            passes.elements,
        )

    def _passes(self, target: cst.CSTNode, source: cst.BaseExpression) -> _Passes:
        """What the passes of a `for` over `source` count."""
        match source:
            case cst.Call(func=func, args=args) if args:
                name = (dotted_name(func) or "").rpartition(".")[2]
                inner = [arg.value for arg in args if arg.keyword is None]
                if name in {"range", "trange"} and inner:
                    return self._range(target, [self._lower(each) for each in inner])
                if name == "enumerate" and inner:
                    keyword = [arg.value for arg in args if arg.keyword and arg.keyword.value == "start"]
                    first = next(iter((*inner[1:], *keyword)), None)
                    head = target.elements[0].value if isinstance(target, cst.Tuple) else target
                    count = self._passes(cst.Name("_"), inner[0]).count
                    start = self._lower(first) if first is not None else const(0)
                    return _Passes(self._counter(head), count, start)
                if name in _WRAPPERS and inner:
                    return self._passes(target, inner[0])
        sequence = plain(self._lower(source))
        if sequence.op is Op.TUPLE:
            return _Passes(self._counter(target), const(len(sequence.args)), elements=sequence.args)
        return _Passes(None, self._lowering.length(source, Where(self._scope), self._local))

    def _range(self, target: cst.CSTNode, bounds: list[Node]) -> _Passes:
        start = fresh(bounds[0]) if len(bounds) > 1 else const(0)
        span = node(Op.SUB, bounds[1], start) if len(bounds) > 1 else bounds[0]
        if len(bounds) < 3:
            return _Passes(self._counter(target), span, start)
        count = node(Op.NEG, node(Op.FLOORDIV, node(Op.NEG, span), bounds[2]))  # rounded up
        return _Passes(self._counter(target), count, start, bounds[2])

    def _counter(self, target: cst.CSTNode) -> Node | None:
        return self._local.get(target.value) if isinstance(target, cst.Name) else None

    # --- expressions --------------------------------------------------------------------------
    def _lower(self, source: cst.BaseExpression) -> Node:
        position = self._module.span(source).start
        return self._lowering.expression(source, Where(self._scope, position, ()), self._local)

    def _condition(self, test: cst.BaseExpression) -> Node:
        """A guard's condition; that the schedule and the optimizer exist goes without saying."""
        match test:
            case cst.Comparison(
                left=left, comparisons=[cst.ComparisonTarget(operator=cst.IsNot() | cst.NotEqual())]
            ):
                if dotted_name(left) in self._names:
                    return const(True)
            case cst.Name() | cst.Attribute() if dotted_name(test) in self._names:
                return const(True)
        condition = self._lower(test)
        calls = [each.name for each in symbols(condition) if each.name.endswith(")")]
        if calls and not calls[0].startswith("len("):
            return unknown(f"`{calls[0]}` may say one thing now and another later")
        return condition

    def _events(self, source: cst.CSTNode) -> Iterator[Statement]:
        """The updates and ticks in an expression, in the order in which they are called."""
        for call in calls_in_order(source):
            kind = self._kind(call)
            span = self._module.span(call)
            if call is self._made:
                yield Make(span, self._start)
            elif call in self._actors.events:
                self.ticks.append(call)
                yield Tick(span, self._actors.events[call])
            elif kind is Tick:
                self.ticks.append(call)
                yield from self._ticked(call, span)
            elif kind is Update:
                self.updates.append(call)
                yield Update(span)
            elif kind is MayTick:
                yield MayTick(span)
            elif kind is Hidden:
                self.hidden = True
                yield Hidden(span)

    def _ticked(self, call: cst.Call, span: Span) -> Iterator[Statement]:
        """A tick, and the update that the schedule's own method may make before or after it."""
        name = call.func.attr.value if isinstance(call.func, cst.Attribute) else "__call__"
        order = self._actors.methods.get(name, "")
        tick = Tick(span, self._tick_argument(call))
        before, _, after = order.partition("w")
        if "u" in order:
            self.updates.append(call)
        if "u" in before:
            yield Update(span)
        yield tick
        if "u" in after:
            yield Update(span)

    def _tick_argument(self, call: cst.Call) -> Node | None:
        for arg in call.args:
            if arg.keyword is None or arg.keyword.value == "epoch":
                return (
                    None
                    if isinstance(arg.value, cst.Name) and arg.value.value == "None"
                    else self._lower(arg.value)
                )
        return None

    def _kind(self, call: cst.Call) -> type[Tick] | type[Update] | type[MayTick] | type[Hidden] | None:
        if dotted_name(call.func) == self._actors.schedule and "__call__" in self._actors.methods:
            return Tick
        if isinstance(call.func, cst.Attribute) and (
            call.func.attr.value in {"step", "optimizer_step", *self._actors.methods}
        ):
            owner = dotted_name(call.func.value)
            if owner == self._actors.schedule and call.func.attr.value in self._actors.methods:
                return Tick
            first = dotted_name(call.args[0].value) if call.args else None
            if self._actors.optimizer is not None and self._actors.optimizer in (owner, first):
                return Update
            return None
        if self._ticks_inside(call):
            return MayTick
        if (
            call is not self._made
            and self._actors.optimizer is not None
            and any(dotted_name(arg.value) == self._actors.optimizer for arg in call.args)
        ):
            return Hidden
        return None

    def _ticks_inside(self, call: cst.Call) -> bool:
        """Whether a function of this file is given the schedule, without its optimizer, and steps it."""
        given = [dotted_name(arg.value) for arg in call.args]
        if (
            self._actors.schedule is None
            or self._actors.schedule not in given
            or self._actors.optimizer in given
        ):
            return False
        target = self._lowering.function(call.func, Where(self._scope))
        if target is None or not isinstance(target.function, cst.FunctionDef):
            return False
        return any(
            isinstance(each.func, cst.Attribute) and each.func.attr.value == "step"
            for each in calls_in_order(target.function.body)
        )


def _holds_epoch(body: Program) -> bool:
    """Whether a pass goes through data whose amount the source does not tell, an update for each."""
    return any(
        isinstance(each, Repeat) and plain(each.count).op is not Op.CONST and has(each.body, Update)
        for each in body
    )


def _matters(program: Program) -> bool:
    """Whether anything happens in a block that moves the schedule, or leaves the loop around it."""
    return any(not isinstance(each, Set) for each in program)
