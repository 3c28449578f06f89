"""How fixed bytes reach a file: wholly or not at all, with all else about the file as it was."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from warmlint.discovery.decode import text_of
from warmlint.fixes.encode import RefusedError, encode
from warmlint.fixes.write import replace_file

OLD, NEW = b"old = 1\r\n", b"new = 22\r\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_bytes(OLD)
    return path


def leftovers(file: Path) -> list[str]:
    return sorted(each.name for each in file.parent.iterdir() if each.name.startswith(".warmlint-"))


def refusal(file: Path, before: bytes = OLD) -> str:
    """Why the file is not written; it must be left as it was, and nothing beside it."""
    content = file.read_bytes()
    with pytest.raises(RefusedError) as refused:
        replace_file(str(file), before, NEW)
    assert file.read_bytes() == content
    assert leftovers(file) == []
    return str(refused.value)


def test_the_content_is_replaced_and_nothing_is_left_beside(file: Path):
    replace_file(str(file), OLD, NEW)
    assert file.read_bytes() == NEW
    assert [each.name for each in file.parent.iterdir()] == ["train.py"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o664, 0o200])
def test_the_mode_stays(file: Path, mode: int):
    file.chmod(mode)
    replace_file(str(file), OLD, NEW)
    assert stat.S_IMODE(file.stat().st_mode) == mode


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_stays(file: Path):
    os.chown(file, 1234, 2345)
    replace_file(str(file), OLD, NEW)
    status = file.stat()
    assert (status.st_uid, status.st_gid) == (1234, 2345)


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="no extended attributes here")
def test_extended_attributes_stay(file: Path):
    try:
        os.setxattr(file, "user.warmlint", b"kept")
    except OSError:
        pytest.skip("this file system has none")
    replace_file(str(file), OLD, NEW)
    assert os.getxattr(file, "user.warmlint") == b"kept"


def test_the_time_is_that_of_the_fix(file: Path):
    """Who rebuilds what has changed must see that it has."""
    os.utime(file, (1, 1))
    replace_file(str(file), OLD, NEW)
    assert file.stat().st_mtime > 1


def test_a_link_stays_and_what_it_leads_to_is_written(file: Path):
    elsewhere = file.parent / "elsewhere"
    elsewhere.mkdir()
    first, second = elsewhere / "second.py", elsewhere / "first.py"
    first.symlink_to("../train.py")
    second.symlink_to(first)
    replace_file(str(second), OLD, NEW)
    assert file.read_bytes() == NEW
    assert not file.is_symlink()
    assert first.is_symlink()
    assert second.is_symlink()
    assert sorted(each.name for each in elsewhere.iterdir()) == ["first.py", "second.py"]


def test_a_hard_link_is_refused_and_both_names_stay_one_file(file: Path):
    other = file.parent / "other.py"
    other.hardlink_to(file)
    assert "hard link" in refusal(file)
    assert other.samefile(file)


def test_a_read_only_file_is_left_alone(file: Path):
    file.chmod(0o444)
    assert refusal(file) == "was not fixed: it is read-only"
    assert stat.S_IMODE(file.stat().st_mode) == 0o444


def test_a_file_in_a_read_only_folder_is_left_alone(file: Path):
    file.parent.chmod(0o555)
    try:
        assert refusal(file) == "was not fixed: the folder that it is in is read-only"
    finally:
        file.parent.chmod(0o755)


@pytest.mark.parametrize("content", [OLD.replace(b"1", b"2"), OLD + b"more = 2\n", b""])
def test_what_somebody_else_has_changed_is_left_alone(file: Path, content: bytes):
    file.write_bytes(content)
    assert refusal(file) == "was not fixed: it has changed since it was read"


@pytest.mark.parametrize("to", [None, "a folder"])
def test_what_is_gone_is_not_written_anew(file: Path, to: str | None):
    file.unlink()
    if to is not None:
        file.mkdir()
    with pytest.raises(RefusedError, match="was not fixed: "):
        replace_file(str(file), OLD, NEW)
    assert not file.is_file()
    assert leftovers(file) == []


def test_a_link_that_leads_elsewhere_by_now_is_left_alone(file: Path):
    link, other = file.parent / "link.py", file.parent / "other.py"
    link.symlink_to(file)
    other.write_bytes(b"another = 1\n")
    link.unlink()
    link.symlink_to(other)
    assert refusal(link) == "was not fixed: it has changed since it was read"
    assert link.is_symlink()
    assert file.read_bytes() == OLD


def run(program: str, *arguments: object, **more: object) -> subprocess.CompletedProcess[str]:
    """A program that replaces `sys.argv[1]`, in a process of its own."""
    head = (
        "import resource, sys\n"
        "from warmlint.fixes.encode import RefusedError\n"
        "from warmlint.fixes.write import replace_file\n"
    )
    return subprocess.run(
        [sys.executable, "-c", head + dedent(program), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **more,  # type: ignore[call-overload]
    )


def test_a_full_disk_leaves_the_file_as_it_was(file: Path):
    done = run(
        f"""
        resource.setrlimit(resource.RLIMIT_FSIZE, ({len(OLD)}, {len(OLD)}))
        try:
            replace_file(sys.argv[1], {OLD!r}, {NEW!r})
        except RefusedError as error:
            print(error)
        """,
        file,
    )
    assert done.stdout == "was not fixed: file too large\n"
    assert file.read_bytes() == OLD
    assert leftovers(file) == []


KILLER = """
import json, os, signal, sys
from pathlib import Path
from warmlint.fixes.write import replace_file

