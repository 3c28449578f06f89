"""What facts reads off a source: schedules, factors as expressions, optimizers, loops, places."""

from __future__ import annotations

import math
from pathlib import Path
from textwrap import dedent, indent

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from warmlint.discovery import UnreadableError
from warmlint.expr import symbols
from warmlint.facts.model import FileFacts
from warmlint.facts.optimizers import DEFAULT_LR
from warmlint.facts.positions import ranges
from warmlint.facts.screen import screen
from warmlint.facts.sites import find
from warmlint.program import Tick, Update, has
from warmlint.schedule.evaluate import outcome
from warmlint.site import Site
from warmlint.source import Source

TOP = Path(__file__).resolve().parent.parent
HEAD = "import math, functools\nimport torch\nfrom torch.optim.lr_scheduler import LambdaLR\n"


def facts(text: str) -> FileFacts:
    source = Source("t.py", text)
    return find(source, screen(source))


def values(body: str, ticks: int = 8, **parameters: object) -> list[object]:
    """The factor of the one schedule in `body`, tick by tick; parameters by name, else their defaults."""
    (schedule,) = facts(HEAD + dedent(body)).schedules
    (factor,) = schedule.factors
    known = {
        symbol: parameters.get(symbol.name, symbol.default)
        for symbol in symbols(factor.expression)
        if symbol is not factor.tick
    }
    found = [outcome(factor.expression, {**known, factor.tick: tick}) for tick in range(ticks)]  # type: ignore[dict-item]
    return [each.value if each.failure is None else each.failure.kind.name for each in found]


RAMP = [min(1.0, (tick + 1) / 5) for tick in range(8)]


# --- what is a site ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("imported", "made"),
    [
        ("import torch", "torch.optim.lr_scheduler.LambdaLR"),
        ("import torch as t", "t.optim.lr_scheduler.LambdaLR"),
        ("import torch.optim.lr_scheduler as s", "s.LambdaLR"),
        ("from torch.optim import lr_scheduler", "lr_scheduler.LambdaLR"),
        ("from torch import optim", "optim.lr_scheduler.LambdaLR"),
        ("from torch.optim.lr_scheduler import LambdaLR", "LambdaLR"),
        ("from torch.optim.lr_scheduler import LambdaLR as L", "L"),
        ("from torch.optim.lr_scheduler import *", "LambdaLR"),
    ],
)
def test_a_construction_under_every_alias(imported: str, made: str):
    assert len(facts(f"{imported}\nscheduler = {made}(optimizer, lambda e: e / 3)\n").schedules) == 1


@pytest.mark.parametrize(
    "text",
    [
        "from mine import LambdaLR\ns = LambdaLR(o, lambda e: e)\n",
        "class LambdaLR: pass\ns = LambdaLR(o, lambda e: e)\n",
        "from torch.optim.lr_scheduler import LambdaLR\n# LambdaLR(o, f)\n'LambdaLR(o, f)'\n",
    ],
)
def test_what_only_looks_like_one(text: str):
    assert not facts(text).schedules


def test_a_local_import_counts():
    imported = "from torch.optim.lr_scheduler import LambdaLR"
    text = f"def f(o):\n    {imported}\n    return LambdaLR(o, lambda e: e / 3)\n"
    (schedule,) = facts(text).schedules
    assert schedule.leaves is not None


