"""Lowering held against Python: random programs, lowered and evaluated here, run as they are there."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warmlint.expr import symbols
from warmlint.facts.screen import screen
from warmlint.facts.sites import find
from warmlint.schedule.evaluate import FailureKind, outcome
from warmlint.source import Source

HEAD = """\
import functools
import math
from functools import partial
import numpy as np
from torch.optim.lr_scheduler import LambdaLR, LRScheduler
"""
HELPERS = """\
def helper(x, y=2):
    if x > y:
        return y
    return x / y
def sign(x, *, scale=1):
    \"\"\"Early returns.\"\"\"
    if x < 0: return -scale
    elif x == 0: return 0
    return scale
twice = lambda x, by=2: x * by
W = 4
H = 0.5
XS = [0.1, 0.5, 1.0, 0.25]
PAIRS = ((1, 0.2), (3, 0.6), (5, 0.9))
D = {"warm": 3, "hold": 0.5, "cos": -2}
D["late"] = 4
GROWN = [1, 2]
GROWN.append(3)
MODES = {"warm": 0.25, "cos": 2}
BY_TICK = {0: 0.1, 2: 5, 5: 1.5}
TABLE = np.linspace(0.1, 1, 7)
JOINED = np.concatenate([np.linspace(0, 1, 3), np.ones(2), np.array([0.5, 0.25])])
COSINES = 0.5 * (1 + np.cos(np.arange(8) * math.pi / 8))
LISTED = list(np.linspace(0, 1, 4)) + [1.0] * 3
"""
STAND_INS = """\
class LRScheduler:
    def __init__(self, optimizer, last_epoch=-1):
        self.base_lrs, self.last_epoch, self._step_count = [0.5], 0, 1
def LambdaLR(optimizer, made):
    return made
