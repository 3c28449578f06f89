"""The expression form: all that warmlint ever evaluates, in place of the code that it stands for.

`warmlint.facts` lowers source into it, `warmlint.schedule` evaluates it and reasons on it, and
`warmlint.witness` sends it to torch as data. A `Node` is one operation over other nodes; nodes are
shared, so an expression is a graph without cycles, and equality is identity: comparing such graphs by
value takes exponential time. Every node is built by `node`, which keeps the bounds of
`warmlint.limits`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from warmlint.limits import MAX_DEPTH
from warmlint.source import Span

Scalar = int | float | bool | str | None


class TooLarge(Exception):
    """An expression passes a bound of `warmlint.limits`; the message says which."""


class Op(Enum):
    """The operations. Each means what Python means by it, value by value."""

    CONST = "const"
    SYMBOL = "symbol"
    NAMED = "named"  # args[0], under the name that the source gives it (`value`)
    TUPLE = "tuple"
    INDEX = "index"
    TABLE = "table"  # an array: length, element in terms of the index `symbol`; never evaluated as it is

    ADD = "+"
    SUB = "-"
    MUL = "*"
    DIV = "/"
    FLOORDIV = "//"
    MOD = "%"
    POW = "**"
    NEG = "neg"
    POS = "pos"

    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    EQ = "=="
    NE = "!="
    IS = "is"
    IN = "in"
    AND = "and"
    OR = "or"
    NOT = "not"
    IF = "if"  # condition, then, else: only the branch that is taken is evaluated

    CALL = "call"  # a function of `warmlint.functions`, named by `value`
    RAISE = "raise"  # the source raises here; `value` says what
    UNKNOWN = "unknown"  # the source does not tell; `value` says why


class SymbolKind(Enum):
    """What a symbol stands for."""

    TICK = "tick"  # the number that the schedule is asked for
    PARAMETER = "parameter"  # a name whose value the source may not tell
    COUNTER = "counter"  # a variable that a loop changes


@dataclass(frozen=True, slots=True, eq=False)
class Symbol:
    """A name without a fixed value.

    `name` is as the source writes it (`args.warmup_steps`). `default` is the value that it has when
    nobody overrides it; `has_default` tells a default of None from no default. `origin` says in words
    where it is from ("a parameter of `make_scheduler`"). A default is `weak` where nothing in sight uses it:
    that of a function's parameter, which whoever calls it may set.
    """

    name: str
    kind: SymbolKind
    origin: str = ""
    default: Scalar = None
    has_default: bool = False
    weak: bool = False
    span: Span | None = None

    def __repr__(self) -> str:
        return f"<{self.kind.value} {self.name}>"


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One operation. `span` is the source that it was lowered from, where there is one."""

    op: Op
    args: tuple[Node, ...] = ()
    value: Scalar = None
    symbol: Symbol | None = None
    span: Span | None = None
    depth: int = field(default=1, repr=False)


def node(
    op: Op, *args: Node, value: Scalar = None, symbol: Symbol | None = None, span: Span | None = None
) -> Node:
    """Build a node. Raises `TooLarge` where it would nest deeper than `MAX_DEPTH`."""
    depth = 1 + max((arg.depth for arg in args), default=0)
    if depth > MAX_DEPTH:
        raise TooLarge(f"an expression nested deeper than {MAX_DEPTH}")
    return Node(op, args, value, symbol, span, depth)


def bounded(
    op: Op, *args: Node, value: Scalar = None, symbol: Symbol | None = None, span: Span | None = None
) -> Node:
    """Build a node, or an unknown value where it would nest too deep."""
    try:
        return node(op, *args, value=value, symbol=symbol, span=span)
    except TooLarge as error:
        return unknown(str(error), span)


def const(value: Scalar, span: Span | None = None) -> Node:
    """A literal."""
    return node(Op.CONST, value=value, span=span)


def ref(symbol: Symbol, span: Span | None = None) -> Node:
    """The value of a symbol."""
    return node(Op.SYMBOL, symbol=symbol, span=span)


def unknown(reason: str, span: Span | None = None) -> Node:
    """A value that the source does not tell; `reason` is for the reader."""
    return node(Op.UNKNOWN, value=reason, span=span)


def walk(*roots: Node) -> Iterator[Node]:
    """Every node that `roots` reach, each once, parents before their arguments."""
    seen: set[int] = set()
    stack = list(reversed(roots))
    while stack:
        current = stack.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        stack.extend(reversed(current.args))


def symbols(*roots: Node) -> tuple[Symbol, ...]:
    """The symbols in `roots`, each once, in the order of their first appearance."""
    found: dict[Symbol, None] = {}
    for each in walk(*roots):
        if each.symbol is not None:
            found.setdefault(each.symbol)
    return tuple(found)


def transform(root: Node, change: Callable[[Node], Node | None]) -> Node:
    """Rebuild `root` bottom-up: `change` sees each node with its new arguments, None keeps it."""
    done: dict[int, Node] = {}

    def visit(current: Node) -> Node:
        known = done.get(id(current))
        if known is not None:
            return known
        args = tuple(visit(arg) for arg in current.args)
        same = all(new is old for new, old in zip(args, current.args, strict=True))
        rebuilt = (
            current
            if same
            else node(current.op, *args, value=current.value, symbol=current.symbol, span=current.span)
        )
        result = change(rebuilt) or rebuilt
        done[id(current)] = result
        return result

    return visit(root)


def substitute(root: Node, values: Mapping[Symbol, Node]) -> Node:
    """Put `values` in the place of symbols."""
    return transform(root, lambda each: values.get(each.symbol) if each.symbol is not None else None)


def alike(left: Node, right: Node) -> bool:
    """Whether two nodes are surely one value: the same node, symbol or literal, whatever they stand under."""
    left, right = plain(left), plain(right)
    if left.op is Op.CONST:
        return right.op is Op.CONST and left.value == right.value
    return left is right or (left.symbol is not None and left.symbol is right.symbol)


def placed(root: Node) -> Node:
    """What `root` names that stands in the source, where it stands in none by itself."""
    while root.span is None and root.op is Op.NAMED:
        root = root.args[0]
    return root


def plain(root: Node) -> Node:
    """`root` without the name that it may stand under."""
    while root.op is Op.NAMED:
        root = root.args[0]
    return root