# --- factors: every way to write one ramp ------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "s = LambdaLR(o, lambda e: min(1.0, (e + 1) / 5))",
        "s = LambdaLR(o, lr_lambda=lambda e: min((e + 1) / 5, 1.0))",
        "w = 5\ns = LambdaLR(o, lambda e: min(1.0, (e + 1) / w))",
        "f = lambda e: min(1.0, (e + 1) / 5)\ns = LambdaLR(o, f)",
        "def f(e):\n    return min(1.0, (e + 1) / 5)\ns = LambdaLR(o, f)",
        "def f(e):\n    if e < 5:\n        return (e + 1) / 5\n    return 1.0\ns = LambdaLR(o, f)",
        "def f(e):\n    if e < 5:\n        x = (e + 1) / 5\n    else:\n        x = 1.0\n    return x\n"
        "s = LambdaLR(o, f)",
        "def f(e):\n    x = 1.0\n    if e < 5:\n        x *= (e + 1) / 5\n    return x\ns = LambdaLR(o, f)",
        "def f(e, w=5):\n    return min(1.0, (e + 1) / w)\ns = LambdaLR(o, f)",
        "def f(e, w):\n    return min(1.0, (e + 1) / w)\ns = LambdaLR(o, functools.partial(f, w=5))",
        "def f(w, e):\n    return min(1.0, (e + 1) / w)\ns = LambdaLR(o, functools.partial(f, 5))",
        "def make(w):\n    def f(e):\n        return min(1.0, (e + 1) / w)\n    return f\n"
        "s = LambdaLR(o, make(5))",
        "def make(w):\n    return lambda e: min(1.0, (e + 1) / w)\nf = make(5)\ns = LambdaLR(o, f)",
        "def clip(x):\n    return min(1.0, x)\ns = LambdaLR(o, lambda e: clip((e + 1) / 5))",
        "C = {'warmup': 5}\ns = LambdaLR(o, lambda e: min(1.0, (e + 1) / C['warmup']))",
        "def f(e):\n    for bound, x in [(1, 0.2), (2, 0.4), (3, 0.6), (4, 0.8)]:\n        if e < bound:\n"
        "            return x\n    return 1.0\ns = LambdaLR(o, f)",
        "def f(e):\n    return (e + 1) / 5 if e < 4 else 1.0\ns = LambdaLR(o, [f])",
        "fs = []\nfs.append(lambda e: min(1.0, (e + 1) / 5))\ns = LambdaLR(o, fs)",
        "fs = []\nfor w in (5,):\n    fs.append(lambda e: min(1.0, (e + 1) / w))\ns = LambdaLR(o, fs)",
        "fs = []\nfor w in [5]:\n    def f(e):\n        return min(1.0, (e + 1) / w)\n    fs.append(f)\n"
        "s = LambdaLR(o, fs)",
        "L = torch.optim.lr_scheduler.LambdaLR\ns = L(o, lambda e: min(1.0, (e + 1) / 5))",
        "class T:\n    w = 5\n    def g(self, o):\n        self.s = LambdaLR(o, self.f)\n"
        "    def f(self, e):\n        return min(1.0, (e + 1) / self.w)",
        "class T:\n    def __init__(self, o):\n        self.w = 5\n"
        "        self.s = LambdaLR(o, lambda e: min(1.0, (e + 1) / self.w))",
        "def g(o):\n    n, w = 3, 5\n    return LambdaLR(o, lambda e: min(1.0, (e + 1) / w))",
        "def g(o, kind='x'):\n    w = 7\n    if kind == 'y':\n        w = 5\n"
        "        return LambdaLR(o, lambda e: min(1.0, (e + 1) / w))",
    ],
)  # fmt: skip
def test_one_ramp_in_many_forms(body: str):
    assert values(body) == RAMP


def test_math_and_constants():
    body = "s = LambdaLR(o, lambda e: 0.5 * (1 - math.cos(math.pi * e / 10)))"
    assert values(body) == [0.5 * (1 - math.cos(math.pi * tick / 10)) for tick in range(8)]


def test_what_the_source_does_not_tell_is_a_parameter():
    body = "def g(o, args):\n    return LambdaLR(o, lambda e: e / args.warmup_steps)"
    assert values(body, 3, **{"args.warmup_steps": 4}) == [0.0, 0.25, 0.5]


