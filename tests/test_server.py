"""`warmlint server` with a real client at the other end of its pipes, and real files in a workspace."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient
from pygls.uris import from_fs_path

from tests.test_cli import BAD, GOOD, warmlint
from warmlint.finding import Curve, Edit, Scale
from warmlint.limits import MAX_MENTIONS
from warmlint.mentions import mentions
from warmlint.report.curve import CurveView
from warmlint.server.curves import hover
from warmlint.server.documents import Document
from warmlint.server.edits import changes
from warmlint.server.places import Places
from warmlint.silencing import silence
from warmlint.source import Position, Source, Span

MODEST = types.ClientCapabilities(
    general=types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind.Utf8]),
    text_document=types.TextDocumentClientCapabilities(
        hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.PlainText])
    ),
)
COMMAND = [sys.executable, "-m", "warmlint", "server", "--stdio"]
PATIENCE = 60.0
CAPABILITIES = types.ClientCapabilities(
    workspace=types.WorkspaceClientCapabilities(
        workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True),
        did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
        code_lens=types.CodeLensWorkspaceClientCapabilities(refresh_support=True),
        workspace_folders=True,
    ),
    text_document=types.TextDocumentClientCapabilities(
        publish_diagnostics=types.PublishDiagnosticsClientCapabilities(
            related_information=True, version_support=True, code_description_support=True
        ),
        hover=types.HoverClientCapabilities(
            content_format=[types.MarkupKind.Markdown, types.MarkupKind.PlainText]
        ),
    ),
)
UNUSED = GOOD.replace("import torch\n", "import torch  # warmlint: ignore[LR003]\n", 1)


class Editor(LanguageClient):
    """An editor: it has files open, and remembers what it was told of each."""

    def __init__(self) -> None:
        super().__init__("editor", "1")
        self.messages: list[types.ShowMessageParams] = []
        self.told: dict[str, list[types.PublishDiagnosticsParams]] = {}
        self.texts: dict[str, tuple[str, int]] = {}
        self.registered: list[types.Registration] = []
        self.refreshed = 0
        self.news = asyncio.Event()
        self.loop: asyncio.AbstractEventLoop

        @self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params: types.PublishDiagnosticsParams) -> None:
            self.told.setdefault(params.uri, []).append(params)
            self.news.set()

        @self.feature(types.WINDOW_SHOW_MESSAGE)
        def show(params: types.ShowMessageParams) -> None:
            self.messages.append(params)

        @self.feature(types.CLIENT_REGISTER_CAPABILITY)
        def register(params: types.RegistrationParams) -> None:
            self.registered += params.registrations

        @self.feature(types.WORKSPACE_CODE_LENS_REFRESH)
        def refresh(_params: None) -> None:
            self.refreshed += 1

    async def begin(self, workspace: Path, capabilities: types.ClientCapabilities = CAPABILITIES) -> None:
        """Start a server and open a workspace."""
        await self.start_io(*COMMAND)
        folder = types.WorkspaceFolder(str(from_fs_path(str(workspace))), "workspace")
        await self.initialize_async(
            types.InitializeParams(capabilities, process_id=os.getpid(), workspace_folders=[folder])
        )
        self.initialized(types.InitializedParams())

    async def end(self) -> int:
        """Say goodbye; the answer is the exit code of the server."""
        server = self._server
        assert server is not None
        await self.shutdown_async(None)
        self.exit(None)
        code = await server.wait()
        await self.stop()
        return code

    def open(self, path: Path | str, text: str | None = None) -> str:
        """Open a file, with what it holds or with another text; the answer is its address."""
        uri = path if isinstance(path, str) else str(from_fs_path(str(path)))
        if text is None:
            assert isinstance(path, Path)
            text = path.read_text(encoding="utf-8")
        self.texts[uri] = (text, 1)
        item = types.TextDocumentItem(uri, types.LanguageKind.Python, 1, text)
        self.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def type(self, uri: str, text: str) -> int:
        """Change the text of an open file; the answer is its version."""
        version = self.texts[uri][1] + 1
        self.texts[uri] = (text, version)
        change = types.TextDocumentContentChangeWholeDocument(text)
        identifier = types.VersionedTextDocumentIdentifier(version, uri)
        self.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))
        return version

    def close(self, uri: str) -> None:
        """Close a file."""
        self.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))

    def notice(self, path: Path, kind: types.FileChangeType = types.FileChangeType.Changed) -> None:
        """Tell that a file has changed on disk."""
        event = types.FileEvent(str(from_fs_path(str(path))), kind)
        self.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))

    async def when(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds, which what is told next may bring about."""
        while not holds():
            self.news.clear()
            await self.news.wait()

    async def said(self, uri: str) -> list[types.Diagnostic]:
        """What is said of the text that a file has now."""
        version = self.texts[uri][1]
        await self.when(lambda: bool(self.told.get(uri)) and self.told[uri][-1].version == version)
        return list(self.told[uri][-1].diagnostics)

    async def until(self, uri: str, *codes: str) -> None:
        """Wait until just these codes are said of a file."""
        await self.when(
            lambda: bool(self.told.get(uri)) and codes_of(self.told[uri][-1].diagnostics) == [*codes]
        )

    async def actions(
        self, uri: str, row: int, *only: types.CodeActionKind | str
    ) -> dict[str, types.CodeAction]:
        """What is offered at a row, by title."""
        line = self.texts[uri][0].split("\n")[row - 1]
        where = types.Range(types.Position(row - 1, 0), types.Position(row - 1, units(line)))
        context = types.CodeActionContext([], only=list(only) or None)
        found = await self.text_document_code_action_async(
            types.CodeActionParams(types.TextDocumentIdentifier(uri), where, context)
        )
        return {each.title: each for each in found or [] if isinstance(each, types.CodeAction)}

    async def hover(self, uri: str, row: int, word: str) -> str | None:
        """What is shown over a word of a row."""
        line = self.texts[uri][0].split("\n")[row - 1]
        position = types.Position(row - 1, units(line[: line.index(word)]) + 1)
        found = await self.text_document_hover_async(
            types.HoverParams(types.TextDocumentIdentifier(uri), position)
        )
        if found is None:
            return None
        assert isinstance(found.contents, types.MarkupContent)
        assert found.contents.kind is types.MarkupKind.Markdown
        return found.contents.value

    async def lenses(self, uri: str) -> list[tuple[int, str]]:
        """The lenses of a file, each with its row."""
        asked = types.CodeLensParams(types.TextDocumentIdentifier(uri))
        found = await self.text_document_code_lens_async(asked) or []
        return [(each.range.start.line + 1, each.command.title) for each in found if each.command]


