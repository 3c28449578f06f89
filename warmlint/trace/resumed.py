"""What resuming a stored run does to a schedule, read off the orders that its loop's statements come in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from warmlint.expr import Op, Symbol, plain, symbols
from warmlint.program import (
    RESUMED,
    Call,
    Guard,
    Handled,
    Hidden,
    How,
    Make,
    Program,
    Repeat,
    Set,
    Statement,
    Tick,
    Update,
    While,
    handled,
    has,
    made_in_loop,
    orders,
    ticks_of,
)
from warmlint.source import Span


class Slip(Enum):
    """What goes wrong when a run is resumed."""

    MADE_ON_LOADED = "the schedule is made for an optimizer that is loaded already"
    NOT_LOADED = "the schedule's state is not loaded"
    TICKED = "the schedule is ticked once more after it is loaded"
    MADE_ANEW = "the schedule is made anew after it is loaded"
    OTHER_UNIT = "the schedule begins at a number of epochs, and counts batches"
    COUNTER = "the counter that the schedule goes by starts at 0"
    ALONE = "the optimizer's state is not loaded"
    KEPT = "the LR depends on what the ticks of the run before left in the schedule"
    BARE = "the optimizer has no `initial_lr` for a schedule to go on from"


@dataclass(frozen=True, slots=True)
class Found:
    """A slip, where it happens, and the variable that it is about, if any."""

    slip: Slip
    span: Span
    name: str = ""


def slips(program: Program, harmless: frozenset[Span]) -> Iterator[Found]:
    """All that goes wrong; `harmless` are calls that are given the optimizer, and do not load it."""
    found: dict[Found, None] = {}
    done = {each.how for each in handled(program)}
    if done & {How.PREPARED, How.SCHEDULE_SET} or any(
        each.argument is not None for each in _objects(program)
    ):
        return
    training = _training(program)
    for order in orders(program):
        before = _before_training(order, training)
        found.update(dict.fromkeys(_of_order(before, order, done, made_in_loop(program), harmless)))
        found.update(dict.fromkeys(_counters(order, done)))
    yield from found


def _objects(program: Program) -> list[Tick]:
    """The ticks of a schedule that is an object."""
    return ticks_of(program) if has(program, Make) else []


def _training(program: Program) -> frozenset[int]:
    """The loops that update."""
    found: set[int] = set()
    for each in program:
        match each:
            case Repeat(body=body) | While(body=body) if has(body, Update):
                found.add(id(each))
            case Repeat(body=body) | While(body=body) | Call(body=body):
                found |= _training(body)
            case Guard(then=then, other=other):
                found |= _training(then) | _training(other)
    return frozenset(found)


def _before_training(order: tuple[Statement, ...], training: frozenset[int]) -> tuple[Statement, ...]:
    """What is done before the first update, or the loop that makes it."""
    for place, each in enumerate(order):
        if isinstance(each, Update) or id(each) in training:
            return order[:place]
    return order


def _of_order(
    before: tuple[Statement, ...],
    order: tuple[Statement, ...],
    done: set[How],
    looped: bool,
    harmless: frozenset[Span],
) -> Iterator[Found]:
    made: Make | None = None
    begun: Handled | None = None
    optimizer: Handled | None = None
    first_loaded: Handled | None = None
    loaded: Handled | None = None
    ticked = saved = hidden = False
    for each in before:
        match each:
            case Handled(how=How.OPTIMIZER_LOADED):
                optimizer = optimizer or each
            case Handled(how=How.SCHEDULE_SAVED):
                saved = True
            case Handled(how=How.BEGUN_AT | How.BEGUN_BARE):
                begun = each
                if each.how is How.BEGUN_BARE and optimizer is None and not hidden:
                    yield Found(Slip.BARE, each.span, each.name)
            case Hidden(span=span) if span not in harmless:
                hidden = True
            case Make():
                if loaded is not None and not looped:
                    yield Found(Slip.MADE_ANEW, each.span)
                made, first_loaded = each, optimizer
            case Handled(how=How.SCHEDULE_LOADED):
                loaded = each
                if made is not None and first_loaded is not None:
                    yield Found(Slip.MADE_ON_LOADED, made.span)
                if not done & {How.OPTIMIZER_LOADED, How.LOADED_ELSEWHERE} and not saved and not hidden:
                    yield Found(Slip.ALONE, each.span)
            case Tick():
                ticked = True
                if loaded is not None and made is not None and has(order, Update):
                    yield Found(Slip.TICKED, each.span)
    counted = _counted(order[len(before) - 1 if before else 0 :]) or _counted(before)
    if made is None or counted is None:
        return
    unloaded = not done & {How.SCHEDULE_LOADED, How.LOADED_ELSEWHERE, How.SCHEDULE_TAKEN, How.REPLAYED}
    if unloaded and begun is None and not ticked:
        if optimizer is not None:
            yield Found(Slip.NOT_LOADED, optimizer.span, counted.name)
        elif counted.how is How.RESUMED_AT and How.OPTIMIZER_LOADED not in done and not hidden:
            yield Found(Slip.NOT_LOADED, made.span, counted.name)
    if begun is not None and begun.name == counted.name and loaded is None and not ticked:
        yield Found(Slip.OTHER_UNIT, begun.span, begun.name)


def _counted(order: tuple[Statement, ...]) -> Handled | None:
    """Where the loop that ticks begins, if that is where a stored run left off."""
    for each, after in pairwise(order):
        trains = isinstance(after, Repeat | While) and has((after,), Tick) and has((after,), Update)
        if trains and isinstance(each, Handled) and each.how in RESUMED:
            return each
    return None


def _counters(order: tuple[Statement, ...], done: set[How]) -> Iterator[Found]:
    """Counters that a schedule by hand goes by, and that a resumed run starts at 0."""
    sets: dict[Symbol, Set] = {}
    loaded = counted = False
    for each in order:
        match each:
            case Handled(how=How.OPTIMIZER_LOADED):
                loaded = True
            case Handled(how=How.COUNTED_FROM | How.RESUMED_AT):
                counted = True
            case Set(symbol=symbol):
                sets[symbol] = each
            case Tick(argument=argument) if argument is not None:
                counters = symbols(argument)
                last = sets.get(counters[0]) if len(counters) == 1 else None
                zero = last is not None and plain(last.value).op is Op.CONST and last.value.span is not None
                if loaded and counted and zero and last is not None:
                    yield Found(Slip.COUNTER, last.value.span or each.span, counters[0].name)
                return
            case Make():
                return
