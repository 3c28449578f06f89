"""git, asked for what its objects hold, and for nothing that could start another program.

Only commands that read objects and references are used: none of them looks at the index, the working tree,
attributes or filters, or runs a hook. Objects that a partial clone lacks are not fetched. No shell is
involved; what comes from outside stands where no option can.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import IO, Final, NamedTuple

from warmlint.discovery.read import most_bytes, shown
from warmlint.limits import MAX_GIT_SECONDS, MAX_NOTEBOOK_BYTES
from warmlint.outcome import RunError

# Whatever else a configuration says, nothing is fetched, paged, hooked or monitored.
_SETTINGS: Final = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "core.pager=cat",
    "core.sshCommand=false",
    "credential.helper=",
    "diff.external=",
    "protocol.allow=never",
)
_ENVIRONMENT: Final = {
    "LC_ALL": "C",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
}
_FILE: Final = ("100644", "100755")


class GitError(RunError):
    """What git could not tell, as a sentence."""


class Blob(NamedTuple):
    """A file as a commit has it: its path from the top of the repository, and the name of its content."""

    path: str
    object: str


class Repository:
    """The repository whose top folder is `root`."""

    def __init__(self, root: str) -> None:
        self.root = root

    def base(self, revision: str) -> str:
        """The commit at which the history of HEAD and that of `revision` part. Raises GitError."""
        require_revision(revision)
        commit = self._commit(revision)
        if commit is None:
            raise GitError(f"git knows no commit `{shown(revision)}` in {shown(self.root)}")
        head = self._commit("HEAD")
        if head is None:
            raise GitError(f"{shown(self.root)} has no commit yet")
        found = self._ask("merge-base", head, commit)
        if found.returncode:
            raise GitError(
                f"`{shown(revision)}` and HEAD have no commit in common in {shown(self.root)}; "
                "if the clone is shallow, fetch more of its history"
            )
        return found.stdout.decode("ascii").split()[0]

    def blobs(self, commit: str) -> Iterator[Blob]:
        """The files of a commit, without links and submodules. Raises GitError."""
        found = self._ask("ls-tree", "-r", "-z", "--full-tree", commit)
        if found.returncode:
            raise GitError(f"git cannot list the files of {commit[:12]} in {shown(self.root)}{_said(found)}")
        for entry in found.stdout.split(b"\0"):
            about, tab, path = entry.partition(b"\t")
            mode, _, name = about.decode("ascii").partition(" ")
            if tab and mode in _FILE:
                yield Blob(os.fsdecode(path), name.split()[1])

    def contents(self, blobs: Iterable[Blob]) -> Iterator[tuple[Blob, bytes]]:
        """What the files hold; those that are larger than source code is are left out. Raises GitError."""
        command = self._command("cat-file", "--batch")
        with (
            subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(),
            ) as process,
            _killed_in_time(process),
        ):
            assert process.stdin is not None
            assert process.stdout is not None
            for blob in blobs:
                process.stdin.write(f"{blob.object}\n".encode("ascii"))
                process.stdin.flush()
                data = _content(process.stdout)
                if data is None:
                    raise GitError(f"git lacks the content of `{shown(blob.path)}` in {shown(self.root)}")
                if len(data) <= most_bytes(blob.path):
                    yield blob, data

    def _commit(self, revision: str) -> str | None:
        found = self._ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        return None if found.returncode else found.stdout.decode("ascii").split()[-1]

    def _ask(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return run(self._command(*arguments))

    def _command(self, *arguments: str) -> list[str]:
        settings = [word for each in _SETTINGS for word in ("-c", each)]
        return [git(), "--no-pager", "-C", self.root, *settings, *arguments]


def require_revision(revision: str) -> None:
    """Raises GitError for what git would take for an option, or could not be the name of a commit."""
    if revision.startswith("-") or not revision.strip() or "\0" in revision:
        raise GitError(f"`{shown(revision)}` cannot be the name of a commit")


def top(path: str) -> str | None:
    """The top folder of the repository that `path` lies in, by the first `.git` on the way up; None for none.

    Asked of the folders themselves: git would be told otherwise by `core.worktree`.
    """
    folder = os.path.realpath(path)
    if not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    while not os.path.lexists(os.path.join(folder, ".git")):
        folder, last = os.path.dirname(folder), folder
        if folder == last:
            return None
    return folder


def run(command: list[str]) -> subprocess.CompletedProcess[bytes]:
    """Run git to its end, which is not far. Raises GitError."""
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment(),
            timeout=MAX_GIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise GitError(f"git took longer than {MAX_GIT_SECONDS} seconds") from error
    except OSError as error:
        raise GitError(f"git cannot be started: {(error.strerror or str(error)).lower()}") from error


def git() -> str:
    """The program, from a folder of PATH that is the user's own to name: never one that stands in the working
    folder. Raises GitError."""
    name = "git.exe" if os.name == "nt" else "git"
    for folder in os.get_exec_path():
        program = os.path.join(folder, name)
        if os.path.isabs(folder) and os.path.isfile(program) and os.access(program, os.X_OK):
            return program
    raise GitError("`--diff-base` asks git, and git is not installed")


def environment() -> dict[str, str]:
    """The environment, without what points git to another repository, as that of a hook does."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("GIT_")}
    return {**kept, **_ENVIRONMENT}


def _content(stream: IO[bytes]) -> bytes | None:
    """The next object that `cat-file --batch` tells; None where it is missing, too much where it is large."""
    about = stream.readline().split()
    if len(about) != 3 or about[1] != b"blob":
        return None
    size = int(about[2])
    data = stream.read(min(size, MAX_NOTEBOOK_BYTES + 1))
    left = size - len(data) + 1  # and a line feed
    while left > 0 and (part := stream.read(min(left, MAX_NOTEBOOK_BYTES))):
        left -= len(part)
    return data


@contextmanager
def _killed_in_time(process: subprocess.Popen[bytes]) -> Iterator[None]:
    watch = Timer(MAX_GIT_SECONDS, process.kill)
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
        process.kill()


def _said(found: subprocess.CompletedProcess[bytes]) -> str:
    lines = found.stderr.decode("utf-8", "replace").splitlines()
    return f": {shown(lines[0])}" if lines else ""
