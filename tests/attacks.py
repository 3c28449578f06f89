"""Sources and messages that are meant to hurt: bombs, walks out of the sandbox, names that lie, broken bytes.

Each source has with it the sentence that a run must end in for it, None where it is to be judged like any
other, in bounded time and without doing anything. Nothing here is ever run.
"""

from __future__ import annotations

import json
from typing import Final, NamedTuple


class Attack(NamedTuple):
    """A file, and what may be said of it: a part of a problem's sentence, or nothing, which is `CLEAN`.

    Where several things may be said, it is because Python's own parser differs from release to release.
    """

    source: bytes
    said: tuple[str, ...]


CLEAN: Final = ""


def _attack(source: bytes, *said: str) -> Attack:
    return Attack(source, said or (CLEAN,))


HEAD: Final = """\
import math
import torch
from torch.optim.lr_scheduler import LambdaLR

model = torch.nn.Linear(2, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
warmup_steps = 5
"""
TAIL: Final = """
for step in range(50):
    optimizer.step()
    scheduler.step()
"""


def _program(body: str) -> bytes:
    return (HEAD + body + TAIL).encode()


def _factor(text: str, before: str = "") -> bytes:
    """A training script whose factor is `text`."""
    return _program(f"{before}\nscheduler = LambdaLR(optimizer, lambda step: {text})\n")


def _function(*lines: str) -> bytes:
    """A training script whose factor is a function with these lines as its body."""
    body = "\n".join(f"    {line}" for line in lines)
    return _program(f"def factor(step):\n{body}\n\nscheduler = LambdaLR(optimizer, factor)\n")


# --- factors that reach for what no factor needs ----------------------------------------------------

_REACHING: Final = {
    "import": "__import__('os').system('touch canary')",
    "open for writing": "open('canary', 'w').write('x')",
    "open a secret": "len(open('/etc/passwd').read())",
    "eval": 'eval(\'open("canary", "w")\')',
    "exec": "exec('import os; os.mkdir(\"canary\")')",
    "compile": "compile('1', 'x', 'exec')",
    "breakpoint": "breakpoint()",
    "input": "input()",
    "globals": "globals()['__builtins__']['open']('canary', 'w')",
    "vars": "vars(math)['pi']",
    "getattr": "getattr(math, 'p' + 'i')",
    "setattr": "setattr(math, 'pi', 3)",
    "subclasses": "().__class__.__bases__[0].__subclasses__()[40]('canary', 'w')",
    "mro": "''.__class__.__mro__[1].__subclasses__()",
    "class of a lambda": "(lambda: 0).__class__.__call__",
    "code object": "(lambda: 0).__code__.replace(co_code=b'')",
    "globals of a function": "(lambda: 0).__globals__['__builtins__']",
    "init globals": "math.__loader__.__init__.__globals__['sys'].modules['os'].system('touch canary')",
    "reduce": "step.__reduce_ex__(2)",
    "dunder of the step": "step.__class__.__base__.__subclasses__()",
    "dict of a module": "math.__dict__['pi']",
    "dunder of self": "self.__init__.__globals__['os'].system('touch canary')",
    "format string": "'{0.__class__.__mro__}'.format(step)",
    "format width": "'{:>99999999999}'.format(step)",
    "percent width": "'%99999999999d' % step",
    "f-string width": "f'{step:>99999999999}'",
    "f-string call": 'f\'{__import__("os").system("touch canary")}\'',
    "f-string attribute walk": "f'{step.__class__.__mro__}'",
    "walrus over a builtin": "(min := open)('canary', 'w')",
    "comprehension that opens": "[open('canary', 'w') for _ in range(3)][0]",
    "generator that opens": "next(open('canary', 'w') for _ in range(3))",
    "star arguments": "max(*[open('canary', 'w')])",
    "keyword arguments": "max(**{'key': __import__('os').system})",
    "lambda that is called": "(lambda f: f('canary', 'w'))(open)",
    "torch.load": "torch.load('canary.pt')",
    "torch.hub": "torch.hub.load('x/y', 'z')",
    "torch extension": "torch.utils.cpp_extension.load('canary', ['x.cpp'])",
    "pickle": "__import__('pickle').loads(b'cos\\nsystem\\n(S\"touch canary\"\\ntR.')",
    "await": "(await open('canary', 'w'))",
    "yield": "(yield open('canary', 'w'))",
    "index that calls": "[1, 2][open('canary', 'w')]",
    "math attribute that is none": "math.__getattribute__('pi')",
    "name with a dunder": "__builtins__.open('canary', 'w')",
    "numpy ctypeslib": "__import__('numpy').ctypeslib.load_library('canary', '.')",
}

