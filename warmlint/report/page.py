"""Lines of styled text, and what they are written on: the one place that knows terminals' limits.

Text that comes from outside passes through `visible` before it is put into a line. What a line says is
for the formats; how a tone looks in colour is for `warmlint.report.terminal`.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TextIO

PLAIN_WIDTH = 100
_NARROWEST, _WIDEST = 40, 120
_TAB = 4
_DRAWN = "│┤⣿×…▁█"
# `##vso[…]` of Azure Pipelines, `##[…]` of both Azure Pipelines and GitHub.
_COMMAND = re.compile(r"##(\[|vso\[)", re.IGNORECASE)
# What stands in for our own typography where an encoding lacks it; all else is escaped.
_STAND_INS = {"×": "x", "…": "...", "–": "-", "—": "-", "→": "->", "≤": "<=", "≥": ">=", "’": "'"}


class Tone(Enum):
    """How a piece of text should feel; the value is rich's name for the look of it."""

    PLAIN = ""
    STRONG = "bold"
    FAINT = "dim"
    ERROR = "bold red"
    WARNING = "bold yellow"
    NOTE = "bold cyan"
    BAD = "red"
    GOOD = "green"
    BETTER = "bold green"


class Piece(NamedTuple):
    """A run of text in one tone."""

    text: str
    tone: Tone = Tone.PLAIN


Line = tuple[Piece, ...]
EMPTY: Line = ()


