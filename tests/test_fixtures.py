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

from warmlint import attest
from warmlint.analysis import judge
from warmlint.cli.main import run
from warmlint.expr import Scalar
from warmlint.schedule.evaluate import FailureKind
from warmlint.schedule.valuations import Valuation
from warmlint.site import Site
from warmlint.source import Source

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
    codes = {code for row in fixture.expected.values() for code in row}
    assert codes if fixture.code is None else fixture.code in codes


@each_of("good")
def test_a_good_fixture_is_clean(fixture: Fixture) -> None:
    assert fixture.expected == {}


@each_of()
def test_a_fixture_says_what_it_retells(fixture: Fixture) -> None:
    assert fixture.kind in {"bad", "good", "fixed"}
    assert fixture.source.text.startswith('"""')


# --- what fixes make of it ---------------------------------------------------------------------------
# A fix is made on the bare text: the comment of a marker is not there for users, whose line it would lengthen.


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


@each_of("bad")
def test_markers_do_not_change_what_is_found(fixture: Fixture) -> None:
    assert by_row((f.span.row, f.code) for f in findings(fixture.bare)) == fixture.expected


@each_of("fixed")
def test_a_fixed_form_belongs_to_a_bad_one_and_has_no_fix_left(fixture: Fixture) -> None:
    bad = Fixture(fixture.path.with_name(f"bad_{fixture.stem}.py"))
    assert bad.path.exists()
    assert first_fix(fixture.bare) is None
    remaining = {code for codes in fixture.expected.values() for code in codes}
    assert remaining == REMAINING.get(fixture.name, set())


REMAINING: Final[dict[str, set[str]]] = {
    "lr901_unused_suppression/fixed_misspelt": {"LR901"},
    "lr901_unused_suppression/fixed_wrong_line": {"LR901"},
    "tutorial/fixed_second_program": {"LR101"},
}
"""Fixed forms that still have findings, for no fix is offered for those. All others are clean."""


# --- what runs: warmlint's traces against the real torch -----------------------------------------------


@dataclass(frozen=True)
class Made:
    """One schedule that the running program made, and the updates of its optimizer from then on."""

    row: int
    optimizer: int
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

    key: str
    ours: list[float | None]
    torchs: list[float]
    complete: bool = True
    reason: str | None = None


def comparisons(fixture: Fixture, run: Run) -> Iterator[Compared]:
    """Each site of a fixture beside what ran."""
    found = sites(fixture.source)
    for number, site in enumerate(found):
        name = fixture.name.replace("/fixed_", "/bad_")
        key = name if len(found) == 1 else f"{name}[{number}]"
        made = [each for each in run.made if each.row == site.schedule.span.row]
        writers = {each.row for each in run.made for own in made if each.optimizer == own.optimizer}
        if not made:
            yield Compared(key, [], [], reason="the run takes another branch")
        elif len(writers) > 1:
            yield Compared(key, [], [], reason="two schedules write one optimizer's LR")
        else:
            # One optimizer's updates count from the first schedule that is made for it here.
            yield from (_compare(key, site, each) for each in {e.optimizer: e for e in reversed(made)}.values())


