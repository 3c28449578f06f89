"""Which files are parsed at all: those whose bytes hold a word that no schedule goes without.

The gate is sound and nothing more: what passes it is judged later, what does not pass holds nothing
that warmlint could say a word about.
"""

from __future__ import annotations

from typing import Final

TOKENS: Final = (
    b"chedule",  # Scheduler, lr_scheduler, get_linear_schedule_with_warmup
    b"LambdaLR",
    b"param_groups",
    b"warmup",
    b"Warmup",
    b"warmlint:",  # a suppression that suppresses nothing is itself a finding
)


def may_hold_schedule(data: bytes) -> bool:
    """Whether a schedule, or a word to warmlint, may stand in `data`."""
    # One search a token: an alternation in `re` takes twenty times as long as a search for a plain string.
    return any(token in data for token in TOKENS)
