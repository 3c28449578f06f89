"""Finds the schedules of a file and gathers what belongs to each: LR curve, optimizer, loop, name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final

import libcst as cst

from warmlint.discovery.files import Files
from warmlint.expr import Node, Op, Symbol, SymbolKind, TooLarge, const, node, substitute, symbols, unknown
from warmlint.facts import dampening
from warmlint.facts.accelerate import Preparations
from warmlint.facts.constructions import PLATEAU, Constructions
from warmlint.facts.driving import Driver
from warmlint.facts.lowering import Lowering, Target, Where
from warmlint.facts.made import Construction
from warmlint.facts.members import member_of, put_by
from warmlint.facts.model import Factor, FileFacts, Loop, Optimizer, Plateau, Schedule, Unread
from warmlint.facts.module import Module
from warmlint.facts.objects import Objects
from warmlint.facts.project import Project
from warmlint.facts.scopes import Binding, PlacedCall, Scope, ScopeKind, dotted_name
from warmlint.facts.screen import Screen, names_lr, speaks_of_lr
from warmlint.facts.starts import Starts
from warmlint.facts.ticks import STEP, is_tick_name
from warmlint.facts.walk import children, leaves_block, walk, walk_scope
from warmlint.facts.writers import Writers, Written, home_of
from warmlint.finding import Scale
from warmlint.limits import MAX_SCHEDULES
from warmlint.release import NEWEST, Release
from warmlint.source import Position, Source, Span

_HARMLESS: Final = frozenset(
    {"isinstance", "print", "type", "id", "repr", "str", "len", "hasattr", "callable"}
)
_TOO_DEEP: Final = "the code around it is nested too deeply"


def find(source: Source, screen: Screen, release: Release = NEWEST, files: Files | None = None) -> FileFacts:
    """All schedules of a file whose screen found some, as a release of torch runs them. `files` are those
    around it; None for what is on disk."""
    module = Module(source, screen, Project(source.path, files or Files()))
    finder = _Finder(module, release)
    schedules: list[Schedule] = []
    unread: list[Unread] = []
    plateaus: tuple[Plateau, ...] = ()
    try:
        for found in finder.all():
            if len(schedules) == MAX_SCHEDULES:
                unread.append(_beyond(found))
                break
            if isinstance(found, Unread):
                unread.append(found)
            else:
                schedules.append(found)
        plateaus = tuple(finder.plateaus()) if schedules else ()
    except TooLarge as error:
        unread.append(Unread(_row_span(1), "the file", str(error)))
    if plateaus or release != NEWEST:
        schedules = [replace(each, plateaus=plateaus, release=release) for each in schedules]
    too_deep = "the statement around it is nested too deeply to be parsed"
    unread += (Unread(_row_span(row), "LambdaLR", too_deep) for row in module.unparsable)
    return FileFacts(source, tuple(schedules), tuple(unread))


def _beyond(found: Schedule | Unread) -> Unread:
    return Unread(found.span, found.construct, f"the file makes more than {MAX_SCHEDULES} schedules")


def _row_span(row: int) -> Span:
    return Span(Position(row, 1), Position(row, 1))


class _Finder:
    def __init__(self, module: Module, release: Release) -> None:
        self._module = module
        self._lowering = Lowering(module)
        self._objects = Objects(self._lowering)
        self._constructions = Constructions(module, self._lowering, self._objects, release)
        self._writers = Writers(module, self._lowering)
        self._starts = Starts(module, self._lowering)
        self._preparations = Preparations(module)
        self._dampenings = dampening.Dampenings(module)
        self._driver = Driver(module, self._lowering, self._starts, self._target)

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
                yield self._gathered(call, found)
            else:
                yield self._waiting(call) or found
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
        except (RecursionError, TooLarge) as error:
            return Unread(span, _last(call.node), _beyond_bounds(error))
        return Unread(span, _last(call.node), found) if isinstance(found, str) else found

    def _gathered(self, call: PlacedCall, made: Construction) -> Schedule | Unread:
        """One construction, or what keeps it from being judged."""
        try:
            return self._schedule(call, made)
        except (RecursionError, TooLarge) as error:
            return Unread(self._module.span(call.node), made.construct, _beyond_bounds(error))

    def _schedule(self, call: PlacedCall, made: Construction) -> Schedule:
        """One construction, with all that belongs to it. Raises `TooLarge` where a file takes too long."""
        self._lowering.follow()
        target, target_scope = self._target(call, made.element)
        optimizer = made.optimizer
        replaced = self._replaced(call, target, target_scope)
        driven = self._driver.driven(call, (target, target_scope), optimizer.name, made.methods, made.start)
        loop, leaves = self._once(driven.loop, call.scope), driven.leaves
        rebound = self._rebound(call, target, target_scope)
        if rebound is not None:
            replaced = replaced or rebound
            loop = Loop(reason=f"`{target}` is given to another schedule before it ticks")
        if loop.ticks and "except" in self._module.source.text:
            loop = replace(loop, tried=self._tried(loop.ticks))
        member_ticks = tuple(self._member_ticks(call, made, target))
        if loop.ticks and member_ticks:
            writes = (*loop.writes, *(at for at, _ in member_ticks))
            loop = replace(loop, overwritten=True, writes=writes)
        conditions = tuple(substitute(each, driven.given) for each in self._conditions(call))
        factors = tuple(
            replace(each, expression=substitute(each.expression, driven.given)) for each in made.factors
        )
        return Schedule(
            made.construct,
            self._module.span(call.node),
            optimizer,
            factors,
            substitute(made.start, driven.given),
            loop,
            target,
            call.scope.path,
            leaves,
            made.library,
            derived=made.derived,
            own_step=made.own_step,
            conditions=conditions,
            suites=_suites(call),
            parts=made.parts,
            replaced=replaced,
            member_ticks=member_ticks if loop.ticks else (),
            prepared=self._preparations.of(
                driven.comes_from or call, driven.target or target, ticked=bool(loop.ticks)
            ),
            dampening=self._dampenings.of(call, target) if made.library == dampening.LIBRARY else None,
            versions=made.versions,
            recipe=None if made.recipe is None else made.recipe.substituted(driven.given),
        )

    def _member_ticks(
        self, call: PlacedCall, made: Construction, target: str | None
    ) -> Iterator[tuple[Span, Span | None]]:
        """The ticks of a schedule, in the function that makes a composition of it, under a name of its own;
        each with the composition's tick that every such pass of a loop comes to, if one does."""
        members = [each for each in self._module.index.calls if each.node in made.members]
        names = {name for each in members if (name := self._target(each)[0]) is not None and name != target}
        of_whole = [each for each in self._ticks_of({target}) if each.scope is call.scope]
        for each in self._ticks_of(names):
            name, _, _ = (dotted_name(each.node.func) or "").rpartition(".")
            if each.scope is not call.scope or len(each.scope.bindings.get(name, ())) > 1:
                continue
            around = (tick for tick in of_whole if each.blocks[: len(tick.blocks)] == tick.blocks)
            beside = next((tick for tick in around if any(block.loop for block in tick.blocks)), None)
            if self._leaves_pass(each):
                beside = None
            span = self._module.span
            yield span(each.node), span(beside.node) if beside is not None else None

    def _leaves_pass(self, call: PlacedCall) -> bool:
        """Whether an `if` around a call leaves the pass of the loop."""
        return any(
            isinstance(each, cst.If) and leaves_block(each) and any(part is call.node for part in walk(each))
            for root in self._bodies(call.scope)
            for each in walk_scope(root)
        )

    def _ticks_of(self, names: Collection[str | None]) -> list[PlacedCall]:
        ticked = {f"{name}.step" for name in names if name is not None}
        return [each for each in self._module.index.calls if dotted_name(each.node.func) in ticked]

    def _once(self, loop: Loop, scope: Scope) -> Loop:
        """The loop of a framework, with whether what is handed to it is handed in one place."""
        if loop.owner is None or scope.node is None:
            return loop
        returns = [each for each in walk_scope(scope.node) if isinstance(each, cst.Return)]
        return replace(loop, owner=replace(loop.owner, once=len(returns) == 1))

    def plateaus(self) -> Iterator[Plateau]:
        """The `ReduceLROnPlateau`s of the file, each with what drives it."""
        for call in list(self._module.index.calls) if PLATEAU in self._module.source.text else ():
            found = self._plateau(call)
            if found is not None:
                yield found

    def _plateau(self, call: PlacedCall) -> Plateau | None:
        at = Where(call.scope, self._module.span(call.node).start, call.blocks)
        made = self._constructions.plateau(call.node, at)
        if made is None:
            return None
        optimizer, patience = made
        kept = self._target(call)
        driven = self._driver.driven(call, kept, optimizer.name, STEP, const(0))
        return Plateau(
            self._module.span(call.node),
            optimizer,
            self._once(driven.loop, call.scope),
            kept[0],
            call.scope.path,
            substitute(patience, driven.given),
        )

    def _waiting(self, call: PlacedCall) -> Schedule | None:
        """A `ReduceLROnPlateau` that nothing ticks: whatever its metric, the LR stays as it is."""
        try:
            found = self._plateau(call)
        except (RecursionError, TooLarge):
            return None
        if found is None or not found.loop.idle:
            return None
        resting = Factor(const(1), Symbol("tick", SymbolKind.TICK), None, 0, found.span, PLATEAU)
        return Schedule(
            PLATEAU,
            found.span,
            found.optimizer,
            (resting,),
            const(0),
            found.loop,
            found.target,
            found.function,
            None,
            suites=_suites(call),
        )

    def _tried(self, ticks: Sequence[Span]) -> bool:
        """Whether a tick stands in a `try` that catches what it raises, inside the loop."""
        calls = [each for each in self._module.index.calls if self._module.span(each.node) in ticks]
        return any(
            inside is call.node
            for call in calls
            for root in self._bodies(call.scope)
            for each in walk_scope(root)
            if isinstance(each, cst.Try) and any(map(_catches, each.handlers))
            for inside in _within_pass(each.body)
        )

    def _conditions(self, call: PlacedCall) -> Iterator[Node]:
        """What holds where a call is made: by the `if`s around it, and by those before it that left."""
        start = self._module.span(call.node).start
        where = Where(call.scope, start, call.blocks)
        tests = [each for block in call.blocks for each in block.tests]
        tests += [
            (each.test, False)
            for each in self._module.index.escapes
            if each.scope is call.scope
            and each.position < start
            and call.blocks[: len(each.blocks)] == each.blocks
        ]
        for test, holds in tests:
            condition = node(Op.NOT, self._lowering.expression(test, where))
            yield node(Op.NOT, condition) if holds else condition

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
                own_step=found.own_step,
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
        loop = Loop(reason="what calls it is not in sight")
        first: Node = const(0)
        if found.argument is not None:
            first = self._first_of(found.argument)
        if found.home is not None:
            first, loop = self._driver.writing(found, found.home)
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
    def _target(self, call: PlacedCall, element: int | None = None) -> tuple[str | None, Scope | None]:
        """The name that a schedule is kept under, and the scope that has it; `element` is its place in the
        tuple that the call returns."""
        if element is not None:
            return self._unpacked(call, element)
        scope: Scope | None = call.scope
        while scope is not None:
            for name, bindings in scope.bindings.items():
                for binding in bindings:
                    if binding.value is not None and _yields(binding.value, call.node):
                        return name, scope
            scope = scope.parent
        home = home_of(call.scope)
        for each in (each for root in self._bodies(home) for each in walk_scope(root)):
            for value, collection in put_by(each):
                if _yields(value, call.node):
                    owned = collection.startswith("self.")
                    return member_of(collection), home.enclosing(ScopeKind.CLASS) if owned else home
        return None, None

    def _unpacked(self, call: PlacedCall, element: int) -> tuple[str | None, Scope | None]:
        """The name for one element of the tuple that a call returns: of `a, b = call`, or `a = call[0]`."""
        for each in (each for root in self._bodies(call.scope) for each in walk(root)):
            match each:
                case cst.Assign(
                    targets=[cst.AssignTarget(target=cst.Tuple(elements=names) | cst.List(elements=names))],
                    value=value,
                ) if value is call.node and element < len(names):
                    name = dotted_name(names[element].value)
                case cst.Assign(
                    targets=[cst.AssignTarget(target=kept)],
                    value=cst.Subscript(
                        value=value,
                        slice=[cst.SubscriptElement(slice=cst.Index(value=cst.Integer() as index))],
                    ),
                ) if value is call.node and index.evaluated_value == element:
                    name = dotted_name(kept)
                case _:
                    continue
            if name is not None:
                owned = name.startswith("self.")
                return name, call.scope.enclosing(ScopeKind.CLASS) if owned else call.scope
        return None, None

    def _replaced(self, call: PlacedCall, target: str | None, scope: Scope | None) -> Span | None:
        """Where the name of a schedule is surely given to another one, before anything ticks it."""
        if target is None or scope is None:
            return None
        made = self._module.span(call.node)
        for binding in scope.bindings.get(target, ()):
            if (
                binding.position <= made.end
                or binding.value is call.node
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
                and _mentions(each.node, target)
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

    def _bodies(self, scope: Scope) -> Sequence[cst.CSTNode]:
        return [scope.node] if scope.node is not None else self._module.script

    def _body(self, home: Scope) -> Sequence[cst.CSTNode]:
        return home.node.body.body if isinstance(home.node, cst.FunctionDef) else self._module.script


def _beyond_bounds(error: RecursionError | TooLarge) -> str:
    """Which bound a reading has passed."""
    return str(error) if isinstance(error, TooLarge) else _TOO_DEEP


def _suites(call: PlacedCall) -> tuple[tuple[int, int], ...]:
    """The suites around a call, each after the number of the `if` that it is of."""
    return tuple((each.chain, each.number) for each in call.blocks)


def _catches(handler: cst.ExceptHandler) -> bool:
    """Whether a handler takes the `ValueError` of a tick too many."""
    names = [dotted_name(each) for each in walk(handler.type)] if handler.type is not None else ["Exception"]
    return bool({"Exception", "BaseException", "ValueError"} & set(names))


def _within_pass(root: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """What stands below `root`, and in no loop there."""
    for child in children(root):
        if not isinstance(child, cst.For | cst.While | cst.FunctionDef | cst.ClassDef):
            yield child
            yield from _within_pass(child)


def _mentions(value: cst.CSTNode, name: str) -> bool:
    return any(dotted_name(each) == name for each in walk(value))


def _last(call: cst.Call) -> str:
    return (dotted_name(call.func) or "a schedule").rpartition(".")[2]


def _speaks_of_warmup(function: cst.FunctionDef) -> bool:
    names = [function.name.value, *(each.name.value for each in function.params.params)]
    return any("warm" in name.lower() for name in names)


def _yields(value: cst.CSTNode, call: cst.Call) -> bool:
    """Whether `value` is the object that `call` makes, at least on one branch."""
    if isinstance(value, cst.IfExp):
        return _yields(value.body, call) or _yields(value.orelse, call)
    return value is call
