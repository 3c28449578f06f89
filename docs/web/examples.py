"""What warmlint makes of the code under a rule's *Example* and *Use instead*: its finding and its curves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite

from warmlint.analysis import lint
from warmlint.finding import Curve, Evidence, Finding, Reading, Scale, Setting, SiteReference
from warmlint.judge import judge
from warmlint.rule import all_rules
from warmlint.site import Site
from warmlint.source import Source

_FILE = "example.py"


@dataclass(frozen=True, slots=True)
class Traced:
    """One schedule of an example: its curve, and the numbers that a reader wants of it.

    `label` tells it from the other schedules of the example; `note` says what had to be assumed.
    """

    label: str
    unit: str
    scale: Scale
    curve: Curve
    readings: tuple[Reading, ...]
    settings: tuple[Setting, ...]
    base_lr: float | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Example:
    """A program of a rule's page. `finding` is what the rule says of it, None where it says nothing."""

    code: str
    finding: Finding | None
    traced: tuple[Traced, ...]


def read(code: str, rule: str | None) -> Example:
    """Trace a program as `warmlint curve` does, and lint it where a rule is to say something of it. What the
    finding's evidence shows stands first, and in the place of what is traced of the same schedule."""
    finding = None if rule is None else finding_of(code, rule)
    evidence = finding.evidence if finding is not None else None
    sites = _sites(code)
    traced: list[Traced] = []
    for site, label in zip(sites, _labels(sites), strict=True):
        each = _traced(site, label)
        if finding is not None and evidence is not None and _is_about(finding, site):
            traced.insert(0, _shown(evidence, each))  # though all of it fail: then that is the finding
            evidence = None
        elif has_numbers(each.curve):
            traced.append(each)
    return Example(code, finding, tuple(traced))


def has_numbers(curve: Curve) -> bool:
    """Whether anything of a curve is known."""
    return any(value is not None and isfinite(value) for value in curve.values)


def finding_of(code: str, rule: str) -> Finding | None:
    """What a rule says first of a program, all rules being on."""
    report, _ = lint(Source(_FILE, code), lambda: {each.code for each in all_rules()})
    return next((each for each in report.findings if each.code == rule), None)


def _sites(code: str) -> list[Site]:
    """The schedules of a program, without those that are made in a branch which no update follows."""
    sites = judge(Source(_FILE, code), lambda: ()).sites
    reached = [site for site in sites if not (site.loop.program and site.clock.assumed)]
    return reached or list(sites)


def _is_about(finding: Finding, site: Site) -> bool:
    return finding.site == SiteReference(site.schedule.span.row, site.schedule.construct)


def _labels(sites: list[Site]) -> list[str]:
    names = [site.schedule.construct for site in sites]
    return [
        name if names.count(name) == 1 else f"{name}, param group {site.factor.group}"
        for name, site in zip(names, sites, strict=True)
    ]


def _traced(site: Site, label: str) -> Traced:
    trace = site.trace
    return Traced(
        label,
        site.unit,
        site.scale,
        trace.curve(site.unit),
        tuple(trace.reading(tick) for tick in trace.key_ticks()),
        site.words.settings(trace.valuation),
        trace.base_lr,
        site.words.note,
    )


def _shown(evidence: Evidence, traced: Traced) -> Traced:
    return replace(
        traced,
        unit=evidence.unit,
        scale=evidence.scale,
        curve=evidence.curve,
        readings=evidence.readings,
        settings=evidence.settings,
        base_lr=evidence.base_lr,
    )
