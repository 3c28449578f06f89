"""`--add-ignores REASON`: comments that silence what is found, and change nothing else."""

from __future__ import annotations

import codecs
import json
import os
from pathlib import Path

import pytest

from tests.command_line import Ran, warmlint
from tests.test_fix_cli import CURED, SCHEDULE, UNUSED
from warmlint.candidate import lint_candidate
from warmlint.config import Settings
from warmlint.discovery import Candidate
from warmlint.fixes.encode import encode
from warmlint.linted import Target
from warmlint.release import NEWEST

LINE = "scheduler = LambdaLR(optimizer, lambda epoch: min(1.0, epoch / warmup_epochs))"
COMMENT = "  # warmlint: ignore[LR001] as meant"
SILENT = SCHEDULE.replace(LINE, LINE + COMMENT)


def silenced(data: bytes, reason: str = "as meant", path: str = "a.py") -> bytes:
    """A file's bytes with its findings silenced, by the engine alone."""
    candidate = Candidate(path, data, None)
    mended = lint_candidate(candidate, Settings(), Target(NEWEST, reason=reason)).mended
    assert mended is not None
    return encode(path, mended.text, data)


def add(folder: Path, *arguments: str, reason: str = "as meant", given: bytes = b"") -> Ran:
    return warmlint("--torch", "off", "--add-ignores", reason, *arguments, cwd=folder, given=given)


def test_a_comment_is_written_and_the_next_run_is_silent(tmp_path: Path):
    (tmp_path / "a.py").write_text(SCHEDULE)
    (tmp_path / "b.py").write_text(CURED)
    run = add(tmp_path)
    assert (run.returncode, run.errors) == (0, "")
    assert run.out == 'Silenced 1 finding in 1 file, with the reason "as meant"\n'
    assert (tmp_path / "a.py").read_text() == SILENT
    assert (tmp_path / "b.py").read_text() == CURED
    assert add(tmp_path).out == "Silenced no finding\n"
    run = add(tmp_path, "-", given=SCHEDULE.encode())
    assert (run.out, "Silenced 1 finding" in run.errors) == (SILENT, True)


@pytest.mark.parametrize(
    ("line", "silent"),
    [
        # Behind what stands there already.
        (LINE + "  # noqa: E501", LINE + "  # noqa: E501" + COMMENT),
        (LINE + "  # warmlint: ignore[LR003] old", None),
        # Within brackets, on the row that is reported.
        (
            "scheduler = LambdaLR(\n    optimizer,\n    lambda epoch: min(1.0, epoch / warmup_epochs),\n)",
            "scheduler = LambdaLR(\n    optimizer,\n    lambda epoch: min(1.0, epoch / warmup_epochs),"
            + COMMENT
            + "\n)",
        ),
        # Where no comment can stand on the row: at the end of the statement.
        (
            LINE.replace("lambda epoch: ", "lambda epoch: \\\n    ").replace("/ warmup", "/ \\\n    warmup"),
            LINE.replace("lambda epoch: ", "lambda epoch: \\\n    ").replace("/ warmup", "/ \\\n    warmup")
            + COMMENT,
        ),
        (LINE + "; name = '''of\nit'''", LINE + "; name = '''of\nit'''" + COMMENT),
        (LINE + "   \t", LINE + COMMENT + "   \t"),
    ],
)
def test_where_the_comment_stands(line: str, silent: str | None):
    after = silenced(SCHEDULE.replace(LINE, line).encode())
    assert after.decode() == SCHEDULE.replace(LINE, silent or line + COMMENT)


