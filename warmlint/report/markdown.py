"""Markdown laid out and coloured, through rich; for terminals, and only for text of warmlint's own.

Apart from `warmlint.report.terminal`, since rich's Markdown costs more than all the rest of rich.
"""

from __future__ import annotations

from typing import ClassVar, TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement
from rich.syntax import Syntax
from rich.theme import Theme

from warmlint.report.terminal import console


class _Heading(Heading):
    """A heading at the left margin, where some of rich's versions centre it."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.text.justify = "left"
        yield self.text


class _Code(CodeBlock):
    """Code set in by two columns, without empty lines of its own."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Syntax(str(self.text).rstrip(), self.lexer_name, theme=self.theme, padding=(0, 2))


class _Markdown(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _Heading,
        "fence": _Code,
        "code_block": _Code,
    }


_THEME = Theme({"markdown.h2": "bold", "markdown.code": "cyan", "markdown.item.bullet": "dim"})


def paint_markdown(text: str, stream: TextIO, width: int) -> None:
    """Write Markdown laid out and coloured."""
    page = console(stream, width)
    page.push_theme(_THEME)
    page.print(_Markdown(text, code_theme="ansi_dark"))
