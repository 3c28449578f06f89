"""A schedule as rules see it: its factor as a function, its warmup, its loop's clock, its numbers.

This is all of the engine that a rule needs. `Site.holds` judges a property, `Site.finding` is the one
place where findings are built.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from warmlint.expr import Node, Op, plain, ref, symbols, walk
from warmlint.facts.model import Factor, Loop, Optimizer, Schedule
from warmlint.finding import (
    Confidence,
    Curve,
    Edit,
    Evidence,
    Finding,
    Reading,
    Scale,
    Setting,
    Severity,
    SiteReference,
    Status,
)
from warmlint.limits import MAX_CURVE_POINTS
from warmlint.program import Unit
from warmlint.schedule.decide import Question, Verdict, decide, undecided
from warmlint.schedule.evaluate import FailureKind, Outcome, outcome
from warmlint.schedule.roles import Length, Roles, find_roles
from warmlint.schedule.valuations import Space, Valuation, space_of
from warmlint.source import Source, Span
from warmlint.term import Function, Term, term
from warmlint.trace.simulate import Clock, documented, simulate

_JUDGING_BUDGET = 3_000
"""Events of a simulation that only judges; the one that is shown may cost more."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule proposes: edits, and what they do in words ("count from 1, not from 0")."""

    message: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a finding's numbers are about: a schedule, under one valuation."""

    site: Site
    valuation: Valuation


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule says: the finding, its subject, and the change that may become its proven fix."""

    finding: Finding
    subject: Subject
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class DivisionByZero:
    """The tick at which a factor divides by zero, the division, and the values that make it."""

    tick: int
    division: Node
    because: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Where the base LR stands in a factor; `named` tells its own name from an equal literal."""

    nodes: tuple[Node, ...]
    named: bool

    @property
    def span(self) -> Span | None:
        """The first of them."""
        return self.nodes[0].span if self.nodes else None

    def __bool__(self) -> bool:
        return bool(self.nodes)


