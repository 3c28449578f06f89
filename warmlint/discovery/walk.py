"""From the paths of the command line to the files that are parsed: the walk, and the search in it.

What git ignores is told by `ignore.py`, what a file must hold by `gate.py`, and how files are read by
`read.py`. Settings are not known here: who has any hands in a function that excludes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from warmlint.discovery.decode import decode
from warmlint.discovery.gate import may_hold_schedule
from warmlint.discovery.ignore import Ignores, inside, over
from warmlint.discovery.read import NOTEBOOK, UnreadableError, read, read_regular, reason, require_size, shown
from warmlint.discovery.syntax import is_plain, parse
from warmlint.limits import MAX_NOTEBOOK_BYTES

if TYPE_CHECKING:
    from warmlint.finding import Problem

# Hidden folders are left out too. As ruff: what others wrote, or what tools have built.
VENDORED: Final = frozenset(
    {
        "__pypackages__",
        "_build",
        "buck-out",
        "build",
        "dist",
        "node_modules",
        "site-packages",
        "venv",
    }
)
_LINTED: Final = (".py", NOTEBOOK)
# A folder with one of these in it is an environment, whatever its name.
_ENVIRONMENT_MARKS: Final = frozenset({"pyvenv.cfg", "conda-meta"})


class Candidate(NamedTuple):
    """A file that may hold a schedule, or that was named by hand and is not for this process to parse.

    `path` is the name to report, `file` the one to open it by, which may hold what cannot be printed
    (None for stdin); `given` marks a file that was named by hand.
    """

    path: str
    data: bytes
    file: str | None
    given: bool = False


class Searched(NamedTuple):
    """How many files were searched in all; told last."""

    files: int


Excluded = Callable[[str, bool], bool]
"""Whether the settings leave out a path that a walk has met; the second argument says "a folder"."""


def discover(
    paths: Sequence[str],
    *,
    excluded: Excluded | None = None,
    stdin: Callable[[], bytes] | None = None,
    stdin_name: str = "<stdin>",
    refused: Callable[[str], bool] = lambda path: False,
    gitignores: bool = True,
    searched: Callable[[str], None] | None = None,
) -> Iterator[Candidate | Problem | Searched]:
    """Search `paths` (files, folders, `-` for stdin; none means the working folder).

    The order depends on the names alone: first the files named by hand, then each folder's files
    before its subfolders', by name. No file is told twice. Paths that are `refused` are left out though they
    were named; `gitignores` says whether what git ignores is left out of a walk. `searched` hears of each
    file, schedule or not.
    """
    search = _Search(excluded, gitignores, searched)
    folders: list[str] = []
    for path in paths or ["."]:
        if refused(stdin_name if path == "-" else path):
            continue
        if path == "-":
            yield from search.stdin(stdin or _read_stdin, stdin_name)
        elif os.path.isdir(path):
            folders.append(path)
        else:
            yield from search.given(_tidy(path))
    for folder in folders:
        yield from search.walk(folder)
    yield Searched(search.files)


class _Folder(NamedTuple):
    """A folder on the walk: its path up to the next name, as given and as it really is."""

    path: str
    real: str
    ignores: Ignores | None


class _Search:
    """One run's search: what it has met so far, by the real paths."""

    def __init__(
        self, excluded: Excluded | None, gitignores: bool, searched: Callable[[str], None] | None
    ) -> None:
        self.files = 0
        self._searched = searched
        self._gitignores = gitignores
        self._excluded = excluded
        self._met: set[str] = set()

    def stdin(self, read_stdin: Callable[[], bytes], name: str) -> Iterator[Candidate | Problem]:
        if "-" in self._met:
            return
        self._met.add("-")
        try:
            data = require_size(read_stdin(), name)
        except OSError as error:
            yield _problem(shown(name), reason(name, error), given=True)
        except UnreadableError as error:
            yield _problem(shown(name), str(error), given=True)
        else:
            yield from self._named(name, data, None)

    def given(self, path: str) -> Iterator[Candidate | Problem]:
        try:
            data = read(path)
        except UnreadableError as error:
            yield _problem(shown(path), str(error), given=True)
            return
        real = _posix(os.path.realpath(path))
        if real not in self._met:
            self._met.add(real)
            yield from self._named(path, data, path)

    def _named(self, path: str, data: bytes, file: str | None) -> Iterator[Candidate | Problem]:
        self.files += 1
        if self._searched is not None:
            self._searched(path)
        name = shown(path)
        if _may_hold_schedule(path, data) or not is_plain(data):
            yield Candidate(name, data, file, given=True)
            return
        try:  # whoever names a file wants to hear that it is no Python, schedule or not
            source = decode(path, data)
            parse(source.text, source.row_name)
        except UnreadableError as error:
            yield _problem(name, str(error), given=True)

    def walk(self, given: str) -> Iterator[Candidate | Problem]:
        real = _ended(_posix(os.path.realpath(given)))
        if real in self._met:
            return
        self._met.add(real)
        links: list[tuple[_Folder, str]] = []
        root = _Folder(_ended(_tidy(given)), real, over(real) if self._gitignores else None)
        ahead = [root]
        while ahead:
            folder = ahead.pop()
            try:
                with os.scandir(folder.path or ".") as found:
                    entries = sorted(found, key=_by_name)
                names = {entry.name for entry in entries}
                if folder is not root and not names.isdisjoint(_ENVIRONMENT_MARKS):
                    continue
                ruled = folder
                if self._gitignores:
                    ruled = folder._replace(ignores=inside(folder.real, names, folder.ignores))
                ahead.extend(reversed(self._folders(ruled, entries)))
                yield from self._files(ruled, entries, links)
            except OSError as error:  # from an entry too, where the file system does not tell its kind
                name = folder.path[:-1] or folder.path or "."
                yield _problem(shown(name), reason(name, error), given=folder is root)
        # Only now is it known which of the linked files the walk has met under their own names.
        for folder, name in links:
            yield from self._link(folder, name, root)

    def _folders(self, folder: _Folder, entries: Sequence[os.DirEntry[str]]) -> list[_Folder]:
        return [
            _Folder(f"{folder.path}{entry.name}/", f"{folder.real}{entry.name}/", folder.ignores)
            for entry in entries
            if entry.name[0] != "."
            and entry.name not in VENDORED
            and entry.is_dir(follow_symlinks=False)
            and self._wanted(folder, entry.name, is_folder=True)
        ]

    def _files(
        self, folder: _Folder, entries: Sequence[os.DirEntry[str]], links: list[tuple[_Folder, str]]
    ) -> Iterator[Candidate | Problem]:
        for entry in entries:
            name = entry.name
            if not name.endswith(_LINTED) or name[0] == ".":
                continue
            if entry.is_symlink():
                links.append((folder, name))
            elif entry.is_file(follow_symlinks=False):
                yield from self._file(folder, name, folder.real + name)

    def _link(self, folder: _Folder, name: str, root: _Folder) -> Iterator[Candidate | Problem]:
        path = folder.path + name
        target = _posix(os.path.realpath(path))
        if not os.path.exists(path):
            yield from self._file(folder, name, folder.real + name)
        elif os.path.isfile(path) and target.startswith(root.real):
            # One that leads out of the tree is left alone: a fix must not change what nobody named.
            yield from self._file(folder, name, target)

    def _file(self, folder: _Folder, name: str, real: str) -> Iterator[Candidate | Problem]:
        if real in self._met:
            return
        self._met.add(real)
        path = folder.path + name
        said: Candidate | Problem
        try:
            data = read_regular(path)
        except OSError as error:
            said = _problem(shown(path), reason(path, error))
        except UnreadableError as error:
            said = _problem(shown(path), str(error))
        else:
            self.files += 1
            if self._searched is not None and self._wanted(folder, name):
                self._searched(path)
            if not _may_hold_schedule(name, data):
                return
            said = Candidate(shown(path), data, path)
        # Asked last: telling whether a file is ignored takes longer than reading it.
        if self._wanted(folder, name):
            yield said

    def _wanted(self, folder: _Folder, name: str, *, is_folder: bool = False) -> bool:
        if folder.ignores is not None and folder.ignores.ignored(folder.real + name, folder=is_folder):
            return False
        return self._excluded is None or not self._excluded(folder.path + name, is_folder)


def _may_hold_schedule(path: str, data: bytes) -> bool:
    # In a notebook code stands in strings of JSON, where a quote has a backslash before it.
    return may_hold_schedule(data.replace(b'\\"', b'"') if path.endswith(NOTEBOOK) else data)


def _problem(path: str, message: str, given: bool = False) -> Problem:
    from warmlint.finding import Problem

    return Problem(path, message, given)


def _by_name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _read_stdin() -> bytes:
    return sys.stdin.buffer.read(MAX_NOTEBOOK_BYTES + 1)


def _tidy(path: str) -> str:
    """`path` with slashes, and without what says nothing: `./`, a slash too many."""
    path = _posix(path)
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return "/" * path.startswith("/") + "/".join(parts)


def _ended(folder: str) -> str:
    return folder if not folder or folder.endswith("/") else folder + "/"


def _posix(path: str) -> str:
    return path if os.sep == "/" else path.replace(os.sep, "/")
