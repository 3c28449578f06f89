"""Which files are linted: paths, git's ignores, stdin, then a search over raw bytes.

What comes out is bytes and, through `warmlint.discovery.decode`, text; nothing here knows Python's syntax.

A run that finds no schedule ends after this room, and may cost 20 ms over an empty Python. So what it
loads on the way counts: named tuples stand here instead of dataclasses, whose module takes 15 ms to
import, and `decode` and `warmlint.finding` are imported where they are first needed.
"""

from __future__ import annotations

from warmlint.discovery.gate import TOKENS, may_hold_schedule
from warmlint.discovery.read import UnreadableError, read, shown
from warmlint.discovery.walk import Candidate, Searched, discover

__all__ = [
    "TOKENS",
    "Candidate",
    "Searched",
    "UnreadableError",
    "discover",
    "may_hold_schedule",
    "read",
    "shown",
]
