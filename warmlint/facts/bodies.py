"""Runs a function's statements in the expression form: what it returns, and what it leaves behind.

What it leaves behind are the LR that it writes to the param groups and the attributes that it sets on its
own object (`warmlint.facts.state`); they are followed only where the caller carries an LR in.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import libcst as cst

from warmlint.expr import Node, Op, bounded, const, node, plain, ref, unknown
from warmlint.facts import tables
from warmlint.facts.changes import changed_names, rebound_inside
from warmlint.facts.module import module_of
from warmlint.facts.scopes import dotted_name, is_lr
from warmlint.facts.screen import speaks_of_lr
from warmlint.facts.state import BASE_LR, FIRST_GROUP, GROUP, LR, MADE, ORDER, asks_whose, is_carried
from warmlint.facts.walk import calls_in_order, leaves_block, stored_names, walk_scope
from warmlint.limits import MAX_PATHS, MAX_SEQUENCE, MAX_UNROLL

if TYPE_CHECKING:
    from warmlint.facts.lowering import Locals, Lowering, Target, Where

AUGMENTED: Final[dict[type[cst.BaseAugOp], Op]] = {
    cst.AddAssign: Op.ADD,
    cst.SubtractAssign: Op.SUB,
    cst.MultiplyAssign: Op.MUL,
    cst.DivideAssign: Op.DIV,
    cst.FloorDivideAssign: Op.FLOORDIV,
    cst.ModuloAssign: Op.MOD,
    cst.PowerAssign: Op.POW,
}
_OPTIMIZER: Final = re.compile(r"optim|^opt$|_opt$", re.IGNORECASE)

OBJECT: Final = "an object of"
"""How the origin of a symbol begins that stands for an object of a class: it is not None."""

Finish = Callable[["Locals"], Node]
"""What a body comes to where it ends, or returns nothing that is asked for."""


def says_optimizer(name: str | None) -> bool:
    """Whether a dotted name is, by its own words, an optimizer."""
    return name is not None and _OPTIMIZER.search(name.rpartition(".")[2]) is not None


class Bodies:
    """The statements of one lowering."""

    def __init__(self, lowering: Lowering) -> None:
        self._lowering = lowering
        self.paths = 0
        self._kept: frozenset[str] = frozenset()
        self._hidden: frozenset[str] = frozenset()

    @property
    def kept(self) -> frozenset[str]:
        """The variables of the loop that is being read."""
        return self._kept

    @contextmanager
    def keeping(self, names: frozenset[str]) -> Iterator[None]:
        """Within, `names` stay what they are: variables of a loop, whatever a pass assigns to them."""
        before, self._kept = self._kept, names
        try:
            yield
        finally:
            self._kept = before

    # --- the value that a body returns ------------------------------------------------------------
    def returned(self, statements: tuple[cst.CSTNode, ...], where: Where, local: Locals) -> Node:
        """What these statements, run in order, return."""
        with self._hiding(statements):
            return self._run(statements, where, {**local, **dict.fromkeys(self._hidden, _REBOUND)}, None)

    @contextmanager
    def _hiding(self, statements: Sequence[cst.CSTNode]) -> Iterator[None]:
        """Within, the names that these statements bind out of sight have no value."""
        before, self._hidden = self._hidden, rebound_inside(statements)
        try:
            yield
        finally:
            self._hidden = before

    def _run(
        self, statements: tuple[cst.CSTNode, ...], where: Where, local: Locals, finish: Finish | None
    ) -> Node:
        lower = self._lowering.lower
        local = dict(local)
        for number, statement in enumerate(statements):
            rest = statements[number + 1 :]
            match statement:
                case cst.SimpleStatementLine(body=body) | cst.SimpleStatementSuite(body=body):
                    return self._run((*body, *rest), where, local, finish)
                case cst.Return(value=value):
                    if finish is not None:
                        return finish(self._after_calls(statement, where, local))
                    return lower(value, where, local) if value is not None else const(None)
                case cst.Raise():
                    text = self._lowering.text(statement, where)
                    if "NotImplementedError" in text and where.scope.module is not self._lowering.home:
                        # So stubs say where what they know ends.
                        return unknown(f"`{text}`")
                    return node(Op.RAISE, value=text, span=self._lowering.span(statement, where))
                case cst.If():
                    if not leaves_block(statement):
                        local = self._merge(statement, where, local)
                        continue
                    self.paths += 1
                    if self.paths > MAX_PATHS:
                        return unknown(f"more than {MAX_PATHS} paths")
                    condition = lower(statement.test, where, local)
                    local = self._after_calls(statement.test, where, local)
                    known = settled(condition)
                    if known is not None:
                        taken = statement.body.body if known else _else(statement)
                        return self._run((*taken, *rest), where, local, finish)
                    then = self._run((*statement.body.body, *rest), where, local, finish)
                    other = self._run((*_else(statement), *rest), where, local, finish)
                    return bounded(Op.IF, condition, then, other)
                case cst.For():
                    once = self._group_pass(statement, where, local)
                    if once is not None:
                        local = once
                        continue
                    unrolled = self._unroll(statement, where, local)
                    if unrolled is None:
                        if LR in local:
                            local = self._once(statement, where, local)
                            continue
                        return unknown(
                            "a loop that cannot be unrolled", self._lowering.span(statement, where)
                        )
                    if not leaves_block(statement):
                        for assignments in unrolled:
                            local = self._assign_all(statement.body.body, where, {**local, **assignments})
                        continue
                    return self._run_unrolled(statement, unrolled, rest, where, local, finish)
                case cst.With(body=body):
                    return self._run((*body.body, *rest), where, local, finish)
                case cst.While() | cst.Try() | cst.TryStar() | cst.Match() | cst.Del() | cst.Nonlocal() if (
                    LR not in local
                ):
                    return unknown(
                        f"a `{type(statement).__name__.lower()}` statement",
                        self._lowering.span(statement, where),
                    )
                case cst.Try(body=body, orelse=orelse, finalbody=finalbody):
                    suites = [each.body.body for each in (orelse, finalbody) if each is not None]
                    after = tuple(each for suite in suites for each in suite)
                    return self._run((*body.body, *after, *rest), where, local, finish)
                case cst.While():
                    local = self._once(statement, where, local)
                case cst.Global() if LR not in local:
                    return unknown("a `global` statement", self._lowering.span(statement, where))
                case cst.Break() | cst.Continue():
                    return unknown("a `break` or `continue`", self._lowering.span(statement, where))
                case cst.FunctionDef(name=name) | cst.ClassDef(name=name):
                    local[name.value] = unknown("a function defined inside")
                case _:
                    local = self._assign(statement, where, local)
        return const(None) if finish is None else finish(local)

    def _run_unrolled(
        self,
        statement: cst.For,
        unrolled: list[dict[str, Node]],
        rest: tuple[cst.CSTNode, ...],
        where: Where,
        local: Locals,
        finish: Finish | None,
    ) -> Node:
        if not unrolled:
            return self._run(rest, where, local, finish)
        self.paths += 1
        if self.paths > MAX_PATHS:
            return unknown(f"more than {MAX_PATHS} paths")
        # The body is a chain of tests that may return; what they leave is the next pass.
        body = [each for each in statement.body.body if not _is_blank(each)]
        if len(body) == 1 and isinstance(body[0], cst.If) and body[0].orelse is None:
            passed = {**local, **unrolled[0]}
            return bounded(
                Op.IF,
                self._lowering.lower(body[0].test, where, passed),
                self._run(tuple(body[0].body.body), where, passed, finish),
                self._run_unrolled(statement, unrolled[1:], rest, where, passed, finish),
            )
        return unknown("a loop that returns from its middle", self._lowering.span(statement, where))

    # --- what a body leaves behind ------------------------------------------------------------------
    def effects(self, statements: Sequence[cst.CSTNode], where: Where, local: Locals) -> dict[str, Node]:
        """The LR and the state after these statements, from those in `local`; its own names are dropped."""
        ends: list[Mapping[str, Node]] = []

        def finish(at_end: Locals) -> Node:
            ends.append(at_end)
            return const(len(ends) - 1)

        with self._hiding(statements):
            outcome = self._run(
                tuple(statements), where, {**local, **dict.fromkeys(self._hidden, _REBOUND)}, finish
            )
        if not ends and outcome.op is Op.RAISE:
            return {LR: outcome}
        keys = dict.fromkeys(key for each in ends for key in each if is_carried(key))
        after = {key: _chosen(outcome, ends, key) for key in keys}
        orders = [str(plain(each[ORDER]).value) for each in ends if ORDER in each]
        if orders:
            after[ORDER] = const(max(orders, key=len))
        if any(MADE in each for each in ends):
            after[MADE] = next(each[MADE] for each in ends if MADE in each)
        return after

    def _after_calls(self, source: cst.CSTNode, where: Where, local: Locals) -> dict[str, Node]:
        """The state after the calls in an expression or statement."""
        result = dict(local)
        if LR not in local:
            return result
        for call in calls_in_order(source):
            called = dotted_name(call.func)
            if called is not None and called.endswith(".step") and says_optimizer(called[: -len(".step")]):
                result[ORDER] = const(f"{plain(result[ORDER]).value}u")
                continue
            base = self._lowering.parent_constructor(call, where)
            if base is not None:
                result.update(base(result))
                continue
            if not self._may_act(call, where):
                continue
            target = self._lowering.function(call.func, where)
            if target is not None and isinstance(target.function, cst.FunctionDef) and self._acts(target):
                result.update(self._lowering.effects_of_call(target, call, where, result))
        return result

    @staticmethod
    def _may_act(call: cst.Call, where: Where) -> bool:
        """Whether to look what a call leaves behind: another file is read for names of LRs alone."""
        name = dotted_name(call.func)
        if name is None:
            return False
        imported = name.partition(".")[0] in module_of(where.scope).screen.imports
        return not imported or speaks_of_lr(name.rpartition(".")[2])

    def _acts(self, target: Target, depth: int = 0) -> bool:
        """Whether calling a function leaves anything behind."""
        assert isinstance(target.function, cst.FunctionDef)
        scope = module_of(target.scope).index.opened.get(target.function)
        if scope is None or depth > 4:
            return False
        for each in walk_scope(target.function.body):
            match each:
                case cst.AssignTarget(target=stored) | cst.AugAssign(target=stored):
                    if is_lr(stored) or (dotted_name(stored) or "").startswith("self."):
                        return True
                case cst.Call(func=func):
                    called = dotted_name(func) or ""
                    if called.endswith(".step") and says_optimizer(called[: -len(".step")]):
                        return True
                    place = self._lowering.at_end(scope)
                    inner = self._lowering.function(func, place) if self._may_act(each, place) else None
                    if (
                        inner is not None
                        and inner.function is not target.function
                        and isinstance(inner.function, cst.FunctionDef)
                        and self._acts(inner, depth + 1)
                    ):
                        return True
        return False

    def _group_pass(self, statement: cst.For, where: Where, local: Locals) -> dict[str, Node] | None:
        """The state after a loop over the param groups; None for another loop."""
        if LR not in local:
            return None
        elements = self.elements(statement.iter, where, local)
        if not elements or not any(_holds_group(each) for each in elements):
            return None
        passed = dict(local)
        self._store(statement.target, elements[0], passed, where)
        return self._only_carried(statement.body.body, where, passed, local)

    def _once(self, statement: cst.For | cst.While, where: Where, local: Locals) -> dict[str, Node]:
        """The state after a loop whose passes cannot be told apart: one of them."""
        passed = dict(local)
        if isinstance(statement, cst.For):
            for name in stored_names(statement.target):
                passed.pop(name, None)
        after = self._only_carried(statement.body.body, where, passed, local)
        for name in stored_names(statement):
            after[name] = unknown(f"`{name}` is set in a loop")
        _forget_changed(statement, after)
        return after

    def _only_carried(
        self, body: Sequence[cst.CSTNode], where: Where, passed: Locals, local: Locals
    ) -> dict[str, Node]:
        if any(leaves_block(each) for each in body):
            skipped = tuple(each for each in body if not isinstance(each, cst.Continue))
            after = self.effects(skipped, where, passed)
            return {**local, **after}
        return self._assign_all(body, where, passed)

    # --- statements that do not return --------------------------------------------------------------
    def _merge(self, statement: cst.If, where: Where, local: Locals) -> dict[str, Node]:
        """Run both suites of an `if` that only assign, and choose between what they assign."""
        condition = self._lowering.lower(statement.test, where, local)
        local = self._after_calls(statement.test, where, local)
        known = settled(condition)
        if known is not None:
            return self._assign_all(statement.body.body if known else _else(statement), where, local)
        then = self._assign_all(statement.body.body, where, local)
        other = self._assign_all(_else(statement), where, local)
        merged = dict(local)
        for name in {**then, **other}:
            missing = unknown(f"`{name}` may not be set")
            left, right = then.get(name, missing), other.get(name, missing)
            if name.startswith("self.") and missing in (left, right):
                merged[name] = right if left is missing else left  # what asks for it knows that it is set
            elif name == ORDER:
                merged[name] = max(left, right, key=lambda each: len(str(plain(each).value)))
            else:
                merged[name] = left if left is right else bounded(Op.IF, condition, left, right)
        return merged

    def _assign_all(self, statements: Sequence[cst.CSTNode], where: Where, local: Locals) -> dict[str, Node]:
        result = dict(local)
        for statement in statements:
            match statement:
                case cst.If():
                    result = self._merge(statement, where, result)
                case cst.SimpleStatementLine(body=body) | cst.SimpleStatementSuite(body=body):
                    result = self._assign_all(body, where, result)
                case cst.With(body=body) if LR in local:
                    result = self._assign_all(body.body, where, result)
                case cst.For() if (once := self._group_pass(statement, where, result)) is not None:
                    result = once
                case cst.For() | cst.While() if LR in local:
                    result = self._once(statement, where, result)
                case cst.For() | cst.While() | cst.Try() | cst.With() | cst.Match():
                    for name in stored_names(statement):
                        result[name] = unknown(f"`{name}` is set in a nested block")
                    _forget_changed(statement, result)
                case _:
                    result = self._assign(statement, where, result)
        return result

    def _assign(self, statement: cst.CSTNode, where: Where, local: Locals) -> dict[str, Node]:
        """Run one statement that does not return."""
        result = self._after_calls(statement, where, local)
        lower = self._lowering.lower
        match statement:
            case cst.Assign(targets=targets, value=value):
                lowered = lower(value, where, local)
                for target in targets:
                    self._store(target.target, lowered, result, where)
            case cst.AnnAssign(target=target, value=value):
                if value is not None:
                    self._store(target, lower(value, where, local), result, where)
            case cst.AugAssign(target=cst.Name() | cst.Attribute() | cst.Subscript() as target) if isinstance(
                target, cst.Name
            ) or (LR in local and (is_lr(target) or dotted_name(target) is not None)):
                op = AUGMENTED.get(type(statement.operator))
                before, after = lower(target, where, local), lower(statement.value, where, local)
                changed = (
                    tables.arithmetic(op, before, after)
                    if op is not None
                    else unknown("an operator that is not known")
                )
                self._store(target, changed, result, where, bare=isinstance(target, cst.Name))
            case _:
                for name in stored_names(statement):
                    result[name] = unknown(f"`{name}` is set in a way that is not followed")
        _forget_changed(statement, result)
        return result

    def _store(
        self, target: cst.CSTNode, value: Node, result: dict[str, Node], where: Where, *, bare: bool = False
    ) -> None:
        match target:
            case cst.Name() | cst.Attribute() if dotted_name(target) in self._kept:
                return
            case cst.Name(value=name) if name in self._hidden:
                result[name] = _REBOUND
            case cst.Name(value=name):
                result[name] = value if bare else bounded(Op.NAMED, value, value=name)
            case cst.Tuple(elements=elements) | cst.List(elements=elements):
                for number, element in enumerate(elements):
                    part = (
                        plain(value).args[number]
                        if plain(value).op is Op.TUPLE and len(plain(value).args) == len(elements)
                        else unknown("an unpacking that is not followed")
                    )
                    self._store(element.value, part, result, where)
            case cst.Attribute() if LR in result and (dotted := dotted_name(target)) is not None:
                if dotted.startswith("self."):
                    result[dotted] = bounded(Op.NAMED, value, value=dotted)
            case cst.Subscript(value=base) if LR in result and is_lr(target):
                group = plain(self._lowering.lower(base, where, result)).symbol
                if group is GROUP or (group is FIRST_GROUP and not asks_whose(result)):
                    result[LR] = value
                    result[ORDER] = const(f"{plain(result[ORDER]).value}w")

    # --- loops over what the source lists -------------------------------------------------------------
    def _unroll(self, statement: cst.For, where: Where, local: Locals) -> list[dict[str, Node]] | None:
        """The values of a loop's variables, pass by pass; None where the source does not list them."""
        if statement.orelse is not None:
            return None
        elements = self.elements(statement.iter, where, local)
        if elements is None or len(elements) > MAX_UNROLL:
            return None
        passes = []
        for element in elements:
            assignments: dict[str, Node] = {}
            self._store(statement.target, element, assignments, where)
            passes.append(assignments)
        return passes

    def elements(self, source: cst.BaseExpression, where: Where, local: Locals) -> list[Node] | None:
        """What a loop over `source` goes through; None where the source does not list it."""
        lower = self._lowering.lower
        match source:
            case cst.Call(func=cst.Name("range"), args=args) if args:
                bounds = [plain(lower(arg.value, where, local)) for arg in args]
                values = [
                    bound.value for bound in bounds if bound.op is Op.CONST and type(bound.value) is int
                ]
                if len(values) != len(args) or len(args) > 3 or (len(values) == 3 and values[2] == 0):
                    return None
                numbers = range(*values)
                return [const(number) for number in numbers] if len(numbers) <= MAX_UNROLL else None
            case cst.Call(func=cst.Name("enumerate"), args=[arg, *_]):
                inner = self.elements(arg.value, where, local)
                if inner is None:
                    return None
                return [bounded(Op.TUPLE, const(number), each) for number, each in enumerate(inner)]
            case cst.Call(func=cst.Name("zip"), args=args) if args:
                lists = [self._zipped(arg.value, where, local) for arg in args]
                count = min((len(each) for each in lists if each is not None), default=0)
                columns = [
                    each[:count] if each is not None else [unknown("a list that is not known")] * count
                    for each in lists
                ]
                return [bounded(Op.TUPLE, *row) for row in zip(*columns, strict=True)] if count else None
            case cst.Call(
                func=cst.Attribute(cst.Name(name), cst.Name("items" | "keys" | "values" as part)), args=[]
            ):
                return self._of_dict(name, part, where)
            case cst.Name(value=name) if (keys := self._of_dict(name, "keys", where)) is not None:
                return keys
        sequence = plain(lower(source, where, local))
        listed = tables.spread(sequence)
        return list(listed.args) if listed is not None and len(listed.args) <= MAX_SEQUENCE else None

    def _of_dict(self, name: str, part: str, where: Where) -> list[Node] | None:
        """The keys, the values or the items of the dict display that a name is bound to."""
        entries = self._lowering.entries(name, where)
        if entries is None:
            return None
        if part == "items":
            return [bounded(Op.TUPLE, *entry) for entry in entries]
        return [value if part == "values" else key for key, value in entries]

    def _zipped(self, source: cst.BaseExpression, where: Where, local: Locals) -> list[Node] | None:
        found = self.elements(source, where, local)
        if found is not None:
            return found
        whole = self._lowering.lower(source, where, local)
        # A list that is chosen by a condition: each of its elements is.
        if plain(whole).op is Op.IF and BASE_LR in local:
            return [tables.at(whole, const(0))] if _lists(whole) else None
        return None


