"""The loop's side: which tick each update runs at, read off a source and simulated."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from warmlint.judge import judge
from warmlint.site import Site
from warmlint.source import Source

HEAD = dedent(
    """\
    from torch.optim.lr_scheduler import LambdaLR
    def train(o, loader, accelerator, scaler, epochs=3, accum=2, warmup=4):
        s = LambdaLR(o, lambda t: min(1.0, (t + 1) / 4))
    """
)


def site(loop: str) -> Site:
    (found,) = judge(Source("t.py", HEAD + indent(dedent(loop), "    ")), lambda: ()).sites
    return found


def runs(loop: str) -> list[tuple[int, int]]:
    return list(site(loop).clock.runs)


@pytest.mark.parametrize(
    ("loop", "expected"),
    [
        ("for e in range(3):\n    o.step()\n    s.step()\n", [(0, 1), (1, 1), (2, 1)]),
        ("for e in range(3):\n    s.step()\n    o.step()\n", [(1, 1), (2, 1), (3, 1)]),
        ("for e in range(2):\n    for b in range(5):\n        o.step()\n    s.step()\n", [(0, 5), (1, 5)]),
        ("for e in range(2):\n    s.step()\n    for b in range(5):\n        o.step()\n", [(1, 5), (2, 5)]),
        (
            "for e in range(2):\n    for b in range(2):\n        o.step()\n        s.step()\n",
            [(0, 1), (1, 1), (2, 1), (3, 1)],
        ),
        (
            "for i in range(6):\n    if (i + 1) % 2 == 0:\n        o.step()\n        s.step()\n",
            [(0, 1), (1, 1), (2, 1)],
        ),
        (
            "for i in range(6):\n    if (i + 1) % 2 == 0:\n        o.step()\n    s.step()\n",
            [(1, 1), (3, 1), (5, 1)],
        ),
        (
            "n = 0\nfor i in range(4):\n    o.step()\n    n += 1\n    if n < 3:\n        s.step()\n",
            [(0, 1), (1, 1), (2, 2)],
        ),
        ("for e in range(3):\n    s.step(e)\n    o.step()\n", [(0, 1), (1, 1), (2, 1)]),
        ("for e in range(1, 4):\n    s.step(e)\n    o.step()\n", [(1, 1), (2, 1), (3, 1)]),
        (
            "for i in range(5):\n    if i < 2:\n        continue\n    o.step()\n    s.step()\n",
            [(0, 1), (1, 1), (2, 1)],
        ),
        ("i = 0\nwhile i < 3:\n    o.step()\n    s.step()\n    i += 1\n", [(0, 1), (1, 1), (2, 1)]),
        (
            "i = 0\nwhile True:\n    o.step()\n    s.step()\n    i += 1\n    if i == 2:\n        break\n",
            [(0, 1), (1, 1)],
        ),
        ("for e in range(3):\n    scaler.step(o)\n    s.step()\n", [(0, 1), (1, 1), (2, 1)]),
        (
            "for e in range(3):\n    if s is not None:\n        s.step()\n    o.step()\n",
            [(1, 1), (2, 1), (3, 1)],
        ),
        (
            "for e in range(epochs):\n    try:\n        o.step()\n    finally:\n        s.step()\n",
            [(0, 1), (1, 1), (2, 1)],
        ),
        (
            "for e, b in enumerate([1, 2]):\n    with accelerator:\n        o.step()\n        s.step()\n",
            [(0, 1), (1, 1)],
        ),
    ],
)  # fmt: skip
def test_the_tick_of_each_update(loop: str, expected: list[tuple[int, int]]):
    assert runs(loop) == expected


def test_a_loop_that_ticks_and_never_updates_is_given_the_documented_order():
    found = site("for e in range(3):\n    s.step()\n    print(e)\n")
    assert list(found.clock.runs) == [(0, 1), (1, 1), (2, 1)]
    assert found.clock.assumed
    assert not found.loop.hidden_updates


@pytest.mark.parametrize(
    "loop",
    [
        "for e in range(3):\n    fit(o)\n    s.step()\n",
        "for e in range(3):\n    engine.step()\n    s.step()\n",
        "for e in range(3):\n    s.step()\nreturn s\n",
    ],
)
def test_updates_that_may_be_hidden(loop: str):
    assert site(loop).loop.hidden_updates


def test_a_guard_that_the_source_does_not_decide_leaves_the_order_open():
    found = site("for b in loader:\n    if loader.ready():\n        s.step()\n    o.step()\n")
    assert not found.clock.certain
    assert found.first_tick is None


def test_a_loop_without_end_is_cut_short():
    found = site("while True:\n    o.step()\n    s.step()\n")
    assert not found.clock.complete
    assert found.clock.reach is None


def test_a_tick_that_stops_gives_the_schedule_an_end():
    found = site("for i in range(100000):\n    if i < 7:\n        s.step()\n    o.step()\n")
    assert found.clock.reach == 7


def test_updates_before_the_schedule_is_made_are_not_its_own():
    text = dedent(
        """\
        from torch.optim.lr_scheduler import LambdaLR
        def train(o):
            for e in range(5):
                o.step()
            s = LambdaLR(o, lambda t: min(1.0, (t + 1) / 4))
            for e in range(2):
                o.step()
                s.step()
        """
    )
    (found,) = judge(Source("t.py", text), lambda: ()).sites
    assert list(found.clock.runs) == [(0, 1), (1, 1)]


def test_readings_name_updates_and_their_ticks():
    found = site("for e in range(3):\n    for b in range(5):\n        o.step()\n    s.step()\n")
    assert [(each.update, each.tick, each.value) for each in map(found.trace.reading, (0, 1, 2))] == [
        (0, 0, 0.25),
        (5, 1, 0.5),
        (10, 2, 0.75),
    ]
    assert found.trace.reading_of(7).tick == 1


def test_a_curve_is_drawn_by_updates_where_ticks_are_told_lower_numbers_again():
    found = site("for e in range(6):\n    for b in range(3):\n        o.step()\n        s.step(b)\n")
    assert found.clock.falls == 5
    curve = found.trace.curve(found.unit)
    assert curve.at == tuple(range(18))
    assert curve.values == tuple(found.trace.reading_of(update).value for update in curve.at)
    assert curve.values[:7] == (0.25, 0.25, 0.5, 0.75, 0.25, 0.5, 0.75)


def test_a_pass_over_a_loader_is_an_epoch_under_any_name():
    updates = "    for b in {}:\n        o.step()\n    s.step()\n"
    assert site("for n in range(2):\n" + updates.format("loader")).counts_epochs
    assert not site("for n in range(2):\n" + updates.format("range(5)")).counts_epochs
    assert not site(
        "for n in range(2):\n    for b in loader:\n        o.step()\n        s.step()\n"
    ).counts_epochs
