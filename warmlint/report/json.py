"""Findings as JSON, in ruff's shape with warmlint's own keys beside it.

JSON has no word for a number that is not finite, so those are the strings "NaN", "Infinity" and
"-Infinity", which `float()` and JavaScript's `Number()` read back; where a schedule fails, the value is
null and `failure` says how. All is ASCII, so that names that no encoding has still arrive, and each
finding stands on a line of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from math import isfinite
from typing import TextIO

from warmlint.finding import Curve, Evidence, Finding, Fix, Reading, Setting, SiteReference
from warmlint.outcome import RunReport
from warmlint.report import RenderOptions
from warmlint.source import Position

_COMMAND = re.compile(r"(##(?:vso)?)\[", re.IGNORECASE)
Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]


def render(report: RunReport, stream: TextIO, options: RenderOptions) -> None:
    """Write the findings of `report` as one array."""
    dump((as_data(finding, options.url_for) for finding in report.findings), stream)


def dump(values: Iterable[Value], stream: TextIO) -> None:
    """Write an array as all of warmlint's arrays are written: an object a line."""
    lines = [as_text(value) for value in values]
    stream.write("[\n" + ",\n".join(lines) + "\n]\n" if lines else "[]\n")


def as_text(value: Value, indent: int | None = None) -> str:
    """JSON on one line, or on lines set in by `indent`. A bracket behind `##`, which CI systems take for the
    start of a command wherever it stands, goes as an escape."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, indent=indent)
    return _COMMAND.sub(r"\1\\u005b", text)


def as_data(finding: Finding, url_for: Callable[[str, str], str | None]) -> Value:
    """One finding, with the keys that every format of JSON here has."""
    return {
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "filename": finding.path,
        "location": _position(finding.span.start),
        "end_location": _position(finding.span.end),
        "cell": finding.cell,
        "url": url_for(finding.code, finding.name),
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "site": _site(finding.site) if finding.site else None,
        "suggestion": finding.suggestion,
        "fix": _fix(finding.fix) if finding.fix else None,
        "evidence": _evidence(finding.evidence) if finding.evidence else None,
    }


def _position(position: Position) -> Value:
    return {"row": position.row, "column": position.column}


def _cell(cell: int | None) -> dict[str, Value]:
    return {} if cell is None else {"cell": cell}


def _site(site: SiteReference) -> Value:
    return {"row": site.row, "construct": site.construct, **_cell(site.cell)}


def _fix(fix: Fix) -> Value:
    return {
        "applicability": fix.applicability.value,
        "message": fix.message,
        "edits": [
            {
                "content": edit.content,
                "location": _position(edit.span.start),
                "end_location": _position(edit.span.end),
                **_cell(edit.cell),
            }
            for edit in fix.edits
        ],
        "after": _readings(fix.after),
        "curve": _curve(fix.curve),
    }


def _evidence(evidence: Evidence) -> Value:
    return {
        "status": evidence.status.value,
        "reason": evidence.reason,
        "engine": evidence.engine,
        "valuations": evidence.valuations,
        "settings": [_setting(setting) for setting in evidence.settings],
        "scale": evidence.scale.value,
        "base_lr": _number(evidence.base_lr),
        "unit": evidence.unit,
        "readings": _readings(evidence.readings),
        "curve": _curve(evidence.curve),
    }


def _setting(setting: Setting) -> Value:
    value = setting.value
    told: Value = value if isinstance(value, (str, bool)) else _number(value)
    return {"name": setting.name, "value": told, "origin": setting.origin}


def _readings(readings: Iterable[Reading]) -> Value:
    return [
        {
            "update": reading.update,
            "tick": reading.tick,
            "value": _number(reading.value),
            "failure": reading.failure,
            "expected": _number(reading.expected),
        }
        for reading in readings
    ]


def _curve(curve: Curve) -> Value:
    return {"at": list(curve.at), "values": [_number(value) for value in curve.values]}


def _number(value: float | None) -> Value:
    if value is None:
        return None
    try:
        if isfinite(value):
            return value
    except OverflowError:  # a whole number past every float, and maybe past what `str` takes
        return "Infinity" if value > 0 else "-Infinity"
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