def units(text: str) -> int:
    """How long a text is in the units of the protocol."""
    return len(text.encode("utf-16-le")) // 2


def codes_of(found: object) -> list[object]:
    assert isinstance(found, (list, tuple))
    return [each.code for each in found]


def applied(text: str, change: types.WorkspaceEdit | None, version: int) -> str:
    """A text with a change made, as an editor makes it."""
    assert change is not None
    assert change.document_changes is not None
    (document,) = change.document_changes
    assert isinstance(document, types.TextDocumentEdit)
    assert document.text_document.version == version
    data = text.encode("utf-16-le")
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + 2 * (units(line) + 1))

    def at(position: types.Position) -> int:
        return starts[position.line] + 2 * position.character

    for edit in sorted(document.edits, key=lambda each: at(each.range.start), reverse=True):
        assert isinstance(edit, types.TextEdit)
        data = data[: at(edit.range.start)] + edit.new_text.encode("utf-16-le") + data[at(edit.range.end) :]
    return data.decode("utf-16-le")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(scope="module")
def editor(loop: asyncio.AbstractEventLoop, workspace: Path) -> Iterator[Editor]:
    client = Editor()
    loop.run_until_complete(client.begin(workspace))
    client.loop = loop
    yield client
    assert loop.run_until_complete(client.end()) == 0


