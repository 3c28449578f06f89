"""The evaluator: total, bounded, and bit for bit what Python computes.

It runs no code of the linted file, only `warmlint.expr` nodes. Whatever an expression does, the answer
is a value or a `Failure`; see `warmlint.limits` for the bounds.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from warmlint.expr import Node, Op, Symbol, symbols
from warmlint.functions import FUNCTIONS, Number, Value
from warmlint.limits import MAX_INTEGER_BITS


class FailureKind(Enum):
    """The ways in which an expression has no value."""

    DIVISION_BY_ZERO = "divides by zero"
    COMPLEX = "is a complex number"
    OVERFLOW = "overflows"
    DOMAIN = "is outside the function's domain"
    TYPE = "is a type error"
    RAISED = "raises"
    TOO_LARGE = "is too large to compute"
    UNKNOWN = "is not known"


class Failure(Exception):
    """Why an expression has no value: the kind, and what the source or Python says of it."""

    def __init__(self, kind: FailureKind, detail: str = "", culprit: Node | None = None) -> None:
        super().__init__(detail or kind.value)
        self.kind = kind
        self.detail = detail
        self.culprit = culprit


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an evaluation: a value, or the failure in its place."""

    value: Value = None
    failure: Failure | None = None

    @property
    def number(self) -> float | None:
        """The value as a float, where it is a finite-sized real number (NaN and infinity included)."""
        if self.failure is not None or not isinstance(self.value, (int, float)):
            return None
        try:
            return float(self.value)
        except OverflowError:  # an integer beyond every float
            return None


Environment = Mapping[Symbol, Value]


def _number(value: Value) -> Number:
    if isinstance(value, (int, float)):
        return value
    raise TypeError(f"{type(value).__name__} is not a number")


def _bounded(value: Value) -> Value:
    if isinstance(value, int) and value.bit_length() > MAX_INTEGER_BITS:
        raise Failure(FailureKind.TOO_LARGE, f"an integer of more than {MAX_INTEGER_BITS} bits")
    return value


def _arithmetic(function: Callable[[Number, Number], Number]) -> Callable[[Value, Value], Value]:
    def apply(left: Value, right: Value) -> Value:
        if type(left) is type(right) is str:
            raise Failure(FailureKind.UNKNOWN, "texts are not put together")
        return function(_number(left), _number(right))

    return apply


def _power(base: Value, exponent: Value) -> Value:
    base, exponent = _number(base), _number(exponent)
    if (
        isinstance(base, int)
        and isinstance(exponent, int)
        and exponent > 0
        and abs(base) > 1
        and base.bit_length() * exponent > 2 * MAX_INTEGER_BITS
    ):
        raise Failure(FailureKind.TOO_LARGE, f"{base} ** {exponent}")
    result = base**exponent
    if isinstance(result, complex):
        raise Failure(FailureKind.COMPLEX, f"{base!r} ** {exponent!r}")
    return result


def _order(function: Callable[..., bool]) -> Callable[[Value, Value], Value]:
    def apply(left: Value, right: Value) -> Value:
        if isinstance(left, str) and isinstance(right, str):
            return function(left, right)
        if isinstance(left, tuple) and isinstance(right, tuple):
            raise Failure(FailureKind.UNKNOWN, "lists are not compared")
        return function(_number(left), _number(right))

    return apply


def _same(left: Value, right: Value) -> bool:
    return left is right or (type(left) is type(right) and bool(_equal(left, right)))


def _equal(left: Value, right: Value) -> Value:
    # Tuples that share their parts take exponential time to compare, so they are not compared at all.
    if isinstance(left, tuple) or isinstance(right, tuple):
        raise Failure(FailureKind.UNKNOWN, "lists are not compared")
    return left == right


def _unequal(left: Value, right: Value) -> Value:
    return not _equal(left, right)


def _contains(element: Value, container: Value) -> Value:
    if isinstance(container, str) and isinstance(element, str):
        return element in container
    if not isinstance(container, tuple):
        raise TypeError("`in` needs a list")
    return any(each is element or _equal(element, each) for each in container)


