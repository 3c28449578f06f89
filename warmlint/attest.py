"""Holds the evidence of findings against torch: what agrees is signed by it, what does not is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from warmlint.finding import Finding, Problem, Reading
from warmlint.schedule.evaluate import FailureKind
from warmlint.witness.agreement import Claim, disagreements
from warmlint.witness.protocol import MAX_TICK, Replay
from warmlint.witness.replay import Skipped, WitnessFailed, WitnessUnavailable, replay

if TYPE_CHECKING:
    from warmlint.site import Subject

Said = list[tuple[Finding, "Subject | None"]]


def attest(said: Said) -> tuple[Said, list[Problem]]:
    """Replay the schedule of every finding through torch, in one subprocess.

    The evidence of those that agree names torch and its version. A disagreement is an internal error: it
    keeps the evaluator's name on the evidence and comes back as a problem.
    """
    asked = [
        index for index, (finding, subject) in enumerate(said) if subject is not None and _readings(finding)
    ]
    try:
        answers = replay([_replay(*said[index]) for index in asked])
    except (WitnessUnavailable, WitnessFailed) as error:
        return said, [Problem("--torch full", str(error), given=True)]
    problems: list[Problem] = []
    result = list(said)
    for index, answer in zip(asked, answers.results, strict=True):
        finding, subject = said[index]
        assert finding.evidence is not None
        where = f"{finding.path}:{finding.span.row}"
        if isinstance(answer, Skipped):
            problems.append(Problem(where, f"not replayed through torch: {answer.reason}"))
            continue
        claims = [[_claim(reading)] for reading in _readings(finding)]
        found = list(disagreements(claims, answer, answers.version))
        problems += [Problem(where, f"internal error: {each}", internal=True) for each in found]
        answered = all(rate is not None for rates in answer.rates for rate in rates)
        if answered and not found:
            signed = replace(finding.evidence, engine=f"torch {answers.version}")
            result[index] = replace(finding, evidence=signed), subject
    return result, problems


def _readings(finding: Finding) -> list[Reading]:
    """The readings that torch is asked for: one for each tick, in order."""
    readings = finding.evidence.readings if finding.evidence is not None else ()
    by_tick = {
        reading.tick: reading
        for reading in readings
        if 0 <= reading.tick <= MAX_TICK and reading.tick == int(reading.tick)
    }
    return [by_tick[tick] for tick in sorted(by_tick)]


def _replay(finding: Finding, subject: Subject | None) -> Replay:
    assert subject is not None
    assert finding.evidence is not None
    site = subject.site
    values = {
        symbol: value for symbol, value in subject.valuation.values.items() if not isinstance(value, tuple)
    }
    base_lr = finding.evidence.base_lr
    ticks = tuple(int(reading.tick) for reading in _readings(finding))
    return Replay(
        (site.factor.expression,),
        (site.factor.tick,),
        values,
        (1.0 if base_lr is None else base_lr,),
        ticks,
        site.factor.multiplies,
    )


def _claim(reading: Reading) -> Claim:
    if reading.value is not None:
        return reading.value
    return next((kind for kind in FailureKind if kind.value == reading.failure), FailureKind.UNKNOWN)
