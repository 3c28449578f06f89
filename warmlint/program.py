"""A training loop in the expression form: only what decides when updates and ticks happen.

`warmlint.facts` reads it off the source, `warmlint.trace` runs it. Everything else that a loop does is
left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from warmlint.expr import Node, Symbol
from warmlint.source import Span


class Unit(Enum):
    """What one pass of a loop, or one tick of a schedule, stands for."""

    EPOCH = "epoch"
    UPDATE = "update"
    UNKNOWN = "tick"


@dataclass(frozen=True, slots=True)
class Update:
    """One `optimizer.step()`."""

    span: Span


@dataclass(frozen=True, slots=True)
class Hidden:
    """A call that may update: the source does not show whether, or how often."""

    span: Span


@dataclass(frozen=True, slots=True)
class Tick:
    """One call that advances the schedule; `argument` is the tick number that it is given, if any."""

    span: Span
    argument: Node | None = None


@dataclass(frozen=True, slots=True)
class Make:
    """The schedule is made: it stands at tick 0 from here on."""

    span: Span


@dataclass(frozen=True, slots=True)
class Set:
    """An assignment to a variable that a loop changes."""

    symbol: Symbol
    value: Node


@dataclass(frozen=True, slots=True)
class Repeat:
    """A `for`: `count` passes, in which `counter` runs from `start` by `step`."""

    counter: Symbol | None
    start: Node
    step: Node
    count: Node
    body: tuple[Statement, ...]
    unit: Unit
    span: Span


@dataclass(frozen=True, slots=True)
class While:
    """A `while`: passes as long as `condition` holds."""

    condition: Node
    body: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Guard:
    """An `if`."""

    condition: Node
    then: tuple[Statement, ...]
    other: tuple[Statement, ...]


class Jump(Enum):
    """What leaves a pass, a loop or the function."""

    CONTINUE = "continue"
    BREAK = "break"
    LEAVE = "return"


Statement = Update | Hidden | Tick | Make | Set | Repeat | While | Guard | Jump
Program = tuple[Statement, ...]


def expressions(program: Program) -> list[Node]:
    """Every expression that decides how a program runs."""
    found: list[Node] = []
    for statement in program:
        match statement:
            case Tick(argument=argument) if argument is not None:
                found.append(argument)
            case Set(value=value):
                found.append(value)
            case Repeat(start=start, step=step, count=count, body=body):
                found += (start, step, count, *expressions(body))
            case While(condition=condition, body=body):
                found += (condition, *expressions(body))
            case Guard(condition=condition, then=then, other=other):
                found += (condition, *expressions(then), *expressions(other))
    return found