def live(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test that talks to the one server of this module."""

    @wraps(test)
    def run(editor: Editor, folder: Path, **more: object) -> None:
        editor.loop.run_until_complete(asyncio.wait_for(test(editor, folder, **more), PATIENCE))

    return run


@pytest.fixture
def folder(workspace: Path, request: pytest.FixtureRequest) -> Path:
    """A folder of the test's own in the workspace, and a project of its own."""
    made = workspace / request.node.name.partition("[")[0]
    made.mkdir(exist_ok=True)
    (made / "pyproject.toml").touch()
    return made


# --- diagnostics ----------------------------------------------------------------------------------------


@live
async def test_an_open_file_is_told_what_a_run_tells(editor: Editor, folder: Path):
    bad = folder / "bad.py"
    bad.write_text(BAD)
    (told,) = await editor.said(editor.open(bad))
    (found,) = json.loads(warmlint("--output-format", "json", "--torch", "off", "bad.py", cwd=folder).stdout)
    assert (told.code, told.source, told.severity) == ("LR001", "warmlint", types.DiagnosticSeverity.Error)
    assert told.message.startswith(f"{found['message']}; ")
    assert told.code_description is not None
    assert told.code_description.href.endswith("/rules/zero_first_update.py")
    start, end = found["location"], found["end_location"]
    assert told.range == types.Range(
        types.Position(start["row"] - 1, start["column"] - 1),
        types.Position(end["row"] - 1, end["column"] - 1),
    )
    assert told.tags is None
    assert told.related_information is None


@live
async def test_unsaved_text_is_judged_and_older_text_is_not_told_of(editor: Editor, folder: Path):
    file = folder / "train.py"
    file.write_text(GOOD)
    uri = editor.open(file)
    assert await editor.said(uri) == []
    for number in range(5):
        editor.type(uri, BAD + f"# {number}\n")
    last = editor.type(uri, "\n" + BAD)
    (told,) = await editor.said(uri)
    assert told.range.start.line == 7
    editor.type(uri, GOOD)
    assert await editor.said(uri) == []
    versions = [each.version for each in editor.told[uri]]
    assert versions == sorted(versions)
    assert {1, last, last + 1} <= {*versions}
    assert file.read_text() == GOOD


@live
async def test_a_finding_tells_where_its_schedule_is_made(editor: Editor, folder: Path):
    split = BAD.replace("LambdaLR(optimizer, lambda", "LambdaLR(\n    optimizer, lambda")
    (told,) = await editor.said(editor.open(folder / "split.py", split))
    assert told.related_information is not None
    (related,) = told.related_information
    assert related.message == "the schedule: `LambdaLR`"
    assert related.location.range.start == types.Position(6, 0)
    assert told.range.start.line == 7


@live
async def test_columns_are_counted_in_the_units_of_utf_16(editor: Editor, folder: Path):
    text = BAD.replace("warmup_epochs = 3\nscheduler", "s = '🎓é'; 𝛾 = 3; scheduler").replace(
        "warmup_epochs", "𝛾"
    )
    uri = editor.open(folder / "wide.py", text)
    (told,) = await editor.said(uri)
    line = text.split("\n")[5]
    before = line[: line.index("epoch /")]
    assert len(before) < units(before)
    assert told.range.start == types.Position(5, units(before))
    assert told.range.end == types.Position(5, units(before + "epoch / 𝛾"))
    (fix,) = [
        each for title, each in (await editor.actions(uri, 6)).items() if title.startswith("unsafe fix: ")
    ]
    fixed = applied(text, fix.edit, 1)
    assert fixed == text.replace("epoch / 𝛾", "(epoch + 1) / 𝛾")
    assert "LambdaLR" in (await editor.hover(uri, 6, "scheduler") or "")
    latin = "# coding: latin-1\n" + BAD.replace("scheduler =", "s = 'é'; scheduler =")
    (told,) = await editor.said(editor.open(folder / "latin.py", latin))
    assert told.range.start == types.Position(7, latin.split("\n")[7].index("epoch /"))


# --- settings and suppressions -----------------------------------------------------------------------------


@live
async def test_settings_hold_for_their_folder_and_are_read_again(editor: Editor, folder: Path):
    for name in ("one", "two"):
        (folder / name).mkdir()
        (folder / name / "bad.py").write_text(BAD)
    settings = folder / "one" / "warmlint.toml"
    settings.write_text('ignore = ["LR001"]\n')
    one, two = editor.open(folder / "one" / "bad.py"), editor.open(folder / "two" / "bad.py")
    assert codes_of(await editor.said(one)) == []
    assert codes_of(await editor.said(two)) == ["LR001"]
    settings.write_text("ignore = []\n")
    editor.notice(settings)
    await editor.until(one, "LR001")
    settings.write_text("ignroe = []\n")
    editor.notice(settings)
    await editor.until(one)
    assert editor.messages[-1].type is types.MessageType.Error
    assert "unknown setting `ignroe`; did you mean `ignore`?" in editor.messages[-1].message
    settings.unlink()
    editor.notice(settings, types.FileChangeType.Deleted)
    await editor.until(one, "LR001")


@live
async def test_what_the_settings_leave_out_is_left_alone(editor: Editor, folder: Path):
    (folder / "pyproject.toml").write_text('[tool.warmlint]\nexclude = ["old/"]\n')
    for name in ("old", "site-packages", "new"):
        (folder / name).mkdir()
        (folder / name / "bad.py").write_text(BAD)
    opened = {name: editor.open(folder / name / "bad.py") for name in ("old", "site-packages", "new")}
    told = {name: codes_of(await editor.said(uri)) for name, uri in opened.items()}
    assert told == {"old": [], "site-packages": [], "new": ["LR001"]}
    assert await editor.actions(opened["old"], 7) == {}
    # Unless it is what somebody works on.
    added = types.WorkspaceFolder(str(from_fs_path(str(folder / "site-packages"))), "packages")
    event = types.WorkspaceFoldersChangeEvent([added], [])
    editor.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event))
    await editor.until(opened["site-packages"], "LR001")


