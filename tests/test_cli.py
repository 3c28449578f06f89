"""The command line as users meet it: real processes, real files, exit codes and sentences."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.builds import Build

BAD = dedent(
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
GOOD = BAD.replace("epoch / warmup", "(epoch + 1) / warmup")


def warmlint(*arguments: str | Path, cwd: Path, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "warmlint", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        **more,  # type: ignore[call-overload]
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "bad.py").write_text(BAD)
    (tmp_path / "good.py").write_text(GOOD)
    return tmp_path


def codes(run: subprocess.CompletedProcess[str]) -> list[tuple[str, str]]:
    return [(each["filename"], each["code"]) for each in json.loads(run.stdout)]


# --- exit codes and paths ----------------------------------------------------------------------------


def test_findings_give_1_and_say_what_is_lost(tree: Path):
    run = warmlint("bad.py", cwd=tree)
    assert run.returncode == 1
    assert "bad.py:7:56: error LR001 zero-first-update" in run.stdout
    assert "the first epoch of 3 trains at LR 0" in run.stdout
    assert run.stderr == ""


def test_nothing_found_gives_0(tree: Path):
    run = warmlint("good.py", cwd=tree)
    assert (run.returncode, run.stdout, run.stderr) == (0, "All clean: 1 schedule in 1 file\n", "")


def test_the_current_folder_is_the_default(tree: Path):
    (tree / ".gitignore").write_text("ignored.py\n")
    (tree / "ignored.py").write_text(BAD)
    (tree / ".hidden").mkdir()
    (tree / ".hidden" / "h.py").write_text(BAD)
    (tree / "node_modules").mkdir()
    (tree / "node_modules" / "v.py").write_text(BAD)
    run = warmlint("--output-format", "json", cwd=tree)
    assert run.returncode == 1
    assert codes(run) == [("bad.py", "LR001")]


def test_no_matching_file_is_no_failure(tmp_path: Path):
    assert warmlint(cwd=tmp_path).returncode == 0


def test_stdin(tree: Path):
    run = warmlint("-", "--stdin-filename", "src/train.py", "--output-format", "concise", cwd=tree, input=BAD)
    assert run.returncode == 1
    assert run.stdout.startswith("src/train.py:7:56: LR001 [error] ")


def test_verbs_and_paths_of_their_names(tree: Path):
    (tree / "rule").mkdir()
    (tree / "rule" / "bad.py").write_text(BAD)
    assert codes(warmlint("./rule", "--output-format", "json", cwd=tree)) == [("rule/bad.py", "LR001")]
    assert "zero-first-update" in warmlint("rule", cwd=tree).stdout


def test_no_cache_is_accepted(tree: Path):
    assert warmlint("--no-cache", "good.py", cwd=tree).returncode == 0


def test_version(tree: Path):
    assert warmlint("--version", cwd=tree).stdout.startswith("warmlint 0.")


def test_help_fits_eighty_columns(tree: Path):
    run = warmlint("--help", cwd=tree, env={**os.environ, "COLUMNS": "80"})
    assert run.returncode == 0
    assert max(map(len, run.stdout.splitlines())) <= 80
    assert "exit codes: 0 nothing found, 1 findings" in run.stdout


def test_a_reader_who_goes_away_is_no_error(tree: Path):
    command = f"{sys.executable} -m warmlint bad.py | head -c 1 >/dev/null; echo ${{PIPESTATUS[0]}}"
    run = subprocess.run(["bash", "-c", command], cwd=tree, capture_output=True, text=True, check=False)
    assert "Traceback" not in run.stderr
    assert "Exception" not in run.stderr


# --- bad input: a sentence that names it, exit code 2, and the rest is linted ---------------------------

NOT_PYTHON = "scheduler = LambdaLR(\n"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("latin.py", b"x = '\xe9'  # LambdaLR\n", "latin.py: is not UTF-8: byte 0xe9 at line 1"),
        ("plain.py", b"x = '\xe9'\n", "plain.py: is not UTF-8: byte 0xe9 at line 1"),
        ("broken.py", NOT_PYTHON.encode(), "broken.py: is not Python: line 1: '(' was never closed"),
        ("unrelated.py", b"x = (\n", "unrelated.py: is not Python: line 1: '(' was never closed"),
        ("nul.py", b"LambdaLR\0", "nul.py: holds a NUL byte at line 1"),
        ("utf16.py", "LambdaLR".encode("utf-16"), "utf16.py: is UTF-16"),
        ("big.py", b"# LambdaLR\n" + b"#" * 2_000_001, "big.py: "),
        ("deep.py", b"LambdaLR" + b"(" * 5_000, "deep.py: "),
    ],
)
def test_a_file_that_cannot_be_linted(tree: Path, name: str, content: bytes, sentence: str):
    (tree / name).write_bytes(content)
    run = warmlint(name, "bad.py", "--output-format", "json", cwd=tree)
    assert run.returncode == 2
    assert f"error: {sentence}" in run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert codes(run) == [("bad.py", "LR001")]


def test_what_a_walk_meets_is_told_and_fails_nothing(tree: Path):
    (tree / "broken.py").write_text(NOT_PYTHON)
    run = warmlint("--output-format", "json", cwd=tree)
    assert run.returncode == 1
    assert "broken.py: is not Python" in run.stderr
    assert codes(run) == [("bad.py", "LR001")]


def test_paths_that_are_not_there(tree: Path):
    (tree / "dangling.py").symlink_to("nowhere.py")
    run = warmlint("missing.py", "dangling.py", "bad.py", cwd=tree)
    assert run.returncode == 2
    assert "missing.py: " in run.stderr
    assert "dangling.py: " in run.stderr
    assert "LR001" in run.stdout


def test_an_empty_file_is_clean(tree: Path):
    (tree / "__init__.py").write_text("")
    assert warmlint("__init__.py", cwd=tree).returncode == 0


def test_encodings_are_honoured(tree: Path):
    (tree / "cookie.py").write_bytes(b"# -*- coding: latin-1 -*-\n# \xe9\n" + BAD.encode())
    (tree / "bom.py").write_bytes(b"\xef\xbb\xbf" + BAD.replace("\n", "\r\n").encode())
    run = warmlint("cookie.py", "bom.py", "--output-format", "json", cwd=tree)
    assert [(each["filename"], each["location"]) for each in json.loads(run.stdout)] == [
        ("bom.py", {"row": 7, "column": 56}),
        ("cookie.py", {"row": 9, "column": 56}),
    ]


@pytest.mark.parametrize(
    "factor",
    [
        "1 / 0",
        "10 ** 10 ** 10 ** 10",
        "f(epoch)",
        "undefined[epoch]",
        "'%s' % epoch",
        "(lambda e: e / 0)(epoch)",
        "(-1) ** (epoch + 0.5)",
        "float('nan')",
        "None",
        "__import__('os').system('touch canary')",
        "open('canary', 'w')",
        "[epoch for epoch in range(10**9)][epoch]",
        "round(epoch, -10**17)",
        "0.1 ** (10 ** 400)",
    ],
)
def test_a_factor_that_misbehaves_is_an_outcome(tree: Path, factor: str):
    source = BAD.replace("min(1.0, epoch / warmup_epochs)", factor)
    (tree / "odd.py").write_text(source.replace("scheduler =", "def f(e): return f(e)\nscheduler ="))
    run = warmlint("odd.py", "--output-format", "json", "--show-unknown", cwd=tree, timeout=60)
    assert run.returncode in (0, 1), run.stderr
    assert run.stderr == ""
    assert not (tree / "canary").exists()


# --- statistics --------------------------------------------------------------------------------------


def test_statistics_count_findings_and_forms(tree: Path):
    (tree / "bad.py").write_text(BAD)
    (tree / "unread.py").write_text(BAD.replace("min(1.0, epoch / warmup_epochs)", "elsewhere(epoch)"))
    run = warmlint("bad.py", "unread.py", "--statistics", "--output-format", "concise", cwd=tree)
    assert run.stdout.splitlines()[-3:] == [
        " found  judged  unknown  form",
        "     2       1        1  `LambdaLR`",
        "     2       1        1  in all, in 2 files",
    ]
    assert "     1  LR001  zero-first-update" in run.stdout


def test_statistics_leave_json_alone(tree: Path):
    (tree / "bad.py").write_text(BAD)
    run = warmlint("bad.py", "--statistics", "--output-format", "json", cwd=tree)
    assert [each["code"] for each in json.loads(run.stdout)] == ["LR001"]
    assert "in all, in 1 file" in run.stderr


# --- usage and settings ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--select", "LR55"], "unknown rule, `LR55`"),
        (["--ignore", "zero-first-updat"], "did you mean `zero-first-update`?"),
        (["--output-format", "jsn"], "did you mean `json`?"),
        (["--minimum-severity", "fatal"], "must be `note`, `warning` or `error`, not `fatal`"),
        (["--config", "missing.toml"], "missing.toml"),
        (["--per-file-ignores", "x"], "no PATTERN:RULE"),
        (["--no-such-option"], "--no-such-option"),
        (["rule", "LR0001"], "there is no rule `LR0001`; did you mean `LR001`?"),
        (["curve", "missing.py"], "missing.py"),
        (["curve", "bad.py:1"], "no schedule stands here that can be drawn; there are some at line 7"),
    ],
)
def test_bad_usage_gives_2_and_a_sentence(tree: Path, arguments: list[str], sentence: str):
    run = warmlint(*arguments, cwd=tree)
    assert run.returncode == 2
    assert sentence in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--\x1b[31m"],
        ["--jobs", "\x1b]0;x\x07"],
        ["--select", "LR\x9b"],
        ["--output-format", "\x1b[2J"],
        ["--config", "\x1b[2J.toml"],
        ["\x1b[2J.py"],
        ["curve", "\x1b[2J.py:3"],
        ["curve", "a.py", "--\x1b[31m"],
        ["rule", "LR\x1b[31m"],
        ["rule", "--output-format", "\x1b[31m"],
    ],
)
def test_what_a_shell_fills_in_reaches_no_terminal_raw(tree: Path, arguments: list[str]):
    run = warmlint(*arguments, cwd=tree)
    assert run.returncode == 2
    assert all(line.isprintable() for line in (run.stdout + run.stderr).split("\n"))
    assert "\\x" in run.stderr


def test_settings_in_pyproject(tree: Path):
    (tree / "pyproject.toml").write_text('[tool.warmlint]\nignore = ["zero-first-update"]\n')
    assert warmlint("bad.py", cwd=tree).returncode == 0
    assert warmlint("bad.py", "--isolated", cwd=tree).returncode == 1
    assert warmlint("bad.py", "--select", "LR001", cwd=tree).returncode == 1


def test_an_unknown_key_suggests_the_nearest(tree: Path):
    (tree / "warmlint.toml").write_text('ingore = ["LR001"]\n')
    run = warmlint("bad.py", cwd=tree)
    assert run.returncode == 2
    assert "unknown setting `ingore`; did you mean `ignore`?" in run.stderr


def test_per_file_ignores_on_the_command_line(tree: Path):
    (tree / "tests").mkdir()
    (tree / "tests" / "bad.py").write_text(BAD)
    run = warmlint("--per-file-ignores", "tests/*:LR001", "--output-format", "json", cwd=tree)
    assert codes(run) == [("bad.py", "LR001")]


@pytest.mark.parametrize(("option", "level", "found"), [
    ("--minimum-severity", "error", 1),
    ("--minimum-confidence", "high", 1),
])  # fmt: skip
def test_minimum_levels(tree: Path, option: str, level: str, found: int):
    assert warmlint("bad.py", option, level, cwd=tree).returncode == found


# --- suppressions ------------------------------------------------------------------------------------


def test_a_suppression_silences_its_line(tree: Path):
    (tree / "bad.py").write_text(
        BAD.replace("warmup_epochs))", "warmup_epochs))  # warmlint: ignore[LR001] meant")
    )
    assert warmlint("bad.py", cwd=tree).returncode == 0


def test_an_unused_suppression_is_a_finding(tree: Path):
    (tree / "bad.py").write_text(
        GOOD.replace("warmup_epochs))", "warmup_epochs))  # warmlint: ignore[LR001]")
    )
    run = warmlint("bad.py", "--output-format", "json", cwd=tree)
    assert codes(run) == [("bad.py", "LR901")]
    assert "zero-first-update" not in run.stdout


def test_a_suppression_in_a_file_without_a_schedule_is_judged_too(tree: Path):
    (tree / "plain.py").write_text("x = 1  # warmlint: ignore[LR001]\n")
    assert codes(warmlint("plain.py", "--output-format", "json", cwd=tree)) == [("plain.py", "LR901")]


# --- JSON, rule, curve -------------------------------------------------------------------------------


def test_json_has_the_keys_that_tools_read(tree: Path):
    (finding,) = json.loads(warmlint("bad.py", "--output-format", "json", cwd=tree).stdout)
    assert finding["code"] == "LR001"
    assert finding["name"] == "zero-first-update"
    assert finding["filename"] == "bad.py"
    assert finding["location"] == {"row": 7, "column": 56}
    assert finding["end_location"] == {"row": 7, "column": 77}
    assert finding["severity"] == "error"
    assert finding["confidence"] == "high"
    assert finding["site"] == {"row": 7, "construct": "LambdaLR"}
    assert finding["fix"]["applicability"] == "unsafe"
    assert [edit["content"] for edit in finding["fix"]["edits"]] == ["(epoch + 1)"]
    readings = finding["evidence"]["readings"]
    assert [(each["update"], each["value"]) for each in readings][:3] == [
        (0, 0.0),
        (1, 0.1 * (1 / 3)),
        (2, 0.1 * (2 / 3)),
    ]


def test_rule_by_code_and_by_name(tree: Path):
    by_code, by_name = warmlint("rule", "LR003", cwd=tree), warmlint("rule", "uncapped-warmup", cwd=tree)
    assert by_code.stdout == by_name.stdout
    assert "## Why is this bad?" in by_code.stdout


def test_curve_draws_the_schedule_at_a_line(tree: Path):
    run = warmlint("curve", "bad.py:7", cwd=tree)
    assert run.returncode == 0
    assert "bad.py:7:13: LambdaLR, one tick an epoch" in run.stdout
    assert "0.03333" in run.stdout


def test_curve_of_every_schedule_of_a_file(tree: Path):
    (tree / "two.py").write_text(BAD + BAD.replace("scheduler =", "other =").replace("scheduler.", "other."))
    assert warmlint("curve", "two.py", cwd=tree).stdout.count(": LambdaLR") == 2


def test_curve_calls_an_lr_an_lr_where_the_schedule_computes_it(tree: Path):
    made = "import torch\ndef make(optimizer):\n    return torch.optim.lr_scheduler."
    (tree / "lr.py").write_text(f"{made}CosineAnnealingLR(optimizer, T_max=9)\n")
    (tree / "factor.py").write_text(f"{made}LambdaLR(optimizer, lambda t: min(1.0, (t + 1) / 9))\n")
    assert "\n  LR      0.001" in warmlint("curve", "lr.py", cwd=tree).stdout
    assert "\n  × base  0.1111" in warmlint("curve", "factor.py", cwd=tree).stdout


# --- what a run loads --------------------------------------------------------------------------------


def loaded(arguments: str, cwd: Path) -> set[str]:
    program = dedent(
        f"""\
        import sys
        from warmlint.cli.main import run
        try:
            run({arguments})
        except SystemExit:
            pass
        print("\\n".join(sorted(sys.modules)), file=sys.stderr)
        """
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=cwd, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in run.stderr.split()}


def test_a_tree_without_schedules_loads_neither_libcst_nor_rich_nor_torch(tree: Path):
    (tree / "bad.py").write_text("import torch\nscheduler = None\n")
    (tree / "good.py").write_text("# LambdaLR is spoken of, and none is made\n")
    assert loaded("[]", tree).isdisjoint({"libcst", "rich", "torch", "numpy"})


def test_the_process_that_runs_loads_no_libcst_and_the_one_that_lints_no_torch(tree: Path):
    assert "libcst" not in loaded("['bad.py', '--select', 'ALL']", tree)
    program = dedent(
        """\
        import sys
        from warmlint.candidate import lint_candidate
        from warmlint.config import Settings
        from warmlint.discovery import discover
        from warmlint.linted import Target
        from warmlint.release import NEWEST
        candidate, _ = discover(["bad.py"])
        assert lint_candidate(candidate, Settings(), Target(NEWEST, NEWEST, replays=True)).report.findings
        print(*sys.modules)
        """
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tree, capture_output=True, text=True, check=True
    )
    names = {name.partition(".")[0] for name in run.stdout.split()}
    assert "libcst" in names
    assert names.isdisjoint({"torch", "numpy"})


def test_plain_output_does_without_rich(tree: Path):
    assert "rich" not in loaded("['bad.py']", tree)


# --- faults of warmlint's own ---------------------------------------------------------------------------


def test_a_fault_in_a_rule_names_it_and_harms_nothing_else(tree: Path, tmp_path_factory):
    build = Build(tmp_path_factory.mktemp("build"))
    build.edit(
        "rules/uncapped_warmup.py", "    f, t, w, last =", "    raise KeyError('oops')\n    f, t, w, last ="
    )
    run = build.run("--output-format", "json", cwd=tree)
    assert run.returncode == 2
    assert "bad.py: internal error in LR003 uncapped-warmup, line 7: KeyError: 'oops'" in run.stderr
    assert "good.py: internal error" in run.stderr
    assert codes(run) == [("bad.py", "LR001")]


# --- torch -------------------------------------------------------------------------------------------


@pytest.mark.torch
def test_torch_signs_the_evidence(tree: Path):
    run = warmlint("bad.py", "--torch", "full", "--output-format", "json", cwd=tree)
    assert run.returncode == 1
    assert json.loads(run.stdout)[0]["evidence"]["engine"].startswith("torch 2.")


@pytest.mark.torch
def test_a_disagreement_with_torch_is_shown(tree: Path, tmp_path_factory):
    build = Build(tmp_path_factory.mktemp("build"))
    build.edit(
        "trace/trace.py",
        "self.base_lr * found.value), None",
        "(1 + 1e-8) * self.base_lr * found.value), None",
    )
    run = build.run("bad.py", "--torch", "full", cwd=tree)
    assert run.returncode == 2
    assert "internal error: at tick 1 of param group 0 warmlint computes" in run.stderr
    assert "LR001" in run.stdout
