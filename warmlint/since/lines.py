"""Which lines of some files are new, by `git diff --no-index`: in a folder of its own, outside of every
repository, where no configuration but the user's holds."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from typing import Final

from warmlint.discovery.read import shown
from warmlint.since import Rows
from warmlint.since.git import GitError, git, run

_OPTIONS: Final = (
    "--no-index",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--text",
    "--unified=0",
    "--find-renames",
    "-l0",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--ignore-cr-at-eol",  # git may keep other line endings than stand in the working tree
)
_FILE: Final = re.compile(rb'^\+\+\+ "?b/new/([0-9]+)', re.MULTILINE)
_HUNK: Final = re.compile(rb"^@@ -[0-9,]+ \+([0-9]+)(?:,([0-9]+))? @@", re.MULTILINE)


def new_rows(now: Sequence[bytes], before: Mapping[int, bytes], vanished: Sequence[bytes]) -> list[Rows]:
    """The rows of each file of `now` that are new. `before` holds what some of them were, by their numbers;
    what `vanished` may have become one of the others. Raises GitError."""
    with tempfile.TemporaryDirectory(prefix="warmlint-") as folder:
        # Named by numbers: names of the linted tree are for nobody to trip over.
        _fill(os.path.join(folder, "old"), {str(number): data for number, data in before.items()})
        _fill(os.path.join(folder, "old"), {f"gone{n}": data for n, data in enumerate(vanished)})
        _fill(os.path.join(folder, "new"), {str(number): data for number, data in enumerate(now)})
        outside = ["-c", f"core.attributesFile={os.devnull}", f"--git-dir={os.path.join(folder, 'none')}"]
        found = run([git(), "--no-pager", "-C", folder, *outside, "diff", *_OPTIONS, "--", "old", "new"])
    if found.returncode not in (0, 1):
        said = shown(found.stderr.decode("utf-8", "replace").strip())
        raise GitError(f"git cannot compare files: {said}")
    rows = _rows(found.stdout)
    return [rows.get(number, frozenset()) for number in range(len(now))]


def _fill(folder: str, files: Mapping[str, bytes]) -> None:
    os.makedirs(folder, exist_ok=True)
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)


def _rows(patch: bytes) -> dict[int, Rows]:
    """The added rows of each file in a patch, by the file's number."""
    rows: dict[int, Rows] = {}
    # A line that begins so in a file has a sign before it in the patch.
    for part in re.split(rb"^diff --git ", patch, flags=re.MULTILINE):
        if name := _FILE.search(part):
            added: set[int] = set()
            for hunk in _HUNK.finditer(part):
                first, count = int(hunk[1]), int(hunk[2] or 1)
                added.update(range(first, first + count))
            rows[int(name[1])] = frozenset(added)
    return rows
