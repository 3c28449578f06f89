from __future__ import annotations

import contextlib
import io
import os
import socket
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warmlint.discovery import Candidate, Searched, UnreadableError, discover, may_hold_schedule, read, shown
from warmlint.discovery.decode import decode, encoding_of
from warmlint.discovery.ignore import Patterns
from warmlint.discovery.read import read_regular
from warmlint.finding import Problem
from warmlint.limits import MAX_FILE_BYTES

TRAINING = "scheduler = LambdaLR(optimizer, warmup)\n"
GIT = {
    **os.environ,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "XDG_CONFIG_HOME": os.devnull,
}


class Found(NamedTuple):
    names: list[str]
    problems: list[Problem]
    files: int
    candidates: list[Candidate]


def search(*paths: str, **options: object) -> Found:
    *told, last = discover(paths, **options)  # type: ignore[arg-type]
    assert isinstance(last, Searched)
    candidates = [one for one in told if isinstance(one, Candidate)]
    problems = [one for one in told if isinstance(one, Problem)]
    return Found([one.path for one in candidates], problems, last.files, candidates)


def plant(root: Path, *names: str, text: str = TRAINING) -> None:
    for name in names:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- names and order ---------------------------------------------------------------------------


def test_names_are_those_that_were_given(tree: Path) -> None:
    plant(tree, "src/a.py", "src/sub/b.py", "top.py")
    assert search().names == ["top.py", "src/a.py", "src/sub/b.py"]
    assert search(".").names == search("./").names == search().names
    assert search("src").names == search("./src/").names == ["src/a.py", "src/sub/b.py"]
    assert search("src//sub/./b.py").names == ["src/sub/b.py"]
    assert search(str(tree / "src")).names == [f"{tree}/src/a.py", f"{tree}/src/sub/b.py"]
    (tree / "other").mkdir()
    os.chdir("other")
    assert search("../src/a.py").names == ["../src/a.py"]
    assert search("..").names == ["../top.py", "../src/a.py", "../src/sub/b.py"]


def test_the_order_is_that_of_the_names(tree: Path) -> None:
    names = [f"{letter}.py" for letter in "qbzamcy"]
    plant(tree, *names, *(f"d/{name}" for name in names))
    assert search().names == sorted(names) + [f"d/{name}" for name in sorted(names)]


def test_only_files_that_hold_a_token_are_candidates(tree: Path) -> None:
    plant(tree, "a.py", "notes.txt")
    plant(tree, "b.py", text="x = 1\n")
    plant(tree, "c.py", text="# warmlint: ignore\n")
    found = search()
    assert (found.names, found.files, found.problems) == (["a.py", "c.py"], 3, [])
    assert found.candidates[0] == Candidate("a.py", TRAINING.encode(), "a.py")


def test_the_gate_looks_at_bytes() -> None:
    assert may_hold_schedule(b"\xff torch.optim.lr_scheduler.LambdaLR \xfe")
    assert may_hold_schedule(b"for group in o.param_groups: group['lr'] = 0.1")
    assert may_hold_schedule(b"def cosine(max_lr, warmup): ...")
    assert not may_hold_schedule(b"lambdalr Lambda LR warmlint")
    assert not may_hold_schedule(b"the scheduler of processes, with param_groups")


def test_a_file_is_told_once(tree: Path) -> None:
    plant(tree, "src/a.py", "src/b.py")
    (tree / "alias").symlink_to("src")
    found = search("src", "./src/a.py", "src", str(tree / "src"), "alias", "src/../src/a.py")
    assert (found.names, found.files) == (["src/a.py", "src/b.py"], 2)
    # What was named by hand is told by the name and with the weight that this gives it.
    assert [one.given for one in found.candidates] == [True, False]


def test_a_file_named_by_hand_is_searched_whatever_it_is(tree: Path) -> None:
    plant(tree, ".git/HEAD", "ignored.py", ".hidden/a.py", "node_modules/b.py", "script", "excluded.py")
    (tree / ".gitignore").write_text("ignored.py\n")
    names = ["ignored.py", ".hidden/a.py", "node_modules/b.py", "script", "excluded.py"]
    assert search(*names, excluded=lambda path, folder: True).names == names
    assert search("node_modules").names == ["node_modules/b.py"]


