"""The three engines of one schedule agree: torch, its scheduler file alone, and the closed form.

Schedules are drawn at random, of every class of torch's and every composition, for one to three param
groups, with arguments at which constructors raise and ticks divide by zero. The scheduler files of older
releases are those of their wheels; where the registry cannot be reached, those tests are skipped.
"""

from __future__ import annotations

import importlib.util
import math
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from types import ModuleType

import pytest

from tests.schedules import CHAINABLE, SIMPLE, Drawn, draw, lowered, read
from tests.torch_releases import RELEASES, Unreachable, scheduler_file
from warmlint.expr import Node, Op, const, node, substitute, symbols
from warmlint.facts.model import Schedule
from warmlint.finding import Scale
from warmlint.recipe import COMPOSED, Formula, Recipe
from warmlint.release import NEWEST, OLDEST, Release, parse
from warmlint.schedule.evaluate import FailureKind
from warmlint.witness import closed, engine
from warmlint.witness.agreement import Claim, disagreements
from warmlint.witness.find import Found, installed
from warmlint.witness.protocol import Answer, Failed, Replay
from warmlint.witness.replay import Answers, replay

COUNT = 2_000
"""Schedules that facts can tell a curve of; and half as many of any kind."""

CHUNKS = 4
TICKS = tuple(range(26))
LRS = (0.1, 1.0, 0.003)
RELATIVE = 1e-12
AT_ONCE = 2
"""Schedules in one source: facts takes longer for a schedule where more stand beside it."""

needs_torch = pytest.mark.torch


def as_replay(drawn: Drawn, groups: int) -> Replay:
    return Replay((), (), {}, LRS[:groups], TICKS, drawn.recipe())


