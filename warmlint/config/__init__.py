"""Settings: what can be asked for (`options.py` declares it, once), the files and layers that say it, and
what it comes to for each file.

Which rules there are is told by the registry: it is handed in as `known`, every accepted spelling of a
rule (its code, its name) with its code, or as `rules`, every code with whether it is on by default.

What a linted tree's settings file cannot say, because the tree may be hostile: which programs are started,
and which files are written.
"""

from __future__ import annotations

from warmlint.config.files import FILE_NAMES, inline_settings, read_settings
from warmlint.config.known import Known
from warmlint.config.layers import Layer, layer_of_table, resolve
from warmlint.config.options import OPTIONS, Group, Option
from warmlint.config.tree import SettingsTree
from warmlint.config.values import (
    Colour,
    ConfigError,
    FailOn,
    Globs,
    OutputFormat,
    PerFileIgnore,
    Selection,
    Settings,
)

__all__ = [
    "FILE_NAMES",
    "OPTIONS",
    "Colour",
    "ConfigError",
    "FailOn",
    "Globs",
    "Group",
    "Known",
    "Layer",
    "Option",
    "OutputFormat",
    "PerFileIgnore",
    "Selection",
    "Settings",
    "SettingsTree",
    "inline_settings",
    "layer_of_table",
    "read_settings",
    "resolve",
]