def test_a_name_that_cannot_be_printed(tree: Path) -> None:
    raw = os.fsencode(tree) + b"/caf\xe9\x1b[31m.py"
    with open(raw, "wb") as file:
        file.write(TRAINING.encode())
    (one,) = search().candidates
    assert one.path == r"caf\xe9\x1b[31m.py"
    one.path.encode()
    assert one.file is not None
    assert os.path.exists(one.file)
    assert shown("ä 日本.py") == "ä 日本.py"


# --- stdin -------------------------------------------------------------------------------------


def test_stdin(tree: Path) -> None:
    found = search("-", "-", stdin=TRAINING.encode)
    assert (found.candidates, found.files) == ([Candidate("<stdin>", TRAINING.encode(), None, given=True)], 1)
    assert search("-", stdin=TRAINING.encode, stdin_name="a.py").names == ["a.py"]
    assert search("-", stdin=lambda: b"x = 1").names == []


def test_stdin_that_is_no_text_or_too_much(tree: Path) -> None:
    assert search("-", stdin=lambda: b"\xff").problems == [
        Problem("<stdin>", f"is not UTF-8: byte 0xff at line 1{DECLARE}", given=True)
    ]
    (problem,) = search("-", stdin=lambda: b"#" * (MAX_FILE_BYTES + 1)).problems
    assert problem.message == "is too large: 2,000,001 bytes, of at most 2,000,000"


def test_stdin_is_read_from_the_process_itself(tree: Path) -> None:
    code = "from warmlint.discovery import discover; print(list(discover(['-'])))"
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    run = subprocess.run(
        [sys.executable, "-c", code], input=b"LambdaLR", env=env, stdout=subprocess.PIPE, check=True
    )
    assert b"data=b'LambdaLR'" in run.stdout


# --- what a walk leaves out --------------------------------------------------------------------


def test_a_walk_leaves_out_what_others_wrote(tree: Path) -> None:
    plant(tree, "a.py", ".hidden.py", ".venv/b.py", "node_modules/c.py", "x/site-packages/d.py", "build/e.py")
    plant(
        tree, "myenv/pyvenv.cfg", "myenv/lib/f.py", "conda/conda-meta/history", "conda/g.py", "a.pyi", "b.PY"
    )
    plant(tree, "env/h.py", "builder/i.py", "package.py/j.py")
    found = search()
    assert sorted(found.names) == ["a.py", "builder/i.py", "env/h.py", "package.py/j.py"]
    assert (found.files, found.problems) == (4, [])
    assert search("myenv").names == ["myenv/lib/f.py"]


def test_what_is_excluded_is_not_entered(tree: Path) -> None:
    plant(tree, "a.py", "old/b.py", "old/deep/c.py", "new/a.py")
    asked: list[tuple[str, bool]] = []

    def excluded(path: str, folder: bool) -> bool:
        asked.append((path, folder))
        return path in ("old", "new/a.py")

    assert search(excluded=excluded).names == ["a.py"]
    assert ("old", True) in asked
    assert not any(path.startswith("old/") for path, _ in asked)


# --- files that cannot be read -----------------------------------------------------------------

Make = Callable[[Path], object]

UNREADABLE = [
    pytest.param(lambda file: None, "does not exist", id="missing"),
    pytest.param(
        lambda file: file.symlink_to("no.py"), "is a link to `no.py`, which does not exist", id="dangling"
    ),
    pytest.param(lambda file: file.symlink_to("x.py"), "is a link that leads back to itself", id="loop"),
    pytest.param(lambda file: os.mkfifo(file), "is a pipe, not a file", id="pipe"),
    pytest.param(
        lambda file: socket.socket(socket.AF_UNIX).bind("x.py"), "is a socket, not a file", id="socket"
    ),
    pytest.param(lambda file: file.symlink_to("/dev/zero"), "is a device, not a file", id="device"),
    pytest.param(
        lambda file: file.symlink_to("x.py/y"), "is a link that leads back to itself", id="loop below"
    ),
    pytest.param(
        lambda file: file.write_bytes(b"#" * (MAX_FILE_BYTES + 1)),
        "is too large: 2,000,001 bytes, of at most 2,000,000",
        id="large",
    ),
]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize(("make", "message"), UNREADABLE)
def test_unreadable_by_hand(tree: Path, make: Make, message: str) -> None:
    plant(tree, "good.py")
    make(tree / "x.py")
    found = search("x.py", "good.py")
    assert found.problems == [Problem("x.py", message, given=True)]
    assert (found.names, found.files) == (["good.py"], 1)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize(("make", "message"), UNREADABLE)