@live
async def test_a_suppression_is_honoured_and_an_unused_one_is_pale(editor: Editor, folder: Path):
    silent = BAD.replace("warmup_epochs))", "warmup_epochs))  # warmlint: ignore[LR001] meant")
    uri = editor.open(folder / "silent.py", silent)
    assert await editor.said(uri) == []
    editor.type(uri, UNUSED)
    (told,) = await editor.said(uri)
    assert (told.code, *(told.tags or ())) == ("LR901", types.DiagnosticTag.Unnecessary)
    assert told.severity is types.DiagnosticSeverity.Warning


# --- actions ------------------------------------------------------------------------------------------------


@live
async def test_a_proven_fix_is_offered_and_cures(editor: Editor, folder: Path):
    uri = editor.open(folder / "bad.py", BAD)
    version = editor.type(uri, f"\n{BAD}")
    actions = await editor.actions(uri, 8)  # asked before anything was said of this text
    (title,) = [each for each in actions if "silence" not in each]
    fix = actions[title]
    assert title.startswith("unsafe fix: ")
    assert fix.kind == types.CodeActionKind.QuickFix
    assert not fix.is_preferred
    assert codes_of(fix.diagnostics) == ["LR001"]
    fixed = applied(f"\n{BAD}", fix.edit, version)
    assert fixed == f"\n{GOOD}"
    assert await editor.actions(uri, 1) == {}
    editor.type(uri, fixed)
    assert await editor.said(uri) == []


@live
async def test_a_safe_fix_is_preferred_and_an_unsafe_one_can_be_switched_off(editor: Editor, folder: Path):
    (folder / "pyproject.toml").write_text("[tool.warmlint]\nunsafe-fixes = false\n")
    text = UNUSED.replace("(epoch + 1)", "epoch")
    uri = editor.open(folder / "both.py", text)
    assert codes_of(await editor.said(uri)) == ["LR901", "LR001"]
    ((title, fix),) = (await editor.actions(uri, 1)).items()
    assert title.startswith("fix: remove this suppression")
    assert fix.is_preferred
    assert applied(text, fix.edit, 1) == BAD
    assert [each for each in await editor.actions(uri, 7) if "fix" in each] == []


