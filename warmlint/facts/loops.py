"""From the statements of a training loop to a `Program`: loops, guards, updates and ticks, in their order,
through the functions that they call."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Final, TypeGuard

import libcst as cst

from warmlint.expr import Node, Op, Symbol, const, node, plain, ref, substitute, symbols, unknown
from warmlint.facts.actors import Actors, Follower, Known, ticks
from warmlint.facts.bodies import AUGMENTED
from warmlint.facts.deciding import deciding
from warmlint.facts.handling import Handling, has_initial_lr
from warmlint.facts.lowering import Lowering, Where
from warmlint.facts.members import drawn_by, root_of
from warmlint.facts.module import Module, module_of
from warmlint.facts.scopes import Scope, ScopeKind, dotted_name, is_lr
from warmlint.facts.starts import Starts, fresh
from warmlint.facts.ticks import Method
from warmlint.facts.walk import (
    calls_in_order,
    changed_in_loops,
    children,
    steps_in_order,
    stored_names,
    walk,
    walk_scope,
)
from warmlint.facts.writers import over_groups
from warmlint.limits import MAX_INLINE
from warmlint.program import (
    Call,
    Guard,
    Handled,
    Hidden,
    How,
    Jump,
    Make,
    Program,
    Repeat,
    Set,
    Statement,
    Tick,
    Unit,
    Update,
    While,
    called,
    handled,
    has,
    pruned,
)
from warmlint.source import Span

_EPOCH: Final = re.compile(r"(?<!per_)epoch|\bep\b", re.IGNORECASE)
_STEP: Final = re.compile(r"step|batch|iter|\bit\b|\bi\b", re.IGNORECASE)
_UPDATES: Final = frozenset({"step", "optimizer_step"})
_NO_UPDATE: Final = frozenset(
    {"unscale_", "prepare", "isinstance", "print", "len", "id", "type", "zero_grad", "hasattr", "getattr"}
)
"""What is given an optimizer and does not update."""
_EVENTS: Final = (Update, Hidden, Tick, Handled, Make)
"""What a function must do to be a part of the loop; where it returns or raises is its own affair."""
_ENDLESS: Final = unknown("what it goes through never ends")
_ENDLESS_ITERATORS: Final = frozenset({"cycle", "repeat"})
_WRAPPERS: Final = frozenset({"tqdm", "track", "list", "iter", "sorted", "reversed"})


@dataclass(frozen=True, slots=True)
class _Passes:
    """The passes of a loop: how many, and what its counter is in each."""

    counter: Node | None
    count: Node
    start: Node = field(default_factory=lambda: const(0))
    step: Node = field(default_factory=lambda: const(1))
    elements: tuple[Node, ...] = ()

    @property
    def endless(self) -> bool:
        """Whether what it goes through never ends."""
        return self.count is _ENDLESS


@dataclass
class _Frame:
    """A function that is being read: who is who in it, the variables that its loops change, and the names of
    those that decide something."""

    scope: Scope
    actors: Actors
    deciding: frozenset[str]
    local: dict[str, Node] = field(default_factory=dict)
    given: Mapping[str, Node] = field(default_factory=dict)


class LoopReader:
    """Reads the training loop of one schedule, from the function that it begins in, through those that are
    called in it.

    `entered` are the functions that were read, `followed` the arguments by which the schedule went from one
    to the other, `dead` the statements that stand behind a return of their own block. Ticks, updates and
    writes stand where the linted file shows them: in the function itself, or at the call that leads to it.
    """

    def __init__(
        self,
        module: Module,
        lowering: Lowering,
        starts: Starts,
        made: cst.Call | None,
        start: Node,
        known: Known,
        methods: Mapping[str, Method],
        events: Mapping[cst.CSTNode, Node] | None = None,
    ) -> None:
        self._module = module
        self._lowering = lowering
        self._starts = starts
        self._made = made
        self._handling = Handling(lowering)
        self._start = start
        self._first = Actors(methods=methods, events=events or {})
        self._follower = Follower(lowering, known, [*(events or ()), *([made] if made is not None else [])])
        self._frames: list[_Frame] = []
        self._shown: list[Span] = []
        self._counted = {
            each.name: each
            for argument in (events or {}).values()
            for each in symbols(argument)
            if each.name.startswith("self.")
        }
        self.ticks: list[Span] = []
        self.updates: list[Span] = []
        self.writes: list[Span] = []
        self.hidden = False
        self.entered: dict[Scope, Actors] = {}
        self.followed: set[cst.CSTNode] = set()
        self._written_for: Node | None = None
        self.dead: list[cst.CSTNode] = []
        self._set_anywhere: set[Symbol] = set()
        self._begun: dict[Symbol, Node] = {}

    def read(self, scope: Scope, statements: Sequence[cst.CSTNode]) -> Program:
        """The program of the statements of `scope`, with nothing in it that decides nothing."""
        actors = self._follower.called_in(self._first, statements, scope)
        self._begun.clear()
        program = self._run(scope, statements, actors)
        begun = tuple(Set(symbol, first) for symbol, first in self._begun.items())
        loads = {How.SCHEDULE_LOADED, How.OPTIMIZER_LOADED} & {each.how for each in handled(program)}
        elsewhere = self._handling.loaded_elsewhere(self.entered) if len(loads) == 1 else None
        if elsewhere is not None:
            program = (*program, Handled(self._module.span(elsewhere), How.LOADED_ELSEWHERE))
        return pruned((*begun, *program))

    def sets(self, symbol: Symbol) -> bool:
        """Whether a variable is one that what was read sets."""
        return symbol in self._set_anywhere

    @property
    def _frame(self) -> _Frame:
        return self._frames[-1]

    @property
    def _actors(self) -> Actors:
        return self._frames[-1].actors

    def _run(
        self,
        scope: Scope,
        statements: Sequence[cst.CSTNode],
        actors: Actors,
        given: Mapping[str, Node] | None = None,
    ) -> Program:
        """What the body of a function does, with the arguments that it is given."""
        frame = _Frame(scope, actors, self._deciding(statements, actors), given=given or {})
        for statement in statements:
            for name in changed_in_loops(statement):
                frame.local[name] = self._lowering.counter(name, scope)
            self._count(statement, frame)
        self._set_anywhere.update(each.symbol for each in frame.local.values() if each.symbol is not None)
        self.entered[scope] = actors
        self._frames.append(frame)
        try:
            return tuple(self._block(statements))
        finally:
            self._frames.pop()

    def _deciding(self, statements: Sequence[cst.CSTNode], actors: Actors) -> frozenset[str]:
        """The variables whose values matter; those that an LR is written for do as well."""

        def may_follow(call: cst.Call) -> bool:
            if not isinstance(call.func, cst.Attribute):
                return True
            owner = dotted_name(call.func.value) or "self"
            known = actors.names | actors.holders.keys()
            return (
                root_of(owner) == "self"
                or owner in known
                or any(dotted_name(arg.value) in known for arg in call.args)
            )

        told = {symbol.name.rpartition(".")[2] for each in actors.events.values() for symbol in symbols(each)}
        return deciding(statements, may_follow) | told

    def _count(self, statement: cst.CSTNode, frame: _Frame) -> None:
        """Take in the attributes that a statement counts up, with the number that each starts at."""
        for each in walk_scope(statement):
            name = dotted_name(each.target) if isinstance(each, cst.AugAssign) else None
            if name is None or not name.startswith("self.") or name in self._counted:
                continue
            counter = self._lowering.counter(name, frame.scope.enclosing(ScopeKind.CLASS))
            first = self._starts.first(name, frame.scope)
            if counter.symbol is not None and first is not None:
                frame.local[name] = counter
                self._begun.setdefault(counter.symbol, first)

    def _span(self, source: cst.CSTNode) -> Span:
        """Where the linted file shows what stands in the function that is being read."""
        if self._shown:
            return self._shown[0]
        return self._module.span(source)

    def _text(self, source: cst.CSTNode) -> str:
        return module_of(self._frame.scope).text(source)

    # --- calls --------------------------------------------------------------------------------
    def _followed(self, call: cst.Call) -> Program | None:
        """What a call of a function of the project does to the loop; None where it does nothing that is
        known."""
        scope = self._frame.scope
        entered = self._follower.entered(call, scope, self._actors)
        if entered is None or entered.scope in {each.scope for each in self._frames}:
            return None
        if len(self._frames) > MAX_INLINE:
            return None
        position = module_of(scope).span(call).start
        given: Mapping[str, Node] = {}
        if entered.sources is not None:
            where = Where(scope, position, ())
            keywords = {
                name: self._lowering.expression(value, where, self._frame.local)
                for name, value in entered.sources.items()
            }
            given = self._lowering.arguments(entered.target, [], keywords) or keywords
        declared = entered.target.function.params
        taken = {
            each.name.value for each in (*declared.posonly_params, *declared.params, *declared.kwonly_params)
        }
        self.followed.update(value for name, value in (entered.sources or {}).items() if name in taken)
        leaves_file = not self._shown and module_of(entered.scope) is not self._module
        if leaves_file:
            self._shown.append(self._module.span(call))
        try:
            with ExitStack() as stack:
                stack.enter_context(self._lowering.bound(entered.scope, given))
                if entered.actors.family is not None:
                    stack.enter_context(self._lowering.within(entered.actors.family))
                body = self._run(entered.scope, entered.body, entered.actors, given)
        finally:
            if leaves_file:
                self._shown.pop()
        return called(body, self._span(call)) if any(has(body, each) for each in _EVENTS) else None

    # --- statements ---------------------------------------------------------------------------
    def _block(self, statements: Sequence[cst.CSTNode]) -> Iterator[Statement]:
        for number, statement in enumerate(statements):
            yield from self._statement(statement)
            if _surely_leaves(statement):
                self.dead += statements[number + 1 :]
                return

    def _suite(self, suite: cst.BaseSuite) -> Program:
        return tuple(self._block(suite.body))

    def _statement(self, statement: cst.CSTNode) -> Iterator[Statement]:
        self._lowering.follow()
        if statement in self._actors.events and not isinstance(statement, cst.Call):
            yield self._tick(self._span(statement), self._numbered(statement))
            return
        match statement:
            case cst.SimpleStatementLine(body=body) | cst.SimpleStatementSuite(body=body):
                yield from self._block(body)
            case cst.For():
                yield from self._for(statement)
            case cst.While(test=test, body=body):
                inner = self._suite(body)
                if _matters(inner):
                    yield from self._stored(test, How.COUNTED_FROM, set(self._frame.local))
                    unit = Unit.EPOCH if self._goes_by_epochs(test) or _counts_epochs(body) else Unit.UNKNOWN
                    yield While(self._condition(test), inner, self._span(statement), unit)
            case cst.If(test=test, body=body):
                yield from self._events(test)
                then, other = self._suite(body), self._else(statement)
                if then or other:
                    yield Guard(self._condition(test), then, other)
            case cst.With(items=items, body=body):
                for item in items:
                    yield from self._events(item)
                inside = tuple(self._block(body.body))
                if inside and any(_gathers(item) for item in items):
                    inside = (Guard(unknown("how many batches make an update is not in sight"), inside, ()),)
                yield from inside
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
                if self._written_for is not None:
                    yield self._tick(self._span(statement), self._written_for)
                else:
                    self.writes.append(self._span(statement))
            case cst.Assign(value=value) if (
                how := self._handling.of_assignment(statement, self._frame.scope, self._actors)
            ) is not None:
                done = tuple(self._events(value))
                yield from done
                if not has(done, Make):
                    yield Handled(self._span(statement), how)
                yield from self._unpacked(statement)
            case cst.Assign(targets=targets, value=value) if all(
                isinstance(each.target, cst.Name | cst.Attribute) for each in targets
            ):
                yield from self._events(value)
                for taken in targets:
                    yield from self._set(taken.target, value)
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
                yield from self._unpacked(statement)

    def _unpacked(self, statement: cst.CSTNode) -> Iterator[Statement]:
        """What a statement leaves in the names that it stores: that of `a, b = 0, 1` is spelled out."""
        match statement:
            case cst.Assign(
                targets=[cst.AssignTarget(target=cst.Tuple(elements=names))], value=cst.Tuple(elements=values)
            ) if len(names) == len(values):
                for each, one in zip(names, values, strict=True):
                    yield from self._set(each.value, one.value)
            case _:
                for name in stored_names(statement):
                    if name in self._frame.local:
                        yield from self._forget(name)

    def _counter_of(self, target: cst.CSTNode) -> Node | None:
        """The variable that a target is, where it matters what it holds."""
        dotted = dotted_name(target) or ""
        return ref(self._counted[dotted]) if dotted in self._counted else self._frame.local.get(dotted)

    def _set(self, target: cst.CSTNode, value: cst.BaseExpression) -> Iterator[Statement]:
        before = self._counter_of(target)
        if before is not None and before.symbol is not None:
            decides = (dotted_name(target) or "").rpartition(".")[2] in self._frame.deciding
            yield Set(before.symbol, self._lower(value) if decides else unknown("it decides nothing"))

    def _forget(self, name: str) -> Iterator[Statement]:
        symbol = self._frame.local[name].symbol
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
        if over_groups(statement) or self._over_members(statement):
            yield from body  # what is done to each param group, or each schedule, is done once to one
            return
        if not _matters(body):
            return
        for each in calls_in_order(statement.iter):
            if each.args and (dotted_name(each.func) or "").rpartition(".")[2] in {"range", "trange"}:
                how = How.COUNTED_FROM if len(each.args) > 1 else How.REPLAYED
                yield from self._stored(each.args[0].value, how)
        passes = self._passes(statement.target, statement.iter)
        target = self._text(statement.target)
        # `for step, batch in enumerate(epoch_iterator)` counts steps, whatever it goes through.
        head = target if _STEP.search(target) else f"{target} in {self._gone_through(statement.iter)}"
        yield Repeat(
            passes.counter.symbol if passes.counter is not None else None,
            passes.start,
            passes.step,
            passes.count,
            body,
            Unit.EPOCH if _EPOCH.search(head) or _holds_epoch(body) else Unit.UNKNOWN,
            self._span(statement),
            passes.elements,
        )

    def _over_members(self, loop: cst.For | cst.CompFor) -> bool:
        """Whether a loop goes through schedules or optimizers, of which one is ours."""
        return any(known in self._actors.names for _, known in drawn_by(loop))

    def _comprehended(self, comprehension: cst.BaseComp) -> Iterator[Statement]:
        """What a comprehension does, pass by pass."""
        loop = comprehension.for_in
        yield from self._events(loop.iter)
        inner = [each for each in children(comprehension) if each is not loop]
        inner += [each.test for each in loop.ifs]
        body = tuple(each for part in inner for each in self._events(part))
        if self._over_members(loop):
            yield from body
        elif body:
            several = loop.inner_for_in is not None or loop.ifs
            passes = self._passes(loop.target, loop.iter)
            count = unknown("a comprehension leaves some out") if several else passes.count
            where = self._span(comprehension)
            yield Repeat(None, passes.start, passes.step, count, body, Unit.UNKNOWN, where)

    def _goes_by_epochs(self, test: cst.BaseExpression) -> bool:
        """Whether what a `while` counts are epochs: by the counters in its test, or else by all it spells."""
        spelled = [name for each in walk(test) if (name := dotted_name(each)) is not None]
        counters = [name for name in spelled if name in self._frame.local]
        return any(_EPOCH.search(name) for name in counters or spelled)

    def _stored(
        self, source: cst.CSTNode, how: How, among: Container[str] | None = None
    ) -> Iterator[Statement]:
        """What tells that a loop begins, or ends, where a stored run left off."""
        name = self._handling.counted_from(source, self._frame.scope)
        if name is not None and (among is None or name in among):
            loaded = how is How.COUNTED_FROM and self._handling.is_loaded(name, self._frame.scope)
            yield Handled(self._span(source), How.RESUMED_AT if loaded else how, name)

    def _gone_through(self, source: cst.BaseExpression) -> str:
        """What a loop goes through, as it is spelled, without what a progress bar shows beside it."""
        if isinstance(source, cst.Call):
            given = [self._gone_through(arg.value) for arg in source.args if arg.keyword is None]
            return f"{self._text(source.func)}({', '.join(given)})"
        return self._text(source)

    def _passes(self, target: cst.CSTNode, source: cst.BaseExpression) -> _Passes:
        """What the passes of a `for` over `source` count."""
        match source:
            case cst.Call(func=func, args=args):
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
                if name == "zip" and inner and not any(arg.star for arg in args):
                    return self._zipped(target, inner)
                if name == "islice" and len(inner) == 2:
                    whole = self._passes(target, inner[0])
                    count = node(Op.CALL, whole.count, self._lower(inner[1]), value="min")
                    return replace(whole, count=self._lower(inner[1]) if whole.endless else count)
                if name == "count":
                    start = self._lower(inner[0]) if inner else const(0)
                    return _Passes(self._counter(target), _ENDLESS, start)
                if name in _ENDLESS_ITERATORS and len(inner) == 1:
                    return _Passes(None, _ENDLESS)
            case cst.Name(value=name):
                position = module_of(self._frame.scope).span(source).start
                bindings = module_of(self._frame.scope).look_up(name, self._frame.scope, position, ())
                if len(bindings) == 1 and _is_progress(bindings[0].value):  # pbar = tqdm(range(20))
                    return self._passes(target, bindings[0].value)
        sequence = plain(self._lower(source))
        if sequence.op is Op.TUPLE:
            return _Passes(self._counter(target), const(len(sequence.args)), elements=sequence.args)
        return _Passes(None, self._lowering.length(source, Where(self._frame.scope), self._frame.local))

    def _zipped(self, target: cst.CSTNode, sources: Sequence[cst.BaseExpression]) -> _Passes:
        """The passes of a loop over several things side by side: as many as the shortest has."""
        names = [each.value for each in target.elements] if isinstance(target, cst.Tuple) else []
        if len(names) != len(sources):
            names = [cst.Name("_") for _ in sources]
        each_of = [self._passes(name, source) for name, source in zip(names, sources, strict=True)]
        counting = next((each for each in each_of if each.counter is not None), each_of[0])
        counts = [each.count for each in each_of if not each.endless]
        if len(counts) < 2:
            return replace(counting, count=counts[0] if counts else _ENDLESS, elements=())
        return replace(counting, count=node(Op.CALL, *counts, value="min"), elements=())

    def _range(self, target: cst.CSTNode, bounds: list[Node]) -> _Passes:
        start = fresh(bounds[0]) if len(bounds) > 1 else const(0)
        span = node(Op.SUB, bounds[1], start) if len(bounds) > 1 else bounds[0]
        if len(bounds) < 3:
            return _Passes(self._counter(target), span, start)
        count = node(Op.NEG, node(Op.FLOORDIV, node(Op.NEG, span), bounds[2]))  # rounded up
        return _Passes(self._counter(target), count, start, bounds[2])

    def _counter(self, target: cst.CSTNode) -> Node | None:
        return self._frame.local.get(target.value) if isinstance(target, cst.Name) else None

    # --- expressions --------------------------------------------------------------------------
    def _lower(self, source: cst.BaseExpression) -> Node:
        position = module_of(self._frame.scope).span(source).start
        return self._lowering.expression(source, Where(self._frame.scope, position, ()), self._frame.local)

    def _condition(self, test: cst.BaseExpression) -> Node:
        """A guard's condition; that the schedule and the optimizer exist goes without saying."""
        match test:
            case cst.Comparison(
                left=left, comparisons=[cst.ComparisonTarget(operator=cst.IsNot() | cst.NotEqual())]
            ):
                if dotted_name(left) in self._actors.names:
                    return const(True)
            case cst.Name() | cst.Attribute() if dotted_name(test) in self._actors.names:
                return const(True)
            case cst.BooleanOperation(left=left, operator=cst.And(), right=right):
                return node(Op.AND, self._condition(left), self._condition(right))
        condition = self._lower(test)
        calls = [each.name for each in symbols(condition) if each.name.endswith(")")]
        if calls and not calls[0].startswith("len("):
            return unknown(f"`{calls[0]}` may say one thing now and another later")
        return condition

    def _events(self, source: cst.CSTNode) -> Iterator[Statement]:
        """The updates and ticks in an expression, in the order in which they are called."""
        for call in steps_in_order(source):
            if isinstance(call, cst.BaseComp):
                yield from self._comprehended(call)
                continue
            span = self._span(call)
            if call is self._made:
                begun = self._handling.begun_at(call, self._frame.scope)
                if begun is not None:
                    told = has_initial_lr(module_of(self._frame.scope))
                    yield Handled(span, How.BEGUN_AT if told or not begun else How.BEGUN_BARE, begun)
                yield Make(span, self._start)
            elif call in self._actors.events:
                yield from self._written_by(call, span)
            elif ticks(call, self._actors.schedules, self._actors.methods):
                yield from self._ticked(call, span)
            elif (update := self._update(call, span)) is not None:
                self.updates.append(span)
                yield update
            elif (how := self._handling.of_call(call, self._actors)) is not None:
                yield Handled(span, how)
            elif (body := self._followed(call)) is not None:
                yield from body
            elif self._may_update(call):
                self.hidden = True
                yield Hidden(span)

    def _written_by(self, call: cst.Call, span: Span) -> Program:
        """A call that writes the LR: a tick, or, where the function updates too, what it does in order."""
        number = self._numbered(call)
        self._written_for, before = number, len(self.ticks)
        try:
            body = self._followed(call) or ()
        finally:
            self._written_for = None
        if has(body, Update) and has(body, Tick):
            return body
        del self.ticks[before:]
        return (self._tick(span, number),)

    def _numbered(self, event: cst.CSTNode) -> Node:
        """The tick number that an LR is written for, in terms of the function that the loop begins in."""
        frame = self._frame
        symbols = self._lowering.parameters_of(frame.scope)
        given = {symbols[name]: value for name, value in frame.given.items() if name in symbols}
        return substitute(self._actors.events[event], given)

    def _tick(self, span: Span, argument: Node | None) -> Tick:
        self.ticks.append(span)
        return Tick(span, argument)

    def _ticked(self, call: cst.Call, span: Span) -> Iterator[Statement]:
        """A tick, and the update that the schedule's own method may make before or after it."""
        name = call.func.attr.value if isinstance(call.func, cst.Attribute) else "__call__"
        method = self._actors.methods.get(name, Method())
        before, _, after = method.order.partition("w")
        if "u" in before:
            self.updates.append(span)
            yield Update(span)
        tick = self._tick(span, self._tick_argument(call, method.number))
        yield tick if method.when is None else Guard(method.when, (tick,), ())
        if method.needs and tick.argument is None:
            yield Jump.FAIL
        if "u" in after:
            self.updates.append(span)
            yield Update(span)

    def _tick_argument(self, call: cst.Call, number: str) -> Node | None:
        for arg in call.args:
            if arg.keyword is None or arg.keyword.value == number:
                if _asks_the_schedule(arg.value):
                    return unknown("a number that the schedule itself keeps")
                return (
                    None
                    if isinstance(arg.value, cst.Name) and arg.value.value == "None"
                    else self._lower(arg.value)
                )
        return None

    def _update(self, call: cst.Call, span: Span) -> Update | None:
        """`optimizer.step()`, or `scaler.step(optimizer)` and its like."""
        if not isinstance(call.func, cst.Attribute) or call.func.attr.value not in _UPDATES:
            return None
        owner = dotted_name(call.func.value)
        if owner in self._actors.optimizers:
            return Update(span)
        if call.args and dotted_name(call.args[0].value) in self._actors.optimizers:
            return Update(span, "scaler" in (owner or "").lower() and not self._is_off(call.func.value))
        return None

    def _is_off(self, scaler: cst.BaseExpression) -> bool:
        """Whether a GradScaler is made with `enabled=False`, or with a setting that is off by default."""
        scope, module = self._frame.scope, module_of(self._frame.scope)
        dotted = dotted_name(scaler) or ""
        bindings = module.attribute_bindings(dotted, scope)
        if isinstance(scaler, cst.Name):
            bindings = module.look_up(dotted, scope, module.span(scaler).start, ())
        for binding in bindings:
            if not isinstance(binding.value, cst.Call):
                continue
            where = Where(binding.scope, binding.position, binding.blocks)
            for arg in binding.value.args:
                if arg.keyword is not None and arg.keyword.value == "enabled":
                    enabled = plain(self._lowering.expression(arg.value, where))
                    symbol = enabled.symbol
                    off = symbol.default is False if symbol is not None else enabled.value is False
                    return off
        return False

    def _may_update(self, call: cst.Call) -> bool:
        """Whether a call out of sight is given the optimizer, by itself."""
        name = (dotted_name(call.func) or "").rpartition(".")[2]
        return (
            call is not self._made
            and name not in _NO_UPDATE
            and any(dotted_name(arg.value) in self._actors.optimizers for arg in call.args)
        )


