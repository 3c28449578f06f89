"""Programs written otherwise: the same Python, with other names, spacing, comments and line endings.

What is done is what Python allows of any program; that it is the same one is checked by its syntax tree.
"""

from __future__ import annotations

import ast
import io
import keyword
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Final

_DECORATED: Final = "@property\n@staticmethod\ndef unrelated(value):\n    return value\n\n\n"
_COMMENT: Final = "# note: épsilon"
_LAYOUT: Final = frozenset({tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT})
_UNTOUCHED: Final = frozenset({"self", "cls", "args", "super", "print", "range", "min", "max", "len"})


@dataclass(frozen=True)
class Style:
    """How a program is to be written; `seed` chooses the places, `often` how many of them, from 0 to 1.

    `indent` takes the place of four spaces, and `newline` of a line feed.
    """

    seed: int = 0
    often: float = 0.0
    spaces: bool = False
    breaks: bool = False
    comments: bool = False
    blanks: bool = False
    semicolons: bool = False
    decorated: bool = False
    rename: str = ""
    indent: str = "    "
    newline: str = "\n"
    final_newline: bool = True


Change = tuple[int, int, str]
"""From where to where, in the text, and what stands there instead."""


def restyled(text: str, style: Style) -> str:
    """A program, whose lines end in line feeds, in another style."""
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    random = Random(style.seed)
    changes = [
        each
        for each in sorted(
            [
                *_spacing(text, tokens, style),
                *_lines(text, tokens, style),
                *_names(text, tokens, style),
                *_indents(text, tokens, style),
            ]
        )
        if each[0] != each[1] or random.random() < style.often
    ]
    parts: list[str] = []
    done = 0
    for start, end, new in changes:
        parts += [text[done:start], new]
        done = end
    new_text = "".join([*parts, text[done:]])
    assert _shape(new_text) == _shape(text)
    if not style.final_newline:
        new_text = new_text.rstrip("\n")
    return new_text.replace("\n", style.newline)


def _shape(text: str) -> list[str]:
    """The kinds of all nodes, without those that a style adds."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        for body in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
            if isinstance(body, list):
                body[:] = [each for each in body if not _is_added(each)]
    return [type(node).__name__ for node in ast.walk(tree)]


def _is_added(node: ast.AST) -> bool:
    return isinstance(node, ast.Pass) or (isinstance(node, ast.FunctionDef) and node.name == "unrelated")


def _starts(text: str) -> list[int]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _spacing(text: str, tokens: list[tokenize.TokenInfo], style: Style) -> Iterator[Change]:
    """Blanks between tokens, and breaks and comments after commas in brackets."""
    starts, depth, quoted = _starts(text), 0, 0
    for token, following in pairwise(tokens):
        depth += (token.string in "([{") - (token.string in ")]}") if token.type == tokenize.OP else 0
        name = tokenize.tok_name[token.type]
        quoted += name.endswith("STRING_START")
        quoted -= name.endswith("STRING_END")
        if quoted or token.end[0] != following.start[0] or name in {"INDENT", "DEDENT", "NEWLINE", "NL"}:
            continue
        if following.type in {tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER, tokenize.COMMENT}:
            continue
        at = starts[token.end[0] - 1] + token.end[1]
        if style.breaks and depth and token.string == ",":
            yield at, at, f"  {_COMMENT}\n      " if style.comments else "\n   "
        elif style.spaces:
            yield at, at, "  " if following.start[1] % 2 else " "


def _lines(text: str, tokens: list[tokenize.TokenInfo], style: Style) -> Iterator[Change]:
    """Comments beside and above statements, blank lines, a second statement in a line, another function."""
    starts, rows = _starts(text), text.splitlines()
    simple = {
        (node.end_lineno, node.end_col_offset)  # counted in bytes: only lines in ASCII are asked for
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign))
    }
    begins = False  # whether the next token begins a statement; the first one is the docstring
    for before, token in pairwise(tokens):
        row = rows[token.start[0] - 1] if token.start[0] <= len(rows) else ""
        at = starts[token.start[0] - 1] + token.start[1]
        if token.type == tokenize.NEWLINE:
            if before.type == tokenize.COMMENT:
                pass
            elif style.semicolons and row.isascii() and before.end in simple and starts[1] < at:
                yield at, at, "; pass"
            elif style.comments:
                yield at, at, f"  {_COMMENT}  "
            elif style.blanks:
                yield at, at, " \t"
            begins = True
        elif begins and token.type not in _LAYOUT:
            begins = False
            line = starts[token.start[0] - 1]
            if style.decorated and _may_stand_above(text, line, token):
                yield line, line, _DECORATED
            elif style.comments:
                yield line, line, f"{text[line:at]}{_COMMENT}\n"
            elif style.blanks:
                yield line, line, " \t\n\x0c\n"


def _may_stand_above(text: str, line: int, token: tokenize.TokenInfo) -> bool:
    """Whether a function may stand above the line at `line`, which begins with `token`."""
    if token.start[1] or token.string in {"else", "elif", "except", "finally"}:
        return False
    above = text[:line].rstrip().rpartition("\n")[2]
    return not above.startswith("@") and not text.startswith("from __future__", line)


def _names(text: str, tokens: list[tokenize.TokenInfo], style: Style) -> Iterator[Change]:
    """Names that the program itself binds, and that are nothing else in it, with something at their end."""
    if not style.rename:
        return
    bound: set[str] = set()
    other: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Name(ctx=ast.Store()):
                bound.add(node.id)
            case ast.arg():
                bound.add(node.arg)
            case ast.Attribute():
                other.add(node.attr)
            case ast.keyword(arg=str()):
                other.add(str(node.arg))
            case ast.alias():
                other.add(node.asname or node.name)
            case ast.ClassDef():  # its fields are attributes elsewhere
                other |= {each.id for part in node.body for each in _targets(part)}
            case ast.JoinedStr():  # one token, before Python 3.12
                other |= {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    wanted = bound - other - _UNTOUCHED
    starts = _starts(text)
    for token in tokens:
        if token.type == tokenize.NAME and token.string in wanted and not keyword.iskeyword(token.string):
            at = starts[token.start[0] - 1] + token.start[1]
            yield at, at + len(token.string), token.string + style.rename


def _targets(statement: ast.stmt) -> Iterator[ast.Name]:
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        yield from (each for each in ast.walk(statement) if isinstance(each, ast.Name))


def _indents(text: str, tokens: list[tokenize.TokenInfo], style: Style) -> Iterator[Change]:
    """Another indentation, in the lines that do not stand in a string."""
    if style.indent == "    ":
        return
    quoted: set[int] = set()
    opened: list[int] = []
    for token in tokens:
        name = tokenize.tok_name[token.type]
        if token.type == tokenize.STRING:
            quoted.update(range(token.start[0] + 1, token.end[0] + 1))
        elif name.endswith("STRING_START"):
            opened.append(token.start[0])
        elif name.endswith("STRING_END"):
            quoted.update(range(opened.pop() + 1, token.end[0] + 1))
    starts = _starts(text)
    for row, line in enumerate(text.splitlines(), 1):
        blanks = len(line) - len(line.lstrip(" "))
        if row not in quoted and blanks >= 4:
            yield starts[row - 1], starts[row - 1] + blanks, style.indent * (blanks // 4) + " " * (blanks % 4)