@live
async def test_all_safe_fixes_are_one_action(editor: Editor, folder: Path):
    text = UNUSED.replace("model =", "# warmlint: ignore[LR005]\nmodel =").replace("(epoch + 1)", "epoch")
    uri = editor.open(folder / "many.py", text)
    assert codes_of(await editor.said(uri)) == ["LR901", "LR901", "LR001"]
    (action,) = (await editor.actions(uri, 1, "source.fixAll")).values()
    assert action.kind == "source.fixAll.warmlint"
    assert applied(text, action.edit, 1) == BAD
    assert (await editor.actions(uri, 1, types.CodeActionKind.Refactor)) == {}
    editor.type(uri, GOOD)
    assert await editor.actions(uri, 1, types.CodeActionKind.SourceFixAll) == {}


@live
async def test_lines_of_ipython_stay_as_they_are(editor: Editor, folder: Path):
    # What is judged has comments in their place.
    text = "# %%\n%matplotlib inline\n" + UNUSED.replace("(epoch + 1)", "epoch").replace(
        "for epoch", "files = !ls\nfor epoch"
    )
    uri = editor.open(folder / "cells.py", text)
    (action,) = (await editor.actions(uri, 3, "source.fixAll")).values()
    text = applied(text, action.edit, 1)
    assert "# %%\n%matplotlib inline\nimport torch\n" in text
    version = editor.type(uri, text)
    made = {applied(text, each.edit, version) for each in (await editor.actions(uri, 9)).values()}
    assert made == {
        text.replace("epoch / warmup", "(epoch + 1) / warmup"),
        text.replace("warmup_epochs))", "warmup_epochs))  # warmlint: ignore[LR001]"),
    }


@live
async def test_a_finding_is_silenced_from_the_editor(editor: Editor, folder: Path):
    uri = editor.open(folder / "bad.py", BAD)
    action = (await editor.actions(uri, 7))["silence LR001 here: `# warmlint: ignore[LR001]`"]
    silent = applied(BAD, action.edit, 1)
    assert silent == BAD.replace("warmup_epochs))", "warmup_epochs))  # warmlint: ignore[LR001]")
    editor.type(uri, silent)
    assert await editor.said(uri) == []


# --- curves -----------------------------------------------------------------------------------------------


@live
async def test_a_scheduler_shows_its_curve(editor: Editor, folder: Path):
    uri = editor.open(folder / "good.py", GOOD)
    made = await editor.hover(uri, 7, "LambdaLR(")
    assert made is not None
    drawn = warmlint("curve", "-", cwd=folder, input=GOOD).stdout
    head, chart = made.removesuffix("\n```").split("\n\n```text\n")
    assert head == "LambdaLR, one tick an epoch"
    assert [line.split() for line in chart.split("\n")[2:5]] == [
        line.split() for line in drawn.split("\n")[3:6]
    ]
    assert "⠉⠉" in chart
    assert "with base LR 0.1, warmup_epochs = 3 (the source's own)" in chart
    assert await editor.hover(uri, 10, "scheduler") == made
    assert await editor.hover(uri, 9, "optimizer") is None


@live
async def test_a_lens_tells_the_first_update_the_warmup_and_the_last(editor: Editor, folder: Path):
    uri = editor.open(folder / "train.py", GOOD)
    told = "LR at epoch 0: 0.03333 · epoch 3 (warmup ends): 0.1 · epoch 9 (last): 0.1"
    assert await editor.lenses(uri) == [(7, told)]
    editor.type(uri, "\n" + GOOD.replace("warmup_epochs = 3", "warmup_epochs = args.warmup"))
    assert await editor.lenses(uri) == [
        (8, "LR at epoch 0: 0.001 · epoch 9 (last): 0.01, with example values")
    ]
    editor.type(uri, "LambdaLR(")
    assert await editor.lenses(uri) == []


# --- other files --------------------------------------------------------------------------------------------

RAMP = "def ramp(epoch):\n    return min(1.0, (epoch + 1) / 3)\n"
USER = BAD.replace("lambda epoch: min(1.0, epoch / warmup_epochs)", "ramp").replace(
    "import torch\n", "import torch\nfrom ramps import ramp\n", 1
)


