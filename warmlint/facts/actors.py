"""Who is who in a function: by what names it knows a schedule and its optimizer, and what objects hold them.

A training loop is seldom one function. Where a call is given the schedule, or is a method of what holds it,
the function that is called is a part of the loop, under names of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import libcst as cst

from warmlint.expr import Node
from warmlint.facts.lowering import Lowering, Target, Where
from warmlint.facts.members import drawn_by, member_of, put_by, root_of
from warmlint.facts.module import module_of
from warmlint.facts.project import is_stub
from warmlint.facts.scopes import Scope, ScopeKind, dotted_name
from warmlint.facts.ticks import STEP, Method
from warmlint.facts.walk import walk_scope

Names = frozenset[str]
_NONE: Names = frozenset()


@dataclass(frozen=True, slots=True)
class Holder:
    """An object of a class of the project that keeps the schedule or its optimizer: its class, with those
    above it, and the names that its methods have for them (`self.scheduler`)."""

    family: tuple[Scope, ...]
    schedules: Names = _NONE
    optimizers: Names = _NONE


@dataclass(frozen=True, slots=True)
class Actors:
    """What matters in one function: the names of the schedule, of its optimizer and of what holds them.

    `methods` are those that tick the schedule, each with what it does in order (see
    `warmlint.facts.objects`); `events` are the calls and statements that write an LR, each with the tick
    number that it writes for. `family` is the class whose object `self` is, where that is known.
    """

    schedules: Names = _NONE
    optimizers: Names = _NONE
    holders: Mapping[str, Holder] = field(default_factory=dict)
    methods: Mapping[str, Method] = field(default_factory=lambda: STEP)
    events: Mapping[cst.CSTNode, Node] = field(default_factory=dict)
    family: tuple[Scope, ...] | None = None

    @property
    def names(self) -> Names:
        """The names of the schedule and of the optimizer."""
        return self.schedules | self.optimizers

    def renamed(self, old: str, new: str) -> Actors:
        """With `new` as one more name of what `old` is."""
        changed = self
        if old in self.schedules:
            changed = replace(changed, schedules=changed.schedules | {new})
        if old in self.optimizers:
            changed = replace(changed, optimizers=changed.optimizers | {new})
        if old in self.holders:
            changed = replace(changed, holders={**changed.holders, new: self.holders[old]})
        return changed


@dataclass(frozen=True, slots=True)
class Entered:
    """A function of the project that a call runs: its scope and body, who is who in it, and its arguments
    by parameter, as the caller computes them (None where the call does not spell them out)."""

    scope: Scope
    body: Sequence[cst.CSTNode]
    actors: Actors
    sources: Mapping[str, cst.BaseExpression] | None
    target: Target


@dataclass(frozen=True, slots=True)
class _Named:
    """A name of what matters, and the scope that it is looked up in."""

    name: str
    owner: Scope


class Known:
    """The names under which a schedule and its optimizer are made and kept, wherever they are seen."""

    def __init__(
        self,
        lowering: Lowering,
        schedule: tuple[str, Scope] | None,
        optimizer: str | None,
        home: Scope,
    ) -> None:
        self._lowering = lowering
        self._schedules: tuple[_Named, ...] = (_Named(*schedule),) if schedule is not None else ()
        owner = self._owner(optimizer, home)
        self._optimizers: tuple[_Named, ...] = ()
        if optimizer is not None and owner is not None:
            self._optimizers = (_Named(optimizer, owner),)

    def also(self, schedule: tuple[str, Scope] | None, optimizer: str | None, home: Scope) -> Known:
        """With the names of one more function."""
        more = Known(self._lowering, schedule, optimizer, home)
        more._schedules += self._schedules
        more._optimizers += self._optimizers
        return more

    @staticmethod
    def _owner(name: str | None, home: Scope) -> Scope | None:
        if name is None:
            return None
        if name.startswith("self."):
            return class_around(home)
        return home.defining(root_of(name))

    def inside(self, scope: Scope) -> Actors:
        """What is seen of them in a function."""
        return Actors(
            frozenset(each.name for each in self._schedules if self._sees(scope, each)),
            frozenset(each.name for each in self._optimizers if self._sees(scope, each)),
        )

    def _sees(self, scope: Scope, named: _Named) -> bool:
        name, owner = named.name, named.owner
        if name.startswith("self."):
            around = class_around(scope)
            return around is owner or (
                around is not None
                and isinstance(owner.node, cst.ClassDef)
                and (owner in self._lowering.family(around) or around in self._lowering.family(owner))
            )
        if module_of(scope) is not module_of(owner):
            return False  # a file's own names are not those of the files that it calls
        root = root_of(name)
        return scope.defining(name if name in owner.bindings and "." not in name else root) in (owner, None)


def ticks(call: cst.Call, schedules: Names, methods: Mapping[str, Method]) -> bool:
    """Whether a call ticks what `schedules` are the names of."""
    if dotted_name(call.func) in schedules:
        return "__call__" in methods
    return (
        isinstance(call.func, cst.Attribute)
        and call.func.attr.value in methods
        and dotted_name(call.func.value) in schedules
    )


class Follower:
    """Follows calls into functions of the project."""

    def __init__(self, lowering: Lowering, known: Known, events: Iterable[cst.CSTNode]) -> None:
        self._lowering = lowering
        self._known = known
        self._events = [lowering.home.span(each) for each in events]

    def _is_eventful(self, target: Target) -> bool:
        """Whether the schedule is made, or its LR written, in a function."""
        home = self._lowering.home
        if not self._events or module_of(target.scope) is not home:
            return False
        whole = home.span(target.function)
        return any(whole.start <= each.start and each.end <= whole.end for each in self._events)

    def called_in(self, actors: Actors, body: Iterable[cst.CSTNode], scope: Scope) -> Actors:
        """`actors`, with all that is known in `scope`, the names that its body gives to them, and the objects
        that it makes to hold them."""
        seen = self._known.inside(scope)
        actors = replace(
            actors,
            schedules=actors.schedules | seen.schedules,
            optimizers=actors.optimizers | seen.optimizers,
        )
        for statement in body:
            for each in walk_scope(statement):
                match each:
                    case cst.Assign(targets=targets, value=cst.Name() | cst.Attribute() as value):
                        known = dotted_name(value)
                        for target in targets:
                            new = dotted_name(target.target)
                            if known is not None and new is not None:
                                actors = actors.renamed(known, new)
                    case cst.Assign(targets=targets, value=cst.Call() as call):
                        for target in targets:
                            new = dotted_name(target.target)
                            holder = self._made_by(call, scope, actors, new) if new is not None else None
                            if new is not None and holder is not None:
                                actors = replace(actors, holders={**actors.holders, new: holder})
                    case cst.For() | cst.CompFor():
                        for new, known in drawn_by(each):
                            actors = actors.renamed(known, new)
                            if new in actors.optimizers:
                                actors = actors.renamed(new, known)
                for put, collection in put_by(each):
                    member = dotted_name(put)
                    if member is not None:
                        actors = actors.renamed(member, member_of(collection))
        return actors

    def _made_by(self, call: cst.Call, scope: Scope, actors: Actors, kept: str = "") -> Holder | None:
        """The object that a call makes, if it is of a class of the project and keeps what matters: what it is
        given, or what is known as an attribute of the name that it is `kept` under (`wrapper._optim`)."""
        family = self._lowering.class_of(call.func, Where(scope))
        if family is None or is_stub(family[0]):
            return None
        init = self._lowering.method(family, "__init__")
        if init is None or not isinstance(init.function, cst.FunctionDef):
            return None
        given = _given(call, init)
        inner = _passed(actors, given or {})
        inner = replace(
            inner,
            schedules=inner.schedules | _attributes(actors.schedules, kept),
            optimizers=inner.optimizers | _attributes(actors.optimizers, kept),
        )
        if given is not None and not self._is_eventful(init) and not inner.names:
            return None
        opened = module_of(init.scope).index.opened.get(init.function)
        if opened is None:
            return None
        inner = self.called_in(inner, init.function.body.body, opened)
        holder = Holder(family, _of_self(inner.schedules), _of_self(inner.optimizers))
        return holder if holder.schedules or holder.optimizers else None

    def entered(self, call: cst.Call, scope: Scope, actors: Actors) -> Entered | None:
        """The function that a call runs, where something in it may matter; None where nothing can."""
        target, inner = self._receiver(call, scope, actors)
        if target is None or not isinstance(target.function, cst.FunctionDef) or is_stub(target.scope):
            return None
        opened = module_of(target.scope).index.opened.get(target.function)
        if opened is None:
            return None
        sources = _given(call, target)
        passed = _passed(actors, sources or {})
        inner = replace(
            inner,
            schedules=inner.schedules | passed.schedules,
            optimizers=inner.optimizers | passed.optimizers,
            holders={**inner.holders, **passed.holders},
            methods=actors.methods,
            events=actors.events,
        )
        body = target.function.body.body
        inner = self.called_in(inner, body, opened)
        if not (inner.names or inner.holders or self._is_eventful(target)):
            return None
        return Entered(opened, body, inner, sources, target)

    def _receiver(self, call: cst.Call, scope: Scope, actors: Actors) -> tuple[Target | None, Actors]:
        """The function that a call runs, and what it knows by the object that it is called on."""
        func = call.func
        if isinstance(func, cst.Attribute):
            owner = dotted_name(func.value)
            holder = actors.holders.get(owner or "")
            if isinstance(func.value, cst.Call):
                holder = self._made_by(func.value, scope, actors)
            if holder is not None:
                own = Actors(holder.schedules, holder.optimizers, family=holder.family)
                return self._lowering.method(holder.family, func.attr.value), own
            if owner == "self":
                own = Actors(_of_self(actors.schedules), _of_self(actors.optimizers), family=actors.family)
                if actors.family is not None:
                    return self._lowering.method(actors.family, func.attr.value), own
                return self._lowering.function(func, Where(scope)), own
        family = self._lowering.class_of(func, Where(scope))
        if family is not None:
            return self._lowering.method(family, "__init__"), Actors(family=family)
        return self._lowering.function(func, Where(scope)), Actors()


def _attributes(names: Names, owner: str) -> Names:
    """The names that the methods of an object have for those that are known as attributes of it."""
    start = f"{owner}."
    return frozenset(f"self.{each.removeprefix(start)}" for each in names if each.startswith(start))


def _of_self(names: Names) -> Names:
    return frozenset(each for each in names if each.startswith("self."))


def _given(call: cst.Call, target: Target) -> dict[str, cst.BaseExpression] | None:
    """The arguments of a call by parameter; None where some are not spelled out."""
    if any(arg.star for arg in call.args):
        return None
    parameters = target.function.params
    names = [each.name.value for each in (*parameters.posonly_params, *parameters.params)]
    free = iter(names[target.skips_self :])
    found: dict[str, cst.BaseExpression] = {}
    for arg in call.args:
        name = arg.keyword.value if arg.keyword is not None else next(free, None)
        if name is not None:
            found[name] = arg.value
    return found


def _passed(actors: Actors, given: Mapping[str, cst.BaseExpression]) -> Actors:
    """What a function knows by its parameters."""
    found = Actors(methods=actors.methods, events=actors.events)
    for name, value in given.items():
        spelled = dotted_name(value) or ""
        if spelled in actors.schedules:
            found = replace(found, schedules=found.schedules | {name})
        if spelled in actors.optimizers:
            found = replace(found, optimizers=found.optimizers | {name})
        if spelled in actors.holders:
            found = replace(found, holders={**found.holders, name: actors.holders[spelled]})
    return found


def class_around(scope: Scope) -> Scope | None:
    """The class whose method a scope is, or is nested in."""
    return scope.enclosing(ScopeKind.CLASS)
