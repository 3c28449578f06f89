"""Which files are parsed at all: those whose bytes hold a word that no schedule goes without.

The gate is sound and nothing more: what passes it is judged later, what does not pass holds nothing
that warmlint could say a word about.
"""

from __future__ import annotations

from typing import Final

TOKENS: Final = (
    b"lr_scheduler",
    b"LambdaLR",
    b"LRScheduler",
    b"warmlint:",  # a suppression that suppresses nothing is itself a finding
)


TOGETHER: Final = (
    ((b"param_groups",), (b'"lr"', b"'lr'")),  # code that writes the LR by itself
    ((b"optimizer",), (b"cheduler(", b"chedule(", b"_schedule_", b"Warmup", b"WarmUp")),  # another file's
    ((b"deepspeed",), (b'"scheduler"', b"'scheduler'")),  # what a config asks for
    ((b"warmup_ratio",), (b"warmup_steps",)),  # a framework's own arguments
    ((b"warm", b"Warm"), (b"_lr", b"lr_", b"learning_rate")),  # functions and tables of a warmup
)
"""Words of which one of each pair of groups must be there; the rarer group first."""


def may_hold_schedule(data: bytes) -> bool:
    """Whether a schedule, or a word to warmlint, may stand in `data`."""
    # One search a token: an alternation in `re` takes twenty times as long as a search for a plain string.
    for token in TOKENS:
        if token in data:
            return True
    for rarer, other in TOGETHER:
        for word in rarer:
            if word in data and any(each in data for each in other):
                return True
    return False
