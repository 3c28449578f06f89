from __future__ import annotations

import math
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmlint.finding import Curve, Reading, Scale, Setting
from warmlint.report.chart import draw
from warmlint.report.curve import CurveView, curve_report
from warmlint.report.page import Line, Medium, Tone, length, plain
from warmlint.report.readings import table
from warmlint.report.words import number
from warmlint.source import Position, Span

RAMP = Curve(tuple(range(101)), tuple(min(1.0, update / 20) for update in range(101)))


def curve(*values: float | None) -> Curve:
    return Curve(tuple(range(len(values))), values)


def text(lines: list[Line]) -> str:
    return "".join(f"{plain(line)}\n" for line in lines)


def test_a_ramp():
    assert text(draw([RAMP], 40, 5)) == dedent(
        """\
        1 ┤     ⢀⠔⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉
          │   ⢀⡔⠃
          │ ⢀⡰⠁
        0 ┤⡔⠃
           0     20                          100
        """
    )


def test_ascii():
    assert text(draw([RAMP], 40, 5, ascii=True)) == dedent(
        """\
        1 +     .:''''''''''''''''''''''''''''''
          |   .-'
          | .:'
        0 +:'
           0     20                          100
        """
    )


def test_two_curves_are_solid_and_dotted():
    other = Curve(RAMP.at, tuple(value / 2 for value in RAMP.values if value is not None))
    assert text(draw([RAMP, other], 30, 4)) == dedent(
        """\
        1 ┤   ⢀⠴⠋⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉
          │ ⢀⡔⠁⡀⠂⠐ ⠂⠐ ⠂⠐ ⠂⠐ ⠂⠐ ⠂⠐ ⠂⠐ ⠂
        0 ┤⡴⠛ ⠁
           0   20                  100
        """
    )


def test_each_curve_has_its_tone():
    flat = curve(1.0, 1.0, 1.0)
    lines = draw([flat, curve(0.0, 0.0, 0.0)], 30, 4, tones=[Tone.WARNING, Tone.GOOD])
    top, bottom = ({piece.tone for piece in line if piece.text.strip()} for line in (lines[0], lines[2]))
    assert top == {Tone.FAINT, Tone.WARNING}
    assert bottom == {Tone.FAINT, Tone.GOOD}


def test_where_curves_meet_the_first_is_seen():
    lines = draw([RAMP, RAMP], 30, 4, tones=[Tone.WARNING, Tone.GOOD])
    assert {piece.tone for line in lines for piece in line if piece.text.strip()} == {
        Tone.FAINT,
        Tone.WARNING,
    }
    assert text(lines) == text(draw([RAMP], 30, 4))


def test_failures_are_crosses_and_gaps():
    assert text(draw([curve(0.0, 0.5, None, None, math.inf, 1.0, -math.inf)], 30, 4)) == dedent(
        """\
        1 ┤                 ×    ⠁
          │  ⢀⡠⠂
        0 ┤⡠⠒⠁     ×    ×            ×
           0                    5    6
        """
    )


def test_negative_values_show_where_zero_is():
    assert text(draw([curve(-1.0, 1.0)], 20, 6)) == dedent(
        """\
         1 ┤             ⡠⠔⠊
           │         ⢀⡠⠔⠉
         0 ┤      ⢀⠤⠒⠁
           │   ⣀⠔⠊⠁
        -1 ┤⡠⠔⠊
            0              1
        """
    )


def test_a_constant():
    assert text(draw([curve(0.5, 0.5)], 20, 3)) == dedent(
        """\
        0.5 ┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉
          0 ┤
             0             1
        """
    )
    assert text(draw([curve(0.0, 0.0)], 20, 3)) == dedent(
        """\
          │
        0 ┤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀
           0               1
        """
    )


def test_one_point():
    assert text(draw([Curve((7,), (0.5,))], 20, 3)) == dedent(
        """\
        0.5 ┤⠁
          0 ┤
             7
        """
    )


def test_nothing_to_draw():
    assert draw([RAMP], 0, 5) == []
    assert draw([RAMP], 5, 0) == []


NUMBERS = st.none() | st.floats() | st.sampled_from([0.0, -0.0, 5e-324, 1.7e308, -1.7e308])
CURVES = st.lists(st.tuples(st.integers(0, 10**400), NUMBERS), max_size=12).map(
    lambda points: Curve(*map(tuple, zip(*points, strict=True))) if points else Curve((), ())
)


