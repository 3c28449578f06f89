"""How fixes follow each other: together where they are apart, one by one where not, and to an end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from warmlint.analysis import lint as lint_source
from warmlint.finding import (
    Applicability,
    Confidence,
    Curve,
    Edit,
    FileReport,
    Finding,
    Fix,
    Problem,
    Severity,
    SiteReference,
)
from warmlint.fixes.repeat import FaultyFixError, Repeated, repeat
from warmlint.limits import MAX_FIX_ROUNDS
from warmlint.rule import all_rules
from warmlint.source import Position, Source, Span

HEAD = "import torch\nfrom torch.optim.lr_scheduler import LambdaLR\n"
ONE = """
def make_{0}(optimizer, warmup_steps):
    return LambdaLR(optimizer, lambda step: {1})
"""
LOOP = """
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = LambdaLR(optimizer, lambda step: {0})
for step in range(30):
    optimizer.step()
    scheduler.step()
"""
CAPPED = "min(1.0, step / warmup_steps)"
CURED = "min(1.0, (step + 1) / warmup_steps)"


@dataclass(frozen=True)
class Said:
    report: FileReport


class Linter:
    """The real analysis, which remembers what it was given."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, source: Source) -> Said:
        self.texts.append(source.text)
        report, _ = lint_source(source, lambda: {rule.code for rule in all_rules()})
        return Said(report)


def fixed(text: str, lint: Callable[[Source], Said]) -> Repeated[Said]:
    source = Source("train.py", text)
    return repeat(source, lint(source), lint, lambda fix: True)


def test_fixes_of_schedules_apart_are_made_at_once() -> None:
    linter = Linter()
    done = fixed(HEAD + "".join(ONE.format(name, CAPPED) for name in "abcdef"), linter)
    assert done.source.text == HEAD + "".join(ONE.format(name, CURED) for name in "abcdef")
    assert [each.code for each in done.cured] == ["LR001"] * 6
    assert done.said.report.findings == ()
    assert len(linter.texts) == 2


def test_fixes_that_overlap_are_made_one_after_the_other() -> None:
    linter = Linter()
    done = fixed(HEAD + LOOP.format("step / 5"), linter)
    assert done.source.text == HEAD + LOOP.format("min(1.0, (step + 1) / 5)")
    assert sorted(each.code for each in done.cured) == ["LR001", "LR003"]
    assert len(linter.texts) == 3


def test_what_is_not_wanted_stays() -> None:
    source, linter = Source("train.py", HEAD + ONE.format("a", CAPPED)), Linter()
    done = repeat(source, linter(source), linter, lambda fix: fix.applicability is Applicability.SAFE)
    assert done.source.text == source.text
    assert done.cured == ()
    assert len(linter.texts) == 1


# --- analyses that no sound rule gives ---------------------------------------------------------------------
# A rule whose fixes fight each other would be a fault of warmlint's own: what becomes of it is shown here
# by a table of what is said of each text.


def finding(code: str, row: int, content: str, *, site: int | None = None) -> Finding:
    """A finding on a row of one character, which its fix replaces by `content`."""
    span = Span(Position(row, 1), Position(row, 2))
    fix = Fix("…", (Edit(span, content),), Applicability.UNSAFE, (), Curve((), ()))
    return Finding(
        code, code.lower(), "…", "train.py", span, Severity.ERROR, Confidence.HIGH,
        SiteReference(row if site is None else site, "LambdaLR"), fix=fix,
    )  # fmt: skip


def table(said: dict[str, list[Finding]], *, texts: list[str] | None = None) -> Callable[[Source], Said]:
    def lint(source: Source) -> Said:
        if texts is not None:
            texts.append(source.text)
        return Said(FileReport("train.py", tuple(said.get(source.text, []))))

    return lint


def test_fixes_that_undo_each_other_are_a_fault_that_names_them() -> None:
    lint = table({"a\n": [finding("LR001", 1, "b")], "b\n": [finding("LR003", 1, "a")]})
    with pytest.raises(FaultyFixError) as fault:
        fixed("a\n", lint)
    assert str(fault.value) == "fixes that undo each other (LR001 lr001, line 1; LR003 lr003, line 1)"


def test_those_that_came_before_are_not_blamed() -> None:
    said = {"x\n": [finding("LR002", 1, "a")], "a\n": [finding("LR001", 1, "b")]}
    lint = table({**said, "b\n": [finding("LR003", 1, "a")]})
    with pytest.raises(FaultyFixError, match=r"\(LR001 lr001, line 1; LR003 lr003, line 1\)"):
        fixed("x\n", lint)


def test_a_fix_that_changes_nothing_is_such_a_fault() -> None:
    with pytest.raises(FaultyFixError, match="LR001"):
        fixed("a\n", table({"a\n": [finding("LR001", 1, "a")]}))


def test_fixes_that_do_not_stand_together_are_made_one_by_one() -> None:
    """Made at once they bring a third finding; after the first alone, the second is gone."""
    texts: list[str] = []
    said = {
        "a\na\n": [finding("LR001", 1, "b"), finding("LR001", 2, "b")],
        "b\nb\n": [finding("LR007", 1, "c")],
        "b\na\n": [],
    }
    done = fixed("a\na\n", table(said, texts=texts))
    assert done.source.text == "b\na\n"
    assert texts == ["a\na\n", "b\nb\n", "b\na\n"]


def test_fixes_of_one_schedule_are_not_made_at_once() -> None:
    texts: list[str] = []
    said = {
        "a\na\n": [finding("LR001", 1, "b", site=1), finding("LR003", 2, "b", site=1)],
        "b\na\n": [finding("LR003", 2, "b", site=1)],
    }
    assert fixed("a\na\n", table(said, texts=texts)).source.text == "b\nb\n"
    assert texts == ["a\na\n", "b\na\n", "b\nb\n"]


def test_what_breaks_the_analysis_is_not_made_with_others() -> None:
    def lint(source: Source) -> Said:
        two = (finding("LR001", 1, "b"), finding("LR001", 2, "b"))
        broken = (Problem("train.py", "internal error: …", internal=True),)
        return Said(
            FileReport("train.py", *{"a\na\n": (two,), "b\nb\n": ((), (), broken)}.get(source.text, ()))
        )

    assert fixed("a\na\n", lint).source.text == "b\na\n"


def test_a_fix_after_which_the_file_cannot_be_linted_is_a_fault() -> None:
    def lint(source: Source) -> Said:
        if source.text == "b\n":
            broken = Problem("train.py", "is not Python", internal=True)
            return Said(FileReport("train.py", problems=(broken,)))
        return Said(FileReport("train.py", (finding("LR001", 1, "b"),)))

    with pytest.raises(FaultyFixError, match=r"cannot be linted \(LR001 lr001, line 1\): is not Python"):
        fixed("a\n", lint)


def test_there_is_an_end_where_each_fix_asks_for_another() -> None:
    def lint(source: Source) -> Said:
        return Said(FileReport("train.py", (finding("LR001", 1, "aa"),)))

    done = fixed("a\n", lint)
    assert done.source.text == "a" * (MAX_FIX_ROUNDS + 1) + "\n"
    assert len(done.cured) == MAX_FIX_ROUNDS
