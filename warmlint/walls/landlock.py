"""Landlock: the kernel's own list of what a process may do to files, and to ports; empty here.

https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import os
import struct
from typing import Final

from warmlint.walls.kernel import system_call

_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # the same on every machine
_VERSION: Final = 1

_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_SINCE_1: Final = (1 << 13) - 1  # execute, write, read, list, remove, and make of every kind
_SINCE: Final = {2: 1 << 13, 3: 1 << 14, 5: 1 << 15}  # refer, truncate, ioctl of devices
_NETWORK: Final = (1 << 0) | (1 << 1)  # bind and connect by TCP, since 4
_SCOPES: Final = (1 << 0) | (1 << 1)  # abstract sockets of, and signals to, those outside; since 6


def restrict(*, reading: bool) -> bool:
    """Forbid all that Landlock knows: all use of files, or where `reading` all but reading them."""
    version = system_call(_CREATE_RULESET, 0, 0, _VERSION)
    if version < 1:
        return False
    files = _SINCE_1 | sum(bit for since, bit in _SINCE.items() if version >= since)
    if reading:
        files &= ~(_READ_FILE | _READ_DIR)
    network = _NETWORK if version >= 4 else 0
    scopes = _SCOPES if version >= 6 else 0
    # Older kernels take the longer form where what they do not know of is zero.
    rules = struct.pack("=QQQ", files, network, scopes)
    descriptor = system_call(_CREATE_RULESET, rules, len(rules), 0)
    if descriptor < 0:
        return False
    try:
        return system_call(_RESTRICT_SELF, descriptor, 0) == 0
    finally:
        os.close(descriptor)
