"""The findings through the real flake8, which has found the plugin in what is installed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixture_support import FIXTURES
from tests.test_cli import BAD, GOOD, warmlint


def flake8(*arguments: str | Path, cwd: Path, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flake8", "--extend-ignore=E501", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        **more,  # type: ignore[call-overload]
    )


def codes(run: subprocess.CompletedProcess[str]) -> list[str]:
    assert run.stderr == ""
    return [line.split()[1] for line in run.stdout.splitlines()]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "bad.py").write_text(BAD)
    (tmp_path / "good.py").write_text(GOOD)
    return tmp_path


def test_who_runs_flake8_gets_the_findings_there(tree: Path):
    run = flake8(cwd=tree)
    assert run.returncode == 1
    assert codes(run) == ["LR001"]
    assert run.stdout.startswith("./bad.py:7:56: LR001 the first epoch of 3 trains at LR 0")
    assert "warmlint: " in flake8("--version", cwd=tree).stdout


def test_it_finds_what_warmlint_finds(tmp_path: Path):
    """In processes of flake8's own, over files that need several of them."""
    folder = FIXTURES / "lr003_uncapped_warmup"
    run = flake8("--isolated", "--select=LR", "--jobs=2", folder, cwd=tmp_path)
    said = {tuple(line.split(" ", 2)[:2]) for line in run.stdout.splitlines()}
    told = json.loads(warmlint("--isolated", "--output-format", "json", folder, cwd=tmp_path).stdout)
    assert len(said) > 10
    assert said == {
        (f"{each['filename']}:{each['location']['row']}:{each['location']['column']}:", each["code"])
        for each in told
    }


def test_what_an_editor_has_not_saved_comes_by_stdin(tree: Path):
    (tree / "pyproject.toml").write_text('[tool.warmlint.per-file-ignores]\n"src/*" = ["LR001"]\n')
    assert codes(flake8("-", cwd=tree, input=BAD)) == ["LR001"]
    assert codes(flake8("-", "--stdin-display-name=good.py", cwd=tree, input=BAD)) == ["LR001"]
    assert codes(flake8("-", "--stdin-display-name=bad.py", cwd=tree, input=GOOD)) == []
    assert codes(flake8("-", "--stdin-display-name=src/bad.py", cwd=tree, input=BAD)) == []


def test_settings_and_suppressions_are_those_of_both(tree: Path):
    ours, theirs = "# warmlint: ignore[LR001] as meant", "# noqa: LR001"
    for name, comment in (("ours.py", ours), ("theirs.py", theirs), ("unused.py", ours)):
        text = GOOD if name == "unused.py" else BAD
        (tree / name).write_text(text.replace("warmup_epochs))", f"warmup_epochs))  {comment}"))
    run = flake8("ours.py", "theirs.py", "unused.py", cwd=tree)
    assert [line.split(": ")[0] for line in run.stdout.splitlines()] == ["unused.py:7:87"]
    assert codes(run) == ["LR901"]
    (tree / "warmlint.toml").write_text('exclude = ["bad.py"]\nselect = ["LR001"]\n')
    assert codes(flake8(cwd=tree)) == []


def test_what_a_baseline_knows_is_silent(tree: Path):
    assert warmlint("--write-baseline", "known.json", cwd=tree).returncode == 0
    (tree / "warmlint.toml").write_text('baseline = "known.json"\n')
    (tree / "new.py").write_text(BAD)
    assert flake8(cwd=tree).stdout.startswith("./new.py:7:56: LR001 ")


def test_a_definition_in_another_file_is_found(tree: Path):
    (tree / "ramps.py").write_text("def ramp(epoch):\n    return min(1.0, epoch / 3)\n")
    text = BAD.replace("lambda epoch: min(1.0, epoch / warmup_epochs)", "ramp")
    (tree / "train.py").write_text("from ramps import ramp\n" + text)
    assert codes(flake8("train.py", cwd=tree)) == ["LR001"]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-8-sig"])
def test_columns_count_characters_in_every_encoding(tmp_path: Path, encoding: str):
    cookie = "" if encoding == "utf-8-sig" else f"# -*- coding: {encoding} -*-\n"
    text = cookie + BAD.replace("scheduler = L", "é = 1; scheduler = L")
    (tmp_path / "bad.py").write_text(text, encoding=encoding)
    run = flake8("--select=LR", "bad.py", cwd=tmp_path)
    row, line = next((row, line) for row, line in enumerate(text.split("\n"), 1) if "lambda" in line)
    assert run.stdout.startswith(f"bad.py:{row}:{line.index('epoch / ') + 1}: LR001 ")


def test_wrong_settings_are_named(tree: Path):
    (tree / "warmlint.toml").write_text('selct = ["LR001"]\n')
    run = flake8("bad.py", cwd=tree)
    assert run.returncode == 1
    assert "unknown setting `selct`; did you mean `select`?" in run.stdout + run.stderr


def test_what_cannot_be_judged_is_shown(tree: Path):
    (tree / "bad.py").write_text("# -*- coding: utf-7 -*-\n" + BAD)
    run = flake8("--select=LR", "bad.py", cwd=tree)
    assert codes(run) == ["LR000"]
    assert "declares the encoding `utf-7`" in run.stdout
