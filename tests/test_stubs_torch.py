"""The stub of torch's schedulers, held against torch: the LR at every tick, or the exception and its tick.

The stub's classes are run as schedulers here, on torch's own `LRScheduler`. warmlint itself only reads them.
"""

from __future__ import annotations

import inspect
import math
import runpy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.torch

STUB = Path(__file__).resolve().parent.parent / "warmlint/stubs/torch/optim/lr_scheduler.py"
TICKS = 60
ENGINE = {"LRScheduler", "LambdaLR", "MultiplicativeLR", "SequentialLR", "ChainedScheduler"}
"""What the engine knows by itself, for these schedulers call or contain something."""

Arguments = Mapping[str, Any]
Curve = list[tuple[float, ...]]


@cache
def told() -> dict[str, Any]:
    """The stub's schedulers by name."""
    pytest.importorskip("torch")
    return {name: value for name, value in runpy.run_path(str(STUB)).items() if name in CASES}


@cache
def real(name: str) -> Any:
    torch = pytest.importorskip("torch")
    return getattr(torch.optim.swa_utils if name == "SWALR" else torch.optim.lr_scheduler, name)


@dataclass(frozen=True)
class Run:
    """The groups' LRs at each tick that was reached, and what ended the run before the last one."""

    curve: Curve
    failure: type[Exception] | None = None


def run(scheduler: Any, arguments: Arguments, lrs: tuple[float, ...], ticks: int = TICKS) -> Run:
    torch = pytest.importorskip("torch")
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in lrs]
    optimizer = torch.optim.SGD(groups, lr=1.0, momentum=0.9)
    curve: Curve = []
    try:
        schedule = scheduler(optimizer, **arguments)
        curve.append(tuple(group["lr"] for group in optimizer.param_groups))
        # A plateau is never met: the metric improves with every tick.
        better = 1.0 if arguments.get("mode") == "max" else -1.0
        plateau = scheduler is real("ReduceLROnPlateau")
        for tick in range(1, ticks + 1):
            optimizer.step()
            schedule.step(*([better * 2.0**tick] if plateau else []))
            curve.append(tuple(group["lr"] for group in optimizer.param_groups))
    except Exception as error:
        return Run(curve, type(error))
    return Run(curve)


def check(name: str, arguments: Arguments, lrs: tuple[float, ...] = (0.1, 1.0), ticks: int = TICKS) -> Run:
    """Run both, and hold one against the other.

    Torch makes an LR of the one before, so that each tick may add a rounding: 1e-12 is a hundred times what
    60 of them add up to. A fractional `T_max` has troughs beside a tick, out of which torch climbs with the
    errors that it had there, up to a million times as large: 1e-9. Where a curve comes down to zero, what has
    added up stays, and is small beside the LRs that it came from and not beside zero: hence the absolute
    tolerance, measured by the largest LR so far.
    """
    relative = 1e-9 if arguments.get("T_max", 1) % 1 else 1e-12
    ours, theirs = run(told()[name], arguments, lrs, ticks), run(real(name), arguments, lrs, ticks)
    where = f"{name}({arguments}), {lrs}"
    if ours.failure is NotImplementedError:  # the stub says that it does not know
        assert len(ours.curve) <= len(theirs.curve) + 1, where
    else:
        assert ours.failure is theirs.failure, where
        assert len(ours.curve) == len(theirs.curve), where
    largest = max(abs(float(lr)) for lr in (*lrs, *(arguments.get(each) or 0.0 for each in LEVELS)))
    for tick, (left, right) in enumerate(zip(ours.curve, theirs.curve, strict=False)):
        largest = max(largest, *(abs(lr) for lr in right if math.isfinite(lr)), 0.0)
        for a, b in zip(left, right, strict=True):
            assert math.isclose(a, b, rel_tol=relative, abs_tol=relative / 10 * largest), (where, tick, a, b)
    return ours


LEVELS = ("eta_min", "swa_lr")
"""Arguments that are LRs, and added to or taken from the others."""


