"""What rules promise of a fixed curve: each promise takes what it should, and nothing else.

A case is the program of now, one that a fix may make of it, and some that none may: each of these keeps all
but one of the things that are promised.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import pytest

from warmlint.fixes import promises
from warmlint.judge import judge
from warmlint.site import Site
from warmlint.source import Source
from warmlint.term import term

UPDATE, TICK = "optimizer.step()", "scheduler.step()"
HEAD = """\
import torch
from torch.optim.lr_scheduler import *

model = torch.nn.Linear(2, 1)
loader = [torch.ones(1, 2)] * 4
optimizer = torch.optim.SGD([{{"params": model.weight}}, {{"params": model.bias}}], lr={lr})
"""


@cache
def site(text: str) -> Site:
    """The first schedule of a program."""
    found = judge(Source("train.py", text), lambda: ())
    assert not found.problems
    return found.sites[0]


def by_updates(factor: str = "", *, made: str = "", body: str = f"{UPDATE}; {TICK}", lr: str = "0.1") -> str:
    """A run of 30 updates."""
    made = made or f"LambdaLR(optimizer, lambda step: {factor})"
    return f"{HEAD.format(lr=lr)}scheduler = {made}\nfor step in range(30):\n    {body}\n"


def named(factor: str) -> str:
    """A warmup by the name of its function, which has no length."""
    head, scheduler, rest = by_updates(made="LambdaLR(optimizer, warmup)").partition("scheduler = ")
    return f"{head}def warmup(step):\n    return {factor}\n\n\n{scheduler}{rest}"


def by_epochs(batch: str, epoch: str = "pass", *, made: str = "", before: str = "start_epoch = 0") -> str:
    """A run of 12 epochs of 4 batches."""
    made = made or "LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 5))"
    return (
        f"{HEAD.format(lr='0.1')}{before}\nscheduler = {made}\nfor epoch in range(start_epoch, 12):\n"
        f"    for x in loader:\n        {batch}\n    {epoch}\n"
    )


def composed(warmup: int, cosine: int, milestone: int) -> str:
    parts = f"LinearLR(optimizer, 0.1, total_iters={warmup}), CosineAnnealingLR(optimizer, T_max={cosine})"
    return by_updates(made=f"SequentialLR(optimizer, [{parts}], [{milestone}])")


def late(ramp: str, milestone: int, then: str = "1 - step / 99") -> str:
    parts = f"LambdaLR(optimizer, lambda step: {ramp}), LambdaLR(optimizer, lambda step: {then})"
    return by_updates(made=f"SequentialLR(optimizer, [{parts}], [{milestone}])")


def warmed(steps: float, total: int = 30) -> str:
    make = f"transformers.get_linear_schedule_with_warmup(optimizer, {steps}, {total})"
    return "import transformers\n" + by_updates(made=make)


def grouped(*factors: str) -> str:
    return by_updates(made=f"LambdaLR(optimizer, [{', '.join(f'lambda step: {each}' for each in factors)}])")


def resumed(last_epoch: str, batch: str = f"{UPDATE}; {TICK}", epoch: str = "pass") -> str:
    made = f"LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 50), last_epoch={last_epoch})"
    return by_epochs(batch, epoch, made=made, before="start_epoch = 3")


def written(first: bool) -> str:
    """A loop that writes the LR by itself, before each update or after it."""
    write = 'optimizer.param_groups[0]["lr"] = 0.1 * min(1.0, (step + 1) / 9)'
    both = (write, UPDATE) if first else (UPDATE, write)
    return HEAD.format(lr="0.1") + "for step in range(30):\n" + "".join(f"    {each}\n" for each in both)


RAMP, FROM_ONE = "min(1.0, step / 5)", "min(1.0, (step + 1) / 5)"
STEEP, STEEPER = "2.0 * (step + 1) / 5", "4.0 * (step + 1) / 5"


class Case(NamedTuple):
    """A promise, made of the program `now`: `kept` keeps it, if anything can, and none of `broken` does."""

    promise: Callable[[Site], object]
    now: str
    kept: str | None
    broken: tuple[str, ...]


def plain(promise: Callable[[Site], object]) -> Callable[[Site], object]:
    """A promise that asks nothing of the program of now."""
    return lambda before: promise


CASES = {
    "ticks_earlier": Case(
        lambda now: promises.ticks_earlier(now, 1),
        by_updates(FROM_ONE, body=f"{TICK}; {UPDATE}"),
        by_updates(FROM_ONE),
        (
            by_updates(FROM_ONE, body=f"{TICK}; {UPDATE}"),
            by_updates(FROM_ONE, body=f"{UPDATE}; {TICK}; {TICK}"),
        ),
    ),
    "updates_sooner": Case(
        lambda now: promises.updates_sooner(now, 1),
        written(first=False),
        written(first=True),
        (written(first=False),),
    ),
    "starts_with_the_next": Case(
        lambda now: promises.starts_with_the_next(now, 0),
        by_updates(RAMP),
        by_updates(FROM_ONE),
        (
            by_updates(RAMP),  # still 0
            by_updates("min(1.0, (step + 1) / 4)"),  # higher than the next
            by_updates("min(1.0, (step + 1) / 5) if step else 1 / step"),  # it fails there
            by_updates("min(0.8, (step + 1) / 5)"),  # another peak
            by_updates("min(1.1, (step + 1) / 5)"),
        ),
    ),
    "starts_with_the_next of no length": Case(
        lambda now: promises.starts_with_the_next(now, 0),
        by_updates("1 - 0.5 ** step"),
        by_updates("1 - 0.5 ** (step + 1)"),
        (by_updates("1 - 0.5 ** step"), by_updates("1 - 0.5 ** (step + 2)")),
    ),
    "is_capped": Case(
        lambda now: promises.is_capped(now, 29),
        by_updates("(step + 1) / 5"),
        by_updates(FROM_ONE),
        (
            by_updates("(step + 1) / 5"),
            by_updates("min(2.0, (step + 1) / 5)"),
            by_updates("min(0.5, (step + 1) / 5)"),
            by_updates("1.0"),
        ),
    ),
    "is_capped of no length": Case(
        lambda now: promises.is_capped(now, 29),
        named("0.1 + 0.05 * step"),
        named("min(1.0, 0.1 + 0.05 * step)"),
        (
            named("0.1 + 0.05 * step"),
            named("min(2.0, 0.1 + 0.1 * step)"),
            named("min(0.9, 0.1 + 0.05 * step)"),
        ),
    ),
    "is_capped above the base LR": Case(
        lambda now: promises.is_capped(now, 29),
        by_updates(STEEP),
        by_updates(f"min(2.0, {STEEP})"),
        (
            by_updates(f"min(2.0, {STEEPER})"),  # another ramp
            by_updates(f"{STEEP} if step < 5 else 2.0 + step / 999"),  # not level
            by_updates(f"{STEEP} if step < 5 else 3.0"),  # higher than the ramp gets
        ),
    ),
    "ramps_up": Case(
        promises.ramps_up,
        by_updates("min(1.0, step // 5)"),
        by_updates(RAMP),
        (
            by_updates("min(1.0, step // 5)"),  # a stair
            by_updates("max(0.0, 1 - step / 5)"),  # it falls
            by_updates("min(0.9, step / 5)"),  # to another height
            by_updates("(step + 1) / 4 if step < 5 else 1.0"),  # and down again
            by_updates("min(0.9, step / 5) if step < 5 else 1.0 / (step - 5)"),  # to where it fails
        ),
    ),
    "without_base_lr": Case(
        lambda now: promises.without_base_lr(now, term(now.base_lr or 0)),
        by_updates("0.1 * min(1.0, (step + 1) / 5)"),
        by_updates(FROM_ONE),
        (
            by_updates("0.1 * min(1.0, (step + 1) / 5)"),  # it never reaches 1
            by_updates("0.01 * min(1.0, (step + 1) / 5)"),
            by_updates("min(1.0, (step + 1) / 4)"),  # another ramp
        ),
    ),
    "floored_at_zero": Case(
        promises.floored_at_zero,
        by_updates("1 - step / 20"),
        by_updates("max(0.0, 1 - step / 20)"),
        (
            by_updates("1 - step / 20"),
            by_updates("max(0.08, 1 - step / 20)"),  # a floor that is higher than some of it
            by_updates("max(0.0, 1 - step / 18)"),
        ),
    ),
    "rises_to": Case(
        promises.rises_to,
        by_updates("max(1.0, (step + 1) / 5) if step < 5 else 1.0"),
        by_updates(FROM_ONE),
        (
            by_updates(RAMP),  # from 0
            by_updates("min(0.9, (step + 1) / 5)"),  # not to the end
            by_updates("1.5 * min(1.0, (step + 1) / 5) if step < 5 else 1.0"),  # past it
            by_updates("min(1.0, (step + 1) / 5) if step != 2 else 0.1"),  # it falls
            by_updates("1.0"),  # it is level
        ),
    ),
    "ticks_with_updates": Case(
        plain(promises.ticks_with_updates),
        by_epochs(UPDATE, TICK),
        by_updates(FROM_ONE),
        (by_epochs(UPDATE, TICK), by_updates(FROM_ONE, body=f"{TICK}; {UPDATE}")),
    ),
    "ticks_with_epochs": Case(
        plain(promises.ticks_with_epochs),
        by_epochs(f"{UPDATE}; {TICK}"),
        by_epochs(UPDATE, TICK),
        (by_epochs(f"{UPDATE}; {TICK}"), by_epochs(UPDATE, f"{TICK}; {TICK}"), by_updates(FROM_ONE)),
    ),
    "runs_to_its_end": Case(
        plain(promises.runs_to_its_end),
        by_updates(made="OneCycleLR(optimizer, 0.1, total_steps=90)"),
        by_updates(made="OneCycleLR(optimizer, 0.1, total_steps=30)"),
        tuple(by_updates(made=f"OneCycleLR(optimizer, 0.1, total_steps={each})") for each in (90, 20)),
    ),
    "begins_with_its_epoch": Case(
        lambda now: promises.begins_with_its_epoch(now, 0),
        resumed("start_epoch - 1"),
        resumed("start_epoch * len(loader) - 1"),
        (resumed("start_epoch - 1"), resumed("start_epoch * len(loader)"), resumed("-1")),
    ),
    "begins_with_its_epoch, one after": Case(
        lambda now: promises.begins_with_its_epoch(now, 1),
        resumed("start_epoch"),
        resumed("start_epoch * len(loader) - 1"),
        (resumed("start_epoch"), resumed("start_epoch * len(loader)")),
    ),
    "begins_with_its_epoch, once an epoch": Case(
        lambda now: promises.begins_with_its_epoch(now, 0),
        resumed("start_epoch - 1", UPDATE, TICK),
        None,
        (resumed("start_epoch - 1", UPDATE, TICK),),
    ),
    "ends_with_the_run": Case(
        plain(promises.ends_with_the_run),
        composed(5, 30, 5),
        composed(5, 25, 5),
        (composed(5, 30, 5), composed(5, 20, 5), composed(5, 25, 8)),
    ),
    "same_lrs": Case(
        promises.same_lrs,
        by_updates(FROM_ONE),
        by_updates("min((1 + step) / 5, 1.0)"),
        (by_updates(RAMP), by_updates(FROM_ONE, lr="0.2"), by_updates(FROM_ONE, body=f"{TICK}; {UPDATE}")),
    ),
    "same_from": Case(
        lambda now: promises.same_from(now, 1),
        by_updates(f"1.0 if step == 0 else {FROM_ONE}"),
        by_updates(FROM_ONE),
        (by_updates("1.0 if step < 2 else min(1.0, (step + 1) / 5)"), by_updates(RAMP)),
    ),
    "uses_its_factors": Case(
        promises.uses_its_factors,
        by_updates(made=f"MultiplicativeLR(optimizer, lambda step: {FROM_ONE})"),
        by_updates(FROM_ONE),
        (by_updates(made=f"MultiplicativeLR(optimizer, lambda step: {FROM_ONE})"), by_updates(RAMP)),
    ),
    "warms_up": Case(plain(promises.warms_up), warmed(0.1), warmed(3), (warmed(0.1), warmed(30), warmed(90))),
    "differs_by_group": Case(
        promises.differs_by_group,
        grouped("min(1.0, (step + 1) / 9)", "min(1.0, (step + 1) / 9)"),
        grouped("min(1.0, (step + 1) / 3)", "min(1.0, (step + 1) / 9)"),
        (
            grouped("min(1.0, (step + 1) / 9)", "min(1.0, (step + 1) / 9)"),
            grouped("min(1.0, (step + 1) / 9)", "min(1.0, (step + 1) / 3)"),  # the last one's is another
            grouped("min(1.0, (step + 1) / 3)", "min(1.0, (step + 1) / 9)", "min(1.0, (step + 1) / 9)"),
            grouped("min(1.0, (step + 1) / 3)", "unknown(step)"),
        ),
    ),
    "differs_by_group of what is not known": Case(
        promises.differs_by_group,
        grouped("min(1.0, (step + 1) / 9)", "unknown(step)"),
        None,
        (grouped("min(1.0, (step + 1) / 3)", "unknown(step)"),),
    ),
    "keeps_from": Case(
        lambda now: promises.keeps_from(now, 3),
        by_updates(RAMP),
        by_updates("min(1.0, step / 5) if step > 2 else 0.1"),
        (
            by_updates("min(1.0, step / 5) if step > 3 else 0.1"),
            by_updates("min(1.0, step / 5, 9 / (step + 1))"),
        ),
    ),
    "keeps_until": Case(
        lambda now: promises.keeps_until(now, 3),
        by_updates(RAMP),
        by_updates("min(1.0, step / 5) if step <= 3 else 0.1"),
        (by_updates("min(1.0, step / 5) if step < 3 else 0.1"), by_updates(FROM_ONE)),
    ),
    "follows_sooner": Case(
        lambda now: promises.follows_sooner(now, 5, 12),
        late("(step + 1) / 5", 12),
        late("(step + 1) / 5", 5),
        (
            late("(step + 1) / 5", 12),
            late("(step + 1) / 5", 6),  # a tick too late
            late("(step + 2) / 5", 5),  # another ramp
            late("(step + 1) / 5", 5, "1 - step / 98"),  # another decay
        ),
    ),
    "keeps_until_and_from": Case(
        lambda now: promises.keeps_until_and_from(now, 4, 12),
        late("(step + 1) / 5", 12),
        late(FROM_ONE, 12),
        (
            late("(step + 1) / 5", 12),  # higher between them
            late("min(1.1, (step + 1) / 5)", 12),
            late("min(1.0, (step + 2) / 5)", 12),  # another ramp
            late(FROM_ONE, 13),  # it comes later
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_a_promise_takes_what_keeps_it_and_nothing_else(case: Case) -> None:
    promise = case.promise(site(case.now))
    assert callable(promise)
    assert case.kept is None or promise(site(case.kept))
    assert [text for text in case.broken if promise(site(text))] == []


def test_every_promise_has_a_case() -> None:
    named = {
        name for name in vars(promises) if not name.startswith("_") and callable(getattr(promises, name))
    }
    own = {name for name in named if getattr(promises, name).__module__ == promises.__name__}
    assert own - {"lrs", "alike"} == {name.partition(" ")[0].strip(",") for name in CASES}
