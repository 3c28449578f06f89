"""Where reports go: stdout, files, several at once; in which colours; with which exit code."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.command_line import warmlint, warmlint_process
from tests.test_fix_cli import CURED, SCHEDULE, UNUSED
from tests.test_report_formats import FINDING
from warmlint.cli.arguments import lint_parser, settings_tree
from warmlint.cli.fixing import asked_of, is_success
from warmlint.cli.main import VERBS
from warmlint.config import Known
from warmlint.finding import Severity
from warmlint.outcome import RunReport


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "train.py").write_text(SCHEDULE)
    return tmp_path


def found(file: Path) -> list[str]:
    return [each["code"] for each in json.loads(file.read_text())]


# --- files ---------------------------------------------------------------------------------------


def test_several_reports_of_one_run(tree: Path):
    run = warmlint(
        "--output", "sarif=ci/out.sarif", "--output=json=out.json", "--output", "concise=log.txt", cwd=tree
    )
    assert run.returncode == 2, "there is no folder"
    assert "ci/out.sarif cannot be written: there is no folder `ci`" in run.errors
    assert not (tree / "out.json").exists(), "a mistake is told before anything is done"
    (tree / "ci").mkdir()
    run = warmlint(
        "--output", "sarif=ci/out.sarif", "--output=json=out.json", "--output", "concise=log.txt", cwd=tree
    )
    assert run.returncode == 1
    assert "train.py:7:56: error LR001 zero-first-update" in run.out, "the report for people is written too"
    (result,) = json.loads((tree / "ci" / "out.sarif").read_text())["runs"][0]["results"]
    assert result["ruleId"] == "LR001"
    assert found(tree / "out.json") == ["LR001"]
    assert (tree / "log.txt").read_text().startswith("train.py:7:56: LR001 [error] ")
    assert sorted(each.name for each in tree.iterdir()) == ["ci", "log.txt", "out.json", "train.py"]


def test_output_file_takes_the_report_from_stdout(tree: Path):
    run = warmlint("--output-format", "json", "-o", "out.json", cwd=tree)
    assert (run.returncode, run.out) == (1, "")
    assert found(tree / "out.json") == ["LR001"]
    assert warmlint("--output-format", "json", "--output-file", "-", cwd=tree).out.startswith("[")


def test_another_report_on_stdout_takes_its_place(tree: Path):
    assert json.loads(warmlint("--output", "json=-", cwd=tree).out)[0]["code"] == "LR001"
    run = warmlint("--output", "json=-", "--output-file", "full.txt", cwd=tree)
    assert json.loads(run.out)
    assert "zero-first-update" in (tree / "full.txt").read_text()


def test_a_report_on_nothing_is_written_too(tree: Path):
    (tree / "train.py").write_text(CURED)
    assert warmlint("--output", "json=out.json", "--output", "full=out.txt", cwd=tree).returncode == 0
    assert (tree / "out.json").read_text() == "[]\n"
    assert (tree / "out.txt").read_text() == "All clean: 1 schedule in 1 file\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--output", "jsn=x"], "the format of `--output` must be `full`, "),
        (["--output", "jsn=x"], "not `jsn`; did you mean `json`?"),
        (["--output", "json"], "must be FORMAT=FILE, such as `sarif=out.sarif`, not `json`"),
        (["--output", "json="], "must be FORMAT=FILE"),
        (["--output", "json=."], ". is a folder"),
        (
            ["--output", "json=a", "--output", "sarif=./a"],
            "`./a` cannot take two reports, `json` and `sarif`",
        ),
        (
            ["--output", "json=a", "--output", "json=link"],
            "`link` cannot take two reports, `json` and `json`",
        ),
        (["--output", "json=a", "-o", "a"], "`a` cannot take two reports, `full` and `json`"),
        (["--output", "json=-", "--output", "sarif=-"], "stdout cannot take two reports, `json` and `sarif`"),
        (
            ["--output", "json=-", "--output-format", "full"],
            "stdout cannot take two reports, `full` and `json`",
        ),
        (["-o", "no/where"], "no/where cannot be written: there is no folder `no`"),
        (["-o", "kept"], "kept may not be written: it is read-only"),
    ],
)
def test_what_cannot_be_written_is_said_before_the_run(tree: Path, arguments: list[str], sentence: str):
    (tree / "link").symlink_to("a")
    (tree / "kept").write_text("old")
    (tree / "kept").chmod(0o444)
    run = warmlint(*arguments, cwd=tree)
    assert run.returncode == 2
    assert sentence in run.errors
    assert run.out == ""
    assert (tree / "kept").read_text() == "old"


def test_a_file_is_replaced_in_one_step_and_keeps_its_mode(tree: Path):
    (tree / "real.json").write_text("old")
    (tree / "real.json").chmod(0o640)
    (tree / "link.json").symlink_to("real.json")
    before = (tree / "real.json").stat().st_ino
    with open(tree / "real.json", encoding="utf-8") as reader:
        warmlint("--output", "json=link.json", cwd=tree)
        assert reader.read() == "old", "who reads it meanwhile reads the old one, whole"
    assert found(tree / "real.json") == ["LR001"]
    assert (tree / "link.json").is_symlink()
    assert (tree / "real.json").stat().st_ino != before
    assert stat.S_IMODE((tree / "real.json").stat().st_mode) == 0o640
    umask = os.umask(0o027)
    try:
        warmlint("--output", "json=new.json", cwd=tree)
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tree / "new.json").stat().st_mode) == 0o640


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux's full device")
def test_what_is_no_file_is_written_to_and_stays(tree: Path):
    run = warmlint_process("--output", "json=/dev/null", "--output", "sarif=/dev/null", cwd=tree)
    assert run.returncode == 1
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    full = warmlint("--output", "json=/dev/full", cwd=tree)
    assert full.returncode == 2
    assert "/dev/full cannot be written: no space left on device" in full.errors
    command = f"{sys.executable} -m warmlint --output json=>(cat >&2) -o /dev/null"
    piped = subprocess.run(["bash", "-c", command], cwd=tree, capture_output=True, text=True, check=False)
    assert piped.stderr.startswith("[")


def test_a_settings_file_names_no_file_to_write(tree: Path):
    for key in ('output = ["json=train.py"]', 'output-file = "train.py"', 'write-baseline = "train.py"'):
        (tree / "warmlint.toml").write_text(key)
        run = warmlint(cwd=tree)
        assert run.returncode == 2
        assert "is said on the command line alone: a settings file must not name files to write" in run.errors
    assert (tree / "train.py").read_text() == SCHEDULE


# --- colours -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "environ", "coloured"),
    [
        (None, {}, False),
        (None, {"FORCE_COLOR": "1"}, True),
        (None, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ("auto", {"FORCE_COLOR": "1"}, True),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("always", {}, True),
        ("always", {"NO_COLOR": "1"}, True),
        ("never", {"FORCE_COLOR": "1"}, False),
    ],
)
def test_the_option_wins_over_the_environment(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    option: str | None,
    environ: dict[str, str],
    coloured: bool,
):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    chosen = [f"--color={option}"] if option else []
    run = warmlint(*chosen, "--output=full=page", "gone.py", cwd=tmp_path)
    assert ("\x1b[" in run.out) is ("\x1b[" in run.errors) is coloured
    assert "\x1b[" not in (tmp_path / "page").read_text(), "a file has no colours"


def test_a_setting_for_colour_is_under_the_option(tree: Path):
    (tree / "warmlint.toml").write_text('color = "always"\n')
    assert "\x1b[" in warmlint("--diff", "--unsafe-fixes", cwd=tree).out
    assert "\x1b[" not in warmlint("--color", "never", cwd=tree).out


# --- exit codes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("severities", "options", "code"),
    [
        ("error", "", 1),
        ("error", "--fail-on error", 1),
        ("error", "--fail-on never", 0),
        ("error", "--exit-zero", 0),
        ("error", "-e --fail-on note", 0),
        ("warning", "--fail-on error", 0),
        ("warning", "--fail-on warning", 1),
        ("warning", "--fail-on note", 1),
        ("note", "--fail-on warning", 0),
        ("note", "", 1),
        ("note warning error", "--fail-on error", 1),
        ("error", "--fix-only", 0),
        ("error", "--no-exit-zero", 1),
        ("", "--fail-on note", 0),
    ],
)
def test_which_findings_fail(severities: str, options: str, code: int):
    given = lint_parser("").parse(options.split())
    settings = settings_tree(given, Known()).of("a.py")
    findings = tuple(replace(FINDING, severity=Severity(each)) for each in severities.split())
    report = RunReport(findings, (), (), 1, 1, 1, {})
    assert is_success(report, asked_of(given, settings)) is (code == 0)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--diff", "--unsafe-fixes", "--exit-zero"], 0),
        (["--fix", "--exit-non-zero-on-fix", "--fail-on", "error", "--ignore", "LR001"], 1),
        (["--exit-zero", "gone.py"], 2),
    ],
)
def test_what_a_run_ends_with(tree: Path, options: list[str], code: int):
    (tree / "train.py").write_text(SCHEDULE + UNUSED)
    assert warmlint("train.py", *options, cwd=tree).returncode == code


def test_exit_codes_can_be_set_in_a_file(tree: Path):
    (tree / "warmlint.toml").write_text('fail-on = "never"\n')
    run = warmlint(cwd=tree)
    assert run.returncode == 0
    assert "LR001" in run.out, "what was found is told all the same"
    assert warmlint("--fail-on", "error", cwd=tree).returncode == 1


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--selct", "LR0"], "unknown option `--selct`; did you mean `--select`?"),
        (["--add-noqa"], "unknown option `--add-noqa`; did you mean `--add-ignores`?"),
        (
            ["--target-version=py312"],
            "unknown option `--target-version=py312`; did you mean `--target-torch`?",
        ),
        (["--fail-on", "eror"], "not `eror`; did you mean `error`?"),
        (["--color", "alwys"], "not `alwys`; did you mean `always`?"),
        (["ruel"], "there is no file `ruel`; did you mean `rule`?"),
        (["curv", "train.py"], "there is no file `curv`; did you mean `curve`?"),
        (["config", "extend-selct"], "there is no setting `extend-selct`; did you mean `extend-select`?"),
        (["config", "target-version"], "there is no setting `target-version`; did you mean `target-torch`?"),
        (["generate-shell-completion", "fsh"], "and not for `fsh`; did you mean `fish`?"),
        (["rule", "uncaped-warmup"], "did you mean `uncapped-warmup`?"),
    ],
)
def test_what_was_meant(tree: Path, arguments: list[str], sentence: str):
    run = warmlint(*arguments, cwd=tree)
    assert run.returncode == 2
    assert sentence in run.errors


def test_options_may_stand_among_paths(tree: Path):
    (tree / "other.py").write_text(CURED)
    run = warmlint("train.py", "--output-format", "json", "other.py", "--fail-on=never", cwd=tree)
    assert (run.returncode, len(json.loads(run.out))) == (0, 1)
    (tree / "-x.py").write_text(SCHEDULE)
    run = warmlint("--output-format", "json", "--", "-x.py", cwd=tree)
    assert json.loads(run.out)[0]["filename"] == "-x.py"


def test_check_is_a_verb_as_in_ruff(tree: Path):
    assert warmlint("check", "train.py", cwd=tree) == warmlint("train.py", cwd=tree)


def test_every_verb_helps(tree: Path):
    for verb in VERBS:
        run = warmlint(verb, "--help", cwd=tree)
        assert run.returncode == 0
        assert run.out.startswith(f"usage: warmlint {verb}")


def test_version_tells_the_witness(tree: Path):
    first, second = warmlint("--version", cwd=tree).out.splitlines()
    assert first.startswith("warmlint 0.")
    assert second.startswith("witness: ")
    run = warmlint("-V", "--torch-python", "gone/python", cwd=tree)
    assert "witness: none, `gone/python` cannot be run" in run.out


@pytest.mark.torch
def test_version_tells_whose_torch(tree: Path):
    run = warmlint("--version", "--torch-python", sys.executable, cwd=tree)
    assert run.out.splitlines()[1].startswith("witness: torch 2.")
    assert run.out.endswith(f" of {sys.executable}\n")
