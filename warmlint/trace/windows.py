"""Of how many batches one update and one tick come, by what a loop's own conditions tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from warmlint.expr import Node, Op, Symbol, SymbolKind, const, node, symbols, walk
from warmlint.functions import Value
from warmlint.program import Call, Guard, Program, Repeat, Tick, Update, While, has, ticks_of
from warmlint.schedule.evaluate import outcome
from warmlint.source import Span


@dataclass(frozen=True, slots=True)
class Window:
    """One tick, which stands at `tick`, comes in `every` batches, of which the loops around it bring
    `batches` in all; `ends` are the conditions of those that do not tell."""

    every: Node
    tick: Span
    batches: Node = field(default_factory=lambda: const(1))
    ends: tuple[Node, ...] = ()


def window_of(program: Program, values: Mapping[Symbol, Value]) -> Window | None:
    """The window that both ticks and updates wait for; None where there is none, or more than one. `values`
    decide the conditions that do not change as the loop runs."""
    for each in program:
        if not has((each,), Tick):
            continue
        match each:
            case Call(body=body):
                return window_of(body, values)
            case Repeat(count=count, body=body):
                inner = window_of(body, values)
                return inner and replace(inner, batches=node(Op.MUL, inner.batches, count))
            case While(condition=condition, body=body):
                inner = window_of(body, values)
                return inner and replace(inner, ends=(*inner.ends, condition))
            case Guard(condition=condition, then=then, other=other):
                every = _every(condition)
                if every is not None:
                    alone = has(then, Tick) and has(then, Update) and not has(other, Tick)
                    alone = alone and window_of(then, values) is None
                    return Window(every, ticks_of(then)[-1].span) if alone else None
                decided = outcome(condition, values)
                return window_of(then if decided.value else other, values) if not decided.failure else None
    return None


def _every(condition: Node) -> Node | None:
    """The n of a condition that holds for every nth value of a counter."""
    for each in walk(condition):
        if each.op is Op.MOD and any(one.kind is SymbolKind.COUNTER for one in symbols(each.args[0])):
            return each.args[1]
    return None