@live
async def test_a_file_sees_the_unsaved_text_of_another(editor: Editor, folder: Path):
    (folder / "ramps.py").write_text(RAMP)
    (folder / "train.py").write_text(USER)
    (folder / "other.py").write_text(BAD)
    train, other = editor.open(folder / "train.py"), editor.open(folder / "other.py")
    assert await editor.said(train) == []
    assert codes_of(await editor.said(other)) == ["LR001"]
    ramps = editor.open(folder / "ramps.py")
    await editor.said(ramps)
    refreshed = editor.refreshed
    editor.type(ramps, RAMP.replace("(epoch + 1)", "epoch"))
    await editor.until(train, "LR001")
    assert editor.refreshed > refreshed
    assert "LR at epoch 0: 0 ·" in (await editor.lenses(train))[0][1]
    editor.close(ramps)  # what is on disk counts again
    await editor.until(train)
    assert [each.version for each in editor.told[other]] == [1], "it imports nothing"


@live
async def test_a_file_sees_what_others_change_on_disk(editor: Editor, folder: Path):
    (folder / "train.py").write_text(USER)
    train = editor.open(folder / "train.py")
    assert await editor.said(train) == []
    ramps = folder / "ramps.py"
    ramps.write_text(RAMP.replace("(epoch + 1)", "epoch"))
    editor.notice(ramps, types.FileChangeType.Created)
    await editor.until(train, "LR001")
    ramps.write_text(RAMP)
    os.utime(ramps, ns=(1, 1))
    editor.notice(ramps)
    await editor.until(train)
    # One that it knows by way of another.
    ramps.write_text("from starts import START\n\n\n" + RAMP.replace("1) / 3", "START) / 3"))
    (folder / "starts.py").write_text("START = 1\n")
    editor.notice(folder / "starts.py", types.FileChangeType.Created)
    starts = editor.open(folder / "starts.py")
    editor.type(starts, "START = 0\n")
    await editor.until(train, "LR001")
    editor.close(starts)
    await editor.until(train)
    (registration,) = editor.registered
    assert registration.method == types.WORKSPACE_DID_CHANGE_WATCHED_FILES


@live
async def test_a_file_that_was_never_saved_is_judged(editor: Editor, folder: Path):
    assert codes_of(await editor.said(editor.open("untitled:Untitled-1", BAD))) == ["LR001"]
    new = editor.open(folder / "new.py", USER)
    assert codes_of(await editor.said(new)) == []
    ramps = editor.open(folder / "ramps.py", RAMP.replace("(epoch + 1)", "epoch"))
    editor.type(new, USER + "\n")
    await editor.until(new, "LR001")
    editor.close(ramps)


@live
async def test_a_closed_file_is_cleared(editor: Editor, folder: Path):
    uri = editor.open(folder / "bad.py", BAD)
    assert codes_of(await editor.said(uri)) == ["LR001"]
    editor.close(uri)
    await editor.until(uri)
    assert await editor.hover(uri, 7, "LambdaLR") is None
    assert await editor.actions(uri, 7) == {}


# --- what is meant to hurt ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("LambdaLR(", "this file is not Python: line 1: '(' was never closed"),
        ("LambdaLR = " + "(" * 50_000, "this file is n"),
        ("LambdaLR = '\0'", "this file holds a NUL byte at line 1, which Python source cannot"),
        ("# LambdaLR\n" * 200_000, "this file is too large: 2,200,000 bytes, of at most 2,000,000"),
        ("# coding: utf-7\nLambdaLR", "this file declares the encoding `utf-7`"),
        (f"# \ud800\f\x85\u2028\n{BAD}", None),
    ],
    ids=["unfinished", "deep", "nul", "large", "encoding", "surrogate"],
)
@live
async def test_a_text_that_is_meant_to_hurt_harms_nobody(
    editor: Editor, folder: Path, text: str, sentence: str | None
):
    uri = editor.open(folder / f"{len(text)}.py", text)
    (told,) = await editor.said(uri)
    if sentence is None:
        assert (told.code, told.range.start.line) == ("LR001", 7)
    else:
        assert told.message.startswith(sentence)
        assert told.severity is types.DiagnosticSeverity.Information
        assert await editor.lenses(uri) == []
    editor.type(uri, BAD)
    assert codes_of(await editor.said(uri)) == ["LR001"]
    editor.close(uri)


