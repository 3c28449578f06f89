"""Edits to what is named warmup and does not rise: a ramp that is turned over, that its cap hides, that
comes after the warmup, or that is not there."""

from __future__ import annotations

from warmlint.expr import Node, Op, alike, plain, symbols, walk
from warmlint.finding import Edit, Edits, Scale
from warmlint.fixes.rewrite import count_from_one
from warmlint.fixes.statements import statements
from warmlint.schedule.evaluate import outcome
from warmlint.site import Site
from warmlint.source import Position, Span

_OPPOSITE = {Op.LT: ("<", ">="), Op.LE: ("<=", ">"), Op.GT: (">", "<="), Op.GE: (">=", "<")}


def turned_up(site: Site) -> Edits | None:
    """Turn a ramp that falls: `1 - step / w` to `step / w`, and `1 + cos` to `1 - cos`; from 0 it counts from
    1. Of a ramp between two ends the ends are swapped."""
    ramp, source = site.branch_at(0), site.source
    if (swapped := _swapped(site, ramp)) is not None:
        return swapped
    for each in walk(site.factor.expression):
        if each.op not in {Op.SUB, Op.ADD} or plain(each.args[0]).value != 1 or each not in _within(ramp):
            continue
        one, falling = each.args
        if one.span is None or falling.span is None or site.factor.tick not in symbols(falling):
            continue
        between = Span(one.span.end, falling.span.start)
        if each.op is Op.SUB:
            floored = _floored(site, each)
            return (
                None
                if floored is None
                else _counted(site, falling, Span(one.span.start, between.end), floored)
            )
        if falling.value == "math.cos" and source.slice(between).count("+") == 1:
            turned = Edit(between, source.slice(between).replace("+", "-"))
            counted = count_from_one(site, falling)
            return None if counted is None else (turned, *counted)
    return None


def uncovered(site: Site) -> Edits | None:
    """Let a ramp be seen that its cap hides: `min` for `max`, and a division by its length for a product."""
    for each in walk(site.factor.expression):
        rising = [arg for arg in each.args if site.factor.tick in symbols(arg)]
        ones = [arg for arg in each.args if plain(arg).value == 1 and plain(arg).op is Op.CONST]
        if each.op is not Op.CALL or len(each.args) != 2 or len(rising) != 1 or len(ones) != 1:
            continue
        if each.value == "max" and (named := _named(site, each, "min")) is not None:
            return (named, *(_from_one(site, rising[0]) or ()))
        if each.value == "min":
            return _divided(site, plain(rising[0]))
    return None


def turned_round(site: Site) -> Edits | None:
    """Turn the comparison with the warmup's length that has the ramp after it, and let the ramp count from 1
    where it begins at 0. Within the warmup the factor is a number."""
    if site.factor.tick in symbols(site.branch_at(0)):
        return None
    for each in walk(site.factor.expression):
        if each.op is not Op.IF or each.args[0].op not in _OPPOSITE:
            continue
        left, right = each.args[0].args
        then, other = each.args[1:]
        ramp = other if then is site.branch_at(0) else then
        compared = {plain(left).symbol, plain(right).symbol}
        if site.factor.tick not in compared or not _rises(site, ramp):
            continue
        if left.span is None or right.span is None:
            return None
        old, new = _OPPOSITE[each.args[0].op]
        between = Span(left.span.end, right.span.start)
        if site.source.slice(between).strip(" ()") != old:
            return None
        turned = Edit(between, site.source.slice(between).replace(old, new))
        return (turned, *(_from_one(site, ramp) or ()))
    return None


def filled_in(site: Site) -> Edits | None:
    """A ramp, `(step + 1) / w`, in the place of the 0 that the factor is while `step < w`."""
    zero, known = site.branch_at(0), statements(site.source)
    if plain(zero).value != 0 or zero.span is None or site.factor.scale is not Scale.FACTOR:
        return None
    for each in walk(site.factor.expression):
        if each.op is Op.IF and zero in each.args and each.args[0].op in _OPPOSITE:
            ticks = [one for one in each.args[0].args if plain(one).symbol is site.factor.tick]
            others = [one for one in each.args[0].args if one not in ticks]
            if len(ticks) == len(others) == 1 and ticks[0].span is not None and others[0].span is not None:
                tick, length = site.source.slice(ticks[0].span), known.operand(others[0].span)
                return (Edit(zero.span, f"({tick} + 1) / {length}"),)
    return None


