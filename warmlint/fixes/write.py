"""A file's bytes replaced by others: wholly or not at all, and only where nobody else has changed it.

The new bytes go to a temporary file in the same folder and reach the disk before they take the old one's
name, in one step. Whatever ends warmlint before that leaves the file as it was, and beside it, at worst, a
file called `.warmlint-….tmp`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile

from warmlint.discovery.read import UnreadableError, read
from warmlint.fixes.encode import RefusedError

_CHANGED = "was not fixed: it has changed since it was read"


def replace_file(path: str, before: bytes, after: bytes) -> None:
    """Make `after` the content of the file at `path`, whose content was `before` when it was read.

    Mode, extended attributes and, where it may be given, the owner stay; of a link, the file that it leads
    to is replaced. Raises `RefusedError`, and leaves the file as it is, where it has changed, may not be
    written, or has another name that would keep the old content.
    """
    target = os.path.realpath(path)
    try:
        status = os.stat(target)
        _require_writable(target, status)
        temporary = _written(target, after, status)
        try:
            _require_unchanged(path, target, before, status)
            os.replace(temporary, target)
        except BaseException:
            _remove(temporary)
            raise
        _sync_folder(os.path.dirname(target))
    except UnreadableError as error:
        raise RefusedError(_CHANGED) from error
    except OSError as error:
        raise RefusedError(f"was not fixed: {(error.strerror or str(error)).lower()}") from error


def _require_writable(target: str, status: os.stat_result) -> None:
    # The modes are asked too: whoever may write all the same, as root may, did not mean to.
    if not status.st_mode & 0o222 or not os.access(target, os.W_OK):
        raise RefusedError("was not fixed: it is read-only")
    folder = os.path.dirname(target)
    if not os.stat(folder).st_mode & 0o222 or not os.access(folder, os.W_OK):
        raise RefusedError("was not fixed: the folder that it is in is read-only")
    if status.st_nlink > 1:
        raise RefusedError("was not fixed: it has another name (a hard link) that would keep the old content")


def _written(target: str, after: bytes, status: os.stat_result) -> str:
    """The path of a temporary file beside `target`, with the bytes `after` on the disk."""
    descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".warmlint-", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(after)
            file.flush()
            _take_after(temporary, target, status)
            os.fsync(file.fileno())
    except BaseException:
        _remove(temporary)
        raise
    return temporary


def _remove(temporary: str) -> None:
    with contextlib.suppress(OSError):  # what went wrong before is what is told
        os.unlink(temporary)


def _take_after(temporary: str, target: str, status: os.stat_result) -> None:
    """Give a new file the owner, mode and attributes of the one that it will replace, but not its times."""
    if hasattr(os, "chown"):
        with contextlib.suppress(PermissionError):
            os.chown(temporary, -1, status.st_gid)
            os.chown(temporary, status.st_uid, -1)
    shutil.copystat(target, temporary)
    os.utime(temporary)


def _require_unchanged(path: str, target: str, before: bytes, status: os.stat_result) -> None:
    same = read(target) == before and _identity(os.stat(target)) == _identity(status)
    if not same or os.path.realpath(path) != target:
        raise RefusedError(_CHANGED)


def _identity(status: os.stat_result) -> tuple[int, ...]:
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        stat.S_IMODE(status.st_mode),
        status.st_nlink,
    )


def _sync_folder(folder: str) -> None:
    """Bring the new name to the disk, where folders can be opened and synced."""
    if hasattr(os, "O_DIRECTORY"):
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
