"""Places in the protocol's terms: rows from 0, and columns in the units that client and server agreed on.

warmlint counts characters from 1. The protocol counts code units, of UTF-16 unless the client knows better:
what stands before a place decides its column, and an emoji is two units there, four in UTF-8.
"""

from __future__ import annotations

from lsprotocol import types

from warmlint.finding import Edit
from warmlint.server.documents import Document
from warmlint.source import Position, Span

_CODECS = {types.PositionEncodingKind.Utf8: ("utf-8", 1), types.PositionEncodingKind.Utf32: ("utf-32-le", 4)}
_UTF_16 = ("utf-16-le", 2)


class Places:
    """The places of one document, in an encoding of the protocol."""

    def __init__(self, document: Document, encoding: types.PositionEncodingKind | str | None) -> None:
        self._document = document
        self._codec, self._bytes = _UTF_16
        for kind, codec in _CODECS.items():
            if encoding == kind:
                self._codec, self._bytes = codec

    def position(self, place: Position) -> types.Position:
        """A place as the protocol tells it; what lies beyond the end is the end."""
        source = self._document.source
        place = source.position(source.offset(place))
        before = source.line(place.row)[: place.column - 1]
        if place.row == 1 and self._document.mark:
            before = self._document.text[0] + before
        return types.Position(place.row - 1, self._units(before))

    def range(self, span: Span) -> types.Range:
        """A span as the protocol tells it."""
        return types.Range(self.position(span.start), self.position(span.end))

    def row(self, row: int) -> types.Range:
        """What stands in a row, without the blanks around it."""
        line = self._document.source.line(row)
        start = len(line) - len(line.lstrip())
        return self.range(Span(Position(row, start + 1), Position(row, max(start, len(line.rstrip())) + 1)))

    def place(self, position: types.Position) -> Position:
        """The place that the protocol tells as a position; within a character it is the one before."""
        line = self._document.source.line(position.line + 1)
        left = position.character
        if position.line == 0 and self._document.mark:
            left -= self._units(self._document.text[0])
        column = 1
        for character in line:
            left -= self._units(character)
            if left < 0:
                break
            column += 1
        return Position(position.line + 1, column)

    def edit(self, edit: Edit) -> types.TextEdit:
        """A change as the protocol tells it."""
        return types.TextEdit(self.range(edit.span), edit.content)

    def _units(self, text: str) -> int:
        return len(text.encode(self._codec, "surrogatepass")) // self._bytes