def test_argparse_and_dataclass_defaults():
    text = """\
        import argparse
        p = argparse.ArgumentParser()
        p.add_argument('-w', '--warmup-steps', type=int, default=4)
        args = p.parse_args()
        s = LambdaLR(o, lambda e: e / args.warmup_steps)
        """
    assert values(text, 3) == [0.0, 0.25, 0.5]
    text = """\
        class Config:
            warmup: int = 4
        def g(o, cfg):
            return LambdaLR(o, lambda e: e / cfg.warmup)
        """
    assert values(text, 3) == [0.0, 0.25, 0.5]


def test_a_value_that_may_change_with_the_tick_is_unknown():
    assert values("s = LambdaLR(o, lambda e: load(e))", 2) == ["UNKNOWN", "UNKNOWN"]


def test_each_branch_is_a_schedule_of_its_own():
    text = HEAD + dedent(
        """\
        def g(o, kind):
            if kind == "a":
                f = lambda e: e / 3
            else:
                f = lambda e: 1.0
            return LambdaLR(o, f)
        """
    )
    (schedule,) = facts(text).schedules
    assert [factor.text for factor in schedule.factors] == ["lambda e: e / 3", "lambda e: 1.0"]


def test_a_list_gives_each_param_group_its_own():
    (schedule,) = facts(HEAD + "s = LambdaLR(o, [lambda e: e / 3, lambda e: 1.0])\n").schedules
    assert [factor.group for factor in schedule.factors] == [0, 1]


@pytest.mark.parametrize(
    ("body", "groups", "late"),
    [
        ("fs = [f]\nfs.append(f)\nfs.extend([f, f])", [1, 1, 1, 1], ()),
        ("fs = []\nfor w in (2, 3):\n    fs.append(lambda e: w)\nfs.append(f)", [3, 3, 1], (2, 3)),
        ("fs = []\nfor w in (2, 3):\n    fs.append(lambda e, w=w: w)", [2, 3], ()),
        ("fs = []\nfor w in (2, 3):\n    v = w\n    fs.append(lambda e: v)", [3, 3], (2, 3)),
        ("d = {'a': 2, 'b': 3}\nfs = []\nfor w in d.values():\n    fs.append(lambda e: w)", [3, 3], (2, 3)),
        ("d = {'a': 2, 'b': 3}\nfs = []\nfor k in d:\n    fs.append(make(d[k]))", [2, 3], ()),
        ("fs = []\nfor w in (2, 3):\n    def g(e):\n        return w\n    fs.append(g)", [3, 3], ()),
        ("fs = []\nfor w in (2, 3):\n    fs.append(make(w))", [2, 3], ()),
        ("fs = []\nif o:\n    fs.append(f)\nelse:\n    fs.append(lambda e: 2)", [1, 2], ()),
        ("fs = [lambda e: 2]\nfs = []\nfs.append(f)\ns = LambdaLR(o, fs)\nfs.append(lambda e: 2)", [1], ()),
    ],
)
def test_a_list_that_grows(body: str, groups: list[int], late: tuple[int, ...]):
    head = f"{HEAD}def make(v):\n    return lambda e: v\ndef f(e):\n    return 1\n"
    text = f"{head}{body}\n" if "LambdaLR" in body else f"{head}{body}\ns = LambdaLR(o, fs)\n"
    (schedule,) = facts(text).schedules
    assert [outcome(each.expression, {each.tick: 0}).value for each in schedule.factors] == groups
    assert [each.group for each in schedule.factors] == list(range(len(groups)))
    found = next((each.late for each in schedule.factors if each.late is not None), None)
    seen = found.values[0] if found is not None and found.values else ()
    assert tuple(outcome(each, {}).value for each in seen) == late