# --- factors that cost -----------------------------------------------------------------------------

_COSTLY: Final = {
    "power tower": "10 ** 10 ** 10 ** 10",
    "power of the step": "(step + 2) ** 10 ** 9",
    "left shift": "1 << 10 ** 12",
    "nested shifts": "1 << (1 << (1 << (1 << 40)))",
    "long literal": "9" * 4_000,
    "huge hex literal": "0x" + "f" * 100_000,
    "huge float": "1e" + "9" * 10_000,
    "tiny float": "0." + "0" * 100_000 + "1",
    "huge string": "'" + "a" * 500_000 + "'",
    "string times": "len('a' * 10 ** 12)",
    "list times": "len([0] * 10 ** 12)",
    "tuple times": "((0,) * 10 ** 12)[step]",
    "bytes of": "len(bytes(10 ** 12))",
    "range": "sum(range(10 ** 12))",
    "list of a range": "len(list(range(10 ** 12)))",
    "comprehension": "[i for i in range(10 ** 12)][step]",
    "nested comprehensions": "sum(i for i in range(10 ** 5) for j in range(10 ** 5))",
    "factorial": "math.factorial(10 ** 9)",
    "comb": "math.comb(10 ** 9, 10 ** 8)",
    "round to no digits": "round(step, -10 ** 17)",
    "round to many digits": "round(0.1, 10 ** 17)",
    "pow with a modulus": "pow(3, 10 ** 100, 10 ** 100)",
    "pow": "pow(10, pow(10, pow(10, 10)))",
    "gcd": "math.gcd(10 ** 4_000, 10 ** 3_999)",
    "isqrt": "math.isqrt(10 ** 10_000)",
    "int of digits": "int('9' * 10 ** 7)",
    "str of an int": "float(str(10 ** 10 ** 7))",
    "modulo": "10 ** 10 ** 9 % 7",
    "floor division": "10 ** 10 ** 9 // 7",
    "complex power": "(-1) ** (step + 0.5)",
    "negative zero power": "0.0 ** -step",
    "nan": "float('nan') * step",
    "infinite": "float('inf') - float('inf') * step",
    "overflow": "math.exp(10 ** 300 * (step + 1))",
    "division by zero": "1 / (step - step)",
    "recursion by name": "factor(step)",
    "chain of additions": "step" + " + 1" * 2_000,
    "chain of multiplications": "step" + " * 2" * 2_000,
    "chain of powers": "step" + " ** 2" * 140,
    "chain of comparisons": "1 if " + "0 < " * 2_000 + "1 else 0",
    "chain of and": "1 if " + "step and " * 5_000 + "1 else 0",
    "chain of conditions": "1 if step else " * 140 + "0",
    "nested calls": "min(" * 140 + "step" + ", 1)" * 140,
    "nested lists": "[" * 140 + "1" + "]" * 140,
    "many arguments": "max(" + "step, " * 20_000 + "1)",
    "wide list": "[" + "1, " * 100_000 + "1][step]",
    "wide dict": "{" + "".join(f"{i}: {i}, " for i in range(20_000)) + "}[step]",
    "subscripts": "[[1]]" + "[0]" * 140,
    "negations": "-" * 140 + "step",
    "lambdas": "(" + "lambda: " * 100 + "1)" + "()" * 100,
    "set arithmetic": "len({1, 2} | {3})",
    "sorted": "sorted([3, 2, 1] * 10 ** 9)[0]",
    "zip": "sum(a * b for a, b in zip(range(10 ** 9), range(10 ** 9)))",
    "math.prod": "math.prod(range(1, 10 ** 7))",
    "bool arithmetic": "True << 10 ** 10",
    "matmul": "step @ step",
    "ellipsis": "...",
    "none": "None",
    "a class": "int",
}

