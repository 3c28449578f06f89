"""What may stand as `lr_lambda`: functions of all kinds, what makes them, callable objects, lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import libcst as cst

from warmlint.expr import Node, Symbol, SymbolKind, ref
from warmlint.facts.grown import Member, grown
from warmlint.facts.lowering import Locals, Lowering, Target, Where, unpacked
from warmlint.facts.model import Factor, Late
from warmlint.facts.module import Module, module_of
from warmlint.facts.optimizers import arguments
from warmlint.facts.scopes import Binding, BindingKind, ScopeKind, dotted_name
from warmlint.facts.walk import returned_values, stored_names, walk
from warmlint.limits import MAX_UNROLL
from warmlint.source import Span


class Factors:
    """Reads the factors of one schedule, which is made at `span` of the linted file.

    `state` holds the attributes of the object whose methods and lambdas they are, if any.
    """

    def __init__(self, module: Module, lowering: Lowering, span: Span, state: Locals | None = None) -> None:
        self._module = module
        self._lowering = lowering
        self._span = span
        self._state = state or {}

    def read(self, source: cst.BaseExpression, where: Where, name: str | None = None) -> Iterator[Factor]:
        """Each function that may stand as `lr_lambda`: every branch, and every element of a list."""
        match source:
            case cst.List(elements=elements) | cst.Tuple(elements=elements):
                for group, element in enumerate(elements):
                    for factor in self.read(element.value, where, name):
                        yield _in_group(factor, group)
            case cst.IfExp(body=body, orelse=orelse):
                yield from self.read(body, where, name)
                yield from self.read(orelse, where, name)
            case cst.Lambda():
                yield self._factor(Target(source, where.scope, name), source)
            case cst.ListComp(elt=cst.BaseExpression() as element, for_in=loop):
                yield from self._comprehended(source, element, loop, where, name)
            case cst.BinaryOperation(left=cst.List() as one, operator=cst.Multiply()):
                yield from self.read(one, where, name)
            case cst.Name(value=spelled):
                yield from self._named(spelled, where)
            case cst.Attribute():
                target = self._lowering.function(source, where)
                if target is not None:
                    yield self._factor(target, source)
                elif (dotted := dotted_name(source)) is not None:
                    for binding in module_of(where.scope).attribute_bindings(dotted, where.scope):
                        yield from self._of_binding(dotted, binding)
            case cst.Call():
                yield from self._called(source, where)

    def _comprehended(
        self,
        source: cst.ListComp,
        element: cst.BaseExpression,
        loop: cst.CompFor,
        where: Where,
        name: str | None,
    ) -> Iterator[Factor]:
        """The factors of a comprehension."""
        scope = module_of(where.scope).index.opened.get(source)
        late = self._late(element, {each.value for each in walk(loop.target) if isinstance(each, cst.Name)})
        listed = self._lowering.bodies.elements(loop.iter, where, {})
        if not listed or scope is None or loop.ifs or loop.inner_for_in is not None:
            passes: tuple[Factor, ...] = ()
            if scope is not None and not loop.ifs and loop.inner_for_in is None:
                late, passes = self._passed(element, loop, where, Where(scope), late, name)
            for factor in self.read(element, where, name):
                yield replace(factor, late=late, passes=passes)
            return
        yield from self._repeated(element, loop.target, listed, Where(scope), late, name)

    def _grown(self, members: Sequence[Member], name: str) -> Iterator[Factor]:
        """The factors of a list that grows: one for each `append`, and for each pass of a loop around it."""
        group = 0
        for member in members:
            found = list(self._appended(member, name))
            yield from (_in_group(each, group + each.group) for each in found)
            group += 1 + max((each.group for each in found), default=0)

    def _appended(self, member: Member, name: str) -> Iterator[Factor]:
        loop, where = member.loop, member.where
        if loop is None:
            yield from self.read(member.value, where, name)
            return
        late = self._late(self._closure(member.value, where), set(stored_names(loop)))
        start = module_of(where.scope).span(loop).start
        outside = Where(where.scope, start, where.blocks[: -len(member.within)])
        listed = self._lowering.bodies.elements(loop.iter, outside, {})
        bound_once = late is None or all(_set_by_each_pass(each, where) for each in late.names)
        if not listed or not bound_once:
            passes: tuple[Factor, ...] = ()
            if bound_once:
                late, passes = self._passed(member.value, loop, outside, where, late, name)
            for factor in self.read(member.value, where, name):
                yield replace(factor, late=late, passes=passes)
            return
        yield from self._repeated(member.value, loop.target, listed, where, late, name)

    @staticmethod
    def _closure(element: cst.BaseExpression, where: Where) -> cst.CSTNode:
        """The function that an expression in a loop is, where the loop defines it anew in each pass."""
        if isinstance(element, cst.Name):
            for binding in module_of(where.scope).look_up(
                element.value, where.scope, where.position, where.blocks
            ):
                if isinstance(binding.value, cst.FunctionDef) and binding.blocks == where.blocks:
                    return binding.value
        return element

    def _repeated(
        self,
        element: cst.BaseExpression,
        target: cst.BaseExpression,
        listed: Sequence[Node],
        where: Where,
        late: Late | None,
        name: str | None,
    ) -> Iterator[Factor]:
        """One factor for each pass. A lambda that does not bind the variable sees its last value."""
        if late is not None:
            late = self._seen(late, element, target, listed, where)
        for group, each in enumerate(listed[:MAX_UNROLL]):
            with self._lowering.bound(where.scope, unpacked(target, each if late is None else listed[-1])):
                for factor in self.read(element, where, name):
                    yield replace(_in_group(factor, group), late=late)

    def _passed(
        self,
        element: cst.BaseExpression,
        loop: cst.For | cst.CompFor,
        outside: Where,
        inside: Where,
        late: Late | None,
        name: str | None,
    ) -> tuple[Late | None, tuple[Factor, ...]]:
        """What a loop over a parameter makes of an element in it, with what the file is seen to give it."""
        given = self._given(loop.iter, outside)
        if not given:
            return late, ()
        passes = tuple(self._repeated(element, loop.target, given, inside, late, name))
        return passes[0].late if passes else late, passes

    def _seen(
        self,
        late: Late,
        element: cst.BaseExpression,
        target: cst.BaseExpression,
        listed: Sequence[Node],
        where: Where,
    ) -> Late:
        """`late` with the values that its variables take, pass by pass."""
        if not isinstance(element, cst.Lambda):
            return late
        used = {each.value: each for each in walk(element) if isinstance(each, cst.Name)}
        own = []
        for each in listed:
            with self._lowering.bound(where.scope, unpacked(target, each)):
                own.append([self._lowering.expression(used[name], where) for name in late.names])
        return replace(late, values=tuple(zip(*own, strict=True)))

    def _given(self, source: cst.BaseExpression, where: Where) -> list[Node]:
        """What a loop over a parameter goes through where its function is called, if that is in one place, or
        by its default, if it is called in none; empty where neither is told."""
        if not isinstance(source, cst.Name):
            return []
        module = module_of(where.scope)
        bindings = module.look_up(source.value, where.scope, where.position, where.blocks)
        function = bindings[0].scope.node if len(bindings) == 1 else None
        if not isinstance(function, cst.FunctionDef) or bindings[0].kind is not BindingKind.PARAMETER:
            return []
        outside = bindings[0].scope.parent
        if outside is None or outside.kind is ScopeKind.CLASS:
            return []
        calls = module.calls_of(function.name.value)
        names = [each.name.value for each in (*function.params.posonly_params, *function.params.params)]
        passed = [arguments(each.node, names).get(source.value) for each in calls]
        value, place = bindings[0].value, Where(outside)
        if len(calls) == 1 and passed[0] is not None:
            value = passed[0]
            place = Where(calls[0].scope, module.span(calls[0].node).start, calls[0].blocks)
        elif any(passed):
            return []
        if not isinstance(value, cst.BaseExpression):
            return []
        return self._lowering.bodies.elements(value, place, {}) or []

    def _late(self, function: cst.CSTNode, stored: set[str]) -> Late | None:
        """The variables of a loop, of those that it stores, that a function in it sees the last value of."""
        if (
            not isinstance(function, cst.Lambda | cst.FunctionDef)
            or function not in self._module.index.opened
        ):
            return None  # or it stands in another file
        own = self._module.index.opened[function].bindings
        used = [each.value for each in walk(function.body) if isinstance(each, cst.Name)]
        names = tuple(dict.fromkeys(each for each in used if each in stored and each not in own))
        return Late(names, self._module.span(function)) if names else None

    def _named(self, name: str, where: Where) -> Iterator[Factor]:
        members = grown(name, where)
        if isinstance(members, tuple):
            yield from self._grown(members, name)
            return
        bindings = module_of(where.scope).look_up(name, where.scope, where.position, where.blocks)
        imported = None if bindings else self._lowering.function(cst.Name(name), where)
        if imported is not None:
            yield self._factor(imported, imported.function)
        for binding in bindings:
            yield from self._of_binding(name, binding)

    def _of_binding(self, name: str, binding: Binding) -> Iterator[Factor]:
        if isinstance(binding.value, cst.FunctionDef):
            yield self._factor(Target(binding.value, binding.scope, name), binding.value)
        elif binding.kind is BindingKind.IMPORT:
            function = self._lowering.function(cst.Name(name), Where(binding.scope))
            if function is not None:
                yield self._factor(function, function.function)
        elif binding.kind is BindingKind.ASSIGN and isinstance(binding.value, cst.BaseExpression):
            place = Where(binding.scope, binding.position, binding.blocks)
            if isinstance(binding.value, cst.Name) and binding.value.value == name:
                return
            yield from self.read(binding.value, place, name)

    def _called(self, source: cst.Call, where: Where) -> Iterator[Factor]:
        """`functools.partial(f, w=5)`, and a factory that returns a closure."""
        lower = self._lowering.expression
        positional = [lower(arg.value, where) for arg in source.args if arg.keyword is None and not arg.star]
        keywords = {
            arg.keyword.value: lower(arg.value, where) for arg in source.args if arg.keyword is not None
        }
        if module_of(where.scope).qualified(source.func, where.scope) == "functools.partial" and source.args:
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
        scope = module_of(factory.scope).index.opened[factory.function]
        arguments = self._lowering.arguments(factory, positional, keywords)
        if arguments is None:
            return
        with self._lowering.bound(scope, arguments):
            if called is not None:
                yield self._factor(called, source)
            elif made is None:
                for returned in returned_values(factory.function):
                    yield from self.read(returned, Where(scope))

    def _factor(self, target: Target, shown: cst.CSTNode) -> Factor:
        parameters = target.function.params
        names = [each.name.value for each in (*parameters.posonly_params, *parameters.params)]
        free = [name for name in names[target.skips_self :] if name not in dict(target.keywords)][
            len(target.positional) :
        ]
        tick = Symbol(free[0] if free else "step", SymbolKind.TICK)
        expression = self._lowering.call(target, [ref(tick)], self._state)
        head = shown if isinstance(shown, cst.Lambda | cst.FunctionDef) else target.function
        home = module_of(target.scope)
        if home is not self._module:
            return Factor(expression, tick, target.name, 0, self._span, self._module.source.slice(self._span))
        span = self._module.span(head.name if isinstance(head, cst.FunctionDef) else head)
        return Factor(expression, tick, target.name, 0, span, self._module.text(head))


def _set_by_each_pass(name: str, where: Where) -> bool:
    """Whether a variable of the loop around a place is bound by nothing else, and in each pass before it."""
    bindings = where.scope.bindings.get(name, [])
    if len(bindings) != 1 or where.position is None:
        return False
    return bindings[0].position < where.position and (
        where.blocks[: len(bindings[0].blocks)] == bindings[0].blocks
    )


def _in_group(factor: Factor, group: int) -> Factor:
    return replace(factor, group=group)
