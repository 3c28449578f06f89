"""Which torch is asked, what it signs, and which release a schedule is judged for: real runs, real files.

The torches that are planted here are a few lines of our own in the places where torch has its schedulers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from textwrap import dedent

import pytest

from tests.test_cli import BAD, GOOD, warmlint
from warmlint.facts.screen import screen
from warmlint.facts.sites import find
from warmlint.release import NEWEST, Release, parse
from warmlint.schedule.evaluate import FailureKind, outcome
from warmlint.source import Source
from warmlint.torches import Mode, Torch
from warmlint.witness.find import NoInterpreter, installed, installed_for

LAMBDA_LR = dedent(
    """\
    from torch import inf, Tensor
    from .optimizer import Optimizer

    class LambdaLR:
        def __init__(self, optimizer, lr_lambda):
            assert isinstance(optimizer, Optimizer)
            self.groups = list(zip(optimizer.param_groups, lr_lambda))
            self.base_lrs = [group["lr"] for group, _ in self.groups]
            self.last_epoch = -1
            self.step()

        def step(self):
            self.last_epoch += 1
            for (group, factor), base_lr in zip(self.groups, self.base_lrs):
                group["lr"] = base_lr * factor(self.last_epoch)
    """
)
WITHOUT_TORCH = installed() is None


def planted(site_packages: Path, schedulers: str = LAMBDA_LR, version: str = "2.4.9+cpu") -> None:
    """Something in the place of torch."""
    (site_packages / "torch" / "optim").mkdir(parents=True)
    (site_packages / "torch" / "version.py").write_text(f"__version__ = '{version}'\n")
    (site_packages / "torch" / "optim" / "lr_scheduler.py").write_text(schedulers)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment without packages."""
    folder = tmp_path_factory.mktemp("environment")
    venv.EnvBuilder(with_pip=False, symlinks=os.name == "posix").create(folder)
    return folder


def packages(environment: Path) -> Path:
    (found,) = environment.glob("lib/python*/site-packages" if os.name == "posix" else "Lib/site-packages")
    return found


def python(environment: Path) -> Path:
    return environment / ("bin/python" if os.name == "posix" else "Scripts/python.exe")


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    venv.EnvBuilder(with_pip=False, symlinks=os.name == "posix").create(tmp_path / "environment")
    return tmp_path / "environment"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "bad.py").write_text(BAD)
    return folder


def engines(run: subprocess.CompletedProcess[str]) -> set[str]:
    return {each["evidence"]["engine"] for each in json.loads(run.stdout) if each["evidence"]}


# --- which torch -------------------------------------------------------------------------------------
def test_the_torch_of_the_interpreter_that_is_named_signs(tree: Path, environment: Path) -> None:
    planted(packages(environment))
    run = warmlint("bad.py", "--output-format", "json", "--torch-python", python(environment), cwd=tree)
    assert (run.returncode, run.stderr) == (1, "")
    assert engines(run) == {"torch 2.4.9 lr_scheduler"}
    named = {**os.environ, "WARMLINT_TORCH_PYTHON": str(python(environment))}
    again = warmlint("bad.py", "--output-format", "json", cwd=tree, env=named)
    assert engines(again) == {"torch 2.4.9 lr_scheduler"}


@pytest.mark.torch
def test_warmlints_own_torch_signs_by_default(tree: Path) -> None:
    own = installed()
    assert own is not None
    run = warmlint("bad.py", "--output-format", "json", cwd=tree)
    assert engines(run) == {f"torch {own.version} lr_scheduler"}
    off = warmlint("bad.py", "--output-format", "json", "--torch", "off", cwd=tree)
    assert engines(off) == {"evaluator"}


@pytest.mark.skipif(not WITHOUT_TORCH, reason="a torch is installed")
def test_without_torch_the_closed_form_stands_alone(tree: Path) -> None:
    run = warmlint("bad.py", "--output-format", "json", cwd=tree)
    assert (run.returncode, run.stderr, engines(run)) == (1, "", {"evaluator"})


def test_nothing_in_the_tree_is_taken_for_torch(tree: Path, environment: Path) -> None:
    canary = tree / "canary"
    planted(tree, f"open({str(canary)!r}, 'w')\n")
    (tree / "torch" / "__init__.py").write_text(f"open({str(canary)!r}, 'w')\n")
    (packages(environment) / "tree.pth").write_text(f"{tree}\n")
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tree), os.environ.get("PYTHONPATH", "")])}
    run = warmlint("bad.py", "--output-format", "json", cwd=tree, env=paths)
    assert engines(run) == {"evaluator"} if WITHOUT_TORCH else engines(run) != {"torch 2.4.9 lr_scheduler"}
    assert installed_for(str(python(environment))) is None
    assert not canary.exists()


