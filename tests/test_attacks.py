"""Every attack ends in a clear outcome, soon and small, and does nothing; with a wall taken out, it shows.

The attacks are run by copies of warmlint (`tests.builds`): one that watches itself, and ends at once where
it opens, starts or runs what it should not; some that have been taken over by what they read; and some in
which one wall is missing, on which the same checks must fail.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from textwrap import dedent

import pytest

from tests.attacks import CLEAN, SOURCES
from tests.builds import Build
from tests.test_witness import MALFORMED

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the walls are Linux's")

WATCH: str = dedent(
    """\
    import os, sys, sysconfig

    _OWN = tuple({os.path.dirname(__file__), sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()})
    _OWN += tuple(folder for folder in sys.path if os.path.isabs(folder))
    _NEVER = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn",
              "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod",
              "os.truncate", "shutil.", "pickle.", "marshal.loads.linted", "webbrowser.", "urllib.")

    def _watch(event, arguments):
        if event == "open":
            path, mode, flags = arguments
            wrong = isinstance(path, int) or bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
            # An empty name is no file: so the source goes by in Python's parser, which looks for it.
            wrong |= bool(path) and not str(path).startswith(_OWN) and not str(path).endswith(".py")
        elif event == "exec":
            wrong = arguments[0].co_filename == ""
        else:
            wrong = event.startswith(_NEVER)
        if wrong:
            os._exit(77)

    def start():
        sys.addaudithook(_watch)
    """
)
"""Ends the process where it opens, starts or runs anything but its own."""

HOSTILE: str = dedent(
    """\
    import mmap, os, signal, socket

    def _fork():
        pid = os.fork()
        os._exit(0) if pid == 0 else os.waitpid(pid, 0)

    ACTS = {
        "write": lambda: open("canary", "w").close(),
        "remove": lambda: os.remove("victim"),
        "fork": _fork,
        "spawn": lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0),
        "socket": lambda: socket.socket().close(),
        "signal": lambda: os.kill(os.getppid(), 0),
        "swell": lambda: mmap.mmap(-1, 2 << 30).close(),
    }

    def did():
        done = []
        for name, act in ACTS.items():
            try:
                act()
                done.append(name)
            except OSError:
                pass
        return "did " + (" ".join(done) or "nothing")
    """
)
"""What somebody would try who has taken over a process."""

SECONDS = 4
"""Of computing: what is asked for is 5 seconds, of which starting takes some."""


def watched(folder: Path, seconds: int = SECONDS) -> Build:
    """A build that watches its own children, and allows a file some seconds."""
    build = Build(folder)
    (folder / "warmlint" / "watch.py").write_text(WATCH)
    build.edit("limits.py", "MAX_SECONDS: Final = 20", f"MAX_SECONDS: Final = {seconds}")
    build.edit("workers/child.py", "        kernel.end", "        import warmlint.watch\n        kernel.end")
    build.edit("witness/worker.py", "        _lock(int", "        import warmlint.watch\n        _lock(int")
    served = "        _serve(sys.stdin.buffer, output)"
    build.edit("workers/child.py", served, f"        warmlint.watch.start()\n{served}")
    served = "        _serve(engine, sys.stdin.buffer, output)"
    build.edit("witness/worker.py", served, f"        warmlint.watch.start()\n{served}")
    return build


def hurried(folder: Path) -> Build:
    """One that is watched, and allows a file so little that a missing wall shows soon."""
    return watched(folder, 1)


def taken_over(folder: Path) -> Build:
    """A build in which whoever reads a file is taken over by it."""
    build = Build(folder)
    (folder / "warmlint" / "hostile.py").write_text(HOSTILE)
    build.edit(
        "candidate.py",
        "    try:\n        linted = linted_as_asked()",
        "    from warmlint.hostile import did\n"
        "    return Linted(FileReport(path, problems=(Problem(path, did()),)))\n"
        "    try:\n        linted = linted_as_asked()",
    )
    loaded = "            _load(plugins)\n"
    build.edit("workers/child.py", loaded, f"{loaded}            import warmlint.hostile\n")
    build.edit(
        "witness/worker.py",
        "    enclose(Role.COMPUTER)\n",
        "    from warmlint.hostile import did\n"
        "    enclose(Role.COMPUTER)\n"
        "    print(did(), file=sys.stderr, flush=True)\n"
        "    os._exit(3)\n",
    )
    return build


# --- what is checked -------------------------------------------------------------------------------


def faults_of_sources(build: Build, folder: Path, names: Iterable[str] = SOURCES) -> list[str]:
    """What went wrong when a build linted attacks: nothing, if all is well."""
    endings = {name: "ipynb" if name.startswith("notebook") else "py" for name in names}
    files = {f"{number:03}.{ending}": name for number, (name, ending) in enumerate(endings.items())}
    for file, name in files.items():
        (folder / file).write_bytes(SOURCES[name].source)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    run = build.run(
        "--isolated", "--torch", "off", "--output-format", "json", "--show-unknown", ".", cwd=folder
    )
    faults = [] if run.returncode in (0, 1, 2) else [f"exit code {run.returncode}"]
    if {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} != before:
        faults.append("files were changed")
    json.loads(run.stdout)
    problems = dict.fromkeys(files, "")
    for line in run.stderr.splitlines():
        file, _, problem = line.removeprefix("error: ").partition(": ")
        if file in problems:
            problems[file] = problem
        else:
            faults.append(f"said out of turn: {line}")
    for file, problem in problems.items():
        said = SOURCES[files[file]].said
        if not any(part in problem if part else not problem for part in said):
            faults.append(f"{files[file]}: {problem or 'no problem'}")
    return faults


def faults_of_the_terminal(build: Build, folder: Path, names: Iterable[str] = ()) -> list[str]:
    """What of an attack reaches a terminal raw."""
    names = [name for name in SOURCES if "terminal" in name or "escape" in name or "override" in name]
    for number, name in enumerate(names):
        (folder / f"\x1b[31m\u202e{number}\x07.py").write_bytes(SOURCES[name].source)
    faults = []
    for output in ("full", "concise", "json"):
        run = build.run(
            "--isolated", "--torch", "off", "--output-format", output, "--show-unknown", cwd=folder
        )
        faults += [f"{output}: {line!r}" for line in run.stdout.split("\n") if not line.isprintable()]
        faults += [f"{output}: {line!r}" for line in run.stderr.split("\n") if not line.isprintable()]
    return faults


def faults_of_messages(build: Build, folder: Path, names: Iterable[str] = ()) -> list[str]:
    """What the torch worker of a build does with messages that are malformed."""
    (folder / "messages").write_bytes(b"".join(MALFORMED.values()))
    program = dedent(
        """\
        import json, sys
        from warmlint.witness.replay import converse
        lines = open("messages", "rb").readlines()
        said = converse(lines, python=sys.executable, timeout=60)
        print(json.dumps([said.ending, [list(json.loads(line)) for line in said.lines]]))
        """
    )
    ending, said = json.loads(python(build, program, folder))
    faults = [] if ending == "ended with exit code 0" else [ending]
    return faults + [f"{each}" for each in said[1:] if each != ["refused"]]


def faults_of_the_reader(build: Build, folder: Path, names: Iterable[str] = ()) -> list[str]:
    """What whoever takes over a process that lints can do."""
    (folder / "victim").write_text("")
    (folder / "attack.py").write_text("# LambdaLR")
    run = build.run("--isolated", "--torch", "off", "attack.py", cwd=folder)
    return [] if run.stderr == "error: attack.py: did nothing\n" else [run.stderr]


def faults_of_the_computer(build: Build, folder: Path, names: Iterable[str] = ()) -> list[str]:
    """What whoever takes over the torch worker can do."""
    (folder / "victim").write_text("")
    program = (
        "import sys\n"
        "from warmlint.witness.replay import converse\n"
        "print(converse([b'null\\n'], python=sys.executable, timeout=60).ending)"
    )
    ending = python(build, program, folder).strip()
    return [] if ending == "ended with exit code 3 (did nothing)" else [ending]


def python(build: Build, program: str, folder: Path) -> str:
    """What a program says that finds a build in the place of warmlint."""
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=build.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return run.stdout


# --- the attacks -----------------------------------------------------------------------------------


def test_there_are_many_attacks():
    assert len(SOURCES) + len(MALFORMED) >= 150
    assert len({attack.source for attack in SOURCES.values()}) == len(SOURCES)
    assert sum(CLEAN in attack.said for attack in SOURCES.values()) < len(SOURCES)


def test_sources_are_judged_or_refused_and_do_nothing(tmp_path: Path, tmp_path_factory):
    faults = faults_of_sources(watched(tmp_path_factory.mktemp("build")), tmp_path)
    assert not faults, "\n".join(faults)


def test_nothing_steers_the_terminal(tmp_path: Path, tmp_path_factory):
    assert faults_of_the_terminal(Build(tmp_path_factory.mktemp("build")), tmp_path) == []


@pytest.mark.torch
def test_messages_are_refused_and_do_nothing(tmp_path: Path, tmp_path_factory):
    assert faults_of_messages(watched(tmp_path_factory.mktemp("build")), tmp_path) == []


@linux
def test_a_process_that_is_taken_over_can_do_nothing(tmp_path: Path, tmp_path_factory):
    assert faults_of_the_reader(taken_over(tmp_path_factory.mktemp("build")), tmp_path) == []


@linux
@pytest.mark.torch
def test_a_torch_worker_that_is_taken_over_can_do_nothing(tmp_path: Path, tmp_path_factory):
    assert faults_of_the_computer(taken_over(tmp_path_factory.mktemp("build")), tmp_path) == []


# --- with a wall taken out ---------------------------------------------------------------------------

Check = Callable[[Build, Path, Iterable[str]], list[str]]


Hole = tuple[str, str, str]
"""A file of the package, what stands there, and what in its place takes the wall out."""

BROKEN: dict[str, tuple[Check, Callable[[Path], Build], list[str], list[Hole]]] = {
    "depth and width of syntax": (
        faults_of_sources, hurried, ["bomb: and", "bomb: handlers"],
        [
            ("limits.py", "MAX_SYNTAX_DEPTH: Final = 150", "MAX_SYNTAX_DEPTH: Final = 10**9"),
            ("limits.py", "MAX_SYNTAX_WIDTH: Final = 4_000", "MAX_SYNTAX_WIDTH: Final = 10**9"),
        ],
    ),
    "names of modules": (
        faults_of_sources, hurried, ["bomb: dotted import"],
        [("limits.py", "MAX_NAME_PARTS: Final = 1_000", "MAX_NAME_PARTS: Final = 10**9")],
    ),
    "size of integers": (
        faults_of_sources, hurried, ["costly: power tower"],
        [("limits.py", "MAX_INTEGER_BITS: Final = 128", "MAX_INTEGER_BITS: Final = 10**15")],
    ),
    "digits of round": (
        faults_of_sources, hurried, ["costly: round to no digits"],
        [("limits.py", "MAX_ROUND_DIGITS: Final = 64", "MAX_ROUND_DIGITS: Final = 10**20")],
    ),
    "shared nodes are met once": (
        faults_of_sources, hurried, ["function: sums of sums"],
        [("schedule/roles.py", "        if id(each) in seen:\n", "        if False:\n")],
    ),
    "encodings": (
        faults_of_sources, hurried, ["bytes: UTF-7", "bytes: unicode escapes"],
        [("discovery/decode.py", "if text != _PROBE:", "if not text:")],
    ),
    "a name for Python's parser": (
        faults_of_sources, hurried, ["bomb: long literal"],
        [("discovery/syntax.py", 'compile(text, ""', 'compile(text, "linted"')],
    ),
    "unprintable characters": (
        faults_of_the_terminal, Build, [],
        [("report/page.py", 'character.encode("unicode_escape").decode("ascii")', "character")],
    ),
    "all walls of a child": (
        faults_of_the_reader, taken_over, [], [("workers/child.py", "enclose(Role.READER)", "()")],
    ),
    "memory of a child": (
        faults_of_the_reader, taken_over, [],
        [("walls/__init__.py", "partial(resources.limit_memory, MAX_MEMORY)", "bool")],
    ),
    "seccomp of a child": (
        faults_of_the_reader, taken_over, [],
        [("walls/__init__.py", "partial(seccomp.install, seccomp.reader)", "bool")],
    ),
    "all walls of the torch worker": (
        faults_of_the_computer, taken_over, [], [("witness/worker.py", "    enclose(Role.COMPUTER)\n", "")],
    ),
}  # fmt: skip


@linux
@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=pytest.mark.torch if "torch" in each else ()) for each in BROKEN]
)
def test_a_build_without_a_wall_fails(name: str, tmp_path: Path, tmp_path_factory):
    check, make, attacks, holes = BROKEN[name]
    build = make(tmp_path_factory.mktemp("build"))
    for hole in holes:
        build.edit(*hole)
    assert check(build, tmp_path, attacks) != []


def test_the_watch_itself_sees(tmp_path: Path):
    for act in ("open('canary', 'w')", "__import__('socket').socket()", "__import__('os').system('')"):
        program = f"{WATCH.replace('__file__', 'os.__file__')}\nstart()\n{act}"
        run = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=False)
        assert run.returncode == 77, act
    assert os.listdir(tmp_path) == []
