"""The server itself: what the editor sends, handed to the session; what the session says, sent to the editor.

pygls is imported here, and its types in the files beside; they come with the extra `server`.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from warmlint import __version__
from warmlint.config import FILE_NAMES, SettingsTree
from warmlint.linted import Target
from warmlint.server import curves
from warmlint.server.actions import (
    FIX_ALL,
    KINDS,
    fix_action,
    fix_all_action,
    offered,
    silence_action,
    wanted,
    workspace_edit,
)
from warmlint.server.diagnostics import diagnostics, of_finding
from warmlint.server.documents import Document
from warmlint.server.edits import from_text, in_editor
from warmlint.server.engine import Engine
from warmlint.server.places import Places
from warmlint.server.session import Result, Session
from warmlint.workers.pool import Pool

_CHILDREN = 2
"""One may be busy with a file that takes long; the other is started as soon as somebody waits for it."""
_SCHEMES = ("file:", "untitled:")
"""Others show what is no file of the project: an old version of one, a cell of a notebook."""


def serve(settings: Callable[[], SettingsTree], target: Target) -> int:
    """Serve one editor over stdin and stdout until it says goodbye, or is gone; the answer is the exit code
    that the protocol asks for."""
    with os.fdopen(os.dup(1), "wb") as output, Pool(_CHILDREN, worth_a_child=1) as pool:
        os.dup2(2, 1)  # whatever prints must not speak to the editor
        server = Server(pool, settings, target)
        server.start_io(stdout=output)
    return 0 if server.ended else 1


class Server(LanguageServer):
    """A language server with one session. What it answers is sent by pygls."""

    def __init__(self, pool: Pool, settings: Callable[[], SettingsTree], target: Target) -> None:
        # Whole texts: pygls counts lines as Python does, where a form feed ends one.
        super().__init__("warmlint", __version__, types.TextDocumentSyncKind.Full)
        self.session = Session(Engine(pool, settings, target), self._publish, self._refresh, self._complain)
        self.ended = False
        _register(self)

    def places(self, document: Document) -> Places:
        """The places of a document, as this client counts."""
        return Places(document, self.workspace.position_encoding)

    def supports(self, *way: str) -> bool:
        """Whether the client says yes to a capability."""
        value: object = self.client_capabilities
        for each in way:
            value = getattr(value, each, None)
        return bool(value)

    @property
    def takes_related(self) -> bool:
        """Whether the client shows other places beside that of a diagnostic."""
        return self.supports("text_document", "publish_diagnostics", "related_information")

    def _publish(self, document: Document, result: Result | None) -> None:
        found = []
        if result is not None:
            found = diagnostics(result, self.places(document), related=self.takes_related)
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(document.uri, found, document.version)
        )

    def _refresh(self) -> None:
        if self.supports("workspace", "code_lens", "refresh_support"):
            self.workspace_code_lens_refresh(None)

    def _complain(self, sentence: str) -> None:
        told = types.ShowMessageParams(types.MessageType.Error, f"warmlint: {sentence}")
        self.window_show_message(told)


def _register(server: Server) -> None:
    """What the server does at each message."""
    handlers: dict[str, Callable[..., object]] = {
        types.INITIALIZED: _initialized,
        types.SHUTDOWN: _shutdown,
        types.TEXT_DOCUMENT_DID_OPEN: _opened,
        types.TEXT_DOCUMENT_DID_CHANGE: _changed,
        types.TEXT_DOCUMENT_DID_SAVE: _saved,
        types.TEXT_DOCUMENT_DID_CLOSE: _closed,
        types.WORKSPACE_DID_CHANGE_WATCHED_FILES: _changed_on_disk,
        types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: _changed_folders,
        types.TEXT_DOCUMENT_HOVER: _hover,
        types.TEXT_DOCUMENT_CODE_LENS: _lenses,
    }
    for method, handler in handlers.items():
        server.feature(method)(handler)
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=KINDS))(
        _actions
    )


# --- what happens ---------------------------------------------------------------------------------


def _initialized(ls: Server, _params: types.InitializedParams) -> None:
    _take_folders(ls)
    if not ls.supports("workspace", "did_change_watched_files", "dynamic_registration"):
        return
    watched = types.DidChangeWatchedFilesRegistrationOptions(
        [types.FileSystemWatcher(f"**/{name}") for name in ("*.py", *FILE_NAMES)]
    )
    method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    ls.client_register_capability(types.RegistrationParams([types.Registration(method, method, watched)]))


def _take_folders(ls: Server) -> None:
    uris = [folder.uri for folder in ls.workspace.folders.values()] or [ls.workspace.root_uri or ""]
    paths = (to_fs_path(uri) for uri in uris)
    ls.session.folders = [os.path.realpath(path) for path in paths if path and "\0" not in path]


def _shutdown(ls: Server, _params: None) -> None:
    ls.ended = True


def _opened(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
    opened = params.text_document
    if opened.uri.startswith(_SCHEMES):
        ls.session.documents.put(opened.uri, to_fs_path(opened.uri), opened.text, opened.version)
        ls.session.changed(opened.uri, 0)


def _changed(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
    uri = params.text_document.uri
    text = ls.workspace.get_text_document(uri).source
    ls.session.documents.change(uri, text, params.text_document.version)
    ls.session.changed(uri)


def _saved(ls: Server, params: types.DidSaveTextDocumentParams) -> None:
    ls.session.changed(params.text_document.uri, 0)


def _closed(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
    ls.session.closed(params.text_document.uri)


def _changed_on_disk(ls: Server, params: types.DidChangeWatchedFilesParams) -> None:
    for change in params.changes:
        path = to_fs_path(change.uri)
        if change.type is not types.FileChangeType.Changed or os.path.basename(path or "") in FILE_NAMES:
            ls.session.changed_around()
        elif path:
            ls.session.changed_on_disk(path)


def _changed_folders(ls: Server, _params: types.DidChangeWorkspaceFoldersParams) -> None:
    _take_folders(ls)
    ls.session.changed_around()


# --- what is asked --------------------------------------------------------------------------------


async def _hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
    document = ls.session.documents.get(params.text_document.uri)
    if document is None:
        return None
    drawn = await ls.session.drawn(document.uri)
    views = curves.at(drawn.views, ls.places(document).place(params.position))
    if not views:
        return None
    formats = ls.client_capabilities.text_document
    known = formats.hover.content_format if formats is not None and formats.hover is not None else None
    kind = types.MarkupKind.Markdown if known is None or types.MarkupKind.Markdown in known else None
    text = curves.hover(views, markdown=kind is not None)
    return types.Hover(types.MarkupContent(kind or types.MarkupKind.PlainText, text))


async def _lenses(ls: Server, params: types.CodeLensParams) -> list[types.CodeLens]:
    document = ls.session.documents.get(params.text_document.uri)
    if document is None:
        return []
    drawn = await ls.session.drawn(document.uri)
    places = ls.places(document)
    titles = {view.span: curves.lens(view) for view in reversed(drawn.views)}  # the first param group's
    return [
        types.CodeLens(places.range(span), types.Command(title, ""))
        for span, title in sorted(titles.items())
        if title is not None
    ]


async def _actions(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    uri, only = params.text_document.uri, params.context.only
    told: list[types.CodeAction] = []
    if wanted(types.CodeActionKind.QuickFix, only):
        told += await _quick_fixes(ls, uri, params.range)
    if only is not None and wanted(FIX_ALL, only):  # asked for by name, as on saving
        told += await _fix_all(ls, uri)
    return told


async def _quick_fixes(ls: Server, uri: str, where: types.Range) -> list[types.CodeAction]:
    result = await ls.session.result(uri)
    if result is None:
        return []
    places = ls.places(result.document)
    versioned = ls.supports("workspace", "workspace_edit", "document_changes")
    fixes: list[types.CodeAction] = []
    silences: list[types.CodeAction] = []
    for number, finding in enumerate(result.linted.report.findings):
        diagnostic = of_finding(finding, result, places, related=ls.takes_related)
        if not _meet(diagnostic.range, where):
            continue
        fix = finding.fix
        edits = in_editor(result.document, fix.edits) if fix is not None else None
        if fix is not None and edits and offered(fix, result.settings.unsafe_fixes):
            change = workspace_edit(result.document, edits, places, versioned=versioned)
            fixes.append(fix_action(fix, diagnostic, change))
        if finding.site is None:
            continue  # it is about a suppression
        silencing = await ls.session.silencing(result, number)
        edits = in_editor(result.document, [silencing]) if silencing is not None else None
        if edits:
            change = workspace_edit(result.document, edits, places, versioned=versioned)
            silences.append(silence_action(finding, diagnostic, change))
    return fixes + silences


async def _fix_all(ls: Server, uri: str) -> list[types.CodeAction]:
    document = ls.session.documents.get(uri)
    text = await ls.session.fixed(uri)
    edits = from_text(document, text) if document is not None and text is not None else None
    if document is None or not edits:
        return []
    versioned = ls.supports("workspace", "workspace_edit", "document_changes")
    return [fix_all_action(workspace_edit(document, edits, ls.places(document), versioned=versioned))]


def _meet(one: types.Range, other: types.Range) -> bool:
    """Whether two ranges have a place in common, be it an end."""
    return _key(one.start) <= _key(other.end) and _key(other.start) <= _key(one.end)


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character
