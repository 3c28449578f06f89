"""Finds the schedules of a file and gathers what belongs to each: LR curve, optimizer, loop, name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import libcst as cst

from warmlint.expr import Node, Symbol, SymbolKind, const, substitute, symbols, unknown
from warmlint.facts.constructions import Construction, Constructions
from warmlint.facts.loops import Actors, LoopReader
from warmlint.facts.lowering import Lowering, Target, Where
from warmlint.facts.model import UNAPPLIED, Factor, FileFacts, Loop, Optimizer, Schedule, Unread
from warmlint.facts.module import Module
from warmlint.facts.objects import Objects
from warmlint.facts.project import Project
from warmlint.facts.scopes import Binding, PlacedCall, Scope, ScopeKind, dotted_name
from warmlint.facts.screen import Screen, names_lr, speaks_of_lr
from warmlint.facts.starts import Starts
from warmlint.facts.ticks import is_tick_name
from warmlint.facts.walk import children, walk
from warmlint.facts.writers import Writers, Written, home_of
from warmlint.finding import Scale
from warmlint.program import Guard, Program, Set, Tick, While, as_body, bodies, ticks_in_loop
from warmlint.source import Position, Source, Span

_HARMLESS: Final = frozenset(
    {"isinstance", "print", "type", "id", "repr", "str", "len", "hasattr", "callable"}
)
_TOO_DEEP: Final = "the code around it is nested too deeply"


def find(source: Source, screen: Screen) -> FileFacts:
    """All schedules of a file whose screen found some."""
    module = Module(source, screen, Project(source.path))
    finder = _Finder(module)
    schedules: list[Schedule] = []
    unread: list[Unread] = []
    for found in finder.all():
        if isinstance(found, Unread):
            unread.append(found)
        else:
            schedules.append(found)
    too_deep = "the statement around it is nested too deeply to be parsed"
    unread += (Unread(_row_span(row), "LambdaLR", too_deep) for row in module.unparsable)
    return FileFacts(source, tuple(schedules), tuple(unread))


def _row_span(row: int) -> Span:
    return Span(Position(row, 1), Position(row, 1))


class _Finder:
    def __init__(self, module: Module) -> None:
        self._module = module
        self._lowering = Lowering(module)
        self._objects = Objects(self._lowering)
        self._constructions = Constructions(module, self._lowering, self._objects)
        self._writers = Writers(module, self._lowering)
        self._starts = Starts(module, self._lowering)

    def all(self) -> Iterator[Schedule | Unread]:
        """Every schedule: constructions first, then classes and functions that stand for themselves."""
        made: set[Scope] = set()
        shown: set[cst.CSTNode] = set()
        for call in sorted(self._module.index.calls, key=self._compositions_first):
            if call.node in shown:
                continue
            found = self._guarded(call)
            if found is None:
                continue
            if isinstance(found, Construction):
                made.update(found.classes)
                shown.update(found.members)
                yield self._schedule(call, found)
            else:
                yield found
        yield from self._classes(made)
        yield from self._written(made)
        yield from self._computed()

    def _compositions_first(self, call: PlacedCall) -> tuple[bool, int, int]:
        """Compositions before what they are made of, the last first; then all else in the source's order."""
        composed = self._constructions.is_composition(call.node, call.scope)
        start = self._module.span(call.node).start
        return not composed, -start.row if composed else start.row, start.column

    def _guarded(self, call: PlacedCall) -> Construction | Unread | None:
        span = self._module.span(call.node)
        try:
            found = self._constructions.read(call.node, Where(call.scope, span.start, call.blocks))
        except RecursionError:
            return Unread(span, _last(call.node), _TOO_DEEP)
        return Unread(span, _last(call.node), found) if isinstance(found, str) else found

    def _schedule(self, call: PlacedCall, made: Construction) -> Schedule:
        """One construction, with all that belongs to it."""
        target, target_scope = self._target(call)
        leaves = self._leaves(call, target, target_scope)
        optimizer = made.optimizer
        actors = Actors(target, optimizer.name, made.methods)
        replaced = self._replaced(call, target, target_scope)
        loop = self._loop(target, target_scope, actors, call, leaves, made.start)
        rebound = self._rebound(call, target, target_scope)
        if rebound is not None:
            replaced = replaced or rebound
            loop = Loop(reason=f"`{target}` is given to another schedule before it ticks")
        return Schedule(
            made.construct,
            self._module.span(call.node),
            optimizer,
            made.factors,
            made.start,
            loop,
            target,
            call.scope.path,
            leaves,
            made.library,
            derived=made.derived,
            parts=made.parts,
            replaced=replaced,
        )

    # --- classes and functions that stand for themselves ------------------------------------------------
    def _classes(self, made: set[Scope]) -> Iterator[Schedule | Unread]:
        """Classes of schedules that this file defines and does not make."""
        for scope in list(self._module.index.opened.values()):
            if scope.kind is not ScopeKind.CLASS or scope in made or not isinstance(scope.node, cst.ClassDef):
                continue
            span = self._module.span(scope.node.name)
            try:
                family = self._lowering.family(scope)
                found = self._constructions.of_class(
                    family, None, Optimizer("the optimizer"), scope.node.name
                )
            except RecursionError:
                found = _TOO_DEEP
            if found is None:
                continue
            made.add(scope)
            if isinstance(found, str):
                yield Unread(span, scope.name, found)
                continue
            yield Schedule(
                found.construct,
                span,
                found.optimizer,
                found.factors,
                found.start,
                Loop(reason="its class is defined here, and not used"),
                None,
                scope.path,
                None,
                found.library,
                defined=True,
                derived=found.derived,
            )

    def _written(self, made: set[Scope]) -> Iterator[Schedule | Unread]:
        """Functions and loops that write the LR, or call what does."""
        writes = [
            each for each in self._module.index.writes if each.scope.enclosing(ScopeKind.CLASS) not in made
        ]
        homes = {home_of(each.scope) for each in writes}
        try:
            for found in self._writers.written(writes):
                yield self._of_writer(found)
        except RecursionError:
            yield Unread(self._module.span(writes[0].node), "param_groups", _TOO_DEEP)
        for call in list(self._module.index.calls):
            name = (dotted_name(call.node.func) or "").rpartition(".")[2]
            if not speaks_of_lr(name) or home_of(call.scope) in homes:
                continue
            target = self._lowering.function(call.node.func, Where(call.scope))
            if target is None or target.scope.module is self._module:
                continue
            written = self._writers.imported(call.node, call.scope, target)
            if written is not None:
                yield self._of_writer(written)

    def _of_writer(self, found: Written) -> Schedule:
        span = self._module.span(found.at)
        optimizer = self._constructions.optimizer_named(found.optimizer, found.home)
        factor = Factor(
            found.expression,
            found.tick,
            found.name,
            0,
            span,
            self._module.text(found.at),
            Scale.LR,
            None,
        )
        actors = Actors(None, found.optimizer, {}, found.events)
        loop = Loop(reason="what calls it is not in sight")
        first: Node = const(0)
        if found.argument is not None:
            first = self._first_of(found.argument)
        if found.home is not None:
            first, loop = self._loop_of(found, found.home, actors)
        return Schedule(
            "param_groups",
            span,
            optimizer,
            (factor,),
            first,
            loop,
            None,
            home_of(found.home).path if found.home is not None else found.name or "",
            None,
            found.library,
            defined=not loop.program,
        )

    def _first_of(self, argument: Node) -> Node:
        """The first value of a number that is counted up: where its counters start."""
        known: dict[Symbol, Node] = {}
        for symbol in symbols(argument):
            start = self._starts.first(symbol.name, self._lowering.scope_of(symbol))
            if start is None and (symbol.kind is SymbolKind.COUNTER or is_tick_name(symbol.name)):
                return unknown(f"`{symbol.name}` starts at a number that is not in sight")
            if start is not None:
                known[symbol] = start
        return substitute(argument, known)

    def _loop_of(self, found: Written, home: Scope, actors: Actors) -> tuple[Node, Loop]:
        reader = LoopReader(self._module, self._lowering, actors, None, const(UNAPPLIED))
        program = reader.read(home, self._body(home))
        known: list[Set] = []
        lost: list[str] = []
        for symbol in dict.fromkeys(
            each for argument in actors.events.values() for each in symbols(argument)
        ):
            start = self._starts.first(symbol.name, self._lowering.scope_of(symbol))
            if start is not None:
                known.append(Set(symbol, start))
            elif not reader.sets(symbol) and (symbol.kind is SymbolKind.COUNTER or is_tick_name(symbol.name)):
                lost.append(symbol.name)
        if lost:
            reason = f"`{lost[0]}` starts at a number that is not in sight"
            return unknown(reason), Loop(reason=reason)
        spans = tuple(self._module.span(each) for each in reader.ticks)
        updates = tuple(self._module.span(each) for each in reader.updates)
        span = self._module.span(found.at)
        if not ticks_in_loop(program):
            program = (While(const(True), as_body(program), span),)
        elif any(each.symbol.kind is SymbolKind.PARAMETER for each in known):
            program = (*program, While(const(True), (), span))  # one call of many: the run goes on
        guarded = _guards(program, {each for value in actors.events.values() for each in symbols(value)})
        return const(UNAPPLIED), Loop((*known, *program), spans, updates, not updates, guarded=guarded)

    def _computed(self) -> Iterator[Schedule]:
        """Functions that compute the LRs of a warmup, and calls that make an array of them."""
        for scope in list(self._module.index.opened.values()):
            function = scope.node
            if (
                not isinstance(function, cst.FunctionDef)
                or scope.parent is None
                or scope.parent.kind is not ScopeKind.MODULE
                or not speaks_of_lr(scope.name)
                or not _speaks_of_warmup(function)
                or function in self._lowering.used  # by a schedule of this file, and judged there
                or scope.name in self._module.screen.calls  # by what is not understood
            ):
                continue
            found = self._writers.computed(Target(function, scope.parent, scope.name))
            if found is not None:
                yield self._of_writer(found)
        for call in list(self._module.index.calls):
            name = (dotted_name(call.node.func) or "").rpartition(".")[2]
            if not speaks_of_lr(name):
                continue
            target, _ = self._target(call)
            if target is None or not names_lr(target):
                continue
            at = Where(call.scope, self._module.span(call.node).start, call.blocks)
            function_of = self._lowering.function(call.node.func, at)
            if function_of is None or function_of.scope.module is self._module:
                continue
            found = self._writers.table(call.node, at, name)
            if found is not None:
                yield self._of_writer(found)

    # --- its name, and where it goes ----------------------------------------------------------------
    def _target(self, call: PlacedCall) -> tuple[str | None, Scope | None]:
        scope: Scope | None = call.scope
        while scope is not None:
            for name, bindings in scope.bindings.items():
                for binding in bindings:
                    if binding.value is not None and _yields(binding.value, call.node):
                        return name, scope
            scope = scope.parent
        return None, None

    def _replaced(self, call: PlacedCall, target: str | None, scope: Scope | None) -> Span | None:
        """Where the name of a schedule is surely given to another one, before anything ticks it."""
        if target is None or scope is None:
            return None
        made = self._module.span(call.node)
        for binding in scope.bindings.get(target, ()):
            if (
                binding.position <= made.end
                or not isinstance(binding.value, cst.Call)
                or binding.scope is not call.scope
                or call.blocks[: len(binding.blocks)] != binding.blocks
                or self._guarded_value(binding) is None
            ):
                continue
            between = [
                each
                for each in self._module.index.calls
                if made.end < self._module.span(each.node).start < binding.position
                and each.scope is call.scope
                and (dotted_name(each.node.func) or "").startswith(f"{target}.")
            ]
            used = _mentions(binding.value, target)
            if not between and not used:
                return self._module.span(binding.value)
        return None

    def _rebound(self, call: PlacedCall, target: str | None, scope: Scope | None) -> Span | None:
        """Where the method that ticks a schedule gives its name to another one, before it does."""
        if target is None or scope is None or not target.startswith("self."):
            return None
        ticking = {
            home_of(each.scope)
            for each in self._module.index.calls
            if dotted_name(each.node.func) == f"{target}.step"
        }
        for binding in scope.bindings.get(target, ()):
            if (
                binding.scope is not call.scope
                and ticking == {home_of(binding.scope)}
                and isinstance(binding.value, cst.Call)
                and self._guarded_value(binding) is not None
            ):
                return self._module.span(binding.value)
        return None

    def _guarded_value(self, binding: Binding) -> Construction | str | None:
        assert isinstance(binding.value, cst.Call)
        where = Where(binding.scope, binding.position, binding.blocks)
        return self._constructions.read(binding.value, where)

    def _leaves(self, call: PlacedCall, target: str | None, scope: Scope | None) -> str | None:
        """Where the schedule goes out of sight, if it does."""
        if target is None or scope is None:
            holder = next(
                (each for each in self._module.index.calls if _is_argument(each.node, call.node)), None
            )
            return (
                f"given to `{self._callee(holder)}`" if holder is not None else "not kept under a name here"
            )
        for root in self._bodies(scope):
            for use in _bare_uses(root, target):
                holder = next(
                    (each for each in self._module.index.calls if _is_argument(each.node, use)), None
                )
                if holder is not None and self._callee(holder) in _HARMLESS:
                    continue
                return f"given to `{self._callee(holder)}`" if holder is not None else "returned or stored"
        return None

    def _callee(self, call: PlacedCall) -> str:
        return " ".join(self._module.text(call.node.func).split())

    def _bodies(self, scope: Scope) -> Sequence[cst.CSTNode]:
        return [scope.node] if scope.node is not None else self._module.script

    # --- the loop -----------------------------------------------------------------------------
    def _loop(
        self,
        target: str | None,
        scope: Scope | None,
        actors: Actors,
        call: PlacedCall,
        leaves: str | None,
        start: Node,
    ) -> Loop:
        if target is None or scope is None:
            return Loop(reason=f"the schedule is {leaves}")
        homes = {
            home_of(each.scope): None
            for each in self._module.index.calls
            if self._is_tick(each.node, target, actors) and self._same(each.scope, target, scope)
        }
        if not homes:
            return Loop(reason="no tick of it is in sight")
        made_in = home_of(call.scope)
        loops = [home for home in homes if home is not made_in]
        if len(loops) > 1:
            return Loop(reason="it is ticked in several functions")
        reader = LoopReader(self._module, self._lowering, actors, call.node, start)
        # Ticks where it is made come before those of the function that holds the loop.
        program = reader.read(made_in, self._body(made_in)) if made_in in homes else ()
        called = False
        for home in loops:
            body = reader.read(home, self._body(home))
            if not ticks_in_loop(body):
                # Whoever calls it, calls it often: one call is one pass of a loop out of sight.
                called = True
                body = (While(const(True), as_body(body), self._module.span(call.node)),)
            program = (*as_body(program), *body)
        spans = tuple(self._module.span(each) for each in reader.ticks)
        updates = tuple(self._module.span(each) for each in reader.updates)
        # Any other `.step(` of the file, read or not, may be the update under another name.
        elsewhere = self._module.source.text.count(".step(") + self._module.source.text.count("_step(")
        hidden = not updates and (called or leaves is not None or elsewhere > len(spans) or reader.hidden)
        writes = tuple(self._module.span(each) for each in reader.writes)
        return Loop(program, spans, updates, hidden, bool(writes), writes=writes)

    @staticmethod
    def _is_tick(call: cst.Call, target: str, actors: Actors) -> bool:
        if dotted_name(call.func) == target:
            return "__call__" in actors.methods
        return (
            isinstance(call.func, cst.Attribute)
            and call.func.attr.value in actors.methods
            and dotted_name(call.func.value) == target
        )

    def _body(self, home: Scope) -> Sequence[cst.CSTNode]:
        return home.node.body.body if isinstance(home.node, cst.FunctionDef) else self._module.script

    def _same(self, used_in: Scope, name: str, scope: Scope) -> bool:
        if name.startswith("self."):
            return used_in.enclosing(ScopeKind.CLASS) is scope
        root = name.partition(".")[0]
        return used_in.defining(name if name in scope.bindings and "." not in name else root) in (scope, None)


