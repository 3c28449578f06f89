"""One child process, as its parent holds it: started, asked, and killed where it does not answer."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import Final

from warmlint.imports import importable
from warmlint.limits import MAX_MEMORY, MAX_REPORT, MAX_SECONDS, MAX_WAIT
from warmlint.plugins import PluginError, installed
from warmlint.workers.wire import WireError, from_line, to_data, to_line

_CHILD: Final = Path(__file__).resolve().with_name("child.py")
# File names are decoded by the locale; and some builds of Python, and Windows, do not start without.
_KEPT: Final = ("LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "SYSTEMROOT")

_GIB: Final = 1 << 30
_TOO_SLOW: Final = f"could not be judged: it took longer than {MAX_SECONDS} seconds"
_FAILURES: Final = {
    "memory": f"could not be judged: it took more than {MAX_MEMORY / _GIB:g} GiB of memory",
    "report": f"could not be judged: there is more to say than {MAX_REPORT:,} bytes",
}


class Failed(Exception):
    """A child gave no answer. The text goes on from the name of the file that it was asked about.

    `again` says whether another child may do better: where an earlier file, or somebody outside, may be to
    blame. `crashed` tells a crash from a bound that was passed.
    """

    def __init__(self, text: str, *, again: bool = False, crashed: bool = False) -> None:
        super().__init__(text)
        self.again = again
        self.crashed = crashed


class Child:
    """A child process. It ends with the thread that made it."""

    def __init__(self) -> None:
        """Start it. Raises `Failed` where that is impossible."""
        self._asked = 0
        self._introduced = False
        self._overdue = False
        command = [sys.executable, "-I", "-S", "-X", f"utf8={sys.flags.utf8_mode}", "-W", "ignore"]
        try:
            self._process = subprocess.Popen(
                [
                    *command,
                    str(_CHILD),
                    str(os.getpid()),
                    _rules(),
                    _plugins(),
                    *filter(importable, sys.path),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _KEPT if name in os.environ},
                start_new_session=True,  # Ctrl-C is for the parent
            )
        except OSError as error:
            raise Failed(f"could not be judged: no process can be started: {error.strerror}") from None

    def ask(self, request: bytes) -> dict[str, object]:
        """The answer to a request. Raises `Failed`, and then the child is of no more use; and PluginError
        where no child can be had."""
        watch = Timer(MAX_WAIT, self._give_up)
        watch.daemon = True
        watch.start()
        self._asked += 1
        try:
            answer = self._converse(request)
        finally:
            watch.cancel()
        match answer:
            case {"failed": str() as what}:
                # The files before it may have left it less memory than a file may take.
                raise Failed(_FAILURES[what], again=self._asked > 1)
            case dict():
                return answer
        raise Failed("could not be judged: the parser talks nonsense", crashed=True)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def close(self) -> None:
        """End it, and wait until it is gone."""
        self.kill()
        with suppress(OSError), self._process:
            pass

    def _converse(self, request: bytes) -> object:
        assert self._process.stdin is not None
        try:
            with suppress(BrokenPipeError):  # then it has ended, and why is told below
                self._process.stdin.write(request)
                self._process.stdin.flush()
            if not self._introduced:
                self._introduced = True
                self._check(self._line())
            return self._line()
        except WireError:
            return None

    def _check(self, introduction: object) -> None:
        match introduction:
            case {"broken": str() as text}:
                raise Failed(f"internal error: the process that lints does not start: {text}", crashed=True)
            case {"refused": str() as text}:
                raise PluginError(text)

    def _line(self) -> object:
        assert self._process.stdout is not None
        line = self._process.stdout.readline(MAX_REPORT + 1)
        if not line.endswith(b"\n"):
            raise self._failure()
        return from_line(line)

    def _give_up(self) -> None:
        self._overdue = True
        self.kill()

    def _failure(self) -> Failed:
        """Why there is no answer."""
        if not self._overdue:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=1)
        self.kill()
        code = self._process.wait()
        name = _signal(code)
        if self._overdue or name == "SIGXCPU":
            return Failed(_TOO_SLOW)
        if name in ("SIGKILL", "SIGTERM", "SIGHUP"):
            return Failed(f"could not be judged: the parser was killed by {name}", again=True, crashed=True)
        how = name or f"exit code {code}"
        return Failed(f"could not be judged: the parser crashed ({how})", again=self._asked > 1, crashed=True)


def _signal(code: int) -> str | None:
    """The name of the signal that an exit code tells of."""
    if code >= 0:
        return None
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _rules() -> str:
    """The folder of the rules, which an editable install keeps elsewhere."""
    spec = importlib.util.find_spec("warmlint.rules")
    assert spec is not None
    assert spec.submodule_search_locations
    return next(iter(spec.submodule_search_locations))


def _plugins() -> str:
    """The rules that others bring, as the child is told of them."""
    return to_line(to_data(installed())).decode().strip()
