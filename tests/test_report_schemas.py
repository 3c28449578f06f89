"""The formats for programs, held to the schemas that their owners have published."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema

from tests.schemas import Unreachable, rdjson_schema, schema_file
from tests.test_cli import BAD, GOOD, warmlint
from tests.test_report_formats import HOSTILE, hostile, report_of, written
from tests.test_report_json import FINDING, span
from warmlint.finding import Problem
from warmlint.outcome import RunReport

GITLAB: Final = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!\./|/)"},
                    "lines": {"required": ["begin"], "properties": {"begin": {"type": "integer"}}},
                },
            },
        },
    },
}
"""What GitLab's documentation asks of a code quality report, in our words: no schema of it is published."""

REPORTS: Final = {
    "empty": report_of(),
    "one": report_of(FINDING),
    "without a fix": report_of(replace(FINDING, fix=None, suggestion=None)),
    "of several lines": report_of(replace(FINDING, span=replace(span(42, 1, 2), end=span(44, 1, 2).end))),
    "hostile": report_of(*map(hostile, HOSTILE)),
    "with problems": report_of(FINDING, problems=(Problem("x.py", "does not exist", True),)),
}

each_report = pytest.mark.parametrize(
    "report", [pytest.param(each, id=name) for name, each in REPORTS.items()]
)


def published(schema: Callable[[], Any]) -> Any:
    try:
        return schema()
    except Unreachable as error:
        pytest.skip(str(error))


def sarif_schema() -> Any:
    return json.loads(schema_file("sarif").read_text(encoding="utf-8"))


def without_places(xml: str) -> str:
    """JUnit's XML without `file` and `line` of a case, which GitLab and others read and Jenkins ignores."""
    root = ElementTree.fromstring(xml)
    for case in root.iter("testcase"):
        case.attrib.pop("file", None)
        case.attrib.pop("line", None)
    return ElementTree.tostring(root, encoding="unicode")


@each_report
def test_sarif(report: RunReport) -> None:
    jsonschema.validate(json.loads(written("sarif", report)), published(sarif_schema))


@each_report
def test_rdjson(report: RunReport) -> None:
    jsonschema.validate(json.loads(written("rdjson", report)), published(rdjson_schema))


@each_report
def test_junit(report: RunReport) -> None:
    schema = xmlschema.XMLSchema(published(lambda: schema_file("junit")))
    schema.validate(without_places(written("junit", report)))


@each_report
def test_gitlab(report: RunReport) -> None:
    jsonschema.validate(json.loads(written("gitlab", report)), GITLAB)


# --- of a real run ------------------------------------------------------------------------------------


def sarif_of(text: str, folder: Path) -> Any:
    (folder / "train.py").write_text(text, encoding="utf-8")
    run = warmlint("train.py", "--output-format", "sarif", "--torch", "off", cwd=folder)
    assert run.returncode == 1
    return json.loads(run.stdout)


def test_the_sarif_of_a_run_has_prints_that_stay_and_fixes_that_fix(tmp_path: Path) -> None:
    told, moved = sarif_of(BAD, tmp_path), sarif_of(f'"""Moved."""\n\n\n{BAD}', tmp_path)
    jsonschema.validate(told, published(sarif_schema))
    (result,), (later,) = told["runs"][0]["results"], moved["runs"][0]["results"]
    assert result["partialFingerprints"] == later["partialFingerprints"]
    assert result["locations"] != later["locations"]
    assert "## What it does" in told["runs"][0]["tool"]["driver"]["rules"][0]["help"]["markdown"]
    (change,) = result["fixes"][0]["artifactChanges"]
    lines = BAD.splitlines(keepends=True)
    for each in change["replacements"]:
        region, new = each["deletedRegion"], each["insertedContent"]["text"]
        row = region["startLine"] - 1
        line = lines[row]
        lines[row] = line[: region["startColumn"] - 1] + new + line[region["endColumn"] - 1 :]
    assert "".join(lines) == GOOD
