"""Public reports: what is told of loops, lengths, resumes and libraries, fixtures retell from real code.

Whether a report has the shape of its fixture no test can tell: whoever names one has read it.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import Final

import pytest

from tests.fixture_support import all_fixtures
from warmlint.rule import all_rules

_LEAST: Final = 5
"""How many bad fixtures of each rule name a report."""

_CODES: Final = [rule.code for rule in all_rules() if "LR101" <= rule.code <= "LR405"]

_FEWER: Final = {"LR108": 3, "LR201": 3, "LR207": 3}
"""How many do at least, of the rules of which no more public reports were found."""

_REPO: Final = r"(?<![\w./-])[A-Za-z0-9][\w-]*/[A-Za-z0-9_][\w.-]*"
_FILE: Final = r"(?:[\w.-]+/)*[\w-]+\.(?:py|ipynb)\b"
_NAMED: Final = re.compile(
    rf"{_REPO}(?: PR)?#[1-9]\d*\b"  # an issue or a pull request
    rf"|{_REPO},? (?:\w+ ){{0,4}}`?{_FILE}|{_FILE}`? in {_REPO}"  # a file of a public repository
    r"|https://[\w-]+(?:\.[\w-]+)+/[^\s`]+"  # a page
)


def _reports(docstring: str) -> list[str]:
    """The reports that a docstring names, wherever its lines are broken."""
    return [match[0] for match in _NAMED.finditer(" ".join(docstring.split()))]


def _named() -> Counter[str]:
    """How many bad fixtures of each rule name a report."""
    found = Counter[str]()
    for fixture in all_fixtures("bad"):
        docstring = ast.get_docstring(ast.parse(fixture.source.text)) or ""
        if fixture.code is not None and _reports(docstring):
            found[fixture.code] += 1
    return found


_NAMED_BY_RULE: Final = _named()


@pytest.mark.parametrize("code", _CODES)
def test_a_rule_has_real_shapes(code: str) -> None:
    assert _NAMED_BY_RULE[code] >= _FEWER.get(code, _LEAST)


@pytest.mark.parametrize(
    "docstring",
    [
        "Retells owner/repo#12 in shape: a tick too many.",
        "Retells owner/a-repo.py PR#12: a tick too few.",
        "Seen in owner/repo, `train.py`: a tick too few.",
        "A tick too few, as in owner/repo,\n`src/train/main_loop.py`.",
        "A tick too few, as owner/repo had it in train.py.",
        "As src/train.py in owner/repo has it.",
        "After https://discuss.pytorch.org/t/a-question/12: which is it?",
    ],
)
def test_a_report_is_named(docstring: str) -> None:
    assert _reports(docstring)


@pytest.mark.parametrize(
    "docstring",
    [
        "A tick too many.",
        "Retells repo#12, or repo PR#12.",
        "Retells owner/repo in shape.",
        "Retells owner/repo#0, and owner/repo#many.",
        "The and/or of it is 1/2, in the loop.",
        "As `train.py` of a public repository has it.",
        "See https://pytorch.org.",
    ],
)
def test_a_report_is_not_named(docstring: str) -> None:
    assert not _reports(docstring)
