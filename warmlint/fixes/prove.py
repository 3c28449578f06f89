"""Proof that edits cure their finding: the edited source is linted and traced again, as a whole.

Edits that do not stand up are no fix; nothing of them is shown. A file with many findings is not linted as
often again: edits in rows that no other finding's schedule was read from are proven together, and each by
itself where that fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from warmlint.finding import Fix
from warmlint.fixes.apply import apply
from warmlint.judge import Judged
from warmlint.site import Judgement, Site
from warmlint.source import Source

Judge = Callable[[Source], Judged]


def prove(source: Source, before: Judged, judge: Judge) -> Mapping[int, Fix]:
    """The fixes of `before`, by the number of the judgement whose edits are proven to be one."""
    proven: dict[int, Fix] = {}
    for batch in _batches(before):
        found = _together(source, before, batch, judge)
        if len(found) < len(batch) > 1:
            for number in batch:
                found.update(_together(source, before, [number], judge))
        proven.update(found)
    return proven


def _batches(before: Judged) -> list[list[int]]:
    """The judgements with edits, such that of those in one batch no edit touches what another one's schedule
    was read from."""
    batches: list[list[int]] = []
    for number, (_, judgement) in enumerate(before.judgements):
        if judgement.edits is None:
            continue
        for batch in batches:
            if all(_independent(before.judgements[each], before.judgements[number]) for each in batch):
                batch.append(number)
                break
        else:
            batches.append([number])
    return batches


def _independent(one: tuple[int, Judgement], other: tuple[int, Judgement]) -> bool:
    return (
        one[0] != other[0]
        and _edited(one[1]).isdisjoint(other[1].subject.site.rows | _edited(other[1]))
        and _edited(other[1]).isdisjoint(one[1].subject.site.rows)
    )


def _edited(judgement: Judgement) -> set[int]:
    return {
        row
        for edit in judgement.edits or ()
        for row in range(edit.span.start.row, edit.span.end.row + 1)
    }  # fmt: skip


def _together(source: Source, before: Judged, batch: Sequence[int], judge: Judge) -> dict[int, Fix]:
    """The fixes of a batch, all of whose edits are made at once; none where they do not stand together."""
    chosen = [before.judgements[number] for number in batch]
    try:
        after = judge(apply(source, [edit for _, each in chosen for edit in each.edits or ()]))
    except ValueError:
        return {}
    if after.problems or len(after.sites) != len(before.sites):
        return {}
    remaining = {(site, each.finding.code) for site, each in after.judgements}
    known = {(site, each.finding.code) for site, each in before.judgements}
    if not remaining <= known:
        return {}
    found: dict[int, Fix] = {}
    for number, (site_number, judgement) in zip(batch, chosen, strict=True):
        site = after.sites[site_number]
        cured = (site_number, judgement.finding.code) not in remaining
        if cured and (judgement.promise is None or judgement.promise(site)):
            shown = site.shown_with(judgement.subject.valuation)
            found[number] = _fix(judgement, shown)
    return found


def _fix(judgement: Judgement, site: Site) -> Fix:
    finding = judgement.finding
    updates = (
        [reading.update for reading in finding.evidence.readings] if finding.evidence is not None else []
    )
    return Fix(
        finding.suggestion or "",
        judgement.edits or (),
        judgement.applicability,
        tuple(site.trace.reading_of(update) for update in updates),
        site.trace.curve(site.unit),
    )
