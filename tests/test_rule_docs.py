"""Holds the docstring of each rule, its only documentation, to its word; and asks for its fixtures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from tests.fixture_support import FIXTURES, PUBLISHED, TUTORIAL, all_fixtures, findings
from warmlint.rule import Rule, all_rules
from warmlint.source import Source

SECTIONS: Final = (
    "What it does",
    "Why is this bad?",
    "Example",
    "Use instead",
    "Fix safety",
    "What it cannot see",
)
OPTIONAL: Final = "References"

each_rule = pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.code) for rule in all_rules()])


@dataclass(frozen=True)
class Page:
    """The parts of a rule's docstring: the sentence at its head, and its sections in order."""

    head: str
    sections: dict[str, str]

    def code(self, title: str) -> str:
        """The one block of code in a section."""
        blocks = re.findall(r"^```python\n(.*?)^```$", self.sections[title], re.MULTILINE | re.DOTALL)
        assert len(blocks) == 1
        return str(blocks[0])


def page_of(rule: Rule) -> Page:
    head, *parts = re.split(r"^## ", rule.explanation, flags=re.MULTILINE)
    titled = (part.partition("\n") for part in parts)
    return Page(head.strip(), {title.strip(): body.strip() for title, _, body in titled})


def codes_of(code: str) -> list[str]:
    """The codes that are reported of a program."""
    return [each.code for each in findings(Source("example.py", code))]


@each_rule
def test_the_sections_are_all_there_and_in_order(rule: Rule) -> None:
    titles = list(page_of(rule).sections)
    assert titles in (list(SECTIONS), [*SECTIONS, OPTIONAL])


@each_rule
def test_no_section_is_empty(rule: Rule) -> None:
    page = page_of(rule)
    assert all(page.sections.values())
    assert page.head.endswith(".")
    assert "\n" not in page.head


@each_rule
def test_the_example_fires_and_nothing_else_does(rule: Rule) -> None:
    assert codes_of(page_of(rule).code("Example")) == [rule.code]


@each_rule
def test_what_to_use_instead_is_clean(rule: Rule) -> None:
    assert codes_of(page_of(rule).code("Use instead")) == []


@each_rule
def test_references_are_links(rule: Rule) -> None:
    references = page_of(rule).sections.get(OPTIONAL, "- https://none.example")
    for line in references.splitlines():
        assert re.match(r"- https://\S+", line)


@each_rule
def test_codes_and_names_are_spelled_as_they_should_be(rule: Rule) -> None:
    assert re.fullmatch(r"LR\d{3}", rule.code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name)


def test_codes_and_names_are_unique() -> None:
    rules = all_rules()
    assert len({rule.code for rule in rules}) == len({rule.name for rule in rules}) == len(rules)


# --- their fixtures ----------------------------------------------------------------------------------


def folder_of(rule: Rule) -> str:
    return f"{rule.code.lower()}_{rule.name.replace('-', '_')}"


@each_rule
def test_every_rule_has_a_bad_and_a_good_fixture(rule: Rule) -> None:
    kinds = {each.kind for each in all_fixtures() if each.path.parent.name == folder_of(rule)}
    assert {"bad", "good"} <= kinds


def test_every_folder_of_fixtures_is_a_rules_or_one_of_those_without() -> None:
    known = {*map(folder_of, all_rules()), TUTORIAL, PUBLISHED}
    assert set(_folders()) == known


def _folders() -> Iterator[str]:
    for each in FIXTURES.iterdir():
        if each.is_dir() and each.name != "__pycache__":
            yield each.name
