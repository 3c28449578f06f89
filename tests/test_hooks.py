"""The hooks through the real pre-commit, which installs them as it does for everybody, in a repository of the
test's own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_cli import BAD, GOOD

TOP = Path(__file__).resolve().parent.parent
RAMP = "def ramp(epoch):\n    return min(1.0, epoch / 3)\n"
TRAIN = "from schedules import ramp\n" + BAD.replace("lambda epoch: min(1.0, epoch / warmup_epochs)", "ramp")
UNUSED = GOOD.replace("epoch in range(10):", "epoch in range(10):  # warmlint: ignore[LR001] of old")
NOTEBOOK = json.dumps(
    {
        "cells": [
            {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": BAD}
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
)
CLOSED = re.compile(r"No matching distribution|ConnectionError|ProxyError|Name or service not known")


class Repository:
    """A git repository with some of the hooks in it; `home` is where pre-commit keeps what it installs."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
            "PRE_COMMIT_HOME": str(home),
            "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b.c",
            "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b.c",
        }  # fmt: skip
        self.environment.pop("PYTHONPATH", None)  # the hook is to run what was installed
        self.run("git", "init", "--quiet")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
        )  # fmt: skip

    def pre_commit(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "pre_commit", *arguments)

    def commit(self, **files: str) -> subprocess.CompletedProcess[str]:
        """Write files of these names, their dots as underscores, and commit them."""
        for name, text in files.items():
            path = self.folder / name.replace("_", ".")
            path.write_text(text, encoding="utf-8")
            self.run("git", "add", path.name)
        return self.run("git", "commit", "-m", "change")

    def wants(self, *hooks: str) -> None:
        """Have these hooks of the project's own `.pre-commit-hooks.yaml` at each commit; a line each."""
        rev = self.run("git", "-C", str(TOP), "rev-parse", "HEAD").stdout.strip()
        listed = "".join(f"      - {hook}\n" for hook in hooks)
        (self.folder / ".pre-commit-config.yaml").write_text(
            f"repos:\n  - repo: {TOP}\n    rev: {rev}\n    hooks:\n{listed}"
        )
        self.run("git", "add", ".pre-commit-config.yaml")
        installed = self.pre_commit("install", "--install-hooks")
        if installed.returncode and CLOSED.search(installed.stdout):
            pytest.skip("pre-commit cannot install the hook: the package registry is closed")
        assert installed.returncode == 0, installed.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def repository(tmp_path: Path, home: Path) -> Repository:
    return Repository(tmp_path, home)


def test_a_bad_commit_is_refused_and_a_good_one_passes(repository: Repository):
    """Only `train.py` is given; the ramp stands in a file that was committed before."""
    repository.commit(schedules_py=RAMP)
    repository.wants("id: warmlint")
    refused = repository.commit(train_py=TRAIN)
    assert refused.returncode == 1
    assert "LR001 zero-first-update" in refused.stdout
    assert "in 1 of 1 file" in refused.stdout
    passed = repository.commit(train_py=TRAIN.replace("ramp)", "lambda epoch: ramp(epoch + 1))"))
    assert passed.returncode == 0, passed.stdout
    assert "Passed" in passed.stdout
    notebook = repository.commit(train_ipynb=NOTEBOOK)
    assert notebook.returncode == 1
    assert "train.ipynb:cell 1:7:56: " in notebook.stdout
    repository.run("git", "rm", "--quiet", "-f", "train.ipynb")
    empty = repository.commit(notes_md="no Python here\n")
    assert empty.returncode == 0
    assert "no files to check" in empty.stdout


def test_the_fixing_hook_writes_what_is_safe_and_what_is_asked_for(repository: Repository):
    repository.wants("id: warmlint-fix", "{id: warmlint-fix, args: [--unsafe-fixes], files: ^wanted}")
    refused = repository.commit(train_py=UNUSED)
    assert refused.returncode == 1
    assert "files were modified by this hook" in refused.stdout
    assert (repository.folder / "train.py").read_text() == GOOD
    assert repository.commit(train_py=GOOD).returncode == 0
    assert "LR001" in repository.commit(train_py=BAD).stdout
    assert (repository.folder / "train.py").read_text() == BAD
    repository.commit(wanted_py=BAD)
    assert (repository.folder / "wanted.py").read_text() == GOOD


@pytest.mark.torch
def test_the_hook_with_torch_asks_the_torch_that_is_installed(repository: Repository):
    repository.environment["PYTHONPATH"] = str(TOP)  # what the user has installed is the one under test
    repository.wants("id: warmlint-torch")
    refused = repository.commit(train_py=BAD)
    assert refused.returncode == 1
    assert re.search(r"torch 2\.\d+\.\d+", refused.stdout)
    assert repository.commit(train_py=GOOD).returncode == 0
