"""Notebooks: read as the code of their cells, told by cell and line, and fixed without touching the rest.

nbformat writes them and says whether they are valid; IPython says which lines are not Python; jupytext writes
scripts of cells.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmlint.discovery import UnreadableError
from warmlint.discovery.decode import decode
from warmlint.discovery.magics import hidden, mark_for, shown
from warmlint.discovery.notebook import cells_of, read_notebook, write_notebook
from warmlint.finding import Edit
from warmlint.fixes.apply import apply
from warmlint.fixes.encode import RefusedError, encode
from warmlint.source import Position, Span

nbformat = pytest.importorskip("nbformat")

SETUP = "%matplotlib inline\nimport torch\nfrom torch.optim.lr_scheduler import LambdaLR"
MAKE = """\
warmup = 5
model = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = LambdaLR(optimizer, lambda step: min(1.0, step / warmup))  # "é" \N{GRINNING FACE}\tx"""
TRAIN = """\
%%time
for step in range(20):
    optimizer.step()
    !echo it's {step}
    scheduler.step()"""
BUGGY = (SETUP, "# Words", MAKE, TRAIN)


def notebook(*cells: str, language: str = "python") -> str:
    """A notebook as Jupyter saves it; a cell that begins with `# ` is one of words, and each other one has an
    output."""
    made = nbformat.v4.new_notebook(
        metadata={"language_info": {"name": language}, "custom": {"b": 1, "a": 1e5}}
    )
    for number, text in enumerate(cells):
        if text.startswith("# "):
            cell = nbformat.v4.new_markdown_cell(text)
        else:
            picture = nbformat.v4.new_output(
                "display_data", {"image/png": "iVBORw0KGgo=\n", "text/plain": "<é>"}
            )
            cell = nbformat.v4.new_code_cell(text, execution_count=number, outputs=[picture])
        cell["id"] = f"cell-{number}"
        made.cells.append(cell)
    nbformat.validate(made)
    return nbformat.writes(made) + "\n"


def warmlint(*arguments: str, cwd: Path, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "warmlint", "--no-cache", "--select", "ALL", *arguments],
        cwd=cwd, input=given, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "train.ipynb").write_text(notebook(*BUGGY))
    return tmp_path


# --- what is told ------------------------------------------------------------------------------


def test_a_finding_carries_its_cell_and_line(folder: Path):
    done = warmlint("--output-format", "concise", cwd=folder)
    assert done.stdout.startswith(
        "train.ipynb:cell 3:4:55: LR001 [warning] the first update of 5 runs at LR 0"
    )
    (finding,) = json.loads(warmlint("--output-format", "json", cwd=folder).stdout)
    assert (finding["cell"], finding["location"]) == (3, {"row": 4, "column": 55})
    assert finding["site"] == {"row": 4, "construct": "LambdaLR", "cell": 3}
    (edit,) = finding["fix"]["edits"]
    line = MAKE.splitlines()[edit["location"]["row"] - 1]
    assert edit["cell"] == 3
    assert line[edit["location"]["column"] - 1 : edit["end_location"]["column"] - 1] == "step"


def test_the_page_quotes_the_cell_s_own_lines(folder: Path):
    done = warmlint(cwd=folder)
    assert "train.ipynb:cell 3:4:55: warning LR001" in done.stdout
    assert "   4 │ scheduler = LambdaLR(" in done.stdout
    assert "   4 + scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup))" in done.stdout


@pytest.mark.parametrize("format", ["github", "azure", "sarif", "gitlab", "rdjson", "junit"])
def test_formats_that_know_files_alone_get_the_file_s_row(folder: Path, format: str):
    text = (folder / "train.ipynb").read_text()
    row = next(row for row, line in enumerate(text.splitlines(), 1) if "scheduler = LambdaLR" in line)
    told = warmlint("--output-format", format, cwd=folder).stdout
    place = {
        "github": f"file=train.ipynb,line={row},",
        "azure": f"linenumber={row};",
        "sarif": f'"startLine": {row},',
        "gitlab": f'"begin": {row}',
        "rdjson": f'"start": {{"line": {row}, "column": 1}}',
        "junit": f'line="{row}"',
    }[format]
    assert place in told
    assert "cell 3, line 4" in told


