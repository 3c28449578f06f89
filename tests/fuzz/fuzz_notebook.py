"""Fuzzes how notebooks are read and written: their bytes, or programs whose blank lines part cells."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import atheris

with atheris.instrument_imports(include=["warmlint"]):
    from tests.fuzz.targets import on_notebook

from tests.fuzz.run import fixtures, fuzz
from tests.fuzz.splice import Splicer

MAGICS = (
    "%time x\n",
    "%%bash\nls",
    "x = !ls \\\n y",
    "f?",
    "if a:\n  !b",
    "# IPython: a",
    "\ud83d\ude00\u00e9",
)


def notebook(cells: list[str], indent: int | None) -> bytes:
    """A notebook of these cells."""
    made = [
        {"cell_type": "code", "source": text.splitlines(keepends=True), "outputs": [{"text": ["x"]}]}
        for text in cells
    ]
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": made}, indent=indent).encode()


def main() -> None:
    texts = fixtures()
    seeds = [notebook(each.split("\n\n"), number % 3 or None) for number, each in enumerate(texts[:100])]
    seeds += [notebook([*MAGICS, texts[0]], 1), notebook(list(MAGICS), None)]
    seeds += ["\n\n".join([*MAGICS, each]).encode("utf-8", "replace") for each in texts[::3]]

    def target(data: bytes) -> None:
        cells = data.decode("utf-8", "replace").split("\n\n")
        on_notebook(data if data.startswith(b"{") else notebook(cells, len(data) % 3 or None))

    fuzz(target, seeds, Splicer(texts), bytewise=True)


if __name__ == "__main__":
    main()
