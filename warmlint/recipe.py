"""How a scheduler of torch's is made: its class, its arguments, the schedulers in it.

A recipe is data: facts reads it off a call, the witness makes the real scheduler by it. Its arguments are
expressions; what they come to depends on the valuation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from warmlint.expr import Node, Symbol, substitute

_ANNEAL: Final = "cycle_momentum base_momentum max_momentum"
_ARGUMENTS: Final = {
    "LambdaLR": "",
    "MultiplicativeLR": "",
    "StepLR": "step_size gamma",
    "MultiStepLR": "milestones gamma",
    "ConstantLR": "factor total_iters",
    "LinearLR": "start_factor end_factor total_iters",
    "ExponentialLR": "gamma",
    "PolynomialLR": "total_iters power",
    "CosineAnnealingLR": "T_max eta_min",
    "CosineAnnealingWarmRestarts": "T_0 T_mult eta_min",
    "CyclicLR": f"base_lr max_lr step_size_up step_size_down mode gamma scale_mode {_ANNEAL}",
    "OneCycleLR": "max_lr total_steps epochs steps_per_epoch pct_start anneal_strategy div_factor"
    f" final_div_factor three_phase {_ANNEAL}",
    "ReduceLROnPlateau": "mode factor patience threshold threshold_mode cooldown min_lr eps",
    "SequentialLR": "milestones",
    "ChainedScheduler": "",
}

ARGUMENTS: Final = {
    kind: frozenset((*names.split(), "last_epoch", "verbose")) for kind, names in _ARGUMENTS.items()
}
"""The schedulers that a recipe may be of, each with the names of its arguments in any release."""

FUNCTIONS: Final = {
    "LambdaLR": "lr_lambda",
    "MultiplicativeLR": "lr_lambda",
    "CyclicLR": "scale_fn",
    "ReduceLROnPlateau": "metrics",
}
"""What each takes functions for; the metrics of a plateau are a function of the tick."""

COMPOSED: Final = frozenset({"SequentialLR", "ChainedScheduler"})
"""Those that are made of others."""


@dataclass(frozen=True, slots=True, eq=False)
class Formula:
    """A function of one number: its symbol, and what it is mapped to."""

    tick: Symbol
    expression: Node


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """A call of one of torch's classes, without its optimizer.

    `functions` are the lambdas of `LambdaLR` and `MultiplicativeLR`, one for each param group, and the one
    function of the others in `FUNCTIONS`. `members` are the schedulers that a composition is made of.
    """

    kind: str
    arguments: Mapping[str, Node] = field(default_factory=dict)
    functions: tuple[Formula, ...] = ()
    members: tuple[Recipe, ...] = ()

    def parts(self) -> Iterator[Recipe]:
        """Itself, and all that it is made of."""
        yield self
        for each in self.members:
            yield from each.parts()

    def expressions(self) -> Iterator[Node]:
        """All expressions in it, in the order in which they are sent."""
        for each in self.parts():
            yield from each.arguments.values()
            yield from (function.expression for function in each.functions)

    def substituted(self, values: Mapping[Symbol, Node]) -> Recipe:
        """The recipe with `values` in the place of symbols."""
        return Recipe(
            self.kind,
            {name: substitute(each, values) for name, each in self.arguments.items()},
            tuple(Formula(each.tick, substitute(each.expression, values)) for each in self.functions),
            tuple(each.substituted(values) for each in self.members),
        )
