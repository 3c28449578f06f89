"""Settings: the files they come from, what the command line puts over them, and what they decide.

Which rules there are is told by the registry: it is handed in as `known`, every accepted spelling of a
rule (its code, its name) with its code, or as `rules`, every code with whether it is on by default.

Every run comes through here, also the one that ends at once: hence named tuples instead of dataclasses
(see `warmlint.discovery`), and imports where a settings file needs them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from warmlint.discovery.ignore import Patterns
from warmlint.discovery.read import UnreadableError, read, shown
from warmlint.suggest import did_you_mean

if TYPE_CHECKING:
    from warmlint.finding import Confidence, Severity
    from warmlint.release import Release

# In one folder the first that is there wins; a `pyproject.toml` counts if it has `[tool.warmlint]`.
FILE_NAMES: Final = (".warmlint.toml", "warmlint.toml", "pyproject.toml")

_Member = TypeVar("_Member", bound=Enum)


class ConfigError(Exception):
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
    """Everything a user can set. `file` is where it was read, None for the defaults.

    `selections` come in the order in which they were made, each over the one before. Findings below the
    minimum are not told; None tells all. `target_torch` is the release to judge for, None for the installed.
    `fix` and `unsafe_fixes` are asked of the working folder's settings; None of the second says nothing,
    where False wants to hear nothing of unsafe fixes.
    """

    selections: tuple[Selection, ...] = ()
    exclude: Globs = Globs()
    per_file_ignores: tuple[PerFileIgnore, ...] = ()
    minimum_severity: Severity | None = None
    minimum_confidence: Confidence | None = None
    output_format: OutputFormat = OutputFormat.FULL
    fix: bool = False
    unsafe_fixes: bool | None = None
    file: str | None = None
    target_torch: Release | None = None

    def selects(self, code: str, default_on: bool) -> bool:
        """Whether the rule `code` is on, before any `per-file-ignores`."""
        on = default_on
        for selection in self.selections:
            on = selection.selects(code, on)
        return on

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


class SettingsTree:
    """The settings of every file: those of the nearest settings file up the tree, read once.

    `explicit` settings (`--config`, `--isolated`) hold for all files instead; `adjust` puts the command
    line over whatever was found.
    """

    def __init__(
        self,
        known: Mapping[str, str],
        *,
        explicit: Settings | None = None,
        adjust: Callable[[Settings], Settings] = lambda settings: settings,
    ) -> None:
        self._known = known
        self._adjust = adjust
        self._explicit = None if explicit is None else adjust(explicit)
        self._by_folder: dict[str, Settings] = {}

    def of(self, path: str) -> Settings:
        """The settings for the file `path` (or for a folder, as an entry of the one that holds it)."""
        if self._explicit is not None:
            return self._explicit
        folder = os.path.dirname(os.path.abspath(path))
        way = [folder]
        settings = self._by_folder.get(folder)
        while settings is None:
            settings = self._read_in(folder)
            parent = os.path.dirname(folder)
            if settings is not None or parent == folder:
                settings = self._adjust(settings or Settings())
            else:
                settings = self._by_folder.get(parent)
                folder = parent
                way.append(folder)
        self._by_folder.update(dict.fromkeys(way, settings))
        return settings

    def excludes(self, path: str, folder: bool) -> bool:
        """Whether a walk leaves out `path`, as `warmlint.discovery.discover` asks it."""
        return self.of(path).exclude.match(path, folder=folder)

    def _read_in(self, folder: str) -> Settings | None:
        for name in FILE_NAMES:
            file = os.path.join(folder, name)
            if os.path.isfile(file) and (table := _table(file)) is not None:
                return _settings(file, table, folder, self._known)
        return None


def read_settings(file: str, known: Mapping[str, str]) -> Settings:
    """The settings of a file that was named by hand: its patterns are relative to the working folder."""
    table = _table(file)
    if table is None:
        raise ConfigError(f"{_named(file)} has no `[tool.warmlint]`")
    return _settings(file, table, os.getcwd(), known)


def merge(
    settings: Settings,
    known: Mapping[str, str],
    *,
    select: Sequence[str] | None = None,
    extend_select: Sequence[str] | None = None,
    ignore: Sequence[str] | None = None,
    exclude: Sequence[str] | None = None,
    per_file_ignores: Sequence[tuple[str, str]] | None = None,
    minimum_severity: Severity | None = None,
    minimum_confidence: Confidence | None = None,
    output_format: OutputFormat | None = None,
    target_torch: str | None = None,
) -> Settings:
    """`settings` with what the command line says over them; None means that it says nothing.

    As in ruff, `select` makes a new beginning, `extend_select` and `ignore` change what is there, and
    `exclude` and `per_file_ignores`, relative to the working folder, replace.
    """
    over = Selection(
        None if select is None else _selectors("`--select`", select, known),
        _selectors("`--extend-select`", extend_select or (), known),
        _selectors("`--ignore`", ignore or (), known),
    )
    return settings._replace(
        selections=settings.selections if over == Selection() else (*settings.selections, over),
        exclude=settings.exclude if exclude is None else _globs(os.getcwd(), exclude),
        per_file_ignores=settings.per_file_ignores
        if per_file_ignores is None
        else tuple(
            _per_file_ignore("`--per-file-ignores`", pattern, [word], os.getcwd(), known)
            for pattern, word in per_file_ignores
        ),
        minimum_severity=minimum_severity or settings.minimum_severity,
        minimum_confidence=minimum_confidence or settings.minimum_confidence,
        output_format=output_format or settings.output_format,
        target_torch=settings.target_torch
        if target_torch is None
        else _release("`--target-torch`", target_torch),
    )


# --- words for rules ---------------------------------------------------------------------------

_NO_MATCH: Final = -1


def _specificity(words: Sequence[str], code: str) -> int:
    """How closely the closest of `words` names `code`: `ALL` least, its whole code most."""
    return max(
        (0 if word == "ALL" else len(word) for word in words if word == "ALL" or code.startswith(word)),
        default=_NO_MATCH,
    )


def _selectors(where: str, words: Sequence[str], known: Mapping[str, str]) -> tuple[str, ...]:
    for word in words:
        if word == "ALL" or word in known or (word and any(code.startswith(word) for code in known.values())):
            continue
        raise ConfigError(f"{where} names an unknown rule, `{word}`{did_you_mean(word, known)}")
    return tuple(known.get(word, word) for word in words)


# --- settings files ----------------------------------------------------------------------------

_KINDS: Final = {str: "a string", bool: "a boolean", int: "a number", float: "a number", list: "a list"}


def _table(file: str) -> dict[str, object] | None:
    """What `file` sets, or None for a `pyproject.toml` that says nothing to warmlint."""
    in_project = os.path.basename(file) == "pyproject.toml"
    try:
        data = read(file)
    except UnreadableError as error:
        raise ConfigError(f"{_named(file)} {error}") from error
    if in_project and b"warmlint" not in data:
        return None  # most are not ours, and then neither are their mistakes
    from importlib import import_module

    toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        table: object = toml.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{_named(file)} is not UTF-8") from error
    except ValueError as error:
        raise ConfigError(f"{_named(file)} is not valid TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{_named(file)} is nested too deeply") from error
    for key in ("tool", "warmlint") if in_project else ():
        table = table.get(key) if isinstance(table, dict) else None
    if table is None or isinstance(table, dict):
        return table
    raise ConfigError(f"{_named(file)}: `tool.warmlint` must be a table, not {_kind(table)}")


def _settings(file: str, table: dict[str, object], root: str, known: Mapping[str, str]) -> Settings:
    from warmlint.finding import Confidence, Severity

    where = _named(file)
    selection = Selection()
    settings = Settings(file=file)
    for key, value in table.items():
        at = f"{where}: `{key}`"
        match key:
            case "select" | "extend-select" | "ignore":
                words = _selectors(at, _strings(at, value), known)
                selection = selection._replace(**{key.replace("-", "_"): words})
            case "exclude":
                settings = settings._replace(exclude=_globs(root, _strings(at, value)))
            case "per-file-ignores":
                settings = settings._replace(per_file_ignores=_per_file(at, value, root, known))
            case "minimum-severity":
                settings = settings._replace(minimum_severity=_member(at, value, Severity))
            case "minimum-confidence":
                settings = settings._replace(minimum_confidence=_member(at, value, Confidence))
            case "output-format":
                settings = settings._replace(output_format=_member(at, value, OutputFormat))
            case "target-torch":
                settings = settings._replace(target_torch=_release(at, value))
            case "fix":
                settings = settings._replace(fix=_switch(at, value))
            case "unsafe-fixes":
                settings = settings._replace(unsafe_fixes=_switch(at, value))
            case "tool":
                raise ConfigError(f"{where}: settings stand here at the top, without `[tool.warmlint]`")
            case _:
                raise ConfigError(f"{where}: unknown setting `{key}`{did_you_mean(key, _KEYS)}")
    return settings._replace(selections=(selection,))


_KEYS: Final = (
    "select",
    "extend-select",
    "ignore",
    "exclude",
    "per-file-ignores",
    "minimum-severity",
    "minimum-confidence",
    "output-format",
    "target-torch",
    "fix",
    "unsafe-fixes",
)


def _per_file(at: str, value: object, root: str, known: Mapping[str, str]) -> tuple[PerFileIgnore, ...]:
    if not isinstance(value, dict):
        raise ConfigError(f"{at} must be a table from patterns to lists of rules, not {_kind(value)}")
    entries = []
    for pattern, words in value.items():
        inside = f"{at}, `{pattern}`"
        entries.append(_per_file_ignore(inside, pattern, _strings(inside, words), root, known))
    return tuple(entries)


def _per_file_ignore(
    at: str, pattern: str, words: Sequence[str], root: str, known: Mapping[str, str]
) -> PerFileIgnore:
    files = _globs(root, [pattern.removeprefix("!")])
    return PerFileIgnore(files, _selectors(at, words, known), elsewhere=pattern.startswith("!"))


def _strings(at: str, value: object) -> list[str]:
    if not isinstance(value, list):
        raise ConfigError(f"{at} must be a list of strings, not {_kind(value)}")
    for item in value:
        if not isinstance(item, str):
            raise ConfigError(f"{at} must be a list of strings, but holds {_kind(item)}")
    return value


def _member(at: str, value: object, kind: type[_Member]) -> _Member:
    spellings = {member.value: member for member in kind}
    if isinstance(value, str) and value in spellings:
        return spellings[value]
    *others, last = (f"`{spelling}`" for spelling in spellings)
    got, hint = (
        (f"`{value}`", did_you_mean(value, spellings)) if isinstance(value, str) else (_kind(value), "")
    )
    raise ConfigError(f"{at} must be {', '.join(others)} or {last}, not {got}{hint}")


def _release(at: str, value: object) -> Release:
    from warmlint.release import OLDEST, parse

    if not isinstance(value, str):
        raise ConfigError(f'{at} must be a string, such as "2.4", not {_kind(value)}')
    release = parse(value)
    if release is None:
        raise ConfigError(f'{at} must be a version of torch, such as "2.4", not `{value}`')
    if release < OLDEST:
        raise ConfigError(f"{at} must be torch {OLDEST} or later, not `{value}`")
    return release


def _switch(at: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{at} must be true or false, not {_kind(value)}")
    return value


def _kind(value: object) -> str:
    return "a table" if isinstance(value, dict) else _KINDS.get(type(value), "a date or time")


def _named(file: str) -> str:
    here = os.path.join(os.getcwd(), "")
    return shown(os.path.abspath(file).removeprefix(here))


def _globs(root: str, patterns: Sequence[str]) -> Globs:
    return Globs(_slashed(os.path.join(os.path.abspath(root), "")), tuple(patterns))


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[str, ...]) -> Patterns:
    return Patterns(patterns)


def _slashed(path: str) -> str:
    return path if os.sep == "/" else path.replace(os.sep, "/")
