"""A training loop in the expression form: only what decides when updates and ticks happen.

`warmlint.facts` reads it off the source, `warmlint.trace` runs it. Everything else that a loop does is
left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from warmlint.expr import Node, Op, Symbol, SymbolKind, const, node, plain, substitute, symbols, walk
from warmlint.limits import MAX_ORDER_LENGTH, MAX_ORDERS
from warmlint.source import Span


class Unit(Enum):
    """What one pass of a loop, or one tick of a schedule, stands for."""

    EPOCH = "epoch"
    UPDATE = "update"
    SAMPLE = "sample"
    TOKEN = "token"
    UNKNOWN = "tick"


@dataclass(frozen=True, slots=True)
class Update:
    """One `optimizer.step()`; `may_skip` tells that what calls it may leave it out, as a GradScaler does."""

    span: Span
    may_skip: bool = False


@dataclass(frozen=True, slots=True)
class Hidden:
    """A call that may update: the source does not show whether, or how often."""

    span: Span


@dataclass(frozen=True, slots=True)
class Tick:
    """One call that advances the schedule; `argument` is the tick number that it is given, if any."""

    span: Span
    argument: Node | None = None


class How(Enum):
    """What else is done to a schedule or its optimizer than to make, tick or update them."""

    GROUP_ADDED = "a param group is added"
    REMADE = "the optimizer's name is given to a new one"
    SCHEDULE_LOADED = "the schedule's state is loaded"
    OPTIMIZER_LOADED = "the optimizer's state is loaded"
    SCHEDULE_SAVED = "the schedule's state is asked for"
    OPTIMIZER_SAVED = "the optimizer's state is asked for"
    PREPARED = "they are handed to `accelerator.prepare`, which returns them wrapped"
    OPTIMIZER_TAKEN = "the optimizer's name is given to what may be it, or another"
    SCHEDULE_TAKEN = "the schedule's name is given to something else"
    SCHEDULE_KEPT = "the schedule is put into a list or a dict"
    SCHEDULE_SET = "what the schedule remembers is written by hand"
    BEGUN_AT = "the schedule is made to begin at a number"
    BEGUN_BARE = "the same, for an optimizer whose groups are not seen to have an `initial_lr`"
    LOADED_ELSEWHERE = "another function loads a state, which may be one of theirs"
    REPLAYED = "a loop passes as often as a stored run has"
    COUNTED_FROM = "a loop begins at a number that a stored run left, by its name"
    RESUMED_AT = "a loop begins at a number that is seen to be loaded"


LOADED: Final = frozenset({How.OPTIMIZER_LOADED, How.SCHEDULE_LOADED})
"""What brings in the state of another run."""

RESUMED: Final = frozenset({How.COUNTED_FROM, How.RESUMED_AT})
"""What makes a run go on where another left off."""

_MOVING: Final = LOADED | {How.GROUP_ADDED, How.REMADE, How.SCHEDULE_TAKEN, How.SCHEDULE_SET}
"""What a simulated run must know of."""


@dataclass(frozen=True, slots=True)
class Handled:
    """Something that is done to the schedule or its optimizer, and moves neither; `name` is the variable that
    it is done with, where that matters."""

    span: Span
    how: How
    name: str = ""


@dataclass(frozen=True, slots=True)
class Make:
    """The schedule is made: from here on it stands at the tick `start`."""

    span: Span
    start: Node


@dataclass(frozen=True, slots=True)
class Set:
    """An assignment to a variable that a loop changes."""

    symbol: Symbol
    value: Node


@dataclass(frozen=True, slots=True)
class Repeat:
    """A `for`: `count` passes, in which `counter` runs from `start` by `step`, or through `elements` where
    the source lists them."""

    counter: Symbol | None
    start: Node
    step: Node
    count: Node
    body: tuple[Statement, ...]
    unit: Unit
    span: Span
    elements: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class While:
    """A `while`: passes as long as `condition` holds."""

    condition: Node
    body: tuple[Statement, ...]
    span: Span
    unit: Unit = Unit.UNKNOWN


@dataclass(frozen=True, slots=True)
class Guard:
    """An `if`."""

    condition: Node
    then: tuple[Statement, ...]
    other: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the project that runs as a part of the loop; a return in it leaves it alone."""

    body: tuple[Statement, ...]
    span: Span


