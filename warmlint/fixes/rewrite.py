"""The edits that rules propose, found on the expression form and made on the source it came from.

An edit that cannot be placed is no edit: then the finding carries its suggestion in words alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from warmlint.expr import Node, Op, Symbol, alike, plain, symbols, transform, walk
from warmlint.finding import Edit, Edits, Scale
from warmlint.fixes.fractions import capped_ratio, written_ticks
from warmlint.fixes.imports import imported_instead
from warmlint.fixes.statements import statements
from warmlint.functions import STAIRS
from warmlint.schedule.evaluate import outcome
from warmlint.site import Site
from warmlint.source import Position, Span
from warmlint.term import Function


def count_from_one(site: Site, ramp: Node) -> Edits | None:
    """Put `tick + 1` where the first division of `ramp` has the tick on top; without one, wherever it stands.
    A ramp that holds at the warmup's last tick too is divided by one more. Where a function that is called
    from several places divides, the tick is changed where it is given."""
    tick = site.factor.tick
    divisions = (each for each in walk(ramp) if each.op in {Op.DIV, Op.FLOORDIV})
    division = next((each for each in divisions if tick in symbols(each.args[0])), None)
    within = ramp if division is None else division.args[0]
    uses = _uses(within, tick)
    place = (ramp if division is None else division).span
    spans = [each for each in uses if place is not None and place.contains(each)]
    named = written_ticks(site, ramp if division is None else division)
    shared = place is not None and statements(site.source).is_shared(place)
    spans = spans or (uses or named if shared else named or uses)
    edits = [Edit(span, _within_call(site, span, f"{site.source.slice(span)} + 1")) for span in spans]
    if division is not None and _holds_at_its_end(site, ramp):
        divisor = division.args[1].span
        if divisor is None:
            return None
        edits.append(Edit(divisor, f"({site.source.slice(divisor)} + 1)"))
    return tuple(edits) if spans else None


def _holds_at_its_end(site: Site, ramp: Node) -> bool:
    """Whether a ramp that goes on growing is what the factor is at the warmup's end, where others begin."""
    end, values, tick = site.warmup_ticks, site.example.values, site.factor.tick
    chosen = any(each.op is Op.IF and tick in symbols(each.args[0]) for each in walk(ramp))
    if end is None or site.branch_at(end) is not ramp or chosen:
        return False
    at_end, later = (outcome(ramp, {**values, tick: each}).number for each in (end, end + 1))
    return at_end is not None and later is not None and later > at_end * (1 + 1e-9)


def cap_at_one(site: Site, ramp: Node) -> Edits | None:
    """Put `min(1.0, …)` around the ramp, or in the place of a `max(1.0, …)` around it."""
    if ramp.span is None:
        return None
    for each in walk(site.factor.expression):
        if each.op is Op.CALL and each.value == "max" and each.span is not None and ramp in each.args:
            others = [plain(arg) for arg in each.args if arg is not ramp]
            name = Span(each.span.start, Position(each.span.start.row, each.span.start.column + 3))
            if [arg.value for arg in others] == [1] and site.source.slice(name) == "max":
                return (Edit(name, "min"),)
    if site.factor.scale is Scale.LR:
        return capped_ratio(site, ramp)
    return (Edit(ramp.span, f"min(1.0, {site.source.slice(ramp.span)})"),)


def divide_truly(site: Site) -> Edits | None:
    """Turn each `//` of the tick into `/`, and take `int(…)` and `round(…)` from around it."""
    edits: list[Edit] = []
    for each in walk(site.factor.expression):
        if not _is_stair(each, site):
            continue
        if each.op is Op.FLOORDIV:
            left, right = each.args[0].span, each.args[1].span
            if left is None or right is None:
                return None
            between = Span(left.end, right.start)
            text = site.source.slice(between)
            if text.count("//") != 1:
                return None
            edits.append(Edit(between, text.replace("//", "/")))
        else:
            inner = each.args[0].span
            if each.span is None or inner is None:
                return None
            edits.append(Edit(each.span, f"({site.source.slice(inner)})"))
    spans = [edit.span for edit in edits]
    if not edits or any(a is not b and a.contains(b) for a in spans for b in spans):
        return None
    return tuple(edits)


def without_stairs(site: Site) -> Function | None:
    """The factor with true division and no rounding of the tick; None where it has no stair in it."""
    tick = site.factor.tick
    changed = False

    def smooth(each: Node) -> Node | None:
        nonlocal changed
        if not _is_stair(each, site):
            return None
        changed = True
        if each.op is Op.FLOORDIV:
            return Node(Op.DIV, each.args, span=each.span, depth=each.depth)
        return each.args[0]

    body = transform(site.factor.expression, smooth)
    return Function(body, tick) if changed else None