@settings(deadline=None)
@given(st.lists(CURVES, max_size=3), st.integers(-1, 60), st.integers(-1, 9), st.booleans())
def test_a_chart_keeps_to_its_frame(curves, width, height, ascii):
    lines = draw(curves, width, height, ascii)
    assert len(lines) <= max(height, 0)
    assert all(length(line) <= width for line in lines)
    assert all(plain(line).isascii() for line in lines) or not ascii


# Numbers and tables


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.001, "0.001"),
        (1e-6, "1e-6"),
        (3e-5, "3e-5"),
        (1.0, "1"),
        (1, "1"),
        (-0.0, "0"),
        (1 / 3, "0.3333"),
        (123456.0, "1.235e5"),
        (10000, "10000"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        (10**400, "inf"),
        (-(10**400), "-inf"),
        (10**16, "1e16"),
    ],
)
def test_numbers_are_written_as_people_write_them(value, told):
    assert number(value) == told


def show(
    *readings: Reading, after: tuple[Reading, ...] = (), scale: Scale = Scale.LR, width: int = 80
) -> str:
    return text(table(readings, after, scale=scale, medium=Medium(), width=width))


def test_a_table_of_readings_alone():
    assert show(Reading(0, 0, 0.0), Reading(999, 999, 1e-3)) == dedent(
        """\
        LR at update  0    999
        now           0  0.001
        """
    )


def test_a_failure_is_told_in_its_words():
    assert show(Reading(0, 0, None, "division by zero"), Reading(1, 1, None), scale=Scale.FACTOR) == dedent(
        """\
        × base at update                 0      1
        now               division by zero  fails
        """
    )


def test_what_differs_reads_differently():
    shown = show(Reading(99999, 99999, 99999 / 100000, expected=1.0))
    assert "0.99999" in shown
    assert "0.99999" not in show(Reading(99999, 99999, 99999 / 100000))


def test_a_fix_is_matched_by_update():
    shown = show(Reading(0, 0, 0.0), Reading(5, 5, 1.0), after=(Reading(5, 5, 2.0),))
    assert shown.splitlines()[2].split() == ["after", "fix", "2"]


def test_columns_that_do_not_fit_follow_below():
    readings = [Reading(update, update, update / 1000) for update in (0, 1, 999, 1000)]
    assert show(*readings, width=28) == dedent(
        """\
        LR at update  0      1
        now           0  0.001
        LR at update    999  1000
        now           0.999     1
        """
    )


def test_tones_point_at_what_is_wrong():
    lines = table(
        [Reading(0, 0, 0.0, expected=0.5), Reading(1, 1, 1.0, expected=1.0)],
        [Reading(0, 0, 0.5), Reading(1, 1, 1.0)],
        scale=Scale.LR,
        medium=Medium(),
        width=80,
        tone=Tone.WARNING,
    )
    tones = [[piece.tone for piece in line[1:]] for line in lines]
    assert tones[1] == [Tone.WARNING, Tone.PLAIN]
    assert tones[2] == [Tone.FAINT, Tone.FAINT]
    assert tones[3] == [Tone.GOOD, Tone.PLAIN]


# The verb


VIEW = CurveView(
    path="train.py",
    span=Span(Position(42, 13), Position(42, 80)),
    construct="LambdaLR",
    source_text="lambda epoch: min(1.0, (epoch + 1) / warmup)",
    unit="epoch",
    scale=Scale.FACTOR,
    base_lr=None,
    settings=(Setting("warmup", 20, "its default"),),
    readings=(Reading(0, 0, 0.05), Reading(100, 1, 0.1), Reading(1900, 19, 1.0)),
    curve=RAMP,
    note="cut off at update 100",
)


def test_a_curve_report():
    assert text(curve_report(VIEW, Medium(width=60))) == dedent(
        """\
        train.py:42:13: LambdaLR, one tick an epoch
          lambda epoch: min(1.0, (epoch + 1) / warmup)

          epoch      0    1  19
          × base  0.05  0.1   1

          1 ┤          ⡎⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉
            │         ⡜
            │        ⡸
            │       ⡰⠁
            │      ⢠⠃
            │     ⡔⠁
            │    ⡰⠁
            │   ⢠⠃
            │  ⢠⠃
            │ ⢀⠎
            │ ⡎
          0 ┤⡜
             0        20                                         100

          with warmup = 20 (its default)
          cut off at update 100
        """
    )


def test_a_curve_report_of_nothing_is_its_head():
    bare = CurveView("a.py", VIEW.span, "F", "", "update", Scale.LR, None, (), (), Curve((), ()))
    assert text(curve_report(bare, Medium())) == "a.py:42:13: F, one tick an update\n"
