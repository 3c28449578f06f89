"""What the fuzzers share: seeds of the fixtures, and atheris around a target."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path

import atheris

from tests.fuzz.splice import Splicer

TOP = Path(__file__).resolve().parent.parent.parent
OPTIONS = ["-timeout=20", "-rss_limit_mb=2000", "-max_len=20000", "-print_final_stats=1"]
HALF = 2


def fixtures() -> list[str]:
    """The programs under `fixtures/`, which are the seeds."""
    return [each.read_text(encoding="utf-8") for each in sorted((TOP / "fixtures").rglob("*.py"))]


def fuzz(
    target: Callable[[bytes], None], seeds: Iterable[bytes], splicer: Splicer, *, bytewise: bool = False
) -> None:
    """Run a target as the command line says, `FOLDER [libFuzzer's options]`; the folder keeps its corpus.

    An input that fails is kept beside the folder, one for each place of failure, and the run goes on.
    """
    if len(sys.argv) < HALF:
        sys.exit(f"usage: python {sys.argv[0]} FOLDER [options of libFuzzer]")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (folder / f"seed_{number:04}").write_bytes(seed)

    crashes = folder.parent / f"{folder.name}-crashes"

    def guarded(data: bytes) -> None:
        try:
            target(data)
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            crashes.mkdir(exist_ok=True)
            kept = crashes / f"{type(error).__name__}-{Path(last.filename).stem}-{last.lineno}"
            if not kept.exists():
                kept.write_bytes(data)
                print(f"FOUND {kept}")
                traceback.print_exc()

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        if bytewise and seed % HALF:
            return bytes(atheris.Mutate(data, most))
        return splicer.mutated(data.decode("utf-8", "replace"), seed).encode("utf-8", "replace")[:most]

    arguments = [sys.argv[0], str(folder), *OPTIONS, *sys.argv[2:]]
    atheris.Setup(arguments, guarded, custom_mutator=mutate)
    atheris.Fuzz()