# --- beginning and end ------------------------------------------------------------------------------------


def children(pid: int) -> list[int]:
    task = Path("/proc", str(pid), "task")
    return [int(each) for thread in task.iterdir() for each in (thread / "children").read_text().split()]


PROC = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks /proc for processes")


@PROC
def test_it_leaves_no_process_behind(loop: asyncio.AbstractEventLoop, tmp_path: Path):
    """And it says nothing that an editor which can do little does not take."""

    async def come_and_go() -> tuple[list[int], int]:
        client = Editor()
        await client.begin(tmp_path, MODEST)
        assert client._server is not None
        text = BAD.replace("scheduler =", "s = '🎓é'; scheduler =")
        uri = client.open(tmp_path / "bad.py", text)
        (told,) = await client.said(uri)
        line = text.split("\n")[6]
        assert told.range.start == types.Position(6, len(line[: line.index("epoch /")].encode()))
        position = types.Position(6, len(line[: line.index("LambdaLR")].encode()))
        identifier = types.TextDocumentIdentifier(uri)
        shown = await client.text_document_hover_async(types.HoverParams(identifier, position))
        assert shown is not None
        assert isinstance(shown.contents, types.MarkupContent)
        assert shown.contents.kind is types.MarkupKind.PlainText
        assert shown.contents.value.startswith("LambdaLR, one tick an epoch\n  lambda")
        asked = types.CodeActionParams(identifier, told.range, types.CodeActionContext([]))
        fix, _ = await client.text_document_code_action_async(asked) or []
        assert isinstance(fix, types.CodeAction)
        assert fix.edit is not None
        assert [*(fix.edit.changes or {})] == [uri]
        assert client.registered == []
        started = children(client._server.pid)
        return started, await client.end()

    started, code = loop.run_until_complete(asyncio.wait_for(come_and_go(), PATIENCE))
    assert (bool(started), code) == (True, 0)
    assert not any(Path("/proc", str(pid)).exists() for pid in started)


@PROC
def test_it_ends_with_its_editor(loop: asyncio.AbstractEventLoop, tmp_path: Path):
    async def vanish() -> tuple[list[int], int]:
        client = Editor()
        await client.begin(tmp_path)
        server = client._server
        assert server is not None
        assert server.stdin is not None
        while not (started := children(server.pid)):
            await asyncio.sleep(0.01)
        server.stdin.close()
        code = await server.wait()
        await client.stop()
        return started, code

    started, code = loop.run_until_complete(asyncio.wait_for(vanish(), PATIENCE))
    assert (bool(started), code) == (True, 1)
    assert not any(Path("/proc", str(pid)).exists() for pid in started)


