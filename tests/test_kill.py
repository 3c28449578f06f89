"""Whatever is killed, whenever: nobody is left behind, nothing is half said, and the next run is right."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.builds import Build
from tests.test_cli import BAD, GOOD

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")

RUNS = 50
FILES = 6
LONGEST = 0.6
"""Seconds that a victim may have lived at most when it is killed; it lives about as long."""


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """A copy of its own: nobody else's processes run from its folder."""
    return Build(tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    for number in range(FILES):
        (folder / f"bad{number}.py").write_text(BAD.replace("warmup_epochs", f"warmup_{number}"))
        (folder / f"good{number}.py").write_text(GOOD)
    return folder


def command(*more: str) -> list[str]:
    options = ["--isolated", "--output-format", "json", "--jobs", "2", *more]
    return [sys.executable, "-m", "warmlint", *options]


@pytest.fixture(scope="module")
def expected(build: Build, tree: Path) -> str:
    run = build.run(*command("--torch", "off")[3:], cwd=tree)
    assert (run.returncode, run.stderr) == (1, "")
    assert len(json.loads(run.stdout)) == FILES
    return run.stdout


def processes(build: Build) -> Iterator[tuple[int, str]]:
    """The processes that run from the build's folder, children of a run among them, with what they are."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            line = (path / "cmdline").read_bytes().decode("utf-8", "replace")
            state = (path / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if str(build.folder) in line and state != "Z":
            yield int(path.name), line


def wait_for(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def start(build: Build, tree: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(*more),
        cwd=tree,
        env=build.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def victim(build: Build, run: subprocess.Popen[str], script: str, chance: random.Random) -> int | None:
    """The run itself, or one of its children that run a script; None where it ended without one."""
    found = [run.pid] if not script else []
    while not found and run.poll() is None:
        found = [pid for pid, line in processes(build) if script in line]
    time.sleep(chance.uniform(0, LONGEST))
    return chance.choice(found) if found else None


def whole(output: str) -> bool:
    """Whether a report is there in full, or not at all."""
    if output:
        json.loads(output)
    return True


def check(build: Build, tree: Path, seed: int, script: str, sign: int, *more: str) -> tuple[int, str, str]:
    """Kill once, and say how the run ended. Afterwards nobody and nothing is left of it."""
    chance = random.Random(seed)
    before = {path.name: path.read_bytes() for path in tree.iterdir()}
    run = start(build, tree, *more)
    pid = victim(build, run, script, chance)
    if pid is not None and run.poll() is None:
        with suppress(ProcessLookupError):
            os.kill(pid, sign)
    output, errors = run.communicate(timeout=60)
    assert wait_for(lambda: not list(processes(build))), list(processes(build))
    assert {path.name: path.read_bytes() for path in tree.iterdir()} == before
    # Python itself tells of a Ctrl-C that comes before warmlint has begun.
    assert "Traceback" not in errors or (sign == signal.SIGINT and "KeyboardInterrupt" in errors)
    return run.returncode, output, errors


@pytest.mark.parametrize("seed", range(24))
def test_a_child_that_is_killed_costs_nothing(build: Build, tree: Path, expected: str, seed: int):
    sign = (signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM)[seed % 3]
    code, output, errors = check(build, tree, seed, "child.py", sign, "--torch", "off")
    if sign == signal.SIGSEGV and errors:  # as if the file had done it
        assert "could not be judged: the parser crashed (SIGSEGV)" in errors
        assert code == 2
        assert whole(output)
    else:
        assert (code, output, errors) == (1, expected, "")


@pytest.mark.parametrize("seed", range(24, 46))
def test_a_run_that_is_killed_leaves_nobody_behind(build: Build, tree: Path, expected: str, seed: int):
    sign = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)[seed % 3]
    code, output, _ = check(build, tree, seed, "", sign, "--torch", "off")
    assert code in (-sign, 130, 1)
    assert output in ("", expected)


@pytest.mark.torch
@pytest.mark.parametrize("seed", range(46, RUNS))
def test_a_torch_worker_that_is_killed_is_told(build: Build, tree: Path, seed: int):
    code, output, errors = check(build, tree, seed, "worker.py", signal.SIGKILL, "--torch", "full")
    assert whole(output)
    assert len(json.loads(output)) == FILES
    if errors:
        assert "was killed by SIGKILL" in errors
        assert code == 2
    else:
        assert code == 1


def test_the_next_run_is_right(build: Build, tree: Path, expected: str):
    run = build.run(*command("--torch", "off")[3:], cwd=tree)
    assert (run.returncode, run.stdout, run.stderr) == (1, expected, "")
