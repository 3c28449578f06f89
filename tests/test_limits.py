"""Bounds: all in one place, and each holds at its edge: so much passes, one more is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.test_cli import BAD
from warmlint import limits
from warmlint.analysis import lint
from warmlint.discovery import UnreadableError
from warmlint.discovery.decode import decode
from warmlint.discovery.read import require_size
from warmlint.discovery.syntax import is_plain, parse
from warmlint.expr import Symbol, SymbolKind, ref
from warmlint.facts.lowering import Lowering
from warmlint.facts.screen import screen
from warmlint.facts.sites import find
from warmlint.finding import FileReport, Proof
from warmlint.fixes.repeat import repeat
from warmlint.program import Guard, Jump, Update, orders
from warmlint.rule import all_rules
from warmlint.source import Position, Source, Span

SPAN = Span(Position(1, 1), Position(1, 2))
TOP = Path(__file__).resolve().parent.parent

_NUMBER = re.compile(r"^_?MAX_\w+(?:: Final)? = [-\d(]", re.MULTILINE)
_CHOICES = {"curves.py", "floats.py", "find.py", "replay.py", "full.py"}
"""Where such a number says how something is proved, asked or shown, and not what it may cost."""


def test_bounds_stand_in_one_place():
    for file in sorted((TOP / "warmlint").rglob("*.py")):
        if file.name not in {"limits.py", *_CHOICES} and "stubs" not in file.parts:
            assert not _NUMBER.findall(file.read_text(encoding="utf-8")), file


def test_every_bound_is_explained_and_used():
    text = (TOP / "warmlint" / "limits.py").read_text(encoding="utf-8")
    names = re.findall(r'^(MAX_\w+): Final = [^\n]+\n"""', text, re.MULTILINE)
    assert len(names) == len([name for name in vars(limits) if name.startswith("MAX_")])
    sources = [path.read_text(encoding="utf-8") for path in (TOP / "warmlint").rglob("*.py")]
    for name in names:
        assert sum(name in source for source in sources) > 1, name


def report(text: str) -> FileReport:
    return lint(Source("", text), lambda: frozenset(rule.code for rule in all_rules()))[0]


# --- files and syntax ----------------------------------------------------------------------------------


def test_the_size_of_a_file():
    for name, most in (("a.py", limits.MAX_FILE_BYTES), ("a.ipynb", limits.MAX_NOTEBOOK_BYTES)):
        assert require_size(bytes(most), name)
        with pytest.raises(UnreadableError, match="is too large"):
            require_size(bytes(most + 1), name)


def test_the_code_of_a_notebook():
    def notebook(characters: int) -> bytes:
        cell = {"cell_type": "code", "source": ["#" * characters]}
        return json.dumps({"nbformat": 4, "metadata": {}, "cells": [cell]}).encode()

    assert decode("a.ipynb", notebook(limits.MAX_FILE_BYTES))
    with pytest.raises(UnreadableError, match="is too large"):
        decode("a.ipynb", notebook(limits.MAX_FILE_BYTES + 1))


def test_the_parts_of_a_module_s_name():
    assert parse("import a" + ".b" * limits.MAX_NAME_PARTS)
    with pytest.raises(UnreadableError, match=r"a name of more than 1,000 parts"):
        parse("import a" + ".b" * (limits.MAX_NAME_PARTS + 1))


