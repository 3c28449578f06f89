"""Units: whether a length counts updates, epochs, samples or tokens, by the arithmetic that makes it and by
its names.

A length is a product of what it is made of: epochs times updates an epoch are updates, samples divided by the
batch size are updates too, updates divided by updates an epoch are epochs. Numbers and ratios have no unit.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import Final

from warmlint.expr import Node, Op, Symbol, plain, symbols, walk
from warmlint.program import Unit
from warmlint.schedule.words import EPOCHS, SAMPLES, SETS, STEPS, TOKENS, words

_DATA: Final = re.compile(r"load|data|batch|iter|\bdl\b|_dl\b|train", re.IGNORECASE)
_PER: Final = frozenset({"per", "in", "each"})
_COMPARES: Final = frozenset({Op.LT, Op.LE, Op.GT, Op.GE, Op.SUB})
_FREE: Final = frozenset({"int", "float", "round", "abs", "math.ceil", "math.floor", "floor", "ceil"})


@dataclass(frozen=True, slots=True)
class Counted:
    """What a length counts: the powers of updates, epochs, samples and tokens in it. `computed` tells that
    the source makes it of what an epoch holds, `len(loader)`, and that no name alone says so."""

    updates: int = 0
    epochs: int = 0
    samples: int = 0
    tokens: int = 0
    computed: bool = False

    @property
    def powers(self) -> tuple[int, int, int, int]:
        """The powers alone, in their order."""
        return self.updates, self.epochs, self.samples, self.tokens

    @property
    def unit(self) -> Unit:
        """The unit, where it is one of a length; the updates of an epoch are a length too, and so are its
        samples."""
        match self.powers:
            case 1, 0 | -1, 0, 0:
                return Unit.UPDATE
            case 0, 1, 0, 0:
                return Unit.EPOCH
            case 0, 0 | -1, 1, 0:
                return Unit.SAMPLE
            case 0, 0 | -1, 0, 1:
                return Unit.TOKEN
        return Unit.UNKNOWN

    def times(self, other: Counted, power: int = 1) -> Counted:
        """What a product counts; with a `power` of -1, a quotient."""
        return Counted(
            self.updates + power * other.updates,
            self.epochs + power * other.epochs,
            self.samples + power * other.samples,
            self.tokens + power * other.tokens,
            self.computed or other.computed,
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """What a tick is measured against, and what the tick counts by that."""

    bound: Node
    tick: Counted


_BARE: Final = (Counted(updates=1), Counted(epochs=1), Counted(samples=1), Counted(tokens=1))
"""What a name counts that speaks of steps, of epochs, of samples or of tokens alone."""


def measured(factor: Node, tick: Symbol) -> list[Measured]:
    """Everything that a factor compares its tick with, or divides it by, whose unit is known. Where the tick
    is converted first (`step // steps_per_epoch < warmup_epochs`), so is the unit."""
    found: list[Measured] = []
    for each in walk(factor):
        divides = each.op in {Op.DIV, Op.FLOORDIV} and tick in symbols(each.args[0])
        if not (divides or each.op in _COMPARES or (each.op is Op.CALL and each.value in {"min", "max"})):
            continue
        varying = [arg for arg in each.args if tick in symbols(arg)]
        fixed = [arg for arg in each.args if tick not in symbols(arg)]
        if len(varying) != 1 or len(fixed) != 1:
            continue
        bound, own = counted(fixed[0]), _conversion(varying[0], tick)
        if bound is None or own is None:
            continue
        found.append(Measured(fixed[0], bound.times(own, -1)))
    return found


def bare_bounds(factor: Node, tick: Symbol) -> list[Node]:
    """Everything that a factor compares its tick with, or divides it by, as it is: with nothing that could
    turn the tick into another unit first."""
    found: list[Node] = []
    for each in walk(factor):
        if each.op in _COMPARES | {Op.DIV}:
            varying = [arg for arg in each.args if tick in symbols(arg)]
            if len(varying) == 1 and _is_bare(varying[0], tick):
                found += (arg for arg in each.args if tick not in symbols(arg))
    return found


def _is_bare(varying: Node, tick: Symbol) -> bool:
    """Whether a tick is shifted at most, and turned by π for a cosine."""
    varying = plain(varying)
    inner = [each for each in varying.args if tick in symbols(each)]
    if varying.op is Op.MUL and len(inner) == 1:
        other = next(each for each in varying.args if each is not inner[0])
        return plain(other).value == math.pi and _is_bare(inner[0], tick)
    shifts = varying.op in {Op.ADD, Op.SUB} and len(inner) == 1 and _is_bare(inner[0], tick)
    return varying.symbol is tick or shifts


def _conversion(varying: Node, tick: Symbol) -> Counted | None:
    """What a tick has been multiplied with, or divided by, to get what is measured; None where that is not
    one number. By what name it goes says nothing of the tick."""
    while True:
        varying = plain(varying)
        if varying.symbol is tick:
            return Counted()
        inner = [each for each in varying.args if tick in symbols(each)]
        if len(inner) != 1:
            return None
        if varying.op in {Op.MUL, Op.DIV, Op.FLOORDIV}:
            if varying.op is not Op.MUL and varying.args[0] is not inner[0]:
                return None
            left, right = inner[0], next(each for each in varying.args if each is not inner[0])
            before = _conversion(left, tick)
            if before is None:
                return None
            return before.times(counted(right) or Counted(), 1 if varying.op is Op.MUL else -1)
        if varying.op not in {Op.ADD, Op.SUB, Op.NEG, Op.POS, Op.CALL, Op.IF}:
            return None
        varying = inner[0]


def counted(length: Node) -> Counted | None:
    """What a length counts; None where neither its arithmetic nor its names tell, or they disagree."""
    match length.op:
        case Op.NAMED:
            # The innermost name is its author's: a library's `num_warmup_steps` may be given epochs.
            return counted(length.args[0]) or _by_name(str(length.value))
        case Op.SYMBOL:
            return _by_name(length.symbol.name) if length.symbol is not None else None
        case Op.MUL | Op.DIV | Op.FLOORDIV:
            return _product(length)
        case Op.ADD | Op.SUB:
            return _same(length.args)
        case Op.IF:
            return _same(length.args[1:])
        case Op.NEG | Op.POS:
            return counted(length.args[0])
        case Op.CALL if length.value in {"min", "max"}:
            return _same(length.args)
        case Op.CALL if length.value in _FREE:
            return counted(length.args[0])
    return None


def _product(length: Node) -> Counted | None:
    left, right = (counted(each) for each in length.args)
    if left is None and right is None:
        return None
    return (left or Counted()).times(right or Counted(), 1 if length.op is Op.MUL else -1)


def _same(parts: tuple[Node, ...]) -> Counted | None:
    """The unit that all parts which have one agree on."""
    found = [each for each in map(counted, parts) if each is not None]
    if not found or len({each.powers for each in found}) > 1:
        return None
    return replace(found[0], computed=any(each.computed for each in found))


def _by_name(name: str) -> Counted | None:
    parts = words(name)
    kinds = set(parts)
    if name.startswith("len("):
        if kinds & SETS and "loader" not in name:
            return Counted(samples=1, epochs=-1, computed=True)
        return Counted(updates=1, epochs=-1, computed=True) if _DATA.search(name) else None
    steps, epochs, samples, tokens = (bool(kinds & each) for each in (STEPS, EPOCHS, SAMPLES, TOKENS))
    if epochs and kinds & _PER and (steps or "it" in kinds or "niter" in kinds):
        return Counted(updates=1, epochs=-1, computed=True)  # `steps_per_epoch`
    if epochs and kinds & _PER and samples:
        return Counted(samples=1, epochs=-1, computed=True)
    if steps and (samples or tokens):
        return Counted(updates=-1, samples=int(samples), tokens=int(tokens))  # `batch_tokens`
    if parts[-2:] == ["batch", "size"]:
        return Counted(samples=1, updates=-1)
    if parts[-2:] == ["total", "iters"]:
        return None  # torch's own word for ticks, of whatever unit
    if kinds & {"lr", "decay"}:
        return None  # how often the LR is changed, in whatever unit
    if kinds & {"accum", "accumulation", "accumulate", "size", "world", "gpu", "gpus"}:
        return None  # `gradient_accumulation_steps` are micro-batches an update
    said = [each for each, says in zip(_BARE, (steps, epochs, samples, tokens), strict=True) if says]
    return said[0] if len(said) == 1 else None
