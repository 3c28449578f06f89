"""Frameworks that own the training loop: a schedule is handed over, and they tick it.

Lightning takes what `configure_optimizers` returns, transformers' `Trainer` its `optimizers`, DeepSpeed its
`lr_scheduler`, ignite's engines what is attached to their events. When each of them ticks is documented: that
is the loop.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import libcst as cst

from warmlint.expr import Node, const, plain, unknown
from warmlint.facts.ignite import Engines
from warmlint.facts.lowering import Lowering, Where
from warmlint.facts.model import Loop, Owner
from warmlint.facts.module import Module, module_of
from warmlint.facts.optimizers import arguments
from warmlint.facts.scopes import PlacedCall, Scope, ScopeKind, dotted_name
from warmlint.facts.walk import returned_values, walk_scope
from warmlint.limits import MAX_INLINE
from warmlint.program import Program, Repeat, Tick, Unit, Update, While
from warmlint.source import Span

_CONFIGURE: Final = "configure_optimizers"
_BY_HAND: Final = ("self.automatic_optimization", "automatic_optimization")
_ASKED_FOR: Final = re.compile(r"lr_schedulers|lr_scheduler_(?:configs|step)")
"""How the schedules of a module are reached that Lightning has."""
_RETURNED: Final = 3
"""Which of what `deepspeed.initialize` returns is the schedule."""
_IsSchedule = Callable[[cst.CSTNode, Where], bool]
_INTERVALS: Final = {"epoch": Unit.EPOCH, "step": Unit.UPDATE}


@dataclass(frozen=True, slots=True)
class _Entry:
    """How a schedule stands in what `configure_optimizers` returns: where, and the interval that it is given
    (a display's value; None where there is none). `settled` is False where more is done to it."""

    at: cst.CSTNode
    where: Where
    interval: cst.BaseExpression | None = None
    frequency: cst.BaseExpression | None = None
    settled: bool = True


class Frameworks:
    """Finds the owners of the schedules of one linted file."""

    def __init__(self, module: Module, lowering: Lowering) -> None:
        self._module = module
        self._lowering = lowering
        self._engines = Engines(module, lowering)

    def owned(self, home: Scope, target: str | None, made: cst.CSTNode) -> Loop | None:
        """The loop of a schedule that `home` hands to a framework; None where it does not."""

        def is_schedule(each: cst.CSTNode, where: Where) -> bool:
            if each is made or target is None:
                return each is made
            return dotted_name(each) == target and (where.scope is home or target.startswith("self."))

        if self._is_lightning(home) and (configure := self._configure(home)) is not None:
            loop = self._lightning(configure, is_schedule)
            if loop is not None or configure is home:
                return loop
        return self._handed(home, is_schedule) or self._engines.owned(home, is_schedule)

    # --- Lightning ----------------------------------------------------------------------------------
    def _is_lightning(self, home: Scope) -> bool:
        """Whether a method is one of a module of Lightning's, as far as its class and the imports tell."""
        owner = home.enclosing(ScopeKind.CLASS)
        if owner is None:
            return False
        above = self._lowering.bases(self._lowering.family(owner))
        if any("lightning" in each.lower() for each in above):
            return True
        known = {"object", "torch.nn.Module", "abc.ABC", "torch.optim.Optimizer"}
        imported = (*self._module.screen.imports.values(), *self._module.screen.stars)
        return any(each not in known for each in above) and any("lightning" in each for each in imported)

    def _configure(self, home: Scope) -> Scope | None:
        """The method that hands the schedules of a module to Lightning."""
        owner = home.enclosing(ScopeKind.CLASS)
        assert owner is not None
        target = self._lowering.method(self._lowering.family(owner), _CONFIGURE)
        if target is None or not isinstance(target.function, cst.FunctionDef):
            return None
        return module_of(target.scope).index.opened.get(target.function)

    def _lightning(self, home: Scope, is_schedule: _IsSchedule) -> Loop | None:
        function = home.node
        assert isinstance(function, cst.FunctionDef)
        entries = [
            entry
            for each in walk_scope(function)
            if isinstance(each, cst.Return) and each.value is not None
            for entry in self._entries(each.value, Where(home, self._module.span(each).start), is_schedule)
        ]
        if not entries:
            return None
        if self._is_manual(home):
            return self._unasked(home)
        units = {self._unit(each) for each in entries}
        entry = entries[0]
        span = module_of(entry.where.scope).span(entry.at)
        if len(units) != 1 or (unit := units.pop()) is None:
            return Loop(reason="whether Lightning ticks it every step or every epoch is not told here")
        told = entry.interval is not None
        owner = Owner("Lightning", span, unit, told, isinstance(entry.at, cst.Dict))
        return Loop(_ticked(unit, span, self._epochs()), (span,), (span,), hidden_updates=False, owner=owner)

    def _entries(
        self, value: cst.BaseExpression, where: Where, is_schedule: _IsSchedule, depth: int = 0
    ) -> Iterator[_Entry]:
        """Where a schedule stands in a value that is returned."""
        if is_schedule(value, where):
            yield _Entry(value, where)
            return
        match value:
            case cst.List(elements=elements) | cst.Tuple(elements=elements):
                for element in elements:
                    yield from self._entries(element.value, where, is_schedule, depth)
            case cst.Dict() | cst.Call(func=cst.Name("dict")):
                keys = _keys(value)
                own = keys.get("scheduler")
                if own is not None and is_schedule(own, where):
                    yield _Entry(value, where, keys.get("interval"), keys.get("frequency"))
                elif (inner := keys.get("lr_scheduler")) is not None:
                    yield from self._entries(inner, where, is_schedule, depth)
            case cst.Subscript(
                value=table, slice=[cst.SubscriptElement(slice=cst.Index(value=cst.SimpleString() as key))]
            ):
                for held, place in self._displays(table, where):
                    own = _keys(held).get(str(key.evaluated_value))
                    if own is not None and is_schedule(own, place):
                        yield _Entry(value, where)  # taken out of its dict, and of what that says beside
            case cst.Call() if depth < MAX_INLINE:
                for given, place in self._returned(value, where):
                    yield from self._entries(given, place, is_schedule, depth + 1)
            case cst.Name(value=name):
                bindings = module_of(where.scope).look_up(name, where.scope, where.position, where.blocks)
                settled = len(bindings) == 1 and not self._is_changed(name, where.scope)
                for binding in bindings:
                    if isinstance(binding.value, cst.BaseExpression) and binding.value is not value:
                        place = Where(binding.scope, binding.position, binding.blocks)
                        for each in self._entries(binding.value, place, is_schedule, depth):
                            yield each if settled else _Entry(each.at, each.where, settled=False)

    def _returned(self, call: cst.Call, where: Where) -> Iterator[tuple[cst.BaseExpression, Where]]:
        """What a function of the project returns, each with the place at which it stands."""
        target = self._lowering.function(call.func, where)
        if target is None or not isinstance(target.function, cst.FunctionDef):
            return
        module = module_of(target.scope)
        opened = module.index.opened.get(target.function)
        if opened is not None:
            for value in returned_values(target.function):
                yield value, Where(opened, module.span(value).start)

    def _displays(
        self, value: cst.BaseExpression, where: Where, depth: int = 0
    ) -> Iterator[tuple[cst.BaseExpression, Where]]:
        """The dict displays that a value may be."""
        match value:
            case cst.Dict() | cst.Call(func=cst.Name("dict")):
                yield value, where
            case cst.Call() if depth < MAX_INLINE:
                for given, place in self._returned(value, where):
                    yield from self._displays(given, place, depth + 1)
            case cst.Name(value=name) if depth < MAX_INLINE:
                for each in module_of(where.scope).look_up(name, where.scope, where.position, where.blocks):
                    if isinstance(each.value, cst.BaseExpression) and each.value is not value:
                        place = Where(each.scope, each.position, each.blocks)
                        yield from self._displays(each.value, place, depth + 1)

    def _is_changed(self, name: str, scope: Scope) -> bool:
        """Whether a dict is written to after it is made."""
        root = scope.node
        return root is not None and any(
            isinstance(each, cst.AssignTarget)
            and isinstance(each.target, cst.Subscript)
            and dotted_name(each.target.value) == name
            for each in walk_scope(root)
        )

    def _unit(self, entry: _Entry) -> Unit | None:
        if not entry.settled:
            return None
        frequency = self._literal(entry.frequency, entry.where) if entry.frequency is not None else 1
        interval = self._literal(entry.interval, entry.where) if entry.interval is not None else "epoch"
        return _INTERVALS.get(str(interval)) if frequency == 1 else None

    def _literal(self, source: cst.BaseExpression, where: Where) -> object:
        return plain(self._lowering.expression(source, where)).value

    def _is_manual(self, home: Scope) -> bool:
        """Whether the module ticks its schedules itself."""
        owner = home.enclosing(ScopeKind.CLASS)
        assert owner is not None
        manual = {"self.automatic_optimization", "automatic_optimization", "lr_scheduler_step"}
        return any(
            manual & set(each.bindings)
            for each in self._lowering.family(owner)
        )  # fmt: skip

    def _unasked(self, home: Scope) -> Loop | None:
        """The loop of a module that updates by hand, where Lightning ticks nothing, and that never asks for
        its schedules; None where it may tick them."""
        owner = home.enclosing(ScopeKind.CLASS)
        assert owner is not None
        family = self._lowering.family(owner)
        set_to = [
            each.value for above in family for name in _BY_HAND for each in above.bindings.get(name, ())
        ]
        in_sight = {above.name for above in family}
        bases = {each for each in self._lowering.bases(family) if each not in in_sight}
        if (
            not set_to
            or not all(isinstance(each, cst.Name) and each.value == "False" for each in set_to)
            or not all(each.endswith(".LightningModule") for each in bases)
        ):
            return None
        updates: list[Span] = []
        for module in dict.fromkeys((self._module, *map(module_of, family))):
            module.parse_all()
            if _ASKED_FOR.search(module.source.text):
                return None
            for each in module.index.calls:
                if not isinstance(each.node.func, cst.Attribute) or each.node.func.attr.value != "step":
                    continue
                stepped = module.text(each.node.func.value).lower()
                if "opt" not in stepped or "sched" in stepped:
                    return None
                if module is self._module:
                    updates.append(module.span(each.node))
        if not updates:
            return None
        program = (While(const(True), (Update(updates[0]),), updates[0]),)
        return Loop(reason="Lightning leaves its ticks to the module", without_tick=program, idle=True)

    def _epochs(self) -> Node:
        """How many epochs the only Trainer of the file trains."""
        trainers = self._module.calls_of("Trainer")
        if len(trainers) == 1:
            given = arguments(trainers[0].node, ())
            place = Where(
                trainers[0].scope, self._module.span(trainers[0].node).start, trainers[0].blocks
            )  # fmt: skip
            if "max_epochs" in given:
                return self._lowering.expression(given["max_epochs"], place)
        return unknown("how many epochs Lightning trains is not in sight")

    # --- those that take it as an argument -------------------------------------------------------------
    def _handed(self, home: Scope, is_schedule: _IsSchedule) -> Loop | None:
        for call in self._module.index.calls:
            if call.scope is home or home.node is None:
                owner = self._takes(call, is_schedule)
                if owner is not None:
                    span, own = self._module.span(call.node), tuple(self._own_ticks(call))
                    ticks = (Tick(span), *map(Tick, own))
                    program = (While(const(True), (Update(span), *ticks), span),)
                    return Loop(program, (span, *own), (span,), hidden_updates=False, owner=owner)
        return None

    def _own_ticks(self, call: PlacedCall) -> Iterator[Span]:
        """The ticks by hand of what a framework returns, and ticks too."""
        root = call.scope.node
        names = [
            dotted_name(target.elements[_RETURNED].value)
            for each in (walk_scope(root) if root is not None else ())
            if isinstance(each, cst.Assign) and each.value is call.node
            for target in (each.targets[0].target,)
            if isinstance(target, cst.Tuple) and len(target.elements) > _RETURNED
        ]
        for each in self._module.index.calls:
            if each.scope is call.scope and dotted_name(each.node.func) in {f"{name}.step" for name in names}:
                yield self._module.span(each.node)

    def _takes(self, call: PlacedCall, is_schedule: _IsSchedule) -> Owner | None:
        name = (dotted_name(call.node.func) or "").rpartition(".")[2]
        given = {arg.keyword.value: arg.value for arg in call.node.args if arg.keyword is not None}
        span = self._module.span(call.node)
        optimizers, place = given.get("optimizers"), Where(call.scope)
        if name.endswith("Trainer") and isinstance(optimizers, cst.Tuple | cst.List):
            if any(is_schedule(each.value, place) for each in optimizers.elements):
                return Owner("transformers", span, Unit.UPDATE, told=True, entry=False)
        elif name == "initialize" and "lr_scheduler" in given and is_schedule(given["lr_scheduler"], place):
            return Owner("DeepSpeed", span, Unit.UPDATE, told=True, entry=False)
        return None


def _ticked(unit: Unit, span: Span, epochs: Node) -> Program:
    """The loop of a framework that ticks after each update, or after each epoch."""
    update, tick = Update(span), Tick(span)
    if unit is Unit.UPDATE:
        return (While(const(True), (update, tick), span),)
    batches = unknown("how many batches an epoch has is not in sight")
    epoch = (Repeat(None, const(0), const(1), batches, (update,), Unit.UPDATE, span), tick)
    return (Repeat(None, const(0), const(1), epochs, epoch, Unit.EPOCH, span),)


def _keys(table: cst.BaseExpression) -> dict[str, cst.BaseExpression]:
    """The values of a dict display, or of `dict(…)`, by their keys."""
    match table:
        case cst.Dict(elements=elements):
            return {
                str(each.key.evaluated_value): each.value
                for each in elements
                if isinstance(each, cst.DictElement) and isinstance(each.key, cst.SimpleString)
            }
        case cst.Call(args=args):
            return {arg.keyword.value: arg.value for arg in args if arg.keyword is not None}
    return {}
