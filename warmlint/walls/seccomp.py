"""A seccomp filter: a small program of the kernel's that judges each system call of the process.

It is written in classic BPF, for the two machines whose numbers are told here; on others there is no
such wall. What is forbidden fails with "operation not permitted", as if there were no right to it.

https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import os
import platform
import struct
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from warmlint.walls.kernel import install_filter

_LOAD, _AND = 0x20, 0x54
_IS, _AT_LEAST = 0x15, 0x35
_ANSWER: Final = 0x06
_ALLOW: Final = 0x7FFF0000
_FAIL: Final = 0x00050000
_KILL: Final = 0x80000000
_EPERM, _ENOSYS = 1, 38

_NUMBER, _MACHINE = 0, 4  # where the kernel puts them, and then the arguments of eight bytes each
_ARGUMENTS: Final = 16

_FOREIGN: Final = 0x40000000
"""From here on x86-64 has the calls of another way to count them, which would pass by unseen."""

_EXECUTABLE: Final = 4
_THREAD: Final = 0x00010000
_ANY: Final = 0xFFFFFFFF
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass(frozen=True, slots=True)
class _Machine:
    """How the kernel names a machine, and in which column of the tables its numbers stand."""

    audit: int
    column: int


_MACHINES: Final = {"x86_64": _Machine(0xC000003E, 0), "aarch64": _Machine(0xC00000B7, 1)}

Number = int | None
Table = dict[str, tuple[Number, Number]]

COMPUTING: Final[Table] = {
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "close": (3, 57),
    "fstat": (5, 80), "lseek": (8, 62), "poll": (7, None), "ppoll": (271, 73),
    "munmap": (11, 215), "mremap": (25, 216), "brk": (12, 214), "madvise": (28, 233),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132), "restart_syscall": (219, 128), "sched_yield": (24, 124),
    "nanosleep": (35, 101), "clock_nanosleep": (230, 115), "clock_gettime": (228, 113),
    "gettimeofday": (96, 169), "time": (201, None), "getrusage": (98, 165), "times": (100, 153),
    "getpid": (39, 172), "gettid": (186, 178), "futex": (202, 98), "set_robust_list": (273, 99),
    "rseq": (334, 293), "getrandom": (318, 278), "sched_getaffinity": (204, 123),
    "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip
"""All that computing and talking through open pipes takes."""

FORBIDDEN: Final[Table] = {
    # other programs and processes
    "execve": (59, 221), "execveat": (322, 281), "fork": (57, None), "vfork": (58, None),
    "kill": (62, 129), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "kcmp": (312, 272),
    # the network
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200),
    "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242),
    # changes to files
    "creat": (85, None), "truncate": (76, 45), "ftruncate": (77, 46), "fallocate": (285, 47),
    "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276), "link": (86, None),
    "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36), "unlink": (87, None),
    "unlinkat": (263, 35), "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None),
    "mknod": (133, None), "mknodat": (259, 33), "chmod": (90, None), "fchmod": (91, 52),
    "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None), "fchown": (93, 55),
    "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "futimesat": (261, None), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "open_by_handle_at": (304, 265), "memfd_create": (319, 279), "memfd_secret": (447, 447),
    # the system
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "kexec_load": (246, 104), "reboot": (169, 142), "swapon": (167, 224),
    "setuid": (105, 146), "setgid": (106, 144), "capset": (126, 91), "personality": (135, 92),
}  # fmt: skip
"""What reading files, importing modules and computing never take."""

_OPEN: Final[Table] = {"open": (2, None), "openat": (257, 56)}
_OPEN_NEWLY: Final[Table] = {"openat2": (437, 437), "clone3": (435, 435)}
_CLONE: Final[Table] = {"clone": (56, 220)}
_MAP: Final[Table] = {"mmap": (9, 222), "mprotect": (10, 226)}
_BOUND: Final[Table] = {"prlimit64": (302, 261)}
_SIGNAL: Final[Table] = {"tgkill": (234, 131)}

Instruction = tuple[int, int, int, int]
"""What to do, how many instructions to skip where it holds and where not, and with which number."""


def install(rules: Callable[[int], list[Instruction]]) -> bool:
    """Let `rules`, one of `reader` and `computer`, judge every system call from here on."""
    machine = _machine()
    if machine is None:
        return False
    import ctypes

    program = [*_opening(machine), *rules(machine.column)]
    packed = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *each) for each in program))
    # `struct sock_fprog`: how many instructions, and where they are.
    head = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(packed)))
    return install_filter(head)


def computer(column: int) -> list[Instruction]:
    """Allow `COMPUTING`, memory that is not executable, and signals to itself; nothing else."""
    rules = _each(COMPUTING, column, _ALLOW)
    rules += _judged(_MAP, column, 2, _EXECUTABLE, where_set=_FAIL | _EPERM, else_=_ALLOW)
    rules += _own_signals(column)
    return [*rules, _answer(_FAIL | _EPERM)]


def reader(column: int) -> list[Instruction]:
    """Forbid what changes anything, starts anything or talks to anybody; allow the rest."""
    rules = _each(FORBIDDEN, column, _FAIL | _EPERM)
    # What takes a pointer cannot be judged: as if the kernel were older, and the C library asks otherwise.
    rules += _each(_OPEN_NEWLY, column, _FAIL | _ENOSYS)
    for place, (name, numbers) in enumerate(_OPEN.items(), start=1):
        rules += _judged({name: numbers}, column, place, _WRITING, where_set=_FAIL | _EPERM, else_=_ALLOW)
    rules += _judged(_CLONE, column, 0, _THREAD, where_set=_ALLOW, else_=_FAIL | _EPERM)
    rules += _judged(_BOUND, column, 0, _ANY, where_set=_FAIL | _EPERM, else_=_ALLOW)  # its own: process 0
    rules += _own_signals(column)
    return [*rules, _answer(_ALLOW)]


def _machine() -> _Machine | None:
    # A 32-bit Python on a 64-bit kernel counts differently again.
    if not sys.platform.startswith("linux") or sys.maxsize < 2**32 or sys.byteorder != "little":
        return None
    return _MACHINES.get(platform.machine())


def _opening(machine: _Machine) -> list[Instruction]:
    return [
        (_LOAD, 0, 0, _MACHINE),
        (_IS, 1, 0, machine.audit),
        _answer(_KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _FOREIGN),
        _answer(_FAIL | _EPERM),
    ]


def _answer(answer: int) -> Instruction:
    return (_ANSWER, 0, 0, answer)


def _numbers(table: Table, column: int) -> Iterable[int]:
    return (number for numbers in table.values() if (number := numbers[column]) is not None)


def _each(table: Table, column: int, answer: int) -> list[Instruction]:
    rules: list[Instruction] = []
    for number in _numbers(table, column):
        rules += [(_IS, 0, 1, number), _answer(answer)]
    return rules


def _judged(
    table: Table, column: int, argument: int, bits: int, *, where_set: int, else_: int
) -> list[Instruction]:
    """Calls that are judged by whether their argument, counted from 0, has any of some bits."""
    rules: list[Instruction] = []
    for number in _numbers(table, column):
        rules += [
            (_IS, 0, 5, number),
            (_LOAD, 0, 0, _ARGUMENTS + 8 * argument),
            (_AND, 0, 0, bits),
            (_IS, 1, 0, 0),
            _answer(where_set),
            _answer(else_),
        ]
    return rules


def _own_signals(column: int) -> list[Instruction]:
    """`abort` ends a process by a signal to itself; no other is sent."""
    rules: list[Instruction] = []
    for number in _numbers(_SIGNAL, column):
        rules += [
            (_IS, 0, 4, number),
            (_LOAD, 0, 0, _ARGUMENTS),
            (_IS, 0, 1, os.getpid()),
            _answer(_ALLOW),
            _answer(_FAIL | _EPERM),
        ]
    return rules
