"""The settings of every file: those of the nearest settings file up the tree, with the command line over
them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from warmlint.config.files import layers_in
from warmlint.config.layers import Layer, resolve
from warmlint.config.values import Settings


class _Found(NamedTuple):
    layers: tuple[Layer, ...]
    settings: Settings


class SettingsTree:
    """The settings of every file, each settings file read once.

    `explicit` layers (`--config`, `--isolated`) hold for all files instead of those that are found; the
    layers `over` them, the command line's, hold for all files in any case.
    """

    def __init__(
        self,
        known: Mapping[str, str],
        *,
        explicit: Sequence[Layer] | None = None,
        over: Sequence[Layer] = (),
    ) -> None:
        self._known = known
        self._over = tuple(over)
        self._explicit = None if explicit is None else self._made(tuple(explicit))
        self._by_folder: dict[str, _Found] = {}

    def of(self, path: str) -> Settings:
        """The settings for the file `path` (or for a folder, as an entry of the one that holds it).

        Raises ConfigError.
        """
        return self._find(path).settings

    def layers(self, path: str) -> tuple[Layer, ...]:
        """What these settings come from, the last one uppermost."""
        return self._find(path).layers

    def excludes(self, path: str, folder: bool) -> bool:
        """Whether a walk leaves out `path`, as `warmlint.discovery.discover` asks it."""
        return self.of(path).excludes(path, folder=folder)

    def _find(self, path: str) -> _Found:
        if self._explicit is not None:
            return self._explicit
        folder = os.path.dirname(os.path.abspath(path))
        way = [folder]
        found = self._by_folder.get(folder)
        while found is None:
            layers = layers_in(folder, self._known)
            parent = os.path.dirname(folder)
            if layers is not None or parent == folder:
                found = self._made(layers or ())
            else:
                found = self._by_folder.get(parent)
                folder = parent
                way.append(folder)
        self._by_folder.update(dict.fromkeys(way, found))
        return found

    def _made(self, layers: tuple[Layer, ...]) -> _Found:
        layers += self._over
        return _Found(layers, resolve(layers))
