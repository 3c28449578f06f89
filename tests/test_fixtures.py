"""Holds the fixtures to warmlint, and both to torch: what is marked, what fixes make of it, what runs."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
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
    mended,
)
from warmlint.cli.main import run
from warmlint.expr import Scalar, Symbol, walk
from warmlint.finding import Scale
from warmlint.fixes.encode import encode
from warmlint.judge import judge
from warmlint.program import LOADED, handled
from warmlint.rule import all_rules
from warmlint.schedule.evaluate import Failure, FailureKind
from warmlint.schedule.valuations import Valuation
from warmlint.site import Site
from warmlint.source import Source
from warmlint.trace.trace import Trace
from warmlint.witness.agreement import disagreements

STUBS: Final = ROOT / "warmlint" / "stubs"
RELATIVE: Final = 1e-12
SINGLE: Final = 1e-6
"""What single precision leaves of it, where `torch.*` computes an LR."""
NOTHING: Final = 1e-15
"""An LR that is as good as 0: torch steps down to the end of a cosine, and adds up what is rounded."""
LIBRARIES: Final = [
    *(each.name for each in STUBS.iterdir() if each.name != "torch"),
    *("accelerate", "lightning", "pytorch_lightning"),
]
LIBRARY: Final = re.compile(
    rf"^(?:from|import) (?:{'|'.join(LIBRARIES)})\b",
    re.MULTILINE,
)
"""Where a fixture imports a library that need not be installed: one that a stub tells of, or a framework."""
BASE_LR: Final = "the LR of the optimizer"
"""The origin of the symbol that stands for it where the source does not tell it."""
LINTER: Final = ["--isolated", "--no-cache", "--select", "ALL", "--output-format", "json"]


def each_of(*kinds: str) -> pytest.MarkDecorator:
    """Run a test for every fixture of these kinds, or of all."""
    return pytest.mark.parametrize("fixture", [pytest.param(f, id=f.name) for f in all_fixtures(*kinds)])


# --- what is marked ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reported:
    """What the command line says of the whole of `fixtures/`: its exit code, and codes by file and row.

    `fixed` tells, by code, how many findings on bad fixtures it offers a fix for, of how many; `helpless`
    where it neither does nor says in words what to do.
    """

    code: int
    errors: str
    rows: dict[str, Expected]
    fixed: dict[str, tuple[int, int]]
    helpless: list[str]


@pytest.fixture(scope="module")
def reported() -> Reported:
    out, errors = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        code = run([*LINTER, str(FIXTURES)])
    rows: dict[str, list[tuple[int, str]]] = {}
    fixes: dict[str, list[bool]] = {}
    helpless: list[str] = []
    for each in json.loads(out.getvalue()):
        place = each["filename"], each["location"]["row"]
        rows.setdefault(place[0], []).append((place[1], each["code"]))
        if Path(place[0]).stem.startswith("bad_"):
            fixes.setdefault(each["code"], []).append(each["fix"] is not None)
        if each["fix"] is None and len((each["suggestion"] or "").split()) < 3:
            helpless.append(f"{place[0]}:{place[1]}")
    told = {path: by_row(found) for path, found in rows.items()}
    fixed = {code: (sum(each), len(each)) for code, each in fixes.items()}
    return Reported(code, errors.getvalue(), told, fixed, helpless)


@each_of()
def test_every_marked_line_is_reported_and_no_other_is(fixture: Fixture, reported: Reported) -> None:
    assert reported.rows.get(str(fixture.path), {}) == fixture.expected


def test_all_of_the_folder_is_linted_without_a_fault(reported: Reported) -> None:
    assert (reported.code, reported.errors) == (1, "")
    assert set(reported.rows) <= {str(each.path) for each in all_fixtures()}


def test_every_finding_has_a_fix_or_says_in_words_what_to_do(reported: Reported) -> None:
    assert reported.helpless == []


def test_most_findings_of_rules_that_have_fixes_get_one(reported: Reported) -> None:
    of_fixable = [each for each in reported.fixed.values() if each[0]]
    offered, found = map(sum, zip(*of_fixable, strict=True))
    assert len(of_fixable) >= 23
    assert offered >= 0.8 * found, reported.fixed


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
    # What is left is marked, and no fix is offered for it; the notes of rules that are off may be new.
    assert fixture.codes <= bad.codes | {each.code for each in all_rules() if not each.on}


def test_the_command_line_writes_the_fixed_forms(tmp_path: Path) -> None:
    """One of each folder: that is enough to hold the loop that the others go through to what is written."""
    folders = {each.path.parent: each for each in all_fixtures("bad") if each.fixed.path.exists()}
    for folder, each in folders.items():
        (tmp_path / f"{folder.name}.py").write_bytes(encode("a.py", each.bare.text, each.path.read_bytes()))
    options = ["--isolated", "--no-cache", "--select", "ALL", "--fix-only", "--unsafe-fixes"]
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as errors:
        assert run([*options, str(tmp_path)]) == 0
    assert errors.getvalue() == ""
    for folder, each in folders.items():
        assert (tmp_path / f"{folder.name}.py").read_text(encoding="utf-8") == each.fixed.bare.text


# --- what runs: warmlint's traces against the real torch -----------------------------------------------


@dataclass(frozen=True)
class Made:
    """One schedule of the running program, as `tests/fixture_recorder.py` tells it."""

    row: int
    written: bool
    optimizer: int | None
    part: bool
    shared: bool
    base_lrs: list[float]
    values: dict[str, Scalar]
    updates: list[list[float]]


@dataclass(frozen=True)
class Run:
    """What became of one program under torch; `missing` is the library that it lacked, if any."""

    made: tuple[Made, ...]
    raised: str | None
    missing: str | None
    warned: bool


@pytest.fixture
def ran(fixture: Fixture, runs: dict[str, Run]) -> Run:
    """The run of one fixture."""
    found = runs[fixture.name]
    if found.missing is not None and LIBRARY.search(fixture.source.text):
        pytest.skip(f"`{found.missing}` is not installed")
    return found


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    """Every fixture, run as a program, all in one subprocess."""
    pytest.importorskip("torch")
    asked = []
    for each in all_fixtures():
        wanted = [
            {
                "row": site.schedule.span.row,
                "construct": site.schedule.construct,
                "names": [symbol.name for symbol in site.space.parameters if symbol.origin != BASE_LR],
            }
            for site in sites(each.source)
            if not site.schedule.defined
        ]
        asked.append({"path": str(each.path), "sites": wanted})
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
        each.name: Run(**{**run, "made": tuple(Made(**made) for made in run["made"])})
        for each, run in zip(all_fixtures(), told, strict=True)
    }


def sites(source: Source) -> tuple[Site, ...]:
    return judge(source, lambda: ()).sites


@dataclass(frozen=True)
class Compared:
    """The LRs of one schedule's updates, by warmlint and by torch; `reason` says why there are none, or none
    after these."""

    number: str
    ours: list[float | None]
    torchs: list[float]
    complete: bool = True
    relative: float = RELATIVE
    reason: str | None = None


def comparisons(fixture: Fixture, run: Run) -> Iterator[Compared]:
    """Each site of a fixture beside what ran."""
    found = sites(fixture.source)
    for number, site in enumerate(found):
        key = "" if len(found) == 1 else f" [{number}]"
        made = _made(site, run)
        reason = _not_run(site, made)
        if reason is not None:
            yield Compared(key, [], [], reason=reason)
        else:
            # One optimizer's updates count from the first schedule that is made for it here.
            firsts = {each.optimizer: each for each in reversed(made) if not each.part}
            done = {each.how for each in handled(site.loop.program)}
            loaded = len(firsts) > 1 and bool(LOADED & done)
            yield from (_compare(key, site, first, loaded=loaded) for first in firsts.values())


def _made(site: Site, run: Run) -> list[Made]:
    """What the run made of a site."""
    written = site.schedule.construct == "param_groups"
    return [each for each in run.made if each.row == site.schedule.span.row and each.written is written]


def _not_run(site: Site, made: list[Made]) -> str | None:
    """Why no LR of the run is this schedule's, and its alone."""
    return (
        "its use is not in sight" if site.schedule.defined
        else "the run takes another branch" if not made
        else "it is a part of another schedule" if all(each.part for each in made)
        else "the program has several optimizers" if any(each.optimizer is None for each in made)
        else "two schedules write one optimizer's LR" if any(each.shared for each in made)
        else None
    )  # fmt: skip


