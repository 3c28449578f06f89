"""A line of progress on runs that take long, on terminals alone, gone when the run is over.

rich is imported when there is something to show, so that a short run never pays for it. No thread is
started: other processes may be forked while the line stands.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from warmlint.report.page import Medium, excerpt

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

_PATIENCE = 0.8
_INTERVAL = 0.1
_PATH_ROOM = 40


class Progress:
    """Counts files towards `total` and shows the count once a run has taken a while.

    A context manager; leaving it clears the line, whatever happened. Output of other kinds is to be
    written after that.
    """

    def __init__(
        self,
        total: int | None = None,
        stream: TextIO | None = None,
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
        colour: bool | None = None,
    ) -> None:
        self._total = total
        self._stream = stream or sys.stderr
        self._medium = Medium.of(self._stream)
        self._enabled = self._stream.isatty() and environ.get("TERM") != "dumb" and not environ.get("CI")
        self._colour = colour
        self._clock = clock
        self._done = 0
        self._due = clock() + _PATIENCE
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def advance(self, path: str, by: int = 1) -> None:
        """Count `by` files more, the last of them `path`."""
        self._done += by
        if not self._enabled or (now := self._clock()) < self._due:
            return
        self._due = now + _INTERVAL
        if self._bar is None:
            self._open()
        if self._bar is not None and self._task is not None:
            shown = excerpt(path, len(path), len(path), _PATH_ROOM, self._medium)
            self._bar.update(self._task, completed=self._done, path=shown.before, refresh=True)

    def close(self) -> None:
        """Clear the line."""
        self._enabled = False
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bar

        no_color = None if self._colour is None else not self._colour
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[path]}", style="dim", markup=False),
            console=Console(file=self._stream, highlight=False, no_color=no_color),
            transient=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bar.add_task("linting", total=self._total, path="")
        self._bar.start()
