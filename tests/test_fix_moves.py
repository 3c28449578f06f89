"""Statements that fixes move: what comes along, what stays to the byte, and where no fix is made of it."""

from __future__ import annotations

import pytest

from warmlint.analysis import lint
from warmlint.fixes.apply import apply
from warmlint.source import Source

MAKE = """\
from torch.optim.lr_scheduler import LambdaLR


def train(batches, optimizer, warmup_steps, accumulation_steps=4):
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup_steps))
"""
WRITE = """\
def train(batches, optimizer, base_lr, warmup_steps):
"""


def fixed(text: str, code: str) -> str | None:
    """What the fix of the one finding of a rule makes of a file; None where it has none."""
    source = Source("train.py", text)
    report, _ = lint(source, lambda: {code})
    (finding,) = report.findings
    return None if finding.fix is None else apply(source, finding.fix.edits).text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            """\
    for batch in batches:
        # on to the next LR
        # of the schedule
        scheduler.step()  # 1

        # and the update
        optimizer.step()  # 2
""",
            """\
    for batch in batches:

        # and the update
        optimizer.step()  # 2
        # on to the next LR
        # of the schedule
        scheduler.step()  # 1
""",
            id="comments come along",
        ),
        pytest.param(
            """\
    for batch in batches:
        if batch is not None:
            scheduler.step()
        optimizer.step()
""",
            None,
            id="a tick that may be left out skips no value for sure",
        ),
        pytest.param(
            """\
    for epoch in range(9):
        scheduler.step(
        )
        for batch in batches:
            optimizer.step()
        print(epoch)""",
            """\
    for epoch in range(9):
        for batch in batches:
            optimizer.step()
        scheduler.step(
        )
        print(epoch)""",
            id="below the loop that updates",
        ),
        pytest.param(
            """\
    for batch in batches:
        scheduler.step()
        optimizer.step()""",
            """\
    for batch in batches:
        optimizer.step()
        scheduler.step()""",
            id="the last row has no end",
        ),
        pytest.param(
            """\
    for batch in batches:
        scheduler.step(); optimizer.step()
""",
            None,
            id="a row that is shared",
        ),
        pytest.param(
            """\
    for phase in ("train", "val"):
        if phase == "train":  # not in the other
            scheduler.step()
            print(phase)
        for batch in batches:
            if phase == "train":
                optimizer.step()
""",
            """\
    for phase in ("train", "val"):
        if phase == "train":  # not in the other
            print(phase)
        for batch in batches:
            if phase == "train":
                optimizer.step()
        if phase == "train":
            scheduler.step()
""",
            id="under the condition that it stood under",
        ),
        pytest.param(
            """\
    scheduler.step()
    for batch in batches:
        optimizer.step()
        scheduler.step()
""",
            """\
    for batch in batches:
        optimizer.step()
        scheduler.step()
""",
            id="a tick too many goes",
        ),
    ],
)
def test_a_tick_moves_below_the_update(before: str, after: str | None) -> None:
    source = Source("train.py", MAKE + before)
    report, _ = lint(source, lambda: {"LR101"})
    fixes = [each.fix for each in report.findings if each.fix is not None]
    assert [apply(source, fix.edits).text for fix in fixes] == ([] if after is None else [MAKE + after])


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_tabs_and_line_ends_stay(ending: str) -> None:
    body = "\tfor batch in batches:\n\t\tscheduler.step()  \n\t\toptimizer.step()\t# 2\n"
    moved = "\tfor batch in batches:\n\t\toptimizer.step()\t# 2\n\t\tscheduler.step()  \n"
    head = MAKE.replace("    ", "\t")
    assert fixed((head + body).replace("\n", ending), "LR101") == (head + moved).replace("\n", ending)


def test_columns_of_what_is_not_ascii() -> None:
    body = '    for batch in batches:\n        print("é"); ü = "ß"\n        scheduler.step()  # é\n'
    moved = body.replace("        scheduler", "        optimizer.step()\n        scheduler")
    assert fixed(MAKE + body + "        optimizer.step()\n", "LR101") == MAKE + moved


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            """\
    for step, batch in enumerate(batches):
        optimizer.step()
        print(step)
        scale = min(1.0, (step + 1) / warmup_steps)

        # the LR
        for group in optimizer.param_groups:
            group["lr"] = base_lr * scale
        print(scale)
""",
            """\
    for step, batch in enumerate(batches):
        scale = min(1.0, (step + 1) / warmup_steps)
        # the LR
        for group in optimizer.param_groups:
            group["lr"] = base_lr * scale
        optimizer.step()
        print(step)

        print(scale)
""",
            id="with what it is computed by",
        ),
        pytest.param(
            """\
    for step, batch in enumerate(batches):
        optimizer.step()
        print(scale)
        scale = min(1.0, (step + 1) / warmup_steps)
        for group in optimizer.param_groups:
            group["lr"] = base_lr * scale
""",
            None,
            id="what stays reads what moves, of the pass before",
        ),
    ],
)
def test_a_write_moves_above_the_update(before: str, after: str | None) -> None:
    assert fixed(WRITE + before, "LR109") == (None if after is None else WRITE + after)


@pytest.mark.parametrize("deeper", ["    ", "\t"])
def test_a_tick_moves_into_the_window(deeper: str) -> None:
    loop = "    for i, batch in enumerate(batches, start=1):\n"
    window = f"        if i % accumulation_steps == 0:\n        {deeper}optimizer.step()\n"
    tick = "# tick\nscheduler.step()  # now\n"
    outside = "".join(f"        {line}\n" for line in tick.splitlines())
    inside = "".join(f"        {deeper}{line}\n" for line in tick.splitlines())
    assert fixed(MAKE + loop + window + outside, "LR105") == MAKE + loop + window + inside


def test_a_string_of_several_rows_is_not_indented_anew() -> None:
    loop = """\
    for i, batch in enumerate(batches, start=1):
        if i % accumulation_steps == 0:
            optimizer.step()
        scheduler.step(), {}
"""
    assert fixed(MAKE + loop.format("()"), "LR105") is not None
    assert fixed(MAKE + loop.format('"""\n"""'), "LR105") is None
