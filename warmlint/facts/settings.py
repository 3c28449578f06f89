"""A framework's own arguments, `TrainingArguments(warmup_steps=…)`: they make a schedule out of sight."""

from __future__ import annotations

import libcst as cst

from warmlint.expr import Symbol, SymbolKind, const, unknown
from warmlint.facts.lowering import Lowering, Where
from warmlint.facts.made import Construction
from warmlint.facts.model import Factor, Optimizer
from warmlint.facts.module import Module
from warmlint.facts.screen import LENGTHS
from warmlint.finding import Scale


def asked(
    call: cst.Call, qualified: str, where: Where, shown: cst.CSTNode, module: Module, lowering: Lowering
) -> Construction | None:
    """The schedule that arguments ask for; None where they do not give its warmup in two ways.

    With one of them they are a schedule of the library, as a factory makes it of the same lengths. What two
    make depends on the library's version: the factor is not told.
    """
    given = {arg.keyword.value: arg.value for arg in call.args if arg.keyword is not None}
    if not given.keys() >= LENGTHS:
        return None
    library, _, name = qualified.partition(".")
    factor = Factor(
        unknown(f"which of the two lengths counts depends on the version of {library}"),
        Symbol("step", SymbolKind.TICK),
        None,
        0,
        module.span(shown),
        module.text(shown),
        Scale.LR,
        None,
        given={each: lowering.expression(value, where) for each, value in given.items() if each in LENGTHS},
    )
    construct = name.rpartition(".")[2]
    return Construction(construct, (factor,), Optimizer("the optimizer"), const(0), {}, library)