"""
TICKS = 7


@dataclass
class Maker:
    """Writes one program. `used` says of which kinds its parts are; `strict` whether all of it counts."""

    random: Random
    torch: bool = False
    names: list[str] = field(default_factory=lambda: ["t", "t", "t", "W", "H"])
    used: set[str] = field(default_factory=set)
    strict: bool = True
    within: float = 0.0  # what the last bits may differ by

    def pick(self, *options: Any) -> Any:
        return options[self.random.randint(0, len(options) - 1)]

    def rarely(self, percent: int) -> bool:
        return self.random.randint(1, 100) > 100 - percent

    # --- numbers ------------------------------------------------------------------------------------
    def leaf(self) -> str:
        if self.pick(True, False):
            return self.pick("0", "1", "2", "5", "0.5", "10", "-1", "1.0", "-0.5", "3", "1e-3", "True")
        return self.pick(*self.names)

    def number(self, depth: int = 2) -> str:
        if depth <= 0:
            return self.leaf()
        name = self.pick(*KINDS)
        self.used.add(name)
        return getattr(self, f"_{name}")(depth - 1)

    def _leaf(self, depth: int) -> str:
        return self.leaf()

    def _binary(self, depth: int) -> str:
        return f"({self.number(depth)} {self.pick('+', '-', '*', '/', '//', '%')} {self.number(depth)})"

    def _modulo(self, depth: int) -> str:
        left = self.pick("-t", "t", "(t - 3)", "-W", "0", f"float({self.leaf()})")
        return f"({left} {self.pick('//', '%')} {self.pick('3', '-2', '0.3', '-1.5', 'W', '0', 't')})"

    def _power(self, depth: int) -> str:
        base = self.pick("t", "2", "H", "0.9", "-W", "(t - 3)", f"abs({self.leaf()})")
        exponent = self.pick("2", "t", "0.5", "-1", "0", "-t", "3")
        return self.pick(f"({base} ** {exponent})", f"pow({base}, {exponent})")

    def _extreme(self, depth: int) -> str:
        count = self.random.randint(2, 3)
        args = ", ".join(self.number(depth) for _ in range(count))
        return self.pick(f"min({args})", f"max({args})", f"min([{args}])", f"max(({args}))")

    def _choice(self, depth: int) -> str:
        return f"({self.number(depth)} if {self.condition()} else {self.number(depth)})"

    def _call(self, depth: int) -> str:
        inner = self.number(depth)
        return self.pick(
            f"abs({inner})",
            f"int({inner})",
            f"float({inner})",
            f"round(float({inner}))",
            f"round(float({inner}), {self.pick('2', '0', '-1')})",
            f"-{inner}" if not inner.startswith("-") else inner,
            f"+({inner})",
            f"bool({inner})",
        )

    def _own_function(self, depth: int) -> str:
        inner = self.number(depth)
        return self.pick(
            f"helper({inner})",
            f"helper({inner}, {self.leaf()})",
            f"helper({inner}, y={self.leaf()})",
            f"sign({inner})",
            f"sign({inner}, scale=3)",
            f"twice({inner})",
            f"twice(by={self.leaf()}, x={inner})",
        )

    def _math(self, depth: int) -> str:
        inner = self.number(depth)
        return self.pick(
            f"math.cos(math.pi * {inner} / 10)",
            f"math.sin({inner})",
            f"math.exp(-abs({inner}))",
            f"math.sqrt({inner})",
            f"math.log({inner})",
            f"math.floor({inner})",
            f"math.ceil({inner})",
            f"math.pow({inner}, 2)",
            f"math.tanh({inner})",
            f"math.fmod({inner}, 3)",
            f"math.copysign({inner}, {self.leaf()})",
            f"float('inf' if {self.condition()} else '{self.pick('1.5', '-inf', '3')}')",
        )

    def _numpy_scalar(self, depth: int) -> str:
        inner = self.number(depth)
        return self.pick(
            f"float(np.clip({inner}, 0, 1))",
            f"float(np.minimum({inner}, 1.0))",
            f"float(np.maximum({inner}, t))",
            f"float(np.floor({inner}))",
            f"float(np.where({self.condition()}, {inner}, 1.0))",
            "float(np.interp(t, [0, 3, 5], [0.1, 1, 0.5]))",
            "float(np.interp(t, TABLE, TABLE * 2))",
            f"float(np.abs({inner}))",
            f"float(np.sum(np.arange({self.pick('3', '5.0', '1, 4')})))",
            "float(np.mean(TABLE))",
        )

    def _divmod(self, depth: int) -> str:
        return f"divmod({self.number(depth)}, {self.leaf()})[{self.pick('0', '1', '-1')}]"

    def _bools(self, depth: int) -> str:
        return self.pick(
            f"(({self.condition()}) {self.pick('+', '*', '-')} ({self.condition()}))",
            f"(({self.condition()}) * {self.number(depth)})",
            f"sum(t >= m for m in {self.pick('(2, 4)', '[1, 3, 5]', 'range(3)')})",
            f"any([t > 2, {self.condition()}])",
            f"all(t > m for m in (1, {self.leaf()}))",
            f"(not {self.leaf()})",
        )

    def _operand(self, depth: int) -> str:
        return f"({self.number(depth)} {self.pick('and', 'or')} {self.number(depth)})"

    # --- lists, tables and dicts -----------------------------------------------------------------------
    def place(self, count: int) -> str:
        return self.pick(
            "t",
            f"min(t, {count - 1})",
            f"t % {count}",
            "-1",
            f"-{count}",
            "-t",
            "t - 2",
            f"min(t, {count} - 1)",
            "0",
            "t // 2",
            "-1 - t",
            f"t if t < {count} else -1",
            "int(t / 2)",
            "t > 2",
        )

    def _shown(self, depth: int) -> str:
        count = self.random.randint(1, 3)
        items = [self.number(depth) for _ in range(count)]
        text = ", ".join(items)
        self.strict = False  # of a display, a fixed place is all that counts
        return self.pick(
            f"[{text}][{self.place(count)}]",
            f"({text},)[{self.place(count)}]",
            f"XS[{self.place(4)}]",
            f"PAIRS[{self.pick('0', 'min(t, 2)', '-1')}][{self.pick('0', '1')}]",
            f"sum([{text}])",
            f"sum([{text}], {self.leaf()})",
            f"sorted([{text}])[{self.pick('0', '-1')}]",
            f"len([{text}])",
            f"max([{self.leaf()}] * 2 + [{text}])",
            f"([0.1] * 3 + [{text}])[{self.place(3 + count)}]",
            f"(XS + [{text}])[{self.place(4 + count)}]",
        )

    def _comprehension(self, depth: int) -> str:
        self.names.append("x")
        element = self.number(depth)
        self.names.remove("x")
        source = self.pick("range(3)", "range(1, 6, 2)", "(1, 2, 4)", "XS", "range(4, 0, -1)")
        return self.pick(
            f"[{element} for x in {source}][{self.place(3)}]",
            f"sum({element} for x in {source})",
            f"max([{element} for x in {source}])",
            f"[x * i for i, x in enumerate(XS)][{self.place(4)}]",
            f"sum(x * y for x, y in zip(XS, {source}))",
            f"tuple({element} for x in {source})[{self.place(3)}]",
        )

    def _table(self, depth: int) -> str:
        count = self.random.randint(1, 6)
        self.strict = False  # numpy warns where Python raises
        array = self.pick(
            f"np.linspace({self.pick('0', '0.1', '1')}, {self.pick('1', '0.3', '0')}, {count})",
            f"np.linspace(0.0, 1, num={count}, endpoint=False)",
            f"np.arange({count})",
            f"np.arange(1, {count + 1})",
            f"np.arange({count}.0)",
            f"np.arange(0.1, {count}, 0.3)",
            f"np.zeros({count})",
            f"np.ones({count})",
            f"np.full({count}, {self.pick('0.3', '2', 'H', 't')})",
            f"np.concatenate([np.arange({count}) / 10, np.ones(2)])",
            f"np.concatenate((np.linspace(0, 1, {count}), [0.5, 0.1]))",
            f"np.array([{', '.join(str(0.1 * n) for n in range(count))}])",
            f"np.append(np.zeros({count}), [1.0])",
            "TABLE",
            "JOINED",
            "LISTED",
            f"np.minimum(np.linspace(0, 2, {count}), 1)",
            f"np.asarray([0.1] * {count})",
            f"list(range({count}))",
            f"range({count})",
            f"(list(range(2)) + list(range({count})))",
            f"np.linspace(0, 1, {count}).tolist()",
            f"np.linspace(0, 1, {count})[{count % 3}:]",
        )
        if array.startswith(("np.", "TABLE", "JOINED")) and not array.endswith("tolist()"):
            array = self.pick(
                array,
                array,
                f"({array} * 2)",
                f"(1 - {array})",
                f"({array} + {array})",
                f"(-{array})",
                f"({array} ** 2)",
                f"[2 * each for each in {array}]",
            )
        return f"float({array}[{self.place(count)}])"

    def _lookup(self, depth: int) -> str:
        self.strict = False  # Python computes what `get` falls back to, used or not
        return self.pick(
            "D['warm']",
            "D['hold']",
            "D.get('warm', 10)",
            f"D.get('cold', {self.leaf()})",
            f"D.get('hold', {self.leaf()})",
            f"BY_TICK.get(t, {self.leaf()})",
            "BY_TICK[2 if t else 0]",
            "BY_TICK[t]",
            f"BY_TICK.get(min(t, 2), {self.number(depth)})",
            "MODES['warm' if t < 3 else 'cos']",
            f"MODES.get('cos' if {self.condition()} else 'none', {self.leaf()})",
            "{'a': 1, 'b': 2}['b']",
            self.pick("D['late']", "D.get('late', 7)", "sum(GROWN)", "GROWN[-1]"),  # changed by then
        )

    # --- conditions ---------------------------------------------------------------------------------
    def condition(self) -> str:
        names = ("t", "t", "W", "3", "H", "0", *(["p"] if "p" in self.names else []))
        one, two, three = (self.pick(*names) for _ in range(3))
        sign = self.pick("<", "<=", ">", ">=", "==", "!=")
        return self.pick(
            f"{one} {sign} {two}",
            f"{one} {sign} {two}",
            f"0 <= {one} < {two}",
            f"{one} < {two} {sign} {three}",
            f"not {one} and {two} > 1",
            f"{one} {sign} {two} or {three} > 2",
            f"t in (1, {two}, 4)",
            f"t not in [0, {two}]",
            f"{one}",
            "None is None" if one.isdigit() else f"{one} is None",
            f"{two} < 3 and {self.pick('t', 'W')} is not None",
            *(
                ["mode == 'cos'", "mode != 'warm'", "mode in ('cos', 'lin')", "'co' in mode", "mode < 'd'"]
                if "mode" in self.used
                else []
            ),
        )

    # --- statements -----------------------------------------------------------------------------------
    def simple(self) -> list[str]:
        name, other = self.pick("a", "b"), self.pick("a", "b")
        kind = self.pick("assign", "assign", "augmented", "augmented", "pair", "other")
        self.used.add(kind)
        match kind:
            case "assign":
                return [f"{name} = {self.number()}"]
            case "augmented":
                return [f"{name} {self.pick('+=', '*=', '-=', '/=', '//=', '%=')} {self.number()}"]
            case "pair":
                return [
                    self.pick(
                        f"a, b = {self.number(1)}, {self.number(1)}",
                        f"a = b = {self.number()}",
                        "a, b = b, a",
                        f"(a, b), k = [{self.number(1)}, t], 2",
                    )
                ]
        return self.pick(
            [f"{name}: float = {self.number()}"],
            ['"""Of no matter."""'],
            ["label = f'{t} of {W}'"],
            ["assert t >= 0, 'a tick'"],
            ["pass"],
            [f"xs = [{self.number(1)}, t]", f"{name} = xs[{self.place(2)}] + {other}"],
            [f"inner = {self.number(1)}; {name} = inner * {other}"],
            [f"if {self.condition()}: {name} = {self.number(1)}"],
        )

    def block(self, depth: int) -> list[str]:
        if depth <= 0:
            return self.simple()
        kind = self.pick("two", "two", "if", "if", "elif", "for", "early", "nested", "rare")
        self.used.add(kind)
        match kind:
            case "two":
                return [*self.block(depth - 1), *self.simple()]
            case "if":
                return [
                    f"if {self.condition()}:",
                    *_indented(self.block(depth - 1)),
                    "else:",
                    *_indented(self.simple()),
                ]
            case "elif":
                return [
                    f"if {self.condition()}:",
                    *_indented(self.simple()),
                    f"elif {self.condition()}:",
                    *_indented(self.block(depth - 1)),
                ]
            case "for":
                head = self.pick(
                    "for k in [1, 2, 4]:",
                    "for k in range(3):",
                    "for k in XS:",
                    "for k in range(t, 0):" if self.rarely(10) else "for k in range(2, 0, -1):",
                    "for j, k in enumerate(XS):",
                    "for j, k in PAIRS:",
                    "for j, k in zip(XS, (1, 2)):",
                    "for k in np.arange(3):",
                )
                self.names.append("k")
                return [head, *_indented(self.simple())]
            case "early":
                return [f"if {self.condition()}:", *_indented([f"return {self.number()}"]), *self.simple()]
            case "nested":
                return [
                    f"if {self.condition()}:",
                    f"    if {self.condition()}:",
                    *_indented(_indented(self.pick(self.simple(), [f"return {self.number(1)}"]))),
                    "    else:",
                    *_indented(_indented(self.simple())),
                ]
        if not self.rarely(25):
            return self.simple()
        return self.pick(  # what is not followed, in whole or in part, or is changed out of sight
            ["while a < t:", *_indented(self.simple()), "    a += 1; t -= 1"],
            ["try:", *_indented(self.simple()), "except ZeroDivisionError:", "    a = 5"],
            ["xs = [1, t]", "xs.append(2)", "a = sum(xs)"],
            ["xs = [1, t]", "xs[0] = b", "a = xs[0] + xs[1]"],
            ["xs = [1, t]", "ys = xs", f"ys {self.pick('+=', '*=')} {self.pick('[2]', '2')}", "a = sum(xs)"],
            ["if (a := t) > 2:", "    b = a"],
            ["b = (a := 3) + 1"],
            ["def inner():", "    nonlocal a", "    a = 3", "inner()"],
            ["known = {'x': 1}", "known['x'] = t", "a = known['x']"],
            ["for k in range(5):", f"    if k > t: {self.pick('break', 'continue')}", "    a += k"],
        )

    def end(self) -> list[str]:
        kind = self.pick("return", "return", "if_return", "for_return", "smooth")
        self.used.add(kind)
        match kind:
            case "if_return":
                return [f"if {self.condition()}:", f"    return {self.number()}", f"return {self.number()}"]
            case "for_return":
                head = self.pick("for m in (2, 4, 6):", "for m in range(1, 5, 2):", "for m, x in PAIRS:")
                test = "    if t < m:"
                return [head, test, f"        return {self.number()}", f"return {self.number()}"]
            case "smooth":
                return [f"return {self.smooth()}"]
        return [f"return {self.number(3)}"]

    def smooth(self) -> str:
        """What the C library and vector units round as they like, where nothing hangs on its last bit."""
        inner, other = self.number(1), self.number(1)
        if self.torch:
            self.within = 1e-6
            tensor = f"torch.tensor({self.pick(f'float({inner})', 't', '0.5')})"
            return self.pick(
                f"{other} + torch.cos({tensor}).item()",
                f"torch.sigmoid({tensor}).item() * 0.5",
                f"torch.tanh({tensor}).item()",
                f"torch.exp(-torch.abs({tensor})).item()",
                f"torch.clamp({tensor}, 0, 1).item()",
                f"torch.linspace(0, 1, 7)[{self.place(7)}].item()",
                f"torch.tensor([0.1, 0.5, 1.0])[{self.place(3)}].item()",
            )
        self.within = 1e-12
        self.used.add("numpy_smooth")
        return self.pick(
            f"{other} + np.cos(float({inner}))",
            f"0.5 * (1 + np.cos(np.pi * {inner}))",
            f"np.exp(-np.abs(float({inner})))",
            f"COSINES[{self.place(8)}] * 0.5",
            f"np.cos(np.linspace(0, 1, 7) * np.pi)[{self.place(7)}]",
            f"np.tanh(float({inner}))",
        )

    # --- programs -------------------------------------------------------------------------------------
    def body(self) -> list[str]:
        if self.rarely(30):
            return self.end()
        self.strict = False  # what is assigned and not used may fail, and lowering keeps what is used alone
        self.names += ["a", "b", "a", "b", "k"]
        block = self.block(self.random.randint(0, 3))
        end = ["return a * 8 + b + k / 16"] if self.rarely(40) else self.end()
        return ["a, b, k = 1, 0.5, 3", *block, *end]

    def program(self) -> list[str]:
        kind = self.pick(*PROGRAMS)
        self.used.add(kind)
        if kind in {"def", "lambda"}:
            if kind == "lambda":
                return [f"s = LambdaLR(o, lambda t: {self.number(3)})"]
            return ["def f(t):", *_indented(self.body()), "s = LambdaLR(o, f)"]
        if kind != "scheduler":
            self.used.add("mode")
        self.names += ["p", "p", "q"]
        p, q = self.pick("3", "0", "0.5", "-2", "5"), self.pick("W", "1.5", "2")
        mode = self.pick("'cos'", "'lin'", "'warm'")
        lines = _indented(self.body())
        match kind:
            case "defaults":
                return [f"def f(t, p={p}, q={q}, mode={mode}):", *lines, "s = LambdaLR(o, f)"]
            case "partial":
                return [
                    f"def f(p, t, q={q}, *, mode='lin'):",
                    *lines,
                    self.pick(
                        f"s = LambdaLR(o, partial(f, {p}, mode={mode}))",
                        f"s = LambdaLR(o, functools.partial(f, {p}, q={q}))",
                        f"f2 = functools.partial(f, {p})\ns = LambdaLR(o, f2)",
                    ),
                ]
            case "closure":
                return [
                    f"def make(p, q={q}, mode={mode}):",
                    "    r = p",
                    "    def f(t):",
                    *_indented(lines),
                    "    return f",
                    f"s = LambdaLR(o, make({p}))",
                ]
            case "closed_lambda":
                self.strict = False
                return [
                    f"def make(p, q, mode={mode}):",
                    "    a, b, k = p, q, 2",
                    f"    return lambda t, c=p: {self.number(3)}",
                    f"s = LambdaLR(o, make({p}, q={q}))",
                ]
        own_names = ("p", "q", "mode") if "mode" in self.used else ("p", "q")
        values = ", ".join(f"self.{name}" for name in own_names)
        lines = [f"        {', '.join(own_names)} = {values}", *_indented(lines)]
        own = ["        self.p = p", "        self.q = q * 1", "        self.mode = mode"]
        if kind == "scheduler":
            return [
                "class OwnLR(LRScheduler):",
                f"    def __init__(self, optimizer, p={p}, q={q}, last_epoch=-1):",
                *own[:2],
                "        super().__init__(optimizer, last_epoch)",
                "    def get_lr(self):",
                "        return [base * self.factor(self.last_epoch) for base in self.base_lrs]",
                "    def factor(self, t):",
                *lines,
                "o = torch.optim.SGD(params, lr=0.5)",
                f"s = OwnLR(o, {p})",
            ]
        if kind == "trainer":
            return [
                "class Trainer:",
                "    def __init__(self, o):",
                f"        self.p, self.q, self.mode = {p}, {q}, {mode}",
                "        self.s = LambdaLR(o, self.factor)",
                "    def factor(self, t):",
                *lines,
                "s = Trainer(o).s",
            ]
        return [
            "class Shape:",
            f"    def __init__(self, p, q={q}, mode={mode}):",
            *own,
            "    def __call__(self, t):",
            *lines,
            self.pick(
                f"s = LambdaLR(o, Shape({p}))", f"shape = Shape({p}, mode={mode})\ns = LambdaLR(o, shape)"
            ),
        ]


KINDS = (
    "leaf", "binary", "binary", "modulo", "power", "extreme", "choice", "call", "own_function", "math",
    "numpy_scalar", "divmod", "bools", "operand", "shown", "comprehension", "table", "table", "lookup",
)  # fmt: skip
PROGRAMS = (
    "def", "def", "def", "lambda", "defaults", "partial", "closure", "closed_lambda", "object", "trainer",
    "scheduler",
)  # fmt: skip
STATEMENTS = ("if", "elif", "for", "early", "nested", "if_return", "for_return", "augmented", "pair")


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for text in lines for line in text.split("\n")]


# --- the law ------------------------------------------------------------------------------------------

SEEDS = 300
RAISED = {
    FailureKind.DIVISION_BY_ZERO: (ZeroDivisionError,),
    FailureKind.OVERFLOW: (OverflowError,),
    FailureKind.DOMAIN: (ValueError,),
    FailureKind.TYPE: (TypeError, IndexError),
    FailureKind.COMPLEX: (TypeError,),
    FailureKind.RAISED: (IndexError, KeyError, ZeroDivisionError),
}
GIVEN_UP = (FailureKind.UNKNOWN, FailureKind.TOO_LARGE)


def _space(text: str, torch: ModuleType | None) -> dict[str, Any]:
    """The names of a program that has run. We wrote it, by our own grammar; warmlint only ever reads it."""
    params = [torch.zeros(1, requires_grad=True)] if torch is not None else []
    space: dict[str, Any] = {"o": None, "params": params, "torch": torch or _NoTorch}
    exec(HEAD.replace("from torch.optim.lr_scheduler import LambdaLR, LRScheduler\n", STAND_INS), space)
    exec(text, space)
    return space


class _NoTorch:
    class optim:  # noqa: N801
        SGD = staticmethod(lambda params, lr: None)


def _expected(space: dict[str, Any], tick: int) -> Any:
    """What Python says, or the exception in its place; a warning of numpy's is one."""
    made = space["s"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            if hasattr(made, "get_lr"):
                made.last_epoch = tick
                (value,) = made.get_lr()
            else:
                value = made(tick)
            return value.item() if hasattr(value, "item") else value
    except Exception as error:
        return error


def _alike(found: Any, expected: Any, maker: Maker, source: str) -> bool:
    if isinstance(expected, float) and math.isnan(expected):
        return isinstance(found, float) and math.isnan(found)
    if maker.within:
        same = found == expected or abs(found - expected) <= maker.within * max(1.0, abs(expected))
        return bool(same)
    # numpy has an array of one type where the source mixes two
    return found == expected and ("np." in source or "TABLE" in source or type(found) is type(expected))


def held(maker: Maker, torch: ModuleType | None = None) -> bool:
    """Hold one program against Python, tick by tick; whether warmlint knows what it does."""
    lines = maker.program()
    text = "\n".join([HELPERS, *lines]) + "\n"
    shown = "\n".join(lines)
    read = Source("t.py", f"{HEAD}import torch\n{text}")
    schedules = [each for each in find(read, screen(read)).schedules if each.factors]
    assert len(schedules) == 1, shown
    (factor,) = schedules[0].factors
    known = {each: each.default for each in symbols(factor.expression) if each.has_default}
    known |= {each: 0.5 for each in symbols(factor.expression) if each.name == "base_lr"}
    space = _space(text, torch)
    decided = 0
    for tick in range(TICKS):
        found = outcome(factor.expression, {**known, factor.tick: tick})
        kind = found.failure.kind if found.failure is not None else None
        decided += kind not in GIVEN_UP
        if kind in GIVEN_UP:
            continue
        expected = _expected(space, tick)
        what = f"{shown}\nat tick {tick}: {kind or found.value!r} in the place of {expected!r}"
        if isinstance(expected, RuntimeWarning):
            continue  # numpy goes on with infinity or with no number
        if isinstance(expected, Exception):
            # A value that nothing uses may fail, and lowering keeps what is used alone.
            alike = kind is not None and isinstance(expected, RAISED[kind])
            assert alike or not maker.strict, what
        elif kind is not FailureKind.COMPLEX:  # Python goes on with one, and may well lose it again
            assert kind is None, what
            assert _alike(found.value, expected, maker, shown), what
    return decided == TICKS


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False))
def test_a_lowered_program_is_the_program(random: Random) -> None:
    pytest.importorskip("numpy")
    held(Maker(random))