class Jump(Enum):
    """What leaves a pass, a loop or the function."""

    CONTINUE = "continue"
    BREAK = "break"
    LEAVE = "return"
    FAIL = "raise"


Statement = Update | Hidden | Tick | Handled | Make | Set | Repeat | While | Guard | Call | Jump
Program = tuple[Statement, ...]


def bodies(statement: Statement) -> tuple[Program, ...]:
    """The programs inside a statement."""
    match statement:
        case Repeat(body=body) | While(body=body) | Call(body=body):
            return (body,)
        case Guard(then=then, other=other):
            return (then, other)
    return ()


def has(program: Program, kind: type) -> bool:
    """Whether a statement of `kind` stands anywhere in a program."""
    return any(isinstance(each, kind) or any(has(body, kind) for body in bodies(each)) for each in program)


def ticks_in_loop(program: Program) -> bool:
    """Whether the schedule is ticked by a loop of this program, and not by one around it."""
    return any(
        has(body, Tick) if isinstance(each, Repeat | While) else ticks_in_loop(body)
        for each in program
        for body in bodies(each)
    )


def called(program: Program, span: Span) -> Program:
    """The program of a function as a part of the one that calls it."""
    return (Call(program, span),) if _leaves(program) else program


def _leaves(program: Program) -> bool:
    return any(
        each is Jump.LEAVE or (not isinstance(each, Call) and any(_leaves(body) for body in bodies(each)))
        for each in program
    )


def leads(program: Program, tick: Tick) -> bool:
    """Whether a tick comes before the updates of the pass of a loop that it stands in."""
    for each in program:
        for body in bodies(each):
            if leads(body, tick):
                return True
        if not isinstance(each, Repeat | While):
            continue
        place = next((at for at, one in enumerate(each.body) if tick in ticks_of((one,))), None)
        if place is not None and not has(each.body[:place], Update) and has(each.body[place + 1 :], Update):
            return True
    return False


def made_in_loop(program: Program) -> bool:
    """Whether the schedule is made anew in each pass of a loop."""
    return any(
        has(body, Make) if isinstance(each, Repeat | While) else made_in_loop(body)
        for each in program
        for body in bodies(each)
    )


def ticks_of(program: Program, *, guarded: bool = True) -> list[Tick]:
    """The ticks of a program, in the order of the source; those under a condition too, where `guarded`."""
    found: list[Tick] = []
    for each in program:
        if isinstance(each, Tick):
            found.append(each)
        for body in bodies(each) if guarded or not isinstance(each, Guard) else ():
            found += ticks_of(body, guarded=guarded)
    return found


def updates_of(program: Program) -> list[Update]:
    """The updates of a program, in the order of the source."""
    found: list[Update] = []
    for each in program:
        if isinstance(each, Update):
            found.append(each)
        for body in bodies(each):
            found += updates_of(body)
    return found


def around(program: Program, kind: type[Statement]) -> dict[int, Node]:
    """What decides whether, and how often, statements of a kind run: the conditions and lengths around them,
    and the conditions before them that leave the pass, each by the statement that has it."""
    found: dict[int, Node] = {}
    for number, each in enumerate(program):
        inside = [has(body, kind) for body in bodies(each)]
        skips = has((each,), Jump) and has(program[number + 1 :], kind)
        match each:
            case Guard(condition=condition) if any(inside) != all(inside) or (skips and not any(inside)):
                found[id(each)] = condition
            case Repeat(count=length) | While(condition=length) if any(inside):
                found[id(each)] = length
        for body in bodies(each):
            found |= around(body, kind)
    return found


