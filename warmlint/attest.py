"""Holds the evidence of findings against torch: what agrees is signed by it, what does not is shown."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from warmlint.finding import Finding, Problem, Reading
from warmlint.limits import MAX_BATCH_WORK
from warmlint.recipe import Formula, Recipe
from warmlint.release import Release
from warmlint.schedule.evaluate import FailureKind, outcome
from warmlint.torches import Mode, Torch
from warmlint.witness.agreement import Claim, disagreements
from warmlint.witness.protocol import MAX_TICK, Replay
from warmlint.witness.replay import (
    Answers,
    Skipped,
    WitnessFailed,
    WitnessUnavailable,
    replay,
)

if TYPE_CHECKING:
    from warmlint.site import Subject

Said = list[tuple[Finding, Replay | Skipped | None]]
"""Findings, each with how torch would run its schedule: `replay_of` tells."""

_UNASKED_WORK: Final = MAX_BATCH_WORK // 5
"""Operations that the replays of a run may cost that nobody has asked for: a second at most."""


def attest(said: Said, torch: Torch) -> tuple[Said, list[Problem]]:
    """Replay the schedule of every finding through torch, in one subprocess.

    The evidence of those that agree names torch and its version. A disagreement is an internal error: it
    keeps the evaluator's name on the evidence and comes back as a problem.
    """
    asked = [index for index, (_, made) in enumerate(said) if made is not None]
    found = torch.found if asked else None
    if torch.fault is not None:
        return said, [Problem("--torch-python", torch.fault, given=True)]
    if not asked or (found is None and torch.mode is not Mode.FULL):
        return said, []
    unasked = torch.mode is Mode.AUTO
    # The short ones first: where not all can be had, most are.
    asked.sort(key=lambda index: _work(said[index][1]))
    replays = [made for index in asked if isinstance(made := said[index][1], Replay)]
    try:
        answers = _answers(replays, torch)
    except (WitnessUnavailable, WitnessFailed) as error:
        return said, [Problem(f"--torch {torch.mode.value}", str(error), given=not unasked)]
    problems: list[Problem] = []
    result = list(said)
    results = iter(answers.results)
    for index in asked:
        finding, made = said[index]
        assert finding.evidence is not None
        answer = made if isinstance(made, Skipped) else next(results)
        where = f"{finding.path}:{finding.span.row}"
        if isinstance(answer, Skipped):
            if not unasked:
                problems.append(Problem(where, f"not replayed through torch: {answer.reason}"))
            continue
        claims = [[_claim(reading)] for reading in _readings(finding)]
        assert isinstance(made, Replay)
        largest = 0.0 if made.recipe is None else max(map(abs, made.base_lrs))
        against = list(disagreements(claims, answer, answers.version, largest=largest))
        problems += [Problem(where, f"internal error: {each}", internal=True) for each in against]
        answered = all(rate is not None for rates in answer.rates for rate in rates)
        if answered and not against:
            signed = replace(finding.evidence, engine=f"torch {answers.version}")
            result[index] = replace(finding, evidence=signed), made
    return result, problems


def _answers(replays: list[Replay], torch: Torch) -> Answers:
    if torch.mode is Mode.FULL:
        return replay(replays, python=torch.python or sys.executable)
    return replay(replays, light=torch.found, budget=_UNASKED_WORK)


def _work(made: Replay | Skipped | None) -> int:
    return made.work if isinstance(made, Replay) else 0


def _readings(finding: Finding) -> list[Reading]:
    """The readings that torch is asked for: one for each tick, in order."""
    readings = finding.evidence.readings if finding.evidence is not None else ()
    by_tick = {
        reading.tick: reading
        for reading in readings
        if 0 <= reading.tick <= MAX_TICK and reading.tick == int(reading.tick)
    }
    return [by_tick[tick] for tick in sorted(by_tick)]


def replay_of(finding: Finding, subject: Subject | None, installed: Release | None) -> Replay | None:
    """The schedule of a finding as the torch that is `installed` makes it, or else a `LambdaLR` that computes
    what it computes; None where the finding has no numbers for torch."""
    if subject is None or finding.evidence is None or not _readings(finding):
        return None
    factor, values = subject.site.factor, subject.valuation.values
    known = {symbol: value for symbol, value in values.items() if not isinstance(value, tuple)}
    ticks = tuple(int(reading.tick) for reading in _readings(finding))
    base_lr = finding.evidence.base_lr
    base = 1.0 if base_lr is None else base_lr
    if factor.multiplies:
        made = Recipe("MultiplicativeLR", functions=(Formula(factor.tick, factor.expression),))
        return Replay((), (), known, (base,), ticks, made)
    recipe = _recipe(subject, installed)
    own = None if factor.peak is None else outcome(factor.peak, values).number
    if recipe is not None and own is not None:
        return Replay((), (), known, (own,), ticks, recipe)
    return Replay((factor.expression,), (factor.tick,), known, (base,), ticks)


def _recipe(subject: Subject, installed: Release | None) -> Recipe | None:
    """How the torch that is asked makes the schedule; None where it would make another of it."""
    schedule, values = subject.site.schedule, subject.valuation.values
    recipe = schedule.recipe
    if recipe is None or recipe.kind == "LambdaLR":
        return None
    if installed is None or not installed.computes_as(schedule.release):
        return None
    known = all(outcome(each, values).failure is None for each in recipe.arguments.values())
    return recipe if known else None


def _claim(reading: Reading) -> Claim:
    if reading.value is not None:
        return reading.value
    return next((kind for kind in FailureKind if kind.value == reading.failure), FailureKind.UNKNOWN)
