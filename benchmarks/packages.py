"""Lints whole packages with all rules, as people would, and then each file alone, in a process of its own.

usage: python benchmarks/packages.py [--forced] [--only-alone] PATH...

PATH is a folder, a file, or a wheel, which is unpacked. For each: files, schedules, findings and problems as
the command line tells them, every finding and problem, and then what each file costs alone. A crash, an
internal error or a file of more than 10 s ends the run with exit code 1.

Few files of a package hold a schedule, so few pass the gate and the screen. With `--forced`, every file
does: all its statements are parsed, and each of its functions and methods is given a tick and a value, and
made a factor of a `LambdaLR` that a loop drives, so that the engine meets all the syntax that there is. What
is then found is no finding.
"""

from __future__ import annotations

import ast
import copy
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import textwrap
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from warmlint.analysis import lint
from warmlint.discovery import UnreadableError
from warmlint.discovery.decode import decode
from warmlint.discovery.gate import may_hold_schedule
from warmlint.rule import all_rules
from warmlint.source import Source

SLOW = 10.0
"""Seconds that no file may take."""

HANG = 60
"""Seconds of computing after which a process is ended."""

MAX_FACTORS = 20
"""Functions of one file that are made factors, taken evenly: no real file makes a hundred schedules."""

LOOP = """
for _ in range(9):
    optimizer.step()
    warmlint_{0}.step()
"""


@dataclass(frozen=True)
class Alone:
    """What became of one file in a process of its own."""

    path: Path
    seconds: float
    mebibytes: float
    schedules: int = 0
    unread: int = 0
    findings: int = 0
    problem: str = ""
    crashed: bool = False


def main() -> int:
    arguments = sys.argv[1:]
    forced, only_alone = "--forced" in arguments, "--only-alone" in arguments
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        for each in (each for each in arguments if not each.startswith("--")):
            path = _unpacked(Path(each), Path(name))
            print(f"== {each}", flush=True)
            if not forced and not only_alone:
                wrong += _as_people_would(path)
            wrong += _alone(path, forced=forced)
    return int(wrong > 0)


def _unpacked(path: Path, folder: Path) -> Path:
    if path.suffix != ".whl":
        return path
    target = folder / path.stem
    with zipfile.ZipFile(path) as wheel:
        wheel.extractall(target, [each for each in wheel.namelist() if each.endswith(".py")])
    return target


def _as_people_would(path: Path) -> int:
    """One run of the command line; how much of it went wrong."""
    command = [sys.executable, "-m", "warmlint", "--isolated", "--no-cache", "--select", "ALL"]
    started = time.perf_counter()
    done = subprocess.run(
        [*command, "--output-format", "concise", str(path)], capture_output=True, text=True, check=False
    )
    print(f"  {time.perf_counter() - started:.1f} s, exit code {done.returncode}")
    print(textwrap.indent(done.stdout + done.stderr, "  "))
    return int(done.returncode not in (0, 1, 2)) + (done.stdout + done.stderr).count("internal error")


def _alone(path: Path, *, forced: bool) -> int:
    all_rules()
    importlib.import_module("warmlint.facts.sites")  # loaded once, before the processes part
    files = list(_files(path))
    results = [_forked(each, forced=forced) for each in files if forced or _passes(each)]
    wrong = [each for each in results if each.crashed or each.seconds > SLOW]
    print(
        f"  alone{', forced' * forced}: {len(results)} of {len(files)} files, "
        f"{sum(each.schedules for each in results)} schedules, "
        f"{sum(each.unread for each in results)} unread, {sum(each.findings for each in results)} findings, "
        f"{sum(bool(each.problem) for each in results)} problems, {len(wrong)} crashed or slow"
    )
    said = Counter(each.problem.partition(":")[0] for each in results if each.problem)
    for problem, count in said.most_common():
        print(f"  {count:5} {problem}")
    for each in wrong:
        print(f"  WRONG {each.path}: {each.seconds:.1f} s: {each.problem}")
    for each in sorted(results, key=lambda each: -each.seconds)[:5]:
        print(f"  {each.seconds:6.2f} s {each.mebibytes:6.0f} MiB {each.path}")
    sys.stdout.flush()
    return len(wrong)


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    else:
        yield from (each for each in sorted(path.rglob("*.py")) if each.is_file())


def _passes(path: Path) -> bool:
    return may_hold_schedule(path.read_bytes())


def _forked(path: Path, *, forced: bool) -> Alone:
    """Judge one file in a process of its own, which may crash or hang."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        resource.setrlimit(resource.RLIMIT_CPU, (HANG, HANG))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.write(writing, json.dumps(_judged(path, forced=forced)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status, usage = os.wait4(child, 0)
    seconds, mebibytes = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    if not said:
        return Alone(path, seconds, mebibytes, problem=f"died of {status}", crashed=True)
    return Alone(path, seconds, mebibytes, **json.loads(said))


def _judged(path: Path, *, forced: bool) -> dict[str, object]:
    try:
        source = decode(str(path), path.read_bytes())
        codes = frozenset(rule.code for rule in all_rules())
        report, _ = lint(_with_factors(source) if forced else source, lambda: codes)
    except UnreadableError as error:
        return {"problem": str(error)}
    except BaseException as error:
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        at = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where is not None else ""
        return {"problem": f"{type(error).__name__} at {at}: {error}"[:2000], "crashed": True}
    return {
        "schedules": report.schedules,
        "unread": len(report.unknowns),
        "findings": len(report.findings),
        "problem": "; ".join(each.message for each in report.problems)[:2000],
        "crashed": any(each.internal for each in report.problems),
    }


def _with_factors(source: Source) -> Source:
    """`source`, with a schedule made of each of its functions and methods, and a loop that drives it."""
    try:
        tree = ast.parse(source.text)
        names = list(_factors(tree))
        text = ast.unparse(ast.fix_missing_locations(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source
    added = ["", "from torch.optim.lr_scheduler import LambdaLR"]
    for number, name in enumerate(names[:: len(names) // MAX_FACTORS + 1]):
        added += [f"warmlint_{number} = LambdaLR(optimizer, {name})", LOOP.format(number)]
    return Source(source.path, text + "\n".join(added))


def _factors(tree: ast.Module) -> Iterator[str]:
    """The functions of a module, each changed so that it takes a tick and has a value; methods are doubled
    as functions, for those of an object are not read where its class has bases of other files."""
    for each in list(tree.body):
        if isinstance(each, ast.FunctionDef):
            _make_factor(each)
            yield each.name
        elif isinstance(each, ast.ClassDef):
            for part in each.body:
                if isinstance(part, ast.FunctionDef):
                    function = copy.deepcopy(part)
                    function.name = f"{each.name}_{part.name}"
                    _make_factor(function)
                    tree.body.append(function)
                    yield function.name


def _make_factor(function: ast.FunctionDef) -> None:
    taken = function.args
    taken.posonlyargs.insert(0, ast.arg("tick_"))
    free = len(taken.posonlyargs) + len(taken.args) - 1 - len(taken.defaults)
    taken.defaults = [*(ast.Constant(2) for _ in range(free)), *taken.defaults]
    taken.kw_defaults = [each or ast.Constant(2) for each in taken.kw_defaults]
    function.decorator_list = []
    function.body.append(ast.parse("return tick_ / 5").body[0])


if __name__ == "__main__":
    sys.exit(main())
