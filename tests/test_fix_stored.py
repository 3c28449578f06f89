"""What a run stores and takes back: where the dict and the load stand in sight, and where they do not."""

from __future__ import annotations

import pytest

from warmlint.fixes.apply import apply
from warmlint.fixes.statements import statements
from warmlint.fixes.stored import counter_too, load_at, state_too
from warmlint.source import Position, Source, Span

RUN = """\
def train(optimizer, scheduler, checkpoint=None):
    if checkpoint is not None:
        optimizer.load_state_dict({load})
    {between}
    step = 0
    return {stored}
"""
STORED = '{"optimizer": optimizer.state_dict(), "epoch": 3}'
LOAD = 'checkpoint["optimizer"]'


def place(source: Source, text: str) -> Span:
    """Where a text stands."""
    start = source.text.index(text)
    return Span(source.position(start), source.position(start + len(text)))


def written(load: str = LOAD, between: str = "pass", stored: str = STORED) -> Source:
    return Source("train.py", RUN.format(load=load, between=between, stored=stored))


def both(source: Source, name: str = "scheduler") -> str | None:
    """The source with the state of `name` stored and loaded too; None where that is not told."""
    known = statements(source)
    load = load_at(known, place(source, "optimizer.load_state_dict"))
    edits = state_too(known, load, name) if load is not None else None
    return None if edits is None else apply(source, edits).text


def counted(source: Source) -> str | None:
    """The same of the counter `step`."""
    known = statements(source)
    load = load_at(known, place(source, "optimizer.load_state_dict"))
    at = place(source, "step = 0").start
    zero = Span(Position(at.row, at.column + 7), Position(at.row, at.column + 8))
    edits = counter_too(known, load, zero) if load is not None else None
    return None if edits is None else apply(source, edits).text


@pytest.mark.parametrize(
    ("stored", "after", "key"),
    [
        (STORED, STORED.replace("}", ', "scheduler": scheduler.state_dict()}'), '"scheduler"'),
        (
            '{"optimizer": optimizer.state_dict(), "sched": scheduler.state_dict()}',
            '{"optimizer": optimizer.state_dict(), "sched": scheduler.state_dict()}',
            '"sched"',
        ),
    ],
)
def test_a_state_is_stored_and_loaded(stored: str, after: str, key: str) -> None:
    expected = written(stored=after).text.replace(
        "    pass", f"        scheduler.load_state_dict(checkpoint[{key}])\n    pass", 1
    )
    assert both(written(stored=stored)) == expected


def test_a_counter_is_stored_and_taken_back_after_its_zero() -> None:
    after = counted(written())
    assert after is not None
    rows = [row.strip() for row in after.splitlines()]
    assert rows == [
        "def train(optimizer, scheduler, checkpoint=None):",
        "step = 0",
        "if checkpoint is not None:",
        'optimizer.load_state_dict(checkpoint["optimizer"])',
        'step = checkpoint["step"]',
        "pass",
        'return {"optimizer": optimizer.state_dict(), "epoch": 3, "step": step}',
    ]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(written(load="checkpoint"), id="the load has no key"),
        pytest.param(written(load="checkpoint[KEY]"), id="the key is a name"),
        pytest.param(written(stored='{"optim": optimizer.state_dict()}'), id="stored under another key"),
        pytest.param(written(stored='{"optimizer": other.state_dict()}'), id="another one's state"),
        pytest.param(written(stored=f"[{STORED}, {STORED}]"), id="stored twice"),
        pytest.param(
            written(stored='{"optimizer": optimizer.state_dict(), "scheduler": 1, "step": 1}'),
            id="the key is taken",
        ),
        pytest.param(
            written(stored='{"optimizer": optimizer.state_dict(), **more}'), id="more keys than are in sight"
        ),
    ],
)
def test_what_is_not_in_sight_is_left_alone(source: Source) -> None:
    assert both(source) is None
    assert counted(source) is None


def test_a_state_that_is_not_bound_where_it_is_wanted_is_left_alone() -> None:
    assert both(written(), "scheduled") is None
    helper = f"def save(optimizer):\n    return {STORED}\n\n\n{written(stored='save(optimizer)').text}"
    assert both(Source("train.py", helper)) is None


def test_a_counter_that_is_read_before_its_zero_stays() -> None:
    assert counted(written(between="print(step)")) is None
