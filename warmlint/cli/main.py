"""Which verb was asked for, and `warmlint [PATHS…]` itself."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from warmlint import __version__
from warmlint.cli.fixing import Asked, add_options, asked_of, is_success
from warmlint.cli.parser import Parser
from warmlint.config import ConfigError, OutputFormat, Settings, SettingsTree, merge, read_settings
from warmlint.discovery.read import shown
from warmlint.limits import MAX_JOBS
from warmlint.outcome import RunReport, clean, is_clean
from warmlint.plugins import PluginError
from warmlint.run import Options
from warmlint.run import run as lint
from warmlint.suggest import did_you_mean

if TYPE_CHECKING:
    from warmlint.report.rules import RulePage

FOUND, CLEAN, FAILED = 1, 0, 2

_FOR_PEOPLE = (OutputFormat.FULL, OutputFormat.CONCISE)

_VERBS = ("rule", "curve", "server")

_EXAMPLES = """\
examples:
  warmlint                        lint the current folder
  warmlint train.py src/          lint a file and a folder
  cat train.py | warmlint -       lint what comes through a pipe
  warmlint --diff --unsafe-fixes  see all fixes, and write nothing
  warmlint --fix --unsafe-fixes   write them
  warmlint --select LR001 src/    run one rule, by its code or name
  warmlint --torch full src/      have torch confirm the numbers of each finding
  warmlint rule uncapped-warmup   read what a rule does, and why
  warmlint curve train.py:42      see the LR of a schedule, update by update
  warmlint server                 speak to an editor (language server)

