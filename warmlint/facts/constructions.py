"""Calls that make a schedule: of a class of torch's, of a library's or of the project's, or of a function
that returns one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import libcst as cst

from warmlint.expr import Node, Op, Symbol, SymbolKind, const, node, plain, ref, substitute, symbols
from warmlint.facts.bodies import settled
from warmlint.facts.factors import Factors
from warmlint.facts.lowering import Lowering, Target, Where
from warmlint.facts.model import Factor, Optimizer, Part
from warmlint.facts.module import Module, module_of
from warmlint.facts.objects import Arguments, Curve, Objects
from warmlint.facts.optimizers import Optimizers, arguments
from warmlint.facts.project import STUBS
from warmlint.facts.scopes import Scope, dotted_name
from warmlint.facts.screen import LAMBDA_LR, TORCH, speaks_of_lr
from warmlint.facts.walk import calls_in_order
from warmlint.finding import Scale
from warmlint.limits import MAX_INLINE
from warmlint.source import Span

_MULTIPLICATIVE: Final = f"{TORCH}.MultiplicativeLR"
_SEQUENTIAL: Final = f"{TORCH}.SequentialLR"
_CHAINED: Final = f"{TORCH}.ChainedScheduler"
_LENGTHS: Final[dict[str, tuple[str, ...]]] = {
    "LinearLR": ("total_iters",),
    "ConstantLR": ("total_iters",),
    "PolynomialLR": ("total_iters",),
    "CosineAnnealingLR": ("T_max",),
    "CosineAnnealingWarmRestarts": ("T_0",),
    "OneCycleLR": ("total_steps",),
}
"""Which argument says how many ticks a scheduler takes to its end."""
_ORDER: Final[dict[str, tuple[str, ...]]] = {
    "LinearLR": ("start_factor", "end_factor", "total_iters"),
    "ConstantLR": ("factor", "total_iters"),
    "PolynomialLR": ("total_iters", "power"),
    "CosineAnnealingLR": ("T_max", "eta_min"),
    "CosineAnnealingWarmRestarts": ("T_0", "T_mult", "eta_min"),
    "OneCycleLR": ("max_lr", "total_steps"),
}
_CHAINABLE: Final = frozenset(
    {"LinearLR", "ConstantLR", "PolynomialLR", "ExponentialLR", "StepLR", "MultiStepLR", "CosineAnnealingLR"}
)
"""The schedulers of torch that multiply the LR that they find: in a chain, their factors multiply."""
_DEFAULT_LENGTH: Final = {"LinearLR": 5, "ConstantLR": 5, "PolynomialLR": 5}


@dataclass(frozen=True, slots=True)
class Construction:
    """A schedule that a call makes. `classes` are those of the project that it is of, `members` the calls
    that make the schedules it is composed of."""

    construct: str
    factors: tuple[Factor, ...]
    optimizer: Optimizer
    start: Node
    methods: Mapping[str, str] = field(default_factory=lambda: {"step": ""})
    library: str | None = None
    classes: frozenset[Scope] = frozenset()
    members: frozenset[cst.CSTNode] = frozenset()
    derived: bool = False
    parts: tuple[Part, ...] = ()


class Constructions:
    """Reads constructions for one linted file."""

    def __init__(self, module: Module, lowering: Lowering, objects: Objects) -> None:
        self._module = module
        self._lowering = lowering
        self._objects = objects
        self._optimizers = Optimizers(lowering)
        self._depth = 0

    def is_composition(self, call: cst.Call, scope: Scope) -> bool:
        """Whether a call composes schedules that are made by themselves."""
        return module_of(scope).qualified(call.func, scope) in {_SEQUENTIAL, _CHAINED}

    def read(
        self, call: cst.Call, where: Where, shown: cst.CSTNode | None = None
    ) -> Construction | str | None:
        """What a call makes; the reason where it makes a schedule that cannot be read, None where none.

        `shown` is the call of the linted file that led to this one.
        """
        shown = shown if shown is not None else call
        call = self._lowering.spelled_out(call, where)
        if dotted_name(call.func) is None or self._depth > MAX_INLINE:
            return None
        qualified = module_of(where.scope).qualified(call.func, where.scope) or ""
        self._depth += 1
        try:
            if qualified in {LAMBDA_LR, _MULTIPLICATIVE}:
                return self._lambda_lr(call, where, qualified, shown)
            if qualified == _SEQUENTIAL:
                return self._sequential(call, where, shown)
            if qualified == _CHAINED:
                return self._chained(call, where, shown)
            if not speaks_of_lr(qualified.rpartition(".")[2] or dotted_name(call.func) or ""):
                return None
            family = self._lowering.class_of(call.func, where)
            if family is not None:
                return self.of_class(family, call, self._optimizer(family, call, where), shown, where)
            return self._factory(call, where, shown)
        finally:
            self._depth -= 1

    # --- LambdaLR ---------------------------------------------------------------------------------
    def _lambda_lr(
        self, call: cst.Call, where: Where, qualified: str, shown: cst.CSTNode
    ) -> Construction | str:
        given = arguments(call, ("optimizer", "lr_lambda", "last_epoch"))
        construct = qualified.rpartition(".")[2]
        if "lr_lambda" not in given:
            return "it is made without an `lr_lambda` that can be seen"
        factors = tuple(self._factors(shown).read(given["lr_lambda"], where))
        if not factors:
            text = " ".join(module_of(where.scope).text(given["lr_lambda"]).split())
            return f"`{text[:60]}` is not a function of this file"
        optimizer = self._optimizers.read(given.get("optimizer"), where)
        if qualified == _MULTIPLICATIVE:
            factors = tuple(replace(each, multiplies=True) for each in factors)
        return Construction(construct, factors, optimizer, self._start(given.get("last_epoch"), where))

    def optimizer_named(self, name: str | None, scope: Scope | None) -> Optimizer:
        """The optimizer that a function calls `name`."""
        if name is None or scope is None:
            return Optimizer(name or "the optimizer")
        source: cst.BaseExpression = cst.Name(name.partition(".")[0])
        for attribute in name.split(".")[1:]:
            source = cst.Attribute(source, cst.Name(attribute))
        found = self._optimizers.read(source, Where(scope), name)
        return replace(found, name=name)

    def _factors(self, shown: cst.CSTNode, state: Mapping[str, Node] | None = None) -> Factors:
        return Factors(self._module, self._lowering, self._module.span(shown), state)

    def _start(self, last_epoch: cst.BaseExpression | None, where: Where) -> Node:
        """The tick that a schedule is made at: torch takes `last_epoch` for the tick that has been."""
        if last_epoch is None:
            return const(0)
        last = self._lowering.expression(last_epoch, where)
        symbol = plain(last).symbol
        if symbol is not None and isinstance(symbol.default, int):
            last = const(symbol.default)  # a run starts anew unless it is told to resume
        return node(Op.ADD, last, const(1)) if plain(last).value is not None or last.args else const(0)

    # --- classes ------------------------------------------------------------------------------------
    def _optimizer(self, family: Sequence[Scope], call: cst.Call, where: Where) -> Optimizer:
        init = self._lowering.method(family, "__init__")
        names = (
            [each.name.value for each in init.function.params.params][1:]
            if init is not None
            else ["optimizer"]
        )
        given = arguments(call, names)
        source = next(
            (value for name, value in given.items() if "optim" in name.lower() or name == "opt"), None
        )
        return self._optimizers.read(source, where)

    def of_class(
        self,
        family: tuple[Scope, ...],
        call: cst.Call | None,
        optimizer: Optimizer,
        shown: cst.CSTNode,
        where: Where | None = None,
    ) -> Construction | str | None:
        """An object of a class, made by `call`, or by whoever uses the class where that is None."""
        kind = self._objects.kind(family)
        if kind is None or (kind == "writer" and not self._objects.is_own(family)):
            return None
        given: Arguments | None = None
        if call is not None and where is not None:
            if any(arg.star for arg in call.args):
                return "it is made with arguments that are not spelled out"
            lower = self._lowering.expression
            given = Arguments(
                tuple(lower(arg.value, where) for arg in call.args if arg.keyword is None),
                {arg.keyword.value: lower(arg.value, where) for arg in call.args if arg.keyword is not None},
            )
        if family[0].name == "ReduceLROnPlateau" and _is_stub(family[0]):
            return "it follows a metric, which the source does not tell"
        library = _library_of(family[0])
        classes = frozenset(each for each in family if each.module is self._module)
        start = self._start_of(family, call, where)
        if _is_stub(family[0]) and library is None and plain(start).value != 0 and _starts_late(start):
            return "it goes on from an LR that the source does not tell"
        if kind == "lambda":
            factors = self._of_lambda_class(family, given, shown)
            if not factors:
                return "what it gives to `LambdaLR` is not in sight"
            return Construction(family[0].name, factors, optimizer, start, library=library, classes=classes)
        base = optimizer.base_lr(0) or self._lowering.base_lr
        curve = (self._objects.scheduler if kind == "scheduler" else self._objects.writer)(
            family, given, base
        )
        if isinstance(curve, str):
            return curve
        factor = replace(self._factor(curve, base, shown), given=self._bound(family, given))
        if curve.start != 0:
            start = const(curve.start)
        return Construction(
            family[0].name,
            (factor,),
            optimizer,
            start,
            curve.methods,
            library,
            classes,
            derived=kind == "scheduler",
        )

    def _bound(self, family: Sequence[Scope], given: Arguments | None) -> Mapping[str, Node]:
        """The arguments of a constructor by name, its defaults included."""
        init = self._lowering.method(family, "__init__")
        if init is None or given is None:
            return {}
        return self._lowering.arguments(init, given.positional, given.keywords) or {}

    def _factor(self, curve: Curve, base: Node, shown: cst.CSTNode) -> Factor:
        """The LR that an object gives the first param group; shown where its formula stands, if here."""
        head: cst.CSTNode = shown
        if curve.scope is not None and curve.scope.module is self._module:
            assert isinstance(curve.shown, cst.FunctionDef)
            head = curve.shown.name
        return Factor(
            curve.expression,
            curve.tick,
            curve.name,
            0,
            self._module.span(head),
            self._module.text(head),
            Scale.LR,
            base,
        )

    def _start_of(self, family: Sequence[Scope], call: cst.Call | None, where: Where | None) -> Node:
        init = self._lowering.method(family, "__init__")
        if init is None or call is None or where is None:
            return const(0)
        names = [each.name.value for each in init.function.params.params][1:]
        return self._start(arguments(call, names).get("last_epoch"), where)

    def _of_lambda_class(
        self, family: tuple[Scope, ...], given: Arguments | None, shown: cst.CSTNode
    ) -> tuple[Factor, ...]:
        """The factors that a subclass of `LambdaLR` hands to its base class."""
        base = self._lowering.base_lr
        state = self._objects.constructed(family, given, base)
        init = self._lowering.method(family, "__init__")
        if state is None or init is None or not isinstance(init.function, cst.FunctionDef):
            return ()
        scope = module_of(init.scope).index.opened[init.function]
        bound: Mapping[str, Node] = {}
        if given is not None:
            bound = self._lowering.arguments(init, given.positional, given.keywords) or {}
        with self._lowering.within(family), self._lowering.bound(scope, bound):
            for call in calls_in_order(init.function.body):
                if isinstance(call.func, cst.Attribute) and call.func.attr.value == "__init__":
                    args = call.args
                    if args and isinstance(args[0].value, cst.Name) and args[0].value.value == "self":
                        args = args[1:]
                    handed = arguments(call.with_changes(args=args), ("optimizer", "lr_lambda"))
                    if "lr_lambda" in handed:
                        where = Where(scope, module_of(scope).span(call).start)
                        found = tuple(self._factors(shown, state).read(handed["lr_lambda"], where))
                        return tuple(replace(each, name=each.name or family[0].name) for each in found)
        return ()

    # --- functions that return a schedule ---------------------------------------------------------------
    def _factory(self, call: cst.Call, where: Where, shown: cst.CSTNode) -> Construction | str | None:
        target = self._lowering.function(call.func, where)
        if target is None or not isinstance(target.function, cst.FunctionDef):
            return None
        if target.scope.module is self._module:
            return None  # the schedule stands inside it, and is found there
        if any(arg.star for arg in call.args):
            return None
        lower = self._lowering.expression
        positional = [lower(arg.value, where) for arg in call.args if arg.keyword is None]
        keywords = {
            arg.keyword.value: lower(arg.value, where) for arg in call.args if arg.keyword is not None
        }
        bound = self._lowering.arguments(target, positional, keywords)
        if bound is None:
            return None
        scope = module_of(target.scope).index.opened[target.function]
        found: list[Construction] = []
        with self._lowering.bound(scope, bound):
            for returned in self._returns(tuple(target.function.body.body), Where(scope)):
                made = self._returned(returned, Where(scope), shown)
                if isinstance(made, Construction):
                    found.append(made)
        if not found:
            return None
        library = _library_of(target.scope)
        if library is not None and len(found) > 1:
            return "which schedule it makes depends on values that the source does not give"
        optimizer = self._of_factory(target, call, where, found[0])
        known = optimizer.base_lr(0)
        symbol = self._lowering.base_lr.symbol
        if known is not None and symbol is not None:
            found = [
                replace(
                    each,
                    factors=tuple(
                        replace(one, expression=substitute(one.expression, {symbol: known}))
                        for one in each.factors
                    ),
                )
                for each in found
            ]
        return replace(
            found[0],
            construct=target.name or found[0].construct,
            factors=tuple(factor for each in found for factor in each.factors),
            optimizer=optimizer,
            library=library or found[0].library,
            classes=frozenset().union(*(each.classes for each in found)),
        )

    def _of_factory(self, target: Target, call: cst.Call, where: Where, made: Construction) -> Optimizer:
        names = [each.name.value for each in target.function.params.params][target.skips_self :]
        given = arguments(call, names)
        source = next((value for name, value in given.items() if "optim" in name.lower()), None)
        return self._optimizers.read(source, where) if source is not None else made.optimizer

    def _returns(self, statements: Sequence[cst.CSTNode], where: Where) -> Iterator[cst.BaseExpression]:
        """What a function may return, where literals and defaults decide some of its conditions."""
        for statement in statements:
            match statement:
                case cst.SimpleStatementLine(body=body):
                    for each in body:
                        if isinstance(each, cst.Return):
                            if each.value is not None:
                                yield each.value
                            return
                        if isinstance(each, cst.Raise):
                            return
                case cst.If(test=test, body=body, orelse=orelse):
                    condition = self._lowering.expression(test, where)
                    taken = settled(_by_default(condition))
                    other: Sequence[cst.CSTNode] = ()
                    if isinstance(orelse, cst.If):
                        other = (orelse,)
                    elif orelse is not None:
                        other = orelse.body.body
                    if taken is not False:
                        yield from self._returns(body.body, where)
                    if taken is not True:
                        yield from self._returns(other, where)
                    if (taken is True and _always_leaves(body.body)) or (
                        taken is False and other and _always_leaves(other)
                    ):
                        return

    def _returned(
        self, source: cst.BaseExpression, where: Where, shown: cst.CSTNode
    ) -> Construction | str | None:
        match source:
            case cst.Call():
                return self.read(source, where, shown)
            case cst.Name(value=name):
                for binding in module_of(where.scope).look_up(name, where.scope, None, ()):
                    if isinstance(binding.value, cst.Call):
                        place = Where(binding.scope, binding.position, binding.blocks)
                        return self.read(binding.value, place, shown)
        return None

    # --- compositions -----------------------------------------------------------------------------------
    def _sequential(self, call: cst.Call, where: Where, shown: cst.CSTNode) -> Construction | str:
        given = arguments(call, ("optimizer", "schedulers", "milestones", "last_epoch"))
        members = self._members(given.get("schedulers"), where, shown)
        if isinstance(members, str):
            return members
        ends = given.get("milestones")
        lowered = plain(self._lowering.expression(ends, where)) if ends is not None else None
        if lowered is None or lowered.op is not Op.TUPLE or len(lowered.args) != len(members) - 1:
            return "its milestones are not listed"
        optimizer = self._optimizers.read(given.get("optimizer"), where)
        base, tick = self._base(optimizer), Symbol("tick", SymbolKind.TICK)
        at = ref(tick)
        parts = [_as_lr(each, base) for _, each in members]
        begins = [None, *lowered.args]
        pieces = [
            substitute(part.expression, {part.tick: at if begin is None else node(Op.SUB, at, begin)})
            for part, begin in zip(parts, begins, strict=True)
        ]
        whole = pieces[-1]
        for piece, end in zip(reversed(pieces[:-1]), reversed(lowered.args), strict=True):
            whole = node(Op.IF, node(Op.LT, at, end), piece, whole)
        made = self._composed("SequentialLR", whole, tick, base, optimizer, members, shown)
        spans = [None, *(each.span for each in lowered.args)]
        listed = tuple(
            self._part(call, member, begin, span, where)
            for (call, member), begin, span in zip(members, begins, spans, strict=True)
        )
        return replace(made, parts=listed)

    def _part(
        self, call: cst.Call, made: Construction, begin: Node | None, span: Span | None, where: Where
    ) -> Part:
        """One schedule of a composition, with the length that it is given."""
        names = _LENGTHS.get(made.construct, ())
        given = arguments(call, ("optimizer", *_ORDER.get(made.construct, ())))
        source = next((given[name] for name in names if name in given), None)
        place = Where(where.scope, module_of(where.scope).span(call).start, where.blocks)
        length = self._lowering.expression(source, place) if source is not None else None
        if length is None and made.construct in _DEFAULT_LENGTH:
            length = const(_DEFAULT_LENGTH[made.construct])
        home = where.scope.module is self._module
        own = self._module.span(call) if home else made.factors[0].span
        at = self._module.span(source) if source is not None and home else None
        return Part(made.construct, own, begin, span, made.factors[0], length, at)

    def _chained(self, call: cst.Call, where: Where, shown: cst.CSTNode) -> Construction | str:
        given = arguments(call, ("schedulers", "optimizer"))
        members = self._members(given.get("schedulers"), where, shown)
        if isinstance(members, str):
            return members
        other = next((made.construct for _, made in members if made.construct not in _CHAINABLE), None)
        if other is not None:
            return f"`{other}` sets the LR whatever the others in the chain have made of it"
        optimizer = members[0][1].optimizer if members else Optimizer("the optimizer")
        base, tick = self._base(optimizer), Symbol("tick", SymbolKind.TICK)
        whole = base
        for _, member in members:
            factor = member.factors[0]
            own = substitute(factor.expression, {factor.tick: ref(tick)})
            share = own if factor.scale is Scale.FACTOR else node(Op.DIV, own, base)
            whole = node(Op.MUL, whole, share)
        return self._composed("ChainedScheduler", whole, tick, base, optimizer, members, shown)

    def _composed(
        self,
        construct: str,
        whole: Node,
        tick: Symbol,
        base: Node,
        optimizer: Optimizer,
        members: Sequence[tuple[cst.Call, Construction]],
        shown: cst.CSTNode,
    ) -> Construction:
        span = self._module.span(shown)
        name = next((each.factors[0].name for _, each in members if each.factors[0].name), None)
        factor = Factor(whole, tick, name, 0, span, self._module.source.slice(span), Scale.LR, base)
        calls: frozenset[cst.CSTNode] = frozenset(call for call, _ in members)
        inner = frozenset(each for _, member in members for each in member.members)
        return Construction(construct, (factor,), optimizer, const(0), members=calls | inner)

    def _base(self, optimizer: Optimizer) -> Node:
        return optimizer.base_lr(0) or self._lowering.base_lr

    def _members(
        self, source: cst.BaseExpression | None, where: Where, shown: cst.CSTNode
    ) -> list[tuple[cst.Call, Construction]] | str:
        """The schedules that one is composed of."""
        if isinstance(source, cst.Name):
            bindings = module_of(where.scope).look_up(source.value, where.scope, where.position, where.blocks)
            grown = {f"{source.value}.append", f"{source.value}.extend", f"{source.value}.insert"}
            if any(dotted_name(each.node.func) in grown for each in module_of(where.scope).index.calls):
                return f"`{source.value}` is added to, which is not followed"
            if len(bindings) == 1 and isinstance(bindings[0].value, cst.BaseExpression):
                place = Where(bindings[0].scope, bindings[0].position, bindings[0].blocks)
                if not isinstance(bindings[0].value, cst.Name):
                    return self._members(bindings[0].value, place, shown)
        if not isinstance(source, cst.List | cst.Tuple):
            return "the schedulers that it is made of are not listed"
        found: list[tuple[cst.Call, Construction]] = []
        for element in source.elements:
            calls = list(self._calls_of(element.value, where))
            if len(calls) != 1:
                text = " ".join(module_of(where.scope).text(element.value).split())
                return f"`{text[:40]}` is not a scheduler that is made in sight"
            call, place = calls[0]
            made = self.read(call, place, call if place.scope.module is self._module else shown)
            if not isinstance(made, Construction):
                return made or f"`{dotted_name(call.func)}` is not a scheduler that is known"
            chained = made.construct in {"MultiplicativeLR", "ChainedScheduler"}
            if chained or len(made.factors) != 1 or made.methods != {"step": ""}:
                return f"`{made.construct}` has no closed form of its own in a composition"
            found.append((call, made))
        return found

    def _calls_of(self, source: cst.BaseExpression, where: Where) -> Iterator[tuple[cst.Call, Where]]:
        match source:
            case cst.Call():
                yield source, where
            case cst.Name(value=name):
                for binding in module_of(where.scope).look_up(
                    name, where.scope, where.position, where.blocks
                ):
                    if isinstance(binding.value, cst.Call):
                        yield binding.value, Where(binding.scope, binding.position, binding.blocks)
            case cst.Attribute() if (dotted := dotted_name(source)) is not None:
                for binding in module_of(where.scope).attribute_bindings(dotted, where.scope):
                    if isinstance(binding.value, cst.Call):
                        yield binding.value, Where(binding.scope, binding.position, binding.blocks)


def _as_lr(made: Construction, base: Node) -> Factor:
    """The first param group's LR of a schedule, as an LR."""
    factor = made.factors[0]
    if factor.scale is Scale.LR:
        return factor
    expression = node(Op.MUL, base, factor.expression)
    return replace(factor, expression=expression, scale=Scale.LR, peak=base)


