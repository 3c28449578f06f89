"""The engine against the real libraries: what it reads of a call is what the object made by that call does.

Each case is the text of a call with random literals in it. It is run, with the real library, and it is
read, by warmlint; the LRs of the first 60 ticks agree at 1e-9, and where one raises the other has no value.
"""

from __future__ import annotations

import ast
import logging
import math
import warnings
from argparse import Namespace
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.test_stubs import library
from warmlint.expr import symbols
from warmlint.facts.screen import screen
from warmlint.facts.sites import find
from warmlint.finding import Scale
from warmlint.schedule.evaluate import outcome
from warmlint.source import Source

pytestmark = pytest.mark.torch

BASE = 0.3
TICKS = 60
COUNTS = st.integers(1, 40).map(str)
SMALL = st.integers(0, 12).map(str)
SHARES = st.sampled_from(["0.1", "0.25", "0.5", "0.9", "1.0", "1e-3"])
POWERS = st.sampled_from(["0.5", "1.0", "2.0", "3"])
GAMMAS = st.sampled_from(["0.1", "0.5", "0.97", "1.0"])

TORCH = [
    "LinearLR(opt, start_factor={share}, end_factor={share}, total_iters={small})",
    "LinearLR(opt, {share}, total_iters={count})",
    "ConstantLR(opt, factor={share}, total_iters={small})",
    "PolynomialLR(opt, total_iters={count}, power={power})",
    "CosineAnnealingLR(opt, T_max={count})",
    "CosineAnnealingLR(opt, {count}, eta_min=1e-3)",
    "CosineAnnealingWarmRestarts(opt, T_0={count}, T_mult={mult})",
    "StepLR(opt, step_size={count}, gamma={gamma})",
    "MultiStepLR(opt, milestones=[3, {count}, 50], gamma={gamma})",
    "ExponentialLR(opt, gamma={gamma})",
    "OneCycleLR(opt, max_lr=0.5, total_steps={long}, pct_start={pct})",
    "OneCycleLR(opt, 0.5, epochs=4, steps_per_epoch={long}, anneal_strategy='linear')",
    "CyclicLR(opt, 0.01, 0.2, step_size_up={count}, mode='triangular2', cycle_momentum=False)",
    "LambdaLR(opt, lambda t: min(1.0, (t + 1) / {count}))",
    "LambdaLR(opt, [lambda t: {share} ** t])",
    "SequentialLR(opt, [LinearLR(opt, {share}, total_iters={count}), CosineAnnealingLR(opt, {count})],"
    " milestones=[{count}])",
    "SequentialLR(opt, [ConstantLR(opt, {share}, {count}), LambdaLR(opt, lambda t: 1 / (1 + t)),"
    " ExponentialLR(opt, {gamma})], [10, 25])",
    "parts = []; parts.append(LinearLR(opt, {share}, total_iters={count}));"
    " parts.append(ExponentialLR(opt, {gamma})); SequentialLR(opt, parts, milestones=[{count}])",
    "parts, ends = [ConstantLR(opt, {share}, {count})], []; ends.append({count});"
    " parts.extend([StepLR(opt, {count})]); SequentialLR(opt, parts, ends)",
    "ramps = []; ramps.append(lambda t: {share} ** t); LambdaLR(opt, ramps)",
    "ramps = []; for w in [{count}]: ramps.append(lambda t: min(1.0, t / w)); LambdaLR(opt, ramps)",
    "L = torch.optim.lr_scheduler.LambdaLR; L(opt, lambda t: {share} ** t)",
    "ChainedScheduler([LinearLR(opt, {share}, total_iters={count}), ExponentialLR(opt, {gamma})])",
]  # fmt: skip
TRANSFORMERS = [
    "get_constant_schedule(opt)",
    "get_constant_schedule_with_warmup(opt, num_warmup_steps={small})",
    "get_linear_schedule_with_warmup(opt, {small}, {long})",
    "get_cosine_schedule_with_warmup(opt, num_warmup_steps={small}, num_training_steps={long},"
    " num_cycles={power})",
    "get_cosine_with_hard_restarts_schedule_with_warmup(opt, {small}, {long}, num_cycles=2)",
    "get_polynomial_decay_schedule_with_warmup(opt, {small}, {long}, lr_end=1e-4, power={power})",
    "get_inverse_sqrt_schedule(opt, {count}, timescale={count})",
    "get_scheduler('linear', opt, num_warmup_steps={small}, num_training_steps={long})",
    "get_scheduler('cosine', opt, {small}, {long})",
]  # fmt: skip
DIFFUSERS = [
    "get_scheduler('constant_with_warmup', opt, num_warmup_steps={small})",
    "get_scheduler('cosine', optimizer=opt, num_warmup_steps={small}, num_training_steps={long})",
    "get_linear_schedule_with_warmup(opt, {small}, {long})",
]
WARMUP_SCHEDULER = [
    "GradualWarmupScheduler(opt, multiplier=1, total_epoch={count})",
    "GradualWarmupScheduler(opt, 2.0, {count})",
]
CASES = [
    *(("from torch.optim.lr_scheduler import *", each) for each in TORCH),
    ("from torch.optim.swa_utils import SWALR", "SWALR(opt, swa_lr=0.05, anneal_epochs={count})"),
    ("from torch.optim.swa_utils import SWALR", "SWALR(opt, 0.5, {count}, anneal_strategy='linear')"),
    *(("from transformers import *", each) for each in TRANSFORMERS),
    *(("from diffusers.optimization import *", each) for each in DIFFUSERS),
    *(("from warmup_scheduler import GradualWarmupScheduler", each) for each in WARMUP_SCHEDULER),
]


