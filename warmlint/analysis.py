"""From a file's text to its findings: screen, facts, sites, rules, fixes, suppressions, in that order.

The one place that knows the whole flow. It reads no files and writes none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from warmlint.discovery import UnreadableError
from warmlint.facts.screen import screen
from warmlint.finding import Confidence, FileReport, Finding, Problem, Severity, Unknown
from warmlint.rule import Rule, all_rules, spellings
from warmlint.source import Source, Span
from warmlint.suppression import parse

if TYPE_CHECKING:
    from warmlint.site import Judgement, Site, Subject


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules say of one file, before fixes are proven and suppressions applied.

    Each judgement comes with the number of its site.
    """

    judgements: tuple[tuple[int, Judgement], ...] = ()
    sites: tuple[Site, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    problems: tuple[Problem, ...] = ()


def judge(source: Source, rules: Callable[[], tuple[Rule, ...]]) -> Judged:
    """Run rules over every schedule of a file. `rules` is asked only where there is a schedule."""
    try:
        screened = screen(source)
    except UnreadableError as error:
        return Judged(problems=(Problem(source.path, str(error)),))
    if not screened.has_sites:
        return Judged()
    from warmlint.facts.sites import find  # loads libcst
    from warmlint.site import Site

    facts = find(source, screened)
    sites = tuple(
        Site(source, schedule, factor) for schedule in facts.schedules for factor in schedule.factors
    )
    unknowns = [Unknown(source.path, each.span, each.construct, each.reason) for each in facts.unread]
    judgements: dict[tuple[Span, str], tuple[int, Judgement]] = {}
    problems: list[Problem] = []
    for number, site in enumerate(sites):
        if site.unknown is not None:
            unknowns.append(Unknown(source.path, site.factor.span, site.schedule.construct, site.unknown))
        for rule in rules():
            for judgement in _run(rule, site, problems):
                finding = judgement.finding
                judgements.setdefault((finding.span, finding.code), (number, judgement))
    return Judged(tuple(judgements.values()), sites, tuple(unknowns), tuple(problems))


def _run(rule: Rule, site: Site, problems: list[Problem]) -> Iterator[Judgement]:
    """One rule over one site; a fault of the rule's is told, and harms nothing else."""
    if rule.check is None:
        return
    try:
        for judgement in rule.check(site):
            named = replace(judgement.finding, code=rule.code, name=rule.name)
            yield replace(judgement, finding=named)
    except Exception as error:
        where = f"{rule.code} {rule.name}, line {site.schedule.span.row}"
        message = f"internal error in {where}: {type(error).__name__}: {error}"
        problems.append(Problem(site.source.path, message, internal=True))


_UNUSED: Final = "LR901"


def lint(
    source: Source, active: Callable[[], Collection[str]]
) -> tuple[FileReport, tuple[Subject | None, ...]]:
    """All that is to be said of a file by the rules whose codes are `active`, and what each finding is
    about. `active` is asked only where there is something to judge."""

    def rules() -> tuple[Rule, ...]:
        codes = active()
        return tuple(rule for rule in all_rules() if rule.code in codes)

    judged = judge(source, rules)
    said: list[tuple[Finding, Subject | None]] = []
    for index, (_, judgement) in enumerate(judged.judgements):
        finding = judgement.finding
        if judgement.edits is not None:
            from warmlint.fixes.prove import prove

            finding = replace(finding, fix=prove(source, judged, index, lambda edited: judge(edited, rules)))
        said.append((finding, judgement.subject))
    if "warmlint:" in source.text:
        said = _suppress(source, said, active())
    said.sort(key=lambda each: each[0].sort_key)
    report = FileReport(
        source.path,
        tuple(finding for finding, _ in said),
        judged.unknowns,
        judged.problems,
        len(judged.sites),
    )
    return report, tuple(subject for _, subject in said)


def _suppress(
    source: Source, said: list[tuple[Finding, Subject | None]], active: Collection[str]
) -> list[tuple[Finding, Subject | None]]:
    """Leave out what the source suppresses; add the suppressions that suppress nothing."""
    suppressions = parse(source, spellings())
    applied = suppressions.apply([finding for finding, _ in said], active)
    kept = {id(finding) for finding in applied.kept}
    result = [(finding, subject) for finding, subject in said if id(finding) in kept]
    if _UNUSED in active:
        told = [(each.span, "this suppression suppresses nothing") for each in applied.unused]
        told += [(each.span, each.message) for each in suppressions.malformed]
        name = next(rule.name for rule in all_rules() if rule.code == _UNUSED)
        result += [
            (
                Finding(
                    _UNUSED, name, message, source.path, span, Severity.WARNING, Confidence.HIGH, None,
                    suggestion="remove it, or mend it",
                ),
                None,
            )
            for span, message in told
            if not suppressions.names(_UNUSED, span.row)
        ]  # fmt: skip
    return result