_DOUBLED: Final = tuple(f"a{n + 1} = a{n} * a{n}" for n in range(60))
_SUMMED: Final = tuple(f"a{n + 1} = a{n} + a{n}" for n in range(500))
_FUNCTIONS: Final = {
    "squares of squares": _function("a0 = step + 1", *_DOUBLED, "return a60"),
    "sums of sums": _function("a0 = step + 1", *_SUMMED, "return a500"),
    "sums of ones": _function("a0 = 1", *_SUMMED[:110], "return a110 / 5"),
    "pairs of pairs": _function("a = (step, step)", *["a = (a, a)"] * 60, "return a[0]"),
    "while true": _function("while True:", "    step += 1", "return step"),
    "long loop": _function("total = 0", "for i in range(10 ** 12):", "    total += i", "return total"),
    "nested loops": _function(
        "total = 0",
        *(f"{'    ' * depth}for i{depth} in range(64):" for depth in range(10)),
        "    " * 10 + "total += 1",
        "return total",
    ),
    "many paths": _function(*(f"if step > {n}: step = step * 2" for n in range(40)), "return step"),
    "nested branches": _function(
        *(f"{'    ' * depth}if step > {depth}:" for depth in range(40)), "    " * 40 + "return 1", "return 0"
    ),
    "many returns": _function(*(f"if step == {n}: return {n}" for n in range(3_000)), "return 1"),
    "recursion": _function("return factor(step - 1) + factor(step - 2)"),
    "try that swallows": _function("try:", "    return 1 / 0", "except BaseException:", "    return step"),
    "finally": _function("try:", "    return 1", "finally:", "    open('canary', 'w')"),
    "raise": _function("raise SystemExit(step)"),
    "assert": _function("assert open('canary', 'w')", "return 1"),
    "global": _function("global math", "math = step", "return math"),
    "del": _function("del step", "return 1"),
    "with": _function("with open('canary', 'w') as step:", "    return 1"),
    "import inside": _function("import os", "os.system('touch canary')", "return 1"),
    "star import inside": _function("exec('from os import *')", "return system('touch canary')"),
    "decorator": _program(
        "@__import__('os').system('touch canary')\ndef factor(step): return 1\n"
        "scheduler = LambdaLR(optimizer, factor)\n"
    ),
    "default that runs": _program(
        "def factor(step, x=open('canary', 'w')): return 1\nscheduler = LambdaLR(optimizer, factor)\n"
    ),
    "annotation that runs": _program(
        "def factor(step: open('canary', 'w')) -> exit(): return 1\nscheduler = LambdaLR(optimizer, factor)\n"
    ),
    "metaclass": _program(
        "class Meta(type):\n    def __call__(cls, *a): open('canary', 'w')\n"
        "class Factor(metaclass=Meta):\n    def __call__(self, step): return 1\n"
        "scheduler = LambdaLR(optimizer, Factor())\n"
    ),
    "getattr of an object": _program(
        "class Factor:\n    def __getattr__(self, name): return open('canary', 'w')\n"
        "    def __call__(self, step): return self.rate\nscheduler = LambdaLR(optimizer, Factor())\n"
    ),
    "class of itself": _program(
        "class Factor:\n    def __call__(self, step): return self.__class__.__class__(step)\n"
        "scheduler = LambdaLR(optimizer, Factor())\n"
    ),
    "property that runs": _program(
        "class Factor:\n    @property\n    def rate(self): return open('canary', 'w')\n"
        "    def __call__(self, step): return self.rate\nscheduler = LambdaLR(optimizer, Factor())\n"
    ),
    "operators of its own": _program(
        "class N:\n    def __add__(self, o): open('canary', 'w')\n    __radd__ = __mul__ = __add__\n"
        "scheduler = LambdaLR(optimizer, lambda step: step + N())\n"
    ),
    "shadowed min": _factor("min(1, step / 5)", "min = __import__('os').system"),
    "shadowed print": _factor("abs(step)", "def abs(x): return open('canary', 'w')"),
    "shadowed range": _factor("sum(range(3))", "class range(list): pass"),
    "shadowed math": _factor("math.cos(step)", "math = __import__('os')"),
    "shadowed torch": _factor("step / 5", "torch = __import__('os')"),
    "shadowed LambdaLR": _factor("step / 5", "LambdaLR = lambda *a: open('canary', 'w')"),
    "builtin through NFKC": _factor("ｍｉｎ(1, ｓtep / 5)"),
    "homoglyphs": _factor("mіn(1, step / 5)"),
    "bidirectional override": _factor("step / 5", "# \u202e'w' ,'yranac' nepo\u202c"),
    "lists of lambdas": _program(f"scheduler = LambdaLR(optimizer, [{'lambda step: step, ' * 2_000}])\n"),
    "names of names": _factor("a0", "\n".join(f"a{n} = a{n + 1}" for n in range(2_000)) + "\na2000 = 1"),
    "names in a circle": _factor("a / 5", "a = b\nb = c\nc = a"),
    "functions of functions": _factor(
        "f0(step)", "\n".join(f"def f{n}(x): return f{n + 1}(x) + f{n + 1}(x)" for n in range(100))
    ),
    "schedules of schedules": _program(
        "scheduler = LambdaLR(optimizer, lambda step: 1)\n"
        + "scheduler = torch.optim.lr_scheduler.ChainedScheduler([scheduler, scheduler])\n" * 60
    ),
    "many schedules": _program("scheduler = LambdaLR(optimizer, lambda step: step / 5)\n" * 15),
    "classes that inherit": _program(
        "class F0:\n    def __call__(self, step): return 1\n"
        + "".join(f"class F{n + 1}(F{n}): pass\n" for n in range(300))
        + "scheduler = LambdaLR(optimizer, F300())\n"
    ),
    "class that inherits itself": _program("class F(F): pass\nscheduler = LambdaLR(optimizer, F())\n"),
    "huge loop bounds": _program("scheduler = LambdaLR(optimizer, lambda step: step / 5)\n").replace(
        b"range(50)", b"range(10 ** 18)"
    ),
    "loops in loops": _program("scheduler = LambdaLR(optimizer, lambda step: step / 5)\n").replace(
        b"for step in range(50):",
        b"".join(b" " * n + b"for step%d in range(1000):\n" % n for n in range(20)) + b" " * 20 + b"if True:",
    ).replace(b"\n    optimizer", b"\n" + b" " * 30 + b"optimizer").replace(
        b"\n    scheduler", b"\n" + b" " * 30 + b"scheduler"
    ),
}  # fmt: skip

