"""How a tick is told: which names are tick numbers (`step`, `epoch`, `cur_iter`, `it`), and what a method
that ticks does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from warmlint.expr import Node


@dataclass(frozen=True, slots=True)
class Method:
    """What a method that ticks a schedule does.

    `order` tells what happens in it (`w` writes the LR, `u` steps the optimizer), `number` the parameter by
    which it is told the tick's number; it `needs` that where it raises without. With `when`, it ticks only
    where that holds.
    """

    order: str = ""
    number: str = "epoch"
    needs: bool = False
    when: Node | None = None


STEP: Final[Mapping[str, Method]] = {"step": Method()}
"""The way of torch's schedulers."""

_WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_CORE: Final = frozenset(
    {"step", "steps", "iter", "iters", "iteration", "iterations", "it", "itr", "epoch", "ep", "update"}
    | {
        "updates",
        "batch",
        "batches",
        "t",
        "i",
        "n",
        "k",
        "x",
        "e",
        "s",
        "progress",
        "counter",
        "cnt",
        "niter",
        "tick",
    }
)
_BESIDE: Final = frozenset(
    {"current", "cur", "curr", "global", "local", "now", "this", "train", "training", "idx", "index", "num"}
    | {"number", "count", "i", "n", "no", "id", "the", "of", "last", "optimizer", "opt", "frac"}
)
_COUNTS: Final = frozenset({"steps", "iters", "iterations", "updates", "batches", "epochs"})


def is_tick_name(name: str) -> bool:
    """Whether a name, by its words, is the number of a tick and not how many there are."""
    if name.endswith(("']", '"]')):  # `state["step"]`
        name = re.split(r"""["']""", name)[-2]
    words = [each.lower() for each in _WORD.findall(name.rpartition(".")[2])]
    core = _CORE & set(words)
    if not core or set(words) - _CORE - _BESIDE:
        return False
    if core <= _COUNTS:  # `steps` alone may be either; `num_steps` and `n_iters` are how many
        return bool({"current", "cur", "curr", "global", "now"} & set(words)) or words == ["iters"]
    return True
