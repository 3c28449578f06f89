"""Whether torch says what warmlint says. A disagreement is an error of warmlint's own, and is shown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from warmlint.schedule.evaluate import FailureKind
from warmlint.witness.protocol import Answer, Failed, Rate

Claim = float | FailureKind
"""The LR that warmlint computes for a tick, or the way in which there is none."""

_NO_CLAIM = (FailureKind.UNKNOWN, FailureKind.TOO_LARGE)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A tick at which torch and warmlint tell different things of one param group."""

    tick: int
    group: int
    ours: Claim
    torchs: Rate
    version: str

    def __str__(self) -> str:
        return (
            f"at tick {self.tick} of param group {self.group} warmlint computes {_claim(self.ours)}, "
            f"and torch {self.version} {_deed(self.torchs, self.tick)}"
        )


def agree(ours: Claim, torchs: Rate, relative: float = 1e-9, absolute: float = 0.0) -> bool:
    """Whether the two say the same; who makes no claim contradicts nobody, nor does a run that had ended."""
    if torchs is None or ours in _NO_CLAIM:
        return True
    if ours is FailureKind.OVERFLOW and isinstance(torchs, float):
        return math.isinf(torchs)  # where torch makes each LR of the one before, nothing raises
    if isinstance(ours, FailureKind) or isinstance(torchs, Failed):
        return isinstance(torchs, Failed) and _same_failure(ours, torchs)
    close = math.isclose(ours, torchs, rel_tol=relative, abs_tol=absolute)
    return close or (math.isnan(ours) and math.isnan(torchs))


def _same_failure(ours: Claim, torchs: Failed) -> bool:
    # What the source of a library raises is of one kind here, and of whatever type it is there.
    return torchs.kind is ours or (ours is FailureKind.RAISED and bool(torchs.exception))


def disagreements(
    ours: Sequence[Sequence[Claim]],
    answer: Answer,
    version: str,
    relative: float = 1e-9,
    *,
    largest: float = 0.0,
) -> Iterator[Disagreement]:
    """Where `answer` contradicts `ours`, which has a row for each of its ticks and in it each param group.

    Where torch makes each LR of the one before, its rounding stays when the LR has come down to nothing: then
    `largest` is the largest LR that it began with, and all is measured by that, or by the largest so far.
    """
    for tick, claims, rates in zip(answer.ticks, ours, answer.rates, strict=True):
        if largest:
            largest = max(largest, *(abs(each) for each in rates if _is_finite(each)), 0.0)
        for group, (claim, rate) in enumerate(zip(claims, rates, strict=True)):
            if not agree(claim, rate, relative, relative * largest):
                yield Disagreement(tick, group, claim, rate, version)


def _is_finite(rate: Rate) -> TypeGuard[float]:
    return isinstance(rate, float) and math.isfinite(rate)


def _claim(ours: Claim) -> str:
    return f"a factor that {ours.value}" if isinstance(ours, FailureKind) else f"an LR of {ours!r}"


def _deed(torchs: Rate, tick: int) -> str:
    if torchs is None:
        return "has ended before it"
    if not isinstance(torchs, Failed):
        return f"sets {torchs!r}"
    deed = f"raises {torchs.exception} ({torchs.text})" if torchs.exception else f"sets no LR ({torchs.text})"
    return deed if torchs.tick == tick else f"{deed} at tick {torchs.tick} already"
