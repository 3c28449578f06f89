"""The prover: what it must prove, what it must not, and that it is never wrong."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Sequence
from itertools import cycle, islice, product

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from warmlint.expr import Node, Op, Symbol, SymbolKind, const, node, ref, substitute, symbols, unknown
from warmlint.limits import MAX_DEPTH, MAX_NODES
from warmlint.schedule.domain import Domain, Region
from warmlint.schedule.evaluate import outcome
from warmlint.schedule.prove import MAX_POINTS, prove

TICK = Symbol("t", SymbolKind.TICK)
WARMUP = Symbol("w", SymbolKind.PARAMETER)
TOTAL = Symbol("T", SymbolKind.PARAMETER)
RATIO = Symbol("r", SymbolKind.PARAMETER)
KIND = Symbol("kind", SymbolKind.PARAMETER)
NAMES = {each.name: each for each in (TICK, WARMUP, TOTAL, RATIO, KIND)}

_OPERATORS = {
    ast.Add: Op.ADD, ast.Sub: Op.SUB, ast.Mult: Op.MUL, ast.Div: Op.DIV, ast.FloorDiv: Op.FLOORDIV,
    ast.Mod: Op.MOD, ast.Pow: Op.POW, ast.USub: Op.NEG, ast.UAdd: Op.POS, ast.Not: Op.NOT,
    ast.Lt: Op.LT, ast.LtE: Op.LE, ast.Gt: Op.GT, ast.GtE: Op.GE, ast.Eq: Op.EQ, ast.NotEq: Op.NE,
    ast.Is: Op.IS, ast.In: Op.IN, ast.And: Op.AND, ast.Or: Op.OR,
}  # fmt: skip
_MATH = {"cos", "sin", "exp", "sqrt", "floor", "ceil", "tanh"}


def lower(text: str, factor: Node | None = None) -> Node:
    """`text` as an expression, in which `f(x)` is `factor` at tick x."""
    return _lower(ast.parse(text, mode="eval").body, factor)


def _lower(source: ast.expr, factor: Node | None) -> Node:
    def inner(each: ast.expr) -> Node:
        return _lower(each, factor)

    match source:
        case ast.Constant(value):
            return const(value)
        case ast.Name("pi"):
            return const(math.pi)
        case ast.Name(name):
            return ref(NAMES[name])
        case ast.BinOp(left, op, right):
            return node(_OPERATORS[type(op)], inner(left), inner(right))
        case ast.UnaryOp(op, operand):
            return node(_OPERATORS[type(op)], inner(operand))
        case ast.BoolOp(op, values):
            return node(_OPERATORS[type(op)], *map(inner, values))
        case ast.IfExp(condition, then, otherwise):
            return node(Op.IF, inner(condition), inner(then), inner(otherwise))
        case ast.Compare(left, ops, rights):
            sides = [left, *rights]
            parts = [
                node(_OPERATORS[type(op)], inner(one), inner(two))
                for op, one, two in zip(ops, sides, rights, strict=False)
            ]
            return parts[0] if len(parts) == 1 else node(Op.AND, *parts)
        case ast.Call(ast.Name("f"), [tick]):
            assert factor is not None
            return substitute(factor, {TICK: inner(tick)})
        case ast.Call(ast.Name("named"), [value]):
            return node(Op.NAMED, inner(value), value="named")
        case ast.Call(function, args):
            name = ast.unparse(function)
            return node(Op.CALL, *map(inner, args), value=f"math.{name}" if name in _MATH else name)
        case ast.Tuple(elements):
            return node(Op.TUPLE, *map(inner, elements))
        case ast.Subscript(sequence, position):
            return node(Op.INDEX, inner(sequence), inner(position))
    raise NotImplementedError(ast.dump(source))


def region(*relations: str, **domains: Domain) -> Region:
    whole = Domain(low=1, integer=True)
    known = {WARMUP: whole, TOTAL: whole, RATIO: Domain(low=0, high=1, open=True), KIND: Domain()}
    known |= {NAMES[name]: domain for name, domain in domains.items()}
    return Region(known, tuple(map(lower, relations)))


REGION = region("T > w")


def asks(factor: str, question: str, where: Region = REGION) -> bool:
    """`question` is a claim, and after `for` the conditions it is made under."""
    claim, *conditions = question.replace(" for ", ",").split(",")
    body = lower(factor)
    return prove(lower(claim.strip(), body), [lower(each.strip(), body) for each in conditions], where)


# --- what it proves -------------------------------------------------------------------------------
ZERO = "f(0) == 0"
STARTS = "f(0) > 0"
RISES = "f(t+1) - f(t) > 0 for t < w"
RISES_BUT_LAST = "f(t+1) > f(t) for t < w - 1"
NEVER_RISES = "f(t+1) <= f(t) for t < w"
CAPPED = "f(t) <= 1"
STAYS = "f(t) == 1 for t >= w"
PEAKS = "f(w) == 1"
BEYOND = "f(t) > 1 for t > w"
GROWS = "f(t+1) > f(t) for t >= w"
FALLS = "f(t+1) <= f(t) for t >= w"
FLAT = "f(t) == f(0) for 0 <= t < w"
STAIR = "(f(t)-f(0)) * (f(t)-f(w)) == 0 for t <= w"
NOT_NEGATIVE = "f(t) >= 0"
NOT_NEGATIVE_IN_RUN = "f(t) >= 0 for t < T"
NEGATIVE_AFTER = "f(t) < 0 for t > T"
ENDS = "f(T) == 0"

QUESTIONS = (
    ZERO, STARTS, RISES, RISES_BUT_LAST, NEVER_RISES, CAPPED, STAYS, PEAKS, BEYOND, GROWS, FALLS, FLAT, STAIR,
    NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN, NEGATIVE_AFTER, ENDS,
)  # fmt: skip

GOOD = {CAPPED, STAYS, PEAKS, FALLS, NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN}
RAMP = GOOD | {RISES, RISES_BUT_LAST}
DECAY = RAMP - {STAYS}
NOTHING: set[str] = set()

PROVED: dict[str, set[str]] = {
    # Ramps.
    "t / w if t < w else 1": RAMP | {ZERO},
    "named(t / w) if t < w else 1.0": RAMP | {ZERO},
    "min(1.0, t / w)": RAMP | {ZERO},
    "min(1, (t + 1) / w)": (RAMP | {STARTS}) - {RISES},
    "min((t, w)) / w": RAMP | {ZERO},
    "min(1.0, float(t) / float(max(1, w)))": RAMP | {ZERO},
    "min(1.0, (t + 1) / (w + 1))": RAMP | {STARTS},
    "(t < w) * t / w + (t >= w) * 1": RAMP | {ZERO},
    "0.001 + t * (1.0 - 0.001) / w if t < w else 1.0": RAMP | {STARTS},
    "1.0 if t >= w else 0.1 * (1 - t / w) + t / w": RAMP | {STARTS},
    "r + (1 - r) * t / w if t < w else 1": RAMP | {STARTS},
    "r + (1 - r) * min(1, t / w)": (RAMP | {STARTS}) - {STAYS, PEAKS},  # 0.7 + (1 - 0.7) is below 1 in floats
    "(t / w) ** 2 if t < w else 1": RAMP | {ZERO},
    "min(1, (t / w) ** 3)": (RAMP | {ZERO}) - {STAYS},  # that `pow` keeps the order is not promised
    "2 * t / w - (t / w) ** 2 if t < w else 1": RAMP | {ZERO},
    "min(1, (t / w) ** 0.5)": (GOOD | {ZERO}),
    "exp(-5 * (1 - t / w) ** 2) if t < w else 1": GOOD | {STARTS},
    "t / 100 if t < 100 else 1": {ZERO, CAPPED, NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN},
    # Ramp and decay.
    "t / w if t < w else max(0, (T - t) / max(1, T - w))": DECAY | {ZERO, ENDS},
    "float(t) / float(max(1, w)) if t < w else max(0.0, float(T - t) / float(max(1, T - w)))": DECAY | {ZERO, ENDS},
    "t / w if t < w else (T - t) / (T - w)": (DECAY | {ZERO, NEGATIVE_AFTER, ENDS}) - {NOT_NEGATIVE},
    "min(1, t / w, (T - t) / (T - w))": (DECAY | {ZERO, NEGATIVE_AFTER, ENDS}) - {NOT_NEGATIVE},
    "t / w if t < w else max(0.1, 1 - (t - w) / (T - w))": DECAY | {ZERO},
    "t / w if t < w else 0.5 * (1.0 + cos(pi * (t - w) / max(1, T - w)))": (DECAY | {ZERO}) - {FALLS},
    "t / w if t < w else 0.95 ** (t - w)": (DECAY | {ZERO}) - {FALLS},
    "t / w if t < w else (w / t) ** 0.5": (DECAY | {ZERO}) - {RISES, FALLS},
    "min((t + 1) ** -0.5, (t + 1) * w ** -1.5)": {STARTS, CAPPED, NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN},
    # What is wrong.
    "t / w": {ZERO, RISES, RISES_BUT_LAST, PEAKS, BEYOND, GROWS, NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN},
    "(t + 1) / w": {STARTS, RISES, RISES_BUT_LAST, BEYOND, GROWS, NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN},
    "(t / w) ** 2": {ZERO, PEAKS, RISES, RISES_BUT_LAST, BEYOND, GROWS, NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN},
    "t // w": {ZERO, PEAKS, FLAT, STAIR, NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN},
    "int(t / w)": {ZERO, PEAKS, FLAT, STAIR, NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN},
    "min(1, t // w)": {ZERO, PEAKS, FLAT, STAIR, CAPPED, STAYS, FALLS, NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN},
    "round(t / w)": {ZERO, PEAKS, STAIR, NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN},
    "1 - t / w": {STARTS, NEVER_RISES, CAPPED, FALLS, NEGATIVE_AFTER},
    "1 - t / w if t < w else 1": {STARTS} | GOOD,
    "max(0.0, 1 - t / w)": {STARTS, NEVER_RISES, CAPPED, FALLS, NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN, ENDS},
    "1.0": {STARTS, NEVER_RISES, FLAT, STAIR} | GOOD,
    "0.1 if t < w else 1.0": {STARTS, FLAT, STAIR} | GOOD,
    "t / w if t <= w else w / t": DECAY | {ZERO},
    "t % w / w": {ZERO, RISES_BUT_LAST, CAPPED, NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN},
    "t * w / w / w if t < w else 1": RAMP | {ZERO},
    "0.95 ** t": {STARTS, CAPPED, NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN},
    "0.5 ** (t // 30)": {STARTS, CAPPED, NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN},
    "0.5 * (1 + cos(pi * t / w))": {STARTS, CAPPED, NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN},
    "(1 - t / T) ** 0.9": {STARTS, NOT_NEGATIVE_IN_RUN, ENDS},
    "t / w if kind == 'linear' else (t / w) ** 2": {ZERO, RISES, RISES_BUT_LAST, BEYOND, GROWS} | {NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN},
    # Lengths that are computed: they may come to 0.
    "min(1, t / max(1, int(r * T)))": {ZERO, CAPPED, NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN},
    "min(1, t / int(r * T))": NOTHING,
    "t / int(0.1 * T) if t < int(0.1 * T) else 1": {CAPPED, NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN},
    "t / (0.1 * T) if t < 0.1 * T else 1": {ZERO, CAPPED, NOT_NEGATIVE, NOT_NEGATIVE_IN_RUN},
    # What may fail is not judged.
    "t / (w - 1) if t < w else 1": {RISES_BUT_LAST, STAYS, PEAKS, FALLS},
    "(T - t) / (T - 2 * w)": NOTHING,
    "t ** -0.5": NOTHING,
    "(1 - t / w) ** 0.5": {STARTS},
    "exp(t)": {STARTS},
    "t / w if t < w else kind": {ZERO, RISES_BUT_LAST},
}  # fmt: skip


@pytest.mark.parametrize("factor", PROVED)
def test_it_proves_what_holds_of_real_shapes_and_nothing_else(factor: str) -> None:
    assert {each for each in QUESTIONS if asks(factor, each)} == PROVED[factor]
