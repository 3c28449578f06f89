"""Edits that move whole statements: comments go along, and every other row stays as it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from warmlint.finding import Edit, Edits
from warmlint.fixes.statements import Statement, Statements, indent, rows, statements
from warmlint.site import Site
from warmlint.source import Position, Source, Span


def after_update(site: Site, tick: Span, update: Span) -> Edits | None:
    """Move the tick below what updates; a tick that comes before the loop, which ticks as well, goes.

    Out of an `if` that holds more, it takes the condition along.
    """
    known = statements(site.source)
    ticking = known.at(tick)
    if ticking is None:
        return None
    others = [each for each in site.loop.ticks if each != tick]
    for each in ticking.outward:
        if isinstance(each.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            break
        target = known.carrier(each, update)
        if target is None:
            continue
        if target is each or target.number < each.number:
            return None
        if any(target.span.contains(other) for other in others):
            break
        if _is_for_alone(each, ticking):
            return moved(site.source, [each], after=target)
        return _with_condition(site.source, each, ticking, target)
    if (event := _later_event(known, ticking)) is not None:
        return event
    looped = any(isinstance(each.node, (ast.For, ast.While)) for each in ticking.outward)
    return removed(site.source, [ticking]) if others and not looped else None


def _later_event(known: Statements, ticking: Statement) -> Edits | None:
    """Let a handler of ignite's be called when an iteration is over, and not when it begins."""
    function = ticking.function
    decorators = getattr(function.node, "decorator_list", ()) if function is not None else ()
    for node in (each for decorator in decorators for each in ast.walk(decorator)):
        if isinstance(node, ast.Attribute) and node.attr == "ITERATION_STARTED":
            end = known.span(node).end
            start = Position(end.row, end.column - len(node.attr))
            return (Edit(Span(start, end), "ITERATION_COMPLETED"),)
    return None


def beside_update(site: Site, tick: Span, update: Span) -> Edits | None:
    """Move the tick into the block of the update: below it, or above it where it writes the LR first."""
    known = statements(site.source)
    ticking, updating = known.at(tick), known.at(update)
    if ticking is None or updating is None or not _sees_alike(ticking, updating):
        return None
    if not site.applied:
        return moved(site.source, [ticking], before=updating)
    following = updating.block[updating.number + 1 :]
    if following and ast.unparse(following[0].node).endswith(".update()"):  # a gradient scaler's
        updating = following[0]
    return moved(site.source, [ticking], after=updating)


def _sees_alike(moved: Statement, there: Statement) -> bool:
    """Whether a statement may stand in the function of another: it is the same, or both are methods of one
    class, and the statement speaks of `self` alone."""
    own, other = moved.function, there.function
    if own is other or own is None or other is None:
        return own is other
    names = {node.id for node in moved.inside() if isinstance(node, ast.Name)}
    return own.owner is other.owner is not None and names == {"self"}


