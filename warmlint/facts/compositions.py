"""Schedules that are composed of others: `SequentialLR`, `ChainedScheduler`, and a warmup of ignite's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import libcst as cst

from warmlint.expr import Node, Op, Symbol, SymbolKind, const, node, plain, ref, substitute
from warmlint.facts import handover, recipes, releases
from warmlint.facts.bodies import literal_number
from warmlint.facts.grown import grown
from warmlint.facts.lowering import Lowering, Where
from warmlint.facts.made import Construction
from warmlint.facts.model import Factor, Optimizer, Part
from warmlint.facts.module import Module, module_of
from warmlint.facts.optimizers import Optimizers, arguments
from warmlint.facts.scopes import dotted_name
from warmlint.facts.screen import TORCH
from warmlint.facts.ticks import STEP
from warmlint.finding import Scale
from warmlint.release import Release
from warmlint.source import Span

SEQUENTIAL: Final = f"{TORCH}.SequentialLR"
CHAINED: Final = f"{TORCH}.ChainedScheduler"
WARMED: Final = frozenset(
    f"ignite.{module}.create_lr_scheduler_with_warmup"
    for module in ("handlers", "handlers.param_scheduler", "contrib.handlers")
)
COMPOSITIONS: Final = frozenset({SEQUENTIAL, CHAINED, *WARMED})
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

Read = Callable[[cst.Call, Where, cst.CSTNode], Construction | str | None]
"""What a call makes, see `Constructions.read`."""


class Compositions:
    """Reads the compositions of one linted file, with `read` for what they are composed of."""

    def __init__(
        self, module: Module, lowering: Lowering, optimizers: Optimizers, read: Read, release: Release
    ) -> None:
        self._module = module
        self._release = release
        self._lowering = lowering
        self._optimizers = optimizers
        self._made = read

    def read(self, qualified: str, call: cst.Call, where: Where, shown: cst.CSTNode) -> Construction | str:
        """What a call of one of `COMPOSITIONS` makes of its schedules; the reason where that is not told."""
        if qualified == SEQUENTIAL:
            return self._sequential(call, where, shown)
        return self._chained(call, where, shown) if qualified == CHAINED else self._warmed(call, where, shown)

    def _sequential(self, call: cst.Call, where: Where, shown: cst.CSTNode) -> Construction | str:
        """What a `SequentialLR` makes of its schedules: one after another."""
        given = arguments(call, ("optimizer", "schedulers", "milestones", "last_epoch"))
        members = self._members(given.get("schedulers"), where, shown)
        if isinstance(members, str):
            return members
        ends = self._milestones(given.get("milestones"), where)
        if ends is None or len(ends) != len(members) - 1:
            return "its milestones are not listed"
        reason = handover.unread([made for _, made in members], ends)
        if reason is not None:
            return reason
        optimizer = self._optimizers.read(given.get("optimizer"), where)
        base, tick = self._base(optimizer), Symbol("tick", SymbolKind.TICK)
        parts = [handover.handed(_as_lr(each, base), each, place) for place, (_, each) in enumerate(members)]
        whole = handover.one_after_another(parts, [each for _, each in members], ends, tick, self._release)
        made = self._composed("SequentialLR", whole, tick, base, optimizer, members, shown)
        begins, spans = [None, *ends], [None, *(each.span for each in ends)]
        listed = tuple(
            self._part(call, member, begin, span, where)
            for (call, member), begin, span in zip(members, begins, spans, strict=True)
        )
        milestones = {"milestones": node(Op.TUPLE, *ends)}
        recipe = recipes.of_members("SequentialLR", [each for _, each in members], milestones)
        versions = made.versions
        if any(literal_number(each) == 0 for each in ends):
            versions = (*versions, releases.SKIPS if self._release.skips_at_zero else releases.STARTS)
        return replace(made, parts=listed, recipe=recipe, versions=versions)

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
        """What a `ChainedScheduler` makes of its schedules: all at once."""
        given = arguments(call, ("schedulers", "optimizer"))
        members = self._members(given.get("schedulers"), where, shown)
        if isinstance(members, str):
            return members
        other = next((made.construct for _, made in members if made.construct not in _CHAINABLE), None)
        if other is not None:
            return f"`{other}` sets the LR whatever the others in the chain have made of it"
        if len(members) > 1 and any(handover.adds(made) for _, made in members):
            return "a cosine with an `eta_min` adds to what the others in the chain have made of the LR"
        optimizer = members[0][1].optimizer if members else Optimizer("the optimizer")
        base, tick = self._base(optimizer), Symbol("tick", SymbolKind.TICK)
        whole = base
        for _, member in members:
            factor = member.factors[0]
            own = substitute(factor.expression, {factor.tick: ref(tick)})
            share = own if factor.scale is Scale.FACTOR else node(Op.DIV, own, base)
            if len(members) > 1:
                share = handover.until_the_trough(share, member, tick)
            whole = node(Op.MUL, whole, share)
        made = self._composed("ChainedScheduler", whole, tick, base, optimizer, members, shown)
        return replace(made, recipe=recipes.of_members("ChainedScheduler", [each for _, each in members]))

    def _warmed(self, call: cst.Call, where: Where, shown: cst.CSTNode) -> Construction | str:
        """What ignite's `create_lr_scheduler_with_warmup` puts before a schedule: a straight line whose last
        point is left out where the schedule begins with it."""
        given = arguments(call, ("lr_scheduler", "warmup_start_value", "warmup_duration", "warmup_end_value"))
        if not {"lr_scheduler", "warmup_start_value", "warmup_duration"} <= set(given):
            return "its arguments are not spelled out"
        members = self._members(cst.Tuple([cst.Element(given["lr_scheduler"])]), where, shown)
        if isinstance(members, str):
            return members
        ((_, made),) = members
        base, tick = self._base(made.optimizer), Symbol("event", SymbolKind.TICK)
        lower = self._lowering.expression
        start, duration = (lower(given[f"warmup_{name}"], where) for name in ("start_value", "duration"))
        part, at = _as_lr(made, base), ref(tick)
        first = substitute(part.expression, {part.tick: const(0)})
        end = base if made.library is not None else first
        if "warmup_end_value" in given and dotted_name(given["warmup_end_value"]) != "None":
            end = lower(given["warmup_end_value"], where)
        # A schedule of torch's goes on with its second LR where the line has ended with its first; one of
        # ignite's begins with its first, and the line is a point shorter.
        shared = node(Op.IF, node(Op.EQ, end, first), const(1), const(0))
        line = node(Op.SUB, duration, shared) if made.library is not None else duration
        line = node(Op.NAMED, line, value="warmup_duration")
        rest = substitute(part.expression, {part.tick: node(Op.ADD, node(Op.SUB, at, duration), shared)})
        share = node(Op.DIV, at, node(Op.SUB, duration, const(1)))
        ramp = node(Op.ADD, start, node(Op.MUL, node(Op.SUB, end, start), share))
        whole = node(Op.IF, node(Op.LT, at, line), ramp, rest)
        short = node(Op.RAISE, value="`warmup_duration` is below 2")
        whole = node(Op.IF, node(Op.LT, duration, const(2)), short, whole)
        return self._composed(
            "create_lr_scheduler_with_warmup", whole, tick, base, made.optimizer, members, shown
        )

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
        versions = tuple(dict.fromkeys(each for _, member in members for each in member.versions))
        return Construction(
            construct, (factor,), optimizer, const(0), members=calls | inner, versions=versions
        )

    def _base(self, optimizer: Optimizer) -> Node:
        return optimizer.base_lr(0) or self._lowering.base_lr

    def _members(
        self, source: cst.BaseExpression | None, where: Where, shown: cst.CSTNode
    ) -> list[tuple[cst.Call, Construction]] | str:
        """The schedules that one is composed of."""
        elements = self._elements(source, where)
        if isinstance(elements, str):
            return elements
        found: list[tuple[cst.Call, Construction]] = []
        for element, at in elements:
            calls = list(self._calls_of(element, at))
            if len(calls) != 1:
                text = " ".join(module_of(at.scope).text(element).split())
                return f"`{text[:40]}` is not a scheduler that is made in sight"
            call, place = calls[0]
            made = self._made(call, place, call if place.scope.module is self._module else shown)
            if not isinstance(made, Construction):
                return made or f"`{dotted_name(call.func)}` is not a scheduler that is known"
            chained = made.construct in {"MultiplicativeLR", "ChainedScheduler", "SequentialLR"}
            if chained or len(made.factors) != 1 or made.methods != STEP:
                return f"`{made.construct}` has no closed form of its own in a composition"
            found.append((call, made))
        return found

    def _elements(
        self, source: cst.BaseExpression | None, where: Where
    ) -> list[tuple[cst.BaseExpression, Where]] | str:
        """The elements of a list, in order, each with the place at which it is written."""
        match source:
            case cst.List(elements=elements) | cst.Tuple(elements=elements):
                return [(each.value, where) for each in elements]
            case cst.Name(value=name):
                members = grown(name, where)
                if isinstance(members, str):
                    return members
                if members is not None and any(each.within for each in members):
                    return f"what `{name}` holds depends on a condition or a loop"
                if members is not None:
                    return [(each.value, each.where) for each in members]
                bindings = module_of(where.scope).look_up(name, where.scope, where.position, where.blocks)
                value = bindings[0].value if len(bindings) == 1 else None
                if isinstance(value, cst.BaseExpression) and not isinstance(value, cst.Name):
                    return self._elements(
                        value, Where(bindings[0].scope, bindings[0].position, bindings[0].blocks)
                    )
        return "the schedulers that it is made of are not listed"

    def _milestones(self, source: cst.BaseExpression | None, where: Where) -> Sequence[Node] | None:
        if isinstance(source, cst.Name) and grown(source.value, where) is not None:
            elements = self._elements(source, where)
            if isinstance(elements, str):
                return None
            return [self._lowering.expression(each, at) for each, at in elements]
        lowered = plain(self._lowering.expression(source, where)) if source is not None else None
        return lowered.args if lowered is not None and lowered.op is Op.TUPLE else None

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