def test_without_pygls_it_says_what_to_install(tmp_path: Path):
    missing = (
        "import sys; sys.modules['pygls'] = None; from warmlint.cli.main import run; exit(run(['server']))"
    )
    done = subprocess.run([sys.executable, "-c", missing], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("warmlint: error: the server needs pygls: ")
    assert done.stderr.rstrip().endswith("-m pip install 'warmlint[server]'`")


def test_what_is_wrong_with_the_command_line_is_told(tmp_path: Path):
    done = warmlint("server", "--config", "none.toml", cwd=tmp_path, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stderr) == (2, "warmlint: error: none.toml does not exist\n")


# --- parts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", [*types.PositionEncodingKind, None])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_places_survive_the_journey(encoding: types.PositionEncodingKind | None, mark: str):
    text = "a = '🎓é'; 𝛾 = 3\r\n\tb\fc\u2028d\rlast"
    places = Places(Document("file:///x.py", None, mark + text, 1), encoding)
    source = Source("", text)
    codec, size = {"utf-8": ("utf-8", 1), "utf-32": ("utf-32-le", 4)}.get(encoding or "", ("utf-16-le", 2))
    for offset in range(len(text) + 1):
        place = source.position(offset)
        told = places.position(place)
        before = (mark if place.row == 1 else "") + source.line(place.row)[: place.column - 1]
        assert told == types.Position(place.row - 1, len(before.encode(codec)) // size)
        if text[offset - 1 : offset + 1] != "\r\n":
            assert places.place(told) == place
    assert places.position(Position(9, 9)) == places.position(source.position(len(text)))


@pytest.mark.parametrize(
    ("before", "row", "after"),
    [
        ("x = 1\n", 1, "x = 1  # warmlint: ignore[LR001]\n"),
        ("x = 1  # type: ignore\n", 1, "x = 1  # type: ignore  # warmlint: ignore[LR001]\n"),
        ("x = 1  # warmlint: ignore[LR003] why\n", 1, "x = 1  # warmlint: ignore[LR003, LR001] why\n"),
        ("x = (1 +\n  2)\n", 1, "x = (1 +  # warmlint: ignore[LR001]\n  2)\n"),
        ("x = 1 + \\\n  2\n", 1, "x = 1 + \\\n  2  # warmlint: ignore[LR001]\n"),
        ("if y:\n  x = '''\n'''\n", 2, "if y:\n  x = '''\n'''  # warmlint: ignore[LR001]\n"),
        ("x = 1", 1, "x = 1  # warmlint: ignore[LR001]"),
        ("# warmlint: ignore-file[LR003]\r\nx = 1\r\n", 2, None),
        ("x = (\n", 1, ""),
    ],
)
def test_a_comment_silences_and_changes_no_code(before: str, row: int, after: str | None):
    edit = silence(Source("t.py", before), "LR001", row)
    expected = before.replace("x = 1", "x = 1  # warmlint: ignore[LR001]") if after is None else after
    assert (edited(before, [edit]) if edit else "") == expected


def edited(text: str, edits: list[Edit]) -> str:
    source = Source("t.py", text)
    for edit in sorted(edits, key=lambda each: each.span, reverse=True):
        start, end = source.offset(edit.span.start), source.offset(edit.span.end)
        text = text[:start] + edit.content + text[end:]
    return text


@pytest.mark.parametrize("length", [10, 2_000])
def test_changed_lines_are_told_and_no_others(length: int):
    before = "".join(f"line {number}\r\n" for number in range(length)) + "end"
    after = before.replace("line 2\r\n", "").replace("line 7\r\n", "new\r\nlines\r\n") + "\n"
    edits = changes(Source("t.py", before), after)
    assert edited(before, edits) == after
    assert changes(Source("t.py", after), after) == []
    if length == 10:
        assert [(each.span.row, each.content) for each in edits] == [
            (3, ""), (8, "new\r\nlines\r\n"), (11, "end\n"),
        ]  # fmt: skip


def test_the_uses_of_a_name_are_those_of_its_own_function():
    text = (
        "def main():\n"
        "    s = make()\n"
        "    é = s\n"
        "    def inner():\n"
        "        s.step()\n"
        "    def own(s):\n"
        "        s.step()\n"
        "def other():\n"
        "    s = 1\n"
        "class T:\n"
        "    def f(self):\n"
        "        self.s = s\n"
        "    def g(self):\n"
        "        return '🎓', self.s\n"
    )

    def found(target: str, function: str) -> list[tuple[int, int, str]]:
        source = Source("t.py", text)
        return [
            (span.start.row, span.start.column, source.slice(span))
            for span in mentions(source, target, function)
        ]

    assert found("s", "main") == [(2, 5, "s"), (3, 9, "s"), (5, 9, "s")]
    assert found("self.s", "T.f") == [(12, 9, "self.s"), (14, 21, "self.s")]
    assert found("s", "") == [(12, 18, "s")]
    assert mentions(Source("t.py", text), None, "") == ()
    for number in (MAX_MENTIONS, MAX_MENTIONS + 1):
        assert len(mentions(Source("t.py", "s\n" * number), "s", "")) == MAX_MENTIONS


def test_a_hover_stays_in_its_block():
    span = Span(Position(1, 1), Position(1, 2))
    view = CurveView(
        "t.py", span, "A_`*", "'````'", "update", Scale.FACTOR, None, (), (), Curve((0, 1), (0.5, 1))
    )
    told = hover([view], markdown=True).split("\n")
    assert told[0] == r"A\_\`\*, one tick an update"
    assert (told[2], told[-1]) == ("`````text", "`````")
