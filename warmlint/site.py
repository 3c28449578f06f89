"""A schedule as rules see it: its factor as a function, its warmup, its loop's clock, its numbers.

This is all of the engine that a rule needs. `Site.holds` judges a property, `Site.finding` is the one
place where findings are built.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from warmlint.beside import Met, is_ramp, is_writer, may_meet, met, shares_optimizer
from warmlint.expr import Node, Op, Symbol, alike, const, plain, ref, symbols, transform, walk
from warmlint.facts.model import UNAPPLIED, Factor, Loop, Optimizer, Part, Plateau, Schedule
from warmlint.finding import (
    Applicability,
    Confidence,
    Edit,
    Evidence,
    Finding,
    Scale,
    Setting,
    Severity,
    SiteReference,
    Status,
)
from warmlint.functions import Value
from warmlint.limits import MAX_JUDGING_EVENTS
from warmlint.program import (
    Hidden,
    How,
    Tick,
    Unit,
    Update,
    around,
    epoch_counts,
    expressions,
    handled,
    has,
    spelled_out,
    taken,
    tick_count,
    ticks_in_loop,
    ticks_of,
    updates_of,
)
from warmlint.schedule.decide import Question, Verdict, decide, undecided
from warmlint.schedule.evaluate import FailureKind, outcome
from warmlint.schedule.roles import Length, Roles, as_length, find_roles, name_of
from warmlint.schedule.units import bare_bounds, measured
from warmlint.schedule.valuations import Space, Valuation, space_of
from warmlint.schedule.words import is_metric
from warmlint.source import Source, Span
from warmlint.term import Function, Term, term
from warmlint.trace.passes import passes
from warmlint.trace.simulate import Clock, Epoch, documented, simulate
from warmlint.trace.trace import Trace
from warmlint.trace.windows import Window, window_of
from warmlint.words import Words

_ACCUMULATES = re.compile(r"accum|micro(?!sec)|backward_passes|virtual_batch", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a finding's numbers are about: a schedule, under one valuation."""

    site: Site
    valuation: Valuation


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule says: the finding, its subject, and the edits that may become its proven fix.

    `promise` is what must hold of the edited schedule, beyond that the finding is gone. `applicability` is
    what the fix will be: unsafe where it changes the LR that is used, as nearly every one does. A fix that
    `ends` the schedule leaves nothing of it to judge: it is made out of sight, and told nothing twice.
    """

    finding: Finding
    subject: Subject
    edits: tuple[Edit, ...] | None = None
    promise: Callable[[Site], object] | None = None
    applicability: Applicability = Applicability.UNSAFE
    ends: bool = False


class Site:
    """One schedule of one param group, made at one place.

    `f` is the factor as a function of the tick, `t` the tick; `f(t + 1) <= f(t)` is a property that
    `holds` can judge. Ticks, and so the arguments of `f`, count from 0.
    """

    def __init__(
        self, source: Source, schedule: Schedule, factor: Factor, all_schedules: Sequence[Schedule] = ()
    ) -> None:
        self.source = source
        self._all = all_schedules
        self.schedule = schedule
        self.factor = factor
        self.f = Function(factor.expression, factor.tick)
        self.t = Term(ref(factor.tick))
        self._clocks: list[tuple[Valuation, Clock]] = []

    # --- what it is ---------------------------------------------------------------------------
    @cached_property
    def rows(self) -> frozenset[int]:
        """The rows of the source that the schedule and its loop were read from."""
        schedule, loop = self.schedule, self.loop
        read = walk(self.factor.expression, schedule.start, *expressions(loop.program))
        spans = (
            *(self.factor.span, schedule.span, schedule.optimizer.span),
            *(span for part in schedule.parts for span in (part.span, part.begin_span, part.length_span)),
            *(*loop.ticks, *loop.updates, *loop.writes),
            *(each.span for each in read),
        )
        return frozenset(
            row for span in spans if span is not None for row in range(span.start.row, span.end.row + 1)
        )

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer that the schedule belongs to."""
        return self.schedule.optimizer

    @property
    def rivals(self) -> tuple[Schedule, ...]:
        """The other schedules of the file that are made for the same optimizer, in the same function."""
        return tuple(
            each
            for each in self._all
            if each is not self.schedule
            and each.optimizer.name == self.optimizer.name
            and each.function == self.schedule.function
        )

    def may_meet(self, other: Schedule) -> bool:
        """Whether one run may make it and one of its rivals: no `if` makes the one or the other."""
        return may_meet(self.schedule, other)

    @property
    def name_taken(self) -> Span | None:
        """Where its name is given to another schedule before anything ticks it, or keeps it elsewhere."""
        name, optimizer = self.schedule.target, self.optimizer.name
        if self.schedule.replaced is not None or name is None:
            return self.schedule.replaced
        for each in self.loop.program:
            if has((each,), Tick) or any(one.how is How.SCHEDULE_KEPT for one in handled((each,))):
                return None
            if isinstance(each, Hidden) and each.span > self.schedule.span:
                call = self.source.slice(each.span)
                before = self.source.text[: self.source.offset(each.span.start)].rstrip()
                assigned = re.search(rf"(?<![\w.]){re.escape(name)}\s*=$", before)
                if assigned and optimizer in call and name not in call:
                    return each.span
        return None

    @property
    def beside(self) -> tuple[Schedule, ...]:
        """The other schedules of the file that are seen to be made for the same optimizer."""
        return tuple(
            each for each in self._all if each is not self.schedule and shares_optimizer(self.schedule, each)
        )

    @property
    def is_writer(self) -> bool:
        """Whether it computes the LR from the base LR, whatever the LR has become."""
        return is_writer(self.schedule)

    def of(self, other: Schedule) -> Site:
        """The site of another schedule of the file."""
        return Site(self.source, other, other.factors[0], self._all)

    def of_part(self, part: Part) -> Site:
        """The site of a schedule that this one is composed of, as if it ran by itself."""
        return Site(self.source, self.schedule, part.factor, self._all)

    @property
    def plateaus(self) -> tuple[Plateau, ...]:
        """The `ReduceLROnPlateau`s of the file that are seen to be made for the same optimizer."""
        return tuple(each for each in self.schedule.plateaus if shares_optimizer(self.schedule, each))

    @property
    def is_ramp(self) -> bool:
        """Whether it scales the LR that it finds for so many ticks, and then rests."""
        return is_ramp(self.schedule)

    def overwrites(self, other: Schedule | Plateau) -> Met | None:
        """The first change by another schedule after which this one goes on to write the LR; None where none
        is known."""
        return met(self, other)

    @property
    def others(self) -> tuple[Schedule, ...]:
        """The other schedules of the file that are made for an optimizer of the same name."""
        return tuple(
            each
            for each in self._all
            if each is not self.schedule and each.optimizer.name == self.optimizer.name
        )

    @property
    def loop(self) -> Loop:
        """The training loop that drives it."""
        return self.schedule.loop

    @cached_property
    def roles(self) -> Roles:
        """Which length is the warmup, which the run's."""
        return find_roles(self.factor.expression, self.factor.tick, self.factor.name)

    @property
    def warmup(self) -> Length | None:
        """The warmup's length, in ticks."""
        return self.roles.warmup

    @property
    def w(self) -> Term | None:
        """The warmup's length as a term."""
        return None if self.roles.warmup is None else term(self.roles.warmup.node)

    @property
    def uses_tick(self) -> bool:
        """Whether the factor depends on its tick at all."""
        return self.factor.tick in symbols(self.factor.expression)

    def warmup_of(self, least: int) -> tuple[Term, ...]:
        """The condition that the warmup, where there is one, has at least so many ticks."""
        return () if self.w is None else (self.w >= least,)

    @property
    def says_warmup(self) -> bool:
        """Whether the source itself speaks of a warmup, by a length's name or the function's."""
        return self.roles.named

    @cached_property
    def base_lr(self) -> Node | None:
        """The LR that the factor is a multiple of; None where it is an LR itself."""
        return self.optimizer.base_lr(self.factor.group) if self.factor.scale is Scale.FACTOR else None

    @property
    def peak(self) -> Term | None:
        """What a warmup should rise to: 1, or the base LR; None where the source does not tell."""
        return None if self.factor.peak is None else term(self.factor.peak)

    @property
    def applied(self) -> bool:
        """Whether making the schedule writes its first LR, as torch's schedulers do."""
        return plain(self.schedule.start).value != UNAPPLIED

    @property
    def unwritten_updates(self) -> int:
        """How many updates the loop is seen to run before the schedule first writes the LR."""
        return 0 if self.applied or self.clock.assumed or not self.clock.certain else self.clock.unwritten

    @cached_property
    def unticked_updates(self) -> int:
        """How many updates are seen to run while nothing could tick the schedule."""
        if not self.loop.idle:
            return 0
        program, values = self.loop.without_tick, self.example.values
        return sum(times for _, times in simulate(program, values, MAX_JUDGING_EVENTS).runs)

    @cached_property
    def windows(self) -> tuple[Node, ...]:
        """The conditions and lengths that decide when an update comes, and not when a tick does, or the other
        way round."""
        program = spelled_out(self.loop.program)
        updates, ticks = around(program, Update), around(program, Tick)
        return tuple((updates | ticks)[each] for each in updates.keys() ^ ticks.keys())

    @property
    def skipped_updates(self) -> tuple[Update, ...]:
        """The updates that what calls them may leave out."""
        return tuple(each for each in updates_of(self.loop.program) if each.may_skip)

    @property
    def ruled_out_updates(self) -> tuple[Update, ...]:
        """The updates that a loop which ticks the schedule runs only where there is none; empty where it has
        others, or may have."""
        program = taken(self.loop.program)
        if not ticks_in_loop(program) or has(program, Update) or has(program, Hidden):
            return ()
        return tuple(updates_of(self.loop.program))

    @property
    def ticks_under_own_condition(self) -> bool:
        """Whether a condition decides when a tick comes, and not when an update does."""
        updates, ticks = around(self.loop.program, Update), around(self.loop.program, Tick)
        return any(plain(ticks[each]).op is not Op.CONST for each in ticks.keys() - updates.keys())

    @property
    def counts_batches(self) -> bool:
        """Whether the schedule's lengths count batches, of which several make an update: by name, by the
        length of a loader, or multiplied by the window."""
        lengths = [each for each in (self.warmup, self.roles.total) if each is not None]
        if any("batch" in each.name.lower() for each in lengths):
            return True
        parts = [each for length in lengths for each in walk(length.node)]
        if any(each.op in {Op.DIV, Op.FLOORDIV} and accumulates(each.args[1]) for each in parts):
            return False
        of_loader = any((name_of(each) or "").startswith("len(") for each in parts)
        return of_loader or any(each.op is Op.MUL and accumulates(each) for each in parts)

    @cached_property
    def window(self) -> Window | None:
        """Of how many batches one update and one tick come, where a condition of the loop makes them wait."""
        return window_of(spelled_out(self.loop.program), self.example.values)

    @property
    def epoch(self) -> Epoch | None:
        """What an epoch of the run is seen to do: the first that both ticks and updates."""
        return next((each for each in self.clock.passes if each.ticks and each.updates), None)

    def length_in(self, unit: Unit) -> Length | None:
        """A length that says that a tick counts `unit`, one that is computed first; None where another says
        otherwise."""
        told = measured(self.factor.expression, self.factor.tick)
        if any(each.tick.unit not in {unit, Unit.UNKNOWN} for each in told):
            return None
        found = [each for each in told if each.tick.unit is unit]
        found.sort(key=lambda each: not each.tick.computed)
        return as_length(found[0].bound, found[0].tick) if found else None

    @property
    def epochs_for_ticks(self) -> Length | None:
        """The run's length, where the tick is held against it as it is, and the loop over epochs passes as
        often: it counts those, whatever its name says and that of the warmup beside it."""
        total = self.roles.total
        length = None if total is None else plain(total.node).symbol
        if total is None or length is None:
            return None
        passes = {plain(each).symbol for each in epoch_counts(self.loop.program)}
        held = bare_bounds(self.factor.expression, self.factor.tick)
        return total if length in passes and any(length in symbols(each) for each in held) else None

    @property
    def slow_length(self) -> Length | None:
        """A length that counts something smaller than what the loop ticks after: updates, samples or tokens
        where it ticks once an epoch of several updates, samples or tokens where it ticks once an update."""
        if self.told_ticks or not self.clock.certain:
            return None
        epoch, gaps = self.epoch, self.clock.between[1:]
        once_an_epoch = epoch is not None and epoch.ticks == 1 and epoch.updates > 1
        once_an_update = bool(gaps) and all(len(gap) == 1 for gap in gaps)
        smaller = [Unit.UPDATE] if once_an_epoch else []
        smaller += [Unit.SAMPLE, Unit.TOKEN] if once_an_epoch or once_an_update else []
        return next((each for unit in smaller if (each := self.length_in(unit)) is not None), None)

    def is_example(self, each: Node) -> bool:
        """Whether the value that is shown for a part of it is one that was chosen, and not the source's."""
        return not all(symbol.has_default for symbol in symbols(each))

    @property
    def told_ticks(self) -> bool:
        """Whether the loop tells the schedule its tick numbers."""
        return any(each.argument is not None for each in ticks_of(self.loop.program))

    @property
    def told_metric(self) -> str | None:
        """The metric, by its name, that the schedule is told in the place of each tick's number; None where
        it is told something else too, or where a `ReduceLROnPlateau` of the file may be what is told it."""
        program = self.loop.program
        told = [symbols(each.argument) if each.argument is not None else () for each in ticks_of(program)]
        found = [next((each.name for each in some if is_metric(each.name)), None) for some in told]
        sure = all(found) and ticks_of(program, guarded=False) and not self.schedule.plateaus
        return found[-1] if sure else None

    @property
    def made_lr(self) -> Term | None:
        """The LR that the optimizer is made with; None where it cannot be compared with the schedule's."""
        lr, own = self.optimizer.base_lr(self.factor.group), self.trace.unwritten
        if lr is not None and set(symbols(lr)) <= set(self.space.parameters):
            return term(lr)
        return None if own is None else term(const(own))

    @property
    def ticked_at(self) -> Span:
        """Where the loop ticks it first; where that is a loop over param groups, the write in it."""
        tick, write = self.loop.ticks[0], self.schedule.span
        return write if tick.contains(write) else tick

    @property
    def written_for_the_past(self) -> bool:
        """Whether updates run before the LR of tick 0 is written: each at the LR of the one before."""
        return self.told_ticks and self.unwritten_updates > 0 and self.clock.first_written == 0

    @property
    def counts_epochs(self) -> bool:
        """Whether one tick stands for an epoch: the loop says so, or, out of its sight, the warmup's name."""
        if self.loop.program:
            return self.clock.epochs
        return self.warmup is not None and self.warmup.unit is Unit.EPOCH

    @property
    def unit(self) -> str:
        """What a tick is called: "epoch", or "update"."""
        return "epoch" if self.counts_epochs else "update"

    @cached_property
    def space(self) -> Space:
        """The values that its parameters may have."""
        roots = [self.factor.expression, self.schedule.start, *expressions(self.loop.program)]
        if self.base_lr is not None:
            roots.append(self.base_lr)
        return space_of(roots, self.roles, self.schedule.conditions)

    # --- its clock ----------------------------------------------------------------------------
    @cached_property
    def example(self) -> Valuation:
        """The valuation that is shown: the source's own values where it gives them, else one that lets the
        loop update."""
        found = self.space.sample or self.space.own
        if found[0].given or not self.loop.updates:
            return found[0]
        return next((each for each in found[:8] if not self.clock_under(each).assumed), found[0])

    def shown_by(self, verdict: Verdict) -> Site:
        """This site with the verdict's witness as the valuation that is shown: the numbers of a message are
        those of its evidence."""
        return self if verdict.witness is None else self.shown_with(verdict.witness)

    def shown_with(self, valuation: Valuation) -> Site:
        """This site with the values of `valuation` shown, parameter by parameter of the same name."""
        if valuation is self.example:
            return self
        by_name = {symbol.name: value for symbol, value in valuation.values.items()}
        values = {each: by_name.get(each.name, self.example[each]) for each in self.space.parameters}
        shown = Site(self.source, self.schedule, self.factor, self._all)
        # A cached property is set by setting it: the space is the same, the example another.
        shown.__dict__.update(space=self.space, example=Valuation(values, valuation.given))
        return shown

    def with_epochs_of(self, batches: int) -> Site:
        """This site with `batches` shown for the lengths of loaders that the source does not give."""
        values = {
            each: batches if each.name.startswith("len(") and not each.has_default else value
            for each, value in self.example.values.items()
        }
        return self.shown_with(Valuation(values, self.example.given))

    @cached_property
    def clock(self) -> Clock:
        """When the schedule ticks, under the valuation that is shown."""
        return self.clock_under(self.example)

    def clock_under(self, valuation: Valuation) -> Clock:
        """When the schedule ticks under one valuation; torch's documented order where no loop is in sight."""
        for known, clock in self._clocks:
            if known is valuation:
                return clock
        clock = simulate(self.loop.program, valuation.values, MAX_JUDGING_EVENTS, applied=self.applied)
        if self.factor.multiplies and self.told_ticks:
            clock = replace(clock, certain=False)  # what comes of it hangs on which ticks it was not told
        if not clock.runs:
            clock = documented(outcome(self.schedule.start, valuation.values).number)
        self._clocks.append((valuation, clock))
        return clock

    def reach(self, valuation: Valuation) -> int | None:
        """The last tick that an update runs at, None where no end is in sight."""
        return self.clock_under(valuation).reach if self.loop.program else None

    @cached_property
    def first_tick(self) -> float | None:
        """The tick at which the first update runs whose LR is the schedule's; None where the source does not
        settle it."""
        if self.loop.overwritten:
            return None
        clocks = [self.clock_under(each) for each in self.space.sample[:4]]
        seen = [each for each in clocks if not each.assumed]
        clocks = seen or clocks  # some values let the loop make no update at all
        firsts = {clock.first_written for clock in clocks}
        return firsts.pop() if len(firsts) == 1 and all(clock.certain for clock in clocks) else None

    @property
    def wrapped(self) -> bool:
        """Whether it is handed to something that ticks it in its own way, as accelerate does."""
        return any(each.how is How.PREPARED for each in handled(self.loop.program))

    @property
    def stays_in_sight(self) -> bool:
        """Whether the loop that ticks it is seen, so that nothing else can stop it early."""
        return bool(self.loop.ticks) and self.schedule.leaves is None and not self.loop.overwritten

    @property
    def stops_at_a_guard(self) -> bool:
        """Whether ticks happen under a condition on what they count, and none past the warmup is seen."""
        if not self.loop.guarded or self.roles.warmup is None:
            return self.loop.guarded
        for valuation in self.space.sample[:8]:
            trace = self.trace_under(valuation)
            end = trace.length(self.roles.warmup)
            if end is not None and trace.clock.made > end + 1:
                return False
        return True

    @property
    def last_tick(self) -> int | None:
        """The last tick that an update runs at, where the run has an end in sight."""
        return self.reach(self.example)

    # --- judging ------------------------------------------------------------------------------
    def holds(self, claim: Term, *given: Term) -> Verdict:
        """Whether `claim` holds for all admissible values, at every tick of the run at which `given` do."""
        if not self.space.sample:
            return undecided("no admissible values of its parameters are known")
        lengths = tuple(each.node for each in (self.roles.warmup, self.roles.total) if each is not None)
        question = Question(
            claim.node, tuple(each.node for each in given), self.factor.tick, lengths, self.reach
        )
        return decide(question, self.space)

    @property
    def warmup_ticks(self) -> int | None:
        """The warmup's length under the valuation that is shown."""
        return self.trace.length(self.roles.warmup)

    def branch_at(self, tick: float) -> Node:
        """The part of the factor that gives its value at `tick`: the branch that its conditions take, and
        of a `min` or `max` the argument that decides it."""
        values = {**self.example.values, self.factor.tick: tick}
        current = self.factor.expression
        while (inner := _deciding(current, values)) is not None:
            current = inner
        return current

    def carried_on(self, last: int) -> Function:
        """What the curve's conditions choose at the tick `last`, as if they went on choosing it."""
        tick = self.factor.tick
        values = {**self.example.values, tick: last}

        def choose(each: Node) -> Node | None:
            if each.op is not Op.IF or tick not in symbols(each.args[0]):
                return None
            return each.args[1 if outcome(each.args[0], values).value else 2]

        return Function(transform(self.factor.expression, choose), tick)

    def place(self, each: Node) -> Span:
        """Where to report a part of the factor: its own span if the function holds it, else the function."""
        return each.span if each.span is not None else self.factor.span

    @cached_property
    def unknown(self) -> str | None:
        """Why the factor cannot be computed from the source; None where it can."""
        for tick in self.trace.key_ticks():
            failure = self.trace.factor_at(tick).failure
            if failure is not None and failure.kind is FailureKind.UNKNOWN:
                return str(failure)
        return None

    @property
    def unsettled(self) -> str | None:
        """Why it is not settled which tick update 0 runs at; None where it is."""
        if self.first_tick is not None:
            return None
        if self.loop.overwritten:
            rows = ", ".join(self.source.row_name(each.row) for each in self.loop.writes)
            if self.schedule.member_ticks:
                return f"a schedule that it is composed of is also ticked by itself, in {rows}"
            return f"the LR is also written by hand, in {rows}"
        if plain(self.schedule.start).op is Op.UNKNOWN:
            return str(plain(self.schedule.start).value)
        return self.loop.reason or "a condition that the source does not settle decides when it ticks"

    def holds_of_ticks(self, claim: Callable[[Term], Term]) -> Verdict:
        """Whether `claim` holds of the number of ticks that the run makes, where each open length is 3 or
        more."""
        program = self.loop.program
        count = tick_count(program)
        if count is not None:
            claimed = claim(term(count))
            proved = self.holds(claimed, *(term(ref(each)) >= 3 for each in symbols(claimed.node)))
            if proved.status is Status.PROVED:
                return proved
        free = {each for each in self.space.parameters if not each.has_default}
        asked = free & set(symbols(claim(term(0)).node))
        looped = free & set(symbols(*expressions(program)))
        if not asked <= looped:
            return undecided("it depends on values that the source does not give")
        found: list[Valuation] = []
        for valuation in self.space.own:
            run = passes(program, valuation.values)
            if run.cut or any(valuation[each] in {0, 1, 2} for each in looped):
                continue
            said = outcome(claim(term(len(run.ticks))).node, valuation.values).value
            if not run.complete or said is not True:
                return undecided("how often the loop ticks is not settled")
            found.append(valuation)
        if not found:
            return undecided("no run of it is short enough to be run")
        told = "with the values that the source gives" if not looped else f"on all {len(found)} runs tried"
        return Verdict(Status.WITNESSED, told, found[0], len(found))

    @cached_property
    def overruns(self) -> Verdict:
        """Whether the loop ticks a `OneCycleLR` more often than its cycle has ticks."""
        return self._of_cycle(lambda made, cycle: made > cycle)

    @cached_property
    def stops_halfway(self) -> Verdict:
        """Whether the loop ticks a `OneCycleLR` less than half as often as its cycle has ticks."""
        return self._of_cycle(lambda made, cycle: made * 2 < cycle)

    @property
    def counted_twice(self) -> Iterator[tuple[Node, Node, Verdict]]:
        """The parts of a composition that come after a ramp and whose lambda subtracts from its own ticks the
        one at which it takes over, with which its curve begins far off: that tick, and the subtraction."""
        for before, part in pairwise(self.schedule.parts):
            begin, subtracts = part.begin, _subtracts_begin(part)
            if begin is None or subtracts is None:
                continue
            ramp = Function(before.factor.expression, before.factor.tick)
            own = Function(part.factor.expression, part.factor.tick)
            first, meant = own(0), own(term(begin))
            off = (first < 0.75 * meant) | (meant < 0.75 * first)
            verdict = self.holds((ramp(0) < ramp(1)) & (first > 0) & (meant > 0) & off, term(begin) >= 2)
            if verdict:
                yield begin, subtracts, verdict

    @property
    def handed_over_late(self) -> Iterator[tuple[Part, Part, Verdict]]:
        """The first ramp of a composition, where at its own end it is at what the next schedule begins with,
        and from there goes on, as steep as before, up to its milestone; with what follows."""
        f, t = self.f, self.t
        for part, following in pairwise(self.schedule.parts):
            w = self.of_part(part).w
            if part.construct != "LambdaLR" or part.begin is not None or following.begin is None or w is None:
                continue
            end = term(following.begin)
            meets = (f(w - 1) <= 1.01 * f(end)) & (f(w) >= 0.99 * f(end)) & (f(end - 1) > 1.1 * f(end))
            goes_on = (f(w + 1) > f(w)) & (f(t + 1) - f(t) > 0.5 * (f(w + 1) - f(w)))
            late = end > w + 1
            verdict = self.holds(meets & goes_on & late, t >= w, t < end - 1)
            # Also where the larger one of two numbers that the source does not give would be the milestone.
            if verdict and all(outcome(late.node, each.values).value is True for each in self.space.own):
                yield part, following, verdict

    def _of_cycle(self, claim: Callable[[Term, Term], Term]) -> Verdict:
        total, loop = self.roles.total, self.loop
        if self.schedule.construct != "OneCycleLR" or total is None or not loop.ticks:
            return undecided("it is no cycle that a loop in sight ticks")
        fresh = plain(self.schedule.start).value == 0
        if loop.owner or loop.tried or self.told_ticks or self.wrapped or not fresh:
            return undecided("how often it ticks is not for this loop to say")
        return self.holds_of_ticks(lambda made: claim(made, term(total.node)))

    @property
    def made_ticks(self) -> int:
        """How many ticks the run that is shown makes."""
        count = tick_count(self.loop.program)
        known = outcome(count, self.example.values).number if count is not None else None
        return int(known) if known is not None else len(passes(self.loop.program, self.example.values).ticks)

    def reaches_one(self, tick: int) -> Verdict:
        """Whether the factor is 1, the base LR, where the warmup ends, or at `tick` where there is none."""
        top = self.f(tick if self.w is None else self.w)
        if self.peak is None:
            return undecided("what its warmup should rise to is not known")
        return self.holds((top >= self.peak * (1 - 1e-9)) & (top <= self.peak * (1 + 1e-9)))

    def rises_to_one(self, tick: int = 0) -> bool:
        """Whether the factor starts below that and gets there."""
        if self.peak is None:
            return False
        return bool(self.reaches_one(tick) and self.holds(self.f(0) < self.peak, *self.warmup_of(3)))

    # --- telling ------------------------------------------------------------------------------
    @cached_property
    def words(self) -> Words:
        """How messages say it."""
        return Words(self)

    @cached_property
    def trace(self) -> Trace:
        """The trace that is shown."""
        return self.trace_under(self.example)

    def trace_under(self, valuation: Valuation) -> Trace:
        """The LR of each update under one valuation."""
        return Trace(
            self.factor.expression,
            self.factor.tick,
            self.roles,
            valuation,
            self.clock_under(valuation),
            self.reach(valuation),
            self._known(self.base_lr),
            None if self.applied else self._known(self.optimizer.base_lr(self.factor.group)),
            self.factor.multiplies,
        )

    @staticmethod
    def _known(lr: Node | None) -> float | None:
        """An LR, where the source gives its value."""
        if lr is None or not all(symbol.has_default for symbol in symbols(lr)):
            return None
        own = {symbol: symbol.default for symbol in symbols(lr)}
        value = outcome(lr, own).number
        return value if value is not None and math.isfinite(value) else None

    def seen(self, reason: str) -> Verdict:
        """The verdict of a rule that reads the loop itself, whatever the values."""
        return Verdict(Status.PROVED, reason, self.example, 1)

    @property
    def witnessed(self) -> Verdict:
        """The verdict of a rule that tries the values that the source gives."""
        own = self.space.own
        return Verdict(Status.WITNESSED, "with the values that the source gives", own[0], len(own))

    @property
    def scale(self) -> Scale:
        """What the numbers of its evidence are."""
        known = self.factor.scale is Scale.LR or self.trace.base_lr is not None
        return Scale.LR if known else Scale.FACTOR

    def evidence(self, verdict: Verdict, ticks: Sequence[float], promised_from: int | None) -> Evidence:
        """The numbers behind a verdict, under its witness, at `ticks` or else at those that matter.

        With `promised_from`, update 0 should run at that tick, and each reading says what it should be.
        """
        trace = self.trace_under(verdict.witness or self.example)
        shift = 0 if promised_from is None else int(trace.clock.first_written) - promised_from
        readings = tuple(
            trace.reading(tick, trace.value(tick - shift)[0] if shift else None)
            for tick in sorted(set(ticks)) or trace.key_ticks()
        )
        return Evidence(
            verdict.status,
            verdict.reason,
            verdict.valuations,
            (*self.words.settings(trace.valuation), *self._versions),
            self.scale,
            trace.base_lr,
            self.unit,
            readings,
            trace.curve(self.unit),
        )

    @property
    def _versions(self) -> tuple[Setting, ...]:
        """The releases of torch that its numbers rest on."""
        return tuple(Setting("torch", release, why) for release, why in self.schedule.versions)

    def finding(
        self,
        *,
        at: Span,
        verdict: Verdict,
        severity: Severity,
        message: str,
        suggestion: str,
        confidence: Confidence | None = None,
        edits: tuple[Edit, ...] | None = None,
        promise: Callable[[Site], object] | None = None,
        applicability: Applicability = Applicability.UNSAFE,
        ends: bool = False,
        ticks: Sequence[float] = (),
        promised_from: int | None = None,
    ) -> Judgement:
        """A finding of the rule that is being run: its code, name and path are filled in by the engine."""
        sure = verdict.status is Status.PROVED or (verdict.witness is not None and verdict.witness.given)
        sure = sure and not self.schedule.defined
        evidence = self.evidence(verdict, ticks, promised_from)
        untold = all(each.failure == FailureKind.UNKNOWN.value for each in evidence.readings)
        finding = Finding(
            code="",
            name="",
            message=message,
            path=self.source.path,
            span=at,
            severity=severity,
            confidence=confidence or (Confidence.HIGH if sure else Confidence.MEDIUM),
            site=SiteReference(self.schedule.span.row, self.schedule.construct),
            evidence=None if untold else evidence,
            suggestion=suggestion,
        )
        subject = Subject(self, verdict.witness or self.example)
        return Judgement(finding, subject, edits, promise, applicability, ends)


