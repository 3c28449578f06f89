"""Arrays of LRs that are computed up front: `numpy.linspace` and its like, as functions of their index.

A table is a node `TABLE`: its length, and its element as an expression of an index symbol. Arithmetic on
tables goes element by element; what takes an element out leaves an ordinary expression.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from warmlint.expr import Node, Op, Symbol, SymbolKind, const, node, plain, ref, substitute

_EMPTY: Final = frozenset({"numpy.array", "numpy.asarray", "numpy.ndarray", "torch.tensor", "list", "tuple"})
_JOINS: Final = frozenset({"numpy.concatenate", "numpy.hstack", "numpy.append", "torch.cat", "torch.concat"})


def table(length: Node, element: Callable[[Node], Node]) -> Node:
    """The array whose element at index i is `element(i)`."""
    index = Symbol("index", SymbolKind.COUNTER, "the index of an array")
    return node(Op.TABLE, length, element(ref(index)), symbol=index)


def is_table(each: Node) -> bool:
    """Whether a node is an array whose length the source need not tell."""
    each = plain(each)
    if each.op is Op.IF:
        return any(map(is_table, each.args[1:])) and all(map(_is_sequence, each.args[1:]))
    return each.op is Op.TABLE


def _is_sequence(each: Node) -> bool:
    return is_table(each) or plain(each).op in {Op.TUPLE, Op.RAISE, Op.UNKNOWN}


def length(each: Node) -> Node:
    """How many elements an array has."""
    each = plain(each)
    if each.op is Op.IF:
        return node(Op.IF, each.args[0], length(each.args[1]), length(each.args[2]))
    if each.op in {Op.RAISE, Op.UNKNOWN}:
        return each
    return const(len(each.args)) if each.op is Op.TUPLE else each.args[0]


def at(each: Node, index: Node) -> Node:
    """The element of an array at `index`, which counts from 0."""
    each = plain(each)
    if each.op is Op.IF:
        return node(Op.IF, each.args[0], at(each.args[1], index), at(each.args[2], index))
    if each.op in {Op.RAISE, Op.UNKNOWN}:
        return each
    if each.op is Op.TUPLE:
        return node(Op.INDEX, each, index)
    assert each.symbol is not None
    return substitute(each.args[1], {each.symbol: index})


def lifted(args: Sequence[Node], build: Callable[[Sequence[Node]], Node]) -> Node:
    """`build` of `args`, element by element where one of them is a table."""
    tables = [arg for arg in args if is_table(arg)]
    if not tables:
        return build(args)
    return table(
        length(tables[0]), lambda index: build([at(arg, index) if is_table(arg) else arg for arg in args])
    )


def joined(parts: Sequence[Node]) -> Node | None:
    """The arrays `parts` one after the other; None where one of them is none."""
    kept = [each for each in parts if plain(each).op is not Op.TUPLE or plain(each).args]
    if not all(map(_is_sequence, kept)):
        return None
    if not kept:
        return node(Op.TUPLE)
    whole = kept[0]
    for part in kept[1:]:
        left, before = whole, length(whole)

        def element(index: Node, left: Node = left, before: Node = before, part: Node = part) -> Node:
            return node(
                Op.IF, node(Op.LT, index, before), at(left, index), at(part, node(Op.SUB, index, before))
            )

        whole = table(node(Op.ADD, before, length(part)), element)
    return whole


def made(name: str, args: Sequence[Node], keywords: Mapping[str, Node]) -> Node | None:
    """The array that a call of numpy or torch makes; None where it makes none that is known here."""
    if name in {"numpy.linspace", "torch.linspace"}:
        named = dict(zip(("start", "stop", "num", "endpoint"), args, strict=False))
        named.update(
            {
                "stop" if key == "end" else "num" if key == "steps" else key: each
                for key, each in keywords.items()
            }
        )
        if "start" not in named or "stop" not in named:
            return None
        return _linspace(named["start"], named["stop"], named.get("num", const(50)), named.get("endpoint"))
    if (
        name in {"numpy.arange", "torch.arange", "range"}
        and 1 <= len(args) <= 3
        and not set(keywords) - {"dtype"}
    ):
        return _arange(args)
    if name in {"numpy.zeros", "numpy.ones", "torch.zeros", "torch.ones"} and args:
        return table(args[0], lambda _: const(1.0 if name.endswith("ones") else 0.0))
    if name in {"numpy.full", "torch.full"} and len(args) == 2:
        return table(args[0], lambda _: args[1])
    if name in _EMPTY and len(args) == 1 and _is_sequence(args[0]):
        return args[0]
    if name in _JOINS and args:
        parts = args if name == "numpy.append" else plain(args[0]).args
        return joined(parts)
    return None


def _linspace(start: Node, stop: Node, count: Node, endpoint: Node | None) -> Node:
    last = endpoint is None or plain(endpoint).value is not False
    gaps = node(Op.SUB, count, const(1)) if last else count
    step = node(Op.DIV, node(Op.SUB, stop, start), node(Op.CALL, gaps, const(1), value="max"))
    return table(count, lambda index: node(Op.ADD, node(Op.MUL, index, step), start))


def _arange(args: Sequence[Node]) -> Node:
    start = args[0] if len(args) > 1 else const(0)
    stop = args[1] if len(args) > 1 else args[0]
    span = stop if len(args) == 1 else node(Op.SUB, stop, start)
    step = args[2] if len(args) > 2 else const(1)
    if len(args) > 2:
        span = node(Op.NEG, node(Op.FLOORDIV, node(Op.NEG, span), step))
    if len(args) == 1:
        return table(span, lambda index: index)
    return table(span, lambda index: node(Op.ADD, start, node(Op.MUL, index, step)))