def taken(program: Program) -> Program:
    """A program without the branches that its conditions rule out by themselves."""
    kept: list[Statement] = []
    for each in program:
        match each:
            case Guard(condition=condition, then=then, other=other) if plain(condition).op is Op.CONST:
                kept += taken(then if plain(condition).value else other)
            case Guard(condition=condition, then=then, other=other):
                kept.append(Guard(condition, taken(then), taken(other)))
            case Repeat(body=body) | While(body=body) | Call(body=body):
                kept.append(replace(each, body=taken(body)))
            case _:
                kept.append(each)
    return tuple(kept)


def spelled_out(program: Program) -> Program:
    """A program whose conditions say themselves what a flag of theirs is set to: that of
    `sync = (i + 1) % n == 0` and `if sync:` is then `(i + 1) % n == 0`."""
    flags = {symbol: values[0] for symbol, values in _assigned(program).items() if len(values) == 1}
    return _spelling(program, {symbol: value for symbol, value in flags.items() if value.op in _ASKING})


_ASKING: Final = frozenset({Op.LT, Op.LE, Op.GT, Op.GE, Op.EQ, Op.NE, Op.NOT, Op.AND, Op.OR})


def _assigned(program: Program) -> dict[Symbol, list[Node]]:
    """What each variable is set to, but for a plain `True` or `False`."""
    found: dict[Symbol, list[Node]] = {}
    for each in program:
        if isinstance(each, Set) and not isinstance(plain(each.value).value, bool):
            found.setdefault(each.symbol, []).append(plain(each.value))
        for body in bodies(each):
            for symbol, values in _assigned(body).items():
                found.setdefault(symbol, []).extend(values)
    return found


def _spelling(program: Program, flags: Mapping[Symbol, Node]) -> Program:
    spelled: list[Statement] = []
    for each in program:
        match each:
            case Repeat(body=body) | Call(body=body):
                spelled.append(replace(each, body=_spelling(body, flags)))
            case While(condition=condition, body=body):
                told = substitute(condition, flags)
                spelled.append(replace(each, condition=told, body=_spelling(body, flags)))
            case Guard(condition=condition, then=then, other=other):
                told = substitute(condition, flags)
                spelled.append(Guard(told, _spelling(then, flags), _spelling(other, flags)))
            case _:
                spelled.append(each)
    return tuple(spelled)


def epoch_counts(program: Program) -> list[Node]:
    """How often the loops over epochs pass in which a loop ticks."""
    found: list[Node] = []
    for each in program:
        if isinstance(each, Repeat) and each.unit is Unit.EPOCH and ticks_in_loop(each.body):
            found.append(each.count)
        for body in bodies(each):
            found += epoch_counts(body)
    return found


def tick_count(program: Program) -> Node | None:
    """How many ticks a program makes of the schedule that it makes last; None where conditions decide, or
    lengths that the source does not tell."""
    found: Node = const(0)
    for each in program:
        match each:
            case Make():
                found = const(0)
            case Tick():
                found = node(Op.ADD, found, const(1))
            case Jump.BREAK:
                return None
            case Jump():
                return found
            case Guard() | While() | Repeat() | Call() if not (has((each,), Tick) or has((each,), Jump)):
                continue
            case Call(body=body):
                inner = tick_count(body)
                if inner is None:
                    return None
                found = inner if has(body, Make) else node(Op.ADD, found, inner)
            case Repeat(count=count, body=body):
                inner = tick_count(body)
                if inner is None or any(part.op is Op.UNKNOWN for part in walk(count)):
                    return None
                made = has(body, Make)
                found = inner if made else node(Op.ADD, found, node(Op.MUL, count, inner))
            case Guard() | While():
                return None
    return found


def handled(program: Program) -> list[Handled]:
    """All that is done to a schedule and its optimizer beside, in the order of the source."""
    found: list[Handled] = []
    for each in program:
        if isinstance(each, Handled):
            found.append(each)
        for body in bodies(each):
            found += handled(body)
    return found


def orders(program: Program) -> list[tuple[Statement, ...]]:
    """The orders in which the statements of a program may come, with two passes of each loop. Conditions that
    are spelled the same are taken to say the same; a branch that leaves is not gone into."""
    return [order for order, _ in _orders(program, ())]


_Known = tuple[tuple[str, bool], ...]
_Order = tuple[tuple[Statement, ...], _Known]


