"""The worker: reads replays from stdin, a line each, and answers each with a line.

A script, run by `warmlint.witness.replay` as `python -I worker.py CPU_SECONDS`, or with the file of torch's
schedulers and its version behind that, `… CPU_SECONDS FILE VERSION`, where that file is to stand for torch.
It finds warmlint by its own place on disk and puts no folder on `sys.path`. All imports are done, and the
process is locked, before the first byte of input is read. The end of its input ends it, so it does not
outlive its parent.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from warmlint.witness.engine import Engine

SPARE_MEMORY = 256 * 1024 * 1024
"""Bytes that the worker may grow by once everything is imported."""


def main() -> None:
    """Introduce the engine, then answer until the input ends."""
    with os.fdopen(os.dup(1), "wb") as output:
        os.dup2(2, 1)  # what an import prints is no answer
        _find_warmlint()
        try:
            engine = _light(*sys.argv[2:]) if len(sys.argv) > 2 else _full()
            _warm(engine)
        except ModuleNotFoundError as error:
            return _say(output, {"missing" if error.name == "torch" else "broken": str(error)})
        except Exception as error:
            return _say(output, {"broken": f"{type(error).__name__}: {error}"})
        _lock(int(sys.argv[1]))
        _say(output, {"torch": engine.version})
        _serve(engine, sys.stdin.buffer, output)


def _find_warmlint() -> None:
    folder = Path(__file__).resolve().parent.parent
    spec = importlib.util.spec_from_file_location(
        "warmlint", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules["warmlint"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


def _full() -> Engine:
    from warmlint.witness.full import FullTorch

    return FullTorch()


def _light(file: str, version: str) -> Engine:
    from warmlint.witness.light import LightTorch

    return LightTorch(Path(file), version)


def _warm(engine: Engine) -> None:
    """Replay something: what is imported late is imported now."""
    from warmlint.expr import Symbol, SymbolKind, const
    from warmlint.witness.engine import run
    from warmlint.witness.protocol import Replay

    tick = Symbol("tick", SymbolKind.TICK)
    run(engine, Replay((const(1.0),), (tick,), {}, (0.1,), (1,)))


def _lock(cpu_seconds: int) -> None:
    """Bound what the process may take: from here on it opens no file and no socket. Windows has no bounds."""
    try:
        import resource
    except ImportError:
        return
    limits = {"CPU": cpu_seconds, "CORE": 0, "FSIZE": 0, "NPROC": 0, "AS": 0, "NOFILE": 0}
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limits["AS"] = pages * resource.getpagesize() + SPARE_MEMORY
    except OSError:
        del limits["AS"]
    for name, limit in limits.items():
        # A lower limit may stand already, and not every system knows every name.
        with suppress(ValueError, OSError, AttributeError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (limit, limit))


def _serve(engine: Engine, requests: IO[bytes], output: IO[bytes]) -> None:
    from warmlint.witness.engine import run
    from warmlint.witness.protocol import MAX_LINE, ProtocolError, answer_to_data, from_line, replay_from_data

    while line := requests.readline(MAX_LINE + 1):
        try:
            _say(output, {"rates": answer_to_data(run(engine, replay_from_data(from_line(line))))})
        except ProtocolError as error:
            _say(output, {"refused": str(error)})
        if not line.endswith(b"\n"):
            return  # cut short or too long: where the next message starts is not known


def _say(output: IO[bytes], data: object) -> None:
    output.write(json.dumps(data).encode("ascii") + b"\n")
    output.flush()


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        os._exit(1)  # the parent is gone
    os._exit(0)  # torch takes half a second to leave by the door
