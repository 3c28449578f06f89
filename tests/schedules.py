"""Random schedules of torch: every class and every composition of them, absurd arguments among them.

A schedule is drawn as data, and told in two ways: as source, which facts reads, and as the recipe by which
the witness makes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from warmlint.expr import Node, Op, const, node
from warmlint.facts.model import Schedule
from warmlint.facts.screen import screen
from warmlint.facts.sites import find
from warmlint.recipe import FUNCTIONS, Formula, Recipe
from warmlint.source import Source

LAMBDAS = (
    "lambda t: min(1.0, (t + 1) / 7)",
    "lambda t: t / 5 if t < 5 else 1.0",
    "lambda t: 0.9 ** t",
    "lambda t: 1 / (1 + t)",
    "lambda t: 0.5 * (1 + math.cos(math.pi * t / 20))",
    "lambda t: max(0.0, 1 - t / 15)",
    "lambda t: 1",
    "lambda t: t // 4",
    "lambda t: 1 / (3 - t)",
    "lambda t: (1 - t / 10) ** 0.9",
    "lambda t: None if t > 6 else 1.0",
    "lambda t: math.sqrt(9 - t)",
)
"""Factors; the last four fail at some tick."""

TAME = 8
"""How many of `LAMBDAS` never fail."""


@dataclass(frozen=True)
class Drawn:
    """A schedule: its class, its arguments, its lambdas (text), its members."""

    kind: str
    arguments: dict[str, Any] = field(default_factory=dict)
    functions: tuple[str, ...] = ()
    members: tuple[Drawn, ...] = ()

    def source(self, optimizer: str) -> str:
        """The call that makes it."""
        parts = [] if self.kind == "ChainedScheduler" else [optimizer]
        if self.members:
            parts.append(f"[{', '.join(each.source(optimizer) for each in self.members)}]")
        if self.functions:
            name = FUNCTIONS[self.kind]
            value = self.functions[0] if name == "scale_fn" else f"[{', '.join(self.functions)}]"
            parts.append(f"{name}={value}")
        parts += [f"{name}={value!r}" for name, value in self.arguments.items()]
        return f"{self.kind}({', '.join(parts)})"

    def recipe(self) -> Recipe:
        """How the witness makes it."""
        return Recipe(
            self.kind,
            {name: literal(value) for name, value in self.arguments.items()},
            tuple(map(lowered, self.functions)),
            tuple(each.recipe() for each in self.members),
        )

    def kinds(self) -> set[str]:
        """The classes of all that it is made of."""
        return {self.kind}.union(*(each.kinds() for each in self.members))


def literal(value: Any) -> Node:
    if isinstance(value, list):
        return node(Op.TUPLE, *map(literal, value))
    return const(value)


@cache
def lowered(text: str) -> Formula:
    """A lambda in warmlint's form."""
    (schedule,) = read([f"LambdaLR(o0, {text})"])
    (factor,) = schedule.factors
    return Formula(factor.tick, factor.expression)


def read(calls: list[str], **options: Any) -> list[Schedule]:
    """What facts reads of calls, each with an optimizer of its own; what it cannot read is left out."""
    optimizers = ", ".join(f"o{number}" for number in range(len(calls)))
    lines = ["import math", "from torch.optim.lr_scheduler import *", f"def make({optimizers}):"]
    lines += [f"    s{number} = {call}" for number, call in enumerate(calls)]
    source = Source("t.py", "\n".join([*lines, ""]))
    return list(find(source, screen(source), **options).schedules)


# --- drawing ---------------------------------------------------------------------------------------
def draw(random: Random, groups: int, *, tame: bool = False) -> Drawn:
    """One schedule for so many param groups; a `tame` one is made of what facts can tell a curve of."""
    roll = random.random()
    if roll < 0.30:
        return _sequential(random, groups, tame)
    if roll < 0.40:
        return _chained(random, groups, tame)
    return _simple(random, groups, random.choice(TAMED if tame else tuple(SIMPLE)))


def _simple(random: Random, groups: int, kind: str) -> Drawn:
    if kind in {"LambdaLR", "MultiplicativeLR"}:
        texts = LAMBDAS if random.random() < 0.2 else LAMBDAS[:TAME]
        return Drawn(kind, functions=tuple(random.choice(texts) for _ in range(groups)))
    required, optional = SIMPLE[kind]
    given = {name: random.choice(values) for name, values in required.items()}
    given |= {name: random.choice(values) for name, values in optional.items() if random.random() < 0.5}
    return Drawn(kind, given)


