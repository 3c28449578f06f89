"""Fuzzes the interpreter on random expression forms, with every function that it knows."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import atheris

with atheris.instrument_imports(include=["warmlint"]):
    from tests.fuzz.targets import on_expression

from tests.fuzz.run import fixtures, fuzz
from tests.fuzz.splice import Splicer
from warmlint.functions import FUNCTIONS

SHARED = """\
x = (t, w)
y = (x, x)
z = (y, y, x)
z[0][1][0] + min(x) if t < w else raised()
t in z or x is y
"""


def main() -> None:
    calls = [f"{name}({args})" for name in FUNCTIONS for args in ("t", "t, w", "t, w, n", "[t, w, n, p]")]
    calls += [f"{name}([1, 2, 3], 2)" for name in FUNCTIONS]
    lambdas = {
        ast.unparse(each.body)
        for text in fixtures()
        for each in ast.walk(ast.parse(text))
        if isinstance(each, ast.Lambda)
    }
    seeds = [SHARED, *calls, *sorted(lambdas)]

    def target(data: bytes) -> None:
        on_expression(data.decode("utf-8", "replace"))

    fuzz(target, [each.encode() for each in seeds], Splicer(seeds))


if __name__ == "__main__":
    main()
