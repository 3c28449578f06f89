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
    LOADED,
    Call,
    Guard,
    Handled,
    Hidden,
    How,
    Jump,
    Make,
    Program,
    Repeat,
    Set,
    Statement,
    Tick,
    Unit,
    Update,
    While,
    handled,
    has,
    moving,
)
from warmlint.schedule.evaluate import Failure, evaluate
from warmlint.source import Span

ENOUGH_TICKS: Final = 3_000
"""Tick numbers after which a run is cut short: warmups are judged at their start and around their end."""


_EPOCHS: Final = 8
"""Epochs whose ticks and updates are counted."""
_SOME: Final = 20
"""Passes of a loop that does not tick, and whose length the source does not tell."""
_WATCHED: Final = 64
"""Updates between which ticks are told one by one."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pass of the loop over epochs: its ticks and updates; `whole` tells that it was run to its end, and
    that it is known how many batches it has."""

    ticks: int
    updates: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Clock:
    """When the schedule ticks: `runs` lists (tick number, updates that run at it), in order.

    Tick -1 is before the first one: updates run at it whose LR no tick has written. A tick that is told its
    number may be told a fraction of one. `made` is the tick count when the run ends, or is cut short;
    `complete` tells that it ended by itself.
    `early` counts the ticks before update 0, `falls` those that are told a number below the one before.
    `between` lists, for the first updates, the ticks that came since the update before, each by its place in
    the source. `passes` are the first epochs. `handled` is what is done to the schedule and
    its optimizer once it is made, each with the tick that it first comes at: updates count no more when the
    optimizer's name is given to another one. `certain` is False where a guard that the source does not
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
    falls: int = 0
    between: tuple[tuple[Span, ...], ...] = ()
    passes: tuple[Epoch, ...] = ()
    handled: tuple[tuple[Handled, float], ...] = ()

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
    program = moving(program)
    run = _Run(dict(values), has(program, Update), has(program, Make), budget, applied)
    run.tick = 0 if applied else -1
    complete = True
    try:
        run.block(program, epoch=False)
    except _Enough:
        complete = False
    except _Over:
        pass
    except _Jump as jump:
        complete = jump.kind is not Jump.FAIL
    return Clock(
        tuple(run.runs),
        run.tick,
        complete and run.certain_end and not run.left_behind,
        run.early,
        run.certain,
        run.epochs,
        not run.shows_updates,
        run.falls,
        tuple(map(tuple, run.between)),
        tuple(run.passes),
        tuple(run.handled.items()),
    )


class _Enough(Exception):
    """The run has shown what it can, or costs too much."""


class _Over(Exception):
    """What the run is of has made way for another schedule, of another optimizer."""


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
    falls: int = 0
    between: list[list[Span]] = field(default_factory=list)
    since: list[Span] = field(default_factory=list)
    passes: list[Epoch] = field(default_factory=list)
    inside: bool = False
    ticked: int = 0
    updated: int = 0
    guessed: bool = False
    made: bool = False
    replaced: bool = False
    left_behind: bool = False
    handled: dict[Handled, float] = field(default_factory=dict)

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
                if self.replaced:
                    raise _Over
                self.waits_for_make, self.made = False, True
                self._start(start)
            case Handled() if self.made:
                self._handle(statement)
            case Update() if not self.waits_for_make:
                self._update()
            case Tick(span=span, argument=argument) if not self.waits_for_make:
                self._advance(span, argument, epoch)
            case Set(symbol=symbol, value=value):
                self._set(symbol, value)
            case Guard():
                self._guard(statement, epoch)
            case Repeat():
                self._repeat(statement)
            case While():
                self._while(statement)
            case Call(body=body):
                self._call(body, epoch)
            case Jump():
                raise _Jump(statement)
            case _:
                pass

    def _start(self, start: Node) -> None:
        tick = self._value(start)
        self.tick = tick if isinstance(tick, int) and tick >= -1 else 0
        if tick != self.tick:
            self.certain = False

    def _handle(self, done: Handled) -> None:
        self.handled.setdefault(done, self.tick)
        if done.how is How.REMADE:
            self.replaced = True
        elif done.how is How.SCHEDULE_SET:
            self.certain = False

    def _update(self, times: int = 1) -> None:
        if self.replaced:
            return
        self.updated += times
        for _ in range(min(times, _WATCHED - len(self.between))):
            self.between.append(self.since)
            self.since = []
        if self.runs and self.runs[-1][0] == self.tick:
            self.runs[-1] = (self.tick, self.runs[-1][1] + times)
        elif times:
            self.runs.append((self.tick, times))

    def _advance(self, span: Span, argument: Node | None, epoch: bool) -> None:
        self.ticked += 1
        self.left_behind = self.left_behind or self.replaced
        if len(self.between) < _WATCHED:
            self.since.append(span)
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
                self.falls += value < self.tick
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
        if _resumes(guard.then) is not _resumes(guard.other):
            # A trace is that of a run that starts anew.
            self.block(guard.other if _resumes(guard.then) else guard.then, epoch=epoch)
            return
        try:
            taken = bool(evaluate(guard.condition, self.values))
        except Failure:
            # Either branch may run. One that only leaves is passed by; else the first one is taken.
            taken = not (guard.then and all(isinstance(each, Jump) for each in guard.then))
            if self.certain and any(_one_sided(branch) for branch in (guard.then, guard.other)):
                self.certain = False
            self.certain_end = False
        self.block(guard.then if taken else guard.other, epoch=epoch)

    def _repeat(self, loop: Repeat) -> None:
        count = self._value(loop.count)
        start, step = self._value(loop.start), self._value(loop.step)
        if not isinstance(count, (int, float)):
            # How long it goes on does not matter where it does not tick; then the run goes on after it.
            count, self.certain_end = (MAX_EVENTS if has(loop.body, Tick) else _SOME), False
            self.guessed = True
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
            if not self._epoch(loop.body, ends_epoch):
                return

    def _while(self, loop: While) -> None:
        while True:
            try:
                if not evaluate(loop.condition, self.values):
                    return
            except Failure:
                self.certain_end = False
            if not self._epoch(loop.body, loop.unit is Unit.EPOCH):
                return

    def _call(self, body: Program, epoch: bool) -> None:
        try:
            self.block(body, epoch=epoch)
        except _Jump as jump:
            if jump.kind is not Jump.LEAVE:
                raise

    def _epoch(self, body: Program, epoch: bool) -> bool:
        """One pass of a loop, which may be an epoch of the run; False where it breaks out."""
        if not epoch or self.inside or len(self.passes) >= _EPOCHS:
            return self._pass(body, epoch)
        self.inside, self.ticked, self.updated, self.guessed = True, 0, 0, False
        whole = False
        try:
            goes_on = self._pass(body, epoch)
            whole = goes_on and not self.guessed
        finally:
            self.inside = False
            if self.ticked or self.updated:
                self.passes.append(Epoch(self.ticked, self.updated, whole))
        return goes_on

    def _pass(self, body: Program, epoch: bool) -> bool:
        """One pass of a loop; False where it breaks out."""
        self._spend()
        try:
            self.block(body, epoch=epoch)
        except _Jump as jump:
            if jump.kind in {Jump.LEAVE, Jump.FAIL}:
                raise
            return jump.kind is Jump.CONTINUE
        return True


def _resumes(branch: Program) -> bool:
    """Whether a branch goes on from another run, before it trains."""
    return any(each.how in LOADED for each in handled(branch)) and not has(branch, Update)


def _one_sided(branch: Program) -> bool:
    """Whether a branch ticks without updating, or updates without ticking."""
    return has(branch, Tick) is not has(branch, Update)
