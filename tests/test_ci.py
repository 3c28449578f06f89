"""The action and the template: held to their schemas, and their scripts run as the runners run them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.test_cli import BAD, GOOD

TOP = Path(__file__).resolve().parent.parent
ACTION = TOP / "action.yml"
TEMPLATE = TOP / "templates" / "warmlint.gitlab-ci.yml"
CLOSED = re.compile(r"No matching distribution|ConnectionError|ProxyError|Name or service not known")


def loaded(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("schema", "file"), [("vendor.github-actions", ACTION), ("vendor.gitlab-ci", TEMPLATE)]
)
def test_they_are_what_their_schemas_ask_for(schema: str, file: Path):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_nothing_that_users_give_stands_in_a_script():
    """An expression in the text of a script is put there before bash reads it, whatever it says."""
    for step in loaded(ACTION)["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        if "uses" in step:
            assert re.search(r"@[0-9a-f]{40}$", step["uses"]), "a tag can be moved"


# --- GitHub's action -----------------------------------------------------------------------------------


class Runner:
    """What GitHub's runner is to a composite action: expressions filled in, scripts run by bash, each with a
    file for what it puts out."""

    def __init__(self, temp: Path, source: Path = TOP, **inputs: str) -> None:
        self.temp = temp
        self.summary = temp / "summary.md"
        action = loaded(ACTION)
        self._steps = {step["id"]: step for step in action["runs"]["steps"] if "id" in step}
        self._values = {"github.action_path": str(source), "steps.python.outputs.python-path": sys.executable}
        for name, told in action["inputs"].items():
            self._values[f"inputs.{name}"] = inputs.get(name.replace("-", "_"), told["default"])

    def knows(self, **outputs: str) -> Runner:
        """Have it know outputs of steps, named `step__output`."""
        for name, value in outputs.items():
            step, output = name.split("__")
            self._values[f"steps.{step}.outputs.{output}"] = value
        return self

    def run(self, step: str, cwd: Path) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
        """Run a step; what it said, and what it put out."""
        output, script = self.temp / f"{step}.output", self.temp / f"{step}.sh"
        output.write_text("")
        script.write_text(self._steps[step]["run"], encoding="utf-8")
        assert self._steps[step]["shell"] == "bash"
        environment = {
            **os.environ,
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            **{name: self._filled(text) for name, text in self._steps[step].get("env", {}).items()},
        }
        run = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
        lines = output.read_text(encoding="utf-8").splitlines()
        return run, dict(line.split("=", 1) for line in lines)

    def _filled(self, text: str) -> str:
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: self._values[found[1]], text)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    (folder / "my src").mkdir(parents=True)
    (folder / "my src" / "bad.py").write_text(BAD)
    (folder / "good.py").write_text(GOOD)
    return folder


@pytest.fixture
def own(tmp_path: Path) -> str:
    """A folder with a `warmlint` that runs the one under test."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "warmlint"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="{TOP}" exec "{sys.executable}" -m warmlint --torch off "$@"\n'
    )
    program.chmod(0o755)
    return str(folder)


def test_the_action_shows_what_it_finds_in_the_log_the_summary_and_sarif(workspace: Path, own: str):
    runner = Runner(workspace.parent, paths="my src\n\ngood.py\n").knows(install__bin=own)
    run, outputs = runner.run("run", workspace)
    assert (run.returncode, outputs["exit-code"]) == (1, "1")
    assert re.match(
        r"::warning .*file=my src/bad\.py,line=7,|::error .*file=my src/bad\.py,line=7,", run.stdout
    )
    (result,) = json.loads(Path(outputs["sarif"]).read_text())["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "my%20src/bad.py", "uriBaseId": "%SRCROOT%"}
    assert "my src/bad.py:7" in runner.summary.read_text()


def test_the_action_passes_options_on_and_ends_as_warmlint_does(workspace: Path, own: str):
    runner = Runner(workspace.parent, args="--ignore LR001\n  --select  ALL").knows(install__bin=own)
    run, outputs = runner.run("run", workspace)
    assert (run.returncode, outputs["exit-code"]) == (0, "0")
    assert json.loads(Path(outputs["sarif"]).read_text())["runs"][0]["results"] == []
    failed, outputs = (
        Runner(workspace.parent, args="--nonsense").knows(install__bin=own).run("run", workspace)
    )
    assert (failed.returncode, outputs) == (2, {"exit-code": "2"})


@pytest.mark.parametrize(
    "text", ["$(touch canary)", "`touch canary`", "x; touch canary", '"; touch canary; "']
)
def test_what_users_give_is_never_run(workspace: Path, own: str, text: str):
    runner = Runner(workspace.parent, paths=text, args=text, version=text).knows(install__bin=own)
    assert runner.run("run", workspace)[0].returncode == 2
    refused, _ = runner.run("install", workspace)
    assert (refused.returncode, refused.stdout) == (
        2,
        "::error::the input `version` is no tag, branch or commit\n",
    )
    assert not (workspace / "canary").exists()


def test_a_path_that_looks_like_an_option_is_a_path(workspace: Path, own: str):
    run, _ = Runner(workspace.parent, paths="--version").knows(install__bin=own).run("run", workspace)
    assert run.returncode == 2
    assert "--version: does not exist" in run.stderr


def test_the_action_installs_the_warmlint_that_it_came_with(tmp_path: Path):
    source = tmp_path / "source"
    subprocess.run(["git", "clone", "--quiet", TOP, source], check=True)
    run, outputs = Runner(tmp_path, source).run("install", tmp_path)
    if run.returncode and CLOSED.search(run.stdout + run.stderr):
        pytest.skip("the action cannot install warmlint: the package registry is closed")
    assert run.returncode == 0, run.stderr
    told = [Path(outputs["bin"]) / "warmlint", "--version"]
    assert subprocess.run(told, capture_output=True, text=True, check=True).stdout.startswith("warmlint 0.")


# --- GitLab's template ---------------------------------------------------------------------------------


def gitlab(workspace: Path, own: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the script of the job as GitLab's runner does, but for what it installs."""
    job = loaded(TEMPLATE)["warmlint"]
    install = [line for line in job["script"] if line.startswith("pip install ")]
    assert len(install) == 1
    script = "set -eo pipefail\n" + "\n".join(line for line in job["script"] if line not in install)
    path = os.pathsep.join((own, os.environ["PATH"]))
    return subprocess.run(
        ["bash", "-c", script], cwd=workspace, env={**os.environ, "PATH": path, **variables},
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_the_template_writes_the_report_that_it_hands_over(workspace: Path, own: str):
    job = loaded(TEMPLATE)["warmlint"]
    run = gitlab(workspace, own)
    assert run.returncode == 1
    assert "LR001 zero-first-update" in run.stdout
    (told,) = json.loads((workspace / job["artifacts"]["reports"]["codequality"]).read_text())
    assert (told["location"]["path"], told["check_name"]) == ("my src/bad.py", "zero-first-update")
    assert job["artifacts"]["when"] == "always"


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"WARMLINT_PATHS": "good.py"}, 0),
        ({"WARMLINT_ARGS": "--ignore LR001 --statistics"}, 0),
        ({"WARMLINT_ARGS": "$(touch canary) ; touch canary"}, 2),
        ({"WARMLINT_PATHS": "*"}, 2),
    ],
)
def test_the_template_takes_variables_as_words(
    workspace: Path, own: str, variables: Mapping[str, str], code: int
):
    assert gitlab(workspace, own, **variables).returncode == code
    assert not (workspace / "canary").exists()
