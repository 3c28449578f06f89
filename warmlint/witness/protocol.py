"""What the parent and the torch worker say to each other, and its JSON form.

An expression travels as a tape of operations that point backwards. Each side reads strictly: whatever
stands in a line, reading it gives a value within the bounds or a `ProtocolError`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import NoneType
from typing import Final

from warmlint.expr import Node, Op, Scalar, Symbol, SymbolKind, TooLarge, node, walk
from warmlint.limits import (
    MAX_EVENTS,
    MAX_INTEGER_BITS,
    MAX_LINE,
    MAX_NODES,
    MAX_RATES,
    MAX_REPLAY_WORK,
    MAX_SCHEDULERS,
    MAX_SEQUENCE,
    MAX_TEXT,
)
from warmlint.recipe import ARGUMENTS, COMPOSED, FUNCTIONS, Formula, Recipe
from warmlint.schedule.evaluate import FailureKind

MAX_TICK: Final = MAX_EVENTS
"""The last tick that may be asked for."""

MAX_GROUPS: Final = MAX_SEQUENCE
"""Param groups of one replay, and expressions."""

_STEP_WORK: Final = 30  # what one `scheduler.step()` of torch costs, in operations of the evaluator
_PLAIN_BITS: Final = 63  # a larger integer loses digits in other readers of JSON, so it goes as text
_HEX: Final = re.compile(r"-?0x[0-9a-f]+")


class ProtocolError(Exception):
    """A message that is malformed or passes a bound; the text is a sentence that says how."""


@dataclass(frozen=True, slots=True)
class Replay:
    """One schedule to run.

    It is made by `recipe`, with an optimizer that has a param group for each base LR. Without a recipe it is
    a `LambdaLR`: per param group a factor, and the symbol that is its tick.

    `values` gives a value to every other symbol, `ticks` are the tick numbers whose LRs are wanted,
    ascending. Tick 0 is the constructed scheduler, tick n the one that was stepped n times. `initial_lrs` are
    the base LRs of a run that goes on, where its groups stand at `base_lrs`. `curves` is the LR of each group
    in closed form, for the evaluator alone: it is not sent.
    """

    factors: tuple[Node, ...]
    tick: tuple[Symbol, ...]
    values: Mapping[Symbol, Scalar]
    base_lrs: tuple[float, ...]
    ticks: tuple[int, ...]
    recipe: Recipe | None = None
    initial_lrs: tuple[float, ...] = ()
    curves: tuple[Formula, ...] = ()

    @property
    def made(self) -> Recipe:
        """The recipe, that of its `LambdaLR` where it has none."""
        return self.recipe or Recipe("LambdaLR", functions=tuple(map(Formula, self.tick, self.factors)))

    @property
    def work(self) -> int:
        """How many operations the replay costs, about."""
        parts = tuple(self.made.parts())
        lambdas = [each.expression for part in parts for each in part.functions]
        calls = sum(1 + len(each.args) for one in lambdas for each in walk(one))
        return (self.ticks[-1] + 1) * (calls + _STEP_WORK * len(parts) * len(self.base_lrs))


@dataclass(frozen=True, slots=True)
class Failed:
    """What happened in the place of an LR, at `tick`.

    `exception` names the exception that came out of torch, with its `text`; it is empty where torch let
    a value pass that is no LR (a complex number), and where the evaluator has no value to give to torch.
    `kind` is the same in the evaluator's words, None where it has none.
    """

    kind: FailureKind | None
    exception: str
    text: str
    tick: int


Rate = float | Failed | None
"""The LR that torch set, or its failure; None where the run had already ended."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What torch did: for each wanted tick, the rate of each param group.

    A failure ends the run. It stands at the first wanted tick that the run did not get past.
    """

    ticks: tuple[int, ...]
    rates: tuple[tuple[Rate, ...], ...]

    def at(self, tick: int, group: int = 0) -> Rate:
        """The rate of one param group at a wanted tick."""
        return self.rates[self.ticks.index(tick)][group]


# --- lines ---------------------------------------------------------------------------------------


def to_line(data: object) -> bytes:
    """`data` as one line of JSON. Raises `ProtocolError` where it is longer than `MAX_LINE`."""
    line = json.dumps(data, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"
    if len(line) > MAX_LINE:
        raise ProtocolError(f"a message of {len(line):,} bytes is longer than {MAX_LINE:,}")
    return line


def from_line(line: bytes) -> object:
    """The data in one line of JSON."""
    if len(line) > MAX_LINE:
        raise ProtocolError(f"a message is longer than {MAX_LINE:,} bytes")
    try:
        data: object = json.loads(line.decode("utf-8"), parse_constant=_no_constant)
    except RecursionError:
        raise ProtocolError("a message is nested too deeply") from None
    except ValueError as error:
        raise ProtocolError(f"a message is not JSON: {error}") from None
    return data


def _no_constant(name: str) -> object:
    raise ProtocolError(f"`{name}` is not JSON")


# --- replays -------------------------------------------------------------------------------------


def replay_to_data(replay: Replay) -> dict[str, object]:
    """The JSON form of a replay. Raises `ProtocolError` where it passes a bound."""
    _check(replay)
    recipe = replay.recipe
    own = [each.tick for part in recipe.parts() for each in part.functions] if recipe is not None else []
    table = dict.fromkeys((*replay.tick, *own, *replay.values))
    names = {symbol: index for index, symbol in enumerate(table)}
    roots = (*replay.factors, *(recipe.expressions() if recipe is not None else ()))
    return {
        "graph": to_data(roots, tuple(names)),
        "tick": [names[symbol] for symbol in replay.tick],
        "values": [[names[symbol], scalar_to_data(value)] for symbol, value in replay.values.items()],
        "base_lrs": [scalar_to_data(float(lr)) for lr in replay.base_lrs],
        "ticks": list(replay.ticks),
        "recipe": None if recipe is None else _recipe_to_data(recipe, names),
        "initial_lrs": [scalar_to_data(float(lr)) for lr in replay.initial_lrs],
    }


def replay_from_data(data: object) -> Replay:
    """The replay in `data`."""
    graph, tick, values, base_lrs, ticks, made, initial_lrs = _record(
        data, "graph", "tick", "values", "base_lrs", "ticks", "recipe", "initial_lrs"
    )
    roots, symbols = from_data(graph)
    named: dict[Symbol, Scalar] = {}
    for pair in _list(values, "values", MAX_NODES):
        symbol, value = _row(pair, "a value", 2)
        named[symbols[_index(symbol, "a symbol", len(symbols))]] = scalar_from_data(value)
    own = tuple(symbols[_index(each, "a tick", len(symbols))] for each in _list(tick, "tick", MAX_GROUPS))
    rest = iter(roots[len(own) :])
    recipe = None if made is None else _recipe_from_data(made, rest, symbols, iter(range(MAX_SCHEDULERS)))
    if next(rest, None) is not None:
        raise ProtocolError("an expression is not of the schedule")
    replay = Replay(
        roots[: len(own)],
        own,
        named,
        tuple(_float(each, "a base LR") for each in _list(base_lrs, "base LRs", MAX_GROUPS)),
        tuple(_index(each, "a tick number", MAX_TICK + 1) for each in _list(ticks, "ticks", MAX_RATES)),
        recipe,
        tuple(_float(each, "an initial LR") for each in _list(initial_lrs, "initial LRs", MAX_GROUPS)),
    )
    _check(replay)
    return replay


def _check(replay: Replay) -> None:
    groups = len(replay.base_lrs)
    if not 1 <= groups <= MAX_GROUPS:
        raise ProtocolError(f"a replay has 1 to {MAX_GROUPS} param groups, not {groups}")
    lambdas = 0 if replay.recipe is not None else groups
    if len(replay.tick) != lambdas or len(replay.factors) != lambdas:
        raise ProtocolError("a replay needs a factor, a tick and a base LR for each param group, or a recipe")
    if replay.initial_lrs and len(replay.initial_lrs) != groups:
        raise ProtocolError("a replay that goes on needs an initial LR for each param group")
    if replay.recipe is not None:
        _check_recipe(replay.recipe)
    if any(each.tick in replay.values for part in replay.made.parts() for each in part.functions):
        raise ProtocolError("a replay gives a value to its own tick")
    if not replay.ticks:
        raise ProtocolError("a replay asks for no tick")
    if any(later <= earlier for earlier, later in zip(replay.ticks, replay.ticks[1:], strict=False)):
        raise ProtocolError("the wanted ticks do not ascend")
    if replay.ticks[0] < 0 or replay.ticks[-1] > MAX_TICK:
        raise ProtocolError(f"a wanted tick is not one of 0 to {MAX_TICK:,}")
    if len(replay.ticks) * groups > MAX_RATES:
        raise ProtocolError(f"a replay asks for more than {MAX_RATES:,} LRs")
    if replay.work > MAX_REPLAY_WORK:
        raise ProtocolError(f"a replay would take {replay.work:,} operations, more than {MAX_REPLAY_WORK:,}")


# --- recipes -------------------------------------------------------------------------------------


def _recipe_to_data(recipe: Recipe, names: Mapping[Symbol, int]) -> object:
    """What the expressions of the graph are for: they come in the order of `Recipe.expressions`."""
    return [
        recipe.kind,
        list(recipe.arguments),
        [names[each.tick] for each in recipe.functions],
        [_recipe_to_data(each, names) for each in recipe.members],
    ]


def _recipe_from_data(
    data: object, roots: Iterator[Node], symbols: Sequence[Symbol], left: Iterator[int]
) -> Recipe:
    if next(left, None) is None:
        raise ProtocolError(f"a schedule is made of more than {MAX_SCHEDULERS} schedulers")
    kind, names, ticks, members = _row(data, "a recipe", 4)
    arguments: dict[str, Node] = {}
    for name in _list(names, "arguments", MAX_SEQUENCE):
        arguments[_text(name, "the name of an argument")] = _next(roots)
    functions = tuple(
        Formula(symbols[_index(each, "a tick", len(symbols))], _next(roots))
        for each in _list(ticks, "functions", MAX_GROUPS)
    )
    made = tuple(
        _recipe_from_data(each, roots, symbols, left) for each in _list(members, "schedulers", MAX_SCHEDULERS)
    )
    return Recipe(_text(kind, "the kind of a scheduler"), arguments, functions, made)


def _next(roots: Iterator[Node]) -> Node:
    root = next(roots, None)
    if root is None:
        raise ProtocolError("a recipe has more arguments than the graph has roots")
    return root


def _check_recipe(recipe: Recipe) -> None:
    parts = list(islice(recipe.parts(), MAX_SCHEDULERS + 1))
    if len(parts) > MAX_SCHEDULERS:
        raise ProtocolError(f"a schedule is made of more than {MAX_SCHEDULERS} schedulers")
    for part in parts:
        if part.kind not in ARGUMENTS:
            raise ProtocolError("a schedule is made of a scheduler that is not known")
        if not ARGUMENTS[part.kind].issuperset(part.arguments):
            raise ProtocolError(f"`{part.kind}` is given an argument that it does not have")
        if part.functions and part.kind not in FUNCTIONS:
            raise ProtocolError(f"`{part.kind}` is given a function")
        if part.members and part.kind not in COMPOSED:
            raise ProtocolError(f"`{part.kind}` is made of others")


# --- answers -------------------------------------------------------------------------------------


def answer_to_data(answer: Answer) -> list[object]:
    """The JSON form of an answer."""
    return [[_rate_to_data(rate) for rate in rates] for rates in answer.rates]


def answer_from_data(data: object, replay: Replay) -> Answer:
    """The answer to `replay` in `data`."""
    rows = _row(data, "an answer", len(replay.ticks))
    groups = len(replay.base_lrs)
    rates = (tuple(map(_rate_from_data, _row(row, "the rates of a tick", groups))) for row in rows)
    return Answer(replay.ticks, tuple(rates))


def _rate_to_data(rate: Rate) -> object:
    if isinstance(rate, Failed):
        return [rate.kind and rate.kind.name, rate.exception, rate.text, rate.tick]
    return scalar_to_data(rate)


def _rate_from_data(data: object) -> Rate:
    if data is None:
        return None
    if not isinstance(data, list):
        return _float(data, "an LR")
    kind, exception, text, tick = _row(data, "a failure", 4)
    if kind is not None and _text(kind, "a kind") not in FailureKind.__members__:
        raise ProtocolError("a failure is of no known kind")
    return Failed(
        None if kind is None else FailureKind[_text(kind, "a kind")],
        _text(exception, "an exception"),
        _text(text, "the text of an exception"),
        _index(tick, "the tick of a failure", MAX_TICK + 1),
    )


# --- expressions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the node of an operation holds: how many arguments, which value, a symbol or none."""

    least: int
    most: int
    value: type | None = NoneType  # None: any scalar
    symbol: bool = False


