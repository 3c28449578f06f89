"""Edits to the lengths that a schedule is given: where they are computed, or where they are passed."""

from __future__ import annotations

import ast

from warmlint.expr import Node, Op, alike, walk
from warmlint.facts.model import Part
from warmlint.finding import Edit, Edits
from warmlint.fixes.statements import Statement, Statements, statements
from warmlint.program import Call, Guard, Program, Repeat, Tick, While, has
from warmlint.site import Site
from warmlint.source import Span

_ATOMS = (ast.Name, ast.Attribute, ast.Constant, ast.Call, ast.Subscript)
_BUILT_IN = {"len", "int", "round", "max", "min", "float"}


def divided(site: Site) -> Edits | None:
    """Divide the run's length by the window that its ticks wait for, where it is assigned to
    a variable that only the schedule reads, or given to the schedule."""
    total, window, source = site.roles.total, site.window, site.source
    known = statements(source)
    node = _written(total.node) if total is not None else None
    if node is None or node.span is None or window is None or window.every.span is None:
        return None
    value, every = known.expression(node.span), known.expression(window.every.span)
    made = known.at(node.span)
    if value is None or not isinstance(every, (ast.Name, ast.Attribute, ast.Constant)) or made is None:
        return None
    assigned = isinstance(made.node, ast.Assign) and made.node.value is value and _is_for(site, known, made)
    if not assigned and not site.schedule.span.contains(node.span):
        return None
    if isinstance(every, ast.Name) and not _is_bound_before(known, every.id, made):
        return None
    span, text = known.span(value), source.slice(known.span(value))
    if isinstance(value, ast.BinOp) and not isinstance(value.op, (ast.Mult, ast.FloorDiv)):
        text = f"({text})"
    return (Edit(span, f"{text} // {source.slice(window.every.span)}"),)


def one_length(site: Site, part: Part, following: Part) -> Edits | None:
    """Give a ramp the length that the milestone after it is at, or put the milestone to the ramp's end."""
    milestone = following.begin_span
    if milestone is None:
        return None
    if part.length_span is None:
        return given(site, part.span, "total_iters", milestone)
    meant = is_counted_on(part, following)
    old, new = (part.length_span, milestone) if meant else (milestone, part.length_span)
    return replaced(site, old, new)


def is_counted_on(part: Part, following: Part) -> bool:
    """Whether the milestone is the length that was meant: what comes after it counts on it, or the ramp has a
    length by default alone."""
    after, begin = following.length, following.begin
    counted = after is not None and begin is not None and any(alike(each, begin) for each in walk(after))
    return part.length_span is None or counted


def replaced(site: Site, old: Span, new: Span) -> Edits | None:
    """Put the expression at `new` in the place of the one at `old`, where all that it names is bound."""
    known = statements(site.source)
    return (Edit(old, site.source.slice(new)),) if _reads_alike(known, new, old) else None


def given(site: Site, call: Span, name: str, value: Span) -> Edits | None:
    """Give a call one more argument: the expression at `value`, where all that it names is bound."""
    known = statements(site.source)
    node = known.expression(call)
    if not isinstance(node, ast.Call) or not _reads_alike(known, value, call):
        return None
    if not node.args and not node.keywords:
        return None
    last = max([known.span(each) for each in node.args] + [known.span(each) for each in node.keywords]).end
    return (Edit(Span(last, last), f", {name}={site.source.slice(value)}"),)


def less(site: Site, length: Span, by: Span) -> Edits | None:
    """Subtract from the expression at `length` the one at `by`, where all that it names is bound."""
    known = statements(site.source)
    whole, part = known.expression(length), known.expression(by)
    if whole is None or part is None or not _reads_alike(known, by, length):
        return None
    texts = site.source.slice(length), site.source.slice(by)
    left = texts[0] if isinstance(whole, (*_ATOMS, ast.BinOp)) else f"({texts[0]})"
    right = texts[1] if isinstance(part, _ATOMS) or _is_product(part) else f"({texts[1]})"
    return (Edit(length, f"{left} - {right}"),)


def cut_to_the_run(site: Site, length: Span) -> Edits | None:
    """Make a decay end with the run: one that follows a warmup loses its length, a cosine alone gets the
    loop's."""
    if not site.schedule.parts:
        return _of_the_loop(site, "T_max")
    milestone = site.schedule.parts[-1].begin_span
    return None if milestone is None else less(site, length, milestone)


