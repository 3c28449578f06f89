"""Fixes of several files that speak of one thing: made one after the other, shown as they are made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.test_fix_cli import apply, text_of, warmlint, write
from warmlint.finding import Confidence, FileReport, Finding, Severity
from warmlint.limits import MAX_FILE_ROUNDS
from warmlint.linted import Linted, Mended
from warmlint.rounds import settle
from warmlint.source import Position, Span

RAMPS = """\
from torch.optim.lr_scheduler import LambdaLR


def ramp(step, warmup_steps=5):
    return min(1.0, step / warmup_steps)


def make_scheduler(optimizer):
    return LambdaLR(optimizer, ramp)
"""
TRAIN = """\
import torch
from torch.optim.lr_scheduler import LambdaLR
from ramps import ramp

model = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = LambdaLR(optimizer, lambda step: ramp(step, 3))
for _ in range(12):
    optimizer.step()
    scheduler.step()
"""
TICKS = "    optimizer.step()\n    scheduler.step()\n"
TICK_FIRST = TRAIN.replace(TICKS, "    scheduler.step()\n    optimizer.step()\n")
ALL = ["--unsafe-fixes", "--isolated", "--select", "ALL"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """`ramps.py` starts at LR 0, and so does what two others make of it; one of these ticks too early."""
    (tmp_path / "pyproject.toml").write_text("")
    write(tmp_path, another=TRAIN, ramps=RAMPS, train=TICK_FIRST)
    return tmp_path


def texts(folder: Path) -> dict[str, str]:
    return {each.stem: text_of(each) for each in sorted(folder.glob("*.py"))}


def test_a_bug_that_two_files_share_is_cured_once(project: Path):
    """By themselves `another.py` and `train.py` would each count from 1 what `ramps.py` counts from 1 too."""
    run = warmlint("--fix", *ALL, cwd=project)
    cured = RAMPS.replace("step / warmup", "(step + 1) / warmup")
    assert texts(project) == {"another": TRAIN, "ramps": cured, "train": TRAIN}
    assert (run.returncode, run.stderr) == (0, b"")
    assert warmlint("--fix", *ALL, cwd=project).stdout.startswith(b"All clean")


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_a_diff_is_what_fixing_leaves(project: Path, jobs: str):
    before = texts(project)
    diff = warmlint("--diff", *ALL, "--jobs", jobs, cwd=project)
    assert texts(project) == before
    assert (diff.returncode, diff.stderr) == (1, b"Would fix 2 findings in 2 files\n")
    warmlint("--fix", *ALL, "--jobs", jobs, cwd=project)
    after = texts(project)
    for name, text in before.items():
        (project / f"{name}.py").write_bytes(text.encode())
    apply(diff.stdout, project)
    assert texts(project) == after != before


def test_what_is_not_named_is_taken_as_it_is(project: Path):
    """`ramps.py` is not to be fixed: then the others count from 1 by themselves."""
    warmlint("--fix", *ALL, "another.py", "train.py", cwd=project)
    cured = TRAIN.replace("ramp(step, 3)", "ramp(step + 1, 3)")
    assert texts(project) == {"another": cured, "ramps": RAMPS, "train": cured}


def test_what_rests_on_a_file_that_cannot_be_fixed_is_not_fixed_either(project: Path):
    (project / "ramps.py").chmod(0o444)
    run = warmlint("--fix", *ALL, cwd=project)
    assert texts(project) == {"another": TRAIN, "ramps": RAMPS, "train": TICK_FIRST}
    assert run.returncode == 2
    assert run.stderr.decode().splitlines() == [
        "error: ramps.py: was not fixed: it is read-only",
        "error: train.py: was not fixed: its fixes go with those of ramps.py",
    ]


# --- the order of several files --------------------------------------------------------------------------


def linted(text: str | None, *others: str, cures: str = "") -> Linted:
    """A file that was read with others; with its fixes made, where `text` is what they leave."""
    report = FileReport("x.py")
    mended = None if text is None else Mended(text, found(cures), Linted(report, asked=others))
    return Linted(report, mended=mended, asked=others)


def found(codes: str) -> tuple[Finding, ...]:
    span = Span(Position(1, 1), Position(1, 1))
    return tuple(
        Finding(each, "", "", "x.py", span, Severity.NOTE, Confidence.HIGH, None) for each in codes.split()
    )


class Again:
    """What is said of files that are linted again, in order; and what was asked."""

    def __init__(self, *said: Linted | None) -> None:
        self.said = list(said)
        self.asked: list[tuple[int, str | None, dict[str, str]]] = []

    def __call__(self, number: int, text: str | None, instead: Mapping[str, str]) -> Linted | None:
        self.asked.append((number, text, dict(instead)))
        return self.said.pop(0)


def test_files_that_do_not_read_each_other_are_linted_once():
    said = [linted("a+"), linted("b+", "/c"), linted(None, "/d"), linted("-", "/a")]
    again = Again(linted(None))
    settled = settle(["/a", "/b", "/c", None], said, again)
    assert again.asked == [(3, None, {"/a": "a+"})]
    assert settled.linted[:3] == said[:3]


def test_a_file_is_fixed_after_those_that_it_is_read_with():
    again = Again(linted("b++", "/c", cures="LR002"), linted(None, "/b", "/c"))
    said = [linted("a+", "/b", "/c"), linted("b+", "/c", cures="LR001"), linted("c+")]
    settled = settle(["/a", "/b", "/c"], said, again)
    assert settled.order == [2, 1, 0]
    assert again.asked == [(1, None, {"/c": "c+"}), (0, None, {"/b": "b++", "/c": "c+"})]
    assert [each.mended.text if each.mended else None for each in settled.linted] == [None, "b++", "c+"]
    assert settled.rests_on == [{"/b", "/c"}, {"/c"}, frozenset()]


def test_files_that_read_each_other_go_on_from_what_they_are():
    said = [linted("a+", "/b", cures="LR001"), linted("b+", "/a", cures="LR001")]
    again = Again(linted("a++", "/b", cures="LR002"), linted(None, "/a"))
    settled = settle(["/a", "/b"], said, again)
    assert settled.order == [1, 0]
    assert again.asked == [(0, None, {"/b": "b+"}), (1, "b+", {"/a": "a++"})]
    assert [each.mended.text for each in settled.linted if each.mended] == ["a++", "b+"]
    assert [[one.code for one in each.mended.cured] for each in settled.linted if each.mended] == [
        ["LR002"],
        ["LR001"],
    ]


def test_a_file_that_cannot_be_linted_again_stays_as_it_was():
    said = [linted("a+"), linted("b+", "/a")]
    assert settle(["/a", "/b"], said, Again(None)).linted == said


def test_there_is_an_end_where_files_change_each_other():
    asked = 0

    def again(number: int, text: str | None, instead: Mapping[str, str]) -> Linted:
        nonlocal asked
        asked += 1
        return linted(f"{text}+", "/b" if number == 0 else "/a")

    settle(["/a", "/b"], [linted("a", "/b"), linted("b", "/a")], again)
    assert asked == 2 * MAX_FILE_ROUNDS - 1