def before_update(site: Site, write: Span, update: Span) -> Edits | None:
    """Move what writes the LR, and what it is computed by, above what updates."""
    known = statements(site.source)
    writing = known.at(write)
    if writing is None:
        return None
    for each in writing.outward:
        if isinstance(each.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return None
        target = known.carrier(each, update)
        if target is not None:
            break
    else:
        return None
    if target.number >= each.number:
        return None
    between = each.block[target.number + 1 : each.number]
    needed = _computing(each, between)
    if (
        between == needed[:-1]
        and not names(needed, ast.Load) & names([target], ast.Store)
        and _is_simple(target)
    ):
        return moved(site.source, [target], after=each)
    stay = [target, *(other for other in between if other not in needed)]
    if names(needed, ast.Load) & names(stay, ast.Store):
        return None
    for other in stay:
        below = [one for one in needed if one.number > other.number]
        if names([other], ast.Load) & names(below, ast.Store):
            return None
    return moved(site.source, needed, before=target)


def moved(
    source: Source,
    chosen: Sequence[Statement],
    *,
    after: Statement | None = None,
    before: Statement | None = None,
    condition: str = "",
) -> Edits | None:
    """Move statements of one block, in order, below the statement `after` or above the one `before`; under a
    `condition`, the header of an `if`, where there is one. None where a row is shared, or a block is left
    empty."""
    gone, target = removed(source, chosen), after or before
    around = rows(source, target) if target is not None else None
    if gone is None or target is None or around is None:
        return None
    old, new = indent(source, chosen[0]), indent(source, target)
    if condition:
        owner = chosen[0].owner
        new += old.removeprefix(indent(source, owner)) if owner is not None else ""
    if old != new and any(_has_long_string(each) for each in chosen):
        return None
    taken = [span for each in chosen if (span := rows(source, each)) is not None]
    texts = [_reindented(source.slice(span), old, new) for span in taken]
    if condition:
        texts.insert(0, indent(source, target) + condition)
    return (*gone, _insertion(source, texts, around, below=after is not None))


def inserted(source: Source, after: Statement, row: str) -> Edits | None:
    """Write a row of its own below a statement."""
    around = rows(source, after)
    return None if around is None else (_insertion(source, [row], around, below=True),)


def _insertion(source: Source, texts: Sequence[str], around: Span, *, below: bool) -> Edit:
    """Rows below or above others; the file's last row may have no end."""
    found = re.search(r"\r\n|\r|\n", source.text)
    newline = found[0] if found else "\n"
    text = "".join(each if each.endswith(("\n", "\r")) else each + newline for each in texts)
    at = around.end if below else around.start
    if below and not source.slice(around).endswith(("\n", "\r")):
        text = newline + text.rstrip("\r\n")
    return Edit(Span(at, at), text)


def removed(source: Source, chosen: Sequence[Statement]) -> Edits | None:
    """Take statements of one block away, with the blank rows above that would stand at a block's end."""
    spans = [rows(source, each) for each in chosen]
    if not chosen or len(chosen[0].block) == len(chosen) or None in spans:
        return None
    first, last = chosen[0].number, chosen[-1].number
    edits = [Edit(_with_blanks(source, each), "") for each in spans if each is not None]
    edits[0] = edits[0] if last - first == len(chosen) - 1 else Edit(spans[0] or edits[0].span, "")
    return tuple(edits)


def _with_blanks(source: Source, span: Span) -> Span:
    """Rows, and the blank ones above them where blank ones, or none, follow."""
    following = source.line(span.end.row)
    before = source.line(span.start.row)
    inward = len(following) - len(following.lstrip()) >= len(before) - len(before.lstrip())
    if following.strip() and inward:
        return span
    top = span.start.row
    while top > 1 and not source.line(top - 1).strip():
        top -= 1
    return Span(Position(top, 1), span.end)


def _is_for_alone(each: Statement, inner: Statement) -> bool:
    """Whether a statement does nothing but `inner`."""
    return all(
        other.owner is not None and len(other.block) == 1 and not _else_of(other.owner)
        for other in inner.outward
        if other.span != each.span and each.span.contains(other.span)
    )


def _else_of(each: Statement) -> object:
    return getattr(each.node, "orelse", None) or getattr(each.node, "handlers", None)


def _with_condition(source: Source, each: Statement, inner: Statement, target: Statement) -> Edits | None:
    """Move `inner` out of the `if` that holds it and more, under the same condition."""
    node = each.node
    if inner.owner is not each or not isinstance(node, ast.If) or inner.node not in node.body:
        return None
    between = [other for other in each.block[each.number : target.number + 1] if other is not inner]
    test = ast.walk(node.test)
    named = {name.id for name in test if isinstance(name, ast.Name)}
    plain = all(not isinstance(part, (ast.Call, ast.NamedExpr, ast.Await)) for part in ast.walk(node.test))
    if not plain or named & names(between, ast.Store):
        return None
    start, end = source.offset(each.span.start), source.offset(inner.block[0].span.start)
    header = re.match(r"if\b[^\n\r]*?:(?=\s*(?:#[^\n\r]*)?[\n\r])", source.text[start:end])
    return moved(source, [inner], after=target, condition=header[0]) if header else None


def _is_simple(each: Statement) -> bool:
    return isinstance(each.node, ast.Expr)


def _computing(last: Statement, between: Sequence[Statement]) -> list[Statement]:
    """`last`, and those of the statements `between` that it takes what it needs from, in order."""
    needed, wanted = [last], names([last], ast.Load)
    for each in reversed(between):
        if names([each], ast.Store) & wanted:
            needed.insert(0, each)
            wanted |= names([each], ast.Load)
    return needed


def names(chosen: Sequence[Statement], context: type[ast.expr_context]) -> set[str]:
    """The variables and attributes that statements read, or write."""
    found = set()
    for each in chosen:
        for node in each.inside():
            if isinstance(node, ast.AugAssign) and isinstance(node.target, (ast.Name, ast.Attribute)):
                found.add(ast.unparse(node.target))
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, context):
                found.add(ast.unparse(node))
    return found


def _has_long_string(each: Statement) -> bool:
    """Whether a string runs over several rows, which no indentation may change."""
    return any(
        isinstance(node, (ast.Constant, ast.JoinedStr)) and node.lineno != node.end_lineno
        for node in each.inside()
    )


def _reindented(text: str, old: str, new: str) -> str:
    """Rows with the indentation `new` in the place of `old`."""
    if old == new:
        return text
    lines = text.splitlines(keepends=True)
    return "".join(
        new + line[len(old) :] if line.startswith(old) and line.strip() else line for line in lines
    )