# --- bombs for parsers -----------------------------------------------------------------------------

_NOT_PYTHON: Final = "is not Python"
_TOO_DEEP: Final = "is nested too deeply"


def _bomb(text: str) -> bytes:
    """A source that the gate lets pass, with a schedule beside the bomb where the bomb is Python."""
    return (HEAD + "scheduler = LambdaLR(optimizer, lambda step: step / 5)\n" + text + TAIL).encode()


_BOMBS: Final = {
    "long literal": _attack(_bomb("x = " + "9" * 10_000), CLEAN, _NOT_PYTHON),
    "f-strings with quotes in quotes": _attack(
        _bomb("x = f'{f\"{f'''{step}'''}\"}'"), CLEAN, _NOT_PYTHON
    ),
    "parentheses": _attack(_bomb("x = " + "(" * 5_000), _NOT_PYTHON),
    "closed parentheses": _attack(_bomb("x = " + "(" * 5_000 + "1" + ")" * 5_000), _NOT_PYTHON),
    "brackets": _attack(_bomb("x = " + "[" * 5_000), _NOT_PYTHON),
    "braces": _attack(_bomb("x = " + "{" * 5_000), _NOT_PYTHON),
    "minus": _attack(_bomb("x = " + "-" * 20_000 + "1"), _TOO_DEEP),
    "not": _attack(_bomb("x = " + "not " * 20_000 + "1"), _TOO_DEEP),
    "tilde": _attack(_bomb("x = " + "~" * 20_000 + "1"), _TOO_DEEP),
    "lambda": _attack(_bomb("x = " + "lambda: " * 5_000 + "1"), _TOO_DEEP),
    "and": _attack(_bomb("x = " + "a and " * 20_000 + "b")),
    "or": _attack(_bomb("x = " + "a or " * 20_000 + "b")),
    "plus": _attack(_bomb("x = " + "a + " * 3_000 + "b"), CLEAN, _TOO_DEEP),
    "power": _attack(_bomb("x = " + "a ** " * 20_000 + "b"), _TOO_DEEP),
    "ternary": _attack(_bomb("x = " + "a if b else " * 20_000 + "c"), _TOO_DEEP),
    "comparison": _attack(_bomb("x = " + "a < " * 20_000 + "b")),
    "attributes": _attack(_bomb("x = a" + ".b" * 3_000), CLEAN, _TOO_DEEP),
    "calls": _attack(_bomb("x = a" + "()" * 3_000), CLEAN, _TOO_DEEP),
    "subscripts": _attack(_bomb("x = a" + "[0]" * 5_000), CLEAN, _TOO_DEEP),
    "elif": _attack(_bomb("if a: pass\n" + "elif a: pass\n" * 20_000), CLEAN, _TOO_DEEP),
    "else if": _attack(_bomb("".join(" " * n + "if a:\n" for n in range(95)) + " " * 95 + "pass")),
    "assignments": _attack(_bomb("x = " * 20_000 + "1")),
    "walrus": _attack(_bomb("x = " + "(a := " * 150 + "1" + ")" * 150)),
    "strings side by side": _attack(_bomb("x = " + "'a' " * 100_000)),
    "f-string": _attack(_bomb("x = f'" + "{" * 5_000), _NOT_PYTHON),
    "f-strings in f-strings": _attack(_bomb("x = " + "f'{" * 200), _NOT_PYTHON),
    "dotted import": _attack(_bomb("import " + "a." * 50_000 + "b"), "parts"),
    "relative import": _attack(_bomb("from " + "." * 20_000 + " import b"), "parts"),
    "dotted import over lines": _attack(_bomb("import a.\\\n" + "a.\\\n" * 30_000 + "b"), "parts"),
    "statements in a line": _attack(_bomb("a; " * 120_000), "too large"),
    "wide tuple": _attack(_bomb("x = " + "1, " * 420_000), "too large"),
    "wide call": _attack(_bomb("f(" + "a, " * 30_000 + ")")),
    "wider call": _attack(_bomb("f(" + "a, " * 120_000 + ")"), "too large"),
    "decorators": _attack(_bomb("@a\n" * 20_000 + "def f(): pass")),
    "handlers": _attack(_bomb("try:\n    a\n" + "except b:\n    c\n" * 10_000)),
    "cases": _attack(_bomb("match a:\n" + "    case 1: pass\n" * 10_000)),
    "patterns": _attack(_bomb("match a:\n    case " + "[" * 150 + "]" * 150 + ": pass")),
    "definitions in definitions": _attack(
        _bomb("".join(" " * n + f"def f{n}():\n" for n in range(95)) + " " * 95 + "pass")
    ),
    "definitions beside definitions": _attack(_bomb("def f(): pass\n" * 5_000)),
    "writers beside writers": _attack(
        _bomb("".join(f"def f{n}(g):\n    g['lr'] = 1\n" for n in range(300)))
    ),
    "names beside names": _attack(_bomb("".join(f"a{n} = LambdaLR\n" for n in range(1_500)))),
    "parameters": _attack(_bomb("def f(" + ", ".join(f"a{n}=1" for n in range(20_000)) + "): pass")),
    "escapes": _attack(_bomb("x = '" + "\\N{DIGIT ONE}" * 20_000 + "'")),
    "bad escapes": _attack(_bomb("x = '" + "\\d" * 100_000 + "'")),
    "line continuations": _attack(_bomb("x = 1" + " + \\\n1" * 1_000)),
    "comments": _attack(_bomb("# warmlint: ignore[LR001]\n" * 5_000)),
    "suppressions in a line": _attack(_bomb("x = 1  " + "# warmlint: ignore[LR001] " * 5_000)),
    "suppression without end": _attack(_bomb("x = 1  # warmlint: ignore[" + "LR001, " * 20_000)),
    "tabs and spaces": _attack(_bomb("if a:\n\tb\n        c\n"), _NOT_PYTHON),
    "indents": _attack(_bomb("".join(" " * n + "if a:\n" for n in range(150))), _NOT_PYTHON),
    "form feeds": _attack(_bomb("\f" * 100_000)),
    "async": _attack(_bomb("async def f(): " + "await " * 20_000 + "x"), _NOT_PYTHON),
    "type parameters": _attack(_bomb("x: " + "List[" * 150 + "int" + "]" * 150)),
    "star expressions": _attack(_bomb("f(" + "*a, " * 20_000 + ")")),
    "comprehensions": _attack(_bomb("x = [a " + "for a in b " * 2_000 + "]")),
    "globals": _attack(_bomb("global " + ", ".join(f"g{n}" for n in range(20_000)))),
    "in the schedule: attributes": _attack(_factor("a" + ".b" * 3_000), CLEAN, _TOO_DEEP),
    "in the schedule: minus": _attack(_factor("-" * 20_000 + "step"), _TOO_DEEP),
    "in the schedule: subscripts": _attack(_factor("a" + "[0]" * 5_000), CLEAN, _TOO_DEEP),
    "in the schedule: elif": _attack(
        _function("if step: return 1", *["elif step: return 2"] * 5_000, "return 3"), CLEAN, _TOO_DEEP
    ),
}  # fmt: skip

