"""How the source writes, or could, the number of all updates so far: by a counter, or by epoch and batch."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from warmlint.finding import Edit, Edits
from warmlint.fixes.statements import Statement, Statements

_FRESH = ("i", "step", "batch_index")
"""Names for a batch's number, the first that is free."""


class Number(NamedTuple):
    """How many updates there have been, as `text` tells it below the statement `after`, `edits` made."""

    text: str
    after: Statement
    edits: Edits


def number_after(known: Statements, at: Statement, batches: Statement, epoch: str) -> Number | None:
    """The number of all updates below `at`, a statement of the loop over batches that stands in one over
    epochs, where each batch makes one. None where that is not told."""
    return _counted(known, at, batches) or _enumerated(known, at, batches, epoch)


def names_in(known: Statements, at: Statement) -> set[str]:
    """The variables of the function, or else the module, that a statement stands in."""
    nodes = list(_around(known, at))
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.arg for node in nodes if isinstance(node, ast.arg)
    }


def _around(known: Statements, at: Statement) -> Iterator[ast.AST]:
    """All nodes of that function, or module."""
    within = at.function
    tops = [within] if within is not None else [each for each in known.every if each.owner is None]
    return (node for each in tops for node in each.inside())


def _counted(known: Statements, at: Statement, batches: Statement) -> Number | None:
    """A counter that begins at 0 above the loops, and that each batch adds 1 to."""
    for each in at.block:
        match each.node:
            case ast.AugAssign(target=ast.Name(name), op=ast.Add(), value=ast.Constant(value=1)):
                if _begins_at_zero(known, name, batches):
                    return Number(name, max(at, each, key=lambda one: one.number), ())
    return None


def _begins_at_zero(known: Statements, name: str, batches: Statement) -> bool:
    """Whether a variable is set to 0 above the outermost loop, and then by one statement alone."""
    outermost = [each for each in batches.outward if isinstance(each.node, ast.For)][-1]
    names = (node for node in _around(known, outermost) if isinstance(node, ast.Name) and node.id == name)
    stores = [known.at(known.span(node)) for node in names if isinstance(node.ctx, ast.Store)]
    first = [each for each in stores if each is not None and each in outermost.block[: outermost.number]]
    match [each.node for each in first]:
        case [ast.Assign(targets=[ast.Name()], value=ast.Constant(value=0))]:
            return len(stores) == 2
    return False


def _enumerated(known: Statements, at: Statement, batches: Statement, epoch: str) -> Number | None:
    """The batches of the epochs before, and the batch's own number, which the loop may yet have to count."""
    match batches.node:
        case ast.For(
            target=ast.Tuple(elts=[ast.Name(index), _]),
            iter=ast.Call(
                func=ast.Name("enumerate"), args=[ast.Name() | ast.Attribute() as loader], keywords=[]
            ),
        ):
            return Number(f"{epoch} * len({ast.unparse(loader)}) + {index} + 1", at, ())
        case ast.For(target=target, iter=ast.Name() | ast.Attribute() as loader):
            taken = names_in(known, batches)
            free = next((each for each in _FRESH if each not in taken), None)
            if free is None:
                return None
            one = known.source.slice(known.span(target))
            one = f"({one})" if isinstance(target, ast.Tuple) and not one.startswith("(") else one
            text = ast.unparse(loader)
            edits = (
                Edit(known.span(target), f"{free}, {one}"),
                Edit(known.span(loader), f"enumerate({text})"),
            )
            return Number(f"{epoch} * len({text}) + {free} + 1", at, edits)
    return None