_SHAPES: Final[dict[Op, _Shape]] = {
    **dict.fromkeys(Op, _Shape(2, 2)),  # whatever is not named below is binary
    Op.CONST: _Shape(0, 0, None),
    Op.SYMBOL: _Shape(0, 0, symbol=True),
    Op.NAMED: _Shape(1, 1, str),
    Op.TUPLE: _Shape(0, MAX_SEQUENCE),
    Op.NEG: _Shape(1, 1),
    Op.POS: _Shape(1, 1),
    Op.NOT: _Shape(1, 1),
    Op.AND: _Shape(1, MAX_SEQUENCE),
    Op.OR: _Shape(1, MAX_SEQUENCE),
    Op.IF: _Shape(3, 3),
    Op.CALL: _Shape(0, MAX_SEQUENCE, str),
    Op.RAISE: _Shape(0, 0, str),
    Op.UNKNOWN: _Shape(0, 0, str),
}


def to_data(roots: Sequence[Node], symbols: Sequence[Symbol] = ()) -> dict[str, object]:
    """The JSON form of the graph that `roots` reach; its table of symbols opens with `symbols`.

    Each node stands once, after its arguments. Spans, and the origins and defaults of symbols, stay at home:
    no value depends on them.
    """
    names = {symbol: index for index, symbol in enumerate(dict.fromkeys(symbols))}
    places: dict[int, int] = {}
    tape: list[object] = []

    def place(each: Node) -> int:
        if id(each) not in places:
            args = [place(arg) for arg in each.args]
            _check_shape(each.op, len(args), each.value, each.symbol is not None)
            symbol = None if each.symbol is None else names.setdefault(each.symbol, len(names))
            tape.append([each.op.value, args, scalar_to_data(each.value), symbol])
            if len(tape) > _most_nodes(len(roots)):
                raise ProtocolError(f"a factor has more than {MAX_NODES:,} nodes")
            places[id(each)] = len(tape) - 1
        return places[id(each)]

    try:
        indexes = [place(root) for root in roots]
    except RecursionError:  # built around `node`, and so around its bound
        raise ProtocolError("an expression is nested too deeply") from None
    table = [[symbol.kind.value, _text(symbol.name, "the name of a symbol")] for symbol in names]
    return {"symbols": table, "tape": tape, "roots": indexes}