def _rises(site: Site, ramp: Node) -> bool:
    """Whether a branch that the warmup does not take would be higher at its end than at its first tick."""
    values, tick = site.example.values, site.factor.tick
    low, high = (outcome(ramp, {**values, tick: each}).number for each in (0, site.warmup_ticks or 0))
    return low is not None and high is not None and low < high


def _swapped(site: Site, ramp: Node) -> Edits | None:
    """`a * (1 - p) + b * p` with `1 - p` and `p` in each other's place."""
    known, source = statements(site.source), site.source
    for each in walk(ramp):
        for falling, rising in (each.args, each.args[::-1]) if each.op is Op.ADD else ():
            down = next((one for one in walk(falling) if _is_rest_of_one(one, site)), None)
            up = next((one for one in walk(rising) if down is not None and alike(one, down.args[1])), None)
            here = known.expression(down.span) if down is not None and down.span is not None else None
            there = known.expression(up.span) if up is not None and up.span is not None else None
            if here is None or there is None:
                continue
            spans = known.in_brackets(here), known.in_brackets(there)
            texts = source.slice(known.span(here)), source.slice(spans[1])
            return Edit(spans[0], texts[1]), Edit(spans[1], f"({texts[0]})")
    return None


def _is_rest_of_one(each: Node, site: Site) -> bool:
    """Whether a node is `1 - p` of a `p` that moves with the tick."""
    return each.op is Op.SUB and plain(each.args[0]).value == 1 and site.factor.tick in symbols(each.args[1])


def _within(ramp: Node) -> list[Node]:
    return list(walk(ramp))


def _floored(site: Site, falling: Node) -> Edits | None:
    """What becomes of a `max(0, …)` around a ramp: a `min(1, …)`; nothing of one with a higher floor, or
    without. None where it cannot be told."""
    for each in walk(site.factor.expression):
        if each.op is Op.CALL and each.value == "max" and falling in each.args:
            floors = [arg for arg in each.args if arg is not falling]
            least = [outcome(arg, site.example.values).number for arg in floors]
            if len(floors) != 1 or least[0] is None:
                return None
            named, at = _named(site, each, "min"), floors[0].span
            if least[0] > 0:
                return _capped(site, each)
            return (named, Edit(at, "1.0")) if named is not None and at is not None else None
    return ()


def _capped(site: Site, floor: Node) -> Edits | None:
    """`min(1.0, …)` around a floor that the ramp has to its end and beyond; nothing where another branch
    follows."""
    end = site.warmup_ticks
    if end is not None and site.branch_at(end + 1) is not site.branch_at(0):
        return ()
    if floor.span is None:
        return None
    start, last = floor.span.start, floor.span.end
    return Edit(Span(start, start), "min(1.0, "), Edit(Span(last, last), ")")


def _counted(site: Site, ramp: Node, minus: Span, floored: Edits) -> Edits | None:
    """The ramp without its `1 -`, counted from 1 where nothing keeps it above 0."""
    became_cap = any(each.content == "min" for each in floored)
    positive = not became_cap and any(
        each.op is Op.CALL and each.value == "max" for each in walk(site.branch_at(0))
    )
    counted = () if positive else count_from_one(site, ramp)
    return None if counted is None else (Edit(minus, ""), *floored, *counted)


def _from_one(site: Site, ramp: Node) -> Edits | None:
    zero = outcome(ramp, {**site.example.values, site.factor.tick: 0}).number == 0
    return count_from_one(site, ramp) if zero else None


def _divided(site: Site, product: Node) -> Edits | None:
    """A product with the warmup's length, as a quotient."""
    if product.op is not Op.MUL or site.warmup is None:
        return None
    left, right = product.args
    if left.span is None or right.span is None or plain(right) is not plain(site.warmup.node):
        return None
    between = Span(left.span.end, right.span.start)
    text = site.source.slice(between)
    return (Edit(between, text.replace("*", "/")),) if text.count("*") == 1 else None


def _named(site: Site, call: Node, name: str) -> Edit | None:
    """The edit that calls another function of three letters."""
    if call.span is None or not isinstance(call.value, str):
        return None
    start = call.span.start
    span = Span(start, Position(start.row, start.column + len(call.value)))
    return Edit(span, name) if site.source.slice(span) == call.value else None
