"""The words of a name, and those that say what is counted."""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
EPOCHS: Final = frozenset({"epoch", "epochs", "ep"})
SAMPLES: Final = frozenset({"sample", "samples", "example", "examples", "images", "imgs"})
TOKENS: Final = frozenset({"token", "tokens", "toks"})
SETS: Final = frozenset({"dataset", "datasets", "set", "trainset"})
STEPS: Final = frozenset(
    {"step", "steps", "iter", "iters", "iteration", "iterations", "update", "updates", "batch", "batches"}
)
METRICS: Final = frozenset({"loss", "losses", "accuracy", "metric", "metrics"})


def words(name: str) -> list[str]:
    """The words of a name, in lower case: `args.numWarmup_steps` gives num, warmup, steps."""
    last = name.rsplit(".", 1)[-1] if not name.endswith(")") else name
    return [word.lower() for word in _WORD.findall(last)]


def is_metric(name: str) -> bool:
    """Whether a name is that of what a validation measures: `val_loss`, `seen["accuracy"]`, `loss.item()`."""
    name = name.removesuffix(".item()")
    found = words(name)
    return "(" not in name and bool(found) and found[-1] in METRICS and not {*found} & (EPOCHS | STEPS)