class Site:
    """One schedule of one param group, made at one place.

    `f` is the factor as a function of the tick, `t` the tick; `f(t + 1) <= f(t)` is a property that
    `holds` can judge. Ticks, and so the arguments of `f`, count from 0.
    """

    def __init__(self, source: Source, schedule: Schedule, factor: Factor) -> None:
        self.source = source
        self.schedule = schedule
        self.factor = factor
        self.f = Function(factor.expression, factor.tick)
        self.t = Term(ref(factor.tick))
        self._clocks: dict[int, Clock] = {}

    # --- what it is ---------------------------------------------------------------------------
    @property
    def optimizer(self) -> Optimizer:
        """The optimizer that the schedule belongs to."""
        return self.schedule.optimizer

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
    def says_warmup(self) -> bool:
        """Whether the source itself speaks of a warmup, by a length's name or the function's."""
        return self.roles.named

    @cached_property
    def base_lr(self) -> Node | None:
        """The LR that the factor is a multiple of."""
        return self.optimizer.base_lr(self.factor.group)

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
        roots = [self.factor.expression]
        if self.base_lr is not None:
            roots.append(self.base_lr)
        return space_of([*roots, *_conditions(self.loop.program)], self.roles)

    # --- its clock ----------------------------------------------------------------------------
    @cached_property
    def example(self) -> Valuation:
        """The valuation that is shown: the source's own values where it gives them."""
        return (self.space.sample or self.space.own)[0]

    @cached_property
    def clock(self) -> Clock:
        """When the schedule ticks, under the valuation that is shown."""
        return self.clock_under(self.example)

    def clock_under(self, valuation: Valuation) -> Clock:
        """When the schedule ticks under one valuation; torch's documented order where no loop is in sight."""
        key = id(valuation)
        if key not in self._clocks:
            clock = simulate(self.loop.program, valuation.values, _JUDGING_BUDGET) if self.loop.program else None
            self._clocks[key] = clock if clock is not None and clock.runs else documented(1)
        return self._clocks[key]

    def reach(self, valuation: Valuation) -> int | None:
        """The last tick that an update runs at, None where no end is in sight."""
        return self.clock_under(valuation).reach if self.loop.program else None

    @cached_property
    def first_tick(self) -> int | None:
        """The tick at which update 0 runs; None where the source does not settle it."""
        clocks = [self.clock_under(each) for each in self.space.sample[:4]]
        firsts = {clock.first for clock in clocks}
        return firsts.pop() if len(firsts) == 1 and all(clock.certain for clock in clocks) else None

    def first_division_by_zero(self) -> DivisionByZero | None:
        """The first tick of the run that divides by zero, with the source's own values for what it gives
        and whatever value for the rest."""
        found: DivisionByZero | None = None
        for valuation in self.space.own:
            failing = self._division_by_zero(valuation)
            if failing is None or (found is not None and failing.tick != found.tick):
                return None
            found = found or failing
        return found

    def _division_by_zero(self, valuation: Valuation) -> DivisionByZero | None:
        clock = self.clock_under(valuation)
        ends = clock.made if self.loop.program and clock.complete else None
        for tick in sorted({*self.key_ticks(valuation), *(() if ends is None else (ends,))}):
            failure = self.factor_at(tick, valuation).failure
            if failure is None:
                continue
            culprit = failure.culprit
            if failure.kind is not FailureKind.DIVISION_BY_ZERO or culprit is None or culprit.op is not Op.DIV:
                return None
            told = [f"{each.name} is {each.value}" for each in self.settings(valuation) if each.origin != "an example"]
            verdict = Verdict(
                Status.PROVED if not self.space.parameters else Status.WITNESSED,
                "with the values that the source gives", valuation, 1,
            )  # fmt: skip
            return DivisionByZero(tick, culprit, ", ".join(told) or "its divisor is 0", verdict)
        return None

    # --- the base LR ----------------------------------------------------------------------------
    def occurrences_of_base_lr(self) -> Occurrences:
        """Where the factor has the optimizer's LR in it: under its name, or as the same literal."""
        base = self.base_lr
        if base is None:
            return Occurrences((), named=False)
        core = plain(base)
        names = {each.value for each in walk(base) if each.op is Op.NAMED}
        named: list[Node] = []
        literal: list[Node] = []
        for each in walk(self.factor.expression):
            if core.symbol is not None and plain(each).symbol is core.symbol:
                named.append(each)
            elif core.op is Op.CONST and plain(each).op is Op.CONST and plain(each).value == core.value:
                if each.op is Op.NAMED and each.value in names:
                    named.append(each)
                elif each.op is Op.CONST:
                    literal.append(each)
        inside = {id(inner) for each in named for inner in walk(each) if inner is not each}
        outer = tuple(each for each in named if id(each) not in inside)
        if outer:
            return Occurrences(outer, named=True)
        factors = {id(arg) for each in walk(self.factor.expression) if each.op is Op.MUL for arg in each.args}
        return Occurrences(tuple(each for each in literal if id(each) in factors), named=False)

    @property
    def stays_in_sight(self) -> bool:
        """Whether the loop that ticks it is seen, so that nothing else can stop it early."""
        return bool(self.loop.ticks) and self.schedule.leaves is None

    @property
    def last_tick(self) -> int | None:
        """The last tick that an update runs at, where the run has an end in sight."""
        return self.reach(self.example)

    # --- judging ------------------------------------------------------------------------------
    def holds(self, claim: Term, *given: Term) -> Verdict:
        """Whether `claim` holds at every tick of the run at which all of `given` do, for all admissible values."""
        if not self.space.sample:
            return undecided("no admissible values of its parameters are known")
        lengths = tuple(each.node for each in (self.roles.warmup, self.roles.total) if each is not None)
        question = Question(claim.node, tuple(each.node for each in given), self.factor.tick, lengths, self.reach)
        return decide(question, self.space)

    def factor_at(self, tick: int, valuation: Valuation | None = None) -> Outcome:
        """The factor at `tick`, under the valuation that is shown or another."""
        values = (valuation or self.example).values
        return outcome(self.factor.expression, {**values, self.factor.tick: tick})

    def number(self, length: Node | Term, valuation: Valuation | None = None) -> float | None:
        """A length's value under the valuation that is shown or another."""
        return outcome(term(length).node, (valuation or self.example).values).number

    @property
    def warmup_ticks(self) -> int | None:
        """The warmup's length under the valuation that is shown."""
        value = self.number(self.roles.warmup.node) if self.roles.warmup is not None else None
        return int(value) if value is not None and math.isfinite(value) else None

    def branch_at(self, tick: int) -> Node:
        """The part of the factor that gives its value at `tick`: conditions are followed, names looked through."""
        values = {**self.example.values, self.factor.tick: tick}
        current = self.factor.expression
        while current.op in {Op.IF, Op.NAMED}:
            if current.op is Op.NAMED:
                current = current.args[0]
                continue
            condition = outcome(current.args[0], values)
            if condition.failure is not None:
                break
            current = current.args[1] if condition.value else current.args[2]
        return current

    def place(self, each: Node) -> Span:
        """Where to report a part of the factor: its own span if the function holds it, else the function."""
        return each.span if each.span is not None else self.factor.span

    @cached_property
    def unknown(self) -> str | None:
        """Why the factor cannot be computed from the source; None where it can."""
        for tick in self.key_ticks():
            failure = self.factor_at(tick).failure
            if failure is not None and failure.kind is FailureKind.UNKNOWN:
                return str(failure)
        return None

    # --- telling ------------------------------------------------------------------------------
    @cached_property
    def known_base_lr(self) -> float | None:
        """The base LR, where the source gives its value."""
        if self.base_lr is None:
            return None
        if not all(symbol.has_default for symbol in symbols(self.base_lr)):
            return None
        value = outcome(self.base_lr, self.example.values).number
        return value if value is not None and math.isfinite(value) else None

    def reading(self, tick: int, valuation: Valuation | None = None, expected: float | None = None) -> Reading:
        """The LR (or factor) of the first update that runs at `tick`."""
        value, failure = self._value(tick, valuation)
        update = self.clock_under(valuation or self.example).update_at(tick)
        return Reading(tick if update is None else update, tick, value, failure, expected)

    def reading_of_update(self, tick: int, before: Site) -> Reading:
        """What this schedule, the edited one, gives the update that ran at `tick` in `before`."""
        update = before.reading(tick).update
        own = next((each for each in range(tick + 3) if self.clock.update_at(each) == update), None)
        if own is None:
            own = tick
        value, failure = self._value(own)
        return Reading(update, own, value, failure)

    def _value(self, tick: int, valuation: Valuation | None = None) -> tuple[float | None, str | None]:
        found = self.factor_at(tick, valuation)
        if found.failure is not None:
            return None, str(found.failure.kind.value)
        if found.number is None:
            return None, f"is {type(found.value).__name__}, not a number"
        factor = found.value
        assert isinstance(factor, (int, float))
        base = self.known_base_lr
        # As torch computes it: base LR times factor, in that order.
        return (float(base * factor) if base is not None else float(factor)), None

    def key_ticks(self, valuation: Valuation | None = None) -> list[int]:
        """The ticks that matter: the start, around the end of warmup, and the end of the run."""
        valuation = valuation or self.example
        wanted = {0, 1, 2}
        warmup = self.number(self.roles.warmup.node, valuation) if self.roles.warmup is not None else None
        total = self.number(self.roles.total.node, valuation) if self.roles.total is not None else None
        reach = self.reach(valuation)
        if warmup is not None and 0 < warmup < 1e9:
            wanted.update(int(warmup) + offset for offset in (-1, 0, 1))
            wanted.add(2 * int(warmup))
        if total is not None and 0 < total < 1e9:
            wanted.update((int(total) - 1, int(total)))
        if reach is not None:
            wanted.add(reach)
        return sorted(tick for tick in wanted if tick >= self.clock.first and (reach is None or tick <= reach))

    def curve(self, valuation: Valuation | None = None) -> Curve:
        """The trace, as many points as can be drawn; a point is the first update of its tick."""
        ticks = self.key_ticks(valuation)
        last = ticks[-1] if ticks else 1
        if self.reach(valuation or self.example) is None:
            last = max(last, 2 * (self.warmup_ticks or 5), 10)
        count = min(last + 1, MAX_CURVE_POINTS)
        chosen = sorted({round(point * last / max(1, count - 1)) for point in range(count)} | {self.clock.first})
        readings = [self.reading(tick, valuation) for tick in chosen if tick >= self.clock.first]
        return Curve(tuple(each.update for each in readings), tuple(each.value for each in readings))

    def seen(self, reason: str) -> Verdict:
        """The verdict of a rule that reads the loop itself, whatever the values."""
        return Verdict(Status.PROVED, reason, self.example, 1)

    def settings(self, valuation: Valuation | None = None) -> tuple[Setting, ...]:
        """The values that the numbers rest on."""
        valuation = valuation or self.example
        told: list[Setting] = []
        for length in (self.roles.warmup, self.roles.total):
            if length is not None and plain(length.node).symbol is None:
                value = self.number(length.node, valuation)
                if value is not None and length.node.op is Op.NAMED:
                    whole = int(value) if value == int(value) else value
                    told.append(Setting(length.name, whole, "computed" if symbols(length.node) else "the source's own"))
        for symbol in symbols(self.factor.expression):
            if symbol in valuation.values:
                value = valuation.values[symbol]
                is_default = symbol.has_default and value == symbol.default
                if not isinstance(value, tuple):
                    told.append(Setting(symbol.name, value, symbol.origin if is_default and symbol.origin.startswith("its") else "its default" if is_default else "an example"))
        return tuple(dict.fromkeys(told))

    def evidence(self, verdict: Verdict, ticks: Sequence[int] = (), promised_from: int | None = None) -> Evidence:
        """The numbers behind a verdict, under its witness. With `promised_from`, update 0 should run at
        that tick, and each reading says what it should be."""
        valuation = verdict.witness or self.example
        chosen = sorted({*ticks} or {*self.key_ticks(valuation)})
        shift = None if promised_from is None else self.clock.first - promised_from
        readings = tuple(
            self.reading(tick, valuation, None if shift is None else self._value(tick - shift, valuation)[0])
            for tick in chosen
        )
        return Evidence(
            verdict.status,
            verdict.reason,
            verdict.valuations,
            self.settings(valuation),
            Scale.LR if self.known_base_lr is not None else Scale.FACTOR,
            self.known_base_lr,
            self.unit,
            readings,
            self.curve(valuation),
        )

    def finding(
        self,
        *,
        at: Span,
        verdict: Verdict,
        severity: Severity,
        message: str,
        suggestion: str,
        confidence: Confidence | None = None,
        change: Change | None = None,
        ticks: Sequence[int] = (),
        promised_from: int | None = None,
    ) -> Judgement:
        """A finding of the rule that is being run: its code, name and path are filled in by the engine."""
        sure = verdict.status is Status.PROVED or (verdict.witness is not None and verdict.witness.given)
        finding = Finding(
            code="",
            name="",
            message=message,
            path=self.source.path,
            span=at,
            severity=severity,
            confidence=confidence or (Confidence.HIGH if sure else Confidence.MEDIUM),
            site=SiteReference(self.schedule.span.row, self.schedule.construct),
            evidence=self.evidence(verdict, ticks, promised_from),
            suggestion=suggestion,
        )
        return Judgement(finding, Subject(self, verdict.witness or self.example), change)

    def show_factor(self, tick: int) -> str:
        """The factor at `tick` as messages show it, or how it fails there."""
        found = self.factor_at(tick)
        return f"{found.number:.4g}" if found.number is not None else f"none: it {found.failure}"

    def show_lr(self, tick: int) -> str:
        """The LR at `tick` as messages show it: "LR 0.02", or "factor 0.2" where the base LR is not known."""
        value, failure = self._value(tick)
        if value is None:
            return f"nothing ({failure})"
        return f"LR {value:.4g}" if self.known_base_lr is not None else f"factor {value:.4g}"

    @property
    def of_warmup(self) -> str:
        """"" of 5" ticks of warmup, or " of `warmup_steps`" where the source does not give the number."""
        if self.warmup is None:
            return ""
        if not symbols(self.warmup.node):
            return f" of {self.warmup_ticks}"
        return f" of `{self.warmup.name}`"

    @property
    def warmup_name(self) -> str:
        """What the source calls the warmup."""
        if self.warmup is not None and not self.warmup.name[0].isdigit():
            return f"the warmup of `{self.warmup.name}`"
        return f"`{self.factor.name}`" if self.factor.name else "the warmup"

    @property
    def shown_base_lr(self) -> str:
        """The base LR as messages show it: " 0.1", or nothing where it is not known."""
        return f" {self.known_base_lr:.4g}" if self.known_base_lr is not None else ""

    @property
    def squared_base_lr(self) -> str:
        """The LR that a factor of the base LR itself gives."""
        return f"LR {self.known_base_lr**2:.4g}" if self.known_base_lr is not None else "the base LR squared"

    @property
    def note(self) -> str | None:
        """What a reader of its curve should know."""
        if self.unknown is not None:
            return f"part of it cannot be computed: {self.unknown}"
        if not self.loop.program:
            return f"no loop that ticks it is in sight ({self.loop.reason}): one update a tick is assumed"
        if self.clock.assumed:
            return "no update is in sight: one before each tick is assumed"
        return None

    def quote(self, each: Node) -> str:
        """The source of a part of the factor, in backquotes, or "the factor" where it is long."""
        text = " ".join(self.source.slice(each.span).split()) if each.span is not None else ""
        return f"`{text}`" if 0 < len(text) <= 60 else "the factor"


def _conditions(program: Sequence[object]) -> list[Node]:
    """All expressions of a program, for the parameters in them."""
    found: list[Node] = []
    for statement in program:
        for field in getattr(statement, "__slots__", ()):
            value = getattr(statement, field)
            if isinstance(value, Node):
                found.append(value)
            elif isinstance(value, tuple):
                found.extend(_conditions(value))
    return found