def test_a_variable_of_two_loops_has_no_last_value_that_is_known():
    loops = "".join(f"for w in ({n}, 9):\n    fs.append(lambda e: w)\n" for n in (2, 3))
    (schedule,) = facts(f"{HEAD}fs = []\n{loops}s = LambdaLR(o, fs)\n").schedules
    assert all(symbols(each.expression) for each in schedule.factors)
    assert all(each.late is not None and not each.late.values for each in schedule.factors)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("if o:\n    parts.append(ramp)\nparts.append(rest)", "depends on a condition or a loop"),
        ("for each in (ramp, rest):\n    parts.append(each)", "depends on a condition or a loop"),
        ("parts.append(rest)\nparts.insert(0, ramp)", "is added to, which is not followed"),
        ("parts.extend(given)", "is added to, which is not followed"),
        ("def more():\n    parts.append(rest)\nparts.append(ramp)", "is added to, which is not followed"),
    ],
)
def test_schedules_in_a_list_that_grows_otherwise(body: str, reason: str):
    made = "ramp, rest = LambdaLR(o, lambda e: e), StepLR(o, 3)\nparts = []\n"
    inside = indent(f"{made}{body}\ns = SequentialLR(o, parts, [5])\n", "    ")
    head = f"{HEAD}from torch.optim.lr_scheduler import SequentialLR, StepLR\n"
    (unread,) = facts(f"{head}def train(o, given):\n{inside}").unread
    assert reason in unread.reason


@pytest.mark.parametrize("second", ["L = make_scheduler", "L = torch.optim.lr_scheduler.StepLR"])
def test_a_name_that_is_bound_twice_is_no_alias(second: str):
    text = f"{HEAD}L = torch.optim.lr_scheduler.LambdaLR\n{second}\ns = L(o, lambda e: e)\n"
    assert not facts(text).schedules


def test_names_are_looked_up_where_python_would():
    body = """\
        w = 99
        def other():
            w = 98
        def g(o):
            w = 5
            s = LambdaLR(o, lambda e: min(1.0, (e + 1) / w))
            return s
        """
    assert values(body) == RAMP


def test_a_name_bound_early_by_a_default_argument():
    assert values("w = 5\ns = LambdaLR(o, lambda e, w=w: min(1.0, (e + 1) / w))\n") == RAMP


def test_a_shadowed_builtin_is_not_the_builtin():
    body = "def min(a, b):\n    return a\ns = LambdaLR(o, lambda e: min((e + 1) / 5, 1.0))"
    assert values(body) == [(tick + 1) / 5 for tick in range(8)]


# --- optimizers --------------------------------------------------------------------------------------


def base_lrs(made: str, before: str = "") -> list[object]:
    text = f"{HEAD}{before}\no = {made}\ns = LambdaLR(o, [lambda e: e, lambda e: e])\n"
    (schedule,) = facts(text).schedules
    nodes = [schedule.optimizer.base_lr(group) for group in (0, 1)]
    return [None if node is None else outcome(node, {}).value for node in nodes]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ("torch.optim.SGD(model.parameters(), lr=0.1)", [0.1, 0.1]),
        ("torch.optim.SGD(model.parameters(), 0.1)", [0.1, 0.1]),
        ("torch.optim.Adam(model.parameters())", [1e-3, 1e-3]),
        ("torch.optim.Adam([p for p in model.parameters()], lr=0.2)", [0.2, 0.2]),
        ("torch.optim.SGD([{'params': a, 'lr': 0.5}, {'params': b}], lr=0.1)", [0.5, 0.1]),
        ("torch.optim.SGD(model.get_parameters(), lr=0.1)", [None, None]),
        ("torch.optim.SGD(groups, lr=0.1)", [None, None]),
        ("make_optimizer(model)", [None, None]),
    ],
)
def test_the_base_lr(made: str, expected: list[object]):
    assert base_lrs(made) == expected


@pytest.mark.torch
def test_the_default_lrs_are_those_of_torch():
    import inspect

    import torch

    for name, lr in DEFAULT_LR.items():
        kind = getattr(torch.optim, name, None)
        if kind is not None:
            assert inspect.signature(kind).parameters["lr"].default == lr, name


