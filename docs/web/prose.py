"""Markdown as HTML: with an anchor at each heading, coloured code, and rules that are spoken of as links."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

_CODE = re.compile(r"\bLR\d{3}\b")
_GUIDE = re.compile(r"^([\w-]+)\.md(?=#|$)")
_SHORT = 24
"""Code that is no longer is never broken over two lines: an option would be broken after its dashes."""


class Prose:
    """Renders Markdown for a page that stands `up` from the site's top ("" or "../")."""

    def __init__(self, codes: Collection[str], up: str = "", own: str | None = None) -> None:
        self._codes, self._up, self._own = codes, up, own
        self._markdown = MarkdownIt(
            "commonmark", {"html": False, "typographer": True, "highlight": _coloured}
        )
        self._markdown.enable(["table", "smartquotes"])
        self._markdown.core.ruler.push("links", self._links)
        self._markdown.core.ruler.push("anchors", _anchors)
        self._markdown.add_render_rule("code_inline", _code)
        self._markdown.add_render_rule("table_open", _table_open)
        self._markdown.add_render_rule("table_close", _table_close)

    def html(self, text: str) -> Markup:
        """A whole text."""
        return Markup(self._markdown.render(text))

    def line(self, text: str) -> Markup:
        """A phrase, without a paragraph around it."""
        return Markup(self._markdown.renderInline(text))

    def _links(self, state: StateCore) -> None:
        """Link the codes of rules, and make links between guides links between their pages."""
        for block in state.tokens:
            depth, children = 0, []
            for token in block.children or ():
                depth += token.nesting if token.type.startswith("link_") else 0
                if token.type == "link_open":
                    token.attrSet(
                        "href", re.sub(r"^([\w-]+)\.md(?=#|$)", r"\1.html", str(token.attrGet("href")))
                    )
                if token.type == "text" and not depth:
                    children += self._linked(token.content)
                else:
                    children.append(token)
            if block.children is not None:
                block.children = children

    def _linked(self, text: str) -> list[Token]:
        found: list[Token] = []
        end = 0
        for match in _CODE.finditer(text):
            code = match[0]
            if code in self._codes and code != self._own:
                found += [_text(text[end : match.start()]), *_link(f"{self._up}rules/{code}.html", code)]
                end = match.end()
        return [*found, _text(text[end:])]


def slug(title: str) -> str:
    """A heading as an anchor."""
    return re.sub(r"[^\w]+", "-", title.lower()).strip("-")


def coloured(code: str, language: str, marked: Collection[int] = ()) -> Markup:
    """A block of code; the rows that are `marked`, from 1, stand out."""
    return Markup(f'<pre tabindex="0"><code>{_spans(code, language, marked)}</code></pre>\n')


def _coloured(code: str, language: str, _attributes: str) -> str:
    return _spans(code, language)


def _spans(code: str, language: str, marked: Collection[int] = ()) -> str:
    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return escapeHtml(code)
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True, hl_lines=list(marked))))


def _anchors(state: StateCore) -> None:
    seen: dict[str, int] = {}
    for opening, inline in zip(state.tokens, state.tokens[1:], strict=False):
        if opening.type == "heading_open":
            name = slug("".join(each.content for each in inline.children or ()))
            seen[name] = seen.get(name, 0) + 1
            opening.attrSet("id", name if seen[name] == 1 else f"{name}-{seen[name]}")


def _code(_self: RendererHTML, tokens: Sequence[Token], at: int, *_rest: object) -> str:
    text = tokens[at].content
    kept = ' class="short"' if len(text) <= _SHORT else ""
    return f"<code{kept}>{escapeHtml(text)}</code>"


def _table_open(_self: RendererHTML, _tokens: Sequence[Token], _at: int, *_rest: object) -> str:
    return '<div class="wide" tabindex="0" role="region" aria-label="table"><table>\n'


def _table_close(_self: RendererHTML, _tokens: Sequence[Token], _at: int, *_rest: object) -> str:
    return "</table></div>\n"


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _link(address: str, text: str) -> list[Token]:
    return [Token("link_open", "a", 1, {"href": address}), _text(text), Token("link_close", "a", -1)]