def _compare(key: str, site: Site, made: Made, *, loaded: bool) -> Compared:
    group = site.factor.group
    values: dict[Symbol, Scalar] = {}
    for each in site.space.parameters:
        if each.origin == BASE_LR:
            values[each] = made.base_lrs[group]
        elif each.name in made.values or each.has_default:
            values[each] = made.values.get(each.name, each.default)
    trace = site.trace_under(Valuation(values, given=True))
    reason = (
        "the schedule is handed on" if site.schedule.leaves
        else "the loop is not in sight" if not site.loop.program or not site.loop.ticks
        else "no update is in sight" if not site.loop.updates
        else "something else writes the LR" if site.loop.overwritten
        else "the source does not settle the order" if trace.clock.assumed or not trace.clock.certain
        else "a stored state is loaded" if loaded
        else None
    )  # fmt: skip
    if reason is not None:
        return Compared(key, [], [], reason=reason)
    if trace.base_lr is not None:
        assert trace.base_lr == made.base_lrs[group]
    ours: list[float | None] = []
    for tick, updates in trace.clock.runs:
        if unknown := _unknown(trace, tick):
            since = f" from tick {tick:g} on" if any(rate is not None for rate in ours) else ""
            reason = f"the factor is not known{since}: {unknown}"
            break
        ours += [_rate(site, trace, tick, made.base_lrs[group])] * updates
    single = any(str(each.value).startswith("torch.") for each in walk(site.factor.expression))
    torchs = [rates[group] for rates in made.updates]
    return Compared(key, ours, torchs, trace.clock.complete, SINGLE if single else RELATIVE, reason)