def _filled(template: str) -> st.SearchStrategy[str]:
    kinds = {
        "{share}": SHARES,
        "{small}": SMALL,
        "{count}": COUNTS,
        "{power}": POWERS,
        "{gamma}": GAMMAS,
        "{mult}": st.sampled_from(["1", "2", "3"]),
        "{long}": st.integers(15, 90).map(str),
        "{pct}": st.sampled_from(["0.1", "0.3", "0.5"]),
    }

    @st.composite
    def fill(draw: st.DrawFn) -> str:
        text = template
        for mark, values in kinds.items():
            while mark in text:
                text = text.replace(mark, draw(values), 1)
        return text

    return fill()


def _program(head: str, call: str) -> str:
    if head.startswith("from transformers"):
        head = f"from transformers import {call.partition('(')[0]}"
    if head.startswith("from diffusers"):
        head = f"from diffusers.optimization import {call.partition('(')[0]}"
    *before, call = call.split("; ")
    lines = ["import torch", head, f"opt = torch.optim.SGD([p], lr={BASE})", *before, f"schedule = {call}"]
    return "\n".join([*lines, ""])


def _real(text: str) -> Iterator[float]:
    """The LRs that the real object gives, tick by tick, until it raises."""
    torch = pytest.importorskip("torch")
    names: dict[str, object] = {"p": torch.nn.Parameter(torch.zeros(1))}
    exec(text, names)
    optimizer, schedule = names["opt"], names["schedule"]
    for _ in range(TICKS):
        yield float(optimizer.param_groups[0]["lr"])  # type: ignore[attr-defined]
        optimizer.step()  # type: ignore[attr-defined]
        schedule.step()  # type: ignore[attr-defined]


def _read(text: str) -> Iterator[float | None]:
    """The LRs that warmlint reads, None where it says that there is none."""
    source = Source("t.py", text)
    (schedule,) = find(source, screen(source)).schedules
    (factor,) = schedule.factors
    known = {each: each.default for each in symbols(factor.expression) if each.has_default}
    for tick in range(TICKS):
        found = outcome(factor.expression, {**known, factor.tick: tick}).number
        yield found if found is None or factor.scale is Scale.LR else BASE * found


