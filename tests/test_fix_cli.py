"""`--fix`, `--unsafe-fixes`, `--diff` and their kin as users meet them, on real files."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.command_line import warmlint, warmlint_process

SCHEDULE = dedent(
    """\
    import torch
    from torch.optim.lr_scheduler import LambdaLR

    model = torch.nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    warmup_epochs = 3
    scheduler = LambdaLR(optimizer, lambda epoch: min(1.0, epoch / warmup_epochs))
    for epoch in range(10):
        optimizer.step()
        scheduler.step()
    """
)
CURED = SCHEDULE.replace("epoch / warmup", "(epoch + 1) / warmup")
TWICE = SCHEDULE.replace("min(1.0, epoch / warmup_epochs)", "epoch / warmup_epochs")
TWICE_CURED = CURED
UNUSED = "\nwidth = 7  # warmlint: ignore[LR003] gone\n"
WITHOUT = "\nwidth = 7\n"
UNFIXABLE = CURED.replace("scheduler.step()", "pass")


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / f"{name}.py").write_bytes(text.encode())


def text_of(file: Path) -> str:
    return file.read_bytes().decode()


# --- what is written, what is shown, exit codes ----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "options", "after", "code", "said"),
    [
        (SCHEDULE + UNUSED, [], None, 1, "1 fixable with --fix, 1 more with --unsafe-fixes (it changes"),
        (SCHEDULE, [], None, 1, "1 fixable with --fix --unsafe-fixes (it changes the LR)"),
        (SCHEDULE, ["--unsafe-fixes"], None, 1, "1 fixable with --fix\n"),
        (SCHEDULE, ["--fix"], None, 1, "1 fixable with --fix --unsafe-fixes"),
        (SCHEDULE + UNUSED, ["--fix"], SCHEDULE + WITHOUT, 1, "Found 2 findings (1 fixed, 1 remaining)"),
        (SCHEDULE + UNUSED, ["--fix", "--unsafe-fixes"], CURED + WITHOUT, 0, "(2 fixed, 0 remaining)"),
        (SCHEDULE, ["--fix", "--unsafe-fixes"], CURED, 0, "Found 1 finding (1 fixed, 0 remaining) in 1"),
        (TWICE, ["--fix", "--unsafe-fixes"], TWICE_CURED, 0, "Found 2 findings (2 fixed, 0 remaining)"),
        (CURED, ["--fix", "--unsafe-fixes"], None, 0, "All clean"),
        (UNFIXABLE, ["--fix", "--unsafe-fixes"], None, 1, "Found 1 finding (1 error)"),
        (SCHEDULE, ["--fix", "--unsafe-fixes", "--exit-non-zero-on-fix"], CURED, 1, "(1 fixed, 0 remaining)"),
        (CURED, ["--fix", "--exit-non-zero-on-fix"], None, 0, "All clean"),
        (SCHEDULE + UNUSED, ["--fix-only"], SCHEDULE + WITHOUT, 0, "Fixed 1 finding in 1 file"),
        (SCHEDULE + UNUSED, ["--fix-only", "--exit-non-zero-on-fix"], SCHEDULE + WITHOUT, 1, "Fixed 1"),
        (UNFIXABLE, ["--fix-only", "--exit-non-zero-on-fix"], None, 0, "Fixed no finding"),
        (SCHEDULE, ["--fix", "--unsafe-fixes", "--select", "LR003"], None, 0, "All clean"),
        (SCHEDULE, ["--fix", "--unsafe-fixes", "--no-fix"], None, 1, "1 fixable with --fix\n"),
        (SCHEDULE, ["--no-unsafe-fixes"], None, 1, "1 schedule judged\n"),
    ],
)  # fmt: skip
def test_what_a_run_writes_says_and_ends_with(
    tmp_path: Path, text: str, options: list[str], after: str | None, code: int, said: str
):
    write(tmp_path, train=text)
    run = warmlint(*options, cwd=tmp_path)
    assert text_of(tmp_path / "train.py") == (text if after is None else after)
    assert run.returncode == code
    assert said in run.stdout.decode()
    assert run.stderr == b""
    if "--no-unsafe-fixes" in options:
        assert b"fixable" not in run.stdout


@pytest.mark.parametrize(
    ("text", "options", "after", "code", "said"),
    [
        (SCHEDULE, ["--diff", "--unsafe-fixes"], CURED, 1, "Would fix 1 finding in 1 file\n"),
        (
            SCHEDULE + UNUSED,
            ["--diff"],
            SCHEDULE + WITHOUT,
            1,
            "Would fix 1 finding in 1 file, 1 more with --unsafe-fixes (it changes the LR)\n",
        ),
        (
            SCHEDULE,
            ["--diff"],
            SCHEDULE,
            0,
            "Would fix no finding, 1 more with --unsafe-fixes (it changes the LR)\n",
        ),
        (UNFIXABLE, ["--diff", "--unsafe-fixes"], UNFIXABLE, 0, "Would fix no finding\n"),
        (SCHEDULE, ["--diff", "--fix", "--unsafe-fixes"], CURED, 1, "Would fix 1 finding in 1 file\n"),
    ],
)  # fmt: skip
def test_a_diff_writes_nothing_and_is_what_git_applies(
    tmp_path: Path, text: str, options: list[str], after: str, code: int, said: str
):
    write(tmp_path, train=text)
    run = warmlint(*options, cwd=tmp_path)
    assert text_of(tmp_path / "train.py") == text
    assert (run.returncode, run.stderr.decode()) == (code, said)
    apply(run.stdout, tmp_path)
    assert text_of(tmp_path / "train.py") == after


def apply(diff: bytes, cwd: Path) -> None:
    if diff:
        command = ["git", "apply", "-p0", "--whitespace=nowarn", "-"]
        done = subprocess.run(command, cwd=cwd, input=diff, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


ODD = {
    "crlf": SCHEDULE.replace("\n", "\r\n").encode(),
    "mixed": SCHEDULE.replace("\n\n", "\r\n\n").replace("3\n", "3 \t\r\n").encode(),
    "no newline at the end": (SCHEDULE.rstrip("\n")).encode(),
    "byte-order mark": b"\xef\xbb\xbf" + SCHEDULE.encode(),
    "latin-1": b"# coding: latin-1\n# \xe9\n" + SCHEDULE.encode(),
    "tabs and form feeds": b"\x0c\n" + SCHEDULE.replace("    ", "\t").encode() + b"\x0c\n \t \n",
    "trailing blanks": SCHEDULE.replace("\n", "  \n").encode(),
    "cr": SCHEDULE.replace("\n", "\r").encode(),
}


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in ODD.items()])
def test_all_else_stays_to_the_byte(tmp_path: Path, data: bytes):
    file = tmp_path / "train.py"
    file.write_bytes(data)
    fixed = data.replace(b"epoch / warmup", b"(epoch + 1) / warmup")
    diff = warmlint("--diff", "--unsafe-fixes", cwd=tmp_path)
    assert warmlint("--fix", "--unsafe-fixes", cwd=tmp_path).returncode == 0
    assert file.read_bytes() == fixed
    file.write_bytes(data)
    apply(diff.stdout, tmp_path)
    assert file.read_bytes() == fixed


def test_json_stays_json(tmp_path: Path):
    write(tmp_path, train=SCHEDULE + UNUSED)
    run = warmlint("--fix", "--output-format", "json", cwd=tmp_path)
    assert [each["code"] for each in json.loads(run.stdout)] == ["LR001"]
    assert run.stderr.decode() == "Fixed 1 finding in 1 file\n"


def test_json_tells_whether_a_fix_is_safe(tmp_path: Path):
    write(tmp_path, train=SCHEDULE + UNUSED)
    told = json.loads(warmlint("--output-format", "json", cwd=tmp_path).stdout)
    applicable = {each["code"]: each["fix"]["applicability"] for each in told}
    assert applicable == {"LR001": "unsafe", "LR901": "safe"}


def test_what_was_done_is_listed_where_it_stood(tmp_path: Path):
    write(tmp_path, train=SCHEDULE)
    run = warmlint("--fix", "--unsafe-fixes", cwd=tmp_path)
    assert run.stdout.decode() == dedent(
        """\
        Fixed
          train.py:7:56: LR001 zero-first-update
            count from 1: put `epoch + 1` where the ramp has `epoch`

        Found 1 finding (1 fixed, 0 remaining) in 1 of 1 file, 1 schedule judged
        """
    )


def test_statistics_count_the_proofs(tmp_path: Path):
    write(tmp_path, train=SCHEDULE)
    run = warmlint("--statistics", cwd=tmp_path)
    assert "     1  fixes proven\n" in run.stdout.decode()
    assert b"not proven" not in run.stdout


# --- settings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "options", "after"),
    [
        ("fix = true", [], SCHEDULE + WITHOUT),
        ("fix = true\nunsafe-fixes = true", [], CURED + WITHOUT),
        ("fix = true\nunsafe-fixes = true", ["--no-unsafe-fixes"], SCHEDULE + WITHOUT),
        ("fix = true\nunsafe-fixes = true", ["--no-fix"], SCHEDULE + UNUSED),
        ("unsafe-fixes = true", [], SCHEDULE + UNUSED),
        ("unsafe-fixes = true", ["--fix"], CURED + WITHOUT),
        ("fix = true", ["--isolated"], SCHEDULE + UNUSED),
        ('minimum-severity = "error"', ["--fix", "--unsafe-fixes"], CURED + UNUSED),
        ('[per-file-ignores]\n"train.py" = ["LR901"]', ["--fix", "--unsafe-fixes"], CURED + UNUSED),
    ],
)
def test_settings_and_the_command_line_over_them(
    tmp_path: Path, settings: str, options: list[str], after: str
):
    (tmp_path / "warmlint.toml").write_text(settings)
    write(tmp_path, train=SCHEDULE + UNUSED)
    warmlint(*options, cwd=tmp_path)
    assert text_of(tmp_path / "train.py") == after


def test_a_setting_that_is_no_switch(tmp_path: Path):
    (tmp_path / "warmlint.toml").write_text('fix = "yes"')
    run = warmlint(cwd=tmp_path)
    assert run.returncode == 2
    assert b"`fix` must be true or false, not a string" in run.stderr


# --- stdin -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [*ODD.values(), CURED.encode(), b"x = 1\n", b""])
def test_what_comes_through_stdin_leaves_fixed_through_stdout(tmp_path: Path, given: bytes):
    run = warmlint("--fix", "--unsafe-fixes", "-", cwd=tmp_path, given=given)
    assert run.stdout == given.replace(b"epoch / warmup", b"(epoch + 1) / warmup")
    assert run.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_what_remains_of_stdin_is_told_on_stderr(tmp_path: Path):
    run = warmlint("--fix", "-", "--stdin-filename", "a.py", cwd=tmp_path, given=(SCHEDULE + UNUSED).encode())
    assert run.stdout == (SCHEDULE + WITHOUT).encode()
    assert b"a.py:7:56: error LR001" in run.stderr
    assert b"(1 fixed, 1 remaining)" in run.stderr
    assert run.returncode == 1


@pytest.mark.parametrize(
    "given",
    [
        b"LambdaLR = (\n",
        b"x = '\xe9'\n",
        SCHEDULE.encode("utf-16"),
        b"# LambdaLR\n" + b"#" * 2_000_001,
        b"\0",
    ],
)
def test_nothing_that_comes_through_stdin_is_lost(tmp_path: Path, given: bytes):
    run = warmlint("--fix", "-", cwd=tmp_path, given=given)
    assert run.stdout == given
    assert b"error: <stdin>: " in run.stderr
    assert run.returncode == 2


def test_the_diff_of_stdin_bears_its_name(tmp_path: Path):
    run = warmlint(
        "--diff", "--unsafe-fixes", "-", "--stdin-filename", "a.py", cwd=tmp_path, given=SCHEDULE.encode()
    )
    assert run.stdout.startswith(b"--- a.py\n+++ a.py\n@@")
    assert run.returncode == 1


# --- what cannot be written ------------------------------------------------------------------------------


def test_a_read_only_file_fails_the_run_and_harms_no_other(tmp_path: Path):
    write(tmp_path, first=SCHEDULE, second=SCHEDULE)
    (tmp_path / "first.py").chmod(0o444)
    run = warmlint("--fix", "--unsafe-fixes", cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr.decode() == "error: first.py: was not fixed: it is read-only\n"
    assert "first.py:7:56: error LR001" in run.stdout.decode()
    assert "(1 fixed, 1 remaining) in 2 of 2 files" in run.stdout.decode()
    assert text_of(tmp_path / "first.py") == SCHEDULE
    assert text_of(tmp_path / "second.py") == CURED
    assert warmlint("--diff", "--unsafe-fixes", "first.py", cwd=tmp_path).returncode == 1


def test_a_link_stays_a_link_and_its_file_is_fixed_once(tmp_path: Path):
    write(tmp_path, train=SCHEDULE)
    (tmp_path / "train.py").chmod(0o750)
    (tmp_path / "again.py").symlink_to("train.py")
    run = warmlint("--fix", "--unsafe-fixes", "again.py", cwd=tmp_path)
    assert run.returncode == 0
    assert (tmp_path / "again.py").is_symlink()
    assert text_of(tmp_path / "train.py") == CURED
    assert stat.S_IMODE((tmp_path / "train.py").stat().st_mode) == 0o750
    assert sorted(os.listdir(tmp_path)) == ["again.py", "train.py"]


def test_what_cannot_be_decoded_is_left_alone(tmp_path: Path):
    data = SCHEDULE.encode("utf-16")
    (tmp_path / "train.py").write_bytes(data)
    run = warmlint("--fix", "--unsafe-fixes", "train.py", cwd=tmp_path)
    assert run.returncode == 2
    assert (tmp_path / "train.py").read_bytes() == data


# --- and as a shell starts it ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        ["--fix", "--unsafe-fixes"],
        ["--diff", "--unsafe-fixes"],
        ["--fix", "--unsafe-fixes", "-"],
        ["--fix-only"],
    ],
)
def test_a_process_does_the_same(tmp_path: Path, options: list[str]):
    told = []
    for run in (warmlint, warmlint_process):
        (tmp_path / "train.py").write_bytes(ODD["mixed"] + UNUSED.encode())
        ran = run(*options, cwd=tmp_path, given=ODD["mixed"])
        told.append((ran, (tmp_path / "train.py").read_bytes()))
    assert told[0] == told[1]


def test_a_reader_of_the_diff_who_goes_away_is_no_error(tmp_path: Path):
    write(tmp_path, train=SCHEDULE)
    command = f"{sys.executable} -m warmlint --diff --unsafe-fixes | head -c 1 >/dev/null"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
