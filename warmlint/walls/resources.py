"""Resource limits, as far as the system has them: memory, files, processes, time."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Final


def _module() -> ModuleType | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource


# Imported at once: behind the other walls no file can be.
_RESOURCE: Final = _module()


def limit_memory(most: int) -> bool:
    """Let the process grow by no more than `most` bytes: what it asks for beyond that, it does not get."""
    if _RESOURCE is None:
        return False
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:  # only Linux tells, and only Linux keeps to the bound
        return False
    return _bound("AS", pages * _RESOURCE.getpagesize() + most)


def limit_deeds(*, opens: bool) -> bool:
    """Let the process write no file, dump no core, start no process, and open no file unless it `opens`."""
    stands = _bound("CORE", 0) and _bound("FSIZE", 0) and _bound("NPROC", 0)
    return stands and (opens or _bound("NOFILE", 0))


def limit_time(seconds: int) -> None:
    """Let the process be killed by SIGXCPU once it has computed for about `seconds` more."""
    if _RESOURCE is None:
        return
    used = _RESOURCE.getrusage(_RESOURCE.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + seconds + 1
    with suppress(ValueError, OSError):
        _, hard = _RESOURCE.getrlimit(_RESOURCE.RLIMIT_CPU)
        _RESOURCE.setrlimit(_RESOURCE.RLIMIT_CPU, (most, hard))


def _bound(name: str, most: int) -> bool:
    # A lower limit may stand already, and not every system knows every name.
    with suppress(ValueError, OSError, AttributeError):
        if _RESOURCE is not None:
            _RESOURCE.setrlimit(getattr(_RESOURCE, f"RLIMIT_{name}"), (most, most))
            return True
    return False