_REBOUND: Final = unknown("a name that is bound inside an expression or another function")


def _forget_changed(statement: cst.CSTNode, local: dict[str, Node]) -> None:
    """Leave open what lists and arrays hold that a statement changes in place, by all their names."""
    for name in changed_names(statement):
        held = local.get(name)
        if held is not None and (plain(held).op is Op.TUPLE or tables.is_table(held)):
            for other, value in list(local.items()):
                if other == name or plain(value) is plain(held):
                    local[other] = unknown(f"`{name}` is changed in place")


def settled(condition: Node) -> bool | None:
    """What a condition comes to, where literals alone settle it."""
    condition = plain(condition)
    args = [plain(each) for each in condition.args]
    if condition.op is Op.CONST:
        return bool(condition.value)
    if condition.op is Op.TUPLE:
        return bool(args)
    if condition.op is Op.NOT:
        inner = settled(args[0])
        return None if inner is None else not inner
    if condition.op in {Op.AND, Op.OR}:
        parts = [settled(each) for each in args]
        decides = condition.op is Op.OR
        if decides in parts:
            return decides
        return None if None in parts else not decides
    if condition.op is Op.IS and any(each.op is Op.CONST and each.value is None for each in args):
        other = next((each for each in args if each.op is not Op.CONST or each.value is not None), None)
        if other is None:
            return True
        if other.symbol is not None and other.symbol.origin.startswith(OBJECT):
            return False
        return False if other.op in _NUMBERS else None
    if condition.op in _ORDERS and len(args) == 2:
        numbers = [literal_number(each) for each in args]
        if numbers[0] is not None and numbers[1] is not None:
            return bool(_ORDERS[condition.op](numbers[0], numbers[1]))
    if condition.op in {Op.EQ, Op.NE} and None not in (numbers := [literal_number(each) for each in args]):
        return (numbers[0] == numbers[1]) is (condition.op is Op.EQ)
    if condition.op in {Op.EQ, Op.NE} and all(each.op is Op.CONST for each in args):
        return (args[0].value == args[1].value) is (condition.op is Op.EQ)
    return None


