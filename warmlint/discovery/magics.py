"""What IPython reads and Python does not: lines of magics, of the shell and of help, put behind a comment.

Only a line that starts a statement is one of these (`% b` may go on with a division), so brackets, strings
and continued lines are followed. What is put away comes back to the byte with `shown`, whatever was done to
the lines around it; its indentation is that of the line as it then stands.

IPython's own words for them: https://ipython.readthedocs.io/en/stable/interactive/reference.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_PYTHON: Final = frozenset({"capture", "debug", "prun", "pypy", "python", "python3", "time", "timeit"})
_CELL: Final = re.compile(r"\s*%%(\w*)")
_LINE_ENDS: Final = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")
_REST: Final = r"(?:[^\r\n\\]|\\(?:\r\n|[^\r\n]|[\r\n]))*(?:\r\n|\r|\n|\Z)"  # with the lines that go on
_ASSIGNED: Final = re.compile(r"([\w.,\[\]* \t]+?)=[ \t]*(?:!|%(?=[A-Za-z]))")
_MAGIC: Final = re.compile(
    rf"[ \t]*(?![ \t])(?:[%!?/,;]|{_ASSIGNED.pattern}|%*[\w.]+\?{{1,2}}[ \t]*(?=[\r\n]|\Z)){_REST}"
)
_TOKEN: Final = re.compile(
    r"""
    \#[^\r\n]*                                                # a comment
  | [rRbBuUfFtT]{0,2}(?P<quote>\"{3}|'{3}|"|')              # where a string begins
  | \\(?:\r\n|\r|\n)                                        # a line that goes on
  | (?P<open>[(\[{]) | (?P<close>[)\]}])
  | (?P<end>\r\n|\r|\n)
    """,
    re.VERBOSE,
)
_STRINGS: Final = {
    '"""': re.compile(r'(?:[^"\\]|\\.|"(?!""))*(?:""")?', re.DOTALL),
    "'''": re.compile(r"(?:[^'\\]|\\.|'(?!''))*(?:''')?", re.DOTALL),
    '"': re.compile(r'(?:[^"\\\r\n]|\\(?:\r\n|.))*"?', re.DOTALL),
    "'": re.compile(r"(?:[^'\\\r\n]|\\(?:\r\n|.))*'?", re.DOTALL),
}


def is_python(cell: str) -> bool:
    """Whether a cell is Python, as far as its first line says: not with `%%bash` above it."""
    found = _CELL.match(cell)
    return found is None or found[1] in _PYTHON


def mark_for(text: str) -> str:
    """The comment that stands before what `hidden` puts away; `text` does not have it."""
    mark, number = "# IPython:", 1
    while mark in text:
        number += 1
        mark = f"# IPython {number}:"
    return mark


def hidden(cell: str, mark: str) -> str:
    """A cell of IPython, or a script with its lines, as Python: the same number of lines."""
    return "".join(
        _put_away(statement, mark) if is_magic else statement for statement, is_magic in _statements(cell)
    )


def shown(text: str, mark: str) -> str:
    """What `hidden` made of a text, turned back."""
    if mark not in text:
        return text
    python = r"([ \t]*)(?:pass|[^#\r\n]+?= get_ipython\(\))  "
    return re.sub(rf"^(?:{python})?{re.escape(mark)} ", r"\1", text, flags=re.MULTILINE)


def _put_away(magic: str, mark: str) -> str:
    first, *continued = filter(None, _LINE_ENDS.split(magic))
    code = first.lstrip(" \t")
    assigned = _ASSIGNED.match(code)
    python = "pass" if assigned is None else f"{assigned[1]}= get_ipython()"
    indent = first[: len(first) - len(code)]
    return f"{indent}{python}  {mark} {code}" + "".join(f"{mark} {line}" for line in continued)


def _statements(text: str) -> Iterator[tuple[str, bool]]:
    """The logical lines of a text, and of each whether it is a magic, whatever that holds."""
    start = at = depth = 0
    while start < len(text):
        if at == start and (magic := _MAGIC.match(text, start)):
            at = magic.end()
            yield text[start:at], True
            start = at
            continue
        found = _TOKEN.search(text, at)
        if found is None:
            yield text[start:], False
            return
        at = found.end()
        if found["quote"]:
            string = _STRINGS[found["quote"]].match(text, at)
            at = string.end() if string is not None else at
        elif found["open"]:
            depth += 1
        elif found["close"]:
            depth = max(depth - 1, 0)
        elif found["end"] and not depth:
            yield text[start:at], False
            start = at