# --- loops -------------------------------------------------------------------------------------------


def test_ticks_and_updates_of_the_right_names():
    text = HEAD + dedent(
        """\
        def train(o, other, loader, scaler):
            s = LambdaLR(o, lambda e: e / 3)
            for epoch in range(3):
                for batch in loader:
                    other.step()
                    scaler.step(o)
                s.step()
        """
    )
    (schedule,) = facts(text).schedules
    assert len(schedule.loop.ticks) == 1
    assert [span.start.row for span in schedule.loop.updates] == [9]
    assert has(schedule.loop.program, Tick)
    assert has(schedule.loop.program, Update)


def test_the_same_names_in_two_functions_are_two():
    text = HEAD + dedent(
        """\
        def one(o):
            s = LambdaLR(o, lambda e: e / 3)
            for epoch in range(3):
                o.step()
        def two(o):
            s = LambdaLR(o, lambda e: e / 3)
            for epoch in range(3):
                o.step()
                s.step()
        """
    )
    assert [len(schedule.loop.ticks) for schedule in facts(text).schedules] == [0, 1]


# --- places, and hostile syntax ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "file", sorted((TOP / "warmlint" / "facts").glob("*.py")), ids=lambda file: file.name
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_positions_are_those_of_libcst(file: Path, newline: str):
    text = file.read_text(encoding="utf-8").replace("\n", newline)
    source = Source("t.py", text)
    module = cst.parse_module(text)
    mine = ranges(module)
    theirs = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    for node, where in theirs.items():
        start, end = mine[node]
        assert (source.position(start).row, source.position(start).column - 1) == (
            where.start.line,
            where.start.column,
        )
        assert (source.position(end).row, source.position(end).column - 1) == (
            where.end.line,
            where.end.column,
        )


HOSTILE = {
    "brackets": "(" * 5_000 + "1" + ")" * 5_000,
    "lists": "[" * 5_000 + "]" * 5_000,
    "minus": "-" * 50_000 + "1",
    "and": "a" + " and a" * 50_000,
    "lambdas": "lambda: " * 5_000 + "1",
    "subscripts": "a" + "[0]" * 5_000,
    "attributes": "a" + ".b" * 5_000,
    "sum": "1" + " + 1" * 50_000,
    "comparison": "a" + " < a" * 20_000,
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_deep_nesting_is_told_and_kills_nothing(name: str):
    assert told(f"{HEAD}s = LambdaLR(o, lambda e: {HOSTILE[name]})\n")


def test_a_long_elif_chain_is_told():
    chain = "".join(f"    elif a == {n}:\n        pass\n" for n in range(5_000))
    body = f"    if a < 0:\n        pass\n{chain}    return LambdaLR(o, lambda e: e / 3)\n"
    assert told(f"{HEAD}def g(o, a):\n{body}")


def told(text: str) -> bool:
    """Whether a source that cannot be judged is said to be so, one way or another."""
    try:
        found = facts(text)
    except UnreadableError as error:
        return "nested too deeply" in str(error) or "is not Python" in str(error)
    if found.schedules:
        (factor,) = found.schedules[0].factors
        return outcome(factor.expression, {factor.tick: 1}).failure is not None
    return "too deeply" in found.unread[0].reason


# --- where values come from -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "place"),
    [
        ("parser.add_argument('--warmup', default=7)\n", "args.warmup"),
        ("flags.DEFINE_integer('warmup', 7, 'steps')\n", "FLAGS.warmup"),
        ("class Config:\n    warmup: int = 7\n", "config.warmup"),
        ("class Config:\n    warmup: int = field(default=7)\n", "config.warmup"),
        ("class Config(BaseModel):\n    warmup: int = Field(7, ge=1)\n", "config.warmup"),
        ("cfg = {'train': {'warmup': 7}}\n", "cfg['train']['warmup']"),
        ("WARMUP = 7\n", "WARMUP"),
        ("class T:\n    warmup = 7\n    def of(self): pass\n", "T.warmup"),
    ],
)
def test_a_setting_has_the_value_that_the_file_gives(head: str, place: str):
    (schedule,) = facts(f"{HEAD}{head}s = LambdaLR(o, lambda t: min(1, t / {place}))\n").schedules
    (factor,) = schedule.factors
    known = {each: each.default for each in symbols(factor.expression) if each.has_default}
    found = outcome(factor.expression, {**known, factor.tick: 3})
    assert found.value == 3 / 7


