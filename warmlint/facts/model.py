"""What facts tells of a file: the types that the rooms to its right read. No libcst in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from warmlint.expr import Node, Symbol, const
from warmlint.facts.screen import TORCH_SCHEDULERS
from warmlint.finding import Scale
from warmlint.program import Program, Unit
from warmlint.recipe import Recipe
from warmlint.release import NEWEST, Release
from warmlint.source import Source, Span

ONE: Final = const(1)
UNAPPLIED: Final = -1
"""The tick that a schedule stands at whose LR has not been written yet."""


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
class Late:
    """The variables of a comprehension or a loop that a lambda in it does not bind: `names`, each of which
    takes its part of `values`, pass by pass, where the source lists them; `lambda_span` is the lambda."""

    names: tuple[str, ...]
    lambda_span: Span
    values: tuple[tuple[Node, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One schedule of a composition: from which tick on (None: from the first), and what it is by itself.

    `length` is how many ticks it takes to get to its end, where it says (`total_iters`, `T_max`), and
    `length_span` where that stands.
    """

    construct: str
    span: Span
    begin: Node | None
    begin_span: Span | None
    factor: Factor
    length: Node | None
    length_span: Span | None


@dataclass(frozen=True, slots=True)
class Factor:
    """What one param group's LR is computed by, as an expression of the tick.

    `scale` tells whether it is a multiple of the base LR or the LR itself; `peak` is what a warmup should
    rise to on that scale (1, or the base LR), None where the source does not tell. A factor that `multiplies`
    is of a `MultiplicativeLR`: the LR of the tick before is multiplied by it. `late` is a variable of the
    loop around it that it sees the last value of. `given` are the arguments of the class that computes it,
    defaults included, where it is made in sight. `keeps` is an attribute of its object that the LR of a tick
    depends on beside the tick's number, and that ticks multiply. `shared` tells that every param group is
    given it, and that nothing in it is of the group's own LR. `passes` are what the loop that makes it makes
    of it, one for each param group, with what the file itself is seen to give that loop, which others may
    give something else. `name` is what the source calls the function, `group` its place in a list of them,
    `span` the whole function; `text` is the source of it, for messages.
    """

    expression: Node
    tick: Symbol
    name: str | None
    group: int
    span: Span
    text: str
    scale: Scale = Scale.FACTOR
    peak: Node | None = ONE
    multiplies: bool = False
    late: Late | None = None
    given: Mapping[str, Node] = field(default_factory=dict)
    keeps: str | None = None
    shared: bool = False
    passes: tuple[Factor, ...] = ()


@dataclass(frozen=True, slots=True)
class Owner:
    """A framework that ticks a schedule: `at` is where the schedule is handed over, `unit` what it ticks
    after; `told` says that the source itself names that, `entry` that a dict display does, or could, `once`
    that the function which hands it over returns in one place alone."""

    name: str
    at: Span
    unit: Unit
    told: bool
    entry: bool
    once: bool = False


@dataclass(frozen=True, slots=True)
class Loop:
    """The training loop that drives a schedule.

    `program` is empty where no loop stands in reach, and `reason` then says why. `hidden_updates` tells
    that updates may happen where the program shows none, `overwritten` that something writes the param
    groups' LR beside the schedule, at `writes`. `guarded` tells that ticks happen under a condition on
    what they count. `without_tick` is the program of a schedule that nothing is seen to tick; `owner` the
    framework whose loop it is. `idle` tells that nothing in the file could tick it, and that it stays there.
    `tried` tells that what a tick raises is caught, and the loop goes on.
    """

    program: Program = ()
    ticks: tuple[Span, ...] = ()
    updates: tuple[Span, ...] = ()
    hidden_updates: bool = True
    overwritten: bool = False
    reason: str = ""
    writes: tuple[Span, ...] = ()
    guarded: bool = False
    without_tick: Program = ()
    owner: Owner | None = None
    idle: bool = False
    tried: bool = False


@dataclass(frozen=True, slots=True)
class Plateau:
    """A `ReduceLROnPlateau`: it follows a metric, so its curve is unknown, and its ticks are not.

    `patience` is how many ticks without progress it bears.
    """

    span: Span
    optimizer: Optimizer
    loop: Loop
    target: str | None
    function: str
    patience: Node


@dataclass(frozen=True, slots=True)
class Prepared:
    """That accelerate prepares a schedule, at `at`: every update ticks it once for each process. `loaders`
    are the names of what is prepared in the same function, each with the call after which it is."""

    at: Span
    loaders: tuple[tuple[str, Span], ...] = ()


@dataclass(frozen=True, slots=True)
class Dampening:
    """How a warmup of pytorch_warmup is laid on the LR, in this file and under its own name.

    `bare` are the calls of `dampen()`, `stepped` the names of what is stepped anywhere; `idle` are
    the `dampening()` whose block calls nothing, `blocks` those blocks of the file, whoever's. `meets` are
    the calls that stand on no other branch than the making of the warmup.
    """

    bare: tuple[Span, ...] = ()
    stepped: frozenset[str] = frozenset()
    idle: tuple[Span, ...] = ()
    blocks: tuple[Span, ...] = ()
    meets: frozenset[Span] = frozenset()


@dataclass(frozen=True, slots=True)
class Schedule:
    """A place where a schedule is made, as the source shows it.

    `start` is the tick that it stands at when it is made, `UNAPPLIED` where nothing is written until its
    first tick; `target` is the name that it is bound to; `leaves` says where it goes out of sight
    ("returned", "given to `SequentialLR`"), None where it stays. `library` is the library whose own
    schedule it is, `defined` tells that this is a definition whose use is not in sight, `derived` that it is
    of a class that derives from torch's. `parts` are the schedules that it is composed of, in order.
    `replaced` is where another schedule takes its name before it has ticked. `plateaus` are the file's.
    `member_ticks` are the ticks of one of its parts by itself, each with the tick of the whole that comes
    whenever it does, if one does. `prepared` tells that accelerate ticks it, `dampening` how a warmup of
    pytorch_warmup is laid on, `own_step` that its class says itself what `step` does; `conditions` hold where
    it is made; `suites` are those around it in its function, outermost first, each after the number of the
    `if` that it is of. `recipe` is how torch makes it, where it is a scheduler of torch's and nothing else,
    `release` the torch that it is read for; `versions` are the releases that what is read rests on, where
    others differ, with the reason.
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
    library: str | None = None
    defined: bool = False
    derived: bool = False
    own_step: bool = False
    conditions: tuple[Node, ...] = ()
    suites: tuple[tuple[int, int], ...] = ()
    parts: tuple[Part, ...] = ()
    replaced: Span | None = None
    plateaus: tuple[Plateau, ...] = ()
    member_ticks: tuple[tuple[Span, Span | None], ...] = ()
    prepared: Prepared | None = None
    dampening: Dampening | None = None
    recipe: Recipe | None = None
    release: Release = NEWEST
    versions: tuple[tuple[str, str], ...] = ()

    @property
    def form(self) -> str:
        """How it is written, in the words in which `--statistics` counts it."""
        if self.library is not None:
            return f"a schedule of {self.library}"
        if self.construct == "param_groups":
            return "an LR written to the param groups" if not self.defined else "a function that computes LRs"
        if self.construct in TORCH_SCHEDULERS:
            return f"`{self.construct}`"
        if self.derived:
            return "a subclass of `LRScheduler`"
        factor = self.factors[0] if self.factors else None
        is_lambda = factor is not None and factor.scale is Scale.FACTOR
        return "a subclass of `LambdaLR`" if is_lambda else "a class that writes the LR itself"


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
