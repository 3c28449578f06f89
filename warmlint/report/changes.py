"""The lines that edits change, worked out from quoted lines alone: before and after, as a diff shows them.

How they look is for the formats.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from warmlint.finding import Edit

Quotes = Mapping[tuple[str, int], str]


@dataclass(frozen=True, slots=True)
class Change:
    """Lines that an edit takes away and lines that it puts in their place, from `row` on."""

    row: int
    removed: tuple[str, ...]
    added: tuple[str, ...]


def changed_lines(path: str, edits: Iterable[Edit], quotes: Quotes) -> list[Change]:
    """Apply `edits` to the quoted lines of `path`; empty where a line that they touch is not quoted."""
    changes: list[Change] = []
    for group in _groups(edits):
        first = group[0].span.row
        last = max(edit.span.end.row for edit in group)
        lines = [quotes.get((path, row)) for row in range(first, last + 1)]
        if lines[-1] is None and all(_ends_above(edit, last) for edit in group):
            lines[-1] = ""
        known = [line for line in lines if line is not None]
        if len(known) < len(lines):
            return []
        new = _apply(group, first, known)
        head = _common(known, new)
        tail = _common(known[head:][::-1], new[head:][::-1])
        removed, added = known[head : len(known) - tail], new[head : len(new) - tail]
        if removed or added:
            changes.append(Change(first + head, tuple(removed), tuple(added)))
    return changes


def _groups(edits: Iterable[Edit]) -> list[list[Edit]]:
    """Edits that share a line, together."""
    groups: list[list[Edit]] = []
    last = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        if edit.span.row > last:
            groups.append([])
        groups[-1].append(edit)
        last = max(last, edit.span.end.row)
    return groups


def _ends_above(edit: Edit, row: int) -> bool:
    """Whether the line at `row` stays whole, though the span of `edit` ends at its start."""
    if edit.span.end.row < row:
        return True
    whole = edit.content.endswith("\n") or (not edit.content and edit.span.start.column == 1)
    return edit.span.end.column == 1 and whole


def _apply(edits: list[Edit], first: int, lines: list[str]) -> list[str]:
    text = "\n".join(lines)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    for edit in reversed(edits):
        start, end = (
            starts[position.row - first] + position.column - 1
            for position in (edit.span.start, edit.span.end)
        )
        text = text[:start] + edit.content.replace("\r\n", "\n") + text[end:]
    return text.split("\n")


def _common(one: list[str], other: list[str]) -> int:
    """How many lines are the same at the start of both."""
    same = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        same += 1
    return same


def difference(text: str, other: str) -> tuple[int, int]:
    """The stretch of `text` that is not in `other`."""
    shortest = min(len(text), len(other))
    start = 0
    while start < shortest and text[start] == other[start]:
        start += 1
    tail = 0
    while tail < shortest - start and text[-1 - tail] == other[-1 - tail]:
        tail += 1
    return start, len(text) - tail