@pytest.mark.parametrize(
    "signature",
    [
        "def make(o, warmup=7):",
        "def make(o, warmup: int = typer.Option(7)):",
        "@click.command()\n@click.option('--warmup', default=7)\ndef make(o, warmup):",
    ],
)
def test_a_parameter_has_its_default(signature: str):
    text = f"{HEAD}{signature}\n    return LambdaLR(o, lambda t: min(1, t / warmup))\n"
    (factor,) = facts(text).schedules[0].factors
    (warmup,) = (each for each in symbols(factor.expression) if each is not factor.tick)
    assert (warmup.default, warmup.weak) == (7, True)


# --- writes, tables and objects ---------------------------------------------------------------------------


def lrs(body: str, ticks: int = 4, **parameters: object) -> list[object]:
    """The values of the last schedule in `body`, tick by tick, parameters by name."""
    factor = facts(HEAD + "import numpy as np\n" + dedent(body)).schedules[-1].factors[0]
    known = {
        symbol: parameters.get(symbol.name, symbol.default)
        for symbol in symbols(factor.expression)
        if symbol is not factor.tick
    }
    found = [outcome(factor.expression, {**known, factor.tick: tick}) for tick in range(ticks)]  # type: ignore[dict-item]
    return [each.value if each.failure is None else each.failure.kind.name for each in found]


def test_a_table_is_a_function_of_its_index():
    body = """
        def warmup_schedule(base, n, warmup):
            ramp = np.linspace(0, base, warmup)
            rest = np.array([base / (i + 1) for i in np.arange(n - warmup)])
            return np.concatenate((ramp, rest))
    """
    assert lrs(body, 5, base=8.0, n=9, warmup=3) == [0.0, 4.0, 8.0, 8.0, 4.0]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("self.n += 1\n        self.write(self.base / self.n)", [8.0, 4.0, 8 / 3, 2.0]),
        ("self.write(self.base * self.n)\n        self.n += 2", [0.0, 16.0, 32.0, 48.0]),
        ("self.base *= 0.5\n        self.write(self.base)", [4.0, "UNKNOWN", "UNKNOWN", "UNKNOWN"]),
    ],
)
def test_an_object_is_followed_from_tick_to_tick(method: str, expected: list[object]):
    body = f"""
class Ramp:
    def __init__(self, optimizer):
        self.optimizer = optimizer
        self.base = 8.0
        self.n = 0

    def step(self):
        {method}

    def write(self, lr):
        for group in self.optimizer.param_groups:
            group["lr"] = lr
"""
    assert lrs(body) == expected


def test_a_loop_that_counts_from_one_never_sees_zero():
    body = """
        def train(optimizer, batches):
            for step in range(1, 100):
                for group in optimizer.param_groups:
                    group["lr"] = 0.1 * step / 10
                optimizer.step()
    """
    (schedule,) = facts(HEAD + dedent(body)).schedules
    assert has(schedule.loop.program, Tick)
    assert Site(Source("t.py", HEAD + dedent(body)), schedule, schedule.factors[0]).first_tick == 1


def sites(body: str) -> list[Site]:
    source = Source("t.py", HEAD + dedent(body))
    return [Site(source, each, each.factors[0]) for each in find(source, screen(source)).schedules]


