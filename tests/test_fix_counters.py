"""The number of all updates: where a loop counts them, where it could, and where that is not told."""

from __future__ import annotations

import pytest

from warmlint.fixes.apply import apply
from warmlint.fixes.counters import number_after
from warmlint.fixes.statements import Statement, statements
from warmlint.source import Source

HEAD = "def train(optimizer, loader, epochs):\n"


def told(before: str, header: str, *body: str) -> tuple[str, str, str] | None:
    """The number below `update()` in a loop over batches: its text, the statement that it holds below, and
    the loop's header then."""
    rows = [*before.splitlines(), "for epoch in range(epochs):", f"    {header}"]
    rows += [f"        {each}" for each in body]
    source = Source("train.py", HEAD + "".join(f"    {row}\n" for row in rows))
    known = statements(source)
    (update,) = (each for each in known.every if text(source, each) == "update()")
    assert update.owner is not None
    number = number_after(known, update, update.owner, "epoch")
    if number is None:
        return None
    row = update.owner.span.start.row
    return number.text, text(source, number.after), apply(source, number.edits).line(row).strip()


def text(source: Source, each: Statement) -> str:
    return source.slice(each.span)


@pytest.mark.parametrize(
    ("before", "header", "body", "expected"),
    [
        ("n = 0", "for x in loader:", ["update()", "n += 1"], ("n", "n += 1", "for x in loader:")),
        ("n = 0", "for x in loader:", ["n += 1", "update()"], ("n", "update()", "for x in loader:")),
        (
            "",
            "for i, x in enumerate(loader):",
            ["update()"],
            ("epoch * len(loader) + i + 1", "update()", "for i, x in enumerate(loader):"),
        ),
        (
            "",
            "for x in self.loader:",
            ["update()"],
            ("epoch * len(self.loader) + i + 1", "update()", "for i, x in enumerate(self.loader):"),
        ),
        (
            "i = 3",
            "for x, y in loader:",
            ["update()"],
            ("epoch * len(loader) + step + 1", "update()", "for step, (x, y) in enumerate(loader):"),
        ),
    ],
)
def test_the_number_is_told(
    before: str, header: str, body: list[str], expected: tuple[str, str, str]
) -> None:
    assert told(before, header, *body) == expected


@pytest.mark.parametrize(
    ("before", "body"),
    [
        pytest.param("n = 1", ["update()", "n += 1"], id="it begins at 1"),
        pytest.param("n = 0", ["update()", "n += 2"], id="it counts by twos"),
        pytest.param("n = 0", ["update()", "n += 1", "n = n % 9"], id="it begins again"),
        pytest.param("n = 0", ["update()", "if n < 9:", "    n += 1"], id="it counts under a condition"),
        pytest.param("n = 0", ["update()", "n += 1", "for n in x: pass"], id="a loop takes its name"),
        pytest.param("pass", ["n = 0", "update()", "n += 1"], id="it begins in the loop"),
    ],
)
def test_another_counter_is_not_the_number(before: str, body: list[str]) -> None:
    assert told(before, "for x in make(loader):", *body) is None


def test_batches_of_an_expression_are_not_counted() -> None:
    assert told("", "for i, x in enumerate(make(loader)):", "update()") is None
    assert told("", "for i, x in enumerate(loader, 1):", "update()") is None


def test_no_name_is_taken_twice() -> None:
    assert told("i = step = batch_index = 0", "for x in loader:", "update()") is None
