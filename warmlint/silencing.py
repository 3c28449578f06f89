"""The comment that silences one finding: made, and shown to do that and nothing else."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from typing import Final

from warmlint.finding import Edit
from warmlint.fixes.apply import apply
from warmlint.rule import spellings
from warmlint.source import Position, Source, Span
from warmlint.suppression import Suppressions, code_of, parse

_LAYOUT: Final = frozenset({tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT})


def silence(source: Source, code: str, row: int, reason: str = "") -> Edit | None:
    """The edit that silences the rule `code` at a row, for a `reason`; None where no comment can be shown to:
    the code must stay the same, and all that other comments say."""
    before = parse(source, spellings())
    try:
        tokens = code_of(source)
        for edit in _attempts(source, before, code, row, reason):
            edited = apply(source, [edit])
            after = parse(edited, spellings())
            moved = row + edit.content.count("\n") if edit.span.row <= row else row
            if after.cover(code, moved) and _kept(before, after) and code_of(edited) == tokens:
                return edit
    except (tokenize.TokenError, SyntaxError, ValueError):
        return None
    return None


def _kept(before: Suppressions, after: Suppressions) -> bool:
    """Whether one rule or one comment more is all that is new."""
    count = sum(len(each.codes or ()) for each in before.items) + 1
    told = [[each.message for each in said.malformed] for said in (before, after)]
    return count == sum(len(each.codes or ()) for each in after.items) and told[0] == told[1]


def _attempts(source: Source, before: Suppressions, code: str, row: int, reason: str) -> Iterator[Edit]:
    """Edits that may do: a name more in a comment that is there, a comment beside, a comment above."""
    for each in before.items:
        if each.rows is not None and row in each.rows and each.rules and reason in ("", each.reason):
            end = each.rules[-1].span.end
            yield Edit(Span(end, end), f", {code}")
    comment = f"# warmlint: ignore[{code}] {reason}".rstrip()
    first, last = _logical_line(source, row)
    for beside in dict.fromkeys((row, last)):
        end = Position(beside, len(source.line(beside).rstrip()) + 1)
        yield Edit(Span(end, end), f"  {comment}")
    line = source.line(first)
    start = Position(first, 1)
    yield Edit(Span(start, start), f"{line[: len(line) - len(line.lstrip())]}{comment}{_ending(source)}")


def _logical_line(source: Source, row: int) -> tuple[int, int]:
    """The first and last row of the logical line that a row belongs to."""
    first = 0
    for token in tokenize.generate_tokens(io.StringIO(source.text, newline=None).readline):
        if token.type == tokenize.NEWLINE:
            if token.start[0] >= row:
                return first or row, token.start[0]
            first = 0
        elif not first and token.type not in _LAYOUT:
            first = token.start[0]
    return row, row


def _ending(source: Source) -> str:
    """How the lines of a source end."""
    return "\r\n" if "\r\n" in source.text else "\n"