def _unknown(trace: Trace, tick: float) -> Failure | None:
    """Why the source does not tell the factor at a tick."""
    failure = trace.factor_at(tick).failure if tick >= 0 else None
    return failure if failure is not None and failure.kind is FailureKind.UNKNOWN else None


def _rate(site: Site, trace: Trace, tick: float, base_lr: float) -> float | None:
    """The LR at a tick, of an optimizer whose base LR is known; before the first tick, what that is."""
    value, _ = trace.value(tick)
    if value is None:
        return base_lr if tick < 0 else None
    is_factor = site.factor.scale is Scale.FACTOR and trace.base_lr is None and tick >= 0
    return base_lr * value if is_factor else value


@pytest.mark.torch
@each_of()
def test_the_trace_is_what_torch_does(fixture: Fixture, ran: Run) -> None:
    for compared in comparisons(fixture, ran):
        if compared.reason is None:
            assert compared.torchs or ran.raised
            if ran.raised or not compared.complete:
                assert len(compared.ours) >= len(compared.torchs)
            else:
                assert len(compared.ours) == len(compared.torchs)
        for update, (ours, torchs) in enumerate(zip(compared.ours, compared.torchs, strict=False)):
            assert ours is not None, f"update {update} of {fixture.name}{compared.number}"
            both_nan = math.isnan(ours) and math.isnan(torchs)
            assert both_nan or math.isclose(ours, torchs, rel_tol=compared.relative, abs_tol=NOTHING), (
                f"update {update} of {fixture.name}{compared.number}"
            )
        # A param group that comes late ends the run, whatever the factor.
        if ran.raised and "LR305" not in fixture.codes and len(compared.ours) > len(compared.torchs):
            assert compared.ours[len(compared.torchs)] is None


@pytest.mark.torch
@each_of()
def test_what_is_not_compared_says_why(fixture: Fixture, ran: Run) -> None:
    found = {
        f"not compared{compared.number}": compared.reason
        for compared in comparisons(fixture, ran)
        if compared.reason is not None
    }
    said = {note: why for note, why in fixture.notes.items() if note.startswith("not compared")}
    # A fix may leave nothing of a schedule to read: what makes it is told no length twice.
    assert found == said or (fixture.kind == "fixed" and not sites(fixture.source))


@pytest.mark.torch
@each_of()
def test_the_values_of_the_run_are_those_that_the_source_gives(fixture: Fixture, ran: Run) -> None:
    for site in sites(fixture.source):
        for made in _made(site, ran):
            for symbol in site.space.parameters:
                if symbol.has_default and symbol.name in made.values:
                    assert made.values[symbol.name] == symbol.default


# --- what runs: the curve that a fix promises ------------------------------------------------------------


def promised(fixture: Fixture, run: Run) -> list[list[tuple[float, float]]]:
    """For each param group of the fixed form, what the last fix says of some updates beside what they were
    when it ran. The fix speaks of one of the groups; nothing where it rests on other values than the run."""
    cured = mended(fixture.bare).cured
    made = [each for each in run.made if each.updates and not each.part]
    if not cured or len(made) != 1 or run.raised is not None:
        return []
    fix, evidence, (only,) = cured[-1].fix, cured[-1].evidence, made
    assert fix is not None
    settings = evidence.settings if evidence is not None else ()
    if evidence is None or any(only.values.get(each.name, each.value) != each.value for each in settings):
        return []
    told = [each for each in fix.after if each.value is not None and each.update < len(only.updates)]
    scales = only.base_lrs if evidence.scale is Scale.FACTOR else [1.0] * len(only.base_lrs)
    return [
        [(scale * each.value, only.updates[each.update][group]) for each in told if each.value is not None]
        for group, scale in enumerate(scales)
    ]


