"""Rules that other distributions bring: which are installed, by their entry points, and their loading.

The process that runs looks for them; those that lint are told what it has found. Nothing here knows what a
rule is. Every run loads this module for its error: hence imports where they are needed (see
`warmlint.discovery`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

from warmlint.imports import importable
from warmlint.outcome import RunError

GROUP: Final = "warmlint.rules"
"""The group of entry points, each of which names a module of rules, or a package of such modules."""

_METADATA: Final = (".dist-info", ".egg-info")


class PluginError(RunError):
    """What is wrong with a plugin: one sentence that names its distribution."""


class Plugin(NamedTuple):
    """A module of rules: its name, that of the entry point, and the distribution with its version.

    `file` is where the package or module stands that it begins with: an editable install may keep it where
    no folder of libraries tells.
    """

    module: str
    name: str
    distribution: str
    file: str | None = None

    def failed(self, why: object) -> PluginError:
        """The error that says so."""
        return PluginError(f"the plugin `{self.name}` of {self.distribution} cannot be loaded: {why}")


_told: list[Plugin] | None = None


def tell(plugins: list[Plugin]) -> None:
    """Have these be the plugins of this process, and make their files known to Python. Raises PluginError."""
    global _told
    _told = plugins
    from importlib.util import find_spec

    for plugin in plugins:
        top = plugin.module.partition(".")[0]
        if plugin.file is None or find_spec(top) is not None:
            continue
        try:
            _place(top, plugin.file)
        except (Exception, SystemExit) as error:
            raise plugin.failed(f"{type(error).__name__}: {error}") from error


def installed() -> list[Plugin]:
    """The plugins of this process's environment, by distribution and name."""
    return _found() if _told is None else _told


def load(plugin: Plugin) -> None:
    """Import the modules of a plugin. Raises PluginError."""
    from importlib import import_module
    from pkgutil import iter_modules

    try:
        module = import_module(plugin.module)
        for inner in iter_modules(getattr(module, "__path__", ())):
            import_module(f"{plugin.module}.{inner.name}")
    except (Exception, SystemExit) as error:
        raise plugin.failed(f"{type(error).__name__}: {error}") from error


def _found() -> list[Plugin]:
    folders = list(filter(importable, sys.path))
    # Looked at as bytes first: the library takes longer to load than a run without plugins may take.
    if not any(GROUP.encode() in text for folder in folders for text in _entry_points(folder)):
        return []
    from importlib.metadata import distributions

    found: dict[tuple[str, str], Plugin] = {}
    met: set[str] = set()
    for each in distributions(path=folders):
        distribution = str(each.metadata["Name"])
        if distribution in met:
            continue  # another one, further down the path, that nobody imports
        met.add(distribution)
        for point in each.entry_points.select(group=GROUP):
            told = f"{distribution} {each.version}"
            found[distribution, point.name] = Plugin(point.value, point.name, told, _file(point.value))
    return [found[key] for key in sorted(found)]


def _entry_points(folder: str) -> Iterator[bytes]:
    """The texts in which the distributions of a folder tell their entry points."""
    try:
        names = [name for name in os.listdir(folder) if name.endswith(_METADATA)]
    except OSError:
        return
    yield from (_text(os.path.join(folder, name, "entry_points.txt")) for name in names)


def _text(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""  # most distributions have none


def _file(module: str) -> str | None:
    from importlib.util import find_spec

    try:
        spec = find_spec(module.partition(".")[0])
    except (ImportError, ValueError):
        return None
    return spec.origin if spec is not None and spec.has_location else None


def _place(name: str, file: str) -> None:
    from importlib.util import module_from_spec, spec_from_file_location

    folder, base = os.path.split(file)
    inside = [folder] if base == "__init__.py" else None
    spec = spec_from_file_location(name, file, submodule_search_locations=inside)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = module_from_spec(spec)
    spec.loader.exec_module(module)
