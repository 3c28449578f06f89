from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from warmlint.report.progress import Progress

# The cursor is shown again, and goes up to the line that it then erases.
GONE = "\x1b[?25h\r\x1b[1A\x1b[2K"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    return Clock()


def run(stream: io.StringIO, clock: Clock, environ: dict[str, str], seconds: float) -> None:
    with Progress(200, stream, environ, clock) as progress:
        for file in range(100):
            clock.now += seconds / 100
            progress.advance(f"src/\x1b[bold]{file}.py")


def test_a_long_run_shows_its_progress_and_takes_it_away(clock):
    stream = Terminal()
    run(stream, clock, {}, seconds=50)
    shown = stream.getvalue()
    assert "100/200" in shown
    assert "src/\\x1b[bold]99.py" in shown
    assert shown.endswith(GONE)


def test_it_is_not_drawn_for_each_file(clock):
    stream = Terminal()
    run(stream, clock, {}, seconds=1)
    assert 0 < stream.getvalue().count("linting") < 10


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"CI": "true"}])
def test_places_without_progress(clock, environ):
    stream = Terminal()
    run(stream, clock, environ, seconds=5)
    assert stream.getvalue() == ""


def test_a_short_run_shows_nothing(clock):
    stream = Terminal()
    run(stream, clock, {}, seconds=0.5)
    assert stream.getvalue() == ""


def test_a_pipe_gets_nothing(clock):
    stream = io.StringIO()
    run(stream, clock, {}, seconds=5)
    assert stream.getvalue() == ""


def test_an_interrupted_run_leaves_nothing_behind(clock):
    stream = Terminal()
    progress = Progress(None, stream, {}, clock)

    def interrupted() -> None:
        with progress:
            clock.now = 2
            progress.advance("a.py")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert "a.py" in stream.getvalue()
    assert stream.getvalue().endswith(GONE)
    progress.advance("b.py")
    assert "b.py" not in stream.getvalue()


def test_a_short_run_imports_no_rich():
    script = (
        "import io, sys; from warmlint.report.progress import Progress\n"
        "class Terminal(io.StringIO):\n    def isatty(self): return True\n"
        "with Progress(9, Terminal(), {}, lambda: 0.0) as bar: bar.advance('a.py')\n"
        "sys.exit('rich' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], env=dict(os.environ)).returncode == 0
