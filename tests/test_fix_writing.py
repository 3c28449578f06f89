"""How fixed bytes reach a file: wholly or not at all, with all else about the file as it was."""

from __future__ import annotations

import os
import signal
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
        "import os, resource, signal, sys\n"
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


KILLED_AT = """
count = 0
def kill(event, arguments):
    global count
    if armed and event.partition(".")[0] in {"open", "os", "shutil", "tempfile"}:
        count += 1
        if count == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
armed = False
sys.addaudithook(kill)
armed = True
replace_file(sys.argv[1], OLD, NEW)
armed = False
print(count)
"""


def test_whenever_it_is_killed_the_file_is_wholly_old_or_wholly_new(file: Path):
    """Killed for real, once before each thing that it asks of the system."""
    program = KILLED_AT.replace("OLD", repr(OLD)).replace("NEW", repr(NEW))
    contents: list[bytes] = []
    for step in range(1, 100):
        file.write_bytes(OLD)
        done = run(program, file, step)
        contents.append(file.read_bytes())
        for name in leftovers(file):
            (file.parent / name).unlink()  # and it has no name that is linted
        assert [each.name for each in file.parent.iterdir()] == ["train.py"]
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
    assert done.returncode == 0
    steps = int(done.stdout)
    assert steps == len(contents) - 1 > 5
    assert set(contents) == {OLD, NEW}
    assert contents == sorted(contents, key=lambda content: content == NEW)


def test_what_a_killed_run_leaves_does_not_hinder_the_next(file: Path):
    program = KILLED_AT.replace("OLD", repr(OLD)).replace("NEW", repr(NEW))
    for step in range(1, 100):
        run(program, file, step)
        if leftovers(file):
            break
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
    assert encode(text_of(data), data) == data


def test_an_edit_changes_its_own_bytes_alone():
    data = b"# coding: latin-1\r\nx = '\xe9' \t\ry = 1"
    assert encode(text_of(data).replace("y = 1", "y = '\xe8'"), data) == data.replace(b"y = 1", b"y = '\xe8'")


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
        encode(text, before)
    assert sentence in str(refused.value)
