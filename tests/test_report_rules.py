from __future__ import annotations

import io
import json
import re
from textwrap import dedent

import pytest

from warmlint.report.page import Medium
from warmlint.report.rules import RulePage, write_rule, write_rules, write_rules_json

ZERO = RulePage(
    "LR001",
    "zero-first-update",
    """The first update
    runs at LR 0.

    ## What it does
    Finds `0 / warmup_steps`.

    ## Example
    ```python
    LambdaLR(optimizer, lambda step: step / 5)
    ```
    """,
)
LIBRARY = RulePage("LR406", "library-zero-first-update", "A library's own schedule starts at LR 0.", False)


def shown(write, *arguments: object, colour: bool = False, width: int = 70) -> str:
    stream = io.StringIO()
    write(*arguments, stream, Medium(width, colour))
    return stream.getvalue()


def test_a_page_is_markdown_where_there_is_no_colour():
    assert shown(write_rule, ZERO) == dedent(
        """\
        # LR001 zero-first-update

        The first update
        runs at LR 0.

        ## What it does
        Finds `0 / warmup_steps`.

        ## Example
        ```python
        LambdaLR(optimizer, lambda step: step / 5)
        ```
        """
    )


def test_a_page_is_laid_out_where_there_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = shown(write_rule, ZERO, colour=True)
    assert "\x1b[" in coloured
    bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    lines = [line.rstrip() for line in bare.splitlines()]
    assert lines == [
        "LR001 zero-first-update",
        "",
        "The first update runs at LR 0.",
        "",
        "What it does",
        "",
        "Finds 0 / warmup_steps.",
        "",
        "Example",
        "",
        "  LambdaLR(optimizer, lambda step: step / 5)",
    ]


def test_the_list_is_in_columns():
    assert shown(write_rules, [ZERO, LIBRARY]) == dedent(
        """\
        LR001  zero-first-update          The first update runs at LR 0
        LR406  library-zero-first-update  A library's own schedule starts at
                                          LR 0 (off by default)
        """
    )
    assert shown(write_rules, []) == ""


def test_rules_as_json():
    stream = io.StringIO()
    write_rules_json([ZERO, LIBRARY], stream)
    zero, library = json.loads(stream.getvalue())
    assert zero.keys() == {"code", "name", "summary", "explanation", "default", "distribution"}
    assert zero["summary"] == "The first update runs at LR 0"
    assert zero["explanation"].splitlines()[3] == "## What it does"
    assert [zero["default"], library["default"]] == [True, False]
