"""Runs a loop's program for the passes in which it ticks: do two schedules, read one by one, tick in one run?

Loops are known by their place in the source. So the ticks of two programs that were read from the same code
can be told to come one after the other, where a later pass of a loop around both has the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from warmlint.expr import Node, Op, Symbol, plain
from warmlint.functions import Value
from warmlint.limits import MAX_EVENTS
from warmlint.program import Call, Guard, Jump, Make, Program, Repeat, Set, Statement, Tick, While, has
from warmlint.schedule.evaluate import Failure, evaluate
from warmlint.source import Span

_FEW: Final = 3
"""Passes of an inner loop whose length the source does not tell."""


_Held = tuple[Span | str | None, bool]
"""A condition, by its place, or by what is said of it, and whether it had to hold."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a run a tick happens: the loops around it, each with the number of its pass, and the
    conditions that the source does not settle and that had to hold, or not to.
    `number` is the tick number that it is told, if any."""

    number: Value
    passes: tuple[tuple[Span, int], ...]
    unsettled: frozenset[_Held]

    def is_after(self, other: Place) -> bool:
        """Whether it comes in a later pass of a loop around both."""
        for (loop, number), (same, before) in zip(self.passes, other.passes, strict=False):
            if loop != same:
                return False
            if number != before:
                return number > before
        return False

    def happens_with(self, other: Place) -> bool:
        """Whether nothing else has to hold for it than what has to hold for the other."""
        return self.unsettled <= other.unsettled and all(at is not None for at, _ in self.unsettled)


@dataclass(frozen=True, slots=True)
class Passes:
    """The ticks of a run, in order; `complete` tells that it was run to its end, and that its lengths and
    conditions are known, `cut` that it was too long to be."""

    ticks: tuple[Place, ...]
    complete: bool
    cut: bool


def passes(program: Program, values: Mapping[Symbol, Value]) -> Passes:
    """The ticks of a program under one valuation, as many as a bounded run has."""
    run = _Run(dict(values), waits=has(program, Make))
    cut = False
    try:
        run.block(program)
    except _Enough:
        cut = True
    except _Jump:
        pass
    return Passes(tuple(run.ticks), run.complete and not cut, cut)


class _Enough(Exception):
    """The run costs too much."""


class _Jump(Exception):
    def __init__(self, kind: Jump) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass
class _Run:
    values: dict[Symbol, Value]
    waits: bool
    ticks: list[Place] = field(default_factory=list)
    complete: bool = True
    around: list[tuple[Span, int]] = field(default_factory=list)
    unsettled: list[_Held] = field(default_factory=list)
    made: frozenset[_Held] = frozenset()
    events: int = 0

    def block(self, program: Program) -> None:
        for statement in program:
            self._run(statement)

    def _spend(self) -> None:
        self.events += 1
        if self.events > MAX_EVENTS:
            raise _Enough

    def _run(self, statement: Statement) -> None:
        match statement:
            case Make():
                self.ticks.clear()  # a new one: the ticks of the one before are over
                self.waits, self.made = False, frozenset(self.unsettled)
            case Tick(argument=argument) if not self.waits:
                self._spend()
                number = self._value(argument) if argument is not None else None
                self.ticks.append(Place(number, tuple(self.around), self.made | frozenset(self.unsettled)))
            case Set(symbol=symbol, value=value):
                self._set(symbol, value)
            case Guard():
                self._guard(statement)
            case Repeat() | While() if _matters(statement.body):
                with self._kept():
                    self._repeat(statement) if isinstance(statement, Repeat) else self._while(statement)
            case Call(body=body):
                self._call(body)
            case Jump():
                raise _Jump(statement)
            case _:
                pass

    def _value(self, expression: Node) -> Value:
        try:
            return evaluate(expression, self.values)
        except Failure:
            return None

    def _set(self, symbol: Symbol, expression: Node) -> None:
        try:
            self.values[symbol] = evaluate(expression, self.values)
        except Failure:
            self.values.pop(symbol, None)

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """What is run inside leaves the conditions as they were."""
        before = list(self.unsettled)
        try:
            yield
        finally:
            self.unsettled[:] = before

    def _guard(self, guard: Guard) -> None:
        try:
            taken = bool(evaluate(guard.condition, self.values))
        except Failure:
            self._either(guard)
            return
        self.block(guard.then if taken else guard.other)

    def _either(self, guard: Guard) -> None:
        """A guard that the source does not decide: the branch that ticks is taken, and one that leaves is
        passed by; what comes after that has to reckon with it."""
        ticking = [each for each in (guard.then, guard.other) if has(each, Tick) or has(each, Make)]
        self.complete = self.complete and not ticking and not has((guard,), Jump)
        if len(ticking) == 1:
            with self._kept():
                self.unsettled.append((_known_by(guard.condition), ticking[0] is guard.then))
                self.block(ticking[0])
        elif not ticking and has((guard,), Jump):
            self.unsettled.append((_known_by(guard.condition), not has(guard.then, Jump)))
        elif not ticking:
            self.block(guard.then)
        else:
            for branch in ticking:
                with self._kept():
                    self.unsettled.append((_known_by(guard.condition), branch is guard.then))
                    self.block(branch)

    def _repeat(self, loop: Repeat) -> None:
        count = self._value(loop.count)
        start, step = self._value(loop.start), self._value(loop.step)
        if not isinstance(count, (int, float)):
            count, self.complete = (_FEW if self.around else MAX_EVENTS), False
        for number in range(max(0, int(min(count, MAX_EVENTS)))):
            if loop.counter is not None:
                if loop.elements:
                    self._set(loop.counter, loop.elements[number])
                elif isinstance(start, int) and isinstance(step, int):
                    self.values[loop.counter] = start + number * step
                else:
                    self.values.pop(loop.counter, None)
            if not self._pass(loop.body, loop.span, number):
                return

    def _while(self, loop: While) -> None:
        for number in range(MAX_EVENTS):
            try:
                if not evaluate(loop.condition, self.values):
                    return
            except Failure:
                self.complete = False
                if self.around and number >= _FEW:
                    return
            if not self._pass(loop.body, loop.span, number):
                return
        raise _Enough

    def _call(self, body: Program) -> None:
        try:
            with self._kept():
                self.block(body)
        except _Jump as jump:
            if jump.kind is not Jump.LEAVE:
                raise

    def _pass(self, body: Program, loop: Span, number: int) -> bool:
        """One pass of a loop; False where it breaks out."""
        self._spend()
        self.around.append((loop, number))
        try:
            with self._kept():
                self.block(body)
        except _Jump as jump:
            if jump.kind is Jump.LEAVE:
                raise
            return jump.kind is Jump.CONTINUE
        finally:
            self.around.pop()
        return True


def _known_by(condition: Node) -> Span | str | None:
    """What a condition is known by wherever it is read; None where nothing tells."""
    inner = plain(condition)
    return inner.value if inner.op is Op.UNKNOWN and isinstance(inner.value, str) else condition.span


def _matters(program: Program) -> bool:
    return any(has(program, kind) for kind in (Tick, Set, Make)) or has(program, Jump)
