"""The rules as the site knows them: the sections of their docstrings, what their examples come to; as JSON
too."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from docs.web.examples import Example, read
from docs.web.prose import slug
from warmlint import __version__
from warmlint.finding import Applicability, Severity
from warmlint.rule import Rule, all_rules

GROUPS: Mapping[str, str] = {
    "LR0": "The curve itself",
    "LR1": "Updates and ticks",
    "LR2": "Composition and lengths",
    "LR3": "Plumbing",
    "LR4": "Libraries",
    "LR9": "Suppressions",
}
"""What the rules of a group ask about, by the start of their codes."""

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule. `sections` are the titles and the Markdown of its docstring, in order; `bad` and `good` are its
    two examples."""

    rule: Rule
    sections: Mapping[str, str]
    bad: Example
    good: Example

    @property
    def code(self) -> str:
        """The rule's code."""
        return self.rule.code

    @property
    def url(self) -> str:
        """Its page, from the site's top."""
        return f"rules/{self.code}.html"

    @property
    def severity(self) -> Severity:
        """That of its example. Severity follows cost, so another place may be told with another one."""
        if self.bad.finding is None:
            raise ValueError(f"{self.code}: its example does not fire")
        return self.bad.finding.severity

    @property
    def fix(self) -> Applicability | None:
        """How the rule's fixes may be applied; None where it offers none, which its docstring says first."""
        told = self.sections["Fix safety"]
        if told.startswith("No fix is offered"):
            return None
        fix = self.bad.finding.fix if self.bad.finding is not None else None
        if fix is not None:
            return fix.applicability
        return Applicability.UNSAFE if "unsafe" in told else Applicability.SAFE

    @property
    def same_curve(self) -> bool:
        """Whether both examples write the same curve, so that the bug is in what is done with it."""
        bad, good = (
            [(each.unit, each.scale, each.curve) for each in example.traced]
            for example in (self.bad, self.good)
        )
        return bool(bad) and bad == good


def entries() -> tuple[Entry, ...]:
    """All rules of warmlint's own, by code, with their examples linted and traced."""
    return tuple(_entry(each) for each in all_rules() if _is_own(each))


def _is_own(rule: Rule) -> bool:
    """Whether it is no plugin's: whoever builds the site may have some installed."""
    return rule.check is None or rule.check.__module__.startswith("warmlint.")


def _entry(rule: Rule) -> Entry:
    _, *parts = re.split(r"^## ", rule.explanation, flags=re.MULTILINE)
    titled = (part.partition("\n") for part in parts)
    sections = {title.strip(): body.strip() for title, _, body in titled}
    return Entry(
        rule,
        sections,
        read(_block(sections["Example"]), rule.code),
        read(_block(sections["Use instead"]), None),
    )


def _block(section: str) -> str:
    (code,) = _BLOCK.findall(f"{section}\n")
    return str(code)


def as_json(rules: tuple[Entry, ...]) -> str:
    """The catalogue. Each `url` is relative to the site's top."""
    told = {
        "version": __version__,
        "rules": [
            {
                "code": each.code,
                "name": each.rule.name,
                "summary": each.rule.summary,
                "default": each.rule.on,
                "severity": each.severity.value,
                "fix": {"available": each.fix is not None, "safety": each.fix.value if each.fix else None},
                "url": each.url,
                "sections": [
                    {"title": title, "anchor": slug(title), "markdown": body}
                    for title, body in each.sections.items()
                ],
            }
            for each in rules
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"
