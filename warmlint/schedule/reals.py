"""What the prover computes with: numbers as reals, and how far from them their floats may be."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from warmlint.expr import Scalar, Symbol
from warmlint.schedule.polynomial import ONE, ZERO, Exact, Ratio, Undecided


class Level(IntEnum):
    """How far the float that Python computes may be from the real number that it stands for."""

    EXACT = 0
    ROUNDED = 1  # it is the float nearest to it, so order is kept, if not strictly
    CLOSE = 2  # within a small part of it, so its sign is kept
    SIGNED = 3  # of its sign, or zero
    WILD = 4


@dataclass(frozen=True, slots=True)
class Number:
    """A number in one case. Equal keys tell equal floats; `whole` tells Python's `int`."""

    real: Ratio
    key: int
    level: Level
    error: int = 0  # roundings: by as many the float of a `CLOSE` number may be off
    whole: bool = False

    @property
    def constant(self) -> Exact | None:
        """The value, where it is known and exact."""
        return self.real.constant if self.level is Level.EXACT else None


@dataclass(frozen=True, slots=True)
class Other:
    """A string or None."""

    value: Scalar


@dataclass(frozen=True, slots=True, eq=False)
class Anything:
    """A symbol that may be of any type: it can be compared, and nothing else."""

    symbol: Symbol


Quantity = Number | Other | Anything | tuple["Quantity", ...]

FALSE: Final = Number(Ratio(ZERO), 0, Level.EXACT, whole=True)
TRUE: Final = Number(Ratio(ONE), 1, Level.EXACT, whole=True)


@dataclass(slots=True)
class Keys:
    """The keys of one proof: what is computed in the same way has the same."""

    known: dict[Hashable, int] = field(
        default_factory=lambda: {("exact", each.real, each.whole): each.key for each in (FALSE, TRUE)}
    )
    opposites: dict[int, int] = field(default_factory=dict)

    def of(self, *parts: Hashable) -> int:
        """The key of an operation and its operands."""
        return self.known.setdefault(parts, len(self.known))

    def opposite(self, key: int) -> int:
        """The key of the negative."""
        if key not in self.opposites:
            other = self.of("minus", key)
            self.opposites[key] = other
            self.opposites[other] = key
        return self.opposites[key]

    def cancel(self, left: int, right: int) -> bool:
        """Whether one is known as the negative of the other."""
        return self.opposites.get(left) == right


def is_known(value: Quantity) -> bool:
    """Whether `value` is the same under every valuation."""
    match value:
        case Number():
            return value.constant is not None
        case tuple():
            return all(map(is_known, value))
    return isinstance(value, Other)


def numbers(values: tuple[Quantity, ...]) -> list[Number]:
    """`values`, which have to be numbers."""
    found = [each for each in values if isinstance(each, Number)]
    if len(found) < len(values):
        raise Undecided
    return found
