"""From a file's text to its findings: judged by the rules, fixes proven, suppressions applied."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from warmlint.finding import Applicability, Confidence, FileReport, Finding, Fix, Proof, Severity
from warmlint.judge import judge
from warmlint.limits import MAX_REMOVALS
from warmlint.release import NEWEST, Release
from warmlint.rule import Rule, all_rules, spellings
from warmlint.source import Source, Span

if TYPE_CHECKING:
    from warmlint.discovery.files import Files
    from warmlint.site import Subject
    from warmlint.suppression import Suppressions, Unused

_UNUSED: Final = "LR901"


def lint(
    source: Source,
    active: Callable[[], Collection[str]],
    release: Callable[[], Release] = lambda: NEWEST,
    files: Files | None = None,
) -> tuple[FileReport, tuple[Subject | None, ...]]:
    """All that is to be said of a file by the rules whose codes are `active`, for a `release` of torch, and
    what each finding is about. Both are asked only where there is something to judge. `files` are those
    around it, None for what is on disk."""

    def rules() -> tuple[Rule, ...]:
        codes = active()
        return tuple(rule for rule in all_rules() if rule.code in codes)

    judged = judge(source, rules, release, files)
    said: list[tuple[Finding, Subject | None]] = []
    proofs: Mapping[int, Fix | Proof] = {}
    if any(judgement.edits is not None for _, judgement in judged.judgements):
        from warmlint.fixes.prove import attempt  # most files have none

        proofs = attempt(source, judged, lambda edited: judge(edited, rules, release, files))
    for number, (_, judgement) in enumerate(judged.judgements):
        fix = proofs.get(number)
        proven = replace(judgement.finding, fix=fix if isinstance(fix, Fix) else None)
        said.append((proven, judgement.subject))
    if "warmlint:" in source.text:
        said = _suppress(source, said, active())
    said.sort(key=lambda each: each[0].sort_key)
    report = FileReport(
        source.path,
        tuple(finding for finding, _ in said),
        judged.unknowns,
        judged.problems,
        len(judged.sites),
        judged.forms,
        tuple(Proof.PROVEN if isinstance(each, Fix) else each for each in proofs.values()),
    )
    return report, tuple(subject for _, subject in said)


def _suppress(
    source: Source, said: list[tuple[Finding, Subject | None]], active: Collection[str]
) -> list[tuple[Finding, Subject | None]]:
    """Leave out what the source suppresses; add the suppressions that suppress nothing."""
    from warmlint.suppression import parse  # most files have none

    suppressions = parse(source, spellings())
    applied = suppressions.apply([finding for finding, _ in said], active)
    kept = {id(finding) for finding in applied.kept}
    result = [(finding, subject) for finding, subject in said if id(finding) in kept]
    if _UNUSED in active:
        told: list[tuple[Span, str, Fix | None]] = [
            (
                each.span,
                "this suppression suppresses nothing",
                _without(source, suppressions, each) if number < MAX_REMOVALS else None,
            )
            for number, each in enumerate(applied.unused)
        ]
        told += [(each.span, each.message, None) for each in suppressions.malformed]
        name = next(rule.name for rule in all_rules() if rule.code == _UNUSED)
        named = suppressions.naming(_UNUSED)
        result += [
            (
                Finding(
                    _UNUSED, name, message, source.path, span, Severity.WARNING, Confidence.HIGH, None,
                    suggestion="remove it, or mend it", fix=fix,
                ),
                None,
            )
            for span, message, fix in told
            if not named.cover(_UNUSED, span.row)
        ]  # fmt: skip
    return result


def _without(source: Source, suppressions: Suppressions, unused: Unused) -> Fix | None:
    """The fix that takes an unused suppression away. No schedule is read from a comment, so the proof is that
    the code is the same and that all other suppressions still say what they said."""
    from warmlint.fixes.apply import apply
    from warmlint.suppression import code_of, parse, removal

    edit = removal(source, unused)
    edited = apply(source, [edit])
    left = parse(edited, spellings())
    kept = [each.codes for each in suppressions.items]
    at = suppressions.items.index(unused.suppression)
    kept[at : at + 1] = unused.left
    same = [each.codes for each in left.items] == kept and len(left.malformed) == len(suppressions.malformed)
    if not same or code_of(edited) != code_of(source):
        return None
    what = "this suppression" if unused.rule is None else f"`{source.slice(unused.rule.span)}` from it"
    return Fix(f"remove {what}", (edit,), Applicability.SAFE)