# --- bytes that are no text, or another than it seems -----------------------------------------------

_PLAIN: Final = _factor("step / warmup_steps")
_BYTES: Final = {
    "not UTF-8": _attack(_PLAIN + b"# \xff\xfe", "is not UTF-8"),
    "overlong UTF-8": _attack(_PLAIN + b"# \xc0\xaf", "is not UTF-8"),
    "surrogates": _attack(_PLAIN + b"# \xed\xa0\x80", "is not UTF-8"),
    "NUL": _attack(_PLAIN + b"\0", "NUL"),
    "UTF-16": _attack(_PLAIN.decode().encode("utf-16"), "is UTF-16", CLEAN),
    "UTF-32": _attack(_PLAIN.decode().encode("utf-32"), "is UTF-32", CLEAN),
    "UTF-7": _attack(b"# coding: utf-7\n" + _PLAIN, "declares the encoding"),
    "punycode": _attack(b"# coding: punycode\n" + _PLAIN + b"-" + b"a" * 200_000, "declares the encoding"),
    "unicode escapes": _attack(b"# coding: unicode_escape\n" + _PLAIN, "declares the encoding"),
    "rot13": _attack(b"# coding: rot13\n" + _PLAIN, "declares the encoding"),
    "zip": _attack(b"# coding: zlib_codec\n" + _PLAIN, "declares the encoding"),
    "idna": _attack(b"# coding: idna\n" + _PLAIN, "declares the encoding"),
    "no such encoding": _attack(b"# coding: ../../canary\n" + _PLAIN, "declares the encoding"),
    "long encoding": _attack(b"# coding: " + b"a" * 3_000 + b"\n" + _PLAIN, "declares the encoding"),
    "mark against cookie": _attack(b"\xef\xbb\xbf# coding: latin-1\n" + _PLAIN, "byte-order mark"),
    "carriage returns": _attack(_PLAIN.replace(b"\n", b"\r")),
    "mixed line ends": _attack(_PLAIN.replace(b"\n", b"\r\n", 5)),
    "line separators": _attack(_PLAIN + "# \u2028open('canary', 'w')\u2029".encode()),
    "escape sequences": _attack(_PLAIN + b"x = '\x1b]0;canary\x07\x1b[2J\x1b[31m'\n"),
    "terminal in the factor": _attack(_factor("step / 5 if '\x1b[2J\x9b31m\u202e' else 1")),
    "byte-order marks inside": _attack(_PLAIN + "x = '\ufeff'\n".encode()),
    "end of file mark": _attack(_PLAIN + b"\x1a", "is not Python"),
    "only a token": _attack(b"LambdaLR"),
    "empty": _attack(b""),
    "one long line": _attack(_PLAIN + b"# " + b"x" * 1_900_000),
    "too large": _attack(_PLAIN + b"# " + b"x" * 2_000_001, "is too large"),
    "no schedule, and no Python": _attack(b"import " + b"a." * 60_000 + b"b\n# lr_scheduler", "parts"),
}


