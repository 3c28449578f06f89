"""The decider: whether a property holds for every admissible valuation and tick, and how we know.

It samples, and lets the prover turn "on every sample" into "proved". A counterexample on any sample
settles the matter, so floats have the last word over algebra.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from warmlint.expr import Node, Op, Symbol, const, node, ref, symbols
from warmlint.finding import Status
from warmlint.schedule.evaluate import FailureKind, outcome
from warmlint.schedule.valuations import Space, Valuation

_EXHAUSTIVE = 2_000
"""A run of ticks up to this long is looked at tick by tick."""

_CLOSELY = 300
"""Ticks that are looked at one by one where there are no parameters."""

_BEYOND = 10
"""How many times the longest length the steps of a sample reach past it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a property was decided; `witness` is a valuation under which it shows, `reason` a sentence."""

    status: Status
    reason: str
    witness: Valuation | None = None
    valuations: int = 0

    def __bool__(self) -> bool:
        return self.status is not Status.UNKNOWN


def undecided(reason: str) -> Verdict:
    """A verdict that judges nothing."""
    return Verdict(Status.UNKNOWN, reason)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: `claim`, at every tick of the run at which all of `given` hold.

    `lengths` are the expressions around which the ticks of a sample are chosen; `reach` gives the last
    tick that an update runs at under a valuation, None where the run has no end in sight.
    """

    claim: Node
    given: tuple[Node, ...]
    tick: Symbol
    lengths: tuple[Node, ...]
    reach: Callable[[Valuation], int | None]


def decide(question: Question, space: Space) -> Verdict:
    """Judge a property over all of `space`."""
    if not space.sample:
        return undecided("no values of its parameters make a run")
    holds: list[Valuation] = []
    exhaustive = True
    for valuation in space.sample:
        answer = _on(question, valuation)
        if isinstance(answer, str):
            return undecided(answer)
        if answer.counterexample:
            return _given_alone(question, space)
        if answer.cases:
            holds.append(valuation)
        elif valuation.given:
            return undecided("the run that the source gives does not get there")
        exhaustive = exhaustive and answer.exhaustive
    if not holds:
        return undecided("no tick that the run can reach is in question")
    if _own_run_differs(question, space):
        return undecided("the values that the source gives make another run of it")
    witness = holds[0]
    if not space.parameters and exhaustive:
        return Verdict(Status.PROVED, "computed at every tick", witness, 1)
    from warmlint.schedule.prove import prove  # for what holds on every sample, and most claims do not

    if prove(question.claim, _assumptions(question, space), space.region):
        return Verdict(
            Status.PROVED,
            "for every value of its parameters" if space.parameters else "for every tick",
            witness,
            len(holds),
        )
    if not space.parameters:
        return Verdict(Status.WITNESSED, "with the values that the source gives", witness, 1)
    return Verdict(Status.WITNESSED, f"on all {len(holds)} valuations tried", witness, len(holds))


def _assumptions(question: Question, space: Space) -> tuple[Node, ...]:
    # Without the end of the run: what holds at every tick holds at those that are reached.
    return (node(Op.GE, ref(question.tick), const(0)), *question.given, *space.region.relations)


def _own_run_differs(question: Question, space: Space) -> bool:
    """Whether the source's own run, not admitted for its warmup of 0, say, is one that the claim is not
    true of."""
    admitted = [
        all(outcome(each, own.values).value is True for each in space.region.relations) for own in space.asked
    ]
    if not space.asked or any(admitted):
        return False
    own = space.asked[0]
    answer = _on(question, own)
    return not isinstance(answer, str) and answer.counterexample


def _given_alone(question: Question, space: Space) -> Verdict:
    """It does not hold for all values: then only the source's own can witness it, whatever it leaves open."""
    open_ = undecided("it depends on values that the source does not give")
    if not any(each.has_default for each in space.parameters):
        return open_
    witness: Valuation | None = None
    for valuation in space.asked:
        if not all(outcome(each, valuation.values).value is True for each in space.region.relations):
            continue
        answer = _on(question, valuation)
        if isinstance(answer, str) or answer.counterexample or not answer.cases:
            return open_
        witness = witness or valuation
    if witness is None:
        return open_
    return Verdict(Status.WITNESSED, "with the values that the source gives", witness, len(space.asked))


@dataclass(frozen=True, slots=True)
class _Answer:
    cases: int
    counterexample: bool
    exhaustive: bool


def _on(question: Question, valuation: Valuation) -> _Answer | str:
    """The answer under one valuation, or the reason why there is none."""
    cases = 0
    ticks, exhaustive = _ticks(question, valuation)
    for tick in ticks:
        environment = {**valuation.values, question.tick: tick}
        if not all(outcome(condition, environment).value is True for condition in question.given):
            continue
        found = outcome(question.claim, environment)
        if found.failure is not None and found.failure.kind is FailureKind.UNKNOWN:
            return str(found.failure)
        if found.failure is not None or not found.value:
            return _Answer(cases, True, exhaustive)
        cases += 1
    return _Answer(cases, False, exhaustive)


def _ticks(question: Question, valuation: Valuation) -> tuple[list[int], bool]:
    """The ticks to look at, and whether they are all that there are."""
    if question.tick not in symbols(question.claim, *question.given):
        return [0], True
    last = question.reach(valuation)
    if last is not None and last <= _EXHAUSTIVE:
        return list(range(last + 1)), True
    lengths = [
        value for each in question.lengths if (value := _whole(each, valuation)) is not None and value > 0
    ]
    # One valuation can be looked at closely; many are looked at where something may happen.
    wanted = {0, 1, 2, 3, 5, 10, 33, 100} if valuation.values else set(range(_CLOSELY))
    for length in lengths:
        thirds = (length // 3, length // 2, 2 * length // 3)
        around = (length - 2, length - 1, length, length + 1, length + 2)
        wanted.update(thirds, around, (2 * length, 2 * length + 1))
        wanted.update(range(min(length + 1, 24)))
    reach = max(lengths, default=100) * _BEYOND
    wanted.update((reach, reach + 1))
    return sorted(tick for tick in wanted if tick >= 0 and (last is None or tick <= last)), False


def _whole(length: Node, valuation: Valuation) -> int | None:
    value = outcome(length, valuation.values).number
    return int(value) if value is not None and abs(value) < 1e9 else None
