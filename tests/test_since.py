"""`--diff-base REV`: findings on lines that changed, by real git on real repositories, also hostile ones."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.command_line import warmlint
from tests.test_fix_cli import CURED, SCHEDULE
from warmlint.discovery import Candidate
from warmlint.discovery.notebook import read_notebook
from warmlint.since.changes import Changes
from warmlint.since.git import GitError, top
from warmlint.since.lines import new_rows

AUTHOR = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@b",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@b",
}
LINES = "".join(f"line {number}\n" for number in range(1, 31))


def git(*arguments: str, cwd: Path, check: bool = True) -> str:
    done = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", *arguments],
        cwd=cwd,
        env={**os.environ, **AUTHOR},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=check,
        timeout=20,
    )
    return done.stdout.strip()


def commit(repository: Path, message: str = "x") -> str:
    git("add", "-A", cwd=repository)
    git("commit", "-q", "--allow-empty", "-m", message, cwd=repository)
    return git("rev-parse", "HEAD", cwd=repository)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git("init", "-q", cwd=folder)
    return folder


def rows(repository: Path, revision: str, *names: str) -> dict[str, list[int]]:
    """The new rows of files, as the engine tells them."""
    files = [repository / name for name in names]
    changes = Changes(revision)
    changes.require([str(repository)])
    found = changes.rows([Candidate(str(file), file.read_bytes(), str(file)) for file in files])
    return {name: sorted(found[str(file)]) for name, file in zip(names, files, strict=True)}


# --- what counts as changed ----------------------------------------------------------------------


def test_committed_staged_unstaged_and_untracked_changes(repository: Path):
    for name in ("same", "committed", "staged", "unstaged", "all"):
        (repository / f"{name}.py").write_text(LINES)
    first = commit(repository)
    (repository / "committed.py").write_text(LINES.replace("line 3\n", "LINE 3\n"))
    (repository / "all.py").write_text(LINES.replace("line 3\n", "LINE 3\n"))
    commit(repository)
    (repository / "staged.py").write_text(LINES.replace("line 5\n", "line 5\nnew\n"))
    (repository / "all.py").write_text((repository / "all.py").read_text() + "new\n")
    git("add", "-A", cwd=repository)
    (repository / "unstaged.py").write_text(LINES.replace("line 9\n", ""))
    (repository / "all.py").write_text("new\n" + (repository / "all.py").read_text())
    (repository / "untracked.py").write_text("one\ntwo\n")
    (repository / "ignored.py").write_text("one\n")
    (repository / ".gitignore").write_text("ignored.py\n")
    names = [
        f"{name}.py" for name in ("same", "committed", "staged", "unstaged", "all", "untracked", "ignored")
    ]
    expected = {"committed.py": [3], "staged.py": [6], "all.py": [1, 4, 32], "untracked.py": [1, 2]}
    assert rows(repository, first, *names) == {name: expected.get(name, []) for name in names} | {
        "ignored.py": [1]
    }
    assert rows(repository, "HEAD", "committed.py", "all.py") == {"committed.py": [], "all.py": [1, 32]}


def test_what_the_other_branch_did_is_no_change_of_ours(repository: Path):
    (repository / "a.py").write_text(LINES)
    commit(repository)
    git("checkout", "-q", "-b", "ours", cwd=repository)
    (repository / "a.py").write_text(LINES.replace("line 3\n", "LINE 3\n"))
    commit(repository)
    git("checkout", "-q", "main", cwd=repository)
    (repository / "a.py").write_text(LINES.replace("line 20\n", "theirs\n"))
    commit(repository)
    git("checkout", "-q", "ours", cwd=repository)
    assert rows(repository, "main", "a.py") == {"a.py": [3]}
    expected = git("diff", "--merge-base", "-U0", "main", cwd=repository)
    assert "@@ -3 +3 @@" in expected
    assert "theirs" not in expected


def test_a_renamed_file_is_compared_with_what_it_was(repository: Path):
    (repository / "src").mkdir()
    (repository / "src" / "old.py").write_text(LINES)
    (repository / "other.py").write_text("something\nelse\n")
    first = commit(repository)
    git("mv", "src/old.py", "new name.py", cwd=repository)
    (repository / "new name.py").write_text(LINES.replace("line 9\n", "LINE 9\n"))
    assert rows(repository, first, "new name.py", "other.py") == {"new name.py": [9], "other.py": []}
    (repository / "copy.py").write_text((repository / "other.py").read_text())
    assert rows(repository, first, "copy.py") == {"copy.py": [1, 2]}, (
        "its source is still there: a copy is new"
    )


def test_names_and_contents_that_look_like_a_patch(repository: Path):
    name = '"++ b\tnew\n@@ -1 +1,9 @@ é\udcff.py'
    text = "++ b/new/1\n@@ -1 +1,9 @@\n-- a\ndiff --git a/x b/x\n"
    (repository / name).write_text(text)
    (repository / "a.py").write_text(LINES)
    first = commit(repository)
    (repository / name).write_text(text + text)
    (repository / "a.py").write_text("++ b/new/0\n" + LINES)
    found = rows(repository, first, "a.py", name)
    assert found == {"a.py": [1], name: [5, 6, 7, 8]}


def test_line_endings_that_git_turns_are_no_change(repository: Path):
    (repository / ".gitattributes").write_text("*.py text eol=crlf\n")
    (repository / "a.py").write_bytes(LINES.replace("\n", "\r\n").encode())
    first = commit(repository)
    assert "\r" not in git("cat-file", "-p", f"{first}:a.py", cwd=repository)
    (repository / "a.py").write_bytes(LINES.replace("\n", "\r\n").replace("line 7", "LINE 7").encode())
    assert rows(repository, first, "a.py") == {"a.py": [7]}


def test_links_worktrees_and_repositories_within(repository: Path, tmp_path: Path):
    (repository / "a.py").write_text(LINES)
    first = commit(repository)
    git("worktree", "add", "-q", str(tmp_path / "beside"), cwd=repository)
    (tmp_path / "beside" / "a.py").write_text(LINES + "new\n")
    assert rows(tmp_path / "beside", first, "a.py") == {"a.py": [31]}
    (repository / "link.py").symlink_to("a.py")
    assert rows(repository, first, "link.py") == {"link.py": []}
    inner = repository / "vendored"
    inner.mkdir()
    git("init", "-q", cwd=inner)
    (inner / "b.py").write_text(LINES)
    commit(inner)
    assert top(str(inner / "b.py")) == str(inner)
    with pytest.raises(GitError, match=rf"git knows no commit `{first}` in .*vendored"):
        rows(repository, first, "vendored/b.py")
    assert rows(repository, "HEAD", "vendored/b.py", "a.py") == {"vendored/b.py": [], "a.py": []}


def test_rows_of_a_notebook_are_those_of_its_code(repository: Path):
    def notebook(*cells: str) -> str:
        told = [
            {"cell_type": "code", "id": str(n), "metadata": {}, "outputs": [], "execution_count": None}
            for n in range(len(cells))
        ]
        source = [text.splitlines(keepends=True) for text in cells]
        told = [{**about, "source": lines} for about, lines in zip(told, source, strict=True)]
        return json.dumps({"cells": told, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)

    (repository / "a.ipynb").write_text(notebook("a = 1\nb = 2", "c = 3\nd = 4"))
    first = commit(repository)
    (repository / "a.ipynb").write_text(notebook("a = 1\nb = 2", "c = 3\nd = 5").replace("null", "7"))
    (found,) = rows(repository, first, "a.ipynb").values()
    before, after = (
        read_notebook(text.encode()).text.splitlines()
        for text in (notebook("a = 1\nb = 2", "c = 3\nd = 4"), (repository / "a.ipynb").read_text())
    )
    assert found == [row for row, (old, new) in enumerate(zip(before, after, strict=True), 1) if old != new]
    assert len(found) == 1


def test_many_files_of_which_some_are_large(repository: Path):
    for number in range(40):
        (repository / f"{number}.py").write_text(f"old {number}\n" * 400)
    first = commit(repository)
    for number in range(40):
        (repository / f"{number}.py").rename(repository / f"moved{number}.py")
    names = [f"moved{number}.py" for number in range(40)]
    assert rows(repository, first, *names) == {name: [] for name in names}
    (repository / "moved0.py").write_text("x" * 70_000 + "\n")
    assert rows(repository, first, "moved0.py") == {"moved0.py": [1]}


def test_lines_are_compared_in_time(tmp_path: Path):
    alike = b"x = 1\n" * 60_000
    (found,) = new_rows([alike + b"y\n" + alike], {0: alike}, [])
    assert len(found) == 60_001


# --- the command line ----------------------------------------------------------------------------


def test_only_findings_on_changed_lines_are_told(repository: Path):
    (repository / "old.py").write_text(SCHEDULE)
    (repository / "new.py").write_text(CURED)
    commit(repository)
    (repository / "new.py").write_text(SCHEDULE)
    (repository / "old.py").write_text(SCHEDULE + "x = 1\n")
    run = warmlint("--diff-base", "HEAD", "--output-format", "json", cwd=repository)
    assert run.returncode == 1
    assert [each["filename"] for each in json.loads(run.out)] == ["new.py"]
    (repository / "new.py").write_text(CURED)
    run = warmlint("--diff-base=HEAD", cwd=repository)
    assert (run.returncode, run.out) == (0, "All clean: 2 schedules in 2 files\n")
    run = warmlint(
        "-", "--stdin-filename=old.py", "--diff-base=HEAD", cwd=repository, given=b"\n" + SCHEDULE.encode()
    )
    assert run.returncode == 0
    run = warmlint(
        "-", "--stdin-filename=else.py", "--diff-base=HEAD", cwd=repository, given=SCHEDULE.encode()
    )
    assert run.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--diff-base", "nowhere"], "git knows no commit `nowhere` in "),
        (["--diff-base", "HEAD:a.py"], "git knows no commit `HEAD:a.py` in "),
        (["--diff-base=--output=canary"], "`--output=canary` cannot be the name of a commit"),
        (["--diff-base=-h"], "`-h` cannot be the name of a commit"),
        (["--diff-base="], "`` cannot be the name of a commit"),
        (["--diff-base", "HEAD", ".."], ".. is in no git repository"),
        (["--diff-base", "unrelated"], "`unrelated` and HEAD have no commit in common"),
        (["--diff-base", "HEAD", "--fix"], "`--diff-base` narrows what is told"),
        (["--diff-base", "HEAD", "--add-ignores", "x"], "`--diff-base` narrows what is told"),
    ],
)
def test_what_git_cannot_tell_is_a_sentence(repository: Path, arguments: list[str], sentence: str):
    (repository / "a.py").write_text("x = 1\n")
    commit(repository)
    git("checkout", "-q", "--orphan", "unrelated", cwd=repository)
    commit(repository, "another root")
    git("checkout", "-q", "main", cwd=repository)
    run = warmlint(*arguments, cwd=repository)
    assert run.returncode == 2
    assert sentence in run.errors
    assert run.out == ""
    assert not (repository / "canary").exists()


def test_a_repository_without_a_commit_and_one_without_its_objects(repository: Path):
    run = warmlint("--diff-base", "HEAD", cwd=repository)
    assert (run.returncode, "git knows no commit `HEAD`" in run.errors) == (2, True)
    (repository / "a.py").write_text(SCHEDULE)
    commit(repository)
    blob = git("rev-parse", "HEAD:a.py", cwd=repository)
    os.unlink(repository / ".git" / "objects" / blob[:2] / blob[2:])
    run = warmlint("--diff-base", "HEAD", cwd=repository)
    assert (run.returncode, "git lacks the content of `a.py`" in run.errors) == (2, True)


def test_no_settings_file_has_git_started(repository: Path):
    (repository / "warmlint.toml").write_text('diff-base = "HEAD"\n')
    run = warmlint(cwd=repository)
    assert run.returncode == 2
    assert "`diff-base` is said on the command line alone" in run.errors


def test_git_must_be_installed_and_stands_in_no_relative_folder(
    repository: Path, monkeypatch: pytest.MonkeyPatch
):
    (repository / "git").write_text("#!/bin/sh\ntouch canary\n")
    (repository / "git").chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([".", "", "bin"]))
    run = warmlint("--diff-base", "HEAD", cwd=repository)
    assert (run.returncode, "git is not installed" in run.errors) == (2, True)
    assert not (repository / "canary").exists()


# --- a repository that means harm ----------------------------------------------------------------


def test_nothing_that_the_repository_names_is_started(repository: Path, tmp_path: Path):
    (repository / "a.py").write_text(CURED)
    (repository / "gone.py").write_text(SCHEDULE + "# old\n")
    commit(repository)
    canaries = tmp_path / "canaries"
    canaries.mkdir()

    def trap(name: str) -> str:
        script = tmp_path / f"{name}.sh"
        script.write_text(f"#!/bin/sh\ntouch '{canaries / name}'\nexit 1\n")
        script.chmod(0o755)
        return str(script)

    for key in (
        "core.fsmonitor",
        "core.pager",
        "pager.diff",
        "diff.external",
        "diff.x.textconv",
        "diff.x.command",
        "filter.x.clean",
        "filter.x.smudge",
        "filter.x.process",
        "core.sshCommand",
        "core.askPass",
        "credential.helper",
        "core.editor",
        "core.alternateRefsCommand",
        "uploadpack.packObjectsHook",
        "gpg.program",
        "remote.origin.uploadpack",
    ):
        git("config", key, trap(key), cwd=repository)
    git("config", "core.hooksPath", str(tmp_path / "hooks"), cwd=repository)
    (tmp_path / "hooks").mkdir()
    for hook in ("post-index-change", "reference-transaction", "fsmonitor-watchman", "post-checkout"):
        (tmp_path / "hooks" / hook).write_text(f"#!/bin/sh\ntouch '{canaries / hook}'\n")
        (tmp_path / "hooks" / hook).chmod(0o755)
    # A partial clone whose remote is a program: a missing object would start it.
    git("config", "remote.origin.url", f"ext::{trap('ext')}", cwd=repository)
    git("config", "remote.origin.promisor", "true", cwd=repository)
    git("config", "extensions.partialClone", "origin", cwd=repository)
    git("config", "core.repositoryFormatVersion", "1", cwd=repository)
    git("config", "protocol.allow", "always", cwd=repository)
    git("config", "protocol.ext.allow", "always", cwd=repository)
    (repository / ".gitattributes").write_text("*.py diff=x filter=x\n")
    (repository / "a.py").write_text(SCHEDULE)
    (repository / "gone.py").rename(repository / "moved.py")

    run = warmlint("--diff-base", "HEAD", "--output-format", "concise", cwd=repository)
    assert [line.partition(":")[0] for line in run.out.splitlines()] == ["a.py"]
    assert sorted(each.name for each in canaries.iterdir()) == []
    blob = git("rev-parse", "HEAD:gone.py", cwd=repository)
    os.unlink(repository / ".git" / "objects" / blob[:2] / blob[2:])
    run = warmlint("--diff-base", "HEAD", cwd=repository)
    assert "git lacks the content of `gone.py`" in run.errors
    assert sorted(each.name for each in canaries.iterdir()) == []

    # The traps are real: what people would type springs some.
    git("diff", "HEAD", cwd=repository, check=False)
    git("cat-file", "-p", blob, cwd=repository, check=False)
    sprung = {each.name for each in canaries.iterdir()}
    assert {"core.fsmonitor", "ext"} <= sprung
    assert sprung & {"diff.external", "diff.x.command", "filter.x.clean", "filter.x.process"}
