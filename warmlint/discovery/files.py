"""The files around a linted one, as it sees them: those on disk, and over them what is not saved yet."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from warmlint.discovery.read import UnreadableError, read

Stamp = int | bytes
"""What changes whenever the content of a file does: the time of its last change, or what is not saved."""


class Files:
    """The files of one task.

    `unsaved` holds, by real path, the bytes of files that an editor has open: they stand for what is on disk.
    `asked` collects the paths of all files whose content somebody wanted to know.
    """

    def __init__(self, unsaved: Mapping[str, bytes] | None = None) -> None:
        self._unsaved = unsaved or {}
        self.asked: set[str] = set()

    def is_file(self, path: Path) -> bool:
        """Whether there is such a file, or a link to one."""
        return path.is_file() or self._open(str(path)) is not None

    def stamp(self, path: str) -> Stamp | None:
        """What the content of a file is known by; None where there is no such file."""
        self.asked.add(path)
        unsaved = self._open(path)
        if unsaved is not None:
            return unsaved
        try:
            return os.stat(path).st_mtime_ns
        except OSError:
            return None

    def _open(self, path: str) -> bytes | None:
        # Names are made real only where there is something to be found by them.
        return self._unsaved.get(os.path.realpath(path)) if self._unsaved else None


def content(path: str, stamp: Stamp) -> bytes:
    """The bytes of a file that is known by a stamp; none where it cannot be read."""
    if isinstance(stamp, bytes):
        return stamp
    try:
        return read(path)
    except UnreadableError:
        return b""
