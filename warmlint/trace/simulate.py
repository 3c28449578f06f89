"""Runs a loop's program under one valuation: which tick does each update run at?

The program is warmlint's own form, not the source; a run is bounded by `warmlint.limits.MAX_EVENTS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from warmlint.expr import Node, Symbol
from warmlint.functions import Value
from warmlint.limits import MAX_EVENTS
from warmlint.program import (
    Guard,
    Hidden,
    Jump,
    Make,
    MayTick,
    Program,
    Repeat,
    Set,
    Statement,
    Tick,
    Unit,
    Update,
    While,
    has,
)
from warmlint.schedule.evaluate import Failure, evaluate

ENOUGH_TICKS: Final = 3_000
"""Tick numbers after which a run is cut short: warmups are judged at their start and around their end."""


@dataclass(frozen=True, slots=True)
class Clock:
    """When the schedule ticks: `runs` lists (tick number, updates that run at it), in order.

    Tick -1 is before the first one: updates run at it whose LR no tick has written. A tick that is told its
    number may be told a fraction of one. `made` is the tick count when the run ends, or is cut short;
    `complete` tells that it ended by itself.
    `early` counts the ticks before update 0. `certain` is False where a guard that the source does not
    decide lets only one of ticks and updates happen. `epochs` tells that a tick ends an epoch, `assumed`
    that the order is torch's documented one (update, then tick) and not one that was seen.
    """

    runs: tuple[tuple[float, int], ...]
    made: float
    complete: bool
    early: int = 0
    certain: bool = True
    epochs: bool = False
    assumed: bool = False

    @property
    def first(self) -> float:
        """The tick at which update 0 runs."""
        return self.runs[0][0] if self.runs else 0

    @property
    def first_written(self) -> float:
        """The tick at which the first update runs whose LR the schedule has written."""
        return next((tick for tick, _ in self.runs if tick >= 0), 0)

    @property
    def unwritten(self) -> int:
        """How many updates run before the schedule first writes the LR."""
        return self.runs[0][1] if self.runs and self.runs[0][0] < 0 else 0

    @property
    def per_tick(self) -> int:
        """How many updates share the first tick number that is written."""
        return next((updates for tick, updates in self.runs if tick >= 0), 1)

    @property
    def reach(self) -> int | None:
        """The last tick that an update runs at; None where the run has no end in sight."""
        if not self.runs or not (self.complete or self._stalled):
            return None
        return int(max(tick for tick, _ in self.runs))

    @property
    def _stalled(self) -> bool:
        """Whether the run went on updating long after its last tick, when it was cut short."""
        return self.runs[-1][1] > sum(updates for _, updates in self.runs[:-1]) + 100

    def update_at(self, tick: float) -> int | None:
        """The first update that runs at `tick`; None where none does in the part that was run."""
        update = 0
        for each, updates in self.runs:
            if each == tick:
                return update
            update += updates
        return None

    def tick_of(self, update: int) -> float:
        """The tick number that an update runs at; past the part that was run, one tick an update."""
        before = 0
        for tick, updates in self.runs:
            before += updates
            if update < before:
                return tick
        return (self.runs[-1][0] if self.runs else -1) + 1 + update - before


def documented(start: float | None) -> Clock:
    """The order that torch documents, from the tick `start` on: one update, then one tick."""
    known = start is not None and start >= -1
    first = max(0, int(start)) if start is not None else 0
    return Clock(((first, 1),), first + 1, complete=False, certain=known, assumed=True)


def simulate(
    program: Program, values: Mapping[Symbol, Value], budget: int = MAX_EVENTS, *, applied: bool = True
) -> Clock:
    """Run `program` for at most `budget` events.

    Where it shows ticks and no updates, an update is taken to come before each tick of a schedule that is
    `applied` when it is made, and after each tick of one that is not.
    """
    run = _Run(dict(values), has(program, Update), has(program, Make), budget, applied)
    run.tick = 0 if applied else -1
    complete = True
    try:
        run.block(program, epoch=False)
    except _Enough:
        complete = False
    except _Jump:
        pass
    return Clock(
        tuple(run.runs),
        run.tick,
        complete and run.certain_end,
        run.early,
        run.certain,
        run.epochs,
        not run.shows_updates,
    )


class _Enough(Exception):
    """The run has shown what it can, or costs too much."""


class _Jump(Exception):
    def __init__(self, kind: Jump) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass
class _Run:
    values: dict[Symbol, Value]
    shows_updates: bool
    waits_for_make: bool
    budget: int
    applied: bool = True
    runs: list[tuple[float, int]] = field(default_factory=list)
    tick: float = 0
    early: int = 0
    events: int = 0
    certain: bool = True
    certain_end: bool = True
    epochs: bool = False

    def block(self, program: Program, *, epoch: bool) -> None:
        for statement in program:
            self._spend()
            self._run(statement, epoch)

    def _spend(self) -> None:
        self.events += 1
        if self.events > self.budget or len(self.runs) >= ENOUGH_TICKS:
            raise _Enough

    def _value(self, expression: Node) -> Value:
        try:
            return evaluate(expression, self.values)
        except Failure:
            return None

    def _run(self, statement: Statement, epoch: bool) -> None:
        match statement:
            case Make(start=start):
                self.waits_for_make = False
                self._start(start)
            case MayTick() if not self.waits_for_make and not self.runs:
                self.certain = False
            case Update() if not self.waits_for_make:
                self._update()
            case Tick(argument=argument) if not self.waits_for_make:
                self._advance(argument, epoch)
            case Set(symbol=symbol, value=value):
                self._set(symbol, value)
            case Guard():
                self._guard(statement, epoch)
            case Repeat():
                self._repeat(statement, epoch)
            case While():
                self._while(statement, epoch)
            case Jump():
                raise _Jump(statement)
            case _:
                pass

    def _start(self, start: Node) -> None:
        tick = self._value(start)
        self.tick = tick if isinstance(tick, int) and tick >= -1 else 0
        if tick != self.tick:
            self.certain = False

    def _update(self, times: int = 1) -> None:
        if self.runs and self.runs[-1][0] == self.tick:
            self.runs[-1] = (self.tick, self.runs[-1][1] + times)
        elif times:
            self.runs.append((self.tick, times))

    def _advance(self, argument: Node | None, epoch: bool) -> None:
        if not self.shows_updates and self.applied:
            self._update()
        elif not self.runs and argument is None:
            self.early += 1
        self.epochs = self.epochs or epoch
        if argument is None:
            self.tick += 1
        else:
            value = self._value(argument)
            if isinstance(value, (int, float)) and value >= 0:
                self.tick = value
            else:
                self.tick += 1
                self.certain = False
        if not self.shows_updates and not self.applied:
            self._update()

    def _set(self, symbol: Symbol, expression: Node) -> None:
        try:
            self.values[symbol] = evaluate(expression, self.values)
        except Failure:
            self.values.pop(symbol, None)

    def _guard(self, guard: Guard, epoch: bool) -> None:
        try:
            taken = bool(evaluate(guard.condition, self.values))
        except Failure:
            # Either branch may run. One that only leaves is passed by; else the first one is taken.
            taken = not (guard.then and all(isinstance(each, Jump) for each in guard.then))
            if self.certain and any(_one_sided(branch) for branch in (guard.then, guard.other)):
                self.certain = False
            self.certain_end = False
        self.block(guard.then if taken else guard.other, epoch=epoch)

    def _repeat(self, loop: Repeat, epoch: bool) -> None:
        count = self._value(loop.count)
        start, step = self._value(loop.start), self._value(loop.step)
        if not isinstance(count, (int, float)):
            count, self.certain_end = MAX_EVENTS, False
        passes = max(0, int(min(count, MAX_EVENTS)))
        if all(isinstance(each, Update | Hidden) for each in loop.body):
            if not self.waits_for_make:
                self._update(passes * sum(isinstance(each, Update) for each in loop.body))
            return
        ends_epoch = loop.unit is Unit.EPOCH
        for number in range(passes):
            if loop.counter is not None:
                if loop.elements:
                    self._set(loop.counter, loop.elements[number])
                elif isinstance(start, int) and isinstance(step, int):
                    self.values[loop.counter] = start + number * step
                else:
                    self.values.pop(loop.counter, None)
            if not self._pass(loop.body, ends_epoch):
                return

    def _while(self, loop: While, epoch: bool) -> None:
        while True:
            try:
                if not evaluate(loop.condition, self.values):
                    return
            except Failure:
                self.certain_end = False
            if not self._pass(loop.body, epoch):
                return

    def _pass(self, body: Program, epoch: bool) -> bool:
        """One pass of a loop; False where it breaks out."""
        self._spend()
        try:
            self.block(body, epoch=epoch)
        except _Jump as jump:
            if jump.kind is Jump.LEAVE:
                raise
            return jump.kind is Jump.CONTINUE
        return True


def _one_sided(branch: Program) -> bool:
    """Whether a branch ticks without updating, or updates without ticking."""
    return has(branch, Tick) is not has(branch, Update)
