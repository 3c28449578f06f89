"""Reading expressions: what each node is in the case that a proof is in, and whether a condition is true."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Final

from warmlint.expr import Node, Op, Scalar, Symbol, TooLarge, const, node, plain
from warmlint.schedule.arithmetic import added, difference, product, quotient
from warmlint.schedule.bounds import ends
from warmlint.schedule.calls import CURVES, call
from warmlint.schedule.cases import Proof
from warmlint.schedule.curves import power
from warmlint.schedule.domain import Domain
from warmlint.schedule.evaluate import Failure, evaluate
from warmlint.schedule.floats import exact, literal, negative
from warmlint.schedule.order import equal, less
from warmlint.schedule.polynomial import SYMBOL_BITS, ZERO, Ratio, Undecided, Variable, bits_of, number
from warmlint.schedule.reals import FALSE, TRUE, Anything, Level, Number, Other, Quantity, is_known, numbers
from warmlint.schedule.rounding import floor_quotient, remainder

_COMPARISONS: Final = frozenset({Op.LT, Op.LE, Op.GT, Op.GE, Op.EQ, Op.NE, Op.IS, Op.IN})
_SEES_SIGN_OF_ZERO: Final = frozenset({"math.atan2", "math.copysign"})  # which the prover does not keep
_ARITHMETIC: Final[Mapping[Op, Callable[[Proof, Number, Number], Number]]] = {
    Op.ADD: added,
    Op.SUB: difference,
    Op.MUL: product,
    Op.DIV: quotient,
    Op.FLOORDIV: floor_quotient,
    Op.MOD: remainder,
    Op.POW: power,
}


class Reader:
    """Reads expressions within one proof."""

    def __init__(self, proof: Proof) -> None:
        self._proof = proof
        self._symbols: dict[Symbol, Number] = {}

    def declare(self, symbol: Symbol, domain: Domain) -> None:
        """Take in a symbol and what its domain says of it."""
        low, high = ends(domain)
        if low is None and high is None and not domain.integer:
            return  # of any type: a choice between strings has such a domain
        proof = self._proof
        bounds = [abs(end) for end in (low, high) if end is not None]
        bits = (
            bits_of(max(bounds))
            if len(bounds) == 2
            else max(SYMBOL_BITS, *(bits_of(end) + 8 for end in bounds), 0)
        )
        places = 0 if domain.integer else SYMBOL_BITS
        variable = Variable(bits, places, domain.integer, direct=low is not None and low >= 0)
        value = proof.new(variable)
        if low is not None:
            value = value + number(min(low, Fraction(0)))  # above 0, `low` is a fact like others
        elif high is not None:
            value = number(high) - value
        else:
            value = value - proof.new(variable)
        strict = domain.open and not domain.integer
        if low is not None:
            proof.assume(value - number(low), strict=strict)
        if high is not None:
            proof.assume(number(high) - value, strict=strict)
        self._symbols[symbol] = exact(proof, Ratio(value), whole=domain.integer)

    def truth(self, each: Node, *, trust: bool = False) -> bool:
        """Whether a condition is true; with `trust`, whether its comparisons are in the reals."""
        each = plain(each)
        if each.op is Op.AND or each.op is Op.OR:
            for arg in each.args:
                if self.truth(arg, trust=trust) is (each.op is Op.OR):
                    return each.op is Op.OR
            return each.op is Op.AND
        if each.op is Op.NOT:
            return not self.truth(each.args[0], trust=trust)
        if each.op is Op.IF:
            return self.truth(each.args[1] if self.truth(each.args[0]) else each.args[2], trust=trust)
        if trust and each.op in _COMPARISONS:
            return self._compare(each.op, self._value(each.args[0]), self._value(each.args[1]), trust=True)
        return self._is_true(self._value(each))

    def _is_true(self, value: Quantity) -> bool:
        match value:
            case Number():
                return not equal(self._proof, value, FALSE)
            case Other():
                return bool(value.value)
            case Anything():
                return self._proof.choose(("true", value.symbol))
            case _:
                return bool(value)

    def _value(self, each: Node) -> Quantity:
        values = self._proof.case.values
        known = values.get(id(each))
        if known is None:
            known = values[id(each)] = self._compute(each)
        return known

    def _compute(self, each: Node) -> Quantity:
        op, args = each.op, each.args
        if op is Op.CONST:
            return literal(self._proof, each.value)
        if op is Op.SYMBOL:
            assert each.symbol is not None
            return self._symbols.get(each.symbol) or Anything(each.symbol)
        if op is Op.NAMED:
            return self._value(args[0])
        if op is Op.IF:
            return self._value(args[1] if self.truth(args[0]) else args[2])
        if op is Op.AND or op is Op.OR:
            result: Quantity = Other(None)
            for arg in args:
                result = self._value(arg)
                if self._is_true(result) is (op is Op.OR):
                    break
            return result
        if op is Op.NOT:
            return _boolean(not self.truth(args[0]))
        if op is Op.RAISE or op is Op.UNKNOWN:
            raise Undecided
        values = tuple(self._value(arg) for arg in args)
        if op is Op.TUPLE:
            if any(isinstance(value, tuple) for value in values):
                raise Undecided  # lists that share their parts unfold without end
            return values
        if op in _COMPARISONS:
            return _boolean(self._compare(op, *values))
        return self._applied(op, values, each.value)

    def _applied(self, op: Op, values: tuple[Quantity, ...], value: Scalar) -> Quantity:
        """What an operation is of its operands."""
        if op is Op.POW or value in CURVES:
            values = tuple(map(self._pinned, values))
        if value not in _SEES_SIGN_OF_ZERO and all(map(is_known, values)):
            return self._folded(op, values, value)
        if op is Op.CALL:
            if value == "bool" and len(values) == 1:
                return _boolean(self._is_true(values[0]))
            return call(self._proof, str(value), values)
        if op is Op.INDEX:
            return _element(*values)
        operands = numbers(values)
        if op is Op.NEG:
            return negative(self._proof, operands[0])
        if op is Op.POS:
            return operands[0]
        if op in _ARITHMETIC:
            return _ARITHMETIC[op](self._proof, *operands)
        raise Undecided

    def _pinned(self, value: Quantity) -> Quantity:
        """`value`, or the 0 that it must be in this case: a curve is known there if nowhere else."""
        if isinstance(value, Number) and value.constant is None and value.level <= Level.SIGNED:
            above = value.real.above
            if self._proof.surely(above) and self._proof.surely(-above):
                return exact(self._proof, Ratio(ZERO), whole=value.whole)
        return value

    def _folded(self, op: Op, values: Sequence[Quantity], value: Scalar) -> Quantity:
        """What has no symbols is computed, so that nothing is lost to algebra."""
        try:
            return literal(self._proof, evaluate(node(op, *map(_as_node, values), value=value), {}))
        except (Failure, TooLarge):
            raise Undecided from None

    def _compare(self, op: Op, left: Quantity, right: Quantity, *, trust: bool = False) -> bool:
        proof = self._proof
        if isinstance(left, Number) and isinstance(right, Number):
            match op:
                case Op.LT:
                    return less(proof, left, right, trust=trust)
                case Op.GT:
                    return less(proof, right, left, trust=trust)
                case Op.LE:
                    return not less(proof, right, left, trust=trust)
                case Op.GE:
                    return not less(proof, left, right, trust=trust)
                case Op.EQ:
                    return equal(proof, left, right, trust=trust)
                case Op.NE:
                    return not equal(proof, left, right, trust=trust)
        if op is Op.IN and isinstance(right, tuple):
            return any(self._compare(Op.EQ, left, each) for each in right)
        if op is Op.NE:
            return not self._compare(Op.EQ, left, right)
        if op is Op.EQ or op is Op.IS:
            match left, right:
                case Other(), Other():
                    return left.value == right.value
                case (Other(), Number()) | (Number(), Other()):
                    return False
                case (Anything(symbol), Other(value)) | (Other(value), Anything(symbol)):
                    return proof.choose((op, symbol, value))
        raise Undecided


def _boolean(truth: bool) -> Number:
    return TRUE if truth else FALSE


def _as_node(value: Quantity) -> Node:
    """A value that is known, as an expression again."""
    match value:
        case Number(whole=whole, constant=constant) if constant is not None:
            return const(int(constant) if whole else float(constant))
        case tuple():
            return node(Op.TUPLE, *map(_as_node, value))
        case Other():
            return const(value.value)
    raise Undecided


def _element(sequence: Quantity, position: Quantity) -> Quantity:
    if isinstance(sequence, tuple) and isinstance(position, Number) and position.whole:
        index = position.constant
        if index is not None and -len(sequence) <= index < len(sequence):
            return sequence[int(index)]
    raise Undecided