def _notebook(*cells: str, more: str = "") -> bytes:
    """A notebook with these cells, and more keys as JSON has them."""
    made = [{"cell_type": "code", "source": cell, "outputs": []} for cell in cells]
    return f'{{"nbformat": 4, {more}"cells": {json.dumps(made)}}}'.encode()


_LINES: Final = _PLAIN.decode()
_NOTEBOOKS: Final = {
    "plain": _attack(_notebook(_LINES)),
    "no JSON": _attack(b"LambdaLR {", "is not JSON"),
    "arrays in arrays": _attack(b'{"LambdaLR": ' + b"[" * 300_000, "nested too deeply"),
    "objects in objects": _attack(b'{"LambdaLR": ' + b'{"a":' * 300_000, "nested too deeply"),
    "a number of a million digits": _attack(
        _notebook(_LINES, more=f'"metadata": {"1" * 1_000_000}, '), "is not JSON", CLEAN
    ),
    "a key twice": _attack(
        _notebook(_LINES).replace(b'"outputs"', b'"source": "x = (", "outputs"'), "is not Python"
    ),
    "half a pair": _attack(_notebook(_LINES).replace(b"import math", b"# \\ud800"), "half a surrogate pair"),
    "NUL": _attack(_notebook(_LINES + "# \0"), "NUL"),
    "lines that are no text": _attack(_notebook(_LINES).replace(b'"source": "', b'"source": 1, "was": "')),
    "many cells": _attack(_notebook(*["x = 1"] * 60_000, _LINES), "is too large"),
    "many pictures": _attack(_notebook(_LINES, more=f'"metadata": {{"p": "{"iVBORw0K" * 3_000_000}"}}, ')),
    "many brackets behind a magic": _attack(_notebook("!" + "(" * 100_000, _LINES)),
    "blanks before a magic": _attack(_notebook(" " * 1_900_000 + "%x", _LINES), "is not Python", CLEAN),
    "quotes that do not end": _attack(_notebook("x = 1\n" + "'" * 99_999, _LINES), "is not Python"),
    "headings of its own": _attack(_notebook("## IPython: cell 2", "# IPython: pass", _LINES)),
    "a shell that writes": _attack(_notebook("!touch canary\n%run canary.py", "%%!\ntouch canary", _LINES)),
    "too much code": _attack(_notebook(_LINES, "#" * 2_000_001), "is too large"),
}

SOURCES: Final[dict[str, Attack]] = {
    **{f"reaching: {name}": _attack(_factor(text)) for name, text in _REACHING.items()},
    **{f"costly: {name}": _attack(_factor(text)) for name, text in _COSTLY.items()},
    **{f"function: {name}": _attack(source) for name, source in _FUNCTIONS.items()},
    **{f"bomb: {name}": attack for name, attack in _BOMBS.items()},
    **{f"bytes: {name}": attack for name, attack in _BYTES.items()},
    **{f"notebook: {name}": attack for name, attack in _NOTEBOOKS.items()},
}
