"""README says what the code does: its table and its example are made from them, its commands are CI's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
README = (TOP / "README.md").read_text(encoding="utf-8")


def test_the_table_and_the_example_are_current():
    command = [sys.executable, "docs/readme.py", "--check"]
    run = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_the_two_commands_stand_as_ci_reads_them():
    commands = re.findall(r"^    (pip install .*)$", README, flags=re.MULTILINE)
    assert commands == ["pip install . && warmlint fixtures/", 'pip install -e ".[dev]" && pytest']


def test_its_settings_are_accepted(tmp_path: Path):
    block = README.split("```toml\n")[1].split("```")[0]
    (tmp_path / "pyproject.toml").write_text(block, encoding="utf-8")
    command = [sys.executable, "-m", "warmlint"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
