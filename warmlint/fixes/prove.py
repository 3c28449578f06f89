"""Proof that edits cure its finding: the edited source is linted and traced again, as a whole.

An edit that does not stand up is no fix; nothing of it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from warmlint.finding import Applicability, Edit, Finding, Fix
from warmlint.judge import Judged
from warmlint.site import Site
from warmlint.source import Source


def apply(source: Source, edits: Iterable[Edit]) -> Source:
    """The source with `edits` made, all else as it is, to the byte. Raises ValueError if two overlap."""
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
    """The fix for judgement `index` of `before`, or None where its edits are not proven to be one."""
    site_number, judgement = before.judgements[index]
    edits, finding = judgement.edits, judgement.finding
    if edits is None:
        return None
    try:
        after = judge(apply(source, edits))
    except ValueError:
        return None
    if after.problems or len(after.sites) != len(before.sites):
        return None
    remaining = {(number, each.finding.code) for number, each in after.judgements}
    known = {(number, each.finding.code) for number, each in before.judgements}
    if (site_number, finding.code) in remaining or not remaining <= known:
        return None
    site = after.sites[site_number]
    if judgement.promise is not None and not judgement.promise(site):
        return None
    return _fix(edits, finding, site.shown_with(judgement.subject.valuation))


def _fix(edits: tuple[Edit, ...], finding: Finding, site: Site) -> Fix:
    updates = (
        [reading.update for reading in finding.evidence.readings] if finding.evidence is not None else []
    )
    return Fix(
        finding.suggestion or "",
        edits,
        Applicability.UNSAFE,  # every fix so far changes the LR that is used
        tuple(site.trace.reading_of(update) for update in updates),
        site.trace.curve(site.unit),
    )