def _index(sequence: Value, position: Value) -> Value:
    if not isinstance(sequence, tuple) or not isinstance(position, int):
        raise TypeError("indexing needs a list and a whole number")
    return sequence[position]


_BINARY: Final[dict[Op, Callable[[Value, Value], Value]]] = {
    Op.ADD: _arithmetic(operator.add),
    Op.SUB: _arithmetic(operator.sub),
    Op.MUL: _arithmetic(operator.mul),
    Op.DIV: _arithmetic(operator.truediv),
    Op.FLOORDIV: _arithmetic(operator.floordiv),
    Op.MOD: _arithmetic(operator.mod),
    Op.POW: _power,
    Op.LT: _order(operator.lt),
    Op.LE: _order(operator.le),
    Op.GT: _order(operator.gt),
    Op.GE: _order(operator.ge),
    Op.EQ: _equal,
    Op.NE: _unequal,
    Op.IS: _same,
    Op.IN: _contains,
    Op.INDEX: _index,
}


def evaluate(root: Node, environment: Environment) -> Value:
    """The value of `root` where symbols have the values of `environment`.

    Raises `Failure`, and nothing else, where there is none. Shared nodes are computed once, so the work
    is bounded by the number of nodes.
    """
    memo: dict[int, Value] = {}

    def visit(each: Node) -> Value:
        key = id(each)
        if key in memo:
            return memo[key]
        result = memo[key] = compute(each)
        return result

    def compute(each: Node) -> Value:
        op, args = each.op, each.args
        if op is Op.CONST:
            return each.value
        if op is Op.SYMBOL:
            assert each.symbol is not None
            try:
                return environment[each.symbol]
            except KeyError:
                raise Failure(FailureKind.UNKNOWN, f"`{each.symbol.name}` has no value", each) from None
        if op is Op.NAMED:
            return visit(args[0])
        if op is Op.IF:
            return visit(args[1] if visit(args[0]) else args[2])
        if op is Op.AND or op is Op.OR:
            result: Value = None
            for arg in args:
                result = visit(arg)
                if bool(result) is (op is Op.OR):
                    break
            return result
        if op is Op.NOT:
            return not visit(args[0])
        if op is Op.UNKNOWN:
            raise Failure(FailureKind.UNKNOWN, str(each.value), each)
        if op is Op.TABLE:
            raise Failure(FailureKind.UNKNOWN, "an array, and not one of its elements", each)
        if op is Op.RAISE:
            raise Failure(FailureKind.RAISED, str(each.value), each)
        values = [visit(arg) for arg in args]
        try:
            if op is Op.TUPLE:
                return tuple(values)
            if op is Op.NEG:
                return -_number(values[0])
            if op is Op.POS:
                return +_number(values[0])
            if op is Op.CALL:
                function = FUNCTIONS.get(str(each.value))
                if function is None:
                    raise Failure(
                        FailureKind.UNKNOWN, f"`{each.value}` is not a function that is known here", each
                    )
                return _bounded(function(*values))
            return _bounded(_BINARY[op](values[0], values[1]))
        except Failure as failure:
            failure.culprit = failure.culprit or each
            raise
        except ZeroDivisionError as error:
            raise Failure(FailureKind.DIVISION_BY_ZERO, str(error), each) from None
        except OverflowError as error:
            raise Failure(FailureKind.OVERFLOW, str(error), each) from None
        except ValueError as error:
            raise Failure(FailureKind.DOMAIN, str(error), each) from None
        except (TypeError, IndexError) as error:
            raise Failure(FailureKind.TYPE, str(error), each) from None

    return visit(root)


def outcome(root: Node, environment: Environment) -> Outcome:
    """Like `evaluate`, with the failure as a part of the answer."""
    try:
        return Outcome(evaluate(root, environment))
    except Failure as failure:
        return Outcome(failure=failure)


def own_number(expression: Node) -> float | None:
    """The number that the source itself gives, where it gives one."""
    own = {each: each.default for each in symbols(expression) if each.has_default}
    return outcome(expression, own).number