def from_data(data: object) -> tuple[tuple[Node, ...], tuple[Symbol, ...]]:
    """The roots of the graph in `data`, and its table of symbols."""
    table, tape, roots = _record(data, "symbols", "tape", "roots")
    indexes = _list(roots, "roots", MAX_GROUPS)
    most = _most_nodes(len(indexes))
    symbols = tuple(_symbol(entry) for entry in _list(table, "symbols", 2 * most))
    nodes: list[Node] = []
    for entry in _list(tape, "nodes", most):
        nodes.append(_node(entry, nodes, symbols))
    return tuple(nodes[_index(index, "a root", len(nodes))] for index in indexes), symbols


def _most_nodes(roots: int) -> int:
    return MAX_NODES * max(roots, 1)


def _symbol(entry: object) -> Symbol:
    kind, name = _row(entry, "a symbol", 2)
    try:
        return Symbol(_text(name, "the name of a symbol"), SymbolKind(kind))
    except ValueError:
        raise ProtocolError("a symbol is of no known kind") from None


def _node(entry: object, nodes: Sequence[Node], symbols: Sequence[Symbol]) -> Node:
    name, arguments, data, reference = _row(entry, "a node", 4)
    try:
        op = Op(name)
    except ValueError:
        raise ProtocolError("a node has no known operation") from None
    value = scalar_from_data(data)
    symbol = None if reference is None else symbols[_index(reference, "a symbol", len(symbols))]
    indexes = _list(arguments, "arguments", MAX_SEQUENCE)
    args = [nodes[_index(index, "an argument", len(nodes))] for index in indexes]
    _check_shape(op, len(args), value, symbol is not None)
    try:
        return node(op, *args, value=value, symbol=symbol)
    except TooLarge as error:
        raise ProtocolError(str(error)) from None


