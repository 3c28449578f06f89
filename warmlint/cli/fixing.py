"""What the options on fixes ask for, and the exit codes that they make: ruff's names, and ruff's codes."""

from __future__ import annotations

import argparse
from typing import NamedTuple

from warmlint.config import Settings
from warmlint.outcome import Fixing, RunReport


class Asked(NamedTuple):
    """What a run is to do with fixes.

    `fixing` is None where none is made; `diff` shows instead of writing; `only` leaves the findings out that
    remain; `unsafe` is None where nobody said anything of unsafe fixes.
    """

    fixing: Fixing | None = None
    diff: bool = False
    only: bool = False
    exit_non_zero: bool = False
    unsafe: bool | None = None


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of their own group."""
    fixes = parser.add_argument_group("fixes (proven: linted and traced again)")
    switch = argparse.BooleanOptionalAction
    fixes.add_argument("--fix", action=switch, help="write the fixes that cannot change what was meant")
    fixes.add_argument(
        "--unsafe-fixes", action=switch, help="with --fix or --diff: also those that change the LR"
    )
    fixes.add_argument("--diff", action="store_true", help="show the fixes as a diff, and write nothing")
    fixes.add_argument(
        "--fix-only", action="store_true", help="fix, and neither report nor fail for what is left"
    )
    fixes.add_argument("--exit-non-zero-on-fix", action="store_true", help="end with 1 if anything was fixed")


def asked_of(given: argparse.Namespace, settings: Settings) -> Asked:
    """What the command line asks for, over the settings of the working folder."""
    unsafe: bool | None = settings.unsafe_fixes if given.unsafe_fixes is None else given.unsafe_fixes
    fix: bool = settings.fix if given.fix is None else given.fix
    wanted = given.diff or given.fix_only or fix
    return Asked(
        fixing=Fixing(write=not given.diff, unsafe=bool(unsafe)) if wanted else None,
        diff=given.diff,
        only=given.diff or given.fix_only,
        exit_non_zero=given.exit_non_zero_on_fix,
        unsafe=unsafe,
    )


def is_success(report: RunReport, asked: Asked) -> bool:
    """Whether nothing is left that a run should stop for."""
    if asked.diff or asked.exit_non_zero:
        return not report.fixed and (asked.only or not report.findings)
    return asked.only or not report.findings