def test_most_programs_are_known() -> None:
    """The law would hold of an engine that knows nothing: here most are known, and some of every kind."""
    pytest.importorskip("numpy")
    known, of_kind = 0, Counter[str]()
    for seed in range(SEEDS):
        maker = Maker(Random(seed))
        if held(maker):
            known += 1
            of_kind.update(maker.used)
    assert known >= 0.8 * SEEDS, known
    assert not [kind for kind in (*KINDS, *PROGRAMS, *STATEMENTS) if of_kind[kind] < 3]


@pytest.mark.torch
def test_programs_of_torch_are_known() -> None:
    """torch answers in float32: what it says is within the last places of that."""
    pytest.importorskip("numpy")
    torch = pytest.importorskip("torch")
    known = 0
    for seed in range(80):
        maker = Maker(Random(seed), torch=True)
        maker.end = lambda maker=maker: [f"return {maker.smooth()}"]  # type: ignore[method-assign, misc]
        known += held(maker, torch)
    assert known >= 64, known


@pytest.mark.parametrize(
    ("body", "is_known"),
    [
        ("np.linspace(0, 1, 5)[-1]", True),
        ("np.linspace(0.1, 1, 7)[t]", True),  # the last one is 1.0, and not what rounding makes of it
        ("np.linspace(0, 1, 4 + 1)[1:][t]", True),
        ("TABLE[3:][-1 - t]", True),
        ("np.concatenate([np.arange(2)[4:], JOINED[1:]])[t]", True),
        ("(LISTED if H else np.ones(3))[1:][t]", True),
        ("TABLE[t] if t < 3 else LISTED[-t]", True),
        ("np.zeros(3)[t]", True),  # an IndexError from tick 3 on
        ("range(10)[-1 - t]", True),
        ("(list(range(3)) + list(range(5)))[t]", True),
        ("(np.linspace(0, 1, 3) + np.array([1, 0.5, 2]))[min(t, 2)]", True),
        ("sum([0.1] * 3) + t", True),
        ("sum([1, t], 0.5)", True),
        ("float('inf') if t else int('3')", True),
        ("D.get('warm', 10)", True),
        ("BY_TICK.get(t, 10)", True),
        ("D['late']", False),
        ("D.get('late', 7)", False),
        ("GROWN[-1] + sum(GROWN)", False),
        ("'co' in 'cos' and 'a' < 'b'", True),
        ("np.ones(3)[t > 2][0]", False),
    ],
)
def test_what_the_two_did_not_agree_on(body: str, is_known: bool) -> None:
    pytest.importorskip("numpy")
    maker = Maker(Random(0), strict=False)
    maker.program = lambda: [f"s = LambdaLR(o, lambda t: {body})"]  # type: ignore[method-assign]
    assert held(maker) is is_known
