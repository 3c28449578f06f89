"""What accelerate's `prepare` is given: the schedule, which then ticks once for each process at every update,
and the data loaders, whose lengths are one process's share from there on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import libcst as cst

from warmlint.facts.model import Prepared
from warmlint.facts.module import Module
from warmlint.facts.scopes import PlacedCall, Scope, ScopeKind, dotted_name
from warmlint.facts.walk import walk_scope
from warmlint.facts.writers import home_of
from warmlint.source import Span

_PREPARE: Final = frozenset({"prepare", "prepare_scheduler", "prepare_data_loader"})
_LIBRARY: Final = "accelerate"
_SETTINGS: Final = {"step_scheduler_with_optimizer": True, "split_batches": False}
"""The settings under which a prepared schedule ticks once for each process."""


class Preparations:
    """Finds what the schedules of one linted file are prepared by."""

    def __init__(self, module: Module) -> None:
        self._module = module

    def of(self, made: PlacedCall, target: str | None, *, ticked: bool) -> Prepared | None:
        """What prepares the object that `made` makes; None where nothing does, or not in the plain way, or
        where it is `ticked` under a name that still is its own."""
        if not self._is_plain():
            return None
        home = home_of(made.scope)
        at: PlacedCall | None = None
        loaders: list[tuple[str, Span]] = []
        for call in self._calls():
            own, kept = home_of(call.scope), dict(self._kept(call))
            of_class = target is not None and target.startswith("self.") and _class(own) is _class(home)
            for number, arg in enumerate(call.node.args):
                name = kept.get(number)
                is_it = arg.value is made.node or (target is not None and dotted_name(arg.value) == target)
                if (
                    is_it
                    and (own is home or of_class)
                    and name is not None
                    and not (ticked and name != target)
                ):
                    at = call
            if own is home and made.blocks[: len(call.blocks)] == call.blocks:
                loaders += [(name, self._module.span(call.node)) for name in kept.values()]
        return None if at is None else Prepared(self._module.span(at.node), tuple(loaders))

    def _calls(self) -> list[PlacedCall]:
        return [each for name in sorted(_PREPARE) for each in self._module.calls_of(name)]

    def _is_plain(self) -> bool:
        """Whether the accelerators of the file are made in sight, with nothing that changes how they tick."""
        screen = self._module.screen
        if not any(each.startswith(f"{_LIBRARY}.") for each in screen.imports.values()):
            return False
        made_by = ("Accelerator", "DataLoaderConfiguration")
        makers = [each for name in made_by for each in screen.calls.get(name, ())]
        return bool(screen.calls.get("Accelerator")) and all(
            each.complete
            and all(each.keywords.get(name, plain) is plain for name, plain in _SETTINGS.items())
            for each in makers
        )

    def _kept(self, call: PlacedCall) -> Iterator[tuple[int, str]]:
        """The names that a call's results are kept under, each with the number of its argument."""
        for root in self._roots(home_of(call.scope)):
            for each in walk_scope(root):
                match each:
                    case cst.Assign(
                        targets=[cst.AssignTarget(target=cst.Tuple(elements=names))], value=value
                    ) if value is call.node:
                        for number, element in enumerate(names):
                            if (name := dotted_name(element.value)) is not None:
                                yield number, name
                    case cst.Assign(targets=[cst.AssignTarget(target=kept)], value=value) if (
                        value is call.node and (name := dotted_name(kept)) is not None
                    ):
                        yield 0, name

    def _roots(self, home: Scope) -> Sequence[cst.CSTNode]:
        return [home.node] if home.node is not None else self._module.script


def _class(scope: Scope) -> Scope | None:
    return scope.enclosing(ScopeKind.CLASS)
