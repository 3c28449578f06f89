"""Arrays of LRs that are computed up front: `numpy.linspace` and its like, as functions of their index.

A table is a node `TABLE`: its length, and its element as an expression of an index symbol. Arithmetic on
arrays goes element by element; what takes an element out leaves an ordinary expression. A list is no array:
`+` puts lists one after the other, `*` repeats one. A table that is a list says so by its value; a display
(`TUPLE`) that was made an array stands under the name `ARRAY`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from warmlint.expr import Node, Op, Symbol, SymbolKind, alike, const, node, plain, ref, substitute, unknown
from warmlint.limits import MAX_SEQUENCE

_EMPTY: Final = frozenset({"numpy.array", "numpy.asarray", "numpy.ndarray", "torch.tensor", "list", "tuple"})
_LISTS: Final = frozenset({"list", "tuple", "range"})
_JOINS: Final = frozenset({"numpy.concatenate", "numpy.hstack", "numpy.append", "torch.cat", "torch.concat"})
_WHOLE: Final = frozenset(
    {"min", "max", "sum", "any", "all", "sorted", "numpy.sum", "numpy.mean", "numpy.prod", "numpy.interp"}
    | {"bisect.bisect", "bisect.bisect_left", "bisect.bisect_right", "bool", "len"}
)
"""The functions that take an array as one."""

_TRUTHS: Final = frozenset({Op.LT, Op.LE, Op.GT, Op.GE, Op.EQ, Op.NE, Op.IS, Op.IN, Op.NOT})
_LIST: Final = "list"
ARRAY: Final = "an array"


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


def _is_array(each: Node) -> bool:
    """Whether arithmetic on a table or display goes element by element."""
    while each.op is Op.NAMED:
        if each.value == ARRAY:
            return True
        each = each.args[0]
    if each.op is Op.IF:
        return any(map(_is_array, each.args[1:]))
    return each.op is Op.TABLE and each.value != _LIST


def listed(each: Node) -> Node:
    """An array as the list of its elements; all else as it is."""
    inner = plain(each)
    if inner.op is Op.IF and is_table(inner):
        return node(Op.IF, inner.args[0], listed(inner.args[1]), listed(inner.args[2]))
    if inner.op is Op.TABLE:
        return node(Op.TABLE, *inner.args, value=_LIST, symbol=inner.symbol)
    return inner if inner.op is Op.TUPLE else each


def _arrayed(each: Node) -> Node:
    inner = plain(each)
    if inner.op is Op.IF:
        return node(Op.IF, inner.args[0], _arrayed(inner.args[1]), _arrayed(inner.args[2]))
    if inner.op is Op.TABLE:
        return node(Op.TABLE, *inner.args, symbol=inner.symbol)
    return node(Op.NAMED, inner, value=ARRAY) if inner.op is Op.TUPLE else inner


def length(each: Node) -> Node:
    """How many elements an array has."""
    each = plain(each)
    if each.op is Op.IF:
        return node(Op.IF, each.args[0], length(each.args[1]), length(each.args[2]))
    if each.op in {Op.RAISE, Op.UNKNOWN}:
        return each
    return const(len(each.args)) if each.op is Op.TUPLE else each.args[0]


def at(each: Node, index: Node) -> Node:
    """The element of an array at `index`, which counts from 0 and lies in the array."""
    each = plain(each)
    if each.op is Op.IF:
        return node(Op.IF, each.args[0], at(each.args[1], index), at(each.args[2], index))
    if each.op in {Op.RAISE, Op.UNKNOWN}:
        return each
    if each.op is Op.TUPLE:
        return node(Op.INDEX, each, index)
    assert each.symbol is not None
    return substitute(each.args[1], {each.symbol: index})


def item(each: Node, index: Node) -> Node:
    """`each[index]`: what lies beyond the end is an error, and what is below zero counts from the end."""
    if plain(each).op is Op.IF:
        condition, then, other = plain(each).args
        return node(Op.IF, condition, item(then, index), item(other, index))
    if plain(each).op in {Op.RAISE, Op.UNKNOWN}:
        return plain(each)
    if _is_array(each) and (plain(index).op in _TRUTHS or isinstance(plain(index).value, bool)):
        return unknown("an array at a truth: numpy adds a dimension")
    if plain(each).op is Op.TUPLE:
        return node(Op.INDEX, each, index)
    beyond = node(Op.RAISE, value="IndexError")
    count, place = length(each), _whole(index)
    if place is None and isinstance(plain(index).value, float):
        return beyond
    size = _whole(count)
    if place is not None:
        if size is not None:
            return at(each, const(place % size)) if -size <= place < size else beyond
        return at(each, const(place) if place >= 0 else node(Op.SUB, count, const(-place)))
    if not _never_negative(index):
        before = node(Op.LT, index, const(0))
        index = node(Op.IF, before, node(Op.ADD, index, count), index)
        inside = node(Op.AND, node(Op.LE, const(0), index), node(Op.LT, index, count))
        return node(Op.IF, inside, at(each, index), beyond)
    element = at(each, index)
    if _surely_below(index, count):
        return element
    return node(Op.IF, node(Op.LT, index, count), element, beyond)


def rest(each: Node, place: int) -> Node:
    """`each[place:]`, of a place that counts from 0: of a shorter array nothing is left."""
    inner = plain(each)
    if inner.op is Op.IF:
        condition, then, other = inner.args
        return node(Op.IF, condition, rest(then, place), rest(other, place))
    if inner.op is Op.TUPLE:
        kept = node(Op.TUPLE, *inner.args[place:])
        return node(Op.NAMED, kept, value=ARRAY) if _is_array(each) else kept
    if inner.op is not Op.TABLE:
        return inner
    count, size = plain(inner.args[0]), _whole(inner.args[0])
    if count.op is Op.ADD and _whole(count.args[1]) == place:
        left = count.args[0]
    elif size is not None:
        left = const(max(0, size - place))
    else:
        left = node(Op.CALL, const(0), node(Op.SUB, count, const(place)), value="max")
    left_out = table(left, lambda index: at(inner, node(Op.ADD, index, const(place))))
    return node(Op.TABLE, *left_out.args, value=inner.value, symbol=left_out.symbol)


def _whole(each: Node) -> int | None:
    """The whole number that literals come to."""
    each = plain(each)
    if each.op is Op.CONST:
        return each.value if type(each.value) is int else None
    parts = [_whole(arg) for arg in each.args]
    if None in parts or each.op not in {Op.NEG, Op.ADD, Op.SUB, Op.MUL, Op.FLOORDIV}:
        return None
    numbers = [part for part in parts if part is not None]
    if each.op is Op.NEG:
        return -numbers[0]
    one, other = numbers
    if each.op is Op.FLOORDIV:
        return one // other if other else None
    return one + other if each.op is Op.ADD else one - other if each.op is Op.SUB else one * other


def _never_negative(index: Node) -> bool:
    index = plain(index)
    if index.symbol is not None:
        return index.symbol.kind is SymbolKind.TICK or index.symbol.name == "index"
    if (number := _whole(index)) is not None:
        return number >= 0
    if index.op is Op.CALL and index.value in {"min", "max", "int"}:
        # `n - 1`, the last place of an array, is below zero where there is none.
        found = [_never_negative(each) or _is_last(each) for each in index.args]
        return any(found) if index.value == "max" else all(found)
    return index.op in {Op.ADD, Op.MUL, Op.FLOORDIV, Op.MOD} and all(map(_never_negative, index.args))


def _is_last(each: Node) -> bool:
    each = plain(each)
    return each.op is Op.SUB and _whole(each.args[1]) == 1 and plain(each.args[0]).symbol is not None


def _surely_below(index: Node, count: Node) -> bool:
    """Whether an index lies before `count`: for `min(t, n - 1)`, and for `t % n`."""
    index = plain(index)
    size, place = _whole(count), _whole(index)
    if size is not None and place is not None:
        return place < size
    if index.op is Op.CALL and index.value == "min":
        return any(_surely_below(each, count) for each in index.args)
    if index.op is Op.MOD:
        other = _whole(index.args[1])
        return alike(index.args[1], count) or (other is not None and size is not None and 0 < other <= size)
    return index.op is Op.SUB and _whole(index.args[1]) == 1 and _same(index.args[0], count)


def _same(one: Node, other: Node) -> bool:
    """Whether two expressions are surely one number."""
    one, other = plain(one), plain(other)
    if alike(one, other):
        return True
    return (
        one.op is other.op
        and one.value == other.value
        and one.op in {Op.ADD, Op.SUB, Op.MUL, Op.FLOORDIV, Op.NEG}
        and all(_same(*pair) for pair in zip(one.args, other.args, strict=True))
    )


def spread(each: Node) -> Node | None:
    """An array of a known length as a display of its elements; None for all else."""
    each = plain(each)
    if each.op is Op.TUPLE:
        return each
    size = _whole(each.args[0]) if each.op is Op.TABLE else None
    if size is None or size > MAX_SEQUENCE:
        return None
    return node(Op.TUPLE, *(at(each, const(index)) for index in range(size)))


def called(name: str, args: Sequence[Node]) -> Node:
    """A function of numbers, or of arrays element by element, or of arrays as they are."""
    if name in _WHOLE:
        whole = [spread(arg) if is_table(arg) else arg for arg in args]
        if None in whole:
            return unknown("an array whose length is not told")
        return node(Op.CALL, *(each for each in whole if each is not None), value=name)
    return lifted(args, lambda values: node(Op.CALL, *values, value=name))


def arithmetic(op: Op, left: Node, right: Node) -> Node:
    """An operator between numbers, arrays and lists."""
    sides = [left, right]
    sequences = [each for each in sides if is_table(each) or plain(each).op is Op.TUPLE]
    if not sequences:
        return node(op, left, right)
    if any(map(_is_array, sequences)):
        return lifted(sides, lambda args: node(op, *args))
    if len(sequences) == 2 and op is Op.ADD:
        whole = joined(sides)
        return listed(whole) if whole is not None else unknown("lists one after the other")
    if len(sequences) == 1 and op is Op.MUL:
        return _repeated(sequences[0], right if sequences[0] is left else left)
    if len(sequences) == 1 and plain(left if sequences[0] is right else right).op is Op.CONST:
        return node(op, left, right)  # a type error
    return unknown("arithmetic on lists")


def _repeated(each: Node, times: Node) -> Node:
    count, size = _whole(times), _whole(length(each))
    inner = plain(each)
    if inner.op is Op.TUPLE and count is not None and len(inner.args) * count <= MAX_SEQUENCE:
        return node(Op.TUPLE, *(inner.args * count))
    if size is None or (plain(times).op is Op.CONST and count is None):
        return unknown("a list, repeated")
    if not size:
        return node(Op.TUPLE)
    if size == 1:
        whole = table(times, lambda _: inner.args[0] if inner.op is Op.TUPLE else at(inner, const(0)))
    else:
        whole = table(
            node(Op.MUL, const(size), times), lambda index: at(inner, node(Op.MOD, index, const(size)))
        )
    return listed(whole)


def lifted(args: Sequence[Node], build: Callable[[Sequence[Node]], Node]) -> Node:
    """`build` of `args`, element by element where one of them is an array."""
    arrays = [arg for arg in args if is_table(arg) or _is_array(arg)]
    if not arrays:
        return build(args)
    parts = [arg for arg in args if is_table(arg) or plain(arg).op is Op.TUPLE]
    if all(plain(each).op is Op.TUPLE for each in parts):
        sizes = {len(plain(each).args) for each in parts}
        if len(sizes) > 1:
            return unknown("arrays of different lengths")
        rows = [
            build([plain(arg).args[place] if plain(arg).op is Op.TUPLE else arg for arg in args])
            for place in range(sizes.pop())
        ]
        return node(Op.NAMED, node(Op.TUPLE, *rows), value=ARRAY)
    return table(
        length(next(each for each in parts if is_table(each))),
        lambda index: build([at(arg, index) if arg in parts else arg for arg in args]),
    )


def joined(parts: Sequence[Node]) -> Node | None:
    """The arrays `parts` one after the other; None where one of them is none."""
    kept = [each for each in parts if plain(each).op is not Op.TUPLE or plain(each).args]
    if not all(map(_is_sequence, kept)):
        return None
    if not kept:
        return node(Op.TUPLE)
    if all(plain(each).op is Op.TUPLE for each in kept):
        elements = [element for each in kept for element in plain(each).args]
        return node(Op.TUPLE, *elements) if len(elements) <= MAX_SEQUENCE else None
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
        return listed(_arange(args)) if name == "range" else _arange(args)
    if name in {"numpy.zeros", "numpy.ones", "torch.zeros", "torch.ones"} and args:
        return table(args[0], lambda _: const(1.0 if name.endswith("ones") else 0.0))
    if name in {"numpy.full", "torch.full"} and len(args) == 2:
        return table(args[0], lambda _: args[1])
    if name in _EMPTY and len(args) == 1 and _is_sequence(args[0]):
        return listed(args[0]) if name in _LISTS else _arrayed(args[0])
    if name in _JOINS and args:
        parts = args if name == "numpy.append" else plain(args[0]).args
        whole = joined(parts)
        return None if whole is None else _arrayed(whole)
    return None


def _linspace(start: Node, stop: Node, count: Node, endpoint: Node | None) -> Node:
    last = endpoint is None or plain(endpoint).value is not False
    gaps = node(Op.SUB, count, const(1)) if last else count
    step = node(Op.DIV, node(Op.SUB, stop, start), node(Op.CALL, gaps, const(1), value="max"))

    def element(index: Node) -> Node:
        reckoned = node(Op.ADD, node(Op.MUL, index, step), start)
        if not last or _lands(start, stop, count):
            return reckoned
        # The last one is `stop` itself, and not what rounding makes of it.
        ends = node(Op.AND, node(Op.EQ, index, gaps), node(Op.LT, const(0), index))
        return node(Op.IF, ends, node(Op.CALL, stop, value="float"), reckoned)

    return table(count, element)


def _lands(start: Node, stop: Node, count: Node) -> bool:
    """Whether the last step of literals ends on `stop` without help, or the source does not tell."""
    low, high, size = _literal(start), _literal(stop), _whole(count)
    if low is None or high is None or size is None:
        return True
    return size < 2 or (size - 1) * ((high - low) / (size - 1)) + low == high


def _literal(each: Node) -> float | None:
    each = plain(each)
    if each.op is Op.NEG:
        inner = _literal(each.args[0])
        return None if inner is None else -inner
    if each.op is Op.CONST and isinstance(each.value, (int, float)):
        return each.value
    return None


def _arange(args: Sequence[Node]) -> Node:
    literals = [_literal(each) for each in args]
    if None not in literals and any(isinstance(each, float) for each in literals):
        return _float_arange([each for each in literals if each is not None])
    start = args[0] if len(args) > 1 else const(0)
    stop = args[1] if len(args) > 1 else args[0]
    span = stop if len(args) == 1 else node(Op.SUB, stop, start)
    step = args[2] if len(args) > 2 else const(1)
    if len(args) > 2:
        span = node(Op.NEG, node(Op.FLOORDIV, node(Op.NEG, span), step))
    if len(args) == 1:
        return table(span, lambda index: index)
    return table(span, lambda index: node(Op.ADD, start, node(Op.MUL, index, step)))


def _float_arange(args: Sequence[float]) -> Node:
    """The elements of `numpy.arange` for literals, as it fills them in: by the first gap."""
    start, stop, step = (0.0, args[0], 1.0) if len(args) == 1 else (*args[:2], *args[2:], 1.0)[:3]
    if not step:
        return node(Op.RAISE, value="ZeroDivisionError")
    second = start + step
    gap = second - start
    size = max(0, math.ceil((stop - start) / step))
    if size > 1 and start + gap != second:
        return unknown("an array whose rounding is not followed")
    return table(
        const(size), lambda index: node(Op.ADD, node(Op.MUL, index, const(gap)), const(float(start)))
    )
