"""JUnit's XML, which most CI systems show as tests: a suite for each file, a case for each finding in it.

https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

from itertools import groupby
from typing import TextIO
from xml.etree import ElementTree

from warmlint.finding import Finding
from warmlint.outcome import RunReport, clean
from warmlint.report import RenderOptions
from warmlint.report.machine import LEVELS, line_of, plain, relative


def render(report: RunReport, stream: TextIO, options: RenderOptions) -> None:
    """Write the findings of `report`, and what could not be linted as errors; a run without either has one
    case, which passed."""
    root = ElementTree.Element("testsuites", name="warmlint")
    for path, findings in groupby(report.findings, key=lambda finding: finding.path):
        name = plain(relative(path))
        suite = ElementTree.SubElement(root, "testsuite", name=name)
        for finding in findings:
            _add(suite, finding, report, name)
    if report.problems or not report.findings:
        suite = ElementTree.SubElement(root, "testsuite", name="warmlint")
        for problem in report.problems:
            case = ElementTree.SubElement(suite, "testcase", name=plain(problem.path), classname="warmlint")
            ElementTree.SubElement(case, "error", message=plain(problem.message))
        if not report.problems:
            ElementTree.SubElement(suite, "testcase", name=clean(report), classname="warmlint")
    for each in (root, *root):
        for name, path in (("tests", ".//testcase"), ("failures", ".//failure"), ("errors", ".//error")):
            each.set(name, str(len(each.findall(path))))
    text = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=False).decode("ascii")
    stream.write(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n')


def _add(suite: ElementTree.Element, finding: Finding, report: RunReport, name: str) -> None:
    start = finding.span.start
    case = ElementTree.SubElement(
        suite,
        "testcase",
        name=f"{finding.code} {finding.name}",
        classname=name,
        file=name,
        line=str(start.row),
    )
    failure = ElementTree.SubElement(
        case, "failure", type=LEVELS[finding.severity], message=plain(finding.message)
    )
    quoted = plain(line_of(finding, report))
    advice = f"\n= {plain(finding.suggestion)}" if finding.suggestion else ""
    failure.text = f"at {name}:{start.row}:{start.column}\n> {quoted}{advice}"