_NUMBERS: Final = frozenset({Op.CONST, Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.TUPLE, Op.TABLE})


_ORDERS: Final = {Op.LT: operator.lt, Op.LE: operator.le, Op.GT: operator.gt, Op.GE: operator.ge}


def literal_number(each: Node) -> float | None:
    """What literals, a minus sign and a remainder come to, as a number."""
    each = plain(each)
    if each.op is Op.CONST:
        return each.value if isinstance(each.value, (int, float)) else None
    parts = [literal_number(arg) for arg in each.args] if each.op in {Op.NEG, Op.MOD} else []
    if not parts or None in parts:
        return None
    first, last = parts[0], parts[-1]
    assert first is not None
    assert last is not None
    if each.op is Op.NEG:
        return -first
    return first % last if last else None


def _lists(whole: Node) -> bool:
    whole = plain(whole)
    if whole.op is Op.IF:
        return all(map(_lists, whole.args[1:]))
    return whole.op is Op.TUPLE and bool(whole.args)


def _holds_group(each: Node) -> bool:
    each = plain(each)
    return each.symbol in {GROUP, FIRST_GROUP} or (each.op is Op.TUPLE and any(map(_holds_group, each.args)))


def _chosen(outcome: Node, ends: Sequence[Mapping[str, Node]], key: str) -> Node:
    """The value of `key` at the end that the conditions of `outcome` lead to."""
    if outcome.op is Op.IF:
        then, other = (_chosen(each, ends, key) for each in outcome.args[1:])
        if key != LR and Op.RAISE in {then.op, other.op}:  # where it raises, the state matters no more
            return other if then.op is Op.RAISE else then
        return then if then is other else bounded(Op.IF, outcome.args[0], then, other)
    if outcome.op is Op.CONST and isinstance(outcome.value, int):
        return ends[outcome.value].get(key, unknown(f"`{key}` may not be set"))
    return outcome


def _else(statement: cst.If) -> tuple[cst.CSTNode, ...]:
    if statement.orelse is None:
        return ()
    return (statement.orelse,) if isinstance(statement.orelse, cst.If) else tuple(statement.orelse.body.body)


def _is_blank(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and all(
        isinstance(each, cst.Pass) for each in statement.body
    )


def groups() -> Node:
    """The param groups of the optimizer, as a body goes through them."""
    return node(Op.TUPLE, ref(GROUP))
