"""A table in Markdown, for the summary of a CI job or a comment on a change."""

from __future__ import annotations

from typing import TextIO

from warmlint.finding import Finding
from warmlint.outcome import RunReport, clean, count, is_clean
from warmlint.report import RenderOptions
from warmlint.report.machine import LEVELS, plain, relative


def render(report: RunReport, stream: TextIO, options: RenderOptions) -> None:
    """Write a heading, a row for each finding of `report`, and a line for what could not be linted."""
    if is_clean(report):
        stream.write(f"### warmlint\n\n{clean(report)}\n")
        return
    stream.write(f"### warmlint: {count(len(report.findings), 'finding')}\n\n")
    if report.findings:
        stream.write("| where | rule | | what is wrong | what to do |\n|---|---|---|---|---|\n")
        stream.writelines(_row(finding, options) + "\n" for finding in report.findings)
    stream.writelines(f"\n- {_cell(f'{each.path}: {each.message}')}\n" for each in report.problems)


def _row(finding: Finding, options: RenderOptions) -> str:
    place = _cell(f"{relative(finding.path)}:{finding.span.start.row}")
    rule, url = _cell(f"{finding.code} {finding.name}"), options.url_for(finding.code, finding.name)
    linked = rule if url is None else f"[{rule}]({url})"
    cells = (place, linked, LEVELS[finding.severity], _cell(finding.message), _cell(finding.suggestion or ""))
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """Text as it stands, whatever Markdown or HTML would make of it; pieces in backticks are code."""
    return "".join(
        f"<code>{_escaped(piece)}</code>" if number % 2 else _escaped(piece)
        for number, piece in enumerate(_pieces(plain(text)))
    )


def _pieces(text: str) -> list[str]:
    """Text, code, text …: split at backticks, where they come in pairs."""
    pieces = text.split("`")
    return pieces if len(pieces) % 2 else [text]


def _escaped(text: str) -> str:
    # As numbers, since a backslash means nothing within `<code>`, and ends no cell.
    return "".join(each if each.isalnum() or each in " .,:;/=+-()" else f"&#{ord(each)};" for each in text)
