from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from warmlint.finding import Edit
from warmlint.report.changes import changed_lines, difference
from warmlint.source import Position, Source, Span

LINES = ("one", "two", "three", "four", "five")


def edit(start: tuple[int, int], end: tuple[int, int], content: str) -> Edit:
    return Edit(Span(Position(*start), Position(*end)), content)


def changes(*edits: Edit, known: tuple[int, ...] = (1, 2, 3, 4, 5)) -> list[tuple[int, tuple, tuple]]:
    quotes = {("a.py", row): LINES[row - 1] for row in known}
    return [(change.row, change.removed, change.added) for change in changed_lines("a.py", edits, quotes)]


def test_a_change_within_a_line():
    assert changes(edit((2, 1), (2, 3), "T"), known=(2,)) == [(2, ("two",), ("To",))]


def test_two_changes_in_one_line_are_one():
    assert changes(edit((3, 6), (3, 6), ")"), edit((3, 1), (3, 1), "(")) == [(3, ("three",), ("(three)",))]


def test_changes_far_apart_are_two():
    assert changes(edit((5, 1), (5, 5), "V"), edit((1, 1), (1, 4), "I")) == [
        (1, ("one",), ("I",)),
        (5, ("five",), ("V",)),
    ]


def test_an_inserted_line():
    assert changes(edit((2, 1), (2, 1), "new\n"), known=(2,)) == [(2, (), ("new",))]


def test_a_deleted_line_needs_no_quote_of_the_next():
    assert changes(edit((2, 1), (3, 1), ""), known=(2,)) == [(2, ("two",), ())]


def test_a_joined_line_needs_one():
    joining = edit((2, 4), (3, 1), "")
    assert changes(joining, known=(2,)) == []
    assert changes(joining) == [(2, ("two", "three"), ("twothree",))]


def test_lines_that_stay_are_left_out():
    assert changes(edit((1, 1), (4, 5), "one\n2\nthree\nfour")) == [(2, ("two",), ("2",))]


def test_unknown_lines_give_nothing():
    assert changes(edit((2, 1), (2, 3), "T"), edit((4, 1), (4, 2), "F"), known=(2,)) == []


def test_difference():
    assert difference("min(a)", "max(a)") == (1, 3)
    assert difference("ab", "aab") == (1, 1)
    assert difference("same", "same") == (4, 4)


POSITIONS = st.integers(1, 4).flatmap(
    lambda row: st.integers(1, len(LINES[row - 1]) + 1).map(lambda column: Position(row, column))
)


CONTENTS = st.sampled_from(["", "x", "\n", "a\nb\n", "two"])


@given(st.lists(st.tuples(POSITIONS, POSITIONS, CONTENTS), max_size=3))
def test_applying_the_changes_is_applying_the_edits(drawn):
    ends = sorted(position for *pair, _ in drawn for position in pair)
    edits = [
        Edit(Span(*ends[2 * index : 2 * index + 2]), content) for index, (*_, content) in enumerate(drawn)
    ]
    text = "\n".join(LINES)
    source = Source("a.py", text)
    for each in reversed(edits):
        text = text[: source.offset(each.span.start)] + each.content + text[source.offset(each.span.end) :]

    lines = list(LINES)
    quotes = {("a.py", row): line for row, line in enumerate(LINES, 1)}
    for change in reversed(changed_lines("a.py", edits, quotes)):
        at = slice(change.row - 1, change.row - 1 + len(change.removed))
        assert tuple(lines[at]) == change.removed
        lines[at] = change.added
    assert "\n".join(lines) == text