def _check_shape(op: Op, count: int, value: Scalar, symbol: bool) -> None:
    shape = _SHAPES[op]
    if not shape.least <= count <= shape.most:
        raise ProtocolError(f"`{op.value}` cannot have {count} arguments")
    if shape.value is not None and not isinstance(value, shape.value):
        raise ProtocolError(f"`{op.value}` cannot hold a value of type {type(value).__name__}")
    if shape.symbol is not symbol:
        raise ProtocolError(f"`{op.value}` {'needs a' if shape.symbol else 'cannot have a'} symbol")


# --- scalars -------------------------------------------------------------------------------------


def scalar_to_data(value: Scalar) -> object:
    """The JSON form of a scalar: itself, or a tagged text where JSON has none."""
    if value is None or type(value) is bool:
        return value
    if type(value) is str:
        return _text(value, "a string")
    if type(value) is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if type(value) is int:
        if value.bit_length() > MAX_INTEGER_BITS:
            raise ProtocolError(f"an integer has more than {MAX_INTEGER_BITS} bits")
        return value if value.bit_length() <= _PLAIN_BITS else {"int": hex(value)}
    raise ProtocolError(f"a value of type {type(value).__name__} is no scalar")


def scalar_from_data(data: object) -> Scalar:
    """The scalar in `data`; each has one form, and no other is read."""
    match data:
        case None | bool():
            return data
        case str():
            return _text(data, "a string")
        case int() if data.bit_length() <= _PLAIN_BITS:
            return data
        case float() if math.isfinite(data):
            return data
        case {"float": ("nan" | "inf" | "-inf") as name, **rest} if not rest:
            return float(name)
        case {"int": str() as digits, **rest} if not rest and len(digits) <= MAX_INTEGER_BITS:
            value = int(digits, 16) if _HEX.fullmatch(digits) else 0
            if hex(value) == digits and _PLAIN_BITS < value.bit_length() <= MAX_INTEGER_BITS:
                return value
    raise ProtocolError("a value is no scalar, or too large for one")


