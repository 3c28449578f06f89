from __future__ import annotations

import io
import os
import pickle
import re
import subprocess
import sys
from dataclasses import replace
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmlint.finding import (
    Applicability,
    Confidence,
    Curve,
    Edit,
    Evidence,
    Finding,
    Fix,
    Problem,
    Reading,
    Scale,
    Setting,
    Severity,
    SiteReference,
    Status,
    Unknown,
)
from warmlint.outcome import RunReport
from warmlint.report import RenderOptions, render
from warmlint.report.full import write_problems
from warmlint.report.page import Medium, cells, excerpt, visible, wrap
from warmlint.source import Cell, Position, Span

LINE = "scheduler = LambdaLR(optimizer, lambda epoch: (epoch + 1) / warmup_epochs)"
START, END = LINE.index("lambda") + 1, len(LINE)


def span(row: int, start: int, end: int, last: int | None = None) -> Span:
    return Span(Position(row, start), Position(last or row, end))


def now(epoch: int) -> float:
    return (epoch + 1) / 5


def cured(epoch: int) -> float:
    return min(1.0, now(epoch))


UNCAPPED = Finding(
    code="LR003",
    name="uncapped-warmup",
    message="at epoch 49 the factor is 10 and still grows: nothing caps it after 5 epochs",
    path="examples/main.py",
    span=span(118, START, END),
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    site=SiteReference(118, "LambdaLR"),
    evidence=Evidence(
        status=Status.WITNESSED,
        reason="the source gives every value",
        valuations=1,
        settings=(Setting("warmup_epochs", 5, "its default"), Setting("epochs", 50, "an example")),
        scale=Scale.FACTOR,
        base_lr=None,
        unit="epoch",
        readings=tuple(Reading(e, e, now(e), expected=cured(e)) for e in (0, 4, 5, 49)),
        curve=Curve(tuple(range(50)), tuple(map(now, range(50)))),
    ),
    fix=Fix(
        message="cap the factor at 1",
        edits=(
            Edit(span(118, START + 14, START + 14), "min(1.0, "),
            Edit(span(118, END, END), ")"),
        ),
        applicability=Applicability.UNSAFE,
        after=tuple(Reading(e, e, cured(e)) for e in (0, 4, 5, 49)),
        curve=Curve(tuple(range(50)), tuple(map(cured, range(50)))),
    ),
)
DIVIDES = Finding(
    code="LR008",
    name="warmup-division-by-zero",
    message="with `warmup` at its default of 0 the first update fails",
    path="b.py",
    span=span(7, 12, 18),
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    site=SiteReference(7, "LambdaLR"),
    evidence=Evidence(
        status=Status.PROVED,
        reason="",
        valuations=3,
        settings=(),
        scale=Scale.LR,
        base_lr=3e-4,
        unit="update",
        readings=(Reading(0, 0, None, "division by zero"), Reading(1, 1, 1.5e-6)),
        curve=Curve((0,), (None,)),
        engine="torch 2.13.0",
    ),
    suggestion="divide by `max(1, warmup)`",
)


def report_of(*findings: Finding, quotes: dict[tuple[str, int], str] | None = None) -> RunReport:
    known = {("examples/main.py", 118): LINE, ("b.py", 7): "def f(s): return s / n"}
    return RunReport(findings, (), (), 14, 6, 5, known if quotes is None else quotes)


def text_of(report: RunReport, encoding: str = "utf-8", **options: object) -> str:
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding=encoding, newline="")
    render("full", report, stream, RenderOptions(**{"colour": False, **options}))  # type: ignore[arg-type]
    stream.flush()
    return buffer.getvalue().decode(encoding)


def test_a_finding_with_a_fix():
    assert text_of(report_of(UNCAPPED)) == dedent(
        """\
        examples/main.py:118:33: error LR003 uncapped-warmup
          at epoch 49 the factor is 10 and still grows: nothing caps it after 5 epochs

         118 │ scheduler = LambdaLR(optimizer, lambda epoch: (epoch + 1) / warmup_epochs)
             │                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

               × base at epoch    0  4    5  49    10 ┤                           ⣀⣀⣀⡠⠤⠤⠤⠔⠒⠒⠊⠉⠉
               now              0.2  1  1.2  10       │            ⣀⣀⣀⣀⠤⠤⠤⠒⠒⠒⠒⠉⠉⠉⠉
               expected         0.2  1    1   1     0 ┤⣀⡠⠤⠤⠴⠒⠖⠲⠊⠍⠩⠉⠄⠠ ⠄⠠ ⠄⠠ ⠄⠠ ⠄⠠ ⠄⠠ ⠄⠠ ⠄⠠ ⠄⠠ ⠄
               after fix        0.2  1    1   1        0        ⠤⠤ now  ⠄⠠ after fix         49

               witnessed: the source gives every value (1 valuation, evaluator)
               with warmup_epochs = 5 (its default), epochs = 50 (an example)
               unsafe fix: cap the factor at 1
         118 - scheduler = LambdaLR(optimizer, lambda epoch: (epoch + 1) / warmup_epochs)
         118 + scheduler = LambdaLR(optimizer, lambda epoch: min(1.0, (epoch + 1) / warmup_epochs))

        Found 1 finding (1 error) in 1 of 14 files, 5 schedules judged
        1 fixable with --fix --unsafe-fixes (it changes the LR)
        """
    )


