"""What a child is asked, and what it answers: as values, and as the data that crosses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from warmlint.config import Settings
from warmlint.discovery import Candidate
from warmlint.finding import Edit, FileReport, Finding
from warmlint.linted import Drawn, Linted, Mended, Target
from warmlint.workers.wire import WireError, from_data, to_data, to_line

if TYPE_CHECKING:
    from warmlint.witness.protocol import Replay
    from warmlint.witness.replay import Skipped


class Verb(Enum):
    """What is to be done with a file."""

    LINT = "lint"
    DRAW = "draw"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Task:
    """One file to judge, as `warmlint.discovery.Candidate` tells it; its bytes, `size` of them, follow.

    Linting and drawing ask for `settings` and `target`, drawing for the `row` at which a schedule stands,
    None for all (in a notebook it is one of the `cell`); silencing for the `code` and the `row` of a finding.
    `unsaved` are other files that stand for what is on disk: the path and the number of bytes of each, which
    follow in this order.
    """

    verb: Verb
    path: str
    file: str | None
    given: bool
    size: int
    settings: Settings | None = None
    target: Target | None = None
    row: int | None = None
    cell: int | None = None
    code: str | None = None
    unsaved: tuple[tuple[str, int], ...] = ()


Unsaved = Mapping[str, bytes]
"""Files that an editor has open: their content as it would be saved, by real path."""


def lint_request(
    candidate: Candidate, settings: Settings, target: Target, unsaved: Unsaved | None = None
) -> bytes:
    """The message that asks for a file's findings."""
    return _request(Verb.LINT, candidate, settings, target, unsaved=unsaved)


def draw_request(
    candidate: Candidate,
    row: int | None,
    cell: int | None,
    settings: Settings,
    target: Target,
    unsaved: Unsaved | None = None,
) -> bytes:
    """The message that asks for a file's curves."""
    return _request(Verb.DRAW, candidate, settings, target, row=row, cell=cell, unsaved=unsaved)


def silence_request(candidate: Candidate, code: str, row: int) -> bytes:
    """The message that asks how a finding can be silenced."""
    return _request(Verb.SILENCE, candidate, code=code, row=row)


def _request(
    verb: Verb,
    candidate: Candidate,
    settings: Settings | None = None,
    target: Target | None = None,
    *,
    row: int | None = None,
    cell: int | None = None,
    code: str | None = None,
    unsaved: Unsaved | None = None,
) -> bytes:
    path, data, file, given = candidate
    others = unsaved or {}
    sizes = tuple((other, len(text)) for other, text in others.items())
    task = Task(verb, path, file, given, len(data), settings, target, row, cell, code, sizes)
    return b"".join((to_line(to_data(task)), data, *others.values()))


def linted_to_data(linted: Linted) -> dict[str, object]:
    """The answer to a `lint_request`."""
    mended = linted.mended
    return {
        "report": to_data(linted.report),
        "quotes": to_data(linted.quotes),
        "replays": [_replay_to_data(replay) for replay in linted.replays],
        "fingerprints": to_data(linted.fingerprints),
        "known": to_data(linted.known),
        "mended": mended
        and {"text": mended.text, "cured": to_data(mended.cured), "then": linted_to_data(mended.then)},
        "asked": to_data(linted.asked),
    }


def linted_from_data(data: dict[str, object]) -> Linted:
    """What an answer to a `lint_request` says. Raises `WireError` where it is none."""
    match data:
        case {"report": report, "quotes": quotes, "replays": list() as replays, "mended": mended, **more}:
            return Linted(
                from_data(FileReport, report),
                from_data(tuple[tuple[int, str], ...], quotes),
                tuple(_replay_from_data(replay) for replay in replays),
                _mended_from_data(mended),
                from_data(tuple[str, ...], more.get("asked")),
                from_data(tuple[str, ...], more.get("fingerprints")),
                from_data(tuple[str, ...], more.get("known")),
            )
    raise WireError("no report")


def _mended_from_data(data: object) -> Mended | None:
    match data:
        case None:
            return None
        case {"text": str() as text, "cured": cured, "then": dict() as then}:
            return Mended(text, from_data(tuple[Finding, ...], cured), linted_from_data(then))
    raise WireError("no fixes")


def silencing_to_data(edit: Edit | None) -> dict[str, object]:
    """The answer to a `silence_request`."""
    return {"edit": to_data(edit)}


def silencing_from_data(data: dict[str, object]) -> Edit | None:
    """What an answer to a `silence_request` says. Raises `WireError` where it is none."""
    match data:
        case {"edit": edit}:
            return None if edit is None else from_data(Edit, edit)
    raise WireError("no comment")


def drawn_to_data(drawn: Drawn) -> dict[str, object]:
    """The answer to a `draw_request`."""
    return {"views": to_data(drawn.views), "rows": to_data(drawn.rows), "problem": drawn.problem}


def drawn_from_data(data: dict[str, object]) -> Drawn:
    """What an answer to a `draw_request` says. Raises `WireError` where it is none."""
    from warmlint.report.curve import CurveView

    match data:
        case {"views": views, "rows": rows, "problem": None | str() as problem}:
            return Drawn(from_data(tuple[CurveView, ...], views), from_data(tuple[str, ...], rows), problem)
    raise WireError("no curves")


def _replay_to_data(replay: Replay | Skipped | None) -> object:
    from warmlint.witness.protocol import ProtocolError, Replay, replay_to_data

    if not isinstance(replay, Replay):
        return replay and replay.reason
    try:
        return replay_to_data(replay)
    except ProtocolError as error:
        return str(error)


def _replay_from_data(data: object) -> Replay | Skipped | None:
    if data is None:
        return None
    from warmlint.witness.protocol import ProtocolError, replay_from_data
    from warmlint.witness.replay import Skipped

    if isinstance(data, str):
        return Skipped(data)
    try:
        return replay_from_data(data)
    except ProtocolError as error:
        raise WireError(str(error)) from None
