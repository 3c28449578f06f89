"""The stubs: each computes what its library does, tick by tick, and keeps to what can be read.

The stubs are executed here, as nowhere else: they are Python, and running them beside the library that they
retell is how they are known to be right. A library is loaded without the rest of its package, which is slow
to import and may not run at all.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import logging
import math
import re
import runpy
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

STUBS = Path(__file__).resolve().parent.parent / "warmlint" / "stubs"
FILES = sorted(STUBS.rglob("*.py"))
TICKS = 60
EXAMPLES = 30

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]


# Running a schedule


def optimizer_of(lrs: list[float]) -> Any:
    torch = pytest.importorskip("torch")
    parameters = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in lrs]
    return torch.optim.SGD(parameters, lr=lrs[0])


Lrs = list[float] | str
"""The LRs of the groups, or the exception that ended the run."""


def run(make: Callable[[Any], Any], tick: Callable[[Any, int], object], lrs: list[float]) -> Iterator[Lrs]:
    """What the groups are at, after the schedule is made and after each tick."""
    optimizer = optimizer_of(lrs)
    try:
        made = make(optimizer)
        schedule = made[0] if isinstance(made, tuple) else made
        for t in range(TICKS):
            tick(schedule, t)
            yield [group["lr"] for group in optimizer.param_groups]
    except Exception as error:
        yield type(error).__name__


def by_step(schedule: Any, t: int) -> None:
    """Torch's way: making the schedule was tick 0."""
    if t:
        schedule.step()


def by_number(schedule: Any, t: int) -> None:
    """The way of timm: the loop says where it is."""
    schedule.step(t)


def by_update_number(schedule: Any, t: int) -> None:
    schedule.step_update(t)


def by_event(schedule: Any, t: int) -> None:
    """The way of ignite: the first event sets the first LR."""
    schedule(None)


def by_dampening(schedule: Any, t: int) -> None:
    """The way of pytorch_warmup: making the schedule was tick 0, though nothing else is."""
    if t:
        with schedule.dampening():
            pass


def close(left: Lrs, right: Lrs) -> bool:
    if isinstance(left, str) or isinstance(right, str):
        return left == right
    if any(isinstance(each, complex) for each in [*left, *right]):
        return all(abs(a - b) < 1e-9 for a, b in zip(left, right, strict=True))
    return all(math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-13) for a, b in zip(left, right, strict=True))


# Loading the two


def place(module: str) -> Path:
    return STUBS / (module.replace(".", "/") + ".py")


def stub(module: str) -> dict[str, Any]:
    """What a stub defines; what it imports of other stubs is theirs."""
    tree = ast.parse(place(module).read_text(encoding="utf-8"))
    used = [each.module for each in tree.body if isinstance(each, ast.ImportFrom) and each.module]
    stand_ins = {
        name: types.ModuleType(name) for name in used if place(name) in FILES and name[:6] != "torch."
    }
    for name, content in stand_ins.items():
        vars(content).update(stub(name))
        parts = name.split(".")[:-1]
        for package in (".".join(parts[: number + 1]) for number in range(len(parts))):
            stand_ins = {package: types.ModuleType(package), **stand_ins}
    saved = {name: sys.modules.get(name) for name in stand_ins}
    try:
        sys.modules.update(stand_ins)
        return runpy.run_path(str(place(module)))
    finally:
        for name, before in saved.items():
            if before is None:
                del sys.modules[name]
            else:
                sys.modules[name] = before


def library(module: str, fakes: dict[str, dict[str, Any]]) -> Any:
    """The library's module, loaded below empty packages; `fakes` stand for what it imports of the rest."""
    if module not in LOADED:
        LOADED[module] = load(module, fakes)
    return LOADED[module]


LOADED: dict[str, Any] = {}


