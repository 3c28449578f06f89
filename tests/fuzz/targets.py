"""What the fuzzers do with an input, and what must hold; without atheris, so that crashes can be replayed."""

from __future__ import annotations

import ast
import math
import time
import warnings

from warmlint.discovery import UnreadableError
from warmlint.discovery.decode import decode, text_of
from warmlint.discovery.magics import mark_for, shown
from warmlint.discovery.notebook import cells_of, write_notebook
from warmlint.expr import Node, Op, Symbol, SymbolKind, TooLarge, const, node, ref, substitute, unknown
from warmlint.facts.screen import screen, survey
from warmlint.functions import Value
from warmlint.judge import judge
from warmlint.rule import all_rules
from warmlint.schedule.evaluate import Outcome, outcome
from warmlint.source import Source

MAX_LITTLE = 5.0
"""Seconds of computing that an input of the fuzzers' size may take at most."""


class TooSlow(AssertionError):
    """An input took longer than it may."""


def on_screen(data: bytes) -> None:
    """Bytes end in a screen or in `UnreadableError`; what Python reads alike is read alike."""
    try:
        source = decode("fuzzed.py", data)
        found = screen(source)
        survey(source)
    except UnreadableError:
        return
    rows = len(source.lines)
    for each in found.statements:
        assert 1 <= each.first <= each.last <= rows, (each.first, each.last, rows)
        assert each.parsable in (True, False)
    text = text_of(data)
    if source.text != text:  # a script of cells, with lines that Python does not read
        assert shown(source.text, mark_for(text)) == text
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = ast.parse(data)
        assert ast.dump(theirs) == ast.dump(ast.parse(source.text)), "decoded otherwise than by Python"


def on_notebook(data: bytes) -> None:
    """Bytes end in the code of cells, which goes back to the same bytes, or in `UnreadableError`; a line that
    is put before each cell comes back, and nothing else changes."""
    try:
        source = decode("fuzzed.ipynb", data)
    except UnreadableError:
        return
    assert write_notebook(source.text, data) == data
    assert [each.number for each in cells_of(data)] == [each.number for each in source.cells]
    lines = source.text.split("\n")
    for cell in reversed(source.cells):
        lines.insert(cell.row - 1, "added = 1")
    changed = "\n".join(lines)
    assert decode("fuzzed.ipynb", write_notebook(changed, data)).text.count("added = 1\n") >= len(
        source.cells
    )


def on_program(text: str) -> None:
    """A program is judged by all rules, without an internal error and in little time."""
    started = time.process_time()
    judged = judge(Source("fuzzed.py", text), all_rules)
    internal = [each.message for each in judged.problems if each.internal]
    assert not internal, internal
    if time.process_time() - started > MAX_LITTLE:
        raise TooSlow(f"{time.process_time() - started:.1f} s")


# --- the interpreter --------------------------------------------------------------------------------
SYMBOLS = {name: Symbol(name, SymbolKind.PARAMETER) for name in ("t", "w", "n", "p")}
ENVIRONMENTS: tuple[dict[Symbol, Value], ...] = tuple(
    dict(zip(SYMBOLS.values(), values, strict=True))
    for values in (
        (0, 5, 100, 0.5),
        (7, 0, -1, math.nan),
        (2**63 - 1, 2**128 - 1, -(2**127), 1e308),
        (True, None, "x", (1, 2.0, (3,))),
        (-math.inf, 5e-324, "1" * 64, ()),
    )
)
OPERATORS: dict[type[ast.AST], Op] = {
    ast.Add: Op.ADD, ast.Sub: Op.SUB, ast.Mult: Op.MUL, ast.Div: Op.DIV, ast.FloorDiv: Op.FLOORDIV,
    ast.Mod: Op.MOD, ast.Pow: Op.POW, ast.USub: Op.NEG, ast.UAdd: Op.POS, ast.Not: Op.NOT, ast.Lt: Op.LT,
    ast.LtE: Op.LE, ast.Gt: Op.GT, ast.GtE: Op.GE, ast.Eq: Op.EQ, ast.NotEq: Op.NE, ast.Is: Op.IS,
    ast.In: Op.IN, ast.And: Op.AND, ast.Or: Op.OR,
}  # fmt: skip


def on_expression(text: str) -> None:
    """Every expression form has a value or a failure, the same each time, bounded in time and in size."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    made: dict[str, Node] = {}
    for statement in tree.body[:20]:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.Expr(value=value):
                name = "_"
            case _:
                continue
        try:
            made[name] = _form(value, made)
        except (TooLarge, RecursionError):
            continue
        _evaluated(made[name])


def _evaluated(form: Node) -> None:
    for environment in ENVIRONMENTS:
        started = time.process_time()
        first, second = outcome(form, environment), outcome(form, environment)
        if time.process_time() - started > 1:
            raise TooSlow(f"{time.process_time() - started:.1f} s")
        assert _said(first) == _said(second)
        _ = first.number
    given = {
        symbol: const(value) for symbol, value in ENVIRONMENTS[0].items() if not isinstance(value, tuple)
    }
    try:
        put_in = substitute(form, given)
    except TooLarge:
        return
    assert _said(outcome(put_in, {})) == _said(outcome(form, ENVIRONMENTS[0]))


def _said(result: Outcome) -> str:
    """What an outcome says; `repr` tells NaN and the sign of zero, and tuples are asked for their length."""
    if result.failure is not None:
        return f"{result.failure.kind}"
    if isinstance(result.value, tuple):
        return f"{len(result.value)} elements"
    return repr(result.value)


def _form(tree: ast.expr, made: dict[str, Node]) -> Node:
    def form(each: ast.expr) -> Node:
        return _form(each, made)

    match tree:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return const(value)
        case ast.Name(id=name):
            if name in made:
                return made[name]
            return ref(SYMBOLS[name]) if name in SYMBOLS else unknown(name)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return node(OPERATORS[type(op)], form(left), form(right))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATORS:
            return node(OPERATORS[type(op)], form(operand))
        case ast.BoolOp(op=op, values=values):
            return node(OPERATORS[type(op)], *map(form, values))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in OPERATORS:
            return node(OPERATORS[type(op)], form(left), form(right))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return node(Op.IF, form(test), form(body), form(orelse))
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return node(Op.TUPLE, *map(form, parts))
        case ast.Subscript(value=value, slice=place):
            return node(Op.INDEX, form(value), form(place))
        case ast.Call(func=func, args=args):
            name = ast.unparse(func)
            if name == "raised":
                return node(Op.RAISE, value="ValueError")
            return node(Op.CALL, *map(form, args), value=name)
    return unknown(type(tree).__name__)
