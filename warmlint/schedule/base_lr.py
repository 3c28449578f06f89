"""Where a factor has the optimizer's own LR in it."""

from __future__ import annotations

from dataclasses import dataclass

from warmlint.expr import Node, Op, Scalar, alike, plain, walk
from warmlint.source import Span


@dataclass(frozen=True, slots=True)
class Occurrences:
    """The places in a factor; `named` tells the LR's own name from a literal that equals it."""

    nodes: tuple[Node, ...] = ()
    named: bool = False

    @property
    def span(self) -> Span | None:
        """The first of them."""
        return self.nodes[0].span if self.nodes else None

    def __bool__(self) -> bool:
        return bool(self.nodes)


def occurrences(factor: Node, base_lr: Node) -> Occurrences:
    """Under its name wherever it stands; as an equal literal only where it is multiplied."""
    core = plain(base_lr)
    names = {each.value for each in walk(base_lr) if each.op is Op.NAMED}
    same = [each for each in walk(factor) if alike(each, core)]
    named = [each for each in same if core.symbol is not None or _spoken_of(each, names)]
    if named:
        inside = {id(part) for each in named for part in walk(each) if part is not each}
        return Occurrences(tuple(each for each in named if id(each) not in inside), named=True)
    multiplied = {id(arg) for each in walk(factor) if each.op is Op.MUL for arg in each.args}
    return Occurrences(tuple(each for each in same if each.op is Op.CONST and id(each) in multiplied))


def _spoken_of(each: Node, names: set[Scalar]) -> bool:
    """Whether one of `names` is what a value stands under."""
    while each.op is Op.NAMED:
        if each.value in names:
            return True
        each = each.args[0]
    return False