def test_unreadable_in_a_walk(tree: Path, request: pytest.FixtureRequest, make: Make, message: str) -> None:
    plant(tree, "good.py")
    make(tree / "x.py")
    found = search()
    # What is no file at all is none of a walk's business; a file that should be there is.
    silent = request.node.callspec.id in ("missing", "pipe", "socket", "device")
    assert found.problems == ([] if silent else [Problem("x.py", message)])
    assert (found.names, found.files) == (["good.py"], 1)


def test_names_that_no_file_can_have(tree: Path) -> None:
    long = "x" * 300 + ".py"
    found = search("a\0b.py", long, "")
    assert found.problems == [
        Problem(r"a\x00b.py", "has a name that no file can have", given=True),
        Problem(long, "cannot be read: file name too long", given=True),
        Problem("", "does not exist", given=True),
    ]


def test_a_file_as_large_as_allowed(tree: Path) -> None:
    (tree / "a.py").write_bytes(b"LambdaLR".ljust(MAX_FILE_BYTES, b"#"))
    assert len(search().candidates[0].data) == MAX_FILE_BYTES


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs /proc")
def test_a_file_that_hides_its_size(tree: Path) -> None:
    assert os.stat("/proc/self/status").st_size == 0
    assert read("/proc/self/status").startswith(b"Name:\t")


def test_a_pipe_that_took_a_file_s_place_does_not_block(tree: Path) -> None:
    os.mkfifo("x.py")
    with pytest.raises(UnreadableError, match=r"^is a pipe, not a file$"):
        read_regular("x.py")


