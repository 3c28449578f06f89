"""The parser of every verb: argparse, but for what it prints of arguments that a shell has filled in."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from warmlint.discovery.read import shown


class Parser(argparse.ArgumentParser):
    """A parser that takes options by their whole names, and shows file names as they can be printed."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the arguments, and end with exit code 2."""
        super().error(shown(message))
