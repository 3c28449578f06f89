"""When open files are linted: soon after they change, and when a file changes that they import from.

What is said of an older text is never told: a newer one cancels the task that waits for it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

from warmlint.config import ConfigError, Settings
from warmlint.finding import Edit
from warmlint.linted import Drawn, Linted
from warmlint.server.documents import Document, Documents
from warmlint.server.engine import Engine

QUIET: Final = 0.2
"""Seconds without a change after which a file is linted that is being typed."""


@dataclass(frozen=True)
class Result:
    """What was said of one text, under some settings. `silencing` remembers how its findings are silenced,
    by their number."""

    document: Document
    settings: Settings
    linted: Linted
    asked: frozenset[str]
    silencing: dict[int, Edit | None] = field(default_factory=dict)


class Session:
    """The open files of one editor, and what is said of each.

    `publish` is told each new result, and a document with None once nothing is to be said of it; `refresh`,
    that curves may have changed in files that have not; `complain`, what is wrong with the settings, or with
    the server itself.
    """

    def __init__(
        self,
        engine: Engine,
        publish: Callable[[Document, Result | None], None],
        refresh: Callable[[], None],
        complain: Callable[[str], None],
    ) -> None:
        self.documents = Documents()
        self.folders: list[str] = []
        self._engine = engine
        self._publish = publish
        self._refresh = refresh
        self._complain = complain
        self._results: dict[str, Result] = {}
        self._settled: dict[str, Document] = {}
        self._faults: dict[str, str] = {}
        self._linting: dict[str, asyncio.Task[None]] = {}
        self._drawing: dict[str, asyncio.Task[Drawn]] = {}

    def changed(self, uri: str, delay: float = QUIET) -> None:
        """A document has a text that nothing was said of yet."""
        document = self.documents.get(uri)
        if document is None:
            return
        self._lint(uri, delay)
        if document.path is not None:
            self._lint_users(document.path, uri, delay)

    def changed_on_disk(self, path: str) -> None:
        """Another program has changed a file."""
        self._lint_users(os.path.realpath(path), "", QUIET)

    def changed_around(self) -> None:
        """Settings have changed, or which files there are: that may concern every document."""
        for document in self.documents:
            self._lint(document.uri, QUIET)
        self._refresh()

    def closed(self, uri: str) -> None:
        """The editor has closed a document: of it nothing is said any more."""
        self._cancel(uri)
        self._results.pop(uri, None)
        self._settled.pop(uri, None)
        self._faults.pop(uri, None)
        document = self.documents.remove(uri)
        if document is not None:
            self._publish(document, None)
            if document.path is not None:
                self._lint_users(document.path, uri, 0)

    async def result(self, uri: str) -> Result | None:
        """What is said of the text that a document has now."""
        document = self.documents.get(uri)
        if document is not None and self._settled.get(uri) is not document:
            self._lint(uri, 0)
        while task := self._linting.get(uri):
            await asyncio.wait([task])
        return self._results.get(uri)

    async def drawn(self, uri: str) -> Drawn:
        """The curves of the text that a document has now."""
        task = self._drawing.get(uri)
        if task is None:
            task = self._drawing[uri] = asyncio.create_task(self._draw(uri))
        return await asyncio.shield(task)  # somebody else may wait for the same

    async def fixed(self, uri: str) -> str | None:
        """The text that the safe fixes make of a document; None where there are none."""
        document = self.documents.get(uri)
        settings = self._settings_for(document)
        if document is None or settings is None:
            return None
        linted = await self._engine.lint(document, settings, self.documents.unsaved(), fix=True)
        return None if linted.mended is None else linted.mended.text

    async def silencing(self, result: Result, number: int) -> Edit | None:
        """How one finding of a result is silenced."""
        if number not in result.silencing:
            finding = result.linted.report.findings[number]
            result.silencing[number] = await self._engine.silence(result.document, finding)
        return result.silencing[number]

    def _lint_users(self, path: str, but: str, delay: float) -> None:
        """Lint the documents that have looked into a file, or may be doing so right now."""
        users = [
            document.uri
            for document in self.documents
            if document.uri != but
            and (document.uri in self._linting or path in _asked(self._results.get(document.uri)))
        ]
        for uri in users:
            self._lint(uri, delay)
        if users:
            self._refresh()

    def _lint(self, uri: str, delay: float) -> None:
        self._cancel(uri)
        task = self._linting[uri] = asyncio.create_task(self._lint_after(uri, delay))
        task.add_done_callback(lambda done: self._done(uri, done))

    def _cancel(self, uri: str) -> None:
        drawing = self._drawing.pop(uri, None)
        if drawing is not None:
            drawing.cancel()
        linting = self._linting.pop(uri, None)
        if linting is not None:
            linting.cancel()

    def _done(self, uri: str, task: asyncio.Task[None]) -> None:
        if self._linting.get(uri) is task:
            del self._linting[uri]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._complain(f"internal error: {type(error).__name__}: {error}")

    async def _lint_after(self, uri: str, delay: float) -> None:
        await asyncio.sleep(delay)
        document = self.documents.get(uri)
        if document is None:
            return
        settings = self._settings_for(document)
        if settings is None:
            self._results.pop(uri, None)
            self._settled[uri] = document
            self._publish(document, None)
            return
        linted = await self._engine.lint(document, settings, self.documents.unsaved())
        asked = frozenset(map(os.path.realpath, linted.asked))
        self._results[uri] = result = Result(document, settings, linted, asked)
        self._settled[uri] = document
        self._publish(document, result)

    def _settings_for(self, document: Document | None) -> Settings | None:
        if document is None:
            return None
        try:
            settings = self._engine.settings_for(document, self.folders)
        except ConfigError as error:
            if str(error) not in self._faults.values():  # told once until it is mended
                self._complain(str(error))
            self._faults[document.uri] = str(error)
            return None
        self._faults.pop(document.uri, None)
        return settings

    async def _draw(self, uri: str) -> Drawn:
        document = self.documents.get(uri)
        settings = self._settings_for(document)
        if document is None or settings is None:
            return Drawn()
        return await self._engine.draw(document, settings, self.documents.unsaved())


def _asked(result: Result | None) -> Collection[str]:
    return () if result is None else result.asked
