"""Layers of settings, one over the other: what each settings file says, what the command line says, and what
it comes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from warmlint.config.kinds import Place
from warmlint.config.options import ELSEWHERE, IN_FILES, OPTIONS
from warmlint.config.values import ConfigError, Selection, Settings
from warmlint.suggest import did_you_mean


class Layer(NamedTuple):
    """What one place says: `source` is how it is shown, `values` holds by key what was read, and `file` is
    None where it is no file."""

    source: str
    values: Mapping[str, Any]
    file: str | None = None


def layer_of_table(
    table: Mapping[str, object], source: str, root: str, known: Mapping[str, str], file: str | None = None
) -> Layer:
    """What a table of TOML says; its patterns and paths start from the folder `root`. Raises ConfigError."""
    values = {}
    for key, value in table.items():
        option = IN_FILES.get(key)
        if option is None:
            raise ConfigError(f"{source}: {_unknown(key)}")
        values[key] = option.kind.read(Place(f"{source}: `{key}`", root, known), value)
    return Layer(source, values, file)


def _unknown(key: str) -> str:
    if key == "tool":
        return "settings stand here at the top, without `[tool.warmlint]`"
    for option in OPTIONS:
        if option.key == key and option.alone:
            return f"`{key}` is said on the command line alone: {option.alone}"
    if key in ELSEWHERE:
        return f"unknown setting `{key}`; did you mean `{ELSEWHERE[key]}`?"
    return f"unknown setting `{key}`{did_you_mean(key, IN_FILES)}"


def resolve(layers: Iterable[Layer]) -> Settings:
    """What layers come to, the last one uppermost.

    As in ruff, `select` and `fixable` make a new beginning, `exclude` and `per-file-ignores` replace, what
    begins with `extend-`, `ignore` and `unfixable` change what is there; of all else the last word counts.
    """
    settings = Settings()
    for layer in layers:
        settings = _over(settings, layer)
    return settings


def _over(settings: Settings, layer: Layer) -> Settings:
    said = layer.values
    rules = Selection(said.get("select"), said.get("extend-select", ()), said.get("ignore", ()))
    fixes = Selection(said.get("fixable"), said.get("extend-fixable", ()), said.get("unfixable", ()))
    exclude = (said["exclude"],) if "exclude" in said else settings.exclude
    more = (said["extend-exclude"],) if "extend-exclude" in said else ()
    ignores = said.get("per-file-ignores", settings.per_file_ignores)
    plain = {
        option.field: said[key]
        for key, option in IN_FILES.items()
        if key in said and option.field in Settings._fields and key not in _MADE
    }
    return settings._replace(
        **plain,
        selections=settings.selections if rules == Selection() else (*settings.selections, rules),
        fixable=settings.fixable if fixes == Selection() else (*settings.fixable, fixes),
        exclude=exclude + more,
        per_file_ignores=ignores + said.get("extend-per-file-ignores", ()),
        file=layer.file or settings.file,
    )


_MADE = frozenset({"exclude", "per-file-ignores", "fixable"})
"""Fields that several keys make."""
