"""Proof that edits cure their finding: the edited source is linted and traced again, as a whole.

Edits that do not stand up are no fix; nothing of them is shown. A file with many findings is not linted as
often again: edits in rows that no other finding's schedule was read from are proven together, and each by
itself where that fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from warmlint.finding import Applicability, Edit, Fix
from warmlint.judge import Judged
from warmlint.site import Judgement, Site
from warmlint.source import Source

Judge = Callable[[Source], Judged]
_COMPARED = 100
"""Ticks of a schedule beside the fixed one that are compared."""


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
    remaining, known = _said(after), _said(before)
    edited = {row for _, each in chosen for row in _edited(each)}
    own = {before.sites[number].schedule.span for number, _ in chosen}
    cured = {number for number, _ in known - remaining}
    bystanders = (
        (site, after.sites[number])
        for number, site in enumerate(before.sites)
        if number not in cured and site.schedule.span not in own and not edited.isdisjoint(site.rows)
    )
    if not remaining <= known or not all(_unmoved(site, then) for site, then in bystanders):
        return {}
    found: dict[int, Fix] = {}
    for number, (site_number, judgement) in zip(batch, chosen, strict=True):
        site = after.sites[site_number].shown_with(judgement.subject.valuation)
        gone = (site_number, judgement.finding.code) not in remaining
        if gone and (judgement.promise is None or judgement.promise(site)):
            found[number] = _fix(judgement, site)
    return found


def _said(judged: Judged) -> frozenset[tuple[int, str]]:
    return judged.said | {(site, each.finding.code) for site, each in judged.judgements}


def _unmoved(before: Site, after: Site) -> bool:
    """Whether a schedule that reads an edited row, and had nothing to be cured of, is what it was."""
    shown = after.shown_with(before.example)
    ticks = before.trace.key_ticks()
    same = [before.trace.value(tick) for tick in ticks] == [shown.trace.value(tick) for tick in ticks]
    return same and before.clock.runs[:_COMPARED] == shown.clock.runs[:_COMPARED]


def _fix(judgement: Judgement, site: Site) -> Fix:
    finding = judgement.finding
    updates = (
        [reading.update for reading in finding.evidence.readings] if finding.evidence is not None else []
    )
    return Fix(
        finding.suggestion or "",
        judgement.edits or (),
        Applicability.UNSAFE,  # the LR that is used changes
        tuple(site.trace.reading_of(update) for update in updates),
        site.trace.curve(site.unit),
    )
