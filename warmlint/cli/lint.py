"""`warmlint [PATHS…]` itself: what is asked for, the run, the reports, the exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from warmlint.cli.arguments import lint_parser, settings_tree
from warmlint.cli.fixing import Asked, asked_of, is_success
from warmlint.cli.output import Output, deliver, outputs_of
from warmlint.config import Known, OutputFormat, Settings, SettingsTree
from warmlint.outcome import RunError, RunReport, clean, is_clean
from warmlint.run import Options
from warmlint.run import run as lint
from warmlint.suggest import did_you_mean

if TYPE_CHECKING:
    from warmlint.cli.known import KnownFindings
    from warmlint.discovery import Candidate
    from warmlint.report.rules import RulePage
    from warmlint.since import Rows

FOUND, CLEAN, FAILED = 1, 0, 2

_FOR_PEOPLE = (OutputFormat.FULL, OutputFormat.CONCISE)


def run_lint(arguments: Sequence[str], usage: str, verbs: Iterable[str]) -> int:
    """Lint, and tell; the answer is the exit code. `verbs` are those that may have been meant instead of a
    path. Raises RunError."""
    given = lint_parser(usage).parse(arguments)
    given.stdin_filename = given.stdin_filename or "<stdin>"
    given.torch_python = given.torch_python or os.environ.get("WARMLINT_TORCH_PYTHON") or None
    if given.version:
        from warmlint.cli.version import show_version

        return show_version(given.torch_python)
    tree = settings_tree(given, Known())
    if given.show_settings or given.show_files:
        from warmlint.cli.show import show_files, show_settings

        return show_settings(given, tree) if given.show_settings else show_files(given, tree)
    return _Run(given, tree, verbs).end()


class _Run:
    """One run: what was asked for, and what comes of it."""

    def __init__(self, given: argparse.Namespace, tree: SettingsTree, verbs: Iterable[str]) -> None:
        self.verbs = verbs
        self.given = given
        self.tree = tree
        self.own: Settings = tree.of(given.stdin_filename)
        self.asked: Asked = asked_of(given, self.own)
        self.outputs: tuple[Output, ...] = outputs_of(given, self.own.output_format)
        self.known = self._known()

    def _known(self) -> KnownFindings | None:
        if not (self.own.baseline or self.given.write_baseline or self.given.prune_baseline):
            return None
        from warmlint.cli.known import KnownFindings

        return KnownFindings(self.given, self.own, self.tree, self.asked)

    def end(self) -> int:
        """Lint, write what there is to write, and give the exit code."""
        options = self._options()
        report = self._lint(options)
        if report.problems:
            from warmlint.report import RenderOptions
            from warmlint.report.full import write_problems

            write_problems(report.problems, sys.stderr, RenderOptions(colour=self.own.color.forced))
            self._hint_at_verbs(report)
        if options.stdin is not None:
            _write_stdout(next((each.after for each in report.rewritten if each.file is None), options.stdin))
        if self.known is not None and self.known.writes:
            self.known.write(report)
            return FAILED if any(problem.fails for problem in report.problems) else CLEAN
        self._tell(report)
        if self.known is not None:
            self.known.tell(report)
        if any(problem.fails for problem in report.problems):
            return FAILED
        return CLEAN if is_success(report, self.asked) else FOUND

    def _options(self) -> Options:
        given = self.given
        return Options(
            given.paths,
            self.own.torch,
            given.stdin_filename,
            given.torch_python,
            self.own.jobs,
            stdin=sys.stdin.buffer.read() if self._returns_stdin else None,
            fixing=self.asked.fixing,
            force_exclude=self.own.force_exclude,
            gitignores=self.own.respect_gitignore,
            known=None if self.known is None else self.known.known,
            changed=self._changed(),
        )

    def _changed(self) -> Callable[[Sequence[Candidate]], Mapping[str, Rows]] | None:
        revision = self.given.diff_base
        if revision is None:
            return None
        if self.asked.fixing is not None:
            raise RunError(
                "`--diff-base` narrows what is told, and no fix or comment is narrowed so: leave out "
                "`--fix`, `--diff` and `--add-ignores`, or add `--no-fix` where the settings say `fix`"
            )
        from warmlint.since.changes import Changes

        changes = Changes(revision)
        names = [self.given.stdin_filename if path == "-" else path for path in self.given.paths or ["."]]
        changes.require(names)
        return changes.rows

    def _lint(self, options: Options) -> RunReport:
        if not sys.stderr.isatty():
            return lint(options, self.tree)
        from warmlint.report.progress import Progress

        with Progress(colour=self.own.color.forced) as progress:
            return lint(options, self.tree, progress.advance)

    @property
    def _returns_stdin(self) -> bool:
        """Whether what comes through stdin leaves through stdout, fixed: all of it, Python or not."""
        fixing = self.asked.fixing
        return fixing is not None and fixing.write and "-" in self.given.paths

    def _tell(self, report: RunReport) -> None:
        """Write the reports. Where stdout bears a diff or fixed code, and nothing else, they go to stderr."""
        stream = sys.stderr if self.asked.diff or self._returns_stdin else sys.stdout
        if self.asked.diff:
            from warmlint.report.diff import write_diff
            from warmlint.report.fixing import would_fix

            write_diff(report.rewritten, sys.stdout, self.own.color.forced)
            print(self._silenced(report) or would_fix(report, self.asked.unsafe), file=sys.stderr)
        elif self.asked.only:
            from warmlint.report.fixing import fixed

            print(self._silenced(report) or fixed(report), file=stream)
        else:
            self._deliver(report, stream)
        if self.own.statistics:
            from warmlint.report.statistics import write_statistics

            # What programs read stays as they know it.
            people = all(each.format in _FOR_PEOPLE for each in self.outputs if each.file is None)
            write_statistics(report, stream if people else sys.stderr)

    def _silenced(self, report: RunReport) -> str:
        fixing = self.asked.fixing
        if fixing is None or fixing.reason is None:
            return ""
        from warmlint.report.fixing import silenced

        return silenced(report, fixing.reason, written=fixing.write)

    def _deliver(self, report: RunReport, stream: TextIO) -> None:
        def write(output_format: OutputFormat, stream: TextIO, to_file: bool) -> None:
            if output_format is OutputFormat.FULL and is_clean(report):
                print(clean(report), file=stream)  # no page to lay out: nothing more is loaded
                return
            from warmlint.report import RenderOptions, render

            options = RenderOptions(
                show_unknown=self.own.show_unknown,
                rules=rule_pages,
                unsafe_fixes=self.asked.unsafe,
                colour=False if to_file else self.own.color.forced,
            )
            render(output_format.value, report, stream, options)

        deliver(self.outputs, stream, write)
        told = any(each.format is OutputFormat.FULL and each.file is None for each in self.outputs)
        if report.rewritten and not told:
            from warmlint.report.fixing import fixed

            print(fixed(report), file=sys.stderr)

    def _hint_at_verbs(self, report: RunReport) -> None:
        for problem in report.problems:
            word = problem.path
            missing = problem.given and word.isidentifier() and not os.path.lexists(word)
            if missing and (meant := did_you_mean(word, self.verbs)):
                print(f"warmlint: there is no file `{word}`{meant}", file=sys.stderr)


def _write_stdout(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def rule_pages() -> list[RulePage]:
    """The page of every rule, by code."""
    from warmlint.report.rules import RulePage
    from warmlint.rule import all_rules

    return [
        RulePage(each.code, each.name, each.explanation, each.on, each.distribution) for each in all_rules()
    ]
