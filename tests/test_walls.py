"""The walls: each takes from a process what it says, and nothing that its role needs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from warmlint.limits import MAX_MEMORY
from warmlint.walls import BEHIND, Role

PROBE = dedent(
    """\
    import errno, json, mmap, os, signal, socket, subprocess, sys, threading
    from warmlint.walls import BEHIND, Role

    def thread():
        threading.Thread(target=int).start()

    def execute():
        os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-S", "-c", ""], {}), 0)

    def fork():
        pid = os.fork()
        os._exit(0) if pid == 0 else os.waitpid(pid, 0)

    def connect():
        # Nobody listens there: to be refused by the other side is to have got through.
        with socket.socket() as one:
            try:
                one.connect(("127.0.0.1", 1))
            except ConnectionRefusedError:
                pass

    ACTS = {
        "compute": lambda: sum(range(1000)),
        "allocate": lambda: bytearray(50_000_000),
        "read": lambda: open("old", "rb").read(),
        "list": lambda: os.listdir("."),
        "write": lambda: open("old", "r+b", buffering=0).write(b"x"),
        "append": lambda: open("old", "ab").close(),
        "create": lambda: open("new", "xb").close(),
        "truncate": lambda: os.truncate("old", 0),
        "link": lambda: os.symlink("old", "link"),
        "rename": lambda: os.rename("old", "older"),
        "remove": lambda: os.remove("second"),
        "folder": lambda: os.mkdir("folder"),
        "mode": lambda: os.chmod(".", 0o700),
        "fork": fork,
        "execute": execute,
        "thread": thread,
        "socket": lambda: socket.socket().close(),
        "connect": connect,
        "kill": lambda: os.kill(os.getppid(), 0),
        "swell": lambda: mmap.mmap(-1, 2 << 30).close(),
        "map code": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC),
    }
    os.chdir(sys.argv[1])
    role = Role(sys.argv[2])
    stands = {name: BEHIND[role][name]() for name in sys.argv[3:]}
    done = {}
    for name, act in ACTS.items():
        try:
            act()
            done[name] = "done"
        except (OSError, MemoryError, RuntimeError) as error:
            done[name] = errno.errorcode[error.errno] if isinstance(error, OSError) else type(error).__name__
    print(json.dumps([stands, done]), flush=True)
    os._exit(0)
    """
)
ROOT = Path(__file__).resolve().parent.parent

CHANGES = {"write", "append", "create", "truncate", "link", "rename", "remove", "folder", "mode"}
STARTS = {"fork", "execute"}
TALKS = {"socket", "connect", "kill"}


def probe(folder: Path, role: Role, *walls: str) -> dict[str, str]:
    """What became of each act behind some walls of a role: `done`, or how it failed."""
    (folder / "old").write_text("old")
    (folder / "second").write_text("second")
    program = [sys.executable, "-c", PROBE, str(folder), role.value, *walls]
    run = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    stands, done = json.loads(run.stdout)
    if not all(stands.values()):
        pytest.skip(f"this system has no {', '.join(name for name, stood in stands.items() if not stood)}")
    return done


def refused(done: dict[str, str]) -> set[str]:
    return {act for act, result in done.items() if result != "done"}


def test_without_walls_all_can_be_done(tmp_path: Path):
    assert refused(probe(tmp_path, Role.COMPUTER)) == set()


@pytest.mark.parametrize(
    ("role", "forbidden"),
    [
        (Role.READER, CHANGES | STARTS | TALKS | {"swell"}),
        (Role.COMPUTER, CHANGES | STARTS | TALKS | {"swell", "read", "list", "thread", "map code"}),
    ],
)
def test_behind_all_walls_what_the_role_needs_can_be_done_and_nothing_else(
    tmp_path: Path, role: Role, forbidden: set[str]
):
    assert refused(probe(tmp_path, role, *BEHIND[role])) == forbidden


@pytest.mark.parametrize(
    ("role", "wall", "forbidden"),
    [
        (Role.READER, "memory", {"swell"}),
        (Role.COMPUTER, "memory", {"swell"}),
        (Role.READER, "seccomp", CHANGES | STARTS | TALKS),
        (Role.COMPUTER, "seccomp", CHANGES | STARTS | TALKS | {"read", "list", "thread", "map code"}),
        # It knows nothing of modes, and of sockets only where they lead.
        (Role.READER, "landlock", CHANGES - {"mode"} | {"execute", "connect", "kill"}),
        (Role.COMPUTER, "landlock", CHANGES - {"mode"} | {"execute", "connect", "kill", "read", "list"}),
        (Role.READER, "limits", {"write"}),
        (Role.COMPUTER, "limits", {"read", "list", "write", "append", "create", "socket", "connect"}),
    ],
)
def test_each_wall_stands_by_itself(tmp_path: Path, role: Role, wall: str, forbidden: set[str]):
    done = probe(tmp_path, role, *(["privileges"] if wall in ("seccomp", "landlock") else []), wall)
    # What the limits say of processes does not bind root.
    assert refused(done) - ({"fork", "execute", "thread"} if wall == "limits" else set()) == forbidden


def test_what_seccomp_forbids_fails_as_if_there_were_no_right_to_it(tmp_path: Path):
    done = probe(tmp_path, Role.READER, "privileges", "seccomp")
    assert {done[act] for act in CHANGES | {"fork", "socket"}} == {"EPERM"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_privileges_are_given_up_for_good(tmp_path: Path):
    program = (
        "from warmlint.walls import enclose, Role\n"
        "enclose(Role.READER)\n"
        "print(open('/proc/self/status').read())"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "NoNewPrivs:\t1" in run.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_computing_without_end_is_ended():
    program = "from warmlint.walls.resources import limit_time\nlimit_time(0)\nwhile True: pass"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60, check=False)
    assert run.returncode == -signal.SIGXCPU


def test_every_role_has_every_wall():
    names = {"privileges", "memory", "landlock", "limits", "seccomp"}
    assert [set(BEHIND[role]) for role in Role] == [names, names]
    assert MAX_MEMORY == 1 << 30
