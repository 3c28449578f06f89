"""A file written in one step: whoever reads it finds the old content, the new, or none, and never a part."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile


def write(path: str, data: bytes) -> None:
    """Make `data` the content of the file at `path`, which may be new.

    The mode of a file that was there stays; of a link, the file that it leads to is written. What is no file,
    such as a pipe or `/dev/null`, is written to. Raises OSError.
    """
    target = os.path.realpath(path)
    if _is_special(path):
        with open(path, "wb") as special:
            special.write(data)
        return
    folder = os.path.dirname(target)
    descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".warmlint-", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(target):
            shutil.copymode(target, temporary)
        else:
            os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):  # what went wrong before is what is told
            os.unlink(temporary)
        raise


def fault(path: str) -> str | None:
    """Why `path` cannot be written, as the end of a sentence that begins with it; None where it can.

    Asked before the work whose outcome is to be written there.
    """
    if _is_special(path):
        return None if os.access(path, os.W_OK) else "may not be written: permission denied"
    target = os.path.realpath(path)
    folder = os.path.dirname(target)
    if os.path.isdir(target):
        return "is a folder"
    if not os.path.isdir(folder):
        return f"cannot be written: there is no folder `{os.path.dirname(path) or '.'}`"
    if os.path.exists(target) and not (os.stat(target).st_mode & 0o222 and os.access(target, os.W_OK)):
        return "may not be written: it is read-only"
    if not os.access(folder, os.W_OK):
        return "may not be written: the folder that it is in is read-only"
    return None


def _is_special(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