@pytest.mark.torch
@each_of("bad")
def test_the_fixed_form_runs_as_the_fix_promised(fixture: Fixture, runs: dict[str, Run]) -> None:
    groups = promised(fixture, runs.get(fixture.fixed.name, Run((), None, None, False)))
    assert not groups or any(
        all(math.isclose(said, used, rel_tol=SINGLE, abs_tol=NOTHING) for said, used in group)
        for group in groups
    )


@pytest.mark.torch
def test_most_promises_are_held_to_a_run(runs: dict[str, Run]) -> None:
    fixed_ones = [each for each in all_fixtures("bad") if each.fixed.path.exists()]
    fixed_ones = [each for each in fixed_ones if not runs[each.fixed.name].missing]  # where the library is
    held = [any(len(group) > 2 for group in promised(each, runs[each.fixed.name])) for each in fixed_ones]
    assert sum(held) > 0.7 * len(held), f"{sum(held)} of {len(held)}"


# --- what runs: the symptom that each rule speaks of ---------------------------------------------------


def _rates(run: Run) -> Iterator[tuple[float, list[float]]]:
    """The base LR of each param group of each schedule, with the LRs of its updates."""
    for made in run.made:
        if made.updates and not made.part:
            of_its_groups = [each[: len(made.base_lrs)] for each in made.updates]
            yield from zip(made.base_lrs, map(list, zip(*of_its_groups, strict=True)), strict=True)


def _is(rate: float, other: float) -> bool:
    return math.isclose(rate, other, rel_tol=RELATIVE)


def _distinct(rates: list[float]) -> list[float]:
    return list(dict.fromkeys(rates))


SYMPTOMS: Final[dict[str, Callable[[float, list[float]], bool]]] = {
    "LR001": lambda base, rates: rates[0] == 0 < max(rates),
    "LR003": lambda base, rates: max(rates) > 1.5 * base,
    "LR004": lambda base, rates: rates[0] == max(rates) > _distinct(rates)[1],
    "LR005": lambda base, rates: rates[0] == rates[1] <= 0.5 * max(rates),
    "LR006": lambda base, rates: rates[0] == rates[1] >= base,
    "LR002": lambda base, rates: max(rates) < 0.9 * base and rates[-1] < max(rates),
    "LR007": lambda base, rates: any(_is(rate, base**2) for rate in rates),
    "LR009": lambda base, rates: any(
        abs(b - a) > 0.25 * max(a, b) and abs(b - a) > 2 * abs(a - z)
        for z, a, b in zip(rates, rates[1:], rates[2:], strict=False)
    ),
    "LR010": lambda base, rates: any(not rate > 0 for rate in rates),
    "LR011": lambda base, rates: rates[-1] < 0.5 * base,
    "LR012": lambda base, rates: _is(rates[0], base) and min(rates) < base,
    "LR201": lambda base, rates: any(
        b - a > 2 * (a - z) > 0 for z, a, b in zip(rates, rates[1:], rates[2:], strict=False)
    ),
    "LR202": lambda base, rates: rates[-1] > 0.05 * max(rates),
    "LR204": lambda base, rates: max(rates) < 0.98 * base,
    "LR406": lambda base, rates: rates[0] == 0 < max(rates),
}
"""What torch shows of a rule's defect when the program runs."""


@pytest.mark.torch
@each_of("bad")
def test_torch_shows_the_symptom(fixture: Fixture, ran: Run) -> None:
    rates = list(_rates(ran))
    for code in fixture.codes & set(SYMPTOMS):
        # A program that only ticks has no update to show it.
        assert not rates or any(SYMPTOMS[code](base, used) for base, used in rates), code


@pytest.mark.torch
@each_of()
def test_a_run_ends_as_its_fixture_says(fixture: Fixture, ran: Run) -> None:
    divides = bool({"LR008", "LR206"} & fixture.codes) and "raises" in fixture.notes
    divides = divides and fixture.notes["raises"] == "ZeroDivisionError"
    assert ran.raised == fixture.notes.get("raises")
    assert divides == (ran.raised == "ZeroDivisionError")
    failures = {
        reading.failure
        for finding in findings(fixture.source)
        if finding.code == "LR008" and finding.evidence is not None
        for reading in finding.evidence.readings
    }
    told = divides and "LR008" in fixture.codes
    assert failures == ({FailureKind.DIVISION_BY_ZERO.value} if told else set())


@pytest.mark.torch
@each_of()
def test_torch_warns_of_the_order_where_warmlint_does(fixture: Fixture, ran: Run) -> None:
    expected = "LR101" in fixture.codes or "torch warns" in fixture.notes
    assert ran.warned == expected


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