@pytest.fixture
def open_tree(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which permissions count: root reads everything, so the test stops being root."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        tree = Path(name)
        tree.chmod(0o755)
        monkeypatch.chdir(tree)
        is_root = os.geteuid() == 0
        plant(tree, "good.py", "closed.py", "sub/a.py", "listed/b.py")
        (tree / "closed.py").chmod(0)
        (tree / "sub").chmod(0)
        (tree / "listed").chmod(0o444)
        if is_root:
            os.seteuid(65534)
        try:
            yield tree
        finally:
            if is_root:
                os.seteuid(0)
            for folder in ("sub", "listed"):
                (tree / folder).chmod(0o755)


def test_without_permission(open_tree: Path) -> None:
    denied = "may not be read: permission denied"
    found = search()
    assert (found.names, found.files) == (["good.py"], 1)
    assert found.problems == [
        Problem("closed.py", denied),
        Problem("listed/b.py", denied),
        Problem("sub", denied),
    ]
    found = search("sub", "closed.py", "good.py")
    assert found.problems == [Problem("closed.py", denied, given=True), Problem("sub", denied, given=True)]
    assert found.names == ["good.py"]


def test_what_is_ignored_is_no_problem(tree: Path) -> None:
    (tree / "gone.py").symlink_to("nowhere.py")
    (tree / ".gitignore").write_text("gone.py\n")
    assert search() == ([], [], 0, [])


def test_a_file_of_a_gigabyte_is_told_and_not_read(tree: Path) -> None:
    plant(tree, "good.py")
    with (tree / "x.py").open("wb") as file:
        file.truncate(1 << 30)  # sparse: it takes no room
    found = search()
    assert found.names == ["good.py"]
    assert found.problems == [Problem("x.py", "is too large: 1,073,741,824 bytes, of at most 2,000,000")]


def test_a_file_that_grows_while_it_is_read(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tree, "x.py")
    honest = os.fstat

    def small(descriptor: int) -> os.stat_result:
        status = honest(descriptor)
        with (tree / "x.py").open("ab") as file:
            file.write(b"#" * 100)
        return status

    monkeypatch.setattr(os, "fstat", small)
    assert read_regular("x.py") == TRAINING.encode() + b"#" * 100


def test_a_file_that_vanishes_on_the_walk_is_told(tree: Path) -> None:
    plant(tree, "a.py", "b.py")
    found = discover(["."])
    assert next(found) == Candidate("a.py", TRAINING.encode(), "a.py")
    (tree / "b.py").unlink()
    problem, counted = found
    assert problem == Problem("b.py", "does not exist")
    assert counted == Searched(1)


def test_a_folder_that_vanishes_on_the_walk_is_told(tree: Path) -> None:
    plant(tree, "a.py", "sub/b.py")
    found = discover(["."])
    assert next(found) == Candidate("a.py", TRAINING.encode(), "a.py")
    (tree / "sub/b.py").unlink()
    (tree / "sub").rmdir()
    problem, counted = found
    assert problem == Problem("sub", "does not exist")
    assert counted == Searched(1)


def test_folders_as_deep_as_the_system_has_them_end(tree: Path) -> None:
    for _ in range(400):
        os.mkdir("d")
        os.chdir("d")
    (Path("a.py")).write_text(TRAINING)
    os.chdir(tree)
    found = search()
    assert len(found.names) + len(found.problems) == 1


def test_many_small_files_are_searched_one_by_one(tree: Path) -> None:
    for number in range(3_000):
        (tree / f"{number:04}.py").write_bytes(b"x = 1\n")
    plant(tree, "z.py")
    found = search()
    assert (found.names, found.files) == (["z.py"], 3_001)


# --- links -------------------------------------------------------------------------------------


def test_links_in_a_walk(tree: Path) -> None:
    plant(tree, "in/a.py", "in/b.txt", "out/c.py")
    for name, target in {
        "same.py": "a.py",  # told under its own name
        "text.py": "b.txt",
        "also.py": "b.txt",  # told once
        "away.py": "../out/c.py",
        "folder": "../out",
        "folder.py": "../out",
        "up": "..",
    }.items():
        (tree / "in" / name).symlink_to(target)
    found = search("in")
    assert (found.names, found.files, found.problems) == (["in/a.py", "in/also.py"], 2, [])
    assert search("in/away.py", "in/folder").names == ["in/away.py"]
    assert search("in/folder").names == ["in/folder/c.py"]


def test_every_dangling_link_is_told(tree: Path) -> None:
    (tree / "a.py").symlink_to("gone.py")
    (tree / "b.py").symlink_to("gone.py")
    assert [problem.path for problem in search().problems] == ["a.py", "b.py"]


# --- what git ignores --------------------------------------------------------------------------


def git(root: Path, *command: str) -> str:
    return subprocess.run(
        ["git", *command], cwd=root, env=GIT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def not_ignored(root: Path) -> list[str]:
    """What git itself would not ignore."""
    listed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return sorted(name for name in listed if name.endswith(".py"))


FOLDERS = ["", "a", "b", "ab", "a/b", "a/b/a", "b/a", "ab/a", "a#", "!b", "a b", "b "]
FILES = [f"{stem}.py" for stem in ["a", "b", "ab", "A", "1", "a b", "#a", "!b", "[a]", "a]", "a-b", r"a\b"]]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    git(root, "init", "-q")
    plant(root, *(f"{folder}/{name}".lstrip("/") for folder in FOLDERS for name in FILES))
    return root


def assert_as_git(root: Path, files: dict[str, list[str]]) -> None:
    for name, lines in files.items():
        (root / name).write_text("\n".join(lines))
    try:
        names = search(str(root)).names
        assert sorted(os.path.relpath(name, root) for name in names) == not_ignored(root)
    finally:
        for name in files:
            (root / name).unlink()


@pytest.mark.parametrize(
    "files",
    [
        {".gitignore": []},
        {".gitignore": ["a.py"]},
        {".gitignore": ["/a.py", "a/b/"]},
        {".gitignore": ["a/"], "a/.gitignore": ["!a.py"]},
        {".gitignore": ["a/*", "!a/b/", "!a/a.py"]},
        {".gitignore": ["*", "!*/", "!/a/**/b.py"]},
        {".gitignore": ["*.py", "!b.py"], "a/.gitignore": ["b.py", "!ab.py"], "a/b/.gitignore": ["!*"]},
        {".gitignore": ["**/b/a.py", "a/**", "!a/a.py"]},
        {".gitignore": ["**", "!**/"]},
        {".gitignore": ["b/**/a.py", "/**/ab/"]},
        {".gitignore": ["\\#a.py", "#a.py", "\\!b.py", "[[]a].py", "a\\ b.py", "a b/  ", "1.py\\ "]},
        {".gitignore": ["b\\  ", "!/b /a.py", "a\\\\ "]},
        {".gitignore": ["[[:digit:][:upper:]].py", "a[[:punct:]]b.py", "a[^[:graph:][:cntrl:]]b.py"]},
        {".gitignore": ["[[:xdigit:]].py", "[![:alnum:]]a.py", "a[[:blank:]]b", "b[[:space:]]"]},
        {".gitignore": ["[!a-c].py", "[^[:lower:]]*.py", "?.py/", "[]a].py"]},
        {".gitignore": ["a[", "[[:nonsense:]].py", "\\", "/", "!", "b/[a", "ab.py"]},
        {".gitignore": ["a.py\r", "b.py \r", "\r", "ab.py"]},
        {".gitignore": ["!a.py"], ".git/info/exclude": ["a.py", "b.py"]},
        {".git/info/exclude": ["/b/", "a/*.py"], "a/.gitignore": ["!a.py"]},
    ],
    ids=str,
)
def test_ignored_as_by_git(repository: Path, files: dict[str, list[str]]) -> None:
    assert_as_git(repository, files)


# Left out, as `ignore.py` says: "**" inside a name, and a slash in brackets or escaped.
PIECES = ["a", "b", "ab", "*", "?", "[ab]", "[!a]", "[^b]", "[a-c]", "[]a]", "[a-]", "[[:alpha:]]", "[a\\-z]"]
PIECES += ["\\*", "\\[", "\\ ", "#", "!", " ", ".py", "*.py", "1", "-", "[[:none:]]"]
NAME = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map(
    lambda pieces: "".join(pieces).replace("**", "*")
)
PATTERN = st.builds(
    lambda start, names, end: start + "/".join(names) + end,
    st.sampled_from(["", "", "/", "!", "!/"]),
    st.lists(st.one_of(NAME, NAME, st.just("**")), min_size=1, max_size=3),
    st.sampled_from(["", "", "/", " ", "\r"]),
)
LINES = st.lists(PATTERN, min_size=1, max_size=4)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(top=LINES, below=st.none() | LINES, exclude=st.none() | LINES)
def test_any_patterns_are_read_as_by_git(
    repository: Path, top: list[str], below: list[str] | None, exclude: list[str] | None
) -> None:
    files = {".gitignore": top, "a/.gitignore": below, ".git/info/exclude": exclude}
    assert_as_git(repository, {name: lines for name, lines in files.items() if lines is not None})


def test_ignores_from_above_the_folder_count(tree: Path) -> None:
    git(tree, "init", "-q")
    plant(tree, "src/a.py", "src/b.py", "src/sub/c.py", "src/sub/d.py")
    (tree / ".gitignore").write_text("a.py\n/src/sub/d.py\n")
    (tree / ".git/info/exclude").write_text("c.py\n")
    assert search("src").names == ["src/b.py"]
    assert search(str(tree / "src/sub")).names == []
    os.chdir("src/sub")
    assert search("..").names == ["../b.py"]


def test_without_a_repository_nothing_above_counts(tree: Path) -> None:
    plant(tree, "src/a.py", "src/b.py")
    (tree / ".gitignore").write_text("a.py\n")
    (tree / "src/.gitignore").write_text("b.py\n")
    assert search("src").names == ["src/a.py"]
    assert search().names == []


def test_an_ignored_folder_that_is_named_by_hand_is_searched(tree: Path) -> None:
    git(tree, "init", "-q")
    plant(tree, "out/run/a.py", "out/run/b.py")
    (tree / ".gitignore").write_text("out/\nb.py\n")
    (tree / "out/run/.gitignore").write_text("a.py\n")
    assert search().names == []
    # What ignores the folder has been overruled; what it says of itself has not.
    assert search("out/run").names == ["out/run/b.py"]


def test_a_repository_inside_a_repository_has_its_own_rules(tree: Path) -> None:
    git(tree, "init", "-q")
    plant(tree, "a.py", "vendor/a.py", "vendor/b.py")
    git(tree / "vendor", "init", "-q")
    (tree / ".gitignore").write_text("a.py\n")
    (tree / "vendor/.gitignore").write_text("b.py\n")
    assert search().names == ["vendor/a.py"]
    assert search("vendor").names == ["vendor/a.py"]


def test_a_worktree_has_the_excludes_of_its_repository(tree: Path) -> None:
    main = tree / "main"
    main.mkdir()
    git(main, "init", "-q")
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    git(main, *identity, "commit", "-q", "--allow-empty", "-m", "first")
    git(main, "worktree", "add", "-q", "../side")
    (main / ".git/info/exclude").write_text("a.py\n")
    plant(tree / "side", "a.py", "b.py")
    assert not_ignored(tree / "side") == ["b.py"]
    assert search("side").names == ["side/b.py"]


def test_a_gitignore_that_is_no_file_is_passed_over(tree: Path) -> None:
    plant(tree, "a.py", "b/a.py", "c/a.py", "d/a.py", "rules")
    (tree / "rules").write_text("*.py\n")
    (tree / ".gitignore").symlink_to("rules")
    (tree / "b/.gitignore").mkdir()
    os.mkfifo(tree / "c/.gitignore")
    (tree / "d/.gitignore").write_bytes(b"\xef\xbb\xbfa.py\n\xff\n")
    assert search().names == ["a.py", "b/a.py", "c/a.py"]


def test_git_is_never_run(tree: Path) -> None:
    git(tree, "init", "-q")
    plant(tree, "a.py", "b.py")
    (tree / ".gitignore").write_text("a.py\n")
    git(tree, "config", "core.fsmonitor", "touch started; false")

    code = (
        "import sys; events = []\n"
        "sys.addaudithook(lambda event, arguments: events.append(event))\n"
        "from warmlint.discovery import discover; print([one.path for one in list(discover([]))[:-1]])\n"
        "assert not {'subprocess.Popen', 'os.system', 'os.posix_spawn', 'os.exec', 'os.fork'} & set(events)"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    run = subprocess.run([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, text=True, check=True)
    assert run.stdout == "['b.py']\n"
    assert not (tree / "started").exists()


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 100 + "b", "a" * 250),
        ("**/a/" * 100 + "b", "a/" * 1000 + "a"),
        ("[a-z]*" * 100 + "!", "a" * 250),
    ],
)
def test_hostile_patterns_take_no_time(pattern: str, path: str) -> None:
    # A matcher that goes back to more than the last star would still be at it when the sun has burnt out.
    assert Patterns([pattern]).judge(path, folder=False) is None


# --- decoding ----------------------------------------------------------------------------------

DECLARE = "; save it as UTF-8, or declare its encoding with `# -*- coding: … -*-` in the first line"


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"", "", "utf-8"),
        ("é\r\nb\rc".encode(), "é\r\nb\rc", "utf-8"),
        (b"\xef\xbb\xbfa = '\xc3\xa9'", "a = 'é'", "utf-8-sig"),
        (b"\xef\xbb\xbf# coding: utf8\n", "# coding: utf8\n", "utf-8-sig"),
        (b"# -*- coding: latin-1 -*-\n'\xe9'", "# -*- coding: latin-1 -*-\n'é'", "iso8859-1"),
        (b"#!/usr/bin/python\n# vim: fileencoding=cp1252 :\n'\x80'", None, "cp1252"),
        (b"\r# coding=koi8-r\r'\xc1'", None, "koi8-r"),
        (b"# -*- coding: Latin_1-unix -*-\n'\xe9'", None, "iso8859-1"),
        (b"# -*- coding: utf-8-unix -*-\n'\xc3\xa9'", None, "utf-8"),
        (b"# coding: shift_jis\n'\x93\xfa\x96{'", "# coding: shift_jis\n'日本'", "shift_jis"),
        (b"x = 1\n# coding: latin-1\n'\xc3\xa9'", None, "utf-8"),
        (b"\n\n# coding: latin-1\n'\xc3\xa9'", None, "utf-8"),
        (b"'# coding: latin-1'\n'\xc3\xa9'", None, "utf-8"),
        (b"# encoding by hand: none\n", None, "utf-8"),
    ],
)
def test_text_is_what_python_reads(data: bytes, text: str | None, encoding: str) -> None:
    source = decode("a.py", data)
    assert source.path == "a.py"
    assert text is None or source.text == text
    assert encoding_of(data) == encoding
    assert source.text.encode(encoding) == data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a\nb\r\n\xff", f"is not UTF-8: byte 0xff at line 3{DECLARE}"),
        (b"\xef\xbb\xbf\n'\xe9'", f"is not UTF-8: byte 0xe9 at line 2{DECLARE}"),
        (b"# coding: ascii\n\n'\xe9'", "is not `ascii`, as it declares: byte 0xe9 at line 3"),
        (
            b"# coding: utf-9\n",
            "declares the encoding `utf-9`, which is not one for source code; save it as UTF-8",
        ),
        (
            b"# coding: hex\n",
            "declares the encoding `hex`, which is not one for source code; save it as UTF-8",
        ),
        (
            b"# coding: utf-7",
            "declares the encoding `utf-7`, which is not one for source code; save it as UTF-8",
        ),
        (b"# coding: punycode", None),
        (b"# coding: unicode_escape", None),
        (b"# coding: idna", None),
        (b"# coding: undefined", None),
        (
            b"\xef\xbb\xbf# coding: latin-1\n",
            "starts with the byte-order mark of UTF-8 and declares the encoding `latin-1`",
        ),
        ("a".encode("utf-16"), "is UTF-16, which Python does not read; save it as UTF-8"),
        ("a".encode("utf-32"), "is UTF-32, which Python does not read; save it as UTF-8"),
        (b"a\n\0b", "holds a NUL byte at line 2, which Python source cannot"),
        ("LambdaLR".encode("utf-16-le"), "holds a NUL byte at line 1, which Python source cannot"),
    ],
)
def test_what_is_no_text_is_told(data: bytes, message: str | None) -> None:
    with pytest.raises(UnreadableError) as caught:
        decode("a.py", data)
    assert message is None or str(caught.value) == message


