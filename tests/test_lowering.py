"""Lowering held against Python: random functions, lowered and evaluated here, run as they are there."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warmlint.facts.screen import screen
from warmlint.facts.sites import find
from warmlint.schedule.evaluate import FailureKind, outcome
from warmlint.source import Source

NAMES = ("a", "b")
NUMBERS = st.sampled_from(["0", "1", "2", "5", "0.5", "10", "-1", "1.0"])
LEAVES = NUMBERS | st.sampled_from(["t", "t", "a", "b", "W", "k"])


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner)
    return st.one_of(
        pair.map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda p: f"{p[0]}({p[1]}, {p[2]})"),
        st.tuples(inner, CONDITIONS, inner).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        st.tuples(st.sampled_from(["abs", "int", "float", "helper"]), inner).map(lambda p: f"{p[0]}({p[1]})"),
        inner.map(lambda each: f"[{each}, 1.0][0]"),
    )


COMPARED = st.sampled_from(["t", "a", "W", "3", "k"])
CONDITIONS = st.one_of(
    st.tuples(COMPARED, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), COMPARED).map(" ".join),
    st.tuples(COMPARED, COMPARED).map(lambda pair: f"0 <= {pair[0]} < {pair[1]}"),
    st.tuples(COMPARED, COMPARED).map(lambda pair: f"not {pair[0]} and {pair[1]} > 1"),
)
EXPRESSIONS = st.recursive(LEAVES, _grow, max_leaves=6)
ASSIGNMENTS = st.one_of(
    st.tuples(st.sampled_from(NAMES), EXPRESSIONS).map(lambda pair: f"{pair[0]} = {pair[1]}"),
    st.tuples(st.sampled_from(NAMES), st.sampled_from(["+=", "*=", "-="]), EXPRESSIONS).map(" ".join),
    st.tuples(EXPRESSIONS, EXPRESSIONS).map(lambda pair: f"a, b = {pair[0]}, {pair[1]}"),
)


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _compound(inner: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    branch = st.tuples(CONDITIONS, inner, inner).map(
        lambda parts: [f"if {parts[0]}:", *_indented(parts[1]), "else:", *_indented(parts[2])]
    )
    chain = st.tuples(CONDITIONS, inner, CONDITIONS, inner).map(
        lambda p: [f"if {p[0]}:", *_indented(p[1]), f"elif {p[2]}:", *_indented(p[3])]
    )
    loop = inner.map(lambda body: ["for k in [1, 2, 4]:", *_indented(body)])
    steps = inner.map(lambda body: ["for k in range(3):", *_indented(body)])
    return st.one_of(
        branch, chain, loop, steps, st.tuples(inner, inner).map(lambda pair: [*pair[0], *pair[1]])
    )


SIMPLE = ASSIGNMENTS.map(lambda line: [line])
BLOCKS = st.recursive(SIMPLE, _compound, max_leaves=5)
RETURNS = st.one_of(
    EXPRESSIONS.map(lambda each: [f"return {each}"]),
    st.tuples(CONDITIONS, EXPRESSIONS, EXPRESSIONS).map(
        lambda p: [f"if {p[0]}:", f"    return {p[1]}", f"return {p[2]}"]
    ),
    st.tuples(EXPRESSIONS, EXPRESSIONS).map(
        lambda p: ["for m in (2, 4, 6):", "    if t < m:", f"        return {p[0]}", f"return {p[1]}"]
    ),
)
HELPER = ["def helper(x, y=2):", "    if x > y:", "        return y", "    return x / y"]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(BLOCKS, RETURNS)
def test_a_lowered_function_is_the_function(block: list[str], end: list[str]):
    function = ["def f(t):", "    a, b, k = 1, 0.5, 3", *_indented([*block, *end])]
    source = "\n".join([*HELPER, "W = 4", *function])
    space: dict[str, Any] = {}
    exec(source, space)  # our own grammar, in the test alone: the linted side only ever reads it
    text = f"from torch.optim.lr_scheduler import LambdaLR\n{source}\ns = LambdaLR(o, f)\n"
    read = Source("t.py", text)
    (schedule,) = find(read, screen(read)).schedules
    (factor,) = schedule.factors
    for tick in range(7):
        found = outcome(factor.expression, {factor.tick: tick})
        try:
            expected = space["f"](tick)
        except (ArithmeticError, ValueError, TypeError):
            continue  # it may fail in a value that nothing uses, and lowering keeps what is used alone
        if found.failure is not None:
            # What cannot be followed may be given up, and nothing else may.
            assert found.failure.kind in (FailureKind.UNKNOWN, FailureKind.TOO_LARGE), source
        else:
            assert type(found.value) is type(expected), source
            assert found.value == expected or (math.isnan(expected) and math.isnan(found.value)), source  # type: ignore[arg-type]
