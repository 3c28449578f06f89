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
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from warmlint.witness.engine import Engine


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
    """Raise the walls: from here on the process computes, and talks through the pipes that it has."""
    from warmlint.walls import Role, enclose, kernel, resources

    kernel.end_with_parent(os.getppid())
    resources.limit_time(cpu_seconds)
    enclose(Role.COMPUTER)


def _serve(engine: Engine, requests: IO[bytes], output: IO[bytes]) -> None:
    from warmlint.limits import MAX_LINE
    from warmlint.witness.engine import run
    from warmlint.witness.protocol import ProtocolError, answer_to_data, from_line, replay_from_data

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