def _of_the_loop(site: Site, argument: str) -> Edits | None:
    """Give the schedule, as its `argument`, the number of ticks that its loop makes: as the loop writes
    it."""
    known, count = statements(site.source), _passes(site.loop.program)
    call = known.expression(site.schedule.span)
    if count is None or count.span is None or not isinstance(call, ast.Call):
        return None
    now = next((each.value for each in call.keywords if each.arg == argument), None)
    if now is None and len(call.args) > 1 and not isinstance(call.args[1], ast.Starred):
        now = call.args[1]
    return replaced(site, known.span(now), count.span) if now is not None else None


def _passes(program: Program) -> Node | None:
    """The number of passes of the one loop that ticks come from; None where they come from none, or
    nested."""
    for each in program:
        if isinstance(each, Call) and has(each.body, Tick):
            return _passes(each.body)
        if isinstance(each, Repeat) and has(each.body, Tick):
            plain = any(isinstance(inner, Tick) for inner in each.body)
            return each.count if plain else None
        if isinstance(each, Guard | While) and has((each,), Tick):
            return None
    return None


def names_are_bound(known: Statements, text: str, there: Span) -> bool:
    """Whether all that an expression names is bound before the statement at `there`."""
    at = known.at(there)
    try:
        names = {each.id for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Name)}
    except SyntaxError:
        return False
    return at is not None and all(_is_bound_before(known, each, at) for each in names - _BUILT_IN)


def _is_product(each: ast.expr) -> bool:
    return isinstance(each, ast.BinOp) and isinstance(each.op, (ast.Mult, ast.Div, ast.FloorDiv))


def _reads_alike(known: Statements, value: Span, there: Span) -> bool:
    """Whether the expression at `value` means the same `there`: its names are bound, by nothing in
    between."""
    node, here, at = known.expression(value), known.at(value), known.at(there)
    if node is None or here is None or at is None or here.function is not at.function:
        return False
    if any(isinstance(each, (ast.Await, ast.NamedExpr)) for each in ast.walk(node)):
        return False
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    first, last = sorted((here.span.start, at.span.start))
    stored = {
        each.id
        for one in known.every
        if first <= one.span.start < last
        for each in _own(one)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    }
    return not names & stored and all(_is_bound_before(known, each, at) for each in names - _BUILT_IN)


def _written(each: Node) -> Node | None:
    """The node of a length that stands where its value is written."""
    while each.op is Op.NAMED:
        each = each.args[0]
    return each


def _is_for(site: Site, known: Statements, made: Statement) -> bool:
    """Whether all that reads the one variable that a statement assigns is the schedule, or another length."""
    target = made.node.targets[0] if isinstance(made.node, ast.Assign) else None
    if not isinstance(target, ast.Name):
        return False
    holding = (known.at(site.factor.span), known.at(site.schedule.span))
    rows = {row for at in holding if at for row in range(at.span.start.row, at.span.end.row + 1)}
    for each in known.every:
        for node in _own(each):
            if isinstance(node, ast.Name) and node.id == target.id and isinstance(node.ctx, ast.Load):
                length = isinstance(each.node, ast.Assign) and "warmup" in ast.unparse(each.node.targets[0])
                if node.lineno not in rows and not length:
                    return False
    return True


def _own(each: Statement) -> list[ast.AST]:
    """The nodes of a statement that stand in no statement inside of it."""
    found: list[ast.AST] = []
    stack: list[ast.AST] = [each.node]
    while stack:
        node = stack.pop()
        found.append(node)
        stack += [inner for inner in ast.iter_child_nodes(node) if not isinstance(inner, ast.stmt)]
    return found


def _is_bound_before(known: Statements, name: str, at: Statement) -> bool:
    """Whether a variable is surely bound where a statement stands: above it, or as a parameter around it."""
    for around in at.outward:
        arguments = getattr(around.node, "args", None)
        if isinstance(arguments, ast.arguments) and name in {
            each.arg for each in ast.walk(arguments) if isinstance(each, ast.arg)
        }:
            return True
        for each in around.block[: around.number]:
            if isinstance(each.node, (ast.Import, ast.ImportFrom)) and name in {
                (one.asname or one.name).partition(".")[0] for one in each.node.names
            }:
                return True
            if any(
                isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
                for node in _own(each)
            ):
                return True
    return False
