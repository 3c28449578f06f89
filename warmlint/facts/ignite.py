"""ignite's engine owns the training loop: what is attached to its events ticks a schedule.

Each iteration fires `ITERATION_STARTED`, runs the process function, which updates, and fires
`ITERATION_COMPLETED`; an epoch fires its two events around its iterations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import libcst as cst

from warmlint.expr import const, unknown
from warmlint.facts.lowering import Lowering, Where
from warmlint.facts.model import Loop, Owner
from warmlint.facts.module import Module
from warmlint.facts.scopes import Scope, dotted_name
from warmlint.facts.walk import walk, walk_scope
from warmlint.program import Program, Repeat, Statement, Tick, Unit, Update
from warmlint.source import Span

_WRAPPER: Final = "LRScheduler"
"""ignite's own handler around a schedule of torch: its first call does not tick."""


@dataclass(frozen=True, slots=True)
class _Attached:
    """What ticks a schedule: the event, the engine that fires it, and the tick's place; `wrapped` tells that
    ignite's own handler makes it."""

    event: str
    engine: cst.BaseExpression
    at: Span
    wrapped: bool = False


class Engines:
    """Finds the schedules of one linted file that engines of ignite tick."""

    def __init__(self, module: Module, lowering: Lowering) -> None:
        self._module = module
        self._lowering = lowering

    def owned(self, home: Scope, is_schedule: Callable[[cst.CSTNode, Where], bool]) -> Loop | None:
        """The loop of a schedule whose tick one event alone brings; None where that is not so."""
        if not any(each.startswith("ignite") for each in self._module.screen.imports.values()):
            return None
        self._module.parse_all()
        found = list(self._attached(home, is_schedule))
        if len(found) != 1:
            return None
        update = self._update_of(found[0].engine, home)
        body = _fired(found[0], update) if update is not None else None
        if update is None or body is None:
            return None
        unit = Unit.EPOCH if found[0].event.startswith("EPOCH") else Unit.UPDATE
        owner = Owner("ignite", found[0].at, unit, told=True, entry=False)
        return Loop(body, (found[0].at,), (update,), hidden_updates=False, owner=owner)

    def _attached(
        self, home: Scope, is_schedule: Callable[[cst.CSTNode, Where], bool]
    ) -> Iterator[_Attached]:
        def ticks(root: cst.CSTNode) -> list[cst.Call]:
            return [
                each
                for each in walk(root)
                if isinstance(each, cst.Call)
                and isinstance(each.func, cst.Attribute)
                and each.func.attr.value == "step"
                and is_schedule(each.func.value, Where(home))
            ]

        for scope in (home, *self._module.index.opened.values()):
            function = scope.node
            if not isinstance(function, cst.FunctionDef):
                continue
            for decorator in function.decorators:
                event = self._event(decorator.decorator, "on")
                if event is not None:
                    yield from (_Attached(*event, self._module.span(tick)) for tick in ticks(function))
        for call in self._module.index.calls:
            event = self._event(call.node, "add_event_handler")
            if event is None or len(call.node.args) < 2:
                continue
            handler = call.node.args[1].value
            if isinstance(handler, cst.Lambda):
                yield from (_Attached(*event, self._module.span(tick)) for tick in ticks(handler))
            for binding in call.scope.bindings.get(dotted_name(handler) or "", ()):
                match binding.value:
                    case cst.FunctionDef() as function:
                        yield from (_Attached(*event, self._module.span(tick)) for tick in ticks(function))
                    case cst.Call(func=func, args=[cst.Arg(value=inner), *_]) if (
                        dotted_name(func) or ""
                    ).rpartition(".")[2] == _WRAPPER and is_schedule(inner, Where(home)):
                        yield _Attached(*event, self._module.span(call.node), wrapped=True)

    @staticmethod
    def _event(call: cst.CSTNode, method: str) -> tuple[str, cst.BaseExpression] | None:
        """The event that a call attaches something to, and the engine."""
        match call:
            case cst.Call(
                func=cst.Attribute(value=engine, attr=cst.Name(name)), args=[cst.Arg(value=event), *_]
            ) if name == method:
                room, _, last = (dotted_name(event) or "").rpartition(".")
                return (last, engine) if room.endswith("Events") else None
        return None

    def _update_of(self, engine: cst.BaseExpression, home: Scope) -> Span | None:
        """The update that an engine makes in each iteration; None where it is not in sight."""
        name = dotted_name(engine) or ""
        defining = home.defining(name.partition(".")[0])
        bindings = defining.bindings.get(name, []) if defining is not None else []
        if len(bindings) != 1 or not isinstance(bindings[0].value, cst.Call):
            return None
        made = bindings[0].value
        if (dotted_name(made.func) or "").rpartition(".")[2] == "create_supervised_trainer":
            return self._module.span(made)
        target = self._lowering.function(made.args[0].value, Where(home)) if made.args else None
        if target is None or not isinstance(target.function, cst.FunctionDef):
            return None
        updates = [
            each
            for line in target.function.body.body
            for each in walk_scope(line)
            if isinstance(line, cst.SimpleStatementLine)
            and isinstance(each, cst.Call)
            and (dotted_name(each.func) or "").endswith(".step")
        ]
        return self._module.span(updates[0]) if len(updates) == 1 else None


def _fired(attached: _Attached, update: Span) -> Program | None:
    """What a run does, event by event."""
    tick: Program = (Tick(attached.at),)
    one: Program = (Update(update),)
    match attached.event, attached.wrapped:
        case ("ITERATION_STARTED", True) | ("ITERATION_COMPLETED", False):
            return _run((*one, *tick), ())
        case "ITERATION_STARTED", False:
            return _run((*tick, *one), ())
        case ("EPOCH_STARTED", True) | ("EPOCH_COMPLETED", False):
            return _run(one, tick)
    return None


def _run(iteration: Program, after: Program) -> Program:
    span = next(each.span for each in iteration if isinstance(each, Update))
    batches = unknown("how many batches an epoch has is not in sight")
    epochs = unknown("how many epochs the engine runs is not in sight")
    inner: tuple[Statement, ...] = (
        Repeat(None, const(0), const(1), batches, iteration, Unit.UPDATE, span),
        *after,
    )
    return (Repeat(None, const(0), const(1), epochs, inner, Unit.EPOCH, span),)
