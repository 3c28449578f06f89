"""What is new in files of the working tree since their repositories' histories parted from a commit."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from warmlint.discovery import Candidate, UnreadableError, shown
from warmlint.discovery.read import NOTEBOOK
from warmlint.limits import MAX_VANISHED
from warmlint.since import Rows
from warmlint.since.git import Blob, GitError, Repository, require_revision, top
from warmlint.since.lines import new_rows


class Changes:
    """The changes since `revision`: what was committed since HEAD's history and its parted (as
    `git diff --merge-base` has it), what is staged, what is not, and files that git does not know."""

    def __init__(self, revision: str) -> None:
        self._revision = revision
        self._bases: dict[str, str] = {}

    def require(self, paths: Sequence[str]) -> None:
        """Raises GitError where a path is in no repository, or its repository knows no such commit."""
        require_revision(self._revision)
        for path in paths:
            self._base(self._repository(path))

    def rows(self, candidates: Sequence[Candidate]) -> dict[str, Rows]:
        """The new rows of each file, by its path. Raises GitError."""
        by_root: dict[str, list[Candidate]] = {}
        for candidate in candidates:
            repository = self._repository(candidate.file or candidate.path)
            by_root.setdefault(repository.root, []).append(candidate)
        found: dict[str, Rows] = {}
        for root, files in by_root.items():
            found.update(self._rows(Repository(root), files))
        return found

    def _rows(self, repository: Repository, candidates: Sequence[Candidate]) -> dict[str, Rows]:
        blobs = {blob.path: blob for blob in repository.blobs(self._base(repository))}
        places = [_place(candidate, repository.root) for candidate in candidates]
        before = {number: blobs[place] for number, place in enumerate(places) if place in blobs}
        vanished = _vanished(repository.root, blobs) if len(before) < len(places) else []
        contents = dict(repository.contents(dict.fromkeys([*before.values(), *vanished])))
        rows = new_rows(
            [_code(candidate.path, candidate.data) for candidate in candidates],
            {number: _code(blob.path, contents[blob]) for number, blob in before.items() if blob in contents},
            [_code(blob.path, contents[blob]) for blob in vanished if blob in contents],
        )
        return {candidate.path: each for candidate, each in zip(candidates, rows, strict=True)}

    def _repository(self, path: str) -> Repository:
        root = top(path)
        if root is None:
            raise GitError(f"{shown(path)} is in no git repository, and `--diff-base` asks for its history")
        return Repository(root)

    def _base(self, repository: Repository) -> str:
        if repository.root not in self._bases:
            self._bases[repository.root] = repository.base(self._revision)
        return self._bases[repository.root]


def _code(path: str, data: bytes) -> bytes:
    """What is compared: a notebook's rows are those of its cells' text, as findings count them."""
    if not path.endswith(NOTEBOOK):
        return data
    from warmlint.discovery.notebook import read_notebook

    try:
        return read_notebook(data).text.encode("utf-8", "surrogatepass")
    except UnreadableError:
        return data


def _place(candidate: Candidate, root: str) -> str:
    """Where a file stands in its repository, as git writes it."""
    return os.path.relpath(os.path.realpath(candidate.file or candidate.path), root).replace(os.sep, "/")


def _vanished(root: str, blobs: Mapping[str, Blob]) -> list[Blob]:
    """The code that a commit has and the working tree has not: what a new file may have been called."""
    gone = (
        blob
        for path, blob in sorted(blobs.items())
        if path.endswith((".py", NOTEBOOK)) and not os.path.lexists(os.path.join(root, path))
    )
    return [blob for _, blob in zip(range(MAX_VANISHED), gone, strict=False)]