def test_a_curve_is_asked_for_by_cell_and_line(folder: Path):
    def curve(place: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "warmlint", "curve", place]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    assert curve("train.ipynb:cell 3:4").stdout.startswith("train.ipynb:cell 3:4:13: LambdaLR")
    assert curve("train.ipynb:cell 3:4").stdout == curve("train.ipynb").stdout
    assert "there are some at line 4 of cell 3" in curve("train.ipynb:cell 1:1").stderr


def test_messages_name_lines_by_their_cells(tmp_path: Path):
    other = "for step in range(20):\n    optimizer.step()\n    other.step()\n    scheduler.step()"
    second = "\nother = torch.optim.lr_scheduler.StepLR(optimizer, 5)"
    (tmp_path / "a.ipynb").write_text(notebook(SETUP, MAKE.replace("step /", "(step + 1) /") + second, other))
    done = warmlint("--select", "LR203", "--output-format", "concise", cwd=tmp_path)
    assert "LR203" in done.stdout
    assert " line " not in done.stdout or " of cell " in done.stdout


def test_a_suppression_in_a_cell_counts(tmp_path: Path):
    told = MAKE.replace('"é"', 'warmlint: ignore[LR001] on purpose: "é"')
    (tmp_path / "a.ipynb").write_text(notebook(SETUP, told, TRAIN))
    assert "All clean: 1 schedule in 1 file" in warmlint(cwd=tmp_path).stdout


def test_stdin_is_a_notebook_by_its_name(tmp_path: Path):
    done = warmlint(
        "--stdin-filename", "a.ipynb", "--output-format", "concise", "-", cwd=tmp_path, given=notebook(*BUGGY)
    )
    assert done.stdout.startswith("a.ipynb:cell 3:4:55: LR001")


@pytest.mark.parametrize("language", ["R", "julia", "scala"])
def test_another_language_is_left_alone(tmp_path: Path, language: str):
    (tmp_path / "a.ipynb").write_text(notebook(*BUGGY, language=language))
    assert "All clean: no schedules in 1 file" in warmlint(cwd=tmp_path).stdout


def test_cells_of_another_language_are_left_out(tmp_path: Path):
    (tmp_path / "a.ipynb").write_text(notebook("%%bash\nif [ ]; then", SETUP, "%%html\n<b>", MAKE, TRAIN))
    assert "a.ipynb:cell 4:4:55: LR001" in warmlint("--output-format", "concise", cwd=tmp_path).stdout


def test_imports_reach_into_the_project(tmp_path: Path):
    (tmp_path / "ramps.py").write_text("def ramp(step):\n    return min(1.0, step / 5)\n")
    made = MAKE.replace("lambda step: min(1.0, step / warmup)", "ramp")
    (tmp_path / "a.ipynb").write_text(notebook(SETUP + "\nfrom ramps import ramp", made, TRAIN))
    assert "LR001" in warmlint("--output-format", "concise", "a.ipynb", cwd=tmp_path).stdout


BROKEN = {
    "it is not JSON": b"{",
    "is not UTF-8": b'{"nbformat": 4, "\xff": 1}',
    "names no `nbformat`": b'{"cells": []}',
    "is a notebook of format 3": b'{"nbformat": 3, "worksheets": []}',
    "holds a NUL character": notebook("x = '\0'").encode(),
    "holds half a surrogate pair": notebook("x = 1").replace("x = 1", "\\ud800").encode(),
    "is nested too deeply": b'{"nbformat": 4, "cells": ' + b"[" * 200_000,
    "line 2 of cell 3: ": notebook("x = 1", "# words", "y = 2\nz = (", "w = 3").encode(),
}


