"""What an editor offers to do about findings: their proven fixes, a comment that silences, all safe fixes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from lsprotocol import types

from warmlint.finding import Applicability, Edit, Finding, Fix
from warmlint.report.machine import plain
from warmlint.server.documents import Document
from warmlint.server.places import Places

FIX_ALL: Final = f"{types.CodeActionKind.SourceFixAll.value}.warmlint"
KINDS: Final[tuple[types.CodeActionKind | str, ...]] = (types.CodeActionKind.QuickFix, FIX_ALL)

_WORDS: Final = {Applicability.SAFE: "fix", Applicability.UNSAFE: "unsafe fix"}


def wanted(kind: types.CodeActionKind | str, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Whether a client that asks for some kinds of actions alone wants this one; a kind holds those below."""
    if only is None:
        return True
    asked = [_text(each) for each in only]
    return any(not each or f"{_text(kind)}.".startswith(f"{each}.") for each in asked)


def offered(fix: Fix | None, unsafe: bool | None) -> bool:
    """Whether a fix is offered: where the settings want to hear nothing of unsafe ones, they are not."""
    if fix is None or fix.applicability not in _WORDS:
        return False
    return fix.applicability is Applicability.SAFE or unsafe is not False


def fix_action(fix: Fix, diagnostic: types.Diagnostic, change: types.WorkspaceEdit) -> types.CodeAction:
    """The action that makes a finding's fix."""
    return types.CodeAction(
        title=plain(f"{_WORDS[fix.applicability]}: {fix.message}"),
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[diagnostic],
        is_preferred=fix.applicability is Applicability.SAFE or None,
        edit=change,
    )


def silence_action(
    finding: Finding, diagnostic: types.Diagnostic, change: types.WorkspaceEdit
) -> types.CodeAction:
    """The action that writes a suppression."""
    return types.CodeAction(
        title=f"silence {finding.code} here: `# warmlint: ignore[{finding.code}]`",
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[diagnostic],
        edit=change,
    )


def fix_all_action(change: types.WorkspaceEdit) -> types.CodeAction:
    """The action that makes all safe fixes of a file."""
    return types.CodeAction(title="warmlint: make all safe fixes", kind=FIX_ALL, edit=change)


def workspace_edit(
    document: Document, edits: Iterable[Edit], places: Places, *, versioned: bool
) -> types.WorkspaceEdit:
    """Edits of one document; `versioned` where the client can refuse them once it has another text."""
    changes = [places.edit(each) for each in edits]
    if not versioned:
        return types.WorkspaceEdit(changes={document.uri: changes})
    identifier = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(identifier, changes)])


def _text(kind: types.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind
