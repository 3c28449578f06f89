"""Fixes hold however the code is written: each that is offered parses, cures, adds nothing, and touches
nothing that it does not name. The programs are the fixtures that warmlint fixes, written otherwise."""

from __future__ import annotations

import ast
from codecs import BOM_UTF8
from collections import Counter
from typing import Final
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st

from tests.fixture_support import Fixture, all_fixtures, findings
from tests.restyle import Style, restyled
from warmlint.discovery.decode import encoding_of, text_of
from warmlint.finding import Edit, Finding
from warmlint.fixes.apply import apply
from warmlint.fixes.encode import encode
from warmlint.rule import all_rules
from warmlint.source import Position, Source

FIXABLE: Final = [each for each in all_fixtures("bad") if each.fixed.path.exists()]
EXAMPLES: Final = 2
"""Of each fixture: the first that hypothesis draws is in every style at once, the second is any."""
LEAST_KEPT: Final = 0.8
"""So many of the fixes that fixtures have must still be offered when they are written otherwise."""

NOTED: Final = {each.code for each in all_rules() if not each.on}

UTF8, MARKED, LATIN = "utf-8", "utf-8-sig", "latin-1"


EVERYTHING: Final = Style(
    seed=6, often=0.5, spaces=True, breaks=True, comments=True, blanks=True, decorated=True,
    rename="_2", indent="\t", newline="\r\n",
)  # fmt: skip

_SWITCH: Final = st.sampled_from([True, False])
STYLES: Final = st.builds(
    Style,
    seed=st.integers(0, 2**16),
    often=st.sampled_from([0.5, 0.2, 1.0, 0.0]),
    spaces=_SWITCH,
    breaks=_SWITCH,
    comments=_SWITCH,
    blanks=_SWITCH,
    semicolons=st.booleans(),
    decorated=_SWITCH,
    rename=st.sampled_from(["_2", "", "_", "_of_run"]),
    indent=st.sampled_from(["\t", "    ", "  ", "        "]),
    newline=st.sampled_from(["\r\n", "\n", "\r"]),
    final_newline=st.booleans(),
)


def written(fixture: Fixture, style: Style, encoding: str = UTF8) -> bytes:
    """A file in which a fixture's program is written in another style."""
    head = f"# -*- coding: latin-1 -*-{style.newline}" if encoding == LATIN else ""
    return (head + restyled(fixture.bare.text, style)).encode(encoding, "replace")


def fixable(source: Source) -> list[Finding]:
    return [each for each in findings(source) if each.fix is not None]


def with_edits(data: bytes, encoding: str, edits: tuple[Edit, ...]) -> bytes:
    """The bytes of a file in which nothing but the edits' own bytes is another: worked out on bytes, and not
    on text as `apply` does it."""
    rows = data.removeprefix(BOM_UTF8).splitlines(keepends=True)
    mark = len(data) - sum(map(len, rows))

    def offset(at: Position) -> int:
        before = rows[at.row - 1].decode(encoding)[: at.column - 1] if at.row <= len(rows) else ""
        return mark + sum(map(len, rows[: at.row - 1])) + len(before.encode(encoding))

    for edit in sorted(edits, key=lambda edit: edit.span, reverse=True):
        start, end = offset(edit.span.start), offset(edit.span.end)
        data = data[:start] + edit.content.encode(encoding) + data[end:]
    return data


@pytest.mark.parametrize("fixture", [pytest.param(each, id=each.name) for each in FIXABLE])
def test_each_fix_parses_cures_adds_none_and_touches_nothing_else(fixture: Fixture) -> None:
    @seed(crc32(fixture.name.encode()))  # other styles for each fixture, and the same in each run
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STYLES, st.sampled_from([MARKED, UTF8, LATIN]))
    def check(style: Style, encoding: str) -> None:
        data = written(fixture, style, encoding)
        source = Source(str(fixture.path), text_of(data))
        note(source.text)
        before = Counter(each.code for each in findings(source))
        for finding in fixable(source):
            assert finding.fix is not None
            note(str(finding.fix.edits))
            after = apply(source, finding.fix.edits)
            ast.parse(after.text)
            left = Counter(each.code for each in findings(after))
            for code in NOTED:  # a note of a rule that is off by default may be new
                left.pop(code, None)
            assert left <= before - Counter([finding.code])
            plain = encoding_of(data).removesuffix("-sig")
            assert encode("a.py", after.text, data) == with_edits(data, plain, finding.fix.edits)

    check()


def test_most_fixes_are_still_offered() -> None:
    before = after = 0
    for fixture in FIXABLE[::3]:
        before += len(fixable(fixture.bare))
        after += len(fixable(Source(str(fixture.path), text_of(written(fixture, EVERYTHING)))))
    assert after >= LEAST_KEPT * before, f"{after} of {before}"