def _guards(program: Program, counted: set[Symbol], inside: bool = False) -> bool:
    """Whether a tick stands under a condition on what it counts."""
    for each in program:
        if isinstance(each, Tick) and inside:
            return True
        on_count = isinstance(each, Guard) and bool(counted & set(symbols(each.condition)))
        if any(_guards(body, counted, inside or on_count) for body in bodies(each)):
            return True
    return False


def _mentions(value: cst.CSTNode, name: str) -> bool:
    return any(dotted_name(each) == name for each in walk(value))


def _last(call: cst.Call) -> str:
    return (dotted_name(call.func) or "a schedule").rpartition(".")[2]


def _speaks_of_warmup(function: cst.FunctionDef) -> bool:
    names = [function.name.value, *(each.name.value for each in function.params.params)]
    return any("warm" in name.lower() for name in names)


def _is_argument(call: cst.Call, value: cst.CSTNode) -> bool:
    """Whether `value` is handed to `call`, by itself or in a list, tuple or dict."""

    def holds(each: cst.BaseExpression) -> bool:
        match each:
            case cst.List(elements=elements) | cst.Tuple(elements=elements):
                return any(holds(element.value) for element in elements)
            case cst.Dict(elements=elements):
                return any(holds(element.value) for element in elements)
        return each is value

    return any(holds(arg.value) for arg in call.args)


def _yields(value: cst.CSTNode, call: cst.Call) -> bool:
    """Whether `value` is the object that `call` makes, at least on one branch."""
    if isinstance(value, cst.IfExp):
        return _yields(value.body, call) or _yields(value.orelse, call)
    return value is call


def _bare_uses(root: cst.CSTNode, dotted: str) -> Iterator[cst.CSTNode]:
    """Uses of a name as a value: neither an attribute of it, nor an assignment to it, nor a test of it."""
    stack = [root]
    while stack:
        node = stack.pop()
        match node:
            case cst.AssignTarget() | cst.Param():
                continue
            case cst.Name() | cst.Attribute() if (spelled := dotted_name(node)) is not None:
                if spelled == dotted:
                    yield node
                continue
            case cst.Comparison(left=left) if dotted_name(left) == dotted:
                continue
            case cst.If(test=test) | cst.IfExp(test=test) if dotted_name(test) == dotted:
                stack.extend(child for child in children(node) if child is not test)
            case cst.Arg(value=value):
                stack.append(value)  # a keyword is no use of the name that it is spelled like
            case cst.Attribute(value=value):
                stack.append(value)
            case _:
                stack.extend(children(node))