def _sequential(random: Random, groups: int, tame: bool) -> Drawn:
    kinds = CHAINABLE + WRITERS if tame else (*SIMPLE, "ChainedScheduler", "SequentialLR")
    count = random.choice((2, 2, 2, 3))
    members = tuple(_member(random, groups, kinds, tame) for _ in range(count))
    ends = sorted(random.choice((0, 1, 3, 5, 5, 8, 10, 12)) for _ in range(count - 1))
    if not tame and random.random() < 0.05:
        ends = ends[1:] or [3, 6]
    return Drawn("SequentialLR", {"milestones": ends}, members=members)


def _chained(random: Random, groups: int, tame: bool) -> Drawn:
    kinds = CHAINABLE if tame else (*SIMPLE, "SequentialLR")
    members = tuple(_member(random, groups, kinds, tame) for _ in range(random.choice((1, 2, 2, 3))))
    return Drawn("ChainedScheduler", members=members)


def _member(random: Random, groups: int, kinds: tuple[str, ...], tame: bool) -> Drawn:
    kind = random.choice(kinds)
    if kind == "SequentialLR":
        return _sequential(random, groups, True)
    if kind == "ChainedScheduler":
        return _chained(random, groups, True)
    return _simple(random, groups, kind)


_LENGTH = (0, 1, 2, 3, 5, 5, 8, 10, 13, 20, 4.5, 5.0, -1)
_SHARE = (1e-3, 0.1, 0.1, 0.25, 0.5, 1.0, 0.0, 1.1, -0.1)
_GAMMA = (0.1, 0.5, 0.9, 0.97, 1.0, 2, 0.0, -0.5)
_LR = (1e-3, 0.1, 0.3, 1, 0.0)

Choices = dict[str, tuple[Any, ...]]

SIMPLE: dict[str, tuple[Choices, Choices]] = {
    "LambdaLR": ({}, {}),
    "MultiplicativeLR": ({}, {}),
    "LinearLR": ({}, {"start_factor": _SHARE, "end_factor": _SHARE, "total_iters": _LENGTH}),
    "ConstantLR": ({}, {"factor": _SHARE, "total_iters": _LENGTH}),
    "PolynomialLR": ({}, {"total_iters": _LENGTH, "power": (0.5, 1.0, 2.0, 3, -1, 0.0)}),
    "ExponentialLR": ({"gamma": _GAMMA}, {}),
    "StepLR": ({"step_size": (1, 2, 3, 5, 10, 0, -4, 2.5)}, {"gamma": _GAMMA}),
    "MultiStepLR": ({"milestones": ([3, 8], [5], [0, 5, 5], [], [2.5, 4], [20, 1])}, {"gamma": _GAMMA}),
    "CosineAnnealingLR": (
        {"T_max": (1, 2, 5, 5, 8, 10, 15, 20, 33, 0, -6)},
        {"eta_min": (0, 1e-5, 0.05, 0.5, -0.1)},
    ),
    "CosineAnnealingWarmRestarts": (
        {"T_0": (1, 2, 4, 5, 10, 0, 4.5)},
        {"T_mult": (1, 1, 2, 3, 0, 1.5), "eta_min": (0, 1e-5, 0.05)},
    ),
    "OneCycleLR": (
        {"max_lr": _LR, "total_steps": (5, 10, 12, 20, 33, 50, 60, 0, 1, None, 10.0)},
        {
            "pct_start": (0.1, 0.25, 0.3, 0.5, 0.0, 1.0, 0, 1.5),
            "anneal_strategy": ("cos", "linear", "linear", "poly"),
            "cycle_momentum": (True, False),
            "div_factor": (25.0, 10, 1, 0),
            "final_div_factor": (1e4, 10, 1),
            "three_phase": (True, False),
        },
    ),
    "CyclicLR": (
        {"base_lr": _LR, "max_lr": _LR, "step_size_up": (1, 3, 5, 8, 0, 2.5)},
        {
            "step_size_down": (None, 2, 5, 0),
            "mode": ("triangular", "triangular2", "exp_range", "sawtooth"),
            "gamma": (0.9, 1.0),
            "cycle_momentum": (True, False),
        },
    ),
}
"""Each class with the arguments that it needs, and those that it may be given."""

CHAINABLE = (
    *("LinearLR", "ConstantLR", "PolynomialLR", "ExponentialLR", "StepLR", "MultiStepLR"),
    "CosineAnnealingLR",
)
"""Those that multiply the LR that they find."""

WRITERS = ("LambdaLR", "CosineAnnealingWarmRestarts", "OneCycleLR", "CyclicLR")
"""Those that write it anew, and leave the base LR alone."""

TAMED = tuple(SIMPLE)
"""All alone have a closed form."""