def _surely_leaves(statement: cst.CSTNode) -> bool:
    """Whether what stands behind a statement in its block is never run."""
    match statement:
        case cst.SimpleStatementLine(body=body) | cst.SimpleStatementSuite(body=body):
            return any(map(_surely_leaves, body))
    return isinstance(statement, cst.Return | cst.Raise | cst.Break | cst.Continue)


def _is_progress(value: cst.CSTNode | None) -> TypeGuard[cst.Call]:
    """Whether a value is what something else is gone through in, as `tqdm(range(20))` is."""
    return isinstance(value, cst.Call) and (dotted_name(value.func) or "").rpartition(".")[2] in _WRAPPERS


def _gathers(item: cst.WithItem) -> bool:
    """Whether what a `with` holds updates and ticks only now and then, as accelerate's `accumulate` does."""
    return (
        isinstance(item.item, cst.Call)
        and isinstance(item.item.func, cst.Attribute)
        and item.item.func.attr.value == "accumulate"
    )


def _counts_epochs(body: cst.BaseSuite) -> bool:
    """Whether each pass of a loop counts an epoch up."""
    return any(
        isinstance(each, cst.AugAssign) and _EPOCH.search(dotted_name(each.target) or "")
        for line in body.body
        if isinstance(line, cst.SimpleStatementLine)
        for each in line.body
    )


def _holds_epoch(body: Program) -> bool:
    """Whether a pass goes through data whose amount the source does not tell, an update for each."""
    return any(
        _holds_epoch(each.body)
        if isinstance(each, Call)
        else isinstance(each, Repeat) and plain(each.count).op is not Op.CONST and has(each.body, Update)
        for each in body
    )


def _matters(program: Program) -> bool:
    """Whether anything happens in a block that moves the schedule, or leaves the loop around it."""
    return any(not isinstance(each, Set) for each in program)


def _asks_the_schedule(number: cst.BaseExpression) -> bool:
    """Whether a tick's number is made of what the schedule counts: `step(scheduler.last_epoch + 1)`."""
    return any(
        isinstance(each, cst.Attribute) and each.attr.value in ("last_epoch", "_step_count")
        for each in walk(number)
    )