@pytest.mark.parametrize("said", BROKEN)
def test_what_is_no_notebook_is_an_error_in_words(tmp_path: Path, said: str):
    (tmp_path / "a.ipynb").write_bytes(BROKEN[said])
    done = warmlint("a.ipynb", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: a.ipynb: ")
    assert said in done.stderr
    assert (tmp_path / "a.ipynb").read_bytes() == BROKEN[said]


# --- fixes -------------------------------------------------------------------------------------


def test_a_fix_changes_one_line_of_the_file_and_nothing_else(folder: Path):
    before = (folder / "train.ipynb").read_bytes()
    done = warmlint("--fix", "--unsafe-fixes", cwd=folder)
    assert "train.ipynb:cell 3:4:55: LR001" in done.stdout
    after = (folder / "train.ipynb").read_bytes()
    changed = [(a, b) for a, b in zip(before.split(b"\n"), after.split(b"\n"), strict=True) if a != b]
    ((old, new),) = changed
    assert new == old.replace(b"step / warmup", b"(step + 1) / warmup")
    nbformat.validate(nbformat.reads(after.decode(), as_version=4))


def test_the_diff_is_one_that_git_applies(folder: Path):
    diff = warmlint("--diff", "--unsafe-fixes", "train.ipynb", cwd=folder).stdout
    subprocess.run(["git", "apply", "-p0", "-"], cwd=folder, input=diff, text=True, check=True)
    assert "(step + 1) / warmup" in (folder / "train.ipynb").read_text()


def test_what_is_left_after_a_fix_is_told_by_the_new_rows(tmp_path: Path):
    (tmp_path / "a.ipynb").write_text(
        notebook(SETUP, MAKE + "\nlate = LambdaLR(optimizer, lambda step: 0.1 * step)", TRAIN)
    )
    done = warmlint("--fix", "--unsafe-fixes", "--output-format", "github", cwd=tmp_path)
    rows = [int(line.split("line=")[1].split(",")[0]) for line in done.stdout.splitlines() if "line=" in line]
    lines = (tmp_path / "a.ipynb").read_text().splitlines()
    assert rows
    assert all("late" in lines[row - 1] or "scheduler" in lines[row - 1] for row in rows)


SHAPES = {
    "one string": lambda cells: cells,
    "lines": lambda cells: [cell.splitlines(keepends=True) for cell in cells],
    "pieces": lambda cells: [[cell[:40], cell[40:]] for cell in cells],
}


@pytest.mark.parametrize("escaped", [True, False], ids=["escaped", "as it is"])
@pytest.mark.parametrize("indent", [None, 1, 4, "\t"])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_way_to_write_a_cell_stays(shape: str, indent: int | str | None, escaped: bool):
    sources = SHAPES[shape]([SETUP, MAKE, TRAIN, ""])
    cells = [{"source": source, "cell_type": "code", "outputs": [{"source": ["x"]}]} for source in sources]
    data = json.dumps({"cells": cells, "nbformat": 4}, indent=indent, ensure_ascii=escaped).encode()
    text, _ = read_notebook(data)
    assert write_notebook(text, data) == data
    after = write_notebook(text.replace("step / warmup", "(step + 1) / warmup"), data)
    fixed = json.loads(after)
    made = fixed["cells"][1]["source"]
    assert "".join(made) == MAKE.replace("step / warmup", "(step + 1) / warmup")
    assert isinstance(made, str) == (shape == "one string")
    fixed["cells"][1]["source"] = sources[1]
    assert json.dumps(fixed, indent=indent, ensure_ascii=escaped).encode() == data


PIECES = (
    *("x = 1", "", "%time", "    !ls 'a", "y = !ls \\", "f(", "% 3)", '"""', "z?", "\\", "# IPython: a", "'"),
    *("%%time", "## IPython: cell 2", "é\N{GRINNING FACE}", "if x:", "pass  # IPython: b", "a = b = %pwd"),
)
CELLS = st.lists(st.lists(st.sampled_from(PIECES), max_size=6).map("\n".join), max_size=5)


@given(CELLS, st.booleans())
def test_the_code_comes_back_to_the_byte(cells: Sequence[str], marked: bool):
    data = b"\xef\xbb\xbf" * marked + notebook(*cells).encode()
    text, found = read_notebook(data)
    assert write_notebook(text, data) == data
    assert decode("a.ipynb", data).edited(text).cells == found
    rows = text.split("\n")
    assert all(rows[cell.row - 2] == cell.heading for cell in found[1:])


@given(CELLS)
def test_each_row_is_found_in_the_file(cells: Sequence[str]):
    data = notebook(*cells).encode()
    lines = data.decode().splitlines()
    for cell in cells_of(data):
        for row, line in zip(cell.file_rows, cells[cell.number - 1].split("\n"), strict=False):
            assert json.dumps(line, ensure_ascii=False)[:-1] in lines[row - 1]


def test_a_cell_that_would_lose_its_place_is_no_fix():
    data = notebook("x = 1", "y = 2").encode()
    source = decode("a.ipynb", data)
    row = source.cells[1].row - 1
    cut = apply(source, [Edit(Span(Position(row, 1), Position(row + 1, 1)), "")])
    assert [cell.number for cell in cut.cells] == [1]
    with pytest.raises(RefusedError, match="cell 2 has lost its place"):
        encode("a.ipynb", cut.text, data)


# --- lines that are not Python -----------------------------------------------------------------

LINES = (
    *("%matplotlib inline", "!pip install torch", "x = !ls -l", "y = %pwd", "f?", "torch.nn??", "?print"),
    *(
        "%%time",
        "a = 5 % 3",
        "b != c",
        "if a:\n    !ls 'x\n    %time f(\nelse:\n    pass",
        "# %time",
        "x %= 2",
    ),
    *("!pip install \\\n    torch", "s = '''\n%a\n!b\n'''", "t = (1\n  % 2)", "v = 'a' \\\n  '%b'"),
)


@pytest.mark.parametrize("cell", LINES)
def test_ipython_takes_the_same_lines(cell: str):
    pytest.importorskip("IPython")
    from IPython.core.inputtransformer2 import TransformerManager

    theirs = TransformerManager().transform_cell(cell)
    ours = hidden(cell, mark_for(cell))
    ast.parse(ours)
    assert ours.count("\n") == cell.count("\n")
    assert (ours == cell) == (theirs.rstrip("\n") == cell.rstrip("\n"))
    assert shown(ours, mark_for(cell)) == cell


def test_a_value_from_the_shell_is_not_the_one_before(tmp_path: Path):
    made = MAKE.replace("warmup = 5", "warmup = 0\nwarmup = !cat warmup.txt")
    (tmp_path / "a.ipynb").write_text(notebook(SETUP, made, TRAIN))
    assert "division" not in warmlint("--output-format", "concise", cwd=tmp_path).stdout


# --- scripts of cells --------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["py:percent", "py:light", "py:hydrogen", "py:sphinx"])
def test_scripts_that_jupytext_writes(tmp_path: Path, format: str):
    jupytext = pytest.importorskip("jupytext")
    made = jupytext.reads(notebook(*BUGGY), fmt="ipynb")
    script = tmp_path / "train.py"
    script.write_text(jupytext.writes(made, fmt=format))
    before = script.read_text()
    assert "LR001" in warmlint("--output-format", "concise", cwd=tmp_path).stdout
    warmlint("--fix", "--unsafe-fixes", cwd=tmp_path)
    assert script.read_text() == before.replace("step / warmup", "(step + 1) / warmup")


def test_scripts_that_databricks_exports(tmp_path: Path):
    cells = [
        SETUP.replace("%matplotlib inline\n", ""),
        "# MAGIC %pip install torch",
        MAKE,
        TRAIN.replace("%%time\n", ""),
    ]
    body = "\n\n# COMMAND ----------\n\n".join(cells).replace("    !echo it's {step}\n", "")
    (tmp_path / "train.py").write_text(f"# Databricks notebook source\n{body}\n")
    assert "LR001" in warmlint("--output-format", "concise", cwd=tmp_path).stdout


def test_a_file_that_is_no_script_of_cells_stays_an_error(tmp_path: Path):
    (tmp_path / "train.py").write_text(f"{SETUP}\n{MAKE}\n")
    assert "is not Python: line 1" in warmlint("train.py", cwd=tmp_path).stderr
    with pytest.raises(UnreadableError):
        decode("a.ipynb", b"")
