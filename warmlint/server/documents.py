"""The files that an editor has open, with its own text of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from warmlint.discovery import UnreadableError
from warmlint.discovery.decode import encoding_of
from warmlint.source import Source

_MARK: Final = "\ufeff"


@dataclass(frozen=True)
class Document:
    """One open file as it was at a version; `path` is its real path, None where it has never been saved."""

    uri: str
    path: str | None
    text: str
    version: int | None

    @cached_property
    def source(self) -> Source:
        """Its text as a child decodes it."""
        return Source(self.path or "", self.text.removeprefix(_MARK))

    @property
    def mark(self) -> int:
        """The characters of its first row that are not in `source`: a byte-order mark."""
        return int(self.text.startswith(_MARK))

    @cached_property
    def data(self) -> bytes:
        """Its bytes as the editor would save them.

        A character that cannot be saved stands as a question mark: no position moves.
        """
        plain = self.text.encode("utf-8", "replace")
        try:
            encoding = encoding_of(plain)
        except UnreadableError:
            return plain  # whoever reads it will say why it cannot be read
        return plain if encoding.startswith("utf-8") else self.text.encode(encoding, "replace")


class Documents:
    """All open files, by the address that the editor gives them."""

    def __init__(self) -> None:
        self._open: dict[str, Document] = {}

    def __iter__(self) -> Iterator[Document]:
        return iter(list(self._open.values()))

    def get(self, uri: str) -> Document | None:
        """The open file at an address; None where there is none."""
        return self._open.get(uri)

    def put(self, uri: str, path: str | None, text: str, version: int | None) -> None:
        """A file has been opened."""
        self._open[uri] = Document(uri, _real(path) if path else None, text, version)

    def change(self, uri: str, text: str, version: int | None) -> None:
        """An open file has another text."""
        before = self._open.get(uri)
        if before is not None:
            self._open[uri] = replace(before, text=text, version=version)

    def remove(self, uri: str) -> Document | None:
        """A file has been closed: what is on disk counts again."""
        return self._open.pop(uri, None)

    def unsaved(self) -> dict[str, bytes]:
        """The open files by their real paths, as they stand for what is on disk."""
        return {each.path: each.data for each in self._open.values() if each.path is not None}


def _real(path: str) -> str | None:
    try:
        return os.path.realpath(path)
    except ValueError:  # a NUL in it: no file has such a name
        return None
