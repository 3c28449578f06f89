"""The two figures of a rule's page: the curves of the bad example and of the good one, to be compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from docs.web import axes
from docs.web.catalogue import Entry
from docs.web.chart import Chart, Line, draw, spark
from docs.web.examples import Example, Traced, has_numbers
from warmlint.finding import Curve, Evidence, Finding, Reading, Scale
from warmlint.report.words import number, settings_sentence

_ALIKE = 2.0
"""Two runs whose lengths differ by no more are drawn over the same stretch of updates."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart, with what stands below it: `legend` names its lines where there are several on the page,
    `numbers` are the readings of each line, `notes` say what the curve rests on."""

    svg: Markup
    unit: str
    scale: str
    legend: tuple[tuple[str, str], ...]
    numbers: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    notes: tuple[str, ...]


def figures(entry: Entry) -> tuple[tuple[Drawing, ...], tuple[Drawing, ...]]:
    """The drawings of the bad example, and of the good one, over axes that compare."""
    everything = (*entry.bad.traced, *entry.good.traced)
    return _side(entry, entry.bad, "bad", everything), _side(entry, entry.good, "good", everything)


def thumbnail(entry: Entry) -> Markup | None:
    """The curve of the bad example in a few pixels; None where there is no line to draw."""
    curve = entry.bad.traced[0].curve if entry.bad.traced else Curve((), ())
    if len(curve.at) < 2 or not has_numbers(curve):
        return None
    return Markup(spark(curve, axes.of_updates(curve.at[-1]), axes.of_values(curve.values)))


def before_and_after(finding: Finding) -> Markup:
    """The curve of a finding and that of its fix in one chart. Raises ValueError where it has none."""
    evidence, fix = finding.evidence, finding.fix
    if evidence is None or fix is None:
        raise ValueError(f"{finding.code}: there is no curve, or no fix that changes it")
    chart = Chart(
        (Line(evidence.curve, "bad"), Line(fix.curve, "good")),
        axes.of_updates(evidence.curve.at[-1]),
        axes.of_values((*evidence.curve.values, *fix.curve.values)),
        evidence.unit,
        _scale(evidence.scale),
        _base((evidence,)),
    )
    now, then = (_readings(each, evidence.unit) for each in (evidence.readings, fix.after))
    told = f"Now: {now}. After the fix: {then}."
    return Markup(draw(chart, "front", f"{finding.code}: the LR now and after the fix", told))


def _side(entry: Entry, example: Example, kind: str, everything: Sequence[Traced]) -> tuple[Drawing, ...]:
    groups = groupby(example.traced, key=lambda each: (each.unit, each.scale))
    return tuple(
        _drawing(entry, tuple(members), kind, everything, f"{kind}{at}", several=len(example.traced) > 1)
        for at, (_, members) in enumerate(groups)
    )


def _drawing(
    entry: Entry,
    traced: tuple[Traced, ...],
    kind: str,
    everything: Sequence[Traced],
    name: str,
    *,
    several: bool,
) -> Drawing:
    first = traced[0]
    alike = [each for each in everything if each.scale is first.scale]
    chart = Chart(
        tuple(Line(each.curve, kind if at == 0 else f"{kind} second") for at, each in enumerate(traced)),
        axes.of_updates(_last(traced, (each for each in everything if each.unit == first.unit))),
        axes.of_values(value for each in alike for value in each.curve.values),
        first.unit,
        _scale(first.scale),
        _base(alike),
    )
    title = f"{entry.code}, {'example' if kind == 'bad' else 'what to use instead'}: LR by {first.unit}"
    told = [_readings(each.readings, each.unit) for each in traced]
    if several:
        told = [f"{each.label}: {words}" for each, words in zip(traced, told, strict=True)]
    return Drawing(
        Markup(draw(chart, name, title, f"{chart.scale}. {'. '.join(told)}.")),
        first.unit,
        chart.scale,
        tuple((line.kind, each.label) for line, each in zip(chart.lines, traced, strict=True))
        if several
        else (),
        tuple((each.label, _numbers(each.readings, each.unit)) for each in traced),
        tuple(dict.fromkeys(note for each in traced for note in _notes(each))),
    )


def _last(traced: Iterable[Traced], others: Iterable[Traced]) -> int:
    """The last update to be shown: that of another chart, where the two are nearly as long."""
    own = max(each.curve.at[-1] for each in traced)
    return max(each.curve.at[-1] for each in others if own <= each.curve.at[-1] <= own * _ALIKE)


def _scale(scale: Scale) -> str:
    return "LR" if scale is Scale.LR else "LR, as a multiple of the base LR"


def _base(traced: Iterable[Traced | Evidence]) -> float | None:
    """Where the base LR lies, if a curve goes past it."""
    for each in traced:
        base = 1.0 if each.scale is Scale.FACTOR else each.base_lr
        values = [value for value in each.curve.values if value is not None]
        if base is not None and values and max(values) > base * (1 + 1e-9):
            return base
    return None


def _readings(readings: Iterable[Reading], unit: str) -> str:
    """A phrase that tells readings, for those to whom a chart is read aloud."""
    return ", ".join(f"{value} at {unit} {at}" for at, value in _numbers(readings, unit))


def _numbers(readings: Iterable[Reading], unit: str) -> tuple[tuple[str, str], ...]:
    """Readings as text: the update or the epoch, and its LR or what happens in its place."""
    return tuple((_at(each, unit), _value(each)) for each in readings)


def _at(reading: Reading, unit: str) -> str:
    return f"{reading.tick if unit == 'epoch' else reading.update:,.0f}"


def _value(reading: Reading) -> str:
    return (reading.failure or "fails") if reading.value is None else number(reading.value)


def _notes(traced: Traced) -> Iterable[str]:
    for note in (settings_sentence(traced.settings, traced.base_lr), traced.note):
        if note:
            yield note
