from __future__ import annotations

import io
import json
import math

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
    Reading,
    Scale,
    Setting,
    Severity,
    SiteReference,
    Status,
)
from warmlint.outcome import RunReport
from warmlint.report import RenderOptions, render
from warmlint.source import Position, Span


def span(row: int, start: int, end: int) -> Span:
    return Span(Position(row, start), Position(row, end))


FINDING = Finding(
    code="LR001",
    name="zero-first-update",
    message="the first of 10 warmup updates trains at LR 0",
    path="träin.py",
    span=span(42, 13, 31),
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    site=SiteReference(42, "LambdaLR"),
    evidence=Evidence(
        status=Status.PROVED,
        reason="0 at tick 0",
        valuations=12,
        settings=(Setting("warmup", 10, "its default"), Setting("big", 10**5000, "an example")),
        scale=Scale.LR,
        base_lr=0.1,
        unit="update",
        readings=(Reading(0, 0, 0.0, expected=0.01), Reading(1, 1, None, "division by zero")),
        curve=Curve((0, 1, 2, 3), (0.0, None, math.nan, -math.inf)),
    ),
    suggestion="count from 1",
    fix=Fix(
        message="divide `step + 1`",
        edits=(Edit(span(42, 26, 30), "(step + 1)"),),
        applicability=Applicability.SAFE,
        after=(Reading(0, 0, 0.01),),
        curve=Curve((0,), (0.01,)),
    ),
)


def text_of(*findings: Finding, options: RenderOptions | None = None) -> str:
    stream = io.StringIO()
    render("json", RunReport(findings, (), (), 1, 1, 1, {}), stream, options)
    return stream.getvalue()


def test_every_key_of_a_finding():
    assert json.loads(text_of(FINDING)) == [
        {
            "code": "LR001",
            "name": "zero-first-update",
            "message": "the first of 10 warmup updates trains at LR 0",
            "filename": "träin.py",
            "location": {"row": 42, "column": 13},
            "end_location": {"row": 42, "column": 31},
            "cell": None,
            "url": None,
            "severity": "warning",
            "confidence": "high",
            "site": {"row": 42, "construct": "LambdaLR"},
            "suggestion": "count from 1",
            "fix": {
                "applicability": "safe",
                "message": "divide `step + 1`",
                "edits": [
                    {
                        "content": "(step + 1)",
                        "location": {"row": 42, "column": 26},
                        "end_location": {"row": 42, "column": 30},
                    }
                ],
                "after": [{"update": 0, "tick": 0, "value": 0.01, "failure": None, "expected": None}],
                "curve": {"at": [0], "values": [0.01]},
            },
            "evidence": {
                "status": "proved",
                "reason": "0 at tick 0",
                "engine": "evaluator",
                "valuations": 12,
                "settings": [
                    {"name": "warmup", "value": 10, "origin": "its default"},
                    {"name": "big", "value": "Infinity", "origin": "an example"},
                ],
                "scale": "lr",
                "base_lr": 0.1,
                "unit": "update",
                "readings": [
                    {"update": 0, "tick": 0, "value": 0.0, "failure": None, "expected": 0.01},
                    {"update": 1, "tick": 1, "value": None, "failure": "division by zero", "expected": None},
                ],
                "curve": {"at": [0, 1, 2, 3], "values": [0.0, None, "NaN", "-Infinity"]},
            },
        }
    ]


def test_a_bare_finding_has_every_key():
    bare = Finding("LR901", "n", "m", "a.py", FINDING.span, Severity.NOTE, Confidence.LOW, None)
    (told,) = json.loads(text_of(bare))
    (full,) = json.loads(text_of(FINDING))
    assert told.keys() == full.keys()
    assert [told[key] for key in ("site", "suggestion", "fix", "evidence")] == [None] * 4


def test_an_object_a_line():
    lines = text_of(FINDING, FINDING).splitlines()
    assert [lines[0], lines[-1], len(lines)] == ["[", "]", 4]
    assert [json.loads(line.removesuffix(","))["code"] for line in lines[1:-1]] == ["LR001"] * 2


def test_an_empty_run():
    assert text_of() == "[]\n"


def test_a_url_where_there_is_one():
    options = RenderOptions(url_for=lambda code, name: f"https://example.org/{code}/{name}")
    assert (
        json.loads(text_of(FINDING, options=options))[0]["url"]
        == "https://example.org/LR001/zero-first-update"
    )


def test_concise():
    stream = io.StringIO()
    render("concise", RunReport((FINDING,), (), (), 1, 1, 1, {}), stream, RenderOptions(colour=False))
    assert stream.getvalue() == (
        "träin.py:42:13: LR001 [warning] the first of 10 warmup updates trains at LR 0\n"
    )


def test_an_unknown_format_is_named():
    with pytest.raises(ValueError, match="no report format is called 'page'; there are full, concise, json"):
        render("page", RunReport((), (), (), 0, 0, 0, {}), io.StringIO())


TEXTS = st.text(st.characters(exclude_categories=()), max_size=20)
NUMBERS = st.none() | st.floats()
VALUES = NUMBERS | st.booleans() | st.integers() | TEXTS


def finite(value: float | None) -> float | str | None:
    if value is None or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


@settings(deadline=None)
@given(
    TEXTS,
    TEXTS,
    TEXTS,
    st.lists(NUMBERS, max_size=5),
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
)
def test_any_text_and_any_number_come_back(path, message, content, values, setting):
    curve = Curve(tuple(range(len(values))), tuple(values))
    evidence = Evidence(
        Status.WITNESSED, message, 1, (Setting(path, setting, ""),), Scale.FACTOR, None, "update", (), curve
    )
    fix = Fix(message, (Edit(FINDING.span, content),), Applicability.UNSAFE, (), curve)
    shown = text_of(
        Finding(
            "LR001",
            path,
            message,
            path,
            FINDING.span,
            Severity.ERROR,
            Confidence.LOW,
            None,
            evidence,
            path,
            fix,
        )
    )
    assert shown.replace("\n", "").isprintable()
    assert shown.isascii()

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    (told,) = json.loads(shown, parse_constant=refuse)
    # Two lone surrogates side by side are, in JSON, one character.
    assert [told["filename"], told["message"]] == [pair(path), pair(message)]
    assert told["fix"]["edits"][0]["content"] == pair(content)
    assert told["evidence"]["curve"]["values"] == [finite(value) for value in values]


def pair(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