# --- arguments, the absurd ones among them ----------------------------------------------------------
def some(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


LENGTH = st.one_of(
    st.integers(1, 70), st.integers(-2, 8), some(0, 0.0, 0.5, 1.5, 4.5, 5.0, 59.999, 1e9, math.inf, True)
)
SHARE = st.one_of(st.floats(1e-3, 1.0), some(0, 1, 0.0, 1.0, 1e-6, 0.1), some(0, 1.1, -0.1, True))
GAMMA = st.one_of(st.floats(0.05, 1.5), some(0, 0.0, 1, 2, 0.1, 0.5, -0.5))
LR = st.one_of(st.floats(1e-6, 2.0), some(0, 0.0, 1, 0.1, 1e-8))
LRS = st.tuples(LR, LR)
STRATEGY = some("cos", "cos", "linear", "linear", "poly")
COSINE_LENGTH = st.one_of(
    st.integers(-6, 70),
    some(0.0, 0.5, 0.25, 2.5, 4.5, 12.125, 7.0, 1e6, 20 / 3, 4 / 3, 1 / 3, 0.2, 0.7 * 10, 1.1 * 30, 7.0001),
    st.floats(0.3, 80.0),
)


def options(required: dict[str, Any] | None = None, **optional: Any) -> st.SearchStrategy[Arguments]:
    return st.fixed_dictionaries(required or {}, optional=optional)


def shrinking(x: float) -> float:
    return 0.9**x


CASES: dict[str, st.SearchStrategy[Arguments]] = {
    "LinearLR": options(start_factor=SHARE, end_factor=SHARE, total_iters=LENGTH),
    "ConstantLR": options(factor=SHARE, total_iters=LENGTH),
    "PolynomialLR": options(
        total_iters=LENGTH, power=st.one_of(st.floats(0.1, 3.0), some(0, 1, 2, 0.9, -1, 0.0))
    ),
    "CosineAnnealingLR": options({"T_max": COSINE_LENGTH}, eta_min=some(0, 1e-5, 0.05, 0.5, 2.0, -0.1)),
    "CosineAnnealingWarmRestarts": options(
        {"T_0": st.one_of(st.integers(1, 20), some(0, -1, 1, 1, 3, 4.0, 4.5, True))},
        T_mult=st.one_of(st.integers(1, 5), some(0, 1.0, 2.5, True, 1000)),
        eta_min=some(0, 1e-5, 0.05, 2.0, -0.1, None),
    ),
    "OneCycleLR": options(
        {"max_lr": LR},
        total_steps=st.one_of(st.integers(1, 70), some(0, -1, 1, 2, 10.0, 10.5, None, True)),
        epochs=some(1, 3, 10, 2.0, 0, None),
        steps_per_epoch=some(1, 4, 5, 2.5, -1, None),
        pct_start=st.one_of(st.floats(0.0, 1.0), some(0.0, 1.0, 0.1, 0.5, 0, 1, 1.5, -0.1)),
        anneal_strategy=STRATEGY,
        cycle_momentum=st.booleans(),
        div_factor=some(25.0, 10, 1, 2.0, 0, 0.5),
        final_div_factor=some(1e4, 10, 1, 0.0),
        three_phase=st.booleans(),
    ),
    "CyclicLR": options(
        {"base_lr": LR, "max_lr": LR, "step_size_up": st.one_of(st.integers(1, 30), some(0, 2.5, 2000, -2))},
        step_size_down=st.one_of(st.none(), st.integers(1, 30), some(0, 2, 7.5)),
        mode=some("triangular", "triangular2", "exp_range", "sawtooth"),
        gamma=GAMMA,
        scale_fn=some(None, shrinking, lambda x: 1 / (1 + x)),
        scale_mode=some("cycle", "iterations"),
        cycle_momentum=st.booleans(),
    ),
    "StepLR": options(
        {"step_size": st.one_of(st.integers(-4, 30), some(0.0, 0.5, 2.5, 5.0, 12.5, 0.125, 7 / 3, 0.1))},
        gamma=GAMMA,
    ),
    "MultiStepLR": options(
        {"milestones": st.lists(st.one_of(st.integers(-2, 62), some(2.5, 5.0, 10, 10)), max_size=8)},
        gamma=GAMMA,
    ),
    "ExponentialLR": options({"gamma": GAMMA}),
    "ReduceLROnPlateau": options(
        mode=some("min", "max", "most"),
        factor=some(0.1, 0.5, 1.0, 1, 2.0),
        patience=some(0, 10),
        threshold_mode=some("rel", "abs", "per cent"),
        min_lr=some(0, 0.5),
    ),
    "SWALR": options(
        {"swa_lr": LR},
        anneal_epochs=st.one_of(st.integers(0, 70), some(0, 1, -1, 10.0, True)),
        anneal_strategy=STRATEGY,
    ),
}


# --- the tests --------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", CASES)
def test_it_computes_what_torch_computes(name: str) -> None:
    @settings(max_examples=100, deadline=None, derandomize=True, database=None)
    @given(CASES[name], LRS)
    def hold(arguments: Arguments, lrs: tuple[float, float]) -> None:
        check(name, arguments, lrs)

    hold()


@pytest.mark.parametrize("name", CASES)
def test_its_parameters_are_those_of_torch(name: str) -> None:
    ours, theirs = (inspect.signature(each.__init__).parameters for each in (told()[name], real(name)))
    assert [(each.name, each.default) for each in ours.values()] == [
        (each.name, each.default) for each in theirs.values()
    ]


def test_it_tells_of_every_scheduler_that_the_engine_does_not_know() -> None:
    torch = pytest.importorskip("torch")
    assert told().keys() == CASES.keys()
    assert set(torch.optim.lr_scheduler.__all__) == (CASES.keys() - {"SWALR"}) | ENGINE


def test_it_names_the_version_that_it_was_held_against() -> None:
    torch = pytest.importorskip("torch")
    assert STUB.read_text(encoding="utf-8").startswith(f'"""torch {torch.__version__.partition("+")[0]}, ')


EDGES: list[tuple[str, Arguments, int, type[Exception] | None]] = [
    ("LinearLR", {"start_factor": 0}, 0, ValueError),
    ("LinearLR", {"start_factor": 0.1, "total_iters": -1}, 61, None),
    ("LinearLR", {"end_factor": 0.0, "total_iters": 60}, 61, None),
    ("ConstantLR", {"factor": 0, "total_iters": 3}, 3, ZeroDivisionError),
    ("ConstantLR", {"factor": 0, "total_iters": 2.5}, 61, None),
    ("PolynomialLR", {"total_iters": 4, "power": -1}, 4, ZeroDivisionError),
    ("CosineAnnealingLR", {"T_max": 0}, 1, ZeroDivisionError),
    ("CosineAnnealingLR", {"T_max": 20 / 3}, 21, ZeroDivisionError),
    ("CosineAnnealingLR", {"T_max": 0.7 * 10 + 1e-15}, 8, ZeroDivisionError),
    ("CosineAnnealingWarmRestarts", {"T_0": 10.0}, 0, ValueError),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 10}, 11, ValueError),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 10, "pct_start": 1.0}, 10, ZeroDivisionError),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 10, "pct_start": 0.1}, 0, ZeroDivisionError),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 10, "pct_start": 0}, 0, ValueError),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 10.0}, 0, ValueError),
    ("OneCycleLR", {"max_lr": 1.0, "epochs": 3}, 0, ValueError),
    ("CyclicLR", {"base_lr": 0.1, "max_lr": 1.0, "step_size_up": 0}, 0, ZeroDivisionError),
    (
        "CyclicLR",
        {"base_lr": 0.1, "max_lr": 1.0, "step_size_up": 0, "step_size_down": 3},
        0,
        ZeroDivisionError,
    ),
    (
        "CyclicLR",
        {"base_lr": 0.1, "max_lr": 1.0, "step_size_up": 7, "scale_fn": shrinking, "scale_mode": "iterations"},
        61,
        None,
    ),
    ("StepLR", {"step_size": 0}, 1, ZeroDivisionError),
    ("StepLR", {"step_size": -7}, 61, None),
    ("MultiStepLR", {"milestones": 5}, 0, TypeError),
    ("MultiStepLR", {"milestones": [0, 0, -1, 7, 3]}, 61, None),
    ("ReduceLROnPlateau", {"factor": 1.0}, 0, ValueError),
    ("SWALR", {"swa_lr": 0.05, "anneal_epochs": 2.0}, 0, ValueError),
]


