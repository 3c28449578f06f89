"""The children, as the server asks them: one open file at a time, among the others that are open."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from warmlint.config import Settings, SettingsTree
from warmlint.discovery import Candidate, UnreadableError, may_hold_schedule
from warmlint.discovery.read import NOTEBOOK, require_size
from warmlint.discovery.walk import VENDORED
from warmlint.finding import Edit, FileReport, Finding, Problem
from warmlint.linted import Drawn, Linted, Target
from warmlint.server.documents import Document
from warmlint.workers.files import drawn_of, linted_of
from warmlint.workers.pool import Pool, Said
from warmlint.workers.process import Failed
from warmlint.workers.task import draw_request, lint_request, silence_request, silencing_from_data
from warmlint.workers.wire import WireError

_LENIENCE: Final = 1.0
"""Seconds that a child may go on with what nobody waits for any more."""
_UNTITLED: Final = "<untitled>"


class Engine:
    """What can be said of an open file, under the settings that hold for it now.

    `settings` reads settings files anew at each call: they change while the server runs.
    """

    def __init__(self, pool: Pool, settings: Callable[[], SettingsTree], target: Target) -> None:
        self._pool = pool
        self._settings = settings
        self._target = target

    def settings_for(self, document: Document, folders: Sequence[str]) -> Settings | None:
        """The settings of an open file, in a workspace of some folders; None where it is not to be judged: it
        is left out, or a notebook, which editors show in cells and not as text. Raises `ConfigError`."""
        path = document.path or os.path.join(next(iter(folders), ""), _UNTITLED)
        settings = self._settings().of(path)
        left_out = settings.covers(path) or _vendored(path, folders) or path.endswith(NOTEBOOK)
        return None if left_out else settings

    async def lint(
        self, document: Document, settings: Settings, unsaved: Mapping[str, bytes], *, fix: bool = False
    ) -> Linted:
        """What is said of a file; with `fix` also what its safe fixes make of it."""
        candidate = _candidate(document)
        try:
            require_size(document.data, candidate.path)
        except UnreadableError as error:
            return Linted(FileReport(candidate.path, problems=(Problem(candidate.path, str(error)),)))
        if not may_hold_schedule(document.data):
            return Linted(FileReport(candidate.path))
        target = replace(self._target, unsafe_fixes=False if fix else None)
        said = await self._ask(lint_request(candidate, settings, target, unsaved))
        return linted_of(candidate.path, True, said)

    async def draw(self, document: Document, settings: Settings, unsaved: Mapping[str, bytes]) -> Drawn:
        """The curves of all schedules of a file."""
        if not may_hold_schedule(document.data):
            return Drawn()
        candidate = _candidate(document)
        return drawn_of(await self._ask(draw_request(candidate, None, None, settings, self._target, unsaved)))

    async def silence(self, document: Document, finding: Finding) -> Edit | None:
        """The edit that silences a finding; None where none is known."""
        request = silence_request(_candidate(document), finding.code, finding.span.row)
        said = await self._ask(request)
        if isinstance(said, Failed):
            return None
        try:
            return silencing_from_data(said)
        except WireError:
            return None

    async def _ask(self, request: bytes) -> Said:
        asked = self._pool.ask(request)
        try:
            return await asyncio.wrap_future(asked)
        except asyncio.CancelledError:
            # Most answers come sooner than another child would start.
            asyncio.get_running_loop().call_later(_LENIENCE, self._pool.abandon, asked)
            raise


def _candidate(document: Document) -> Candidate:
    return Candidate(document.path or _UNTITLED, document.data, document.path, given=True)


def _vendored(path: str, folders: Sequence[str]) -> bool:
    """Whether a file lies where a run over its workspace folder would not go: others wrote it, or tools."""
    around = [folder for folder in folders if path.startswith(os.path.join(folder, ""))]
    if not around:
        return False
    *parts, _ = os.path.relpath(path, max(around, key=len)).split(os.sep)
    return any(part in VENDORED or part.startswith(".") for part in parts)