def _orders(program: Program, known: _Known) -> list[_Order]:
    found: list[_Order] = [((), known)]
    for each in program:
        found = [
            ((*before, *order)[:MAX_ORDER_LENGTH], after)
            for before, told in found
            for order, after in _orders_of(each, told)
        ][:MAX_ORDERS]
    return found


def _orders_of(each: Statement, known: _Known) -> list[_Order]:
    match each:
        case Repeat(body=body) | While(body=body):
            return [((each, *order, *order), known) for order, _ in _orders(body, known)]
        case Call(body=body):
            return _orders(body, known)
        case Guard(condition=condition, then=then, other=other):
            told = _spelled(condition)
            sides = [(taken, body) for taken, body in ((True, then), (False, other)) if body]
            stays = [(taken, body) for taken, body in sides if not isinstance(body[-1], Jump)]
            stays = [(taken, body) for taken, body in stays if (told, not taken) not in known]
            if not stays:
                return [((), known)]
            return [order for taken, body in stays for order in _orders(body, (*known, (told, taken)))]
    return [((each,), known)]


def _spelled(condition: Node) -> str:
    """What tells a condition from others."""
    return " ".join(
        f"{each.op.value} {each.value} {each.symbol.name if each.symbol is not None else ''} {len(each.args)}"
        for each in walk(condition)
    )


def moving(program: Program) -> Program:
    """A program without what moves neither schedule nor optimizer."""
    return _keeping(program, frozenset(symbols(*expressions(program))), simulated=True)


def pruned(program: Program) -> Program:
    """A program without the assignments that decide nothing, and without what is empty then."""
    needed: frozenset[Symbol] = frozenset()
    while True:
        kept = _keeping(program, needed)
        used = frozenset(symbols(*expressions(kept)))
        if used <= needed:
            return kept
        needed |= used


def _keeping(program: Program, needed: frozenset[Symbol], *, simulated: bool = False) -> Program:
    kept: list[Statement] = []
    for statement in program:
        if simulated and isinstance(statement, Handled) and statement.how not in _MOVING:
            continue
        match statement:
            case Set(symbol=symbol) if symbol not in needed:
                continue
            case Repeat(body=body) | While(body=body) | Call(body=body):
                inside = _keeping(body, needed, simulated=simulated)
                if inside:
                    kept.append(replace(statement, body=inside))
            case Guard(then=then, other=other):
                branches = tuple(_keeping(each, needed, simulated=simulated) for each in (then, other))
                if any(branches):
                    kept.append(replace(statement, then=branches[0], other=branches[1]))
            case _:
                kept.append(statement)
    return tuple(kept)


def expressions(program: Program) -> list[Node]:
    """Every expression that decides how a program runs."""
    found: list[Node] = []
    for statement in program:
        match statement:
            case Tick(argument=argument) if argument is not None:
                found.append(argument)
            case Make(start=start):
                found.append(start)
            case Set(value=value):
                found.append(value)
            case Repeat(start=start, step=step, count=count, body=body):
                found += (start, step, count, *expressions(body))
            case While(condition=condition, body=body):
                found += (condition, *expressions(body))
            case Guard(condition=condition, then=then, other=other):
                found += (condition, *expressions(then), *expressions(other))
            case Call(body=body):
                found += expressions(body)
    return found


def bounds(program: Program) -> set[Symbol]:
    """What is counted up to, by a loop that ticks and is none over epochs, or by what ends one."""
    found: list[Node] = []
    for each in program:
        if isinstance(each, While | Guard) and each.condition.op in {Op.LT, Op.LE, Op.GT, Op.GE}:
            sides = each.condition.args
            if any(symbol.kind is SymbolKind.COUNTER for symbol in symbols(*map(plain, sides))):
                found += sides
        elif isinstance(each, Repeat) and each.unit is not Unit.EPOCH and has(each.body, Tick):
            found.append(each.count)
    inside = {symbol for each in program for body in bodies(each) for symbol in bounds(body)}
    return inside | {symbol for each in found if (symbol := plain(each).symbol) is not None}
