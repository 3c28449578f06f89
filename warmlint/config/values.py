"""What settings come to: the values that the other rooms read, and what they decide.

Every run comes through here, also the one that ends at once: hence named tuples instead of dataclasses
(see `warmlint.discovery`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from warmlint.discovery.ignore import Patterns
from warmlint.discovery.read import shown
from warmlint.outcome import RunError

if TYPE_CHECKING:
    from warmlint.finding import Confidence, Severity
    from warmlint.release import Release


class ConfigError(RunError):
    """What is wrong with the settings: one sentence that names the file or option, and the key."""

    def __init__(self, sentence: str) -> None:
        super().__init__(shown(sentence))  # it quotes a file that may hold anything


class OutputFormat(Enum):
    """How findings are written."""

    FULL = "full"
    CONCISE = "concise"
    JSON = "json"
    JSON_LINES = "json-lines"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"
    JUNIT = "junit"
    RDJSON = "rdjson"
    AZURE = "azure"
    MARKDOWN = "markdown"


class FailOn(Enum):
    """From which severity on a finding makes the run fail."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"
    NEVER = "never"


class Colour(Enum):
    """Whether what people read is coloured; AUTO asks the environment and the terminal."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"

    @property
    def forced(self) -> bool | None:
        """True or False where somebody has decided."""
        return None if self is Colour.AUTO else self is Colour.ALWAYS


class Selection(NamedTuple):
    """What one settings file, or the command line, says of rules.

    Each word is a code, the start of one, or `ALL`; `select` is None where nothing was said.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def selects(self, code: str, before: bool) -> bool:
        """Whether `code` is on, where it was on or off `before`: the more specific word wins."""
        wanted = _specificity((*(self.select or ()), *self.extend_select), code)
        unwanted = _specificity(self.ignore, code)
        if self.select is None and wanted == unwanted == _NO_MATCH:
            return before
        return wanted > unwanted


class Globs(NamedTuple):
    """Patterns as in a `.gitignore` that stands in the folder `root` (absolute, with a slash at the end)."""

    root: str = "/"
    patterns: tuple[str, ...] = ()

    def match(self, path: str, *, folder: bool = False) -> bool:
        """Whether `path` itself is meant."""
        return bool(self.patterns) and bool(
            _compiled(self.patterns).judge(self._relative(path), folder=folder)
        )

    def cover(self, path: str) -> bool:
        """Whether the file `path` is meant, or a folder that it lies in."""
        return bool(self.patterns) and _compiled(self.patterns).covers(self._relative(path))

    def _relative(self, path: str) -> str:
        # Outside of `root` the slash in front stays: only patterns for names, or with `**`, reach there.
        return _slashed(os.path.abspath(path)).removeprefix(self.root)


class PerFileIgnore(NamedTuple):
    """Rules that are off in the files that `files` mean; `elsewhere` turns this to all other files."""

    files: Globs
    ignore: tuple[str, ...]
    elsewhere: bool = False


class Settings(NamedTuple):
    """Everything that a settings file can say, and its default; `warmlint.config.options` declares the rest.

    `selections` come in the order in which they were made, each over the one before; `fixable` likewise, of
    the rules whose fixes are made. Findings below the minimum are not told; None tells all. `target_torch`
    is the release to judge for, None for the installed. `unsafe_fixes` is None where nobody said anything,
    where False wants to hear nothing of unsafe fixes. `file` is the nearest settings file, None for none.

    What speaks of a run and not of a file, such as `fix` or `output_format`, is asked of the working folder's
    settings.
    """

    selections: tuple[Selection, ...] = ()
    exclude: tuple[Globs, ...] = ()
    per_file_ignores: tuple[PerFileIgnore, ...] = ()
    minimum_severity: Severity | None = None
    minimum_confidence: Confidence | None = None
    output_format: OutputFormat = OutputFormat.FULL
    fix: bool = False
    unsafe_fixes: bool | None = None
    file: str | None = None
    target_torch: Release | None = None
    fixable: tuple[Selection, ...] = ()
    fix_only: bool = False
    exit_non_zero_on_fix: bool = False
    exit_zero: bool = False
    fail_on: FailOn = FailOn.NOTE
    force_exclude: bool = False
    respect_gitignore: bool = True
    show_unknown: bool = False
    statistics: bool = False
    color: Colour = Colour.AUTO
    baseline: str | None = None
    torch: str = "auto"
    jobs: int | None = None

    def selects(self, code: str, default_on: bool) -> bool:
        """Whether the rule `code` is on, before any `per-file-ignores`."""
        return _judged(self.selections, code, default_on)

    def fixes(self, code: str) -> bool:
        """Whether the fixes of the rule `code` are made."""
        return _judged(self.fixable, code, True)

    def codes_for(self, path: str, rules: Mapping[str, bool]) -> frozenset[str]:
        """The codes of the `rules` that are on in the file `path`."""
        ignored = [
            word
            for entry in self.per_file_ignores
            if entry.files.cover(path) != entry.elsewhere
            for word in entry.ignore
        ]
        return frozenset(
            code
            for code, default_on in rules.items()
            if self.selects(code, default_on) and _specificity(ignored, code) == _NO_MATCH
        )

    def excludes(self, path: str, *, folder: bool = False) -> bool:
        """Whether a walk that meets `path` leaves it out."""
        return any(globs.match(path, folder=folder) for globs in self.exclude)

    def covers(self, path: str) -> bool:
        """Whether `path`, or a folder that it lies in, is left out."""
        return any(globs.cover(path) for globs in self.exclude)


def globs(root: str, patterns: Iterable[str]) -> Globs:
    """The patterns of the folder `root`."""
    return Globs(_slashed(os.path.join(os.path.abspath(root), "")), tuple(patterns))


# --- words for rules ---------------------------------------------------------------------------

_NO_MATCH: Final = -1


def _judged(selections: Iterable[Selection], code: str, on: bool) -> bool:
    for selection in selections:
        on = selection.selects(code, on)
    return on


def _specificity(words: Sequence[str], code: str) -> int:
    """How closely the closest of `words` names `code`: `ALL` least, its whole code most."""
    return max(
        (0 if word == "ALL" else len(word) for word in words if word == "ALL" or code.startswith(word)),
        default=_NO_MATCH,
    )


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[str, ...]) -> Patterns:
    return Patterns(patterns)


def _slashed(path: str) -> str:
    return path if os.sep == "/" else path.replace(os.sep, "/")