def accumulates(each: Node) -> bool:
    """Whether an expression speaks of a window in which gradients are accumulated."""
    return any(_ACCUMULATES.search(name_of(part) or "") for part in walk(each))


def _subtracts_begin(part: Part) -> Node | None:
    """Where a lambda subtracts from its tick the tick at which its part of a composition begins."""
    begin, tick = part.begin, part.factor.tick
    if part.construct != "LambdaLR" or begin is None:
        return None
    found = (each for each in walk(part.factor.expression) if each.op is Op.SUB)
    return next((e for e in found if plain(e.args[0]).symbol is tick and alike(e.args[1], begin)), None)


def _deciding(node: Node, values: Mapping[Symbol, Value]) -> Node | None:
    """The argument that has the value of `node`, where one of them alone decides it."""
    if node.op is Op.NAMED:
        return node.args[0]
    if node.op is Op.IF:
        condition = outcome(node.args[0], values)
        return None if condition.failure is not None else node.args[1 if condition.value else 2]
    if node.op is Op.CALL and node.value in {"min", "max"} and len(node.args) > 1:
        whole = outcome(node, values).number
        deciding = [each for each in node.args if outcome(each, values).number == whole]
        if len(deciding) == 1 and plain(deciding[0]).op is not Op.CONST:
            return deciding[0]
    return None
