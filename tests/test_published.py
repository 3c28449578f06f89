"""Holds the pairs of `fixtures/published`: programs before and after a pull request that mends a schedule."""

from __future__ import annotations

import ast
import re
from typing import Final

import pytest

from tests.fixture_support import FIXTURES, Fixture, by_row, findings

PUBLISHED: Final = FIXTURES / "published"
LEAST: Final = 12
PULL_REQUEST: Final = re.compile(r"\ARetells (?P<repository>[\w.-]+/[\w.-]+) PR#(?P<number>\d+) in shape\b")


def published(kind: str) -> dict[str, Fixture]:
    """The fixtures of one kind, by their stems."""
    found = map(Fixture, sorted(PUBLISHED.glob(f"{kind}_*.py")))
    return {each.stem: each for each in found}


BAD: Final = published("bad")
GOOD: Final = published("good")
each_pair: Final = pytest.mark.parametrize("stem", sorted({*BAD, *GOOD}))


def pull_request(fixture: Fixture) -> re.Match[str]:
    """What its docstring says it retells."""
    told = PULL_REQUEST.match(ast.get_docstring(ast.parse(fixture.source.text)) or "")
    assert told is not None, f"{fixture.name} names no pull request"
    return told


def test_there_are_pairs_enough_and_each_of_another_pull_request() -> None:
    assert BAD.keys() == GOOD.keys()
    assert len({pull_request(each)[0] for each in BAD.values()}) == len(BAD) >= LEAST


@each_pair
def test_both_of_a_pair_name_the_pull_request_that_they_are_named_after(stem: str) -> None:
    before, after = pull_request(BAD[stem]), pull_request(GOOD[stem])
    assert before.groups() == after.groups()
    assert stem.endswith(f"_{before['number']}")


@each_pair
def test_what_was_wrong_is_reported_where_it_is_marked(stem: str) -> None:
    reported = by_row((each.span.row, each.code) for each in findings(BAD[stem].source))
    assert reported == BAD[stem].expected
    assert reported


@each_pair
def test_nothing_is_reported_of_what_the_pull_request_left_behind(stem: str) -> None:
    assert findings(GOOD[stem].source) == ()
