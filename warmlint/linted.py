"""What is asked and what comes of one file: data alone, so that it can cross to the process that reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warmlint.finding import FileReport, Finding
from warmlint.release import Release

if TYPE_CHECKING:
    from warmlint.report.curve import CurveView
    from warmlint.witness.protocol import Replay
    from warmlint.witness.replay import Skipped


@dataclass(frozen=True, slots=True)
class Target:
    """The torch of a run: the release to judge for, and the one that is installed, None where none is known.

    `replays` asks for what the torch witness needs to hold findings against it. `unsafe_fixes` asks for the
    file with its fixes made, the unsafe ones among them or not; None for none. `reason` asks for the file
    with its findings silenced, and gives the reason that the comments say. `known` are the fingerprints of
    the file's findings that a baseline knows; None where no baseline is asked.
    """

    release: Release
    installed: Release | None = None
    replays: bool = False
    unsafe_fixes: bool | None = None
    reason: str | None = None
    known: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Linted:
    """The report on one file, and the lines of it that a report may quote, by row.

    `replays` holds for each finding how torch would run its schedule, None where there is none to run or
    nobody asked. `mended` is the file with its fixes, where any could be made. `asked` are the paths of the
    other files whose content was looked into: what is said may change when one of them does. Where a
    baseline is asked, `fingerprints` tells each finding from the others, and `known` are those that were
    found and left out.
    """

    report: FileReport
    quotes: tuple[tuple[int, str], ...] = ()
    replays: tuple[Replay | Skipped | None, ...] = ()
    mended: Mended | None = None
    asked: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mended:
    """A file with its fixes made, or its findings silenced: its text, the findings that are gone by it, and
    what is said of it `then`."""

    text: str
    cured: tuple[Finding, ...]
    then: Linted


@dataclass(frozen=True, slots=True)
class Drawn:
    """The schedules of one file that are to be shown, and the rows of all that it has; `problem` says why
    there are none."""

    views: tuple[CurveView, ...] = ()
    rows: tuple[str, ...] = ()
    problem: str | None = None