def test_a_failure_at_eighty_columns_without_braille():
    assert text_of(report_of(DIVIDES), encoding="ascii", width=80) == dedent(
        """\
        b.py:7:12: warning LR008 warmup-division-by-zero (medium confidence)
          with `warmup` at its default of 0 the first update fails

           7 | def f(s): return s / n
             |            ^^^^^^

               LR at update                 0       1
               now           division by zero  1.5e-6

               proved (3 valuations, torch 2.13.0)
               with base LR 0.0003
               help: divide by `max(1, warmup)`

        Found 1 finding (1 warning) in 1 of 14 files, 5 schedules judged
        """
    )


def test_a_narrow_terminal_without_braille():
    assert text_of(report_of(UNCAPPED), encoding="latin-1", width=60) == dedent(
        """\
        examples/main.py:118:33: error LR003 uncapped-warmup
          at epoch 49 the factor is 10 and still grows: nothing caps
          it after 5 epochs

         118 | ...optimizer, lambda epoch: (epoch + 1) / warmup_e...
             |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

               × base at epoch    0  4    5  49
               now              0.2  1  1.2  10
               expected         0.2  1    1   1
               after fix        0.2  1    1   1

               10 +                           ....:----''''
                  |           .....------'''''
                0 +..-----'''''-  -  -  -  -  -  -  -  -  -
                   0        -- now  .. after fix         49

               witnessed: the source gives every value (1 valuation,
               evaluator)
               with warmup_epochs = 5 (its default), epochs = 50 (an
               example)
               unsafe fix: cap the factor at 1
         118 - ...bda epoch: (epoch + 1) / warmup_epochs)
         118 + ...bda epoch: min(1.0, (epoch + 1) / warmup_epochs...

        Found 1 finding (1 error) in 1 of 14 files,
        5 schedules judged
        1 fixable with --fix --unsafe-fixes (it changes the LR)
        """
    )


def test_a_finding_without_numbers_is_short():
    bare = replace(DIVIDES, evidence=None, suggestion=None, severity=Severity.NOTE)
    shown = text_of(report_of(bare, quotes={}))
    assert shown == dedent(
        """\
        b.py:7:12: note LR008 warmup-division-by-zero (medium confidence)
          with `warmup` at its default of 0 the first update fails

        Found 1 finding (1 note) in 1 of 14 files, 5 schedules judged
        """
    )


def test_counts_are_by_severity_and_by_file():
    shown = text_of(report_of(UNCAPPED, replace(UNCAPPED, span=span(200, 1, 2)), DIVIDES))
    counts = "Found 3 findings (2 errors, 1 warning) in 2 of 14 files, 5 schedules judged\n"
    assert counts in shown


@pytest.mark.parametrize(
    ("files", "schedules", "told"),
    [
        (14, 5, "All clean: 5 schedules in 14 files\n"),
        (1, 1, "All clean: 1 schedule in 1 file\n"),
        (0, 0, "All clean: no schedules in no files\n"),
    ],
)
def test_all_clean(files, schedules, told):
    assert text_of(report_of()._replace(files=files, schedules=schedules)) == told


def test_a_run_with_problems_is_not_called_clean():
    report = report_of()._replace(problems=(Problem("a.py", "cannot be decoded"),))
    assert text_of(report) == "Nothing found: 5 schedules in 14 files, 1 problem\n"


