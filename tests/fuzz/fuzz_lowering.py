"""Fuzzes the lowering, and the rules behind it, on whole small programs made of parts of the fixtures."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import atheris

with atheris.instrument_imports(include=["warmlint"]):
    import warmlint.facts.sites
    import warmlint.rule
    import warmlint.site
    from tests.fuzz.targets import on_program

    warmlint.rule.all_rules()

from tests.fuzz.run import fixtures, fuzz
from tests.fuzz.splice import Splicer

SYNTAX = """\
class C(*bases, metaclass=M):
    x: int = 1
    @property
    def p(self, /, a, *b, c=1, **d): return super().p
async def f():
    async with a as b, c: await d
    async for x in y: yield [z async for z in x]
    return {**a, 'b': 1}, {*c}, f'{a!r:>{b}}', b'', ..., 1j
match x:
    case {'a': [1, *rest], **others} | C(x=1) if y: pass
    case _: raise ValueError from None
with open(a) as b, c: del d[0], e.f
try: pass
except* (A, B) as error: nonlocal_ = lambda *a, k=1, **b: (yield)
a, (b, *c) = d = e
x[1:2, ::3] += (y := 2) @ 3
global g
assert a <= b < c not in d is not e, 'message'
while True: break
else: pass
for i in range(10 ** 9): continue
if 1: from a import *
"""


def main() -> None:
    texts = fixtures()

    def target(data: bytes) -> None:
        on_program(data.decode("utf-8", "replace"))

    # A third of them, for all would take a minute and more to start with; the parts are those of all.
    fuzz(target, [each.encode() for each in texts[::3]], Splicer(texts, [SYNTAX]))


if __name__ == "__main__":
    main()
