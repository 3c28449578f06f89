"""Holds the fixtures to warmlint, and both to torch: what is marked, what fixes make of it, what runs."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from io import StringIO
from typing import Final

import pytest

from tests.fixture_support import (
    FIXTURES,
    ROOT,
    Expected,
    Fixture,
    all_fixtures,
    by_row,
    findings,
    first_fix,
    fixed,
)
from warmlint.cli.main import run
from warmlint.expr import Scalar
from warmlint.judge import judge
from warmlint.schedule.evaluate import FailureKind
from warmlint.schedule.valuations import Valuation
from warmlint.site import Site
from warmlint.source import Source
from warmlint.witness.agreement import disagreements

RELATIVE: Final = 1e-12
LINTER: Final = ["--isolated", "--no-cache", "--select", "ALL", "--output-format", "json"]


def each_of(*kinds: str) -> pytest.MarkDecorator:
    """Run a test for every fixture of these kinds, or of all."""
    return pytest.mark.parametrize("fixture", [pytest.param(f, id=f.name) for f in all_fixtures(*kinds)])


# --- what is marked ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reported:
    """What the command line says of the whole of `fixtures/`: its exit code, and codes by file and row."""

    code: int
    errors: str
    rows: dict[str, Expected]


@pytest.fixture(scope="module")
def reported() -> Reported:
    out, errors = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        code = run([*LINTER, str(FIXTURES)])
    rows: dict[str, list[tuple[int, str]]] = {}
    for each in json.loads(out.getvalue()):
        rows.setdefault(each["filename"], []).append((each["location"]["row"], each["code"]))
    return Reported(code, errors.getvalue(), {path: by_row(found) for path, found in rows.items()})


@each_of()
def test_every_marked_line_is_reported_and_no_other_is(fixture: Fixture, reported: Reported) -> None:
    assert reported.rows.get(str(fixture.path), {}) == fixture.expected


def test_all_of_the_folder_is_linted_without_a_fault(reported: Reported) -> None:
    assert (reported.code, reported.errors) == (1, "")
    assert set(reported.rows) <= {str(each.path) for each in all_fixtures()}


@each_of("bad")
def test_a_bad_fixture_shows_what_its_folder_is_named_after(fixture: Fixture) -> None:
    assert fixture.codes if fixture.code is None else fixture.code in fixture.codes


@each_of("good")
def test_a_good_fixture_is_clean(fixture: Fixture) -> None:
    assert fixture.expected == {}


@each_of()
def test_a_fixture_says_what_it_retells(fixture: Fixture) -> None:
    assert fixture.kind in {"bad", "good", "fixed"}
    assert fixture.source.text.startswith('"""')


# --- what fixes make of it ---------------------------------------------------------------------------
# Fixes are made on the bare text: a marker is a comment that a user's line does not have.


@each_of("bad")
def test_the_fixed_form_is_what_the_proven_fixes_make(fixture: Fixture) -> None:
    after = fixed(fixture.bare)
    if after.text == fixture.bare.text:
        assert not fixture.fixed.path.exists(), "nothing fixes it, and yet it has a fixed form"
    else:
        assert after.text == fixture.fixed.bare.text


@each_of("bad")
def test_fixing_twice_changes_nothing(fixture: Fixture) -> None:
    once = fixed(fixture.bare)
    assert fixed(once).text == once.text


@each_of("fixed")
def test_a_fixed_form_belongs_to_a_bad_one_and_has_no_fix_left(fixture: Fixture) -> None:
    bad = Fixture(fixture.path.with_name(f"bad_{fixture.stem}.py"))
    assert bad.path.exists()
    assert first_fix(fixture.bare) is None
    assert fixture.codes <= bad.codes  # what is left is marked, and no fix is offered for it


# --- what runs: warmlint's traces against the real torch -----------------------------------------------


@dataclass(frozen=True)
class Made:
    """One schedule that the running program made, and the updates of its optimizer from then on."""

    row: int
    optimizer: int
    shared: bool
    base_lrs: list[float]
    values: dict[str, Scalar]
    updates: list[list[float]]