@pytest.mark.parametrize(("counted", "first"), [("enumerate(batches)", 0), ("enumerate(batches, 1)", 1)])
def test_a_counter_is_followed_through_the_functions_that_hand_it_on(counted: str, first: int):
    body = f"""
        def adjust_lr(optimizer, step):
            for group in optimizer.param_groups:
                group["lr"] = 0.1 * step / 10

        def update(optimizer, step):
            adjust_lr(optimizer, step)
            optimizer.step()

        def train(optimizer, batches):
            for step, batch in {counted}:
                update(optimizer, step)
    """
    (site,) = sites(body)
    assert site.first_tick == first


def test_a_default_that_switches_the_warmup_off_is_taken_to_be_overridden():
    body = """
        def warmup_lr(step, base_lr, start_lr=0.0, warmup_steps=0):
            if step < warmup_steps:
                return start_lr + (base_lr - start_lr) * step / warmup_steps
            return base_lr
    """
    (site,) = sites(body)
    verdict = site.holds(site.f(0).equals(0))
    assert verdict.reason == "with the values that the source gives"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("(batch + 1) % 4 == 0", [0.0, 0.5, 1.0, 1.5]),  # decides when, and not to what
        ("step < 2", [0.0, 0.5, "UNKNOWN", "UNKNOWN"]),  # what the LR is later, is what it was left at
    ],
)
def test_a_condition_on_a_write(condition: str, expected: list[object]):
    body = f"""
        def train(optimizer):
            step = 0
            for batch in range(100):
                if {condition}:
                    for group in optimizer.param_groups:
                        group["lr"] = step / 2
                optimizer.step()
                step += 1
    """
    assert lrs(body) == expected


# --- what a factory returns ------------------------------------------------------------------------------

TIMM = "from timm.scheduler import create_scheduler, create_scheduler_v2, scheduler_kwargs\n"


@pytest.mark.parametrize(
    ("kept", "target"),
    [
        ("schedule, epochs = create_scheduler_v2(opt, num_epochs=9)", "schedule"),
        ("[schedule, _] = create_scheduler_v2(opt, num_epochs=9)", "schedule"),
        ("schedule = create_scheduler_v2(opt, num_epochs=9)[0]", "schedule"),
        ("trainer.schedule, trainer.epochs = create_scheduler_v2(opt, num_epochs=9)", "trainer.schedule"),
        ("epochs = create_scheduler_v2(opt, num_epochs=9)[1]", None),
        ("both = create_scheduler_v2(opt, num_epochs=9)", None),
        ("schedule, epochs = create_scheduler_v2(opt, **dict_of(args))", ""),
        ("schedule, epochs = create_scheduler_v2(opt, **scheduler_kwargs(args))", "schedule"),
        ("schedule, epochs = create_scheduler_v2(opt, sched='none')", ""),
    ],
)
def test_the_name_of_a_schedule_that_is_returned_in_a_tuple(kept: str, target: str | None):
    text = f"{TIMM}parser.add_argument('--sched', default='step')\n{kept}\n"
    assert [each.target for each in facts(text).schedules] == ([] if target == "" else [target])


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("create_scheduler_v2(opt, args.sched)", "depends on values that the source does not give"),
        ("create_scheduler_v2(opt, 'plateau')", "ends at: a plateau follows a metric"),
        ("create_scheduler_v2(opt, noise=0.5)", "ends at: noise"),
    ],
)
def test_a_factory_that_cannot_be_read_says_why(call: str, reason: str):
    (unread,) = facts(f"{TIMM}schedule, epochs = {call}\n").unread
    assert reason in unread.reason


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ("parser.add_argument('--warmup-epochs', default=7)", "config.warmup_epochs", 7),
        ("config.warmup_epochs = 7", None, 7),
        ("pass", "config.warmup_epochs", 5),
    ],
)
def test_a_setting_that_a_library_asks_for_is_the_callers(given: str, name: str | None, value: int):
    made = f"config = load()\nconfig.sched = 'constant'\n{given}\nmade, _ = create_scheduler(config, opt)\n"
    text = TIMM + made
    (factor,) = facts(text).schedules[0].factors
    names = {each.name: each.default for each in symbols(factor.expression)}
    assert names.get("config.warmup_epochs") == (value if name else None)
    known = {each: each.default for each in symbols(factor.expression) if each.has_default}
    base = next(each for each in symbols(factor.expression) if each.name == "base_lr")
    at = {**known, base: 1.0, factor.tick: 1}
    assert outcome(factor.expression, at).number == pytest.approx(1e-5 + (1 - 1e-5) / value)


