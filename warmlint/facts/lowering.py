"""From libcst nodes to the expression form: what a name, an expression or a function's body comes to.

Lowering never fails: what the source does not tell becomes a parameter (a symbol with the source's own
name) where it is one fixed value, and "unknown", with the reason, where it may change with the tick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from warmlint.facts import tables
from warmlint.facts.bodies import OBJECT, Bodies, groups, settled
from warmlint.facts.changes import Changes, changes_of
from warmlint.facts.module import Module, module_of
from warmlint.facts.project import Definition
from warmlint.facts.scopes import Binding, BindingKind, Blocks, Scope, ScopeKind, dotted_name
from warmlint.facts.screen import BASES, DECLARED, NOT_LITERAL, Default
from warmlint.facts.state import BASE_LR, FIRST_GROUP, GROUP, LR, MADE, OWN_LR, asks_whose, carried, of_first
from warmlint.facts.walk import names_in, returned_values, walk
from warmlint.functions import CONSTANTS, FUNCTIONS
from warmlint.limits import (
    MAX_INLINE,
    MAX_LITERAL_BITS,
    MAX_LOOP_STATEMENTS,
    MAX_NODES,
    MAX_SEQUENCE,
    MAX_UNROLL,
)
from warmlint.source import Position, Span

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
_TRANSPARENT_METHODS: Final = frozenset({"item", "tolist", "copy", "cpu", "numpy", "astype", "detach"})
"""What gives the number, or the numbers, themselves: `tensor.item()`."""
_STEADY: Final = frozenset({"len", "get", "getattr", "get_world_size", "device_count", "numel", "size"})
"""What says one thing as long as a run goes on."""
_ALIASES: Final = {
    **dict.fromkeys(("numpy.min", "numpy.amin", "torch.min"), "min"),
    **dict.fromkeys(("numpy.max", "numpy.amax", "torch.max"), "max"),
}
_CAREFUL: Final = frozenset({"staticmethod", "classmethod", "torch.no_grad", "override", "typing.override"})
"""The decorators that leave what a function computes as it is."""


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
        self.home = module
        self.bodies = Bodies(self)
        self._objects: list[tuple[Scope, ...]] = []
        self._symbols: dict[tuple[Scope | None, str], Symbol] = {}
        self._arguments: dict[tuple[Scope, str], Node] = {}
        self._changes: dict[Module, Changes] = {}
        self.used: set[Function] = set()
        self._deriving: list[Scope] = []
        self._level = 0
        self._nodes = 0
        self._ticking = False
        self._followed = 0

    # --- entry points -------------------------------------------------------------------------
    def expression(self, source: cst.BaseExpression, where: Where, local: Locals | None = None) -> Node:
        """What `source` comes to at a place; `local` holds names that have a value of their own there."""
        self._nodes = self.bodies.paths = 0
        return self.lower(source, where, local or {})

    def length(self, source: cst.BaseExpression, where: Where, local: Locals) -> Node:
        """How many elements `source` has: of a display a number, of all else a parameter."""
        sequence = plain(self.lower(source, where, local))
        if sequence.op is Op.TUPLE:
            return const(len(sequence.args))
        if isinstance(source, cst.BinaryOperation) and isinstance(source.operator, cst.Multiply):
            parts = [plain(self.lower(each, where, local)) for each in (source.left, source.right)]
            lengths = [const(len(part.args)) if part.op is Op.TUPLE else part for part in parts]
            if any(part.op is Op.TUPLE for part in parts):
                return node(Op.MUL, *lengths)
        return self._fixed(f"len({self.text(source, where)})", source, where)

    def call(self, target: Target, arguments: Sequence[Node], state: Locals | None = None) -> Node:
        """What a function of the source returns for `arguments`; `state` is what it finds set."""
        self._nodes = self.bodies.paths = 0
        return self._inline(target, arguments, {}, state or {})

    def parameter(self, name: str, scope: Scope | None, origin: str, **more: object) -> Node:
        """A reference to the symbol that `name` is in `scope`."""
        key = (scope, name)
        if key not in self._symbols:
            symbol = Symbol(name, SymbolKind.PARAMETER, origin)
            self._symbols[key] = replace(symbol, **more)  # type: ignore[arg-type]
        return ref(self._symbols[key])

    @property
    def base_lr(self) -> Node:
        """The LR of an optimizer whose making is not in sight."""
        return self.parameter("base_lr", None, "the LR of the optimizer")

    def scope_of(self, symbol: Symbol) -> Scope | None:
        """The scope whose name a symbol is."""
        return next((scope for (scope, _), known in self._symbols.items() if known is symbol), None)

    def parameters_of(self, scope: Scope) -> dict[str, Symbol]:
        """The symbols that names of a scope are, as far as they were met."""
        return {name: symbol for (home, name), symbol in self._symbols.items() if home is scope}

    def follow(self) -> None:
        """Count a statement that is read in search of loops. Raises `TooLarge` where there were too many."""
        self._followed += 1
        if self._followed > MAX_LOOP_STATEMENTS:
            raise TooLarge(f"more than {MAX_LOOP_STATEMENTS:,} statements were followed in this file")

    # --- expressions --------------------------------------------------------------------------
    def lower(self, source: cst.CSTNode, where: Where, local: Locals) -> Node:
        """What `source` comes to, as a part of an expression that is being lowered."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            return unknown(f"more than {MAX_NODES} operations")
        try:
            lowered = self._dispatch(source, where, local)
        except TooLarge as error:
            return unknown(str(error))
        if lowered.span is None and module_of(where.scope) is self.home:
            return replace(lowered, span=self.home.span(source))
        return lowered

    def span(self, source: cst.CSTNode, where: Where) -> Span | None:
        """Where `source` stands in the linted file; None where it stands in another one."""
        return self.home.span(source) if module_of(where.scope) is self.home else None

    def text(self, source: cst.CSTNode, where: Where) -> str:
        """The source of a node, in one short line."""
        text = " ".join(module_of(where.scope).text(source).split())
        return text if len(text) <= 60 else text[:57] + "…"

    @staticmethod
    def at_end(scope: Scope) -> Where:
        """The end of a scope, where all that it binds is bound."""
        return Where(scope)

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
                return tables.lifted([self.lower(inner, where, local)], lambda args: node(Op.NEG, *args))
            case cst.UnaryOperation(operator=cst.Plus(), expression=inner):
                return node(Op.POS, self.lower(inner, where, local))
            case cst.UnaryOperation(operator=cst.Not(), expression=inner):
                return node(Op.NOT, self.lower(inner, where, local))
            case cst.BinaryOperation(left=left, operator=operator, right=right) if type(operator) in _BINARY:
                op = _BINARY[type(operator)]
                sides = [self.lower(left, where, local), self.lower(right, where, local)]
                return tables.arithmetic(op, *sides)
            case cst.BooleanOperation(left=left, operator=operator, right=right):
                op = Op.AND if isinstance(operator, cst.And) else Op.OR
                return node(op, self.lower(left, where, local), self.lower(right, where, local))
            case cst.Comparison():
                return self._comparison(source, where, local)
            case cst.IfExp(test=test, body=body, orelse=orelse):
                condition = self.lower(test, where, local)
                known = settled(condition)
                if known is not None:
                    return self.lower(body if known else orelse, where, local)
                return node(
                    Op.IF, condition, self.lower(body, where, local), self.lower(orelse, where, local)
                )
            case cst.Tuple(elements=elements) | cst.List(elements=elements) if len(elements) <= MAX_SEQUENCE:
                if any(isinstance(each, cst.StarredElement) for each in elements):
                    return self._opaque(source, where, local)
                return node(Op.TUPLE, *(self.lower(each.value, where, local) for each in elements))
            case cst.ListComp(elt=elt, for_in=loop) | cst.GeneratorExp(elt=elt, for_in=loop):
                return self._comprehension(source, elt, loop, where, local)
            case cst.Subscript():
                return self._subscript(source, where, local)
            case cst.Attribute():
                return self._attribute(source, where, local)
            case cst.Call():
                return self._call(source, where, local)
        return self._opaque(source, where, local)

    def _comparison(self, source: cst.Comparison, where: Where, local: Locals) -> Node:
        parts = []
        left = self.lower(source.left, where, local)
        for target in source.comparisons:
            right = self.lower(target.comparator, where, local)
            if isinstance(target.operator, (cst.In, cst.NotIn)) and plain(right).symbol in {
                GROUP,
                FIRST_GROUP,
            }:
                if asks_whose(local):
                    return ref(OWN_LR)
                # A plain param group has an LR, and no scale of its own.
                has = plain(left).value in {"lr", "initial_lr", "params"}
                parts.append(const(has is isinstance(target.operator, cst.In)))
                continue
            part = node(_COMPARISONS[type(target.operator)], left, right)
            if isinstance(target.operator, (cst.IsNot, cst.NotIn)):
                part = node(Op.NOT, part)
            parts.append(part)
            left = right
        return parts[0] if len(parts) == 1 else node(Op.AND, *parts)

    def _comprehension(
        self,
        source: cst.CSTNode,
        element: cst.BaseExpression,
        loop: cst.CompFor,
        where: Where,
        local: Locals,
    ) -> Node:
        """`[f(x) for x in xs]`, where the source lists the elements or they are a table."""
        if loop.ifs or loop.inner_for_in is not None or loop.asynchronous is not None:
            return self._opaque(source, where, local)
        listed = self.bodies.elements(loop.iter, where, local)
        if listed is not None and len(listed) <= MAX_SEQUENCE:
            return node(
                Op.TUPLE,
                *(self.lower(element, where, {**local, **unpacked(loop.target, each)}) for each in listed),
            )
        whole = self.lower(loop.iter, where, local)
        if tables.is_table(whole) and isinstance(loop.target, cst.Name):
            name = loop.target.value
            listed_ = tables.lifted(
                [whole], lambda args: self.lower(element, where, {**local, name: args[0]})
            )
            return tables.listed(listed_)
        return self._opaque(source, where, local)

    def _opaque(self, source: cst.CSTNode, where: Where, local: Locals) -> Node:
        """A value that is not ours to compute: one parameter, unless the tick may be in it."""
        name = self.text(source, where)
        made = _class_called(source)
        if made is not None:
            return self.parameter(name, where.scope, f"{OBJECT} `{made}`")
        names = set(names_in(source))
        if self._ticking and isinstance(source, cst.Call) and not _says_the_same(source):
            return unknown(f"`{name}` is called anew at each tick, and cannot be computed from the source")
        if names & self.bodies.kept or any(_varies(local[each]) for each in names if each in local):
            return unknown(f"`{name}` cannot be computed from the source")
        return self._fixed(name, source, where)

    def _fixed(self, name: str, source: cst.CSTNode, where: Where) -> Node:
        """A parameter for a value that does not change, in the scope of the first name in it."""
        root = next((each for each in names_in(source) if where.scope.defining(each) is not None), None)
        scope = where.scope.defining(root) if root is not None else None
        return self.parameter(name, scope, _NOT_TOLD)

    # --- names --------------------------------------------------------------------------------
    def _name(self, source: cst.CSTNode, name: str, where: Where, local: Locals) -> Node:
        if name in local:
            return local[name]
        bindings = module_of(where.scope).look_up(name, where.scope, where.position, where.blocks)
        if not bindings:
            return self._imported(source, name, where)
        if len(bindings) > 1:
            later = [
                each for each in bindings if where.position is not None and each.position > where.position
            ]
            if later or any(each.kind is BindingKind.OTHER for each in bindings):
                return self.counter(name, bindings[0].scope)
            return self._chosen(name, bindings)
        return self._bound(name, bindings[0])

    def _chosen(self, name: str, bindings: Sequence[Binding]) -> Node:
        """A name that one of several assignments has bound: one value where they agree."""
        values = [self._bound(name, each) for each in bindings]
        literals = {repr(plain(each).value) for each in values if plain(each).op is Op.CONST}
        if len(literals) == 1 and all(plain(each).op is Op.CONST for each in values):
            return values[0]
        # Not the parameter of that name, whose default is what it was before.
        key = (bindings[0].scope, f"{name}, set in several places")
        if key not in self._symbols:
            self._symbols[key] = Symbol(name, SymbolKind.PARAMETER, "set in several places")
        return ref(self._symbols[key])

    def _imported(self, source: cst.CSTNode, name: str, where: Where) -> Node:
        qualified = module_of(where.scope).qualified(source, where.scope)
        if qualified in CONSTANTS:
            return const(CONSTANTS[qualified])
        found = self._constant(qualified, where)
        if found is not None:
            return node(Op.NAMED, found, value=name)
        return self.parameter(
            name, None, f"imported as `{qualified}`" if qualified != name else "not bound here"
        )

    def definition(self, qualified: str | None, where: Where) -> Definition | None:
        """What a qualified name is bound to in another file of the project, or in a library's stub."""
        if qualified is None:
            return None
        module = module_of(where.scope)
        if "." not in qualified and qualified not in module.screen.imports:
            for star in module.screen.stars:
                joined = f"{star}.{qualified}" if star.strip(".") else f"{star}{qualified}"
                if (found := module.project.definition(joined, module)) is not None:
                    return found
        return module.project.definition(qualified, module)

    def _constant(self, qualified: str | None, where: Where) -> Node | None:
        """The value of a name that another file assigns."""
        found = self.definition(qualified, where)
        if found is None or found.binding.kind is not BindingKind.ASSIGN or found.binding.value is None:
            return None
        binding = found.binding
        assert binding.value is not None
        value = self._deeper(binding.value, Where(binding.scope, binding.position, binding.blocks))
        return (
            value if value is not None and not symbols(value) and plain(value).op is not Op.UNKNOWN else None
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
                found = self._constant(binding.qualified, Where(scope))
                return found or self.parameter(name, scope, f"imported as `{binding.qualified}`")
            case BindingKind.LOOP:
                return self.counter(name, scope)
        return self.parameter(name, scope, _NOT_TOLD)

    def _assigned(self, name: str, binding: Binding) -> Node:
        assert binding.value is not None
        value = self._deeper(binding.value, Where(binding.scope, binding.position, binding.blocks))
        if value is None or plain(value).op is Op.UNKNOWN or self._is_changed(name, value, binding.scope):
            return self.parameter(name, binding.scope, _NOT_TOLD)
        if value.symbol is not None and value.symbol.origin.startswith(OBJECT):
            return value
        if value.symbol is not None and value.symbol.origin == _NOT_TOLD:
            return self.parameter(name, binding.scope, _NOT_TOLD)  # the nearer, shorter name
        return node(Op.NAMED, value, value=name)

    def _is_changed(self, name: str, value: Node, scope: Scope) -> bool:
        """Whether a name holds a list or an array that the file changes in place."""
        sequence = plain(value).op is Op.TUPLE or tables.is_table(value)
        return sequence and changes_of(scope, self._changes).touch(name, scope)

    def _deeper(self, source: cst.CSTNode, where: Where) -> Node | None:
        """Lower a value that a name leads to; None where names lead on too far."""
        if self._level >= MAX_INLINE:
            return None
        self._level += 1
        before, self._ticking = self._ticking, False
        try:
            return self.lower(source, where, {})
        finally:
            self._level -= 1
            self._ticking = before

    def _parameter_binding(self, name: str, binding: Binding) -> Node:
        scope = binding.scope
        default: Node | None = None
        given = _declared(binding.value)
        if given is not None and scope.parent is not None:
            default = self._deeper(given, Where(scope.parent, binding.position, scope.blocks))
        elif given is None and _is_command(scope.node):
            option = module_of(scope).screen.defaults.get(name)
            default = const(option.value) if option is not None else None
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
        return self.parameter(name, scope, origin, default=value, has_default=True, weak=not passed)

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
        for call in module_of(scope).screen.calls.get(called, ()):
            if name in call.keywords:
                found.append(call.keywords[name])
            elif position is not None and 0 <= position < len(call.positional):
                found.append(call.positional[position])
            elif not call.complete:
                found.append(NOT_LITERAL)
        return found

    # --- attributes and subscripts ----------------------------------------------------------------
    def _attribute(self, source: cst.Attribute, where: Where, local: Locals) -> Node:
        dotted = dotted_name(source)
        if dotted is None:
            return self._opaque(source, where, local)
        if dotted in local:
            return local[dotted]
        root = dotted.partition(".")[0]
        if source.attr.value == "param_groups" and BASE_LR in local:
            return groups()
        if root in local and plain(local[root]).op is not Op.SYMBOL:
            return self._opaque(source, where, local)
        qualified = module_of(where.scope).qualified(source, where.scope) if root not in local else None
        if qualified in CONSTANTS:
            return const(CONSTANTS[qualified])
        if qualified is not None and root in module_of(where.scope).screen.imports:
            found = self._constant(qualified, where)
            if found is not None:
                return node(Op.NAMED, found, value=dotted)
        value = self._property(source, where, local)
        if value is None and isinstance(source.value, cst.Name) and root not in local and root != "self":
            value = self._class_constant(source, dotted, where)
        if value is not None:
            return value
        dotted, where = self._handed(dotted, where)
        return self._setting(dotted, source.attr.value, where)

    def _handed(self, dotted: str, where: Where) -> tuple[str, Where]:
        """An attribute of what a call handed on, as the caller spells it, and the scope that it is of."""
        root, _, rest = dotted.partition(".")
        scope = where.scope.defining(root)
        value = self._arguments.get((scope, root)) if scope is not None else None
        symbol = plain(value).symbol if value is not None else None
        if symbol is None or not symbol.name.replace(".", "").isidentifier():
            return dotted, where
        return f"{symbol.name}.{rest}", Where(self.scope_of(symbol) or where.scope)

    def _class_constant(self, source: cst.Attribute, dotted: str, where: Where) -> Node | None:
        """`Config.warmup_steps`, where the class itself sets it."""
        for each in self.class_of(source.value, where) or ():
            found = each.bindings.get(source.attr.value, [])
            if len(found) == 1 and isinstance(found[0].value, cst.BaseExpression):
                value = self._deeper(found[0].value, Where(each, found[0].position, found[0].blocks))
                if value is not None and plain(value).op is not Op.UNKNOWN:
                    return node(Op.NAMED, value, value=dotted)
        return None

    def _property(self, source: cst.Attribute, where: Where, local: Locals) -> Node | None:
        """What a property of the object that is being run computes."""
        target = self.function(source, where) if self._objects else None
        if target is None or not isinstance(target.function, cst.FunctionDef):
            return None
        if not any(dotted_name(each.decorator) == "property" for each in target.function.decorators):
            return None
        return self._inline(target, (), {}, local) if self._level < MAX_INLINE else None

    def _setting(self, dotted: str, field: str, where: Where) -> Node:
        """The value of `args.x`, `self.x`, `cfg.a.b`: what it is set to, else a parameter of its own."""
        scope = where.scope.enclosing(ScopeKind.CLASS) if dotted.startswith("self.") else None
        bindings = module_of(where.scope).attribute_bindings(dotted, where.scope)
        default = None if dotted.startswith("self.") else self._default(field, where)
        if default is not None:  # what only a condition sets, is by default what it was
            bindings = tuple(
                each
                for each in bindings
                if where.blocks[: len(each.blocks)] == each.blocks or _is_converted(each.value, dotted)
            )
        if len(bindings) == 1 and bindings[0].kind is BindingKind.ASSIGN and bindings[0].value is not None:
            binding = bindings[0]
            assert binding.value is not None
            value = self._deeper(binding.value, Where(binding.scope, binding.position, binding.blocks))
            if (
                value is not None
                and plain(value).op is not Op.UNKNOWN
                and not self._is_changed(dotted, value, binding.scope)
            ):
                return node(Op.NAMED, value, value=dotted)
        elif any(each.kind is BindingKind.OTHER for each in bindings):
            return self.counter(dotted, scope)
        elif (
            scope is not None and not bindings and field in scope.bindings and len(scope.bindings[field]) == 1
        ):
            return node(Op.NAMED, self._bound(field, scope.bindings[field][0]), value=dotted)
        if default is None or bindings:
            return self.parameter(dotted, scope, _NOT_TOLD)
        return self.parameter(dotted, scope, default.origin, default=default.value, has_default=True)

    def _default(self, field: str, where: Where) -> Default | None:
        """The default of a setting, which the linted file gives or the one that reads it."""
        found = self.home.screen.defaults.get(field)
        return found if found is not None else module_of(where.scope).screen.defaults.get(field)

    def _subscript(self, source: cst.Subscript, where: Where, local: Locals) -> Node:
        if len(source.slice) == 1 and isinstance(source.slice[0].slice, cst.Index):
            key = source.slice[0].slice.value
            found = self._under_key(source.value, key, where, local)
            if found is not None:
                return node(Op.NAMED, found, value=self.text(source, where))
            match source.value, key:
                case cst.Attribute(attr=cst.Name("defaults")), cst.SimpleString(evaluated_value="lr"):
                    return local.get(BASE_LR, self.base_lr)
            base = self.lower(source.value, where, local)
            if plain(base).symbol is GROUP:
                return self._of_group(key, source, where, local)
            if plain(base).symbol is FIRST_GROUP:
                return of_first(self._of_group(key, source, where, local))
            index = self.lower(key, where, local)
            if plain(base).op is Op.TUPLE and plain(base).args and plain(plain(base).args[0]).symbol is GROUP:
                if plain(index).op is Op.CONST and plain(index).value != 0:
                    return self._opaque(source, where, local)  # another group than the one that is followed
                return ref(FIRST_GROUP) if isinstance(key, cst.Integer) else plain(base).args[0]
            if plain(base).op is Op.TUPLE and type(plain(index).value) is int:
                place = plain(index).value
                assert isinstance(place, int)
                if -len(plain(base).args) <= place < len(plain(base).args):
                    element = plain(base).args[place]
                    return of_first(element) if isinstance(key, cst.Integer) else element
            if tables.is_table(base):
                return tables.item(base, index)
            if plain(base).op is Op.TUPLE:
                return tables.item(base, index)
            if plain(base).op is Op.CALL:
                return node(Op.INDEX, base, index)
        match source.slice:
            case [cst.SubscriptElement(slice=cst.Slice(lower=cst.Integer() as first, upper=None, step=None))]:
                base = self.lower(source.value, where, local)
                if tables.is_table(base):
                    return tables.rest(base, first.evaluated_value)
        return self._opaque(source, where, local)

    def _of_group(self, key: cst.CSTNode, source: cst.CSTNode, where: Where, local: Locals) -> Node:
        """`group["lr"]` and its like, for every param group alike."""
        match key:
            case cst.SimpleString(evaluated_value="lr") if LR in local:
                return local[LR]
            case cst.SimpleString(evaluated_value="lr" | "initial_lr" | "base_lr") if BASE_LR in local:
                return local[BASE_LR]
            case _ if asks_whose(local):
                return ref(OWN_LR)
            case cst.SimpleString(evaluated_value="lr_scale" | "lr_mult"):
                return const(1)  # of a group that has none
        return self._fixed(self.text(source, where), source, where)

    def _under_key(
        self,
        owner: cst.CSTNode,
        key: cst.BaseExpression,
        where: Where,
        local: Locals,
        fallback: cst.BaseExpression | None = None,
    ) -> Node | None:
        """What a dict display holds under a key; `fallback` is for none, else it is an error. None where the
        display is out of sight, or the key."""
        wanted = plain(self.lower(key, where, local))
        fixed = wanted.value if wanted.op is Op.CONST else None
        table = self._dict_literal(owner, where, fixed)
        if table is None or (wanted.op is not Op.CONST and not _varies(wanted)):
            return None
        held: dict[Scalar, cst.BaseExpression] = {}
        for element in table.elements:
            known = _key_of(element)
            if known is not None and isinstance(element, cst.DictElement):
                held[known] = element.value
            elif fixed is None or isinstance(element, cst.StarredDictElement):
                return None
        if len(held) > MAX_UNROLL:
            return None
        found: Node | None = node(Op.RAISE, value="KeyError")
        if fallback is not None:
            found = self.lower(fallback, where, local)
        elif fixed is not None and fixed not in held:
            return None  # what the display does not hold may be set out of sight
        place = Where(where.scope)
        if fixed is not None:
            return self._deeper(held[fixed], place) if fixed in held else found
        for known, value in reversed(held.items()):
            then = self._deeper(value, place)
            if then is None or found is None:
                return None
            found = node(Op.IF, node(Op.EQ, wanted, const(known)), then, found)
        return found

    def _dict_literal(
        self, source: cst.CSTNode, where: Where, key: object = None, *, changed: bool = False
    ) -> cst.Dict | None:
        """The dict display that a name is bound to, where it is bound once and not changed (under `key`, if
        one is told, or at all, where `changed` asks for those too), or that stands there itself, or under a
        key of another one."""
        if isinstance(source, cst.Dict):
            return source
        match source:
            case cst.Subscript(
                value=outer,
                slice=[cst.SubscriptElement(slice=cst.Index(value=cst.SimpleString() as inner_key))],
            ):
                table = self._dict_literal(outer, where, inner_key.evaluated_value)
                for element in table.elements if table is not None else ():
                    match element:
                        case cst.DictElement(key=cst.SimpleString() as known, value=cst.Dict() as inner) if (
                            known.evaluated_value == inner_key.evaluated_value
                        ):
                            return inner
        if not isinstance(source, cst.Name):
            return None
        bindings = module_of(where.scope).look_up(source.value, where.scope, where.position, where.blocks)
        if len(bindings) != 1 or not isinstance(bindings[0].value, cst.Dict):
            return None
        scope = bindings[0].scope
        if not changed and changes_of(scope, self._changes).touch(source.value, scope, key):
            return None
        return bindings[0].value

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
            value = self.lower(callee.value, where, local)
            return tables.listed(value) if callee.attr.value == "tolist" else value
        fallback = self._with_fallback(source, where, local)
        if fallback is not None:
            return fallback
        name = module_of(where.scope).qualified(callee, where.scope)
        name = _ALIASES.get(name or "", name)
        positional = [arg.value for arg in source.args if arg.keyword is None]
        spelled = dotted_name(callee)
        if name is not None and spelled not in local:
            known = self._known_function(name, source, where, local)
            if known is not None:
                return known
        if spelled not in local:
            target = self.function(callee, where)
            if target is not None and self._level < MAX_INLINE:
                keywords = {
                    arg.keyword.value: self.lower(arg.value, where, local)
                    for arg in source.args
                    if arg.keyword
                }
                self._level += 1
                try:
                    return self._inline(
                        target, [self.lower(each, where, local) for each in positional], keywords, local
                    )
                finally:
                    self._level -= 1
        return self._opaque(source, where, local)

    def _known_function(self, name: str, source: cst.Call, where: Where, local: Locals) -> Node | None:
        """A call of a function of Python's, numpy's or torch's; None for another."""
        positional = [self.lower(arg.value, where, local) for arg in source.args if arg.keyword is None]
        if name == "isinstance" and len(source.args) == 2:
            origin = symbol.origin if (symbol := plain(positional[0]).symbol) is not None else ""
            wanted = dotted_name(source.args[1].value)
            if origin.startswith(OBJECT) and wanted is not None:
                return const(origin.endswith(f"`{wanted.rpartition('.')[2]}`"))
        if name == "hasattr" and len(source.args) == 2 and MADE in local:
            key = plain(positional[1]).value
            if isinstance(source.args[0].value, cst.Name) and source.args[0].value.value == "self":
                return const(f"self.{key}" in local)
        if name == "len" and positional and tables.is_table(positional[0]):
            return tables.length(positional[0])
        keywords = {
            arg.keyword.value: self.lower(arg.value, where, local) for arg in source.args if arg.keyword
        }
        array = tables.made(name, positional, keywords)
        if array is not None:
            return array
        converts = {"dtype", "device", "requires_grad"}  # keywords that change no number
        if name not in {*FUNCTIONS, "pow"} or not set(keywords) <= converts:
            return None
        if name == "pow" and len(positional) == 2:
            return node(Op.POW, *positional)
        if name == "len" and plain(positional[0] if positional else const(0)).op is not Op.TUPLE:
            return self._opaque(source, where, local)
        counted = name == "len" and plain(positional[0]).op is Op.TUPLE
        found = const(len(plain(positional[0]).args)) if counted else tables.called(name, positional)
        # A length that is known is still the length of something: what it counts is told by its name.
        return node(Op.NAMED, found, value=self.text(source, where)) if name == "len" else found

    def _with_fallback(self, source: cst.Call, where: Where, local: Locals) -> Node | None:
        """`getattr(args, "x", 5)` and `cfg.get("x", 5)`: a parameter with a default."""
        match source:
            case cst.Call(func=cst.Name("getattr"), args=[owner, key, fallback]):
                base: cst.CSTNode = owner.value
            case cst.Call(func=cst.Attribute(value=base, attr=cst.Name("get")), args=[key, fallback]):
                pass
            case _:
                return None
        dotted = dotted_name(base)
        if isinstance(source.func, cst.Attribute) and fallback.keyword is None:
            found = self._under_key(base, key.value, where, local, fallback.value)
            if found is not None:
                return found
            if self._dict_literal(base, where, changed=True) is not None:
                return self._opaque(source, where, local)  # of a dict that is changed, no default tells
        if dotted is None or not isinstance(key.value, cst.SimpleString) or fallback.keyword is not None:
            return None
        if asks_whose(local) and plain(self.lower(base, where, local)).symbol is GROUP:
            return ref(OWN_LR)
        if dotted == "self" and MADE in local:
            return local.get(f"self.{key.value.evaluated_value!s}", self.lower(fallback.value, where, local))
        field = str(key.value.evaluated_value)
        name, place = self._handed(f"{dotted}.{field}", where)
        if isinstance(source.func, cst.Name) and (
            self._default(field, place) is not None
            or module_of(place.scope).attribute_bindings(name, place.scope)
        ):
            return self._setting(name, field, place)
        default = plain(self.lower(fallback.value, where, {}))
        if default.op is not Op.CONST:
            return None
        return self.parameter(name, None, "its default", default=default.value, has_default=True)

    def function(self, source: cst.CSTNode, where: Where) -> Target | None:
        """The one function that a name, `self.method` or `module.function` stands for, in this file or
        another of the project."""
        if isinstance(source, cst.Attribute):
            dotted = dotted_name(source)
            if dotted is None:
                return self._method_above(source, where)
            if dotted.startswith("self.") and dotted.count(".") == 1:
                return self._method_of_self(source.attr.value, where)
            qualified = module_of(where.scope).qualified(source, where.scope)
            if qualified is not None and dotted.partition(".")[0] in module_of(where.scope).screen.imports:
                return self._imported_function(qualified, where)
            owner = self.class_of(source.value, where)
            return self.method(owner, source.attr.value) if owner is not None else None
        if not isinstance(source, cst.Name):
            return None
        bindings = module_of(where.scope).look_up(source.value, where.scope, where.position, where.blocks)
        if not bindings:
            return self._imported_function(module_of(where.scope).qualified(source, where.scope), where)
        if len(bindings) != 1:
            return None
        value = bindings[0].value
        if bindings[0].kind is BindingKind.IMPORT:
            return self._imported_function(bindings[0].qualified, where)
        if isinstance(value, (cst.FunctionDef, cst.Lambda)):
            return Target(value, bindings[0].scope, source.value)
        return None

    def _method_above(self, source: cst.Attribute, where: Where) -> Target | None:
        """`super().method`, of the object that is being run."""
        owner = where.scope.enclosing(ScopeKind.CLASS)
        family = next((each for each in self._objects if owner in each), None)
        match source.value:
            case cst.Call(func=cst.Name("super")) if family is not None and owner is not None:
                return self.method(family[family.index(owner) + 1 :], source.attr.value)
        return None

    def _method_of_self(self, name: str, where: Where) -> Target | None:
        owner = where.scope.enclosing(ScopeKind.CLASS)
        if owner is None:
            return None
        family = next((each for each in self._objects if owner in each), None)
        return self.method(family if family is not None else self.family(owner), name)

    def method(self, family: Sequence[Scope], name: str) -> Target | None:
        """The method of that name of an object: of its class, or of the nearest of the classes above."""
        for each in family:
            found = each.bindings.get(name, [])
            if found and isinstance(found[-1].value, cst.FunctionDef):
                if len(found) > 1 and not all(_is_accessor(one.value) for one in found):
                    return None
                function = found[0].value if _is_accessor(found[0].value) else found[-1].value
                assert isinstance(function, cst.FunctionDef)
                static = any(dotted_name(each.decorator) == "staticmethod" for each in function.decorators)
                return Target(function, each, name, skips_self=not static)
        return None

    def _imported_function(self, qualified: str | None, where: Where) -> Target | None:
        found = self.definition(qualified, where)
        if found is None or not isinstance(found.binding.value, (cst.FunctionDef, cst.Lambda)):
            return None
        return Target(found.binding.value, found.binding.scope, found.binding.name)

    def spelled_out(self, call: cst.Call, where: Where) -> cst.Call:
        """A call with `**name` replaced by what the dict display that `name` is bound to holds."""
        if not any(arg.star == "**" for arg in call.args):
            return call
        args: list[cst.Arg] = []
        for arg in call.args:
            table = self._dict_literal(arg.value, where) if arg.star == "**" else None
            if table is None:
                args.append(arg)
                continue
            for element in table.elements:
                match element:
                    case cst.DictElement(key=cst.SimpleString() as key, value=value) if str(
                        key.evaluated_value
                    ).isidentifier():
                        args.append(cst.Arg(value, cst.Name(str(key.evaluated_value))))
                    case _:
                        return call
        return call.with_changes(args=args)

    def display(self, source: cst.BaseExpression, keys: Sequence[str], where: Where) -> cst.Dict | None:
        """The dict display that stands under `keys`, one below the other, of the one that `source` is."""
        for key in keys:
            index = cst.SubscriptElement(cst.Index(cst.SimpleString(repr(key))))
            source = cst.Subscript(source, [index])
        return self._dict_literal(source, where)

    def table_of(self, source: cst.BaseExpression, where: Where) -> dict[str, Node] | None:
        """The values under the names of a dict display, of one that a name is bound to, or of the one that
        a function returns."""
        table = self._dict_literal(source, where)
        if table is not None:
            return self._spelled(table, where)
        if not isinstance(source, cst.Call) or any(arg.star for arg in source.args):
            return None
        target = self.function(source.func, where)
        if target is None or not isinstance(target.function, cst.FunctionDef):
            return None
        match returned_values(target.function):
            case [cst.Dict() as table]:
                pass
            case _:
                return None
        scope = self._opened(target)
        bound = self.arguments(
            target,
            [self.expression(arg.value, where) for arg in source.args if arg.keyword is None],
            {arg.keyword.value: self.expression(arg.value, where) for arg in source.args if arg.keyword},
        )
        if scope is None or bound is None:
            return None
        with self.bound(scope, bound):
            return self._spelled(table, Where(scope))

    def entries(self, name: str, where: Where) -> list[tuple[Node, Node]] | None:
        """The keys and the values, in order, of the dict display that a name is bound to; None where the
        display is out of sight, changed in place, or has another key than texts and whole numbers."""
        table = self._dict_literal(cst.Name(name), where)
        bindings = module_of(where.scope).look_up(name, where.scope, where.position, where.blocks)
        if table is None or bindings[0].kind is not BindingKind.ASSIGN or len(table.elements) > MAX_SEQUENCE:
            return None
        place = Where(bindings[0].scope, bindings[0].position, bindings[0].blocks)
        found: dict[Scalar, Node] = {}
        for element in table.elements:
            key, value = _key_of(element), self._deeper(element.value, place)
            if key is None or key in found or value is None:
                return None
            found[key] = value
        return [(const(key), value) for key, value in found.items()]

    def _spelled(self, table: cst.Dict, where: Where) -> dict[str, Node] | None:
        found: dict[str, Node] = {}
        for element in table.elements:
            match element:
                case cst.DictElement(key=cst.SimpleString() as key, value=value):
                    found[str(key.evaluated_value)] = self.expression(value, where)
                case _:
                    return None
        return found

    # --- classes --------------------------------------------------------------------------------
    def class_of(self, source: cst.CSTNode, where: Where) -> tuple[Scope, ...] | None:
        """The class that a name stands for, with those above it, nearest first."""
        if dotted_name(source) is None:
            return None
        value: cst.CSTNode | None = None
        scope: Scope | None = None
        if isinstance(source, cst.Name):
            bindings = module_of(where.scope).look_up(source.value, where.scope, where.position, where.blocks)
            if len(bindings) == 1 and bindings[0].kind is BindingKind.CLASS:
                value, scope = bindings[0].value, bindings[0].scope
        if value is None:
            found = self.definition(module_of(where.scope).qualified(source, where.scope), where)
            if found is not None and found.binding.kind is BindingKind.CLASS:
                value, scope = found.binding.value, found.binding.scope
        if value is None or scope is None:
            return None
        opened = module_of(scope).index.opened.get(value)
        return self.family(opened) if opened is not None else None

    def class_named(self, qualified: str, where: Where) -> tuple[Scope, ...] | None:
        """The class that a qualified name stands for in another file, with those above it, nearest first."""
        found = self.definition(qualified, where)
        if found is None or found.binding.kind is not BindingKind.CLASS or found.binding.value is None:
            return None
        opened = module_of(found.binding.scope).index.opened.get(found.binding.value)
        return self.family(opened) if opened is not None else None

    def family(self, scope: Scope) -> tuple[Scope, ...]:
        """A class and those that it derives from, as far as they are in sight, nearest first."""
        assert isinstance(scope.node, cst.ClassDef)
        if scope.parent is None or scope in self._deriving or len(self._deriving) > MAX_INLINE:
            return (scope,)
        above: list[Scope] = []
        self._deriving.append(scope)
        try:
            for base in scope.node.bases:
                found = self.class_of(base.value, Where(scope.parent))
                above += [each for each in found or () if each not in above and each is not scope]
        finally:
            self._deriving.pop()
        return (scope, *above)

    def bases(self, family: Sequence[Scope]) -> list[str]:
        """The qualified names of the classes out of sight that a family of classes derives from."""
        return [
            module_of(each).qualified(base.value, each.parent) or dotted_name(base.value) or ""
            for each in family
            if isinstance(each.node, cst.ClassDef) and each.parent is not None
            for base in each.node.bases
        ]

    @contextmanager
    def within(self, family: tuple[Scope, ...]) -> Iterator[None]:
        """Within, `self` is an object of the first class of `family`."""
        self._objects.insert(0, family)
        try:
            yield
        finally:
            self._objects.pop(0)

    def parent_constructor(
        self, call: cst.Call, where: Where
    ) -> Callable[[Locals], Mapping[str, Node]] | None:
        """What `super().__init__(…)` does to the state; None for another call."""
        owner = where.scope.enclosing(ScopeKind.CLASS)
        match call.func:
            case cst.Attribute(value=cst.Call(func=cst.Name("super")), attr=cst.Name("__init__")):
                args = call.args
            case cst.Attribute(value=above, attr=cst.Name("__init__")) if (
                call.args
                and isinstance(call.args[0].value, cst.Name)
                and call.args[0].value.value == "self"
                and dotted_name(above) != "self"
            ):
                args = call.args[1:]
            case _:
                return None
        family = next((each for each in self._objects if owner in each), None)
        if owner is None or family is None:
            return lambda state: {}
        above_owner = family[family.index(owner) + 1 :]
        target = self.method(above_owner, "__init__")

        def construct(state: Locals) -> Mapping[str, Node]:
            if target is None or not isinstance(target.function, cst.FunctionDef):
                return self.made(family, state)
            inner = call.with_changes(args=args)
            return self.effects_of_call(target, inner, where, state)

        return construct

    def made(self, family: Sequence[Scope], state: Locals) -> Mapping[str, Node]:
        """What the constructor of torch's base class leaves: the first tick runs in it."""
        if not BASES & set(self.bases(family)) or BASE_LR not in state:
            return {}
        made = node(Op.TUPLE, state[BASE_LR])
        own = [key.removeprefix("self.") for key in state if key.startswith("self.")]
        return {
            "self.base_lrs": made,
            "self.last_epoch": const(0),
            "self._step_count": const(1),
            MADE: const(" ".join(own)),
        }

    def effects_of_call(self, target: Target, call: cst.Call, where: Where, local: Locals) -> dict[str, Node]:
        """The LR and the state that a call leaves behind."""
        if self._level >= MAX_INLINE:
            return {}
        plain_args = [arg for arg in call.args if not arg.star]
        given = {arg.keyword.value: self.lower(arg.value, where, local) for arg in plain_args if arg.keyword}
        positional = [self.lower(arg.value, where, local) for arg in plain_args if arg.keyword is None]
        return self.effects(target, positional, given, local, open_=len(plain_args) < len(call.args))

    def effects(
        self,
        target: Target,
        positional: Sequence[Node],
        keywords: Mapping[str, Node],
        outer: Locals,
        *,
        open_: bool = False,
    ) -> dict[str, Node]:
        """The LR and the state that a function leaves behind, from those in `outer`; where the call is
        `open_`, it gives more arguments than are spelled out."""
        assert isinstance(target.function, cst.FunctionDef)
        scope = self._opened(target)
        if scope is None:
            return {}
        local = self._bind_arguments(target, positional, keywords, scope, open_=open_)
        if local is None:
            return {}
        self._level += 1
        try:
            return self.bodies.effects(
                target.function.body.body,
                Where(scope),
                {**local, **carried(outer, own=target.skips_self)},
            )
        finally:
            self._level -= 1

    @staticmethod
    def _opened(target: Target) -> Scope | None:
        return module_of(target.scope).index.opened.get(target.function)

    def _inline(
        self, target: Target, arguments: Sequence[Node], keywords: Mapping[str, Node], outer: Locals
    ) -> Node:
        function = target.function
        self.used.add(function)
        scope = self._opened(target)
        if scope is None:
            return unknown(f"`{target.name}` could not be read")
        local = self._bind_arguments(target, arguments, keywords, scope)
        if local is None:
            return node(Op.RAISE, value=f"`{target.name or 'the lambda'}` is called with the wrong arguments")
        local |= carried(outer, own=target.skips_self)
        before, self._ticking = self._ticking, self._ticking or any(map(_ticks, local.values()))
        try:
            return self._body(target, Where(scope), local)
        finally:
            self._ticking = before

    def _body(self, target: Target, where: Where, local: Locals) -> Node:
        """What the body of a function comes to."""
        function = target.function
        if isinstance(function, cst.Lambda):
            return self.lower(function.body, where, local)
        if function.asynchronous is not None or any(
            not _is_harmless(each.decorator) for each in function.decorators
        ):
            return unknown(f"`{target.name}` is decorated")
        return self.bodies.returned(tuple(function.body.body), where, local)

    def _bind_arguments(
        self,
        target: Target,
        arguments: Sequence[Node],
        keywords: Mapping[str, Node],
        scope: Scope,
        *,
        open_: bool = False,
    ) -> dict[str, Node] | None:
        """Arguments by parameter name, as a call binds them; None where the call itself is an error. What an
        `open_` call may give, or not, stays the parameter that it is."""
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
            if open_:
                continue
            if each.default is None:
                return None
            parent = scope.parent
            assert parent is not None
            default = self._deeper(
                each.default,
                Where(parent, module_of(parent).span(function_start(target.function)).start, scope.blocks),
            )
            local[name] = node(Op.NAMED, default or unknown("names lead on too far"), value=name)
        return local

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
        """A method of the class that a name stands for."""
        family = self.class_of(source, where)
        return self.method(family, method) if family is not None else None

    def arguments(
        self, target: Target, arguments: Sequence[Node], keywords: Mapping[str, Node]
    ) -> dict[str, Node] | None:
        """What a call of a factory binds, by parameter name."""
        scope = self._opened(target)
        return None if scope is None else self._bind_arguments(target, arguments, keywords, scope)


def _under(name: str, value: Node) -> Node:
    return value if value.op is Op.SYMBOL else node(Op.NAMED, value, value=name)


def _key_of(element: cst.BaseDictElement) -> Scalar:
    """The key of an element of a dict display, where it is a text or a whole number."""
    match element:
        case cst.DictElement(key=cst.SimpleString(evaluated_value=str(text))):
            return text
        case cst.DictElement(key=cst.Integer(evaluated_value=number)):
            return number
    return None


def function_start(function: Function) -> cst.CSTNode:
    """A node that stands at the start of a function, before its parameters."""
    return function.name if isinstance(function, cst.FunctionDef) else function


def _varies(value: Node) -> bool:
    """Whether a value changes from tick to tick."""
    return any(symbol.kind is not SymbolKind.PARAMETER for symbol in symbols(value))


def _ticks(value: Node) -> bool:
    """Whether a value hangs on the tick."""
    return any(symbol.kind is SymbolKind.TICK for symbol in symbols(value))


def _says_the_same(call: cst.Call) -> bool:
    """Whether a call says, by its name, what a run does not change: a length, a setting."""
    name = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
    return isinstance(name, cst.Name) and name.value in _STEADY


def _is_converted(value: cst.CSTNode | None, dotted: str) -> bool:
    """Whether what a setting is set to is made of itself."""
    return value is not None and any(dotted_name(each) == dotted for each in walk(value))


def _declared(default: cst.CSTNode | None) -> cst.CSTNode | None:
    """The default of a parameter, out of `typer.Option(5)` too."""
    if isinstance(default, cst.Call):
        name = (dotted_name(default.func) or "").rpartition(".")[2]
        if name in DECLARED:
            named = [arg.value for arg in default.args if arg.keyword and arg.keyword.value == "default"]
            plain_ = [arg.value for arg in default.args if arg.keyword is None]
            return next(iter((*named, *plain_)), default)
    return default


def _is_command(function: cst.CSTNode | None) -> bool:
    """Whether a function's parameters are the options of a command line, as click makes them."""
    return isinstance(function, cst.FunctionDef) and any(
        isinstance(each.decorator, cst.Call)
        and (dotted_name(each.decorator.func) or "").rpartition(".")[2] == "option"
        for each in function.decorators
    )


def _class_called(source: cst.CSTNode) -> str | None:
    """The class that an expression makes an object of, by how it is spelled."""
    name = (dotted_name(source.func) or "").rpartition(".")[2] if isinstance(source, cst.Call) else ""
    return name if name[:1].isupper() and not name.isupper() else None


def unpacked(target: cst.CSTNode, value: Node) -> dict[str, Node]:
    """The names of a target, with their parts of a value."""
    match target:
        case cst.Name(value=name):
            return {name: value}
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            parts = plain(value).args if plain(value).op is Op.TUPLE else ()
            if len(parts) != len(elements):
                parts = (unknown("an unpacking that is not followed"),) * len(elements)
            found: dict[str, Node] = {}
            for element, part in zip(elements, parts, strict=True):
                found |= unpacked(element.value, part)
            return found
    return {}


def _is_accessor(function: cst.CSTNode | None) -> bool:
    """Whether a function is a property, or sets one."""
    return isinstance(function, cst.FunctionDef) and any(
        (dotted_name(each.decorator) or "").rpartition(".")[2] in {"property", "setter", "getter"}
        for each in function.decorators
    )


def _is_harmless(decorator: cst.CSTNode) -> bool:
    name = dotted_name(decorator.func if isinstance(decorator, cst.Call) else decorator)
    return name in {*_CAREFUL, "property", "abstractmethod", "abc.abstractmethod"}


def _literal_of(value: Node) -> object:
    """The literal that a node is, a minus sign before it included."""
    if value.op is Op.CONST:
        return value.value
    if value.op is Op.NEG and plain(value.args[0]).op is Op.CONST:
        number = plain(value.args[0]).value
        return -number if isinstance(number, (int, float)) else NOT_LITERAL
    return NOT_LITERAL