def test_no_setting_names_an_interpreter(tree: Path) -> None:
    (tree / "warmlint.toml").write_text('torch-python = "./python"\n')
    run = warmlint("bad.py", cwd=tree)
    assert run.returncode == 2
    assert "`torch-python` is said on the command line alone" in run.stderr


def test_an_interpreter_that_cannot_be_asked_is_said(tree: Path, bare: Path) -> None:
    gone = warmlint("bad.py", "--torch-python", "gone/python", cwd=tree)
    assert gone.returncode == 2
    assert "`gone/python` cannot be run" in gone.stderr
    empty = warmlint("bad.py", "--torch-python", python(bare), cwd=tree)
    assert empty.returncode == 2
    assert "torch is not installed for" in empty.stderr
    assert "LR001" in empty.stdout  # and all else is told


@pytest.mark.skipif(os.name != "posix", reason="needs a shell script as interpreter")
@pytest.mark.parametrize("said", ["nothing", "", "{}", "[1]", '["/nowhere"'])
def test_what_an_interpreter_says_is_read_strictly(said: str, tmp_path: Path) -> None:
    (tmp_path / "python").write_text(f"#!/bin/sh\necho '{said}'\n")
    (tmp_path / "python").chmod(0o755)
    with pytest.raises(NoInterpreter, match="is no Python"):
        installed_for(str(tmp_path / "python"))


def test_a_file_that_cannot_be_loaded_is_said_and_harms_nothing(tree: Path, environment: Path) -> None:
    planted(packages(environment), "raise RuntimeError('no such thing')\n")
    run = warmlint("bad.py", "--torch-python", python(environment), cwd=tree)
    assert run.returncode == 1
    assert "RuntimeError: no such thing" in run.stderr
    assert "evaluator" in run.stdout


def test_a_torch_that_computes_otherwise_is_an_internal_error(tree: Path, environment: Path) -> None:
    planted(packages(environment), LAMBDA_LR.replace("base_lr * factor", "1.001 * base_lr * factor"))
    run = warmlint("bad.py", "--torch-python", python(environment), cwd=tree)
    assert run.returncode == 2
    assert "internal error: at tick 1 of param group 0 warmlint computes" in run.stderr
    assert "torch 2.4.9 lr_scheduler sets" in run.stderr


AUDITED = dedent(
    """\
    import sys
    started = []
    def hear(event, told):
        if event == "subprocess.Popen" and "child.py" not in str(told):  # those that lint are not torch's
            started.append(event)
    sys.addaudithook(hear)
    from warmlint.cli.main import run
    code = run([*sys.argv[1:], "--output-format", "concise"])
    print(code, len(started))
    """
)


