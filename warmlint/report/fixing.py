"""What is said of fixes as a whole: how many were made, would be made, or can be.

A fix by itself stands with its finding; the lines that fixes change are written by `warmlint.report.diff`.
"""

from __future__ import annotations

from warmlint.finding import Applicability
from warmlint.outcome import RunReport, count


def fixed(report: RunReport) -> str:
    """`Fixed 2 findings in 1 file`."""
    return f"Fixed {_counted(report)}" if report.fixed else "Fixed no finding"


def silenced(report: RunReport, reason: str, *, written: bool) -> str:
    """`Silenced 2 findings in 1 file, with the reason "as meant"`."""
    done = "Silenced" if written else "Would silence"
    if not report.fixed:
        return f"{done} no finding"
    return f'{done} {_counted(report)}, with the reason "{reason}"'


def would_fix(report: RunReport, unsafe: bool | None) -> str:
    """What a fix would do, and what hides; `unsafe` as in `fixable`."""
    made = f"Would fix {_counted(report)}" if report.fixed else "Would fix no finding"
    return f"{made}{_hidden(report, unsafe, ', ')}"


def fixable(report: RunReport, unsafe: bool | None) -> str:
    """Which findings a fix is proven for; empty where none is, or none is to be spoken of.

    `unsafe` says that fixes that change the LR are made too; False that nobody wants to hear of them, None
    that nothing was said.
    """
    counts = _proven(report)
    ready = counts[Applicability.SAFE] + (counts[Applicability.UNSAFE] if unsafe else 0)
    if ready:
        return f"{ready} fixable with --fix{_hidden(report, unsafe, ', ')}"
    return _hidden(report, unsafe, "")


def _hidden(report: RunReport, unsafe: bool | None, joint: str) -> str:
    number = _proven(report)[Applicability.UNSAFE]
    if unsafe is not None or not number:
        return ""
    they = "it changes" if number == 1 else "they change"
    how = f"{number} more with" if joint else f"{number} fixable with --fix"
    return f"{joint}{how} --unsafe-fixes ({they} the LR)"


def _proven(report: RunReport) -> dict[Applicability, int]:
    fixes = [each.fix.applicability for each in report.findings if each.fix is not None]
    return {each: fixes.count(each) for each in Applicability}


def _counted(report: RunReport) -> str:
    return f"{count(report.fixed, 'finding')} in {count(len(report.rewritten), 'file')}"
