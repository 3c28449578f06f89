"""The statements of a source: where each stands, what surrounds it, and which rows move along with it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from warmlint.discovery import UnreadableError
from warmlint.discovery.syntax import parse
from warmlint.source import Position, Source, Span

_ATOMS = (ast.Name, ast.Attribute, ast.Constant, ast.Call, ast.Subscript)
_BODIES = ("body", "orelse", "finalbody")


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One statement: its `node`, its `span` (decorators included), the statements of its `block` in order,
    itself among them, and the statement that it is an `owner`'s part of."""

    node: ast.stmt
    span: Span
    block: list[Statement] = field(repr=False)
    owner: Statement | None = field(repr=False)

    @property
    def number(self) -> int:
        """Its place in its block."""
        return next(at for at, each in enumerate(self.block) if each is self)

    @property
    def outward(self) -> Iterator[Statement]:
        """Itself, and the statements around it, innermost first."""
        current: Statement | None = self
        while current is not None:
            yield current
            current = current.owner

    @property
    def function(self) -> Statement | None:
        """The function that it stands in."""
        around = (each for each in self.outward if each is not self)
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return next((each for each in around if isinstance(each.node, kinds)), None)

    def inside(self) -> Iterator[ast.AST]:
        """Every node in it, itself included."""
        return ast.walk(self.node)


@dataclass(frozen=True, eq=False)
class Statements:
    """All statements of one source."""

    source: Source
    every: tuple[Statement, ...]

    def at(self, span: Span) -> Statement | None:
        """The innermost statement that holds `span`."""
        holding = [each for each in self.every if each.span.contains(span)]
        return max(holding, key=lambda each: each.span.start, default=None)

    def span(self, node: ast.expr | ast.stmt | ast.keyword | ast.alias) -> Span:
        """Where a node stands."""
        return _span(self.source, node)

    def in_brackets(self, node: ast.expr) -> Span:
        """Where an expression stands with the brackets around it."""
        span, text = self.span(node), self.source.text
        start, end = self.source.offset(span.start), self.source.offset(span.end)
        while text[:start].rstrip().endswith("(") and text[end:].lstrip().startswith(")"):
            start = len(text[:start].rstrip()) - 1
            end = len(text) - len(text[end:].lstrip()) + 1
        return Span(self.source.position(start), self.source.position(end))

    def operand(self, span: Span, *bare: type[ast.expr]) -> str:
        """The text of an expression, in brackets unless it is of a kind that needs none anywhere, or `bare`
        here."""
        text = self.source.slice(span)
        return text if isinstance(self.expression(span), (*_ATOMS, *bare)) else f"({text})"

    def expression(self, span: Span) -> ast.expr | None:
        """The expression that is written at `span`, brackets around it left out."""
        return self._expressions.get(span)

    @cached_property
    def _expressions(self) -> dict[Span, ast.expr]:
        """Every expression by where it is written; of those that are written alike, the outermost."""
        found: dict[Span, ast.expr] = {}
        for top in (each for each in self.every if each.owner is None):
            for each in top.inside():
                if isinstance(each, ast.expr):
                    found.setdefault(_span(self.source, each), each)
        return found

    def carrier(self, of: Statement, span: Span) -> Statement | None:
        """The statement of the block of `of` that holds `span`, or that alone of all calls the function which
        `span` stands in."""
        own = next((each for each in of.block if each.span.contains(span)), None)
        inner = self.at(span)
        function = inner.function if inner is not None else None
        if own is not None and (function is None or function is of.function):
            return own
        if function is None or function is of.function:
            return None
        name = function.node.name  # type: ignore[attr-defined]  # it is a function's
        calling = [each for each in of.block if _calls(each.node, name)]
        return calling[0] if len(calling) == 1 else None

    def is_shared(self, span: Span) -> bool:
        """Whether `span` stands in a function that is called from several places."""
        at = self.at(span)
        function = at.function if at is not None else None
        if at is not None and isinstance(at.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            function = at
        if function is None:
            return False
        tops = (each.node for each in self.every if each.owner is None)
        return sum(_count(each, function.node.name) for each in tops) > 1  # type: ignore[misc, attr-defined]


@lru_cache(maxsize=4)
def statements(source: Source) -> Statements:
    """The statements of a source; none where Python cannot read it."""
    try:
        module = parse(source.text)
    except UnreadableError:
        return Statements(source, ())
    return Statements(source, tuple(_block(source, module.body, None)))


def rows(source: Source, statement: Statement) -> Span | None:
    """The whole rows of a statement, line end included, with the comment rows directly above it; None
    where it shares a row with others."""
    span = statement.span
    first, last = source.line(span.start.row), source.line(span.end.row)
    before, after = first[: span.start.column - 1], last[span.end.column - 1 :].strip()
    if before.strip() or (after and not after.startswith("#")):
        return None
    top = span.start.row
    while source.line(top - 1).startswith(f"{before}#"):
        top -= 1
    return Span(Position(top, 1), Position(span.end.row + 1, 1))


def indent(source: Source, statement: Statement) -> str:
    """The white space before a statement that begins its row."""
    return source.line(statement.span.start.row)[: statement.span.start.column - 1]


def _block(source: Source, body: list[ast.stmt], owner: Statement | None) -> Iterator[Statement]:
    block: list[Statement] = []
    block += [Statement(node, _span(source, node), block, owner) for node in body]
    for each in block:
        yield each
        for inner in _bodies(each.node):
            yield from _block(source, inner, each)


def _bodies(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    yield from (body for field in _BODIES if isinstance(body := getattr(node, field, None), list) and body)
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield part.body


def _span(source: Source, node: ast.expr | ast.stmt | ast.keyword | ast.alias) -> Span:
    decorators = getattr(node, "decorator_list", ())
    first = decorators[0] if decorators else node
    start = _position(source, first.lineno, first.col_offset - bool(decorators))
    return Span(start, _position(source, node.end_lineno or 0, node.end_col_offset or 0))


def _position(source: Source, row: int, offset: int) -> Position:
    """A place that `ast` tells: it counts bytes of UTF-8 from 0."""
    line = source.line(row)
    column = offset if line.isascii() else len(line.encode()[:offset].decode(errors="replace"))
    return Position(row, column + 1)


def _calls(node: ast.AST, name: str) -> bool:
    return _count(node, name) > 0


def _count(node: ast.AST, name: str) -> int:
    """How many calls of a function, or method, of a name stand in a node."""
    called = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
    return sum(
        (isinstance(each, ast.Name) and each.id == name)
        or (isinstance(each, ast.Attribute) and each.attr == name)
        for each in called
    )
