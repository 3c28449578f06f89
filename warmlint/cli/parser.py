"""The parser of every verb: argparse, but for what it prints of arguments that a shell has filled in, and
for the option that was meant where one is unknown."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from warmlint.discovery.read import shown
from warmlint.suggest import did_you_mean


class Parser(argparse.ArgumentParser):
    """A parser that takes options by their whole names, anywhere among the paths, and shows file names as
    they can be printed. `elsewhere` gives our name for what others call otherwise, without the dashes."""

    def __init__(self, elsewhere: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(
            **{"formatter_class": argparse.RawDescriptionHelpFormatter, **more, "allow_abbrev": False}
        )
        self._elsewhere = elsewhere or {}

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """What `arguments` say. Ends with exit code 2 where they cannot be understood."""
        # What stands behind `--` is a path, which argparse forgets where options stand among paths.
        end = arguments.index("--") if "--" in arguments else len(arguments)
        given, rest = self.parse_known_intermixed_args(arguments[:end])
        if paths := list(arguments[end + 1 :]):
            if not hasattr(given, "paths"):
                return self.parse_args(arguments)
            given.paths += paths
        if rest:
            unknown = next((each for each in rest if each.startswith("-")), rest[0])
            self.error(f"unknown option `{unknown}`{self._meant(unknown.partition('=')[0])}")
        return given

    def _meant(self, unknown: str) -> str:
        ours = self._elsewhere.get(unknown.lstrip("-"))
        if ours:
            return f"; did you mean `--{ours}`?"
        return did_you_mean(unknown, self.option_strings)

    @property
    def option_strings(self) -> tuple[str, ...]:
        """Every option, with its dashes."""
        return tuple(self._option_string_actions)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the arguments, and end with exit code 2."""
        self.exit(2, f"{self.prog}: error: {shown(message)}; see `{self.prog} --help`\n")
