"""Reading a file that may be anything: a pipe, a dead link, a directory, larger than the disk.

Every byte of a linted tree that warmlint looks at is read here; text is made of it in `decode.py`.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Final

from warmlint.limits import MAX_FILE_BYTES, MAX_NOTEBOOK_BYTES

# A FIFO without a writer would block `open` for ever, and a terminal would become warmlint's own.
# Windows has neither the trouble nor the flags, and opens as text unless told otherwise.
_FLAGS: Final = (
    os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
)
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)

_KINDS: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


NOTEBOOK: Final = ".ipynb"
"""How the names of notebooks end."""


class UnreadableError(Exception):
    """Why a file cannot be linted, as the end of a sentence that begins with its name."""


def read(path: str, *, follow: bool = True) -> bytes:
    """The bytes of the regular file at `path`; `follow` says whether it may be a link to one."""
    try:
        # Asked before it is opened, since merely opening a device can move it. A link is looked
        # through all the same: where it may not be followed, opening it says so.
        require_file(os.stat(path))
        return read_regular(path, 0 if follow else _NO_LINK)
    except (OSError, ValueError) as error:
        raise UnreadableError(reason(path, error)) from error


def read_regular(path: str, flags: int = 0) -> bytes:
    """The bytes of `path`, which the caller has reason to take for a regular file."""
    descriptor = os.open(path, _FLAGS | flags)
    try:
        status = os.fstat(descriptor)
        require_file(status)
        most = most_bytes(path)
        if status.st_size > most:
            raise UnreadableError(_too_large(status.st_size, most))
        # One byte more than there should be: a full answer tells the end without a second call.
        data = os.read(descriptor, status.st_size + 1)
        if len(data) != status.st_size:
            data = require_size(_read_on(descriptor, data, most), path)
    finally:
        os.close(descriptor)
    return data


def require_file(status: os.stat_result) -> None:
    """Raise `UnreadableError` unless `status` is that of a regular file."""
    if not stat.S_ISREG(status.st_mode):
        kind = next((kind for test, kind in _KINDS if test(status.st_mode)), "something else")
        raise UnreadableError(f"is {kind}, not a file")


def require_size(data: bytes, name: str) -> bytes:
    """`data`, or `UnreadableError` where it is larger than a file with this name may be."""
    if len(data) > (most := most_bytes(name)):
        raise UnreadableError(_too_large(len(data), most))
    return data


def most_bytes(name: str) -> int:
    """How large a file with this name may be."""
    return MAX_NOTEBOOK_BYTES if name.endswith(NOTEBOOK) else MAX_FILE_BYTES


def reason(path: str, error: OSError | ValueError) -> str:
    """What `error` says of `path`, in words."""
    if not isinstance(error, OSError):
        return "has a name that no file can have"  # a NUL in it
    if error.errno == errno.ELOOP:
        return "is a link that leads back to itself"
    if isinstance(error, FileNotFoundError):
        try:
            return f"is a link to `{shown(os.readlink(path))}`, which does not exist"
        except OSError:
            return "does not exist"
    if isinstance(error, PermissionError):
        return "may not be read: permission denied"
    return f"cannot be read: {(error.strerror or str(error)).lower()}"


def shown(path: str) -> str:
    """`path` as it can be printed: other bytes than text, and control characters, as escapes."""
    if path.isprintable():
        return path
    return "".join(char if char.isprintable() else _escaped(char) for char in path)


def _escaped(char: str) -> str:
    # How Python hands on a byte of a name that is not UTF-8 (PEP 383).
    is_byte = "\udc80" <= char <= "\udcff"
    return f"\\x{ord(char) - 0xDC00:02x}" if is_byte else char.encode("unicode_escape").decode()


def _read_on(descriptor: int, data: bytes, most: int) -> bytes:
    """The rest of a file that has another size than it says, as those in `/proc` do."""
    parts = [data]
    size = len(data)
    while size <= most and (part := os.read(descriptor, most)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _too_large(size: int, most: int) -> str:
    return f"is too large: {size:,} bytes, of at most {most:,}"
