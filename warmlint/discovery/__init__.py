"""Which files are linted: paths, git's ignores, stdin, then a search over raw bytes.

What comes out is bytes and decoded text; nothing here knows Python's syntax.
"""

from __future__ import annotations

from warmlint.discovery.decode import decode, encoding_of
from warmlint.discovery.gate import TOKENS, may_hold_schedule
from warmlint.discovery.ignore import Patterns
from warmlint.discovery.read import Unreadable, read, shown
from warmlint.discovery.walk import Candidate, Searched, discover

__all__ = [
    "TOKENS",
    "Candidate",
    "Patterns",
    "Searched",
    "Unreadable",
    "decode",
    "discover",
    "encoding_of",
    "may_hold_schedule",
    "read",
    "shown",
]