# --- what a config asks for ------------------------------------------------------------------------------

CONFIG = """
import deepspeed
config = {
    "optimizer": {"type": "AdamW", "params": {"lr": 0.5}},
    "scheduler": {"type": "WarmupLR", "params": {"warmup_num_steps": 4, "warmup_type": "linear"}},
}
"""


@pytest.mark.parametrize(
    "call",
    [
        "deepspeed.initialize(model=m, config=config)",
        "deepspeed.initialize(args, m, config_params=config)",
        "deepspeed.initialize(0, 1, None, 3, 4, None, 6, 7, 8, 9, config)",
        "deepspeed.initialize(model=m, optimizer=SGD(m.parameters(), lr=0.5), config=config)",
    ],
)
def test_a_schedule_that_a_config_asks_for(call: str):
    (schedule,) = facts(f"{CONFIG}engine, optimizer, _, schedule = {call}\n").schedules
    assert (schedule.construct, schedule.library, schedule.target) == ("WarmupLR", "deepspeed", "schedule")
    (factor,) = schedule.factors
    found = [outcome(factor.expression, {factor.tick: tick}).number for tick in range(7)]
    assert found == [0, 0, 0.125, 0.25, 0.375, 0.5, 0.5]


def test_a_value_of_a_config_that_is_filled_in_later():
    text = CONFIG.replace("4", '"auto"')
    (schedule,) = facts(f"{text}engine, *rest = deepspeed.initialize(model=m, config=config)\n").schedules
    (warmup,) = (each for each in symbols(schedule.factors[0].expression) if each.name == "warmup_num_steps")
    assert (warmup.has_default, schedule.target) == (False, None)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ("{'scheduler': {'type': name, 'params': {}}}", "its type is not told"),
        ("{'scheduler': {'type': 'OneCycle', 'params': {}}}", "`OneCycle` is not a schedule of DeepSpeed"),
        ("{'scheduler': {'type': 'WarmupLR', 'params': given}}", "its params are not listed"),
        ("{'scheduler': {'type': 'WarmupDecayLR', 'params': {}}}", "called with the wrong arguments"),
        ("{'scheduler': given}", None),
        ("{'optimizer': {'type': 'Adam'}}", None),
        ("'config.json'", None),
    ],
)
def test_a_config_that_cannot_be_read_says_why(config: str, reason: str | None):
    found = facts(f"import deepspeed\nengine, *_ = deepspeed.initialize(model=m, config={config})\n")
    assert not found.schedules
    reasons = [each.reason for each in found.unread]
    assert not reasons if reason is None else reason in reasons[0]


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        ("given", "`given` is not a scheduler that is made in sight"),
        ("ReduceLROnPlateau(opt)", "it follows a metric"),
        ("StepLR(opt, 3), *rest", "its arguments are not spelled out"),
    ],
)
def test_a_warmup_before_what_is_not_known(inner: str, reason: str):
    text = "from ignite.handlers import create_lr_scheduler_with_warmup as warmed\n"
    text += "from torch.optim.lr_scheduler import ReduceLROnPlateau, StepLR\n"
    found = facts(f"{text}def f(given, opt):\n    return warmed({inner}, 0.0, 5, opt)\n")
    assert [reason in each.reason for each in found.unread if each.construct == "warmed"] == [True]
