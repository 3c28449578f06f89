"""The optimizer of a schedule: what it is called, and the LRs that its param groups are made with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import libcst as cst

from warmlint.expr import Node, const
from warmlint.facts.lowering import Lowering, Where
from warmlint.facts.model import Optimizer
from warmlint.facts.module import module_of
from warmlint.facts.scopes import dotted_name
from warmlint.limits import MAX_INLINE

DEFAULT_LR: Final[dict[str, float]] = {
    "Adam": 1e-3, "AdamW": 1e-3, "NAdam": 2e-3, "RAdam": 1e-3, "Adamax": 2e-3, "SparseAdam": 1e-3,
    "SGD": 1e-3, "ASGD": 1e-2, "RMSprop": 1e-2, "Rprop": 1e-2, "Adagrad": 1e-2, "Adadelta": 1.0,
    "Adafactor": 1e-2, "LBFGS": 1.0, "Muon": 1e-3,
}  # fmt: skip
"""The LR that each optimizer of `torch.optim` takes when it is given none (torch 2.13; a test checks it)."""


class Optimizers:
    """Reads optimizers for one linted file."""

    def __init__(self, lowering: Lowering) -> None:
        self._lowering = lowering

    def read(self, source: cst.BaseExpression | None, where: Where, text: str | None = None) -> Optimizer:
        """The optimizer that an expression stands for; `text` is its source, where it stands in none."""
        if source is None:
            return Optimizer("the optimizer")
        text = text or " ".join(module_of(where.scope).text(source).split())
        dotted = dotted_name(source)
        if dotted is None:
            return self._made(text, source, where) if isinstance(source, cst.Call) else Optimizer(text)
        if isinstance(source, cst.Name):
            bindings = module_of(where.scope).look_up(source.value, where.scope, where.position, where.blocks)
        else:
            bindings = module_of(where.scope).attribute_bindings(dotted, where.scope)
        made = [each for each in bindings if isinstance(each.value, cst.Call)]
        if len(bindings) == 1 and made:
            binding = made[0]
            assert isinstance(binding.value, cst.Call)
            return self._made(dotted, binding.value, Where(binding.scope, binding.position, binding.blocks))
        return Optimizer(dotted)

    def _made(self, name: str, call: cst.Call, where: Where) -> Optimizer:
        qualified = module_of(where.scope).qualified(call.func, where.scope) or ""
        construct = qualified.rpartition(".")[2]
        from_torch = qualified.startswith("torch.optim.") and construct in DEFAULT_LR
        given = arguments(call, ("params", "lr") if from_torch else ("params",))
        lower = self._lowering.expression
        if "lr" in given:
            lr: Node | None = lower(given["lr"], where)
        elif from_torch and not any(arg.star for arg in call.args):
            lr = const(DEFAULT_LR[construct], self._lowering.span(call, where))
        else:
            lr = None
        params = given.get("params")
        groups = self._group_lrs(params, where) if params is not None else None
        if lr is None or groups is None:
            return Optimizer(name, construct or None, span=self._lowering.span(call, where))
        group_lrs = tuple(lr if own is None else own for own in groups)
        return Optimizer(name, construct, lr, group_lrs, self._lowering.span(call, where))

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
                    match element.value:
                        case cst.Dict() as table:
                            own = _dict_value(table, "lr")
                        case cst.Call(func=cst.Name("dict"), args=args):
                            if any(arg.keyword is None for arg in args):
                                return None
                            own = arguments(element.value, ()).get("lr")
                        case _:
                            continue
                    found.append(self._lowering.expression(own, where) if own is not None else None)
                return found if len(found) in (0, len(elements)) else None
            case cst.Name(value=name) if depth < MAX_INLINE:
                bindings = module_of(where.scope).look_up(name, where.scope, where.position, where.blocks)
                if len(bindings) == 1 and isinstance(bindings[0].value, cst.BaseExpression):
                    place = Where(bindings[0].scope, bindings[0].position, bindings[0].blocks)
                    return self._group_lrs(bindings[0].value, place, depth + 1)
        return None


def arguments(call: cst.Call, names: Sequence[str]) -> dict[str, cst.BaseExpression]:
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