file, before, after = Path(sys.argv[1]), bytes.fromhex(sys.argv[2]), bytes.fromhex(sys.argv[3])

def child(step):
    left = step
    def trace(frame, event, argument):
        nonlocal left
        left -= event == "line"
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace
    sys.settrace(trace)
    replace_file(str(file), before, after)
    sys.settrace(None)
    os._exit(0)

killed = True
step = 0
while killed:
    step += 1
    file.write_bytes(before)
    pid = os.fork()
    if not pid:
        child(step)
    killed = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    beside = [each.name for each in file.parent.iterdir() if each != file]
    print(json.dumps([file.read_bytes().hex(), beside]))
    if len(sys.argv) < 5:
        for name in beside:
            (file.parent / name).unlink()
    elif beside:
        break
"""
"""Kills a process that replaces a file, at each line that Python runs for it, libraries included; says what
is left. With one argument more, it ends when something is left beside the file."""


def killed(file: Path, *more: str) -> list[tuple[bytes, list[str]]]:
    done = subprocess.run(
        [sys.executable, "-c", KILLER, file, OLD.hex(), NEW.hex(), *more],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return [(bytes.fromhex(content), beside) for content, beside in told]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes to kill here")
def test_whenever_it_is_killed_the_file_is_wholly_old_or_wholly_new(file: Path):
    steps = killed(file)
    assert len(steps) > 50
    contents = [content for content, _ in steps]
    assert set(contents) == {OLD, NEW}
    assert contents == sorted(contents, key=lambda content: content == NEW)
    beside = {name for _, names in steps for name in names}
    assert all(name.startswith(".warmlint-") and name.endswith(".tmp") for name in beside)
    assert beside  # and they have no name that is linted
    assert steps[-1] == (NEW, [])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes to kill here")
def test_what_a_killed_run_leaves_does_not_hinder_the_next(file: Path):
    killed(file, "stop")
    assert leftovers(file)
    replace_file(str(file), OLD, NEW)
    assert file.read_bytes() == NEW


# --- from text to bytes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        "# é\nx = 1\n".encode(),
        b"\xef\xbb\xbf# \xc3\xa9\r\nx = 1\r\n",
        b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
        b"# coding: cp1251\nx = '\xe9\xe0'\r",
        "# coding: shift_jis\nx = '表'\n".encode("shift_jis"),
        b"\x0c\nif 1:\n\tx = 1 \t\r\n\ry = 2",
        b"",
    ],
)
def test_text_comes_back_as_the_bytes_that_it_was_read_from(data: bytes):
    assert encode("a.py", text_of(data), data) == data


def test_an_edit_changes_its_own_bytes_alone():
    data = b"# coding: latin-1\r\nx = '\xe9' \t\ry = 1"
    assert encode("a.py", text_of(data).replace("y = 1", "y = '\xe8'"), data) == data.replace(
        b"y = 1", b"y = '\xe8'"
    )


@pytest.mark.parametrize(
    ("text", "before", "sentence"),
    [
        ("# coding: latin-1\nx = '≤'\n", b"# coding: latin-1\nx = 1\n", r"'\u2264', which `iso8859-1` lacks"),
        ("x = '\xe9'\n", b"# coding: latin-1\nx = '\xe9'\n", "after the fix it is not UTF-8"),
        (
            "# coding: cp1251\nx = '\xe9'\n",
            b"# coding: latin-1\nx = '\xe9'\n",
            "would change the encoding that it declares",
        ),
        (
            "# coding: iso-2022-jp\nx = 2\n",
            b"# coding: iso-2022-jp\nx = \x1b$B\x1b(B1\n",
            "its bytes are not those that `iso2022_jp` writes",
        ),
    ],
)  # fmt: skip
def test_what_would_not_be_read_again_is_refused(text: str, before: bytes, sentence: str):
    with pytest.raises(RefusedError) as refused:
        encode("a.py", text, before)
    assert sentence in str(refused.value)
