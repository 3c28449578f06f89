"""What the fuzzers of `tests/fuzz` have found, replayed; and that the fuzzers' own parts still work."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.fuzz.splice import Splicer
from tests.fuzz.targets import on_expression, on_program, on_screen

CRASHES = Path(__file__).parent / "fuzz" / "crashes"
TARGETS = {
    "screen": on_screen,
    "lowering": lambda data: on_program(data.decode("utf-8", "replace")),
    "evaluate": lambda data: on_expression(data.decode("utf-8", "replace")),
}
FOUND = sorted(each for each in CRASHES.glob("*/*") if each.is_file())


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_found_input_ends_well(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


def test_a_spliced_program_is_python() -> None:
    text = (CRASHES.parent.parent.parent / "fixtures/tutorial/bad_no_cap.py").read_text(encoding="utf-8")
    splicer = Splicer([text])
    for seed in range(100):
        text = splicer.mutated(text, seed)
        ast.parse(text)


@pytest.mark.parametrize("text", ["x = (t, w)\ny = (x, x)\nt in y or min(x)", "raised() if t < w else -p"])
def test_expressions_reach_the_interpreter(text: str) -> None:
    on_expression(text)
