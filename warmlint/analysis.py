"""From a file's text to its findings: screen, facts, sites, rules, fixes, suppressions, in that order.

The one place that knows the whole flow. It reads no files and writes none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from warmlint.facts.screen import Unparsable, screen
from warmlint.finding import Problem, Unknown
from warmlint.rule import Rule
from warmlint.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from warmlint.site import Judgement, Site


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules say of one file, before fixes are proven and suppressions applied."""

    judgements: tuple[Judgement, ...] = ()
    sites: tuple[Site, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    problems: tuple[Problem, ...] = ()


def judge(source: Source, rules: Callable[[], tuple[Rule, ...]]) -> Judged:
    """Run rules over every schedule of a file. `rules` is asked only where there is a schedule."""
    try:
        screened = screen(source)
    except Unparsable as error:
        return Judged(problems=(Problem(source.path, str(error)),))
    if not screened.has_sites:
        return Judged()
    from warmlint.facts.sites import find  # loads libcst
    from warmlint.site import Site

    facts = find(source, screened)
    sites = tuple(Site(source, schedule, factor) for schedule in facts.schedules for factor in schedule.factors)
    unknowns = [Unknown(source.path, each.span, each.construct, each.reason) for each in facts.unread]
    judgements: dict[tuple[object, ...], Judgement] = {}
    problems: list[Problem] = []
    for site in sites:
        if site.unknown is not None:
            unknowns.append(Unknown(source.path, site.factor.span, site.schedule.construct, site.unknown))
        for rule in rules():
            for judgement in _run(rule, site, problems):
                finding = judgement.finding
                judgements.setdefault((finding.span, finding.code), judgement)
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
        message = f"internal error in {rule.code} {rule.name}, line {site.schedule.span.row}: {type(error).__name__}: {error}"
        problems.append(Problem(site.source.path, message, internal=True))