exit codes: 0 nothing found, 1 findings, 2 the run itself failed
with --fix: 0 nothing left; with --diff: 1 if a fix would be made
"""


def run(arguments: Sequence[str]) -> int:
    """Do what `arguments` ask for; the answer is the exit code."""
    verb = arguments[0] if arguments else ""
    try:
        if verb == "rule":
            from warmlint.cli.rule import run_rule

            return run_rule(arguments[1:])
        if verb == "curve":
            from warmlint.cli.curve import run_curve

            return run_curve(arguments[1:])
        if verb == "server":
            from warmlint.cli.server import run_server

            return run_server(arguments[1:])
        return _lint(arguments)
    except (ConfigError, PluginError) as error:
        print(f"warmlint: error: {shown(str(error))}", file=sys.stderr)
        return FAILED


class Known(Mapping[str, str]):
    """Every spelling of a rule with its code; the rules are loaded when somebody looks."""

    @property
    def _spellings(self) -> Mapping[str, str]:
        from warmlint.rule import spellings

        return spellings()

    def __getitem__(self, key: str) -> str:
        return self._spellings[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._spellings)

    def __len__(self) -> int:
        return len(self._spellings)


def _parser() -> Parser:
    parser = Parser(
        prog="warmlint",
        description="Find learning-rate warmup bugs in PyTorch training code.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="warmlint [options] [PATHS …]\n       warmlint rule [CODE]\n       warmlint curve FILE[:LINE]"
        "\n       warmlint server",
    )
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATHS",
        help="files and folders; `-` is stdin; default: the current folder",
    )
    parser.add_argument("--version", action="version", version=f"warmlint {__version__}")
    rules = parser.add_argument_group("rules (codes, names, or the start of a code; ALL for all)")
    rules.add_argument("--select", metavar="RULES", type=_words, help="run these and no others")
    rules.add_argument("--extend-select", metavar="RULES", type=_words, help="run these too")
    rules.add_argument("--ignore", metavar="RULES", type=_words, help="leave these out")
    rules.add_argument(
        "--per-file-ignores",
        metavar="PATTERN:RULE",
        type=_pairs,
        action="append",
        help="leave a rule out in the files that match; may be repeated",
    )
    add_options(parser)
    files = parser.add_argument_group("files")
    files.add_argument(
        "--exclude", metavar="PATTERNS", type=_words, help="leave out what matches, as in .gitignore"
    )
    files.add_argument(
        "--stdin-filename", metavar="PATH", default="<stdin>", help="the name of what comes by `-`"
    )
    files.add_argument("--config", metavar="FILE", help="read settings from this file alone")
    files.add_argument("--isolated", action="store_true", help="read no settings file")
    files.add_argument(
        "--jobs", metavar="N", type=_jobs, help="lint up to N files at a time; default: one a processor"
    )
    files.add_argument("--no-cache", action="store_true", help="accepted; there is no cache yet")
    report = parser.add_argument_group("report")
    report.add_argument(
        "--output-format",
        metavar="FORMAT",
        help=f"one of {', '.join(each.value for each in OutputFormat)}",
    )
    report.add_argument("--minimum-severity", metavar="LEVEL", help="note, warning or error")
    report.add_argument("--minimum-confidence", metavar="LEVEL", help="low, medium or high")
    report.add_argument("--show-unknown", action="store_true", help="list what could not be judged, and why")
    report.add_argument(
        "--statistics", action="store_true", help="count findings by rule, and schedules by their form"
    )
    torch = parser.add_argument_group("torch (the second opinion on the numbers of findings)")
    torch.add_argument(
        "--torch", choices=("auto", "full", "off"), default="auto",
        help="replay reported schedules through the schedulers of the installed torch (auto), all of torch"
        " (full), or not (off)",
    )  # fmt: skip
    torch.add_argument(
        "--torch-python", metavar="PATH", default=os.environ.get("WARMLINT_TORCH_PYTHON") or None,
        help="the interpreter whose torch it is; default: $WARMLINT_TORCH_PYTHON, or warmlint's own",
    )  # fmt: skip
    torch.add_argument(
        "--target-torch", metavar="VERSION", help="judge for this release; default: the installed one"
    )
    return parser


def _words(text: str) -> list[str]:
    return [word for word in text.replace(",", " ").split() if word]


def _jobs(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MAX_JOBS):
        raise argparse.ArgumentTypeError(f"`{text}` is no whole number from 1 to {MAX_JOBS}")
    return int(text)


def _pairs(text: str) -> tuple[str, str]:
    pattern, colon, rule = text.rpartition(":")
    if not colon or not pattern or not rule:
        raise argparse.ArgumentTypeError(f"`{text}` is no PATTERN:RULE, such as `tests/*:LR101`")
    return pattern, rule


_Member = TypeVar("_Member", bound=Enum)


def _member(option: str, text: str | None, kind: type[_Member]) -> _Member | None:
    """What an option says, as a member of `kind`; None where it says nothing. Raises ConfigError."""
    members = {member.value: member for member in kind}
    if text is None or text in members:
        return members[text] if text is not None else None
    hint = did_you_mean(text, members)
    raise ConfigError(f"`{option}` must be one of {', '.join(members)}, not `{text}`{hint}")


def settings_tree(given: argparse.Namespace) -> SettingsTree:
    """The settings of every file, with the command line over them. Raises ConfigError."""
    known = Known()
    output_format = _member("--output-format", given.output_format, OutputFormat)
    severity = confidence = None
    if given.minimum_severity or given.minimum_confidence:
        from warmlint.finding import Confidence, Severity

        severity = _member("--minimum-severity", given.minimum_severity, Severity)
        confidence = _member("--minimum-confidence", given.minimum_confidence, Confidence)

    def adjust(settings: Settings) -> Settings:
        return merge(
            settings,
            known,
            select=given.select,
            extend_select=given.extend_select,
            ignore=given.ignore,
            exclude=given.exclude,
            per_file_ignores=given.per_file_ignores,
            minimum_severity=severity,
            minimum_confidence=confidence,
            output_format=output_format,
            target_torch=given.target_torch,
        )

    adjust(Settings())  # what is wrong on the command line is wrong whether or not a file is met
    explicit = read_settings(given.config, known) if given.config else Settings() if given.isolated else None
    return SettingsTree(known, explicit=explicit, adjust=adjust)


def _lint(arguments: Sequence[str]) -> int:
    given = _parser().parse_args(arguments)
    settings = settings_tree(given)
    own = settings.of(given.stdin_filename)
    asked = asked_of(given, own)
    options = Options(
        given.paths,
        given.torch,
        given.stdin_filename,
        given.torch_python,
        given.jobs,
        stdin=_read_stdin() if _returns_stdin(given, asked) else None,
        fixing=asked.fixing,
    )
    if sys.stderr.isatty():
        from warmlint.report.progress import Progress

        with Progress() as progress:
            report = lint(options, settings, progress.advance)
    else:
        report = lint(options, settings)
    if report.problems:
        from warmlint.report.full import write_problems

        write_problems(report.problems, sys.stderr)
    if options.stdin is not None:
        _write_stdout(next((each.after for each in report.rewritten if each.file is None), options.stdin))
    _tell(given, asked, own.output_format, report)
    return exit_code(report, asked)


def _returns_stdin(given: argparse.Namespace, asked: Asked) -> bool:
    """Whether what comes through stdin leaves through stdout, fixed: all of it, even if it is not Python."""
    return asked.fixing is not None and asked.fixing.write and "-" in given.paths


def _read_stdin() -> bytes:
    return sys.stdin.buffer.read()


def _write_stdout(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _tell(given: argparse.Namespace, asked: Asked, output_format: OutputFormat, report: RunReport) -> None:
    """Write the report. Where stdout bears a diff or fixed code, and nothing else, it goes to stderr."""
    stream = sys.stderr if asked.diff or _returns_stdin(given, asked) else sys.stdout
    if asked.diff:
        from warmlint.report.diff import write_diff
        from warmlint.report.fixing import would_fix

        write_diff(report.rewritten, sys.stdout)
        print(would_fix(report, asked.unsafe), file=sys.stderr)
    elif asked.only:
        from warmlint.report.fixing import fixed

        print(fixed(report), file=stream)
    elif output_format is OutputFormat.FULL and is_clean(report):
        print(clean(report), file=stream)  # no page to lay out: nothing more is loaded
    else:
        from warmlint.report import RenderOptions, render

        options = RenderOptions(show_unknown=given.show_unknown, rules=rule_pages, unsafe_fixes=asked.unsafe)
        render(output_format.value, report, stream, options)
        if output_format is not OutputFormat.FULL and report.rewritten:
            from warmlint.report.fixing import fixed

            print(fixed(report), file=sys.stderr)
    if given.statistics:
        from warmlint.report.statistics import write_statistics

        # What programs read stays as they know it.
        write_statistics(report, stream if output_format in _FOR_PEOPLE else sys.stderr)


def rule_pages() -> list[RulePage]:
    """The page of every rule, by code."""
    from warmlint.report.rules import RulePage
    from warmlint.rule import all_rules

    return [
        RulePage(each.code, each.name, each.explanation, each.on, each.distribution) for each in all_rules()
    ]


def exit_code(report: RunReport, asked: Asked) -> int:
    """2 where the run itself failed, else 1 where something was found and is left, or as was asked for."""
    if any(problem.fails for problem in report.problems):
        return FAILED
    return CLEAN if is_success(report, asked) else FOUND
