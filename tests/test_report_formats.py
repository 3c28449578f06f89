"""The formats for programs: each is read back by a reader of its own kind, whatever findings contain."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_report_json import FINDING, span
from warmlint.finding import Edit, Finding, Problem, Severity
from warmlint.outcome import RunReport
from warmlint.report import FORMATS, RenderOptions, render
from warmlint.report.machine import fingerprints
from warmlint.report.rules import RulePage

PAGE = RulePage("LR001", "zero-first-update", "The first update runs at LR 0.\n\n## What it does\nFinds it.")
HOSTILE = [
    "a\x1b[31mred\x1b]0;title\x07",
    "line\r\n::error file=x::injected",
    "::set-output name=x::y",
    "##vso[task.complete result=Succeeded;]done",
    "##[command]rm",
    "]]><script>alert(1)</script>&amp;<!--",
    "| pipe ` tick ` <b>bold</b> [a](javascript:x)",
    "\udc80lone\ud800",
    "\u202ertl\u200b\x00\x7f\x85\u2028",
    "%0A%25;%3B]:,",
]
JSONS = ("json", "json-lines", "sarif", "gitlab", "rdjson")


def report_of(*findings: Finding, problems: tuple[Problem, ...] = ()) -> RunReport:
    quotes = {(each.path, each.span.row): "    rate = step / warmup" for each in findings}
    return RunReport(findings, (), problems, 1, 1, 1, quotes)


def written(name: str, report: RunReport) -> str:
    stream = io.StringIO()
    render(
        name, report, stream, RenderOptions(rules=lambda: [PAGE], url_for=lambda code, _: f"https://x/{code}")
    )
    return stream.getvalue()


def hostile(text: str) -> Finding:
    edited = replace(FINDING.fix, edits=(Edit(span(42, 1, 2), text),), message=text) if FINDING.fix else None
    return replace(FINDING, message=text, path=f"{text}.py", suggestion=text, fix=edited)


def data(name: str, text: str) -> object:
    return [json.loads(line) for line in text.splitlines()] if name == "json-lines" else json.loads(text)


def obeyed(text: str) -> list[str]:
    """The lines of a log that GitHub's runner or Azure's agent would take for commands."""
    return [
        line
        for line in re.split(r"[\r\n]", text)
        if line.lstrip().startswith("::") or re.search(r"##(vso)?\[", line, re.IGNORECASE)
    ]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", FORMATS)
def test_nothing_that_a_finding_contains_steers_a_terminal_or_a_log(name: str, text: str) -> None:
    report = report_of(hostile(text), problems=(Problem(text, text),))
    told = written(name, report)
    assert not re.search(
        r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e\ud800-\udfff]", told.replace("\r\n", "\n")
    )
    own = {"github": r"::warning title=warmlint LR001", "azure": r"##vso\[task\.logissue type=warning;"}
    for line in obeyed(told):
        assert name in own
        assert re.match(own[name], line)
        assert len(re.findall(r"##(?:vso)?\[", line)) == (name == "azure")


@pytest.mark.parametrize("name", JSONS)
@given(text=st.text(st.characters(), max_size=30))
@settings(max_examples=40, deadline=None)
def test_json_stays_json(name: str, text: str) -> None:
    told = written(name, report_of(hostile(text)))
    assert told.isascii()
    assert data(name, told)


@given(text=st.text(st.characters(), max_size=30))
@settings(max_examples=60, deadline=None)
def test_xml_stays_xml(text: str) -> None:
    root = ElementTree.fromstring(written("junit", report_of(hostile(text), problems=(Problem(text, text),))))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("2", "1", "1")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_row_of_a_markdown_table_has_its_cells(text: str) -> None:
    rows = [
        line for line in written("markdown", report_of(hostile(text))).split("\n") if line.startswith("| ")
    ]
    assert [len(row.strip("|").split("|")) for row in rows] == [5, 5]
    assert "<script" not in rows[1]
    assert "<b>" not in rows[1]


def test_sarif_says_all_that_a_reader_asks_for() -> None:
    told = json.loads(
        written("sarif", report_of(FINDING, problems=(Problem("x.py", "does not exist", True),)))
    )
    (run,) = told["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert (rule["id"], rule["name"], rule["helpUri"]) == ("LR001", "zero-first-update", "https://x/LR001")
    assert "## What it does" in rule["help"]["markdown"]
    (result,) = run["results"]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("LR001", 0, "warning")
    place = result["locations"][0]["physicalLocation"]
    assert unquote(place["artifactLocation"]["uri"]) == "träin.py"
    context = {"startLine": 42, "endLine": 42, "snippet": {"text": "    rate = step / warmup"}}
    assert place["contextRegion"] == context
    assert place["region"]["startColumn"] == 13
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": "(step + 1)"}
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "x.py: does not exist"


def test_rdjson_counts_columns_in_bytes() -> None:
    report = RunReport((FINDING,), (), (), 1, 1, 1, {("träin.py", 42): "  ü = ö(step / w, ä)        "})
    told = json.loads(written("rdjson", report))
    assert told["diagnostics"][0]["location"]["range"]["start"] == {"line": 42, "column": 15}


def test_fingerprints_survive_moved_lines_and_tell_findings_apart() -> None:
    moved = replace(FINDING, span=span(99, 1, 5))
    twice = report_of(FINDING, moved)
    before, again = fingerprints(twice)
    assert before != again
    assert fingerprints(report_of(moved)) == [before]
    assert fingerprints(report_of(replace(FINDING, code="LR003"))) != [before]
    assert fingerprints(report_of(replace(FINDING, path="./träin.py"))) == [before]


@pytest.mark.parametrize(
    ("severity", "github", "gitlab"),
    [("error", "error", "critical"), ("warning", "warning", "major"), ("note", "notice", "info")],
)
def test_severities_go_by_the_names_of_each_place(severity: str, github: str, gitlab: str) -> None:
    report = report_of(replace(FINDING, severity=Severity(severity)))
    assert written("github", report).startswith(f"::{github} ")
    assert json.loads(written("gitlab", report))[0]["severity"] == gitlab
    assert json.loads(written("sarif", report))["runs"][0]["results"][0]["level"] == severity


@pytest.mark.parametrize("name", FORMATS)
def test_a_run_without_findings_is_well_formed_too(name: str) -> None:
    told = written(name, report_of())
    if name in JSONS:
        assert data(name, told) is not None
    elif name == "junit":
        assert ElementTree.fromstring(told).get("failures") == "0"