def test_unknowns_are_counted_by_schedule_and_shown_on_request():
    unknowns = (
        Unknown("a.py", span(3, 1, 9), "`warmup` of LambdaLR", "it is read from a file"),
        Unknown("a.py", span(3, 1, 9), "the loop of LambdaLR", "two loops tick it"),
        Unknown("b.py", span(4, 1, 9), "`f`", "it is not in this project"),
    )
    report = report_of()._replace(unknowns=unknowns)
    hint = "2 schedules could not be judged; see them with --show-unknown\n"
    assert text_of(report).endswith(hint)
    assert text_of(report._replace(unknowns=unknowns[:1])).endswith(
        "1 schedule could not be judged; see it with --show-unknown\n"
    )
    assert text_of(report, show_unknown=True) == dedent(
        """\
        Not judged
          a.py:3:1
            `warmup` of LambdaLR: it is read from a file
          a.py:3:1
            the loop of LambdaLR: two loops tick it
          b.py:4:1
            `f`: it is not in this project

        All clean: 5 schedules in 14 files
        """
    )


def test_problems_are_sentences():
    stream = io.StringIO()
    write_problems(
        [Problem("a\x1b.py", "cannot be read: no such file", given=True)], stream, RenderOptions(colour=False)
    )
    assert stream.getvalue() == "error: a\\x1b.py: cannot be read: no such file\n"


def test_a_notebook_names_the_cell():
    report = report_of(replace(DIVIDES, path="a.ipynb"))
    report = report._replace(cells={"a.ipynb": (Cell(1, 1), Cell(3, 5, "heading"))})
    assert text_of(report).startswith("a.ipynb:cell 3:3:12: ")


def test_a_fix_for_unquoted_lines_is_told_in_words_alone():
    shown = text_of(report_of(UNCAPPED, quotes={}))
    assert "unsafe fix: cap the factor at 1\n\nFound" in shown


# Colour


@pytest.fixture
def terminal(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


SGR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.usefixtures("terminal")
def test_colour_changes_no_character():
    report = report_of(UNCAPPED, DIVIDES)
    coloured = text_of(report, colour=True)
    assert "\x1b[" in coloured
    bare = "".join(f"{line.rstrip()}\n" for line in SGR.sub("", coloured).splitlines())
    assert bare == text_of(report, colour=False)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "on_terminal", "piped"),
    [
        ({}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
    ],
)
def test_who_gets_colour(environ, on_terminal, piped):
    assert Medium.of(Terminal(), environ=environ).colour is on_terminal
    assert Medium.of(io.StringIO(), environ=environ).colour is piped


def test_only_a_terminal_has_a_width():
    assert Medium.of(Terminal(), environ={"COLUMNS": "72"}).width == 72
    assert Medium.of(Terminal(), environ={"COLUMNS": "7000"}).width == 120
    assert Medium.of(io.StringIO(), environ={"COLUMNS": "72"}).width == 100


class ClosedPipe(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError

    def writelines(self, lines: object) -> None:
        raise BrokenPipeError


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("name", ["full", "concise", "json"])
@pytest.mark.parametrize("colour", [False, True])
def test_a_closed_pipe_is_left_to_the_caller(name, colour):
    with pytest.raises(BrokenPipeError):
        render(name, report_of(UNCAPPED), ClosedPipe(), RenderOptions(colour=colour))


def test_plain_reports_never_import_rich():
    script = """
import pickle, sys
from warmlint.report import FORMATS, curve, progress, render, rules
report = pickle.load(sys.stdin.buffer)
for name in FORMATS:
    render(name, report, sys.stdout)
rules.write_rules([rules.RulePage("LR001", "a", "b")], sys.stdout, rules.Medium())
with progress.Progress(3) as bar:
    bar.advance("a.py")
heavy = {"rich", "libcst", "pygments", "markdown_it"} & set(sys.modules)
sys.exit(f"imported {heavy}" if heavy else 0)
"""
    run = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", script],
        input=pickle.dumps(report_of(UNCAPPED, DIVIDES)),
        capture_output=True,
        env={key: value for key, value in os.environ.items() if key != "FORCE_COLOR"},
    )
    assert run.returncode == 0, run.stderr.decode()
    assert b"uncapped-warmup" in run.stdout


