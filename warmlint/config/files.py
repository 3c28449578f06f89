"""Settings files: where they stand, what they hold, and which others they go on from (`extend`)."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from warmlint.config.kinds import kind_of
from warmlint.config.layers import Layer, layer_of_table
from warmlint.config.values import ConfigError
from warmlint.discovery.read import UnreadableError, read, shown
from warmlint.limits import MAX_EXTENDS

# In one folder the first that is there wins; a `pyproject.toml` counts if it has `[tool.warmlint]`.
FILE_NAMES: Final = (".warmlint.toml", "warmlint.toml", "pyproject.toml")


def layers_in(folder: str, known: Mapping[str, str]) -> tuple[Layer, ...] | None:
    """What the settings file in a folder says, over those that it extends; None where there is none."""
    for name in FILE_NAMES:
        file = os.path.join(folder, name)
        if os.path.isfile(file) and (table := _table(file)) is not None:
            return _layers(file, table, folder, known, ())
    return None


def read_settings(file: str, known: Mapping[str, str]) -> tuple[Layer, ...]:
    """What a file that was named by hand says: its patterns are relative to the working folder."""
    return _layers(file, _required(file, "", file), os.getcwd(), known, ())


def inline_settings(text: str, known: Mapping[str, str]) -> Layer:
    """What `key = value` on the command line says."""
    source = f"--config `{text}`"
    layer = layer_of_table(_toml(source, text), source, os.getcwd(), known)
    if "extend" in layer.values:
        raise ConfigError(f"{source}: `extend` is said in a settings file")
    return layer


def named(file: str) -> str:
    """A file as messages name it: from the working folder where it lies below that."""
    here = os.path.join(os.getcwd(), "")
    return shown(os.path.abspath(file).removeprefix(here))


def _layers(
    file: str, table: dict[str, object], root: str, known: Mapping[str, str], chain: Sequence[str]
) -> tuple[Layer, ...]:
    """A file's layer, over those of the files that it extends; `chain` are those that extend it."""
    layer = layer_of_table(table, named(file), root, known, file)
    extended = layer.values.get("extend")
    if extended is None:
        return (layer,)
    chain = (*chain, os.path.realpath(file))
    folder = os.path.dirname(os.path.abspath(file))
    parent = os.path.normpath(os.path.join(folder, extended))
    if os.path.realpath(parent) in chain or len(chain) > MAX_EXTENDS:
        way = " → ".join(named(each) for each in (*chain, parent))
        raise ConfigError(f"{named(file)}: `extend` leads back to a file that extends it: {way}")
    below = _required(parent, f"{named(file)}: `extend` names ", extended)
    return (*_layers(parent, below, os.path.dirname(parent), known, chain), layer)


def _required(file: str, before: str, told: str) -> dict[str, object]:
    """The table of a file that was named; a message about it begins with `before`."""
    if before and not os.path.isfile(file):
        raise ConfigError(f"{before}`{told}`, which is no file: there is no {named(file)}")
    table = _table(file)
    if table is None:
        raise ConfigError(f"{before}{named(file)}{', which' * bool(before)} has no `[tool.warmlint]`")
    return table


def _table(file: str) -> dict[str, object] | None:
    """What `file` sets, or None for a `pyproject.toml` that says nothing to warmlint."""
    in_project = os.path.basename(file) == "pyproject.toml"
    try:
        data = read(file)
    except UnreadableError as error:
        raise ConfigError(f"{named(file)} {error}") from error
    if in_project and b"warmlint" not in data:
        return None  # most are not ours, and then neither are their mistakes
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{named(file)} is not UTF-8") from error
    table: object = _toml(named(file), text)
    for key in ("tool", "warmlint") if in_project else ():
        table = table.get(key) if isinstance(table, dict) else None
    if table is None or isinstance(table, dict):
        return table
    raise ConfigError(f"{named(file)}: `tool.warmlint` must be a table, not {kind_of(table)}")


def _toml(source: str, text: str) -> dict[str, object]:
    from importlib import import_module

    toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        table: dict[str, object] = toml.loads(text)
    except ValueError as error:
        raise ConfigError(f"{source} is not valid TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{source} is nested too deeply") from error
    return table
