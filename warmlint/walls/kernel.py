"""Calls to the Linux kernel for which Python has no function, through ctypes; elsewhere there are none."""

from __future__ import annotations

import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22


def prctl(option: int, value: int, pointer: object = 0) -> bool:
    """`prctl(option, value, pointer)`; whether it succeeded."""
    return _call("prctl", option, value, pointer) == 0


def system_call(number: int, *arguments: object) -> int:
    """The answer of a system call; below 0 where it failed, or where there is no such kernel."""
    return _call("syscall", number, *arguments)


def no_new_privileges() -> bool:
    """Never gain rights by running a program; needed before `seccomp` and Landlock without root."""
    return prctl(_PR_SET_NO_NEW_PRIVS, 1)


def install_filter(program: object) -> bool:
    """Put a seccomp filter, a pointer to its `sock_fprog`, before every later system call."""
    return prctl(_PR_SET_SECCOMP, 2, program)


def end_with_parent(parent: int) -> None:
    """Be killed when the process `parent`, which started this one, ends; where it has, end at once.

    A process that reads from its parent meets the end of the pipe as well: this one is for when it computes.
    """
    if prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) and os.getppid() != parent:
        os._exit(1)


def _call(name: str, *arguments: object) -> int:
    if not sys.platform.startswith("linux"):
        return -1
    try:
        import ctypes

        function = getattr(ctypes.CDLL(None, use_errno=True), name)
    except (ImportError, OSError, AttributeError):  # a Python that is built without, or statically
        return -1
    function.restype = ctypes.c_long
    # As wide as a register, or the upper half of a number is what was left there.
    wide = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    return int(function(*wide, *[ctypes.c_long(0)] * (6 - len(wide))))
