"""Proof that edits cure their finding: the edited source is linted and traced again, as a whole.

Edits that do not stand up are no fix; nothing of them is shown: they leave the finding, bring another, break
what was promised, or change a schedule beside it. A note of a rule that is off by default is no such finding:
nobody is refused a fix for having asked for that rule. A file with many findings is not linted as
often again: edits in rows that no other finding's schedule was read from are proven together, and each by
itself where that fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from warmlint.finding import Fix, Proof, Severity
from warmlint.fixes.apply import apply
from warmlint.judge import Judged
from warmlint.limits import MAX_PROOF_SITES
from warmlint.site import Judgement, Site
from warmlint.source import Source

Judge = Callable[[Source], Judged]
_COMPARED = 100
"""Ticks of a schedule beside the fixed one that are compared."""


def prove(source: Source, before: Judged, judge: Judge) -> Mapping[int, Fix]:
    """The fixes of `before`, by the number of the judgement whose edits are proven to be one."""
    tried = attempt(source, before, judge)
    return {number: each for number, each in tried.items() if isinstance(each, Fix)}


def attempt(source: Source, before: Judged, judge: Judge) -> Mapping[int, Fix | Proof]:
    """What becomes of the edits of each judgement of `before` that has some: its fix, or why it is none."""
    tried: dict[int, Fix | Proof] = {}
    left = MAX_PROOF_SITES

    def together(batch: Sequence[int]) -> dict[int, Fix | Proof]:
        nonlocal left
        left -= len(before.sites)
        if left < 0:
            return dict.fromkeys(batch, Proof.NOT_TRIED)
        return _together(source, before, batch, judge)

    for batch in _batches(before):
        found = together(batch)
        if len(batch) > 1 and not all(isinstance(each, Fix) for each in found.values()):
            for number in batch:
                found.update(together([number]))
        tried.update(found)
    return tried


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


def _together(source: Source, before: Judged, batch: Sequence[int], judge: Judge) -> dict[int, Fix | Proof]:
    """The fixes of a batch, all of whose edits are made at once; none where they do not stand together."""
    chosen = [before.judgements[number] for number in batch]
    try:
        edited_source = apply(source, [edit for _, each in chosen for edit in each.edits or ()])
    except ValueError:
        return dict.fromkeys(batch, Proof.NOT_LINTED)
    if [cell.number for cell in edited_source.cells] != [cell.number for cell in source.cells]:
        return dict.fromkeys(batch, Proof.MOVED_CELLS)
    after = judge(edited_source)
    if after.problems:
        return dict.fromkeys(batch, Proof.NOT_LINTED)
    ended = {number for number, each in chosen if each.ends}
    left = [number for number in range(len(before.sites)) if number not in ended]
    if len(after.sites) != len(left):
        return dict.fromkeys(batch, Proof.OTHER_SCHEDULES)
    now = dict(zip(left, after.sites, strict=True))
    remaining, known = frozenset((left[number], code) for number, code in _said(after)), _said(before)
    edited = {row for _, each in chosen for row in _edited(each)}
    own = {before.sites[number].schedule.span for number, _ in chosen}
    cured = {number for number, _ in known - remaining}
    bystanders = (
        (site, now[number])
        for number, site in enumerate(before.sites)
        if number not in cured and site.schedule.span not in own and not edited.isdisjoint(site.rows)
    )
    if {code for _, code in remaining - known} - _notes(after):
        return dict.fromkeys(batch, Proof.NEW_FINDINGS)
    if not all(_unmoved(site, then) for site, then in bystanders):
        return dict.fromkeys(batch, Proof.MOVED_OTHERS)
    found: dict[int, Fix | Proof] = {}
    for number, (site_number, judgement) in zip(batch, chosen, strict=True):
        if judgement.ends:
            found[number] = Fix(
                judgement.finding.suggestion or "", judgement.edits or (), judgement.applicability
            )
            continue
        site = now[site_number].shown_with(judgement.subject.valuation)
        if (site_number, judgement.finding.code) in remaining:
            found[number] = Proof.NOT_CURED
        elif judgement.promise is not None and not judgement.promise(site):
            found[number] = Proof.BROKEN_PROMISE
        else:
            found[number] = _fix(judgement, site)
    return found


def _notes(after: Judged) -> frozenset[str]:
    """The codes of rules that are off unless asked for, where all that they say is a note: what a library
    does by design is no fault of an edit that brings it about, and who asks for more gets no fewer fixes."""
    graver = {each.finding.code for _, each in after.judgements if each.finding.severity is not Severity.NOTE}
    return after.asked_for - graver


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
        judgement.applicability,
        tuple(site.trace.reading_of(update) for update in updates),
        site.trace.curve(site.unit),
    )