@dataclass(frozen=True, slots=True)
class Medium:
    """What lines are written on: how wide it is, whether it has colours, which characters it takes."""

    width: int = PLAIN_WIDTH
    colour: bool = False
    encoding: str = "utf-8"

    @classmethod
    def of(
        cls,
        stream: TextIO,
        width: int | None = None,
        colour: bool | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> Medium:
        """What `stream` is, unless told otherwise.

        `colour` wins over NO_COLOR, that over FORCE_COLOR, and that over what kind of terminal it is."""
        terminal = stream.isatty()
        if colour is None:
            forced = environ.get("FORCE_COLOR", "") not in ("", "0")
            colour = not environ.get("NO_COLOR") and (forced or (terminal and environ.get("TERM") != "dumb"))
        if width is None:
            width = _terminal_width(stream, environ) if terminal else PLAIN_WIDTH
        return cls(min(max(width, _NARROWEST), _WIDEST), colour, getattr(stream, "encoding", None) or "utf-8")

    @property
    def unicode(self) -> bool:
        """Whether the drawing characters can be written."""
        return encodable(_DRAWN, self.encoding)


def _terminal_width(stream: TextIO, environ: Mapping[str, str]) -> int:
    columns = environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and len(columns) < 6:
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or PLAIN_WIDTH
    except (OSError, ValueError):
        return PLAIN_WIDTH


def encodable(text: str, encoding: str) -> bool:
    """Whether `text` can be written in `encoding`."""
    try:
        text.encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def visible(text: str, medium: Medium) -> str:
    """`text` with all that would steer a terminal, hide or reorder what is shown, made visible.

    That is every character that Python calls unprintable: controls, escapes, bidirectional overrides,
    zero-width marks, lone surrogates, strange spaces; and what CI systems obey wherever it stands in a line.
    """
    if "##" in text:
        text = _COMMAND.sub(r"#\\x23\1", text)
    if text.isprintable() and (text.isascii() or medium.unicode):
        return text
    return "".join(map(_Shown(medium.encoding).__getitem__, text))


class _Shown(dict[str, str]):
    """How each character is shown in an encoding, remembered."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    def __missing__(self, character: str) -> str:
        if character.isprintable() and encodable(character, self._encoding):
            shown = character
        elif character in _STAND_INS:
            shown = _STAND_INS[character]
        else:
            shown = character.encode("unicode_escape").decode("ascii")
        self[character] = shown
        return shown


def cells(text: str) -> int:
    """How many columns of a terminal visible `text` takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cells(character: str) -> int:
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    # Vowels and finals of a decomposed Hangul syllable join the square of its first letter.
    return 0 if unicodedata.category(character) in ("Mn", "Me") or "\u1160" <= character <= "\u11ff" else 1


def length(line: Line) -> int:
    """How many columns `line` takes."""
    return sum(cells(piece.text) for piece in line)


def plain(line: Line) -> str:
    """`line` without its tones."""
    return "".join(piece.text for piece in line).rstrip()


def wrap(text: str, width: int) -> list[str]:
    """Break visible `text` at spaces so that lines keep within `width` where a word allows it."""
    lines: list[str] = []
    used = width
    for word in text.split():
        wide = cells(word)
        if used + 1 + wide > width:
            lines.append(word)
            used = wide
        else:
            lines[-1] += f" {word}"
            used += 1 + wide
    return lines


def beside(left: Sequence[Line], right: Sequence[Line], gap: int) -> list[Line]:
    """Set two blocks of lines side by side."""
    column = max(map(length, left), default=0) + gap
    rows = max(len(left), len(right))
    joined: list[Line] = []
    for row in range(rows):
        first = left[row] if row < len(left) else EMPTY
        second = right[row] if row < len(right) else EMPTY
        joined.append((*first, Piece(" " * (column - length(first))), *second))
    return joined


class Excerpt(NamedTuple):
    """A line of source made fit to show: what stands before a stretch, the stretch, and what follows."""

    before: str
    marked: str
    after: str


def excerpt(text: str, start: int, end: int, room: int, medium: Medium, slack: int = 0) -> Excerpt:
    """Show line `text` in `room` columns, cut around the characters from `start` up to `end`.

    `slack` keeps as many columns free after the line as another one, set above or below it, is longer.
    """
    shown: list[str] = []
    widths: list[int] = []
    seen = _Shown(medium.encoding)
    column = 0
    for character in text:
        part = " " * (_TAB - column % _TAB) if character == "\t" else seen[character]
        shown.append(part)
        widths.append(cells(part))
        column += widths[-1]

    start = min(max(start, 0), len(shown))
    end = min(max(end, start), len(shown))
    first, last = 0, len(shown)
    head = tail = ""
    if column + slack > room:
        dots = "…" if medium.unicode else "..."
        # A quarter of the room shows what leads up to the stretch, the rest is the stretch's own.
        room = max(room - 2 * len(dots), 1)
        first = start
        used = 0
        while first > 0 and used + widths[first - 1] <= room // 4:
            first -= 1
            used += widths[first]
        last = start
        while last < len(shown) and used + widths[last] <= room:
            used += widths[last]
            last += 1
        while first > 0 and used + slack + widths[first - 1] <= room:
            first -= 1
            used += widths[first]
        head = dots if text[:first].strip() else ""
        tail = dots if last < len(shown) else ""
        end = min(end, last)
    return Excerpt(
        head + "".join(shown[first:start]), "".join(shown[start:end]), "".join(shown[end:last]) + tail
    )


def _no_command(line: Line) -> Line:
    """The line, such that no CI system takes it for a command; one may arise where two pieces meet."""
    if _COMMAND.search(plain(line)):
        return tuple(Piece(piece.text.replace("#", "\\x23"), piece.tone) for piece in line)
    if not plain(line).lstrip().startswith("::"):
        return line
    number = next(number for number, piece in enumerate(line) if piece.text.strip())
    piece = line[number]
    return (*line[:number], Piece(piece.text.replace(":", "\\x3a", 1), piece.tone), *line[number + 1 :])


def write(lines: Iterable[Line], stream: TextIO, medium: Medium) -> None:
    """Write `lines` to `stream`, in colour where `medium` has it."""
    lines = map(_no_command, lines)
    if medium.colour:
        from warmlint.report.terminal import paint

        paint(lines, stream)
    else:
        stream.writelines(f"{plain(line)}\n" for line in lines)
