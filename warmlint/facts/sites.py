"""Finds the schedules of a file and gathers what belongs to each: factors, optimizer, loop, name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import libcst as cst

from warmlint.expr import Node, Op, Symbol, SymbolKind, const, node, plain, ref
from warmlint.facts.loops import Actors, LoopReader
from warmlint.facts.lowering import Lowering, Target, Where
from warmlint.facts.model import Factor, FileFacts, Loop, Optimizer, Schedule, Unread
from warmlint.facts.module import Module
from warmlint.facts.scopes import Binding, BindingKind, PlacedCall, Scope, ScopeKind, dotted_name
from warmlint.facts.screen import Screen, is_schedule
from warmlint.facts.walk import children, returned_values
from warmlint.limits import MAX_INLINE
from warmlint.program import While, as_body, ticks_in_loop
from warmlint.source import Position, Source, Span

DEFAULT_LR: Final[dict[str, float]] = {
    "Adam": 1e-3, "AdamW": 1e-3, "NAdam": 2e-3, "RAdam": 1e-3, "Adamax": 2e-3, "SparseAdam": 1e-3,
    "SGD": 1e-3, "ASGD": 1e-2, "RMSprop": 1e-2, "Rprop": 1e-2, "Adagrad": 1e-2, "Adadelta": 1.0,
    "Adafactor": 1e-2, "LBFGS": 1.0, "Muon": 1e-3,
}  # fmt: skip
"""The LR that each optimizer of `torch.optim` takes when it is given none (torch 2.13; a test checks it)."""

_HARMLESS: Final = frozenset(
    {"isinstance", "print", "type", "id", "repr", "str", "len", "hasattr", "callable"}
)


def find(source: Source, screen: Screen) -> FileFacts:
    """All schedules of a file whose screen found some."""
    module = Module(source, screen)
    finder = _Finder(module)
    schedules: list[Schedule] = []
    unread: list[Unread] = []
    for call in list(module.index.calls):
        qualified = module.qualified(call.node.func, call.scope)
        if qualified is None or not is_schedule(qualified):
            continue
        try:
            found = finder.schedule(call, qualified.rpartition(".")[2])
        except RecursionError:
            unread.append(
                Unread(module.span(call.node), "LambdaLR", "the code around it is nested too deeply")
            )
            continue
        if isinstance(found, Unread):
            unread.append(found)
        else:
            schedules.append(found)
    too_deep = "the statement around it is nested too deeply to be parsed"
    unread += (Unread(_row_span(row), "LambdaLR", too_deep) for row in module.unparsable)
    return FileFacts(source, tuple(schedules), tuple(unread))


def _row_span(row: int) -> Span:
    return Span(Position(row, 1), Position(row, 1))


class _Finder:
    def __init__(self, module: Module) -> None:
        self._module = module
        self._lowering = Lowering(module)

    def schedule(self, call: PlacedCall, construct: str) -> Schedule | Unread:
        """One construction, with all that belongs to it."""
        module = self._module
        span = module.span(call.node)
        where = Where(call.scope, span.start, call.blocks)
        arguments = _arguments(call.node, ("optimizer", "lr_lambda", "last_epoch"))
        if "lr_lambda" not in arguments:
            return Unread(span, construct, "it is made without an `lr_lambda` that can be seen")
        factors = tuple(self._factors(arguments["lr_lambda"], where))
        if not factors:
            text = " ".join(module.text(arguments["lr_lambda"]).split())
            return Unread(span, construct, f"`{text[:60]}` is not a function of this file")
        target, target_scope = self._target(call)
        optimizer = self._optimizer(arguments.get("optimizer"), where)
        leaves = self._leaves(call, target, target_scope)
        start = self._start(arguments.get("last_epoch"), where)
        loop = self._loop(target, target_scope, optimizer, call, leaves, start)
        return Schedule(construct, span, optimizer, factors, start, loop, target, call.scope.path, leaves)

    def _start(self, last_epoch: cst.BaseExpression | None, where: Where) -> Node:
        """The tick that a schedule is made at: torch takes `last_epoch` for the tick that has been."""
        if last_epoch is None:
            return const(0)
        last = self._lowering.expression(last_epoch, where)
        symbol = plain(last).symbol
        if symbol is not None and isinstance(symbol.default, int):
            last = const(symbol.default)  # a run starts anew unless it is told to resume
        return node(Op.ADD, last, const(1)) if plain(last).value is not None or last.args else const(0)

    # --- factors ------------------------------------------------------------------------------
    def _factors(self, source: cst.BaseExpression, where: Where, name: str | None = None) -> Iterator[Factor]:
        """Each function that may stand as `lr_lambda`: every branch, and every element of a list."""
        match source:
            case cst.List(elements=elements) | cst.Tuple(elements=elements):
                for group, element in enumerate(elements):
                    for factor in self._factors(element.value, where, name):
                        yield _in_group(factor, group)
            case cst.IfExp(body=body, orelse=orelse):
                yield from self._factors(body, where, name)
                yield from self._factors(orelse, where, name)
            case cst.Lambda():
                yield self._factor(Target(source, where.scope, name), source)
            case cst.Name(value=spelled):
                yield from self._named(spelled, where)
            case cst.Attribute():
                target = self._lowering.function(source, where)
                if target is not None:
                    yield self._factor(target, source)
                elif (dotted := dotted_name(source)) is not None:
                    for binding in self._module.attribute_bindings(dotted, where.scope):
                        yield from self._of_binding(dotted, binding)
            case cst.Call():
                yield from self._called(source, where)

    def _named(self, name: str, where: Where) -> Iterator[Factor]:
        for binding in self._module.look_up(name, where.scope, where.position, where.blocks):
            yield from self._of_binding(name, binding)

    def _of_binding(self, name: str, binding: Binding) -> Iterator[Factor]:
        if isinstance(binding.value, cst.FunctionDef):
            yield self._factor(Target(binding.value, binding.scope, name), binding.value)
        elif binding.kind is BindingKind.ASSIGN and isinstance(binding.value, cst.BaseExpression):
            place = Where(binding.scope, binding.position, binding.blocks)
            if isinstance(binding.value, cst.Name) and binding.value.value == name:
                return
            yield from self._factors(binding.value, place, name)

    def _called(self, source: cst.Call, where: Where) -> Iterator[Factor]:
        """`functools.partial(f, w=5)`, and a factory that returns a closure."""
        lower = self._lowering.expression
        positional = [lower(arg.value, where) for arg in source.args if arg.keyword is None and not arg.star]
        keywords = {
            arg.keyword.value: lower(arg.value, where) for arg in source.args if arg.keyword is not None
        }
        if self._module.qualified(source.func, where.scope) == "functools.partial" and source.args:
            function = self._lowering.function(source.args[0].value, where)
            if function is not None:
                given = tuple(positional[1:])
                bound = replace(function, positional=given, keywords=tuple(keywords.items()))
                yield self._factor(bound, source)
            return
        made = self._lowering.method_of_class(source.func, where, "__init__")
        called = self._lowering.method_of_class(source.func, where, "__call__")
        factory = made or self._lowering.function(source.func, where)
        if factory is None or not isinstance(factory.function, cst.FunctionDef):
            return
        scope = self._module.index.opened[factory.function]
        arguments = self._lowering.arguments(factory, positional, keywords)
        if arguments is None:
            return
        with self._lowering.bound(scope, arguments):
            if called is not None:
                yield self._factor(called, source)
            elif made is None:
                for returned in returned_values(factory.function):
                    yield from self._factors(returned, Where(scope))

    def _factor(self, target: Target, shown: cst.CSTNode) -> Factor:
        parameters = target.function.params
        names = [each.name.value for each in (*parameters.posonly_params, *parameters.params)]
        free = [name for name in names[target.skips_self :] if name not in dict(target.keywords)][
            len(target.positional) :
        ]
        tick = Symbol(free[0] if free else "step", SymbolKind.TICK)
        expression = self._lowering.call(target, [ref(tick)])
        head = shown if isinstance(shown, cst.Lambda | cst.FunctionDef) else target.function
        span = self._module.span(head.name if isinstance(head, cst.FunctionDef) else head)
        return Factor(expression, tick, target.name, 0, span, self._module.text(head))

    # --- the optimizer ------------------------------------------------------------------------
    def _optimizer(self, source: cst.BaseExpression | None, where: Where) -> Optimizer:
        if source is None:
            return Optimizer("the optimizer")
        text = " ".join(self._module.text(source).split())
        dotted = dotted_name(source)
        if dotted is None:
            return self._made(text, source, where) if isinstance(source, cst.Call) else Optimizer(text)
        if isinstance(source, cst.Name):
            bindings = self._module.look_up(source.value, where.scope, where.position, where.blocks)
        else:
            bindings = self._module.attribute_bindings(dotted, where.scope)
        made = [each for each in bindings if isinstance(each.value, cst.Call)]
        if len(bindings) == 1 and made:
            binding = made[0]
            assert isinstance(binding.value, cst.Call)
            return self._made(dotted, binding.value, Where(binding.scope, binding.position, binding.blocks))
        return Optimizer(dotted)

    def _made(self, name: str, call: cst.Call, where: Where) -> Optimizer:
        qualified = self._module.qualified(call.func, where.scope) or ""
        construct = qualified.rpartition(".")[2]
        arguments = _arguments(call, ("params", "lr"))
        lower = self._lowering.expression
        from_torch = qualified.startswith("torch.optim.") and construct in DEFAULT_LR
        if "lr" in arguments:
            lr: Node | None = lower(arguments["lr"], where)
        elif from_torch and not any(arg.star for arg in call.args):
            lr = const(DEFAULT_LR[construct], self._module.span(call))
        else:
            lr = None
        params = arguments.get("params")
        groups = self._group_lrs(params, where) if params is not None else None
        if lr is None or groups is None:
            return Optimizer(name, construct or None, span=self._module.span(call))
        group_lrs = tuple(lr if own is None else own for own in groups)
        return Optimizer(name, construct, lr, group_lrs, self._module.span(call))

    def _group_lrs(
        self, params: cst.BaseExpression, where: Where, depth: int = 0
    ) -> list[Node | None] | None:
        """The LR of each param group that has one of its own, None for each that has not; an empty list
        where there is one group, of plain parameters; None where the source does not show the groups, for
        a function that makes them may give each an LR of its own."""
        match params:
            case cst.Call(func=cst.Attribute(attr=cst.Name("parameters"))):
                return []
            case cst.Call(func=cst.Name("list" | "filter" | "iter" | "tuple"), args=[*_, last]):
                return self._group_lrs(last.value, where, depth)
            case cst.GeneratorExp(elt=cst.Name()) | cst.ListComp(elt=cst.Name()):
                return []
            case cst.BinaryOperation(left=left, operator=cst.Add(), right=right):
                parts = [self._group_lrs(each, where, depth) for each in (left, right)]
                return [] if all(part == [] for part in parts) else None
            case cst.List(elements=elements):
                found: list[Node | None] = []
                for element in elements:
                    if isinstance(element.value, cst.Dict):
                        own = _dict_value(element.value, "lr")
                        found.append(self._lowering.expression(own, where) if own is not None else None)
                return found if len(found) in (0, len(elements)) else None
            case cst.Name(value=name) if depth < MAX_INLINE:
                bindings = self._module.look_up(name, where.scope, where.position, where.blocks)
                if len(bindings) == 1 and isinstance(bindings[0].value, cst.BaseExpression):
                    place = Where(bindings[0].scope, bindings[0].position, bindings[0].blocks)
                    return self._group_lrs(bindings[0].value, place, depth + 1)
        return None

    # --- its name, and where it goes ----------------------------------------------------------------
    def _target(self, call: PlacedCall) -> tuple[str | None, Scope | None]:
        scope: Scope | None = call.scope
        while scope is not None:
            for name, bindings in scope.bindings.items():
                for binding in bindings:
                    if binding.value is not None and _yields(binding.value, call.node):
                        return name, scope
            scope = scope.parent
        return None, None

    def _leaves(self, call: PlacedCall, target: str | None, scope: Scope | None) -> str | None:
        """Where the schedule goes out of sight, if it does."""
        if target is None or scope is None:
            holder = next(
                (each for each in self._module.index.calls if _is_argument(each.node, call.node)), None
            )
            return (
                f"given to `{self._callee(holder)}`" if holder is not None else "not kept under a name here"
            )
        for root in self._bodies(scope):
            for use in _bare_uses(root, target):
                holder = next(
                    (each for each in self._module.index.calls if _is_argument(each.node, use)), None
                )
                if holder is not None and self._callee(holder) in _HARMLESS:
                    continue
                return f"given to `{self._callee(holder)}`" if holder is not None else "returned or stored"
        return None

    def _callee(self, call: PlacedCall) -> str:
        return " ".join(self._module.text(call.node.func).split())

    def _bodies(self, scope: Scope) -> Sequence[cst.CSTNode]:
        return [scope.node] if scope.node is not None else self._module.script

    # --- the loop -----------------------------------------------------------------------------
    def _loop(
        self,
        target: str | None,
        scope: Scope | None,
        optimizer: Optimizer,
        call: PlacedCall,
        leaves: str | None,
        start: Node,
    ) -> Loop:
        if target is None or scope is None:
            return Loop(reason=f"the schedule is {leaves}")
        homes = {
            _home(each.scope): None
            for each in self._module.index.calls
            if isinstance(each.node.func, cst.Attribute)
            and each.node.func.attr.value == "step"
            and dotted_name(each.node.func.value) == target
            and self._same(each.scope, target, scope)
        }
        if not homes:
            return Loop(reason="no tick of it is in sight")
        made_in = _home(call.scope)
        loops = [home for home in homes if home is not made_in]
        if len(loops) > 1:
            return Loop(reason="it is ticked in several functions")
        actors = Actors(target, optimizer.name)
        reader = LoopReader(self._module, self._lowering, actors, call.node, start)
        # Ticks where it is made come before those of the function that holds the loop.
        program = reader.read(made_in, self._body(made_in)) if made_in in homes else ()
        for home in loops:
            body = reader.read(home, self._body(home))
            if not ticks_in_loop(body):
                # Whoever calls it, calls it often: one call is one pass of a loop out of sight.
                body = (While(const(True), as_body(body), self._module.span(call.node)),)
            program = (*as_body(program), *body)
        spans = tuple(self._module.span(each) for each in reader.ticks)
        updates = tuple(self._module.span(each) for each in reader.updates)
        # Any other `.step(` of the file, read or not, may be the update under another name.
        elsewhere = self._module.source.text.count(".step(") + self._module.source.text.count("_step(")
        hidden = not updates and (leaves is not None or elsewhere > len(spans) or reader.hidden)
        return Loop(program, spans, updates, hidden, reader.overwritten)

    def _body(self, home: Scope) -> Sequence[cst.CSTNode]:
        return home.node.body.body if isinstance(home.node, cst.FunctionDef) else self._module.script

    def _same(self, used_in: Scope, name: str, scope: Scope) -> bool:
        if name.startswith("self."):
            return used_in.enclosing(ScopeKind.CLASS) is scope
        root = name.partition(".")[0]
        return used_in.defining(name if name in scope.bindings and "." not in name else root) in (scope, None)


def _home(scope: Scope) -> Scope:
    """The function whose body runs a call: comprehensions and lambdas belong to the one around them."""
    while scope.parent is not None and not isinstance(scope.node, cst.FunctionDef):
        scope = scope.parent
    return scope


def _in_group(factor: Factor, group: int) -> Factor:
    return replace(factor, group=group)


def _arguments(call: cst.Call, names: Sequence[str]) -> dict[str, cst.BaseExpression]:
    """The arguments of a call by parameter name, positional ones in the order of `names`."""
    found: dict[str, cst.BaseExpression] = {}
    free = iter(names)
    for arg in call.args:
        if arg.star:
            break
        name = arg.keyword.value if arg.keyword is not None else next(free, None)
        if name is not None:
            found[name] = arg.value
    return found


def _dict_value(table: cst.Dict, key: str) -> cst.BaseExpression | None:
    for element in table.elements:
        match element:
            case cst.DictElement(key=cst.SimpleString(evaluated_value=spelled), value=value) if (
                spelled == key
            ):
                return value
    return None


def _is_argument(call: cst.Call, value: cst.CSTNode) -> bool:
    """Whether `value` is handed to `call`, by itself or in a list, tuple or dict."""

    def holds(each: cst.BaseExpression) -> bool:
        match each:
            case cst.List(elements=elements) | cst.Tuple(elements=elements):
                return any(holds(element.value) for element in elements)
            case cst.Dict(elements=elements):
                return any(holds(element.value) for element in elements)
        return each is value

    return any(holds(arg.value) for arg in call.args)


def _yields(value: cst.CSTNode, call: cst.Call) -> bool:
    """Whether `value` is the object that `call` makes, at least on one branch."""
    if isinstance(value, cst.IfExp):
        return _yields(value.body, call) or _yields(value.orelse, call)
    return value is call


def _bare_uses(root: cst.CSTNode, dotted: str) -> Iterator[cst.CSTNode]:
    """Uses of a name as a value: neither an attribute of it, nor an assignment to it, nor a test of it."""
    stack = [root]
    while stack:
        node = stack.pop()
        match node:
            case cst.AssignTarget() | cst.Param():
                continue
            case cst.Name() | cst.Attribute() if (spelled := dotted_name(node)) is not None:
                if spelled == dotted:
                    yield node
                continue
            case cst.Comparison(left=left) if dotted_name(left) == dotted:
                continue
            case cst.If(test=test) | cst.IfExp(test=test) if dotted_name(test) == dotted:
                stack.extend(child for child in children(node) if child is not test)
            case cst.Arg(value=value):
                stack.append(value)  # a keyword is no use of the name that it is spelled like
            case cst.Attribute(value=value):
                stack.append(value)
            case _:
                stack.extend(children(node))