@cache
def told(chunk: int) -> tuple[tuple[Drawn, int], ...]:
    """Schedules with a closed form, as far as facts can tell it, each with its number of param groups."""
    random = Random(chunk)
    groups = [random.choice((1, 1, 2, 3)) for _ in range(COUNT // CHUNKS)]
    return tuple((draw(random, each, tame=True), each) for each in groups)


@cache
def any_kind() -> tuple[tuple[Drawn, int], ...]:
    random = Random("any kind")
    groups = [random.choice((1, 1, 2, 3)) for _ in range(COUNT // 2)]
    return tuple((draw(random, each), each) for each in groups)


def answers(replays: Sequence[Replay], light: Found | None = None) -> Answers:
    found = replay(replays, light=light, budget=10**9)
    assert all(isinstance(each, Answer) for each in found.results)
    return found


def same(one: Answers, other: Answers) -> None:
    """Exactly: every bit of every LR, every exception with its text and tick."""
    for left, right in zip(one.results, other.results, strict=True):
        assert repr(left) == repr(right)


# --- the second engine and torch --------------------------------------------------------------------
@needs_torch
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_scheduler_file_alone_does_what_torch_does(chunk: int) -> None:
    replays = [as_replay(*each) for each in told(chunk)]
    same(answers(replays, installed()), answers(replays))


@needs_torch
def test_it_does_so_with_schedules_of_any_kind() -> None:
    replays = [as_replay(*each) for each in any_kind()]
    replays += [plateau(lowered(f"lambda t: {text}")) for text in METRICS]
    replays += resumed()
    light, full = answers(replays, installed()), answers(replays)
    same(light, full)
    assert light.version == f"{full.version.partition('+')[0]} lr_scheduler"


METRICS = ("1 / (1 + t)", "1.0", "t % 3")


def plateau(metrics: Formula) -> Replay:
    given = {"factor": const(0.5), "patience": const(2), "cooldown": const(1)}
    recipe = Recipe("ReduceLROnPlateau", given, (metrics,))
    return Replay((), (), {}, LRS, TICKS, recipe)


def resumed() -> list[Replay]:
    """Schedulers that are made with `last_epoch`, for groups that know their base LR."""
    kinds = [Drawn(kind, {"gamma": 0.9}) for kind in ("ExponentialLR",)]
    kinds += [Drawn("LinearLR"), Drawn("ConstantLR"), Drawn("CosineAnnealingLR", {"T_max": 9})]
    kinds += [Drawn("LambdaLR", functions=("lambda t: 0.9 ** t",))]
    late = [replace(each, arguments={**each.arguments, "last_epoch": 3}) for each in kinds]
    return [replace(as_replay(each, 1), initial_lrs=(0.2,)) for each in late]


def test_what_is_drawn_is_of_all_kinds_and_outcomes() -> None:
    drawn = [each for chunk in range(CHUNKS) for each in told(chunk)]
    assert len(drawn) >= 2_000
    kinds = Counter(kind for each, _ in (*drawn, *any_kind()) for kind in each.kinds())
    assert kinds.keys() == SIMPLE.keys() | COMPOSED
    assert min(kinds.values()) > 50
    assert Counter(groups for _, groups in drawn)[1] < 0.6 * len(drawn)


# --- the closed form --------------------------------------------------------------------------------
def rests_on_release(drawn: Drawn) -> bool:
    """Whether releases may differ in what facts reads of it."""
    own = drawn.arguments
    return 0 in own.get("milestones", ()) or own.get("start_factor") == 0 or any(
        map(rests_on_release, drawn.members)
    )  # fmt: skip


def schedules(chunk: int, release: Release) -> tuple[Schedule | None, ...]:
    """What facts reads of each for a release; None where it tells no curve. All that matters here is what
    releases differ in that a curve shows."""
    if release.skips_at_zero:
        return _schedules(chunk, NEWEST)
    return _schedules(chunk, Release(2, 0) if release.refuses_zero_start else OLDEST)


@cache
def _schedules(chunk: int, release: Release) -> tuple[Schedule | None, ...]:
    drawn = told(chunk)
    if release != NEWEST:
        known = list(_schedules(chunk, NEWEST))
        for number, (each, _) in enumerate(drawn):
            if rests_on_release(each):
                (known[number],) = read_all([each], release)
        return tuple(known)
    found: list[Schedule | None] = []
    for start in range(0, len(drawn), AT_ONCE):
        found += read_all([each for each, _ in drawn[start : start + AT_ONCE]], release)
    return tuple(found)


def read_all(drawn: Sequence[Drawn], release: Release) -> list[Schedule | None]:
    calls = [each.source(f"o{number}") for number, each in enumerate(drawn)]
    by_name = {each.target: each for each in read(calls, release=release)}
    return [by_name.get(f"s{number}") for number in range(len(drawn))]


def with_curves(schedule: Schedule, asked: Replay) -> Replay:
    """The replay with what facts reads as its closed form: what is read of one param group holds for all."""
    if asked.made.kind == "MultiplicativeLR":
        return asked
    by_group = {each.group: each for each in schedule.factors}
    curves = []
    for group, lr in enumerate(asked.base_lrs):
        factor = by_group.get(group, schedule.factors[0])
        base = {each: const(lr) for each in symbols(factor.expression) if each.name == "base_lr"}
        whole: Node = substitute(factor.expression, base)
        if factor.scale is Scale.FACTOR:
            whole = node(Op.MUL, const(lr), whole)
        curves.append(Formula(factor.tick, whole))
    return replace(asked, curves=tuple(curves))


def claims(asked: Replay) -> list[list[Claim]]:
    return [
        [(each.kind or FailureKind.UNKNOWN) if isinstance(each, Failed) else _number(each) for each in row]
        for row in closed.run(asked).rates
    ]


def _number(rate: float | None) -> float:
    assert rate is not None
    return rate


def hold(chunk: int, light: Found, release: Release) -> Counter[str]:
    """Hold the closed form to a scheduler file; counts what was claimed.

    Torch makes an LR of the one before, so that what rounding has left of a large LR stays where it comes
    down to nothing: LRs are compared at 1e-12 of the largest so far.
    """
    counted: Counter[str] = Counter()
    pairs = [
        (drawn, with_curves(schedule, as_replay(drawn, groups)))
        for (drawn, groups), schedule in zip(told(chunk), schedules(chunk, release), strict=True)
        if schedule is not None
    ]
    results = answers([asked for _, asked in pairs], light).results
    for (drawn, asked), answer in zip(pairs, results, strict=True):
        assert isinstance(answer, Answer)
        ours = claims(asked)
        found = disagreements(ours, answer, light.version, RELATIVE, largest=max(asked.base_lrs))
        assert [str(each) for each in found] == [], drawn.source("opt")
        counted["schedules"] += 1
        for row, rates in zip(ours, answer.rates, strict=True):
            for claim, rate in zip(row, rates, strict=True):
                what = "failures" if isinstance(rate, Failed) else "rates" if rate is not None else "ended"
                counted[what if claim is not FailureKind.UNKNOWN else f"untold {what}"] += 1
    return counted


@needs_torch
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_closed_form_is_that_of_torch(chunk: int) -> None:
    light = installed()
    assert light is not None
    counted = hold(chunk, light, NEWEST)
    assert counted["schedules"] > 0.75 * COUNT / CHUNKS  # what cannot be told is few
    assert counted["untold rates"] < 0.1 * counted["rates"]
    assert counted["failures"] > 50


@needs_torch
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_facts_reads_the_recipe_that_was_written(chunk: int) -> None:
    pairs = [
        (as_replay(drawn, groups), schedule.recipe)
        for (drawn, groups), schedule in zip(told(chunk), schedules(chunk, NEWEST), strict=True)
        if schedule is not None and schedule.recipe is not None
    ]
    assert len(pairs) > 0.5 * COUNT / CHUNKS
    written = answers([asked for asked, _ in pairs], installed())
    same(written, answers([replace(asked, recipe=recipe) for asked, recipe in pairs], installed()))


# --- older releases ---------------------------------------------------------------------------------
def of_release(release: str) -> Found:
    try:
        return Found(scheduler_file(release), release)
    except Unreachable as error:
        pytest.skip(str(error))


@needs_torch
@pytest.mark.parametrize("release", RELEASES)
def test_the_file_of_an_older_release_does_alone_what_it_does_in_torch(release: str) -> None:
    """In torch: over the real optimizer and the real tensors, though those of the installed release."""
    light = of_release(release)
    replays = [as_replay(*each) for each in (*told(0)[:200], *any_kind()[:200])]
    reference = _reference(light.file, release)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = [repr(engine.run(reference, asked)) for asked in replays]
    assert [repr(each) for each in answers(replays, light).results] == expected


def _reference(file: Path, release: str) -> engine.Engine:
    pytest.importorskip("torch")
    from warmlint.witness.full import FullTorch

    name = f"torch.optim.lr_scheduler_{release.replace('.', '_')}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    six = ModuleType("torch._six")  # 1.13 has its infinity from there
    six.__dict__["inf"] = math.inf
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "torch._six", six)
        patch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)

    class Reference(FullTorch):
        def scheduler(self, kind: str) -> Callable[..., engine.Scheduler]:
            made: Callable[..., engine.Scheduler] = getattr(module, kind)
            return made

    return Reference()


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_closed_form_is_that_of_older_releases(chunk: int) -> None:
    for release in RELEASES:
        light, target = of_release(release), parse(release)
        assert target is not None
        assert hold(chunk, light, target)["schedules"] > 0.75 * COUNT / CHUNKS


# --- what is drawn is told as facts tells it ----------------------------------------------------------
@pytest.mark.parametrize("kind", CHAINABLE)
def test_a_chain_of_one_is_that_one(kind: str) -> None:
    required, _ = SIMPLE[kind]
    alone = Drawn(kind, {name: values[1] for name, values in required.items()})
    chained = Drawn("ChainedScheduler", members=(alone,))
    (one, chain) = (read_all([each], NEWEST)[0] for each in (alone, chained))
    assert one is not None
    assert chain is not None
    assert claims(with_curves(one, as_replay(alone, 2))) == claims(with_curves(chain, as_replay(alone, 2)))
