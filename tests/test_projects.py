"""Definitions in other files of a project: a name is followed to where it is defined, and no further."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from warmlint.candidate import lint_candidate
from warmlint.config import Selection, Settings
from warmlint.discovery import Candidate, discover
from warmlint.linted import Target
from warmlint.release import NEWEST

EVERY_RULE = Settings((Selection(("ALL",)),))
RAMP = """
def ramp(step, warmup_steps=5):
    return min(1.0, step / warmup_steps)
"""
LATE = RAMP.replace("step /", "(step + 1) /")
HELPER = """
from torch.optim.lr_scheduler import LRScheduler


class Warmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer)

    def get_lr(self):
        return [lr * min(1.0, self.last_epoch / self.warmup_steps) for lr in self.base_lrs]
"""


def train(imports: str, factor: str = "ramp", make: str = "LambdaLR(optimizer, {factor})") -> str:
    """A program that trains by a schedule whose factor is of another file."""
    return dedent(
        """
        import torch
        from torch.optim.lr_scheduler import LambdaLR
        {imports}

        model = torch.nn.Linear(2, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        scheduler = {make}
        for _ in range(12):
            optimizer.step()
            scheduler.step()
        """
    ).format(imports=imports, make=make.format(factor=factor))


def codes(folder: Path, files: dict[str, str], linted: str = "train.py") -> list[str]:
    """The codes that all rules report in one file of a project."""
    for name, text in {"pyproject.toml": "", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    candidate, _ = discover([str(folder / linted)])
    assert isinstance(candidate, Candidate)
    report = lint_candidate(candidate, EVERY_RULE, Target(NEWEST)).report
    assert report.problems == ()
    return sorted(each.code for each in report.findings)


@pytest.mark.parametrize(
    ("imports", "factor"),
    [
        ("from ramps import ramp", "ramp"),
        ("from ramps import ramp as warm", "warm"),
        ("import ramps", "ramps.ramp"),
        ("import ramps as r", "r.ramp"),
        ("from ramps import ramp", "lambda step: ramp(step, 3)"),
        ("from ramps import ramp\nfrom functools import partial", "partial(ramp, warmup_steps=3)"),
    ],
)
def test_a_function_is_found_in_the_file_beside(tmp_path: Path, imports: str, factor: str):
    text = train(imports, factor)
    assert codes(tmp_path, {"ramps.py": RAMP, "train.py": text}) == ["LR001"]
    assert codes(tmp_path, {"ramps.py": LATE, "train.py": text}) == []


@pytest.mark.parametrize(
    "imports",
    [
        "from .ramps import ramp",
        "from . import ramps\nramp = ramps.ramp",
        "from ..tools.ramps import ramp",
        "from ..tools import ramp",
        "from package.tools.ramps import ramp",
        "from package.tools import ramp",
    ],
)
def test_packages_pass_on_what_they_hold(tmp_path: Path, imports: str):
    files = {
        "package/__init__.py": "",
        "package/tools/__init__.py": "from .ramps import ramp\n",
        "package/tools/ramps.py": RAMP,
        "package/train/__init__.py": "",
        "package/train/ramps.py": RAMP,
        "package/train/main.py": train(imports),
    }
    assert codes(tmp_path, files, "package/train/main.py") == ["LR001"]


def test_a_package_passes_on_all_that_another_file_holds(tmp_path: Path):
    files = {
        "tools/__init__.py": "from .ramps import *\n",
        "tools/ramps.py": RAMP,
        "train.py": train("from tools import ramp"),
    }
    assert codes(tmp_path, files) == ["LR001"]


def test_sources_may_lie_below_src(tmp_path: Path):
    files = {
        "src/tools/__init__.py": "",
        "src/tools/ramps.py": RAMP,
        "scripts/train.py": train("from tools.ramps import ramp"),
    }
    assert codes(tmp_path, files, "scripts/train.py") == ["LR001"]


@pytest.mark.parametrize(("steps", "found"), [("0", ["LR008"]), ("5", [])])
def test_constants_are_found(tmp_path: Path, steps: str, found: list[str]):
    files = {
        "settings.py": f"WARMUP_STEPS = {steps}\n",
        "train.py": train(
            "from settings import WARMUP_STEPS", "lambda step: min(1.0, (step + 1) / WARMUP_STEPS)"
        ),
    }
    assert codes(tmp_path, files) == found


@pytest.mark.parametrize(
    ("imports", "name"),
    [("from warm import Warmup", "Warmup"), ("import warm", "warm.Warmup")],
)
def test_classes_are_found(tmp_path: Path, imports: str, name: str):
    text = train(imports, make=name + "(optimizer, warmup_steps=5)")
    assert codes(tmp_path, {"warm.py": HELPER, "train.py": text}) == ["LR001"]
    helper = HELPER.replace("self.last_epoch /", "(self.last_epoch + 1) /")
    assert codes(tmp_path, {"warm.py": helper, "train.py": text}) == []


def test_a_base_class_is_found_in_another_file(tmp_path: Path):
    text = train("from warm import Warmup\n\n\nclass Mine(Warmup):\n    pass\n", make="Mine(optimizer, 5)")
    assert codes(tmp_path, {"warm.py": HELPER, "train.py": text}) == ["LR001"]


def test_imports_may_go_in_a_circle(tmp_path: Path):
    files = {
        "a.py": "from b import STEPS\n" + RAMP,
        "b.py": "from a import ramp\nSTEPS = 5\n",
        "train.py": train("from b import ramp"),
    }
    assert codes(tmp_path, files) == ["LR001"]


@pytest.mark.parametrize(
    ("imports", "files"),
    [
        ("from a import ramp", {"a.py": "from b import ramp\n", "b.py": "from a import ramp\n"}),
        ("from a import ramp", {"a.py": "from a import ramp\n"}),
        ("from nowhere import ramp", {}),
        ("from a import ramp", {"a.py": "other = 1\n"}),
        ("from a.b.c import ramp", {"a.py": RAMP}),
        ("from ...... import ramp", {}),
        ("from a import ramp", {"a.py": "def ramp(:\n"}),
        (
            "from a import ramp",
            {"a.py": RAMP + LATE.replace("def", "if DEBUG:\n  def").replace("    r", "     r")},
        ),
        ("from train import ramp", {}),
    ],
)
def test_a_name_that_leads_nowhere_says_nothing(tmp_path: Path, imports: str, files: dict[str, str]):
    assert codes(tmp_path, {**files, "train.py": train(imports)}) == []


def test_what_lies_outside_of_the_project_is_not_read(tmp_path: Path):
    (tmp_path / "ramps.py").write_text(RAMP, encoding="utf-8")
    project = tmp_path / "project"
    assert codes(project, {"train.py": train("from ramps import ramp")}) == []


def test_a_link_that_leaves_the_project_is_not_followed(tmp_path: Path):
    project = tmp_path / "project"
    project.mkdir()
    elsewhere = tmp_path / "secret.py"
    elsewhere.write_text(RAMP)
    (project / "secret.py").symlink_to(elsewhere)
    (project / "own.py").write_text(RAMP)
    (project / "link.py").symlink_to("own.py")
    assert codes(project, {"train.py": train("from link import ramp")}) == ["LR001"]
    assert codes(project, {"train.py": train("from secret import ramp")}) == []


def test_torchs_own_names_are_no_files_of_the_project(tmp_path: Path):
    """A folder called `torch` in a project does not hide the library."""
    files = {"torch/__init__.py": "", "ramps.py": RAMP}
    assert codes(tmp_path, {**files, "train.py": train("from ramps import ramp")}) == ["LR001"]


# --- libraries --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("imports", "make"),
    [
        (
            "from transformers import get_linear_schedule_with_warmup",
            "get_linear_schedule_with_warmup(optimizer, 4, 12)",
        ),
        (
            "import transformers",
            "transformers.get_cosine_schedule_with_warmup(optimizer, 4, num_training_steps=12)",
        ),
        (
            "from transformers.optimization import get_constant_schedule_with_warmup as make_schedule",
            "make_schedule(optimizer, num_warmup_steps=4)",
        ),
        (
            "from transformers import get_scheduler",
            'get_scheduler("linear", optimizer, num_warmup_steps=4, num_training_steps=12)',
        ),
        (
            "from diffusers.optimization import get_scheduler",
            'get_scheduler("cosine", optimizer=optimizer, num_warmup_steps=4, num_training_steps=12)',
        ),
    ],
)
def test_a_librarys_own_schedule_is_judged_as_one(tmp_path: Path, imports: str, make: str):
    assert codes(tmp_path, {"train.py": train(imports, make=make)}) == ["LR406"]


@pytest.mark.parametrize(
    ("imports", "make"),
    [
        ("from transformers import get_constant_schedule", "get_constant_schedule(optimizer)"),
        (
            "from transformers import get_linear_schedule_with_warmup",
            "get_linear_schedule_with_warmup(optimizer, 0, 12)",
        ),
    ],
)
def test_a_librarys_schedule_without_a_warmup_is_clean(tmp_path: Path, imports: str, make: str):
    assert codes(tmp_path, {"train.py": train(imports, make=make)}) == []


def test_a_project_that_passes_a_librarys_schedule_on(tmp_path: Path):
    files = {
        "tools/__init__.py": "from transformers import get_linear_schedule_with_warmup\n",
        "train.py": train(
            "from tools import get_linear_schedule_with_warmup",
            make="get_linear_schedule_with_warmup(optimizer, 4, 12)",
        ),
    }
    assert codes(tmp_path, files) == ["LR406"]