def test_what_is_plain():
    line = b"x" * (limits.MAX_PLAIN_LINE - 1) + b"\n"
    assert is_plain(line * (limits.MAX_PLAIN_BYTES // len(line)))
    assert is_plain(b"x" * limits.MAX_PLAIN_LINE)
    assert not is_plain(b"x" * (limits.MAX_PLAIN_LINE + 1))
    assert not is_plain(b"x\n" * (limits.MAX_PLAIN_BYTES // 2) + b"\n")


def test_the_nodes_of_a_file():
    # `x` is an expression, a name and how it is used.
    assert not screen(Source("", "x\n" * (limits.MAX_SYNTAX_NODES // 3))).has_sites
    with pytest.raises(UnreadableError, match="is too large"):
        screen(Source("", "x\n" * (limits.MAX_SYNTAX_NODES // 3 + 1)))


# --- what is not parsed, or not followed, is unknown --------------------------------------------------------


def factor(text: str, before: str = "") -> str:
    """A script whose factor is `text`, on the tick `e`."""
    source = BAD.replace("lambda epoch: min(1.0, epoch / warmup_epochs)", f"lambda e: {text}")
    return source.replace("scheduler =", f"{before}\nscheduler =")


def assigned(text: str) -> str:
    """A function with an assignment beside its `return`, as a factor."""
    return factor("f(e)", f"def f(e):\n    a = {text}\n    return e / 5\n")


EDGES: dict[str, tuple[Callable[[int], str], int]] = {
    # The function, the assignment, the name and how it is used: the rest is negations.
    "MAX_SYNTAX_DEPTH": (lambda depth: assigned("-" * (depth - 4) + "e"), limits.MAX_SYNTAX_DEPTH),
    "MAX_SYNTAX_WIDTH": (lambda width: assigned(f"[{'1, ' * width}]"), limits.MAX_SYNTAX_WIDTH),
    "MAX_LITERAL_BITS": (lambda bits: factor(f"e / {2**bits - 1}"), limits.MAX_LITERAL_BITS),
}


@pytest.mark.parametrize("name", EDGES)
def test_a_bound_at_its_edge(name: str):
    make, most = EDGES[name]
    within, beyond = report(make(most)), report(make(most + 1))
    assert within.problems == beyond.problems == ()
    assert not within.unknowns
    assert beyond.unknowns


def test_the_schedules_of_a_file():
    good = "min(1.0, (epoch + 1) / 5)"
    made = f"scheduler = LambdaLR(optimizer, [{f'lambda epoch: {good}, ' * (limits.MAX_SCHEDULES + 1)}])"
    source = BAD.replace(
        "scheduler = LambdaLR(optimizer, lambda epoch: min(1.0, epoch / warmup_epochs))", made
    )
    assert report(source).schedules == limits.MAX_SCHEDULES


LOOP = """\
import torch
from torch.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau

optimizer = torch.optim.SGD(torch.nn.Linear(2, 2).parameters(), lr=0.1)
scheduler = LambdaLR(optimizer, lambda epoch: min(1.0, epoch / 3))
plateau = ReduceLROnPlateau(optimizer)
for epoch in range(10):
    optimizer.step()
    scheduler.step()
    plateau.step(1.0)
"""


def test_the_statements_that_are_followed(monkeypatch: pytest.MonkeyPatch):
    followed: list[int] = []
    count = Lowering.follow

    def follow(self: Lowering) -> None:
        followed.append(1)
        count(self)

    monkeypatch.setattr(Lowering, "follow", follow)
    source = Source("t.py", LOOP)
    assert len(find(source, screen(source)).schedules) == 1
    needed = len(followed)
    for bound in range(needed + 1):
        monkeypatch.setattr("warmlint.facts.lowering.MAX_LOOP_STATEMENTS", bound)
        told = [each.reason for each in find(source, screen(source)).unread]
        assert any("statements were followed" in each for each in told) is (bound < needed)


def test_the_orders_of_a_program(monkeypatch: pytest.MonkeyPatch):
    guards = tuple(
        Guard(ref(Symbol(f"flag{n}", SymbolKind.PARAMETER)), (Jump.FAIL, Update(SPAN)), (Update(SPAN),))
        for n in range(3)
    )
    assert len(orders(guards)) == 8
    for bound in (8, 7, 1):
        monkeypatch.setattr("warmlint.program.MAX_ORDERS", bound)
        assert len(orders(guards)) == bound
    for length in (3, 2):
        monkeypatch.setattr("warmlint.program.MAX_ORDER_LENGTH", length)
        assert {len(order) for order in orders((Update(SPAN),) * 3)} == {length}


def test_the_rounds_in_which_a_file_is_fixed(monkeypatch: pytest.MonkeyPatch):
    text = "import torch\n" + "x = 1  # warmlint: ignore[LR003] gone\n" * 4
    codes = [each.code for each in all_rules()]

    class Said:
        def __init__(self, source: Source) -> None:
            found = lint(source, lambda: codes)[0]
            self.report = replace(found, findings=found.findings[:1])  # one a round

    source = Source("t.py", text)
    for bound in (4, 3):
        monkeypatch.setattr("warmlint.fixes.repeat.MAX_FIX_ROUNDS", bound)
        done = repeat(source, Said(source), Said, lambda fix: True)
        assert len(done.cured) == bound


def test_the_schedules_that_are_judged_to_prove_fixes(monkeypatch: pytest.MonkeyPatch):
    codes = [each.code for each in all_rules()]
    source = Source("t.py", LOOP)
    for bound, proven in ((1, True), (0, False)):
        monkeypatch.setattr("warmlint.fixes.prove.MAX_PROOF_SITES", bound)
        report = lint(source, lambda: codes)[0]
        assert [each.code for each in report.findings if each.code == "LR001"] == ["LR001"]
        assert any(each.fix is not None for each in report.findings) is proven
        assert (Proof.NOT_TRIED in report.proofs) is not proven


def test_the_suppressions_whose_removal_is_proven(monkeypatch: pytest.MonkeyPatch):
    codes = [each.code for each in all_rules()]
    monkeypatch.setattr("warmlint.analysis.MAX_REMOVALS", 2)
    source = Source("t.py", "x = 1  # warmlint: ignore[LR003] gone\n" * 3)
    found = lint(source, lambda: codes)[0].findings
    assert [each.fix is not None for each in found] == [True, True, False]
