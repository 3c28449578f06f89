"""The walls around warmlint's own processes: what the system itself takes from them before they read input.

A wall is a function that takes something from the running process for good, without root, and says
whether it stands: a system that lacks it is no error. Linux has them all; macOS has some of the resource
limits, Windows none, and there the evaluator, which is total, and the parent's time-out are the wall.

Nothing of warmlint is known here but its bounds. Who runs behind which walls is said in `BEHIND`.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Final

from warmlint.limits import MAX_MEMORY, MAX_WITNESS_MEMORY
from warmlint.walls import kernel, landlock, resources, seccomp

Wall = Callable[[], bool]


class Role(Enum):
    """What a process is for: to read files of a project, or to compute and nothing else."""

    READER = "reader"
    COMPUTER = "computer"


BEHIND: Final[dict[Role, dict[str, Wall]]] = {
    Role.READER: {
        "privileges": kernel.no_new_privileges,
        "memory": partial(resources.limit_memory, MAX_MEMORY),
        "landlock": partial(landlock.restrict, reading=True),
        "limits": partial(resources.limit_deeds, opens=True),
        "seccomp": partial(seccomp.install, seccomp.reader),
    },
    Role.COMPUTER: {
        "privileges": kernel.no_new_privileges,
        "memory": partial(resources.limit_memory, MAX_WITNESS_MEMORY),
        "landlock": partial(landlock.restrict, reading=False),
        "limits": partial(resources.limit_deeds, opens=False),
        "seccomp": partial(seccomp.install, seccomp.computer),
    },
}
"""The walls of each role, as they are raised: each would be in the way of those before it."""


def enclose(role: Role) -> tuple[str, ...]:
    """Raise the walls of `role` around this process; the answer names those that stand."""
    return tuple(name for name, wall in BEHIND[role].items() if wall())