@pytest.mark.parametrize(("name", "arguments", "reached", "failure"), EDGES)
def test_edges(name: str, arguments: Arguments, reached: int, failure: type[Exception] | None) -> None:
    found = check(name, arguments)
    assert (len(found.curve), found.failure) == (reached, failure)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("LinearLR", {"start_factor": 1e-3, "total_iters": 1500}),
        ("PolynomialLR", {"total_iters": 1999, "power": 0.9}),
        ("CosineAnnealingLR", {"T_max": 400, "eta_min": 1e-3}),
        ("CosineAnnealingWarmRestarts", {"T_0": 1, "T_mult": 3}),
        ("CosineAnnealingWarmRestarts", {"T_0": 10, "T_mult": 2}),
        ("OneCycleLR", {"max_lr": 0.3, "total_steps": 2000}),
    ],
)
def test_it_stays_with_torch_over_a_long_run(name: str, arguments: Arguments) -> None:
    assert len(check(name, arguments, (0.1,), 2000).curve) == 2001


@pytest.mark.parametrize(
    ("name", "arguments", "curve"),
    [
        ("LinearLR", {}, [1 / 3, 7 / 15, 0.6, 11 / 15, 13 / 15, 1, 1]),
        ("LinearLR", {"start_factor": 0.1, "total_iters": 4.5}, [0.1, 0.3, 0.5, 0.7, 0.9, 0.9]),
        ("CosineAnnealingWarmRestarts", {"T_0": 2}, [1, 0.5, 1, 0.5]),
        ("StepLR", {"step_size": 2.5, "gamma": 0.5}, [1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25]),
    ],
)
def test_values_that_can_be_worked_out_by_hand(name: str, arguments: Arguments, curve: list[float]) -> None:
    found = run(told()[name], arguments, (1.0,), len(curve) - 1)
    assert [lr for (lr,) in found.curve] == pytest.approx(curve, rel=1e-12)


@pytest.mark.parametrize(("length", "reached"), [(7.0001, 8), (5.3, 16), (4.5, 61)])
def test_what_rounding_makes_of_a_trough_is_not_told(length: float, reached: int) -> None:
    assert len(check("CosineAnnealingLR", {"T_max": length}).curve) == reached
