"""Measures what warmlint costs, as whole processes and as ratios in one run; asserts nothing.

usage: python benchmarks/budgets.py [LARGE_TREE]

LARGE_TREE is a folder in which few files hold a schedule; the installed torch by default. The opponent is
`ruff check --isolated --select F -s --no-cache`, the floor is `python -c pass`. Machines are noisy: the
two commands of a pair run in turn, and the ratio of their medians is what lasts.
"""

from __future__ import annotations

import importlib.util
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
RUFF = [str(BIN / "ruff"), "check", "--isolated", "--select", "F", "-s", "--no-cache"]
WARMLINT = [str(BIN / "warmlint"), "--isolated", "--no-cache"]
RUNS = 9


def seconds(command: list[str], cwd: Path) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - started


def pair(name: str, ours: list[str], theirs: list[str], cwd: Path) -> None:
    seconds(ours, cwd), seconds(theirs, cwd)
    times = [(seconds(ours, cwd), seconds(theirs, cwd)) for _ in range(RUNS)]
    mine, other = (statistics.median(column) * 1000 for column in zip(*times, strict=True))
    print(f"{name:44}{mine:9.0f} ms{other:9.0f} ms   x {mine / other:5.2f}   {mine - other:+6.0f} ms")


def main() -> None:
    torch = importlib.util.find_spec("torch")
    default = Path(torch.origin).parent if torch is not None and torch.origin else TOP
    large = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    floor = [sys.executable, "-c", "pass"]
    print(f"{'':44}{'warmlint':>12}{'other':>12}   ratio     difference")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "plain.py").write_text("import torch\n" + "x = 1\n" * 200)
        schedule = TOP / "fixtures" / "lr003_uncapped_warmup" / "bad_readme.py"
        (folder / "schedule.py").write_text(schedule.read_text())
        pair("a file without a schedule, over `pass`", [*WARMLINT, "plain.py"], floor, folder)
        pair("a file with one, over `pass`", [*WARMLINT, "schedule.py"], floor, folder)
    files = sum(1 for _ in large.rglob("*.py"))
    pair(f"{large.name}, {files} files, against ruff", [*WARMLINT, str(large)], [*RUFF, str(large)], TOP)
    fixtures = TOP / "fixtures"
    files = sum(1 for _ in fixtures.rglob("*.py"))
    pair(f"fixtures/, {files} files, against ruff", [*WARMLINT, "fixtures"], [*RUFF, "fixtures"], TOP)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest process: {peak:.0f} MiB")


if __name__ == "__main__":
    main()
