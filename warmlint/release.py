"""Releases of torch, as far as they differ in what its schedulers do.

A schedule is read for one release: that which the settings name, else the installed one, else the newest
that the stubs tell of.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_SPELLING: Final = re.compile(r"(\d{1,3})\.(\d{1,3})(?:\.\d.*)?", re.ASCII)


class Release(NamedTuple):
    """A release of torch; what a patch changes is not told apart."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    @property
    def refuses_zero_start(self) -> bool:
        """Whether `LinearLR(start_factor=0)` raises when it is made, and not at its first tick."""
        return self >= (2, 0)

    @property
    def refuses_verbose(self) -> bool:
        """Whether a scheduler that is given `verbose` raises when it is made."""
        return self >= (2, 7)

    @property
    def strict_groups(self) -> bool:
        """Whether a tick raises where the optimizer has got a param group since the scheduler was made."""
        return self >= (2, 10)

    @property
    def skips_at_zero(self) -> bool:
        """Whether a `SequentialLR` with a milestone of 0 starts with the scheduler behind it."""
        return self >= (2, 13)

    def computes_as(self, other: Release) -> bool:
        """Whether both are known to do the same with every schedule."""
        return self.traits == other.traits

    @property
    def traits(self) -> tuple[bool, ...]:
        """All in which releases differ."""
        # From 2.8 on a scheduler knows by itself that it is being made.
        changed = (self.refuses_zero_start, self.refuses_verbose, self.strict_groups, self.skips_at_zero)
        return (*changed, self >= (2, 8))


OLDEST: Final = Release(1, 13)
"""The oldest that warmlint knows: earlier ones lack schedulers, and have bugs of their own."""

NEWEST: Final = Release(2, 13)
"""The one that the stubs tell of."""


def parse(text: str) -> Release | None:
    """The release that a version ("2.4", "2.4.1+cpu") is of; None where it is no version."""
    told = _SPELLING.fullmatch(text)
    return None if told is None else Release(int(told[1]), int(told[2]))