def _by_default(condition: Node) -> Node:
    """A condition with the source's own values in it."""
    known = {each: const(each.default) for each in symbols(condition) if each.has_default}
    return substitute(condition, known)


def _always_leaves(statements: Sequence[cst.CSTNode]) -> bool:
    for each in statements:
        if isinstance(each, cst.SimpleStatementLine) and any(
            isinstance(one, cst.Return | cst.Raise) for one in each.body
        ):
            return True
        if isinstance(each, cst.If) and each.orelse is not None:
            other = (each.orelse,) if isinstance(each.orelse, cst.If) else each.orelse.body.body
            if _always_leaves(each.body.body) and _always_leaves(other):
                return True
    return False


def _starts_late(start: Node) -> bool:
    """Whether a schedule is told to go on from a tick."""
    parts = [plain(each) for each in start.args]
    return not (len(parts) == 2 and parts[0].op is Op.NEG and plain(parts[0].args[0]).value == 1)


def _is_stub(scope: Scope) -> bool:
    return module_of(scope).source.path.startswith(f"{STUBS}/")


def _library_of(scope: Scope) -> str | None:
    """The library whose stub a scope stands in; torch itself is none."""
    path = module_of(scope).source.path
    root = f"{STUBS}/"
    if not path.startswith(root):
        return None
    name = path.removeprefix(root).partition("/")[0].removesuffix(".py")
    return None if name == "torch" else name