# What comes from outside

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=30)
NASTY = st.text(
    st.sampled_from("a 名é\t\r\n\x1b[0m\x00\x7f\x9b\u202e\u2066\u200b\u0301\ud800\xa0"), max_size=30
)
TEXTS = ANYTHING | NASTY
ROWS = st.integers(1, 3)
COLUMNS = st.integers(1, 40)
SPANS = st.builds(lambda *ends: Span(*sorted(ends)), *[st.builds(Position, ROWS, COLUMNS)] * 2)
NUMBERS = st.none() | st.floats()
READINGS = st.lists(
    st.builds(Reading, st.integers(0, 10**20), st.integers(0, 9), NUMBERS, st.none() | TEXTS, NUMBERS),
    max_size=4,
).map(tuple)
CURVES = st.lists(st.tuples(st.integers(0, 10**6), NUMBERS), max_size=9).map(
    lambda points: Curve(tuple(update for update, _ in points), tuple(value for _, value in points))
)
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
EVIDENCE = st.builds(
    Evidence,
    reason=TEXTS,
    settings=st.lists(st.builds(Setting, TEXTS, VALUES, TEXTS), max_size=3).map(tuple),
    base_lr=NUMBERS,
    readings=READINGS,
    curve=CURVES,
    engine=TEXTS,
)
FIXES = st.builds(
    Fix,
    message=TEXTS,
    edits=st.lists(st.builds(Edit, SPANS, TEXTS), max_size=1).map(tuple),
    after=READINGS,
    curve=CURVES,
)
FINDINGS = st.builds(
    Finding,
    code=TEXTS,
    name=TEXTS,
    message=TEXTS,
    path=st.just("p") | TEXTS,
    span=SPANS,
    site=st.none(),
    evidence=st.none() | EVIDENCE,
    suggestion=st.none() | TEXTS,
    fix=st.none() | FIXES,
)
REPORTS = st.builds(
    RunReport,
    findings=st.lists(FINDINGS, min_size=1, max_size=2).map(tuple),
    unknowns=st.lists(st.builds(Unknown, TEXTS, SPANS, TEXTS, TEXTS), max_size=2).map(tuple),
    problems=st.just(()),
    files=st.just(1),
    parsed=st.just(1),
    schedules=st.just(1),
    quotes=st.dictionaries(st.tuples(st.just("p"), ROWS), TEXTS, max_size=3),
)


@settings(deadline=None)
@given(
    REPORTS,
    st.sampled_from(["full", "concise"]),
    st.booleans(),
    st.integers(40, 120),
    st.sampled_from(["utf-8", "ascii", "latin-1", "cp1252", "utf-16-le"]),
)
def test_nothing_steers_the_terminal(report, name, colour, width, encoding):
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding=encoding, newline="")
    render(name, report, stream, RenderOptions(show_unknown=True, width=width, colour=colour))
    stream.flush()
    shown = buffer.getvalue().decode(encoding)
    if colour:
        shown = SGR.sub("", shown)
    assert shown.replace("\n", "").isprintable()


@settings(deadline=None)
@given(TEXTS, st.integers(0, 35), st.integers(0, 35), st.integers(16, 60), st.integers(0, 60))
def test_an_excerpt_keeps_to_its_room_and_shows_the_start(text, start, end, room, slack):
    medium = Medium()
    shown = excerpt(text, start, end, room, medium, slack)
    whole = "".join(shown)
    assert cells(whole) <= room
    assert whole.isprintable()
    if start < min(len(text), end) and text[start] != "\t":
        assert shown.marked.startswith(visible(text[start], medium))


@pytest.mark.parametrize(
    ("text", "start", "end", "before", "marked"),
    [
        ("x = lr", 4, 6, 4, 2),
        ("\tx = lr", 5, 7, 8, 2),
        ("ab\tlr", 3, 5, 4, 2),
        ("名 = lr", 4, 6, 5, 2),
        ("x = 学习率", 4, 7, 4, 6),
        ("e\u0301 = lr", 5, 7, 4, 2),
        ("\u1112\u1161\u11ab = lr", 6, 8, 5, 2),
        ("x\x1b = lr", 5, 7, 8, 2),
    ],
)
def test_carets_stand_under_what_they_mean(text, start, end, before, marked):
    shown = excerpt(text, start, end, 80, Medium())
    assert (cells(shown.before), cells(shown.marked)) == (before, marked)


def test_a_long_line_is_cut_around_the_span():
    text = "prefix " * 20 + "HERE" + " suffix" * 20
    shown = excerpt(text, 140, 144, 40, Medium())
    assert shown == ("…x prefix ", "HERE", " suffix suffix suffix suf…")
    assert excerpt(text, 140, 144, 40, Medium(encoding="ascii")).before.startswith("...")


def test_indentation_is_cut_without_a_word():
    assert excerpt(" " * 90 + "HERE", 90, 94, 40, Medium()).before.strip() == ""


@given(st.text("ab 名 ", max_size=60), st.integers(1, 20))
def test_wrapping_keeps_every_word(text, width):
    lines = wrap(text, width)
    assert " ".join(lines).split() == text.split()
    assert all(cells(line) <= width or " " not in line for line in lines)


def test_what_an_encoding_lacks_is_spelled_out():
    assert visible("3 × LR … 名", Medium(encoding="ascii")) == "3 x LR ... \\u540d"
    assert visible("3 × é", Medium(encoding="latin-1")) == "3 × é"
