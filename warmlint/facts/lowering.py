"""From libcst nodes to the expression form: what a name, an expression or a function's body comes to.

Lowering never fails: what the source does not tell becomes a parameter (a symbol with the source's own
name) where it is one fixed value, and "unknown", with the reason, where it may change with the tick.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

import libcst as cst

from warmlint.expr import (
    Node,
    Op,
    Scalar,
    Symbol,
    SymbolKind,
    TooLarge,
    const,
    node,
    plain,
    ref,
    symbols,
    unknown,
)
from warmlint.facts.module import Module
from warmlint.facts.scopes import Binding, BindingKind, Blocks, Scope, ScopeKind, dotted_name
from warmlint.facts.screen import NOT_LITERAL
from warmlint.facts.walk import leaves_block, names_in, stored_names
from warmlint.functions import CONSTANTS, FUNCTIONS
from warmlint.limits import MAX_INLINE, MAX_LITERAL_BITS, MAX_NODES, MAX_PATHS, MAX_SEQUENCE, MAX_UNROLL
from warmlint.source import Position

Function = cst.FunctionDef | cst.Lambda

_BINARY: Final[dict[type[cst.BaseBinaryOp], Op]] = {
    cst.Add: Op.ADD,
    cst.Subtract: Op.SUB,
    cst.Multiply: Op.MUL,
    cst.Divide: Op.DIV,
    cst.FloorDivide: Op.FLOORDIV,
    cst.Modulo: Op.MOD,
    cst.Power: Op.POW,
}
AUGMENTED: Final[dict[type[cst.BaseAugOp], Op]] = {
    cst.AddAssign: Op.ADD,
    cst.SubtractAssign: Op.SUB,
    cst.MultiplyAssign: Op.MUL,
    cst.DivideAssign: Op.DIV,
    cst.FloorDivideAssign: Op.FLOORDIV,
    cst.ModuloAssign: Op.MOD,
    cst.PowerAssign: Op.POW,
}
_COMPARISONS: Final[dict[type[cst.BaseCompOp], Op]] = {
    cst.LessThan: Op.LT,
    cst.LessThanEqual: Op.LE,
    cst.GreaterThan: Op.GT,
    cst.GreaterThanEqual: Op.GE,
    cst.Equal: Op.EQ,
    cst.NotEqual: Op.NE,
    cst.Is: Op.IS,
    cst.IsNot: Op.IS,
    cst.In: Op.IN,
    cst.NotIn: Op.IN,
}
_KEYWORDS: Final[dict[str, Scalar]] = {"True": True, "False": False, "None": None}
_TRANSPARENT_METHODS: Final = frozenset({"item"})  # `tensor.item()` is the number itself


@dataclass(frozen=True, slots=True)
class Where:
    """A place at which names are looked up; `position` None is the end of the scope."""

    scope: Scope
    position: Position | None = None
    blocks: Blocks = ()


_NOT_TOLD: Final = "a value that the source does not tell"

Locals = Mapping[str, Node]


@dataclass(frozen=True, slots=True)
class Target:
    """A function of the source, ready to be called: where it stands, and arguments already bound.

    `skips_self` tells a bound method; `name` is what the source calls it.
    """

    function: Function
    scope: Scope
    name: str | None = None
    positional: tuple[Node, ...] = ()
    keywords: tuple[tuple[str, Node], ...] = ()
    skips_self: bool = False


class Lowering:
    """Lowers expressions of one module. Symbols are shared: one name in one scope is one symbol."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._symbols: dict[tuple[Scope | None, str], Symbol] = {}
        self._arguments: dict[tuple[Scope, str], Node] = {}
        self._level = 0
        self._nodes = 0
        self._paths = 0

    # --- entry points -------------------------------------------------------------------------
    def expression(self, source: cst.BaseExpression, where: Where, local: Locals | None = None) -> Node:
        """What `source` comes to at a place; `local` holds names that have a value of their own there."""
        self._nodes = self._paths = 0
        return self._lower(source, where, local or {})

    def length(self, source: cst.BaseExpression, where: Where, local: Locals) -> Node:
        """How many elements `source` has: of a display a number, of all else a parameter."""
        sequence = plain(self._lower(source, where, local))
        if sequence.op is Op.TUPLE:
            return const(len(sequence.args))
        if isinstance(source, cst.BinaryOperation) and isinstance(source.operator, cst.Multiply):
            parts = [plain(self._lower(each, where, local)) for each in (source.left, source.right)]
            lengths = [const(len(part.args)) if part.op is Op.TUPLE else part for part in parts]
            if any(part.op is Op.TUPLE for part in parts):
                return node(Op.MUL, *lengths)
        return self._fixed(f"len({self._text(source)})", source, where)

    def call(self, target: Target, arguments: Sequence[Node]) -> Node:
        """What a function of the source returns for `arguments`."""
        self._nodes = self._paths = 0
        return self._inline(target, arguments, {})

    def parameter(self, name: str, scope: Scope | None, origin: str, **more: object) -> Node:
        """A reference to the symbol that `name` is in `scope`."""
        key = (scope, name)
        if key not in self._symbols:
            symbol = Symbol(name, SymbolKind.PARAMETER, origin)
            self._symbols[key] = replace(symbol, **more)  # type: ignore[arg-type]
        return ref(self._symbols[key])

    # --- expressions --------------------------------------------------------------------------
    def _lower(self, source: cst.CSTNode, where: Where, local: Locals) -> Node:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            return unknown(f"more than {MAX_NODES} operations")
        try:
            lowered = self._dispatch(source, where, local)
        except TooLarge as error:
            return unknown(str(error))
        if lowered.span is None:
            return replace(lowered, span=self._module.span(source))
        return lowered

    def _dispatch(self, source: cst.CSTNode, where: Where, local: Locals) -> Node:
        match source:
            case cst.Integer():
                value = source.evaluated_value
                return (
                    const(value)
                    if value.bit_length() <= MAX_LITERAL_BITS
                    else unknown("an integer beyond 64 bits")
                )
            case cst.Float():
                return const(float(source.value.replace("_", "")))
            case cst.SimpleString() if isinstance(source.evaluated_value, str):
                return const(source.evaluated_value)
            case cst.Name(value=name):
                return const(_KEYWORDS[name]) if name in _KEYWORDS else self._name(source, name, where, local)
            case cst.UnaryOperation(operator=cst.Minus(), expression=inner):
                return node(Op.NEG, self._lower(inner, where, local))
            case cst.UnaryOperation(operator=cst.Plus(), expression=inner):
                return node(Op.POS, self._lower(inner, where, local))
            case cst.UnaryOperation(operator=cst.Not(), expression=inner):
                return node(Op.NOT, self._lower(inner, where, local))
            case cst.BinaryOperation(left=left, operator=operator, right=right) if type(operator) in _BINARY:
                return node(
                    _BINARY[type(operator)], self._lower(left, where, local), self._lower(right, where, local)
                )
            case cst.BooleanOperation(left=left, operator=operator, right=right):
                op = Op.AND if isinstance(operator, cst.And) else Op.OR
                return node(op, self._lower(left, where, local), self._lower(right, where, local))
            case cst.Comparison():
                return self._comparison(source, where, local)
            case cst.IfExp(test=test, body=body, orelse=orelse):
                return node(
                    Op.IF,
                    self._lower(test, where, local),
                    self._lower(body, where, local),
                    self._lower(orelse, where, local),
                )
            case cst.Tuple(elements=elements) | cst.List(elements=elements) if len(elements) <= MAX_SEQUENCE:
                if any(isinstance(each, cst.StarredElement) for each in elements):
                    return self._opaque(source, where, local)
                return node(Op.TUPLE, *(self._lower(each.value, where, local) for each in elements))
            case cst.Subscript():
                return self._subscript(source, where, local)
            case cst.Attribute():
                return self._attribute(source, where, local)
            case cst.Call():
                return self._call(source, where, local)
        return self._opaque(source, where, local)

    def _comparison(self, source: cst.Comparison, where: Where, local: Locals) -> Node:
        parts = []
        left = self._lower(source.left, where, local)
        for target in source.comparisons:
            right = self._lower(target.comparator, where, local)
            part = node(_COMPARISONS[type(target.operator)], left, right)
            if isinstance(target.operator, (cst.IsNot, cst.NotIn)):
                part = node(Op.NOT, part)
            parts.append(part)
            left = right
        return parts[0] if len(parts) == 1 else node(Op.AND, *parts)

    def _opaque(self, source: cst.CSTNode, where: Where, local: Locals) -> Node:
        """A value that is not ours to compute: one parameter, unless the tick may be in it."""
        name = self._text(source)
        if any(_varies(local[each]) for each in names_in(source) if each in local):
            return unknown(f"`{name}` cannot be computed from the source")
        return self._fixed(name, source, where)

    def _fixed(self, name: str, source: cst.CSTNode, where: Where) -> Node:
        """A parameter for a value that does not change, in the scope of the first name in it."""
        root = next((each for each in names_in(source) if where.scope.defining(each) is not None), None)
        scope = where.scope.defining(root) if root is not None else None
        return self.parameter(name, scope, _NOT_TOLD)

    def _text(self, source: cst.CSTNode) -> str:
        text = " ".join(self._module.text(source).split())
        return text if len(text) <= 60 else text[:57] + "…"

    # --- names --------------------------------------------------------------------------------
    def _name(self, source: cst.CSTNode, name: str, where: Where, local: Locals) -> Node:
        if name in local:
            return local[name]
        bindings = self._module.look_up(name, where.scope, where.position, where.blocks)
        if not bindings:
            return self._imported(source, name, where)
        if len(bindings) > 1:
            if any(each.kind is BindingKind.OTHER for each in bindings):
                return self.counter(name, bindings[0].scope)
            return self.parameter(name, bindings[0].scope, "set in several places")
        return self._bound(name, bindings[0])

    def _imported(self, source: cst.CSTNode, name: str, where: Where) -> Node:
        qualified = self._module.qualified(source, where.scope)
        if qualified in CONSTANTS:
            return const(CONSTANTS[qualified])
        return self.parameter(
            name, None, f"imported as `{qualified}`" if qualified != name else "not bound here"
        )

    def counter(self, name: str, scope: Scope | None) -> Node:
        """A reference to a variable that changes while training."""
        key = (scope, name)
        if key not in self._symbols:
            self._symbols[key] = Symbol(name, SymbolKind.COUNTER, "a variable that changes while training")
        return ref(self._symbols[key])

    def _bound(self, name: str, binding: Binding) -> Node:
        scope = binding.scope
        if (scope, name) in self._arguments:
            return node(Op.NAMED, self._arguments[scope, name], value=name)
        match binding.kind:
            case BindingKind.ASSIGN if binding.value is not None:
                return self._assigned(name, binding)
            case BindingKind.PARAMETER:
                return self._parameter_binding(name, binding)
            case BindingKind.IMPORT:
                if binding.qualified in CONSTANTS:
                    return const(CONSTANTS[binding.qualified])
                return self.parameter(name, scope, f"imported as `{binding.qualified}`")
            case BindingKind.LOOP:
                return self.counter(name, scope)
        return self.parameter(name, scope, _NOT_TOLD)

    def _assigned(self, name: str, binding: Binding) -> Node:
        assert binding.value is not None
        value = self._deeper(binding.value, Where(binding.scope, binding.position, binding.blocks))
        if value is None or plain(value).op is Op.UNKNOWN:
            return self.parameter(name, binding.scope, _NOT_TOLD)
        if value.symbol is not None and value.symbol.origin == _NOT_TOLD:
            return self.parameter(name, binding.scope, _NOT_TOLD)  # the nearer, shorter name
        return node(Op.NAMED, value, value=name)

    def _deeper(self, source: cst.CSTNode, where: Where) -> Node | None:
        """Lower a value that a name leads to; None where names lead on too far."""
        if self._level >= MAX_INLINE:
            return None
        self._level += 1
        try:
            return self._lower(source, where, {})
        finally:
            self._level -= 1

    def _parameter_binding(self, name: str, binding: Binding) -> Node:
        scope = binding.scope
        default: Node | None = None
        if binding.value is not None and scope.parent is not None:
            default = self._deeper(binding.value, Where(scope.parent, binding.position, scope.blocks))
        if scope.name == "<lambda>" and default is not None:
            return node(Op.NAMED, default, value=name)  # nobody passes it: it binds the name early
        origin = f"a parameter of `{scope.path}`"
        value = NOT_LITERAL if default is None else _literal_of(plain(default))
        passed = self._passed(name, scope)
        if passed:
            # What it is called with counts, not what it would be: where calls differ, neither is known.
            values = {repr(each): each for each in passed}
            value = next(iter(values.values())) if len(values) == 1 else NOT_LITERAL
            origin = f"its value in the call of `{scope.path}`"
        if value is NOT_LITERAL:
            return self.parameter(name, scope, origin)
        return self.parameter(name, scope, origin, default=value, has_default=True)

    def _passed(self, name: str, scope: Scope) -> list[object]:
        """What the calls in this file pass for a parameter; empty where none passes it."""
        function = scope.node
        if not isinstance(function, cst.FunctionDef):
            return []
        names = [each.name.value for each in (*function.params.posonly_params, *function.params.params)]
        method = scope.parent is not None and scope.parent.kind is ScopeKind.CLASS
        called = scope.parent.name if method and scope.parent and scope.name == "__init__" else scope.name
        position = names.index(name) - method if name in names else None
        found: list[object] = []
        for call in self._module.screen.calls.get(called, ()):
            if name in call.keywords:
                found.append(call.keywords[name])
            elif position is not None and position < len(call.positional):
                found.append(call.positional[position])
            elif not call.complete:
                found.append(NOT_LITERAL)
        return found

    # --- attributes and subscripts ----------------------------------------------------------------
    def _attribute(self, source: cst.Attribute, where: Where, local: Locals) -> Node:
        dotted = dotted_name(source)
        if dotted is None:
            return self._opaque(source, where, local)
        root = dotted.partition(".")[0]
        if root in local and plain(local[root]).op is not Op.SYMBOL:
            return self._opaque(source, where, local)
        qualified = self._module.qualified(source, where.scope) if root not in local else None
        if qualified in CONSTANTS:
            return const(CONSTANTS[qualified])
        return self._setting(dotted, source.attr.value, where)

    def _setting(self, dotted: str, field: str, where: Where) -> Node:
        """The value of `args.x`, `self.x`, `cfg.a.b`: what it is set to, else a parameter of its own."""
        scope = where.scope.enclosing(ScopeKind.CLASS) if dotted.startswith("self.") else None
        bindings = self._module.attribute_bindings(dotted, where.scope)
        if len(bindings) == 1 and bindings[0].kind is BindingKind.ASSIGN and bindings[0].value is not None:
            binding = bindings[0]
            assert binding.value is not None
            value = self._deeper(binding.value, Where(binding.scope, binding.position, binding.blocks))
            if value is not None and plain(value).op is not Op.UNKNOWN:
                return node(Op.NAMED, value, value=dotted)
        elif any(each.kind is BindingKind.OTHER for each in bindings):
            return self.counter(dotted, scope)
        elif (
            scope is not None and not bindings and field in scope.bindings and len(scope.bindings[field]) == 1
        ):
            return node(Op.NAMED, self._bound(field, scope.bindings[field][0]), value=dotted)
        default = None if bindings or dotted.startswith("self.") else self._module.screen.defaults.get(field)
        if default is None:
            return self.parameter(dotted, scope, _NOT_TOLD)
        return self.parameter(dotted, scope, default.origin, default=default.value, has_default=True)

    def _subscript(self, source: cst.Subscript, where: Where, local: Locals) -> Node:
        if len(source.slice) == 1 and isinstance(source.slice[0].slice, cst.Index):
            key = source.slice[0].slice.value
            table = self._dict_literal(source.value, where)
            if table is not None and isinstance(key, cst.SimpleString):
                for element in table.elements:
                    if (
                        isinstance(element, cst.DictElement)
                        and isinstance(element.key, cst.SimpleString)
                        and element.key.evaluated_value == key.evaluated_value
                    ):
                        value = self._deeper(element.value, Where(where.scope))
                        if value is not None:
                            return node(Op.NAMED, value, value=self._text(source))
            base = self._lower(source.value, where, local)
            if plain(base).op in {Op.TUPLE, Op.CALL}:
                return node(Op.INDEX, base, self._lower(key, where, local))
        return self._opaque(source, where, local)

    def _dict_literal(self, source: cst.CSTNode, where: Where) -> cst.Dict | None:
        """The dict display that a name is bound to, where it is bound once."""
        if not isinstance(source, cst.Name):
            return None
        bindings = self._module.look_up(source.value, where.scope, where.position, where.blocks)
        if len(bindings) == 1 and isinstance(bindings[0].value, cst.Dict):
            return bindings[0].value
        return None

    # --- calls --------------------------------------------------------------------------------
    def _call(self, source: cst.Call, where: Where, local: Locals) -> Node:
        if any(arg.star for arg in source.args):
            return self._opaque(source, where, local)
        callee = source.func
        if (
            isinstance(callee, cst.Attribute)
            and callee.attr.value in _TRANSPARENT_METHODS
            and not source.args
        ):
            return self._lower(callee.value, where, local)
        fallback = self._with_fallback(source, where)
        if fallback is not None:
            return fallback
        name = self._module.qualified(callee, where.scope)
        positional = [arg.value for arg in source.args if arg.keyword is None]
        if name in {*FUNCTIONS, "pow"} and name not in local and len(positional) == len(source.args):
            arguments = [self._lower(each, where, local) for each in positional]
            if name == "pow" and len(arguments) == 2:
                return node(Op.POW, *arguments)
            if name == "len" and plain(arguments[0] if arguments else const(0)).op is not Op.TUPLE:
                return self._opaque(source, where, local)
            return node(Op.CALL, *arguments, value=name)
        if isinstance(callee, cst.Name) and callee.value not in local:
            target = self.function(callee, where)
            if target is not None and self._level < MAX_INLINE:
                keywords = {
                    arg.keyword.value: self._lower(arg.value, where, local)
                    for arg in source.args
                    if arg.keyword
                }
                self._level += 1
                try:
                    return self._inline(
                        target, [self._lower(each, where, local) for each in positional], keywords
                    )
                finally:
                    self._level -= 1
        return self._opaque(source, where, local)

    def _with_fallback(self, source: cst.Call, where: Where) -> Node | None:
        """`getattr(args, "x", 5)` and `cfg.get("x", 5)`: a parameter with a default."""
        match source:
            case cst.Call(func=cst.Name("getattr"), args=[owner, key, fallback]):
                base: cst.CSTNode = owner.value
            case cst.Call(func=cst.Attribute(value=base, attr=cst.Name("get")), args=[key, fallback]):
                pass
            case _:
                return None
        dotted = dotted_name(base)
        if dotted is None or not isinstance(key.value, cst.SimpleString) or fallback.keyword is not None:
            return None
        default = plain(self._lower(fallback.value, where, {}))
        if default.op is not Op.CONST:
            return None
        name = f"{dotted}.{key.value.evaluated_value!s}"
        return self.parameter(name, None, "its default", default=default.value, has_default=True)

    def function(self, source: cst.CSTNode, where: Where) -> Target | None:
        """The one function of this file that a name or `self.method` stands for."""
        if isinstance(source, cst.Attribute):
            dotted = dotted_name(source)
            owner = where.scope.enclosing(ScopeKind.CLASS)
            if dotted is None or owner is None or dotted.count(".") != 1 or not dotted.startswith("self."):
                return None
            methods = owner.bindings.get(source.attr.value, [])
            if len(methods) == 1 and isinstance(methods[0].value, cst.FunctionDef):
                static = any(
                    isinstance(each.decorator, cst.Name) and each.decorator.value == "staticmethod"
                    for each in methods[0].value.decorators
                )
                return Target(methods[0].value, owner, source.attr.value, skips_self=not static)
            return None
        if not isinstance(source, cst.Name):
            return None
        bindings = self._module.look_up(source.value, where.scope, where.position, where.blocks)
        if len(bindings) != 1:
            return None
        value = bindings[0].value
        if isinstance(value, (cst.FunctionDef, cst.Lambda)):
            return Target(value, bindings[0].scope, source.value)
        return None

    def _inline(self, target: Target, arguments: Sequence[Node], keywords: Mapping[str, Node]) -> Node:
        function = target.function
        scope = self._module.index.opened.get(function)
        if scope is None:
            return unknown(f"`{target.name}` could not be read")
        local = self._bind_arguments(target, arguments, keywords, scope)
        if local is None:
            return node(Op.RAISE, value=f"`{target.name or 'the lambda'}` is called with the wrong arguments")
        if isinstance(function, cst.Lambda):
            return self._lower(function.body, Where(scope), local)
        if function.asynchronous is not None or any(
            dotted_name(each.decorator) not in {"staticmethod", None} for each in function.decorators
        ):
            return unknown(f"`{target.name}` is decorated")
        return self._run(tuple(function.body.body), Where(scope), local)

    def _bind_arguments(
        self, target: Target, arguments: Sequence[Node], keywords: Mapping[str, Node], scope: Scope
    ) -> dict[str, Node] | None:
        """Arguments by parameter name, as a call binds them; None where the call itself is an error."""
        parameters = target.function.params
        names = [each.name.value for each in (*parameters.posonly_params, *parameters.params)]
        if target.skips_self:
            names = names[1:]
        given = [*target.positional, *arguments]
        local: dict[str, Node] = dict(target.keywords)
        free = [name for name in names if name not in local]
        if len(given) > len(free) and not isinstance(parameters.star_arg, cst.Param):
            return None
        local.update(zip(free, given, strict=False))
        local.update(keywords)
        # Under its own name, so that a use is placed where it stands, and not where the call does.
        local = {name: _under(name, value) for name, value in local.items()}
        for each in (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params):
            name = each.name.value
            if name in local or (
                target.skips_self and name not in names and each not in parameters.kwonly_params
            ):
                continue
            if each.default is None:
                return None
            parent = scope.parent
            assert parent is not None
            default = self._deeper(
                each.default,
                Where(parent, self._module.span(function_start(target.function)).start, scope.blocks),
            )
            local[name] = node(Op.NAMED, default or unknown("names lead on too far"), value=name)
        return local

    # --- statements: the value that a body returns --------------------------------------------------
    def _run(self, statements: tuple[cst.CSTNode, ...], where: Where, local: Locals) -> Node:
        """What these statements, run in order, return."""
        local = dict(local)
        for number, statement in enumerate(statements):
            rest = statements[number + 1 :]
            match statement:
                case cst.SimpleStatementLine(body=body) | cst.SimpleStatementSuite(body=body):
                    return self._run((*body, *rest), where, local)
                case cst.Return(value=value):
                    return self._lower(value, where, local) if value is not None else const(None)
                case cst.Raise():
                    return node(Op.RAISE, value=self._text(statement), span=self._module.span(statement))
                case cst.If():
                    if not leaves_block(statement):
                        local = self._merge(statement, where, local)
                        continue
                    self._paths += 1
                    if self._paths > MAX_PATHS:
                        return unknown(f"more than {MAX_PATHS} paths")
                    condition = self._lower(statement.test, where, local)
                    then = self._run((*statement.body.body, *rest), where, local)
                    other = self._run((*_else(statement), *rest), where, local)
                    return node(Op.IF, condition, then, other)
                case cst.For():
                    unrolled = self._unroll(statement, where, local)
                    if unrolled is None:
                        return unknown("a loop that cannot be unrolled", self._module.span(statement))
                    if not leaves_block(statement):
                        for assignments in unrolled:
                            local = self._assign_all(statement.body.body, where, {**local, **assignments})
                        continue
                    return self._run_unrolled(statement, unrolled, rest, where, local)
                case (
                    cst.While()
                    | cst.Try()
                    | cst.TryStar()
                    | cst.With()
                    | cst.Match()
                    | cst.Del()
                    | cst.Global()
                    | cst.Nonlocal()
                ):
                    return unknown(
                        f"a `{type(statement).__name__.lower()}` statement", self._module.span(statement)
                    )
                case cst.Break() | cst.Continue():
                    return unknown("a `break` or `continue`", self._module.span(statement))
                case cst.FunctionDef(name=name) | cst.ClassDef(name=name):
                    local[name.value] = unknown("a function defined inside")
                case _:
                    local = self._assign(statement, where, local)
        return const(None)

    def _run_unrolled(
        self,
        statement: cst.For,
        unrolled: list[dict[str, Node]],
        rest: tuple[cst.CSTNode, ...],
        where: Where,
        local: Locals,
    ) -> Node:
        if not unrolled:
            return self._run(rest, where, local)
        self._paths += 1
        if self._paths > MAX_PATHS:
            return unknown(f"more than {MAX_PATHS} paths")
        # The body is a chain of tests that may return; what they leave is the next pass.
        body = [each for each in statement.body.body if not _is_blank(each)]
        if len(body) == 1 and isinstance(body[0], cst.If) and body[0].orelse is None:
            passed = {**local, **unrolled[0]}
            return node(
                Op.IF,
                self._lower(body[0].test, where, passed),
                self._run(tuple(body[0].body.body), where, passed),
                self._run_unrolled(statement, unrolled[1:], rest, where, passed),
            )
        return unknown("a loop that returns from its middle", self._module.span(statement))

    def _merge(self, statement: cst.If, where: Where, local: Locals) -> dict[str, Node]:
        """Run both suites of an `if` that only assign, and choose between what they assign."""
        condition = self._lower(statement.test, where, local)
        then = self._assign_all(statement.body.body, where, local)
        other = self._assign_all(_else(statement), where, local)
        merged = dict(local)
        for name in {**then, **other}:
            left = then.get(name, unknown(f"`{name}` may not be set"))
            right = other.get(name, unknown(f"`{name}` may not be set"))
            merged[name] = left if left is right else node(Op.IF, condition, left, right)
        return merged

    def _assign_all(self, statements: Sequence[cst.CSTNode], where: Where, local: Locals) -> dict[str, Node]:
        result = dict(local)
        for statement in statements:
            match statement:
                case cst.If():
                    result = self._merge(statement, where, result)
                case cst.SimpleStatementLine(body=body) | cst.SimpleStatementSuite(body=body):
                    result = self._assign_all(body, where, result)
                case cst.For() | cst.While() | cst.Try() | cst.With() | cst.Match():
                    for name in stored_names(statement):
                        result[name] = unknown(f"`{name}` is set in a nested block")
                case _:
                    result = self._assign(statement, where, result)
        return result

    def _assign(self, statement: cst.CSTNode, where: Where, local: Locals) -> dict[str, Node]:
        """Run one statement that does not return."""
        result = dict(local)
        match statement:
            case cst.Assign(targets=targets, value=value):
                lowered = self._lower(value, where, local)
                for target in targets:
                    self._store(target.target, lowered, result)
            case cst.AnnAssign(target=target, value=value) if value is not None:
                self._store(target, self._lower(value, where, local), result)
            case cst.AugAssign(target=cst.Name(value=name), operator=operator, value=value):
                op = AUGMENTED.get(type(operator))
                before = self._name(statement.target, name, where, local)
                after = self._lower(value, where, local)
                result[name] = (
                    node(op, before, after) if op is not None else unknown("an operator that is not known")
                )
            case _:
                for name in stored_names(statement):
                    result[name] = unknown(f"`{name}` is set in a way that is not followed")
        return result

    def _store(self, target: cst.CSTNode, value: Node, result: dict[str, Node]) -> None:
        match target:
            case cst.Name(value=name):
                result[name] = node(Op.NAMED, value, value=name)
            case cst.Tuple(elements=elements) | cst.List(elements=elements):
                for number, element in enumerate(elements):
                    part = (
                        plain(value).args[number]
                        if plain(value).op is Op.TUPLE and len(plain(value).args) == len(elements)
                        else unknown("an unpacking that is not followed")
                    )
                    self._store(element.value, part, result)

    def _unroll(self, statement: cst.For, where: Where, local: Locals) -> list[dict[str, Node]] | None:
        """The values of a loop's variables, pass by pass; None where the source does not list them."""
        if statement.orelse is not None:
            return None
        elements = self._elements(statement.iter, where, local)
        if elements is None or len(elements) > MAX_UNROLL:
            return None
        passes = []
        for element in elements:
            assignments: dict[str, Node] = {}
            self._store(statement.target, element, assignments)
            passes.append(assignments)
        return passes

    def _elements(self, source: cst.BaseExpression, where: Where, local: Locals) -> list[Node] | None:
        match source:
            case cst.Call(func=cst.Name("range"), args=args) if args:
                bounds = [plain(self._lower(arg.value, where, local)) for arg in args]
                values = [
                    bound.value for bound in bounds if bound.op is Op.CONST and type(bound.value) is int
                ]
                if len(values) != len(args) or len(args) > 3 or (len(values) == 3 and values[2] == 0):
                    return None
                numbers = range(*values)
                return [const(number) for number in numbers] if len(numbers) <= MAX_UNROLL else None
            case cst.Call(func=cst.Name("enumerate"), args=[arg]):
                inner = self._elements(arg.value, where, local)
                if inner is None:
                    return None
                return [node(Op.TUPLE, const(number), each) for number, each in enumerate(inner)]
        sequence = plain(self._lower(source, where, local))
        return list(sequence.args) if sequence.op is Op.TUPLE else None

    # --- closures -----------------------------------------------------------------------------
    @contextmanager
    def bound(self, scope: Scope, arguments: Mapping[str, Node]) -> Iterator[None]:
        """Within, the parameters of `scope` are `arguments`: a factory or a class was called with them."""
        before = self._arguments
        self._arguments = {**before, **{(scope, name): value for name, value in arguments.items()}}
        try:
            yield
        finally:
            self._arguments = before

    def method_of_class(self, source: cst.CSTNode, where: Where, method: str) -> Target | None:
        """A method of the class of this file that a name stands for, where it is defined there once."""
        if not isinstance(source, cst.Name):
            return None
        bindings = self._module.look_up(source.value, where.scope, where.position, where.blocks)
        if len(bindings) != 1 or not isinstance(bindings[0].value, cst.ClassDef):
            return None
        scope = self._module.index.opened.get(bindings[0].value)
        found = scope.bindings.get(method, []) if scope is not None else []
        if scope is None or len(found) != 1 or not isinstance(found[0].value, cst.FunctionDef):
            return None
        return Target(found[0].value, scope, source.value, skips_self=True)

    def arguments(
        self, target: Target, arguments: Sequence[Node], keywords: Mapping[str, Node]
    ) -> dict[str, Node] | None:
        """What a call of a factory binds, by parameter name."""
        scope = self._module.index.opened.get(target.function)
        return None if scope is None else self._bind_arguments(target, arguments, keywords, scope)


def _under(name: str, value: Node) -> Node:
    return value if value.op is Op.SYMBOL else node(Op.NAMED, value, value=name)


def function_start(function: Function) -> cst.CSTNode:
    """A node that stands at the start of a function, before its parameters."""
    return function.name if isinstance(function, cst.FunctionDef) else function


def _varies(value: Node) -> bool:
    """Whether a value changes from tick to tick."""
    return any(symbol.kind is not SymbolKind.PARAMETER for symbol in symbols(value))


def _else(statement: cst.If) -> tuple[cst.CSTNode, ...]:
    if statement.orelse is None:
        return ()
    return (statement.orelse,) if isinstance(statement.orelse, cst.If) else tuple(statement.orelse.body.body)


def _is_blank(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and all(
        isinstance(each, cst.Pass) for each in statement.body
    )


def _literal_of(value: Node) -> object:
    """The literal that a node is, a minus sign before it included."""
    if value.op is Op.CONST:
        return value.value
    if value.op is Op.NEG and plain(value.args[0]).op is Op.CONST:
        number = plain(value.args[0]).value
        return -number if isinstance(number, (int, float)) else NOT_LITERAL
    return NOT_LITERAL
