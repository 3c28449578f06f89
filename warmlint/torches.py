"""Which torch a run asks for its second opinion, and which release it reads schedules for.

It is looked for when a schedule is met, and once. What may name it is the command line and the environment,
never a file of the linted tree.
"""

from __future__ import annotations

from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from warmlint.release import NEWEST, Release, parse

if TYPE_CHECKING:
    from warmlint.witness.find import Found


class Mode(Enum):
    """How much of torch is asked: its schedulers alone where there are any, all of it, or nothing."""

    AUTO = "auto"
    FULL = "full"
    OFF = "off"


class Torch:
    """The torch of one run: that of the interpreter `python`, a path, or of warmlint's own environment."""

    def __init__(self, mode: Mode = Mode.OFF, python: str | None = None) -> None:
        self.mode = mode
        self.python = python
        self.fault: str | None = None

    @cached_property
    def found(self) -> Found | None:
        """What is installed; None where nothing is, or nothing is to be asked. Where the interpreter that
        was named cannot be asked, `fault` says why."""
        if self.mode is Mode.OFF:
            return None
        from warmlint.witness.find import NoInterpreter, installed, installed_for

        if self.python is None:
            return installed()
        try:
            found = installed_for(self.python)
        except NoInterpreter as error:
            self.fault = str(error)
            return None
        if found is None and self.mode is Mode.AUTO:  # all of torch may be imported from elsewhere
            self.fault = f"torch is not installed for `{self.python}`"
        return found

    @property
    def wanted(self) -> bool:
        """Whether there is something to ask, or to say of why there is not."""
        return self.mode is Mode.FULL or self.found is not None or self.fault is not None

    @property
    def release(self) -> Release:
        """The release that is installed, the newest that is known where none is."""
        return (None if self.found is None else parse(self.found.version)) or NEWEST
