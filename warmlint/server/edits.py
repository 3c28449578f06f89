"""Changes of the text that a child judged, as changes of the text that stands in the editor.

They are the same, but where lines of IPython stand: a child sees a comment in the place of each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

from warmlint.discovery import UnreadableError
from warmlint.discovery.decode import decode, has_magics, text_of
from warmlint.finding import Edit
from warmlint.fixes.apply import apply
from warmlint.fixes.encode import RefusedError, encode
from warmlint.server.documents import Document
from warmlint.source import Source, Span

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_COMPARED: Final = 500
"""Lines up to which it is worth to look for those that stay between others that change."""


def in_editor(document: Document, edits: Sequence[Edit]) -> Sequence[Edit] | None:
    """The edits of a finding, as the editor makes them; None where it cannot."""
    if not has_magics(document.text):
        return edits
    try:
        judged = apply(decode("", document.data), edits).text
    except (UnreadableError, ValueError):
        return None
    return from_text(document, judged)


def from_text(document: Document, judged: str) -> Sequence[Edit] | None:
    """The edits that make a text, as a child has it, of a document; None where it cannot be written so."""
    try:
        after = text_of(encode("", judged, document.data))
        before = text_of(document.data)
    except (RefusedError, UnreadableError):
        return None
    return changes(Source("", before), after)


def changes(before: Source, after: str) -> list[Edit]:
    """The edits that make `after` of a source: whole lines, and of those between the first and the last that
    change as few as can be told quickly."""
    old, new = _lines(before.text), _lines(after)
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    ends = (len(old) - last, len(new) - last)
    blocks = [(first, ends[0], first, ends[1])]
    if max(ends) - first <= _COMPARED:
        matcher = SequenceMatcher(None, old[first : ends[0]], new[first : ends[1]], autojunk=False)
        blocks = [
            (first + a, first + b, first + c, first + d)
            for tag, a, b, c, d in matcher.get_opcodes()
            if tag != "equal"
        ]
    offsets = [0]
    for line in old:
        offsets.append(offsets[-1] + len(line))
    return [
        Edit(Span(before.position(offsets[a]), before.position(offsets[b])), "".join(new[c:d]))
        for a, b, c, d in blocks
        if old[a:b] != new[c:d]
    ]


def _lines(text: str) -> list[str]:
    return [line for line in _LINE.findall(text) if line]
