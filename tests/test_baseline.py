"""`--write-baseline`, `--baseline`, `--prune-baseline`: what is known is silent, what is new is not."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.command_line import Ran, warmlint
from tests.test_fix_cli import CURED, SCHEDULE, UNUSED
from warmlint.baseline import Baseline, BaselineError, Entry, load

ENTRIES = [Entry(f"{name}.py", "LR001", f"{number:064x}", "n", "l") for number, name in enumerate("abcdefgh")]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "one.py").write_text(SCHEDULE)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "two.py").write_text(SCHEDULE)
    run = lint("--write-baseline", "known.json", cwd=tmp_path)
    assert (run.returncode, run.out) == (0, "known.json knows 2 findings\n")
    return tmp_path


def lint(*arguments: str, cwd: Path) -> Ran:
    return warmlint("--torch", "off", "--output-format", "concise", *arguments, cwd=cwd)


def known(tree: Path) -> list[tuple[str, str]]:
    return [(each.path, each.code) for each in load(str(tree / "known.json")).entries]


def test_what_is_known_is_silent_and_what_is_new_is_not(tree: Path):
    run = lint("--baseline", "known.json", cwd=tree)
    assert (run.returncode, run.out) == (0, "")
    assert run.errors == "2 known findings not told (known.json)\n"
    # The known one has moved by two lines, and another stands beside it.
    (tree / "one.py").write_text("# moved\n\n" + SCHEDULE + UNUSED)
    # A second like a known one is new, above or below it.
    (tree / "sub" / "two.py").write_text(
        SCHEDULE + SCHEDULE.replace("warmup_epochs = 3", "warmup_epochs = 4")
    )
    run = lint("--baseline", "known.json", cwd=tree)
    assert run.returncode == 1
    assert [line.partition(" [")[0] for line in run.out.splitlines()] == [
        "one.py:14:12: LR901",
        "sub/two.py:17:56: LR001",
    ]


def test_the_baseline_may_be_named_in_the_settings(tree: Path):
    (tree / "warmlint.toml").write_text('baseline = "known.json"\n')
    run = lint(cwd=tree / "sub")
    assert (run.returncode, run.errors) == (0, "1 known finding not told (../known.json)\n")


def test_what_is_gone_is_told_and_the_file_shrinks_where_that_is_asked_for(tree: Path):
    before = (tree / "known.json").read_bytes()
    (tree / "one.py").write_text(CURED + UNUSED)
    run = lint("--baseline", "known.json", cwd=tree)
    assert "gone: one.py: LR001 zero-first-update: scheduler = LambdaLR(optimizer, lambda" in run.errors
    assert "1 known finding gone; `--prune-baseline` takes it out of known.json" in run.errors
    assert (tree / "known.json").read_bytes() == before
    run = lint("--baseline", "known.json", "--prune-baseline", cwd=tree)
    assert run.returncode == 1, "what is new is told, and not taken as known"
    assert "1 finding taken out of known.json" in run.errors
    assert known(tree) == [("sub/two.py", "LR001")]
    (tree / "sub" / "two.py").unlink()
    (tree / "one.py").unlink()
    lint("--baseline", "known.json", "--prune-baseline", cwd=tree)
    assert known(tree) == []


def test_what_a_run_does_not_look_at_stays(tree: Path):
    (tree / "one.py").write_text("LambdaLR(\n")
    (tree / "sub" / "two.py").write_text("x = 1\n")
    assert "gone: " not in lint("--baseline", "known.json", "--ignore", "LR001", cwd=tree).errors
    run = lint("--baseline", "known.json", "sub", cwd=tree)
    assert ("gone: one.py" in run.errors, "gone: sub/two.py" in run.errors) == (False, True)
    lint("--baseline", "known.json", "--prune-baseline", cwd=tree)
    assert known(tree) == [("one.py", "LR001")], "a file that cannot be linted loses nothing"
    run = lint("--write-baseline", "known.json", "sub", cwd=tree)
    assert run.out == "known.json knows 1 finding (0 new, 0 gone)\n"


def test_a_higher_minimum_makes_nothing_gone(tree: Path):
    (tree / "one.py").write_text(CURED + UNUSED)
    run = lint("--write-baseline", "known.json", cwd=tree)
    assert run.out == "known.json knows 2 findings (1 new, 1 gone)\n"
    run = lint("--baseline", "known.json", "--minimum-severity", "error", cwd=tree)
    assert (run.returncode, run.errors) == (0, "2 known findings not told (known.json)\n")


def test_what_is_known_is_left_alone_by_fixes(tree: Path):
    (tree / "one.py").write_text(SCHEDULE + UNUSED)
    run = warmlint("--fix", "--unsafe-fixes", "--baseline", "known.json", cwd=tree)
    assert run.returncode == 0
    assert (tree / "one.py").read_text() == SCHEDULE + "\nwidth = 7\n"
    assert (tree / "sub" / "two.py").read_text() == SCHEDULE


def test_the_same_findings_give_the_same_bytes(tree: Path):
    before = (tree / "known.json").read_bytes()
    (tree / "one.py").write_text("\n\n" + SCHEDULE)
    lint("--write-baseline", "known.json", "sub/two.py", "one.py", cwd=tree)
    assert (tree / "known.json").read_bytes() == before
    told = json.loads(before)
    assert told["warmlint-baseline"] == 1
    assert [sorted(each) for each in told["findings"]] == [
        ["code", "fingerprint", "line", "name", "path"]
    ] * 2
    assert len(before.splitlines()) == 4, "an entry a line"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "the baseline known.json does not exist; `--write-baseline` makes one"),
        ("{", "the baseline known.json is not JSON: "),
        ("[" * 100_000, "the baseline known.json is not JSON: "),
        ("[]", "known.json is no baseline of warmlint: it has no `warmlint-baseline`"),
        ('{"findings": []}', "known.json is no baseline of warmlint"),
        (
            '{"warmlint-baseline": 2, "findings": []}',
            "known.json has version 2, and this warmlint reads version 1",
        ),
        ('{"warmlint-baseline": "\\u001b[31m"}', r"has version \x1b[31m, and"),
        ('{"warmlint-baseline": 1, "findings": [{"path": "a.py"}]}', "known.json is corrupt: an entry lacks"),
        ('{"warmlint-baseline": 1, "findings": [1]}', "known.json is corrupt: an entry lacks"),
        ("<<<<<<< ours", "the baseline known.json is not JSON: "),
    ],
)
def test_what_is_no_baseline_is_a_sentence_and_stays(tmp_path: Path, text: str | None, sentence: str):
    if text is not None:
        (tmp_path / "known.json").write_text(text)
    for option in ("--baseline", "--write-baseline"):
        run = warmlint(option, "known.json", cwd=tmp_path)
        if text is None and option == "--write-baseline":
            continue
        assert run.returncode == 2
        assert sentence in run.errors.replace(f"{tmp_path}/", "")
        assert (tmp_path / "known.json").read_text() == text if text is not None else True


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--prune-baseline"], "wants a baseline: name it by `--baseline FILE`"),
        (["--write-baseline", "x", "--fix"], "`--write-baseline` takes findings as known"),
        (["--write-baseline", "no/x"], "there is no folder"),
        (["--write-baseline", "."], "is a folder"),
    ],
)
def test_what_cannot_be_asked_for(tmp_path: Path, arguments: list[str], sentence: str):
    run = warmlint(*arguments, cwd=tmp_path)
    assert run.returncode == 2
    assert sentence in run.errors


def test_git_merges_what_two_branches_do_to_it(tmp_path: Path):
    def git(*arguments: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    baseline = Baseline(str(tmp_path / "known.json"))
    git("init", "-q")
    baseline.write(ENTRIES[1:6])
    git("add", ".")
    git("commit", "-qm", "base")
    git("checkout", "-qb", "other")
    baseline.write([*ENTRIES[1:3], *ENTRIES[4:6]])  # one is fixed
    git("commit", "-qam", "fixed")
    git("checkout", "-q", "main")
    baseline.write(ENTRIES[:6])  # one has come
    git("commit", "-qam", "new")
    git("merge", "-q", "other")
    assert load(baseline.file).entries == (*ENTRIES[:3], *ENTRIES[4:6])


def test_entries_of_the_same_file_and_an_empty_baseline(tmp_path: Path):
    baseline = Baseline(str(tmp_path / "known.json"), ENTRIES)
    assert baseline.known(os.path.relpath(tmp_path / "c.py")) == (ENTRIES[2].fingerprint,)
    baseline.write([])
    assert (tmp_path / "known.json").read_text() == '{"warmlint-baseline": 1, "findings": [\n]}\n'
    assert load(baseline.file).entries == ()
    with pytest.raises(BaselineError, match="cannot be written"):
        Baseline(str(tmp_path / "no" / "known.json")).write([])
