"""Calls that make a schedule: of a class of torch's, of a library's or of the project's, or of a function
that returns one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import libcst as cst

from warmlint.expr import (
    Node,
    Op,
    SymbolKind,
    const,
    node,
    plain,
    ref,
    substitute,
    symbols,
    unknown,
    walk,
)
from warmlint.facts import recipes, releases, settings
from warmlint.facts.bodies import settled
from warmlint.facts.compositions import COMPOSITIONS, Compositions
from warmlint.facts.configs import ELEMENT, Asked, Configs
from warmlint.facts.factors import Factors
from warmlint.facts.lowering import Lowering, Target, Where
from warmlint.facts.made import Construction
from warmlint.facts.model import Factor, Optimizer
from warmlint.facts.module import Module, module_of
from warmlint.facts.objects import Arguments, Curve, Objects
from warmlint.facts.optimizers import Optimizers, arguments
from warmlint.facts.project import STUBS, is_stub
from warmlint.facts.scopes import Scope, dotted_name
from warmlint.facts.screen import CONFIGURED, LAMBDA_LR, TORCH, speaks_of_lr, takes_lengths
from warmlint.facts.starts import fresh
from warmlint.facts.state import OWN_LR
from warmlint.facts.walk import calls_in_order
from warmlint.finding import Scale
from warmlint.limits import MAX_INLINE
from warmlint.release import NEWEST, Release

_MULTIPLICATIVE: Final = f"{TORCH}.MultiplicativeLR"


PLATEAU: Final = "ReduceLROnPlateau"


class Constructions:
    """Reads constructions for one linted file."""

    def __init__(
        self, module: Module, lowering: Lowering, objects: Objects, release: Release = NEWEST
    ) -> None:
        self._module = module
        self._release = release
        self._lowering = lowering
        self._objects = objects
        self._optimizers = Optimizers(lowering)
        self._configs = Configs(lowering, self._optimizers)
        self._compositions = Compositions(module, lowering, self._optimizers, self.read, release)
        self._depth = 0

    def is_composition(self, call: cst.Call, scope: Scope) -> bool:
        """Whether a call composes schedules that are made by themselves."""
        return module_of(scope).qualified(call.func, scope) in COMPOSITIONS

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
        quiet = releases.without_verbose(call) if qualified.startswith(f"{TORCH}.") else call
        try:
            made = self._read(quiet, qualified, where, shown)
        finally:
            self._depth -= 1
        if quiet is not call and isinstance(made, Construction) and self._release.refuses_verbose:
            return replace(made, versions=(*made.versions, releases.NO_VERBOSE))
        return made

    def _read(
        self, call: cst.Call, qualified: str, where: Where, shown: cst.CSTNode
    ) -> Construction | str | None:
        if qualified in {LAMBDA_LR, _MULTIPLICATIVE}:
            return self._lambda_lr(call, where, qualified, shown)
        if qualified in COMPOSITIONS:
            return self._compositions.read(qualified, call, where, shown)
        if qualified == CONFIGURED:
            return self._configured(call, where, shown)
        if takes_lengths(qualified):
            return settings.asked(call, qualified, where, shown, self._module, self._lowering)
        if not speaks_of_lr(qualified.rpartition(".")[2] or dotted_name(call.func) or ""):
            return None
        family = self._lowering.class_of(call.func, where)
        if family is not None:
            return self.of_class(family, call, self._optimizer(family, call, where), shown, where)
        return self._factory(call, where, shown)

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
        start = self._start(given.get("last_epoch"), where)
        return Construction(
            construct, factors, optimizer, start, recipe=recipes.of_lambdas(construct, factors)
        )

    def plateau(self, call: cst.Call, where: Where) -> tuple[Optimizer, Node] | None:
        """The optimizer and the patience of torch's `ReduceLROnPlateau`; None where a call makes none."""
        if not (dotted_name(call.func) or "").endswith(PLATEAU):
            return None
        family = self._lowering.class_of(call.func, where)
        init = self._lowering.method(family, "__init__") if family is not None else None
        if family is None or init is None or not _is_plateau(family[0]) or any(arg.star for arg in call.args):
            return None
        lower = self._lowering.expression
        positional = tuple(lower(arg.value, where) for arg in call.args if arg.keyword is None)
        keywords = {
            arg.keyword.value: lower(arg.value, where) for arg in call.args if arg.keyword is not None
        }
        bound = self._lowering.arguments(init, positional, keywords) or {}
        optimizer = self._optimizer(family, call, where)
        return (optimizer, bound["patience"]) if "patience" in bound else None

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
        # A run starts anew unless it is told to resume.
        last = fresh(self._lowering.expression(last_epoch, where))
        if _is_one_below_zero(last):
            return const(0)
        looped = any(each.loop for each in where.blocks)
        if looped and any(each.kind is SymbolKind.COUNTER for each in symbols(last)):
            return unknown("it is made anew in a loop, and goes on from a tick that is not followed")
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
        if not self._is_schedule(family):
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
        return self._object(family, given, self._start_of(family, call, where), optimizer, shown)

    def _is_schedule(self, family: Sequence[Scope]) -> bool:
        kind = self._objects.kind(family)
        return kind is not None and (kind != "writer" or self._objects.is_own(family))

    def _configured(self, call: cst.Call, where: Where, shown: cst.CSTNode) -> Construction | str | None:
        """The schedule that a config asks for."""
        asked = self._configs.read(call, where)
        if not isinstance(asked, Asked):
            return asked
        made = self._object(asked.family, asked.given, const(0), asked.optimizer, shown)
        if isinstance(made, str):
            return made
        return replace(made, element=ELEMENT, library=made.library or "deepspeed")

    def _object(
        self,
        family: tuple[Scope, ...],
        given: Arguments | None,
        start: Node,
        optimizer: Optimizer,
        shown: cst.CSTNode,
    ) -> Construction | str:
        """An object of a class of schedules; `given` is None where its making is not in sight."""
        if _is_plateau(family[0]):
            return "it follows a metric, which the source does not tell"
        library = _library_of(family[0])
        classes = frozenset(each for each in family if each.module is self._module)
        if is_stub(family[0]) and library is None and plain(start).value != 0 and _starts_late(start):
            return "it goes on from an LR that the source does not tell"
        kind = self._objects.kind(family)
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
        factor = replace(
            self._factor(curve, base, shown),
            given=self._bound(family, given),
            shared=self._is_shared(family, given, len(optimizer.group_lrs)),
        )
        torchs = library is None and is_stub(family[0])
        if torchs and family[0].name == "LinearLR":
            whole = releases.from_zero(factor.expression, factor.tick, factor.given, self._release)
            factor = replace(factor, expression=whole)
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
            own_step=self._has_own_step(family),
            recipe=recipes.of_class(family[0].name, factor.given) if torchs else None,
        )

    def _is_shared(self, family: tuple[Scope, ...], given: Arguments | None, groups: int) -> bool:
        """Whether an object gives each of several param groups one LR, and none of the group's own is in
        it, nor of a list that may have an LR for each."""
        if groups < 2 or is_stub(family[0]):
            return False
        state = self._objects.constructed(family, given, ref(OWN_LR)) or {}
        if any(each.op is Op.TUPLE and len(each.args) == groups for each in walk(*state.values())):
            return False
        read = self._objects.scheduler if self._objects.kind(family) == "scheduler" else self._objects.writer
        curve = read(family, given, ref(OWN_LR))
        if isinstance(curve, str) or OWN_LR in symbols(curve.expression):
            return False
        return all(each.op is not Op.UNKNOWN for each in walk(curve.expression))

    def _has_own_step(self, family: tuple[Scope, ...]) -> bool:
        """Whether a class of the project says itself what a tick does."""
        step = self._lowering.method(family, "step")
        return step is not None and not is_stub(step.scope)

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
            keeps=curve.keeps,
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
        lower = self._lowering.expression
        positional: list[Node] = []
        keywords: dict[str, Node] = {}
        for arg in call.args:
            if arg.star:
                spelled = self._lowering.table_of(arg.value, where) if arg.star == "**" else None
                if spelled is None:
                    return None
                keywords |= spelled
            elif arg.keyword is not None:
                keywords[arg.keyword.value] = lower(arg.value, where)
            else:
                positional.append(lower(arg.value, where))
        bound = self._lowering.arguments(target, positional, keywords)
        if bound is None:
            return None
        scope = module_of(target.scope).index.opened[target.function]
        found: list[Construction] = []
        reason: str | None = None
        with self._lowering.bound(scope, bound):
            for returned in self._returns(tuple(target.function.body.body), Where(scope)):
                made = self._returned(returned, Where(scope), shown)
                if isinstance(made, Construction):
                    found.append(made)
                elif made is not None:
                    reason = made
        library = _library_of(target.scope)
        if not found:
            return reason if library is not None else None
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
            recipe=found[0].recipe if len(found) == 1 else None,
        )

    def _of_factory(self, target: Target, call: cst.Call, where: Where, made: Construction) -> Optimizer:
        names = [each.name.value for each in target.function.params.params][target.skips_self :]
        given = arguments(call, names)
        source = next((value for name, value in given.items() if "optim" in name.lower()), None)
        return self._optimizers.read(source, where) if source is not None else made.optimizer

    def _returns(
        self, statements: Sequence[cst.CSTNode], where: Where
    ) -> Iterator[cst.BaseExpression | cst.Raise]:
        """What a function may return or raise, where literals and defaults decide some of its conditions."""
        for statement in statements:
            match statement:
                case cst.SimpleStatementLine(body=body):
                    for each in body:
                        if isinstance(each, cst.Return):
                            if each.value is not None:
                                yield each.value
                            return
                        if isinstance(each, cst.Raise):
                            yield each
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
        self, source: cst.BaseExpression | cst.Raise, where: Where, shown: cst.CSTNode
    ) -> Construction | str | None:
        match source:
            case cst.Raise(exc=cst.Call(func=cst.Name("NotImplementedError"), args=[told])):
                text = str(plain(self._lowering.expression(told.value, where)).value)
                return f"what is known of its library ends at: {text}"
            case cst.Call():
                return self.read(source, where, shown)
            case cst.Tuple(elements=elements):
                for number, element in enumerate(elements):
                    made = self._returned(element.value, where, shown)
                    if made is not None:
                        return replace(made, element=number) if isinstance(made, Construction) else made
            case cst.Name(value=name):
                for binding in module_of(where.scope).look_up(name, where.scope, None, ()):
                    if isinstance(binding.value, cst.Call):
                        place = Where(binding.scope, binding.position, binding.blocks)
                        return self.read(binding.value, place, shown)
        return None


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


def _is_one_below_zero(last: Node) -> bool:
    """Whether a number is -1, or `0 - 1`."""
    match plain(last):
        case Node(op=Op.NEG, args=(one,)):
            return plain(one).value == 1
        case Node(op=Op.SUB, args=(zero, one)):
            return plain(zero).value == 0 and plain(one).value == 1
    return False


def _starts_late(start: Node) -> bool:
    """Whether a schedule is told to go on from a tick."""
    parts = [plain(each) for each in start.args]
    return not (len(parts) == 2 and parts[0].op is Op.NEG and plain(parts[0].args[0]).value == 1)


def _is_plateau(scope: Scope) -> bool:
    return scope.name == PLATEAU and is_stub(scope)


def _library_of(scope: Scope) -> str | None:
    """The library whose stub a scope stands in; torch itself is none."""
    path = module_of(scope).source.path
    root = f"{STUBS}/"
    if not path.startswith(root):
        return None
    name = path.removeprefix(root).partition("/")[0].removesuffix(".py")
    return None if name == "torch" else name
