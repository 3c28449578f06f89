"""The one declaration of what can be asked for: the parser of the command line, the reader of settings files,
their JSON schema, `--show-settings`, the completions and the docs are all made from `OPTIONS`.

An option's default is that of the field of `Settings` that bears its name. Names are ruff's where ruff has
the same thing.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from warmlint.config.kinds import (
    Choice,
    Count,
    Kind,
    Path,
    PathPatterns,
    Release,
    Rules,
    RulesByPattern,
    Switch,
    Text,
)
from warmlint.config.values import Colour, FailOn, OutputFormat, Settings
from warmlint.limits import MAX_JOBS


class Group(Enum):
    """The headings of `--help`, in its order."""

    RULES = "rules (codes, names, or the start of a code; ALL for all)"
    FIXES = "fixes (proven: linted and traced again)"
    FILES = "files"
    KNOWN = "what is known, and what is new"
    REPORT = "report"
    EXIT = "exit code"
    TORCH = "torch (the second opinion on the numbers of findings)"
    SETTINGS = "settings and the run"


class Option(NamedTuple):
    """One thing that can be asked for: `key = …` in a settings file, `--key` on the command line.

    `alone` says why no settings file may say it, empty where one may; `flag` is False where the command line
    cannot. `metavar` stands for its argument in help; `repeated` says that it may be given many times.
    """

    key: str
    kind: Kind
    help: str
    group: Group
    metavar: str = ""
    short: str = ""
    alone: str = ""
    flag: bool = True
    repeated: bool = False

    @property
    def field(self) -> str:
        """Its name in Python."""
        return self.key.replace("-", "_")

    @property
    def default(self) -> object:
        """What holds where nobody says anything; None where that is nothing, or not one value."""
        return Settings._field_defaults.get(self.field)


def _severity(word: str) -> object:
    from warmlint.finding import Severity

    return Severity(word)


def _confidence(word: str) -> object:
    from warmlint.finding import Confidence

    return Confidence(word)


_ONE_RUN: Final = "it speaks of one run"
_NO_WRITING: Final = "a settings file must not name files to write"
_NO_STARTING: Final = "a settings file must not say which programs are started"

_FORMATS: Final = Choice([each.value for each in OutputFormat], OutputFormat)

OPTIONS: Final = (
    # --- rules
    Option("select", Rules(), "run these and no others", Group.RULES, "RULES", repeated=True),
    Option("extend-select", Rules(), "run these too", Group.RULES, "RULES", repeated=True),
    Option("ignore", Rules(), "leave these out", Group.RULES, "RULES", repeated=True),
    Option(
        "per-file-ignores", RulesByPattern(), "leave a rule out in the files that match", Group.RULES,
        "PATTERN:RULE", repeated=True,
    ),
    Option(
        "extend-per-file-ignores", RulesByPattern(), "likewise, beside those of the settings", Group.RULES,
        "PATTERN:RULE", repeated=True,
    ),
    Option("fixable", Rules(), "make fixes of these and no others", Group.RULES, "RULES", repeated=True),
    Option("extend-fixable", Rules(), "make fixes of these too", Group.RULES, "RULES", repeated=True),
    Option("unfixable", Rules(), "make no fixes of these", Group.RULES, "RULES", repeated=True),
    # --- fixes
    Option("fix", Switch(), "write the fixes that cannot change what was meant", Group.FIXES),
    Option("unsafe-fixes", Switch(), "with --fix or --diff: also those that change the LR", Group.FIXES),
    Option("diff", Switch(), "show the fixes as a diff, and write nothing", Group.FIXES, alone=_ONE_RUN),
    Option("fix-only", Switch(), "fix, and neither report nor fail for what is left", Group.FIXES),
    # --- files
    Option(
        "exclude", PathPatterns(), "leave out what matches, as in .gitignore", Group.FILES, "PATTERNS",
        repeated=True,
    ),
    Option(
        "extend-exclude", PathPatterns(), "likewise, beside those of the settings", Group.FILES, "PATTERNS",
        repeated=True,
    ),
    Option("force-exclude", Switch(), "leave it out even where it is named by hand", Group.FILES),
    Option("respect-gitignore", Switch(), "leave out what git ignores; this is the default", Group.FILES),
    Option(
        "stdin-filename", Text(), "the name of what comes by `-`", Group.FILES, "PATH", alone=_ONE_RUN
    ),
    Option("show-files", Switch(), "list the files that would be linted", Group.FILES, alone=_ONE_RUN),
    # --- known and new
    Option("baseline", Path(), "say nothing of the findings that FILE knows", Group.KNOWN, "FILE"),
    Option(
        "write-baseline", Path(), "make FILE know all findings of now", Group.KNOWN, "FILE",
        alone=_NO_WRITING,
    ),
    Option(
        "prune-baseline", Switch(), "take out of the baseline what is gone; add nothing", Group.KNOWN,
        alone=_NO_WRITING,
    ),
    Option(
        "add-ignores", Text(), "write a comment that silences each finding", Group.KNOWN, "REASON",
        alone=_ONE_RUN,
    ),
    Option(
        "diff-base", Text(), "tell only what stands on lines that changed since the commit REV",
        Group.KNOWN, "REV", alone=_NO_STARTING,
    ),
    # --- report
    Option(
        "output-format", _FORMATS, f"one of {', '.join(each.value for each in OutputFormat)}", Group.REPORT,
        "FORMAT",
    ),
    Option(
        "output", Text(), "write another report to a file, `-` for stdout", Group.REPORT, "FORMAT=FILE",
        alone=_NO_WRITING, repeated=True,
    ),
    Option(
        "output-file", Path(), "write the report to FILE instead of stdout", Group.REPORT, "FILE",
        short="-o", alone=_NO_WRITING,
    ),
    Option(
        "color", Choice([each.value for each in Colour], Colour),
        "auto, always or never; over NO_COLOR and FORCE_COLOR", Group.REPORT, "WHEN",
    ),
    Option(
        "minimum-severity", Choice(("note", "warning", "error"), _severity), "note, warning or error",
        Group.REPORT, "LEVEL",
    ),
    Option(
        "minimum-confidence", Choice(("low", "medium", "high"), _confidence), "low, medium or high",
        Group.REPORT, "LEVEL",
    ),
    Option("show-unknown", Switch(), "list what could not be judged, and why", Group.REPORT),
    Option(
        "statistics", Switch(), "count findings by rule, and schedules by their form", Group.REPORT
    ),
    # --- exit code
    Option(
        "fail-on", Choice([each.value for each in FailOn], FailOn),
        "end with 1 for findings from this severity on: note, warning, error or never", Group.EXIT, "LEVEL",
    ),
    Option("exit-zero", Switch(), "end with 0 even if something was found", Group.EXIT, short="-e"),
    Option("exit-non-zero-on-fix", Switch(), "end with 1 if anything was fixed", Group.EXIT),
    # --- torch
    Option(
        "torch", Choice(("auto", "full", "off")),
        "replay reported schedules through the schedulers of the installed torch (auto), all of torch"
        " (full), or not (off)", Group.TORCH, "HOW",
    ),
    Option(
        "torch-python", Text(),
        "the interpreter whose torch it is; default: $WARMLINT_TORCH_PYTHON, or warmlint's own", Group.TORCH,
        "PATH", alone=_NO_STARTING,
    ),
    Option(
        "target-torch", Release(), "judge for this release; default: the installed one", Group.TORCH,
        "VERSION",
    ),
    # --- settings and the run
    Option(
        "extend", Text(), "the settings file that this one goes on from", Group.SETTINGS, "FILE", flag=False
    ),
    Option(
        "config", Text(), "read settings from FILE alone, or set one: `--config 'key = 1'`", Group.SETTINGS,
        "FILE", alone=_ONE_RUN, repeated=True,
    ),
    Option("isolated", Switch(), "read no settings file", Group.SETTINGS, alone=_ONE_RUN),
    Option(
        "show-settings", Switch(), "show what is set, and where", Group.SETTINGS, alone=_ONE_RUN
    ),
    Option(
        "jobs", Count(1, MAX_JOBS), "lint up to N files at a time; default: one a processor", Group.SETTINGS,
        "N", short="-j",
    ),
    Option(
        "no-cache", Switch(), "accepted; there is no cache yet", Group.SETTINGS, short="-n", alone=_ONE_RUN
    ),
    Option(
        "version", Switch(), "show the version, and the torch that would be asked", Group.SETTINGS,
        short="-V", alone=_ONE_RUN,
    ),
)  # fmt: skip

IN_FILES: Final = {option.key: option for option in OPTIONS if not option.alone}
"""What a settings file may say, by its key."""

ELSEWHERE: Final = {
    "add-noqa": "add-ignores",
    "add-ignore": "add-ignores",
    "extend-ignore": "ignore",
    "extend-unfixable": "unfixable",
    "target-version": "target-torch",
    "colour": "color",
    "format": "output-format",
    "show-source": "output-format",
    "since": "diff-base",
}
"""Names under which other linters, or other tongues, have the same thing."""
