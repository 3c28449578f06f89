"""Mutates programs as programs: parts of one take the place of parts of another, so that what comes out is
Python nearly always, and made of the words that the engine knows."""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Iterable

NUMBERS = (
    *(0, 1, -1, 2, 3, 10, 63, 64, 65, 100, 255, 256, 257, 1000, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64),
    *(2**127, 2**128, -(2**128), 10**30, 0.0, -0.0, 0.1, 0.5, 1.0, 1e-9, 1e16, 1e308, 5e-324, 1e999, -1e999),
    *(True, False, None, "", "a", "inf", "nan", "1e400", "x" * 70, "\ud800", "cos"),
)
"""Values at which arithmetic, or a bound of ours, turns."""

MAX_TEXT = 20_000
"""Characters of one input."""


class Splicer:
    """Parts of programs by their kind, and what makes new programs of them."""

    def __init__(self, texts: Iterable[str], more: Iterable[str] = ()) -> None:
        self._expressions: list[ast.expr] = []
        self._statements: list[ast.stmt] = []
        for text in (*texts, *more):
            self._keep(text)

    def _keep(self, text: str) -> None:
        for each in ast.walk(ast.parse(text)):
            if isinstance(each, ast.expr) and isinstance(getattr(each, "ctx", ast.Load()), ast.Load):
                self._expressions.append(each)
            elif isinstance(each, ast.stmt):
                self._statements.append(each)

    def mutated(self, text: str, seed: int) -> str:
        """`text` with one to four parts changed; any part of the stock where it is no Python."""
        chance = random.Random(seed)
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return self._unparsed(chance.choice(self._statements)) or "0"
        for _ in range(chance.choice((1, 1, 1, 2, 3, 4))):
            tree = self._changed(tree, chance)
        result = self._unparsed(tree)
        return result if result is not None and len(result) <= MAX_TEXT else text

    def _unparsed(self, tree: ast.AST) -> str | None:
        try:
            text = ast.unparse(tree)
            ast.parse(text)
        except (SyntaxError, ValueError, TypeError, AttributeError, RecursionError, MemoryError):
            return None
        return text

    def _changed(self, tree: ast.Module, chance: random.Random) -> ast.Module:
        """One part replaced, doubled, moved or taken out."""
        if chance.random() < 0.3:
            _change_block(tree, chance, self._statements)
            return tree
        places = [
            (parent, name, place)
            for parent in ast.walk(tree)
            for name, value in ast.iter_fields(parent)
            for place, part in enumerate(value if isinstance(value, list) else [value])
            if isinstance(part, ast.expr) and isinstance(getattr(part, "ctx", ast.Load()), ast.Load)
        ]
        if not places:
            return tree
        parent, name, place = chance.choice(places)
        value = getattr(parent, name)
        new = self._expression(value[place] if isinstance(value, list) else value, chance, places)
        if isinstance(value, list):
            value[place] = new
        else:
            setattr(parent, name, new)
        return tree

    def _expression(
        self, old: ast.expr, chance: random.Random, places: list[tuple[ast.AST, str, int]]
    ) -> ast.expr:
        kind = chance.randrange(8)
        if kind < 2:
            return copy.deepcopy(chance.choice(self._expressions))
        if kind == 2:
            return ast.Constant(chance.choice(NUMBERS))
        if kind == 3:
            other = copy.deepcopy(chance.choice(self._expressions))
            return ast.BinOp(old, chance.choice(ast.operator.__subclasses__())(), other)
        if kind == 4:
            return ast.IfExp(copy.deepcopy(chance.choice(self._expressions)), old, copy.deepcopy(old))
        if kind == 5 and isinstance(old, ast.Call):
            return _called(old, chance, self._expressions)
        parent, name, place = chance.choice(places)
        value = getattr(parent, name)
        if isinstance(value, list):
            value = value[place] if place < len(value) else old
        if kind == 6 and isinstance(value, ast.expr):
            return copy.deepcopy(value)
        sign = chance.choice((ast.Not, ast.USub, ast.UAdd, ast.Invert))
        return ast.UnaryOp(sign(), old)


def _called(call: ast.Call, chance: random.Random, stock: list[ast.expr]) -> ast.Call:
    """Another number of arguments, or starred ones."""
    args = [*call.args, copy.deepcopy(chance.choice(stock))]
    chance.shuffle(args)
    args = args[: chance.randint(0, len(args))]
    if args and chance.random() < 0.1:
        args[-1] = ast.Starred(args[-1], ast.Load())
    return ast.Call(call.func, args, call.keywords[: chance.randint(0, len(call.keywords))])


def _change_block(tree: ast.Module, chance: random.Random, stock: list[ast.stmt]) -> None:
    """A statement more, or one fewer, or two in another order, in one of the blocks."""
    blocks = [
        value
        for each in ast.walk(tree)
        for value in (getattr(each, name, None) for name in ("body", "orelse", "finalbody"))
        if isinstance(value, list)
    ]
    block = chance.choice(blocks)
    kind = chance.randrange(5)
    if kind == 0 and len(block) > 1:
        block.pop(chance.randrange(len(block)))
    elif kind == 1 and len(block) > 1:
        block.append(block.pop(chance.randrange(len(block))))
    elif kind == 2 and block:
        moved = copy.deepcopy(chance.choice(block))
        test = ast.Name("condition", ast.Load())
        wrapped = chance.choice(
            (
                lambda: ast.If(test, [moved], []),
                lambda: ast.While(test, [moved], [moved]),
                lambda: ast.For(ast.Name("i", ast.Store()), test, [moved], [], None),
                lambda: ast.Try([moved], [ast.ExceptHandler(None, None, [moved])], [], [moved]),
                lambda: ast.With([ast.withitem(test, None)], [moved]),
            )
        )()
        block[chance.randrange(len(block))] = ast.fix_missing_locations(wrapped)
    else:
        block.insert(chance.randint(0, len(block)), copy.deepcopy(chance.choice(stock)))
