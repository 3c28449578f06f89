"""Holds the fixtures to warmlint, and both to torch: what is marked, what fixes make of it, what runs."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pytest
from fixture_support import FIXTURES, ROOT, Fixture, all_fixtures, bare, by_row, findings, first_fix, fixed

from warmlint.analysis import judge
from warmlint.cli.main import run
from warmlint.expr import Scalar
from warmlint.finding import Fix
from warmlint.fixes.prove import apply
from warmlint.rule import all_rules
from warmlint.schedule.evaluate import FailureKind, outcome
from warmlint.schedule.valuations import Valuation
from warmlint.site import Site, Subject
from warmlint.source import Source

EVERY: Final = [pytest.param(each, id=each.name) for each in all_fixtures()]
BAD: Final = [pytest.param(each, id=each.name) for each in all_fixtures("bad")]
FIXED: Final = [pytest.param(each, id=each.name) for each in all_fixtures("fixed")]
LINTER: Final = ["--isolated", "--no-cache", "--select", "ALL"]


# --- markers ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reported(request: pytest.FixtureRequest) -> dict[str, dict[int, tuple[str, ...]]]:
    """What the command line says of `fixtures/`, by file and row."""
    capture = request.getfixturevalue("capsys_module") if False else None
    del capture
    from contextlib import redirect_stdout
    from io import StringIO

    out = StringIO()
    with redirect_stdout(out):
        code = run([*LINTER, "--output-format", "json", str(FIXTURES)])
    assert code == 1
    rows: dict[str, dict[int, list[str]]] = {}
    for each in json.loads(out.getvalue()):
        rows.setdefault(each["filename"], {}).setdefault(each["location"]["row"], []).append(each["code"])
    return {
        path: {row: tuple(sorted(codes)) for row, codes in found.items()} for path, found in rows.items()
    }
