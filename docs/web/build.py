"""Puts the pages together and writes them: the index, a page a rule, the guides, the catalogue as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from shutil import copyfile
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from docs.web.catalogue import GROUPS, Entry, as_json, entries
from docs.web.examples import finding_of
from docs.web.figures import before_and_after, figures, thumbnail
from docs.web.prose import Prose, coloured, slug
from warmlint import __version__
from warmlint.report.machine import HOME

_HERE: Final = Path(__file__).resolve().parent
GUIDES: Final = _HERE.parent / "pages"
"""Where the guides stand as Markdown."""

ORDER: Final = (
    *("proven", "suppressing", "settings", "options", "formats", "ci", "pre-commit"),
    *("baselines", "notebooks", "flake8", "editors", "plugins"),
)
"""The guides in the order in which they are listed."""

_FRONT: Final = _HERE.parent.parent / "fixtures" / "lr003_uncapped_warmup" / "bad_readme.py"
"""The program whose finding stands on the front page: the one that README shows."""


@dataclass(frozen=True, slots=True)
class Guide:
    """A page of prose. `lead` is its first paragraph, and what the index says of it."""

    name: str
    title: str
    lead: str
    body: str

    @property
    def url(self) -> str:
        """Its page, from the site's top."""
        return f"{self.name}.html"


def build(out: Path) -> list[Path]:
    """Write the site to the folder `out`, and tell what was written. Raises OSError where it cannot be."""
    written = []
    for name, text in pages().items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    for name in ("style.css", "icon.svg"):
        written.append(out / name)
        copyfile(_HERE / name, out / name)
    return written


def pages() -> dict[str, str]:
    """Every text of the site, by its path from the site's top."""
    rules, guides = entries(), tuple(map(_guide, ORDER))
    templates = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals.update(guides=guides, version=__version__, home=HOME)
    codes = frozenset(each.code for each in rules)

    def page(template: str, name: str, up: str = "", **more: object) -> str:
        def current(other: str) -> Markup:
            return Markup(' aria-current="page"' if other == name else "")

        prose = Prose(codes, up, own=name)
        return templates.get_template(template).render(up=up, prose=prose, current=current, **more)

    found = {
        "index.html": page("index.html", "index", groups=_groups(rules), front=_front(), thumbnail=thumbnail)
    }
    for guide in guides:
        found[guide.url] = page("guide.html", guide.name, guide=guide)
    for before, entry, after in zip((None, *rules), rules, (*rules[1:], None), strict=False):
        bad, good = figures(entry)
        found[entry.url] = page(
            "rule.html",
            entry.code,
            up="../",
            entry=entry,
            group=GROUPS[entry.code[:3]],
            bad=bad,
            good=good,
            codes=_codes(entry),
            slug=slug,
            references=_references(entry),
            before=before,
            after=after,
        )
    found["rules.json"] = as_json(rules)
    return found


def _guide(name: str) -> Guide:
    text = (GUIDES / f"{name}.md").read_text(encoding="utf-8")
    match = re.fullmatch(r"# ([^\n]+)\n\n(.+?)\n\n(.+)", text, re.DOTALL)
    if match is None:
        raise ValueError(f"{name}.md: a guide is a title, a first paragraph and what follows it")
    return Guide(name, match[1], match[2], match[3])


def _groups(rules: tuple[Entry, ...]) -> Mapping[str, list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    for entry in rules:
        groups.setdefault(GROUPS[entry.code[:3]], []).append(entry)
    return groups


def _front() -> dict[str, object]:
    finding = finding_of(_FRONT.read_text(encoding="utf-8"), "LR003")
    if finding is None:
        raise ValueError(f"{_FRONT.name} no longer shows what the front page tells")
    return {"finding": finding, "chart": before_and_after(finding)}


def _codes(entry: Entry) -> dict[str, str]:
    """The code of both examples; the rows that only one of them has stand out."""
    bad, good = entry.bad.code.splitlines(), entry.good.code.splitlines()
    changes = [each for each in SequenceMatcher(None, bad, good, False).get_opcodes() if each[0] != "equal"]
    return {
        "Example": coloured(
            entry.bad.code, "python", [row + 1 for each in changes for row in range(each[1], each[2])]
        ),
        "Use instead": coloured(
            entry.good.code, "python", [row + 1 for each in changes for row in range(each[3], each[4])]
        ),
    }


def _references(entry: Entry) -> Iterator[tuple[str, str, str]]:
    """The address of each reference, the words for it, and what is said of it."""
    for told in re.split(r"^- ", entry.sections.get("References", ""), flags=re.MULTILINE)[1:]:
        address = re.split(r"[\s,]", told, maxsplit=1)[0]
        yield address, _words(address), " ".join(told.removeprefix(address).split())


def _words(address: str) -> str:
    """An address as people say it: what stands behind the scheme, or the thread of a repository."""
    words = re.sub(r"^https://(www\.)?", "", address).removesuffix("/")
    thread = re.fullmatch(r"github\.com/([^/]+/[^/]+)/(pull|issues)/(\d+)", words)
    return f"{thread[1]} #{thread[3]}" if thread else words