@pytest.mark.parametrize(
    ("before", "encoding"),
    [
        (SCHEDULE.replace("\n", "\r\n"), "utf-8"),
        (SCHEDULE.replace("\n", "\r"), "utf-8"),
        (SCHEDULE.rstrip("\n"), "utf-8"),
        ("# -*- coding: latin-1 -*-\n# \xe9\n" + SCHEDULE, "latin-1"),
    ],
)
def test_line_endings_and_encodings_stay(before: str, encoding: str):
    after = before.replace(LINE, LINE + COMMENT)
    assert silenced(before.encode(encoding)) == after.encode(encoding)
    if encoding == "utf-8":
        assert silenced(codecs.BOM_UTF8 + before.encode()) == codecs.BOM_UTF8 + after.encode()


def test_several_rules_share_a_comment_and_vain_ones_stay():
    text = SCHEDULE.replace("min(1.0, epoch / warmup_epochs)", "epoch / warmup_epochs") + UNUSED
    after = silenced(text.encode()).decode()
    assert "ignore[LR001, LR003] as meant\n" in after
    assert after.endswith(UNUSED), "what silences nothing is silenced by no comment"


def test_what_only_looks_like_the_line_stays():
    text = f'x = """\n{LINE}\n"""\ny = f"""{{epoch}}\n{LINE}"""\n'
    assert silenced((SCHEDULE + text).encode()).decode() == SILENT + text


def test_a_comment_in_a_notebook():
    cells = [
        {
            "cell_type": "code",
            "id": "a",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": text.splitlines(keepends=True),
        }
        for text in ("%pip install torch", SCHEDULE)
    ]
    told = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    data = json.dumps(told, indent=1).encode()
    after = silenced(data, path="a.ipynb")
    old, new = (json.loads(each)["cells"] for each in (data, after))
    assert "".join(new[1]["source"]) == SILENT
    assert {**new[1], "source": 0} == {**old[1], "source": 0}
    assert new[0] == old[0]


def test_only_what_is_new_is_silenced_and_only_shown_with_diff(tmp_path: Path):
    (tmp_path / "a.py").write_text(SCHEDULE)
    warmlint("--torch", "off", "--write-baseline", "known.json", cwd=tmp_path)
    assert add(tmp_path, "--baseline", "known.json").out == "Silenced no finding\n"
    run = add(tmp_path, "--diff")
    assert run.returncode == 1
    assert f"+{LINE}{COMMENT}\n" in run.out
    assert "Would silence 1 finding in 1 file" in run.errors
    assert (tmp_path / "a.py").read_text() == SCHEDULE


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "\x1b[31m", "see warmlint: ignore", "a\u202eb"])
def test_a_reason_that_no_comment_can_hold(tmp_path: Path, reason: str):
    (tmp_path / "a.py").write_text(SCHEDULE)
    run = add(tmp_path, reason=reason)
    assert run.returncode == 2
    assert "`--add-ignores` wants a reason" in run.errors
    assert (tmp_path / "a.py").read_text() == SCHEDULE


def test_a_reason_beside_fixes_or_outside_of_the_encoding(tmp_path: Path):
    (tmp_path / "a.py").write_bytes(b"# -*- coding: latin-1 -*-\n" + SCHEDULE.encode())
    run = add(tmp_path, "--fix")
    assert (run.returncode, "ask for one at a time" in run.errors) == (2, True)
    run = add(tmp_path, reason="見よ #12")
    assert run.returncode == 2
    assert "which `iso8859-1` lacks" in run.errors
    assert "ignore[LR001] 見よ #12\n" in silenced(SCHEDULE.encode(), "見よ #12").decode()


def test_a_file_that_may_not_be_changed_is_left_alone(tmp_path: Path):
    (tmp_path / "a.py").write_text(SCHEDULE)
    (tmp_path / "b.py").write_text(SCHEDULE)
    (tmp_path / "a.py").chmod(0o444)
    os.link(tmp_path / "b.py", tmp_path / "c.txt")
    run = add(tmp_path)
    assert run.returncode == 2
    assert "a.py: was not fixed: it is read-only" in run.errors
    assert "b.py: was not fixed: it has another name" in run.errors
    assert (tmp_path / "a.py").read_text() == (tmp_path / "b.py").read_text() == SCHEDULE
