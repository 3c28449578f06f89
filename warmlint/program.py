"""A training loop in the expression form: only what decides when updates and ticks happen.

`warmlint.facts` reads it off the source, `warmlint.trace` runs it. Everything else that a loop does is
left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from warmlint.expr import Node, Symbol, symbols
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
class MayTick:
    """A call that is given the schedule and ticks it, the source does not show how often."""

    span: Span


@dataclass(frozen=True, slots=True)
class Make:
    """The schedule is made: from here on it stands at the tick `start`."""

    span: Span
    start: Node


@dataclass(frozen=True, slots=True)
class Set:
    """An assignment to a variable that a loop changes."""

    symbol: Symbol
    value: Node


@dataclass(frozen=True, slots=True)
class Repeat:
    """A `for`: `count` passes, in which `counter` runs from `start` by `step`, or through `elements` where
    the source lists them."""

    counter: Symbol | None
    start: Node
    step: Node
    count: Node
    body: tuple[Statement, ...]
    unit: Unit
    span: Span
    elements: tuple[Node, ...] = ()


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


Statement = Update | Hidden | Tick | MayTick | Make | Set | Repeat | While | Guard | Jump
Program = tuple[Statement, ...]


def bodies(statement: Statement) -> tuple[Program, ...]:
    """The programs inside a statement."""
    match statement:
        case Repeat(body=body) | While(body=body):
            return (body,)
        case Guard(then=then, other=other):
            return (then, other)
    return ()


def has(program: Program, kind: type) -> bool:
    """Whether a statement of `kind` stands anywhere in a program."""
    return any(isinstance(each, kind) or any(has(body, kind) for body in bodies(each)) for each in program)


def ticks_in_loop(program: Program) -> bool:
    """Whether the schedule is ticked by a loop of this program, and not by one around it."""
    return any(
        has(body, Tick) if isinstance(each, Repeat | While) else ticks_in_loop(body)
        for each in program
        for body in bodies(each)
    )


def as_body(program: Program, inside: Jump = Jump.CONTINUE) -> Program:
    """The program of a function as one pass of the loop that calls it: a return ends the pass."""
    changed: list[Statement] = []
    for statement in program:
        match statement:
            case Jump.LEAVE:
                changed.append(inside)
            case Repeat(body=body) | While(body=body):
                changed.append(replace(statement, body=as_body(body, Jump.BREAK)))
            case Guard(then=then, other=other):
                branches = as_body(then, inside), as_body(other, inside)
                changed.append(replace(statement, then=branches[0], other=branches[1]))
            case _:
                changed.append(statement)
    return tuple(changed)


def pruned(program: Program) -> Program:
    """A program without the assignments that decide nothing, and without what is empty then."""
    needed: frozenset[Symbol] = frozenset()
    while True:
        kept = _keeping(program, needed)
        used = frozenset(symbols(*expressions(kept)))
        if used <= needed:
            return kept
        needed |= used


def _keeping(program: Program, needed: frozenset[Symbol]) -> Program:
    kept: list[Statement] = []
    for statement in program:
        match statement:
            case Set(symbol=symbol) if symbol not in needed:
                continue
            case Repeat(body=body) | While(body=body):
                inside = _keeping(body, needed)
                if inside:
                    kept.append(replace(statement, body=inside))
            case Guard(then=then, other=other):
                branches = _keeping(then, needed), _keeping(other, needed)
                if any(branches):
                    kept.append(replace(statement, then=branches[0], other=branches[1]))
            case _:
                kept.append(statement)
    return tuple(kept)


def expressions(program: Program) -> list[Node]:
    """Every expression that decides how a program runs."""
    found: list[Node] = []
    for statement in program:
        match statement:
            case Tick(argument=argument) if argument is not None:
                found.append(argument)
            case Make(start=start):
                found.append(start)
            case Set(value=value):
                found.append(value)
            case Repeat(start=start, step=step, count=count, body=body):
                found += (start, step, count, *expressions(body))
            case While(condition=condition, body=body):
                found += (condition, *expressions(body))
            case Guard(condition=condition, then=then, other=other):
                found += (condition, *expressions(then), *expressions(other))
    return found
