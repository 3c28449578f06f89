"""What is set, and where: the layers of settings as text that could stand in a settings file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from warmlint.config.layers import Layer
from warmlint.config.options import IN_FILES, Option
from warmlint.config.values import Settings
from warmlint.discovery.read import shown

_COLUMN = 40


def settings_lines(
    layers: Sequence[Layer], settings: Settings, path: str, rules: Mapping[str, bool]
) -> Iterator[str]:
    """The settings of the file `path`, a line for each that somebody has said, and for each default; then the
    codes of the `rules` that it is judged by."""
    files = [layer.source for layer in layers if layer.file is not None]
    yield f"# settings of {shown(path)}"
    yield f"# from {', over '.join(reversed(files))}" if files else "# from no settings file"
    for option in IN_FILES.values():
        if option.flag:
            yield from _lines(option, layers)
    yield f"# rules: {' '.join(sorted(settings.codes_for(path, rules))) or 'none'}"


def _lines(option: Option, layers: Sequence[Layer]) -> Iterator[str]:
    said = [layer for layer in layers if option.key in layer.values]
    if not said:
        default = option.default
        value = "" if default is None or default == () else toml(option.kind.write(default))
        yield (
            f"{option.key} = {value}".ljust(_COLUMN) + "  # default"
            if value
            else f"# {option.key} is not set"
        )
        return
    for layer in said if adds(option.key) else said[-1:]:
        value = toml(option.kind.write(layer.values[option.key]))
        yield f"{option.key} = {value}".ljust(_COLUMN) + f"  # {layer.source}"


def adds(key: str) -> bool:
    """Whether what a layer says of `key` stands beside what is said below it."""
    return key.startswith("extend-") or key in ("ignore", "unfixable")


def toml(value: object) -> str:
    """A value as TOML has it. Strings are those of JSON, which TOML reads alike."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{toml(key)} = {toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)
