"""Proof that a change cures its finding: the edited source is linted and traced again, as a whole.

A change that does not stand up is no fix; nothing of it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from warmlint.analysis import Judged
from warmlint.finding import Applicability, Edit, Fix
from warmlint.site import Change
from warmlint.source import Source


def apply(source: Source, edits: Iterable[Edit]) -> Source:
    """The source with `edits` made; all else stays as it is, to the byte. Raises ValueError if two overlap."""
    parts: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        start, end = source.offset(edit.span.start), source.offset(edit.span.end)
        if start < done:
            raise ValueError("two edits overlap")
        parts += [source.text[done:start], edit.content]
        done = end
    parts.append(source.text[done:])
    return Source(source.path, "".join(parts))


def prove(source: Source, before: Judged, index: int, judge: Callable[[Source], Judged]) -> Fix | None:
    """The fix for judgement `index` of `before`, or None where its change is not proven to be one."""
    site_number, judgement = before.judgements[index]
    change, finding = judgement.change, judgement.finding
    if change is None:
        return None
    try:
        after = judge(apply(source, change.edits))
    except ValueError:
        return None
    if after.problems or len(after.sites) != len(before.sites):
        return None
    remaining = {(number, each.finding.code) for number, each in after.judgements}
    known = {(number, each.finding.code) for number, each in before.judgements}
    if (site_number, finding.code) in remaining or not remaining <= known:
        return None
    return _fix(change, before, after, site_number, index)


def _fix(change: Change, before: Judged, after: Judged, site_number: int, index: int) -> Fix:
    site = after.sites[site_number]
    evidence = before.judgements[index][1].finding.evidence
    ticks = [reading.tick for reading in evidence.readings] if evidence is not None else site.key_ticks()
    return Fix(
        change.message,
        change.edits,
        Applicability.UNSAFE,  # every fix so far changes the LR that is used
        tuple(site.reading_of_update(tick, before.sites[site_number]) for tick in ticks),
        site.curve(),
    )