def load(module: str, fakes: dict[str, dict[str, Any]]) -> Any:
    top, *below = module.split(".")
    pytest.importorskip("torch")
    spec = importlib.util.find_spec(top)
    if spec is None or spec.submodule_search_locations is None:
        pytest.skip(f"{top} is not installed")
    if top in {"transformers", "ignite"}:  # their schedules need most of the rest
        return importlib.import_module(module)
    saved = dict(sys.modules)
    for name in [each for each in sys.modules if each.partition(".")[0] == top]:
        del sys.modules[name]
    place, name = Path(spec.submodule_search_locations[0]), top
    try:
        for part in below:
            package = sys.modules[name] = types.ModuleType(name)
            package.__path__ = [str(place)]
            place, name = place / part, f"{name}.{part}"
        for name, content in fakes.items():
            sys.modules[name] = types.ModuleType(name)
            vars(sys.modules[name]).update(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(module)
    finally:
        for name in [each for each in sys.modules if each.partition(".")[0] == top]:
            del sys.modules[name]
        sys.modules.update({name: each for name, each in saved.items() if name.partition(".")[0] == top})


# What is compared


Given = dict[str, SearchStrategy[Any]]


@dataclass(frozen=True)
class Case:
    """One schedule, with the arguments that it is tried with beside the optimizer."""

    name: str
    given: Given = field(default_factory=dict)
    may: Given = field(default_factory=dict)
    tick: Callable[[Any, int], None] = by_step


@dataclass(frozen=True)
class Library:
    module: str
    cases: tuple[Case, ...]
    fakes: dict[str, dict[str, Any]] = field(default_factory=dict)


STEPS = st.integers(0, 40)
SOME = st.integers(1, 40)
WAYS = st.sampled_from([0.5, 1, 1.5, 2])
LR = st.sampled_from([0.0, 1e-6, 1e-3, 0.05, 0.1, 0.3])
SHARE = st.sampled_from([0.0, 0.1, 0.5, 1.0, -0.2])
SHAPE = st.sampled_from(["linear", "cosine", "1-sqrt", "square"])
RUN = {"num_warmup_steps": STEPS, "num_training_steps": STEPS}

GIVEN = {name: st.sampled_from([None, 0, 3, 7, 20, 40]) for name in RUN}

TRANSFORMERS = (
    Case("get_constant_schedule"),
    Case("get_constant_schedule_with_warmup", {"num_warmup_steps": st.one_of(STEPS, st.just(2.5))}),
    Case("get_linear_schedule_with_warmup", RUN),
    Case("get_cosine_schedule_with_warmup", RUN, {"num_cycles": WAYS}),
    Case("get_cosine_with_hard_restarts_schedule_with_warmup", RUN, {"num_cycles": WAYS}),
    Case("get_polynomial_decay_schedule_with_warmup", RUN, {"lr_end": LR, "power": WAYS}),
    Case("get_inverse_sqrt_schedule", {"num_warmup_steps": STEPS}, {"timescale": SOME}),
    Case(
        "get_cosine_with_min_lr_schedule_with_warmup",
        RUN,
        {"num_cycles": WAYS, "min_lr": LR, "min_lr_rate": SHARE},
    ),
    Case(
        "get_cosine_with_min_lr_schedule_with_warmup_lr_rate",
        RUN,
        {"num_cycles": WAYS, "min_lr": LR, "min_lr_rate": SHARE, "warmup_lr_rate": SHARE},
    ),
    Case(
        "get_wsd_schedule",
        {"num_warmup_steps": st.integers(0, 20), "num_decay_steps": st.integers(0, 20)},
        {
            "num_training_steps": st.integers(30, 60),
            "num_stable_steps": st.integers(0, 20),
            "warmup_type": SHAPE,
            "decay_type": SHAPE,
            "min_lr_ratio": SHARE,
            "num_cycles": WAYS,
        },
    ),
)

ROUND = st.sampled_from([0, 1, 4, 7.5, 13, 30])
CYCLES = {
    "lr_min": st.sampled_from([0.0, 1e-5, -1.0]),
    "cycle_mul": st.sampled_from([1, 1.5, 2, 0.75]),
    "cycle_decay": st.sampled_from([1.0, 0.5]),
    "cycle_limit": st.integers(1, 4),
}
PREFIX = {"warmup_t": STEPS, "warmup_lr_init": LR, "warmup_prefix": st.booleans()}


def timm(module: str, name: str, given: Given, may: Given | None = None) -> Library:
    """The same schedule, by epochs and by updates."""
    return Library(
        f"timm.scheduler.{module}",
        (
            Case(name, given, may or {}, by_number),
            Case(name, given | {"t_in_epochs": st.just(False)}, may or {}, by_update_number),
        ),
    )


FACTORY = {
    "num_epochs": st.integers(0, 30),
    "decay_epochs": st.sampled_from([None, 0, 0.3, 5, 12]),
    "decay_milestones": st.lists(STEPS, max_size=4).map(sorted),
    "decay_rate": st.sampled_from([0.1, 0.5, 2.0]),
    "min_lr": st.sampled_from([0.0, 1e-3, 0.05]),
    "warmup_lr": LR,
    "warmup_epochs": st.integers(0, 20),
    "warmup_prefix": st.booleans(),
    "cycle_mul": st.sampled_from([1.0, 1.5, 2.0]),
    "cycle_decay": st.sampled_from([1.0, 0.5]),
    "cycle_limit": st.integers(1, 3),
    "k_decay": WAYS,
    "cooldown_epochs": st.integers(0, 4),
}
SETTINGS = st.fixed_dictionaries(
    {"sched": st.sampled_from(["cosine", "step", "multistep", "wsd"])},
    optional={
        name: FACTORY[{"epochs": "num_epochs"}.get(name, name.removeprefix("lr_"))]
        for name in (
            *("epochs", "decay_epochs", "decay_milestones", "decay_rate", "min_lr", "warmup_lr"),
            *("warmup_epochs", "warmup_prefix", "lr_cycle_mul", "lr_cycle_decay", "lr_cycle_limit"),
            "lr_k_decay",
        )
    },
).map(lambda given: types.SimpleNamespace(**given))


def by_updates(settings: types.SimpleNamespace) -> types.SimpleNamespace:
    return types.SimpleNamespace(**vars(settings), sched_on_updates=True)


DEEPSPEED = {
    "warmup_num_steps": st.integers(-1, 40),
    "warmup_type": st.sampled_from(["log", "linear", "nonsense"]),
}
IGNITE = {"param_name": st.just("lr"), "start_value": LR, "end_value": LR, "cycle_size": st.integers(1, 9)}
FACTORS = {
    "start_value_mult": WAYS,
    "end_value_mult": WAYS,
    "warmup_duration": st.integers(0, 7),
}

LIBRARIES = (
    Library(
        "transformers.optimization",
        (
            *TRANSFORMERS,
            Case(
                "get_scheduler",
                {
                    "name": st.sampled_from(
                        [
                            "linear",
                            "cosine",
                            "cosine_with_restarts",
                            "polynomial",
                            "constant",
                            "constant_with_warmup",
                            "inverse_sqrt",
                            "cosine_with_min_lr",
                            "cosine_warmup_with_min_lr",
                            "warmup_stable_decay",
                            "nonsense",
                        ]
                    ),
                    **GIVEN,
                },
            ),
        ),
    ),
    Library(
        "diffusers.optimization",
        (
            *TRANSFORMERS[:2],
            Case("get_linear_schedule_with_warmup", RUN, {"f_min": SHARE, "f_max": SHARE}),
            *TRANSFORMERS[3:6],
            Case(
                "get_scheduler",
                {
                    "name": st.sampled_from(
                        [
                            "linear",
                            "cosine",
                            "cosine_with_restarts",
                            "polynomial",
                            "constant",
                            "constant_with_warmup",
                            "nonsense",
                        ]
                    ),
                    **GIVEN,
                },
                {"num_cycles": WAYS, "power": WAYS},
            ),
        ),
        {"diffusers.utils": {"logging": types.SimpleNamespace(get_logger=logging.getLogger)}},
    ),
    Library(
        "pytorch_transformers.optimization",
        (
            Case("ConstantLRSchedule"),
            Case("WarmupConstantSchedule", {"warmup_steps": STEPS}),
            Case("WarmupLinearSchedule", {"warmup_steps": STEPS, "t_total": STEPS}),
            Case("WarmupCosineSchedule", {"warmup_steps": STEPS, "t_total": STEPS}, {"cycles": WAYS}),
            Case(
                "WarmupCosineWithHardRestartsSchedule",
                {"warmup_steps": STEPS, "t_total": STEPS},
                {"cycles": WAYS},
            ),
        ),
    ),
    Library(
        "warmup_scheduler.scheduler",
        (
            Case(
                "GradualWarmupScheduler",
                {"multiplier": st.sampled_from([0.5, 1, 1.0, 1.5, 8]), "total_epoch": STEPS},
            ),
        ),
    ),
    Library(
        "pl_bolts.optimizers.lr_scheduler",
        (
            Case(
                "LinearWarmupCosineAnnealingLR",
                {
                    "warmup_epochs": st.integers(0, 30),
                    "max_epochs": st.integers(0, 60),
                },
                {"warmup_start_lr": LR, "eta_min": LR},
            ),
            Case(
                "LinearWarmupCosineAnnealingLR",
                {
                    "warmup_epochs": st.sampled_from([0.5, 1.5, 2.25, 5.75, 12.5]),
                    "max_epochs": st.integers(14, 60),
                },
                {"warmup_start_lr": LR, "eta_min": LR},
            ),
            Case(
                "LinearWarmupCosineAnnealingLR",
                {
                    "warmup_epochs": st.integers(1, 12),
                    "max_epochs": st.sampled_from([0.5, 7.5, 20.25]),
                },
                {"warmup_start_lr": LR, "eta_min": LR},
            ),
        ),
        {"pl_bolts.utils.stability": {"under_review": lambda: lambda reviewed: reviewed}},
    ),
    Library(
        "monai.optimizers.lr_scheduler",
        (
            Case("LinearLR", {"end_lr": LR, "num_iter": SOME}),
            Case("ExponentialLR", {"end_lr": LR, "num_iter": SOME}),
            Case(
                "WarmupCosineSchedule",
                {"warmup_steps": st.integers(-2, 40), "t_total": STEPS},
                {
                    "end_lr": LR,
                    "cycles": WAYS,
                    "warmup_multiplier": st.sampled_from([0, 0.1, 0.5, 1, -0.1, 1.1]),
                },
            ),
        ),
    ),
    timm("cosine_lr", "CosineLRScheduler", {"t_initial": ROUND}, {**CYCLES, **PREFIX, "k_decay": WAYS}),
    timm(
        "poly_lr",
        "PolyLRScheduler",
        {"t_initial": ROUND},
        {**CYCLES, **PREFIX, "k_decay": WAYS, "power": WAYS},
    ),
    timm(
        "tanh_lr",
        "TanhLRScheduler",
        {"t_initial": ROUND},
        {**CYCLES, **PREFIX, "lb": st.sampled_from([-7, -2.5, 4]), "ub": st.sampled_from([3, 1.5])},
    ),
    timm(
        "step_lr",
        "StepLRScheduler",
        {"decay_t": st.sampled_from([0, 3, 7.5, 30])},
        {**PREFIX, "decay_rate": SHARE},
    ),
    timm(
        "multistep_lr",
        "MultiStepLRScheduler",
        {"decay_t": st.lists(STEPS, max_size=4).map(sorted)},
        {**PREFIX, "decay_rate": SHARE},
    ),
    timm(
        "wsd_lr",
        "WSDLRScheduler",
        {"t_initial": st.integers(15, 30), "decay_t": st.integers(1, 15)},
        {
            "lr_min": st.sampled_from([0.0, 1e-3, 0.05]),
            "stable_fn": st.sampled_from(["constant", "rsqrt", "power"]),
            "stable_timescale": st.sampled_from([3.5, 20]),
            "stable_power": WAYS,
            "decay_fn": st.sampled_from(["linear", "1-sqrt", "cosine", "power", "exp"]),
            "decay_power": WAYS,
            "decay_ratio": st.sampled_from([0.1, 0.5]),
            "warmup_t": st.integers(0, 20),
            "warmup_lr_init": LR,
        },
    ),
    Library(
        "timm.scheduler.scheduler_factory",
        (
            *(
                Case("create_scheduler_v2", {"sched": st.just(sched)}, FACTORY, by_number)
                for sched in ("cosine", "tanh", "poly", "step", "constant", "multistep", "wsd", "rsqrt")
            ),
            Case(
                "create_scheduler_v2",
                {"step_on_epochs": st.just(False), "updates_per_epoch": st.integers(0, 3)},
                {"sched": st.sampled_from(["poly", "step", "multistep", "rsqrt", "nonsense"]), **FACTORY},
                by_update_number,
            ),
            Case("create_scheduler", {"args": SETTINGS}, tick=by_number),
            Case(
                "create_scheduler",
                {"args": SETTINGS.map(by_updates), "updates_per_epoch": st.integers(1, 3)},
                tick=by_update_number,
            ),
        ),
    ),
    *(
        timm("wsd_lr", "WSDLRScheduler", {"t_initial": st.just(9), "decay_t": st.just(5), **given})
        for given in (
            {"t_initial": st.integers(-1, 6)},
            {"decay_t": st.integers(-1, 10)},
            {"lr_min": st.sampled_from([-0.1, 0.0])},
            {"stable_fn": st.sampled_from(["rsqrt", "nonsense"]), "stable_timescale": st.integers(-1, 2)},
            {"decay_fn": st.sampled_from(["linear", "nonsense"])},
            {"decay_ratio": st.sampled_from([0, 0.1, 1])},
            {"decay_power": st.integers(-1, 1), "stable_power": st.integers(0, 1)},
        )
    ),
    Library(
        "pytorch_warmup.base",
        tuple(
            Case(name, {"warmup_period": st.integers(-1, 40)}, tick=by_dampening)
            for name in ("LinearWarmup", "ExponentialWarmup")
        ),
    ),
    Library(
        "deepspeed.runtime.lr_schedules",
        (
            Case("WarmupLR", {}, {"warmup_max_lr": LR, **DEEPSPEED, "warmup_min_lr": LR}),
            Case(
                "WarmupDecayLR",
                {"total_num_steps": STEPS},
                {"warmup_max_lr": LR, **DEEPSPEED, "warmup_min_lr": LR},
            ),
            Case(
                "WarmupCosineLR",
                {"total_num_steps": STEPS},
                {"warmup_min_ratio": SHARE, "cos_min_ratio": SHARE, **DEEPSPEED},
            ),
        ),
        {"deepspeed.utils": {"logger": logging.getLogger("deepspeed")}},
    ),
    Library(
        "ignite.handlers.param_scheduler",
        (
            Case("LinearCyclicalScheduler", IGNITE, {**FACTORS, "monotonic": st.booleans()}, by_event),
            Case("CosineAnnealingScheduler", IGNITE, FACTORS, by_event),
        ),
    ),
)

COMPARED = [
    pytest.param(library, case, id=f"{library.module}-{case.name}-{number}")
    for library in LIBRARIES
    for number, case in enumerate(library.cases)
]


@pytest.mark.parametrize(("of", "case"), COMPARED)
def test_a_stub_computes_what_its_library_does(of: Library, case: Case):
    told = stub(of.module)[case.name]
    real = getattr(library(of.module, of.fakes), case.name)

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        lrs=st.sampled_from([[0.1, 0.025], [1.0, 1e-3], [3e-4, 0.2]]),
        arguments=st.fixed_dictionaries(case.given, optional=case.may),
    )
    def compare(lrs: list[float], arguments: dict[str, Any]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            way = case.tick if of.module.startswith("timm.") else by_step
            ours = list(run(lambda optimizer: told(optimizer=optimizer, **arguments), way, lrs))
            theirs = list(run(lambda optimizer: real(optimizer=optimizer, **arguments), case.tick, lrs))
        assert len(ours) == len(theirs), (ours[-1], theirs[-1])
        for t, (left, right) in enumerate(zip(ours, theirs, strict=True)):
            assert close(left, right), (t, left, right)
        longest[0] = max(longest[0], len(theirs))

    longest = [0]
    compare()
    assert longest[0] == TICKS, "no arguments were right"


@pytest.mark.parametrize("t_in_epochs", [True, False])
@pytest.mark.parametrize("tick", [by_number, by_update_number, lambda schedule, t: schedule.step()])
def test_a_schedule_of_timm_listens_to_what_it_counts(t_in_epochs: bool, tick: Callable[[Any, int], None]):
    arguments = {"t_initial": 9, "warmup_t": 3, "warmup_lr_init": 1e-3, "t_in_epochs": t_in_epochs}
    told = stub("timm.scheduler.cosine_lr")["CosineLRScheduler"]
    real = library("timm.scheduler.cosine_lr", {}).CosineLRScheduler
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = list(run(lambda optimizer: told(optimizer, **arguments), tick, [0.1]))
        theirs = list(run(lambda optimizer: real(optimizer, **arguments), tick, [0.1]))
    assert len(ours) == len(theirs)
    assert all(map(close, ours, theirs))


def test_the_ramp_of_a_gradual_warmup_is_known_until_another_takes_over():
    torch = pytest.importorskip("torch")
    told = stub("warmup_scheduler.scheduler")["GradualWarmupScheduler"]
    real = library("warmup_scheduler.scheduler", {}).GradualWarmupScheduler

    def both(scheduler: Any) -> tuple[list[Lrs], list[Lrs]]:
        def made(kind: Any) -> Callable[[Any], Any]:
            def make(optimizer: Any) -> Any:
                schedule = kind(optimizer, 1, 5, scheduler(optimizer))
                schedule.optimizer.step()
                return schedule

            return make

        return list(run(made(told), by_step, [0.1])), list(run(made(real), by_step, [0.1]))

    ours, theirs = both(lambda optimizer: torch.optim.lr_scheduler.StepLR(optimizer, 3))
    assert ours[-1] == "NotImplementedError"
    assert len(ours) == 7
    assert all(map(close, ours[:6], theirs))


@given(
    arguments=st.fixed_dictionaries({"sched": st.sampled_from(["poly", "step", "none"])}, optional=FACTORY)
)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_factory_of_timm_says_how_long_to_train(arguments: dict[str, Any]):
    told = stub("timm.scheduler.scheduler_factory")["create_scheduler_v2"]
    real = library("timm.scheduler.scheduler_factory", {}).create_scheduler_v2
    arguments |= {"num_epochs": arguments.get("num_epochs") or 8, "decay_epochs": 5}
    for unit in ({}, {"step_on_epochs": False, "updates_per_epoch": 3}):
        ours, theirs = (each(optimizer_of([0.1]), **arguments, **unit) for each in (told, real))
        assert ours[1] == theirs[1]


@pytest.mark.parametrize("cosine", [True, False])
@pytest.mark.parametrize("linear", [True, False])
def test_the_function_of_lightning_bolts(cosine: bool, linear: bool):
    told = stub("pl_bolts.optimizers.lr_scheduler")["linear_warmup_decay"]
    fakes = {"pl_bolts.utils.stability": {"under_review": lambda: lambda reviewed: reviewed}}
    real = library("pl_bolts.optimizers.lr_scheduler", fakes).linear_warmup_decay
    if cosine and linear:
        for each in (told, real):
            with pytest.raises(AssertionError):
                each(5, 20, cosine, linear)
        return
    for warmup, total in [(0, 0), (0, 20), (5, 20), (5, 5), (9, 4)]:
        ours, theirs = told(warmup, total, cosine, linear), real(warmup, total, cosine, linear)
        assert [ours(t) for t in range(40)] == pytest.approx([theirs(t) for t in range(40)], rel=1e-9)


# What holds of every stub


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(STUBS)))
def test_a_stub_names_the_version_that_it_was_checked_against(file: Path):
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    found = re.match(rf"(\S+) (\d\S*), {re.escape(file.relative_to(STUBS).as_posix())}: ", docstring or "")
    assert found, docstring
    try:
        installed = metadata.version(found[1])
    except metadata.PackageNotFoundError:
        pytest.skip(f"{found[1]} is not installed")
    assert found[2] == installed.partition("+")[0]


