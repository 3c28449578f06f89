"""What the rules say of one file: screen, facts, sites, rules, in that order.

It reads no files. Fixes and suppressions come after it, in `warmlint.analysis`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from warmlint.discovery import UnreadableError
from warmlint.facts.screen import screen
from warmlint.finding import Problem, Unknown
from warmlint.limits import MAX_SCHEDULES
from warmlint.release import NEWEST, Release
from warmlint.rule import Rule
from warmlint.source import Source, Span

if TYPE_CHECKING:
    from warmlint.discovery.files import Files
    from warmlint.site import Judgement, Site


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules say of one file, before fixes are proven and suppressions applied.

    Each judgement comes with the number of its site. `said` are all pairs of a site and a code, those too
    whose place another site's judgement has taken. `asked_for` are the codes of the rules that ran and are
    off unless they are selected."""

    judgements: tuple[tuple[int, Judgement], ...] = ()
    sites: tuple[Site, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    forms: tuple[tuple[str, bool], ...] = ()
    problems: tuple[Problem, ...] = ()
    said: frozenset[tuple[int, str]] = frozenset()
    asked_for: frozenset[str] = frozenset()


def judge(
    source: Source,
    rules: Callable[[], tuple[Rule, ...]],
    release: Callable[[], Release] = lambda: NEWEST,
    files: Files | None = None,
) -> Judged:
    """Run rules over every schedule of a file, as a release of torch runs it. `rules` and `release` are asked
    only where there is a schedule; `files` are those around the file, None for what is on disk."""
    try:
        screened = screen(source)
    except UnreadableError as error:
        return Judged(problems=(Problem(source.path, str(error)),))
    if not screened.has_sites:
        return Judged()
    from warmlint.facts.sites import find  # loads libcst
    from warmlint.site import Site

    facts = find(source, screened, release(), files)
    sites = tuple(
        Site(source, schedule, factor, facts.schedules)
        for schedule in facts.schedules
        for factor in schedule.factors[:MAX_SCHEDULES]
    )[:MAX_SCHEDULES]
    unknowns = [Unknown(source.path, each.span, each.construct, each.reason) for each in facts.unread]
    judgements: dict[tuple[Span, str], tuple[int, Judgement]] = {}
    problems: list[Problem] = []
    said: set[tuple[int, str]] = set()
    for number, site in enumerate(sites):
        reason = site.unknown or site.unsettled
        if reason is not None:
            unknowns.append(Unknown(source.path, site.factor.span, site.schedule.construct, reason))
        for rule in rules():
            for judgement in _run(rule, site, problems):
                finding = judgement.finding
                said.add((number, finding.code))
                judgements.setdefault((finding.span, finding.code), (number, judgement))
    forms = [(f"`{each.construct}`", False) for each in facts.unread]
    forms += [(site.schedule.form, site.unknown is None) for site in sites]
    told = tuple(judgements.values())
    asked = frozenset(rule.code for rule in rules() if not rule.on)
    return Judged(told, sites, tuple(unknowns), tuple(forms), tuple(problems), frozenset(said), asked)


def _run(rule: Rule, site: Site, problems: list[Problem]) -> Iterator[Judgement]:
    """One rule over one site; a fault of the rule's is told, and harms nothing else."""
    if rule.check is None or rule.multipliers is not site.factor.multiplies:
        return
    try:
        for judgement in rule.check(site):
            named = replace(judgement.finding, code=rule.code, name=rule.name)
            yield replace(judgement, finding=named)
    except MemoryError:
        raise  # the file's doing, not the rule's
    except Exception as error:
        where = f"{rule.code} {rule.name}, {site.source.row_name(site.schedule.span.row)}"
        message = f"internal error in {where}: {type(error).__name__}: {error}"
        problems.append(Problem(site.source.path, message, internal=True))
