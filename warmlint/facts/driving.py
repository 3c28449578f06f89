"""The training loop that drives a schedule: from the place where it is made to what ticks it, through the
functions that it is returned from, given to and kept by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import libcst as cst

from warmlint.expr import Node, Op, Symbol, SymbolKind, const, node, substitute, symbols, unknown
from warmlint.facts.actors import Actors, Follower, Known, Names, class_around, ticks
from warmlint.facts.frameworks import Frameworks
from warmlint.facts.loops import LoopReader
from warmlint.facts.lowering import Lowering, Where
from warmlint.facts.members import MEMBER, drawn_by, member_of, put_by, root_of, stray_uses
from warmlint.facts.model import UNAPPLIED, Loop
from warmlint.facts.module import Module, module_of
from warmlint.facts.optimizers import arguments
from warmlint.facts.project import is_stub
from warmlint.facts.scopes import PlacedCall, Scope, ScopeKind, dotted_name
from warmlint.facts.starts import Starts
from warmlint.facts.ticks import Method, is_tick_name
from warmlint.facts.walk import children, returned_values, walk, walk_scope
from warmlint.facts.writers import Written, home_of
from warmlint.program import (
    Guard,
    How,
    Make,
    Program,
    Set,
    Tick,
    While,
    bodies,
    called,
    handled,
    has,
    ticks_in_loop,
    ticks_of,
)

Kept = tuple[str | None, Scope | None]
"""A name, and the scope that it is looked up in."""

_HARMLESS: Final = frozenset(
    {"isinstance", "print", "type", "id", "repr", "str", "len", "hasattr", "callable"}
)
_PREPARES: Final = "prepare"
_ASKS: Final = frozenset(
    {"state_dict", "load_state_dict", "get_last_lr", "get_lr", "last_epoch", "base_lrs", "print_lr"}
)
"""What a schedule may be asked without being moved."""
_LOOKS_UP: Final = frozenset({"getattr", "vars", "globals", "locals", "eval", "exec"})
_INERT: Final = frozenset({"object", "abc.ABC", "torch.nn.Module", "torch.nn.modules.module.Module"})
"""Base classes out of sight that know of no schedule."""
_DEPTH: Final = 4
"""How far a schedule is followed up, from a function to the one that calls it."""


@dataclass(frozen=True, slots=True)
class Driven:
    """The loop of a schedule, and where the schedule goes out of sight, if it does. `given` are the arguments
    of the functions that it is returned from, where each is called in one place; `comes_from` is the call
    that returns it last, and `target` the name that it has there, where it is returned at all."""

    loop: Loop
    leaves: str | None
    given: Mapping[Symbol, Node] = field(default_factory=dict)
    comes_from: PlacedCall | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True)
class _Home:
    """The function that has a schedule in the end: the names that it has there, and what returns it on the
    way."""

    scope: Scope
    target: str
    owner: Scope
    optimizer: str | None
    returned_from: tuple[Scope, ...] = ()
    given: Mapping[Symbol, Node] = field(default_factory=dict)
    caller: PlacedCall | None = None


class Driver:
    """Finds the loops of the schedules of one linted file; `kept` tells the name that a call's result is
    kept under."""

    def __init__(
        self,
        module: Module,
        lowering: Lowering,
        starts: Starts,
        kept: Callable[[PlacedCall, int | None], Kept],
    ) -> None:
        self._module = module
        self._lowering = lowering
        self._starts = starts
        self._kept = kept
        self._frameworks = Frameworks(module, lowering)
        self._spoken: Counter[str] | None = None

    def driven(
        self,
        call: PlacedCall,
        kept: Kept,
        optimizer: str | None,
        methods: Mapping[str, Method],
        start: Node,
    ) -> Driven:
        """The loop that drives what `call` makes."""
        if not methods:
            return Driven(Loop(reason="a framework makes it, and ticks it"), "made by a framework")
        target, owner = kept
        owned = self._frameworks.owned(home_of(call.scope), target, call.node)
        if owned is not None:
            by = owned.owner.name if owned.owner is not None else "a framework"
            return Driven(owned, f"given to {by}")
        made_in = home_of(call.scope)
        first = _Home(made_in, target or "", owner or made_in, optimizer)
        last = self._returned(call, first)
        if not last.target and self._lets_go(call) and not self._is_of_project(call):
            return Driven(self._unkept(call, optimizer, methods, start), None)
        if not last.target:
            holder = self._holder(call.node)
            told = "not kept under a name here"
            if holder is not None:
                told = f"given to `{self._callee(holder)}`"
            return Driven(Loop(reason=f"the schedule is {told}"), told)
        known = Known(self._lowering, (last.target, last.owner), last.optimizer, last.scope)
        if last is not first:
            known = known.also((first.target, first.owner) if first.target else None, optimizer, made_in)
        for home in dict.fromkeys((made_in, last.scope)):
            known = self._with_members(known, home)
        reader = LoopReader(self._module, self._lowering, self._starts, call.node, start, known, methods)
        program = reader.read(last.scope, self._body(last.scope))
        called_often = False
        ticking = dict.fromkeys(
            home_of(each.scope)
            for each in self._module.index.calls
            if ticks(each.node, self._names(known, each.scope), methods)
        )
        pending = [home for home in ticking if home not in reader.entered]
        drivers = list(dict.fromkeys(self._driver(home) for home in pending))
        if len(drivers) > 1:
            return Driven(Loop(reason="it is ticked in several functions"), None)
        if drivers:
            body = reader.read(drivers[0], self._body(drivers[0]))
            missed = [home for home in pending if home not in reader.entered]
            for home in missed[:1]:
                body = (*called(body, self._module.span(call.node)), *reader.read(home, self._body(home)))
            if not ticks_in_loop(body):
                # Whoever calls it, calls it often: one call is one pass of a loop out of sight.
                called_often = True
                span = self._module.span(call.node)
                body = (While(const(True), called(body, span), span),)
            before = () if has(body, Make) else called(program, self._module.span(call.node))
            program = (*before, *body)
        leaves = self._leaves(reader, last)
        loop = self._loop(program, reader, leaves, called_often)
        if leaves is None and (not loop.ticks or all(map(self._is_unused, ticking))):
            again = LoopReader(self._module, self._lowering, self._starts, call.node, start, known, methods)
            loop = self._idle(call.node, last, again, known, methods) or loop
        return Driven(loop, leaves, last.given, last.caller, last.target)

    def writing(self, found: Written, home: Scope) -> tuple[Node, Loop]:
        """The tick that an LR that is written by hand stands at first, and the loop that writes it."""
        known_here = Known(self._lowering, None, found.optimizer, home)
        reader = LoopReader(
            self._module, self._lowering, self._starts, None, const(UNAPPLIED), known_here, {}, found.events
        )
        root = self._driver(home)
        program = reader.read(root, self._body(root))
        if home not in reader.entered or not ticks_of(program):
            program = reader.read(home, self._body(home))
        known: list[Set] = []
        lost: list[str] = []
        counted = symbols(*(each.argument for each in ticks_of(program) if each.argument is not None))
        for symbol in counted:
            start = self._starts.first(symbol.name, self._lowering.scope_of(symbol))
            if start is not None:
                known.append(Set(symbol, start))
            elif not reader.sets(symbol) and (symbol.kind is SymbolKind.COUNTER or is_tick_name(symbol.name)):
                lost.append(symbol.name)
        if lost:
            reason = f"`{lost[0]}` starts at a number that is not in sight"
            return unknown(reason), Loop(reason=reason)
        spans, updates = tuple(dict.fromkeys(reader.ticks)), tuple(dict.fromkeys(reader.updates))
        span = self._module.span(found.at)
        if not ticks_in_loop(program):
            program = (While(const(True), called(program, span), span),)
        elif any(each.symbol.kind is SymbolKind.PARAMETER for each in known):
            program = (*program, While(const(True), (), span))  # one call of many: the run goes on
        guarded = _guards(program, _made_of(program, set(counted)))
        return const(UNAPPLIED), Loop((*known, *program), spans, updates, not updates, guarded=guarded)

    def _names(self, known: Known, scope: Scope) -> Names:
        """The names of the schedule in a function, those that a loop gives to a member among them."""
        seen = known.inside(scope)
        if not any(each.endswith(MEMBER) for each in seen.schedules):
            return seen.schedules
        home = home_of(scope)
        return Follower(self._lowering, known, ()).called_in(seen, self._body(home), home).schedules

    def _with_members(self, known: Known, home: Scope) -> Known:
        """With the collections into which the body of a function puts the schedule, and those that its
        optimizer is taken from."""
        seen = Follower(self._lowering, known, ()).called_in(Actors(), self._body(home), home)
        for name in sorted(each for each in seen.names if each.endswith(MEMBER)):
            owner = class_around(home) if name.startswith("self.") else home.defining(root_of(name))
            if owner is not None:
                kept = (name, owner) if name in seen.schedules else None
                known = known.also(kept, None if kept else name, home)
        return known

    def _loop(self, program: Program, reader: LoopReader, leaves: str | None, called_often: bool) -> Loop:
        # Any other `.step(` of the file, read or not, may be the update under another name.
        text = self._module.source.text
        elsewhere = text.count(".step(") + text.count("_step(")
        hidden = not reader.updates and (
            called_often or leaves is not None or elsewhere > len(reader.ticks) or reader.hidden
        )
        ticks, updates = tuple(dict.fromkeys(reader.ticks)), tuple(dict.fromkeys(reader.updates))
        writes = tuple(dict.fromkeys(reader.writes))
        if not ticks:
            reason = f"the schedule is {leaves}" if leaves is not None else "no tick of it is in sight"
            return Loop(reason=reason, updates=updates, without_tick=program, hidden_updates=hidden)
        return Loop(program, ticks, updates, hidden, bool(writes), writes=writes)

    # --- nowhere: what nothing ticks ----------------------------------------------------------------
    def _unkept(
        self, call: PlacedCall, optimizer: str | None, methods: Mapping[str, Method], start: Node
    ) -> Loop:
        """The loop beside a schedule that is made and let go: nothing has a name to tick it by."""
        home = home_of(call.scope)
        known = Known(self._lowering, None, optimizer, home)
        reader = LoopReader(self._module, self._lowering, self._starts, call.node, start, known, methods)
        program = reader.read(home, self._body(home))
        return Loop(reason="nothing keeps it", without_tick=program, idle=True)

    def _is_of_project(self, call: PlacedCall) -> bool:
        """Whether what makes a schedule is written in the project, and may keep it in a way of its own."""
        where = Where(call.scope, self._module.span(call.node).start, call.blocks)
        family = self._lowering.class_of(call.node.func, where)
        function = self._lowering.function(call.node.func, where) if family is None else None
        scope = family[0] if family is not None else function.scope if function is not None else None
        return scope is not None and not is_stub(scope)

    def _idle(
        self, made: cst.Call, home: _Home, reader: LoopReader, known: Known, methods: Mapping[str, Method]
    ) -> Loop | None:
        """The loop of a schedule that nothing could tick; None where something could."""
        self._module.parse_all()
        scope = self._maker(home) if home.target.startswith("self.") else home.scope
        if scope is None:
            return None
        program = reader.read(scope, self._body(scope))
        swapped = [
            each
            for each in handled(program)
            if each.how is How.PREPARED
            or (each.how in {How.REMADE, How.OPTIMIZER_TAKEN} and each.span > self._module.span(made))
        ]
        shared = any(each.endswith(MEMBER) for actors in reader.entered.values() for each in actors.schedules)
        if reader.ticks or reader.writes or swapped or shared or self._leaves(reader, home) is not None:
            return None
        keepers = [class_around(each) for each in reader.entered if _kept_in(reader.entered[each])]
        if not all(
            self._is_whole(above) for each in keepers if each for above in self._lowering.family(each)
        ):
            return None
        kept = frozenset().union(*map(_kept_in, reader.entered.values()))
        dead = {each for statement in reader.dead for each in walk(statement)}
        for module in {self._module: None} | {module_of(each): None for each in reader.entered}:
            for each in (module.index.scope, *module.index.opened.values()):
                names = _names_in(each, reader, known)
                roots = self._roots(each) if module is self._module else [each.node] if each.node else []
                if not roots or (module is self._module and self._is_unused(each)):
                    continue
                if any(_may_tick(root, names, kept, methods, dead) for root in roots):
                    return None
                if module is not self._module and any(
                    use not in reader.followed
                    for root in roots
                    for name in names
                    for use in _bare_uses(root, name)
                ):
                    return None
        updates = tuple(dict.fromkeys(reader.updates))
        return Loop(
            reason="nothing ticks it",
            updates=updates,
            hidden_updates=reader.hidden,
            without_tick=program,
            idle=True,
        )

    def _maker(self, home: _Home) -> Scope | None:
        """Where the loop begins that the one object runs which keeps a schedule: all of its classes are in
        sight, and so is the object."""
        keeper = class_around(home.owner)
        classes = [each for each in self._module.index.opened.values() if each.kind is ScopeKind.CLASS]
        families = [self._lowering.family(each) for each in classes]
        families = [each for each in families if keeper in each]
        makings = [
            call
            for family in families
            for call in self._module.calls_of(family[0].name)
            if self._lowering.class_of(call.node.func, Where(call.scope)) == family
        ]
        if len(makings) != 1 or not all(self._is_whole(each) for family in families for each in family):
            return None
        made = makings[0]
        called_on = any(
            isinstance(each.node.func, cst.Attribute) and each.node.func.value is made.node
            for each in self._module.index.calls
        )
        kept = called_on or self._kept(made, None)[0] is not None
        return self._driver(home_of(made.scope)) if kept else None

    def _is_whole(self, family: Scope) -> bool:
        """Whether nothing out of sight stands above a class."""
        assert isinstance(family.node, cst.ClassDef)
        where = Where(family.parent or family)
        return all(
            self._lowering.class_of(base.value, where) is not None
            or (module_of(where.scope).qualified(base.value, where.scope) or dotted_name(base.value))
            in _INERT
            for base in family.node.bases
        )

    def _is_unused(self, scope: Scope) -> bool:
        """Whether nothing in this file speaks of a method."""
        function = scope.node
        if not isinstance(function, cst.FunctionDef) or function.decorators or scope.parent is None:
            return False
        if scope.parent.kind is not ScopeKind.CLASS or scope.name.startswith("__"):
            return False
        if any(scope.name in each.calls for each in self._module.screen.statements):
            return False
        if self._spoken is None:
            self._spoken = Counter(self._module.spoken())
        return self._spoken[scope.name] == 1

    # --- up: who has it in the end ------------------------------------------------------------------
    def _returned(self, call: PlacedCall, home: _Home) -> _Home:
        """Who has the schedule in the end, where functions of this file return it."""
        made: cst.CSTNode = call.node
        while len(home.returned_from) < _DEPTH:
            function = home.scope.node
            if not isinstance(function, cst.FunctionDef):
                return home
            place = _returned_place(function, home.target, made)
            callers = self._callers(home.scope) if place is not None else []
            if place is None or len(callers) != 1:
                return home
            caller = callers[0]
            target, owner = self._kept(caller, place.element)
            if target is None or owner is None:
                return home
            optimizer = self._optimizer_of(caller, home, place)
            made = caller.node
            own = self._arguments(caller, home.scope)
            given = {symbol: substitute(value, own) for symbol, value in home.given.items()} | own
            passed = (*home.returned_from, home.scope)
            home = _Home(home_of(caller.scope), target, owner, optimizer, passed, given, caller)
        return home

    def _optimizer_of(self, caller: PlacedCall, home: _Home, place: _Place) -> str | None:
        """What the caller of a function calls the function's optimizer."""
        function = home.scope.node
        assert isinstance(function, cst.FunctionDef)
        names = [each.name.value for each in function.params.params]
        if names[:1] == ["self"]:
            if home.optimizer is not None and home.optimizer.startswith("self."):
                return home.optimizer
            names = names[1:]
        for number, name in enumerate(names):
            if name == home.optimizer:
                for arg in caller.node.args:
                    if arg.keyword is not None and arg.keyword.value == name:
                        return dotted_name(arg.value)
                if number < len(caller.node.args) and caller.node.args[number].keyword is None:
                    return dotted_name(caller.node.args[number].value)
        for element, spelled in enumerate(place.elements):
            if spelled == home.optimizer:
                return self._kept(caller, element)[0]
        return None

    def _arguments(self, caller: PlacedCall, function: Scope) -> dict[Symbol, Node]:
        """What the parameters of a function are in a call of it, each under its own name."""
        target = self._lowering.function(caller.node.func, Where(caller.scope))
        if target is None or any(arg.star for arg in caller.node.args):
            return {}
        known = self._lowering.parameters_of(function)
        names = [each.name.value for each in target.function.params.params][target.skips_self :]
        where = Where(caller.scope, self._module.span(caller.node).start, caller.blocks)
        return {
            known[name]: node(Op.NAMED, self._lowering.expression(value, where), value=name)
            for name, value in arguments(caller.node, names).items()
            if name in known
        }

    def _callers(self, home: Scope) -> list[PlacedCall]:
        """The calls in this file of a function of this file."""
        return [each for each in self._module.calls_of(home.name) if self._is_called(each, home)]

    def _is_called(self, call: PlacedCall, home: Scope) -> bool:
        target = self._lowering.function(call.node.func, Where(call.scope))
        if target is not None:
            return target.function is home.node
        if not isinstance(call.node.func, cst.Attribute) or home.parent is None:
            return False
        owner = dotted_name(call.node.func.value)
        if owner is None:
            return False
        defining = call.scope.defining(owner.partition(".")[0])
        bindings = defining.bindings.get(owner, ()) if defining is not None else ()
        for binding in bindings:
            if isinstance(binding.value, cst.Call):
                family = self._lowering.class_of(binding.value.func, Where(binding.scope))
                if family is not None and home.parent in family:
                    return True
        return False

    def _driver(self, home: Scope) -> Scope:
        """The function from which the loop begins: what calls a function, as long as one alone does."""
        seen = [home]
        for _ in range(_DEPTH):
            callers = dict.fromkeys(home_of(each.scope) for each in self._callers(seen[-1]))
            if len(callers) != 1 or next(iter(callers)) in seen:
                break
            seen.extend(callers)
        return seen[-1]

    def _body(self, home: Scope) -> Sequence[cst.CSTNode]:
        return home.node.body.body if isinstance(home.node, cst.FunctionDef) else self._module.script

    # --- out: where it goes -------------------------------------------------------------------------
    def _leaves(self, reader: LoopReader, home: _Home) -> str | None:
        """Where the schedule goes out of sight, if it does."""
        for scope, actors in reader.entered.items():
            holding = {name for name, holder in actors.holders.items() if holder.schedules}
            names = sorted(actors.schedules | holding)
            if scope.module is not self._module or not names:
                continue
            for root in self._roots(scope):
                for name in names:
                    for use in _uses(root, name):
                        found = self._left(use, scope, reader, actors, home)
                        if found is not None:
                            return found
        return None

    def _roots(self, scope: Scope) -> Sequence[cst.CSTNode]:
        return [scope.node] if scope.node is not None else self._module.script

    def _left(
        self, use: cst.CSTNode, scope: Scope, reader: LoopReader, actors: Actors, home: _Home
    ) -> str | None:
        if use in reader.followed or _is_renaming(use, self._roots(scope), actors):
            return None
        holder = self._holder(use)
        if holder is not None:
            callee = self._callee(holder)
            harmless = callee in _HARMLESS or callee.rpartition(".")[2] == _PREPARES
            return None if harmless else f"given to `{callee}`"
        if scope in home.returned_from or self._is_dropped(use, scope):
            return None
        return "returned or stored"

    def _is_dropped(self, use: cst.CSTNode, scope: Scope) -> bool:
        """Whether a function returns a value, and all who call it let that go."""
        values = returned_values(scope.node) if isinstance(scope.node, cst.FunctionDef) else []
        callers = self._callers(scope) if any(use in set(walk(each)) for each in values) else []
        return bool(callers) and all(map(self._lets_go, callers))

    def _lets_go(self, call: PlacedCall) -> bool:
        """Whether a call is a statement of its own: nothing is done with what it returns."""
        return any(
            isinstance(each, cst.Expr) and each.value is call.node
            for root in self._roots(call.scope)
            for each in walk_scope(root)
        )

    def _holder(self, use: cst.CSTNode) -> PlacedCall | None:
        return next((each for each in self._module.index.calls if _is_argument(each.node, use)), None)

    def _callee(self, call: PlacedCall) -> str:
        return " ".join(self._module.text(call.node.func).split())


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a schedule stands in what a function returns: which element of a tuple (None: it is all), and
    how the elements are spelled."""

    element: int | None
    elements: tuple[str | None, ...] = ()


def _returned_place(function: cst.FunctionDef, target: str, made: cst.CSTNode) -> _Place | None:
    """Where a function returns a schedule; None where it does not, or in several ways."""
    found: list[_Place] = []
    for each in walk_scope(function):
        if not isinstance(each, cst.Return) or each.value is None:
            continue
        value = each.value
        if value is made or dotted_name(value) == target:
            found.append(_Place(None))
        elif isinstance(value, cst.Tuple | cst.List):
            spelled = tuple(dotted_name(element.value) for element in value.elements)
            found += [
                _Place(number, spelled)
                for number, element in enumerate(value.elements)
                if element.value is made or spelled[number] == target
            ]
    return found[0] if len(found) == 1 else None


def _kept_in(actors: Actors) -> Names:
    """The attributes under which objects keep the schedule: `.scheduler`."""
    return frozenset(each.removeprefix("self") for each in actors.schedules if each.startswith("self."))


def _names_in(scope: Scope, reader: LoopReader, known: Known) -> Names:
    """The names that a function, or what it is nested in, has for the schedule."""
    names = known.inside(scope).schedules
    around: Scope | None = scope
    while around is not None:
        if around in reader.entered:
            names |= reader.entered[around].schedules
        around = around.parent
    return names


def _may_tick(
    root: cst.CSTNode,
    names: Names,
    kept: Names,
    methods: Mapping[str, Method],
    dead: Container[cst.CSTNode],
) -> bool:
    """Whether a body may tick the schedule, or take it, or its tick, to where that can be done."""
    harmless: set[cst.CSTNode] = set()

    def is_it(each: cst.CSTNode) -> bool:
        return dotted_name(each) in names

    def may_be(each: cst.CSTNode) -> bool:
        """Whether it is the schedule, or may be by another name of the object that keeps it."""
        dotted = dotted_name(each) or ""
        return dotted in names or dotted.endswith(tuple(kept))

    for each in walk_scope(root):
        if each in dead:
            continue
        match each:
            case cst.Import() | cst.ImportFrom():
                harmless.update(walk(each))
            case cst.Expr(value=cst.Attribute() as looked_at):
                harmless.add(looked_at)  # a call without its parentheses
            case cst.Call(func=cst.Attribute(value=value, attr=attr) as func) if is_it(value):
                if attr.value not in _ASKS:
                    return True
                harmless.update((func, value))
            case cst.Call(func=func) if is_it(func):
                return True
            case cst.Call(func=cst.Name(value=name)) if kept and name in _LOOKS_UP:
                return True
            case cst.Attribute(attr=cst.Name(value="__dict__")) if kept:
                return True
            case cst.Attribute(value=value, attr=attr) if may_be(value):
                if attr.value in methods and each not in harmless:
                    return True
                harmless.add(value)
            case cst.Attribute() if may_be(each) and not is_it(each) and each not in harmless:
                return True
    return False


def _is_renaming(use: cst.CSTNode, roots: Sequence[cst.CSTNode], actors: Actors) -> bool:
    """Whether a use gives the schedule another name, by which it is known as well, or puts it where it is
    known as a member."""
    for root in roots:
        for each in walk_scope(root):
            if isinstance(each, cst.Assign) and each.value is use:
                return all(dotted_name(target.target) in actors.schedules for target in each.targets)
            if any(value is use and member_of(kept) in actors.schedules for value, kept in put_by(each)):
                return True
    return False


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


def _uses(root: cst.CSTNode, name: str) -> Iterator[cst.CSTNode]:
    """Uses of the schedule by a name, or of the collection whose member it is, that may take it elsewhere."""
    if name.endswith(MEMBER):
        return stray_uses(root, name.removesuffix(MEMBER), _ASKS)
    return _bare_uses(root, name)


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
            case cst.For(target=target, iter=source) | cst.CompFor(target=target, iter=source):
                followed = any(known == dotted for _, known in drawn_by(node))
                stack.extend(
                    child for child in children(node) if child not in {target, source if followed else None}
                )
            case cst.If(test=test) | cst.IfExp(test=test) if dotted_name(test) == dotted:
                stack.extend(child for child in children(node) if child is not test)
            case cst.Arg(value=value):
                stack.append(value)  # a keyword is no use of the name that it is spelled like
            case cst.Attribute(value=value):
                stack.append(value)
            case _:
                stack.extend(children(node))


def _made_of(program: Program, counted: set[Symbol]) -> set[Symbol]:
    """Variables, and those that the program makes of them, as `ni` of `ni = i + batches * epoch`."""
    found = set(counted)
    for each in program:
        if isinstance(each, Set) and found & set(symbols(each.value)):
            found.add(each.symbol)
        for body in bodies(each):
            found |= _made_of(body, found)
    return found


def _guards(program: Program, counted: set[Symbol], inside: bool = False) -> bool:
    """Whether a tick stands under a condition on what it counts."""
    for each in program:
        if isinstance(each, Tick) and inside:
            return True
        on_count = isinstance(each, Guard) and bool(counted & set(symbols(each.condition)))
        if any(_guards(body, counted, inside or on_count) for body in bodies(each)):
            return True
    return False