@pytest.mark.parametrize(("head", "template"), CASES, ids=[each for _, each in CASES])
@given(data=st.data())
@settings(
    max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
def test_what_is_read_is_what_runs(head: str, template: str, data: st.DataObject) -> None:
    library = head.split()[1].partition(".")[0]
    pytest.importorskip(library)
    text = _program(head, data.draw(_filled(template)))
    ours = list(_read(text))
    theirs: list[float] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            theirs.extend(_real(text))
        except (ValueError, ZeroDivisionError, ArithmeticError):
            assert ours[len(theirs) :][:1] == [None] or not theirs, text
    peak = max((abs(each) for each in theirs), default=1.0)
    for tick, (mine, real) in enumerate(zip(ours, theirs, strict=False)):
        assert mine is not None, (text, tick)
        assert math.isclose(mine, real, rel_tol=1e-9, abs_tol=1e-13 * peak), (text, tick)


TIMM = [
    "create_scheduler_v2(opt, num_epochs={long}, warmup_epochs={small}, warmup_lr={share})",
    "create_scheduler_v2(opt, sched='tanh', warmup_prefix=True, warmup_epochs={count}, num_epochs={long})",
    "create_scheduler_v2(opt, 'poly', {long}, decay_rate={power}, min_lr=1e-3, cycle_limit=2)",
    "create_scheduler_v2(opt, sched='step', decay_epochs={count}, decay_rate={gamma})",
    "create_scheduler_v2(opt, 'step', warmup_epochs={small}, warmup_lr=0.0)",
    "create_scheduler_v2(opt, sched='constant', warmup_epochs={count})",
    "create_scheduler_v2(opt, sched='multistep', decay_milestones=[3, {long}], decay_rate={gamma})",
    "create_scheduler_v2(opt, sched='wsd', num_epochs={long}, warmup_epochs={small})",
    "create_scheduler_v2(opt, 'rsqrt', {long}, 3, warmup_epochs={small}, stable_timescale={count})",
    "create_scheduler(args, opt); args.sched = 'cosine'; args.epochs = {long}; args.warmup_lr = {share}",
    "create_scheduler(args, opt); args.sched = 'poly'; args.epochs = 20; args.warmup_epochs = {small}",
    "create_scheduler_v2(opt, **scheduler_kwargs(args)); args.sched = 'step'; args.decay_epochs = {count}",
]


@pytest.mark.parametrize("template", TIMM)
@given(data=st.data())
@settings(
    max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
def test_what_is_read_of_a_factory_is_what_it_makes(template: str, data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")
    real = vars(library("timm.scheduler.scheduler_factory", {}))
    call, *set_before = data.draw(_filled(template)).split("; ")
    made = "\n".join(["args = parse()", *set_before, f"schedule, epochs = {call}\n"])
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=BASE)
    names: dict[str, Any] = {**real, "opt": optimizer, "parse": Namespace}
    head = "import torch\nfrom timm.scheduler import create_scheduler, create_scheduler_v2, scheduler_kwargs"
    ours = _read(f"{head}\nopt = torch.optim.SGD([p], lr={BASE})\n{made}")
    try:
        exec(made, names)
    except (AssertionError, ValueError):
        assert next(ours, None) is None, made
        return
    for tick, mine in enumerate(ours):
        names["schedule"].step(tick)
        assert mine is not None, (made, tick)
        assert math.isclose(mine, optimizer.param_groups[0]["lr"], rel_tol=1e-9), (made, tick)


DEEPSPEED = [
    "WarmupLR {'warmup_min_lr': 1e-3, 'warmup_max_lr': 0.2, 'warmup_num_steps': {count}}",
    "WarmupLR {'warmup_num_steps': {small}, 'warmup_type': 'linear'}",
    "WarmupDecayLR {'total_num_steps': {long}, 'warmup_num_steps': {count}, 'warmup_type': 'linear'}",
    "WarmupCosineLR {'total_num_steps': {long}, 'warmup_num_steps': {count}, 'cos_min_ratio': {share}}",
    "StepLR {'step_size': {count}, 'gamma': {gamma}}",
]


@pytest.mark.parametrize("template", DEEPSPEED)
@given(data=st.data())
@settings(
    max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
def test_what_is_read_of_a_config_is_what_it_asks_for(template: str, data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")
    fakes = {"deepspeed.utils": {"logger": logging.getLogger("deepspeed")}}
    schedules = library("deepspeed.runtime.lr_schedules", fakes)
    name, _, params = data.draw(_filled(template)).partition(" ")
    optimizer = f"{{'type': 'AdamW', 'params': {{'lr': {BASE}}}}}"
    config = f"{{'optimizer': {optimizer}, 'scheduler': {{'type': '{name}', 'params': {params}}}}}"
    ours = _read(f"import deepspeed\nengine, _, _, made = deepspeed.initialize(model=m, config={config})\n")
    real = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=BASE)
    try:
        made = getattr(schedules, name, None) or getattr(torch.optim.lr_scheduler, name)
        schedule = made(real, **ast.literal_eval(params))
    except ValueError:
        assert next(ours) is None, params
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for tick, mine in enumerate(ours):
            assert mine is not None, (params, tick)
            assert math.isclose(mine, real.param_groups[0]["lr"], rel_tol=1e-9, abs_tol=1e-13), (params, tick)
            schedule.step()


IGNITE = [
    "LinearLR(opt, {share}, total_iters={count})",
    "ExponentialLR(opt, {gamma})",
    "StepLR(opt, {count}, {gamma})",
    "CosineAnnealingLR(opt, {long})",
    "LambdaLR(opt, lambda t: {share} ** t)",
    "LambdaLR(opt, lambda t: 1 / (2 + t))",
    "CosineAnnealingScheduler(opt, 'lr', 0.3, 0.01, {long})",
    "LinearCyclicalScheduler(opt, 'lr', 0.2, 0.0, {long})",
]


@pytest.mark.parametrize("inner", IGNITE)
@pytest.mark.parametrize("end", ["", ", warmup_end_value=0.2", ", warmup_end_value=0.3", ", None"])
@given(data=st.data())
@settings(
    max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
def test_what_is_read_of_a_warmup_before_a_schedule(inner: str, end: str, data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("ignite")
    call = f"create_lr_scheduler_with_warmup(rest, {data.draw(SHARES)}, {data.draw(SMALL)}{end})"
    made = "create_lr_scheduler_with_warmup, CosineAnnealingScheduler, LinearCyclicalScheduler"
    head = f"from torch.optim.lr_scheduler import *\nfrom ignite.handlers import {made}"
    text = _program(head, f"rest = {data.draw(_filled(inner))}; {call}")
    ours = _read(text)
    names: dict[str, Any] = {"p": torch.nn.Parameter(torch.zeros(1))}
    try:
        exec(text, names)
    except ValueError:
        assert next(ours) is None, text
        return
    for tick, mine in enumerate(ours):
        names["schedule"](None)
        assert mine is not None, (text, tick)
        lr = names["opt"].param_groups[0]["lr"]
        assert math.isclose(mine, lr, rel_tol=1e-9, abs_tol=1e-13), (text, tick)