def _compare(key: str, site: Site, made: Made) -> Compared:
    known = {each: made.values[each.name] for each in site.space.parameters if each.name in made.values}
    trace = site.trace_under(Valuation(known, given=True))
    unknown = trace.factor_at(trace.clock.first).failure
    reason = (
        "the loop is not in sight" if not site.loop.program or not site.loop.ticks
        else "no update is in sight" if trace.clock.assumed
        else "the source does not settle the order" if not trace.clock.certain
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
            assert NOT_COMPARED.get(compared.key) == compared.reason
            continue
        assert compared.torchs or run.raised
        if run.raised or not compared.complete:
            assert len(compared.ours) >= len(compared.torchs)
        else:
            assert len(compared.ours) == len(compared.torchs)
        for update, (ours, torchs) in enumerate(zip(compared.ours, compared.torchs, strict=False)):
            assert ours is not None, f"update {update} of {compared.key}"
            assert math.isclose(ours, torchs, rel_tol=RELATIVE), f"update {update} of {compared.key}"
        if run.raised and len(compared.ours) > len(compared.torchs):
            assert compared.ours[len(compared.torchs)] is None


@pytest.mark.torch
def test_the_list_of_what_is_not_compared_is_exact(runs: dict[str, Run]) -> None:
    found = {
        compared.key: compared.reason
        for fixture in all_fixtures()
        for compared in comparisons(fixture, runs[fixture.name])
        if compared.reason is not None
    }
    assert found == NOT_COMPARED


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


NOT_COMPARED: Final[dict[str, str]] = {
    "lr001_zero_first_update/bad_returned_factory": "the loop is not in sight",
}
"""The schedules whose trace is not held against the run, and why. A folder's name and a file's, with
the number of the schedule where the file has several. A fixed form stands under its bad one's name."""


# --- what runs: the symptom that each rule speaks of ---------------------------------------------------


def _rates(run: Run) -> Iterator[list[float]]:
    """The LRs of each param group of each schedule that updates were made under."""
    for made in run.made:
        if made.updates:
            yield from (list(group) for group in zip(*made.updates, strict=True))


def _base(run: Run) -> float:
    return max(base for made in run.made for base in made.base_lrs)


SYMPTOMS: Final[dict[str, Callable[[Run], bool]]] = {
    "LR001": lambda run: any(rates[0] == 0 < max(rates) for rates in _rates(run)),
    "LR003": lambda run: any(rates[-1] == max(rates) > 1.5 * _base(run) for rates in _rates(run)),
    "LR004": lambda run: any(rates[0] == max(rates) > min(rates) for rates in _rates(run)),
    "LR005": lambda run: any(rates[0] == rates[1] <= 0.5 * max(rates) for rates in _rates(run)),
    "LR006": lambda run: any(rates[0] == rates[1] == max(rates[:2]) > 0 for rates in _rates(run)),
    "LR007": lambda run: any(max(rates) <= _base(run) ** 2 * (1 + RELATIVE) for rates in _rates(run)),
    "LR008": lambda run: run.raised == "ZeroDivisionError",
    "LR101": lambda run: run.warned,
}
"""What torch shows of a rule's defect when the program runs."""


@pytest.mark.torch
@each_of("bad")
def test_torch_shows_the_symptom(fixture: Fixture, runs: dict[str, Run]) -> None:
    run = runs[fixture.name]
    for code in {code for row in fixture.expected.values() for code in row} & set(SYMPTOMS):
        if code != "LR008" and code != "LR101" and not any(made.updates for made in run.made):
            continue  # a program that only ticks
        assert SYMPTOMS[code](run), code


@pytest.mark.torch
@each_of()
def test_only_division_by_zero_ends_a_run(fixture: Fixture, runs: dict[str, Run]) -> None:
    divides = any("LR008" in codes for codes in fixture.expected.values())
    assert runs[fixture.name].raised == ("ZeroDivisionError" if divides else None)
    failures = {
        reading.failure
        for finding in findings(fixture.source)
        if finding.code == "LR008" and finding.evidence is not None
        for reading in finding.evidence.readings
    }
    assert failures == ({FailureKind.DIVISION_BY_ZERO.value} if divides else set())


@pytest.mark.torch
@each_of("good", "fixed")
def test_torch_warns_of_no_order_but_that_of_a_resumed_run(fixture: Fixture, runs: dict[str, Run]) -> None:
    assert runs[fixture.name].warned == (fixture.name in WARNED)


WARNED: Final[frozenset[str]] = frozenset()
"""Right programs that torch warns of all the same."""


# --- the evidence ------------------------------------------------------------------------------------


@pytest.mark.torch
def test_torch_signs_the_evidence_of_every_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(attest, "disagreements", partial(attest.disagreements, relative=RELATIVE))
    out, errors = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        code = run([*LINTER, "--torch", "full", str(FIXTURES)])
    assert (code, errors.getvalue()) == (1, "")
    engines = {each["evidence"]["engine"] for each in json.loads(out.getvalue()) if each["evidence"]}
    assert engines == {f"torch {torch.__version__}"}