@pytest.mark.parametrize(("text", "expected"), [("x = 1\n", "0 0"), (GOOD, "0 0"), (BAD, "1 2")])
def test_what_is_started_and_how_often(tree: Path, environment: Path, text: str, expected: str) -> None:
    """One process tells where torch is, one replays, for as many files and findings as there are."""
    planted(packages(environment))
    for number in range(3):
        (tree / f"file{number}.py").write_text(text)
    (tree / "bad.py").unlink()
    # Who has no finding asks for no torch; that a schedule is judged for the installed release is no start.
    own = [] if expected == "0 0" else ["--torch-python", str(python(environment))]
    run = subprocess.run(
        [sys.executable, "-c", AUDITED, *own], cwd=tree, capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines()[-1] == expected


# --- which release -----------------------------------------------------------------------------------
HEAD = "from torch.optim.lr_scheduler import *\ndef make(o):\n    s = "


def curve(call: str, release: Release, ticks: int = 4) -> list[object]:
    """The factors that facts reads, or how they fail."""
    source = Source("t.py", f"{HEAD}{call}\n")
    (schedule,) = find(source, screen(source), release).schedules
    (factor,) = schedule.factors
    values: list[object] = []
    for tick in range(ticks):
        known = {each: 1.0 for each in _symbols(factor.expression) if each is not factor.tick}
        found = outcome(factor.expression, {**known, factor.tick: tick})
        values.append(found.failure.kind if found.failure is not None else found.number)
    return values


def _symbols(expression):  # type: ignore[no-untyped-def]
    from warmlint.expr import symbols

    return symbols(expression)


def test_a_milestone_of_zero() -> None:
    call = "SequentialLR(o, [ConstantLR(o, 0.5, 9), LambdaLR(o, lambda t: t + 2)], milestones=[0])"
    assert curve(call, Release(2, 13)) == [2.0, 3.0, 4.0, 5.0]
    assert curve(call, Release(2, 12)) == [0.5, 2.0, 3.0, 4.0]
    chained = call.replace("LambdaLR(o, lambda t: t + 2)", "ExponentialLR(o, 0.9)")
    assert curve(chained, Release(2, 12)) == [0.5, *[FailureKind.UNKNOWN] * 3]


def test_a_start_factor_of_zero() -> None:
    call = "LinearLR(o, start_factor=0.0, total_iters=4)"
    assert curve(call, Release(2, 0), 2) == [FailureKind.RAISED] * 2
    assert curve(call, Release(1, 13), 3) == [0.0, *[FailureKind.DIVISION_BY_ZERO] * 2]


SEQUENTIAL = dedent(
    """\
    import torch
    from torch.optim.lr_scheduler import LambdaLR, SequentialLR

    def train(model, loader):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        warmup = LambdaLR(optimizer, lambda epoch: epoch / 5)
        decay = LambdaLR(optimizer, lambda epoch: 0.9 ** epoch)
        scheduler = SequentialLR(optimizer, [warmup, decay], milestones=[0])
        for epoch in range(30):
            for batch in loader:
                model(batch).backward()
                optimizer.step()
            scheduler.step()
    """
)


@pytest.mark.parametrize("by", ["flag", "setting"])
def test_a_verdict_is_that_of_the_target_and_says_so(tmp_path: Path, by: str) -> None:
    (tmp_path / "train.py").write_text(SEQUENTIAL)
    found = {}
    for target in ("2.4", "2.13.1"):
        arguments = ["--target-torch", target]
        if by == "setting":
            (tmp_path / "warmlint.toml").write_text(f'target-torch = "{target}"\n')
            arguments = []
        run = warmlint("train.py", "--output-format", "json", *arguments, cwd=tmp_path)
        assert run.stderr == ""
        found[target] = {each["code"]: each["evidence"] for each in json.loads(run.stdout)}
    assert "LR001" in found["2.4"]  # the first epoch is the warmup's, at 0
    assert "LR001" not in found["2.13.1"]
    assert {
        "name": "torch",
        "value": "2.12 or earlier",
        "origin": "later ones skip the schedule before a milestone of 0",
    } in found["2.4"]["LR001"]["settings"]


def test_a_group_that_comes_late() -> None:
    late = Path(__file__).resolve().parent.parent / "fixtures" / "lr305_late_param_group"
    (file, *_) = [each for each in late.glob("bad_*.py") if "LambdaLR(" in each.read_text()]
    old = warmlint(file, "--isolated", "--output-format=concise", "--target-torch=2.4", cwd=late)
    new = warmlint(file, "--isolated", "--output-format=concise", "--target-torch=2.10", cwd=late)
    assert "and versions before it, such as 2.4, never schedule the group" in old.stdout
    assert "torch 2.10 raises at the next tick, and versions before it never" in new.stdout


def test_verbose_is_of_earlier_releases() -> None:
    source = Source("t.py", f"{HEAD}StepLR(o, 3, verbose=True)\n")
    for release, told in ((Release(2, 6), ()), (NEWEST, ("2.6 or earlier",))):
        (schedule,) = find(source, screen(source), release).schedules
        assert tuple(each for each, _ in schedule.versions) == told
        assert schedule.recipe is not None


def test_the_release_is_that_of_the_torch_that_is_found(environment: Path) -> None:
    planted(packages(environment))
    assert Torch(Mode.AUTO, str(python(environment))).release == (2, 4)
    assert Torch(Mode.OFF, str(python(environment))).release == NEWEST


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2.4", (2, 4)), ("2.4.1", (2, 4)), ("2.13.0+cpu", (2, 13)), ("2.14.0a0+git1", (2, 14)),
     ("2", None), ("", None), ("two", None), ("2.x", None), ("2.4 ", None), ("-2.4", None)],
)  # fmt: skip
def test_versions(text: str, expected: tuple[int, int] | None) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('target-torch = "1.12"', "`target-torch` must be torch 1.13 or later, not `1.12`"),
        ('target-torch = "new"', '`target-torch` must be a version of torch, such as "2.4", not `new`'),
        ("target-torch = 2.4", '`target-torch` must be a string, such as "2.4", not a number'),
        ('target_torch = "2.4"', "unknown setting `target_torch`; did you mean `target-torch`?"),
    ],
)
def test_a_target_that_is_none(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "warmlint.toml").write_text(line)
    run = warmlint(cwd=tmp_path)
    assert run.returncode == 2
    assert message in run.stderr
