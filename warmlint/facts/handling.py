"""What is done to a schedule and its optimizer beside making, ticking and updating: what gives their names to
something else, writes what they remember, loads what was stored; and which numbers a stored run left."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import libcst as cst

from warmlint.facts.actors import Actors
from warmlint.facts.lowering import Lowering, Where
from warmlint.facts.members import put_by
from warmlint.facts.module import Module, module_of
from warmlint.facts.scopes import Binding, BindingKind, Scope, ScopeKind, dotted_name
from warmlint.facts.walk import returned_values, walk, walk_scope
from warmlint.program import How

_OF_SCHEDULE: Final = {"load_state_dict": How.SCHEDULE_LOADED, "state_dict": How.SCHEDULE_SAVED}
_OF_OPTIMIZER: Final = {
    "load_state_dict": How.OPTIMIZER_LOADED,
    "state_dict": How.OPTIMIZER_SAVED,
    "add_param_group": How.GROUP_ADDED,
}
_CHANGES: Final = frozenset({"append", "extend", "insert", "update"})
_COUNT: Final = re.compile(r"epoch|step|iter|batch|global", re.IGNORECASE)
_LEFT: Final = re.compile(r"^(?:start|resum|begin|last|init)", re.IGNORECASE)
_LENGTH: Final = re.compile(r"max|total|num|warm|every|per|size|freq|interval|s$", re.IGNORECASE)
_LOADS: Final = re.compile(r"load|resum|restore|checkpoint|ckpt", re.IGNORECASE)
_WEIGHTS: Final = re.compile(
    r"model|net|module|ema|scaler|coder|head|backbone|policy|actor|critic|gen|disc|teacher|student|criterion",
    re.IGNORECASE,
)
_DEPTH: Final = 3


class Handling:
    """Reads what is done to schedules and optimizers in one linted file, and in those that it calls."""

    def __init__(self, lowering: Lowering) -> None:
        self._lowering = lowering

    def of_call(self, call: cst.Call, actors: Actors) -> How | None:
        """What a call does."""
        if not isinstance(call.func, cst.Attribute):
            return None
        if _keeps(call, actors):
            return How.SCHEDULE_KEPT
        owner, name = dotted_name(call.func.value) or "", call.func.attr.value
        if name == "prepare" and any(dotted_name(arg.value) in actors.schedules for arg in call.args):
            return How.PREPARED
        if owner in actors.schedules:
            return _OF_SCHEDULE.get(name)
        if owner.rpartition(".")[0] in actors.schedules and name in _CHANGES:
            return How.SCHEDULE_SET
        return _OF_OPTIMIZER.get(name) if owner in actors.optimizers else None

    def of_assignment(self, assignment: cst.Assign, scope: Scope, actors: Actors) -> How | None:
        """What an assignment does; None where the value is the schedule or optimizer itself."""
        targets, value = assignment.targets, assignment.value
        if _keeps(assignment, actors):
            return How.SCHEDULE_KEPT
        given = {dotted_name(each) for target in targets for each in _parts(target.target)}
        spelled = {dotted_name(each) for each in walk(value)}
        if any((name or "").rpartition(".")[0] in actors.schedules for name in given):
            return How.SCHEDULE_SET
        if given & actors.schedules and not isinstance(value, cst.Name | cst.Attribute):
            return How.SCHEDULE_TAKEN
        if not given & actors.optimizers or spelled & actors.optimizers:
            return None
        names = [dotted_name(each) for each in _elements(targets[0].target)]
        element = next((number for number, name in enumerate(names) if name in actors.optimizers), None)
        if element is not None and len(names) == len(_elements(value)):
            value, element = _elements(value)[element], None
        if not isinstance(value, cst.Call):
            return None
        made = self.makes_optimizer(value, Where(scope, None, ()), element)
        return How.REMADE if made else How.OPTIMIZER_TAKEN

    def makes_optimizer(
        self, call: cst.BaseExpression, where: Where, element: int | None = None, depth: int = 0
    ) -> bool:
        """Whether a call surely makes an optimizer: its constructor, or a function that returns what one
        makes, as this `element` of a tuple where one is asked for."""
        if not isinstance(call, cst.Call) or depth > _DEPTH:
            return False
        module = module_of(where.scope)
        qualified = module.qualified(call.func, where.scope) or dotted_name(call.func) or ""
        room, _, name = qualified.rpartition(".")
        if name[:1].isupper():
            return element is None and "optim" in qualified.lower() and "lr_scheduler" not in room
        target = self._lowering.function(call.func, where)
        if target is None or not isinstance(target.function, cst.FunctionDef):
            return False
        opened = module_of(target.scope).index.opened.get(target.function)
        values = returned_values(target.function)
        if opened is None or not values:
            return False
        inside = Where(opened, None, ())
        return all(self._returns_optimizer(each, inside, element, depth + 1) for each in values)

    def _returns_optimizer(
        self, value: cst.BaseExpression, where: Where, element: int | None, depth: int
    ) -> bool:
        if element is not None and (parts := _elements(value)):
            return element < len(parts) and self._returns_optimizer(parts[element], where, None, depth)
        if isinstance(value, cst.Name):
            bindings = where.scope.bindings.get(value.value, ())
            made = [each.value for each in bindings]
            return bool(made) and all(
                isinstance(each, cst.Call) and self.makes_optimizer(each, where, element, depth)
                for each in made
            )
        return self.makes_optimizer(value, where, element, depth)

    def loaded_elsewhere(self, entered: Mapping[Scope, Actors]) -> cst.Call | None:
        """A call that may load the state of the schedule or the optimizer, under a name that is not known."""
        module = self._lowering.home
        module.parse_all()
        for each in module.index.calls:
            name = (dotted_name(each.node.func) or "").rpartition(".")[2]
            if isinstance(each.node.func, cst.Attribute):
                name = each.node.func.attr.value
            if name == "load_state":
                return each.node
            if name != "load_state_dict" or not isinstance(each.node.func, cst.Attribute):
                continue
            owner = dotted_name(each.node.func.value) or ""
            known = entered[each.scope].names if each.scope in entered else frozenset()
            if owner not in known and not _WEIGHTS.search(owner.rpartition(".")[2]):
                return each.node
        return None

    # --- what a stored run left --------------------------------------------------------------------
    def begun_at(self, call: cst.Call, scope: Scope) -> str | None:
        """The stored number that a schedule is made to begin at, by itself or one off; "" for another number,
        None where it begins anew."""
        for arg in call.args:
            if arg.keyword is not None and arg.keyword.value == "last_epoch":
                value = arg.value
                if isinstance(value, cst.BinaryOperation) and isinstance(value.right, cst.Integer):
                    value = value.left
                name = dotted_name(value)
                if isinstance(value, cst.UnaryOperation):
                    return None
                return name if name is not None and self.is_stored(name, scope) else ""
        return None

    def counted_from(self, source: cst.CSTNode, scope: Scope) -> str | None:
        """The stored number that a loop starts from: the first that its start, or its test, speaks of."""
        names = (dotted_name(each) for each in walk(source))
        return next((name for name in names if name is not None and self.is_stored(name, scope)), None)

    def is_stored(self, name: str, scope: Scope, depth: int = 0) -> bool:
        """Whether a name holds a number that a stored run left, on some branch."""
        owner = scope.enclosing(ScopeKind.CLASS) if name.startswith("self.") else scope.defining(name)
        bindings = owner.bindings.get(name, []) if owner is not None else []
        last = name.rpartition(".")[2]
        says_so = bool(_LEFT.search(last) and _COUNT.search(last))
        if not bindings or any(each.kind is BindingKind.PARAMETER for each in bindings):
            return says_so and ("." in name or bool(bindings))
        return any(self._is_stored(each, depth) for each in bindings)

    def is_loaded(self, name: str, scope: Scope) -> bool:
        """Whether the number is seen to be loaded, and not told by its name alone."""
        defining = scope.defining(name)
        bindings = defining.bindings.get(name, []) if defining is not None else []
        return any(each.kind is not BindingKind.PARAMETER and self._is_stored(each, 0) for each in bindings)

    def _is_stored(self, binding: Binding, depth: int) -> bool:
        value = binding.value
        if value is None:
            return self._is_unpacked(binding)
        if not isinstance(value, cst.BaseExpression) or depth > _DEPTH:
            return False
        for each in walk(value):
            match each:
                case (
                    cst.Subscript(
                        slice=[
                            cst.SubscriptElement(slice=cst.Index(value=cst.SimpleString(evaluated_value=key)))
                        ]
                    )
                    | cst.Call(
                        func=cst.Attribute(attr=cst.Name("get")),
                        args=[cst.Arg(value=cst.SimpleString(evaluated_value=key)), *_],
                    )
                ) if _COUNT.search(str(key)) and not _LENGTH.search(str(key)):
                    return True
                case cst.Call(func=func) if _COUNT.search(binding.name) and _says_load(func):
                    return True
        name = dotted_name(value)
        return name is not None and self.is_stored(name, binding.scope, depth + 1)

    @staticmethod
    def _is_unpacked(binding: Binding) -> bool:
        """Whether a name is one of several that what loads a stored run returns."""
        if binding.scope.node is None or not _COUNT.search(binding.name):
            return False
        for each in walk_scope(binding.scope.node):
            match each:
                case cst.Assign(
                    targets=[cst.AssignTarget(target=cst.Tuple(elements=elements))], value=cst.Call(func=func)
                ) if any(dotted_name(part.value) == binding.name for part in elements):
                    return _says_load(func)
        return False


def has_initial_lr(module: Module) -> bool:
    """Whether a file may give a param group its `initial_lr`: it spells the key somewhere."""
    spelled = ('"initial_lr"', "'initial_lr'", "initial_lr=")
    return any(each in module.source.text for each in spelled)


def _says_load(function: cst.CSTNode) -> bool:
    return bool(_LOADS.search((dotted_name(function) or "").rpartition(".")[2]))


def _keeps(node: cst.CSTNode, actors: Actors) -> bool:
    """Whether a call or an assignment puts the schedule where several are kept."""
    return any(dotted_name(value) in actors.schedules for value, _ in put_by(node))


def _parts(target: cst.BaseExpression) -> list[cst.BaseExpression]:
    """What an assignment gives a value to, one by one."""
    if isinstance(target, cst.Tuple | cst.List):
        return [each.value for each in target.elements]
    return [target]


def _elements(value: cst.CSTNode) -> list[cst.BaseExpression]:
    """What a tuple or list is spelled as, one by one; empty where it is none, or has a starred one."""
    if not isinstance(value, cst.Tuple | cst.List):
        return []
    found = [each.value for each in value.elements if isinstance(each, cst.Element)]
    return found if len(found) == len(value.elements) else []