@dataclass(frozen=True)
class Run:
    """What became of one program under torch."""

    made: tuple[Made, ...]
    raised: str | None
    warned: bool


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    """Every fixture, run as a program, all in one subprocess."""
    pytest.importorskip("torch")
    asked = []
    for each in all_fixtures():
        names: dict[int, list[str]] = {}
        for site in sites(each.source):
            wanted = names.setdefault(site.schedule.span.row, [])
            wanted.extend(symbol.name for symbol in site.space.parameters)
        asked.append({"path": str(each.path), "names": names})
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "fixture_recorder.py")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "TORCH_DEVICE_BACKEND_AUTOLOAD": "0"},
    )
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return {
        each.name: Run(tuple(Made(**made) for made in run["made"]), run["raised"], run["warned"])
        for each, run in zip(all_fixtures(), told, strict=True)
    }


def sites(source: Source) -> tuple[Site, ...]:
    return judge(source, lambda: ()).sites


@dataclass(frozen=True)
class Compared:
    """The LRs of one schedule's updates, by warmlint and by torch; `reason` says why there are none."""

    number: str
    ours: list[float | None]
    torchs: list[float]
    complete: bool = True
    reason: str | None = None


def comparisons(fixture: Fixture, run: Run) -> Iterator[Compared]:
    """Each site of a fixture beside what ran."""
    found = sites(fixture.source)
    for number, site in enumerate(found):
        key = "" if len(found) == 1 else f" [{number}]"
        made = [each for each in run.made if each.row == site.schedule.span.row]
        if not made:
            yield Compared(key, [], [], reason="the run takes another branch")
        elif any(each.shared for each in made):
            yield Compared(key, [], [], reason="two schedules write one optimizer's LR")
        else:
            # One optimizer's updates count from the first schedule that is made for it here.
            firsts = {each.optimizer: each for each in reversed(made)}
            yield from (_compare(key, site, first) for first in firsts.values())


def _compare(key: str, site: Site, made: Made) -> Compared:
    given = {each: each.default for each in site.space.parameters if each.has_default}
    found = {each: made.values[each.name] for each in site.space.parameters if each.name in made.values}
    trace = site.trace_under(Valuation({**given, **found}, given=True))
    unknown = trace.factor_at(trace.clock.first).failure
    reason = (
        "the schedule is handed on" if site.schedule.leaves
        else "the loop is not in sight" if not site.loop.program or not site.loop.ticks
        else "no update is in sight" if not site.loop.updates
        else "the source does not settle the order" if trace.clock.assumed or not trace.clock.certain
        else f"the factor is not known: {unknown}" if unknown and unknown.kind is FailureKind.UNKNOWN
        else None
    )  # fmt: skip
    if reason is not None:
        return Compared(key, [], [], reason=reason)
    group = site.factor.group
    if trace.base_lr is not None:
        assert trace.base_lr == made.base_lrs[group]
    scale = made.base_lrs[group] if trace.base_lr is None else 1.0
    ours: list[float | None] = []
    for tick, updates in trace.clock.runs:
        value, _ = trace.value(tick)
        ours += [None if value is None else scale * value] * updates
    return Compared(key, ours, [rates[group] for rates in made.updates], trace.clock.complete)


@pytest.mark.torch
@each_of()
def test_the_trace_is_what_torch_does(fixture: Fixture, runs: dict[str, Run]) -> None:
    run = runs[fixture.name]
    for compared in comparisons(fixture, run):
        if compared.reason is not None:
            continue  # and in the list below
        assert compared.torchs or run.raised
        if run.raised or not compared.complete:
            assert len(compared.ours) >= len(compared.torchs)
        else:
            assert len(compared.ours) == len(compared.torchs)
        for update, (ours, torchs) in enumerate(zip(compared.ours, compared.torchs, strict=False)):
            assert ours is not None, f"update {update} of {fixture.name}{compared.number}"
            assert math.isclose(ours, torchs, rel_tol=RELATIVE), (
                f"update {update} of {fixture.name}{compared.number}"
            )
        if run.raised and len(compared.ours) > len(compared.torchs):
            assert compared.ours[len(compared.torchs)] is None