HEAD = st.lists(
    st.sampled_from(
        [
            b"# coding: latin-1",
            b"#coding=utf-8",
            b" # -*- coding: cp1252 -*-",
            b"x = 1",
            b"",
            b"#",
            b"\f",
            b"'''",
        ]
    ),
    max_size=4,
)


@given(HEAD, st.booleans())
def test_cookies_stand_where_python_looks_for_them(lines: list[bytes], mark: bool) -> None:
    data = b"\xef\xbb\xbf" * mark + b"\n".join(lines)
    try:
        expected, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError:
        with pytest.raises(UnreadableError):
            encoding_of(data)
    else:
        assert encoding_of(data).replace("iso8859-1", "iso-8859-1") == expected


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: b"# coding: cp037\n" + tail))
def test_bytes_are_text_or_told(data: bytes) -> None:
    with contextlib.suppress(UnreadableError):
        decode("a.py", data)


def test_what_was_named_by_hand_is_told_to_be_no_text_without_a_schedule(tree: Path) -> None:
    (tree / "a.py").write_bytes(b"'\xe9'\n")
    plant(tree, "empty.py", text="")
    assert search("empty.py", "a.py").problems == [
        Problem("a.py", f"is not UTF-8: byte 0xe9 at line 1{DECLARE}", given=True)
    ]
    assert search().problems == []


# --- weight ------------------------------------------------------------------------------------


def test_a_search_loads_nothing_heavy(tree: Path) -> None:
    plant(tree, "a.py", ".git/HEAD", "sub/b.py")
    (tree / ".gitignore").write_text("b.py\n")
    code = (
        "import sys\nfrom warmlint.discovery import discover\n"
        "assert len(list(discover(['.', 'a.py']))) == 2\n"
        "heavy = {'libcst', 'rich', 'pathspec', 'ast', 'dataclasses', 'tokenize', 'pathlib', 'subprocess'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    run = subprocess.run(
        [sys.executable, "-S", "-c", code], env=env, stdout=subprocess.PIPE, text=True, check=True
    )
    assert run.stdout == "[]\n"
