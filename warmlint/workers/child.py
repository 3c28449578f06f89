"""The child: takes files from stdin, one at a time, and answers each with a line.

A script, run by `warmlint.workers.process` as `python -I -S child.py PARENT RULES PLUGINS FOLDERS…`: the
number of its parent, the folder of `warmlint.rules`, the rules that others bring, as JSON, and the folders in
which libraries are looked for. It finds warmlint by its own place on disk. It reads nothing before its walls
stand; the end of its input, or of its parent, ends it.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from warmlint.workers.task import Task


def main() -> None:
    """Introduce yourself, then answer until the input ends."""
    parent, rules, plugins, *folders = sys.argv[1:]
    with os.fdopen(os.dup(1), "wb") as output:
        os.dup2(2, 1)  # what an import prints is no answer
        sys.path += folders
        _find("warmlint", Path(__file__).resolve().parent.parent)
        _find("warmlint.rules", Path(rules))
        from warmlint.plugins import PluginError
        from warmlint.walls import Role, enclose, kernel
        from warmlint.workers.wire import to_line

        kernel.end_with_parent(int(parent))
        try:
            _load(plugins)
        except PluginError as error:
            output.write(to_line({"refused": str(error)}))
            return
        except Exception as error:
            output.write(to_line({"broken": f"{type(error).__name__}: {error}"}))
            return
        sys.dont_write_bytecode = True  # it would try in vain
        output.write(to_line({"walls": enclose(Role.READER)}))
        output.flush()
        _serve(sys.stdin.buffer, output)


def _find(package: str, folder: Path) -> None:
    spec = importlib.util.spec_from_file_location(
        package, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules[package] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


def _load(plugins: str) -> None:
    """Import what every file needs; all the rest too if Python has not compiled it yet, for behind the
    walls it can compile, and not keep what it has compiled. Where there are plugins, all rules, so that one
    that is broken is told at once."""
    import warmlint.candidate
    import warmlint.workers.task  # noqa: F401
    from warmlint.plugins import Plugin, tell
    from warmlint.workers.wire import from_data, from_line

    brought = list(from_data(tuple[Plugin, ...], from_line(plugins.encode())))
    tell(brought)
    if brought:
        from warmlint.rule import all_rules

        all_rules()
    for name in ("warmlint.facts.sites", "libcst"):
        spec = importlib.util.find_spec(name)
        if spec is None or (spec.cached and not os.path.exists(spec.cached)):
            from warmlint.rule import all_rules

            importlib.import_module("warmlint.facts.sites")
            all_rules()


def _serve(requests: IO[bytes], output: IO[bytes]) -> None:
    from warmlint.limits import MAX_REPORT, MAX_SECONDS
    from warmlint.walls.resources import limit_time
    from warmlint.workers.task import Task
    from warmlint.workers.wire import from_data, from_line, to_line

    while line := requests.readline():
        task = from_data(Task, from_line(line))
        data = requests.read(task.size)
        unsaved = {path: requests.read(size) for path, size in task.unsaved}
        limit_time(MAX_SECONDS)
        try:
            answer = to_line(_answer(task, data, unsaved))
            if len(answer) > MAX_REPORT:
                answer = to_line({"failed": "report"})
        except MemoryError:
            answer = to_line({"failed": "memory"})
        output.write(answer)
        output.flush()


def _answer(task: Task, data: bytes, unsaved: dict[str, bytes]) -> dict[str, object]:
    from warmlint.candidate import draw_candidate, lint_candidate, silence_candidate
    from warmlint.discovery import Candidate
    from warmlint.discovery.files import Files
    from warmlint.workers.task import Verb, drawn_to_data, linted_to_data, silencing_to_data

    candidate = Candidate(task.path, data, task.file, task.given)
    if task.verb is Verb.SILENCE:
        assert task.code is not None
        assert task.row is not None
        return silencing_to_data(silence_candidate(candidate, task.code, task.row))
    files = Files(unsaved)
    assert task.settings is not None
    assert task.target is not None
    if task.verb is Verb.DRAW:
        return drawn_to_data(
            draw_candidate(candidate, task.row, task.cell, task.settings, task.target, files)
        )
    return linted_to_data(lint_candidate(candidate, task.settings, task.target, files))


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        os._exit(1)  # the parent is gone
    os._exit(0)