def _is_stair(each: Node, site: Site) -> bool:
    """Whether a node rounds the tick as measured against the warmup. `step // steps_per_epoch` does not: it
    counts epochs."""
    rounds = each.op is Op.CALL and each.value in STAIRS and len(each.args) == 1
    if not (rounds or each.op is Op.FLOORDIV) or site.factor.tick not in symbols(each.args[0]):
        return False
    return site.warmup is not None and any(alike(part, site.warmup.node) for part in walk(each))


def _uses(root: Node, symbol: Symbol) -> list[Span]:
    return list(
        dict.fromkeys(each.span for each in walk(root) if each.symbol is symbol and each.span is not None)
    )


def _within_call(site: Site, span: Span, text: str) -> str:
    """`text` in the place of `span`, in brackets unless it already stands alone in some, or between
    commas."""
    source, start, end = site.source.text, site.source.offset(span.start), site.source.offset(span.end)
    before, after = source[:start].rstrip()[-1:], source[end:].lstrip()[:1]
    alone = before in {"(", "[", ","} and after in {")", "]", ","}
    return text if alone and before + after not in {"(]", "[)"} else f"({text})"


def drop_from_product(site: Site, factors: tuple[Node, ...]) -> Edits | None:
    """Leave `factors` out of the products that they stand in; None where one stands in something else."""
    edits = []
    for factor in factors:
        product = next(
            (
                each
                for each in walk(site.factor.expression)
                if each.op is Op.MUL and any(arg is factor for arg in each.args)
            ),
            None,
        )
        if product is None or product.span is None:
            return None
        kept = product.args[1] if product.args[0] is factor else product.args[0]
        if kept.span is None or not product.span.contains(kept.span):
            return None
        edits.append(Edit(product.span, _rest_of(site, product.span, factor, kept)))
    return tuple(edits) or None


def _rest_of(site: Site, product: Span, factor: Node, kept: Node) -> str:
    """The text of `product` without `factor` and its `*`: brackets around what is kept stay."""
    assert factor.span is not None
    assert kept.span is not None
    if factor.span < kept.span:
        rest = (
            site.source.slice(Span(factor.span.end, product.end))
            .lstrip(") \t\r\n")
            .removeprefix("*")
            .lstrip()
        )
    else:
        rest = (
            site.source.slice(Span(product.start, factor.span.start))
            .rstrip("( \t\r\n")
            .removesuffix("*")
            .rstrip()
        )
    return rest if rest.count("(") == rest.count(")") else f"({site.source.slice(kept.span)})"


def guard_divisor(site: Site, divisor: Node) -> Edits | None:
    """Put `max(1, …)` around a divisor that can be 0, or around what a formula of others is given for it."""
    while divisor.span is None and divisor.op is Op.NAMED:
        divisor = divisor.args[0]
    if divisor.span is None:
        return None
    return (Edit(divisor.span, f"max(1, {site.source.slice(divisor.span)})"),)


def lambda_for_multiplicative(site: Site) -> Edits | None:
    """Put `LambdaLR` in the place of `MultiplicativeLR`, and in its import where nothing else uses it."""
    old, new = "MultiplicativeLR", "LambdaLR"
    head = site.source.slice(site.schedule.span).partition("(")[0]
    if head.rpartition(".")[2].strip() != old:
        return None
    found = [site.source.text.index(old, site.source.offset(site.schedule.span.start))]
    at = site.source.position(found[0])
    call = Edit(Span(at, Position(at.row, at.column + len(old))), new)
    if head != old:
        return (call,)
    imported = imported_instead(statements(site.source), old, new)
    return None if imported is None else (call, *imported)


def bind_by_default(site: Site, function: Span, names: Iterable[str]) -> Edits | None:
    """Give a lambda `name=name` for each of `names`: it keeps the value of when it is made."""
    head, colon, _ = site.source.slice(function).partition(":")
    if not colon or not re.fullmatch(r"lambda\s+[\w\s,]*\w", head):
        return None
    at = site.source.position(site.source.offset(function.start) + len(head))
    return (Edit(Span(at, at), "".join(f", {name}={name}" for name in names)),)


def from_zero(site: Site, part: Node) -> Edits | None:
    """Put `max(0.0, …)` around what falls below zero: of a power its base, else the whole."""
    span = (part.args[0] if part.op is Op.POW else part).span
    return None if span is None else (Edit(span, f"max(0.0, {site.source.slice(span)})"),)


def without_arguments(site: Site, call: Span) -> Edits | None:
    """Call what is called without its arguments."""
    text = site.source.slice(call)
    head, paren, rest = text.partition("(")
    if not paren or not rest.endswith(")") or "#" in rest:
        return None
    start = site.source.offset(call.start) + len(head) + 1
    end = site.source.offset(call.end) - 1
    return (Edit(Span(site.source.position(start), site.source.position(end)), ""),)
