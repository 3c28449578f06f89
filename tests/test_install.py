"""What an installation brings, and the hook through the real pre-commit."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.test_cli import BAD, GOOD

TOP = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    subprocess.run(["git", "clone", "--quiet", TOP, source], check=True)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, source],
        check=True,
    )
    return next(folder.glob("*.whl"))


def test_only_warmlint_reaches_site_packages(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {"warmlint"}
    assert "warmlint/rules/zero_first_update.py" in names
    assert "warmlint/py.typed" in names


def test_torch_is_an_extra(wheel: Path):
    metadata = next(name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("METADATA"))
    text = zipfile.ZipFile(wheel).read(metadata).decode()
    needed = [line for line in text.splitlines() if line.startswith("Requires-Dist") and "extra" not in line]
    assert sorted(line.split()[1].partition(">")[0].partition("<")[0] for line in needed) == [
        "libcst",
        "rich",
        "tomli",
    ]


def test_the_hook_refuses_a_bad_commit_and_passes_a_good_one(tmp_path: Path):
    """The hook as `.pre-commit-hooks.yaml` has it; run with `language: system`, for what it would install
    is what the tests run from."""
    hook = (TOP / ".pre-commit-hooks.yaml").read_text()
    assert "language: python" in hook
    body = "".join(
        f"      {line}\n" for line in hook.replace("language: python", "language: system").splitlines()
    )
    (tmp_path / ".pre-commit-config.yaml").write_text(f"repos:\n  - repo: local\n    hooks:\n{body}")
    environment = {
        **os.environ,
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "PRE_COMMIT_HOME": str(tmp_path / "home"),
        "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b.c",
        "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b.c",
    }  # fmt: skip

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    run("git", "init", "--quiet")
    run(sys.executable, "-m", "pre_commit", "install")
    (tmp_path / "train.py").write_text(BAD)
    run("git", "add", "train.py", ".pre-commit-config.yaml")
    refused = run("git", "commit", "-m", "bad")
    assert refused.returncode == 1
    assert "LR001 zero-first-update" in refused.stdout + refused.stderr
    (tmp_path / "train.py").write_text(GOOD)
    run("git", "add", "train.py")
    passed = run("git", "commit", "-m", "good")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    (tmp_path / "notes.md").write_text("no Python here\n")
    run("git", "add", "notes.md")
    empty = run("git", "commit", "-m", "nothing to lint")
    assert empty.returncode == 0
    assert "no files to check" in empty.stdout + empty.stderr
