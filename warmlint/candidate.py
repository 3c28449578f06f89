"""One file that may hold a schedule: decoded, linted under its own settings, fixed if asked, and quoted; or
drawn; or given a comment that silences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from warmlint.analysis import lint
from warmlint.config import Settings
from warmlint.discovery import Candidate, UnreadableError
from warmlint.discovery.decode import decode
from warmlint.discovery.files import Files
from warmlint.finding import Edit, FileReport, Finding, Problem
from warmlint.identity import fingerprints
from warmlint.judge import judge
from warmlint.linted import Drawn, Linted, Target
from warmlint.mentions import mentions
from warmlint.report.curve import CurveView, Mark
from warmlint.report.places import cell_of, in_cell
from warmlint.rule import all_rules
from warmlint.site import Site
from warmlint.source import Source
from warmlint.witness.protocol import Replay


def lint_candidate(
    candidate: Candidate, settings: Settings, target: Target, files: Files | None = None
) -> Linted:
    """Lint one file among `files` (None: those on disk), for the release of torch that its settings name, or
    else that of the run; make its fixes where the target asks for them. Whatever is wrong with it, or goes
    wrong, becomes a problem of its report; but for MemoryError, which is raised."""
    path, file = candidate.path, candidate.file or candidate.path
    files = files or Files()
    try:
        source = decode(path, candidate.data)
    except UnreadableError as error:
        return Linted(FileReport(path, problems=(Problem(path, str(error), candidate.given),)))

    def lint_source(source: Source) -> Linted:
        return _lint(source, file, settings, target, files, given=candidate.given)

    def linted_as_asked() -> Linted:
        linted = lint_source(source)
        if target.reason is not None and linted.report.findings:
            from warmlint.ignores import add_ignores

            return add_ignores(source, linted, lint_source, target.reason)
        if target.unsafe_fixes is None or not any(finding.fix for finding in linted.report.findings):
            return linted
        from warmlint.mend import mend

        return mend(source, linted, lint_source, unsafe=target.unsafe_fixes)

    try:
        linted = linted_as_asked()
        return placed(linted, candidate.data) if source.cells else linted
    except MemoryError:
        raise
    except Exception as error:
        message = f"internal error: {type(error).__name__}: {error}"
        return Linted(FileReport(path, problems=(Problem(path, message, internal=True),)))


def _lint(
    source: Source, file: str, settings: Settings, target: Target, files: Files, *, given: bool
) -> Linted:
    """What is told of a source under the settings of its file."""
    report, subjects = lint(
        source,
        lambda: settings.codes_for(file, {rule.code: rule.on for rule in all_rules()}),
        lambda: settings.target_torch or target.release,
        files,
    )
    keys = [(each.code, source.line(each.span.row).strip()) for each in report.findings]
    known = frozenset(target.known or ())
    # Of all findings, so that another minimum changes no fingerprint.
    marks = ["" for _ in keys] if target.known is None else fingerprints(keys)
    said = zip(map(partial(_fixable, settings=settings), report.findings), subjects, marks, strict=True)
    new = [each for each in said if each[2] not in known and _wanted(each[0], settings)]
    wanted = [(finding, subject) for finding, subject, _ in new]
    findings = tuple(finding for finding, _ in wanted)
    replays: tuple[Replay | None, ...] = (None,) * len(findings)
    if target.replays:
        from warmlint.attest import replay_of

        replays = tuple(replay_of(*pair, target.installed) for pair in wanted)
    problems = tuple(replace(problem, given=given) for problem in report.problems)
    return Linted(
        replace(report, findings=findings, problems=problems),
        tuple((row, source.line(row)) for row in sorted(set(_rows(findings)))),
        replays,
        fingerprints=tuple(mark for *_, mark in new) if target.known is not None else (),
        known=tuple(mark for mark in marks if mark in known),
        asked=tuple(sorted(files.asked)),
    )


def placed(linted: Linted, data: bytes) -> Linted:
    """What is said of a notebook, with its cells, where anything is said."""
    report = linted.report
    if not (report.findings or report.unknowns):
        return linted
    from warmlint.discovery.notebook import cells_of

    return replace(linted, report=replace(report, cells=cells_of(data)))


def draw_candidate(
    candidate: Candidate,
    row: int | None,
    cell: int | None,
    settings: Settings,
    target: Target,
    files: Files,
) -> Drawn:
    """Trace each schedule of a file among `files`, or the one that a row belongs to (a row of a `cell` in a
    notebook), for the release of torch that linting judges for."""
    try:
        source = decode(candidate.path, candidate.data)
    except UnreadableError as error:
        return Drawn(problem=str(error))
    judged = judge(source, lambda: (), lambda: settings.target_torch or target.release, files)
    if judged.problems:
        return Drawn(problem=judged.problems[0].message)
    if row is not None and source.cells:
        starts = [each.row for each in source.cells if each.number == cell]
        row = starts[0] + row - 1 if starts else 0
    sites = [site for site in judged.sites if row is None or _stands_at(site, row)]
    rows = sorted({site.schedule.span.row for site in judged.sites})
    return Drawn(tuple(_view(site) for site in sites), tuple(map(source.row_name, rows)))


def _fixable(finding: Finding, settings: Settings) -> Finding:
    """A finding as it is, without its fix where no fix of its rule is to be made."""
    return finding if finding.fix is None or settings.fixes(finding.code) else replace(finding, fix=None)


def silence_candidate(candidate: Candidate, code: str, row: int) -> Edit | None:
    """The comment that silences a finding at a row; None where none can be shown to."""
    from warmlint.silencing import silence

    try:
        return silence(decode(candidate.path, candidate.data), code, row)
    except UnreadableError:
        return None


def _wanted(finding: Finding, settings: Settings) -> bool:
    severity, confidence = settings.minimum_severity, settings.minimum_confidence
    return (severity is None or finding.severity >= severity) and (
        confidence is None or finding.confidence >= confidence
    )


def _rows(findings: Iterable[Finding]) -> Iterator[int]:
    """The rows that a report may quote: each finding's own, and those that its fix edits."""
    for finding in findings:
        yield from range(finding.span.start.row, finding.span.end.row + 1)
        for edit in finding.fix.edits if finding.fix is not None else ():
            yield from range(edit.span.start.row, edit.span.end.row + 1)


def _stands_at(site: Site, row: int) -> bool:
    spans = (site.schedule.span, site.factor.span)
    return any(span.start.row <= row <= span.end.row for span in spans)


def _view(site: Site) -> CurveView:
    trace = site.trace
    return CurveView(
        path=site.source.path,
        span=in_cell(site.schedule.span, site.source.cells),
        cell=cell_of(site.schedule.span, site.source.cells),
        construct=site.schedule.construct,
        source_text=site.factor.text,
        unit=site.unit,
        scale=site.scale,
        base_lr=trace.base_lr,
        settings=site.words.settings(trace.valuation),
        readings=tuple(trace.reading(tick) for tick in trace.key_ticks()),
        curve=trace.curve(site.unit),
        note=site.words.note,
        marks=tuple(_marks(site)),
        places=(site.schedule.span, *mentions(site.source, site.schedule.target, site.schedule.function)),
    )


def _marks(site: Site) -> Iterator[Mark]:
    """The readings that tell a schedule in one line."""
    trace = site.trace
    yield Mark("", trace.reading_of(0))
    warmup = trace.length(site.roles.warmup)
    if warmup and warmup > 0 and (trace.reach is None or warmup < trace.reach):
        yield Mark("warmup ends", trace.reading(warmup))
    if trace.reach:
        yield Mark("last", trace.reading(trace.reach))