# --- the parts of a message ------------------------------------------------------------------------


def _record(data: object, *keys: str) -> list[object]:
    if not isinstance(data, dict) or data.keys() != set(keys):
        raise ProtocolError(f"a message lacks one of {', '.join(keys)}, or has more than these")
    return [data[key] for key in keys]


def _list(data: object, what: str, most: int) -> list[object]:
    if not isinstance(data, list):
        raise ProtocolError(f"{what}: a list is needed")
    if len(data) > most:
        raise ProtocolError(f"{what}: more than {most:,}")
    return data


def _row(data: object, what: str, length: int) -> list[object]:
    if not isinstance(data, list) or len(data) != length:
        raise ProtocolError(f"{what} is not a list of {length}")
    return data


def _index(data: object, what: str, below: int) -> int:
    if type(data) is not int or not 0 <= data < below:
        raise ProtocolError(f"{what} is not a whole number from 0 up to {below - 1:,}")
    return data


def _float(data: object, what: str) -> float:
    value = scalar_from_data(data)
    if type(value) is not float:
        raise ProtocolError(f"{what} is not a float")
    return value


def _text(data: object, what: str) -> str:
    if type(data) is not str or len(data) > MAX_TEXT:
        raise ProtocolError(f"{what} is not a text of at most {MAX_TEXT:,} characters")
    return data
