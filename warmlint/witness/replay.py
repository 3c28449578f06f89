"""The parent's side: starts the worker, sends it the replays, reads its answers. Imports no torch.

The worker gets expressions as data, an environment with nothing of the user's in it and a folder that
holds nothing of the linted tree; it gets no time without end, and no more is kept of what it says.
"""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, Final

from warmlint.limits import MAX_BATCH_WORK, MAX_OUTPUT, MAX_WITNESS_SECONDS
from warmlint.witness.find import Found
from warmlint.witness.protocol import (
    Answer,
    ProtocolError,
    Replay,
    answer_from_data,
    from_line,
    replay_to_data,
    to_line,
)

_WORKER: Final = Path(__file__).resolve().with_name("worker.py")
_MAX_ERRORS: Final = 64_000
_KEPT: Final = ("LD_LIBRARY_PATH", "SYSTEMROOT")  # some builds of torch, and Windows, do not start without
_SET: Final = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TORCH_DEVICE_BACKEND_AUTOLOAD": "0",  # or torch imports every package that calls itself a backend
}


class WitnessUnavailable(Exception):
    """There is no torch to ask; the text is a sentence that says what to do."""


class WitnessFailed(Exception):
    """The worker crashed, ran out of time or talked nonsense; the text is a sentence that says which."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A replay that was not sent, because it passes a bound."""

    reason: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What torch answered to each replay, in their order; `version` is empty where none was sent."""

    version: str
    results: tuple[Answer | Skipped, ...]


def replay(
    replays: Sequence[Replay],
    *,
    python: str = sys.executable,
    timeout: float = MAX_WITNESS_SECONDS,
    light: Found | None = None,
    budget: int = MAX_BATCH_WORK,
) -> Answers:
    """Run `replays` through the torch that is installed for `python`, a path, all in one subprocess.

    With `light`, through that torch's schedulers alone, which `python` need not have. What passes the
    `budget` of operations is skipped. Raises `WitnessUnavailable` where there is no torch, `WitnessFailed`
    where there are no answers.
    """
    requests = list(_requests(replays, budget))
    lines = list(dict.fromkeys(each for each in requests if isinstance(each, bytes)))
    if not lines:
        return Answers("", tuple(each for each in requests if isinstance(each, Skipped)))
    said = converse(lines, python=python, timeout=timeout, light=light)
    version = _introduction(said, python)
    replies = said.lines[1:]
    if len(replies) != len(lines):
        raise WitnessFailed(f"the torch worker gave {len(replies)} of {len(lines)} answers and {said.ending}")
    reply_to = dict(zip(lines, replies, strict=True))
    return Answers(
        version,
        tuple(
            request if isinstance(request, Skipped) else _answer(reply_to[request], asked)
            for request, asked in zip(requests, replays, strict=True)
        ),
    )


def _requests(replays: Iterable[Replay], budget: int) -> Iterable[bytes | Skipped]:
    left = budget
    known: set[bytes] = set()
    for each in replays:
        try:
            line = to_line(replay_to_data(each))
        except ProtocolError as error:
            yield Skipped(str(error))
            continue
        if line not in known and each.work > left:
            yield Skipped(f"the replays before it take all of the {budget:,} operations of a run")
            continue
        if line not in known:
            known.add(line)
            left -= each.work
        yield line


def _introduction(said: Said, python: str) -> str:
    if not said.lines:
        raise WitnessFailed(f"the torch worker said nothing and {said.ending}")
    match _read(said.lines[0]):
        case {"torch": str() as version}:
            return version
        case {"missing": str()}:
            raise WitnessUnavailable(
                f"torch is not installed for `{python}`; `pip install 'warmlint[torch]'` installs it"
            )
        case {"broken": str() as text}:
            raise WitnessUnavailable(f"torch cannot be used by `{python}`: {text}")
    raise WitnessFailed("the torch worker introduced itself in words that are not known")


def _answer(reply: bytes, asked: Replay) -> Answer:
    match _read(reply):
        case {"rates": rates}:
            try:
                return answer_from_data(rates, asked)
            except ProtocolError as error:
                raise WitnessFailed(f"the torch worker gave an answer that cannot be read: {error}") from None
        case {"refused": str() as reason}:
            raise WitnessFailed(f"the torch worker refused a replay: {reason}")
    raise WitnessFailed("the torch worker gave an answer in words that are not known")


def _read(line: bytes) -> object:
    try:
        return from_line(line)
    except ProtocolError as error:
        raise WitnessFailed(f"the torch worker talks nonsense: {error}") from None


# --- the process -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """All that the worker said, line by line, and in words how it ended."""

    lines: tuple[bytes, ...]
    ending: str


class _Reader(Thread):
    """Reads a pipe to its end, so that nobody blocks on it, and keeps the first `most` bytes."""

    def __init__(self, pipe: IO[bytes], most: int) -> None:
        super().__init__(daemon=True)
        self._pipe = pipe
        self._most = most
        self.kept = bytearray()
        self.overflowed = False
        self.start()

    def run(self) -> None:
        while chunk := os.read(self._pipe.fileno(), 65_536):
            room = self._most - len(self.kept)
            self.kept += chunk[:room]
            self.overflowed |= len(chunk) > room


def converse(lines: Sequence[bytes], *, python: str, timeout: float, light: Found | None = None) -> Said:
    """What the worker says to `lines`. It is gone when this returns or raises."""
    path = os.path.abspath(python)  # the worker does not start in this folder; and no search along PATH
    # One file of torch needs no packages: none of them gets to run code at the start.
    isolated = ["-I"] if light is None else ["-I", "-S"]
    torch = [] if light is None else [os.path.abspath(light.file), light.version]
    try:
        process = subprocess.Popen(
            [path, *isolated, "-W", "ignore", str(_WORKER), str(math.ceil(timeout) + 1), *torch],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=Path(path).anchor,
            env={name: os.environ[name] for name in _KEPT if name in os.environ} | _SET,
            start_new_session=True,
        )
    except OSError as error:
        raise WitnessUnavailable(f"`{python}` cannot be run: {error.strerror}") from None
    deadline = time.monotonic() + timeout
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        output = _Reader(process.stdout, MAX_OUTPUT)
        errors = _Reader(process.stderr, _MAX_ERRORS)
        feeder = Thread(target=_feed, args=(process.stdin, lines), daemon=True)
        feeder.start()
        try:
            output.join(timeout)
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise WitnessFailed(f"the torch worker was stopped after {timeout:g} seconds") from None
        finally:
            _kill(process)
            for thread in (output, errors, feeder):
                thread.join()
    if output.overflowed:
        raise WitnessFailed(f"the torch worker said more than {MAX_OUTPUT:,} bytes")
    return Said(tuple(bytes(output.kept).splitlines()), _ending(process.returncode, bytes(errors.kept)))


def _feed(pipe: IO[bytes], lines: Iterable[bytes]) -> None:
    with suppress(OSError), pipe:  # a worker that is gone does not listen
        pipe.writelines(lines)


def _kill(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):  # macOS forbids it where only a zombie is left
            os.killpg(process.pid, signal.SIGKILL)


def _ending(code: int, errors: bytes) -> str:
    if code < 0:
        with suppress(ValueError):
            return f"was killed by {signal.Signals(-code).name}"
    last = errors.decode("utf-8", "replace").strip().splitlines()[-1:]
    return f"ended with exit code {code}" + "".join(f" ({line[:200]})" for line in last)
