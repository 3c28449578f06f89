"""What rules say of themselves: the page of one, and the list of all.

The registry is no business of this room: rules come here as plain data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from typing import TextIO

from warmlint.report.page import EMPTY, Line, Medium, Piece, Tone, cells, visible, wrap, write


@dataclass(frozen=True, slots=True)
class RulePage:
    """A rule as users read of it. `docstring` is its module's; `default` is whether it is on unasked;
    `distribution` names the plugin that brings it, None for warmlint's own."""

    code: str
    name: str
    docstring: str
    default: bool = True
    distribution: str | None = None

    @property
    def marks(self) -> str:
        """What sets it apart from the others, in brackets; mostly nothing."""
        told = [] if self.default else ["off by default"]
        told += [f"from {self.distribution}"] if self.distribution else []
        return f" ({', '.join(told)})" if told else ""

    @property
    def explanation(self) -> str:
        """The docstring as Markdown, without the indentation of the source."""
        return cleandoc(self.docstring)

    @property
    def summary(self) -> str:
        """The first sentence, without its full stop."""
        first = self.explanation.split("\n\n", 1)[0]
        return " ".join(first.split()).removesuffix(".")


def write_rule(page: RulePage, stream: TextIO, medium: Medium) -> None:
    """Write the page of one rule: as Markdown that is laid out in colour, or as it stands."""
    if medium.colour:
        from warmlint.report.markdown import paint_markdown

        title = (Piece(f"{page.code} {page.name}", Tone.NOTE), Piece(visible(page.marks, medium), Tone.FAINT))
        write((title, EMPTY), stream, medium)
        paint_markdown(page.explanation, stream, medium.width)
    else:
        text = f"# {page.code} {page.name}{page.marks}\n\n{page.explanation}"
        stream.writelines(f"{visible(line, medium)}\n" for line in text.split("\n"))


def write_rules(pages: Sequence[RulePage], stream: TextIO, medium: Medium) -> None:
    """Write the list of rules: code, name and summary in columns."""
    column = max((cells(page.name) for page in pages), default=0)
    write((line for page in pages for line in _row(page, column, medium)), stream, medium)


def _row(page: RulePage, column: int, medium: Medium) -> Iterable[Line]:
    tone = Tone.STRONG if page.default else Tone.FAINT
    margin = len(page.code) + column + 4
    first, *rest = wrap(visible(page.summary + page.marks, medium), max(medium.width - margin, 30)) or [""]
    text = Tone.PLAIN if page.default else Tone.FAINT
    yield (
        Piece(page.code, tone),
        Piece(f"  {page.name}{' ' * (column - cells(page.name))}  ", text),
        Piece(first, text),
    )
    for line in rest:
        yield (Piece(" " * margin + line, text),)


def write_rules_json(pages: Iterable[RulePage], stream: TextIO) -> None:
    """Write rules as one array of objects."""
    from warmlint.report.json import dump

    dump(
        [
            {
                "code": page.code,
                "name": page.name,
                "summary": page.summary,
                "explanation": page.explanation,
                "default": page.default,
                "distribution": page.distribution,
            }
            for page in pages
        ],
        stream,
    )