@pytest.mark.torch
@each_of()
def test_what_is_not_compared_says_why(fixture: Fixture, runs: dict[str, Run]) -> None:
    found = {
        f"not compared{compared.number}": compared.reason
        for compared in comparisons(fixture, runs[fixture.name])
        if compared.reason is not None
    }
    assert found == {note: why for note, why in fixture.notes.items() if note.startswith("not compared")}


@pytest.mark.torch
@each_of()
def test_the_values_of_the_run_are_those_that_the_source_gives(
    fixture: Fixture, runs: dict[str, Run]
) -> None:
    for site in sites(fixture.source):
        for made in runs[fixture.name].made:
            for symbol in site.space.parameters:
                if made.row == site.schedule.span.row and symbol.has_default and symbol.name in made.values:
                    assert made.values[symbol.name] == symbol.default


# --- what runs: the symptom that each rule speaks of ---------------------------------------------------


def _rates(run: Run) -> Iterator[tuple[float, list[float]]]:
    """The base LR of each param group of each schedule, with the LRs of its updates."""
    for made in run.made:
        if made.updates:
            yield from zip(made.base_lrs, map(list, zip(*made.updates, strict=True)), strict=True)


def _is(rate: float, other: float) -> bool:
    return math.isclose(rate, other, rel_tol=RELATIVE)


def _distinct(rates: list[float]) -> list[float]:
    return list(dict.fromkeys(rates))


SYMPTOMS: Final[dict[str, Callable[[float, list[float]], bool]]] = {
    "LR001": lambda base, rates: rates[0] == 0 < max(rates),
    "LR003": lambda base, rates: rates[-1] == max(rates) > 1.5 * base,
    "LR004": lambda base, rates: rates[0] == max(rates) > _distinct(rates)[1],
    "LR005": lambda base, rates: rates[0] == rates[1] <= 0.5 * max(rates),
    "LR006": lambda base, rates: rates[0] == rates[1] >= base,
    "LR007": lambda base, rates: any(_is(rate, base**2) for rate in rates),
}
"""What torch shows of a rule's defect when the program runs."""


@pytest.mark.torch
@each_of("bad")
def test_torch_shows_the_symptom(fixture: Fixture, runs: dict[str, Run]) -> None:
    rates = list(_rates(runs[fixture.name]))
    for code in fixture.codes & set(SYMPTOMS):
        # A program that only ticks has no update to show it.
        assert not rates or any(SYMPTOMS[code](base, used) for base, used in rates), code


@pytest.mark.torch
@each_of()
def test_a_run_ends_as_its_fixture_says(fixture: Fixture, runs: dict[str, Run]) -> None:
    divides = "LR008" in fixture.codes
    assert runs[fixture.name].raised == fixture.notes.get("raises")
    assert divides == (runs[fixture.name].raised == "ZeroDivisionError")
    failures = {
        reading.failure
        for finding in findings(fixture.source)
        if finding.code == "LR008" and finding.evidence is not None
        for reading in finding.evidence.readings
    }
    assert failures == ({FailureKind.DIVISION_BY_ZERO.value} if divides else set())


@pytest.mark.torch
@each_of()
def test_torch_warns_of_the_order_where_warmlint_does(fixture: Fixture, runs: dict[str, Run]) -> None:
    expected = "LR101" in fixture.codes or "torch warns" in fixture.notes
    assert runs[fixture.name].warned == expected


# --- the evidence ------------------------------------------------------------------------------------


@pytest.mark.torch
def test_torch_signs_the_evidence_of_every_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setattr("warmlint.attest.disagreements", partial(disagreements, relative=RELATIVE))
    out, errors = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        code = run([*LINTER, "--torch", "full", str(FIXTURES)])
    assert (code, errors.getvalue()) == (1, "")
    engines = {each["evidence"]["engine"] for each in json.loads(out.getvalue()) if each["evidence"]}
    assert engines == {f"torch {torch.__version__}"}
