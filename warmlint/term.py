"""Terms: how rules write down properties, in the notation of the definition that they check.

`f(t + 1) <= f(t)` builds an expression, it computes nothing; `warmlint.schedule.decide` judges it.
"""

from __future__ import annotations

from dataclasses import dataclass

from warmlint.expr import Node, Op, Symbol, const, node, substitute


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """An expression under Python's own operators; comparisons give boolean terms."""

    node: Node

    def __add__(self, other: Term | float) -> Term:
        return _build(Op.ADD, self, other)

    def __radd__(self, other: float) -> Term:
        return _build(Op.ADD, term(other), self)

    def __sub__(self, other: Term | float) -> Term:
        return _build(Op.SUB, self, other)

    def __rsub__(self, other: float) -> Term:
        return _build(Op.SUB, term(other), self)

    def __mul__(self, other: Term | float) -> Term:
        return _build(Op.MUL, self, other)

    def __rmul__(self, other: float) -> Term:
        return _build(Op.MUL, term(other), self)

    def __truediv__(self, other: Term | float) -> Term:
        return _build(Op.DIV, self, other)

    def __lt__(self, other: Term | float) -> Term:
        return _build(Op.LT, self, other)

    def __le__(self, other: Term | float) -> Term:
        return _build(Op.LE, self, other)

    def __gt__(self, other: Term | float) -> Term:
        return _build(Op.GT, self, other)

    def __ge__(self, other: Term | float) -> Term:
        return _build(Op.GE, self, other)

    def __and__(self, other: Term) -> Term:
        return _build(Op.AND, self, other)

    def __or__(self, other: Term) -> Term:
        return _build(Op.OR, self, other)

    def equals(self, other: Term | float) -> Term:
        """The boolean term that both sides have one value (`==` stays Python's)."""
        return _build(Op.EQ, self, other)


def term(value: Term | Node | float) -> Term:
    """A term of anything that can be one."""
    if isinstance(value, Term):
        return value
    return Term(value if isinstance(value, Node) else const(value))


def _build(op: Op, left: Term, right: Term | float) -> Term:
    return Term(node(op, left.node, term(right).node))


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the tick, as a rule calls it: `f(0)`, `f(t + 1)`."""

    body: Node
    tick: Symbol

    def __call__(self, at: Term | float) -> Term:
        """The expression with `at` in the place of the tick."""
        argument = term(at).node
        return Term(
            self.body if argument.symbol is self.tick else substitute(self.body, {self.tick: argument})
        )
