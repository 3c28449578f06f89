"""What the options on fixes ask for, and the exit codes that they make: ruff's names, and ruff's codes."""

from __future__ import annotations

import argparse
from typing import NamedTuple

from warmlint.config import FailOn, Settings
from warmlint.outcome import Fixing, RunError, RunReport


class Asked(NamedTuple):
    """What a run is to do with fixes, and what it ends with.

    `fixing` is None where no file is changed; `diff` shows instead of writing; `only` leaves the findings out
    that remain; `unsafe` is None where nobody said anything of unsafe fixes. A finding below `fail_on` does
    not make the run fail.
    """

    fixing: Fixing | None = None
    diff: bool = False
    only: bool = False
    exit_non_zero: bool = False
    unsafe: bool | None = None
    fail_on: FailOn = FailOn.NOTE


def asked_of(given: argparse.Namespace, settings: Settings) -> Asked:
    """What is asked for by the command line alone, and by the settings of the working folder.

    Raises RunError for what cannot be asked for together.
    """
    fail_on = FailOn.NEVER if settings.exit_zero else settings.fail_on
    if given.add_ignores is not None:
        if settings.fix or settings.fix_only:
            raise RunError("`--add-ignores` silences findings, `--fix` cures them: ask for one at a time")
        from warmlint.ignores import reason_of

        return Asked(
            Fixing(write=not given.diff, reason=reason_of(given.add_ignores)),
            diff=bool(given.diff),
            only=True,
            unsafe=settings.unsafe_fixes,
            fail_on=fail_on,
        )
    wanted = given.diff or settings.fix_only or settings.fix
    return Asked(
        fixing=Fixing(write=not given.diff, unsafe=bool(settings.unsafe_fixes)) if wanted else None,
        diff=bool(given.diff),
        only=bool(given.diff or settings.fix_only),
        exit_non_zero=settings.exit_non_zero_on_fix,
        unsafe=settings.unsafe_fixes,
        fail_on=fail_on,
    )


def is_success(report: RunReport, asked: Asked) -> bool:
    """Whether nothing is left that a run should stop for."""
    if asked.fail_on is FailOn.NEVER:
        return True
    left = not asked.only and any(_counts(each.severity.value, asked.fail_on) for each in report.findings)
    if asked.diff or asked.exit_non_zero:
        return not report.fixed and not left
    return not left


def _counts(severity: str, least: FailOn) -> bool:
    levels = [each.value for each in FailOn]
    return levels.index(severity) >= levels.index(least.value)