CALLS = {
    *("min", "max", "abs", "int", "float", "round", "bool", "len", "sum"),
    *("isinstance", "getattr", "super", "partial"),
}
READ = tuple(
    getattr(ast, name)
    for line in (
        "Module Import ImportFrom alias FunctionDef ClassDef arguments arg Return Raise If IfExp For Assign",
        "AugAssign Expr Lambda Constant Name Attribute Call keyword Subscript Tuple BoolOp BinOp UnaryOp",
        "Compare And Or Not USub Add Sub Mult Div FloorDiv Mod Pow Eq NotEq Lt LtE Gt GtE Is IsNot",
        "Load Store ListComp GeneratorExp comprehension Dict",
    )
    for name in line.split()
)
"""What a stub may be written with."""


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(STUBS)))
def test_a_stub_keeps_to_what_can_be_read(file: Path):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    sums = [
        node.args[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "sum"
    ]
    for node in ast.walk(tree):
        where = f"{file.name}:{getattr(node, 'lineno', 0)}"
        assert isinstance(node, READ), f"{where}: {type(node).__name__}"
        match node:
            case ast.ListComp(generators=[ast.comprehension(iter=source, ifs=[])]):
                assert isinstance(source, ast.Name) or ast.unparse(source) == "self.base_lrs", where
            case ast.GeneratorExp():
                assert node in sums, where
            case ast.For():
                assert isinstance(node.iter, ast.Tuple), where
            case ast.Subscript():
                assert ast.unparse(node) == "optimizer.defaults['lr']", where
            case ast.ImportFrom():
                assert node.module is not None, where
                outside = set() if file.stem == "__init__" else {"functools", "torch.optim.lr_scheduler"}
                assert node.module in outside or place(node.module) in FILES, where
            case ast.Call(func=ast.Name(id=name)) if not name[0].isupper():
                known = {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
                assert name in CALLS | known, where


@pytest.mark.parametrize(
    "file", [file for file in FILES if file.stem == "__init__"], ids=lambda file: file.parent.name
)
def test_what_a_package_passes_on_is_there(file: Path):
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            assert node.module is not None
            target = place(node.module)
            names = {
                each.name
                for each in ast.parse(target.read_text(encoding="utf-8")).body
                if hasattr(each, "name")
            }
            assert {alias.name for alias in node.names} <= names


@pytest.mark.parametrize(
    "file", [file for file in FILES if file.stem == "__init__"], ids=lambda file: file.parent.name
)
def test_what_a_package_passes_on_it_does_pass_on(file: Path):
    top, *below = file.parent.relative_to(STUBS).parts
    spec = importlib.util.find_spec(top)
    if spec is None or spec.submodule_search_locations is None:
        pytest.skip(f"{top} is not installed")
    real = Path(spec.submodule_search_locations[0], *below, "__init__.py").read_text(encoding="utf-8")
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == top:
            assert {alias.name for alias in node.names} <= set(re.findall(r"\w+", real))


@pytest.mark.parametrize("module", ["transformers.trainer_utils", "diffusers.optimization"])
def test_the_names_of_schedules_are_all_there(module: str):
    fakes = next((each.fakes for each in LIBRARIES if each.module == module), {})
    real = {each.name: each.value for each in library(module, fakes).SchedulerType}
    told = vars(stub(module)["SchedulerType"])
    assert {name: value for name, value in told.items() if not name.startswith("_")} == real


def test_a_plateau_takes_what_that_of_torch_takes():
    torch = pytest.importorskip("torch")
    told = stub("transformers.optimization")["get_reduce_on_plateau_schedule"]
    assert told(optimizer_of([0.1])).state_dict() == (
        torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer_of([0.1])).state_dict()
    )
    ours, theirs = inspect.signature(told), inspect.signature(torch.optim.lr_scheduler.ReduceLROnPlateau)
    assert [(each.name, each.default) for each in ours.parameters.values()] == [
        (each.name, each.default) for each in theirs.parameters.values()
    ]


def test_what_is_not_told_is_said_not_to_be():
    torch = pytest.importorskip("torch")
    optimizer = optimizer_of([0.1])
    everything = {name: each for of in LIBRARIES for name, each in stub(of.module).items()}
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
    for name, *arguments in [
        ("get_piecewise_constant_schedule", "1:10,0.1"),
        ("GradualWarmupScheduler", 1, 5, plateau),
        ("LinearWarmupCosineAnnealingLR", 0, 7.5),
        ("LinearWarmupCosineAnnealingLR", 2.5, 2),
        ("LinearWarmupCosineAnnealingLR", 2.5, 3),
        ("CosineAnnealingScheduler", "lr", 0.1, 0.0, 5, 2.0),
        ("LinearCyclicalScheduler", "momentum", 0.1, 0.0, 5),
    ]:
        with pytest.raises(NotImplementedError):
            everything[name](optimizer, *arguments)
    for module in ("transformers.optimization", "diffusers.optimization"):
        for name in ("greedy", "piecewise_constant"):
            with pytest.raises((NotImplementedError, ValueError)):
                stub(module)["get_scheduler"](name, optimizer)
    with pytest.raises(NotImplementedError):
        stub("transformers.optimization")["get_scheduler"]("cosine", optimizer, 1, 2, {"num_cycles": 2})
    with pytest.raises(NotImplementedError):
        stub("timm.scheduler.cosine_lr")["CosineLRScheduler"](optimizer, 5, noise_range_t=3)
