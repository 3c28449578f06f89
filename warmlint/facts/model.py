"""What facts tells of a file: the types that the rooms to its right read. No libcst in them."""

from __future__ import annotations

from dataclasses import dataclass

from warmlint.expr import Node, Symbol
from warmlint.program import Program
from warmlint.source import Source, Span


@dataclass(frozen=True, slots=True)
class Optimizer:
    """The optimizer that a schedule belongs to.

    `name` is what the source calls it; `lr` is the LR that it is made with, None where the source does
    not show the making; `group_lrs` are the LRs of its param groups, in order, where they are listed.
    """

    name: str
    construct: str | None = None
    lr: Node | None = None
    group_lrs: tuple[Node | None, ...] = ()
    span: Span | None = None

    def base_lr(self, group: int) -> Node | None:
        """The LR of param group `group`."""
        if self.group_lrs:
            return self.group_lrs[group] if group < len(self.group_lrs) else None
        return self.lr


@dataclass(frozen=True, slots=True)
class Factor:
    """One function that stands as `lr_lambda`: the multiple of the base LR, as an expression of the tick.

    `name` is what the source calls the function, `group` its place in a list of them, `span` the whole
    function; `text` is the source of it, for messages.
    """

    expression: Node
    tick: Symbol
    name: str | None
    group: int
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Loop:
    """The training loop that drives a schedule.

    `program` is empty where no loop stands in reach, and `reason` then says why. `hidden_updates` tells
    that updates may happen where the program shows none, `overwritten` that something writes the param
    groups' LR beside the schedule.
    """

    program: Program = ()
    ticks: tuple[Span, ...] = ()
    updates: tuple[Span, ...] = ()
    hidden_updates: bool = True
    overwritten: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A place where a schedule is made, as the source shows it.

    `start` is the tick that it stands at when it is made;
    `target` is the name that it is bound to; `leaves` says where it goes out of sight ("returned",
    "given to `SequentialLR`"), None where it stays.
    """

    construct: str
    span: Span
    optimizer: Optimizer
    factors: tuple[Factor, ...]
    start: Node
    loop: Loop
    target: str | None
    function: str
    leaves: str | None


@dataclass(frozen=True, slots=True)
class Unread:
    """A schedule that was found and could not be read, with the reason."""

    span: Span
    construct: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """All that facts tells of one file."""

    source: Source
    schedules: tuple[Schedule, ...] = ()
    unread: tuple[Unread, ...] = ()
